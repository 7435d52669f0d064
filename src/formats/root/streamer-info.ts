/**
 * Descriptions of classes, which a ROOT file carries with it: for each class and version the list of its members in the
 * order they are written. They are themselves written objects (TList of TStreamerInfo), read here by hand.
 *
 * Reference: ROOT's io/doc/TFile/streamerinfo.md; the numbers of types are those of TVirtualStreamerInfo::EReadWrite.
 *
 * @module
 */

import { ByteReader } from "./byte-reader.ts";
import { CLASS_LIST, CLASS_LIST_HEADER } from "./class-list-bytes.ts";
import { ObjectMap, readEnvelope, readTObject } from "./envelope.ts";

/** One member of a class, or one of its bases. */
export interface ClassElement {
  readonly name: string;
  readonly title: string;
  /** EReadWrite, see `objects.ts`. */
  readonly type: number;
  /** Of a fixed array: number of elements, all dimensions together. */
  readonly length: number;
  readonly typeName: string;
  /** Of a base: its version. */
  readonly baseVersion?: number;
  /** Of a pointer to an array: the member with its length. */
  readonly countName?: string;
}

/** One version of a class. */
export interface ClassInfo {
  readonly name: string;
  readonly version: number;
  readonly checksum: number;
  readonly elements: readonly ClassElement[];
}

/** Every version of every class, by name. */
export type ClassInfos = ReadonlyMap<string, readonly ClassInfo[]>;

/** One version of a class. */
export function findClass(infos: ClassInfos, name: string, version: number): ClassInfo | undefined {
  return infos.get(name)?.find((info) => info.version === version);
}

/** The version of a class that has this checksum: of classes without version numbers. */
export function findByChecksum(
  infos: ClassInfos,
  name: string,
  checksum: number,
): ClassInfo | undefined {
  return infos.get(name)?.find((info) => info.checksum === checksum);
}

let usual: ClassInfos | undefined;

/** The classes of histograms, for files that describe none. */
export function usualClasses(): ClassInfos {
  if (usual === undefined) {
    const bytes = Uint8Array.from(atob(CLASS_LIST), (c) => c.charCodeAt(0));
    const reader = new ByteReader(bytes, { file: "ROOT's classes", offset: 0 });
    usual = readClassInfos(reader, CLASS_LIST_HEADER);
  }
  return usual;
}

/** A base, not a member. */
export function isBase(element: ClassElement): boolean {
  return element.typeName === "BASE";
}

/** Reads the list of descriptions of a file. */
export function readClassInfos(reader: ByteReader, headerBytes: number): ClassInfos {
  const objects = new ObjectMap(headerBytes);
  const infos = new Map<string, ClassInfo[]>();
  readEnvelope(reader);
  readTObject(reader);
  reader.string(); // name
  const count = reader.count(1, "descriptions of classes");
  for (let i = 0; i < count; i++) {
    const { className, end } = objects.readTag(reader);
    // Schema evolution rules come along in a TList.
    if (className === "TStreamerInfo") {
      const info = readInfo(reader, objects);
      const versions = infos.get(info.name);
      if (versions === undefined) infos.set(info.name, [info]);
      else versions.push(info);
    }
    reader.finish(end);
    reader.skip(reader.u8()); // the option of the entry of the list
  }
  return infos;
}

function readInfo(reader: ByteReader, objects: ObjectMap): ClassInfo {
  readEnvelope(reader);
  const { name } = readTNamed(reader);
  const checksum = reader.u32();
  const version = reader.i32();
  const { className, end } = objects.readTag(reader);
  if (className !== "TObjArray") throw reader.damaged("a class has no list of members");
  readEnvelope(reader);
  readTObject(reader);
  reader.string(); // name
  const count = reader.count(1, "members");
  reader.skip(4); // lower bound
  const elements: ClassElement[] = [];
  for (let i = 0; i < count; i++) {
    const tag = objects.readTag(reader);
    if (tag.end === undefined) throw reader.damaged(`a member of ${name} is missing`);
    elements.push(readElement(reader, tag.className ?? ""));
    reader.finish(tag.end);
  }
  reader.finish(end);
  return { name, version, checksum, elements };
}

function readElement(reader: ByteReader, kind: string): ClassElement {
  readEnvelope(reader);
  const { version, end } = readEnvelope(reader);
  const { name, title } = readTNamed(reader);
  const type = reader.i32();
  reader.skip(4); // size
  const length = reader.i32();
  reader.skip(4); // dimensions
  reader.skip(4 * (version === 1 ? reader.i32() : 5)); // their lengths
  const typeName = reader.string();
  reader.finish(end);
  // Files of before ROOT 4 write bool as unsigned char.
  const isBool = type === 11 && (typeName === "Bool_t" || typeName === "bool");
  const element = { name, title, type: isBool ? 18 : type, length, typeName };
  if (kind === "TStreamerBase") return { ...element, baseVersion: reader.i32() };
  if (kind === "TStreamerBasicPointer" || kind === "TStreamerLoop") {
    reader.skip(4); // version of the class that has the count
    return { ...element, countName: reader.string() };
  }
  return element;
}

/** A TNamed with its envelope. */
export function readTNamed(reader: ByteReader): { readonly name: string; readonly title: string } {
  const { end } = readEnvelope(reader);
  readTObject(reader);
  const name = reader.string();
  const title = reader.string();
  reader.finish(end);
  return { name, title };
}
