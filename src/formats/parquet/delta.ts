/**
 * Encodings by differences: DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY.
 *
 * Reference: apache/parquet-format, Encodings.md.
 *
 * @module
 */

/** A larger block is refused: writers make 128 or a few thousand. */
const MAX_BLOCK = 1 << 20;

/** A position in some bytes. */
interface Cursor {
  at: number;
}

/**
 * Integers as differences of 32 or 64 bits that wrap around, in blocks of which each part has its own number of bits.
 *
 * @param target filled to its end, which must be the announced number
 */
export function readDeltas(
  bytes: Uint8Array,
  target: Int32Array | BigInt64Array,
  cursor: Cursor = { at: 0 },
): void {
  const block = Number(varint(bytes, cursor));
  const parts = Number(varint(bytes, cursor));
  const announced = varint(bytes, cursor);
  const perPart = block / parts;
  if (!(block > 0 && block <= MAX_BLOCK && Number.isInteger(perPart) && perPart % 8 === 0)) {
    throw new RangeError(`blocks of ${block} numbers in ${parts} parts`);
  }
  if (announced !== BigInt(target.length)) {
    throw new RangeError(`${announced} numbers instead of ${target.length}`);
  }
  let value = zigzag(bytes, cursor);
  if (target.length === 0) return;
  const isLong = target instanceof BigInt64Array;
  const set = (index: number): void => {
    // Of an Int32Array too large a number would be cut off in silence, which is what wrapping means.
    if (isLong) target[index] = value;
    else target[index] = Number(BigInt.asIntN(32, value));
  };
  set(0);
  let filled = 1;
  while (filled < target.length) {
    const least = zigzag(bytes, cursor);
    const widths = cursor.at;
    cursor.at += parts;
    if (cursor.at > bytes.length) throw new RangeError("the numbers end too early");
    for (let part = 0; part < parts && filled < target.length; part++) {
      const width = bytes[widths + part] as number;
      if (width > 64) throw new RangeError(`numbers of ${width} bits`);
      const length = (perPart * width) / 8;
      const count = Math.min(perPart, target.length - filled);
      if (cursor.at + Math.ceil((count * width) / 8) > bytes.length) {
        throw new RangeError("the numbers end too early");
      }
      for (let i = 0; i < count; i++) {
        value = BigInt.asIntN(64, value + least + bitsAt(bytes, cursor.at, i * width, width));
        set(filled);
        filled += 1;
      }
      cursor.at = Math.min(bytes.length, cursor.at + length);
    }
  }
}

/** A number of at most 64 bits. */
function bitsAt(bytes: Uint8Array, start: number, bit: number, width: number): bigint {
  if (width === 0) return 0n;
  const first = start + (bit >> 3);
  const shift = bit & 7;
  const length = (shift + width + 7) >> 3;
  if (shift + width <= 48) {
    let value = 0;
    for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[first + i] as number);
    return BigInt(Math.floor(value / 2 ** shift) % 2 ** width);
  }
  let value = 0n;
  for (let i = length - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[first + i] as number);
  return BigInt.asUintN(width, value >> BigInt(shift));
}

function varint(bytes: Uint8Array, cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    if (cursor.at >= bytes.length || shift > 63n) throw new RangeError("a number has no end");
    const byte = bytes[cursor.at++] as number;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

function zigzag(bytes: Uint8Array, cursor: Cursor): bigint {
  const value = varint(bytes, cursor);
  return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
}

/** All lengths, then all bytes. */
export function readDeltaLengths(
  bytes: Uint8Array,
  count: number,
  cursor: Cursor = { at: 0 },
): Uint8Array[] {
  const lengths = new Int32Array(count);
  readDeltas(bytes, lengths, cursor);
  let { at } = cursor;
  const values: Uint8Array[] = [];
  for (const length of lengths) {
    if (length < 0 || length > bytes.length - at)
      throw new RangeError("a text is longer than its page");
    values.push(bytes.subarray(at, at + length));
    at += length;
  }
  return values;
}

/**
 * Texts without what they share with the one before.
 *
 * @param budget asked before memory is used: a small page can stand for many long texts
 */
export function readDeltaTexts(
  bytes: Uint8Array,
  count: number,
  budget: (bytes: number) => void,
): Uint8Array[] {
  const cursor = { at: 0 };
  const shared = new Int32Array(count);
  readDeltas(bytes, shared, cursor);
  const endings = readDeltaLengths(bytes, count, cursor);
  let before = new Uint8Array(0);
  return endings.map((ending, i) => {
    const length = shared[i] as number;
    if (length < 0 || length > before.length) {
      throw new RangeError("a text shares more than there is with the one before");
    }
    budget(length + ending.length);
    const text = new Uint8Array(length + ending.length);
    text.set(before.subarray(0, length));
    text.set(ending, length);
    before = text;
    return text;
  });
}
