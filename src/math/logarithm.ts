/**
 * The natural logarithm from arithmetic alone: `Math.log` may differ in the last digit between engines, and a model
 * compiled in a browser must have the same bytes as one compiled in Node.
 *
 * @module
 */

const LN2_HIGH = 0.6931471803691238; // 33 bits, so that the exponent times it is exact
const LN2_LOW = 1.9082149292705877e-10;
const TWO_54 = 18014398509481984;

const bits = new DataView(new ArrayBuffer(8));

/**
 * ln x; -Infinity at 0, NaN below.
 *
 * Method: x = m 2^e with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh(f), f = (m - 1)/(m + 1), by its series to f^21.
 *
 * Error: relative 5e-16.
 */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  const subnormal = x < 2.2250738585072014e-308;
  bits.setFloat64(0, subnormal ? x * TWO_54 : x);
  const high = bits.getUint32(0);
  let exponent = (high >>> 20) - 1023 - (subnormal ? 54 : 0);
  bits.setUint32(0, (high & 0x000fffff) | 0x3ff00000);
  let m = bits.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    exponent++;
  }
  const f = (m - 1) / (m + 1);
  const square = f * f;
  let series = 0;
  for (let k = 21; k >= 3; k -= 2) series = (series + 1 / k) * square;
  // The leading term last: what it is rounded to decides the last digit.
  return exponent * LN2_HIGH + (2 * f + (2 * f * series + exponent * LN2_LOW));
}

/** u - ln(1 + u) for u > -1, by its series where the two nearly cancel. */
export function logExcess(u: number): number {
  if (Math.abs(u) > 0.3) return u - ln(1 + u);
  let term = u * u;
  let sum = 0;
  for (let k = 2; k < 60; k++) {
    const next = sum + term / k;
    if (next === sum) break;
    sum = next;
    term *= -u;
  }
  return sum;
}
