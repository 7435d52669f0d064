/**
 * The Fisher operator H = C + J^T W J as a preconditioner: C the curvature of the constraint terms, J = dnu/dtheta,
 * W_b = max(n/nu^2, 0.2/nu) (which keeps empty bins alive).
 *
 * Parameters local to one bin are eliminated first: with kappa_b = sum j^2/c over them, W becomes W/(1 + W kappa). What
 * remains acts on the global columns and is solved where it is smaller: in the space of bins (Woodbury, unconstrained
 * columns as a border) or in that of columns.
 */
import * as L from "../../model/layout";
import * as S from "../slots";
import {
  addColumns,
  axpy,
  cholesky,
  dot,
  identityPlusRows,
  solveLower,
  solveLowerTransposed,
} from "./dense";
import { logDerivatives } from "./derivatives";
import { logFloor } from "./forward";
import { perbinProduct, zeroParameter, zeroSlope } from "./gradient";
import { add, f64at, i32at, put, slot, u } from "./header";
import { continuedLogD2, FLOOR } from "./logarithm";

/** Keeps a Poisson constraint's curvature finite when its parameter is nearly zero. */
const MAX_PRIOR: f64 = 1e18;

let inBinSpace: bool = true;
let borderSize: usize = 0;

function columnStride(): usize {
  return (slot(L.N_GLOBAL) + 1) & ~1;
}
function binStride(): usize {
  return (slot(L.N_BIN) + 1) & ~1;
}

/** Derivatives of the expected events at the last `forward`, by column and by local parameter. */
function jacobian(): void {
  const cs = columnStride();
  const out = slot(S.GLOBAL_JACOBIAN);
  const local = slot(S.LOCAL_JACOBIAN);
  memory.fill(out, 0, (slot(L.N_BIN) * cs) << 3);
  memory.fill(local, 0, slot(L.N_PARAMETER) << 3);
  const columns = slot(L.PARAMETER_COLUMN);
  const log = slot(S.LOG_SLOPE);
  const begin = slot(L.SAMPLE_PARAMETER_BEGIN);
  const list = slot(L.SAMPLE_PARAMETER);
  const perbinList = slot(L.PERBIN_PARAMETER);
  const entries = slot(L.CELL_ENTRY);
  const values = slot(L.ENTRY_VALUE);
  const features = slot(L.ENTRY_FEATURE);
  const featureParameter = slot(L.FEATURE_PARAMETER);
  const first = slot(S.FEATURE_D1);
  const cells = slot(S.CELL);
  const weights = slot(S.WEIGHT);
  const rates = slot(S.RATE);
  for (let s: usize = 0, nSamples = slot(L.N_SAMPLE); s < nSamples; s++) {
    const record = slot(L.SAMPLES) + s * (L.SAMPLE_STRIDE << 2);
    const zero = i32at(slot(S.SAMPLE_ZERO), s);
    if (zero === -2) continue;
    const cell0 = u(record, L.SAMPLE_CELL);
    const nb = u(record, L.SAMPLE_N_BIN);
    const scale = f64at(slot(S.SAMPLE_SCALE), s);
    const perbinBegin = u(record, L.SAMPLE_PERBIN_BEGIN);
    const perbinEnd = u(record, L.SAMPLE_PERBIN_END);
    let row = out + ((u(record, L.SAMPLE_FIRST_BIN) * cs) << 3);
    if (zero >= 0) {
      const column = u(columns, zeroParameter(<usize>zero));
      for (let b: usize = 0; b < nb; b++, row += cs << 3) {
        const product = perbinProduct(perbinBegin, perbinEnd, usize.MAX_VALUE, b);
        add(row, column, zeroSlope * scale * f64at(cells, cell0 + b) * product);
      }
      continue;
    }
    logDerivatives(s, false);
    const from = u(begin, s);
    const to = u(begin, s + 1);
    for (let b: usize = 0; b < nb; b++, row += cs << 3) {
      const c = cell0 + b;
      const rate = f64at(rates, c);
      const w = f64at(weights, c);
      for (let i = from; i < to; i++) {
        const p = u(list, i);
        add(row, u(columns, p), rate * f64at(log, p));
      }
      for (let e = u(entries, c), end = u(entries, c + 1); e < end; e++) {
        const f = u(features, e) << 1;
        const slope =
          f64at(values, e << 1) * f64at(first, f) +
          f64at(values, (e << 1) + 1) * f64at(first, f + 1);
        add(row, u(columns, u(featureParameter, f)), w * slope);
      }
      for (let k = perbinBegin; k < perbinEnd; k++) {
        const p = u(perbinList, k) + b;
        const slope = f64at(cells, c) * scale * perbinProduct(perbinBegin, perbinEnd, k, b);
        const column = i32at(columns, p);
        if (column >= 0) add(row, <usize>column, slope);
        else add(local, p, slope);
      }
    }
  }
}

/** Weights, constraint curvatures and the diagonal of H at THETA, after `forward`. */
export function fisherPrepare(): void {
  jacobian();
  const nBins = slot(L.N_BIN);
  const weights = slot(S.FISHER_WEIGHT);
  for (let b: usize = 0; b < nBins; b++) {
    let w: f64 = 0;
    if (i32at(slot(S.BIN_MASK), b) !== 0) {
      const n = f64at(slot(S.OBSERVED), b);
      const v = f64at(slot(S.EXPECTED), b);
      const floor = logFloor(n);
      const observed = n > 0 ? -n * continuedLogD2(v, floor) : 0;
      w = Math.max(observed, 0.2 / Math.max(v, Math.max(floor, 1e-3)));
    }
    put(weights, b, w);
  }
  const nParameters = slot(L.N_PARAMETER);
  const cs = columnStride();
  for (let p: usize = 0; p < nParameters; p++) {
    const kind = i32at(slot(S.CONSTRAINT), p);
    let c: f64 = 0;
    const strength = f64at(slot(L.PARAMETER_STRENGTH), p);
    if (kind === 1) {
      c = strength;
    } else if (kind === 2) {
      const bend = continuedLogD2(strength * f64at(slot(S.THETA), p), FLOOR);
      c = Math.min(MAX_PRIOR, -f64at(slot(S.AUXILIARY), p) * strength * strength * bend);
    }
    put(slot(S.PRIOR), p, c);
    const column = i32at(slot(L.PARAMETER_COLUMN), p);
    if (column < 0) {
      const j = f64at(slot(S.LOCAL_JACOBIAN), p);
      put(slot(S.DIAGONAL), p, c + j * j * f64at(weights, <usize>(-1 - column)));
    } else {
      put(slot(S.DIAGONAL), p, c);
      store<i32>(slot(S.COLUMN_PARAMETER) + ((<usize>column) << 2), <i32>p);
    }
  }
  const nGlobal = slot(L.N_GLOBAL);
  for (let b: usize = 0; b < nBins; b++) {
    const row = slot(S.GLOBAL_JACOBIAN) + ((b * cs) << 3);
    const w = f64at(weights, b);
    if (w === 0) continue;
    for (let k: usize = 0; k < nGlobal; k++) {
      const j = f64at(row, k);
      add(slot(S.DIAGONAL), u(slot(S.COLUMN_PARAMETER), k), w * j * j);
    }
  }
}

function isFree(p: usize): bool {
  return i32at(slot(S.FREE), p) !== 0;
}

/** Eliminates the local parameters: REDUCED_WEIGHT. */
function reduceWeights(damping: f64): void {
  const nBins = slot(L.N_BIN);
  const kappa = slot(S.BIN_VECTOR);
  const nParameters = slot(L.N_PARAMETER);
  memory.fill(kappa, 0, nBins << 3);
  for (let p: usize = 0; p < nParameters; p++) {
    const column = i32at(slot(L.PARAMETER_COLUMN), p);
    if (column >= 0 || !isFree(p)) continue;
    const j = f64at(slot(S.LOCAL_JACOBIAN), p);
    add(kappa, <usize>(-1 - column), (j * j) / localCurvature(p, damping));
  }
  for (let b: usize = 0; b < nBins; b++) {
    const w = f64at(slot(S.FISHER_WEIGHT), b);
    put(slot(S.REDUCED_WEIGHT), b, w / (1 + w * f64at(kappa, b)));
  }
}

/** Constraint curvature of a local parameter with damping; a masked constraint still needs something to divide by. */
function localCurvature(p: usize, damping: f64): f64 {
  const c = f64at(slot(S.PRIOR), p) + damping * f64at(slot(S.DIAGONAL), p);
  return c > 0 ? c : 1e-12 + 1e-6 * f64at(slot(S.DIAGONAL), p);
}

let dampingUsed: f64 = 0;

/**
 * Factorises H + damping diag(H) over the FREE parameters; false when it is numerically singular.
 */
export function fisherFactor(damping: f64): bool {
  dampingUsed = damping;
  reduceWeights(damping);
  const nGlobal = slot(L.N_GLOBAL);
  const cs = columnStride();
  const inverse = slot(S.INVERSE_PRIOR);
  const root = slot(S.ROOT_PRIOR);
  memory.fill(inverse, 0, cs << 3);
  memory.fill(root, 0, cs << 3);
  borderSize = 0;
  let constrained: usize = 0;
  for (let k: usize = 0; k < nGlobal; k++) {
    const p = u(slot(S.COLUMN_PARAMETER), k);
    if (!isFree(p)) continue;
    const c = f64at(slot(S.PRIOR), p) + damping * f64at(slot(S.DIAGONAL), p);
    if (c > 1e-9 * f64at(slot(S.DIAGONAL), p) && c > 0) {
      put(inverse, k, 1 / c);
      put(root, k, 1 / Math.sqrt(c));
      constrained++;
    } else {
      store<i32>(slot(S.BORDER) + (borderSize << 2), <i32>k);
      borderSize++;
    }
  }
  const nBins = slot(L.N_BIN);
  inBinSpace = nBins < constrained + borderSize;
  return inBinSpace ? factorBins() : factorColumns();
}

/** Z = I + W^1/2 J C^-1 J^T W^1/2 and the Schur complement of the unconstrained columns. */
function factorBins(): bool {
  const nBins = slot(L.N_BIN);
  const cs = columnStride();
  const bs = binStride();
  const jacobianRows = slot(S.GLOBAL_JACOBIAN);
  const scaled = slot(S.SCALED_JACOBIAN);
  const root = slot(S.ROOT_PRIOR);
  const weights = slot(S.REDUCED_WEIGHT);
  for (let b: usize = 0; b < nBins; b++) {
    const w = f64x2.splat(Math.sqrt(f64at(weights, b)));
    const from = jacobianRows + ((b * cs) << 3);
    const to = scaled + ((b * cs) << 3);
    for (let k: usize = 0; k < cs << 3; k += 16) {
      v128.store(to + k, f64x2.mul(w, f64x2.mul(v128.load(from + k), v128.load(root + k))));
    }
  }
  const z = slot(S.OPERATOR);
  identityPlusRows(scaled, nBins, cs, z, bs);
  if (!cholesky(z, nBins, bs)) return false;
  if (borderSize === 0) return true;
  const rows = slot(S.BORDER_ROWS);
  const schur = slot(S.BORDER_SCHUR);
  for (let k: usize = 0; k < borderSize; k++) {
    const column = u(slot(S.BORDER), k);
    const row = rows + ((k * bs) << 3);
    for (let b: usize = 0; b < nBins; b++) {
      put(row, b, Math.sqrt(f64at(weights, b)) * f64at(jacobianRows + ((b * cs) << 3), column));
    }
    solveLower(z, nBins, bs, row);
    for (let m: usize = 0; m <= k; m++)
      put(schur + ((k * cs) << 3), m, dot(row, rows + ((m * bs) << 3), nBins));
    const diagonal = f64at(slot(S.DIAGONAL), u(slot(S.COLUMN_PARAMETER), column));
    add(schur + ((k * cs) << 3), k, dampingUsed * diagonal + 1e-12 * diagonal + 1e-14);
  }
  return cholesky(schur, borderSize, cs);
}

/** S = C + J^T W J over the free columns; the others become unit rows. */
function factorColumns(): bool {
  const nBins = slot(L.N_BIN);
  const nGlobal = slot(L.N_GLOBAL);
  const cs = columnStride();
  const out = slot(S.OPERATOR);
  memory.fill(out, 0, (cs * cs) << 3);
  addColumns(slot(S.GLOBAL_JACOBIAN), slot(S.REDUCED_WEIGHT), nBins, cs, out, false);
  for (let k: usize = 0; k < nGlobal; k++) {
    const p = u(slot(S.COLUMN_PARAMETER), k);
    const row = out + ((k * cs) << 3);
    if (isFree(p)) {
      const diagonal = f64at(slot(S.DIAGONAL), p);
      add(row, k, f64at(slot(S.PRIOR), p) + (dampingUsed + 1e-12) * diagonal + 1e-14);
      continue;
    }
    memory.fill(row, 0, k << 3);
    for (let m = k + 1; m < nGlobal; m++) put(out + ((m * cs) << 3), k, 0);
    put(row, k, 1);
  }
  return cholesky(out, nGlobal, cs);
}

/** SOLUTION = H^-1 RIGHT_SIDE over the FREE parameters, 0 elsewhere. */
export function fisherSolve(): void {
  const nBins = slot(L.N_BIN);
  const nGlobal = slot(L.N_GLOBAL);
  const nParameters = slot(L.N_PARAMETER);
  const cs = columnStride();
  const right = slot(S.RIGHT_SIDE);
  const solution = slot(S.SOLUTION);
  const weights = slot(S.REDUCED_WEIGHT);
  const jacobianRows = slot(S.GLOBAL_JACOBIAN);
  const shift = slot(S.BIN_SHIFT);
  const q = slot(S.COLUMN_IN);
  const d = slot(S.COLUMN_OUT);
  memory.fill(shift, 0, nBins << 3);
  for (let p: usize = 0; p < nParameters; p++) {
    const column = i32at(slot(L.PARAMETER_COLUMN), p);
    const value = isFree(p) ? f64at(right, p) : 0;
    if (column >= 0) put(q, <usize>column, value);
    else if (value !== 0) {
      add(
        shift,
        <usize>(-1 - column),
        (f64at(slot(S.LOCAL_JACOBIAN), p) * value) / localCurvature(p, dampingUsed),
      );
    }
  }
  for (let b: usize = 0; b < nBins; b++) {
    const c = f64at(weights, b) * f64at(shift, b);
    if (c !== 0) axpy(-c, jacobianRows + ((b * cs) << 3), q, cs);
  }
  for (let k: usize = 0; k < nGlobal; k++)
    if (!isFree(u(slot(S.COLUMN_PARAMETER), k))) put(q, k, 0);
  if (inBinSpace) solveBins(q, d);
  else {
    memory.copy(d, q, cs << 3);
    solveLower(slot(S.OPERATOR), nGlobal, cs, d);
    solveLowerTransposed(slot(S.OPERATOR), nGlobal, cs, d);
  }
  // Bin responses y = W (J d + shift) give the local parameters back.
  for (let b: usize = 0; b < nBins; b++) {
    const w = f64at(weights, b);
    put(shift, b, w === 0 ? 0 : w * (dot(jacobianRows + ((b * cs) << 3), d, cs) + f64at(shift, b)));
  }
  for (let p: usize = 0; p < nParameters; p++) {
    const column = i32at(slot(L.PARAMETER_COLUMN), p);
    let value: f64 = 0;
    if (isFree(p)) {
      value =
        column >= 0
          ? f64at(d, <usize>column)
          : (f64at(right, p) -
              f64at(slot(S.LOCAL_JACOBIAN), p) * f64at(shift, <usize>(-1 - column))) /
            localCurvature(p, dampingUsed);
    }
    put(solution, p, value);
  }
}

/** d = (C + J^T W J)^-1 q over the free columns, in bin space. */
function solveBins(q: usize, d: usize): void {
  const nBins = slot(L.N_BIN);
  const cs = columnStride();
  const bs = binStride();
  const z = slot(S.OPERATOR);
  const jacobianRows = slot(S.GLOBAL_JACOBIAN);
  const weights = slot(S.REDUCED_WEIGHT);
  const inverse = slot(S.INVERSE_PRIOR);
  const h = slot(S.BIN_VECTOR);
  for (let k: usize = 0; k < cs << 3; k += 16)
    v128.store(d + k, f64x2.mul(v128.load(q + k), v128.load(inverse + k)));
  for (let b: usize = 0; b < nBins; b++) {
    put(h, b, Math.sqrt(f64at(weights, b)) * dot(jacobianRows + ((b * cs) << 3), d, cs));
  }
  solveLower(z, nBins, bs, h);
  const t = slot(S.BORDER_VECTOR);
  if (borderSize > 0) {
    const rows = slot(S.BORDER_ROWS);
    for (let k: usize = 0; k < borderSize; k++) {
      put(t, k, f64at(q, u(slot(S.BORDER), k)) - dot(rows + ((k * bs) << 3), h, nBins));
    }
    solveLower(slot(S.BORDER_SCHUR), borderSize, cs, t);
    solveLowerTransposed(slot(S.BORDER_SCHUR), borderSize, cs, t);
    for (let k: usize = 0; k < borderSize; k++) axpy(f64at(t, k), rows + ((k * bs) << 3), h, nBins);
  }
  solveLowerTransposed(z, nBins, bs, h);
  memory.copy(d, q, cs << 3);
  for (let b: usize = 0; b < nBins; b++) {
    axpy(-f64at(h, b) * Math.sqrt(f64at(weights, b)), jacobianRows + ((b * cs) << 3), d, cs);
  }
  for (let k: usize = 0; k < cs << 3; k += 16)
    v128.store(d + k, f64x2.mul(v128.load(d + k), v128.load(inverse + k)));
  for (let k: usize = 0; k < borderSize; k++) put(d, u(slot(S.BORDER), k), f64at(t, k));
}
