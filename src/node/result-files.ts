/**
 * Files of finished units. Every line but the last is `[unit, value]`; the last says whose units they are and carries the
 * SHA-256 of all before it, so that a file is either whole or known not to be. A file is written under a temporary name,
 * synchronised and renamed, and is never changed.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { decodePlain, encodePlain } from "../parallel/plain-data.ts";
import type { Unit } from "../parallel/units.ts";
import { errorCode, writeFailure } from "./read-input.ts";

/** The last line of a file. Units are `lo <= unit < hi`, `n` of them. */
export interface Trailer {
  readonly campaign: string;
  readonly round: number;
  /** Digest of what the round computes. */
  readonly batch: string;
  readonly lo: number;
  readonly hi: number;
  readonly n: number;
  /** Of all lines before. */
  readonly sha256: string;
  /** Version of nextstat. */
  readonly nextstat: string;
  readonly node: string;
  readonly arch: string;
  readonly host: string;
  /** Different for every file written. */
  readonly attempt: string;
  /** Wall time. */
  readonly seconds: number;
}

/** What the writer of a file does not know itself. */
export type Origin = Pick<Trailer, "campaign" | "round" | "batch" | "nextstat" | "seconds">;

/** Larger lines than any trailer has. */
const MAX_TRAILER = 1 << 14;
const CHUNK = 1 << 20;

/**
 * Writes units into a new file of a folder. The name holds the digest: the same units give the same file, and others do not
 * replace it.
 *
 * @throws NextstatError `usage` when it cannot be written
 */
export function writeUnits(folder: string, units: readonly Unit[], origin: Origin): void {
  const ordered = [...units].sort(([a], [b]) => a - b);
  const attempt = `${process.pid}-${randomBytes(6).toString("hex")}`;
  const temporary = join(folder, `.${attempt}.tmp`);
  const { round } = origin;
  const lo = ordered[0]?.[0] ?? 0;
  const hi = (ordered.at(-1)?.[0] ?? -1) + 1;
  try {
    mkdirSync(folder, { recursive: true });
    const hash = createHash("sha256");
    const descriptor = openSync(temporary, "wx");
    let sha256: string;
    try {
      for (const piece of inPieces(ordered)) {
        hash.update(piece);
        writeAll(descriptor, piece);
      }
      sha256 = hash.digest("hex");
      const trailer: Trailer = {
        ...origin,
        lo,
        hi,
        n: ordered.length,
        sha256,
        node: process.versions.node,
        arch: process.arch,
        host: hostname(),
        attempt,
      };
      writeAll(descriptor, `${JSON.stringify(trailer)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    const digits = (unit: number): string => String(unit).padStart(9, "0");
    const name = `r${round}-${digits(lo)}-${digits(hi)}-${sha256.slice(0, 12)}.jsonl`;
    renameSync(temporary, join(folder, name));
    syncFolder(folder);
  } catch (error) {
    removeIfThere(temporary);
    throw writeFailure(folder, error, AFTER_FAILURE[errorCode(error)] ?? "run it again elsewhere");
  }
}

const NO_PERMISSION = "make the folder writable, and run it again";
const OBSTACLE = "move away what is no file in the folder, or no folder, and run it again";

/** What helps when units cannot be written. */
const AFTER_FAILURE: Readonly<Record<string, string>> = {
  ENOSPC: "make room there, and run it again",
  EDQUOT: "make room there, and run it again",
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  EROFS: NO_PERMISSION,
  EEXIST: OBSTACLE,
  ENOTDIR: OBSTACLE,
  EISDIR: OBSTACLE,
};

/** The failure before it is the one to report. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder is none.
  }
}

function* inPieces(units: readonly Unit[]): Iterable<string> {
  let text = "";
  for (const [unit, value] of units) {
    text += `[${unit},${encodePlain(value)}]\n`;
    if (text.length < CHUNK) continue;
    yield text;
    text = "";
  }
  yield text;
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

/** A renamed file is there after a crash of the machine only once its folder is on the disk. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A file that is whole, or why it is not. */
export type CheckedFile =
  | { readonly trailer: Trailer; readonly bodyBytes: number }
  | { readonly damage: string };

/** Reads the last line of a file and checks the digest of all before it. */
export function checkUnits(path: string): CheckedFile {
  try {
    // Opening a pipe would wait for its writer.
    if (!statSync(path).isFile()) return { damage: "it is no file" };
    return checkFile(openSync(path, "r"));
  } catch (error) {
    return { damage: `it cannot be read: ${errorCode(error)}` };
  }
}

function checkFile(descriptor: number): CheckedFile {
  try {
    const { size } = fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, MAX_TRAILER));
    readExactly(descriptor, tail, size - tail.length);
    if (tail.at(-1) !== 0x0a) return { damage: "it ends too early" };
    const begin = tail.lastIndexOf(0x0a, tail.length - 2) + 1;
    const trailer = parseTrailer(tail.toString("utf8", begin));
    if (trailer === null) return { damage: "its last line is no summary" };
    const bodyBytes = size - tail.length + begin;
    const hash = createHash("sha256");
    for (const chunk of chunksOf(descriptor, bodyBytes)) hash.update(chunk);
    if (hash.digest("hex") !== trailer.sha256) return { damage: "its digest is another one" };
    return { trailer, bodyBytes };
  } finally {
    closeSync(descriptor);
  }
}

/** The units of a file that {@link checkUnits} found whole, with the text of each value. */
export function* readUnits(path: string, bodyBytes: number): Iterable<readonly [number, string]> {
  const descriptor = openSync(path, "r");
  try {
    let begun: Buffer[] = [];
    for (const chunk of chunksOf(descriptor, bodyBytes)) {
      let from = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
        const line = [...begun, chunk.subarray(from, end)];
        begun = [];
        from = end + 1;
        yield parseLine(line.length === 1 ? (line[0] as Buffer) : Buffer.concat(line));
      }
      // The memory of the chunk is used again.
      if (from < chunk.length) begun.push(Buffer.from(chunk.subarray(from)));
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The value of a unit. */
export function parseValue(text: string): unknown {
  return decodePlain(JSON.parse(text));
}

/** `[12,{...}]` */
function parseLine(line: Buffer): readonly [number, string] {
  const comma = line.indexOf(0x2c);
  return [
    Number(line.toString("latin1", 1, comma)),
    line.toString("utf8", comma + 1, line.length - 1),
  ];
}

function* chunksOf(descriptor: number, bytes: number): Iterable<Buffer> {
  const buffer = Buffer.alloc(Math.min(bytes, CHUNK));
  for (let at = 0; at < bytes; at += buffer.length) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, bytes - at));
    readExactly(descriptor, chunk, at);
    yield chunk;
  }
}

/** The rest of the buffer is zero where the file is shorter. */
function readExactly(descriptor: number, buffer: Buffer, position: number): void {
  for (let at = 0; at < buffer.length; ) {
    const n = readSync(descriptor, buffer, at, buffer.length - at, position + at);
    if (n === 0) {
      buffer.fill(0, at);
      return;
    }
    at += n;
  }
}

const TEXTS = ["campaign", "batch", "sha256", "nextstat", "node", "arch", "host"] as const;
const NUMBERS = ["round", "lo", "hi", "n"] as const;

function parseTrailer(line: string): Trailer | null {
  try {
    const trailer = JSON.parse(line) as Partial<Trailer> | null;
    if (typeof trailer !== "object" || trailer === null) return null;
    const complete =
      TEXTS.every((key) => typeof trailer[key] === "string") &&
      NUMBERS.every((key) => Number.isSafeInteger(trailer[key]));
    return complete ? (trailer as Trailer) : null;
  } catch {
    return null;
  }
}
