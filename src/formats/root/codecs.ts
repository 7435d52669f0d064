/**
 * ROOT's compression: data are cut into blocks of up to 16 MiB, each with a header of 9 bytes: two letters for the
 * algorithm, one byte for its version, the compressed and the original size as 3-byte little-endian numbers.
 *
 * | letters | algorithm                                                         |
 * | ------- | ----------------------------------------------------------------- |
 * | `ZL`    | zlib                                                              |
 * | `CS`    | deflate without zlib's header and checksum (before ROOT 3)        |
 * | `L4`    | LZ4 block, after 8 bytes of XXH64 (big-endian) of it              |
 * | `ZS`    | Zstandard frame                                                   |
 * | `XZ`    | xz (LZMA2)                                                        |
 *
 * Reference: ROOT's core/zip/src/RZip.cxx.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";
import { type Decompressor, inflate, unpackXz, unpackZstd } from "../tables/decompressors.ts";
import { type ByteSwap, swapBytes } from "./byte-order.ts";
import { damaged, type Origin, unreadable } from "./byte-reader.ts";
import { lz4, xxh64 } from "./kernel-functions.ts";

/** What a platform may do better than code that runs everywhere. */
export interface Codecs {
  readonly zlib: Decompressor;
  readonly deflate: Decompressor;
  readonly zstd: Decompressor;
  readonly xz: Decompressor;
  readonly swap: ByteSwap;
}

/** What every browser, and Node, can do. */
export const PORTABLE_CODECS: Codecs = {
  zlib: (block, size) => inflate("deflate", block, size),
  deflate: (block, size) => inflate("deflate-raw", block, size),
  zstd: unpackZstd,
  xz: unpackXz,
  swap: swapBytes,
};

const HEADER = 9;
/** The best that each algorithm can do, original to compressed: more is a lie, found before memory is asked for. */
const MOST = { ZL: 1040, CS: 1040, L4: 256, ZS: Number.POSITIVE_INFINITY, XZ: 8000 } as const;
type Algorithm = keyof typeof MOST;
/** For headers of blocks that hold next to nothing. */
const SLACK = 1 << 10;

/**
 * Objects larger than this are refused, in bytes: a few kB of zstd can claim as much as ROOT can write at once, 1 GiB, and
 * baskets of trees are flushed at some 30 MiB.
 */
const MAX_UNPACKED = 1 << 28;

/**
 * Unpacks blocks one after the other.
 *
 * @param packed all blocks, to the last byte
 * @param size of the unpacked data, in bytes, as announced elsewhere
 * @throws NextstatError `input` where they are damaged, or packed in an unknown way
 */
export async function unpack(
  packed: Uint8Array,
  size: number,
  origin: Origin,
  codecs: Codecs,
): Promise<Uint8Array> {
  const blocks = readBlocks(packed, size, origin);
  if (blocks.length === 1) return unpackBlock(packed, blocks[0] as Block, origin, codecs);
  const unpacked = new Uint8Array(size);
  let filled = 0;
  for (const block of blocks) {
    unpacked.set(await unpackBlock(packed, block, origin, codecs), filled);
    filled += block.size;
  }
  return unpacked;
}

interface Block {
  readonly algorithm: Algorithm;
  /** Of its data in `packed`. */
  readonly start: number;
  readonly stop: number;
  /** Unpacked, in bytes. */
  readonly size: number;
}

/** The headers of all blocks, checked against each other. */
function readBlocks(packed: Uint8Array, size: number, origin: Origin): Block[] {
  if (size > MAX_UNPACKED) {
    throw unreadable(origin, `an object of ${size} bytes is too large`, "the limit is 256 MiB");
  }
  const blocks: Block[] = [];
  let total = 0;
  let at = 0;
  const byte = (index: number): number => packed[at + index] as number;
  while (total < size) {
    const here = { ...origin, offset: origin.offset + at };
    if (at + HEADER > packed.length) {
      throw damaged(here, `the compressed data end after ${total} of ${size} bytes`);
    }
    const letters = String.fromCharCode(byte(0), byte(1));
    if (!Object.hasOwn(MOST, letters)) {
      const shown = /^[\x21-\x7e]{2}$/.test(letters)
        ? `"${letters}"`
        : `bytes ${byte(0)}, ${byte(1)}`;
      throw damaged(
        here,
        `unknown compression (${shown} instead of ZL, CS, L4, ZS or XZ)`,
        "the file is damaged, or compressed by a later version of ROOT",
      );
    }
    const algorithm = letters as Algorithm;
    const compressed = byte(3) | (byte(4) << 8) | (byte(5) << 16);
    const original = byte(6) | (byte(7) << 8) | (byte(8) << 16);
    const start = at + HEADER;
    if (compressed > packed.length - start || total + original > size || original === 0) {
      throw damaged(
        here,
        `a block of ${compressed} bytes that unpack to ${original} does not fit: ${packed.length - start} are left, ${size - total} expected`,
      );
    }
    if (original > compressed * MOST[algorithm] + SLACK) {
      throw damaged(here, `${compressed} bytes of ${letters} cannot unpack to ${original}`);
    }
    blocks.push({ algorithm, start, stop: start + compressed, size: original });
    total += original;
    at = start + compressed;
  }
  if (at !== packed.length) {
    throw damaged(origin, `${packed.length - at} bytes are left after the compressed data`);
  }
  return blocks;
}

async function unpackBlock(
  packed: Uint8Array,
  block: Block,
  origin: Origin,
  codecs: Codecs,
): Promise<Uint8Array> {
  const data = packed.subarray(block.start, block.stop);
  const here = { ...origin, offset: origin.offset + block.start };
  let unpacked: Uint8Array;
  try {
    unpacked = await decompressor(block.algorithm, codecs)(data, block.size);
  } catch (error) {
    if (error instanceof NextstatError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    // The streams of a platform may say nothing.
    const reason = message === "" ? "its data are not valid" : message;
    throw damaged(here, `a block of ${block.algorithm} cannot be unpacked (${reason})`);
  }
  if (unpacked.length !== block.size) {
    throw damaged(here, `a block unpacks to ${unpacked.length} bytes instead of ${block.size}`);
  }
  return unpacked;
}

function decompressor(algorithm: Algorithm, codecs: Codecs): Decompressor {
  switch (algorithm) {
    case "ZL":
      return codecs.zlib;
    case "CS":
      return codecs.deflate;
    case "ZS":
      return codecs.zstd;
    case "XZ":
      return codecs.xz;
    case "L4":
      return unpackLz4;
    default:
      return algorithm satisfies never;
  }
}

function unpackLz4(block: Uint8Array, size: number): Uint8Array {
  if (block.length < 8) throw new RangeError("no checksum");
  const view = new DataView(block.buffer, block.byteOffset, 8);
  const data = block.subarray(8);
  if (xxh64(data) !== view.getBigUint64(0)) throw new RangeError("wrong checksum");
  return lz4(data, size);
}
