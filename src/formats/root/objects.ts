/**
 * Objects from their written form, with the help of the descriptions of their classes: members by name, those of bases
 * among them.
 *
 * Objects behind pointers are decoded where histograms and trees need them and skipped otherwise (functions attached to a
 * histogram, user information of a tree). A member of a type that is not known here ends the decoding of its class: what
 * comes after it is missing, and who needs it says so.
 *
 * Reference: TStreamerInfo::ReadBuffer.
 *
 * @module
 */

import { bytesOf, type NumericArray, type NumericType } from "../../columns/numbers.ts";
import { type EmbeddedBasket, readEmbeddedBasket } from "./basket.ts";
import { fromBigEndian } from "./byte-order.ts";
import type { ByteReader } from "./byte-reader.ts";
import { ObjectMap, readEnvelope, readTObject, type Tag } from "./envelope.ts";
import {
  type ClassElement,
  type ClassInfo,
  type ClassInfos,
  findByChecksum,
  findClass,
  isBase,
  readTNamed,
} from "./streamer-info.ts";

/** A decoded object. */
export interface RootObject {
  readonly className: string;
  readonly members: Readonly<Record<string, unknown>>;
}

type Members = Record<string, unknown>;

/** Classes behind pointers that are decoded. */
const WANTED = /^(TBranch\w*|TLeaf\w*|TObjArray|TList|THashList|TObjString|TBasket|TAxis)$/;

/** Nothing we read is nested deeper; a damaged file may be, in a circle. */
const MAX_DEPTH = 48;

/** EReadWrite of single numbers. Double32_t and Float16_t here are those without a range in their title. */
const NUMBERS: Readonly<Record<number, NumericType>> = {
  1: "int8",
  2: "int16",
  3: "int32",
  4: "int64",
  5: "float32",
  6: "int32",
  8: "float64",
  9: "float32",
  11: "uint8",
  12: "uint16",
  13: "uint32",
  14: "uint64",
  15: "uint32",
  16: "int64",
  17: "uint64",
  18: "bool",
};
/** Added for a fixed array, and for a pointer to an array whose length is another member. */
const ARRAY = 20;
const POINTER = 40;
const OBJECT_TYPES: ReadonlySet<number> = new Set([61, 62, 63, 66, 67, 68]);
const POINTER_TYPES: ReadonlySet<number> = new Set([64, 69]);
const CHAR_STAR = 7;
const T_STRING = 65;
/** Collections of the standard library and whatever streams itself have a byte count, so they can be passed over. */
const FIRST_COLLECTION = 300;
const FIRST_CUSTOM = 500;

/** A Map: names of classes come from the file, and may be those of members that every object has. */
const T_ARRAYS: ReadonlyMap<string, NumericType> = new Map([
  ["TArrayC", "int8"],
  ["TArrayS", "int16"],
  ["TArrayI", "int32"],
  ["TArrayL", "int64"],
  ["TArrayL64", "int64"],
  ["TArrayF", "float32"],
  ["TArrayD", "float64"],
]);

/** A decoder for the objects of one record. */
export class ObjectDecoder {
  readonly #infos: ClassInfos;
  readonly #reader: ByteReader;
  readonly #objects: ObjectMap;

  /** @param headerBytes of the record that holds the object */
  constructor(infos: ClassInfos, reader: ByteReader, headerBytes: number) {
    this.#infos = infos;
    this.#reader = reader;
    this.#objects = new ObjectMap(headerBytes);
  }

  /** The object that the record holds. */
  read(className: string): RootObject {
    const members = newMembers();
    this.#readClass(className, members, 0);
    return { className, members };
  }

  #readClass(className: string, into: Members, depth: number): void {
    const reader = this.#reader;
    if (depth > MAX_DEPTH) throw reader.damaged("objects are nested too deeply");
    switch (className) {
      case "TObject":
        into.fUniqueID = readTObject(reader);
        return;
      case "TNamed": {
        const { name, title } = readTNamed(reader);
        into.fName = name;
        into.fTitle = title;
        return;
      }
      case "TObjString": {
        const { end } = readEnvelope(reader);
        into.fUniqueID = readTObject(reader);
        into.fString = reader.string();
        reader.finish(end);
        return;
      }
      case "TList":
      case "THashList":
      case "TObjArray":
        this.#readCollection(className, into, depth);
        return;
    }
    const array = T_ARRAYS.get(className);
    if (array !== undefined) {
      into.fArray = this.#readNumbers(array, reader.count(bytesOf(array), "numbers"));
      return;
    }
    const start = reader.position;
    const { version, memberWise, end } = readEnvelope(reader);
    const info = this.#findClass(className, version);
    if (info === undefined || memberWise) {
      if (end === undefined) {
        throw reader.damaged(`version ${version} of ${className} is not described`, start);
      }
      reader.moveTo(end);
      return;
    }
    for (const element of info.elements) {
      if (!this.#readElement(element, into, depth)) break;
    }
    reader.finish(end);
  }

  #findClass(className: string, version: number): ClassInfo | undefined {
    const reader = this.#reader;
    if (version === 0 && reader.remaining >= 4) {
      // Classes without a version number have a checksum here; those that have the number 0 do not.
      const info = findByChecksum(this.#infos, className, reader.u32());
      if (info !== undefined) return info;
      reader.moveTo(reader.position - 4);
    }
    return findClass(this.#infos, className, version);
  }

  /** False where the element is of a type that cannot be read. */
  #readElement(element: ClassElement, into: Members, depth: number): boolean {
    const reader = this.#reader;
    const { type, name } = element;
    if (isBase(element)) {
      this.#readClass(name, into, depth + 1);
      return true;
    }
    // Double32_t and Float16_t with a range and a number of bits.
    if (/^(Double32_t|Float16_t)/.test(element.typeName) && element.title.includes("["))
      return false;
    const number = NUMBERS[type];
    if (number !== undefined) {
      into[name] = Number(this.#readNumbers(number, 1)[0]);
      return true;
    }
    const inArray = NUMBERS[type - ARRAY];
    if (inArray !== undefined) {
      into[name] = this.#readNumbers(inArray, element.length);
      return true;
    }
    const behindPointer = NUMBERS[type - POINTER];
    if (behindPointer !== undefined) {
      const isThere = reader.u8() !== 0;
      const length = isThere ? into[element.countName ?? ""] : 0;
      if (typeof length !== "number" || !(length >= 0)) {
        throw reader.damaged(`the length of ${name} is missing`);
      }
      into[name] = this.#readNumbers(behindPointer, length);
      return true;
    }
    if (type === T_STRING) {
      into[name] = reader.string();
      return true;
    }
    if (type === CHAR_STAR) {
      reader.skip(reader.u32());
      return true;
    }
    if (OBJECT_TYPES.has(type)) {
      into[name] = this.#readMember(element.typeName.replace(/\*+$/, ""), depth);
      return true;
    }
    if (POINTER_TYPES.has(type)) {
      into[name] = this.#readPointer(depth);
      return true;
    }
    if (type >= FIRST_COLLECTION && type <= FIRST_CUSTOM) {
      const { end } = readEnvelope(reader);
      if (end === undefined) return false;
      reader.moveTo(end);
      return true;
    }
    return false;
  }

  #readNumbers(type: NumericType, length: number): NumericArray {
    return fromBigEndian(type, this.#reader.take(length * bytesOf(type)));
  }

  /** An object as a member, not behind a pointer. */
  #readMember(className: string, depth: number): unknown {
    const members = newMembers();
    this.#readClass(className, members, depth + 1);
    return T_ARRAYS.has(className) ? members.fArray : { className, members };
  }

  #readCollection(className: string, into: Members, depth: number): void {
    const reader = this.#reader;
    const { version, end } = readEnvelope(reader);
    const isArray = className === "TObjArray";
    // The first versions have no TObject or name.
    if (version > (isArray ? 2 : 3)) readTObject(reader);
    if (version > (isArray ? 1 : 4) || version === 4) into.fName = reader.string();
    const count = reader.count(4, "objects of a list");
    if (isArray) reader.skip(4); // lower bound
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) {
      items.push(this.#readPointer(depth));
      if (!isArray) reader.skip(reader.u8()); // the option of the entry
    }
    into.items = items;
    reader.finish(end);
  }

  /** The object behind a pointer; undefined behind a null pointer. */
  #readPointer(depth: number): unknown {
    const reader = this.#reader;
    const tag = this.#objects.readTag(reader);
    if (tag.className === undefined) {
      reader.finish(tag.end);
      return tag.object;
    }
    const object = this.#readTagged(tag, tag.className, depth);
    reader.finish(tag.end);
    return object;
  }

  #readTagged(tag: Tag, className: string, depth: number): RootObject | EmbeddedBasket {
    if (className === "TBasket") {
      const basket = readEmbeddedBasket(this.#reader);
      this.#objects.remember(tag, basket);
      return basket;
    }
    const members = newMembers();
    const object = { className, members };
    this.#objects.remember(tag, object);
    if (WANTED.test(className)) this.#readClass(className, members, depth + 1);
    return object;
  }
}

/** Without a prototype: names of members come from the file. */
function newMembers(): Members {
  return Object.create(null) as Members;
}

/** Decoded objects, for typed access to their members. */
export function isObject(value: unknown): value is RootObject {
  return typeof value === "object" && value !== null && "members" in value;
}

/** A number, or undefined. */
export function numberMember(object: RootObject, name: string): number | undefined {
  const value = object.members[name];
  return typeof value === "number" ? value : undefined;
}

/** A text, or undefined. */
export function textMember(object: RootObject, name: string): string | undefined {
  const value = object.members[name];
  return typeof value === "string" ? value : undefined;
}

/** An array of numbers, or undefined. */
export function arrayMember(object: RootObject, name: string): NumericArray | undefined {
  const value = object.members[name];
  return ArrayBuffer.isView(value) ? (value as NumericArray) : undefined;
}

/** What is in a list behind, or in, a member; nothing where there is none. */
export function itemsMember(object: RootObject, name: string): readonly unknown[] {
  const list = object.members[name];
  const items = isObject(list) ? list.members.items : undefined;
  return Array.isArray(items) ? items : [];
}
