/** The NLL: features and factors, then expected events, then Poisson and constraint terms. */
import * as L from "../../model/layout";
import * as S from "../slots";
import { f64at, i32at, put, slot, u } from "./header";
import { continuedLog, FLOOR } from "./logarithm";

function multiply(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}
function sum(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}
function times(k: f64, a: v128): v128 {
  return f64x2.mul(f64x2.splat(k), a);
}

/** alpha(theta) of every parameter with its derivatives. */
function transformParameters(): void {
  const n = slot(L.N_PARAMETER);
  const theta = slot(S.THETA);
  const alpha = slot(S.ALPHA);
  const d1 = slot(S.ALPHA_D1);
  const d2 = slot(S.ALPHA_D2);
  const kind = slot(L.PARAMETER_TRANSFORM);
  const value = slot(L.PARAMETER_TRANSFORM_VALUE);
  for (let p: usize = 0; p < n; p++) {
    const x = f64at(theta, p);
    const k = i32at(kind, p);
    if (k === 0) {
      put(alpha, p, x);
    } else if (k === 1) {
      const r = f64at(value, p);
      const log = NativeMath.log1p(r);
      const power = NativeMath.exp(x * log);
      put(alpha, p, (power - 1) / r);
      put(d1, p, (power * log) / r);
      put(d2, p, (power * log * log) / r);
    } else {
      const slope = f64at(value, p);
      put(alpha, p, slope * (x - 1));
      put(d1, p, slope);
    }
  }
}

/** Whether alpha lies on the right of its kink at 0; exactly there, SIDE decides. */
function isRight(alpha: f64, side: i32): bool {
  return alpha > 0 || (alpha === 0 && side >= 0);
}

/** The two features (alpha, q(alpha)) that a histosys delta S alpha + A q is linear in. */
function computeFeatures(): void {
  const n = slot(L.N_FEATURE);
  const parameters = slot(L.FEATURE_PARAMETER);
  const alphas = slot(S.ALPHA);
  const alphaD1 = slot(S.ALPHA_D1);
  const alphaD2 = slot(S.ALPHA_D2);
  const side = slot(S.SIDE);
  const feature = slot(S.FEATURE);
  const first = slot(S.FEATURE_D1);
  const second = slot(S.FEATURE_D2);
  const relaxed = f64at(slot(S.SETTINGS), 1) > 0;
  for (let f: usize = 0; f < n; f++) {
    const p = u(parameters, f << 1);
    let code = i32at(parameters, (f << 1) + 1);
    if (code === 0 && relaxed) code = 4;
    const a = f64at(alphas, p);
    let q: f64;
    let d: f64;
    let dd: f64 = 0;
    if (code === 4 && a <= 1 && a >= -1) {
      const a2 = a * a;
      q = a2 * (15 + a2 * (3 * a2 - 10));
      d = a * (30 + a2 * (18 * a2 - 40));
      dd = 30 + a2 * (90 * a2 - 120);
    } else if (code === 2) {
      if (a <= 1 && a >= -1) {
        q = 8 * a * a;
        d = 16 * a;
        dd = 16;
      } else {
        q = a > 0 ? 16 * a - 8 : -16 * a - 8;
        d = a > 0 ? 16 : -16;
      }
    } else if (isRight(a, i32at(side, p))) {
      q = 8 * a;
      d = 8;
    } else {
      q = -8 * a;
      d = -8;
    }
    const t = f64at(alphaD1, p);
    const i = f << 1;
    put(feature, i, a);
    put(feature, i + 1, q);
    put(first, i, t);
    put(first, i + 1, d * t);
    const t2 = f64at(alphaD2, p);
    put(second, i, t2);
    put(second, i + 1, dd * t * t + d * t2);
  }
}

/** Product of the code4 factors of one sample inside |alpha| < 1; stores f'/f. Returns the exponent of those outside. */
let pairProduct: f64 = 1;
function pairFactors(begin: usize, end: usize): f64 {
  const parameters = slot(L.PAIR_PARAMETER);
  const polynomials = slot(L.PAIR_POLYNOMIAL);
  const logarithms = slot(L.PAIR_LOGARITHM);
  const ratios = slot(S.PAIR_RATIO);
  const alphas = slot(S.ALPHA);
  const one = f64x2.splat(1);
  let product = one;
  let scalar: f64 = 1;
  let exponent: f64 = 0;
  for (let i = begin; i < end; i++) {
    const a = v128.load64_lane(
      alphas + (u(parameters, (i << 1) + 1) << 3),
      v128.load64_zero(alphas + (u(parameters, i << 1) << 3)),
      1,
    );
    const c = polynomials + i * 96;
    const ratio = ratios + (i << 4);
    if (v128.any_true(f64x2.ge(f64x2.abs(a), one))) {
      for (let lane: usize = 0; lane < 2; lane++) {
        const x = lane === 0 ? f64x2.extract_lane(a, 0) : f64x2.extract_lane(a, 1);
        const cl = c + (lane << 3);
        if (Math.abs(x) >= 1) {
          const log = f64at(logarithms, (i << 2) + lane + (x > 0 ? 0 : 2));
          exponent += x * log;
          put(ratio, lane, log);
        } else {
          const v = polynomial(cl, 16, x);
          scalar *= v;
          put(ratio, lane, polynomialD1(cl, 16, x) / v);
        }
      }
    } else {
      const c0 = v128.load(c);
      const c1 = v128.load(c, 16);
      const c2 = v128.load(c, 32);
      const c3 = v128.load(c, 48);
      const c4 = v128.load(c, 64);
      const c5 = v128.load(c, 80);
      let v = sum(c4, multiply(a, c5));
      v = sum(c3, multiply(a, v));
      v = sum(c2, multiply(a, v));
      v = sum(c1, multiply(a, v));
      v = sum(c0, multiply(a, v));
      v = sum(one, multiply(a, v));
      let d = sum(times(5, c4), multiply(a, times(6, c5)));
      d = sum(times(4, c3), multiply(a, d));
      d = sum(times(3, c2), multiply(a, d));
      d = sum(times(2, c1), multiply(a, d));
      d = sum(c0, multiply(a, d));
      product = multiply(product, v);
      v128.store(ratio, f64x2.div(d, v));
    }
  }
  pairProduct = f64x2.extract_lane(product, 0) * f64x2.extract_lane(product, 1) * scalar;
  return exponent;
}

/** 1 + sum c_n x^n with coefficients `stride` bytes apart, and its derivatives. */
export function polynomial(c: usize, stride: usize, x: f64): f64 {
  let v: f64 = 0;
  for (let n: usize = 6; n > 0; n--) v = load<f64>(c + (n - 1) * stride) + x * v;
  return 1 + x * v;
}
function polynomialD1(c: usize, stride: usize, x: f64): f64 {
  let v: f64 = 0;
  for (let n: usize = 6; n > 0; n--) v = <f64>n * load<f64>(c + (n - 1) * stride) + x * v;
  return v;
}
export function polynomialD2(c: usize, stride: usize, x: f64): f64 {
  let v: f64 = 0;
  for (let n: usize = 6; n > 1; n--)
    v = <f64>(n * (n - 1)) * load<f64>(c + (n - 1) * stride) + x * v;
  return v;
}

/** code1 factors of one sample: returns the exponent; the smooth companion multiplies code4 into `pairProduct`. */
function exponentialFactors(begin: usize, end: usize): f64 {
  const parameters = slot(L.EXPONENTIAL_PARAMETER);
  const values = slot(L.EXPONENTIAL_VALUE);
  const ratios = slot(S.EXPONENTIAL_RATIO);
  const alphas = slot(S.ALPHA);
  const side = slot(S.SIDE);
  const relaxed = f64at(slot(S.SETTINGS), 1) > 0;
  let exponent: f64 = 0;
  for (let i = begin; i < end; i++) {
    const p = u(parameters, i);
    const a = f64at(alphas, p);
    const c = values + (i << 6);
    if (relaxed && Math.abs(a) < 1) {
      const v = polynomial(c + 16, 8, a);
      pairProduct *= v;
      put(ratios, i, polynomialD1(c + 16, 8, a) / v);
    } else {
      const log = isRight(a, i32at(side, p)) ? load<f64>(c) : load<f64>(c, 8);
      exponent += a * log;
      put(ratios, i, log);
    }
  }
  return exponent;
}

/** code0 and code2 factors: stores f, f', f'' (with respect to alpha). */
function piecewiseFactors(begin: usize, end: usize): void {
  const parameters = slot(L.PIECEWISE_PARAMETER);
  const values = slot(L.PIECEWISE_VALUE);
  const factors = slot(S.PIECEWISE_FACTOR);
  const alphas = slot(S.ALPHA);
  const side = slot(S.SIDE);
  for (let i = begin; i < end; i++) {
    const p = u(parameters, i << 1);
    const a = f64at(alphas, p);
    const up = f64at(values, i << 1);
    const down = f64at(values, (i << 1) + 1);
    let v: f64;
    let d: f64;
    let dd: f64 = 0;
    if (i32at(parameters, (i << 1) + 1) === 0) {
      d = isRight(a, i32at(side, p)) ? up : down;
      v = 1 + a * d;
    } else {
      const linear = 0.5 * (up + down);
      const square = 0.5 * (up - down);
      if (Math.abs(a) <= 1) {
        v = 1 + a * (linear + square * a);
        d = linear + 2 * square * a;
        dd = 2 * square;
      } else {
        d = a > 0 ? linear + 2 * square : linear - 2 * square;
        v = a > 0 ? 1 + up + d * (a - 1) : 1 - down + d * (a + 1);
      }
    }
    put(factors, 3 * i, v);
    put(factors, 3 * i + 1, d);
    put(factors, 3 * i + 2, dd);
  }
}

/** Template of one cell after its histosys entries. */
function cellTemplate(
  nominal: f64,
  begin: usize,
  end: usize,
  values: usize,
  features: usize,
  feature: usize,
): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let e = begin;
  for (; e + 3 < end; e += 4) {
    const v = values + (e << 4);
    const f = features + (e << 2);
    s0 = sum(s0, multiply(v128.load(v), v128.load(feature + ((<usize>load<i32>(f)) << 4))));
    s1 = sum(s1, multiply(v128.load(v, 16), v128.load(feature + ((<usize>load<i32>(f, 4)) << 4))));
    s2 = sum(s2, multiply(v128.load(v, 32), v128.load(feature + ((<usize>load<i32>(f, 8)) << 4))));
    s3 = sum(s3, multiply(v128.load(v, 48), v128.load(feature + ((<usize>load<i32>(f, 12)) << 4))));
  }
  for (; e < end; e++) {
    s0 = sum(
      s0,
      multiply(v128.load(values + (e << 4)), v128.load(feature + (u(features, e) << 4))),
    );
  }
  s0 = sum(sum(s0, s1), sum(s2, s3));
  return nominal + (f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1));
}

/** Computes expected events and everything the derivatives need. */
export function forward(): void {
  transformParameters();
  computeFeatures();
  const theta = slot(S.THETA);
  const expected = slot(S.EXPECTED);
  const nBins = slot(L.N_BIN);
  memory.fill(expected, 0, nBins << 3);
  const nSamples = slot(L.N_SAMPLE);
  const samples = slot(L.SAMPLES);
  const factorList = slot(L.FACTOR_PARAMETER);
  const perbinList = slot(L.PERBIN_PARAMETER);
  const piecewise = slot(S.PIECEWISE_FACTOR);
  const nFactors = <i32>(
    i32at(samples + (nSamples - 1) * (L.SAMPLE_STRIDE << 2), L.SAMPLE_FACTOR_END)
  );
  const nominals = slot(L.CELL_NOMINAL);
  const cellEntry = slot(L.CELL_ENTRY);
  const entryValue = slot(L.ENTRY_VALUE);
  const entryFeature = slot(L.ENTRY_FEATURE);
  const feature = slot(S.FEATURE);
  const cells = slot(S.CELL);
  const weights = slot(S.WEIGHT);
  const rates = slot(S.RATE);
  const scales = slot(S.SAMPLE_SCALE);
  const zeros = slot(S.SAMPLE_ZERO);
  for (let s: usize = 0; s < nSamples; s++) {
    const record = samples + s * (L.SAMPLE_STRIDE << 2);
    let exponent = pairFactors(u(record, L.SAMPLE_PAIR_BEGIN), u(record, L.SAMPLE_PAIR_END));
    exponent += exponentialFactors(
      u(record, L.SAMPLE_EXPONENTIAL_BEGIN),
      u(record, L.SAMPLE_EXPONENTIAL_END),
    );
    let scale = pairProduct;
    let zero: i32 = -1;
    for (
      let i = u(record, L.SAMPLE_FACTOR_BEGIN), end = u(record, L.SAMPLE_FACTOR_END);
      i < end;
      i++
    ) {
      const v = f64at(theta, u(factorList, i));
      if (v === 0) zero = zero === -1 ? <i32>i : -2;
      else scale *= v;
    }
    const pieceEnd = u(record, L.SAMPLE_PIECEWISE_END);
    let i = u(record, L.SAMPLE_PIECEWISE_BEGIN);
    if (i < pieceEnd) {
      piecewiseFactors(i, pieceEnd);
      for (; i < pieceEnd; i++) {
        const v = f64at(piecewise, 3 * i);
        if (v === 0) zero = zero === -1 ? nFactors + <i32>i : -2;
        else scale *= v;
      }
    }
    if (exponent !== 0) scale *= NativeMath.exp(exponent);
    put(scales, s, scale);
    store<i32>(zeros + (s << 2), zero);
    const live = zero === -1 ? scale : 0;
    const perbinBegin = u(record, L.SAMPLE_PERBIN_BEGIN);
    const perbinEnd = u(record, L.SAMPLE_PERBIN_END);
    const cell0 = u(record, L.SAMPLE_CELL);
    const nb = u(record, L.SAMPLE_N_BIN);
    const bins = expected + (u(record, L.SAMPLE_FIRST_BIN) << 3);
    let begin = u(cellEntry, cell0);
    for (let b: usize = 0; b < nb; b++) {
      const c = cell0 + b;
      const end = u(cellEntry, c + 1);
      const template = cellTemplate(
        f64at(nominals, c),
        begin,
        end,
        entryValue,
        entryFeature,
        feature,
      );
      begin = end;
      let w = live;
      for (let g = perbinBegin; g < perbinEnd; g++) w *= f64at(theta, u(perbinList, g) + b);
      const rate = template * w;
      put(cells, c, template);
      put(weights, c, w);
      put(rates, c, rate);
      put(bins, b, f64at(bins, b) + rate);
    }
  }
}

/** Yield below which the logarithm is continued: the floor, or a fraction of the observed count when relaxed. */
export function logFloor(n: f64): f64 {
  return Math.max(FLOOR, n * f64at(slot(S.SETTINGS), 1));
}

/** NLL at THETA. */
export function nll(): f64 {
  forward();
  const nBins = slot(L.N_BIN);
  const expected = slot(S.EXPECTED);
  const observed = slot(S.OBSERVED);
  const mask = slot(S.BIN_MASK);
  let value = f64at(slot(S.SETTINGS), 0);
  for (let b: usize = 0; b < nBins; b++) {
    if (i32at(mask, b) === 0) continue;
    const n = f64at(observed, b);
    const v = f64at(expected, b);
    value += n > 0 ? v - n * continuedLog(v, logFloor(n)) : v;
  }
  const nParameters = slot(L.N_PARAMETER);
  const theta = slot(S.THETA);
  const kinds = slot(S.CONSTRAINT);
  const strengths = slot(L.PARAMETER_STRENGTH);
  const auxiliary = slot(S.AUXILIARY);
  for (let p: usize = 0; p < nParameters; p++) {
    const kind = i32at(kinds, p);
    if (kind === 1) {
      const z = f64at(theta, p) - f64at(auxiliary, p);
      value += 0.5 * z * z * f64at(strengths, p);
    } else if (kind === 2) {
      const a = f64at(auxiliary, p);
      const v = f64at(strengths, p) * f64at(theta, p);
      value += a > 0 ? v - a * continuedLog(v, FLOOR) : v;
    }
  }
  return value;
}
