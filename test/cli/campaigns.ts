/**
 * Campaigns for tests, and processes that are killed.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect } from "vitest";
import {
  type Plan,
  planFiles,
  type RoundRecord,
  readPlan,
  readRounds,
} from "../../src/node/campaign-folder.ts";
import { nextstat, ROOT } from "./run-cli.ts";

/** A folder of this test file. */
export const top: string = mkdtempSync(join(tmpdir(), "nextstat-campaigns-"));
afterAll(() => rmSync(top, { recursive: true }));

export const golden = (name: string): string => `${ROOT}test/golden/workspaces/${name}.json`;
export const SMALL: readonly string[] = [
  "hypotest-toys",
  golden("test-excess"),
  "--mu=1",
  "--n-toys=60",
  "--seed=3",
];
/** About five seconds of work for one processor: 1600 toys. */
export const LONG: readonly string[] = [
  "hypotest-toys",
  golden("realistic-150"),
  "--mu=1",
  "--n-toys=800",
];

/** Runs a command that has to succeed. */
export function ok(...args: readonly string[]): string {
  const { status, stdout, stderr } = nextstat(args);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

let nFolders = 0;
export function newFolder(): string {
  nFolders++;
  return join(top, `campaign-${nFolders}`);
}

/** A campaign in so many tasks. */
export function planned(tasks: number, command: readonly string[] = SMALL): string {
  const folder = newFolder();
  ok("plan", "-o", folder, "--tasks", String(tasks), "--", ...command);
  return folder;
}

/** Writes another plan and other records into a campaign, with digests that are right. */
export function rewrite(
  folder: string,
  change: { readonly plan?: Partial<Plan>; readonly round?: Partial<RoundRecord> },
): void {
  const rounds = readRounds(folder).map((record) => ({ ...record, ...change.round }));
  const files = planFiles({ ...readPlan(folder), ...change.plan }, rounds);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** Names of the files of finished units. */
export const results = (folder: string): string[] =>
  readdirSync(join(folder, "results"))
    .filter((name) => name.endsWith(".jsonl"))
    .sort();

export interface Started {
  readonly child: ChildProcess;
  /** The exit code or the signal, and everything that was printed. */
  readonly end: Promise<{ readonly end: number | string; readonly output: string }>;
}

/** Starts the command and goes on. */
export function start(...args: readonly string[]): Started {
  return startWith(process.env, ...args);
}

/** Starts the command in an environment and goes on. */
export function startWith(env: NodeJS.ProcessEnv, ...args: readonly string[]): Started {
  const child = spawn(process.execPath, [`${ROOT}dist/cli/main.js`, ...args], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const end = once(child, "close").then(([code, signal]) => ({ end: signal ?? code, output }));
  return { child, end };
}

/** Waits until there is something, or fails. */
export async function until<T>(what: () => T | undefined | false, seconds = 60): Promise<T> {
  for (let left = seconds * 20; left > 0; left--) {
    const found = what();
    if (found !== undefined && found !== false) return found;
    await sleep(50);
  }
  throw new Error(`nothing within ${seconds} s`);
}

/** Processes that a process has started. */
export function childrenOf({ pid }: ChildProcess): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}

export const hasProc: boolean = process.platform === "linux";

/** `submit` of a plan of two long tasks, with both in the middle of their toys. */
export async function startTwoTasks(
  folder: string,
): Promise<Started & { readonly children: readonly number[] }> {
  const started = start("submit", folder, "--executor", "local", "--max-running", "2");
  const children = await until(() => {
    const all = childrenOf(started.child);
    return all.length === 2 && all;
  });
  await sleep(1500);
  return { ...started, children };
}
