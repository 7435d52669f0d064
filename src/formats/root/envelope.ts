/**
 * What stands around a written object: byte count and version of its class, the tag with the name of its class, references
 * to objects written before.
 *
 * Reference: ROOT's io/doc/TFile/dobject.md; TBufferFile::ReadVersion and ReadObjectAny.
 *
 * @module
 */

import type { ByteReader } from "./byte-reader.ts";

const BYTE_COUNT = 0x40000000;
const NEW_CLASS = 0xffffffff;
const CLASS_TAG = 0x80000000;
/** The keys of references: positions, shifted so that none is 0 or 1. */
const SHIFT = 2;
const IS_REFERENCED = 1 << 4;
/** The version says that the members of a collection are written one member after the other. */
const MEMBER_WISE = 1 << 14;

/** Byte count and version before the members of a class. */
export interface Envelope {
  readonly version: number;
  readonly memberWise: boolean;
  /** Position after the last member; undefined where it is not written. */
  readonly end: number | undefined;
}

export function readEnvelope(reader: ByteReader): Envelope {
  const start = reader.position;
  const word = reader.u32();
  if ((word & BYTE_COUNT) === 0) {
    reader.moveTo(start);
    return { version: reader.i16(), memberWise: false, end: undefined };
  }
  const end = reader.position + (word & ~BYTE_COUNT);
  if (end > reader.bytes.length || end < reader.position + 2) {
    throw reader.damaged(`an object claims ${word & ~BYTE_COUNT} bytes`, start);
  }
  const raw = reader.u16();
  const memberWise = (raw & MEMBER_WISE) !== 0;
  return { version: raw & ~MEMBER_WISE, memberWise, end };
}

/**
 * TObject: version, identifier, bits, and an index more where something refers to it.
 *
 * @returns the identifier
 */
export function readTObject(reader: ByteReader): number {
  // A version with this bit is the first half of a byte count, and the version follows.
  if ((reader.u16() & MEMBER_WISE) !== 0) reader.skip(4);
  const identifier = reader.u32();
  if ((reader.u32() & IS_REFERENCED) !== 0) reader.skip(2);
  return identifier;
}

/** What stands before an object behind a pointer. */
export interface Tag {
  /** Undefined for a null pointer and for a reference. */
  readonly className?: string;
  /** The object that was written before, if any. */
  readonly object?: unknown;
  /** Under which later references know it. */
  readonly id: number;
  /** Position after the object. */
  readonly end: number | undefined;
}

/** The classes and objects of one buffer, which later ones refer to by position. */
export class ObjectMap {
  readonly #classes = new Map<number, string>();
  readonly #objects = new Map<number, unknown>();
  /** References count from the header of the record, which stands before the unpacked object. */
  readonly #displacement: number;

  constructor(headerBytes: number) {
    this.#displacement = headerBytes;
  }

  /** Reads a tag. Where it names a class, the object follows, and should be given to {@link remember} first. */
  readTag(reader: ByteReader): Tag {
    const start = reader.position;
    const id = start + this.#displacement + SHIFT;
    const word = reader.u32();
    if ((word & BYTE_COUNT) === 0 || word === NEW_CLASS) {
      if (word === NEW_CLASS || (word & CLASS_TAG) !== 0) {
        throw reader.damaged("an object has no byte count", start);
      }
      return { object: this.#objects.get(word), id, end: undefined };
    }
    const tagPosition = reader.position;
    const end = tagPosition + (word & ~BYTE_COUNT);
    if (end > reader.bytes.length) {
      throw reader.damaged(`an object claims ${word & ~BYTE_COUNT} bytes`, start);
    }
    const tag = reader.u32();
    if (tag === NEW_CLASS) {
      const className = reader.zeroTerminated();
      this.#classes.set(tagPosition + this.#displacement + SHIFT, className);
      return { className, id, end };
    }
    if ((tag & CLASS_TAG) === 0) return { object: this.#objects.get(tag), id, end };
    const className = this.#classes.get((tag & ~CLASS_TAG) >>> 0);
    if (className === undefined) {
      throw reader.damaged("an object refers to a class that is not there", tagPosition);
    }
    return { className, id, end };
  }

  /** Makes an object known before its members are read, which may refer to it. */
  remember(tag: Tag, object: unknown): void {
    this.#objects.set(tag.id, object);
  }
}
