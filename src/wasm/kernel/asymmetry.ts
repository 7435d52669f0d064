/**
 * How far each parameter's effect is from being odd: the change of the expected events that alpha = +1 and alpha = -1
 * have in common, sqrt(sum_b W_b even_b^2), in standard deviations of the data. Only such parameters, or kinked ones,
 * can have a second minimum of their own.
 */
import * as L from "../../model/layout";
import * as S from "../slots";
import { polynomial } from "./forward";
import { add, f64at, i32at, put, slot, u } from "./header";

/** Half of f(1) + f(-1) - 2 for every interpolated factor of the sample, into LOG_SLOPE. */
function evenFactors(s: usize, record: usize): void {
  const begin = slot(L.SAMPLE_PARAMETER_BEGIN);
  const list = slot(L.SAMPLE_PARAMETER);
  const even = slot(S.LOG_SLOPE);
  for (let i = u(begin, s), end = u(begin, s + 1); i < end; i++) put(even, u(list, i), 0);
  const pairs = slot(L.PAIR_PARAMETER);
  const logarithms = slot(L.PAIR_LOGARITHM);
  const pairEnd = u(record, L.SAMPLE_PAIR_END) << 1;
  for (let i = u(record, L.SAMPLE_PAIR_BEGIN) << 1; i < pairEnd; i++) {
    const log = logarithms + ((i >> 1) << 5) + ((i & 1) << 3);
    add(
      even,
      u(pairs, i),
      0.5 * (NativeMath.exp(load<f64>(log)) + NativeMath.exp(-load<f64>(log, 16))) - 1,
    );
  }
  const exponentials = slot(L.EXPONENTIAL_PARAMETER);
  const values = slot(L.EXPONENTIAL_VALUE);
  for (
    let i = u(record, L.SAMPLE_EXPONENTIAL_BEGIN), end = u(record, L.SAMPLE_EXPONENTIAL_END);
    i < end;
    i++
  ) {
    const c = values + (i << 6) + 16;
    add(even, u(exponentials, i), 0.5 * (polynomial(c, 8, 1) + polynomial(c, 8, -1)) - 1);
  }
  const pieces = slot(L.PIECEWISE_PARAMETER);
  const pieceValues = slot(L.PIECEWISE_VALUE);
  for (
    let i = u(record, L.SAMPLE_PIECEWISE_BEGIN), end = u(record, L.SAMPLE_PIECEWISE_END);
    i < end;
    i++
  ) {
    add(
      even,
      u(pieces, i << 1),
      0.5 * (f64at(pieceValues, i << 1) - f64at(pieceValues, (i << 1) + 1)),
    );
  }
}

/** Writes the measure of every parameter to SOLUTION; after `fisherPrepare`, whose Jacobian it overwrites. */
export function asymmetry(): void {
  const cs = (slot(L.N_GLOBAL) + 1) & ~1;
  const nBins = slot(L.N_BIN);
  const out = slot(S.GLOBAL_JACOBIAN);
  memory.fill(out, 0, (nBins * cs) << 3);
  const columns = slot(L.PARAMETER_COLUMN);
  const begin = slot(L.SAMPLE_PARAMETER_BEGIN);
  const list = slot(L.SAMPLE_PARAMETER);
  const entries = slot(L.CELL_ENTRY);
  const values = slot(L.ENTRY_VALUE);
  const features = slot(L.ENTRY_FEATURE);
  const featureParameter = slot(L.FEATURE_PARAMETER);
  for (let s: usize = 0, nSamples = slot(L.N_SAMPLE); s < nSamples; s++) {
    const record = slot(L.SAMPLES) + s * (L.SAMPLE_STRIDE << 2);
    if (i32at(slot(S.SAMPLE_ZERO), s) !== -1) continue;
    evenFactors(s, record);
    let row = out + ((u(record, L.SAMPLE_FIRST_BIN) * cs) << 3);
    for (let b: usize = 0, nb = u(record, L.SAMPLE_N_BIN); b < nb; b++, row += cs << 3) {
      const c = u(record, L.SAMPLE_CELL) + b;
      const rate = f64at(slot(S.RATE), c);
      const w = f64at(slot(S.WEIGHT), c);
      for (let i = u(begin, s), end = u(begin, s + 1); i < end; i++) {
        const p = u(list, i);
        add(row, u(columns, p), rate * f64at(slot(S.LOG_SLOPE), p));
      }
      for (let e = u(entries, c), end = u(entries, c + 1); e < end; e++) {
        const p = u(featureParameter, u(features, e) << 1);
        add(row, u(columns, p), 8 * w * f64at(values, (e << 1) + 1));
      }
    }
  }
  const weights = slot(S.FISHER_WEIGHT);
  const result = slot(S.SOLUTION);
  memory.fill(result, 0, slot(L.N_PARAMETER) << 3);
  for (let b: usize = 0; b < nBins; b++) {
    const row = out + ((b * cs) << 3);
    const w = f64at(weights, b);
    for (let k: usize = 0, n = slot(L.N_GLOBAL); k < n; k++) {
      const even = f64at(row, k);
      add(result, u(slot(S.COLUMN_PARAMETER), k), w * even * even);
    }
  }
  for (let p: usize = 0, n = slot(L.N_PARAMETER); p < n; p++)
    put(result, p, Math.sqrt(f64at(result, p)));
}
