/**
 * Coefficients of HistFactory's interpolations, computed once per modifier when a model is compiled.
 *
 * @module
 */

import { ln } from "../math/logarithm.ts";

/**
 * code4 inside |alpha| < 1 is 1 + sum a_n alpha^n, n = 1..6, matching value, slope and curvature of hi^alpha and
 * lo^-alpha at +-1 (ROOT's FlexibleInterpVar code 4, pyhf's code4), in closed form.
 *
 * @param hi factor at alpha = +1, positive
 * @param lo factor at alpha = -1, positive
 * @returns a_1 .. a_6
 */
export function code4Coefficients(
  hi: number,
  lo: number,
): [number, number, number, number, number, number] {
  const lnHi = ln(hi);
  const lnLo = ln(lo);
  const s0 = (hi + lo) / 2;
  const a0 = (hi - lo) / 2;
  const s1 = (hi * lnHi - lo * lnLo) / 2;
  const a1 = (hi * lnHi + lo * lnLo) / 2;
  const s2 = (hi * lnHi * lnHi + lo * lnLo * lnLo) / 2;
  const a2 = (hi * lnHi * lnHi - lo * lnLo * lnLo) / 2;
  return [
    (15 * a0 - 7 * s1 + a2) / 8,
    (-24 + 24 * s0 - 9 * a1 + s2) / 8,
    (-5 * a0 + 5 * s1 - a2) / 4,
    (12 - 12 * s0 + 7 * a1 - s2) / 4,
    (3 * a0 - 3 * s1 + a2) / 8,
    (-8 + 8 * s0 - 5 * a1 + s2) / 8,
  ];
}
