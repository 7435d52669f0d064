/**
 * The skeleton of a ROOT file: its header, keys (records that name an object and say where it is) and directories.
 *
 * Reference: ROOT's io/doc/TFile/{header,datarecord,tdirectory,keyslist}.md.
 *
 * @module
 */

import type { ByteSource } from "../tables/byte-source.ts";
import { ByteReader, damaged, type Origin, unreadable } from "./byte-reader.ts";
import { type Codecs, unpack } from "./codecs.ts";

/** The open file, as the readers of objects see it. */
export interface OpenFile {
  readonly source: ByteSource;
  readonly codecs: Codecs;
}

/** One record: where an object is, and what it is. */
export interface Key {
  /** Of the record, header included, in bytes. */
  readonly nBytes: number;
  /** Of its header. */
  readonly headerBytes: number;
  /** Of the object, unpacked. */
  readonly objectBytes: number;
  readonly cycle: number;
  /** Of the record in the file. */
  readonly seek: number;
  readonly className: string;
  readonly name: string;
  readonly title: string;
}

/** What the first bytes of a file say. */
export interface Header {
  /** Where the first record is. */
  readonly begin: number;
  /** From there to the record of the top directory. */
  readonly nameBytes: number;
  /** The descriptions of classes; 0 where there are none. */
  readonly seekInfo: number;
  readonly infoBytes: number;
}

/** Versions from here on have 8-byte positions. */
const LARGE_FILE = 1_000_000;
const LARGE_RECORD = 1000;

/** Bytes of the file, after checking that they are there. */
export async function readBytes(
  file: Pick<OpenFile, "source">,
  offset: number,
  length: number,
  origin: Omit<Origin, "file" | "offset"> = {},
): Promise<ByteReader> {
  const here: Origin = { ...origin, file: file.source.name, offset };
  if (!(offset >= 0 && length >= 0 && offset + length <= file.source.size)) {
    throw damaged(
      { ...here, offset: Math.max(0, offset) },
      `${length} bytes from byte ${offset} are not in the file of ${file.source.size} bytes`,
      "the file is damaged or cut off: copy it again",
    );
  }
  return new ByteReader(await file.source.read(offset, length), here);
}

/** @throws NextstatError `input` when this is no ROOT file */
export async function readHeader(file: OpenFile): Promise<Header> {
  const { name, size } = file.source;
  const origin: Origin = { file: name, offset: 0 };
  const start = await readBytes(file, 0, Math.min(size, 64));
  if (start.remaining < 4 || start.u32() !== 0x726f6f74) {
    throw unreadable(origin, "this is not a ROOT file", "a ROOT file begins with the word root");
  }
  // Signed, as in ROOT: files exist whose version is garbage with the highest bit set, and they have 4-byte positions.
  const large = start.i32() >= LARGE_FILE;
  const seek = (): number => (large ? start.i64() : start.i32());
  const begin = start.i32();
  const end = seek();
  seek(); // of the free segments
  start.skip(8); // their size and number
  const nameBytes = start.i32();
  start.skip(5); // bytes of a position, compression of new objects
  const seekInfo = seek();
  const infoBytes = start.i32();
  if (end > size) {
    throw damaged(
      origin,
      `the file should have ${end} bytes, and has ${size}`,
      "it is cut off: copy it again",
    );
  }
  return { begin, nameBytes, seekInfo, infoBytes };
}

/** The header of a record. */
export function readKey(reader: ByteReader): Key {
  const nBytes = reader.i32();
  const version = reader.u16();
  const objectBytes = reader.i32();
  reader.skip(4); // date
  const headerBytes = reader.u16();
  const cycle = reader.u16();
  const large = version > LARGE_RECORD;
  const seek = large ? reader.i64() : reader.i32();
  reader.skip(large ? 8 : 4); // of its directory
  const className = reader.string();
  const name = reader.string();
  const title = reader.string();
  return { nBytes, headerBytes, objectBytes, cycle, seek, className, name, title };
}

/** The unpacked object of a record, and the record's own header. */
export interface Payload {
  readonly key: Key;
  readonly data: ByteReader;
}

/** Reads and unpacks a record. */
export async function readRecord(
  file: OpenFile,
  seek: number,
  nBytes: number,
  object?: string,
): Promise<Payload> {
  const record = await readBytes(file, seek, nBytes, object === undefined ? {} : { object });
  return unpackRecord(file, record);
}

/** Unpacks a record of which all bytes were read. */
export async function unpackRecord(file: OpenFile, record: ByteReader): Promise<Payload> {
  const key = readKey(record);
  const { nBytes, headerBytes, objectBytes } = key;
  if (nBytes !== record.bytes.length || headerBytes > nBytes || objectBytes < 0) {
    throw record.damaged(
      `a record claims ${nBytes} bytes instead of ${record.bytes.length}, ${headerBytes} of them header, for ${objectBytes} of data`,
      0,
    );
  }
  const body = record.bytes.subarray(key.headerBytes);
  const { origin } = record;
  if (body.length === key.objectBytes) {
    const offset = origin.offset + key.headerBytes;
    return { key, data: new ByteReader(body, { ...origin, offset }) };
  }
  const packed = { ...origin, offset: origin.offset + key.headerBytes };
  const data = await unpack(body, key.objectBytes, packed, file.codecs);
  return { key, data: new ByteReader(data, { ...packed, unpacked: true }) };
}

/** A directory, by the position of its list of keys. */
export interface Directory {
  /** `""` for the top. */
  readonly path: string;
  readonly seekKeys: number;
  readonly keysBytes: number;
}

/** The top directory. */
export async function readTopDirectory(file: OpenFile, header: Header): Promise<Directory> {
  const at = header.begin + header.nameBytes;
  const { size } = file.source;
  // A small file may end soon after the record, which has 30 to 60 bytes.
  const length = at < size ? Math.min(64, size - at) : 64;
  return readDirectory(await readBytes(file, at, length), "");
}

/** The record of a directory. */
export function readDirectory(reader: ByteReader, path: string): Directory {
  const version = reader.u16();
  reader.skip(8); // dates
  const keysBytes = reader.i32();
  reader.skip(4); // of the name
  const large = version > LARGE_RECORD;
  reader.skip(large ? 16 : 8); // of itself and its parent
  const seekKeys = large ? reader.i64() : reader.i32();
  return { path, seekKeys, keysBytes };
}

/** The keys of a directory, in the order of the file. */
export async function readKeys(file: OpenFile, directory: Directory): Promise<Key[]> {
  const { path, seekKeys, keysBytes } = directory;
  // A directory that was closed before anything was written to it.
  if (seekKeys === 0 && keysBytes === 0) return [];
  const object = path === "" ? {} : { object: path };
  const reader = await readBytes(file, seekKeys, keysBytes, object);
  readKey(reader);
  // The shortest key has 26 bytes and three empty strings.
  const count = reader.count(29, "keys");
  return Array.from({ length: count }, () => readKey(reader));
}

/** A record that holds a directory. */
export function isDirectory(key: Key): boolean {
  return key.className === "TDirectory" || key.className === "TDirectoryFile";
}
