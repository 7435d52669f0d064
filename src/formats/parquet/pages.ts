/**
 * Pages: the pieces in which a column chunk is compressed. Each has a header, the levels of its values, and the values.
 *
 * Reference: apache/parquet-format, README.md and parquet.thrift.
 *
 * @module
 */

import type { NumericArray } from "../../columns/index.ts";
import { newArray } from "../../columns/numbers.ts";
import { lz4 } from "../root/kernel-functions.ts";
import type { TableCodecs } from "../tables/codecs.ts";
import type { Budget } from "../tables/table.ts";
import type { LeafEntries } from "./assemble.ts";
import { readDeltaLengths, readDeltas, readDeltaTexts } from "./delta.ts";
import { type Physical, readHybrid, readPlain, readSplit } from "./encodings.ts";
import type { LeafValues } from "./leaf-types.ts";
import type { Codec, ColumnChunk } from "./metadata.ts";
import type { Leaf } from "./schema.ts";
import { unpackSnappy } from "./snappy.ts";
import type { Fields } from "./thrift.ts";

/** What a page is for. */
export interface PageHeader {
  readonly kind: "data" | "data-v2" | "dictionary" | "other";
  /** In the file, after the header, in bytes. */
  readonly packed: number;
  /** Unpacked, in bytes. */
  readonly size: number;
  /** Values, missing ones and empty lists included. */
  readonly values: number;
  readonly encoding: Encoding;
  /** Levels of version 2, in bytes. */
  readonly repetitionBytes: number;
  readonly definitionBytes: number;
  readonly isCompressed: boolean;
  /** Version 1 may have them in an older encoding. */
  readonly areLevelsRle: boolean;
  /** Of the packed bytes; null where there is none. */
  readonly checksum: number | null;
}

/** By their numbers in the file. */
const ENCODINGS = [
  "PLAIN",
  "GROUP_VAR_INT",
  "PLAIN_DICTIONARY",
  "RLE",
  "BIT_PACKED",
  "DELTA_BINARY_PACKED",
  "DELTA_LENGTH_BYTE_ARRAY",
  "DELTA_BYTE_ARRAY",
  "RLE_DICTIONARY",
  "BYTE_STREAM_SPLIT",
] as const;
type Encoding = (typeof ENCODINGS)[number] | "unknown";

const KINDS = ["data", "other", "dictionary", "data-v2"] as const;
const RLE = 3;
/** Larger pages are refused, in bytes: writers make 1 MiB. */
const MAX_PAGE = 1 << 29;
/** The best that each codec can do, unpacked to packed: more is a lie, found before memory is asked for. */
const MOST: Readonly<Record<Codec, number>> = {
  UNCOMPRESSED: 1,
  SNAPPY: 32,
  GZIP: 1040,
  LZO: 1,
  BROTLI: Number.POSITIVE_INFINITY,
  LZ4: 1,
  ZSTD: Number.POSITIVE_INFINITY,
  LZ4_RAW: 256,
};
const SLACK = 1 << 10;

/** @throws NextstatError `input` where it is damaged */
export function pageHeader(header: Fields): PageHeader {
  const kind = KINDS[header.int(1) ?? -1];
  if (kind === undefined) throw header.damaged("it is of no known kind");
  const size = header.count(2, "the unpacked size");
  const packed = header.count(3, "the packed size");
  if (size > MAX_PAGE) throw header.damaged(`a page of ${size} bytes is too large`);
  const crc = header.int(4);
  const none = {
    repetitionBytes: 0,
    definitionBytes: 0,
    isCompressed: true,
    areLevelsRle: true,
    checksum: crc === undefined ? null : crc >>> 0,
  };
  if (kind === "other") return { kind, packed, size, values: 0, encoding: "PLAIN", ...none };
  const field = { data: 5, dictionary: 7, "data-v2": 8 }[kind];
  const own = header.struct(field, "the header of a page");
  if (own === undefined) throw header.damaged("its own header is missing");
  const values = own.count(1, "the number of values");
  const encoding = ENCODINGS[own.int(kind === "data-v2" ? 4 : 2) ?? -1] ?? "unknown";
  const page = { ...none, kind, packed, size, values, encoding };
  if (kind === "dictionary") return page;
  // Writers say BIT_PACKED where there are no levels, so whether that matters is seen when they are read.
  if (kind === "data") return { ...page, areLevelsRle: own.int(3) === RLE && own.int(4) === RLE };
  const definitionBytes = own.count(5, "the size of the definition levels");
  const repetitionBytes = own.count(6, "the size of the repetition levels");
  if (definitionBytes + repetitionBytes > Math.min(packed, size)) {
    throw own.damaged("the levels are larger than the page");
  }
  const isCompressed = own.bool(7) ?? true;
  return { ...page, definitionBytes, repetitionBytes, isCompressed };
}

/** What decoding needs beside the page. */
export interface PageContext {
  readonly chunk: ColumnChunk;
  readonly leaf: Leaf;
  readonly codecs: TableCodecs;
  readonly budget: Budget;
}

/** The values of a dictionary page. */
export async function decodeDictionary(
  header: PageHeader,
  bytes: Uint8Array,
  context: PageContext,
): Promise<LeafValues> {
  const { leaf } = context;
  const page = await unpack(bytes, header.size, context);
  if (header.encoding !== "PLAIN" && header.encoding !== "PLAIN_DICTIONARY") {
    throw new RangeError(`a dictionary cannot have the encoding ${header.encoding}`);
  }
  return leaf.type.convert(readPlain(page, leaf.physical, header.values, leaf.typeLength));
}

/** The entries of a data page, of either version. */
export async function decodePage(
  header: PageHeader,
  bytes: Uint8Array,
  dictionary: LeafValues | null,
  context: PageContext,
): Promise<LeafEntries> {
  const { maxDefinition, maxRepetition } = context.leaf;
  const { values: levels } = header;
  // Two bytes of levels and a number each; texts are counted with the page.
  context.budget(levels * 10 + header.size);
  let page: Uint8Array;
  let repetition: Uint8Array | null;
  let definition: Uint8Array | null;
  if (header.kind === "data-v2") {
    const { repetitionBytes, definitionBytes } = header;
    const both = repetitionBytes + definitionBytes;
    repetition = readLevels(bytes.subarray(0, repetitionBytes), maxRepetition, levels);
    definition = readLevels(bytes.subarray(repetitionBytes, both), maxDefinition, levels);
    const rest = bytes.subarray(both);
    page = header.isCompressed ? await unpack(rest, header.size - both, context) : rest;
  } else {
    if (!header.areLevelsRle && maxDefinition + maxRepetition > 0) {
      throw new RangeError("its levels have an obsolete encoding: write it with a newer program");
    }
    page = await unpack(bytes, header.size, context);
    const take = (max: number): Uint8Array | null => {
      if (max === 0) return null;
      if (page.length < 4) throw new RangeError("the levels end too early");
      const length = new DataView(page.buffer, page.byteOffset, 4).getUint32(0, true);
      if (length > page.length - 4) throw new RangeError("the levels are longer than the page");
      const own = readLevels(page.subarray(4, 4 + length), max, levels);
      page = page.subarray(4 + length);
      return own;
    };
    repetition = take(maxRepetition);
    definition = take(maxDefinition);
  }
  let count = levels;
  if (definition !== null) {
    count = 0;
    for (let i = 0; i < levels; i++) if (definition[i] === maxDefinition) count += 1;
    if (count === levels) definition = null;
  }
  const values = decodeValues(page, header.encoding, count, dictionary, context);
  return { levels, repetition, definition, values };
}

function readLevels(bytes: Uint8Array, max: number, count: number): Uint8Array | null {
  if (max === 0) return null;
  const levels = new Uint8Array(count);
  readHybrid(bytes, 32 - Math.clz32(max), levels);
  for (const level of levels) if (level > max) throw new RangeError(`a level of ${level}`);
  return levels;
}

function decodeValues(
  page: Uint8Array,
  encoding: Encoding,
  count: number,
  dictionary: LeafValues | null,
  { leaf, budget }: PageContext,
): LeafValues {
  const { physical, typeLength, type } = leaf;
  if (encoding === "PLAIN_DICTIONARY" || encoding === "RLE_DICTIONARY") {
    if (dictionary === null) throw new RangeError("its dictionary is missing");
    const indices = new Int32Array(count);
    const [width] = page;
    if (count > 0) {
      if (width === undefined) throw new RangeError("the values end too early");
      readHybrid(page.subarray(1), width, indices);
    }
    return lookUp(indices, dictionary, leaf);
  }
  return type.convert(decodeStored(page, encoding, count, physical, typeLength, budget));
}

function decodeStored(
  page: Uint8Array,
  encoding: Encoding,
  count: number,
  physical: Leaf["physical"],
  typeLength: number,
  budget: Budget,
): Physical {
  const isBytes = physical === "BYTE_ARRAY" || physical === "FIXED_LEN_BYTE_ARRAY";
  const isInteger = physical === "INT32" || physical === "INT64";
  // Where every value is missing the page may be empty, whatever its encoding.
  if (count === 0) return readPlain(new Uint8Array(0), physical, 0, typeLength);
  if (encoding === "PLAIN") return readPlain(page, physical, count, typeLength);
  if (encoding === "BYTE_STREAM_SPLIT") return readSplit(page, physical, count, typeLength);
  if (encoding === "RLE" && physical === "BOOLEAN") {
    if (page.length < 4) throw new RangeError("the values end too early");
    const values = new Uint8Array(count);
    readHybrid(page.subarray(4), 1, values);
    return values;
  }
  if (encoding === "DELTA_BINARY_PACKED" && isInteger) {
    const values = physical === "INT32" ? new Int32Array(count) : new BigInt64Array(count);
    readDeltas(page, values);
    return values;
  }
  if (encoding === "DELTA_LENGTH_BYTE_ARRAY" && physical === "BYTE_ARRAY") {
    return readDeltaLengths(page, count);
  }
  if (encoding === "DELTA_BYTE_ARRAY" && isBytes) {
    const values = readDeltaTexts(page, count, budget);
    if (physical === "FIXED_LEN_BYTE_ARRAY" && values.some((v) => v.length !== typeLength)) {
      throw new RangeError(`a value has not ${typeLength} bytes`);
    }
    return values;
  }
  throw new RangeError(`${physical} in the encoding ${encoding} cannot be read`);
}

function lookUp(indices: Int32Array, dictionary: LeafValues, { type }: Leaf): LeafValues {
  const { length } = dictionary;
  for (const index of indices) {
    if (index < 0 || index >= length) {
      throw new RangeError(`value ${index} of a dictionary of ${length} is asked for`);
    }
  }
  if (type.values === "string" || type.values === null) {
    return Array.from(indices, (index) => dictionary[index] as string);
  }
  const values = newArray(type.values, indices.length) as Float64Array;
  const known = dictionary as NumericArray as Float64Array;
  for (let i = 0; i < indices.length; i++) values[i] = known[indices[i] as number] as number;
  return values;
}

async function unpack(
  packed: Uint8Array,
  size: number,
  { chunk: { codec, codecNumber }, codecs, budget }: PageContext,
): Promise<Uint8Array> {
  if (codec === null || codec === "LZO" || codec === "LZ4") {
    throw new RangeError(
      `compression ${codec ?? codecNumber} cannot be read: write it with zstd, snappy, gzip, brotli or lz4_raw`,
    );
  }
  if (size > packed.length * MOST[codec] + SLACK) {
    throw new RangeError(`${packed.length} bytes of ${codec} cannot unpack to ${size}`);
  }
  // What packs nothing needs no codec, and some of them fail on it.
  if (size === 0) return new Uint8Array(0);
  budget(size);
  const unpacked = await unpackWith(codec, packed, size, codecs);
  if (unpacked.length !== size) {
    throw new RangeError(`it unpacks to ${unpacked.length} bytes instead of ${size}`);
  }
  return unpacked;
}

function unpackWith(
  codec: Exclude<Codec, "LZO" | "LZ4">,
  packed: Uint8Array,
  size: number,
  codecs: TableCodecs,
): Uint8Array | Promise<Uint8Array> {
  switch (codec) {
    case "UNCOMPRESSED":
      return packed;
    case "SNAPPY":
      return unpackSnappy(packed, size);
    case "LZ4_RAW":
      return lz4(packed, size);
    case "GZIP":
      return codecs.gzip(packed, size);
    case "ZSTD":
      return codecs.zstd(packed, size);
    case "BROTLI":
      return codecs.brotli(packed, size);
    default:
      return codec satisfies never;
  }
}
