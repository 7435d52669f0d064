/**
 * Asymmetric intervals from the profile likelihood: where NLL rises by 1/2 with every other parameter refitted.
 *
 * Source: F. James, MINUIT reference manual (CERN D506), MINOS.
 *
 * @module
 */

import type { Certified } from "../optimize/certify.ts";
import type { Minimizer, Solution } from "../optimize/minimize.ts";
import type { Box, Objective } from "../optimize/objective.ts";
import { searchMinima } from "../optimize/search.ts";
import {
  type Crossing,
  findCrossing,
  LOWER,
  type ProfileValue,
  RISE_TOLERANCE,
} from "./crossing.ts";
import type { MinosInterval } from "./fit-result.ts";
import type { FitSetup } from "./fit-setup.ts";

const UP = 0.5;
const MAX_BASINS = 6;

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
    const crossing = crossingOf(fit, index, sign);
    if (crossing.at !== null) return crossing.at - (fit.certified.solution.x[index] as number);
    notes.push(`${where}: ${crossing.reason}`);
    return null;
  };
  const down = side(-1);
  const up = side(1);
  return { name, down, up, note: notes.join("; ") };
}

/** The value where the profile has risen by 1/2, or why there is none. */
function crossingOf(fit: MinosFit, index: number, sign: 1 | -1): Crossing {
  const { certified, setup } = fit;
  const { box } = setup;
  const best = certified.solution;
  const bound = (sign > 0 ? box.upper[index] : box.lower[index]) as number;
  const origin = best.x[index] as number;
  const variance = certified.variance[index] as number;
  const sigma = variance > 0 ? Math.sqrt(variance) : 0.1 * Math.abs(bound - origin);
  const profile = openProfile(fit, index);
  const search = findCrossing({ origin, x: best.x, nll: best.value, sign, bound, up: UP, sigma });
  let found = profileValue(best, index);
  let step = search.next();
  while (step.done !== true) {
    const { at, from, verify } = step.value;
    if (!verify) found = profile.at(at, predict(from, at, index, certified, box));
    else if (fit.explore) found = profile.lowest(at, found);
    if (found.nll - best.value < -LOWER) fit.onLower(found.x);
    step = search.next(found);
  }
  return step.value;
}

function profileValue({ x, value, gradient }: Solution, index: number): ProfileValue {
  return { x, nll: value, slope: gradient[index] as number };
}

interface Profile {
  /** The lowest minimum found with the parameter held, from this start and from every basin known. */
  at(value: number, start: Float64Array): ProfileValue;
  /** The same after a search for other minima; what is lower than the one known is followed from now on. */
  lowest(value: number, known: ProfileValue): ProfileValue;
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
  const held = (x: Float64Array, value: number): Float64Array => {
    const moved = x.slice();
    moved[index] = value;
    return moved;
  };
  return {
    at(value, start) {
      const starts = [start, ...basins].map((x) => held(x, value));
      const { best } = searchMinima(objective, minimizer, { ...common, starts, explore: false });
      return profileValue(best, index);
    },
    lowest(value, known) {
      const starts = [held(known.x, value)];
      const { best } = searchMinima(objective, minimizer, { ...common, starts, explore: true });
      if (best.value < known.nll - RISE_TOLERANCE) basins.push(best.x);
      return profileValue(best, index);
    },
  };
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
