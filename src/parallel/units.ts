/**
 * The units of a campaign: the work of a round is cut into numbered units, each a toy, a walk or a mass point, whose value
 * depends on nothing but its number. So it does not matter who computes a unit, when, how often, and together with which
 * others.
 *
 * @module
 */

import type { TaskControl } from "./run-steps.ts";

/** Units `lo <= unit < hi`. */
export interface Range {
  readonly lo: number;
  readonly hi: number;
}

/** A finished unit: its number and its value, which is plain data. */
export type Unit = readonly [unit: number, value: unknown];

/** How a round is watched and stopped. */
export type RoundControl = Pick<TaskControl, "signal" | "onPoints">;

/** How units are computed. */
export interface UnitControl extends RoundControl {
  /** Told finished units as soon as they are, in any order. What it throws ends the computation. */
  readonly onUnits: (units: readonly Unit[]) => void;
}

/** The work of a round. */
export interface RoundWork {
  /** Number of units. */
  readonly count: number;
  /** What they are for, in a few words. */
  readonly doing: string;
  /** Texts that say what is computed: the same for the same work. */
  readonly identity: () => Iterable<string>;
  /** Points of progress in a unit. */
  readonly sizeOf: (unit: number) => number;
  /**
   * Computes units: all of them, unless it is stopped.
   *
   * @param ranges ascending, without overlap
   */
  readonly run: (ranges: readonly Range[], control: UnitControl) => Promise<void>;
}

/** Whoever sees to it that the units of one round after the other are computed or found. */
export interface RoundRunner {
  /** @returns `[count]` values by unit; undefined for those that are not there */
  run(work: RoundWork, control: RoundControl): Promise<readonly unknown[]>;
}

/** Computes every unit, here and now, and keeps none. */
export const runAtOnce: RoundRunner = {
  async run(work, control) {
    const values = new Array<unknown>(work.count).fill(undefined);
    const onUnits = (units: readonly Unit[]): void => {
      for (const [unit, value] of units) values[unit] = value;
    };
    await work.run([{ lo: 0, hi: work.count }], { ...control, onUnits });
    return values;
  },
};

/** The units in `within` that are not there, ascending. */
export function gapsOf(has: (unit: number) => boolean, within: Range): Range[] {
  const gaps: Range[] = [];
  let lo = -1;
  for (let unit = within.lo; unit <= within.hi; unit++) {
    const missing = unit < within.hi && !has(unit);
    if (missing && lo < 0) lo = unit;
    if (!missing && lo >= 0) {
      gaps.push({ lo, hi: unit });
      lo = -1;
    }
  }
  return gaps;
}

/** Number of units in all ranges. */
export function countUnits(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { lo, hi }) => sum + hi - lo, 0);
}

/** `0-24, 30, 40-49 and 3 more`: the first and last unit of each range. */
export function describeRanges(ranges: readonly Range[], shown = 5): string {
  const texts = ranges
    .slice(0, shown)
    .map(({ lo, hi }) => (hi - lo === 1 ? `${lo}` : `${lo}-${hi - 1}`));
  const more = ranges.length - texts.length;
  return `${texts.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
