/**
 * What Parquet and Arrow have in common beyond other tables: values may be missing (null).
 *
 * A missing floating-point number is read as NaN. Integers, booleans, texts and lists have no such value, so `read` and
 * `chunks` refuse them; `readOptional` reads them and says which rows they are.
 *
 * @module
 */

import type { ReadOptions, Table, TableChunk, TableColumn } from "../../columns/table.ts";
import { NextstatError } from "../../errors.ts";
import { printable } from "../root/byte-reader.ts";
import { type ColumnSource, makeTable, type TableParts } from "./table.ts";

/** Columns, and which of their rows have no value. */
export interface OptionalColumns extends TableChunk {
  /** [entries] 1 where the row has no value; a column without missing values is not named. */
  readonly missing: Readonly<Record<string, Uint8Array>>;
}

/** A table whose values may be missing. */
export interface ColumnarTable extends Table {
  /** As `read`, with rows without a value: 0, the empty text or the empty list stands for them. */
  readOptional(names?: readonly string[], options?: ReadOptions): Promise<OptionalColumns>;
}

/** Told the rows without a value of the column being read. */
export type MissingRows = (rows: Uint8Array) => void;

/** A column, and how it is opened: null where missing values are to be refused. */
export type ColumnarColumn = readonly [
  info: TableColumn,
  open: (missing: MissingRows | null) => ColumnSource,
];

export interface ColumnarParts extends Omit<TableParts, "columns"> {
  readonly columns: readonly ColumnarColumn[];
}

/** A table from its parts. */
export function columnarTable(parts: ColumnarParts): ColumnarTable {
  const table = (missingOf: (name: string) => MissingRows | null): Table =>
    makeTable({
      ...parts,
      columns: parts.columns.map(([info, open]) => [info, () => open(missingOf(info.name))]),
    });
  return {
    ...table(() => null),
    async readOptional(names, options) {
      const missing = new Map<string, Uint8Array>();
      const optional = table((name) => (rows) => {
        missing.set(name, rows);
      });
      const chunk = await optional.read(names, options);
      return { ...chunk, missing: Object.fromEntries(missing) };
    },
  };
}

/** The error for a value that is missing where there is no place for that; `row` is null where it is in a list or record. */
export function missingValue(file: string, column: string, row: number | null): NextstatError {
  const where = row === null ? "an item" : `row ${row}`;
  return new NextstatError("input", `column "${printable(column)}": ${where} has no value`, {
    location: { file },
    hint: "only floating-point numbers may be missing (null): fill the others when writing the file",
  });
}

/** Digits up to which every decimal number has a double of its own. */
export const MAX_DECIMAL_DIGITS = 15;

/** The double nearest to `unscaled` / 10^`scale`. */
export function decimalNumber(unscaled: bigint, scale: number): number {
  return Number(`${unscaled}e${-scale}`);
}

/** The value of a number of 16 bits, which one of 32 bits has exactly. */
export function halfPrecision(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Text from UTF-8 bytes.
 *
 * @throws RangeError where they are not UTF-8
 */
export function strictText(bytes: Uint8Array): string {
  try {
    return TEXT.decode(bytes);
  } catch {
    throw new RangeError("a text is not UTF-8");
  }
}
