/**
 * `nextstat import trex-config`.
 *
 * @module
 */

import type { Command } from "commander";
import { readTrexFitter } from "../formats/index.ts";
import { writeOutput } from "../node/read-input.ts";
import {
  addBuildOptions,
  type BuildCommandOptions,
  buildOpened,
  openConfiguration,
} from "./build-analysis.ts";
import { checkOutputs } from "./common.ts";
import { expressionCoverage } from "./expression-coverage.ts";
import { inputPath, refuseOverwriting } from "./inputs.ts";
import type { Run } from "./run.ts";

interface TrexConfigOptions extends BuildCommandOptions {
  readonly exprCoverageJson?: string;
}

export function defineTrexConfig(command: Command, run: Run): void {
  run.outputOptions.add("exprCoverageJson");
  command
    .summary("TRExFitter: a configuration, and its events or histograms")
    .description(
      "Makes a workspace of a configuration of TRExFitter and the ntuples or histograms that it names, as nextstat build does. " +
        "Every setting is applied, or listed in the coverage report with its line.",
    );
  addBuildOptions(command, run)
    .option(
      "--expr-coverage-json <FILE>",
      "write every expression, and the branches that it needs, to FILE",
    )
    .addHelpText(
      "after",
      `
Examples:
  nextstat import trex-config fit.config -o workspace.json
  nextstat import trex-config --config fit.config --base-dir /data --coverage-json coverage.json -o workspace.json`,
    )
    .action(async (file: string | undefined, options: TrexConfigOptions) => {
      const { output, coverageJson, exprCoverageJson, histograms, bundle } = options;
      const outputs = {
        "--output": output,
        "--coverage-json": coverageJson,
        "--expr-coverage-json": exprCoverageJson,
        "--histograms": histograms,
      };
      checkOutputs(outputs, bundle);
      refuseOverwriting(inputPath(file, options.config), "--expr-coverage-json", exprCoverageJson);
      const opened = openConfiguration(file, options, run, readTrexFitter);
      if (exprCoverageJson !== undefined) {
        const { configuration, folder } = opened;
        const expressions = await expressionCoverage(configuration.expressions, folder);
        writeOutput(exprCoverageJson, `${JSON.stringify(expressions, null, 2)}\n`);
      }
      await buildOpened(opened, options, run);
    });
}
