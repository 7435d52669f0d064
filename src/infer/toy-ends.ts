/**
 * Ends of confidence intervals from toys at several strengths: where the p-value of the two-sided statistic falls to
 * 1 - confidence level on the way from the best fit outwards.
 *
 * Where few events are expected the p-value has steps, at strengths at which outcomes change their order, so a smooth curve
 * through all strengths would be wrong. Those whose toys are beyond a doubt on one side enclose the end; those in between, if
 * there are any, are fitted on the asymptotic prediction (`tail-fit.ts`). At a step there are none in the end, and the end
 * lies anywhere between two strengths.
 *
 * Dead end: one local fit, its window halved until a chi-squared calls it straight. Steps of two binomial deviations pass,
 * and the ends of counting experiments were up to eight of their errors off.
 *
 * @module
 */

import { normalHazard, normalSurvival, normalUpperQuantile } from "../math/normal.ts";
import { fitTail, type TailCount } from "./tail-fit.ts";
import { fallingRoot } from "./toy-limits.ts";
import { countFrom } from "./toy-tails.ts";

/** The statistic of the data at a strength: its distance from the best fit on one side, and sqrt(t). */
export interface RootPoint {
  readonly distance: number;
  readonly root: number;
}

/** Toys there: their statistics, ascending. */
export interface TestedDistance extends RootPoint {
  readonly sorted: Float64Array;
}

export interface EndTarget {
  readonly cl: number;
  /** Distance where to look first, and the last one there is. */
  readonly guess: number;
  readonly last: number;
}

export interface EndEstimate {
  /** Distance of the end; null where the p-value stays above 1 - cl as far as there are values. */
  readonly at: number | null;
  /** Standard deviation due to the number of toys, and of the place inside a step; infinite where nothing is enclosed. */
  readonly error: number;
  /** Strengths that it rests on. */
  readonly nUsed: number;
  /** Where more toys help: this far around this distance. */
  readonly next: number;
  readonly spread: number;
}

/** In binomial standard deviations: beyond a doubt, and how far from the end its strengths lie at most. */
const CLEAR = 3;
const SPREAD = 1.5;
/** A step towards an end that nothing encloses is at most so many times as far. */
const FARTHER = 2;
/** Share of the gap at either end in which no strength is put. */
const MARGIN = 0.1;
/** How far the slope may be from the asymptotic one, relative to it: p is flat between steps. */
const TILT = 0.7;

interface Counted extends RootPoint, TailCount {
  /** Binomial standard deviations of the p-value above 1 - cl. */
  readonly above: number;
}

/**
 * @param nodes where the statistic of the data is known, ascending in distance, from the best fit on
 * @returns null without toys
 */
export function estimateEnd(
  { cl, guess, last }: EndTarget,
  nodes: readonly RootPoint[],
  tested: readonly TestedDistance[],
): EndEstimate | null {
  const counted = tested
    .flatMap((point) => count(cl, point) ?? [])
    .sort((a, b) => a.distance - b.distance);
  const [some] = counted;
  if (some === undefined) return null;
  const inner = counted.findLastIndex(({ above }) => above > CLEAR);
  const outer = counted.findIndex(({ above }, k) => k > inner && above < -CLEAR);
  const from = counted[inner]?.distance ?? 0;
  const to = counted[outer]?.distance ?? last;
  const between = counted.slice(inner + 1, outer < 0 ? counted.length : outer);
  const around = counted.slice(Math.max(inner, 0), outer < 0 ? counted.length : outer + 1);
  if (from >= last) return { at: null, error: 0, nUsed: 1, next: last, spread: 0 };

  const wanted = normalUpperQuantile(1 - cl);
  const z = (distance: number): number => deviations(rootAt(nodes, distance));
  const used = between.length > 0 ? between : around;
  const fit = fitTail(used, z(guess), TILT);
  const root = fallingRoot((distance) => wanted - fit.at(z(distance)), {
    guess,
    from: 0,
    to: last,
  });
  const step = 0.01 * Math.min(Math.max(root ?? last, from, 0.01 * last), to);
  const perSigma = (at: number): number => (2 * step) / (z(at + step) - z(Math.max(at - step, 0)));
  if (between.length > 0) {
    const at = Math.min(Math.max(root ?? last, from), to);
    const first = (between[0] as Counted).distance;
    const final = (between.at(-1) as Counted).distance;
    const open = outer < 0 && root === null;
    // Where the prediction is flat, the counts tell nothing about the place.
    const scale = Math.max(perSigma(at), 0);
    const deviation = Math.sqrt(cl * (1 - cl) * some.n) / (some.n * density(wanted));
    // Beyond those in between lies a strength that is clear: a step on the way to it.
    const beyond = outer >= 0 && at > final ? to - final : at < first ? first - from : 0;
    return {
      at: open ? null : at,
      error: open
        ? Number.POSITIVE_INFINITY
        : Math.hypot(
            (Math.sqrt(fit.variance(z(at))) / fit.slope) * (scale || last),
            beyond / Math.sqrt(12),
          ),
      nUsed: between.length,
      next: beyond > 0 ? (at > final ? 0.5 * (final + to) : 0.5 * (from + first)) : at,
      spread: Math.min(SPREAD * deviation * scale, 0.5 * (to - from)),
    };
  }
  if (outer < 0) {
    const next = Math.min(root ?? last, Math.max(FARTHER * from, guess), last);
    return {
      at: next,
      error: Number.POSITIVE_INFINITY,
      nUsed: 1,
      next: Math.max(next, from),
      spread: 0,
    };
  }
  const gap = to - from;
  const at = Math.min(Math.max(root ?? to, from + MARGIN * gap), to - MARGIN * gap);
  return { at, error: gap / Math.sqrt(12), nUsed: 1, next: at, spread: 0 };
}

/** The p-value of the data at a strength: its binomial standard deviations above 1 - cl. */
export function deviationFrom(cl: number, { root, sorted }: TestedDistance): number {
  const n = sorted.length;
  return (countFrom(sorted, root ** 2) / n - (1 - cl)) / Math.sqrt((cl * (1 - cl)) / n);
}

/** Null at the best fit, where every toy is in the tail. */
function count(cl: number, point: TestedDistance): Counted | null {
  const { distance, root, sorted } = point;
  const z = deviations(root);
  if (!Number.isFinite(z) || sorted.length === 0) return null;
  const above = deviationFrom(cl, point);
  return { distance, root, z, k: countFrom(sorted, root ** 2), n: sorted.length, above };
}

/** Of the p-value that a chi-squared distribution gives for t = root^2. */
function deviations(root: number): number {
  return normalUpperQuantile(Math.min(2 * normalSurvival(root), 1));
}

/** Of the standard normal distribution. */
function density(z: number): number {
  return normalHazard(z) * normalSurvival(z);
}

/** In straight lines between the nodes, and beyond them. */
function rootAt(nodes: readonly RootPoint[], distance: number): number {
  const above = nodes.findIndex((node) => node.distance >= distance);
  const right = Math.min(Math.max(above < 0 ? nodes.length - 1 : above, 1), nodes.length - 1);
  const [p, q] = [nodes[right - 1] as RootPoint, nodes[right] as RootPoint];
  const share = (distance - p.distance) / (q.distance - p.distance);
  return Math.max(p.root + share * (q.root - p.root), 0);
}
