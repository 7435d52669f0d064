/** Gradient of the NLL: the transpose of the forward pass. */
import * as L from "../../model/layout";
import * as S from "../slots";
import { logFloor, nll } from "./forward";
import { add, f64at, i32at, put, slot, u } from "./header";
import { continuedLogD1, FLOOR } from "./logarithm";

/** Product of the per-bin factors of one cell without the one at index `without`. */
export function perbinProduct(begin: usize, end: usize, without: usize, bin: usize): f64 {
  const theta = slot(S.THETA);
  const list = slot(L.PERBIN_PARAMETER);
  let product: f64 = 1;
  for (let g = begin; g < end; g++) if (g !== without) product *= f64at(theta, u(list, g) + bin);
  return product;
}

/** The parameter whose factor is the sample's only zero, and the derivative of that factor. */
export let zeroSlope: f64 = 0;
export function zeroParameter(zero: usize): usize {
  const nSamples = slot(L.N_SAMPLE);
  const nFactors = u(
    slot(L.SAMPLES) + (nSamples - 1) * (L.SAMPLE_STRIDE << 2),
    L.SAMPLE_FACTOR_END,
  );
  if (zero < nFactors) {
    zeroSlope = 1;
    return u(slot(L.FACTOR_PARAMETER), zero);
  }
  const p = u(slot(L.PIECEWISE_PARAMETER), (zero - nFactors) << 1);
  zeroSlope =
    f64at(slot(S.PIECEWISE_FACTOR), 3 * (zero - nFactors) + 1) * f64at(slot(S.ALPHA_D1), p);
  return p;
}

/** dNLL/dnu of every bin. */
export function binSlopes(): void {
  const n = slot(L.N_BIN);
  const expected = slot(S.EXPECTED);
  const observed = slot(S.OBSERVED);
  const mask = slot(S.BIN_MASK);
  const slope = slot(S.SLOPE);
  for (let b: usize = 0; b < n; b++) {
    const data = f64at(observed, b);
    let g: f64 = 0;
    if (i32at(mask, b) !== 0) {
      g = data > 0 ? 1 - data * continuedLogD1(f64at(expected, b), logFloor(data)) : 1;
    }
    put(slope, b, g);
  }
}

/** Writes the gradient of the constraint terms. */
function constraintGradient(): void {
  const n = slot(L.N_PARAMETER);
  const theta = slot(S.THETA);
  const kinds = slot(S.CONSTRAINT);
  const strengths = slot(L.PARAMETER_STRENGTH);
  const auxiliary = slot(S.AUXILIARY);
  const gradient = slot(S.GRADIENT);
  for (let p: usize = 0; p < n; p++) {
    const kind = i32at(kinds, p);
    let g: f64 = 0;
    if (kind === 1) {
      g = (f64at(theta, p) - f64at(auxiliary, p)) * f64at(strengths, p);
    } else if (kind === 2) {
      const a = f64at(auxiliary, p);
      const tau = f64at(strengths, p);
      g = a > 0 ? tau * (1 - a * continuedLogD1(tau * f64at(theta, p), FLOOR)) : tau;
    }
    put(gradient, p, g);
  }
}

/** Factor derivatives of one sample, given L = sum over bins of dNLL/dnu times rate. */
function factorGradient(record: usize, total: f64, kinked: bool): void {
  const theta = slot(S.THETA);
  const alphaD1 = slot(S.ALPHA_D1);
  const gradient = slot(S.GRADIENT);
  const jump = slot(S.JUMP);
  const alphas = slot(S.ALPHA);
  const factors = slot(L.FACTOR_PARAMETER);
  for (
    let i = u(record, L.SAMPLE_FACTOR_BEGIN), end = u(record, L.SAMPLE_FACTOR_END);
    i < end;
    i++
  ) {
    const p = u(factors, i);
    add(gradient, p, total / f64at(theta, p));
  }
  const pairs = slot(L.PAIR_PARAMETER);
  const ratios = slot(S.PAIR_RATIO);
  const pairEnd = u(record, L.SAMPLE_PAIR_END) << 1;
  for (let i = u(record, L.SAMPLE_PAIR_BEGIN) << 1; i < pairEnd; i++) {
    const p = u(pairs, i);
    add(gradient, p, total * f64at(ratios, i) * f64at(alphaD1, p));
  }
  const exponentials = slot(L.EXPONENTIAL_PARAMETER);
  const values = slot(L.EXPONENTIAL_VALUE);
  const exponentialRatios = slot(S.EXPONENTIAL_RATIO);
  for (
    let i = u(record, L.SAMPLE_EXPONENTIAL_BEGIN), end = u(record, L.SAMPLE_EXPONENTIAL_END);
    i < end;
    i++
  ) {
    const p = u(exponentials, i);
    const d = f64at(alphaD1, p);
    add(gradient, p, total * f64at(exponentialRatios, i) * d);
    if (kinked && f64at(alphas, p) === 0) {
      add(jump, p, total * (f64at(values, (i << 3) + 1) - f64at(values, i << 3)) * d);
    }
  }
  const pieces = slot(L.PIECEWISE_PARAMETER);
  const pieceValues = slot(L.PIECEWISE_VALUE);
  const pieceFactors = slot(S.PIECEWISE_FACTOR);
  for (
    let i = u(record, L.SAMPLE_PIECEWISE_BEGIN), end = u(record, L.SAMPLE_PIECEWISE_END);
    i < end;
    i++
  ) {
    const p = u(pieces, i << 1);
    const share = (total / f64at(pieceFactors, 3 * i)) * f64at(alphaD1, p);
    add(gradient, p, share * f64at(pieceFactors, 3 * i + 1));
    if (i32at(pieces, (i << 1) + 1) === 0 && f64at(alphas, p) === 0) {
      add(jump, p, share * (f64at(pieceValues, (i << 1) + 1) - f64at(pieceValues, i << 1)));
    }
  }
}

/** Gradient at THETA into GRADIENT, after `forward`. */
function backward(): void {
  const nParameters = slot(L.N_PARAMETER);
  const nFeatures = slot(L.N_FEATURE);
  const nSamples = slot(L.N_SAMPLE);
  const theta = slot(S.THETA);
  const gradient = slot(S.GRADIENT);
  const featureGradient = slot(S.FEATURE_GRADIENT);
  const slopes = slot(S.SLOPE);
  const samples = slot(L.SAMPLES);
  const perbinList = slot(L.PERBIN_PARAMETER);
  const cellEntry = slot(L.CELL_ENTRY);
  const entryValue = slot(L.ENTRY_VALUE);
  const entryFeature = slot(L.ENTRY_FEATURE);
  const cells = slot(S.CELL);
  const weights = slot(S.WEIGHT);
  const rates = slot(S.RATE);
  const scales = slot(S.SAMPLE_SCALE);
  const zeros = slot(S.SAMPLE_ZERO);
  const kinked = slot(L.HAS_KINK) !== 0 && f64at(slot(S.SETTINGS), 1) === 0;
  memory.fill(featureGradient, 0, nFeatures << 4);
  memory.fill(slot(S.JUMP), 0, nParameters << 3);
  binSlopes();
  constraintGradient();
  for (let s: usize = 0; s < nSamples; s++) {
    const record = samples + s * (L.SAMPLE_STRIDE << 2);
    const perbinBegin = u(record, L.SAMPLE_PERBIN_BEGIN);
    const perbinEnd = u(record, L.SAMPLE_PERBIN_END);
    const cell0 = u(record, L.SAMPLE_CELL);
    const nb = u(record, L.SAMPLE_N_BIN);
    const slope = slopes + (u(record, L.SAMPLE_FIRST_BIN) << 3);
    const zero = i32at(zeros, s);
    if (zero !== -1) {
      if (zero === -2) continue;
      let share: f64 = 0;
      for (let b: usize = 0; b < nb; b++) {
        share +=
          f64at(slope, b) *
          f64at(cells, cell0 + b) *
          perbinProduct(perbinBegin, perbinEnd, usize.MAX_VALUE, b);
      }
      const p = zeroParameter(<usize>zero);
      add(gradient, p, share * f64at(scales, s) * zeroSlope);
      continue;
    }
    let total: f64 = 0;
    let begin = u(cellEntry, cell0);
    for (let b: usize = 0; b < nb; b++) {
      const c = cell0 + b;
      const g = f64at(slope, b);
      const share = g * f64at(rates, c);
      total += share;
      for (let k = perbinBegin; k < perbinEnd; k++) {
        const p = u(perbinList, k) + b;
        const x = f64at(theta, p);
        if (x !== 0) {
          add(gradient, p, share / x);
        } else {
          add(
            gradient,
            p,
            g * f64at(cells, c) * f64at(scales, s) * perbinProduct(perbinBegin, perbinEnd, k, b),
          );
        }
      }
      const w = f64x2.splat(g * f64at(weights, c));
      const end = u(cellEntry, c + 1);
      for (let e = begin; e < end; e++) {
        const at = featureGradient + (u(entryFeature, e) << 4);
        v128.store(at, f64x2.add(v128.load(at), f64x2.mul(w, v128.load(entryValue + (e << 4)))));
      }
      begin = end;
    }
    factorGradient(record, total, kinked);
  }
  gatherFeatures(kinked);
}

/** Chain rule from features to parameters. */
function gatherFeatures(kinked: bool): void {
  const n = slot(L.N_FEATURE);
  const parameters = slot(L.FEATURE_PARAMETER);
  const first = slot(S.FEATURE_D1);
  const featureGradient = slot(S.FEATURE_GRADIENT);
  const gradient = slot(S.GRADIENT);
  const jump = slot(S.JUMP);
  const alphas = slot(S.ALPHA);
  const alphaD1 = slot(S.ALPHA_D1);
  for (let f: usize = 0; f < n; f++) {
    const i = f << 1;
    const p = u(parameters, i);
    const even = f64at(featureGradient, i + 1);
    add(gradient, p, f64at(featureGradient, i) * f64at(first, i) + even * f64at(first, i + 1));
    if (kinked && i32at(parameters, i + 1) === 0 && f64at(alphas, p) === 0) {
      add(jump, p, -16 * even * f64at(alphaD1, p));
    }
  }
}

/** NLL at THETA, its gradient into GRADIENT, kinks into JUMP. */
export function nllGradient(): f64 {
  const value = nll();
  backward();
  return value;
}
