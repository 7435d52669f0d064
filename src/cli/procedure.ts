/**
 * What the commands that run a procedure on a model share: their options, and running it with progress, on several threads,
 * until it is done or interrupted.
 *
 * @module
 */

import type { Model } from "../index.ts";
import type { ProcedureOptions, ProcedureSummary } from "../infer/analysis.ts";
import type { Steps } from "../infer/steps.ts";
import { openThreads } from "../node/threads.ts";
import type { RunOptions } from "../parallel/run-steps.ts";
import type { MetricValues } from "../report/metrics.ts";
import { roundsOf } from "./campaign.ts";
import { type CommonOptions, threadsOf } from "./common.ts";
import { type LikelihoodOptions, likelihoodOptions } from "./likelihood-options.ts";
import { present, recordJson } from "./present.ts";
import { type Interruption, interruptible, startProgress } from "./progress.ts";
import type { Run } from "./run.ts";

/** Options of a command on one model, as commander hands them over. */
export interface ProcedureCommandOptions extends CommonOptions, LikelihoodOptions {}

/** A procedure and how its record is shown. */
export interface ProcedureCommand<R extends ProcedureSummary> {
  readonly model: Model;
  readonly steps: (options: ProcedureOptions) => Steps<R>;
  /** Members of the JSON besides the record. Default none. */
  readonly more?: (result: R) => object;
  /** Writes what goes to a file of its own. Default nothing. */
  readonly write?: (result: R) => Promise<void>;
  readonly text: (result: R, warnings: readonly string[]) => string;
  /** Values of the metrics document; status, flags and counters come from the record. */
  readonly metrics: (result: R) => Pick<MetricValues, "metrics" | "uncertainty">;
}

/** Runs a procedure and presents its record. */
export async function runProcedure<R extends ProcedureSummary>(
  { model, steps, more, write, text, metrics }: ProcedureCommand<R>,
  options: ProcedureCommandOptions,
  run: Run,
): Promise<void> {
  const result = await watched(options, (report, control) => {
    const asked = { ...likelihoodOptions(model, options), onProgress: report };
    const threads = openThreads(model, threadsOf(options), roundsOf(options, run));
    return threads.run(steps(asked), control).finally(() => threads.close());
  });
  await write?.(result);
  const warnings = [...new Set([...model.warnings, ...result.warnings])];
  present(
    {
      json: () => recordJson({ ...result, ...more?.(result), warnings }),
      text: () => text(result, warnings),
      warnings,
      metrics: () => ({
        ...metrics(result),
        converged: result.converged,
        flags: result.flags,
        counters: result,
      }),
      interrupted: result.partial,
    },
    options,
    run,
  );
}

/**
 * Runs something with progress on the terminal, and Ctrl-C meaning that it is to end with what it has.
 *
 * @param start is given a listener for what one step does, and what the driver is watched and stopped with
 */
export async function watched<T>(
  options: Pick<CommonOptions, "logLevel">,
  start: (report: (doing: string) => void, control: RunOptions) => Promise<T>,
): Promise<T> {
  const progress = startProgress(options.logLevel);
  let interruption: Interruption | undefined;
  try {
    return await start(progress.report, {
      signal() {
        // Not before: during the global fit, which is one step, Ctrl-C ends the process.
        interruption ??= interruptible();
        return interruption.signal;
      },
      onProgress: progress.report,
    });
  } finally {
    interruption?.done();
    progress.done();
  }
}
