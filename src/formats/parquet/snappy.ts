/**
 * Snappy blocks.
 *
 * Reference: google/snappy, format_description.txt.
 *
 * @module
 */

/**
 * Unpacks a block.
 *
 * @param size expected, in bytes
 * @throws RangeError where the block is damaged, or holds another number of bytes
 */
export function unpackSnappy(block: Uint8Array, size: number): Uint8Array {
  const end = block.length;
  let at = 0;
  let announced = 0;
  for (let scale = 1; ; scale *= 128) {
    if (at >= end || scale > 2 ** 28) throw new RangeError("its length cannot be read");
    const byte = block[at++] as number;
    announced += (byte & 127) * scale;
    if (byte < 128) break;
  }
  if (announced !== size) throw new RangeError(`it holds ${announced} bytes instead of ${size}`);
  const unpacked = new Uint8Array(size);
  let filled = 0;
  while (at < end) {
    const tag = block[at++] as number;
    const kind = tag & 3;
    if (kind === 0) {
      let length = tag >> 2;
      if (length >= 60) {
        const bytes = length - 59;
        length = littleEndian(block, at, bytes);
        at += bytes;
      }
      length += 1;
      if (length > end - at || length > size - filled)
        throw new RangeError("a literal is too long");
      unpacked.set(block.subarray(at, at + length), filled);
      at += length;
      filled += length;
      continue;
    }
    const bytes = kind === 3 ? 4 : kind;
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const distance = littleEndian(block, at, bytes) + (kind === 1 ? (tag >> 5) * 256 : 0);
    at += bytes;
    if (distance === 0 || distance > filled || length > size - filled) {
      throw new RangeError("a copy reaches outside");
    }
    // Byte by byte where it repeats what it has just written.
    if (distance >= length) {
      unpacked.copyWithin(filled, filled - distance, filled - distance + length);
    } else {
      for (let i = filled; i < filled + length; i++) {
        unpacked[i] = unpacked[i - distance] as number;
      }
    }
    filled += length;
  }
  if (filled !== size) throw new RangeError(`it ends after ${filled} of ${size} bytes`);
  return unpacked;
}

function littleEndian(block: Uint8Array, at: number, bytes: number): number {
  if (at + bytes > block.length) throw new RangeError("it ends within an element");
  let value = 0;
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (block[at + i] as number);
  return value;
}
