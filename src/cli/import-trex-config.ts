/**
 * `nextstat import trex-config`.
 *
 * @module
 */

import type { Command } from "commander";
import { addBuildOptions, type BuildCommandOptions, runBuild } from "./build-analysis.ts";
import type { Run } from "./run.ts";

export function defineTrexConfig(command: Command, run: Run): void {
  command
    .summary("TRExFitter: a configuration, and its events or histograms")
    .description(
      "Makes a workspace of a configuration of TRExFitter and the ntuples or histograms that it names, as nextstat build does. " +
        "Every setting is applied, or listed in the coverage report with its line.",
    );
  addBuildOptions(command, run)
    .addHelpText(
      "after",
      `
Examples:
  nextstat import trex-config fit.config -o workspace.json
  nextstat import trex-config --config fit.config --base-dir /data --coverage-json coverage.json -o workspace.json`,
    )
    .action((file: string | undefined, options: BuildCommandOptions) =>
      runBuild(file, options, run, "trex-config"),
    );
}
