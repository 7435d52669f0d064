/**
 * The exact Hessian of the NLL.
 *
 * With nu_b = sum of rates r = c w (template times factors), G = dNLL/dnu, W = n/nu^2:
 *   H = sum_b W_b J_b J_b^T + sum_b G_b d2nu_b + constraints,
 *   d2r/dp dq = r l_p l_q + w (c_p l_q + l_p c_q) + delta_pq (r l'_p + w c_pp),  l = d ln F, c_p = dc/dp,
 * so that each sample adds one symmetric rank-two block on the parameters it has, and each per-bin factor one row.
 */
import * as L from "../../model/layout";
import * as S from "../slots";
import { addColumns, mirror } from "./dense";
import { logDerivatives } from "./derivatives";
import { logFloor } from "./forward";
import { binSlopes, perbinProduct, zeroParameter, zeroSlope } from "./gradient";
import { add, f64at, i32at, put, slot, u } from "./header";
import { continuedLogD2, FLOOR } from "./logarithm";

function stride(): usize {
  return (slot(L.N_PARAMETER) + 1) & ~1;
}

/** Adds to H[p][q] in the lower triangle. */
function addPair(p: usize, q: usize, value: f64): void {
  const row = p > q ? p : q;
  const column = p > q ? q : p;
  add(slot(S.HESSIAN) + ((row * stride()) << 3), column, value);
}

/** Hessian row of one multiplier q of a cell: g times the derivative of `weight` x template x F by every other parameter. */
function addCoupling(q: usize, g: f64, s: usize, c: usize, weight: f64): void {
  const begin = slot(L.SAMPLE_PARAMETER_BEGIN);
  const list = slot(L.SAMPLE_PARAMETER);
  const log = slot(S.LOG_SLOPE);
  const rate = g * weight * f64at(slot(S.CELL), c);
  for (let i = u(begin, s), end = u(begin, s + 1); i < end; i++) {
    const p = u(list, i);
    const l = f64at(log, p);
    if (l !== 0) addPair(q, p, p === q ? 2 * rate * l : rate * l);
  }
  const entries = slot(L.CELL_ENTRY);
  const values = slot(L.ENTRY_VALUE);
  const features = slot(L.ENTRY_FEATURE);
  const featureParameter = slot(L.FEATURE_PARAMETER);
  const first = slot(S.FEATURE_D1);
  for (let e = u(entries, c), end = u(entries, c + 1); e < end; e++) {
    const f = u(features, e) << 1;
    const p = u(featureParameter, f);
    const slope =
      f64at(values, e << 1) * f64at(first, f) + f64at(values, (e << 1) + 1) * f64at(first, f + 1);
    addPair(q, p, p === q ? 2 * g * weight * slope : g * weight * slope);
  }
}

/** Per-bin factors of one cell: their Jacobian entries and Hessian rows. `scale` is the product of the other factors. */
function perbinRows(
  s: usize,
  record: usize,
  b: usize,
  c: usize,
  g: f64,
  scale: f64,
  row: usize,
): void {
  const list = slot(L.PERBIN_PARAMETER);
  const begin = u(record, L.SAMPLE_PERBIN_BEGIN);
  const end = u(record, L.SAMPLE_PERBIN_END);
  const template = f64at(slot(S.CELL), c);
  for (let k = begin; k < end; k++) {
    const q = u(list, k) + b;
    const weight = scale * perbinProduct(begin, end, k, b);
    add(row, q, weight * template);
    addCoupling(q, g, s, c, weight);
    for (let m = begin; m < k; m++) {
      let rest = scale;
      for (let n = begin; n < end; n++) {
        if (n !== k && n !== m) rest *= f64at(slot(S.THETA), u(list, n) + b);
      }
      const p = u(list, m) + b;
      addPair(q, p, (p === q ? 2 : 1) * g * template * rest);
    }
  }
}

/** A sample none of whose factors is zero. */
function liveSample(s: usize, record: usize, st: usize): void {
  const cell0 = u(record, L.SAMPLE_CELL);
  const nb = u(record, L.SAMPLE_N_BIN);
  const bin0 = u(record, L.SAMPLE_FIRST_BIN);
  const slopes = slot(S.SLOPE);
  const log = slot(S.LOG_SLOPE);
  const template = slot(S.TEMPLATE_SLOPE);
  const curvature = slot(S.CURVATURE);
  const begin = slot(L.SAMPLE_PARAMETER_BEGIN);
  const list = slot(L.SAMPLE_PARAMETER);
  const entries = slot(L.CELL_ENTRY);
  const values = slot(L.ENTRY_VALUE);
  const features = slot(L.ENTRY_FEATURE);
  const featureParameter = slot(L.FEATURE_PARAMETER);
  const first = slot(S.FEATURE_D1);
  const second = slot(S.FEATURE_D2);
  const from = u(begin, s);
  const to = u(begin, s + 1);
  let total: f64 = 0;
  for (let b: usize = 0; b < nb; b++) {
    const c = cell0 + b;
    const g = f64at(slopes, bin0 + b);
    const w = f64at(slot(S.WEIGHT), c);
    const rate = f64at(slot(S.RATE), c);
    const row = slot(S.JACOBIAN) + (((bin0 + b) * st) << 3);
    total += g * rate;
    for (let i = from; i < to; i++) {
      const p = u(list, i);
      add(row, p, rate * f64at(log, p));
    }
    for (let e = u(entries, c), end = u(entries, c + 1); e < end; e++) {
      const f = u(features, e) << 1;
      const p = u(featureParameter, f);
      const odd = f64at(values, e << 1);
      const even = f64at(values, (e << 1) + 1);
      const slope = w * (odd * f64at(first, f) + even * f64at(first, f + 1));
      add(row, p, slope);
      add(template, p, g * slope);
      add(
        slot(S.HESSIAN) + ((p * st) << 3),
        p,
        g * w * (odd * f64at(second, f) + even * f64at(second, f + 1)),
      );
    }
    perbinRows(s, record, b, c, g, f64at(slot(S.SAMPLE_SCALE), s), row);
  }
  for (let i = from; i < to; i++) {
    const p = u(list, i);
    const l = f64at(log, p);
    const v = f64at(template, p) + 0.5 * total * l;
    const row = slot(S.HESSIAN) + ((p * st) << 3);
    for (let j = from; j <= i; j++) {
      const q = u(list, j);
      add(row, q, l * (f64at(template, q) + 0.5 * total * f64at(log, q)) + v * f64at(log, q));
    }
    add(row, p, total * f64at(curvature, p));
  }
}

/** A sample with exactly one zero factor: only that factor's row survives. */
function zeroSample(s: usize, record: usize, st: usize, zero: usize): void {
  const z = zeroParameter(zero);
  const slope = zeroSlope;
  const list = slot(L.PERBIN_PARAMETER);
  const begin = u(record, L.SAMPLE_PERBIN_BEGIN);
  const end = u(record, L.SAMPLE_PERBIN_END);
  const bin0 = u(record, L.SAMPLE_FIRST_BIN);
  const scale = f64at(slot(S.SAMPLE_SCALE), s);
  for (let b: usize = 0, nb = u(record, L.SAMPLE_N_BIN); b < nb; b++) {
    const c = u(record, L.SAMPLE_CELL) + b;
    const g = f64at(slot(S.SLOPE), bin0 + b);
    const weight = slope * scale * perbinProduct(begin, end, usize.MAX_VALUE, b);
    const template = f64at(slot(S.CELL), c);
    add(slot(S.JACOBIAN) + (((bin0 + b) * st) << 3), z, weight * template);
    addCoupling(z, g, s, c, weight);
    addPair(
      z,
      z,
      g * template * scale * perbinProduct(begin, end, usize.MAX_VALUE, b) * zeroCurvature(zero),
    );
    for (let k = begin; k < end; k++) {
      const q = u(list, k) + b;
      addPair(z, q, g * template * slope * scale * perbinProduct(begin, end, k, b));
    }
  }
}

/** Second derivative of the zero factor with respect to its parameter. */
function zeroCurvature(zero: usize): f64 {
  const nSamples = slot(L.N_SAMPLE);
  const nFactors = u(
    slot(L.SAMPLES) + (nSamples - 1) * (L.SAMPLE_STRIDE << 2),
    L.SAMPLE_FACTOR_END,
  );
  if (zero < nFactors) return 0;
  const i = zero - nFactors;
  const p = u(slot(L.PIECEWISE_PARAMETER), i << 1);
  const t = f64at(slot(S.ALPHA_D1), p);
  const factors = slot(S.PIECEWISE_FACTOR);
  return f64at(factors, 3 * i + 2) * t * t + f64at(factors, 3 * i + 1) * f64at(slot(S.ALPHA_D2), p);
}

/** A sample with several zero factors: with exactly two, their mixed derivative survives. */
function doublyZeroSample(s: usize, record: usize): void {
  let found: i32 = 0;
  let first: usize = 0;
  let second: usize = 0;
  let slopes: f64 = 1;
  const theta = slot(S.THETA);
  const factors = slot(L.FACTOR_PARAMETER);
  for (
    let i = u(record, L.SAMPLE_FACTOR_BEGIN), end = u(record, L.SAMPLE_FACTOR_END);
    i < end;
    i++
  ) {
    if (f64at(theta, u(factors, i)) !== 0) continue;
    found++;
    first = second;
    second = u(factors, i);
  }
  const pieces = slot(S.PIECEWISE_FACTOR);
  for (
    let i = u(record, L.SAMPLE_PIECEWISE_BEGIN), end = u(record, L.SAMPLE_PIECEWISE_END);
    i < end;
    i++
  ) {
    if (f64at(pieces, 3 * i) !== 0) continue;
    found++;
    first = second;
    second = u(slot(L.PIECEWISE_PARAMETER), i << 1);
    slopes *= f64at(pieces, 3 * i + 1) * f64at(slot(S.ALPHA_D1), second);
  }
  if (found !== 2) return;
  const begin = u(record, L.SAMPLE_PERBIN_BEGIN);
  const end = u(record, L.SAMPLE_PERBIN_END);
  let share: f64 = 0;
  for (let b: usize = 0, nb = u(record, L.SAMPLE_N_BIN); b < nb; b++) {
    const g = f64at(slot(S.SLOPE), u(record, L.SAMPLE_FIRST_BIN) + b);
    share +=
      g *
      f64at(slot(S.CELL), u(record, L.SAMPLE_CELL) + b) *
      perbinProduct(begin, end, usize.MAX_VALUE, b);
  }
  addPair(
    first,
    second,
    (first === second ? 2 : 1) * share * slopes * f64at(slot(S.SAMPLE_SCALE), s),
  );
}

/** Hessian at THETA into HESSIAN (symmetric, row stride nParameters rounded up to even), after `forward`. */
export function hessian(): void {
  const n = slot(L.N_PARAMETER);
  const nBins = slot(L.N_BIN);
  const st = stride();
  const out = slot(S.HESSIAN);
  memory.fill(out, 0, (st * st) << 3);
  memory.fill(slot(S.JACOBIAN), 0, (nBins * st) << 3);
  binSlopes();
  for (let s: usize = 0, nSamples = slot(L.N_SAMPLE); s < nSamples; s++) {
    const record = slot(L.SAMPLES) + s * (L.SAMPLE_STRIDE << 2);
    const zero = i32at(slot(S.SAMPLE_ZERO), s);
    if (zero === -2) {
      doublyZeroSample(s, record);
      continue;
    }
    logDerivatives(s, true);
    if (zero === -1) liveSample(s, record, st);
    else zeroSample(s, record, st, <usize>zero);
  }
  const weights = slot(S.BIN_WEIGHT);
  for (let b: usize = 0; b < nBins; b++) {
    const data = f64at(slot(S.OBSERVED), b);
    const active = i32at(slot(S.BIN_MASK), b) !== 0 && data > 0;
    put(
      weights,
      b,
      active ? -data * continuedLogD2(f64at(slot(S.EXPECTED), b), logFloor(data)) : 0,
    );
  }
  addColumns(slot(S.JACOBIAN), weights, nBins, st, out, false);
  for (let p: usize = 0; p < n; p++) {
    const kind = i32at(slot(S.CONSTRAINT), p);
    const row = out + ((p * st) << 3);
    if (kind === 1) {
      add(row, p, f64at(slot(L.PARAMETER_STRENGTH), p));
    } else if (kind === 2) {
      const a = f64at(slot(S.AUXILIARY), p);
      const tau = f64at(slot(L.PARAMETER_STRENGTH), p);
      if (a > 0) add(row, p, -a * tau * tau * continuedLogD2(tau * f64at(slot(S.THETA), p), FLOOR));
    }
  }
  mirror(out, n, st);
}
