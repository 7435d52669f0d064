/**
 * Tasks as processes on this machine, several at a time.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { NextstatError } from "../../errors.ts";

/** What is asked. */
export interface LocalRequest {
  readonly folder: string;
  readonly round: number;
  readonly tasks: readonly number[];
  readonly node: string;
  readonly script: string;
  readonly maxRunning: number;
  /** Asks the processes to keep what is done and end. */
  readonly signal: AbortSignal;
  readonly onTask: (done: number) => void;
  /** Told what is wrong but tried again. */
  readonly onWarning: (text: string) => void;
}

/** A process that dies is started again so many times. */
const MAX_ATTEMPTS = 3;
/** Exit code of a process that was asked to end. */
const INTERRUPTED = 130;

/**
 * Runs tasks until all are done or the signal is aborted.
 *
 * @throws NextstatError `input` when a task fails, or its process keeps dying; the others are asked to end
 */
export async function runLocally(request: LocalRequest): Promise<void> {
  const { signal, maxRunning, onTask } = request;
  const queue = [...request.tasks];
  const running = new Set<ChildProcess>();
  let done = 0;
  let failure: NextstatError | undefined;
  const stop = (): void => {
    for (const child of running) child.kill("SIGTERM");
  };
  signal.addEventListener("abort", stop);
  const lane = async (): Promise<void> => {
    for (;;) {
      const task = signal.aborted || failure !== undefined ? undefined : queue.shift();
      if (task === undefined) return;
      try {
        await runOne(task, request, running);
        done++;
        onTask(done);
      } catch (error) {
        if (!(error instanceof NextstatError)) throw error;
        failure ??= error;
        stop();
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(maxRunning, queue.length) }, lane));
  } finally {
    signal.removeEventListener("abort", stop);
  }
  if (failure !== undefined) throw failure;
}

async function runOne(
  task: number,
  request: LocalRequest,
  running: Set<ChildProcess>,
): Promise<void> {
  const { signal, onWarning } = request;
  for (let attempt = 1; ; attempt++) {
    const end = await runProcess(task, request, running);
    if (end.code === 0 || signal.aborted) return;
    const died = end.signal !== null || end.code === INTERRUPTED;
    const reason = end.signal ?? (end.text || `exit code ${end.code}`);
    if (!died) {
      // What the task says of its failure ends with what to do about it.
      const hint = end.text === "" ? "run it alone with nextstat run-task to see why" : "";
      throw failed(`task ${task} failed: ${reason}`, hint);
    }
    if (attempt === MAX_ATTEMPTS) {
      throw failed(
        `the process of task ${task} died ${MAX_ATTEMPTS} times (${reason})`,
        "is there enough memory? run fewer at a time with --max-running, then submit again",
      );
    }
    onWarning(`the process of task ${task} died (${reason}): it is started again`);
  }
}

function failed(problem: string, hint: string): NextstatError {
  return new NextstatError("input", problem, { hint });
}

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last line on standard error. */
  readonly text: string;
}

function runProcess(
  task: number,
  { folder, round, node, script }: LocalRequest,
  running: Set<ChildProcess>,
): Promise<End> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      node,
      [script, "run-task", folder, "--round", String(round), String(task)],
      // A group of its own: Ctrl-C is for the parent, which tells its children once.
      // The channel closes with the parent, however that ends: run-task takes it as a request to end.
      { stdio: ["ignore", "ignore", "pipe", "ipc"], detached: process.platform !== "win32" },
    );
    running.add(child);
    let text = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString("utf8")).slice(-4096);
    });
    child.on("error", (error) => {
      running.delete(child);
      reject(
        failed(`no process can be started (${error.message})`, "run fewer with --max-running"),
      );
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      const last = text.trim().split("\n").at(-1) ?? "";
      resolve({ code, signal, text: last.replace(/^nextstat: /, "") });
    });
  });
}
