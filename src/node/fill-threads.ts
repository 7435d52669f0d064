/**
 * Fills the templates of a plan from its files, on one thread or several. Tables that fill a template together are a group: a
 * group is done by one thread, file after file, so that the result does not depend on the number of threads.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import {
  type EventRequest,
  type ExpressionStyle,
  type Filled,
  offsetsOf,
  type Template,
} from "../templates/index.ts";
import {
  compilerOf,
  type FillGroup,
  type FillReply,
  type FillRequest,
  fillError,
  fillGroup,
  type GroupTable,
  withTable,
} from "./fill-tasks.ts";
import { findFiles } from "./find-files.ts";

/** The worker's entry: run from the source, or from the built files. */
const ENTRY = new URL(
  import.meta.url.endsWith(".ts") ? "./fill-worker.ts" : "./fill-worker.js",
  import.meta.url,
);

export interface FillOptions {
  readonly style: ExpressionStyle;
  /** Names of files are relative to it. */
  readonly folder: string;
  readonly threads: number;
  /** Stops between two chunks, with the signal's reason as the error. */
  readonly signal?: AbortSignal;
  /** Told how many entries of all tables have been read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A template that was filled. */
export interface FilledTemplate {
  readonly template: Template;
  /** Events left out because the variable or the weight is not a finite number. */
  readonly unusable: number;
}

/** Tables that several names or patterns of a template stand for; they are read once. */
export function repeatedFilesOf(
  { files, origin }: EventRequest,
  folder: string,
): readonly string[] {
  if (files.length < 2) return [];
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { path, table } of files) {
    for (const file of findFiles(folder, path, origin)) {
      const name = table === "" ? file : `${file}:${table}`;
      if (seen.has(name)) repeated.add(name);
      seen.add(name);
    }
  }
  return [...repeated];
}

/**
 * Fills templates.
 *
 * @returns in the order of the requests
 * @throws NextstatError `input` for files, tables, columns and expressions that are not there, or damaged
 */
export async function fillRequests(
  requests: readonly EventRequest[],
  options: FillOptions,
): Promise<readonly FilledTemplate[]> {
  const groups = groupsOf(requests, options);
  const entries = await measureGroups(groups);
  const total = entries.reduce((sum, count) => sum + count, 0);
  let done = 0;
  const results: Filled[] = [];
  // The longest first: none is left to one thread at the end.
  const order = [...groups.keys()].sort((a, b) => (entries[b] as number) - (entries[a] as number));
  const run: Run = {
    next: () => {
      options.signal?.throwIfAborted();
      return order.shift();
    },
    groupOf: (g) => groups[g]?.group as FillGroup,
    afterChunk: (count) => {
      done += count;
      options.onProgress?.(done, total);
    },
    onResult: (g, filled) => {
      results[g] = filled;
    },
  };
  const threads = Math.min(options.threads, groups.length);
  if (threads < 2) await runHere(run, options.signal);
  else await runInThreads(run, threads, options.signal);
  const templates = new Map<number, FilledTemplate>();
  for (const [g, { group, members }] of groups.entries()) {
    const offsets = offsetsOf(group.fills);
    for (const [f, request] of members.entries()) {
      templates.set(request, templateAt(results[g] as Filled, group, f, offsets));
    }
  }
  return requests.map((_, r) => templates.get(r) as FilledTemplate);
}

/** A group, and the requests that its fills are. */
interface Group {
  readonly group: FillGroup;
  readonly members: readonly number[];
}

function groupsOf(
  requests: readonly EventRequest[],
  { style, folder }: FillOptions,
): readonly Group[] {
  const index = new Map<string, number>();
  const places: Omit<GroupTable, "chosen">[] = [];
  // Templates name the same files, and a folder can have thousands.
  const looked = new Map<string, readonly string[]>();
  const tablesOf = requests.map(({ files, origin }) => {
    const used = new Set<number>();
    for (const { path: pattern, table } of files) {
      const paths = looked.get(pattern) ?? findFiles(folder, pattern, origin);
      looked.set(pattern, paths);
      for (const path of paths) {
        const key = JSON.stringify([path, table]);
        const at = index.get(key) ?? places.push({ path, table, origin }) - 1;
        index.set(key, at);
        used.add(at);
      }
    }
    return [...used];
  });
  // Tables of one template belong to one group, and so do the groups that share a table.
  const root = places.map((_, t) => t);
  const find = (t: number): number => {
    let at = t;
    while (root[at] !== at) at = root[at] as number;
    return at;
  };
  for (const tables of tablesOf) {
    const [first] = tables;
    if (first === undefined) continue;
    for (const other of tables) root[find(other)] = find(first);
  }
  const members = new Map<number, number[]>();
  for (const [r, tables] of tablesOf.entries()) {
    const group = find(tables[0] as number);
    members.set(group, [...(members.get(group) ?? []), r]);
  }
  return [...members.values()].map((inGroup) => {
    const chosen = new Map<number, number[]>();
    // Each template finds its files in its own order, as long as templates of a group agree on it.
    for (const [f, r] of inGroup.entries()) {
      for (const t of tablesOf[r] as number[]) chosen.set(t, [...(chosen.get(t) ?? []), f]);
    }
    const tables = [...chosen].map(([t, fills]): GroupTable => {
      return { ...(places[t] as Omit<GroupTable, "chosen">), chosen: fills };
    });
    const fills = inGroup.map((r) => (requests[r] as EventRequest).fill);
    return { group: { style, fills, tables }, members: inGroup };
  });
}

/**
 * Opens every table once, so that everything that is wrong with a name or an expression is found before the work begins.
 *
 * @returns entries of each group
 */
async function measureGroups(groups: readonly Group[]): Promise<readonly number[]> {
  const entries: number[] = [];
  for (const { group } of groups) {
    let sum = 0;
    const compile = compilerOf(group);
    for (const { chosen, ...place } of group.tables) {
      sum += await withTable(place, (table) => {
        compile(table, chosen);
        return table.entries;
      });
    }
    entries.push(sum);
  }
  return entries;
}

/** The work, for whoever does it. */
interface Run {
  /** The next group; undefined when there is none. Throws when the work is to stop. */
  readonly next: () => number | undefined;
  readonly groupOf: (group: number) => FillGroup;
  readonly afterChunk: (entries: number) => void;
  readonly onResult: (group: number, filled: Filled) => void;
}

async function runHere(run: Run, signal: AbortSignal | undefined): Promise<void> {
  for (let g = run.next(); g !== undefined; g = run.next()) {
    const filled = await fillGroup(run.groupOf(g), async (entries) => {
      run.afterChunk(entries);
      // A turn of the event loop, for signals to arrive in.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    });
    run.onResult(g, filled);
  }
}

/** Each thread gets the next group when it has done one. */
async function runInThreads(
  run: Run,
  threads: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const workers = Array.from({ length: threads }, () => new Worker(ENTRY, { execArgv: [] }));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let g = run.next(); g !== undefined; g = run.next()) {
          run.onResult(g, await fillIn(worker, run.groupOf(g), run.afterChunk, signal));
        }
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Has a thread fill a group. */
function fillIn(
  worker: Worker,
  group: FillGroup,
  afterChunk: Run["afterChunk"],
  signal: AbortSignal | undefined,
): Promise<Filled> {
  return new Promise((resolve, reject) => {
    const onMessage = (reply: FillReply): void => {
      if (reply.kind === "progress") {
        afterChunk(reply.entries);
        return;
      }
      stop();
      if (reply.kind === "filled") resolve(reply.filled);
      else reject(fillError(reply.error));
    };
    const onError = (error: unknown): void => {
      stop();
      reject(error);
    };
    const onExit = (code: number): void => {
      onError(new Error(`a thread ended with exit code ${code}`));
    };
    const onAbort = (): void => onError(signal?.reason);
    const stop = (): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      signal?.removeEventListener("abort", onAbort);
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    signal?.addEventListener("abort", onAbort);
    worker.postMessage({ group } satisfies FillRequest);
  });
}

function templateAt(
  filled: Filled,
  { fills }: FillGroup,
  fill: number,
  offsets: readonly number[],
): FilledTemplate {
  const [from, to] = [offsets[fill] as number, offsets[fill + 1] as number];
  const template = {
    edges: (fills[fill] as FillGroup["fills"][number]).axis.edges,
    values: [...filled.values.subarray(from, to)],
    variances: [...filled.variances.subarray(from, to)],
  };
  return { template, unusable: filled.unusable[fill] as number };
}
