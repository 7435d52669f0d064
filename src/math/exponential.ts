/**
 * The exponential in our own arithmetic, because that of JavaScript engines differs in the last digit.
 *
 * @module
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/**
 * e^x, within one unit in the last place; 0 below -745.2, infinite above 709.8.
 *
 * Source: the remainder formula of Sun's fdlibm (`e_exp.c`): e^r = 1 + 2r/(2 - c(r)) + ..., |r| <= ln(2)/2.
 */
export function exp(x: number): number {
  if (!(x < 709.782712893384)) return Number.isNaN(x) ? Number.NaN : Number.POSITIVE_INFINITY;
  if (x < -745.2) return 0;
  const k = Math.round(x / Math.LN2);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t *
              (0.00006613756321437934 +
                t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8))));
  const value = 1 - (low - (r * c) / (2 - c) - high);
  // 2^k in two factors, so that results below 2^-1022 come out right.
  const half = k >> 1;
  return value * 2 ** half * 2 ** (k - half);
}
