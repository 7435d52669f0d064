/**
 * RNTuple: its fields as columns of a table.
 *
 * A field is a number, a text, a fixed array, a list (an optional value is a list of one item or none) or a record of other
 * fields. Where lists end is counted within a cluster, so that clusters are decoded one by one and put together.
 *
 * @module
 */

import { type Column, concatenate } from "../../columns/column.ts";
import {
  bytesOf,
  type NumericArray,
  type NumericType,
  newArray,
  setNumbers,
} from "../../columns/numbers.ts";
import type { TableColumn } from "../../columns/table.ts";
import type { Budget, ColumnSource, Part, TableParts } from "../tables/table.ts";
import { type ByteReader, damaged, type Origin, printable } from "./byte-reader.ts";
import { unpack } from "./codecs.ts";
import { xxh3 } from "./kernel-functions.ts";
import type { OpenFile } from "./keys.ts";
import { CHARACTERS, decodePage, elementType, INDEX_TYPES, pageBytes } from "./ntuple-elements.ts";
import {
  type ClusterColumn,
  type NtupleCluster,
  type NtupleColumn,
  type NtupleField,
  type NtuplePage,
  type NtupleSchema,
  ROLES,
} from "./ntuple-schema.ts";

/** How a field is put together from columns. The columns of a store are its representations. */
type Shape =
  | { readonly kind: "numbers"; readonly store: Store }
  | { readonly kind: "cardinality"; readonly index: Store }
  | { readonly kind: "strings"; readonly index: Store; readonly characters: Store }
  | { readonly kind: "arrays"; readonly length: number; readonly content: Shape }
  | { readonly kind: "lists"; readonly index: Store; readonly content: Shape }
  | { readonly kind: "records"; readonly fields: readonly (readonly [string, Shape])[] };

/** The representations of one column of a field. */
type Store = readonly NtupleColumn[];

/** What belongs to a field, by its position: real ntuples have ten thousand. */
interface Family {
  readonly children: ReadonlyMap<number, readonly NtupleField[]>;
  readonly columns: ReadonlyMap<number, readonly NtupleColumn[]>;
}

/** The table of an ntuple. */
export function ntupleTable(
  schema: NtupleSchema,
  file: OpenFile,
  origin: Origin,
  path: string,
): TableParts {
  const inner = schema.fields.filter(({ id, parent }) => parent !== id);
  const family: Family = {
    children: Map.groupBy(inner, ({ parent }) => parent),
    columns: Map.groupBy(schema.columns, ({ field }) => field),
  };
  const columns = schema.fields
    .filter(({ id, parent }) => parent === id)
    .map((field): TableParts["columns"][number] => {
      const { name, typeName: type } = field;
      try {
        const shape = shapeOf(field, family, 0);
        const info = { name, type, unreadable: null };
        const here = { ...origin, object: `${origin.object}, field ${printable(name)}` };
        return [info, () => fieldSource(info, shape, schema, file, here)];
      } catch (error) {
        if (!(error instanceof Undecodable)) throw error;
        return [
          { name, type, unreadable: error.message },
          () => {
            throw error;
          },
        ];
      }
    });
  const { entries } = schema;
  return { file, origin, path, entries, columns };
}

/** A field that is valid but of a kind that is not read. */
class Undecodable extends Error {}

function shapeOf(field: NtupleField, family: Family, depth: number): Shape {
  if (depth > 40) throw new Undecodable("its fields are nested too deeply");
  const children = family.children.get(field.id) ?? [];
  const inner = (child: NtupleField): Shape => shapeOf(child, family, depth + 1);
  const { role, arrayLength } = field;
  const stores = storesOf(field, family);
  const [first, second] = stores;
  if (role === ROLES.record) {
    return { kind: "records", fields: children.map((child) => [child.name, inner(child)]) };
  }
  if (role === ROLES.collection) {
    const [child] = children;
    if (first === undefined || child === undefined || !isIndex(first)) {
      throw new Undecodable("a collection without index or content");
    }
    return { kind: "lists", index: first, content: inner(child) };
  }
  if (role !== ROLES.leaf) {
    throw new Undecodable(
      role === ROLES.variant ? "variants are not decoded" : "streamed objects are not decoded",
    );
  }
  if (arrayLength > 0) {
    const [child] = children;
    const content: Shape = child === undefined ? leafShape(field, stores) : inner(child);
    return { kind: "arrays", length: arrayLength, content };
  }
  // std::atomic and enumerations: a field around the one with the columns.
  if (first === undefined && children.length === 1) return inner(children[0] as NtupleField);
  if (first !== undefined && second !== undefined && second[0]?.type === CHARACTERS) {
    if (isIndex(first)) return { kind: "strings", index: first, characters: second };
  }
  return leafShape(field, stores);
}

function leafShape(field: NtupleField, stores: readonly Store[]): Shape {
  const [store] = stores;
  if (store === undefined || stores.length !== 1) {
    throw new Undecodable(`a ${field.typeName} is not decoded`);
  }
  for (const column of store) {
    if (elementType(column) === undefined) {
      throw new Undecodable(`columns of type ${column.type} are not decoded`);
    }
  }
  if (!isIndex(store)) return { kind: "numbers", store };
  return { kind: "cardinality", index: store };
}

function isIndex(store: Store): boolean {
  return store.every(({ type }) => INDEX_TYPES.has(type));
}

/** The columns of a field, representations of the same column together. */
function storesOf(field: NtupleField, { columns }: Family): Store[] {
  const stores: NtupleColumn[][] = [];
  const places = new Map<number, number>();
  for (const column of columns.get(field.source ?? field.id) ?? []) {
    const place = places.get(column.representation) ?? 0;
    places.set(column.representation, place + 1);
    const store = stores[place];
    if (store === undefined) stores.push([column]);
    else store.push(column);
  }
  return stores;
}

function columnsOf(shape: Shape): NtupleColumn[] {
  switch (shape.kind) {
    case "numbers":
      return [...shape.store];
    case "cardinality":
      return [...shape.index];
    case "strings":
      return [...shape.index, ...shape.characters];
    case "arrays":
      return columnsOf(shape.content);
    case "lists":
      return [...shape.index, ...columnsOf(shape.content)];
    case "records":
      return shape.fields.flatMap(([, field]) => columnsOf(field));
    default:
      return shape satisfies never;
  }
}

const CHECKSUM = 8;

/** A page with its checksum. */
function partOf({ part, hasChecksum }: NtuplePage): Part {
  return hasChecksum ? { ...part, length: part.length + CHECKSUM } : part;
}

function fieldSource(
  info: TableColumn,
  shape: Shape,
  schema: NtupleSchema,
  file: OpenFile,
  origin: Origin,
): ColumnSource {
  const columns = columnsOf(shape);
  /** The cluster at the end of the last reading, decoded: the next one begins in it. */
  let kept: { readonly cluster: NtupleCluster; readonly elements: Elements } | undefined;
  const overlapping = (start: number, stop: number): NtupleCluster[] =>
    schema.clusters.filter(
      ({ firstEntry, entries }) => firstEntry < stop && firstEntry + entries > start,
    );
  const pages = (cluster: NtupleCluster): NtuplePage[] =>
    columns.flatMap(({ id }) => cluster.columns[id] ?? []);
  const stored = schema.clusters.reduce(
    (sum, cluster) => sum + pages(cluster).reduce((bytes, { part }) => bytes + part.length, 0),
    0,
  );
  return {
    info,
    // Twice what is stored: a usual compression.
    bytesPerEntry: schema.entries === 0 ? 0 : (2 * stored) / schema.entries,
    parts: (start, stop) =>
      overlapping(start, stop)
        .filter((cluster) => cluster !== kept?.cluster)
        .flatMap((cluster) => pages(cluster).map(partOf)),
    async decode(start, stop, bytes, budget) {
      const pieces: Column[] = [];
      for (const cluster of overlapping(start, stop)) {
        if (kept?.cluster !== cluster) {
          const elements = new Map<number, NumericArray>();
          for (const column of columns) {
            const listed = cluster.columns[column.id];
            if (listed === undefined) continue;
            elements.set(column.id, await readColumn(column, listed, file, bytes, budget));
          }
          kept = { cluster, elements };
        }
        const from = Math.max(0, start - cluster.firstEntry);
        const to = Math.min(cluster.entries, stop - cluster.firstEntry);
        const scope = {
          cluster,
          elements: kept.elements,
          origin,
          budget,
          entries: cluster.entries,
        };
        pieces.push(decodeShape(shape, scope, from, to));
      }
      const none: NtupleCluster = { firstEntry: 0, entries: 0, columns: [] };
      if (pieces.length === 0) {
        const scope = { cluster: none, elements: new Map(), origin, budget, entries: 0 };
        pieces.push(decodeShape(shape, scope, 0, 0));
      }
      return concatenate(pieces);
    },
  };
}

/** Elements of one cluster, by column. */
type Elements = ReadonlyMap<number, NumericArray>;

/** All elements of a column in a cluster. */
async function readColumn(
  column: NtupleColumn,
  pages: Exclude<ClusterColumn, undefined>,
  file: OpenFile,
  bytes: (part: Part) => ByteReader,
  budget: Budget,
): Promise<NumericArray> {
  const type = elementType(column) as NumericType;
  const decoded: NumericArray[] = [];
  for (const page of pages) {
    const { bytes: stored, origin } = bytes(partOf(page));
    const packed = stored.subarray(0, page.part.length);
    if (page.hasChecksum) {
      const view = new DataView(stored.buffer, stored.byteOffset + page.part.length, CHECKSUM);
      if (xxh3(packed) !== view.getBigUint64(0, true))
        throw damaged(origin, "wrong checksum of a page");
    }
    const size = pageBytes(column, page.elements);
    budget(size + page.elements * bytesOf(type));
    const unpacked =
      packed.length === size ? packed : await unpack(packed, size, origin, file.codecs);
    decoded.push(decodePage(column, unpacked, page.elements));
  }
  if (decoded.length === 1) return decoded[0] as NumericArray;
  const total = decoded.reduce((sum, { length }) => sum + length, 0);
  const elements = newArray(type, total);
  let at = 0;
  for (const values of decoded) {
    setNumbers(elements, values, at);
    at += values.length;
  }
  return elements;
}

/** Where a shape is decoded. */
interface Scope {
  readonly cluster: NtupleCluster;
  readonly elements: Elements;
  readonly origin: Origin;
  readonly budget: Budget;
  /**
   * How many items there are in the cluster where that is known: outside of lists. Columns that were added later have
   * fewer elements, and stand for zeros before them.
   */
  readonly entries: number | undefined;
}

/** Items `from` up to `to` of a cluster. */
function decodeShape(shape: Shape, scope: Scope, from: number, to: number): Column {
  switch (shape.kind) {
    case "numbers": {
      const { type, values } = elementsOf(shape.store, scope, from, to);
      return { kind: "numbers", type, values };
    }
    case "cardinality": {
      const { offsets } = readOffsets(shape.index, scope, from, to);
      const values = Uint32Array.from(
        { length: to - from },
        (_, i) => (offsets[i + 1] as number) - (offsets[i] as number),
      );
      return { kind: "numbers", type: "uint32", values };
    }
    case "strings": {
      const { begin, offsets } = readOffsets(shape.index, scope, from, to);
      const end = begin + (offsets[to - from] as number);
      const { values } = elementsOf(shape.characters, { ...scope, entries: undefined }, begin, end);
      const text = new TextDecoder();
      scope.budget(32 * (to - from) + 2 * values.length);
      const strings = Array.from({ length: to - from }, (_, i) =>
        text.decode((values as Uint8Array).subarray(offsets[i], offsets[i + 1])),
      );
      return { kind: "strings", values: strings };
    }
    case "arrays": {
      const { length } = shape;
      const { entries } = scope;
      const inner = { ...scope, entries: entries === undefined ? undefined : entries * length };
      const content = decodeShape(shape.content, inner, from * length, to * length);
      return { kind: "arrays", length, entries: to - from, content };
    }
    case "lists": {
      const { begin, offsets } = readOffsets(shape.index, scope, from, to);
      const end = begin + (offsets[to - from] as number);
      const content = decodeShape(shape.content, { ...scope, entries: undefined }, begin, end);
      return { kind: "lists", offsets, content };
    }
    case "records": {
      const fields = shape.fields.map(([name, field]): [string, Column] => [
        name,
        decodeShape(field, scope, from, to),
      ]);
      return { kind: "records", entries: to - from, fields: Object.fromEntries(fields) };
    }
    default:
      return shape satisfies never;
  }
}

/** Elements of the representation that the cluster uses. */
function elementsOf(
  store: Store,
  scope: Scope,
  from: number,
  to: number,
): { readonly type: NumericType; readonly values: NumericArray } {
  const used = store.find(({ id }) => scope.elements.has(id));
  const column = used ?? (store[0] as NtupleColumn);
  const type = elementType(column) as NumericType;
  const stored = scope.elements.get(column.id) ?? newArray(type, 0);
  const { entries, origin } = scope;
  const isLate = column.deferred || used === undefined;
  const missing = entries === undefined ? 0 : entries - stored.length;
  if (missing === 0 || entries === undefined) {
    if (to > stored.length) {
      throw damaged(origin, `a column has ${stored.length} elements, and ${to} are needed`);
    }
    return { type, values: stored.subarray(from, to) };
  }
  if (missing < 0 || !isLate) {
    throw damaged(origin, `a column has ${stored.length} elements instead of ${entries}`);
  }
  scope.budget((to - from) * bytesOf(type));
  const values = newArray(type, to - from);
  const present = stored.subarray(Math.max(0, from - missing), Math.max(0, to - missing));
  setNumbers(values, present, to - from - present.length);
  return { type, values };
}

/** Where lists begin and end, counted from the first of them. */
function readOffsets(
  store: Store,
  scope: Scope,
  from: number,
  to: number,
): { readonly begin: number; readonly offsets: Int32Array } {
  // An index says where its list ends; it begins where the one before ends.
  const first = Math.max(0, from - 1);
  const { values } = elementsOf(store, scope, first, to);
  const begin = from === 0 || values.length === 0 ? 0 : Number(values[0]);
  scope.budget(4 * (to - from + 1));
  const offsets = new Int32Array(to - from + 1);
  let previous = 0;
  for (let i = 0; i < to - from; i++) {
    const end = Number(values[i + from - first]) - begin;
    if (end < previous || end > 0x7fffffff) {
      throw damaged(scope.origin, `list ${from + i} of a cluster ends before it begins`);
    }
    offsets[i + 1] = previous = end;
  }
  return { begin, offsets };
}
