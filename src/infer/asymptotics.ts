/**
 * Asymptotic distributions of the test statistics: from q on the data and q on the Asimov set to p-values and CLs.
 *
 * Sources: G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71 (2011) 1554 (equation numbers below);
 * A. L. Read, J. Phys. G 28 (2002) 2693 (CLs).
 *
 * @module
 */

import { exp } from "../math/exponential.ts";
import {
  logNormalSurvival,
  normalCdf,
  normalSurvival,
  normalUpperQuantile,
} from "../math/normal.ts";

/**
 * - `qtilde`: one-sided, for upper limits, signal strength bounded from below by 0 (eq. 16);
 * - `q`: the same without that bound (eq. 14);
 * - `tmu`, `tmutilde`: two-sided (eqs. 8 and 11);
 * - `q0`: one-sided, for discovery (eq. 12).
 */
export type TestStatistic = "q" | "qtilde" | "tmu" | "tmutilde" | "q0";

export const TEST_STATISTICS: readonly TestStatistic[] = ["qtilde", "q", "tmu", "tmutilde", "q0"];

/** How pyhf's `calc_base_dist` treats expected fluctuations that the test statistic cannot have. */
export type BaseDistribution = "normal" | "clipped_normal";

/** Order of the expected values everywhere: the strongest exclusion first. */
export const N_SIGMA = [2, 1, 0, -1, -2] as const;

export interface TailProbabilities {
  /** p-value of the signal-plus-background hypothesis (of the background for q0). */
  readonly clsb: number;
  /** p-value of the background-only hypothesis. */
  readonly clb: number;
  /** clsb / clb, computed without underflow. */
  readonly cls: number;
}

/**
 * p-values of an observed test statistic.
 *
 * @param q the test statistic on the data, at least 0
 * @param qA the same on the Asimov set of the background hypothesis (of the signal hypothesis for q0), at least 0
 * @returns CLs = 1 when qA is 0
 */
export function tailProbabilities(
  statistic: TestStatistic,
  q: number,
  qA: number,
): TailProbabilities {
  const root = Math.sqrt(q);
  const rootA = Math.sqrt(qA);
  if (statistic === "q0") return oneSided(root, root - rootA);
  // Without sensitivity the two hypotheses are one.
  if (!(rootA > 0)) return oneSided(root, root);
  switch (statistic) {
    case "q":
      return oneSided(root, root - rootA);
    case "qtilde":
      return root <= rootA
        ? oneSided(root, root - rootA)
        : oneSided((q + qA) / (2 * rootA), (q - qA) / (2 * rootA));
    case "tmu":
      // eq. 36, and eq. 34 for the background hypothesis.
      return ratioOf(
        2 * normalSurvival(root),
        normalSurvival(root - rootA) + normalSurvival(root + rootA),
      );
    case "tmutilde": {
      // eqs. 43 and 41: beyond qA the estimate is held at 0, where the statistic is linear in it.
      if (root <= rootA) {
        return ratioOf(
          2 * normalSurvival(root),
          normalSurvival(root - rootA) + normalSurvival(root + rootA),
        );
      }
      const linear = (q + qA) / (2 * rootA);
      return ratioOf(
        normalSurvival(root) + normalSurvival(linear),
        normalSurvival(root + rootA) + normalSurvival(linear - rootA),
      );
    }
  }
  return statistic satisfies never;
}

/** Tails beyond `signal` and `background`, both in standard deviations (eqs. 57, 59, 64, 66). */
function oneSided(signal: number, background: number): TailProbabilities {
  return {
    clsb: normalSurvival(signal),
    clb: normalSurvival(background),
    cls: exp(logNormalSurvival(signal) - logNormalSurvival(background)),
  };
}

function ratioOf(clsb: number, clb: number): TailProbabilities {
  return { clsb, clb, cls: clb > 0 ? clsb / clb : 0 };
}

/**
 * p-values expected under the background hypothesis (the signal hypothesis for q0) when the estimate fluctuates by
 * `nSigma` standard deviations away from the signal (eq. 89).
 *
 * @param nSigma 2 gives the smallest CLs
 */
export function expectedTailProbabilities(
  statistic: TestStatistic,
  qA: number,
  nSigma: number,
  base: BaseDistribution = "normal",
): TailProbabilities {
  const rootA = Math.sqrt(qA);
  if (statistic === "tmu" || statistic === "tmutilde") {
    const root = rootA + nSigma;
    if (statistic === "tmutilde" && nSigma > 0) {
      // The estimate is held at 0: t = qA + 2 N sqrt(qA).
      return tailProbabilities(statistic, qA + 2 * nSigma * rootA, qA);
    }
    return tailProbabilities(statistic, root * root, qA);
  }
  const shift = base === "clipped_normal" ? Math.max(nSigma, -rootA) : nSigma;
  return oneSided(shift + rootA, shift);
}

/**
 * The sqrt(qA) at which the expected CLs is `alpha`: with it an expected limit is the solution of sqrt(qA(mu)) = value.
 *
 * @param alpha in (0, 0.5), so that no clipped distribution is met
 */
export function expectedRoot(nSigma: number, alpha: number): number {
  return normalUpperQuantile(alpha * normalSurvival(nSigma)) - nSigma;
}

/** ln CLs of `q` and `qtilde`: the function whose root an observed limit is. `root` = sqrt(q), `rootA` = sqrt(qA) > 0. */
export function logCls(statistic: "q" | "qtilde", root: number, rootA: number): number {
  const beyond = statistic === "qtilde" && root > rootA;
  const signal = beyond ? (root * root + rootA * rootA) / (2 * rootA) : root;
  return logNormalSurvival(signal) - logNormalSurvival(signal - rootA);
}

/** Z and p of a discovery test: Z = sqrt(q0), p = 1 - Phi(Z) (eq. 53). */
export function discovery(q0: number): { readonly z: number; readonly p: number } {
  const z = Math.sqrt(q0);
  return { z, p: normalCdf(-z) };
}
