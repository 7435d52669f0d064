/**
 * Where the parts of Arrow data are: the messages of the stream format one after the other, or those that the footer of the file
 * format lists. Only metadata are read, not the bodies of messages.
 *
 * Reference: apache/arrow, docs/source/format/Columnar.rst, format/Message.fbs and format/File.fbs.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";
import { damaged, type Origin } from "../root/byte-reader.ts";
import type { ByteSource } from "../tables/byte-source.ts";
import { FlatTable } from "./flatbuffer.ts";
import { type ArrowField, readSchema } from "./schema.ts";

/** How the buffers of a batch are compressed. */
export type BodyCodec = "none" | "lz4" | "zstd";

/** A record batch, or the values of a dictionary. */
export interface Batch {
  /** Of its metadata in the file, for messages. */
  readonly origin: Origin;
  readonly rows: number;
  /** Length of each field, in the order of the schema, children after their parents. */
  readonly nodes: readonly number[];
  /** Position in the file and size of each buffer. */
  readonly buffers: readonly (readonly [offset: number, length: number])[];
  readonly codec: BodyCodec;
  /** Buffers of each field that has any number of them. */
  readonly variadic: readonly number[];
}

/** What a dictionary is made of. */
export interface DictionaryBatch {
  readonly id: number;
  /** It adds to the values before it; otherwise it replaces them. */
  readonly isDelta: boolean;
  readonly batch: Batch;
  /** How many record batches come before it: in streams it does not hold for them. */
  readonly before: number;
}

export interface ArrowContents {
  readonly fields: readonly ArrowField[];
  readonly batches: readonly Batch[];
  readonly dictionaries: readonly DictionaryBatch[];
}

/** Continuation marker, and the magic of the file format. */
const CONTINUES = 0xffffffff;
const MAGIC = "ARROW1";
/** Larger metadata are refused, in bytes. */
const MAX_METADATA = 1 << 28;
const V4 = 3;
const SCHEMA = 1;
const DICTIONARY = 2;
const RECORDS = 3;

/** @throws NextstatError `input` where it is damaged, or no Arrow data */
export async function readContents(source: ByteSource): Promise<ArrowContents> {
  const start = await source.read(0, Math.min(8, source.size));
  const isFile = new TextDecoder("latin1").decode(start.subarray(0, 6)) === MAGIC;
  return isFile ? readFile(source) : readStream(source);
}

async function readFile(source: ByteSource): Promise<ArrowContents> {
  const { name: file, size } = source;
  if (size < 20) throw damaged({ file, offset: 0 }, `an Arrow file of ${size} bytes is cut off`);
  const end = await source.read(size - 10, 10);
  if (new TextDecoder("latin1").decode(end.subarray(4)) !== MAGIC) {
    throw damaged(
      { file, offset: size - 6 },
      `the file does not end in "${MAGIC}"`,
      "the file is cut off: write or copy it again",
    );
  }
  const length = new DataView(end.buffer, end.byteOffset, 4).getInt32(0, true);
  const start = size - 10 - length;
  if (length < 8 || start < 8) {
    throw damaged({ file, offset: size - 10 }, `a footer of ${length} bytes is not in the file`);
  }
  const origin: Origin = { file, object: "footer", offset: start };
  const footer = FlatTable.root(await source.read(start, length), origin);
  const schema = footer.table(1);
  if (schema === null) throw footer.damaged("there is no schema");
  const fields = readSchema(schema);
  const batches: Batch[] = [];
  for (const { offset } of footer.blocks(3)) {
    const message = await readMessage(source, offset);
    if (message?.kind !== RECORDS) throw footer.damaged(`there is no batch at byte ${offset}`);
    batches.push(readBatch(message.header, message.body, message.bodyLength));
  }
  const dictionaries: DictionaryBatch[] = [];
  for (const { offset } of footer.blocks(2)) {
    const message = await readMessage(source, offset);
    if (message?.kind !== DICTIONARY) {
      throw footer.damaged(`there is no dictionary at byte ${offset}`);
    }
    const dictionary = readDictionary(message, 0);
    if (!dictionary.isDelta && dictionaries.some(({ id }) => id === dictionary.id)) {
      throw footer.damaged("a dictionary is replaced, which only streams may do");
    }
    dictionaries.push(dictionary);
  }
  return { fields, batches, dictionaries };
}

async function readStream(source: ByteSource): Promise<ArrowContents> {
  let fields: readonly ArrowField[] | null = null;
  const batches: Batch[] = [];
  const dictionaries: DictionaryBatch[] = [];
  for (let offset = 0; offset < source.size; ) {
    const message = await readMessage(source, offset);
    if (message === null) break;
    offset = message.body + message.bodyLength;
    const { kind, header } = message;
    if (kind === SCHEMA) {
      if (fields !== null) throw header.damaged("a second schema");
      fields = readSchema(header);
    } else if (fields === null) {
      throw header.damaged("a batch before the schema");
    } else if (kind === RECORDS) {
      batches.push(readBatch(header, message.body, message.bodyLength));
    } else {
      dictionaries.push(readDictionary(message, batches.length));
    }
  }
  if (fields === null) {
    throw damaged({ file: source.name, offset: 0 }, "there is no schema", "is this an Arrow file?");
  }
  return { fields, batches, dictionaries };
}

interface Message {
  readonly kind: number;
  readonly header: FlatTable;
  /** Position and size of the body. */
  readonly body: number;
  readonly bodyLength: number;
}

/** The message at a position; null at the end of a stream. */
async function readMessage(source: ByteSource, offset: number): Promise<Message | null> {
  const { name: file, size } = source;
  const origin: Origin = { file, offset };
  const fail = (problem: string): NextstatError =>
    damaged(origin, problem, "the data are damaged or cut off: write or copy them again");
  if (offset + 8 > size) throw fail(`a message is cut off (${size - offset} bytes are left)`);
  const prefix = await source.read(offset, 8);
  const view = new DataView(prefix.buffer, prefix.byteOffset, 8);
  if (view.getUint32(0, true) !== CONTINUES) {
    throw fail("no message begins here (Arrow data before version 0.15 are not read)");
  }
  const length = view.getInt32(4, true);
  if (length === 0) return null;
  const body = offset + 8 + length;
  if (length < 8 || length > MAX_METADATA || body > size) {
    throw fail(`a message with metadata of ${length} bytes is not in the file of ${size} bytes`);
  }
  const table = FlatTable.root(await source.read(offset + 8, length), {
    ...origin,
    offset: offset + 8,
  });
  if (table.short(0, 0) < V4) {
    throw new NextstatError("input", "the data were written by Arrow before version 0.8", {
      location: { file, offset },
      hint: "write them again with a newer version",
    });
  }
  const kind = table.byte(1, 0);
  const header = table.table(2);
  const bodyLength = table.count(3);
  if (header === null || ![SCHEMA, DICTIONARY, RECORDS].includes(kind)) {
    throw table.damaged(`a message of kind ${kind}`);
  }
  if (body + bodyLength > size) {
    throw fail(`a message with a body of ${bodyLength} bytes is not in the file of ${size} bytes`);
  }
  return { kind, header, body, bodyLength };
}

function readDictionary({ header, body, bodyLength }: Message, before: number): DictionaryBatch {
  const data = header.table(1);
  if (data === null) throw header.damaged("a dictionary has no values");
  return {
    id: header.count(0),
    isDelta: header.byte(2, 0) !== 0,
    batch: readBatch(data, body, bodyLength),
    before,
  };
}

function readBatch(header: FlatTable, body: number, bodyLength: number): Batch {
  const compression = header.table(3);
  let codec: BodyCodec = "none";
  if (compression !== null) {
    const number = compression.byte(0, 0);
    if (number !== 0 && number !== 1) throw compression.damaged(`unknown compression ${number}`);
    if (compression.byte(1, 0) !== 0) throw compression.damaged("an unknown way to compress");
    codec = number === 0 ? "lz4" : "zstd";
  }
  const buffers = header.structs(2, 16, [0, 8]).map(([offset, length]) => {
    const [at, size] = [offset as number, length as number];
    if (at + size > bodyLength) {
      throw header.damaged(`a buffer of ${size} bytes at ${at} is not in a body of ${bodyLength}`);
    }
    return [body + at, size] as const;
  });
  return {
    origin: header.origin,
    rows: header.count(0),
    nodes: header.structs(1, 16, [0]).map(([length]) => length as number),
    buffers,
    codec,
    variadic: header.structs(4, 8, [0]).map(([count]) => count as number),
  };
}
