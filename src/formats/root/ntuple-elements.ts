/**
 * Elements of a column of an RNTuple from the bytes of its pages.
 *
 * Split: the first bytes of all elements, then the second bytes of all, ... Zigzag: the sign in the lowest bit. Delta: each
 * element as the difference from the one before, in every page anew. Packed: elements of any number of bits one after the
 * other, the lowest bit first.
 *
 * Reference: ROOT's tree/ntuple/doc/BinaryFormatSpecification.md, "Column Encoding"; RColumnElement.hxx.
 *
 * @module
 */

import {
  bytesOf,
  type NumericArray,
  type NumericType,
  newArray,
  viewBytes,
} from "../../columns/numbers.ts";
import type { NtupleColumn } from "./ntuple-schema.ts";

interface Encoding {
  readonly type: NumericType;
  readonly code:
    | "plain"
    | "split"
    | "zigzag"
    | "delta"
    | "bit"
    | "half"
    | "truncated"
    | "quantised";
}

const plain = (type: NumericType): Encoding => ({ type, code: "plain" });

/** By type of column. Indices are positions in a cluster, and counts of what is before. */
const ENCODINGS: Readonly<Record<number, Encoding>> = {
  0: { type: "bool", code: "bit" },
  1: plain("uint8"),
  2: plain("uint8"),
  3: plain("int8"),
  4: plain("uint8"),
  5: plain("int16"),
  6: plain("uint16"),
  7: plain("int32"),
  8: plain("uint32"),
  9: plain("int64"),
  10: plain("uint64"),
  11: { type: "float32", code: "half" },
  12: plain("float32"),
  13: plain("float64"),
  14: plain("uint32"),
  15: plain("uint64"),
  17: { type: "int16", code: "zigzag" },
  18: { type: "uint16", code: "split" },
  19: { type: "int32", code: "zigzag" },
  20: { type: "uint32", code: "split" },
  21: { type: "int64", code: "zigzag" },
  22: { type: "uint64", code: "split" },
  24: { type: "float32", code: "split" },
  25: { type: "float64", code: "split" },
  26: { type: "uint32", code: "delta" },
  27: { type: "uint64", code: "delta" },
  28: { type: "float32", code: "truncated" },
  29: { type: "float32", code: "quantised" },
};

/** Columns that hold where lists end. */
export const INDEX_TYPES: ReadonlySet<number> = new Set([14, 15, 26, 27]);
/** Columns that hold the characters of texts. */
export const CHARACTERS = 2;

/** What a column holds; undefined for one that is not known. */
export function elementType(column: NtupleColumn): NumericType | undefined {
  return ENCODINGS[column.type]?.type;
}

/** Bytes of a page. */
export function pageBytes(column: NtupleColumn, elements: number): number {
  return Math.ceil((elements * column.bits) / 8);
}

/** The elements of a page. */
export function decodePage(column: NtupleColumn, page: Uint8Array, elements: number): NumericArray {
  const { type, code } = ENCODINGS[column.type] as Encoding;
  switch (code) {
    case "plain":
      return viewBytes(type, page.slice());
    case "split":
      return unsplit(type, page, elements);
    case "zigzag":
      return unzigzag(unsplit(type, page, elements));
    case "delta":
      return accumulate(unsplit(type, page, elements));
    case "bit":
      return Uint8Array.from(
        { length: elements },
        (_, i) => ((page[i >> 3] as number) >> (i & 7)) & 1,
      );
    case "half":
      return halves(page, elements);
    case "truncated": {
      const words = unpackBits(page, column.bits, elements);
      const shift = 32 - column.bits;
      for (let i = 0; i < elements; i++) words[i] = (words[i] as number) << shift;
      return new Float32Array(words.buffer);
    }
    case "quantised": {
      const { min, max, bits } = column;
      const quantum = (max - min) / (2 ** bits - 1);
      const words = unpackBits(page, bits, elements);
      return Float32Array.from(words, (word) => min + word * quantum);
    }
    default:
      return code satisfies never;
  }
}

function unsplit(type: NumericType, page: Uint8Array, elements: number): NumericArray {
  const values = newArray(type, elements);
  const bytes = new Uint8Array(values.buffer);
  const size = bytesOf(type);
  for (let plane = 0; plane < size; plane++) {
    const from = plane * elements;
    for (let i = 0, to = plane; i < elements; i++, to += size) bytes[to] = page[from + i] as number;
  }
  return values;
}

function unzigzag(values: NumericArray): NumericArray {
  if (values instanceof BigInt64Array) {
    for (let i = 0; i < values.length; i++) {
      const value = BigInt.asUintN(64, values[i] as bigint);
      values[i] = (value >> 1n) ^ -(value & 1n);
    }
  } else {
    const bits = 8 * values.BYTES_PER_ELEMENT;
    for (let i = 0; i < values.length; i++) {
      const value = ((values[i] as number) << (32 - bits)) >>> (32 - bits);
      values[i] = (value >>> 1) ^ -(value & 1);
    }
  }
  return values;
}

function accumulate(values: NumericArray): NumericArray {
  if (values instanceof BigUint64Array) {
    for (let i = 1; i < values.length; i++) {
      values[i] = (values[i] as bigint) + (values[i - 1] as bigint);
    }
  } else {
    for (let i = 1; i < values.length; i++) {
      values[i] = (values[i] as number) + (values[i - 1] as number);
    }
  }
  return values;
}

/** Numbers of 16 bits, IEEE 754. */
function halves(page: Uint8Array, elements: number): Float32Array {
  const words = viewBytes("uint16", page.slice()) as Uint16Array;
  return Float32Array.from({ length: elements }, (_, i) => {
    const word = words[i] as number;
    const exponent = (word >> 10) & 31;
    const fraction = word & 1023;
    const sign = word >> 15 ? -1 : 1;
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}

/** Whole numbers of up to 32 bits. */
function unpackBits(page: Uint8Array, bits: number, elements: number): Uint32Array {
  const words = new Uint32Array(elements);
  for (let i = 0; i < elements; i++) {
    let value = 0;
    let have = 0;
    let bit = i * bits;
    while (have < bits) {
      const byte = page[Math.floor(bit / 8)] as number;
      const shift = bit % 8;
      const take = Math.min(8 - shift, bits - have);
      value += ((byte >> shift) & ((1 << take) - 1)) * 2 ** have;
      have += take;
      bit += take;
    }
    words[i] = value;
  }
  return words;
}
