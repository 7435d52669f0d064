/**
 * Bytes of files on disk, read where and when something is asked for; and the decompressors that Node has.
 *
 * @module
 */

import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import {
  brotliDecompressSync,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from "node:zlib";
import { NextstatError } from "../errors.ts";
import type { ByteSource, Codecs, TableCodecs } from "../formats/index.ts";
import { readFailure } from "./read-input.ts";

/** What is native in Node: its decompressors also need no stream for every block. */
export const NODE_CODECS: Partial<Codecs> & TableCodecs = {
  zlib: (block, size) => inflateSync(block, { maxOutputLength: size, chunkSize: atLeast(size) }),
  deflate: (block, size) =>
    inflateRawSync(block, { maxOutputLength: size, chunkSize: atLeast(size) }),
  zstd: (block, size) =>
    zstdDecompressSync(block, { maxOutputLength: size, chunkSize: atLeast(size) }),
  gzip: (block, size) => gunzipSync(block, { maxOutputLength: size, chunkSize: atLeast(size) }),
  brotli: (block, size) =>
    brotliDecompressSync(block, { maxOutputLength: size, chunkSize: atLeast(size) }),
  swap(bytes, size) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (size === 2) buffer.swap16();
    else if (size === 4) buffer.swap32();
    else if (size === 8) buffer.swap64();
  },
};

/** zlib refuses smaller buffers. */
function atLeast(size: number): number {
  return Math.max(64, size);
}

/** A file on disk. Reads block: they are short, and waiting for a thread costs more than most of them. */
export function fileSource(path: string): ByteSource {
  const fail = (problem: string, hint: string): NextstatError =>
    new NextstatError("input", problem, { location: { file: path }, hint });
  let descriptor: number | undefined;
  try {
    // Before it is opened: opening a pipe waits for who writes to it.
    const kind = statSync(path);
    if (kind.isDirectory()) throw fail("this is a directory, not a file", "name a file in it");
    if (!kind.isFile()) throw fail("this is not a file", "copy it to a file first");
    const opened = openSync(path, "r");
    descriptor = opened;
    const stats = fstatSync(opened);
    return {
      name: path,
      size: stats.size,
      async read(offset, length) {
        const bytes = new Uint8Array(length);
        let filled = 0;
        try {
          while (filled < length) {
            const read = readSync(opened, bytes, filled, length - filled, offset + filled);
            if (read === 0)
              throw fail("the file became shorter while it was read", "open it again");
            filled += read;
          }
        } catch (error) {
          throw readFailure(path, error);
        }
        return bytes;
      },
      async close() {
        if (descriptor !== undefined) closeSync(descriptor);
        descriptor = undefined;
      },
    };
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw readFailure(path, error);
  }
}
