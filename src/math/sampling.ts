/**
 * Random numbers of the distributions that data have. Everything is our own arithmetic: the same stream gives the same
 * bytes in every engine.
 *
 * @module
 */

import { exp } from "./exponential.ts";
import { ln, logExcess } from "./logarithm.ts";
import type { RandomStream } from "./philox.ts";
import { lnGamma } from "./special.ts";

/** Draws from one stream. */
export interface Sampler {
  /** A standard normal number. */
  normal(): number;
  /**
   * A Poisson number.
   *
   * @param mean at least 0; accurate to means of 1e12
   */
  poisson(mean: number): number;
}

/** From here on rejection takes less than adding up probabilities. */
const REJECTION_FROM = 10;

/** A sampler on a stream. */
export function createSampler({ uniform }: RandomStream): Sampler {
  let spare = Number.NaN;
  return {
    /** The polar form of Box and Muller's method (G. Marsaglia, T. A. Bray, SIAM Rev. 6 (1964) 260), which needs no sine. */
    normal() {
      if (!Number.isNaN(spare)) {
        const value = spare;
        spare = Number.NaN;
        return value;
      }
      for (;;) {
        const x = 2 * uniform() - 1;
        const y = 2 * uniform() - 1;
        const square = x * x + y * y;
        if (square >= 1 || square === 0) continue;
        const scale = Math.sqrt((-2 * ln(square)) / square);
        spare = y * scale;
        return x * scale;
      }
    },
    poisson(mean) {
      if (!(mean > 0)) return 0;
      return mean < REJECTION_FROM ? byInversion(uniform, mean) : byRejection(uniform, mean);
    },
  };
}

function byInversion(uniform: () => number, mean: number): number {
  const u = uniform();
  let probability = exp(-mean);
  let sum = probability;
  let k = 0;
  while (u > sum) {
    k++;
    probability *= mean / k;
    const next = sum + probability;
    // Far out the sum rounds to below 1: there is nothing beyond.
    if (next === sum && k > mean) break;
    sum = next;
  }
  return k;
}

/** The algorithm PTRS of W. Hörmann, Insurance: Mathematics and Economics 12 (1993) 39: transformed rejection with a squeeze. */
function byRejection(uniform: () => number, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (ln((v * inverseAlpha) / (a / (us * us) + b)) <= logPoisson(k, mean)) return k;
  }
}

const HALF_LN_2PI = 0.9189385332046728;

/**
 * ln of the Poisson probability of k. In the saddle-point form of C. Loader (2000), as the terms of the plain one cancel to
 * nine digits at means of 1e9.
 */
function logPoisson(k: number, mean: number): number {
  if (k < 10) return k * ln(mean) - mean - lnGamma(k + 1);
  const square = 1 / (k * k);
  const stirling = (1 / 12 - (1 / 360 - (1 / 1260 - square / 1680) * square) * square) / k;
  return -k * logExcess((mean - k) / k) - 0.5 * ln(k) - HALF_LN_2PI - stirling;
}
