/**
 * `nextstat import parquet` and `import arrow`.
 *
 * @module
 */

import { basename } from "node:path";
import type { Command } from "commander";
import { NextstatError } from "../errors.ts";
import {
  type NamedTable,
  type NumberSpellings,
  type OpenedTable,
  pythonJson,
  readYields,
} from "../formats/index.ts";
import { writeOutput } from "../node/read-input.ts";
import { openTableFile } from "../node/table-file.ts";
import { conversionText } from "../report/conversion-text.ts";
import { addOutputOptions, checkOutputs, type OutputOptions } from "./common.ts";
import { inputPath, recordInput, refuseOverwriting } from "./inputs.ts";
import { present } from "./present.ts";
import type { Run } from "./run.ts";
import { workspaceCounts } from "./workspace-command.ts";

interface ImportTablesOptions extends OutputOptions {
  readonly input?: string;
  readonly modifiers?: string;
  readonly observations?: string;
  readonly measurements?: string;
  readonly poi?: string;
  readonly signal?: string;
  readonly lossReport?: string;
}

/** What the file of the yields is; the tables beside it may be of either format. */
type Format = Exclude<OpenedTable["format"], "root">;

const TITLES = { parquet: "Parquet", arrow: "Arrow" } as const;

export function defineImportTables(command: Command, format: Format, run: Run): void {
  command
    .summary(`tables of yields: ${TITLES[format]} files`)
    .description(
      `Makes a workspace of a table of yields in a file of ${TITLES[format]}: a row for each sample of a channel, with the columns ` +
        "channel, sample, yields (a list with one number per bin) and stat_error (the same, optional). The sample of the " +
        "signal gets the parameter of interest, uncertainties become a staterror of the channel; a table of modifiers " +
        "takes the place of both.",
    )
    .argument("[FILE]", "the table of yields")
    .optionsGroup("Input:")
    .option("-i, --input <FILE>", "the same as FILE")
    .option(
      "--modifiers <FILE>",
      "table of channel, sample, modifier_name, modifier_type, data_hi, data_lo, data",
    )
    .option("--observations <FILE>", "table of channel, data (default: sums of the samples)")
    .option("--measurements <FILE>", "table of name, poi")
    .option("--poi <NAME>", "the parameter of interest (default: mu)")
    .option(
      "--signal <NAME>",
      "the sample that it scales (default: the one called like it, else signal)",
    )
    .option("--loss-report <FILE>", "write what was kept, changed and lost to FILE, as JSON");
  addOutputOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat import ${format} yields.${format} --observations data.${format} -o workspace.json
  nextstat import ${format} yields.${format} --modifiers modifiers.${format} --poi mu -o workspace.json`,
    )
    .action((file: string | undefined, options: ImportTablesOptions) =>
      importTables(inputPath(file, options.input), format, options, run),
    );
}

async function importTables(
  path: string,
  format: Format,
  options: ImportTablesOptions,
  run: Run,
): Promise<void> {
  const { modifiers, observations, measurements, poi, signal, lossReport } = options;
  checkOutputs({ "--output": options.output, "--loss-report": lossReport }, options.bundle);
  const opened: OpenedTable[] = [];
  const open = async (name: string): Promise<NamedTable> => {
    refuseOverwriting(name, "--loss-report", lossReport);
    const own = await openInputTable(name, options, run);
    opened.push(own);
    if (own.format === "root" || (name === path && own.format !== format)) {
      const found = own.format === "root" ? "ROOT" : TITLES[own.format];
      throw new NextstatError("input", `this is a file of ${found}, not of ${TITLES[format]}`, {
        location: { file: name },
        hint: own.format === "root" ? "" : `nextstat import ${own.format} reads it`,
      });
    }
    return { name: basename(name), table: own.table };
  };
  try {
    const { workspace, notices, report } = await readYields(
      {
        yields: await open(path),
        ...(modifiers === undefined ? {} : { modifiers: await open(modifiers) }),
        ...(observations === undefined ? {} : { observations: await open(observations) }),
        ...(measurements === undefined ? {} : { measurements: await open(measurements) }),
      },
      {
        ...(poi === undefined ? {} : { poi }),
        ...(signal === undefined ? {} : { signal }),
      },
    );
    run.loadedAt = performance.now();
    if (lossReport !== undefined) writeOutput(lossReport, `${JSON.stringify(report, null, 2)}\n`);
    const spellings: NumberSpellings = new WeakMap();
    present(
      {
        json: () => `${pythonJson(workspace, { indent: 4, spellings })}\n`,
        text: () => conversionText(`${basename(path)} as a workspace`, report),
        warnings: notices.map(({ message }) => message),
        warningsApart: true,
        metrics: () => ({ metrics: workspaceCounts(workspace) }),
      },
      options,
      run,
    );
  } finally {
    for (const table of opened) await table.close();
  }
}

function openInputTable(path: string, options: OutputOptions, run: Run): Promise<OpenedTable> {
  if (path === "-") {
    throw new NextstatError("usage", "tables are not read from standard input", {
      hint: "give the name of a file: they are read from the end",
    });
  }
  refuseOverwriting(path, "--output", options.output);
  refuseOverwriting(path, "--json-metrics", options.jsonMetrics);
  if (options.bundle !== undefined) recordInput(path, options, run);
  return openTableFile(path);
}
