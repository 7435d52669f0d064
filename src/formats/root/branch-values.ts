/**
 * Entries of a branch as a column, from the baskets that hold them, one basket after the other: what was unpacked is used
 * while it is in the processor's cache, and can be forgotten then.
 *
 * @module
 */

import type { Column } from "../../columns/column.ts";
import {
  bytesOf,
  type NumericArray,
  type NumericType,
  newArray,
  viewBytes,
} from "../../columns/numbers.ts";
import type { Budget } from "../tables/table.ts";
import type { Basket } from "./basket.ts";
import type { Item, Layout } from "./branch-layout.ts";
import { type ByteSwap, copyBigEndian } from "./byte-order.ts";
import { ByteReader, damaged, type Origin, unreadable } from "./byte-reader.ts";

/** Some entries of a basket. */
export interface Slice {
  readonly basket: Basket;
  /** Counted from the first entry of the basket. */
  readonly from: number;
  readonly to: number;
  /** Of the basket, for messages. */
  readonly origin: Origin;
}

/** Collects the entries of a column. */
export interface Decoder {
  /** The next ones. */
  add(slice: Slice): void;
  /** All of them. */
  finish(): Column;
}

/** What is known before the first basket. */
interface Task {
  readonly layout: Layout;
  /** How many there will be. */
  readonly entries: number;
  readonly budget: Budget;
  readonly swap: ByteSwap;
}

/** A decoder for so many entries of a branch. */
export function makeDecoder(task: Task): Decoder {
  const { item, shape, counted, headerBytes } = task.layout;
  if (item.kind === "number") {
    return counted ? listDecoder(task, item, 0, shape) : fixedDecoder(task, item);
  }
  if (item.kind === "vector" && item.item.kind === "number") {
    return listDecoder(task, item.item, headerBytes + 4, []);
  }
  return itemDecoder(task);
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
function fixedDecoder({ layout, entries, budget, swap }: Task, item: NumberItem): Decoder {
  const { shape } = layout;
  const perEntry = shape.reduce((total, length) => total * length, 1);
  const size = perEntry * bytesOf(item.type);
  const { stride = size, offset = 0 } = layout;
  let values: NumericArray | undefined;
  let at = 0;
  // Not before the first basket was seen to have as many bytes as its entries take: damage may claim any number of them.
  const allocate = (): NumericArray => {
    budget(entries * size * (item.widen ? 3 : 1));
    return newArray(item.type, entries * perEntry);
  };
  return {
    add({ basket, from, to, origin }) {
      const { data, nEntries } = basket;
      if (data.length !== nEntries * stride) {
        throw damaged(
          origin,
          `a basket of ${nEntries} entries of ${stride} bytes has ${data.length} bytes`,
        );
      }
      const bytes =
        stride === size
          ? data.subarray(from * stride, to * stride)
          : pick(data, from * stride + offset, stride, size, to - from);
      values ??= allocate();
      copyBigEndian(bytes, values, at, swap);
      at += (to - from) * perEntry;
    },
    finish: () => inShape(numbers(item, values ?? newArray(item.type, 0)), shape, entries),
  };
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
 * @param shape of each item
 */
function listDecoder(
  { entries, budget, swap }: Task,
  item: NumberItem,
  skip: number,
  shape: readonly number[],
): Decoder {
  const perItem = shape.reduce((total, length) => total * length, 1);
  const size = perItem * bytesOf(item.type);
  const content = new GrowingBytes(budget, item.widen ? 3 : 1);
  let offsets: Int32Array | undefined;
  let entry = 0;
  let total = 0;
  const allocate = (): Int32Array => {
    budget(4 * (entries + 1));
    return new Int32Array(entries + 1);
  };
  return {
    add(slice) {
      const { basket, from, to, origin } = slice;
      const { data } = basket;
      const starts = offsetsOf(slice);
      offsets ??= allocate();
      const counts = new DataView(data.buffer, data.byteOffset, data.length);
      for (let i = from; i < to; i++) {
        const start = starts[i] as number;
        const bytes = (starts[i + 1] as number) - start - skip;
        const items = bytes / size;
        // Not: bytes % size, which is NaN for arrays of length 0.
        if (!Number.isInteger(items) || items < 0) {
          throw damaged(origin, `entry ${i} of a basket has ${bytes} bytes for items of ${size}`);
        }
        if (skip > 0 && counts.getInt32(start + skip - 4) !== items) {
          throw damaged(origin, `entry ${i} of a basket has ${items} items but claims others`);
        }
        total += items;
        entry += 1;
        offsets[entry] = total;
      }
      const begin = starts[from] as number;
      const end = starts[to] as number;
      const target = content.make(end - begin - skip * (to - from), entry, entries);
      if (skip === 0) target.set(data.subarray(begin, end));
      else {
        let at = 0;
        for (let i = from; i < to; i++) {
          const stop = starts[i + 1] as number;
          for (let j = (starts[i] as number) + skip; j < stop; j++) {
            target[at++] = data[j] as number;
          }
        }
      }
      swap(target, bytesOf(item.type));
    },
    finish() {
      const values = viewBytes(item.type, content.bytes);
      const column = inShape(numbers(item, values), shape, total);
      return { kind: "lists", offsets: offsets ?? new Int32Array(1), content: column };
    },
  };
}

/** Bytes one after the other, in memory that grows by what the entries took so far. */
class GrowingBytes {
  readonly #budget: Budget;
  readonly #factor: number;
  #memory = new Uint8Array(0);
  #length = 0;

  /** @param factor of memory that a byte stands for in the end */
  constructor(budget: Budget, factor: number) {
    this.#budget = budget;
    this.#factor = factor;
  }

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  /** The next `more` bytes, to be filled, after which `done` of `entries` are there. */
  make(more: number, done: number, entries: number): Uint8Array {
    const start = this.#length;
    const needed = start + more;
    if (needed > this.#memory.length) {
      // A twentieth more than it takes if the others are like these, but not much more than there is: they may not exist.
      const expected = Math.ceil(1.05 * needed * (entries / done));
      const size = Math.min(expected, 8 * needed + (1 << 16));
      this.#budget((size - this.#memory.length) * this.#factor);
      const larger = new Uint8Array(size);
      larger.set(this.bytes);
      this.#memory = larger;
    }
    this.#length = needed;
    return this.#memory.subarray(start, needed);
  }
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

/** Texts, and collections of collections: item by item. */
function itemDecoder({ layout, entries, budget }: Task): Decoder {
  const builder = newBuilder(layout.item);
  return {
    add(slice) {
      const { basket, from, to, origin } = slice;
      const starts = offsetsOf(slice);
      // Texts as objects take more than their bytes.
      const bytes = (starts[to] as number) - (starts[from] as number);
      budget(2 * bytes + 32 * (to - from));
      for (let i = from; i < to; i++) {
        const entry = basket.data.subarray(starts[i], starts[i + 1]);
        const reader = new ByteReader(entry, { ...origin, unpacked: true });
        skipHeader(reader, layout);
        builder.read(reader);
        if (reader.remaining !== 0) {
          throw damaged(origin, `entry ${i} of a basket has ${reader.remaining} bytes too many`);
        }
      }
    },
    finish: () => builder.finish(entries),
  };
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
  read(reader: ByteReader, count?: number): void;
  /** @param entries how many were read */
  finish(entries: number): Column;
}

function newBuilder(item: Item): Builder {
  switch (item.kind) {
    case "string":
      return stringBuilder(item.bare);
    case "number":
      return numberBuilder(item);
    case "vector":
      return vectorBuilder(item.item);
    default:
      return item satisfies never;
  }
}

function stringBuilder(bare: boolean): Builder {
  const values: string[] = [];
  return {
    read(reader, count = 1) {
      for (let i = 0; i < count; i++) {
        values.push(bare && reader.remaining === 0 ? "" : reader.string());
      }
    },
    finish: () => ({ kind: "strings", values }),
  };
}

function vectorBuilder(item: Item): Builder {
  const content = newBuilder(item);
  const offsets = [0];
  return {
    read(reader, count = 1) {
      for (let i = 0; i < count; i++) {
        const items = reader.count(1, "items");
        content.read(reader, items);
        offsets.push((offsets[offsets.length - 1] as number) + items);
      }
    },
    finish: () => ({
      kind: "lists",
      offsets: Int32Array.from(offsets),
      content: content.finish(offsets[offsets.length - 1] as number),
    }),
  };
}

function numberBuilder(item: NumberItem): Builder {
  const size = bytesOf(item.type);
  // The bytes were counted where the entries were.
  const bytes = new GrowingBytes(() => {}, 1);
  return {
    read(reader, count = 1) {
      bytes.make(count * size, 1, 2).set(reader.take(count * size));
    },
    finish(entries) {
      const values = newArray(item.type, entries);
      copyBigEndian(bytes.bytes, values);
      return numbers(item, values);
    },
  };
}
