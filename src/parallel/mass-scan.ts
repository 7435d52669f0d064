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
import {
  type Range,
  type RoundRunner,
  type RoundWork,
  runAtOnce,
  type UnitControl,
} from "./units.ts";

export type { MassScanResult } from "../infer/mass-scan.ts";

/** The model of a mass point. */
type OpenedPoint = SharedModel & { readonly warnings: readonly string[] };

/** A mass point to be computed. */
export interface MassPointSource extends MassPointName {
  /** Builds its model when its turn comes. What it throws is the mass point's error, and does not stop the others. */
  open(): OpenedPoint | Promise<OpenedPoint>;
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

/** Of all mass points. */
const DOING = "solving the limits of the mass points";

/**
 * Computes the limits of all mass points.
 *
 * @param lanes how many at a time
 * @param rounds who sees to it that each is computed or found; the mass points are the units of one round. Default: all are
 * computed
 * @returns when aborted, the mass points finished by then
 * @throws NextstatError `usage` for options that make no sense whatever the workspace
 */
export async function runMassScan(
  sources: readonly MassPointSource[],
  options: MassScanOptions,
  limitOf: LimitRunner,
  lanes: number,
  { signal: given, onProgress }: RunOptions = {},
  rounds: RoundRunner = runAtOnce,
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
  const work: RoundWork = {
    count: sources.length,
    doing: DOING,
    identity: () => sources.map(({ label }) => label),
    sizeOf: () => 1,
    run: (ranges, control) => runPoints(ranges, sources, limitOptions, limitOf, lanes, control),
  };
  let done = 0;
  const outcomes = await rounds.run(work, {
    signal,
    onPoints(count) {
      done += count;
      onProgress?.(DOING, done, sources.length);
    },
  });
  const finished = sources.flatMap(({ label, workspace, coordinates }, index): FinishedPoint[] => {
    const outcome = outcomes[index] as MassPointOutcome | undefined;
    if (outcome === undefined) return [];
    const name = {
      label,
      ...(workspace === undefined ? {} : { workspace }),
      ...(coordinates === undefined ? {} : { coordinates }),
    };
    return [{ index, name, outcome }];
  });
  return massScanRecord(plan, finished, sources.length);
}

/** Mass points until all are done or it is stopped. */
async function runPoints(
  ranges: readonly Range[],
  sources: readonly MassPointSource[],
  options: UpperLimitOptions,
  limitOf: LimitRunner,
  lanes: number,
  { signal, onPoints, onUnits }: UnitControl,
): Promise<void> {
  const indices = ranges.flatMap(({ lo, hi }) => Array.from({ length: hi - lo }, (_, k) => lo + k));
  // Of all mass points: one alone may be done before the event loop needs its turn.
  const breathe = createBreather();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < indices.length && signal?.aborted !== true) {
      const index = indices[next++] as number;
      const source = sources[index] as MassPointSource;
      const outcome = await outcomeOf(source, options, limitOf, signal);
      if (outcome === null) return;
      onUnits([[index, outcome]]);
      onPoints(1);
      await breathe();
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, indices.length) }, lane));
}

/** Null when it was stopped before its end. */
async function outcomeOf(
  source: MassPointSource,
  options: UpperLimitOptions,
  limitOf: LimitRunner,
  signal: AbortSignal | undefined,
): Promise<MassPointOutcome | null> {
  try {
    const model = await source.open();
    const limit = await limitOf(model, { ...options, ...source.options?.() }, { signal });
    if (limit === null || limit.partial) return null;
    return { limit, warnings: [...new Set([...model.warnings, ...limit.warnings])] };
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    return { error: error.message };
  }
}
