/**
 * The asynchronous driver of procedures: gives control back to the event loop between conditional fits, so that a page
 * stays alive and an interruption is heard, and lets the walks be run elsewhere.
 *
 * @module
 */

import {
  type Batch,
  createWalkRunner,
  type Steps,
  type Walk,
  type WalkResult,
  type WalkRunner,
} from "../infer/profile.ts";
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
   * Once aborted, the procedure ends with what it has and `partial: true`. A function is called when the first walks begin,
   * after the global fit, which is one step.
   */
  readonly signal?: AbortSignal | (() => AbortSignal);
  /** Told what is being done, and how many of how many conditional fits of it are done. */
  readonly onProgress?: (doing: string, done: number, total: number) => void;
}

/** Of one batch. */
export interface WalkControl {
  /** Whether to end the walks where they are. */
  readonly signal: AbortSignal | undefined;
  /** So many more points are done; fewer than 0 for a walk that is begun anew. */
  readonly onPoints: (count: number) => void;
}

/** Whoever runs walks: this thread, or a pool of others. */
export interface WalkExecutor {
  /** Results in the order of the walks. */
  run(walks: readonly Walk[], control: WalkControl): Promise<readonly WalkResult[]>;
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

/** Runs one walk here until it is `stopped`, breathing between its points. */
export async function runWalk(
  runner: WalkRunner,
  walk: Walk,
  breathe: Breather,
  stopped: () => boolean,
  onPoints: WalkControl["onPoints"],
): Promise<WalkResult> {
  const points = runner.run(walk, stopped);
  for (let at = points.next(); ; at = points.next()) {
    if (at.done === true) return at.value;
    onPoints(1);
    await breathe();
  }
}

/** Runs walks on this thread, one after the other. */
export function createLocalExecutor(evaluator: CurvatureEvaluator): WalkExecutor {
  const runner = createWalkRunner(evaluator);
  const breathe = createBreather();
  return {
    async run(walks, { signal, onPoints }) {
      const stopped = (): boolean => signal?.aborted === true;
      const results: WalkResult[] = [];
      for (const walk of walks) {
        results.push(await runWalk(runner, walk, breathe, stopped, onPoints));
      }
      return results;
    },
  };
}

/**
 * Runs walks here as long as that is likely to be faster than starting threads, then elsewhere. A walk in progress by then
 * is begun anew there, so that the results do not depend on when it happens.
 *
 * @param late whether it is time to use the others
 */
export function createHelpedExecutor(
  evaluator: CurvatureEvaluator,
  others: WalkExecutor,
  late: () => boolean,
): WalkExecutor {
  const here = createLocalExecutor(evaluator);
  const runner = createWalkRunner(evaluator);
  const breathe = createBreather();
  return {
    async run(walks, control) {
      if (walks.length < 2) return await here.run(walks, control);
      const { signal, onPoints } = control;
      const stopped = (): boolean => late() || signal?.aborted === true;
      const results: WalkResult[] = [];
      while (results.length < walks.length && !late()) {
        const walk = walks[results.length] as Walk;
        const result = await runWalk(runner, walk, breathe, stopped, onPoints);
        if (result.points.length < walk.path.length && signal?.aborted !== true) {
          onPoints(-result.points.length);
          break;
        }
        results.push(result);
      }
      const rest = walks.slice(results.length);
      return rest.length === 0 ? results : [...results, ...(await others.run(rest, control))];
    },
  };
}

/** What a walk that was never begun has found. */
export const NOTHING_FOUND: WalkResult = {
  points: [],
  counters: { nFit: 0, nGradient: 0, nHessian: 0 },
};

/**
 * Runs a procedure from start to end. The same procedure gives the same record as with `runSteps`, whoever runs the walks.
 *
 * @param executor an evaluator of the procedure's model to run everything on this thread, or who else runs the walks
 */
export async function runStepsAsync<R>(
  steps: Procedure<R>,
  executor: WalkExecutor | CurvatureEvaluator,
  options: RunOptions = {},
): Promise<R> {
  const walker = "run" in executor ? executor : createLocalExecutor(executor);
  let signal: AbortSignal | undefined;
  let next = steps.next();
  if (next.done !== true) {
    signal = typeof options.signal === "function" ? options.signal() : options.signal;
  }
  while (next.done !== true) {
    let results: readonly WalkResult[];
    try {
      results = await runBatch(next.value, walker, signal, options.onProgress);
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
  { walks, doing }: Batch,
  walker: WalkExecutor,
  signal: AbortSignal | undefined,
  onProgress: RunOptions["onProgress"],
): Promise<readonly WalkResult[]> {
  if (signal?.aborted === true) return walks.map(() => NOTHING_FOUND);
  const total = walks.reduce((sum, { path }) => sum + path.length, 0);
  let done = 0;
  return await walker.run(walks, {
    signal,
    onPoints(count) {
      done += count;
      onProgress?.(doing, done, total);
    },
  });
}
