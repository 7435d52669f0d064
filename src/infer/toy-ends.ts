/**
 * Ends of confidence intervals from toys at several strengths: where the p-value of the two-sided statistic falls to
 * 1 - confidence level on the way from the best fit outwards.
 *
 * Where few events are expected the p-value has steps, at strengths at which outcomes change their order, and is flat between
 * them: often just above or below 1 - cl. So nothing is assumed of its shape but that it falls. Of every gap between
 * neighbouring strengths, the likelihood that the end lies there is the largest that the binomial counts have under a falling
 * p-value that is at least 1 - cl before the gap and at most that beyond it. The end is the mean over the gaps, each with its
 * likelihood times its width, and its error the standard deviation, or a sixth of the distance over which the end is not
 * excluded with three standard deviations, if that is more: where p is flat, the error is that of a place in the flat part, at
 * a step that of a place in one gap. Without the sixth, an early downward fluctuation on a flat part made ends up to 2.5 of
 * their errors too low.
 *
 * Source: the likelihood is that of M. Banerjee, J. A. Wellner, Ann. Statist. 29 (2001) 1699. Their ratio has shorter tails
 * than a chi-squared distribution, so the errors are too large, rather than too small, where p is smooth.
 *
 * Dead ends: one local fit, its window halved until a chi-squared calls it straight. Steps of two binomial deviations pass,
 * and the ends of counting experiments were up to eight of their errors off. A fit on the asymptotic prediction of what is
 * undecided: the slope that the prediction has, and a flat p-value has not, made the errors two to three times too small.
 *
 * @module
 */

import { ln } from "../math/logarithm.ts";
import { normalHazard, normalSurvival, normalUpperQuantile } from "../math/normal.ts";
import { countFrom } from "./toy-tails.ts";

/** Toys at a strength, by its distance from the best fit on one side. */
export interface TestedDistance {
  readonly distance: number;
  /** The statistic of the data. */
  readonly t: number;
  /** The statistics of the toys, ascending. */
  readonly sorted: Float64Array;
}

export interface EndTarget {
  readonly cl: number;
  /** Distances of the first and the last value there is; the first is 0 unless the best fit is outside of a grid. */
  readonly first: number;
  readonly last: number;
}

export interface EndEstimate {
  /** Distance of the end; null where there is none between the first and the last value. */
  readonly at: number | null;
  /** Standard deviation due to the number of toys and of strengths; infinite where nothing encloses the end. */
  readonly error: number;
  /** Where an end that is null is: the p-value is below 1 - cl from the first value on, or above it up to the last. */
  readonly missing: "before" | "beyond" | null;
  /** Distances that it may lie between. */
  readonly from: number;
  readonly to: number;
  /** Strengths among these; 0 where it may be anywhere between two neighbours. */
  readonly nUndecided: number;
  /** Strengths that are missing to enclose it. */
  readonly toEnclose: readonly number[];
  /** The distance that it is below with a probability. */
  place(probability: number): number;
}

/** In standard deviations: beyond a doubt. */
const CLEAR = 3;
/** Strengths that are to enclose an end are so many binomial deviations away from it by the asymptotic prediction. */
const REACH = 5;
/** And at most so far away, relative to its distance. */
const FARTHEST = 0.5;

/** `k` of `n` toys are in the tail. */
interface Counted {
  readonly distance: number;
  readonly k: number;
  readonly n: number;
}

/** Between two neighbouring strengths. */
interface Gap {
  readonly from: number;
  readonly to: number;
  /** Of the end being there, less that of the best gap. */
  readonly logLikelihood: number;
}

/** @returns null without toys */
export function estimateEnd(
  { cl, first, last }: EndTarget,
  tested: readonly TestedDistance[],
): EndEstimate | null {
  const counted = countTails(tested);
  const [inner, outer] = [counted[0], counted.at(-1)];
  if (inner === undefined || outer === undefined) return null;
  const gaps = gapsBetween(counted, 1 - cl, first, last);
  const isLive = ({ logLikelihood }: Gap): boolean => logLikelihood > -0.5 * CLEAR ** 2;
  const live = gaps.filter(isLive);
  const [low, high] = [live[0] as Gap, live.at(-1) as Gap];
  const weights = live.map(({ from, to, logLikelihood }) => (to - from) * Math.exp(logLikelihood));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (gap: Gap) => number): number =>
    live.reduce((sum, gap, k) => sum + (weights[k] as number) * of(gap), 0) / total;

  const best = gaps.findIndex(({ logLikelihood }) => logLikelihood === 0);
  const missing =
    best === gaps.length - 1 && outer.distance >= last
      ? "beyond"
      : best === 0 && inner.distance <= first
        ? "before"
        : null;
  const enclosed = high.to <= outer.distance;
  const reach = Math.min((REACH * scaleOf(cl)) / Math.sqrt(inner.n), FARTHEST);
  const outwards = outer.distance + Math.max(reach * outer.distance, outer.distance - low.from);
  const inwards = inner.distance - Math.max(reach * inner.distance, high.to - inner.distance);
  const middle = mean(({ from, to }) => 0.5 * (from + to));
  const range = {
    missing,
    from: low.from,
    to: high.to,
    nUndecided: live.length - 1,
    toEnclose: [
      ...(low.from < inner.distance && inner.distance > first
        ? [Math.max(inwards, FARTHEST * inner.distance)]
        : []),
      ...(enclosed || outer.distance >= last ? [] : [Math.min(outwards, last)]),
    ],
    place: (probability: number): number => {
      let rest = probability * total;
      for (const [k, { from, to }] of live.entries()) {
        const weight = weights[k] as number;
        if (rest < weight) return from + (rest / weight) * (to - from);
        rest -= weight;
      }
      return high.to;
    },
  } satisfies Partial<EndEstimate>;
  if (missing !== null) {
    return { ...range, at: null, error: live.length === 1 ? 0 : Number.POSITIVE_INFINITY };
  }
  if (!enclosed && outer.distance < last) {
    return { ...range, at: outer.distance, error: Number.POSITIVE_INFINITY };
  }
  const variance = mean(
    ({ from, to }) => (0.5 * (from + to) - middle) ** 2 + (to - from) ** 2 / 12,
  );
  const error = Math.max(Math.sqrt(variance), (high.to - low.from) / (2 * CLEAR));
  return { ...range, at: middle, error };
}

/** The p-value of the data at a strength: its binomial standard deviations above 1 - cl. */
export function deviationFrom(cl: number, t: number, sorted: Float64Array): number {
  const n = sorted.length;
  return (countFrom(sorted, t) / n - (1 - cl)) / Math.sqrt((cl * (1 - cl)) / n);
}

/** Ascending in distance; the toys of the same strength are counted together. */
function countTails(tested: readonly TestedDistance[]): readonly Counted[] {
  const counts = new Map<number, Counted>();
  for (const { distance, t, sorted } of tested) {
    if (Number.isNaN(t) || sorted.length === 0) continue;
    const { k, n } = counts.get(distance) ?? { k: 0, n: 0 };
    counts.set(distance, { distance, k: k + countFrom(sorted, t), n: n + sorted.length });
  }
  return [...counts.values()].sort((a, b) => a.distance - b.distance);
}

/** From the first value on to the last, with a gap of no width where that has toys: the end is before or beyond it. */
function gapsBetween(
  counted: readonly Counted[],
  alpha: number,
  first: number,
  last: number,
): readonly Gap[] {
  const edges = [first, ...counted.map(({ distance }) => distance), last];
  const logs = edges
    .slice(1)
    .map(
      (_, k) =>
        logLikelihood(counted.slice(0, k), (p) => Math.max(p, alpha)) +
        logLikelihood(counted.slice(k), (p) => Math.min(p, alpha)),
    );
  const best = Math.max(...logs);
  return logs.map((log, k) => ({
    from: edges[k] as number,
    to: edges[k + 1] as number,
    logLikelihood: log - best,
  }));
}

/** Of a falling p-value, at its maximum under a bound: neighbours that rise are pooled, then the bound is applied. */
function logLikelihood(counted: readonly Counted[], bound: (p: number) => number): number {
  const pools: { k: number; n: number }[] = [];
  for (const { k, n } of counted) {
    let pool = { k, n };
    for (let before = pools.at(-1); before !== undefined; before = pools.at(-1)) {
      if (before.k * pool.n > pool.k * before.n) break;
      pool = { k: before.k + pool.k, n: before.n + pool.n };
      pools.pop();
    }
    pools.push(pool);
  }
  return pools.reduce((sum, { k, n }) => {
    const p = bound(k / n);
    // 0 times minus infinity is nothing.
    return sum + (k === 0 ? 0 : k * ln(p)) + (k === n ? 0 : (n - k) * ln(1 - p));
  }, 0);
}

/** Relative change of the distance by which the asymptotic p-value changes as by the binomial deviation of one toy. */
function scaleOf(cl: number): number {
  const root = normalUpperQuantile((1 - cl) / 2);
  const density = normalHazard(root) * normalSurvival(root);
  return Math.sqrt(cl * (1 - cl)) / (2 * density * root);
}
