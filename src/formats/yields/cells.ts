/**
 * The cells of tables that make up a workspace: texts and lists of numbers, checked one by one.
 *
 * @module
 */

import type { Column } from "../../columns/index.ts";
import { NextstatError, suggestName } from "../../errors.ts";
import { oneLine, printable } from "../root/byte-reader.ts";
import type { ColumnarTable, OptionalColumns } from "../tables/columnar.ts";

/** A table, and what to call it. */
export interface NamedTable {
  /** For messages: the name of its file. */
  readonly name: string;
  readonly table: ColumnarTable;
}

/** The columns that are asked for, as cells; null where a row has no value. */
export interface Cells {
  readonly rows: number;
  /** Columns that nobody asked for. */
  readonly ignored: readonly string[];
  texts(column: string): readonly string[];
  /** Null where the row has no list, or the table no such column. */
  lists(column: string): readonly (readonly number[] | null)[];
  fail(problem: string, hint: string): NextstatError;
}

/** What a table must, and what it may have: columns by kind. */
export interface Expected {
  readonly texts: readonly string[];
  readonly lists: readonly string[];
  readonly optionalLists: readonly string[];
}

/**
 * Reads the columns of a table.
 *
 * @param kind what the table is, for messages
 * @throws NextstatError `input` for a column that is missing or of another type, and for numbers that are none
 */
export async function readCells(
  { name, table }: NamedTable,
  kind: string,
  expected: Expected,
): Promise<Cells> {
  const fail = (problem: string, hint: string): NextstatError =>
    new NextstatError("input", oneLine(problem), { location: { file: name }, hint: oneLine(hint) });
  const known = table.columns.map((column) => column.name);
  const required = [...expected.texts, ...expected.lists];
  for (const column of required) {
    if (known.includes(column)) continue;
    const others = known.map(printable);
    throw fail(`the ${kind} table has no column "${column}"`, suggestName(column, others));
  }
  const wanted = [...required, ...expected.optionalLists].filter((column) =>
    known.includes(column),
  );
  const typeOf = (column: string): string =>
    table.columns.find((info) => info.name === column)?.type ?? "";
  for (const column of wanted) {
    const isText = expected.texts.includes(column);
    const type = typeOf(column);
    // An optional column without any value may have no type either.
    if (type === "null" && expected.optionalLists.includes(column)) continue;
    if (isText ? isTextType(type) : isListType(type)) continue;
    const wish = isText ? "string" : "list<double>";
    throw fail(
      `column "${column}" of the ${kind} table must be ${wish}, and is ${printable(type)}`,
      isText ? "write the names as strings" : "write one list of numbers per row",
    );
  }
  const readable = wanted.filter((column) => typeOf(column) !== "null");
  const cells = await table.readOptional(readable);
  return {
    rows: cells.stop,
    ignored: known.filter((column) => !wanted.includes(column)),
    fail,
    texts: (column) => textsOf(cells, column, fail),
    lists: (column) =>
      readable.includes(column)
        ? listsOf(cells, column, fail)
        : new Array<null>(cells.stop).fill(null),
  };
}

function isTextType(type: string): boolean {
  return /^(string|enum|dictionary<string>)$/.test(type);
}

/** Lists, large lists and lists of one length, of any numbers but booleans, days and times. */
function isListType(type: string): boolean {
  const item = "(u?int(8|16|32|64)|halffloat|float|double|decimal\\(\\d+, \\d+\\))";
  return new RegExp(`^(list<${item}>|${item}\\[\\d+\\])$`).test(type);
}

type Fail = (problem: string, hint: string) => NextstatError;

function textsOf(
  { columns, missing }: OptionalColumns,
  name: string,
  fail: Fail,
): readonly string[] {
  const column = columns[name] as Column;
  const row = missing[name]?.indexOf(1) ?? -1;
  if (row >= 0) throw fail(`row ${row} has no "${name}"`, "every row needs one");
  const texts = column.kind === "strings" ? column.values : [];
  const empty = texts.indexOf("");
  if (empty >= 0) throw fail(`row ${empty} has an empty "${name}"`, "every row needs one");
  return texts;
}

function listsOf(
  { columns, missing, stop }: OptionalColumns,
  name: string,
  fail: Fail,
): readonly (readonly number[] | null)[] {
  const column = columns[name] as Column;
  const absent = missing[name];
  const content = column.kind === "lists" || column.kind === "arrays" ? column.content : null;
  const items = content?.kind === "numbers" ? content.values : new Float64Array(0);
  const bounds = (row: number): readonly [number, number] => {
    if (column.kind === "lists") {
      return [column.offsets[row] as number, column.offsets[row + 1] as number];
    }
    const length = column.kind === "arrays" ? column.length : 0;
    return [row * length, (row + 1) * length];
  };
  return Array.from({ length: stop }, (_, row) => {
    if (absent?.[row] === 1) return null;
    const [from, to] = bounds(row);
    return Array.from({ length: to - from }, (__, i) => {
      const item = items[from + i] as number | bigint;
      const value = Number(item);
      if (!Number.isFinite(value)) {
        throw fail(
          `row ${row}: item ${i} of "${name}" is ${value}`,
          "every item must be a finite number (missing ones are read as NaN)",
        );
      }
      if (typeof item === "bigint" && BigInt(value) !== item) {
        throw fail(`row ${row}: item ${i} of "${name}" (${item}) is no double`, "write doubles");
      }
      return value;
    });
  });
}
