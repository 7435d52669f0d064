/**
 * Columns as the values of their entries, for comparing with what the writers were given.
 *
 * @module
 */

import { brotliDecompressSync } from "node:zlib";
import { type Column, entriesOf } from "../../../src/columns/index.ts";
import type { OpenColumnarOptions } from "../../../src/formats/index.ts";

/** Pages have no brotli of their own, so tests pass Node's. */
export const CODECS: OpenColumnarOptions = {
  codecs: { brotli: (block) => brotliDecompressSync(block) },
};

/** Numbers that JSON does not have become texts, as `tools/golden/columnar.py` writes them. */
function plainNumber(value: number | bigint): number | string {
  if (typeof value === "bigint") return value.toString();
  if (Object.is(value, -0)) return "-0";
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

/** [entries] the value of each entry. */
export function valuesOf(column: Column): unknown[] {
  switch (column.kind) {
    case "numbers":
      return Array.from(column.values as Float64Array, (value) =>
        column.type === "bool" ? value === 1 : plainNumber(value),
      );
    case "strings":
      return [...column.values];
    case "arrays": {
      const items = valuesOf(column.content);
      const { length } = column;
      return Array.from({ length: column.entries }, (_, i) =>
        items.slice(i * length, (i + 1) * length),
      );
    }
    case "lists": {
      const items = valuesOf(column.content);
      return Array.from({ length: entriesOf(column) }, (_, i) =>
        items.slice(column.offsets[i], column.offsets[i + 1]),
      );
    }
    case "records": {
      const fields = Object.entries(column.fields).map(
        ([name, field]) => [name, valuesOf(field)] as const,
      );
      return Array.from({ length: column.entries }, (_, i) =>
        Object.fromEntries(fields.map(([name, values]) => [name, values[i]])),
      );
    }
    default:
      return column satisfies never;
  }
}
