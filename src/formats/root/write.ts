/**
 * ROOT files with one-dimensional histograms in folders, as ROOT, uproot and others read them. Not compressed. The same
 * histograms give the same bytes: the date is that of the beginning of ROOT's calendar, the identifiers of the file are 0.
 *
 * ```
 * header, 100 bytes
 * record of the top folder: TFile, its name, and where its list of keys is
 * for each folder: its record, what is in it, the list of its keys
 * list of the keys of the top folder
 * descriptions of the classes
 * list of free space: all that is after the end
 * ```
 *
 * Reference: ROOT's io/doc/TFile/{header,tdirectory,keyslist,freesegments}.md.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";
import { ByteWriter, stringBytes } from "./byte-writer.ts";
import { CLASS_LIST } from "./class-list-bytes.ts";
import { type HistogramToWrite, writeHistogram } from "./write-histogram.ts";

/** 1 January 1995, 00:00, packed as in TDatime. */
const DATE = (1 << 22) | (1 << 17);
/** What wrote the file, as a version of ROOT: 6.24/00, which has these versions of the classes. */
const ROOT_VERSION = 62400;
const BEGIN = 100;
/** Positions have four bytes. */
const MAX_BYTES = 2 ** 31 - 1;
const KEY_VERSION = 4;
const FOLDER_VERSION = 5;
/** A key without its texts. */
const KEY_BYTES = 26;
const UUID_BYTES = 18;
/** The size of a key has two bytes. */
const MAX_TEXT = 30_000;

/**
 * The bytes of a ROOT file.
 *
 * @param name the name that the file has for itself; ROOT shows it
 * @throws NextstatError `usage` for a histogram without bins, or lists that do not fit, or two with the same path
 */
export function writeRoot(
  histograms: readonly HistogramToWrite[],
  name: string = "histograms.root",
): Uint8Array {
  const root: Folder = { name, folders: new Map(), histograms: new Map() };
  for (const histogram of histograms) place(root, histogram);
  const out = new ByteWriter();
  out.raw(new Uint8Array(BEGIN));
  const top = writeFolder(out, root, 0);
  const info = Uint8Array.from(atob(CLASS_LIST), (c) => c.charCodeAt(0));
  const classes = writeRecord(out, { ...CLASS_LIST_NAMES, folder: BEGIN }, info);
  const free = writeFreeList(out, name);
  if (out.length > MAX_BYTES) {
    throw new NextstatError("usage", "the file would have more than 2 GiB", {
      hint: "write several files",
    });
  }
  const header = new ByteWriter();
  header.raw(new TextEncoder().encode("root"));
  header.i32(ROOT_VERSION);
  header.i32(BEGIN);
  header.i32(out.length);
  header.i32(free.seek);
  header.i32(free.bytes);
  header.i32(1); // free segments
  header.i32(top.nameBytes);
  header.u8(4); // bytes of a position
  header.i32(0); // not compressed
  header.i32(classes.seek);
  header.i32(classes.bytes);
  header.raw(uuid());
  out.overwrite(0, header.bytes);
  return out.bytes.slice();
}

/** The names that readers expect the list under. */
const CLASS_LIST_NAMES = {
  className: "TList",
  name: "StreamerInfo",
  title: "Doubly linked list",
} as const;

interface Folder {
  readonly name: string;
  readonly folders: Map<string, Folder>;
  readonly histograms: Map<string, HistogramToWrite>;
}

/** Puts a histogram into its folder, after checking it. */
function place(root: Folder, histogram: HistogramToWrite): void {
  const { path, edges, values, variances } = histogram;
  const fail = (problem: string, hint: string): NextstatError =>
    new NextstatError("usage", problem, { location: { object: path }, hint });
  const names = path.split("/");
  const name = names.pop() ?? "";
  if ([...names, name].some((part) => part === "" || /[;\0]/.test(part))) {
    throw fail(`"${path}" is no path`, "give folders and name as in folder/name, without ;");
  }
  if (values.length < 1 || edges.length !== values.length + 1) {
    throw fail(
      `${edges.length} edges do not fit ${values.length} values`,
      "give one edge more than values",
    );
  }
  if (variances !== undefined && variances.length !== values.length) {
    throw fail(
      `${variances.length} variances do not fit ${values.length} values`,
      "give one for each value",
    );
  }
  for (let i = 0; i < values.length; i++) {
    if (!((edges[i] as number) < (edges[i + 1] as number) && Number.isFinite(edges[i + 1]))) {
      throw fail(`the edges of bin ${i + 1} are not ascending`, "sort them");
    }
  }
  if (histogram.className === "TH1F") {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) {
        throw fail(`${value} is too large for a TH1F`, "write a TH1D");
      }
    }
  }
  if (stringBytes(path) + stringBytes(histogram.title ?? "") > MAX_TEXT) {
    throw fail("name and title are too long", `give no more than ${MAX_TEXT} bytes`);
  }
  if (!Number.isFinite(edges[0])) throw fail("the first edge is not finite", "give a number");
  let folder = root;
  for (const part of names) {
    if (folder.histograms.has(part)) {
      throw fail(`"${part}" of "${path}" is a histogram, too`, "rename one of them");
    }
    let inner = folder.folders.get(part);
    if (inner === undefined) {
      inner = { name: part, folders: new Map(), histograms: new Map() };
      folder.folders.set(part, inner);
    }
    folder = inner;
  }
  if (folder.histograms.has(name) || folder.folders.has(name)) {
    throw fail(`"${path}" is there twice`, "rename one of them");
  }
  folder.histograms.set(name, histogram);
}

/** What a key says. */
interface KeyTexts {
  readonly className: string;
  readonly name: string;
  readonly title: string;
}

interface KeyToWrite extends KeyTexts {
  /** Position of the record of its folder. */
  readonly folder: number;
}

interface WrittenKey extends KeyToWrite {
  readonly seek: number;
  /** Of the record. */
  readonly bytes: number;
  readonly objectBytes: number;
}

function keyBytes({ className, name, title }: KeyTexts): number {
  return KEY_BYTES + stringBytes(className) + stringBytes(name) + stringBytes(title);
}

function writeKey(out: ByteWriter, key: WrittenKey): void {
  out.i32(key.bytes);
  out.i16(KEY_VERSION);
  out.i32(key.objectBytes);
  out.i32(DATE);
  out.i16(keyBytes(key));
  out.i16(1); // cycle
  out.i32(key.seek);
  out.i32(key.folder);
  out.string(key.className);
  out.string(key.name);
  out.string(key.title);
}

function writeRecord(out: ByteWriter, key: KeyToWrite, object: Uint8Array): WrittenKey {
  const written = {
    ...key,
    seek: out.length,
    bytes: keyBytes(key) + object.length,
    objectBytes: object.length,
  };
  writeKey(out, written);
  out.raw(object);
  return written;
}

/** The record of a folder, everything in it, and the list of its keys. */
function writeFolder(
  out: ByteWriter,
  folder: Folder,
  parent: number,
): { readonly key: WrittenKey; readonly nameBytes: number } {
  const { name } = folder;
  const isTop = parent === 0;
  const texts = isTop
    ? { className: "TFile", name, title: "" }
    : { className: "TDirectory", name, title: name };
  const seek = out.length;
  const before = new ByteWriter();
  if (isTop) {
    before.string(name);
    before.string("");
  }
  const nameBytes = keyBytes(texts) + before.length;
  const place = { seek, parent, nameBytes };
  before.raw(describeFolder({ ...place, seekKeys: 0, keysBytes: 0 }));
  const key = writeRecord(out, { ...texts, folder: parent }, before.bytes);

  const keys: WrittenKey[] = [];
  for (const inner of folder.folders.values()) keys.push(writeFolder(out, inner, seek).key);
  for (const [own, histogram] of folder.histograms) {
    const object = new ByteWriter();
    writeHistogram(object, own, histogram);
    const { title = "", className = "TH1D" } = histogram;
    keys.push(writeRecord(out, { className, name: own, title, folder: seek }, object.bytes));
  }
  const list = new ByteWriter();
  list.i32(keys.length);
  for (const each of keys) writeKey(list, each);
  const written = writeRecord(out, { ...texts, folder: seek }, list.bytes);
  const found = describeFolder({ ...place, seekKeys: written.seek, keysBytes: written.bytes });
  out.overwrite(seek + nameBytes, found);
  return { key, nameBytes };
}

interface FolderRecord {
  readonly seek: number;
  readonly parent: number;
  readonly nameBytes: number;
  readonly seekKeys: number;
  readonly keysBytes: number;
}

function describeFolder(folder: FolderRecord): Uint8Array {
  const out = new ByteWriter();
  out.i16(FOLDER_VERSION);
  out.i32(DATE); // made, changed
  out.i32(DATE);
  out.i32(folder.keysBytes);
  out.i32(folder.nameBytes);
  out.i32(folder.seek);
  out.i32(folder.parent);
  out.i32(folder.seekKeys);
  out.raw(uuid());
  out.raw(new Uint8Array(12)); // room for longer positions
  return out.bytes;
}

/** A version and 16 bytes. */
function uuid(): Uint8Array {
  const bytes = new Uint8Array(UUID_BYTES);
  bytes[1] = 1;
  return bytes;
}

/** The only free space is after the end. */
function writeFreeList(out: ByteWriter, name: string): WrittenKey {
  const texts = { className: "TFile", name, title: "", folder: BEGIN };
  const list = new ByteWriter();
  list.i16(1);
  list.i32(out.length + keyBytes(texts) + 10);
  list.i32(2_000_000_000);
  return writeRecord(out, texts, list.bytes);
}
