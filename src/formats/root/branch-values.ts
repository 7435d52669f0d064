/**
 * Entries of a branch as a column, from the baskets that hold them.
 *
 * @module
 */

import type { Basket } from "./basket.ts";
import type { Item, Layout } from "./branch-layout.ts";
import { ByteReader, damaged, type Origin, unreadable } from "./byte-reader.ts";
import type { Column } from "./columns.ts";
import {
  bytesOf,
  copyBigEndian,
  type NumericArray,
  type NumericType,
  newArray,
} from "./numbers.ts";
import type { Budget } from "./table.ts";

/** Some entries of a basket. */
export interface Slice {
  readonly basket: Basket;
  /** Counted from the first entry of the basket. */
  readonly from: number;
  readonly to: number;
  /** Of the basket, for messages. */
  readonly origin: Origin;
}

/** The column of some entries of a branch. */
export function decodeSlices(
  slices: readonly Slice[],
  layout: Layout,
  entries: number,
  budget: Budget,
): Column {
  const { item, shape, counted, headerBytes } = layout;
  if (item.kind === "number" && !counted) {
    return inShape(decodeFixed(slices, layout, item, entries, budget), shape, entries);
  }
  if (item.kind === "number") {
    const { offsets, numbers } = decodeLists(slices, layout, item, 0, entries, budget);
    const items = offsets[entries] as number;
    return { kind: "lists", offsets, content: inShape(numbers, shape, items) };
  }
  if (item.kind === "vector" && item.item.kind === "number") {
    const { offsets, numbers } = decodeLists(
      slices,
      { ...layout, shape: [] },
      item.item,
      headerBytes + 4,
      entries,
      budget,
    );
    return { kind: "lists", offsets, content: numbers };
  }
  return decodeItems(slices, layout, entries, budget);
}

interface NumberItem {
  readonly type: NumericType;
  /** Written in fewer bits than it has in memory. */
  readonly widen: boolean;
}

/** Numbers as fixed arrays, as many as the shape says. */
function inShape(numbers: Column, shape: readonly number[], entries: number): Column {
  let column = numbers;
  for (let i = shape.length - 1; i >= 0; i--) {
    const outer = shape.slice(0, i).reduce((total, length) => total * length, entries);
    column = { kind: "arrays", length: shape[i] as number, entries: outer, content: column };
  }
  return column;
}

function numbers(item: NumberItem, values: NumericArray): Column {
  if (!item.widen) return { kind: "numbers", type: item.type, values };
  return { kind: "numbers", type: "float64", values: Float64Array.from(values as Float32Array) };
}

/** The same number of numbers for every entry. */
function decodeFixed(
  slices: readonly Slice[],
  layout: Layout,
  item: NumberItem,
  entries: number,
  budget: Budget,
): Column {
  const perEntry = layout.shape.reduce((total, length) => total * length, 1);
  const size = perEntry * bytesOf(item.type);
  const stride = layout.stride ?? size;
  budget(entries * size * (item.widen ? 3 : 1));
  // Before memory for as many entries as are claimed is asked for.
  for (const { basket, origin } of slices) {
    const { data, nEntries } = basket;
    if (data.length !== nEntries * stride) {
      throw damaged(
        origin,
        `a basket of ${nEntries} entries of ${stride} bytes has ${data.length} bytes`,
      );
    }
  }
  const values = newArray(item.type, entries * perEntry);
  let at = 0;
  for (const { basket, from, to } of slices) {
    const { data } = basket;
    const offset = layout.offset ?? 0;
    const bytes =
      stride === size
        ? data.subarray(from * stride, to * stride)
        : pick(data, from * stride + offset, stride, size, to - from);
    copyBigEndian(bytes, values, at);
    at += (to - from) * perEntry;
  }
  return numbers(item, values);
}

/** `size` bytes out of every `stride`. */
function pick(
  data: Uint8Array,
  start: number,
  stride: number,
  size: number,
  count: number,
): Uint8Array {
  const picked = new Uint8Array(size * count);
  for (let i = 0; i < count; i++) {
    const from = start + i * stride;
    for (let j = 0; j < size; j++) picked[i * size + j] = data[from + j] as number;
  }
  return picked;
}

/**
 * Any number of numbers for every entry.
 *
 * @param skip bytes before them; if any, the last four are their count
 */
function decodeLists(
  slices: readonly Slice[],
  layout: Layout,
  item: NumberItem,
  skip: number,
  entries: number,
  budget: Budget,
): { readonly offsets: Int32Array; readonly numbers: Column } {
  const perItem = layout.shape.reduce((total, length) => total * length, 1);
  const size = perItem * bytesOf(item.type);
  budget(4 * (entries + 1));
  const offsets = new Int32Array(entries + 1);
  let total = 0;
  let entry = 0;
  for (const slice of slices) {
    const { basket, from, to, origin } = slice;
    const starts = offsetsOf(slice);
    const counts = new DataView(basket.data.buffer, basket.data.byteOffset, basket.data.length);
    for (let i = from; i < to; i++) {
      const start = starts[i] as number;
      const bytes = (starts[i + 1] as number) - start - skip;
      const items = bytes / size;
      // Not: bytes % size, which is NaN for arrays of length 0.
      if (!Number.isInteger(items) || items < 0) {
        throw damaged(origin, `entry ${i} of a basket has ${bytes} bytes for items of ${size}`);
      }
      if (skip > 0 && counts.getInt32(start + skip - 4) !== items) {
        throw damaged(
          origin,
          `entry ${i} of a basket has ${items} items and claims another number`,
        );
      }
      total += items;
      entry += 1;
      offsets[entry] = total;
    }
  }
  budget(total * size * (item.widen ? 3 : 1));
  const values = newArray(item.type, total * perItem);
  const target = new Uint8Array(values.buffer);
  let at = 0;
  for (const slice of slices) {
    const { basket, from, to } = slice;
    const starts = offsetsOf(slice);
    if (skip === 0) {
      const bytes = basket.data.subarray(starts[from] as number, starts[to] as number);
      copyBigEndian(bytes, values, at / values.BYTES_PER_ELEMENT);
      at += bytes.length;
      continue;
    }
    const begin = at;
    for (let i = from; i < to; i++) {
      const stop = starts[i + 1] as number;
      for (let j = (starts[i] as number) + skip; j < stop; j++) {
        target[at++] = basket.data[j] as number;
      }
    }
    copyBigEndian(target.subarray(begin, at), values, begin / values.BYTES_PER_ELEMENT);
  }
  return { offsets, numbers: numbers(item, values) };
}

/** Where entries begin. */
function offsetsOf({ basket, origin }: Slice): Int32Array {
  const { offsets, nEntries, data, offsetsLeftOut } = basket;
  if (offsets !== null) return offsets;
  if (nEntries === 0) return new Int32Array(1);
  if (nEntries === 1) return Int32Array.of(0, data.length);
  if (offsetsLeftOut) {
    throw unreadable(
      origin,
      "the offsets of entries were left out of the file",
      "write the tree without the option kGenerateOffsetMap",
    );
  }
  throw damaged(origin, `a basket of ${nEntries} entries of different length has no offsets`);
}

/** Texts, and collections of collections: one after the other. */
function decodeItems(
  slices: readonly Slice[],
  layout: Layout,
  entries: number,
  budget: Budget,
): Column {
  const builder = newBuilder(layout.item);
  for (const slice of slices) {
    const { basket, from, to, origin } = slice;
    const starts = offsetsOf(slice);
    // Texts as objects take more than their bytes.
    const bytes = (starts[to] as number) - (starts[from] as number);
    budget(2 * bytes + 32 * (to - from));
    for (let i = from; i < to; i++) {
      const start = starts[i] as number;
      const stop = starts[i + 1] as number;
      const reader = new ByteReader(basket.data.subarray(start, stop), {
        ...origin,
        unpacked: true,
      });
      skipHeader(reader, layout);
      builder.read(reader);
      if (reader.remaining !== 0) {
        throw damaged(origin, `entry ${i} of a basket has ${reader.remaining} bytes too many`);
      }
    }
  }
  return builder.finish(entries);
}

const BYTE_COUNT = 0x40000000;

function skipHeader(reader: ByteReader, layout: Layout): void {
  if (layout.headerBytes > 0) {
    reader.skip(layout.headerBytes);
  } else if (reader.remaining > 6) {
    // A std::string that is a member may have a byte count and version, which say exactly how long it is.
    const word = reader.u32();
    if (word === BYTE_COUNT + reader.remaining) reader.skip(2);
    else reader.moveTo(0);
  }
}

/** Collects items of one kind. */
interface Builder {
  read(reader: ByteReader): void;
  /** @param entries how many were read */
  finish(entries: number): Column;
}

function newBuilder(item: Item): Builder {
  switch (item.kind) {
    case "string": {
      const values: string[] = [];
      return {
        read: (reader) => {
          values.push(item.bare && reader.remaining === 0 ? "" : reader.string());
        },
        finish: () => ({ kind: "strings", values }),
      };
    }
    case "number":
      return numberBuilder(item);
    case "vector": {
      const content = newBuilder(item.item);
      const offsets = [0];
      const many = content as Builder & { readMany?: (reader: ByteReader, count: number) => void };
      return {
        read: (reader) => {
          const count = reader.count(1, "items");
          if (many.readMany !== undefined) many.readMany(reader, count);
          else for (let i = 0; i < count; i++) content.read(reader);
          offsets.push((offsets[offsets.length - 1] as number) + count);
        },
        finish: () => ({
          kind: "lists",
          offsets: Int32Array.from(offsets),
          content: content.finish(offsets[offsets.length - 1] as number),
        }),
      };
    }
    default:
      return item satisfies never;
  }
}

function numberBuilder(item: NumberItem): Builder & {
  readMany(reader: ByteReader, count: number): void;
} {
  const size = bytesOf(item.type);
  let bytes = new Uint8Array(1 << 10);
  let filled = 0;
  const readMany = (reader: ByteReader, count: number): void => {
    const more = reader.take(count * size);
    if (filled + more.length > bytes.length) {
      const larger = new Uint8Array(2 * (filled + more.length));
      larger.set(bytes.subarray(0, filled));
      bytes = larger;
    }
    bytes.set(more, filled);
    filled += more.length;
  };
  return {
    read: (reader) => readMany(reader, 1),
    readMany,
    finish: (entries) => {
      const values = newArray(item.type, entries);
      copyBigEndian(bytes.subarray(0, filled), values);
      return numbers(item, values);
    },
  };
}
