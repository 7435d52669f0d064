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

import type { ResolvedModel } from "../model/resolved-model.ts";
import type { Certified } from "../optimize/certify.ts";
import type { Minimizer } from "../optimize/minimize.ts";
import type { Box } from "../optimize/objective.ts";
import type { MinosInterval } from "./fit-result.ts";

const UP = 0.5;
/** Of the interval's length. */
const TOLERANCE = 1e-7;
const MAX_STEPS = 40;

/** Both sides of one parameter's interval. */
export function minosInterval(
  model: ResolvedModel,
  minimizer: Minimizer,
  box: Box,
  certified: Certified,
  index: number,
): MinosInterval {
  const name = model.parameters[index]?.name ?? "";
  if (box.fixed[index] === 1) return { name, down: null, up: null, note: "the parameter is fixed" };
  const notes: string[] = [];
  const side = (sign: 1 | -1): number | null => {
    const crossing = findCrossing(minimizer, box, certified, index, sign);
    if (typeof crossing === "number") return crossing - (certified.solution.x[index] as number);
    notes.push(`${sign > 0 ? "up" : "down"}: ${crossing}`);
    return null;
  };
  const down = side(-1);
  const up = side(1);
  return { name, down, up, note: notes.join("; ") };
}

/** The value where the profile has risen by 1/2, or why there is none. */
function findCrossing(
  minimizer: Minimizer,
  box: Box,
  certified: Certified,
  index: number,
  sign: 1 | -1,
): number | string {
  const best = certified.solution;
  const bound = (sign > 0 ? box.upper[index] : box.lower[index]) as number;
  const origin = best.x[index] as number;
  if (origin === bound) return `already at the bound ${bound}`;
  const fixed = box.fixed.slice();
  fixed[index] = 1;
  const held: Box = { ...box, fixed };
  const variance = certified.variance[index] as number;
  const sigma = variance > 0 ? Math.sqrt(variance) : 0.1 * Math.abs(bound - origin);

  let inner = origin;
  let innerRise = 0;
  let outer: number | null = null;
  let point = best.x.slice();
  let trial = clampTowards(origin + sign * sigma, bound, sign);
  for (let step = 0; step < MAX_STEPS; step++) {
    const start = predict(point, trial, index, certified, box);
    const found = minimizer.minimize(start, held, { tolerance: 1e-10 });
    const rise = found.value - best.value;
    if (rise < -1e-6) return `a lower minimum lies at ${trial}: the fit itself is not the best`;
    const slope = found.gradient[index] as number;
    if (Math.abs(rise - UP) < 1e-9) return trial;
    if (rise < UP) {
      if (trial === bound)
        return `the bound ${bound} is reached at Delta 2NLL = ${(2 * rise).toPrecision(3)}`;
      inner = trial;
      innerRise = rise;
      point = found.x.slice();
    } else {
      outer = trial;
    }
    // Secant on sqrt(rise), which is nearly linear, with the slope known: d sqrt(rise) = slope / (2 sqrt(rise)).
    const root = Math.sqrt(Math.max(rise, 1e-12));
    let next = trial + ((Math.sqrt(UP) - root) * 2 * root) / slope;
    const far = outer ?? bound;
    const inside = sign > 0 ? next > inner && next < far : next < inner && next > far;
    if (!inside || !Number.isFinite(next)) {
      next =
        outer === null
          ? clampTowards(inner + 2 * (inner - origin + sign * 0.1 * sigma), bound, sign)
          : (inner + outer) / 2;
    }
    if (Math.abs(next - trial) < TOLERANCE * Math.abs(next - origin) && innerRise > 0) return next;
    trial = next;
  }
  return "no convergence";
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
