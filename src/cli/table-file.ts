/**
 * Tables as files, by the ending of their name.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { writeParquet } from "../formats/index.ts";
import { writeOutput } from "../node/read-input.ts";
import { type TableColumn, tableLines } from "../report/toy-table.ts";

/** Refuses the name of a table that says no format. */
export function checkTableFile(option: string, file: string): void {
  if (/\.(parquet|jsonl)$/i.test(file)) return;
  throw new NextstatError("usage", `${option} ${file} says no format`, {
    hint: "end the name in .parquet or .jsonl",
  });
}

/**
 * Writes a table, Parquet (snappy) or JSON lines.
 *
 * @throws NextstatError `usage` when it cannot be written
 */
export async function writeTable(file: string, columns: readonly TableColumn[]): Promise<void> {
  if (/\.jsonl$/i.test(file)) {
    writeOutput(file, tableLines(columns));
    return;
  }
  writeOutput(file, await writeParquet(columns));
}
