/**
 * The footer of a Parquet file: its schema, and where the values of its columns are.
 *
 * Reference: apache/parquet-format, parquet.thrift and README.md.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";
import { damaged, type Origin } from "../root/byte-reader.ts";
import type { ByteSource } from "../tables/byte-source.ts";
import { EndOfBytes, Fields, readStruct } from "./thrift.ts";

/** How values are stored. */
export const PHYSICAL_TYPES = [
  "BOOLEAN",
  "INT32",
  "INT64",
  "INT96",
  "FLOAT",
  "DOUBLE",
  "BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY",
] as const;
export type PhysicalType = (typeof PHYSICAL_TYPES)[number];

/** By their numbers in the file. */
const CODECS = [
  "UNCOMPRESSED",
  "SNAPPY",
  "GZIP",
  "LZO",
  "BROTLI",
  "LZ4",
  "ZSTD",
  "LZ4_RAW",
] as const;
export type Codec = (typeof CODECS)[number];

/** A node of the schema as it is written: a group, or a column. */
export interface SchemaElement {
  readonly name: string;
  /** Null for a group. */
  readonly type: PhysicalType | null;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY. */
  readonly typeLength: number;
  readonly repetition: "required" | "optional" | "repeated";
  readonly children: number;
  /** The older annotation, by its number, or null. */
  readonly converted: number | null;
  readonly scale: number;
  readonly precision: number;
  /** The newer annotation, or null: the number of the case, and its fields. */
  readonly logical: { readonly kind: number; readonly fields: Fields } | null;
}

/** The values of one column in one row group. */
export interface ColumnChunk {
  /** Of its first page, in the file. */
  readonly offset: number;
  /** Of all its pages, in bytes. */
  readonly length: number;
  readonly codec: Codec | null;
  /** The number in the file, for messages. */
  readonly codecNumber: number;
  /** Values, missing ones and empty lists included. */
  readonly values: number;
  readonly type: PhysicalType | null;
  readonly path: readonly string[];
  readonly isEncrypted: boolean;
}

export interface RowGroup {
  /** Rows before it. */
  readonly start: number;
  readonly rows: number;
  /** One for each column, in the order of the schema. */
  readonly chunks: readonly ColumnChunk[];
}

export interface ParquetMetadata {
  readonly rows: number;
  /** The first is the root. */
  readonly schema: readonly SchemaElement[];
  readonly groups: readonly RowGroup[];
}

const MAGIC = 0x31524150;
const ENCRYPTED = 0x45524150;
/** Read at once from the end of the file, in bytes: most footers are smaller. */
const TAIL = 1 << 16;
/** Larger footers are refused, in bytes. */
const MAX_FOOTER = 1 << 28;

/**
 * Reads the footer.
 *
 * @throws NextstatError `input` where it is damaged, or this is no Parquet file
 */
export async function readMetadata(source: ByteSource): Promise<ParquetMetadata> {
  const { name: file, size } = source;
  const fail = (offset: number, problem: string, hint?: string): NextstatError =>
    damaged({ file, offset }, problem, hint);
  if (size < 12) throw fail(0, `a Parquet file has 12 bytes at least, this one has ${size}`);
  let tailStart = Math.max(0, size - TAIL);
  let tail = await source.read(tailStart, size - tailStart);
  const end = new DataView(tail.buffer, tail.byteOffset + tail.length - 8, 8);
  const magic = end.getUint32(4, true);
  if (magic === ENCRYPTED) {
    throw new NextstatError("input", "the file is encrypted", {
      location: { file },
      hint: "write it without encryption",
    });
  }
  if (magic !== MAGIC) {
    throw fail(
      size - 4,
      'the file does not end in "PAR1"',
      "the file is cut off, or no Parquet file: write or copy it again",
    );
  }
  const length = end.getUint32(0, true);
  const start = size - 8 - length;
  if (start < 4 || length > MAX_FOOTER) {
    throw fail(size - 8, `a footer of ${length} bytes is not in the file of ${size} bytes`);
  }
  if (start < tailStart) {
    tailStart = start;
    tail = await source.read(start, size - start);
  }
  const origin: Origin = { file, object: "footer", offset: start };
  const bytes = tail.subarray(start - tailStart, start - tailStart + length);
  try {
    return interpret(new Fields(readStruct(bytes, 0, origin).struct, origin, "the footer"), source);
  } catch (error) {
    if (error instanceof EndOfBytes) throw damaged(origin, "the footer ends too early");
    throw error;
  }
}

function interpret(footer: Fields, source: ByteSource): ParquetMetadata {
  const rows = footer.count(3, "the number of rows");
  const schema = footer.structs(2, "element of the schema").map(readElement);
  const leaves = schema.slice(1).filter(({ children }) => children === 0).length;
  const groups: RowGroup[] = [];
  let start = 0;
  for (const group of footer.structs(4, "row group")) {
    const chunks = group
      .structs(1, `row group ${groups.length}, column`)
      .map((chunk) => readChunk(chunk, source));
    if (chunks.length !== leaves) {
      throw group.damaged(`it has ${chunks.length} columns, and the schema ${leaves}`);
    }
    const own = group.count(3, "the number of rows");
    groups.push({ start, rows: own, chunks });
    start += own;
  }
  if (start !== rows) {
    throw footer.damaged(`the row groups have ${start} rows together, and the file says ${rows}`);
  }
  return { rows, schema, groups };
}

function readElement(element: Fields): SchemaElement {
  const typeNumber = element.int(1);
  const type = typeNumber === undefined ? null : PHYSICAL_TYPES[typeNumber];
  if (type === undefined) throw element.damaged(`there is no type ${typeNumber}`);
  const repetition = (["required", "optional", "repeated"] as const)[element.int(3) ?? 0];
  if (repetition === undefined) throw element.damaged(`there is no repetition ${element.int(3)}`);
  const children = element.int(5) ?? 0;
  if (children < 0) throw element.damaged(`it has ${children} children`);
  const logical = element.struct(10, "a logical type");
  // A union: the one field that is there.
  const kind = [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18].find((id) =>
    logical?.has(id),
  );
  return {
    name: element.text(4) ?? "",
    type,
    typeLength: element.int(2) ?? 0,
    repetition,
    children,
    converted: element.int(6) ?? null,
    scale: element.int(7) ?? 0,
    precision: element.int(8) ?? 0,
    logical:
      logical === undefined || kind === undefined
        ? null
        : { kind, fields: logical.struct(kind, "a logical type") as Fields },
  };
}

function readChunk(chunk: Fields, source: ByteSource): ColumnChunk {
  if (chunk.has(1)) throw chunk.damaged("its values are in another file, which is not supported");
  const own = chunk.struct(3, "the metadata of a column");
  if (own === undefined) throw chunk.damaged("it has no metadata (encrypted?)");
  const data = own.count(9, "the place of its pages");
  const dictionary = own.int(11);
  // Some writers say 0 where there is no dictionary.
  const offset = dictionary !== undefined && dictionary > 0 ? Math.min(dictionary, data) : data;
  const length = own.count(7, "its compressed size");
  if (offset + length > source.size) {
    throw chunk.damaged(
      `its pages (${length} bytes from byte ${offset}) are not in the file of ${source.size} bytes`,
    );
  }
  const codecNumber = own.int(4) ?? 0;
  return {
    offset,
    length,
    codec: CODECS[codecNumber] ?? null,
    codecNumber,
    values: own.count(5, "the number of its values"),
    type: PHYSICAL_TYPES[own.int(1) ?? -1] ?? null,
    path: own.texts(3),
    isEncrypted: chunk.has(8),
  };
}
