/**
 * What a user at a terminal waits for: whole processes from start to exit, real time.
 *
 * usage: node bench/process.ts [--repeats N]
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fromPyhf } from "../src/index.ts";
import type { Modifier, Workspace } from "../src/workspace/types.ts";
import { readGolden } from "./models.ts";
import { formatCount, formatTable, formatTime } from "./table.ts";
import { median } from "./timing.ts";

const COMMAND = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const TARGET_BYTES = 2_000_000;

interface ProcessResult {
  readonly runtime: string;
  /** Median seconds of a bare start (`node -e 0`), of `nextstat --version` and of `nextstat fit`. */
  readonly bare: number;
  readonly version: number;
  readonly fit: number;
}

export interface ProcessReport {
  readonly results: readonly ProcessResult[];
  /** The workspace fitted. */
  readonly bytes: number;
  readonly nParameters: number;
  readonly nBins: number;
  readonly repeats: number;
  /** Runtimes left out, and why. */
  readonly notes: readonly string[];
}

/** Times each command `repeats` times in turn, so that all see the same machine. */
export function measureProcess(repeats: number): ProcessReport {
  const text = largeWorkspace();
  const model = fromPyhf(text);
  const folder = mkdtempSync(join(tmpdir(), "nextstat-bench-"));
  const notes: string[] = [];
  const results: ProcessResult[] = [];
  try {
    const file = join(folder, "workspace.json");
    writeFileSync(file, text);
    if (!existsSync(COMMAND)) notes.push("dist/cli/main.js is missing: run `npm run build`");
    else {
      for (const { path, version } of runtimes(notes)) {
        results.push(measureRuntime(path, version, file, folder, repeats));
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return {
    results,
    bytes: Buffer.byteLength(text),
    nParameters: model.nParams(),
    nBins: model.resolved.observed.length,
    repeats,
    notes,
  };
}

function measureRuntime(
  node: string,
  version: string,
  workspace: string,
  folder: string,
  repeats: number,
): ProcessResult {
  const commands = [
    ["-e", "0"],
    [COMMAND, "--version"],
    [COMMAND, "fit", workspace, "-o", join(folder, "fit.json")],
  ];
  const seconds: number[][] = commands.map(() => []);
  for (let repeat = -1; repeat < repeats; repeat++) {
    commands.forEach((args, i) => {
      const begin = performance.now();
      const { status, stderr } = spawnSync(node, args, { encoding: "utf8" });
      const elapsed = (performance.now() - begin) / 1000;
      if (status !== 0) throw new RangeError(`nextstat ${args.join(" ")} failed: ${stderr}`);
      if (repeat >= 0) seconds[i]?.push(elapsed);
    });
  }
  const [bare = 0, versionTime = 0, fitTime = 0] = seconds.map(median);
  return { runtime: version, bare, version: versionTime, fit: fitTime };
}

/** This Node, and the first other one on the path. */
function runtimes(notes: string[]): { path: string; version: string }[] {
  const own = { path: process.execPath, version: `Node ${process.versions.node}` };
  const other = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, process.platform === "win32" ? "node.exe" : "node"))
    .find((path) => existsSync(path) && !isInModules(path));
  if (other === undefined || realpathSync(other) === realpathSync(own.path)) return [own];
  const version = spawnSync(other, ["--version"], { encoding: "utf8" }).stdout.trim().slice(1);
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 18)) {
    notes.push(`the system's Node ${version} is older than 22.18 and was left out`);
    return [own];
  }
  return [own, { path: other, version: `Node ${version}` }];
}

function isInModules(path: string): boolean {
  return path.includes("node_modules") || realpathSync(path).includes("node_modules");
}

/** A committed workspace with channels repeated under other names until it has two megabytes. */
function largeWorkspace(): string {
  const source = JSON.parse(readGolden("realistic-300")) as Workspace;
  const observed = new Map(source.observations.map(({ name, data }) => [name, data]));
  const channels = [...source.channels];
  const observations = [...source.observations];
  const format = (): string => JSON.stringify({ ...source, channels, observations }, null, 1);
  for (let copy = 2; ; copy++) {
    for (const { name, samples } of source.channels) {
      channels.push({
        name: `${name}_${copy}`,
        samples: samples.map((sample) => ({
          ...sample,
          modifiers: sample.modifiers.map((modifier) => renamePerBin(modifier, copy)),
        })),
      });
      observations.push({ name: `${name}_${copy}`, data: observed.get(name) ?? [] });
      const text = format();
      if (Buffer.byteLength(text) >= TARGET_BYTES) return text;
    }
  }
}

/** Per-bin parameters belong to their channel; the others are shared by the copies. */
function renamePerBin(modifier: Modifier, copy: number): Modifier {
  const isPerBin =
    modifier.type === "staterror" ||
    modifier.type === "shapesys" ||
    modifier.type === "shapefactor";
  return isPerBin ? { ...modifier, name: `${modifier.name}_${copy}` } : modifier;
}

export function formatProcess(report: ProcessReport): string {
  const { results, bytes, nParameters, nBins, repeats, notes } = report;
  const title =
    `Whole processes, real time from start to exit, median of ${repeats} in turn; the workspace has ` +
    `${formatCount(Math.round(bytes / 1000))} kB, ${nParameters} parameters, ${nBins} bins`;
  const rows = results.map((r) => [
    r.runtime,
    formatTime(r.bare),
    formatTime(r.version),
    `${(r.version / r.bare).toFixed(2)} (${r.version < 2 * r.bare ? "met" : "MISSED"})`,
    formatTime(r.fit),
    r.fit < 0.5 ? "met" : "MISSED",
  ]);
  const heading = ["runtime", "node -e 0", "nextstat --version", "ratio, < 2", "nextstat fit"];
  heading.push("< 0.5 s");
  const lines = [title, ""];
  if (rows.length > 0) lines.push(formatTable(heading, rows));
  return [...lines, ...notes].join("\n");
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { repeats: { type: "string", default: "9" } } });
  console.log(formatProcess(measureProcess(Math.max(1, Number(values.repeats) || 9))));
}
