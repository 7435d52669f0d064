/**
 * How pages encode levels and values. Every count is known beforehand, and nothing is written beyond it.
 *
 * Reference: apache/parquet-format, Encodings.md. The bytes of numbers are in the order of every machine that runs us.
 *
 * @module
 */

import type { PhysicalType } from "./metadata.ts";

/** Values as they are stored: booleans are bytes of 0 or 1. */
export type Physical =
  | Uint8Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly Uint8Array[];

/**
 * Runs of equal numbers and bit-packed ones.
 *
 * @param width bits of a number, at most 32
 * @param target filled to its end
 * @throws RangeError where the bytes end before, or a run is too long
 */
export function readHybrid(
  bytes: Uint8Array,
  width: number,
  target: Uint8Array | Int32Array,
): void {
  const count = target.length;
  if (width > 32) throw new RangeError(`numbers of ${width} bits`);
  let at = 0;
  let filled = 0;
  while (filled < count) {
    let header = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at >= bytes.length || scale > 2 ** 28) throw new RangeError("the runs end too early");
      const byte = bytes[at++] as number;
      header += (byte & 127) * scale;
      if (byte < 128) break;
    }
    if (header % 2 === 0) {
      const run = header / 2;
      const length = (width + 7) >> 3;
      if (run > count - filled) throw new RangeError("a run is too long");
      if (at + length > bytes.length) throw new RangeError("the runs end too early");
      let value = 0;
      for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number);
      at += length;
      target.fill(value, filled, filled + run);
      if (target[filled] !== value && run > 0) throw new RangeError("a number is too large");
      filled += run;
    } else {
      const groups = (header - 1) / 2;
      const length = groups * width;
      // The last group may be cut off with the numbers that nobody needs.
      const run = Math.min(groups * 8, count - filled);
      if (at + Math.ceil((run * width) / 8) > bytes.length) {
        throw new RangeError("the runs end too early");
      }
      unpackBits(bytes, at, width, target, filled, run);
      at += length;
      filled += run;
    }
  }
}

function unpackBits(
  bytes: Uint8Array,
  start: number,
  width: number,
  target: Uint8Array | Int32Array,
  from: number,
  count: number,
): void {
  if (width === 1) {
    for (let i = 0; i < count; i++) {
      target[from + i] = ((bytes[start + (i >> 3)] as number) >> (i & 7)) & 1;
    }
    return;
  }
  if (width > 24) {
    for (let i = 0; i < count; i++) target[from + i] = bitsAt(bytes, start, i * width, width);
    return;
  }
  const mask = 2 ** width - 1;
  let at = start;
  let held = 0;
  let bits = 0;
  for (let i = 0; i < count; i++) {
    while (bits < width) {
      held |= (bytes[at++] as number) << bits;
      bits += 8;
    }
    target[from + i] = held & mask;
    held >>>= width;
    bits -= width;
  }
}

/** A number of at most 32 bits; exact, since 40 bits are touched at most and a double has 53. */
function bitsAt(bytes: Uint8Array, start: number, bit: number, width: number): number {
  const first = start + Math.floor(bit / 8);
  const shift = bit % 8;
  let value = 0;
  for (let i = Math.ceil((shift + width) / 8) - 1; i >= 0; i--) {
    value = value * 256 + (bytes[first + i] ?? 0);
  }
  return Math.floor(value / 2 ** shift) % 2 ** width;
}

const WIDTHS = { INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8 } as const;

/** Values one after the other. */
export function readPlain(
  bytes: Uint8Array,
  type: PhysicalType,
  count: number,
  typeLength: number,
): Physical {
  switch (type) {
    case "BOOLEAN": {
      if (Math.ceil(count / 8) > bytes.length) throw new RangeError("the values end too early");
      const values = new Uint8Array(count);
      unpackBits(bytes, 0, 1, values, 0, count);
      return values;
    }
    case "INT32":
    case "INT64":
    case "FLOAT":
    case "DOUBLE": {
      const length = count * WIDTHS[type];
      if (length > bytes.length) throw new RangeError("the values end too early");
      // A copy, since views of several bytes must be aligned. Not by slice(), which in Node's Buffer copies nothing.
      return view(type, new Uint8Array(bytes.subarray(0, length)));
    }
    case "BYTE_ARRAY": {
      const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      // Each takes four bytes at least.
      if (count * 4 > bytes.length) throw new RangeError("the values end too early");
      const values: Uint8Array[] = [];
      let at = 0;
      for (let i = 0; i < count; i++) {
        if (at + 4 > bytes.length) throw new RangeError("the values end too early");
        const length = data.getUint32(at, true);
        at += 4;
        if (length > bytes.length - at) throw new RangeError("a text is longer than its page");
        values.push(bytes.subarray(at, at + length));
        at += length;
      }
      return values;
    }
    case "FIXED_LEN_BYTE_ARRAY":
      return fixedLengths(bytes, count, typeLength);
    case "INT96":
      throw new RangeError("timestamps of 96 bits are not read");
    default:
      return type satisfies never;
  }
}

function fixedLengths(bytes: Uint8Array, count: number, length: number): Uint8Array[] {
  if (length <= 0) throw new RangeError(`values of ${length} bytes`);
  if (count * length > bytes.length) throw new RangeError("the values end too early");
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * length, (i + 1) * length));
}

function view(type: keyof typeof WIDTHS, bytes: Uint8Array): Physical {
  const buffer = bytes.buffer as ArrayBuffer;
  switch (type) {
    case "INT32":
      return new Int32Array(buffer);
    case "INT64":
      return new BigInt64Array(buffer);
    case "FLOAT":
      return new Float32Array(buffer);
    case "DOUBLE":
      return new Float64Array(buffer);
    default:
      return type satisfies never;
  }
}

/** The first bytes of all values, then the second ones, and so on. */
export function readSplit(
  bytes: Uint8Array,
  type: PhysicalType,
  count: number,
  typeLength: number,
): Physical {
  const width = type === "FIXED_LEN_BYTE_ARRAY" ? typeLength : WIDTHS[type as keyof typeof WIDTHS];
  if (width === undefined || width <= 0) throw new RangeError(`BYTE_STREAM_SPLIT of ${type}`);
  if (count * width > bytes.length) throw new RangeError("the values end too early");
  const joined = new Uint8Array(count * width);
  for (let b = 0; b < width; b++) {
    for (let i = 0; i < count; i++) joined[i * width + b] = bytes[b * count + i] as number;
  }
  return type === "FIXED_LEN_BYTE_ARRAY"
    ? fixedLengths(joined, count, width)
    : view(type as keyof typeof WIDTHS, joined);
}
