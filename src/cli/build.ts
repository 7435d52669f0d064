/**
 * `nextstat build`.
 *
 * @module
 */

import type { Command } from "commander";
import { addBuildOptions, type BuildCommandOptions, runBuild } from "./build-analysis.ts";
import type { Run } from "./run.ts";

export function define(command: Command, run: Run): void {
  command
    .usage("[options] CONFIG")
    .description(
      "Makes a workspace (pyhf JSON) of the events or histograms of an analysis. CONFIG is a configuration of cabinetry or " +
        "TRExFitter; which one is seen from its content. Events are filled into histograms, variations made symmetric, smoothed " +
        "and pruned as it says.",
    );
  addBuildOptions(command, run)
    .addHelpText(
      "after",
      `
Examples:
  nextstat build config.yml -o workspace.json
  nextstat build config.yml --threads 4 --histograms histograms.root -o workspace.json
  nextstat build fit.config --base-dir /data/ntuples --coverage-json coverage.json -o workspace.json`,
    )
    .action((file: string | undefined, options: BuildCommandOptions) =>
      runBuild(file, options, run, null),
    );
}
