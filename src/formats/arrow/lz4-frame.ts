/**
 * LZ4 frames, as Arrow compresses buffers. Their blocks may refer to the blocks before, which the decompressor of single blocks
 * for ROOT and Parquet cannot do.
 *
 * Reference: lz4/lz4, doc/lz4_Frame_format.md and doc/lz4_Block_format.md. Checksums are passed over.
 *
 * @module
 */

const MAGIC = 0x184d2204;

/**
 * Unpacks a frame.
 *
 * @param size expected, in bytes
 * @throws RangeError where the frame is damaged, or holds another number of bytes
 */
export function unpackLz4Frame(frame: Uint8Array, size: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== MAGIC) throw new RangeError("no LZ4 frame");
  const flags = frame[4] as number;
  if (flags >> 6 !== 1) throw new RangeError("an unknown version of LZ4");
  const hasBlockChecksum = (flags & 16) !== 0;
  const hasSize = (flags & 8) !== 0;
  const hasDictionary = (flags & 1) !== 0;
  if (hasDictionary) throw new RangeError("LZ4 with a dictionary");
  let at = 7 + (hasSize ? 8 : 0);
  const unpacked = new Uint8Array(size);
  let filled = 0;
  for (;;) {
    if (at + 4 > frame.length) throw new RangeError("the frame ends too early");
    const header = view.getUint32(at, true);
    at += 4;
    if (header === 0) break;
    const length = header & 0x7fffffff;
    if (length > frame.length - at) throw new RangeError("the frame ends too early");
    const block = frame.subarray(at, at + length);
    if (header >>> 31 === 1) {
      if (length > size - filled) throw new RangeError(`more than ${size} bytes`);
      unpacked.set(block, filled);
      filled += length;
    } else {
      filled = unpackBlock(block, unpacked, filled);
    }
    at += length + (hasBlockChecksum ? 4 : 0);
  }
  if (filled !== size) throw new RangeError(`it holds ${filled} bytes instead of ${size}`);
  return unpacked;
}

/** Unpacks a block behind what is there already; returns where it ends. */
function unpackBlock(block: Uint8Array, target: Uint8Array, from: number): number {
  let at = 0;
  let filled = from;
  const extended = (start: number): number => {
    let length = start;
    if (start !== 15) return length;
    for (;;) {
      if (at >= block.length) throw new RangeError("a block ends too early");
      const byte = block[at++] as number;
      length += byte;
      if (byte !== 255) return length;
    }
  };
  while (at < block.length) {
    const token = block[at++] as number;
    const literals = extended(token >> 4);
    if (literals > block.length - at || literals > target.length - filled) {
      throw new RangeError("a literal is too long");
    }
    target.set(block.subarray(at, at + literals), filled);
    at += literals;
    filled += literals;
    // The last sequence has no copy.
    if (at === block.length) break;
    if (at + 2 > block.length) throw new RangeError("a block ends too early");
    const distance = (block[at] as number) | ((block[at + 1] as number) << 8);
    at += 2;
    const length = extended(token & 15) + 4;
    if (distance === 0 || distance > filled || length > target.length - filled) {
      throw new RangeError("a copy reaches outside");
    }
    if (distance >= length) {
      target.copyWithin(filled, filled - distance, filled - distance + length);
    } else {
      for (let i = filled; i < filled + length; i++) target[i] = target[i - distance] as number;
    }
    filled += length;
  }
  return filled;
}
