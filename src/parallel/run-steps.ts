/**
 * The asynchronous driver of procedures: gives control back to the event loop between conditional fits, so that a page
 * stays alive and an interruption is heard, and lets the tasks be run elsewhere.
 *
 * @module
 */

import {
  type Batch,
  createTaskRunner,
  type Steps,
  sizeOf,
  type Task,
  type TaskResult,
  type TaskRunner,
} from "../infer/steps.ts";
import type { CurvatureEvaluator } from "../likelihood/evaluator.ts";
import type { CompiledModel } from "../model/pack.ts";
import type { ResolvedModel } from "../model/resolved-model.ts";

/** What a model must have to be fitted here or elsewhere. */
export interface SharedModel {
  readonly resolved: ResolvedModel;
  readonly compiled: CompiledModel;
  readonly evaluator: CurvatureEvaluator;
}

/** A procedure that has not been run yet; it can be run once. */
export type Procedure<R> = Steps<R>;

/** How a procedure is watched and stopped. */
export interface RunOptions {
  /**
   * Once aborted, the procedure ends with what it has and `partial: true`. A function is called when the first tasks begin,
   * after the global fit, which is one step.
   */
  readonly signal?: AbortSignal | (() => AbortSignal);
  /** Told what is being done, and how many of how many conditional fits of it are done. */
  readonly onProgress?: (doing: string, done: number, total: number) => void;
}

/** Of one batch. */
export interface TaskControl extends Pick<Batch, "doing" | "bulk"> {
  /** Whether to end the tasks where they are. */
  readonly signal: AbortSignal | undefined;
  /** So many more points are done; fewer than 0 for a task that is begun anew. */
  readonly onPoints: (count: number) => void;
  /** Told each result as soon as it is there, with the index of its task. What it throws ends the batch. Default nobody. */
  readonly onResult?: (index: number, result: TaskResult) => void;
}

/** Whoever runs tasks: this thread, or a pool of others. */
export interface TaskExecutor {
  /** Results in the order of the tasks. */
  run(tasks: readonly Task[], control: TaskControl): Promise<readonly TaskResult[]>;
}

/** The event loop is not kept waiting for longer than this and one conditional fit. */
const BREATHE_EVERY_MS = 40;

/** Waits for one turn of the event loop when the last one is long ago. */
export type Breather = () => Promise<void> | undefined;

export function createBreather(): Breather {
  let last = performance.now();
  return () => {
    if (performance.now() - last < BREATHE_EVERY_MS) return undefined;
    return new Promise((resolve) => {
      setTimeout(() => {
        last = performance.now();
        resolve();
      });
    });
  };
}

/** Runs one task here until it is `stopped`, breathing between its points. */
export async function runTask(
  runner: TaskRunner,
  task: Task,
  breathe: Breather,
  stopped: () => boolean,
  onPoints: TaskControl["onPoints"],
): Promise<TaskResult> {
  const points = runner.run(task, stopped);
  for (let at = points.next(); ; at = points.next()) {
    if (at.done === true) return at.value;
    onPoints(1);
    await breathe();
  }
}

/** Runs tasks on this thread, one after the other. */
export function createLocalExecutor(evaluator: CurvatureEvaluator): TaskExecutor {
  const runner = createTaskRunner(evaluator);
  const breathe = createBreather();
  return {
    async run(tasks, { signal, onPoints, onResult }) {
      const stopped = (): boolean => signal?.aborted === true;
      const results: TaskResult[] = [];
      for (const task of tasks) {
        const result = await runTask(runner, task, breathe, stopped, onPoints);
        onResult?.(results.length, result);
        results.push(result);
      }
      return results;
    },
  };
}

/**
 * Runs tasks here as long as that is likely to be faster than starting threads, then elsewhere. A task in progress by then
 * is begun anew there, so that the results do not depend on when it happens.
 *
 * @param late whether it is time to use the others
 */
export function createHelpedExecutor(
  evaluator: CurvatureEvaluator,
  others: TaskExecutor,
  late: () => boolean,
): TaskExecutor {
  const here = createLocalExecutor(evaluator);
  const runner = createTaskRunner(evaluator);
  const breathe = createBreather();
  return {
    async run(tasks, control) {
      if (tasks.length < 2) return await here.run(tasks, control);
      const { signal, onPoints, onResult } = control;
      const stopped = (): boolean => late() || signal?.aborted === true;
      const results: TaskResult[] = [];
      while (results.length < tasks.length && !late()) {
        const task = tasks[results.length] as Task;
        const result = await runTask(runner, task, breathe, stopped, onPoints);
        if (result.points.length < sizeOf(task) && signal?.aborted !== true) {
          onPoints(-result.points.length);
          break;
        }
        onResult?.(results.length, result);
        results.push(result);
      }
      const done = results.length;
      const rest = tasks.slice(done);
      if (rest.length === 0) return results;
      const shifted =
        onResult === undefined
          ? control
          : { ...control, onResult: (k: number, result: TaskResult) => onResult(done + k, result) };
      return [...results, ...(await others.run(rest, shifted))];
    },
  };
}

/** What a task that was never begun has found. */
export const NOTHING_FOUND: TaskResult = {
  points: [],
  counters: { nFit: 0, nGradient: 0, nHessian: 0 },
};

/**
 * Runs a procedure from start to end. The same procedure gives the same record as with `runSteps`, whoever runs the tasks.
 *
 * @param executor an evaluator of the procedure's model to run everything on this thread, or who else runs the tasks
 */
export async function runStepsAsync<R>(
  steps: Procedure<R>,
  executor: TaskExecutor | CurvatureEvaluator,
  options: RunOptions = {},
): Promise<R> {
  const taker = "run" in executor ? executor : createLocalExecutor(executor);
  let signal: AbortSignal | undefined;
  let next = steps.next();
  if (next.done !== true) {
    signal = typeof options.signal === "function" ? options.signal() : options.signal;
  }
  while (next.done !== true) {
    let results: readonly TaskResult[];
    try {
      results = await runBatch(next.value, taker, signal, options.onProgress);
    } catch (error) {
      // The procedure tidies up, and passes the error on.
      next = steps.throw(error);
      continue;
    }
    next = steps.next(results);
  }
  return next.value;
}

async function runBatch(
  { tasks, doing, bulk }: Batch,
  taker: TaskExecutor,
  signal: AbortSignal | undefined,
  onProgress: RunOptions["onProgress"],
): Promise<readonly TaskResult[]> {
  if (signal?.aborted === true) return tasks.map(() => NOTHING_FOUND);
  const total = tasks.reduce((sum, task) => sum + sizeOf(task), 0);
  let done = 0;
  return await taker.run(tasks, {
    doing,
    bulk,
    signal,
    onPoints(count) {
      done += count;
      onProgress?.(doing, done, total);
    },
  });
}
