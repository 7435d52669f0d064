/**
 * Fills the templates of a plan from its files, on one thread or several. A table is cut into ranges of fixed length, and what
 * the ranges give is added in their order, so that the result does not depend on the number of threads.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import {
  addFilled,
  type EventRequest,
  type ExpressionStyle,
  emptyFilled,
  type Filled,
  type Template,
} from "../templates/index.ts";
import {
  type FillReply,
  type FillRequest,
  type FillTask,
  fillError,
  fillRunner,
  openFills,
  type TableFills,
} from "./fill-tasks.ts";
import { findFiles } from "./find-files.ts";

/** Entries of a range: short enough to share large files between threads, long enough to read few baskets twice. */
const RANGE_ENTRIES = 1 << 19;

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
  /** Stops between two ranges, with the signal's reason as the error. */
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

/** The files behind a template, for whoever wants to know whether they have changed. */
export function filesOf(request: EventRequest, folder: string): readonly string[] {
  return [...new Set(request.files.flatMap(({ path }) => findFiles(folder, path, request.origin)))];
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
  const { tables, members } = tablesOf(requests, options);
  const opened = await measureTables(tables);
  const tasks = tasksOf(opened.map(({ entries }) => entries));
  const total = opened.reduce((sum, { entries }) => sum + entries, 0);
  let done = 0;
  const results: (Filled | undefined)[] = [];
  const onResult = (task: number, filled: Filled): void => {
    results[task] = filled;
    const { start, stop } = tasks[task] as FillTask;
    done += stop - start;
    options.onProgress?.(done, total);
  };
  const threads = Math.min(options.threads, tasks.length);
  const run = threads < 2 ? runHere : runInThreads;
  await run(tables, tasks, { threads, onResult, ...pick(options.signal) });
  const sums = opened.map(emptyFilled);
  for (const [t, { table }] of tasks.entries()) {
    addFilled(sums[table] as Filled, results[t] as Filled);
  }
  return templatesOf(requests, tables, members, sums);
}

function pick(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** Which fills of which tables belong to a request, in the order of its files. */
type Members = readonly (readonly { readonly table: number; readonly fill: number }[])[];

function tablesOf(
  requests: readonly EventRequest[],
  { style, folder }: FillOptions,
): { tables: readonly TableFills[]; members: Members } {
  const tables: (TableFills & { readonly fills: EventRequest["fill"][] })[] = [];
  const index = new Map<string, number>();
  const members = requests.map(({ files, origin, fill }) => {
    const used = new Set<number>();
    for (const { path: pattern, table } of files) {
      for (const path of findFiles(folder, pattern, origin)) {
        const key = JSON.stringify([path, table]);
        const at = index.get(key) ?? tables.push({ path, table, style, fills: [] }) - 1;
        index.set(key, at);
        used.add(at);
      }
    }
    return [...used].map((table) => {
      const { fills } = tables[table] as (typeof tables)[number];
      return { table, fill: fills.push(fill) - 1 };
    });
  });
  return { tables, members };
}

interface MeasuredTable {
  readonly entries: number;
  readonly cells: number;
  readonly templates: number;
}

/** Opens every table once, so that everything that is wrong with a name or an expression is found before the work begins. */
async function measureTables(tables: readonly TableFills[]): Promise<readonly MeasuredTable[]> {
  const measured: MeasuredTable[] = [];
  for (const fills of tables) {
    const { file, table, compiled } = await openFills(fills);
    const { cells, templates } = compiled;
    measured.push({ entries: table.entries, cells, templates });
    await file.close();
  }
  return measured;
}

function tasksOf(entries: readonly number[]): readonly FillTask[] {
  return entries.flatMap((count, table) =>
    Array.from({ length: Math.ceil(count / RANGE_ENTRIES) }, (_, i) => ({
      table,
      start: i * RANGE_ENTRIES,
      stop: Math.min(count, (i + 1) * RANGE_ENTRIES),
    })),
  );
}

interface RunTasks {
  readonly threads: number;
  readonly signal?: AbortSignal;
  readonly onResult: (task: number, filled: Filled) => void;
}

async function runHere(
  tables: readonly TableFills[],
  tasks: readonly FillTask[],
  { signal, onResult }: RunTasks,
): Promise<void> {
  const runner = fillRunner(tables);
  try {
    for (const [id, task] of tasks.entries()) {
      // A turn of the event loop, for signals to arrive in.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      onResult(id, await runner.run(task));
    }
  } finally {
    await runner.close();
  }
}

/** Each thread gets the next task when it has done one. */
async function runInThreads(
  tables: readonly TableFills[],
  tasks: readonly FillTask[],
  { threads, signal, onResult }: RunTasks,
): Promise<void> {
  let next = 0;
  const workers = Array.from({ length: threads }, () => new Worker(ENTRY, { execArgv: [] }));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        const post = (request: FillRequest): void => worker.postMessage(request);
        post({ kind: "tables", tables });
        while (next < tasks.length) {
          signal?.throwIfAborted();
          const id = next++;
          post({ kind: "fill", id, task: tasks[id] as FillTask });
          onResult(id, await replyOf(worker));
        }
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** The next answer of a thread. */
function replyOf(worker: Worker): Promise<Filled> {
  return new Promise((resolve, reject) => {
    const onMessage = (reply: FillReply): void => {
      stop();
      if (reply.kind === "filled") resolve(reply.filled);
      else reject(fillError(reply.error));
    };
    const onError = (error: unknown): void => {
      stop();
      reject(error);
    };
    const onExit = (code: number): void => {
      stop();
      reject(new Error(`a thread ended with exit code ${code}`));
    };
    const stop = (): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
  });
}

function templatesOf(
  requests: readonly EventRequest[],
  tables: readonly TableFills[],
  members: Members,
  sums: readonly Filled[],
): readonly FilledTemplate[] {
  const offsets = tables.map(({ fills }) => {
    let offset = 0;
    return fills.map(({ axis }) => {
      const at = offset;
      offset += axis.edges.length - 1;
      return at;
    });
  });
  return requests.map(({ fill: { axis } }, r) => {
    const { edges } = axis;
    const values = new Array<number>(edges.length - 1).fill(0);
    const variances = [...values];
    let unusable = 0;
    for (const { table, fill } of members[r] as Members[number]) {
      const sum = sums[table] as Filled;
      const offset = offsets[table]?.[fill] as number;
      for (let b = 0; b < values.length; b++) {
        values[b] = (values[b] as number) + (sum.values[offset + b] as number);
        variances[b] = (variances[b] as number) + (sum.variances[offset + b] as number);
      }
      unusable += sum.unusable[fill] as number;
    }
    return { template: { edges, values, variances }, unusable };
  });
}
