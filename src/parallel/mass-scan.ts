/**
 * The mass points of a scan, several at a time. Each is computed on its own, so that the record does not depend on how many.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { ProcedureOptions } from "../infer/analysis.ts";
import {
  type FinishedPoint,
  type MassPointName,
  type MassPointOutcome,
  type MassScanPlan,
  type MassScanResult,
  massScanRecord,
} from "../infer/mass-scan.ts";
import {
  checkUpperLimitOptions,
  type UpperLimitOptions,
  type UpperLimitResult,
  upperLimitSteps,
} from "../infer/upper-limit.ts";
import type { Pool } from "./pool.ts";
import { createBreather, type RunOptions, runStepsAsync, type SharedModel } from "./run-steps.ts";

export type { MassScanResult } from "../infer/mass-scan.ts";

/** A mass point to be computed. */
export interface MassPointSource extends MassPointName {
  /** Builds its model when its turn comes. What it throws is the mass point's error, and does not stop the others. */
  open(): SharedModel & { readonly warnings: readonly string[] };
  /** Options of its own, on top of those of the scan; asked for once it is open. */
  options?(): ProcedureOptions;
}

/** What is asked of every mass point. */
export interface MassScanOptions extends Omit<UpperLimitOptions, "scan" | "onProgress"> {
  /** What the coordinates of the mass points are. Default unknown. */
  readonly coordinateNames?: readonly string[];
}

/** Who computes one limit; null when stopped before it began. */
export type LimitRunner = (
  model: SharedModel,
  options: UpperLimitOptions,
  control: { readonly signal: AbortSignal | undefined },
) => Promise<UpperLimitResult | null>;

/** Limits on this thread. */
export const limitHere: LimitRunner = (model, options, { signal }) =>
  runStepsAsync(
    upperLimitSteps(model, options),
    model.evaluator,
    signal === undefined ? {} : { signal },
  );

/** Limits in the workers of a pool. */
export function limitInPool(pool: Pool): LimitRunner {
  return ({ compiled, resolved }, options, { signal }) =>
    pool.limit(
      { buffer: compiled.buffer, resolved, options },
      { signal, onDoing: () => undefined },
    );
}

/**
 * Computes the limits of all mass points.
 *
 * @param lanes how many at a time
 * @returns when aborted, the mass points finished by then
 * @throws NextstatError `usage` for options that make no sense whatever the workspace
 */
export async function runMassScan(
  sources: readonly MassPointSource[],
  options: MassScanOptions,
  limitOf: LimitRunner,
  lanes: number,
  { signal: given, onProgress }: RunOptions = {},
): Promise<MassScanResult> {
  const { coordinateNames, ...limitOptions } = options;
  const { alpha, testStat, expected } = checkUpperLimitOptions(limitOptions);
  const plan: MassScanPlan = {
    alpha,
    testStat,
    expected,
    scan: options.grid ?? null,
    coordinateNames: coordinateNames ?? null,
  };
  const signal = typeof given === "function" ? given() : given;
  const finished: FinishedPoint[] = [];
  // Of all mass points: one alone may be done before the event loop needs its turn.
  const breathe = createBreather();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < sources.length && signal?.aborted !== true) {
      const index = next++;
      const source = sources[index] as MassPointSource;
      const outcome = await outcomeOf(source, limitOptions, limitOf, signal);
      if (outcome === null) return;
      const { label, workspace, coordinates } = source;
      const name = {
        label,
        ...(workspace === undefined ? {} : { workspace }),
        ...(coordinates === undefined ? {} : { coordinates }),
      };
      finished.push({ index, name, outcome });
      onProgress?.("solving the limits of the mass points", finished.length, sources.length);
      await breathe();
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, sources.length) }, lane));
  finished.sort((a, b) => a.index - b.index);
  return massScanRecord(plan, finished, sources.length);
}

/** Null when it was stopped before its end. */
async function outcomeOf(
  source: MassPointSource,
  options: UpperLimitOptions,
  limitOf: LimitRunner,
  signal: AbortSignal | undefined,
): Promise<MassPointOutcome | null> {
  try {
    const model = source.open();
    const limit = await limitOf(model, { ...options, ...source.options?.() }, { signal });
    if (limit === null || limit.partial) return null;
    return { limit, warnings: [...new Set([...model.warnings, ...limit.warnings])] };
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    return { error: error.message };
  }
}
