/**
 * `nextstat export`: histfactory and snakemake here, parquet and arrow in their own file.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { writeConvertedFiles } from "../conversions.ts";
import { nextAttempt, snakefile } from "../node/batch/snakemake.ts";
import { checkOutput, writeOutput } from "../node/read-input.ts";
import { addLogOptions, missingTasks, openCampaign, self } from "./campaign.ts";
import {
  addWarningOptions,
  addWorkspaceInput,
  type CommonOptions,
  checkOutputs,
} from "./common.ts";
import { EXIT } from "./exit.ts";
import { defineExportTables } from "./export-tables.ts";
import { presentFiles, requireNewFolder } from "./histfactory-output.ts";
import { addHs3Options } from "./hs3-options.ts";
import { inputPath, openPatches, refuseOverwriting, requireOneStdin } from "./inputs.ts";
import type { LogLevel } from "./log.ts";
import { openWorkspace } from "./open-workspace.ts";
import type { Run } from "./run.ts";

interface HistFactoryExportOptions extends Omit<CommonOptions, "output" | "interpDefaults"> {
  /** A folder. */
  readonly output?: string;
  readonly lossReport?: string;
}

interface SnakemakeOptions {
  readonly output?: string;
  readonly logLevel: LogLevel;
}

export function define(command: Command, run: Run): void {
  run.outputOptions.add("lossReport").add("manifest");
  command
    .usage("<command> [options] FILE|DIR")
    .description("Makes another program's files of a workspace or of a campaign.")
    .helpCommand("help [command]", "show the help of a command");
  defineHistFactory(command.command("histfactory"), run);
  defineExportTables(command.command("parquet"), "parquet", run);
  defineExportTables(command.command("arrow"), "arrow", run);
  defineSnakemake(command.command("snakemake"), run);
}

function defineHistFactory(command: Command, run: Run): void {
  command
    .summary("ROOT's HistFactory: XML and ROOT files")
    .description(
      "Writes a workspace as a HistFactory combination: XML files and a ROOT file with all histograms, for ROOT's " +
        "hist2workspace. The likelihood is the same; what ROOT's model cannot say is refused, ranges that it does not take " +
        "are in the report. The same as nextstat convert --to histfactory, and takes patches.",
    );
  addHs3Options(addWorkspaceInput(command, "the one measurement to write (default: all)"))
    .optionsGroup("Output:")
    .option("-o, --output <DIR>", "folder to write, new or empty")
    .option("--loss-report <FILE>", "write what was kept, changed and lost to FILE, as JSON")
    .addOption(
      new Option("--format <FORMAT>", "of the report: text on a terminal, json otherwise").choices([
        "text",
        "json",
      ]),
    );
  addWarningOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat export histfactory workspace.json -o exported
  cd exported && hist2workspace combination.xml`,
    )
    .action(async (file: string | undefined, options: HistFactoryExportOptions) => {
      const { output, lossReport, measurement, ...others } = options;
      const folder = requireNewFolder(output);
      checkOutputs({ "--loss-report": lossReport }, undefined);
      const path = inputPath(file, options.input);
      refuseOverwriting(path, "--loss-report", lossReport);
      requireOneStdin([path, ...(options.patch ?? [])]);
      const patches = openPatches(others, run);
      const input = await openWorkspace(path, others, run, { patches, measurement });
      run.loadedAt = performance.now();
      const converted = writeConvertedFiles(
        input,
        measurement === undefined ? {} : { measurement },
      );
      presentFiles(converted, { title: input.title, folder, lossReport }, others, run);
    });
}

function defineSnakemake(command: Command, run: Run): void {
  command
    .summary("the missing tasks of a campaign as a Snakefile")
    .usage("DIR [options]")
    .description(
      "Writes a Snakefile with a rule for the missing tasks and one that collects, for Snakemake and what understands its " +
        "files (REANA).",
    )
    .argument("<DIR>", "folder of the campaign")
    .option("-o, --output <FILE>", "file to write (default: standard output)");
  addLogOptions(command)
    .addHelpText(
      "after",
      `
Example:
  nextstat export snakemake toys -o toys/Snakefile && cd toys && snakemake --cores 4`,
    )
    .action(async (folder: string, options: SnakemakeOptions) => {
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
