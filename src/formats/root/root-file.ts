/**
 * ROOT files, without ROOT: what is in them, and their histograms, trees and ntuples as plain data.
 *
 * @module
 */

import type { Table } from "../../columns/table.ts";
import { NextstatError, suggestName } from "../../errors.ts";
import { type ByteSource, buffered } from "../tables/byte-source.ts";
import { makeTable } from "../tables/table.ts";
import { type Origin, printable } from "./byte-reader.ts";
import { type Codecs, PORTABLE_CODECS } from "./codecs.ts";
import { HISTOGRAM_CLASS, type Histogram, toHistogram } from "./histogram.ts";
import {
  type Directory,
  type Header,
  isDirectory,
  type Key,
  type OpenFile,
  readDirectory,
  readHeader,
  readKeys,
  readRecord,
  readTopDirectory,
} from "./keys.ts";
import { ntupleTable } from "./ntuple.ts";
import { readSchema } from "./ntuple-schema.ts";
import { ObjectDecoder, type RootObject } from "./objects.ts";
import { type ClassInfos, readClassInfos, usualClasses } from "./streamer-info.ts";
import { readTree } from "./tree.ts";

/** A tree or an ntuple. */
export interface RootTable extends Table {
  readonly className: string;
}

/** An object in a file. */
export interface RootEntry {
  /** Folders and name, as in `folder/name`. */
  readonly path: string;
  /** ROOT keeps older versions of an object under the same name; the highest is the newest. */
  readonly cycle: number;
  readonly className: string;
  readonly title: string;
}

/** An open ROOT file. Paths are `folder/name` or `folder/name;cycle`, without a cycle the newest. */
export interface RootFile {
  /** As the source calls it. */
  readonly name: string;
  /** Every object, folders themselves left out, in the order of the file. */
  list(): Promise<readonly RootEntry[]>;
  /**
   * A TH1, TH2 or TH3.
   *
   * @throws NextstatError `usage` when there is none at `path`, `input` when it is damaged
   */
  histogram(path: string): Promise<Histogram>;
  /**
   * A TTree, TNtuple or ROOT::RNTuple.
   *
   * @throws NextstatError `usage` when there is none at `path`, `input` when it is damaged
   */
  table(path: string): Promise<RootTable>;
  /** Closes the source. */
  close(): Promise<void>;
}

export interface OpenRootOptions {
  /** What the platform does better than the code that runs everywhere. Default: nothing. */
  readonly codecs?: Partial<Codecs>;
}

/**
 * Opens a ROOT file. Reads its header and top folder; everything else when it is asked for.
 *
 * @throws NextstatError `input` when it is no ROOT file, or damaged
 */
export async function openRoot(
  source: ByteSource,
  options: OpenRootOptions = {},
): Promise<RootFile> {
  const file: OpenFile = {
    source: buffered(source),
    codecs: { ...PORTABLE_CODECS, ...options.codecs },
  };
  const header = await readHeader(file);
  const contents = new Contents(file, header, await readTopDirectory(file, header));
  await contents.folder(contents.top);
  return {
    name: source.name,
    list: () => contents.list(),
    histogram: (path) => readHistogram(contents, path),
    table: (path) => openTable(contents, path),
    close: () => source.close(),
  };
}

/** A key with the path of its object. */
interface Located {
  readonly path: string;
  readonly key: Key;
}

/** The keys of a folder, in the order of the file and by name: thousands are looked up in it, one by one. */
interface Folder {
  readonly keys: readonly Key[];
  readonly byName: ReadonlyMap<string, readonly Key[]>;
}

/** What has been read of the folders and classes of a file. */
class Contents {
  readonly file: OpenFile;
  readonly top: Directory;
  readonly #header: Header;
  readonly #folders = new Map<number, Promise<Folder>>();
  #classes: Promise<ClassInfos> | undefined;

  constructor(file: OpenFile, header: Header, top: Directory) {
    this.file = file;
    this.top = top;
    this.#header = header;
  }

  folder(directory: Directory): Promise<Folder> {
    let folder = this.#folders.get(directory.seekKeys);
    if (folder === undefined) {
      folder = this.#readFolder(directory);
      this.#folders.set(directory.seekKeys, folder);
    }
    return folder;
  }

  async #readFolder(directory: Directory): Promise<Folder> {
    const keys = await readKeys(this.file, directory);
    return { keys, byName: Map.groupBy(keys, ({ name }) => name) };
  }

  classes(): Promise<ClassInfos> {
    this.#classes ??= this.#readClasses();
    return this.#classes;
  }

  async #readClasses(): Promise<ClassInfos> {
    const { seekInfo, infoBytes } = this.#header;
    if (seekInfo === 0) return usualClasses();
    const { key, data } = await readRecord(this.file, seekInfo, infoBytes, "StreamerInfo");
    return new Map([...usualClasses(), ...readClassInfos(data, key.headerBytes)]);
  }

  async open(path: string, key: Key): Promise<Directory> {
    const { data } = await readRecord(this.file, key.seek, key.nBytes, labelOf(path, key));
    return readDirectory(data, path);
  }

  async list(): Promise<readonly RootEntry[]> {
    const entries: RootEntry[] = [];
    const seen = new Set<number>();
    // An explicit stack: the order of the file, and no recursion for a damaged file to exhaust.
    const pending: Directory[] = [this.top];
    for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
      const { path, seekKeys } = directory;
      if (seekKeys !== 0 && seen.has(seekKeys)) {
        throw new NextstatError(
          "input",
          `folder ${printable(path)} lists a folder that contains it`,
          {
            location: { file: this.file.source.name, object: printable(path), offset: seekKeys },
            hint: "the file is damaged: copy or write it again",
          },
        );
      }
      seen.add(seekKeys);
      const folders: Directory[] = [];
      for (const key of (await this.folder(directory)).keys) {
        const inside = join(path, key.name);
        if (isDirectory(key)) folders.push(await this.open(inside, key));
        else {
          const { cycle, className, title } = key;
          entries.push({ path: inside, cycle, className, title });
        }
      }
      pending.push(...folders.reverse());
    }
    return entries;
  }

  /** @throws NextstatError `usage` when there is nothing at `path` */
  async find(path: string): Promise<Located> {
    const cycleText = /;(\d+)$/.exec(path)?.[1];
    const full = cycleText === undefined ? path : path.slice(0, -cycleText.length - 1);
    const names = full.split("/").filter((name) => name !== "");
    const last = names.pop() ?? "";
    let directory = this.top;
    for (const name of names) {
      const { keys, byName } = await this.folder(directory);
      const key = newest(byName.get(name)?.filter(isDirectory));
      if (key === undefined) {
        throw this.#nothing(path, directory.path, name, keys.filter(isDirectory));
      }
      directory = await this.open(join(directory.path, name), key);
    }
    const { keys, byName } = await this.folder(directory);
    const cycle = cycleText === undefined ? undefined : Number(cycleText);
    const named = byName.get(last) ?? [];
    const key = newest(named, cycle);
    if (key === undefined) {
      if (named.length > 0) {
        const cycles = named.map((known) => known.cycle);
        throw new NextstatError("usage", `there is no cycle ${cycle} of "${printable(full)}"`, {
          location: { file: this.file.source.name },
          hint: `there are ${cycles.join(", ")}`,
        });
      }
      throw this.#nothing(path, directory.path, last, keys);
    }
    return { path: join(directory.path, key.name), key };
  }

  #nothing(path: string, folder: string, name: string, keys: readonly Key[]): NextstatError {
    const names = [...new Set(keys.map((key) => printable(key.name)))];
    return new NextstatError("usage", `there is no "${printable(path)}"`, {
      location: { file: this.file.source.name },
      hint: `in ${folder === "" ? "the top folder" : printable(folder)}: ${suggestName(name, names)}`,
    });
  }

  async decode({ path, key }: Located): Promise<{ object: RootObject; origin: Origin }> {
    const label = labelOf(path, key);
    const classes = await this.classes();
    const record = await readRecord(this.file, key.seek, key.nBytes, label);
    const decoder = new ObjectDecoder(classes, record.data, record.key.headerBytes);
    const origin = { file: this.file.source.name, object: label, offset: key.seek };
    return { object: decoder.read(key.className), origin };
  }
}

/** Of the keys of one name. */
function newest(keys: readonly Key[] = [], cycle?: number): Key | undefined {
  let found: Key | undefined;
  for (const key of keys) {
    if (cycle !== undefined && key.cycle !== cycle) continue;
    if (found === undefined || key.cycle > found.cycle) found = key;
  }
  return found;
}

function labelOf(path: string, { cycle }: Key): string {
  return `${printable(path)};${cycle}`;
}

function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

async function readHistogram(contents: Contents, path: string): Promise<Histogram> {
  const located = await contents.find(path);
  const { className } = located.key;
  if (!HISTOGRAM_CLASS.test(className)) {
    throw new NextstatError(
      "usage",
      `"${printable(path)}" is a ${printable(className)}, not a histogram`,
      {
        location: { file: contents.file.source.name },
        hint: "TH1, TH2 and TH3 of types C, S, I, L, F and D are read",
      },
    );
  }
  const { object, origin } = await contents.decode(located);
  return toHistogram(object, origin);
}

const NTUPLE_CLASS = "ROOT::RNTuple";
const TREE_CLASS = /^(TTree|TNtuple|TNtupleD)$/;

async function openTable(contents: Contents, path: string): Promise<RootTable> {
  const located = await contents.find(path);
  const { className } = located.key;
  if (className === NTUPLE_CLASS) return openNtuple(contents, located);
  if (!TREE_CLASS.test(className)) {
    throw new NextstatError(
      "usage",
      `"${printable(path)}" is a ${printable(className)}, not a tree or ntuple`,
      {
        location: { file: contents.file.source.name },
        hint: "TTree, TNtuple and ROOT::RNTuple are read",
      },
    );
  }
  const { object, origin } = await contents.decode(located);
  const classes = await contents.classes();
  const parts = readTree(object, classes, contents.file, origin, located.path);
  return { ...makeTable(parts), className: object.className };
}

async function openNtuple(contents: Contents, { path, key }: Located): Promise<RootTable> {
  const { file } = contents;
  const object = labelOf(path, key);
  const { data } = await readRecord(file, key.seek, key.nBytes, object);
  const origin = { file: file.source.name, object, offset: key.seek };
  const parts = ntupleTable(await readSchema(file, data, object), file, origin, path);
  return { ...makeTable(parts), className: key.className };
}
