/**
 * Thrift's compact protocol, in which Parquet writes its metadata: any struct as a map from the numbers of its fields.
 *
 * Reference: thrift's doc/specs/thrift-compact-protocol.md.
 *
 * @module
 */

import { damaged, decodeText, type Origin } from "../root/byte-reader.ts";

/** Integers of up to 53 bits are numbers, longer ones cannot be sizes or positions and are refused. */
export type ThriftValue = boolean | number | Uint8Array | ThriftStruct | readonly ThriftValue[];

export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

/** The bytes end before the struct does. More of them may help. */
export class EndOfBytes extends Error {}

/** Parquet's own structs are six levels deep at most. */
const MAX_DEPTH = 16;

/** A struct, and where the bytes after it begin. */
export function readStruct(
  bytes: Uint8Array,
  start: number,
  origin: Origin,
): { readonly struct: ThriftStruct; readonly end: number } {
  let at = start;

  const fail = (problem: string): Error =>
    damaged({ ...origin, offset: origin.offset + at }, `the metadata cannot be read: ${problem}`);

  const byte = (): number => {
    if (at >= bytes.length) throw new EndOfBytes();
    return bytes[at++] as number;
  };

  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const next = byte();
      value += (next & 127) * scale;
      if (next < 128) break;
      if (scale > 2 ** 63) throw fail("a number has too many digits");
    }
    if (value > Number.MAX_SAFE_INTEGER) throw fail("a number is larger than any file");
    return value;
  };

  const zigzag = (): number => {
    const value = varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };

  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new EndOfBytes();
    at += length;
    return bytes.subarray(at - length, at);
  };

  const list = (depth: number): ThriftValue[] => {
    const header = byte();
    const size = header >> 4 === 15 ? varint() : header >> 4;
    // Every item takes a byte at least, so a wrong size is found before memory is asked for.
    if (size > bytes.length - at) throw new EndOfBytes();
    const items: ThriftValue[] = [];
    for (let i = 0; i < size; i++) {
      const type = header & 15;
      items.push(type === 1 || type === 2 ? byte() === 1 : value(type, depth));
    }
    return items;
  };

  const value = (type: number, depth: number): ThriftValue => {
    switch (type) {
      case 1:
        return true;
      case 2:
        return false;
      case 3:
        return (byte() << 24) >> 24;
      case 4:
      case 5:
      case 6:
        return zigzag();
      case 7:
        return take(8);
      case 8:
        return take(varint());
      case 9:
      case 10:
        return list(depth + 1);
      case 12:
        return struct(depth + 1);
      default:
        throw fail(`there is no type ${type}`);
    }
  };

  const struct = (depth: number): ThriftStruct => {
    if (depth > MAX_DEPTH) throw fail("it is nested too deeply");
    const fields = new Map<number, ThriftValue>();
    let id = 0;
    for (;;) {
      const header = byte();
      if (header === 0) return fields;
      id = header >> 4 === 0 ? zigzag() : id + (header >> 4);
      fields.set(id, value(header & 15, depth));
    }
  };

  return { struct: struct(0), end: at };
}

/** Typed access to the fields of a struct; what is there but of another type counts as damage. */
export class Fields {
  readonly #struct: ThriftStruct;
  readonly #origin: Origin;
  readonly #what: string;

  constructor(struct: ThriftStruct, origin: Origin, what: string) {
    this.#struct = struct;
    this.#origin = origin;
    this.#what = what;
  }

  damaged(problem: string): Error {
    return damaged(this.#origin, `${this.#what}: ${problem}`);
  }

  has(id: number): boolean {
    return this.#struct.has(id);
  }

  #get<T extends ThriftValue>(id: number, is: (value: ThriftValue) => value is T): T | undefined {
    const value = this.#struct.get(id);
    if (value === undefined || is(value)) return value;
    throw this.damaged(`field ${id} is of another type than it should be`);
  }

  int(id: number): number | undefined {
    return this.#get(id, (value) => typeof value === "number");
  }

  bool(id: number): boolean | undefined {
    return this.#get(id, (value) => typeof value === "boolean");
  }

  /** An integer that must be there, and not negative. */
  count(id: number, name: string): number {
    const value = this.int(id);
    if (value === undefined || value < 0) throw this.damaged(`${name} is ${value ?? "missing"}`);
    return value;
  }

  text(id: number): string | undefined {
    const bytes = this.#get(id, (value) => value instanceof Uint8Array);
    return bytes === undefined ? undefined : decodeText(bytes);
  }

  texts(id: number): string[] {
    return this.#list(id).map((item) => {
      if (!(item instanceof Uint8Array)) throw this.damaged(`field ${id} holds no texts`);
      return decodeText(item);
    });
  }

  struct(id: number, what: string): Fields | undefined {
    const struct = this.#get(id, (value) => value instanceof Map);
    return struct === undefined ? undefined : new Fields(struct, this.#origin, what);
  }

  structs(id: number, what: string): Fields[] {
    return this.#list(id).map((item, i) => {
      if (!(item instanceof Map)) throw this.damaged(`field ${id} holds no structs`);
      return new Fields(item, this.#origin, `${what} ${i}`);
    });
  }

  #list(id: number): readonly ThriftValue[] {
    const list = this.#struct.get(id);
    if (list === undefined) throw this.damaged(`field ${id} is missing`);
    if (!Array.isArray(list)) throw this.damaged(`field ${id} is no list`);
    return list;
  }
}
