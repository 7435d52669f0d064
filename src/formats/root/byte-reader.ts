/**
 * Reads ROOT's big-endian numbers and strings one after the other, and never past the end.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";

/** Where bytes came from, for messages. */
export interface Origin {
  /** File name as the user gave it. */
  readonly file: string;
  /** Object, as `folder/name;cycle`. */
  readonly object?: string;
  /** Of the first byte in the file, or of the record that the bytes were unpacked from. */
  readonly offset: number;
  /** The bytes were unpacked: positions in them are not positions in the file. */
  readonly unpacked?: boolean;
}

/** An error about a damaged file, at a byte of it. */
export function damaged(origin: Origin, problem: string, hint: string = DAMAGED): NextstatError {
  return unreadable(origin, problem, hint);
}

/** An error about what is fine in ROOT but cannot be read here. */
export function unreadable(origin: Origin, problem: string, hint: string): NextstatError {
  const { file, object, offset } = origin;
  return new NextstatError("input", oneLine(problem), {
    location: { file, ...(object === undefined ? {} : { object }), offset },
    hint,
  });
}

const DAMAGED = "the file is damaged: copy or write it again";

const TEXT = new TextDecoder();

/** Text from UTF-8 bytes. Bytes that are not UTF-8 become U+FFFD: titles written on old machines are Latin-1 at times. */
export function decodeText(bytes: Uint8Array): string {
  // Short ASCII is what names are, and the decoder costs more than they do.
  if (bytes.length < 24) {
    let text = "";
    for (const byte of bytes) {
      if (byte >= 0x80) return TEXT.decode(bytes);
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return TEXT.decode(bytes);
}

/** What does not belong into a line of text. */
const CONTROL = /[\p{Cc}\u2028\u2029\ufffd]/gu;

/** A message with names from a file as one line of text. */
export function oneLine(message: string): string {
  return message.replace(CONTROL, "?");
}

/** A name from a file as part of one line of a message: names may hold anything. */
export function printable(name: string): string {
  const text = name.length > 120 ? `${name.slice(0, 120)}...` : name;
  return oneLine(text);
}

/** A position in some bytes. A class because it is all state, and made for every object. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly origin: Origin;
  readonly #view: DataView;
  /** Of the next byte to read. */
  position: number;

  constructor(bytes: Uint8Array, origin: Origin, position = 0) {
    this.bytes = bytes;
    this.origin = origin;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** An error here. */
  damaged(problem: string, position: number = this.position): NextstatError {
    const { origin } = this;
    if (origin.unpacked) {
      return damaged(origin, `${problem} (at byte ${position} of the unpacked object)`);
    }
    return damaged({ ...origin, offset: origin.offset + position }, problem);
  }

  /** Moves on by `length` bytes, all of which must be there. */
  #take(length: number): number {
    const at = this.position;
    if (length > this.bytes.length - at) {
      throw this.damaged(`${length} more bytes were expected, but ${this.remaining} are left`);
    }
    this.position = at + length;
    return at;
  }

  u8(): number {
    return this.bytes[this.#take(1)] as number;
  }
  i8(): number {
    return this.#view.getInt8(this.#take(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }
  i16(): number {
    return this.#view.getInt16(this.#take(2));
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }
  i32(): number {
    return this.#view.getInt32(this.#take(4));
  }
  f32(): number {
    return this.#view.getFloat32(this.#take(4));
  }
  f64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** 64 bits as a number: the sizes, positions and counts of files, which stay far below 2^53. */
  i64(): number {
    return Number(this.#view.getBigInt64(this.#take(8)));
  }
  u64(): number {
    return Number(this.#view.getBigUint64(this.#take(8)));
  }

  /** A view, not a copy. */
  take(length: number): Uint8Array {
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }
  skip(length: number): void {
    this.#take(length);
  }

  /** A position computed from what the file says. */
  moveTo(position: number): void {
    if (!(position >= 0 && position <= this.bytes.length)) {
      throw this.damaged(`a record claims to end at byte ${position} of ${this.bytes.length}`);
    }
    this.position = position;
  }

  /**
   * Moves on to the end of an object, where its byte count says where that is. Never back: objects in objects that each
   * read the same bytes again would take for ever.
   */
  finish(end: number | undefined): void {
    if (end === undefined) return;
    if (this.position > end) {
      throw this.damaged(`an object has ${this.position - end} bytes more than it claims`);
    }
    this.moveTo(end);
  }

  /** TString and std::string: a length of one byte, or 255 and a length of four. */
  string(): string {
    let length = this.u8();
    if (length === 255) length = this.u32();
    return decodeText(this.take(length));
  }

  /** Text up to a zero byte. */
  zeroTerminated(): string {
    const end = this.bytes.indexOf(0, this.position);
    if (end < 0) throw this.damaged("a text has no end");
    const text = decodeText(this.take(end - this.position));
    this.position = end + 1;
    return text;
  }

  /**
   * A count of things that take at least `itemBytes` each, so that a wrong count is found before memory is asked for.
   */
  count(itemBytes: number, what: string): number {
    const count = this.i32();
    if (count < 0 || count * itemBytes > this.remaining) {
      throw this.damaged(`${count} ${what} do not fit`, this.position - 4);
    }
    return count;
  }
}
