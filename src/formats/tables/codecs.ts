/**
 * Decompressors of Parquet and Arrow files.
 *
 * @module
 */

import { type Decompressor, inflate, unpackZstd } from "./decompressors.ts";

/** What a platform may do better than code that runs everywhere. */
export interface TableCodecs {
  readonly gzip: Decompressor;
  readonly zstd: Decompressor;
  /** Only few browsers unpack it, so pages have to pass their own. */
  readonly brotli: Decompressor;
}

/** How to read Parquet and Arrow files. */
export interface OpenColumnarOptions {
  /** What the platform does better than the code that runs everywhere. Default: nothing. */
  readonly codecs?: Partial<TableCodecs>;
}

/** What every browser, and Node, can do. */
export const PORTABLE_TABLE_CODECS: TableCodecs = {
  gzip: (block, size) => inflate("gzip", block, size),
  zstd: unpackZstd,
  brotli: () => {
    throw new RangeError(
      "brotli is not available here: write it with zstd, or pass a decompressor",
    );
  },
};
