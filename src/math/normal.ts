/**
 * The standard normal distribution, with relative accuracy in both tails.
 *
 * @module
 */

import { exp } from "./exponential.ts";
import { ln, logExcess } from "./logarithm.ts";

const LN_SQRT_2PI = 0.9189385332046728;
const INVERSE_SQRT_PI = 0.5641895835477563;

/** Coefficients of Cody's three rational approximations, highest power first. */
const NEAR_P = [
  0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694,
];
const NEAR_Q = [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171];
const MIDDLE_P = [
  2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163,
  298.6351381974001, 881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
];
const MIDDLE_Q = [
  1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903,
  3290.7992357334597, 4362.619090143247, 3439.3676741437216, 1230.3393548037495,
];
const FAR_P = [
  0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926,
  0.016083785148742275, 0.0006587491615298378,
];
const FAR_Q = [
  1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132,
  0.0023352049762686918,
];

function ratio(p: readonly number[], q: readonly number[], x: number): number {
  let top = 0;
  let bottom = 0;
  for (const a of p) top = top * x + a;
  for (const a of q) bottom = bottom * x + a;
  return top / bottom;
}

/** e^(y^2) erfc(y) for y > 0.46875. W. J. Cody, Math. Comp. 23 (1969) 631. */
function scaledErfc(y: number): number {
  if (y <= 4) return ratio(MIDDLE_P, MIDDLE_Q, y);
  const inverse = 1 / (y * y);
  return (INVERSE_SQRT_PI - inverse * ratio(FAR_P, FAR_Q, inverse)) / y;
}

/** e^(-x^2/2), with the rounding of the square taken care of. */
function gauss(x: number): number {
  const coarse = Math.trunc(x * 16) / 16;
  return exp(-0.5 * coarse * coarse) * exp(-0.5 * (x - coarse) * (x + coarse));
}

/** 1 - Phi(x), the upper tail. */
export function normalSurvival(x: number): number {
  if (!(Math.abs(x) < 40)) return Number.isNaN(x) ? Number.NaN : x > 0 ? 0 : 1;
  const y = Math.abs(x) / Math.SQRT2;
  if (y <= 0.46875) return 0.5 - 0.5 * (x / Math.SQRT2) * ratio(NEAR_P, NEAR_Q, y * y);
  const tail = 0.5 * gauss(x) * scaledErfc(y);
  return x > 0 ? tail : 1 - tail;
}

/** ln(1 - Phi(x)), finite where the tail itself underflows. */
export function logNormalSurvival(x: number): number {
  const y = x / Math.SQRT2;
  if (y < -1) {
    const other = normalSurvival(-x);
    return -other - logExcess(-other);
  }
  if (y <= 4) return ln(normalSurvival(x));
  return -0.5 * x * x + ln(0.5 * scaledErfc(y));
}

/** Phi(x). */
export function normalCdf(x: number): number {
  return normalSurvival(-x);
}

/** phi(x) / (1 - Phi(x)): minus the derivative of {@link logNormalSurvival}. */
export function normalHazard(x: number): number {
  return exp(-0.5 * x * x - LN_SQRT_2PI - logNormalSurvival(x));
}

/**
 * The x whose upper tail 1 - Phi(x) is p.
 *
 * @param p in (0, 1); 0 gives infinity, 1 minus infinity
 */
export function normalUpperQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return Number.POSITIVE_INFINITY;
  if (p === 1) return Number.NEGATIVE_INFINITY;
  if (p > 0.5) return -normalUpperQuantile(1 - p);
  // Abramowitz & Stegun 26.2.23, then Newton steps on the logarithm of the tail, which is nearly quadratic.
  const t = Math.sqrt(-2 * ln(p));
  let x =
    t -
    (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  const target = ln(p);
  for (let k = 0; k < 4; k++) x += (logNormalSurvival(x) - target) / normalHazard(x);
  return x;
}
