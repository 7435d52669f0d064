/**
 * `nextstat export`.
 *
 * @module
 */

import type { Command } from "commander";
import { nextAttempt, snakefile } from "../node/batch/snakemake.ts";
import { checkOutput, writeOutput } from "../node/read-input.ts";
import { addLogOptions, missingTasks, openCampaign, self } from "./campaign.ts";
import { EXIT } from "./exit.ts";
import type { LogLevel } from "./log.ts";
import type { Run } from "./run.ts";

interface ExportOptions {
  readonly output?: string;
  readonly logLevel: LogLevel;
}

export function define(command: Command, run: Run): void {
  command
    .usage("snakemake DIR [options]")
    .description("Writes a campaign for a workflow engine.")
    .helpCommand("help [command]", "show the help of a command");
  const snakemake = command
    .command("snakemake")
    .summary("the missing tasks of a campaign as a Snakefile")
    .usage("DIR [options]")
    .description(
      "Writes a Snakefile with a rule for the missing tasks and one that collects, for Snakemake and what understands its " +
        "files (REANA).",
    )
    .argument("<DIR>", "folder of the campaign")
    .option("-o, --output <FILE>", "file to write (default: standard output)");
  addLogOptions(snakemake)
    .addHelpText(
      "after",
      `
Example:
  nextstat export snakemake toys -o toys/Snakefile && cd toys && snakemake --cores 4`,
    )
    .action(async (folder: string, options: ExportOptions) => {
      const { output, logLevel } = options;
      if (output !== undefined && output !== "-") checkOutput(output);
      const campaign = openCampaign(folder, run);
      const open = await missingTasks(campaign, run, logLevel);
      const text = snakefile({
        ...self(),
        round: open?.round ?? 0,
        attempt: nextAttempt(campaign.folder),
        tasks: open?.tasks ?? [],
      });
      if (output === undefined || output === "-") process.stdout.write(text);
      else writeOutput(output, text);
      run.finish(EXIT.ok);
    });
}
