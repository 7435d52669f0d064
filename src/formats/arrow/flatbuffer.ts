/**
 * FlatBuffers, in which Arrow writes its metadata: tables whose fields are found by their number. Nothing is read outside of
 * the bytes, and vectors are no longer than they can be.
 *
 * Reference: google/flatbuffers, docs/source/internals.md.
 *
 * @module
 */

import { damaged, decodeText, type Origin } from "../root/byte-reader.ts";

/** One table. */
export class FlatTable {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #position: number;
  readonly #fields: number;
  readonly #nFields: number;
  readonly origin: Origin;

  private constructor(bytes: Uint8Array, position: number, origin: Origin) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = position;
    this.origin = origin;
    const fields = position - this.#i32(position);
    this.#fields = fields + 4;
    this.#nFields = (this.#u16(fields) - 4) / 2;
  }

  /** The table that the bytes are about. */
  static root(bytes: Uint8Array, origin: Origin): FlatTable {
    if (bytes.length < 8) throw damaged(origin, "the metadata end too early");
    const at = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
    return new FlatTable(bytes, at, origin);
  }

  damaged(problem: string): Error {
    return damaged(this.origin, `the metadata cannot be read: ${problem}`);
  }

  #check(at: number, length: number): number {
    if (!(at >= 0 && at + length <= this.#bytes.length)) {
      throw this.damaged(`${length} bytes at ${at} of ${this.#bytes.length}`);
    }
    return at;
  }

  #u16(at: number): number {
    return this.#view.getUint16(this.#check(at, 2), true);
  }

  #i32(at: number): number {
    return this.#view.getInt32(this.#check(at, 4), true);
  }

  #i64(at: number): number {
    const value = Number(this.#view.getBigInt64(this.#check(at, 8), true));
    if (!Number.isSafeInteger(value)) throw this.damaged(`a number (${value}) is too large`);
    return value;
  }

  /** Where a field is; null where it has its default. */
  #at(field: number): number | null {
    if (field >= this.#nFields) return null;
    const offset = this.#u16(this.#fields + 2 * field);
    return offset === 0 ? null : this.#position + offset;
  }

  /** Where what a field refers to is. */
  #referred(field: number): number | null {
    const at = this.#at(field);
    return at === null ? null : at + this.#i32(at);
  }

  byte(field: number, fallback: number): number {
    const at = this.#at(field);
    return at === null ? fallback : this.#view.getInt8(this.#check(at, 1));
  }

  short(field: number, fallback: number): number {
    const at = this.#at(field);
    return at === null ? fallback : this.#view.getInt16(this.#check(at, 2), true);
  }

  int(field: number, fallback: number): number {
    const at = this.#at(field);
    return at === null ? fallback : this.#i32(at);
  }

  /** 64 bits as a number: sizes, positions and counts, which must not be negative. */
  count(field: number): number {
    const at = this.#at(field);
    const value = at === null ? 0 : this.#i64(at);
    if (value < 0) throw this.damaged(`a count is ${value}`);
    return value;
  }

  text(field: number): string {
    const at = this.#referred(field);
    if (at === null) return "";
    const length = this.#i32(at);
    if (length < 0) throw this.damaged(`a text of ${length} bytes`);
    this.#check(at + 4, length);
    return decodeText(this.#bytes.subarray(at + 4, at + 4 + length));
  }

  table(field: number): FlatTable | null {
    const at = this.#referred(field);
    return at === null ? null : new FlatTable(this.#bytes, at, this.origin);
  }

  /** A vector of items of `size` bytes each: where the items are. */
  #items(field: number, size: number): number[] {
    const at = this.#referred(field);
    if (at === null) return [];
    const count = this.#i32(at);
    if (count < 0 || count * size > this.#bytes.length) {
      throw this.damaged(`a list of ${count} items`);
    }
    this.#check(at + 4, count * size);
    return Array.from({ length: count }, (_, i) => at + 4 + i * size);
  }

  tables(field: number): FlatTable[] {
    return this.#items(field, 4).map(
      (at) => new FlatTable(this.#bytes, at + this.#i32(at), this.origin),
    );
  }

  /** A vector of structs: of each the 64-bit numbers at some bytes of it, none of them negative. */
  structs(field: number, size: number, places: readonly number[]): number[][] {
    return this.#items(field, size).map((at) =>
      places.map((place) => {
        const value = this.#i64(at + place);
        if (value < 0) throw this.damaged(`a size or position is ${value}`);
        return value;
      }),
    );
  }

  /** A vector of blocks, as a footer has them: position, size of the metadata, size of the body. */
  blocks(field: number): { offset: number; metadata: number; body: number }[] {
    return this.#items(field, 24).map((at) => {
      const block = {
        offset: this.#i64(at),
        metadata: this.#i32(at + 8),
        body: this.#i64(at + 16),
      };
      if (block.offset < 0 || block.metadata < 0 || block.body < 0) {
        throw this.damaged("a size or position is negative");
      }
      return block;
    });
  }
}
