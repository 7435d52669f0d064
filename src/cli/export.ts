/**
 * `nextstat export histfactory`.
 *
 * @module
 */

import { basename } from "node:path";
import { type Command, Option } from "commander";
import { NextstatError } from "../errors.ts";
import { toHistFactory } from "../histfactory-xml.ts";
import { checkNewFolder, writeFolder, writeOutput } from "../node/read-input.ts";
import { conversionText } from "../report/conversion-text.ts";
import {
  type CommonOptions,
  checkOutputs,
  collect,
  inputPath,
  loadModel,
  present,
  refuseOverwriting,
} from "./common.ts";
import { addHs3Options } from "./hs3-options.ts";
import { LOG_LEVELS } from "./log.ts";
import type { Run } from "./run.ts";

interface ExportOptions extends Omit<CommonOptions, "output" | "interpDefaults"> {
  /** A folder. */
  readonly output?: string;
  readonly lossReport?: string;
}

export function define(command: Command, run: Run): void {
  run.outputOptions.add("lossReport");
  command
    .usage("<command> [options] FILE")
    .description("Makes another program's files of a workspace.")
    .helpCommand("help [command]", "show the help of a command");
  defineHistFactory(command.command("histfactory"), run);
}

function defineHistFactory(command: Command, run: Run): void {
  command
    .summary("ROOT's HistFactory: XML and ROOT files")
    .description(
      "Writes a workspace as a HistFactory combination: XML files and a ROOT file with all histograms, for ROOT's " +
        "hist2workspace. The likelihood is the same; what ROOT's model cannot say is refused, ranges that it does not take " +
        "are in the report.",
    )
    .argument("[FILE]", "workspace (pyhf JSON or HS3, may be gzipped); - reads standard input")
    .optionsGroup("Input:")
    .option("-i, --input <FILE>", "the same as FILE")
    .option(
      "--patch <FILE>",
      "JSON Patch to apply first, FILE#NAME for one of a patchset (repeatable, in order)",
      collect,
    )
    .option("--measurement <NAME>", "the one measurement to write (default: all)");
  addHs3Options(command)
    .optionsGroup("Output:")
    .option("-o, --output <DIR>", "folder to write, new or empty")
    .option("--loss-report <FILE>", "write what was kept, changed and lost to FILE, as JSON")
    .addOption(
      new Option("--format <FORMAT>", "of the report: text on a terminal, json otherwise").choices([
        "text",
        "json",
      ]),
    )
    .option("--strict", "exit with code 3 when there is a warning")
    .addOption(
      new Option("--log-level <LEVEL>", "what goes to standard error")
        .choices(LOG_LEVELS)
        .default("warn"),
    )
    .helpOption("-h, --help", "show this help")
    .addHelpText(
      "after",
      `
Examples:
  nextstat export histfactory workspace.json -o exported
  cd exported && hist2workspace combination.xml`,
    )
    .action(async (file: string | undefined, options: ExportOptions) => {
      const { output: folder, lossReport, ...others } = options;
      if (folder === undefined) {
        throw new NextstatError("usage", "no folder to write to", { hint: "give it with -o DIR" });
      }
      checkNewFolder(folder);
      checkOutputs({ "--loss-report": lossReport }, undefined);
      refuseOverwriting(inputPath(file, options.input), "--loss-report", lossReport);
      const { model, title } = await loadModel(file, others, run);
      const { files, report } = toHistFactory(model, {
        allMeasurements: options.measurement === undefined,
      });
      writeFolder(folder, files);
      if (lossReport !== undefined) writeOutput(lossReport, `${JSON.stringify(report, null, 2)}\n`);
      const warnings = [...model.warnings, ...report.lost.map(({ note }) => `lost: ${note}`)];
      present(
        {
          json: () => `${JSON.stringify(report, null, 2)}\n`,
          text: () => conversionText(`${title} as HistFactory XML in ${basename(folder)}`, report),
          warnings,
          warningsApart: true,
          metrics: () => ({ metrics: { files: Object.keys(files).length } }),
        },
        others,
        run,
      );
    });
}
