/**
 * Tables as files, by the ending of their name.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
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
  // Only who writes Parquet waits for the library.
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const columnData = columns.map(({ name, type, data }) => ({
    name,
    type,
    data: Array.isArray(data) ? [...data] : (data as Float64Array),
    nullable: false,
  }));
  const buffer = parquetWriteBuffer({ columnData, createdBy: "nextstat" });
  writeOutput(file, new Uint8Array(buffer));
}
