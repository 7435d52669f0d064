/**
 * Procedures. Everything on top of a fit (tests, limits, scans, rankings, toys) is a generator that yields batches of tasks
 * and is sent back what they found, so that one procedure serves one thread and many, and can be interrupted between two
 * points. A task depends on nothing but its own record: whoever runs it, and in whatever order, finds the same numbers.
 *
 * @module
 */

import type { CurvatureEvaluator } from "../likelihood/evaluator.ts";
import { createWalkRunner, type Walk, type WalkResult } from "./profile.ts";
import { createToyRunner } from "./toy-runner.ts";
import type { ToyRun, ToyRunResult } from "./toys.ts";

/** Conditional fits along a path, or toys of an ensemble. */
export type Task = Walk | ToyRun;

/** What a task found; fewer points than {@link sizeOf} says when it was interrupted. */
export type TaskResult = WalkResult | ToyRunResult;

/** A batch of independent tasks. */
export interface Batch {
  readonly tasks: readonly Task[];
  /** What they are for, in a few words. */
  readonly doing: string;
  /** Whether it is the bulk of the work, which is worth keeping in files and spreading over machines. */
  readonly bulk: boolean;
}

/** A procedure: yields batches, is sent their results in the same order, returns its record. */
export type Steps<R> = Generator<Batch, R, readonly TaskResult[]>;

/** Number of points of a task: conditional fits or toys. */
export function sizeOf(task: Pick<Walk, "path"> | Pick<ToyRun, "count">): number {
  return "path" in task ? task.path.length : task.count;
}

/** Runs tasks on one evaluator. */
export interface TaskRunner {
  /**
   * Yields every point, for the driver to breathe. Throws nothing for fits that fail: their points say so.
   *
   * @param stopped whether to end the task before its next point; default never
   */
  run(task: Task, stopped?: () => boolean): Generator<unknown, TaskResult, void>;
}

/** @param evaluator is left on the data of the last task */
export function createTaskRunner(evaluator: CurvatureEvaluator): TaskRunner {
  const walks = createWalkRunner(evaluator);
  const toys = createToyRunner(evaluator);
  return {
    run: (task, stopped) => ("path" in task ? walks.run(task, stopped) : toys.run(task, stopped)),
  };
}

/** Runs a procedure from start to end on this thread. */
export function runSteps<R>(
  steps: Steps<R>,
  evaluator: CurvatureEvaluator,
  onProgress?: (doing: string, done: number, total: number) => void,
): R {
  const runner = createTaskRunner(evaluator);
  let next = steps.next();
  while (next.done !== true) {
    const { tasks, doing } = next.value;
    const total = tasks.reduce((sum, task) => sum + sizeOf(task), 0);
    let done = 0;
    const results = tasks.map((task) => {
      const points = runner.run(task);
      for (let at = points.next(); ; at = points.next()) {
        if (at.done === true) return at.value;
        onProgress?.(doing, ++done, total);
      }
    });
    next = steps.next(results);
  }
  return next.value;
}
