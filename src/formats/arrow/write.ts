/**
 * Columns as Arrow IPC streams: one record batch, not compressed, no missing values.
 *
 * Reference: apache/arrow, docs/source/format/Columnar.rst, format/Schema.fbs and format/Message.fbs.
 *
 * @module
 */

import type { ColumnToWrite } from "../tables/column-to-write.ts";
import { type FlatField, type FlatValue, writeFlatBuffer } from "./flatbuffer-writer.ts";

const VERSION_5 = 4;
const SCHEMA = 1;
const RECORDS = 3;

/** The bytes of an Arrow stream. */
export function writeArrow(columns: readonly ColumnToWrite[]): Uint8Array {
  const rows = columns[0]?.data.length ?? 0;
  const batches = columns.map(buffersOf);
  const nodes = batches.flatMap((batch) => batch.nodes);
  let offset = 0;
  const places = batches
    .flatMap(({ buffers }) => buffers)
    .map((buffer) => {
      const place = [offset, buffer.length];
      offset += padded(buffer.length);
      return place;
    });
  const body = new Uint8Array(offset);
  batches
    .flatMap(({ buffers }) => buffers)
    .forEach((buffer, i) => {
      body.set(buffer, places[i]?.[0]);
    });
  const header: readonly FlatField[] = [
    [0, long(rows)],
    [1, { structs: nodes.map((length) => [length, 0]) }],
    [2, { structs: places }],
  ];
  const schema: readonly FlatField[] = [[1, { tables: columns.map(fieldOf) }]];
  // Four bytes that continue, and no length: the end of the stream.
  const end = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
  return join([...message(SCHEMA, schema, 0), ...message(RECORDS, header, body.length), body, end]);
}

function message(kind: number, header: readonly FlatField[], bodyLength: number): Uint8Array[] {
  const metadata = writeFlatBuffer([
    [0, { bytes: 2, number: VERSION_5 }],
    [1, { bytes: 1, number: kind }],
    [2, { table: header }],
    [3, long(bodyLength)],
  ]);
  const prefix = new Uint8Array(8).fill(255);
  new DataView(prefix.buffer).setInt32(4, metadata.length, true);
  return [prefix, metadata];
}

function long(number: number): FlatValue {
  return { bytes: 8, number };
}

const DOUBLE: readonly FlatField[] = [[0, { bytes: 2, number: 2 }]];

function fieldOf({ name, type }: ColumnToWrite): readonly FlatField[] {
  const field = (
    own: string,
    kind: number,
    fields: readonly FlatField[],
    children: readonly (readonly FlatField[])[] = [],
  ): readonly FlatField[] => [
    [0, { text: own }],
    [1, { bytes: 1, number: 0 }],
    [2, { bytes: 1, number: kind }],
    [3, { table: fields }],
    [5, { tables: children }],
  ];
  const integer = (isSigned: 0 | 1): readonly FlatField[] => [
    [0, { bytes: 4, number: 32 }],
    [1, { bytes: 1, number: isSigned }],
  ];
  switch (type) {
    case "STRING":
      return field(name, 5, []);
    case "DOUBLE":
      return field(name, 3, DOUBLE);
    case "INT32":
      return field(name, 2, integer(1));
    case "UINT32":
      return field(name, 2, integer(0));
    case "BOOLEAN":
      return field(name, 6, []);
    case "DOUBLES":
      return field(name, 12, [], [field("item", 3, DOUBLE)]);
    default:
      return type satisfies never;
  }
}

/** The length of each field, children included, and the buffers; that of missing values is empty. */
function buffersOf({ type, data }: ColumnToWrite): {
  readonly nodes: readonly number[];
  readonly buffers: readonly Uint8Array[];
} {
  const none = new Uint8Array(0);
  const bytes = (numbers: Float64Array | Int32Array | Uint32Array): Uint8Array =>
    new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  switch (type) {
    case "DOUBLE":
    case "INT32":
    case "UINT32":
      return { nodes: [data.length], buffers: [none, bytes(data)] };
    case "BOOLEAN": {
      const bits = new Uint8Array(Math.ceil(data.length / 8));
      data.forEach((value, i) => {
        if (value) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7));
      });
      return { nodes: [data.length], buffers: [none, bits] };
    }
    case "STRING": {
      const encoder = new TextEncoder();
      const texts = data.map((text) => encoder.encode(text));
      return { nodes: [data.length], buffers: [none, bytes(offsetsOf(texts)), join(texts)] };
    }
    case "DOUBLES": {
      const items = Float64Array.from(data.flat());
      return {
        nodes: [data.length, items.length],
        buffers: [none, bytes(offsetsOf(data)), none, bytes(items)],
      };
    }
    default:
      return type satisfies never;
  }
}

function offsetsOf(lists: readonly { readonly length: number }[]): Int32Array {
  const offsets = new Int32Array(lists.length + 1);
  lists.forEach(({ length }, i) => {
    offsets[i + 1] = (offsets[i] as number) + length;
  });
  return offsets;
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
