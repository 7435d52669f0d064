/**
 * Writes test/golden/columnar/written.{parquet,arrows}: a column of each kind, by our own writers. Run by `columnar.py`.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import { type ColumnToWrite, writeArrow, writeParquet } from "../../src/formats/index.ts";

/** A column of each kind. */
export const WRITTEN: readonly ColumnToWrite[] = [
  { name: "text", type: "STRING", data: ["a", "\u00fc\u{1f642}", "", "a much longer text"] },
  { name: "double", type: "DOUBLE", data: Float64Array.of(0.1, Number.NaN, -0, 5e-324) },
  { name: "int", type: "INT32", data: Int32Array.of(1, -2147483648, 2147483647, 0) },
  { name: "index", type: "UINT32", data: Uint32Array.of(0, 1, 2, 2147483647) },
  { name: "flag", type: "BOOLEAN", data: [true, false, true, true] },
  {
    name: "list",
    type: "DOUBLES",
    data: [[1, 2.5, 3], [], [Number.POSITIVE_INFINITY], [0.1, 0.2]],
  },
];

if (import.meta.main) {
  const folder = new URL("../../test/golden/columnar/", import.meta.url);
  writeFileSync(new URL("written.parquet", folder), await writeParquet(WRITTEN));
  writeFileSync(new URL("written.arrows", folder), writeArrow(WRITTEN));
}
