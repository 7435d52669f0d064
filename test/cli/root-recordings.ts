/**
 * What tests of `nextstat parity` share: programs in ROOT's place that hand back what ROOT recorded (tools/golden/parity.ts).
 */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, vi } from "vitest";
import { type CliResult, ROOT, runHere } from "./run-cli.ts";

const scratch = mkdtempSync(join(tmpdir(), "parity-"));
afterAll(() => rmSync(scratch, { recursive: true }));

export const FIXTURES = join(ROOT, "parity/fixtures");

/** A folder with programs called `root` and `hist2workspace`. */
export function programs(name: string, root: string | null, hist2workspace: string | null): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  for (const [program, code] of Object.entries({ root, hist2workspace })) {
    if (code === null) continue;
    const path = join(folder, program);
    writeFileSync(path, `#!${process.execPath}\nconst fs = require("node:fs");\n${code}\n`);
    chmodSync(path, 0o755);
  }
  return folder;
}

/** Makes an empty file where ROOT's workspace would be, if its input is all there. */
export const BUILD = `
const text = fs.readFileSync(process.argv[2], "utf8");
const [, prefix] = /OutputFilePrefix="([^"]*)"/.exec(text);
for (const [, name] of text.matchAll(/<Input>([^<]*)</g)) fs.readFileSync(name);
for (const [, name] of text.matchAll(/<Measurement Name="([^"]*)"/g)) {
  fs.writeFileSync(prefix + "_combined_" + name + "_model.root", "");
}`;

/** Hands back the recording of the case whose folder this is, after an edit. */
export const replay = (edit = "text"): string => `
const macro = fs.readFileSync(process.argv.at(-1), "utf8");
fs.statSync(/WORKSPACE_FILE = "([^"]*)"/.exec(macro)[1]);
fs.statSync("nextstat_points.txt");
const name = process.cwd().split("/").at(-2);
const text = fs.readFileSync(${JSON.stringify(join(ROOT, "test/golden/parity/"))} + name + ".json", "utf8");
fs.writeFileSync("root_profile_scan.json", ${edit});`;

export const recorded = programs("recorded", replay(), BUILD);
export const nothing = programs("nothing", null, null);

/** Runs the command in this process, which is quicker; with ROOT's programs where `path` says. */
export async function parity(path: string, ...args: readonly string[]): Promise<CliResult> {
  vi.stubEnv("PATH", path);
  vi.stubEnv("NEXTSTAT_ROOT_PYTHON", "");
  try {
    const { exitCode: status, ...written } = await runHere(["parity", ...args]);
    return { status, ...written };
  } finally {
    vi.unstubAllEnvs();
  }
}

let folders = 0;
/** A new folder for the files of a test. */
export function folder(): string {
  const path = join(scratch, `out-${folders++}`);
  mkdirSync(path);
  return path;
}

/** The fixtures on the grid of the recordings. */
export const cases = join(scratch, "cases.json");
export const made = await parity(
  nothing,
  "cases",
  "--include-fixtures",
  "--absolute-paths",
  "--points",
  "11",
  "--out",
  cases,
);

export interface Suite {
  readonly meta: {
    readonly prereqs: Record<string, string | null>;
    readonly timestamp: string | null;
  };
  readonly cases: readonly {
    readonly name: string;
    readonly status: string;
    readonly reason: string | null;
    readonly agreement: string | null;
    readonly run_dir: string | null;
    readonly summary_path: string | null;
    readonly messages: readonly string[];
    readonly diff: { readonly max_abs_dq_mu: number; readonly d_mu_hat: number } | null;
  }[];
  readonly summary: Record<string, number>;
}

export interface SuiteRun extends CliResult {
  readonly report: Suite;
  readonly out: string;
}

export async function suite(path: string, ...args: readonly string[]): Promise<SuiteRun> {
  const at = folder();
  const out = join(at, "report.json");
  const result = await parity(
    path,
    "suite",
    "--cases",
    cases,
    "--workdir",
    at,
    "--out",
    out,
    ...args,
  );
  const report = (existsSync(out) ? JSON.parse(readFileSync(out, "utf8")) : null) as Suite;
  return { ...result, report, out };
}
