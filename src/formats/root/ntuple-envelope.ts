/**
 * The metadata of an RNTuple: little-endian, in envelopes with a checksum, made of frames that know their size, so that
 * what later versions append is passed over.
 *
 * Reference: ROOT's tree/ntuple/doc/BinaryFormatSpecification.md, version 1.0.
 *
 * @module
 */

import type { NextstatError } from "../../errors.ts";
import type { Part } from "../tables/table.ts";
import { damaged, decodeText, type Origin } from "./byte-reader.ts";
import { unpack } from "./codecs.ts";
import { xxh3 } from "./kernel-functions.ts";
import { type OpenFile, readBytes } from "./keys.ts";

/** What an envelope is for. */
export const ENVELOPES = { header: 1, footer: 2, pageList: 3 } as const;

/** Type and length before the content, checksum after it, in bytes. */
const ENVELOPE_HEADER = 8;
const CHECKSUM = 8;

/** Reads, unpacks and checks an envelope. */
export async function readEnvelopeAt(
  file: OpenFile,
  part: Part,
  size: number,
  kind: keyof typeof ENVELOPES,
  object: string,
): Promise<FrameReader> {
  const { bytes, origin } = await readBytes(file, part.offset, part.length, { object });
  const content = part.length === size ? bytes : await unpack(bytes, size, origin, file.codecs);
  const fail = (problem: string): NextstatError => damaged(origin, `${problem} of the ${kind}`);
  if (content.length < ENVELOPE_HEADER + CHECKSUM) throw fail("no room for the envelope");
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const end = content.length - CHECKSUM;
  if (xxh3(content.subarray(0, end)) !== view.getBigUint64(end, true)) throw fail("wrong checksum");
  const word = view.getBigUint64(0, true);
  if (Number(word & 0xffffn) !== ENVELOPES[kind] || Number(word >> 16n) !== content.length) {
    throw fail("wrong type or length");
  }
  const reader = new FrameReader(content.subarray(0, end), { ...origin, unpacked: true });
  reader.skip(ENVELOPE_HEADER);
  return reader;
}

/** A position in an envelope. */
export class FrameReader {
  readonly origin: Origin;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array, origin: Origin) {
    this.origin = origin;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  damaged(problem: string): NextstatError {
    return damaged(this.origin, `${problem} (at byte ${this.#position} of the metadata)`);
  }

  #take(length: number): number {
    const at = this.#position;
    if (!(length >= 0 && length <= this.#bytes.length - at)) {
      throw this.damaged(`${length} more bytes were expected`);
    }
    this.#position = at + length;
    return at;
  }

  skip(length: number): void {
    this.#take(length);
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }
  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }
  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }
  /** As a number: positions and counts stay far below 2^53; what does not is found where it is used. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }
  i64(): number {
    return Number(this.#view.getBigInt64(this.#take(8), true));
  }
  string(): string {
    const length = this.u32();
    const at = this.#take(length);
    return decodeText(this.#bytes.subarray(at, at + length));
  }

  /** A frame with one thing in it. What `read` leaves is passed over. */
  record<T>(read: () => T): T {
    const start = this.#position;
    const size = this.i64();
    if (size < 8) throw this.damaged("a list is where a record should be");
    const result = read();
    this.#finish(start, size);
    return result;
  }

  /** A frame with a number of things in it. */
  list<T>(read: () => T): T[] {
    return this.listAndRest(read, () => undefined)[0];
  }

  /** A list with something after its items. */
  listAndRest<T, R>(read: () => T, readRest: () => R): [T[], R] {
    const start = this.#position;
    const size = -this.i64();
    if (size < 12) throw this.damaged("a record is where a list should be");
    const count = this.u32();
    // Nothing listed takes less than four bytes.
    if (count * 4 > size) throw this.damaged(`a list of ${size} bytes claims ${count} items`);
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read());
    const rest = readRest();
    this.#finish(start, size);
    return [items, rest];
  }

  #finish(start: number, size: number): void {
    const end = start + size;
    if (this.#position > end) throw this.damaged(`a frame of ${size} bytes holds more`);
    this.skip(end - this.#position);
  }

  /** Feature flags: as many words as have the highest bit set, and one. */
  features(): void {
    let last = false;
    while (!last) {
      const flags = this.#view.getBigInt64(this.#take(8), true);
      last = flags >= 0n;
      if (BigInt.asUintN(63, flags) !== 0n) {
        throw damaged(
          this.origin,
          "the ntuple uses a feature of a later version of the format",
          "write it with an earlier version of ROOT",
        );
      }
    }
  }

  /** Where some bytes are. */
  locator(): Part {
    const word = this.i32();
    if (word >= 0) return { length: word, offset: this.u64() };
    const size = -word & 0xffff;
    const kind = -word >>> 24;
    if (kind !== 1 || size !== 20) {
      throw damaged(
        this.origin,
        "the data of the ntuple are in another storage than the file",
        "copy it into a ROOT file",
      );
    }
    return { length: this.u64(), offset: this.u64() };
  }
}
