/**
 * Toys on two threads and on one, real time: does the second thread do its share?
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { fromPyhf, type HypotestToysResult, type Model, procedures } from "../src/index.ts";
import { openThreads } from "../src/node/index.ts";
import { formatCount, formatTable, formatTime } from "./table.ts";
import { median } from "./timing.ts";

/** A workspace, and the processor time of one of its toys on one thread. */
export interface ThreadsModel {
  readonly name: string;
  readonly text: string;
  readonly toySeconds: number;
}

interface ThreadsResult {
  readonly name: string;
  /** Toys of each hypothesis. */
  readonly nToys: number;
  /** Real seconds of the fastest run on one thread and on two. */
  readonly one: number;
  readonly two: number;
  /** Processor time of that run on two threads over that of the one on one. */
  readonly overhead: number;
  /** Processors that run on two threads had on average: fewer than two when the machine has other things to do. */
  readonly processors: number;
  /** Whether every run gave the same record. */
  readonly same: boolean;
}

export interface ThreadsReport {
  readonly results: readonly ThreadsResult[];
  readonly repeats: number;
  /** Whether the runs were long enough to judge. */
  readonly long: boolean;
  /** Workspaces left out, and why. */
  readonly notes: readonly string[];
}

const REQUIRED = 1.8;
/** Shorter runs, real seconds on one thread, are not what threads are for. */
const LONG = 5;
/** A run of fewer toys consists of too few tasks to be spread evenly. */
const MIN_TOYS = 200;
const SETTINGS = {
  thorough: { seconds: 1.25 * LONG, repeats: 3 },
  quick: { seconds: 1, repeats: 1 },
} as const;

/** Times the hypothesis test with toys in turn on one thread and on two; the threads are started in every run. */
export async function measureThreads(
  models: readonly ThreadsModel[],
  quick: boolean,
): Promise<ThreadsReport> {
  const { seconds, repeats } = quick ? SETTINGS.quick : SETTINGS.thorough;
  const results: ThreadsResult[] = [];
  const notes: string[] = [];
  for (const { name, text, toySeconds } of models) {
    const nToys = Math.ceil(seconds / toySeconds / 2);
    if (quick || nToys >= MIN_TOYS) {
      results.push(await compareThreads(name, fromPyhf(text), nToys, repeats));
    } else {
      notes.push(`${name}: left out, its toys take ${formatTime(toySeconds)} each`);
    }
  }
  return { results, repeats, long: !quick, notes };
}

interface Run {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly record: HypotestToysResult;
}

async function compareThreads(
  name: string,
  model: Model,
  nToys: number,
  repeats: number,
): Promise<ThreadsResult> {
  const runs: { readonly one: Run; readonly two: Run }[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    runs.push({ one: await runToys(model, nToys, 1), two: await runToys(model, nToys, 2) });
  }
  const fastest = (count: "one" | "two"): Run =>
    runs.map((run) => run[count]).reduce((a, b) => (b.seconds < a.seconds ? b : a));
  const one = fastest("one");
  const two = fastest("two");
  return {
    name,
    nToys,
    one: one.seconds,
    two: two.seconds,
    overhead: two.processorSeconds / one.processorSeconds,
    processors: two.processorSeconds / two.seconds,
    same: runs.every((run) => isDeepStrictEqual(run.one.record, run.two.record)),
  };
}

async function runToys(model: Model, nToys: number, count: number): Promise<Run> {
  const startUsage = process.cpuUsage();
  const begin = performance.now();
  const threads = openThreads(model, count);
  const record = await threads.run(procedures.hypotestToys(model, 1, { nToys }));
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(startUsage);
  await threads.close();
  return { seconds, processorSeconds: (user + system) / 1e6, record };
}

export function formatThreads({ results, repeats, long, notes }: ThreadsReport): string {
  const title =
    `Toys on two threads over one, search on, real time of the fastest of ${repeats} in turn, starting the threads included\n` +
    "(processor time: two threads over one; processors: what the run on two threads had of the machine)";
  const rows = results.map((r) => [
    r.name,
    formatCount(2 * r.nToys),
    formatTime(r.one),
    formatTime(r.two),
    (r.one / r.two).toFixed(2),
    r.overhead.toFixed(2),
    r.processors.toFixed(2),
    r.same ? "same" : "OTHER",
  ]);
  const heading = ["workspace", "toys", "one thread", "two threads", "ratio", "processor time"];
  heading.push("processors", "record");
  const lines = [title, ""];
  if (rows.length > 0) lines.push(formatTable(heading, rows), "", judge(results, long));
  else lines.push("no workspace with enough parameters");
  return [...lines, ...notes].join("\n");
}

function judge(results: readonly ThreadsResult[], long: boolean): string {
  const ratio = median(results.map(({ one, two }) => one / two));
  const verdict = !long
    ? "runs too short to judge (--quick)"
    : ratio >= REQUIRED
      ? "met"
      : "MISSED";
  return `Two threads over one: median ${ratio.toFixed(2)}; required: ${REQUIRED.toFixed(2)}: ${verdict}`;
}
