/**
 * Test statistics as functions of the signal strength: q on the data and q on an Asimov set, with their slopes.
 *
 * Each curve remembers the conditional fits made on it, and starts the next one from its neighbours.
 *
 * Source: G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71 (2011) 1554, eqs. 8-16.
 *
 * @module
 */

import type { Analysis, AsimovSet, Response } from "./analysis.ts";
import { linearResponse, moveAlong, twiceRise } from "./analysis.ts";
import type { TestStatistic } from "./asymptotics.ts";
import {
  isElsewhere,
  type Likelihood,
  LOWER_BASIN,
  type ProfilePoint,
  type Walk,
} from "./profile.ts";

/** The profile of one likelihood along the parameter of interest. */
export interface Curve {
  /** Its minimum: the estimate, and the NLL there. */
  readonly muHat: number;
  readonly nllHat: number;
  /** The conditional fit at mu as work to be done; null where it has been done, and as well as it can be now. */
  plan(mu: number, explore: boolean): Walk | null;
  /** Takes a fit made at mu, unless the one known is lower; the other minima it met are followed from now on. */
  accept(mu: number, point: ProfilePoint, explored: boolean): void;
  /** How many basins are followed: when it grows, points fitted before can be fitted again. */
  nBasins(): number;
  /** The conditional fit at mu, once accepted. */
  at(mu: number): ProfilePoint | undefined;
  /** Linear response at the minimum; null where the data do not constrain the parameter. */
  readonly response: Response | null;
}

/** The curve of the observed data, around the global fit. */
export function observedCurve(analysis: Analysis, poi: number): Curve {
  const { solution } = analysis.best();
  analysis.evaluator.setDataset(analysis.observed.dataset);
  return createCurve(analysis, poi, analysis.observed, solution.x, solution.value, solution.free);
}

/** The curve of an Asimov set, whose minimum is the point it was made at. */
export function asimovCurve(analysis: Analysis, poi: number, set: AsimovSet): Curve {
  analysis.evaluator.setDataset(set.likelihood.dataset);
  const { box } = set.likelihood;
  const free = set.x.map((v, i) =>
    box.fixed[i] !== 1 && v > (box.lower[i] as number) && v < (box.upper[i] as number) ? 1 : 0,
  );
  return createCurve(analysis, poi, set.likelihood, set.x, set.nll, Uint8Array.from(free));
}

function createCurve(
  analysis: Analysis,
  poi: number,
  likelihood: Likelihood,
  best: Float64Array,
  nllHat: number,
  free: Uint8Array,
): Curve {
  const muHat = best[poi] as number;
  const response = linearResponse(analysis.objective, best, free, poi);
  const points = new Map<number, ProfilePoint>();
  const explored = new Set<number>();
  /** Number of basins that the point at mu was compared with. */
  const followed = new Map<number, number>();
  const basins = [...analysis.basins()];

  const isNew = (x: Float64Array): boolean =>
    basins.every((y) => isElsewhere(x, y, [poi], likelihood.scale, ELSEWHERE));

  /** The start for a conditional fit: along the line between the two nearest points, or along the response. */
  const predict = (mu: number): Float64Array => {
    const near = [...points.entries()]
      .map(([at, { x }]) => ({ at, x }))
      .concat({ at: muHat, x: best })
      .sort((a, b) => Math.abs(a.at - mu) - Math.abs(b.at - mu));
    const [first, second] = near as [(typeof near)[0], (typeof near)[0] | undefined];
    if (second !== undefined && first.at !== second.at) {
      const span = first.at - second.at;
      const direction = first.x.map((v, i) => (v - (second.x[i] as number)) / span);
      return moveAlong(first.x, direction, poi, mu, likelihood);
    }
    if (response === null)
      return moveAlong(first.x, new Float64Array(best.length), poi, mu, likelihood);
    return moveAlong(first.x, response.direction, poi, mu, likelihood);
  };

  return {
    muHat,
    nllHat,
    response,
    plan(mu, explore) {
      const known = points.get(mu);
      const done = known !== undefined && (!explore || explored.has(mu));
      if (done && followed.get(mu) === basins.length) return null;
      const start = known?.x ?? predict(mu);
      return {
        likelihood,
        held: [poi],
        path: [[mu]],
        start,
        basins: [...basins],
        explore: explore && !explored.has(mu),
      };
    },
    accept(mu, point, thorough) {
      followed.set(mu, basins.length);
      if (thorough) explored.add(mu);
      const known = points.get(mu);
      if (known === undefined || point.nll < known.nll) points.set(mu, point);
      if (!thorough) return;
      const lower = known !== undefined && point.nll < known.nll - LOWER_BASIN ? [point.x] : [];
      for (const x of [...lower, ...point.others]) {
        if (basins.length < MAX_BASINS && isNew(x)) basins.push(x);
      }
    },
    nBasins: () => basins.length,
    at: (mu) => points.get(mu),
  };
}

/** In scales of a parameter: solutions further apart than this are in different basins. */
const ELSEWHERE = 0.05;
const MAX_BASINS = 10;

/** A test statistic and its derivative by mu. */
export interface StatisticValue {
  readonly q: number;
  readonly slope: number;
}

/**
 * Whether the statistic is 0 at mu whatever the conditional fit gives: a one-sided one on the side that does not count
 * as evidence.
 */
export function isOneSidedZero(statistic: TestStatistic, curve: Curve, mu: number): boolean {
  switch (statistic) {
    case "q":
    case "qtilde":
      return curve.muHat > mu;
    case "q0":
      return curve.muHat < mu;
    case "tmu":
    case "tmutilde":
      return false;
  }
  return statistic satisfies never;
}

/** Value and slope from the conditional fit at mu; rounding below 0 is 0. */
export function statisticAt(statistic: TestStatistic, curve: Curve, mu: number): StatisticValue {
  if (isOneSidedZero(statistic, curve, mu) || mu === curve.muHat) return { q: 0, slope: 0 };
  const point = curve.at(mu);
  if (point === undefined) return { q: Number.NaN, slope: Number.NaN };
  const q = twiceRise(point.nll, curve.nllHat);
  return { q, slope: 2 * (point.slopes[0] as number) };
}
