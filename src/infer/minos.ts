/**
 * Asymmetric intervals from the profile likelihood: where NLL rises by 1/2 with every other parameter refitted.
 *
 * The slope of the profile is the gradient component of the parameter itself (the others are stationary), so each step is
 * a Newton step on a curve whose value and slope are known, kept inside a shrinking bracket.
 *
 * Source: F. James, MINUIT reference manual (CERN D506), MINOS.
 *
 * @module
 */

import type { Certified } from "../optimize/certify.ts";
import type { Minimizer, Solution } from "../optimize/minimize.ts";
import type { Box, Objective } from "../optimize/objective.ts";
import { searchMinima } from "../optimize/search.ts";
import type { MinosInterval } from "./fit-result.ts";
import type { FitSetup } from "./fit-setup.ts";

const UP = 0.5;
/** Of the interval's length. */
const TOLERANCE = 1e-7;
const MAX_STEPS = 40;
/** Of the rise; also what another basin must be lower by to count. */
const RISE_TOLERANCE = 1e-9;
/** A step may only end the search when the rise is this close to right: at a cliff all steps are small. */
const NEARLY = 1e-5;
const MAX_BASINS = 6;
/** A profile below the fit by more than this is no rounding. */
const LOWER = 1e-6;

/** The fit whose interval is wanted. */
export interface MinosFit {
  readonly objective: Objective;
  readonly minimizer: Minimizer;
  readonly setup: FitSetup;
  readonly certified: Certified;
  /** Every minimum the fit found: the profile may change from one basin to another. */
  readonly minima: readonly Solution[];
  /** Told where the profile dips below the fit: another minimum, and a lower one. */
  readonly onLower: (x: Float64Array) => void;
  /** Whether other minima may be looked for at the ends of the interval. */
  readonly explore: boolean;
}

/** Both sides of one parameter's interval. */
export function minosInterval(
  fit: MinosFit,
  parameter: { readonly name: string; readonly index: number },
  onProgress?: (doing: string) => void,
): MinosInterval {
  const { name, index } = parameter;
  if (fit.setup.box.fixed[index] === 1) {
    return { name, down: null, up: null, note: "the parameter is fixed" };
  }
  const notes: string[] = [];
  const side = (sign: 1 | -1): number | null => {
    const where = sign > 0 ? "up" : "down";
    onProgress?.(`profile of ${name}, ${where}`);
    const crossing = findCrossing(fit, index, sign);
    if (typeof crossing === "number") return crossing - (fit.certified.solution.x[index] as number);
    notes.push(`${where}: ${crossing}`);
    return null;
  };
  const down = side(-1);
  const up = side(1);
  return { name, down, up, note: notes.join("; ") };
}

/** The value where the profile has risen by 1/2, or why there is none. */
function findCrossing(fit: MinosFit, index: number, sign: 1 | -1): number | string {
  const { certified, setup } = fit;
  const { box } = setup;
  const best = certified.solution;
  const bound = (sign > 0 ? box.upper[index] : box.lower[index]) as number;
  const origin = best.x[index] as number;
  if (origin === bound) return `already at the bound ${bound}`;
  const variance = certified.variance[index] as number;
  const sigma = variance > 0 ? Math.sqrt(variance) : 0.1 * Math.abs(bound - origin);
  const profile = openProfile(fit, index);

  let inner = origin;
  let outer: number | null = null;
  let point = best.x;
  let trial = clampTowards(origin + sign * sigma, bound, sign);
  for (let step = 0; step < MAX_STEPS; step++) {
    let found = profile.at(trial, predict(point, trial, index, certified, box));
    const next = nextTrial(found, trial);
    const missing = Math.abs(found.value - best.value - UP);
    const settled =
      missing < RISE_TOLERANCE ||
      (missing < NEARLY && Math.abs(next - trial) < TOLERANCE * Math.abs(next - origin));
    if (settled) {
      const lower = profile.lowerBasin(found);
      if (lower === null)
        return clampTowards(Math.abs(next - trial) < sigma ? next : trial, bound, sign);
      // Points of the bracket lay in a basin that is not the lowest.
      found = lower;
      outer = null;
    }
    const rise = found.value - best.value;
    if (rise < -LOWER) {
      fit.onLower(found.x);
      return `a lower minimum lies at ${trial}: the fit itself is not the best`;
    }
    if (rise < UP) {
      if (trial === bound) {
        return `the bound ${bound} is reached at Delta 2NLL = ${(2 * rise).toPrecision(3)}`;
      }
      inner = trial;
      point = found.x;
    } else {
      outer = trial;
    }
    trial = insideBracket(nextTrial(found, trial));
  }
  return "no convergence";

  /** Secant on sqrt(rise), nearly linear, with the slope known: d sqrt(rise) = slope / (2 sqrt(rise)). */
  function nextTrial(found: Solution, at: number): number {
    const root = Math.sqrt(Math.max(found.value - best.value, 1e-12));
    return at + ((Math.sqrt(UP) - root) * 2 * root) / (found.gradient[index] as number);
  }

  function insideBracket(next: number): number {
    const far = outer ?? bound;
    const inside = sign > 0 ? next > inner && next < far : next < inner && next > far;
    if (inside) return next;
    if (outer !== null) return (inner + outer) / 2;
    return clampTowards(inner + 2 * (inner - origin + sign * 0.1 * sigma), bound, sign);
  }
}

interface Profile {
  /** The lowest minimum found with the parameter held, from this start and from every basin known. */
  at(value: number, start: Float64Array): Solution;
  /** Something lower than this with the same value of the parameter; null after a search that finds none. */
  lowerBasin(found: Solution): Solution | null;
}

function openProfile(fit: MinosFit, index: number): Profile {
  const { objective, minimizer, setup, certified } = fit;
  const fixed = setup.box.fixed.slice();
  fixed[index] = 1;
  const common = {
    box: { ...setup.box, fixed },
    scale: setup.scale,
    centre: setup.centre,
    tolerance: 1e-10,
  };
  const basins = fit.minima
    .filter((m) => m.value - certified.solution.value < 10 && m !== fit.minima[0])
    .slice(0, MAX_BASINS)
    .map((m) => m.x);
  return {
    at(value, start) {
      const starts = [start, ...basins].map((x) => {
        const moved = x.slice();
        moved[index] = value;
        return moved;
      });
      return searchMinima(objective, minimizer, { ...common, starts, explore: false }).best;
    },
    lowerBasin(found) {
      if (!fit.explore) return null;
      const { best } = searchMinima(objective, minimizer, {
        ...common,
        starts: [found.x],
        explore: true,
      });
      if (!(best.value < found.value - RISE_TOLERANCE)) return null;
      basins.push(best.x);
      return best;
    },
  };
}

function clampTowards(value: number, bound: number, sign: 1 | -1): number {
  return sign > 0 ? Math.min(value, bound) : Math.max(value, bound);
}

/** The other parameters follow the covariance. */
function predict(
  from: Float64Array,
  value: number,
  index: number,
  certified: Certified,
  box: Box,
): Float64Array {
  const n = from.length;
  const start = from.slice();
  const shift = value - (from[index] as number);
  const { covariance } = certified;
  const variance = covariance?.[index * n + index] ?? 0;
  if (covariance !== null && variance > 0) {
    for (let i = 0; i < n; i++) {
      if (box.fixed[i] === 1) continue;
      const v = (start[i] as number) + (shift * (covariance[index * n + i] as number)) / variance;
      start[i] = Math.min(Math.max(v, box.lower[i] as number), box.upper[i] as number);
    }
  }
  start[index] = value;
  return start;
}
