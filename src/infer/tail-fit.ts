/**
 * A tail probability as a smooth function of the strength tested, from toys at several strengths.
 *
 * The fit corrects the asymptotic formula: with z the number of standard deviations that the formula gives for the tail, the
 * toys have P = 1 - Phi(z + shift + tilt (z - origin)). Shift and tilt are what maximises the binomial likelihood of the
 * counts, which needs no correction for strengths with few toys in the tail or none; normal priors around the formula hold
 * what the counts leave open. In z the curve is straight enough for a local fit: that is what the
 * formula is for.
 *
 * @module
 */

import { logNormalSurvival, normalHazard } from "../math/normal.ts";

/** Toys at one strength: `k` of `n` are in the tail, for which the asymptotic formula gives `z` standard deviations. */
export interface TailCount {
  readonly z: number;
  readonly k: number;
  readonly n: number;
}

export interface TailFit {
  /** The tail is 1 - Phi of this. */
  at(z: number): number;
  /** Its variance due to the number of toys. */
  variance(z: number): number;
  /** Sum over the strengths of the squared share that each has in {@link at}: 1 / (how many count). */
  concentration(z: number): number;
  /** Derivative of {@link at}. */
  readonly slope: number;
}

/** Standard deviation of the prior of the shift. */
const SHIFT = 1;
const MAX_STEPS = 50;
/** Newton decrement at which the fit ends, in log-likelihood. */
const ENOUGH = 1e-14;

/**
 * @param origin where shift and tilt are told apart: near the place asked about
 * @param freedom standard deviation of the prior of the tilt
 */
export function fitTail(counts: readonly TailCount[], origin: number, freedom: number): TailFit {
  const prior = [1 / SHIFT ** 2, 1 / freedom ** 2] as const;
  let [shift, tilt] = [0, 0];
  const place = (z: number, a = shift, s = tilt): number => z + a + s * (z - origin);
  const logPosterior = (a: number, s: number): number =>
    counts.reduce(
      (sum, { z, k, n }) => {
        const eta = place(z, a, s);
        // 0 times minus infinity is nothing.
        const inside = k === 0 ? 0 : k * logNormalSurvival(eta);
        return sum + inside + (k === n ? 0 : (n - k) * logNormalSurvival(-eta));
      },
      -0.5 * (prior[0] * a * a + prior[1] * s * s),
    );
  /** Fisher information of one strength. */
  const weight = ({ z, n }: TailCount): number =>
    n * normalHazard(place(z)) * normalHazard(-place(z));
  let variance = [0, 0, 0] as readonly [number, number, number];
  let value = logPosterior(0, 0);
  for (let step = 0; step < MAX_STEPS; step++) {
    let [gradientA, gradientS] = [-prior[0] * shift, -prior[1] * tilt];
    let [aa, as, ss]: [number, number, number] = [prior[0], 0, prior[1]];
    for (const count of counts) {
      const { z, k, n } = count;
      const [eta, arm, w] = [place(z), z - origin, weight(count)];
      const slope = (n - k) * normalHazard(-eta) - k * normalHazard(eta);
      gradientA += slope;
      gradientS += slope * arm;
      aa += w;
      as += w * arm;
      ss += w * arm * arm;
    }
    const determinant = aa * ss - as * as;
    variance = [ss / determinant, -as / determinant, aa / determinant];
    const stepA = variance[0] * gradientA + variance[1] * gradientS;
    const stepS = variance[1] * gradientA + variance[2] * gradientS;
    if (stepA * gradientA + stepS * gradientS < ENOUGH) break;
    let length = 1;
    let next = logPosterior(shift + stepA, tilt + stepS);
    while (next < value && length > 1e-6) {
      length /= 2;
      next = logPosterior(shift + length * stepA, tilt + length * stepS);
    }
    if (!(next > value)) break;
    shift += length * stepA;
    tilt += length * stepS;
    value = next;
  }
  return {
    at: (z) => place(z),
    variance: (z) => variance[0] + 2 * variance[1] * (z - origin) + variance[2] * (z - origin) ** 2,
    concentration: (z) =>
      counts.reduce((sum, count) => {
        const arm = count.z - origin;
        const shared =
          variance[0] + variance[1] * (arm + z - origin) + variance[2] * arm * (z - origin);
        return sum + (shared * weight(count)) ** 2;
      }, 0),
    slope: 1 + tilt,
  };
}
