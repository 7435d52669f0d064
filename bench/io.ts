/**
 * Reading a tree of 100 MB from a ROOT file on disk: every branch, beside uproot, in processor time.
 *
 * Both sides read the same files, which `io.py` makes from a fixed seed, and must find the same numbers. Their repeats take
 * turns, so that both see the same machine; each side's time is that of its fastest repeat, after one to warm up.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import type { Column } from "../src/columns/index.ts";
import { openRootFile } from "../src/node/index.ts";
import { formatRatio, formatTable, formatTime } from "./table.ts";

const SCRIPT = fileURLToPath(new URL("io.py", import.meta.url));
const MEGABYTES = 100;
/** How many times longer than uproot it may take. */
const ALLOWED = { none: 1.5, lz4: 1.5, zstd: 1.5, zlib: 2 } as const;
type Compression = keyof typeof ALLOWED;

/** One side's repeats. */
interface Reading {
  readonly seconds: readonly number[];
  /** CRC-32 of the numbers of each column, of lists without where they end. */
  readonly checksums: Readonly<Record<string, number>>;
}

/** One file. */
export interface IoResult {
  readonly compression: Compression;
  readonly bytes: number;
  readonly seconds: number;
  readonly uprootSeconds: number;
  readonly ratio: number;
  readonly allowed: number;
  /** Columns that differ. */
  readonly different: readonly string[];
}

/** Makes the files, reads them and prints the table. */
export async function runIo(python: string, quick: boolean): Promise<readonly IoResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "nextstat-io-"));
  try {
    process.stderr.write("writing the trees ...\n");
    runPython(python, ["write", folder, quick ? "10" : `${MEGABYTES}`]);
    const results: IoResult[] = [];
    let version = "";
    for (const compression of Object.keys(ALLOWED) as Compression[]) {
      process.stderr.write(`${compression} ...\n`);
      const path = join(folder, `${compression}.root`);
      const rounds = quick ? 1 : 3;
      const ours: Reading[] = [];
      const theirs: (Reading & { readonly version: string })[] = [];
      for (let round = 0; round < rounds; round++) {
        ours.push(await readOurs(path, 4));
        theirs.push(JSON.parse(runPython(python, ["read", path, "4"])));
      }
      version = theirs[0]?.version ?? "";
      results.push(compare(compression, statSync(path).size, ours, theirs));
    }
    process.stdout.write(`${describe(results, version)}\n`);
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runPython(python: string, args: readonly string[]): string {
  const run = spawnSync(python, [SCRIPT, ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
  if (run.status !== 0) {
    const reason = run.stderr.trim().split("\n").at(-1) ?? "";
    throw new RangeError(
      `${python} io.py ${args[0]}: ${reason} (are uproot and awkward installed?)`,
    );
  }
  return run.stdout;
}

async function readOurs(path: string, repeats: number): Promise<Reading> {
  const seconds: number[] = [];
  let columns: Readonly<Record<string, Column>> = {};
  for (let i = 0; i < repeats; i++) {
    const before = process.cpuUsage();
    const file = await openRootFile(path);
    ({ columns } = await (await file.table("events")).read());
    await file.close();
    const { user, system } = process.cpuUsage(before);
    seconds.push((user + system) / 1e6);
  }
  const checksums = Object.entries(columns).map(([name, column]): [string, number] => [
    name,
    checksum(column),
  ]);
  return { seconds, checksums: Object.fromEntries(checksums) };
}

function checksum(column: Column): number {
  if (column.kind === "lists") return checksum(column.content);
  if (column.kind !== "numbers") return 0;
  const { buffer, byteOffset, byteLength } = column.values;
  return crc32(new Uint8Array(buffer, byteOffset, byteLength));
}

function compare(
  compression: Compression,
  bytes: number,
  ours: readonly Reading[],
  theirs: readonly Reading[],
): IoResult {
  // The first of each process warms up.
  const fastest = (readings: readonly Reading[]): number =>
    Math.min(...readings.flatMap(({ seconds }) => seconds.slice(1)));
  const seconds = fastest(ours);
  const uprootSeconds = fastest(theirs);
  const own = ours[0]?.checksums ?? {};
  const expected = theirs[0]?.checksums ?? {};
  return {
    compression,
    bytes,
    seconds,
    uprootSeconds,
    ratio: seconds / uprootSeconds,
    allowed: ALLOWED[compression],
    different: Object.keys(expected).filter((name) => own[name] !== expected[name]),
  };
}

function describe(results: readonly IoResult[], version: string): string {
  const rows = results.map((result) => [
    result.compression,
    `${(result.bytes / 1e6).toFixed(1)} MB`,
    formatTime(result.seconds),
    formatTime(result.uprootSeconds),
    formatRatio(result.ratio),
    formatRatio(result.allowed),
    result.ratio <= result.allowed ? "yes" : "NO",
    result.different.length === 0 ? "same" : result.different.join(),
  ]);
  const heading = [
    "compression",
    "file",
    "ours",
    "uproot",
    "ours/uproot",
    "allowed",
    "met",
    "numbers",
  ];
  return [
    `nextstat benchmark, reading: Node ${process.versions.node}, ${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores; uproot ${version}`,
    "A tree of 12 branches, one of them of lists: processor time of opening the file and reading every branch, the fastest",
    "repeat after one to warm up. uproot makes arrays of Awkward Array.",
    "",
    formatTable(heading, rows),
  ].join("\n");
}
