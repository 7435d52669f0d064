/**
 * `nextstat import cabinetry`.
 *
 * @module
 */

import type { Command } from "commander";
import { addBuildOptions, type BuildCommandOptions, runBuild } from "./build-analysis.ts";
import type { Run } from "./run.ts";

export function defineCabinetry(command: Command, run: Run): void {
  command
    .summary("cabinetry: a configuration, and its events or histograms")
    .description(
      "Makes a workspace of a configuration of cabinetry and the events or histograms that it names, as nextstat build does.",
    );
  addBuildOptions(command, run)
    .addHelpText(
      "after",
      `
Examples:
  nextstat import cabinetry config.yml -o workspace.json
  nextstat import cabinetry config.yml --coverage-json coverage.json -o workspace.json`,
    )
    .action((file: string | undefined, options: BuildCommandOptions) =>
      runBuild(file, options, run, "cabinetry"),
    );
}
