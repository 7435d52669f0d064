/**
 * ln v, continued below v0 by its second-order Taylor expansion there: finite, smooth, concave, so that a yield that is
 * not positive is a wall to climb back from and never a NaN.
 */

/** The smallest yield whose logarithm is taken as it is. */
export const FLOOR: f64 = 1e-10;

export function continuedLog(v: f64, v0: f64): f64 {
  if (v >= v0) return NativeMath.log(v);
  const t = (v - v0) / v0;
  return NativeMath.log(v0) + t - 0.5 * t * t;
}

export function continuedLogD1(v: f64, v0: f64): f64 {
  return v >= v0 ? 1 / v : (1 - (v - v0) / v0) / v0;
}

export function continuedLogD2(v: f64, v0: f64): f64 {
  return v >= v0 ? -1 / (v * v) : -1 / (v0 * v0);
}
