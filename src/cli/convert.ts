/**
 * `nextstat convert`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { type Converted, writeConverted, writeConvertedFiles } from "../conversions.ts";
import { NextstatError } from "../errors.ts";
import { FORMATS, type FormatName, type ParameterPoint } from "../formats/index.ts";
import { isFolder, writeOutput } from "../node/read-input.ts";
import { conversionText } from "../report/conversion-text.ts";
import {
  addOutputOptions,
  checkDestinations,
  checkOutputs,
  INTERP_DEFAULTS,
  type OutputOptions,
} from "./common.ts";
import { presentFiles, requireNewFolder } from "./histfactory-output.ts";
import { addHs3Options, type Hs3CommandOptions } from "./hs3-options.ts";
import { inputPath, openJson, refuseOverwriting, requireOneStdin } from "./inputs.ts";
import { openWorkspace } from "./open-workspace.ts";
import { present } from "./present.ts";
import type { Run } from "./run.ts";

/** The formats that are read and written: two are one JSON document, HistFactory's is a folder. */
const ALL_FORMATS = [...FORMATS, "histfactory"] as const;

interface ConvertCommandOptions extends OutputOptions, Hs3CommandOptions {
  readonly input?: string;
  readonly from?: Converted["from"];
  readonly to?: FormatName | "histfactory";
  readonly measurement?: string;
  readonly interpDefaults?: keyof typeof INTERP_DEFAULTS;
  readonly bestFit?: string;
  readonly lossReport?: string;
}

/** Formats by how the name of a file ends, the longest first. */
const ENDINGS: readonly (readonly [ending: string, format: FormatName])[] = [
  [".hs3.json", "hs3"],
  [".hs3", "hs3"],
  [".json", "pyhf"],
];

export function define(command: Command, run: Run): void {
  run.outputOptions.add("lossReport");
  command
    .usage("[options] FILE [OUTPUT]")
    .description(
      "Writes a workspace in another format: pyhf JSON, HS3, or HistFactory XML with its ROOT file. The format of the " +
        "input is seen from its content, that of the output from its name (.hs3.json and .hs3: HS3; .json: pyhf; a folder, " +
        "there already or with / at its end: HistFactory) or --to. " +
        "Whatever the other format says otherwise or not at all is in the report; what it cannot mean is refused.",
    )
    .argument(
      "[FILE]",
      "workspace (pyhf JSON, HS3, or a HistFactory combination); - reads standard input",
    )
    .argument(
      "[OUTPUT]",
      "file or folder to write, the same as --output; a folder must be new or empty",
    )
    .optionsGroup("Conversion:")
    .addOption(new Option("--from <FORMAT>", "format the input must have").choices(ALL_FORMATS))
    .addOption(new Option("--to <FORMAT>", "format of the output").choices(ALL_FORMATS))
    .option("--loss-report <FILE>", "write what was kept, changed and lost to FILE, as JSON")
    .option("--best-fit <FILE>", "HS3 output: add the best fit, from the JSON of nextstat fit")
    .optionsGroup("Input:")
    .option("-i, --input <FILE>", "the same as FILE")
    .option("--measurement <NAME>", "the one measurement to keep (default: all)")
    .addOption(
      new Option(
        "--interp-defaults <SET>",
        "pyhf: interpolation that the output is to have, root (code4, code4p; default) or pyhf (code1, code0)",
      ).choices(Object.keys(INTERP_DEFAULTS)),
    );
  addOutputOptions(addHs3Options(command), checkFiles)
    .addHelpText(
      "after",
      `
Examples:
  nextstat convert workspace.json workspace.hs3.json
  nextstat convert combination.xml workspace.hs3.json
  nextstat convert workspace.json exported/
  nextstat convert roofit.json workspace.json --analysis simPdf_obsData --hs3-interp root
  nextstat convert workspace.json --to hs3 --loss-report report.json -o roofit.json`,
    )
    .action(
      async (
        file: string | undefined,
        positional: string | undefined,
        given: ConvertCommandOptions,
      ) => {
        const options = withOutput(given, positional);
        const path = inputPath(file, options.input);
        requireOneStdin([path, ...(options.bestFit === undefined ? [] : [options.bestFit])]);
        refuseOverwriting(path, "--loss-report", options.lossReport);
        const to = outputFormat(options);
        if (to !== "hs3" && options.bestFit !== undefined) {
          throw new NextstatError("usage", `--best-fit is for HS3 output, and this is ${to}`, {
            hint: "leave it out",
          });
        }
        if (to === "histfactory") await convertToFiles(path, options, run);
        else await convertToDocument(path, to, options, run);
      },
    );
}

/** What {@link writeConverted} needs of the options. */
function writingOptions({ measurement, interpDefaults }: ConvertCommandOptions) {
  return {
    ...(measurement === undefined ? {} : { measurement }),
    ...(interpDefaults === undefined ? {} : { interpDefaults: INTERP_DEFAULTS[interpDefaults] }),
  };
}

async function convertToDocument(
  path: string,
  to: FormatName,
  options: ConvertCommandOptions,
  run: Run,
): Promise<void> {
  const { bestFit } = options;
  const input = await openWorkspace(path, options, run, options);
  const converted = writeConverted(input, {
    ...writingOptions(options),
    to,
    version: run.version,
    ...(bestFit === undefined ? {} : { points: [readBestFit(bestFit, options, run)] }),
  });
  run.loadedAt = performance.now();
  // The name .json says little: what is pyhf already was probably to become something else.
  if (input.format === "pyhf" && to === "pyhf" && options.to === undefined) {
    throw new NextstatError("usage", "the input is pyhf already", {
      hint: "say --to hs3 or --to histfactory, or --to pyhf if that is meant",
    });
  }
  finish(converted, input.title, options, run);
}

async function convertToFiles(
  path: string,
  { output, lossReport, ...options }: ConvertCommandOptions,
  run: Run,
): Promise<void> {
  if (options.bundle !== undefined) {
    throw new NextstatError("usage", "a bundle has one result, and HistFactory XML is a folder", {
      hint: "leave --bundle out: the folder is complete",
    });
  }
  const folder = requireNewFolder(output);
  const input = await openWorkspace(path, options, run, options);
  const converted = writeConvertedFiles(input, writingOptions(options));
  run.loadedAt = performance.now();
  presentFiles(converted, { title: input.title, folder, lossReport }, options, run);
}

/** The output as an argument or as an option. */
function withOutput(
  options: ConvertCommandOptions,
  positional: string | undefined,
): ConvertCommandOptions {
  if (positional !== undefined && options.output !== undefined) {
    throw new NextstatError("usage", `two outputs (${positional} and -o ${options.output})`, {
      hint: "give one",
    });
  }
  if (positional !== undefined && options.bundle !== undefined) {
    throw new NextstatError("usage", "the output of a bundled run is an option", {
      hint: `give it with -o ${positional}`,
    });
  }
  const { output = positional, lossReport, bundle } = options;
  const all = output === undefined ? options : { ...options, output };
  checkOutputs({ "--output": fileOf(all), "--loss-report": lossReport }, bundle);
  return all;
}

/** What the name of the output says about its format. */
function isFolderName(output: string | undefined): boolean {
  return output !== undefined && (/[/\\]$/.test(output) || isFolder(output));
}

/** The output unless it is a folder, which is checked when it is known what is to be written. */
function fileOf({ output, to }: ConvertCommandOptions): string | undefined {
  const isFiles = to === "histfactory" || (to === undefined && isFolderName(output));
  return isFiles ? undefined : output;
}

/** A folder is no place for what is one file; the report then goes to standard output. */
function checkFiles(options: ConvertCommandOptions): void {
  const { output: _, ...others } = options;
  const output = fileOf(options);
  checkDestinations(output === undefined ? others : { ...others, output });
}

function outputFormat({ to, output }: ConvertCommandOptions): FormatName | "histfactory" {
  if (to !== undefined) return to;
  if (isFolderName(output)) return "histfactory";
  const known = ENDINGS.find(([ending]) => output?.toLowerCase().endsWith(ending) === true);
  if (known !== undefined) return known[1];
  const formats = ALL_FORMATS.map((format) => `--to ${format}`).join(", ");
  throw new NextstatError("usage", "the format of the output is not known", {
    hint: `say one of ${formats}, or let its name end in ${ENDINGS.map(([ending]) => ending).join(", ")}, or / for a folder`,
  });
}

/** The best fit of a fit's JSON as a parameter point. */
function readBestFit(path: string, options: ConvertCommandOptions, run: Run): ParameterPoint {
  const { value, file } = openJson(path, options, run);
  const { parameter_names: names, bestfit } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const isList = Array.isArray(names) && Array.isArray(bestfit) && names.length === bestfit.length;
  if (!isList || bestfit.some((entry) => typeof entry !== "number")) {
    throw new NextstatError("input", "this is not a fit: it has no parameter_names and bestfit", {
      location: { file },
      hint: "nextstat fit workspace.json -o fit.json makes one",
    });
  }
  return {
    name: "best_fit",
    values: Object.fromEntries(names.map((name, i) => [name, bestfit[i]])),
  };
}

function finish(
  { document, format, report, warnings }: Converted,
  title: string,
  options: ConvertCommandOptions,
  run: Run,
): void {
  const { lossReport } = options;
  if (lossReport !== undefined) writeOutput(lossReport, `${JSON.stringify(report, null, 2)}\n`);
  present(
    {
      json: () => `${JSON.stringify(document, null, 2)}\n`,
      text: () => conversionText(`${title} as ${format}`, report),
      warnings,
      warningsApart: true,
      metrics: () => ({
        metrics: {
          kept_parts: report.kept.length,
          changed_parts: report.changed.length,
          lost_parts: report.lost.length,
        },
      }),
    },
    options,
    run,
  );
}
