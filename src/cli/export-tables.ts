/**
 * `nextstat export parquet` and `export arrow`.
 *
 * @module
 */

import { basename } from "node:path";
import { type Command, Option } from "commander";
import { columnsOf } from "../columnar.ts";
import { NextstatError } from "../errors.ts";
import { type ColumnToWrite, manifestOf, writeArrow, writeParquet } from "../formats/index.ts";
import { writeOutput } from "../node/read-input.ts";
import {
  addWarningOptions,
  addWorkspaceInput,
  type CommonOptions,
  checkOutputs,
  FIRST_MEASUREMENT,
} from "./common.ts";
import { EXIT } from "./exit.ts";
import { addHs3Options } from "./hs3-options.ts";
import { inputPath, refuseOverwriting } from "./inputs.ts";
import { loadModel } from "./load-model.ts";
import { log } from "./log.ts";
import type { Run } from "./run.ts";

interface ExportTablesOptions extends Omit<CommonOptions, "interpDefaults" | "output"> {
  readonly output?: string;
  readonly what: "yields" | "params";
  /** Of `--no-total`. */
  readonly total: boolean;
  readonly manifest?: string;
}

type Format = "parquet" | "arrow";

const TITLES = { parquet: "a Parquet file", arrow: "an Arrow IPC stream" } as const;
const ENDINGS = { parquet: "parquet", arrow: "arrows" } as const;

export function defineExportTables(command: Command, format: Format, run: Run): void {
  command
    .summary(`expected yields or parameters: ${TITLES[format]}`)
    .description(
      `Writes ${TITLES[format]} with the expected yields of a model where its parameters start, a row for each sample of a ` +
        "channel and one for their sum (the sample total); or with its parameters.",
    );
  addHs3Options(addWorkspaceInput(command, FIRST_MEASUREMENT))
    .optionsGroup("Output:")
    .option("-o, --output <FILE>", "file to write")
    .addOption(
      new Option("--what <TABLE>", "what to write").choices(["yields", "params"]).default("yields"),
    )
    .option("--no-total", "leave out the sums, so that the table can be imported again");
  if (format === "parquet") {
    command.option("--manifest <FILE>", "write a manifest with digest and schema to FILE, as JSON");
  }
  const ending = ENDINGS[format];
  addWarningOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat export ${format} workspace.json -o yields.${ending}
  nextstat export ${format} workspace.json --what params -o parameters.${ending}`,
    )
    .action((file: string | undefined, options: ExportTablesOptions) =>
      exportTable(file, format, options, run),
    );
}

async function exportTable(
  file: string | undefined,
  format: Format,
  options: ExportTablesOptions,
  run: Run,
): Promise<void> {
  const { output, manifest, what, total } = options;
  if (output === undefined || output === "-") {
    throw new NextstatError("usage", "no file to write to", { hint: "give it with -o FILE" });
  }
  checkOutputs({ "--output": output, "--manifest": manifest }, undefined);
  const path = inputPath(file, options.input);
  for (const [option, target] of [
    ["--output", output],
    ["--manifest", manifest],
  ] as const) {
    refuseOverwriting(path, option, target);
  }
  const { output: _, ...others } = options;
  const { model, title } = await loadModel(file, others, run);
  const columns = columnsOf(model, { what, total });
  const bytes = format === "parquet" ? await writeParquet(columns) : writeArrow(columns);
  writeOutput(output, bytes);
  if (manifest !== undefined) {
    const poi = model.resolved.parameters[model.resolved.poi ?? -1]?.name ?? null;
    const document = manifestOf(bytes, columns, {
      createdAt: new Date(),
      path: output,
      poi,
      stats: statsOf(columns),
    });
    writeOutput(manifest, `${JSON.stringify(document, null, 2)}\n`);
  }
  for (const warning of model.warnings) log(options.logLevel, "warn", `warning: ${warning}`);
  log(options.logLevel, "info", `wrote ${what} of ${title} to ${basename(output)}`);
  run.finish(options.strict === true && model.warnings.length > 0 ? EXIT.strict : EXIT.ok);
}

/** Counts of a table of yields; of another table, its rows. */
function statsOf(columns: readonly ColumnToWrite[]): Parameters<typeof manifestOf>[2]["stats"] {
  const texts = (name: string): readonly string[] =>
    (columns.find((column) => column.name === name && column.type === "STRING")?.data as
      | readonly string[]
      | undefined) ?? [];
  const channels = texts("channel");
  const bins = columns.find(({ type }) => type === "DOUBLES")?.data as
    | readonly (readonly number[])[]
    | undefined;
  const firsts = channels.map((channel, row) => channels.indexOf(channel) === row);
  return {
    n_rows: columns[0]?.data.length ?? 0,
    n_channels: new Set(channels).size,
    n_samples: new Set(texts("sample")).size,
    n_bins: firsts.reduce(
      (sum, isFirst, row) => sum + (isFirst ? (bins?.[row]?.length ?? 0) : 0),
      0,
    ),
  };
}
