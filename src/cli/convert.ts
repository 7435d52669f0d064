/**
 * `nextstat convert`.
 *
 * @module
 */

import { basename } from "node:path";
import { type Command, Option } from "commander";
import { writeConverted } from "../conversions.ts";
import { NextstatError } from "../errors.ts";
import { FORMATS, type FormatName, type ParameterPoint } from "../formats/index.ts";
import { type Converted, convert } from "../index.ts";
import { writeOutput } from "../node/read-input.ts";
import { conversionText } from "../report/conversion-text.ts";
import { addOutputOptions, checkOutputs, INTERP_DEFAULTS, type OutputOptions } from "./common.ts";
import { isHistFactory, readXmlConversion } from "./histfactory-input.ts";
import { addHs3Options, type Hs3CommandOptions, hs3Options } from "./hs3-options.ts";
import { inputPath, openInput, openJson, refuseOverwriting, requireOneStdin } from "./inputs.ts";
import { openedHistFactory } from "./load-model.ts";
import { present } from "./present.ts";
import type { Run } from "./run.ts";

interface ConvertCommandOptions extends OutputOptions, Hs3CommandOptions {
  readonly input?: string;
  readonly from?: Converted["from"];
  readonly to?: FormatName;
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
      "Writes a workspace in another format: pyhf JSON or HS3. The format of the input (one of these, or HistFactory XML) " +
        "is seen from its content, that of the output from its name (.hs3.json and .hs3: HS3; .json: pyhf) or --to. " +
        "Whatever the other format says otherwise or not at all is in the report; what it cannot mean is refused. " +
        "HistFactory XML is written by nextstat export histfactory.",
    )
    .argument(
      "[FILE]",
      "workspace (pyhf JSON, HS3, or a HistFactory combination); - reads standard input",
    )
    .argument("[OUTPUT]", "file to write, the same as --output")
    .optionsGroup("Conversion:")
    .addOption(
      new Option("--from <FORMAT>", "format the input must have").choices([
        ...FORMATS,
        "histfactory",
      ]),
    )
    .addOption(new Option("--to <FORMAT>", "format of the output").choices(FORMATS))
    .option("--loss-report <FILE>", "write what was kept, changed and lost to FILE, as JSON")
    .option("--best-fit <FILE>", "HS3 output: add the best fit, from the JSON of nextstat fit")
    .optionsGroup("Input:")
    .option("-i, --input <FILE>", "the same as FILE")
    .option("--measurement <NAME>", "the one measurement to keep (default: all)")
    .addOption(
      new Option(
        "--interp-defaults <SET>",
        "pyhf: interpolation that HS3 is to state, root (code4, code4p; default) or pyhf (code1, code0)",
      ).choices(Object.keys(INTERP_DEFAULTS)),
    );
  addOutputOptions(addHs3Options(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat convert workspace.json workspace.hs3.json
  nextstat convert combination.xml workspace.hs3.json
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
        const converted = await convertFile(path, options, run);
        run.loadedAt = performance.now();
        if (converted.from === converted.format && options.to === undefined) {
          throw new NextstatError("usage", `the input is ${converted.from} already`, {
            hint: `say --to ${FORMATS.find((format) => format !== converted.from)}, or --to ${converted.from} if that is meant`,
          });
        }
        finish(converted, path === "-" ? "standard input" : basename(path), options, run);
      },
    );
}

async function convertFile(
  path: string,
  options: ConvertCommandOptions,
  run: Run,
): Promise<Converted> {
  const input = openInput(path, options, run);
  const { measurement, from, interpDefaults, bestFit } = options;
  const how = {
    to: outputFormat(options),
    hs3: hs3Options(options),
    version: run.version,
    ...(measurement === undefined ? {} : { measurement }),
    ...(interpDefaults === undefined ? {} : { interpDefaults: INTERP_DEFAULTS[interpDefaults] }),
    ...(bestFit === undefined ? {} : { points: [readBestFit(bestFit, options, run)] }),
  };
  const { file } = input;
  if (isHistFactory(input.text) && (from === undefined || from === "histfactory")) {
    const opened = openedHistFactory(path, input, options, run);
    return writeConverted(await readXmlConversion(opened, how), how);
  }
  if (from === "histfactory") {
    throw new NextstatError("input", "this is not HistFactory XML", {
      location: { file },
      hint: "give the file of a combination",
    });
  }
  return convert(input.text, { ...how, file, ...(from === undefined ? {} : { from }) });
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
  checkOutputs({ "--output": output, "--loss-report": lossReport }, bundle);
  return output === undefined ? options : { ...options, output };
}

function outputFormat({ to, output }: ConvertCommandOptions): FormatName {
  if (to !== undefined) return to;
  const known = ENDINGS.find(([ending]) => output?.toLowerCase().endsWith(ending) === true);
  if (known !== undefined) return known[1];
  throw new NextstatError("usage", "the format of the output is not known", {
    hint: `say --to ${FORMATS.join(" or --to ")}, or let its name end in ${ENDINGS.map(([ending]) => ending).join(", ")}; for HistFactory XML: nextstat export histfactory`,
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
