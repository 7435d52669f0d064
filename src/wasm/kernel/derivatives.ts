/** What the Jacobian and the Hessian share: logarithmic derivatives of a sample's factors. */
import * as L from "../../model/layout";
import * as S from "../slots";
import { polynomial, polynomialD2 } from "./forward";
import { add, f64at, put, slot, u } from "./header";

/** Zeroes LOG_SLOPE, TEMPLATE_SLOPE and CURVATURE of the sample's parameters. */
function clear(s: usize): void {
  const begin = slot(L.SAMPLE_PARAMETER_BEGIN);
  const list = slot(L.SAMPLE_PARAMETER);
  const log = slot(S.LOG_SLOPE);
  const template = slot(S.TEMPLATE_SLOPE);
  const curvature = slot(S.CURVATURE);
  for (let i = u(begin, s), end = u(begin, s + 1); i < end; i++) {
    const p = u(list, i);
    put(log, p, 0);
    put(template, p, 0);
    put(curvature, p, 0);
  }
}

/**
 * LOG_SLOPE = d ln F / d theta of sample s, F the product of its non-zero factors; with `second`, CURVATURE =
 * d2 ln F / d theta2 (mixed ones are zero).
 */
export function logDerivatives(s: usize, second: bool): void {
  clear(s);
  const record = slot(L.SAMPLES) + s * (L.SAMPLE_STRIDE << 2);
  const theta = slot(S.THETA);
  const alphas = slot(S.ALPHA);
  const d1 = slot(S.ALPHA_D1);
  const d2 = slot(S.ALPHA_D2);
  const log = slot(S.LOG_SLOPE);
  const curvature = slot(S.CURVATURE);
  const factors = slot(L.FACTOR_PARAMETER);
  for (
    let i = u(record, L.SAMPLE_FACTOR_BEGIN), end = u(record, L.SAMPLE_FACTOR_END);
    i < end;
    i++
  ) {
    const p = u(factors, i);
    const x = f64at(theta, p);
    if (x === 0) continue;
    add(log, p, 1 / x);
    add(curvature, p, -1 / (x * x));
  }
  const pairs = slot(L.PAIR_PARAMETER);
  const polynomials = slot(L.PAIR_POLYNOMIAL);
  const ratios = slot(S.PAIR_RATIO);
  const pairEnd = u(record, L.SAMPLE_PAIR_END) << 1;
  for (let i = u(record, L.SAMPLE_PAIR_BEGIN) << 1; i < pairEnd; i++) {
    const p = u(pairs, i);
    const r = f64at(ratios, i);
    const t = f64at(d1, p);
    add(log, p, r * t);
    if (!second) continue;
    let bend: f64 = r * f64at(d2, p);
    const a = f64at(alphas, p);
    if (Math.abs(a) < 1) {
      const c = polynomials + (i >> 1) * 96 + ((i & 1) << 3);
      bend += (polynomialD2(c, 16, a) / polynomial(c, 16, a) - r * r) * t * t;
    }
    add(curvature, p, bend);
  }
  const exponentials = slot(L.EXPONENTIAL_PARAMETER);
  const values = slot(L.EXPONENTIAL_VALUE);
  const exponentialRatios = slot(S.EXPONENTIAL_RATIO);
  const relaxed = f64at(slot(S.SETTINGS), 1) > 0;
  for (
    let i = u(record, L.SAMPLE_EXPONENTIAL_BEGIN), end = u(record, L.SAMPLE_EXPONENTIAL_END);
    i < end;
    i++
  ) {
    const p = u(exponentials, i);
    const r = f64at(exponentialRatios, i);
    const t = f64at(d1, p);
    add(log, p, r * t);
    if (!second) continue;
    let bend: f64 = r * f64at(d2, p);
    const a = f64at(alphas, p);
    if (relaxed && Math.abs(a) < 1) {
      const c = values + (i << 6) + 16;
      bend += (polynomialD2(c, 8, a) / polynomial(c, 8, a) - r * r) * t * t;
    }
    add(curvature, p, bend);
  }
  const pieces = slot(L.PIECEWISE_PARAMETER);
  const pieceFactors = slot(S.PIECEWISE_FACTOR);
  for (
    let i = u(record, L.SAMPLE_PIECEWISE_BEGIN), end = u(record, L.SAMPLE_PIECEWISE_END);
    i < end;
    i++
  ) {
    const p = u(pieces, i << 1);
    const f = f64at(pieceFactors, 3 * i);
    if (f === 0) continue;
    const r = f64at(pieceFactors, 3 * i + 1) / f;
    const t = f64at(d1, p);
    add(log, p, r * t);
    add(curvature, p, (f64at(pieceFactors, 3 * i + 2) / f - r * r) * t * t + r * f64at(d2, p));
  }
}
