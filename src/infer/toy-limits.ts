/**
 * Limits from toys at several strengths: where CLs falls to alpha, and how well the toys know it.
 *
 * CLs+b and CLb are fitted around the limit (`tail-fit.ts`), each on the asymptotic prediction for it, and the limit is where
 * their ratio is alpha. The toys of every strength and hypothesis are independent, so the variances of the two fits add up.
 *
 * An expected limit is that of data at a quantile of the toys without signal. The quantile is known as well as the share of
 * toys beyond it, and so is CLb where many toys have the same statistic: how CLs moves when that share is two standard
 * deviations off either way says what it adds to the error.
 *
 * @module
 */

import { ln } from "../math/logarithm.ts";
import { logNormalSurvival, normalHazard, normalSurvival } from "../math/normal.ts";
import { NEGATIVE_Q } from "./analysis.ts";
import { fitTail, type TailCount, type TailFit } from "./tail-fit.ts";
import { countFrom } from "./toy-tails.ts";

/** What the asymptotic formulas say at a strength. */
export interface AsymptoticPoint {
  readonly mu: number;
  /** Standard deviations of CLs+b and CLb on the data. */
  readonly sb: number;
  readonly b: number;
  /** sqrt(q) on the Asimov set of the background. */
  readonly rootA: number;
}

/** Toys at a strength: their statistics, ascending. */
export interface TestedStrength extends AsymptoticPoint {
  /** The statistic of the data. */
  readonly qObs: number;
  readonly ofB: Float64Array;
  readonly ofSb: Float64Array;
}

/** Which limit: the observed one, or the one expected when the data fluctuate by so many standard deviations. */
export type WhichLimit = "observed" | number;

export interface LimitTarget {
  readonly which: WhichLimit;
  readonly alpha: number;
  /** Where to look first. */
  readonly guess: number;
  /** Strengths between which it may lie. */
  readonly from: number;
  readonly to: number;
}

/** A limit; null where the fitted CLs does not fall to alpha between the ends. */
export interface LimitEstimate {
  readonly at: number;
  /** Standard deviation due to the number of toys. */
  readonly error: number;
  /** Strengths that it rests on. */
  readonly nUsed: number;
  /** Strength that corresponds to one standard deviation there. */
  readonly perSigma: number;
}

/** In standard deviations of CLs+b: strengths this near are used. */
const WINDOW = 0.5;
/**
 * How far the slope may be from the asymptotic one, relative to it. Strengths are put where earlier toys have the limit, which
 * makes a slope left to the toys too steep, and the errors too small, by a quarter with 0.5.
 */
const TILT = 0.2;
const MAX_ROUNDS = 20;
const BISECTIONS = 60;

/** Asymptotic standard deviations of a limit's tails. */
interface Tails {
  readonly sb: number;
  readonly b: number;
}

/** Toys in the tails at one strength. */
interface Counted {
  readonly strength: TestedStrength;
  readonly mu: number;
  readonly sb: TailCount;
  readonly b: TailCount;
}

/**
 * @param nodes the asymptotic prediction, ascending in mu, two or more
 * @param strengths in any order
 * @returns null where CLs does not fall to alpha, or where there are no toys
 */
export function estimateLimit(
  target: LimitTarget,
  nodes: readonly AsymptoticPoint[],
  strengths: readonly TestedStrength[],
): LimitEstimate | null {
  const { which, alpha, guess, from, to } = target;
  const counted = strengths.flatMap((strength) => countTails(which, strength) ?? []);
  if (counted.length === 0) return null;
  const tails = (mu: number): Tails => interpolate(which, nodes, mu);
  let at = guess;
  let used: readonly Counted[] = [];
  let fits: { readonly sb: TailFit; readonly b: TailFit } | null = null;
  const excess = (mu: number): number => {
    const { sb, b } = fits as { sb: TailFit; b: TailFit };
    const z = tails(mu);
    return logNormalSurvival(sb.at(z.sb)) - logNormalSurvival(b.at(z.b)) - ln(alpha);
  };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const centre = tails(at);
    const near = nearby(counted, at, centre.sb);
    const same = near.length === used.length && near.every((c, k) => c === used[k]);
    if (same) break;
    used = near;
    fits = {
      sb: fitTail(
        used.map(({ sb }) => sb),
        centre.sb,
        TILT,
      ),
      b: fitTail(
        used.map(({ b }) => b),
        centre.b,
        TILT,
      ),
    };
    const root = fallingRoot(excess, target);
    if (root === null) return null;
    at = root;
  }
  const { sb, b } = fits as { sb: TailFit; b: TailFit };
  const z = tails(at);
  const hazard = normalHazard(sb.at(z.sb));
  const ofB =
    which === "observed"
      ? normalHazard(b.at(z.b)) ** 2 * b.variance(z.b)
      : quantileEffect(which, used) ** 2 * sb.concentration(z.sb);
  const variance = hazard ** 2 * sb.variance(z.sb) + ofB;
  const step = 0.01 * Math.max(at, 1e-3 * (to - from));
  const [low, high] = [Math.max(at - step, from), Math.min(at + step, to)];
  const fall = (excess(low) - excess(high)) / (high - low);
  const rise = tails(high).sb - tails(low).sb;
  return {
    at,
    error: fall > 0 ? Math.sqrt(variance) / fall : Number.POSITIVE_INFINITY,
    nUsed: used.length,
    // Where the prediction is flat, more toys are put at the limit itself.
    perSigma: rise > 0 ? (high - low) / rise : 0,
  };
}

/** @param qA the statistic on the Asimov set of the background */
export function asymptoticPoint(
  testStat: "q" | "qtilde",
  mu: number,
  q: number,
  qA: number,
): AsymptoticPoint {
  const rootA = Math.sqrt(qA);
  const root = Math.sqrt(q);
  const beyond = testStat === "qtilde" && root > rootA && rootA > 0;
  const sb = beyond ? (q + qA) / (2 * rootA) : root;
  return { mu, sb, b: sb - rootA, rootA };
}

/** CLs at a strength as its toys have it; null without toys. */
export function clsOf(which: WhichLimit, strength: TestedStrength): number | null {
  const counted = tailsAt(which, strength);
  if (counted === null) return null;
  const { kSb, nSb, kB, nB } = counted;
  return kB === 0 ? null : kSb / nSb / (kB / nB);
}

/** Null where every toy is in the tail: the statistic is 0, and CLs is 1. */
function countTails(which: WhichLimit, strength: TestedStrength): Counted | null {
  const counted = tailsAt(which, strength);
  const z = tailsOf(which, strength);
  if (counted === null || !(counted.q > NEGATIVE_Q) || !Number.isFinite(z.sb + z.b)) return null;
  const { kSb, nSb, kB, nB } = counted;
  return {
    strength,
    mu: strength.mu,
    sb: { z: z.sb, k: kSb, n: nSb },
    b: { z: z.b, k: kB, n: nB },
  };
}

function tailsAt(
  which: WhichLimit,
  { ofB, ofSb, qObs }: TestedStrength,
): { q: number; kSb: number; nSb: number; kB: number; nB: number } | null {
  if (ofB.length === 0 || ofSb.length === 0 || Number.isNaN(qObs)) return null;
  const q = which === "observed" ? qObs : fromTop(ofB, normalSurvival(which));
  return { q, kSb: countFrom(ofSb, q), nSb: ofSb.length, kB: countFrom(ofB, q), nB: ofB.length };
}

/** The value that a share of all are at least as large as. */
function fromTop(sorted: Float64Array, share: number): number {
  const rank = Math.round(Math.min(Math.max(share, 0), 1) * (sorted.length - 1));
  return sorted[sorted.length - 1 - rank] as number;
}

/** How much ln CLs at one strength moves when the share of toys beyond the quantile is off by its standard deviation. */
function quantileEffect(nSigma: number, used: readonly Counted[]): number {
  const off = 2;
  const share = normalSurvival(nSigma);
  const moved = (sign: 1 | -1): number => {
    let [signal, background] = [0, 0];
    for (const { strength, b } of used) {
      const { ofB, ofSb } = strength;
      const deviation = (p: number): number => off * Math.sqrt((p * (1 - p)) / ofB.length);
      const q = fromTop(ofB, share + sign * deviation(share));
      signal += countFrom(ofSb, q) / ofSb.length;
      background += countFrom(ofB, q) / ofB.length - sign * deviation(b.k / b.n);
    }
    // Where there is none, half a toy.
    const least = 0.5 / (used[0] as Counted).sb.n;
    return ln(Math.max(signal, least)) - ln(Math.max(background, least));
  };
  return (moved(1) - moved(-1)) / (2 * off);
}

/** Those in the window; where that are fewer than two, the nearest on either side. */
function nearby(counted: readonly Counted[], at: number, z: number): readonly Counted[] {
  const inside = counted.filter(({ sb }) => Math.abs(sb.z - z) <= WINDOW);
  if (inside.length > 1) return inside;
  const nearest = (list: readonly Counted[]): readonly Counted[] =>
    list.reduce<readonly Counted[]>((best, c) => {
      const [known] = best;
      return known === undefined || Math.abs(c.mu - at) < Math.abs(known.mu - at) ? [c] : best;
    }, []);
  return [
    ...nearest(counted.filter(({ mu }) => mu <= at)),
    ...nearest(counted.filter(({ mu }) => mu > at)),
  ];
}

function tailsOf(which: WhichLimit, { sb, b, rootA }: AsymptoticPoint): Tails {
  return which === "observed" ? { sb, b } : { sb: which + rootA, b: which };
}

/** In straight lines between the nodes, and beyond them. */
function interpolate(which: WhichLimit, nodes: readonly AsymptoticPoint[], mu: number): Tails {
  const above = nodes.findIndex((node) => node.mu >= mu);
  const right = Math.min(Math.max(above < 0 ? nodes.length - 1 : above, 1), nodes.length - 1);
  const [p, q] = [nodes[right - 1] as AsymptoticPoint, nodes[right] as AsymptoticPoint];
  const [low, high] = [tailsOf(which, p), tailsOf(which, q)];
  const share = (mu - p.mu) / (q.mu - p.mu);
  return {
    sb: low.sb + share * (high.sb - low.sb),
    b: low.b + share * (high.b - low.b),
  };
}

/** Where the k-th strength for a limit lies, from -1 to 1: 0 first, then evenly on both sides, however many. */
export function spreadAround(k: number): number {
  let place = 0;
  for (let [rest, digit] = [k, 0.5]; rest > 0; rest = Math.floor(rest / 2), digit /= 2) {
    place += digit * (rest % 2);
  }
  return 2 * place - 1;
}

/** Where a falling function is 0, looked for from a place outwards; null where it is not. */
function fallingRoot(
  f: (x: number) => number,
  { guess, from, to }: Pick<LimitTarget, "guess" | "from" | "to">,
): number | null {
  const start = Math.min(Math.max(guess, from), to);
  const sign = f(start) > 0 ? 1 : -1;
  const end = sign > 0 ? to : from;
  let [inner, outer] = [start, start];
  for (let step = 0.1 * start || 0.01 * (to - from); sign * f(outer) > 0; step *= 2) {
    if (outer === end) return null;
    inner = outer;
    outer = sign > 0 ? Math.min(outer + step, end) : Math.max(outer - step, end);
  }
  for (let k = 0; k < BISECTIONS; k++) {
    const middle = 0.5 * (inner + outer);
    if (sign * f(middle) > 0) inner = middle;
    else outer = middle;
  }
  return 0.5 * (inner + outer);
}
