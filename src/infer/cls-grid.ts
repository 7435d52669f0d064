/**
 * CLs on a grid of signal strengths, and limits interpolated there.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { Analysis } from "./analysis.ts";
import { expectedTailProbabilities, N_SIGMA, tailProbabilities } from "./asymptotics.ts";
import { requireInside } from "./hypotest.ts";
import type { Walk } from "./profile.ts";
import type { Steps } from "./steps.ts";
import { type Curve, isOneSidedZero, statisticAt } from "./test-statistics.ts";

/** Equidistant values of the signal strength. */
export interface MuGrid {
  readonly start: number;
  readonly stop: number;
  readonly points: number;
}

/** CLs at one strength. Expected values in the order of `nsigmaOrder`. */
export interface ClsPoint {
  readonly mu: number;
  readonly cls: number | null;
  readonly expected: readonly (number | null)[];
}

const MAX_POINTS = 100_000;
/** Points of a grid that one walk visits: a scan is several walks, which can be run side by side. */
const WALK_POINTS = 8;

/** @throws NextstatError `usage` for fewer than two points, or an end that is not above the start */
export function requireGrid({ start, stop, points }: MuGrid): void {
  if (!(Number.isInteger(points) && points >= 2 && points <= MAX_POINTS)) {
    throw new NextstatError("usage", `a grid of ${points} points`, {
      hint: `give a number from 2 to ${MAX_POINTS}`,
    });
  }
  if (!(Number.isFinite(start) && Number.isFinite(stop) && stop > start)) {
    throw new NextstatError("usage", `a grid from ${start} to ${stop}`, {
      hint: "its end must lie above its start",
    });
  }
}

/** The values of a grid; the ends exactly. */
export function gridValues({ start, stop, points }: MuGrid): number[] {
  return Array.from({ length: points }, (_, k) =>
    k === points - 1 ? stop : start + (k * (stop - start)) / (points - 1),
  );
}

/** q on the data, and on the Asimov set of the background. */
export interface Curves {
  readonly observed: Curve;
  readonly expected: Curve;
}

/** CLs, observed and expected, from the conditional fits made at mu. */
export function clsAt(
  statistic: "q" | "qtilde",
  { observed, expected }: Curves,
  mu: number,
): ClsPoint {
  const { q } = statisticAt(statistic, observed, mu);
  const { q: qA } = statisticAt(statistic, expected, mu);
  return {
    mu,
    cls: q >= 0 && qA >= 0 ? tailProbabilities(statistic, q, qA).cls : null,
    expected: N_SIGMA.map((n) =>
      qA >= 0 ? expectedTailProbabilities(statistic, qA, n).cls : null,
    ),
  };
}

/** CLs on a grid. */
export function* scanCls(
  analysis: Analysis,
  poi: number,
  statistic: "q" | "qtilde",
  curves: Curves,
  grid: MuGrid,
): Steps<ClsPoint[]> {
  const values = gridValues(grid);
  requireInside(analysis, poi, grid.start, "the begin of the grid");
  const walks: Walk[] = [];
  /** Of each walk. */
  const visited: Curve[] = [];
  // Both curves side by side: an interrupted scan then has CLs as far as it came.
  for (let from = 0; from < values.length; from += WALK_POINTS) {
    for (const curve of [curves.observed, curves.expected]) {
      const walk = planWalk(analysis, statistic, curve, values.slice(from, from + WALK_POINTS));
      if (walk === null) continue;
      walks.push(walk);
      visited.push(curve);
    }
  }
  if (walks.length > 0) {
    const results = yield* analysis.run({ walks, doing: "scanning CLs" });
    walks.forEach(({ path }, k) => {
      results[k]?.points.forEach((point, i) => {
        visited[k]?.accept(path[i]?.[0] as number, point, analysis.explore);
      });
    });
  }
  return values.map((mu) => clsAt(statistic, curves, mu));
}

/** A walk over those of the values at which a conditional fit is needed and not yet made. */
function planWalk(
  analysis: Analysis,
  statistic: "q" | "qtilde",
  curve: Curve,
  values: readonly number[],
): Walk | null {
  const needed = values.filter(
    (mu) =>
      mu !== curve.muHat &&
      !isOneSidedZero(statistic, curve, mu) &&
      curve.plan(mu, analysis.explore) !== null,
  );
  const [first] = needed;
  const walk = first === undefined ? null : curve.plan(first, analysis.explore);
  return walk === null ? null : { ...walk, path: needed.map((mu) => [mu]) };
}

/**
 * The limits where CLs falls to alpha on the grid; null and a warning for those that it does not show.
 *
 * @param expected whether the expected ones are wanted
 */
export function interpolatedLimits(
  analysis: Analysis,
  points: readonly ClsPoint[],
  alpha: number,
  expected: boolean,
): { readonly obsLimit: number | null; readonly expLimits: readonly (number | null)[] | null } {
  const obsLimit = firstCrossing(points, (p) => p.cls, alpha);
  const expLimits = expected
    ? N_SIGMA.map((_, k) => firstCrossing(points, (p) => p.expected[k] ?? null, alpha))
    : null;
  const missing = [
    ...(obsLimit === null ? ["observed"] : []),
    ...N_SIGMA.filter((_, k) => expLimits?.[k] === null).map(expectedName),
  ];
  if (missing.length > 0 && !analysis.interrupted()) {
    analysis.warn(`no value for ${limitNames(missing)}: CLs does not cross ${alpha} on the grid`);
  }
  return { obsLimit, expLimits };
}

/** The first place where CLs falls to alpha, by linear interpolation; null where it does not. */
function firstCrossing(
  points: readonly ClsPoint[],
  of: (point: ClsPoint) => number | null,
  alpha: number,
): number | null {
  for (let k = 1; k < points.length; k++) {
    const [a, b] = [points[k - 1] as ClsPoint, points[k] as ClsPoint];
    const [left, right] = [of(a), of(b)];
    if (left === null || right === null) return null;
    if (left >= alpha && right < alpha) {
      return a.mu + ((left - alpha) / (left - right)) * (b.mu - a.mu);
    }
  }
  return null;
}

/** What an expected limit is called. */
export function expectedName(n: number): string {
  return n === 0 ? "median expected" : `expected (${n > 0 ? "-" : "+"}${Math.abs(n)} sigma)`;
}

/** `the observed limit`, `the observed and the median expected limits`. */
export function limitNames(names: readonly string[]): string {
  const list = names.map((name) => `the ${name}`);
  const last = list.pop();
  return list.length === 0 ? `${last} limit` : `${list.join(", ")} and ${last} limits`;
}
