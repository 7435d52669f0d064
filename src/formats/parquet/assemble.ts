/**
 * Values with their levels -> columns: lists, records, and values that are missing.
 *
 * @module
 */

import { type Column, entriesOf } from "../../columns/index.ts";
import { newArray } from "../../columns/numbers.ts";
import type { MissingRows } from "../tables/columnar.ts";
import type { LeafValues } from "./leaf-types.ts";
import { type LeafNode, type ListNode, leavesOf, type SchemaNode } from "./schema.ts";

/** Some entries of one leaf. */
export interface LeafEntries {
  /** Of every place, empty lists and missing values included. */
  readonly levels: number;
  /** [levels], or null where there are no lists. */
  readonly repetition: Uint8Array | null;
  /** [levels], or null where every value is there. */
  readonly definition: Uint8Array | null;
  /** Those that are there. */
  readonly values: LeafValues;
}

/** What to do about missing values. */
export interface Assembly {
  /** The entries of each leaf, by its index. */
  readonly leaves: ReadonlyMap<number, LeafEntries>;
  /** Told about the rows of the column itself that have no value; null where they are refused. */
  readonly missing: MissingRows | null;
  /** The error for an entry with a missing value. */
  readonly refuse: (entry: number) => Error;
  /** The error for levels that contradict each other. */
  readonly damaged: (problem: string) => Error;
}

/** The column of a node at the top of the schema. */
export function assemble(node: SchemaNode, assembly: Assembly): Column {
  return build(node, assembly, true);
}

function build(node: SchemaNode, assembly: Assembly, isTop: boolean): Column {
  switch (node.kind) {
    case "leaf":
      return buildLeaf(node, assembly, isTop);
    case "list":
      return buildList(node, assembly, isTop);
    case "record": {
      const fields = node.fields.map(([name, field]): [string, Column] => [
        name,
        build(field, assembly, false),
      ]);
      const entries = countPlaces(node, assembly);
      if (fields.some(([, field]) => entriesOf(field) !== entries)) {
        throw assembly.damaged("its fields have different numbers of entries");
      }
      return { kind: "records", entries, fields: Object.fromEntries(fields) };
    }
    default:
      return node satisfies never;
  }
}

/** The levels of the first leaf below a node tell its structure. */
function levelsOf(node: SchemaNode, { leaves }: Assembly): LeafEntries {
  const [first] = leavesOf(node);
  return leaves.get(first?.index as number) as LeafEntries;
}

/** How many places there are for a node: one for each entry, or for each item of the list that it is in. */
function countPlaces(node: SchemaNode, assembly: Assembly): number {
  const { levels, repetition, definition } = levelsOf(node, assembly);
  let places = 0;
  for (let i = 0; i < levels; i++) {
    if (repetition !== null && (repetition[i] as number) > node.repetition) continue;
    if (definition !== null && (definition[i] as number) < node.place) continue;
    places += 1;
  }
  return places;
}

function buildLeaf(node: LeafNode, assembly: Assembly, isTop: boolean): Column {
  const { leaf, place } = node;
  const { levels, definition, values } = levelsOf(node, assembly);
  const type = leaf.type.values;
  const given = (all: LeafValues): Column =>
    type === "string" || type === null
      ? { kind: "strings", values: all as readonly string[] }
      : { kind: "numbers", type, values: all as Float64Array };
  if (definition === null || values.length === levels) return given(values);

  const places = countPlaces(node, assembly);
  if (places === values.length) return given(values);
  const isFloat = type === "float32" || type === "float64";
  const isText = type === "string" || type === null;
  const numbers = isText ? null : (newArray(type, places) as Float64Array);
  const texts: string[] = [];
  const rows = isTop && assembly.missing !== null ? new Uint8Array(places) : null;
  let from = 0;
  let to = 0;
  for (let i = 0; i < levels; i++) {
    const level = definition[i] as number;
    if (level < place) continue;
    if (level === leaf.maxDefinition) {
      if (numbers === null) texts.push((values as readonly string[])[from] as string);
      else numbers[to] = (values as Float64Array)[from] as number;
      from += 1;
    } else {
      if (rows !== null) rows[to] = 1;
      if (isFloat) (numbers as Float64Array)[to] = Number.NaN;
      else if (rows === null) throw assembly.refuse(entryOf(i, node, assembly));
      else if (numbers === null) texts.push("");
    }
    to += 1;
  }
  if (rows !== null) assembly.missing?.(rows);
  return given(numbers ?? texts);
}

function buildList(node: ListNode, assembly: Assembly, isTop: boolean): Column {
  const { levels, repetition, definition } = levelsOf(node, assembly);
  const places = countPlaces(node, assembly);
  const offsets = new Int32Array(places + 1);
  const rows = isTop && assembly.missing !== null ? new Uint8Array(places) : null;
  let hasMissing = false;
  let place = -1;
  let items = 0;
  for (let i = 0; i < levels; i++) {
    const repeats = repetition === null ? 0 : (repetition[i] as number);
    const level = definition === null ? Number.POSITIVE_INFINITY : (definition[i] as number);
    if (repeats <= node.repetition) {
      if (level < node.place) continue;
      place += 1;
      offsets[place] = items;
      if (level < node.definition) {
        if (rows === null) throw assembly.refuse(entryOf(i, node, assembly));
        rows[place] = 1;
        hasMissing = true;
      }
    }
    if (repeats <= node.repetition + 1 && level >= node.content.place) items += 1;
  }
  offsets[places] = items;
  if (rows !== null && hasMissing) assembly.missing?.(rows);
  const content = build(node.content, assembly, false);
  if (entriesOf(content) !== items) {
    throw assembly.damaged("the levels of its lists contradict each other");
  }
  return { kind: "lists", offsets, content };
}

/** The entry that a level belongs to. */
function entryOf(index: number, node: SchemaNode, assembly: Assembly): number {
  const { repetition } = levelsOf(node, assembly);
  if (repetition === null) return index;
  let entry = -1;
  for (let i = 0; i <= index; i++) if (repetition[i] === 0) entry += 1;
  return entry;
}
