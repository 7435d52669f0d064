/**
 * Unpacking archives of published likelihoods: zip, tar and gzipped tar, into a new folder.
 *
 * Only plain files and folders come out of an archive, with new permissions and times. Links, devices and entries that
 * would be written twice or elsewhere are errors.
 *
 * @module
 */

import { createReadStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { ReadableStream, type WritableStream } from "node:stream/web";
import { crc32, createGunzip } from "node:zlib";
import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from "yauzl";
import { NextstatError } from "../../errors.ts";
import { entryError, entryPath } from "./entry-path.ts";
import type { ArchiveFormat } from "./formats.ts";
import { MAX_ENTRIES, type Meter } from "./limits.ts";

/** A file that was unpacked; `path` has `/` between folders. */
export interface UnpackedFile {
  readonly path: string;
  readonly bytes: number;
}

/** What came out of an archive. */
export interface Unpacked {
  /** In order of the archive. */
  readonly files: readonly UnpackedFile[];
  /** Names of entries that were left out. */
  readonly skipped: readonly string[];
}

/** What an unpacking is controlled with. */
export interface UnpackControl {
  readonly meter: Meter;
  readonly signal: AbortSignal | undefined;
  /** Told the number of files so far. */
  readonly onFile: (nFiles: number) => void;
}

/**
 * Unpacks an archive into a folder that is there and empty.
 *
 * @throws NextstatError `input` for an archive that is damaged, too large, or holds what is not unpacked
 */
export async function unpack(
  archive: string,
  format: ArchiveFormat,
  folder: string,
  control: UnpackControl,
): Promise<Unpacked> {
  const writer = createWriter(folder, control);
  try {
    const skipped =
      format === "zip"
        ? await unpackZip(archive, writer, control.meter)
        : await unpackTar(archive, format === "tar.gz", writer, control);
    if (writer.files.length === 0) {
      throw new NextstatError("input", "there is no file in the archive");
    }
    return { files: writer.files, skipped };
  } catch (error) {
    control.signal?.throwIfAborted();
    if (error instanceof NextstatError || isSystemError(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new NextstatError("input", `the archive is damaged (${message})`, {
      hint: "download it again",
      cause: error,
    });
  }
}

/** What the operating system refused; errors of zlib have no `syscall`. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** Writes entries below a folder. */
interface Writer {
  readonly files: readonly UnpackedFile[];
  addFolder(name: string, parts: readonly string[]): Promise<void>;
  addFile(
    name: string,
    parts: readonly string[],
    content: AsyncIterable<Uint8Array>,
  ): Promise<void>;
  /** Refuses one entry too many. */
  count(): void;
}

function createWriter(folder: string, { signal, onFile }: UnpackControl): Writer {
  const files: UnpackedFile[] = [];
  let nEntries = 0;
  const clash = (error: unknown, name: string): unknown => {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST" || code === "ENOTDIR" || code === "EISDIR") {
      return entryError(name, "would replace another one", error);
    }
    return code === "ENAMETOOLONG" ? entryError(name, "has too long a name", error) : error;
  };
  const addFolder: Writer["addFolder"] = async (name, parts) => {
    try {
      await mkdir(join(folder, ...parts), { recursive: true });
    } catch (error) {
      throw clash(error, name);
    }
  };
  return {
    files,
    addFolder,
    count() {
      if (++nEntries > MAX_ENTRIES) throw tooManyEntries();
    },
    async addFile(name, parts, content) {
      if (parts.length === 0) throw entryError(name, "has no name");
      await addFolder(name, parts.slice(0, -1));
      const path = join(folder, ...parts);
      const handle = await open(path, "wx").catch((error: unknown) => {
        throw clash(error, name);
      });
      let bytes = 0;
      try {
        for await (const chunk of content) {
          signal?.throwIfAborted();
          await handle.writeFile(chunk);
          bytes += chunk.length;
        }
        await handle.sync();
      } finally {
        await handle.close();
      }
      files.push({ path: parts.join("/"), bytes });
      onFile(files.length);
    },
  };
}

function tooManyEntries(): NextstatError {
  return new NextstatError("input", `the archive has more than ${MAX_ENTRIES} entries`, {
    hint: UNPACK_YOURSELF,
  });
}

const UNPACK_YOURSELF = "keep the archive with --compress and unpack it yourself";

async function unpackTar(
  archive: string,
  gzipped: boolean,
  writer: Writer,
  { meter, signal }: UnpackControl,
): Promise<readonly string[]> {
  const bytes = ReadableStream.from(tarBytes(archive, gzipped, meter, signal));
  const entries = bytes.pipeThrough(createTarDecoder({ strict: true }) as TarDecoder);
  for await (const { header, body } of entries) {
    writer.count();
    const { name, type, pax } = header;
    const parts = entryPath(name);
    if (Object.keys(pax ?? {}).some((key) => key.startsWith("GNU.sparse."))) {
      throw entryError(name, "is a file with holes, which is not unpacked");
    }
    if (type === "directory") {
      await writer.addFolder(name, parts);
      await body.cancel();
    } else if (type === "file") {
      await writer.addFile(name, parts, body as ReadableStream<Uint8Array>);
    } else {
      throw entryError(
        name,
        `is ${TAR_TYPES[type ?? ""] ?? "of an unknown kind"}, which is not unpacked`,
      );
    }
  }
  return [];
}

/** The decoder with the stream types of Node, not of the browser. */
type TarDecoder = {
  readonly readable: ReadableStream<ParsedTarEntry>;
  readonly writable: WritableStream<Uint8Array>;
};

const TAR_TYPES: Readonly<Record<string, string>> = {
  symlink: "a symbolic link",
  link: "a hard link",
  "character-device": "a device",
  "block-device": "a device",
  fifo: "a pipe",
};

async function* tarBytes(
  archive: string,
  gzipped: boolean,
  meter: Meter,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const raw = createReadStream(archive);
  // Errors of either stream come out of the last one.
  const source = gzipped ? pipeline(raw, createGunzip(), () => undefined) : raw;
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted();
      meter.add(chunk.length);
      yield chunk;
    }
  } finally {
    raw.destroy();
  }
}

async function unpackZip(
  archive: string,
  writer: Writer,
  meter: Meter,
): Promise<readonly string[]> {
  const zip = await openPromise(archive, { autoClose: false, decodeStrings: false });
  try {
    if (zip.entryCount > MAX_ENTRIES) throw tooManyEntries();
    const listed: ZipEntry[] = [];
    for await (const entry of zip.eachEntry()) listed.push(checkedEntry(entry));
    // What the Finder adds; pyhf leaves it out too.
    const isRemnant = ({ parts }: ZipEntry): boolean => parts[0] === "__MACOSX";
    const wanted = listed.filter((entry) => !isRemnant(entry));
    const top = topFolder(wanted);
    for (const { entry, name, parts } of wanted) {
      writer.count();
      const below = parts.slice(top);
      if (name.endsWith("/")) await writer.addFolder(name, below);
      else await writer.addFile(name, below, zipContent(zip, entry, name, meter));
    }
    return listed.filter(isRemnant).map(({ name }) => name);
  } finally {
    zip.close();
  }
}

/** The content of a file, with its checksum checked. */
async function* zipContent(
  zip: ZipFile,
  entry: Entry,
  name: string,
  meter: Meter,
): AsyncGenerator<Uint8Array> {
  let checksum = 0;
  for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Uint8Array>) {
    meter.add(chunk.length);
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (checksum !== entry.crc32) throw entryError(name, "is damaged: its checksum is wrong");
}

interface ZipEntry {
  readonly entry: Entry;
  readonly name: string;
  readonly parts: readonly string[];
}

/** Before anything is written, as the list of a zip file is at its end. */
function checkedEntry(entry: Entry): ZipEntry {
  const { generalPurposeBitFlag, fileNameRaw, extraFields, externalFileAttributes } = entry;
  const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
  const parts = entryPath(name);
  const kind = (externalFileAttributes >>> 16) & S_IFMT;
  if (kind !== 0 && kind !== S_IFREG && kind !== S_IFDIR) {
    throw entryError(
      name,
      `is ${kind === S_IFLNK ? "a symbolic link" : "a device"}, which is not unpacked`,
    );
  }
  if (entry.isEncrypted()) throw entryError(name, "is encrypted");
  if (!entry.canDecodeFileData()) {
    throw entryError(
      name,
      `is compressed by a method that is not known (${entry.compressionMethod})`,
    );
  }
  return { entry, name, parts };
}

// Kinds of files in Unix permissions.
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const S_IFLNK = 0o120000;

/** 1 when everything lies in one folder, which is then left out as pyhf does it, else 0. */
function topFolder(entries: readonly ZipEntry[]): 0 | 1 {
  const [first] = entries;
  const shared = entries.every(
    ({ name, parts }) => parts[0] === first?.parts[0] && (parts.length > 1 || name.endsWith("/")),
  );
  return shared ? 1 : 0;
}
