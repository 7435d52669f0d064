/**
 * Special functions in double precision. Each states its method and its error bound, and the tests hold it to the bound
 * against arbitrary-precision values.
 *
 * @module
 */

import { ln } from "./logarithm.ts";

/**
 * Coefficients of lnGamma(2 + z) / z = (1 - gamma) + sum_{k >= 2} (-1)^k (zeta(k) - 1)/k z^(k-1), lowest power first.
 * With 27 of them the truncation error is below 1e-17 for |z| <= 1/2.
 */
const LN_GAMMA_AT_2 = [
  0.42278433509846713, 0.3224670334241132, -0.0673523010531981, 0.020580808427784546,
  -0.007385551028673986, 0.0028905103307415234, -0.001192753911703261, 0.0005096695247430425,
  -0.00022315475845357939, 9.945751278180853e-5, -4.492623673813314e-5, 2.050721277567069e-5,
  -9.439488275268397e-6, 4.374866789907488e-6, -2.039215753801366e-6, 9.55141213040742e-7,
  -4.492469198764566e-7, 2.1207184805554665e-7, -1.0043224823968099e-7, 4.7698101693639804e-8,
  -2.2711094608943164e-8, 1.0838659214896955e-8, -5.183475041970047e-9, 2.4836745438024785e-9,
  -1.1921401405860912e-9, 5.731367241678862e-10, -2.7595228851242334e-10,
];

/** B_2k / (2k (2k - 1)), lowest k first: the coefficients of x^(1 - 2k) in Stirling's series; the first one left out is worth 2e-18 at x = 10. */
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
];

/** ln(2 pi)/2 - 1/2. */
const HALF_LN_2PI_MINUS_HALF = 0.4189385332046727;

/**
 * Logarithm of the gamma function for x > 0; Infinity at 0, NaN below.
 *
 * Method: the Taylor series at 2 (its coefficients are zeta values) for 1.5 <= x <= 2.5; the recurrence
 * lnGamma(x) = lnGamma(x + 1) - ln x brings 0 < x < 1.5 and 2.5 < x < 10 there; Stirling's series from 10 on.
 *
 * Error: relative 1e-15 over the whole range, the neighbourhoods of the zeros at 1 and 2 included. Exactly 0 at both.
 */
export function lnGamma(x: number): number {
  if (x < 0.5) return x < 0 ? Number.NaN : lnGammaNear2(x) - ln(1 + x) - ln(x);
  if (x < 1.5) return lnGammaNear2(x - 1) - ln(x);
  if (x <= 2.5) return lnGammaNear2(x - 2);
  if (x < 10) {
    // Down to [1.5, 2.5] in one logarithm: the differences are exact and 1.5 to 2.5 is where no digits cancel.
    let product = 1;
    let y = x;
    while (y > 2.5) {
      y -= 1;
      product *= y;
    }
    return ln(product) + lnGammaNear2(y - 2);
  }
  return stirling(x);
}

/** lnGamma(2 + z) for |z| <= 1/2. */
function lnGammaNear2(z: number): number {
  let sum = 0;
  for (let k = LN_GAMMA_AT_2.length - 1; k >= 0; k--) sum = sum * z + LN_GAMMA_AT_2[k];
  return sum * z;
}

/** Stirling's series; (x - 1/2)(ln x - 1) rather than (x - 1/2) ln x - x, which would overflow sooner and cancel more. */
function stirling(x: number): number {
  if (x === Number.POSITIVE_INFINITY) return x;
  const inverse = 1 / x;
  const square = inverse * inverse;
  let series = 0;
  for (let k = STIRLING.length - 1; k >= 0; k--) series = series * square + STIRLING[k];
  return (x - 0.5) * (ln(x) - 1) + (HALF_LN_2PI_MINUS_HALF + series * inverse);
}
