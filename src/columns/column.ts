/**
 * Columns of trees and ntuples as plain data, and putting pieces of them together.
 *
 * @module
 */

import { type NumericArray, type NumericType, newArray, setNumbers } from "./numbers.ts";

/** A number for each entry. */
export interface NumberColumn {
  readonly kind: "numbers";
  readonly type: NumericType;
  /** [entries]. Integers of 64 bits are `bigint`; a `bool` is 0 or 1. */
  readonly values: NumericArray;
}

/** A text for each entry. */
export interface StringColumn {
  readonly kind: "strings";
  /** [entries] */
  readonly values: readonly string[];
}

/** Arrays of the same length. */
export interface ArrayColumn {
  readonly kind: "arrays";
  /** Items of each entry. */
  readonly length: number;
  /** Entries of the column, which `content` alone does not tell where `length` is 0. */
  readonly entries: number;
  /** [entries × length] all items, entry by entry. */
  readonly content: Column;
}

/** Lists of any length; an optional value is a list of one item or none. */
export interface ListColumn {
  readonly kind: "lists";
  /** [entries + 1] where each entry begins in `content`; the last one is the number of items. */
  readonly offsets: Int32Array;
  /** All items, entry by entry. */
  readonly content: Column;
}

/** Several values for each entry, by name. */
export interface RecordColumn {
  readonly kind: "records";
  readonly entries: number;
  readonly fields: Readonly<Record<string, Column>>;
}

/** What a column holds. */
export type Column = NumberColumn | StringColumn | ArrayColumn | ListColumn | RecordColumn;

/** Number of entries. */
export function entriesOf(column: Column): number {
  switch (column.kind) {
    case "numbers":
    case "strings":
      return column.values.length;
    case "lists":
      return column.offsets.length - 1;
    case "arrays":
    case "records":
      return column.entries;
    default:
      return column satisfies never;
  }
}

/** Columns of the same structure, one after the other. */
export function concatenate(parts: readonly Column[]): Column {
  const [first] = parts;
  if (first === undefined) throw new RangeError("nothing to put together");
  if (parts.length === 1) return first;
  switch (first.kind) {
    case "numbers":
      return concatenateNumbers(parts as readonly NumberColumn[]);
    case "strings":
      return {
        kind: "strings",
        values: (parts as readonly StringColumn[]).flatMap((p) => p.values),
      };
    case "arrays": {
      const arrays = parts as readonly ArrayColumn[];
      return {
        kind: "arrays",
        length: first.length,
        entries: sumOfEntries(parts),
        content: concatenate(arrays.map(({ content }) => content)),
      };
    }
    case "lists":
      return concatenateLists(parts as readonly ListColumn[]);
    case "records": {
      const records = parts as readonly RecordColumn[];
      const names = Object.keys(first.fields);
      const fields = names.map((name): [string, Column] => [
        name,
        concatenate(records.map((record) => record.fields[name] as Column)),
      ]);
      return { kind: "records", entries: sumOfEntries(parts), fields: Object.fromEntries(fields) };
    }
    default:
      return first satisfies never;
  }
}

/** The entries from `from` up to, not including, `to`; what can be shared is. */
export function sliceColumn(column: Column, from: number, to: number): Column {
  if (from === 0 && to === entriesOf(column)) return column;
  switch (column.kind) {
    case "numbers":
      return { ...column, values: column.values.subarray(from, to) };
    case "strings":
      return { kind: "strings", values: column.values.slice(from, to) };
    case "arrays": {
      const { length, content } = column;
      const items = sliceColumn(content, from * length, to * length);
      return { kind: "arrays", length, entries: to - from, content: items };
    }
    case "lists": {
      const first = column.offsets[from] as number;
      const offsets = column.offsets.slice(from, to + 1).map((offset) => offset - first);
      const content = sliceColumn(column.content, first, column.offsets[to] as number);
      return { kind: "lists", offsets, content };
    }
    case "records": {
      const fields = Object.entries(column.fields).map(([name, field]): [string, Column] => [
        name,
        sliceColumn(field, from, to),
      ]);
      return { kind: "records", entries: to - from, fields: Object.fromEntries(fields) };
    }
    default:
      return column satisfies never;
  }
}

function sumOfEntries(parts: readonly Column[]): number {
  return parts.reduce((sum, part) => sum + entriesOf(part), 0);
}

function concatenateNumbers(parts: readonly NumberColumn[]): NumberColumn {
  const { type } = parts[0] as NumberColumn;
  const values = newArray(type, sumOfEntries(parts));
  let at = 0;
  for (const part of parts) {
    setNumbers(values, part.values, at);
    at += part.values.length;
  }
  return { kind: "numbers", type, values };
}

function concatenateLists(parts: readonly ListColumn[]): ListColumn {
  const offsets = new Int32Array(sumOfEntries(parts) + 1);
  let entry = 0;
  let shift = 0;
  for (const part of parts) {
    const { length } = part.offsets;
    for (let i = 1; i < length; i++) {
      entry += 1;
      offsets[entry] = shift + (part.offsets[i] as number);
    }
    shift += part.offsets[length - 1] as number;
  }
  return { kind: "lists", offsets, content: concatenate(parts.map(({ content }) => content)) };
}
