/**
 * Campaigns: procedures whose bulk batches ("rounds") are computed unit by unit, in any number of processes, and kept.
 *
 * Whoever takes part runs the procedure itself from its beginning: what comes before a round is computed again or read, and
 * a round is found as it was, because everything is deterministic. So procedures whose later rounds depend on what the
 * earlier ones found need nothing else. What differs is what happens when units are missing: they are computed and kept, all
 * or some; counted; or are an error.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { encodePlain } from "./plain-data.ts";
import {
  countUnits,
  describeRanges,
  gapsOf,
  type Range,
  type RoundControl,
  type RoundRunner,
  type RoundWork,
  type Unit,
} from "./units.ts";

/** Where finished units are kept. */
export interface UnitStore {
  /**
   * Opens a round.
   *
   * @throws NextstatError `input` when the round was another one before
   */
  open(round: number, work: RoundWork): KeptRound;
}

/** The finished units of a round. */
export interface KeptRound {
  /**
   * `[count]` the values that are there, undefined for the others.
   *
   * @throws NextstatError `input` when two values of a unit differ
   */
  read(): unknown[];
  /** Keeps units for good before it returns; it may be given a unit again. */
  keep(units: readonly Unit[], seconds: number): void;
}

/** A round in which units are missing. */
export interface OpenRound {
  /** Number of the round, from 0 on. */
  readonly round: number;
  readonly work: RoundWork;
  readonly kept: KeptRound;
  /** `[work.count]` to be filled. */
  readonly values: unknown[];
  /** Not empty. */
  readonly missing: readonly Range[];
}

/** What to do about missing units. */
export type AtGaps = (open: OpenRound, control: RoundControl) => Promise<void>;

/** Ends a procedure in the middle of a campaign, when nothing more is to be done here. No failure. */
export class CampaignPause extends Error {
  readonly round: number;
  readonly interrupted: boolean;
  constructor(round: number, interrupted: boolean) {
    super("the campaign is left here");
    this.round = round;
    this.interrupted = interrupted;
  }
}

/** Finds the units in the store, and leaves those that are missing to `atGaps`. */
export function createRounds(
  store: UnitStore,
  atGaps: AtGaps,
  atFound: AtFound = async () => {},
): RoundRunner {
  let next = 0;
  return {
    async run(work, control) {
      const round = next++;
      const kept = store.open(round, work);
      const values = kept.read();
      const missing = missingIn(values);
      if (countUnits(missing) < work.count) await atFound({ round, work, values }, control);
      if (missing.length > 0) await atGaps({ round, work, kept, values, missing }, control);
      return values;
    },
  };
}

/** What to do about the units that were found. */
export type AtFound = (
  found: Pick<OpenRound, "round" | "work" | "values">,
  control: RoundControl,
) => Promise<void>;

/** A store that is always empty. */
export const emptyStore: UnitStore = {
  open: (_, { count }) => ({
    read: () => new Array<unknown>(count).fill(undefined),
    keep() {},
  }),
};

function missingIn(values: readonly unknown[]): Range[] {
  return gapsOf((unit) => values[unit] !== undefined, { lo: 0, hi: values.length });
}

/** What is finished is kept so often, in seconds: little is lost, and there are not too many files. */
const KEEP_SECONDS = 2;
/** Later at this share of the time it has taken so far, which makes about 450 files in 100 hours. */
const KEEP_SHARE = 0.02;

/**
 * Computes what is missing, and keeps it again and again; when stopped, what is done by then.
 *
 * @param now a clock, in seconds
 */
export function computeMissing(now: () => number): AtGaps {
  return async ({ work, kept, values, missing }, control) => {
    let known = 0;
    for (let unit = 0; unit < work.count; unit++) {
      if (values[unit] !== undefined) known += work.sizeOf(unit);
    }
    control.onPoints(known);
    const begin = now();
    let last = begin;
    let finished: Unit[] = [];
    const keep = (): void => {
      keepUnits(kept, values, finished, now() - last);
      finished = [];
      last = now();
    };
    const onUnits = (units: readonly Unit[]): void => {
      for (const unit of units) finished.push(unit);
      const wait = Math.max(KEEP_SECONDS, KEEP_SHARE * (last - begin));
      if (now() - last > wait) keep();
    };
    await work.run(missing, { ...control, onUnits });
    keep();
  };
}

/**
 * Computes what is missing of some ranges of one round, keeps each range as it is done, and leaves the procedure there.
 *
 * @param wanted of the units of the round, the ranges to compute
 */
export function computeRanges(
  wantedRound: number,
  wanted: (count: number) => readonly Range[],
  now: () => number,
): AtGaps {
  return async ({ round, work, kept, values, missing }, control) => {
    if (round < wantedRound) throw incomplete(round, work, missing);
    if (round > wantedRound) throw new CampaignPause(round, false);
    const has = (unit: number): boolean => values[unit] !== undefined;
    for (const range of wanted(work.count)) {
      if (control.signal?.aborted === true) break;
      const begin = now();
      const units = await compute(work, gapsOf(has, range), control);
      keepUnits(kept, values, units, now() - begin);
    }
    throw new CampaignPause(round, control.signal?.aborted === true);
  };
}

/** A few units take this long, in seconds, for the time of one to be known. */
const TIMING_SECONDS = 2;

/** Seconds that a unit takes, from the first few of them. */
export async function timeUnits(
  work: RoundWork,
  control: RoundControl,
  now: () => number,
): Promise<number> {
  const begin = now();
  for (let lo = 0, count = 1; ; count *= 2) {
    const hi = Math.min(lo + count, work.count);
    const from = now();
    await compute(work, [{ lo, hi }], control);
    const end = now();
    // Later portions are larger, and the code is warm.
    if (hi === work.count || end - begin > TIMING_SECONDS || control.signal?.aborted === true) {
      return (end - from) / (hi - lo);
    }
    lo = hi;
  }
}

/** The finished units of some ranges. */
async function compute(
  work: RoundWork,
  ranges: readonly Range[],
  control: RoundControl,
): Promise<Unit[]> {
  const finished: Unit[] = [];
  const onUnits = (units: readonly Unit[]): void => {
    for (const unit of units) finished.push(unit);
  };
  await work.run(ranges, { ...control, onUnits });
  return finished;
}

function keepUnits(
  kept: KeptRound,
  values: unknown[],
  units: readonly Unit[],
  seconds: number,
): void {
  if (units.length === 0) return;
  kept.keep(units, seconds);
  for (const [unit, value] of units) values[unit] = value;
}

/** Leaves missing units out: the procedure finds its batch unfinished, as when it is interrupted. */
export const leaveGaps: AtGaps = async () => {};

/** @throws NextstatError `input` always */
export const requireAll: AtGaps = async ({ round, work, missing }) => {
  throw incomplete(round, work, missing);
};

function incomplete(round: number, work: RoundWork, missing: readonly Range[]): NextstatError {
  const n = countUnits(missing);
  const many = n === work.count ? "all" : `${n}`;
  return new NextstatError(
    "input",
    `the campaign is not finished: ${many} of ${work.count} units of round ${round} (${work.doing}) are missing (${describeRanges(missing)})`,
    { hint: "submit again, which computes what is missing, or collect with --partial" },
  );
}

/**
 * Computes a share of the units found once more and compares them.
 *
 * @param share above 0 and up to 1; at least one unit is computed
 * @param onVerified told how many were the same
 */
export function verifySample(share: number, onVerified: (count: number) => void): AtFound {
  return async ({ round, work, values }, control) => {
    const stride = Math.max(1, Math.floor(1 / share));
    const sample: Range[] = [];
    // From the middle of the stride on, so that neither the first nor the last is always in it.
    for (let unit = stride >> 1; unit < work.count; unit += stride) {
      if (values[unit] !== undefined) sample.push({ lo: unit, hi: unit + 1 });
    }
    if (sample.length === 0) {
      const first = values.findIndex((value) => value !== undefined);
      sample.push({ lo: first, hi: first + 1 });
    }
    const again = await compute(work, sample, { signal: control.signal, onPoints: () => {} });
    const other = again.find(([unit, value]) => encodePlain(value) !== encodePlain(values[unit]));
    if (other !== undefined) {
      throw new NextstatError(
        "input",
        `unit ${other[0]} of round ${round} (${work.doing}) is another one when it is computed here`,
        {
          hint: "delete the results, and compute them again with one version on one kind of machine",
        },
      );
    }
    onVerified(again.length);
  };
}
