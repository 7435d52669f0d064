/**
 * Procedures on several threads.
 *
 * @module
 */

import {
  limitHere,
  limitInPool,
  type MassPointSource,
  type MassScanOptions,
  type MassScanResult,
  runMassScan,
} from "../parallel/mass-scan.ts";
import { createPool } from "../parallel/pool.ts";
import {
  createHelpedExecutor,
  createLocalExecutor,
  type Procedure,
  type RunOptions,
  runStepsAsync,
  type SharedModel,
  type TaskExecutor,
} from "../parallel/run-steps.ts";
import { createUnitExecutor } from "../parallel/unit-tasks.ts";
import type { RoundRunner } from "../parallel/units.ts";
import { openThread } from "./thread-channel.ts";

/** Worker threads for one model. */
export interface Threads {
  /**
   * Runs a procedure of the model; the record does not depend on the number of threads. One at a time: a second one waits
   * for the first.
   */
  run<R>(procedure: Procedure<R>, options?: RunOptions): Promise<R>;
  /** Ends the threads. Those that are idle do not keep the process alive, so that it may be left out. */
  close(): Promise<void>;
}

/** A procedure that takes less than this, global fit included, is done before threads have started. */
const PATIENCE_MS = 200;

/**
 * Opens threads for a model. They are started when there is enough to do for them.
 *
 * ```ts
 * const threads = openThreads(model, 4);
 * const { obsLimit } = await threads.run(procedures.upperLimit(model));
 * await threads.close();
 * ```
 *
 * @param count threads that run conditional fits at the same time; with 1, all is done on this thread
 * @param rounds who sees to it that the units of bulk batches are computed or found, for one procedure. Default: all are
 * computed
 */
export function openThreads(model: SharedModel, count: number, rounds?: RoundRunner): Threads {
  const pool = createPool(openThread, count);
  let begin = 0;
  const late = (): boolean => performance.now() - begin > PATIENCE_MS;
  const open = (): TaskExecutor => {
    const executor =
      count < 2
        ? createLocalExecutor(model.evaluator)
        : createHelpedExecutor(model.evaluator, pool.executor(model.compiled), late);
    return rounds === undefined ? executor : createUnitExecutor(executor, rounds);
  };
  let executor: TaskExecutor | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(procedure, options) {
      const result = last.then(() => {
        begin = performance.now();
        executor ??= open();
        return runStepsAsync(procedure, executor, options);
      });
      last = result.catch(() => undefined);
      return result;
    },
    close: () => pool.close(),
  };
}

/**
 * Upper limits of many workspaces, several at a time; the record does not depend on how many.
 *
 * @param count threads; with 1, all is done on this thread
 * @param rounds see {@link runMassScan}
 * @throws NextstatError `usage` for options that make no sense whatever the workspace
 */
export async function massScanInThreads(
  sources: readonly MassPointSource[],
  options: MassScanOptions,
  count: number,
  run?: RunOptions,
  rounds?: RoundRunner,
): Promise<MassScanResult> {
  const lanes = Math.min(count, sources.length);
  if (lanes < 2) return await runMassScan(sources, options, limitHere, 1, run, rounds);
  const pool = createPool(openThread, lanes);
  try {
    return await runMassScan(sources, options, limitInPool(pool), lanes, run, rounds);
  } finally {
    await pool.close();
  }
}
