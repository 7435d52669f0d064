/**
 * Decompressors that run wherever the library does: the platform's own for zlib, and small packages, loaded when they are
 * first needed, for Zstandard and xz. Node has faster ones of its own (`node/file-source.ts`).
 *
 * @module
 */

import { hasEndlessWeights } from "./zstd-weights.ts";

/**
 * Unpacks one block to `size` bytes; fails, or returns fewer or more, where the block is damaged. It never makes much more
 * than `size` bytes.
 */
export type Decompressor = (block: Uint8Array, size: number) => Uint8Array | Promise<Uint8Array>;

/**
 * Deflated data, with the header and checksum of zlib or gzip, or without.
 *
 * @throws where the data are damaged
 */
export function inflate(
  format: "deflate" | "deflate-raw" | "gzip",
  block: Uint8Array,
  size: number,
): Promise<Uint8Array> {
  return collect(streamOf(block).pipeThrough(new DecompressionStream(format)), size);
}

/** A Zstandard frame. */
export async function unpackZstd(block: Uint8Array, size: number): Promise<Uint8Array> {
  if (hasEndlessWeights(block)) throw new RangeError("the weights of a table take no bits");
  const { decompress } = await import("fzstd");
  return decompress(block, new Uint8Array(size));
}

/** An xz stream. */
export async function unpackXz(block: Uint8Array, size: number): Promise<Uint8Array> {
  // A CommonJS package: its names are members of the default export.
  const { default: xz } = await import("xz-decompress");
  return collect(new xz.XzReadableStream(streamOf(block)), size);
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
      controller.close();
    },
  });
}

/** Everything a stream gives, up to the `size` expected; stops soon after where it gives more. */
async function collect(stream: ReadableStream<Uint8Array>, size: number): Promise<Uint8Array> {
  const collected = new Uint8Array(size);
  const reader = stream.getReader();
  let filled = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return collected.subarray(0, filled);
    if (filled + value.length > size) {
      await reader.cancel();
      throw new RangeError(`more than ${size} bytes`);
    }
    collected.set(value, filled);
    filled += value.length;
  }
}
