/**
 * What a pool and its workers say to each other. Everything is plain data that structured cloning takes; a compiled model
 * is one buffer, which is shared where the platform can.
 *
 * @module
 */

import { type ErrorKind, type ErrorLocation, NextstatError } from "../errors.ts";
import type { Likelihood, Walk } from "../infer/profile.ts";
import type { TaskResult } from "../infer/steps.ts";
import type { ToyRun } from "../infer/toys.ts";
import type { UpperLimitOptions, UpperLimitResult } from "../infer/upper-limit.ts";
import type { ResolvedModel } from "../model/resolved-model.ts";

/** A task without its likelihood, which the worker has. */
export type TaskJob = Omit<Walk, "likelihood"> | Omit<ToyRun, "likelihood">;

/** A whole upper limit on a model of its own. */
export interface LimitJob {
  readonly buffer: ArrayBufferLike;
  readonly resolved: ResolvedModel;
  readonly options: Omit<UpperLimitOptions, "onProgress">;
}

/** To a worker. It does one job at a time and has the model and the likelihood of a task before the task. */
export type Request =
  | { readonly type: "model"; readonly buffer: ArrayBufferLike }
  | {
      readonly type: "likelihood";
      readonly id: number;
      readonly likelihood: Likelihood;
      /** The likelihood that makes room for it. */
      readonly forget: number | null;
    }
  | { readonly type: "task"; readonly likelihood: number; readonly task: TaskJob }
  | ({ readonly type: "limit" } & LimitJob)
  /** Finish the current point and answer with what there is. */
  | { readonly type: "stop" };

/** From a worker: progress of its job, then its result or why there is none. */
export type Reply =
  | { readonly type: "points"; readonly count: number }
  | { readonly type: "doing"; readonly doing: string }
  | { readonly type: "done"; readonly result: TaskResult }
  | { readonly type: "limited"; readonly result: UpperLimitResult }
  | { readonly type: "failed"; readonly failure: Failure };

/** An error as plain data; with a kind when it is one a user can act on. */
export interface Failure {
  readonly kind: ErrorKind | null;
  readonly problem: string;
  readonly location: ErrorLocation;
  readonly hint: string;
}

/** The error as data. */
export function toFailure(error: unknown): Failure {
  if (error instanceof NextstatError) {
    const { kind, problem, location, hint } = error;
    return { kind, problem, location, hint };
  }
  const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: null, problem, location: {}, hint: "" };
}

/** The error it was. */
export function fromFailure({ kind, problem, location, hint }: Failure): Error {
  if (kind === null) return new Error(`in a worker: ${problem}`);
  return new NextstatError(kind, problem, { location, hint });
}
