/**
 * `nextstat import`: histfactory here, the others in files of their own.
 *
 * @module
 */

import { basename } from "node:path";
import { type Command, Option } from "commander";
import { writeConverted } from "../conversions.ts";
import { NextstatError } from "../errors.ts";
import { type NumberSpellings, pythonJson } from "../formats/index.ts";
import { writeOutput } from "../node/read-input.ts";
import { conversionText } from "../report/conversion-text.ts";
import type { Workspace } from "../workspace/types.ts";
import { addOutputOptions, checkOutputs, type OutputOptions } from "./common.ts";
import { asConversion, isXml, openedHistFactory, readXmlInput } from "./histfactory-input.ts";
import { defineCabinetry } from "./import-cabinetry.ts";
import { defineImportTables } from "./import-tables.ts";
import { defineTrexConfig } from "./import-trex-config.ts";
import { inputPath, openInput, refuseOverwriting } from "./inputs.ts";
import { present } from "./present.ts";
import type { Run } from "./run.ts";
import { workspaceCounts } from "./workspace-command.ts";

interface ImportOptions extends OutputOptions {
  readonly input?: string;
  readonly baseDir?: string;
  readonly xmlDefaults: "root" | "pyhf";
  /** Of `--no-constraint`, which commander takes for the opposite of `--constraint`. */
  readonly constraint: true | "free" | "root";
  readonly measurement?: string;
  readonly lossReport?: string;
}

export function define(command: Command, run: Run): void {
  run.outputOptions.add("lossReport");
  command
    .usage("<command> [options] FILE")
    .description("Makes a workspace (pyhf JSON) of another program's files.")
    .helpCommand("help [command]", "show the help of a command");
  defineHistFactory(command.command("histfactory"), run);
  defineImportTables(command.command("parquet"), "parquet", run);
  defineImportTables(command.command("arrow"), "arrow", run);
  defineCabinetry(command.command("cabinetry"), run);
  defineTrexConfig(command.command("trex-config"), run);
}

function defineHistFactory(command: Command, run: Run): void {
  command
    .summary("ROOT's HistFactory: XML and ROOT files")
    .description(
      "Makes a workspace of a HistFactory combination: its XML files and the histograms in the ROOT files that they name. " +
        "The model is ROOT's; what it says otherwise, or not at all, is in the report.",
    )
    .argument("[FILE]", "the file that starts with <Combination>; - reads standard input")
    .optionsGroup("Input:")
    .option("-i, --input <FILE>", "the same as FILE")
    .option(
      "--base-dir <DIR>",
      "folder that names of files are relative to (default: that of FILE, or one around it)",
    )
    .option("--measurement <NAME>", "the one measurement to read (default: all)")
    .addOption(
      new Option("--xml-defaults <SET>", "what holds where the XML is silent: as in root or pyhf")
        .choices(["root", "pyhf"])
        .default("root"),
    )
    .addOption(
      new Option(
        "--no-constraint <WAY>",
        "a systematic with the ConstraintTerm NoConstraint floats (free; default), or has no effect (root)",
      ).choices(["free", "root"]),
    )
    .option("--loss-report <FILE>", "write what was kept, changed and lost to FILE, as JSON");
  addOutputOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat import histfactory combination.xml -o workspace.json
  nextstat import histfactory config/example.xml --base-dir . --loss-report report.json -o workspace.json

Every command that takes a workspace takes the combination itself too: nextstat fit combination.xml`,
    )
    .action(async (file: string | undefined, options: ImportOptions) => {
      const { baseDir, xmlDefaults, constraint, measurement, lossReport } = options;
      checkOutputs({ "--output": options.output, "--loss-report": lossReport }, options.bundle);
      const path = inputPath(file, options.input);
      refuseOverwriting(path, "--loss-report", lossReport);
      const opened = openInput(path, options, run);
      if (!isXml(opened.text)) {
        throw new NextstatError("input", "this is not XML", {
          location: { file: opened.file },
          hint: "give the file of a HistFactory combination; other workspaces: nextstat convert",
        });
      }
      const input = await readXmlInput(openedHistFactory(path, opened, options, run), {
        defaults: xmlDefaults,
        ...(constraint === true ? {} : { noConstraint: constraint }),
        ...(measurement === undefined ? {} : { measurement }),
        ...(baseDir === undefined ? {} : { baseFolder: baseDir }),
      });
      const { document, report, warnings } = writeConverted(asConversion(input), { to: "pyhf" });
      run.loadedAt = performance.now();
      if (lossReport !== undefined) writeOutput(lossReport, `${JSON.stringify(report, null, 2)}\n`);
      const spellings: NumberSpellings = new WeakMap();
      const title = path === "-" ? "standard input" : basename(path);
      present(
        {
          json: () => `${pythonJson(document, { indent: 4, spellings })}\n`,
          text: () =>
            conversionText(`${title} as a workspace, files from ${input.baseFolder}`, report),
          warnings,
          warningsApart: true,
          metrics: () => ({ metrics: workspaceCounts(document as Workspace) }),
        },
        options,
        run,
      );
    });
}
