/**
 * Conditional fits: some parameters held, all others refitted. A walk depends on nothing but its own record: whoever runs
 * it, and in whatever order, finds the same numbers.
 *
 * @module
 */

import type { CurvatureEvaluator, Dataset } from "../likelihood/evaluator.ts";
import { type KnownCurvature, nearby, type ObjectiveNearby } from "../optimize/known-curvature.ts";
import { createMinimizer, type Minimizer, type Solution } from "../optimize/minimize.ts";
import { type Box, type Counters, hasKinks, type Objective } from "../optimize/objective.ts";
import { searchMinima } from "../optimize/search.ts";
import { objectiveOf } from "./objective.ts";

/** What is profiled: a likelihood on some data, and where its parameters may go. Vectors are `[nParameters]`. */
export interface Likelihood {
  readonly dataset: Dataset;
  readonly box: Box;
  /** Typical scale and resting point of each parameter (see `SearchOptions`). */
  readonly scale: Float64Array;
  readonly centre: Float64Array;
  /** The curvature at its minimum, for walks that stay near it. Default none. */
  readonly curvature?: KnownCurvature;
}

/** Conditional fits along a path, each starting where the last one ended. */
export interface Walk {
  readonly likelihood: Likelihood;
  /** Indices of the parameters held. */
  readonly held: readonly number[];
  /** One row per fit: the values of the parameters held. */
  readonly path: readonly (readonly number[])[];
  /** `[nParameters]` where the first fit starts. */
  readonly start: Float64Array;
  /** Every other place where the profile may be: each fit starts there too. */
  readonly basins: readonly Float64Array[];
  /** Look for other minima at every point. */
  readonly explore: boolean;
  /** EDM of the fits. Default 1e-12. */
  readonly tolerance?: number;
}

/** One conditional fit. */
export interface ProfilePoint {
  /** `[nParameters]` */
  readonly x: Float64Array;
  readonly nll: number;
  /** dNLL/dtheta of the parameters held, which is the slope of the profile (envelope theorem). */
  readonly slopes: readonly number[];
  readonly converged: boolean;
  readonly nIter: number;
  /** Other minima met there, `[nParameters]` each. */
  readonly others: readonly Float64Array[];
}

/** What a walk found, as far as it came. */
export interface WalkResult {
  /** Fewer than the path has when the walk was interrupted. */
  readonly points: readonly ProfilePoint[];
  readonly counters: FitCounters;
}

/** Work done. */
export interface FitCounters {
  /** Minimisations. */
  readonly nFit: number;
  readonly nGradient: number;
  readonly nHessian: number;
}

/** The work of `nFit` minimisations, from a minimiser's counters before and after. */
export function workSince(before: Counters, after: Counters, nFit: number): FitCounters {
  return {
    nFit,
    nGradient: after.nGradient - before.nGradient,
    nHessian: after.nHessian - before.nHessian,
  };
}

/** In NLL: a fit this much lower than another one at the same place is in another basin. */
export const LOWER_BASIN = 1e-9;

/**
 * Whether two solutions differ, in some parameter that is not held, by more than so many of its scales.
 *
 * @param held indices that do not count
 * @param scale `[nParameters]`
 */
export function isElsewhere(
  x: Float64Array,
  y: Float64Array,
  held: readonly number[],
  scale: Float64Array,
  scales: number,
): boolean {
  return x.some(
    (v, i) => !held.includes(i) && Math.abs(v - (y[i] as number)) > scales * (scale[i] as number),
  );
}

/** EDM of conditional fits: a test statistic near 0 is known to its square root. */
const TOLERANCE = 1e-12;

/** Runs walks on one evaluator; its minimiser and scratch memory are reused. */
export interface WalkRunner {
  /**
   * Yields every point, for the driver to breathe; those near a known minimum after the last of the walk. Throws nothing for
   * fits that fail: their points say so.
   *
   * @param stopped whether to end the walk before its next point; default never
   */
  run(walk: Walk, stopped?: () => boolean): Generator<ProfilePoint, WalkResult, void>;
}

/** @param evaluator is left on the data of the last walk */
export function createWalkRunner(evaluator: CurvatureEvaluator): WalkRunner {
  const objective = nearby(objectiveOf(evaluator));
  const minimizer = createMinimizer(objective);
  return {
    *run(walk, stopped = () => false) {
      const before = { ...minimizer.counters };
      const points: ProfilePoint[] = [];
      let nFit = 0;
      // Fits near a known minimum take as little time as setting the data.
      const together = walk.likelihood.curvature !== undefined && !walk.explore;
      for (const values of walk.path) {
        if (stopped()) break;
        // Another walk may have been run on the same evaluator since the last yield.
        if (!together || points.length === 0) evaluator.setDataset(walk.likelihood.dataset);
        const point = conditionalFit(objective, minimizer, walk, values, points);
        nFit += point.nStarts;
        points.push(point);
        if (!together) yield point;
      }
      if (together) yield* points;
      return {
        points,
        counters: workSince(before, minimizer.counters, nFit),
      };
    },
  };
}

function conditionalFit(
  objective: ObjectiveNearby,
  minimizer: Minimizer,
  walk: Walk,
  values: readonly number[],
  before: readonly ProfilePoint[],
): ProfilePoint & { readonly nStarts: number } {
  const { likelihood, held } = walk;
  const fixed = likelihood.box.fixed.slice();
  for (const i of held) fixed[i] = 1;
  const box = { ...likelihood.box, fixed };
  const moved = (x: Float64Array): Float64Array => {
    const start = x.slice();
    held.forEach((i, k) => {
      start[i] = values[k] as number;
    });
    return start;
  };
  const iterations = minimizer.counters.nIterations;
  const settled = (best: Solution): Omit<ProfilePoint, "others"> => ({
    x: best.x,
    nll: best.value,
    slopes: held.map((i) => best.gradient[i] as number),
    converged: isSettled(best),
    nIter: minimizer.counters.nIterations - iterations,
  });
  const near = fitNearby(objective, minimizer, walk, values, before, box);
  if (near !== null) return { ...settled(near), others: [], nStarts: 1 };
  const last = before.at(-1);
  const starts = [
    last === undefined ? moved(walk.start) : continued(objective, before, moved, box),
    ...walk.basins.map(moved),
    ...(last?.others ?? []).map(moved),
  ];
  const found = searchMinima(objective, minimizer, {
    starts,
    box,
    scale: likelihood.scale,
    centre: likelihood.centre,
    explore: walk.explore,
    tolerance: walk.tolerance ?? TOLERANCE,
    effort: hasKinks(objective) ? "full" : starts.length > 1 ? "wary" : "repeated",
  });
  const { best } = found;
  return {
    ...settled(best),
    others: found.minima.filter((m) => m !== best && isSettled(m)).map((m) => m.x),
    nStarts: found.nStarts,
  };
}

/** The fit of a walk that knows the curvature and is to look nowhere else; null where there is none, or it fails. */
function fitNearby(
  objective: ObjectiveNearby,
  minimizer: Minimizer,
  walk: Walk,
  values: readonly number[],
  before: readonly ProfilePoint[],
  box: Box,
): Solution | null {
  const { curvature } = walk.likelihood;
  const [index] = walk.held;
  if (curvature === undefined || index === undefined || walk.held.length > 1) return null;
  if (walk.explore || walk.basins.length > 0 || curvature.free[index] !== 1) return null;
  const nodes = before.map((point, k) => ({ at: walk.path[k]?.[0] as number, x: point.x }));
  objective.relax(0);
  objective.expect(curvature, TOLERANCE);
  const start = alongProfile(curvature, index, values[0] as number, nodes, box);
  const found = minimizer.minimize(start, box, { tolerance: TOLERANCE });
  objective.expect(null, TOLERANCE);
  return isSettled(found) ? found : null;
}

/** A conditional fit this close to its minimum, in NLL, is one. */
const MAX_EDM = 1e-7;

/** Whether a fit has reached its minimum. */
export function isSettled(solution: Solution): boolean {
  return Number.isFinite(solution.value) && Math.abs(solution.edm) < MAX_EDM;
}

/** The next start of a walk: the line through its last two points, unless their end is a better place. */
function continued(
  objective: Objective,
  before: readonly ProfilePoint[],
  moved: (x: Float64Array) => Float64Array,
  box: Box,
): Float64Array {
  const last = (before.at(-1) as ProfilePoint).x;
  const previous = before.at(-2)?.x;
  const rest = moved(last);
  if (previous === undefined) return rest;
  let step = 0;
  let past = 0;
  for (let i = 0; i < last.length; i++) {
    if (box.fixed[i] !== 1) continue;
    step += ((rest[i] as number) - (last[i] as number)) ** 2;
    past += ((last[i] as number) - (previous[i] as number)) ** 2;
  }
  if (!(past > 0)) return rest;
  const line = extrapolate(last, previous, Math.sqrt(step / past), box, rest);
  return objective.value(line) < objective.value(rest) ? line : rest;
}

/** last + ratio (last - previous), inside the box; held parameters as in `rest`. */
function extrapolate(
  last: Float64Array,
  previous: Float64Array,
  ratio: number,
  box: Box,
  rest: Float64Array,
): Float64Array {
  return rest.map((at, i) => {
    if (box.fixed[i] === 1) return at;
    const v = (last[i] as number) + ratio * ((last[i] as number) - (previous[i] as number));
    return Math.min(Math.max(v, box.lower[i] as number), box.upper[i] as number);
  });
}

/**
 * Where the other variables will be: the polynomial through the minimum, with its tangent, and the points known.
 *
 * With s the shift from the minimum, x = xHat + s t + s^2 (a + ...), the rest by divided differences.
 */
function alongProfile(
  { x: best, covariance }: KnownCurvature,
  index: number,
  value: number,
  nodes: readonly { readonly at: number; readonly x: Float64Array }[],
  box: Box,
): Float64Array {
  const n = best.length;
  const origin = best[index] as number;
  const row = index * n;
  const variance = covariance[row + index] as number;
  const shift = value - origin;
  const tangent = (i: number): number => (covariance[row + i] as number) / variance;
  // Two fits at nearly the same place say nothing about higher derivatives.
  const used: { shift: number; x: Float64Array }[] = [];
  for (const node of nodes) {
    const s = node.at - origin;
    const apart = (from: number): boolean => Math.abs(s - from) > 0.05 * Math.abs(shift);
    if (apart(0) && used.every((other) => apart(other.shift))) used.push({ shift: s, x: node.x });
  }
  const coefficients = new Float64Array(used.length);
  const start = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (box.fixed[i] === 1) {
      start[i] = best[i] as number;
      continue;
    }
    const slope = tangent(i);
    for (let k = 0; k < used.length; k++) {
      const node = used[k] as (typeof used)[0];
      coefficients[k] =
        ((node.x[i] as number) - (best[i] as number) - slope * node.shift) / node.shift ** 2;
      for (let j = 0; j < k; j++) {
        const other = used[j] as (typeof used)[0];
        coefficients[k] =
          ((coefficients[k] as number) - (coefficients[j] as number)) / (node.shift - other.shift);
      }
    }
    let bend = 0;
    for (let k = used.length - 1; k >= 0; k--) {
      bend = (coefficients[k] as number) + bend * (shift - (used[k] as (typeof used)[0]).shift);
    }
    const v = (best[i] as number) + shift * (slope + shift * bend);
    start[i] = Math.min(Math.max(v, box.lower[i] as number), box.upper[i] as number);
  }
  start[index] = value;
  return start;
}
