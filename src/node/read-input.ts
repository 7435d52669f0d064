/**
 * Files in and out: the only place where the library meets the file system.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { NextstatError } from "../errors.ts";
import { type SIGNATURES, startsAs } from "./signatures.ts";

/** A text and the name to use for it in messages. */
export interface InputText {
  readonly text: string;
  readonly file: string;
}

export interface ReadInputOptions {
  /** Largest accepted size in bytes, before and after decompression. Default: 256 MiB. */
  readonly maxBytes?: number;
  /** Told the input as it was read, before decompression. Default nobody. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

const MAX_BYTES = 256 * 1024 * 1024;
const CHUNK = 1 << 20;

/** What people pass by mistake. */
const OTHER_FORMATS: readonly (readonly [
  format: keyof typeof SIGNATURES,
  name: string,
  hint: string,
])[] = [
  ["root", "a ROOT file", "give the workspace, or the HistFactory XML that goes with it"],
  ["zstd", "compressed with zstd", "decompress it first (only gzip is read)"],
  ["xz", "compressed with xz", "decompress it first (only gzip is read)"],
  ["bzip2", "compressed with bzip2", "decompress it first (only gzip is read)"],
  ["zip", "a zip archive", "unpack it first"],
  ["hdf5", "an HDF5 file", "give a pyhf workspace in JSON"],
  ["parquet", "a Parquet file", "make a workspace of it: nextstat import parquet"],
  ["pdf", "a PDF file", "give a pyhf workspace in JSON"],
];

/**
 * Reads a UTF-8 text from a file, or from standard input for `-`; gzip is recognised by content.
 *
 * @throws NextstatError `input` when it cannot be read, is too large, or is not text
 */
export function readInput(path: string, options: ReadInputOptions = {}): InputText {
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const fail = failureAt(path);
  let bytes = readBytes(path, maxBytes, fail);
  options.onBytes?.(bytes);
  if (startsAs(bytes, "gzip")) bytes = gunzip(bytes, maxBytes, fail);
  for (const [format, name, hint] of OTHER_FORMATS) {
    if (startsAs(bytes, format)) throw fail(`this is ${name}`, hint);
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw fail("the text is encoded in UTF-16", "save it as UTF-8");
  }
  if (!isUtf8(bytes)) {
    // The position of the first replacement character is that of the first bad byte, counted in characters.
    const before = bytes.toString("utf8").split("\u{fffd}", 1)[0] ?? "";
    const line = before.split("\n").length;
    throw new NextstatError("input", "the file is not valid UTF-8 text", {
      location: { file: path, line, column: before.length - before.lastIndexOf("\n") },
      hint: "is it a binary file? a text must be saved as UTF-8",
    });
  }
  return { text: bytes.toString("utf8"), file: path };
}

/**
 * The bytes of a file, whatever they are.
 *
 * @throws NextstatError `input` when it cannot be read or is too large
 */
export function readFileBytes(path: string): Uint8Array {
  return readBytes(path, MAX_BYTES, failureAt(path));
}

function failureAt(path: string): Fail {
  return (problem, hint, cause) =>
    new NextstatError("input", problem, { location: { file: path }, hint, cause });
}

type Fail = (problem: string, hint: string, cause?: unknown) => NextstatError;

function readBytes(path: string, maxBytes: number, fail: Fail): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = path === "-" ? 0 : openSync(path, "r");
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) throw fail("this is a directory, not a file", "name a file in it");
    if (stats.isFile() && stats.size > maxBytes) throw tooLarge(stats.size, maxBytes, fail);
    return readAll(descriptor, maxBytes, fail);
  } catch (error) {
    throw readFailure(path, error);
  } finally {
    if (descriptor !== undefined && descriptor !== 0) closeSync(descriptor);
  }
}

/** What could not be read, and why; errors that say so already are passed on. */
export function readFailure(path: string, error: unknown): NextstatError {
  if (error instanceof NextstatError) return error;
  const fail = failureAt(path);
  const code = errorCode(error);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return fail("there is no such file", "check the path", error);
  }
  if (code === "EACCES" || code === "EPERM") {
    return fail("no permission to read the file", "check its permissions", error);
  }
  if (code === "EISDIR") {
    return fail("this is a directory, not a file", "name a file in it", error);
  }
  return fail(`the file cannot be read (${code})`, "", error);
}

/** Everything up to the end, however the size was or was not announced (pipes, devices, growing files). */
function readAll(descriptor: number, maxBytes: number, fail: Fail): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    let length: number;
    try {
      length = readSync(descriptor, chunk, 0, CHUNK, null);
    } catch (error) {
      const code = errorCode(error);
      // Windows reports the end of a pipe as an error.
      if (code === "EOF") break;
      if (code !== "EAGAIN") throw error;
      // A non-blocking standard input that has nothing yet: wait a little without spinning.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      continue;
    }
    if (length === 0) break;
    total += length;
    if (total > maxBytes) throw tooLarge(undefined, maxBytes, fail);
    chunks.push(chunk.subarray(0, length));
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, total);
}

function tooLarge(size: number | undefined, maxBytes: number, fail: Fail): NextstatError {
  const found = size === undefined ? "" : `${mebibytes(size)}, `;
  return fail(
    `the input is too large (${found}limit ${mebibytes(maxBytes)})`,
    "split or prune the workspace",
  );
}

function mebibytes(size: number): string {
  return `${Number((size / 1024 / 1024).toPrecision(3))} MiB`;
}

function gunzip(bytes: Buffer, maxBytes: number, fail: Fail): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const code = errorCode(error);
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(undefined, maxBytes, fail);
    if (code === "Z_BUF_ERROR") {
      throw fail("the gzip data end too early", "the file seems to be cut off", error);
    }
    throw fail(
      `the gzip data are damaged (${error instanceof Error ? error.message : code})`,
      "transfer or compress the file again",
      error,
    );
  }
}

/**
 * Writes a file so that a reader never sees half of it: to a temporary file beside it, then renamed. Devices and pipes are
 * written directly; a symbolic link is followed.
 *
 * @param content as a whole, or piece by piece when it is too long for one text
 * @throws NextstatError `usage` when it cannot be written
 */
export function writeOutput(path: string, content: string | Uint8Array | Generator<string>): void {
  let temporary: string | undefined;
  try {
    const existing = statIfAny(path);
    if (existing?.isDirectory())
      throw writeError(path, "this is a directory, not a file", OTHER_FILE);
    if (existing !== undefined && !existing.isFile()) {
      writeContent(path, content, false);
      return;
    }
    // Renaming needs no permission on the file it replaces, but whoever write-protected it meant something.
    if (existing !== undefined) accessSync(path, constants.W_OK);
    const target = existing === undefined ? path : realpathSync(path);
    temporary = join(dirname(target), `.${basename(target).slice(0, 100)}.${process.pid}.tmp`);
    writeContent(temporary, content, true);
    if (existing !== undefined) chmodSync(temporary, existing.mode);
    renameSync(temporary, target);
  } catch (error) {
    if (temporary !== undefined) removeQuietly(temporary);
    throw writeFailure(path, error, OTHER_FILE);
  }
}

/** Pieces are written together up to this many characters. */
const WRITTEN_TOGETHER = 1 << 20;

/** @param flush whether it is to be on the disk at the end: devices and pipes cannot do it */
function writeContent(
  path: string,
  content: string | Uint8Array | Generator<string>,
  flush: boolean,
): void {
  if (typeof content === "string" || content instanceof Uint8Array) {
    writeFileSync(path, content, { flush });
    return;
  }
  const file = openSync(path, "w");
  try {
    let together = "";
    for (const piece of content) {
      together += piece;
      if (together.length < WRITTEN_TOGETHER) continue;
      writeFileSync(file, together);
      together = "";
    }
    writeFileSync(file, together, { flush });
  } finally {
    closeSync(file);
  }
}

/**
 * Checks that {@link writeOutput} can probably write: to be told before a long computation.
 *
 * @throws NextstatError `usage`
 */
export function checkOutput(path: string): void {
  try {
    const existing = statIfAny(path);
    if (existing?.isDirectory()) {
      throw writeError(path, "this is a directory, not a file", OTHER_FILE);
    }
    accessSync(existing === undefined ? dirname(resolve(path)) : path, constants.W_OK);
  } catch (error) {
    throw writeFailure(path, error, OTHER_FILE);
  }
}

/**
 * Writes a new folder so that a reader never sees half of it: to a temporary folder, then renamed. A folder that is there
 * already must be empty, and is filled with the last of `files` last.
 *
 * @param files contents by path in the folder, with `/` between folders
 * @throws NextstatError `usage` when it cannot be written
 */
export function writeFolder(
  path: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): void {
  let temporary: string | undefined;
  try {
    const exists = checkNewFolder(path);
    const target = exists ? realpathSync(path) : resolve(path);
    // Inside a folder that is there: the one around it may belong to someone else.
    const name = `.${basename(target).slice(0, 100)}.${process.pid}.tmp`;
    temporary = join(exists ? target : dirname(target), name);
    mkdirSync(temporary);
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(temporary, file)), { recursive: true });
      writeFileSync(join(temporary, file), content, { flush: true });
    }
    if (exists) {
      for (const entry of new Set(Object.keys(files).map((file) => file.split("/", 1)[0] ?? ""))) {
        renameSync(join(temporary, entry), join(target, entry));
      }
      rmdirSync(temporary);
    } else {
      renameSync(temporary, target);
    }
  } catch (error) {
    if (temporary !== undefined) removeQuietly(temporary);
    throw writeFailure(path, error, "choose another folder");
  }
}

/**
 * Checks that {@link writeFolder} can write a folder: it is empty, or does not exist and there is a folder to put it in.
 *
 * @returns whether it exists
 * @throws NextstatError `usage`
 */
export function checkNewFolder(path: string): boolean {
  const hint = "choose another folder";
  try {
    const target = resolve(path);
    const stats = statIfAny(target);
    if (stats === undefined) {
      accessSync(dirname(target), constants.W_OK);
      return false;
    }
    if (!stats.isDirectory()) throw writeError(path, "this is a file, not a folder", hint);
    if (readdirSync(target).length > 0) throw writeError(path, "the folder is not empty", hint);
    accessSync(target, constants.W_OK);
    return true;
  } catch (error) {
    throw writeFailure(path, error, hint);
  }
}

/** Whether there is a folder. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** Whether a path that is written in a file of a folder stays in the folder; a name like `a..b` does. */
export function isInside(path: string): boolean {
  return !isAbsolute(path) && !path.split(/[/\\]/).includes("..");
}

/**
 * Makes a folder, and those around it, where there is none.
 *
 * @throws NextstatError `usage`
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw writeFailure(path, error, "choose another folder");
  }
}

/** What could not be written, and why; errors that say so already are passed on. */
export function writeFailure(path: string, error: unknown, hint: string): NextstatError {
  if (error instanceof NextstatError) return error;
  const code = errorCode(error);
  return writeError(path, WRITE_PROBLEMS[code] ?? `cannot write (${code})`, hint, error);
}

/** The first error is the one to report, not a failed clean-up after it. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true, recursive: true });
  } catch {
    // Nothing was written there.
  }
}

const WRITE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "the folder to write to does not exist",
  ENOTDIR: "the folder to write to is not a folder",
  EACCES: "no permission to write here",
  EPERM: "no permission to write here",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left to write to",
  EDQUOT: "no space left to write to",
  ENAMETOOLONG: "the file name is too long",
};

const OTHER_FILE = "choose another output file";

function writeError(path: string, problem: string, hint: string, cause?: unknown): NextstatError {
  return new NextstatError("usage", problem, { location: { file: path }, hint, cause });
}

function statIfAny(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** `ENOENT`, or the error as text where it has no code. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string")
    return error.code;
  return String(error);
}
