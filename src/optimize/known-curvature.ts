/**
 * Minimising close to a point whose exact Hessian has been inverted: that inverse, with one variable held, replaces the
 * curvature model that a minimisation would otherwise build and factorise for itself.
 *
 * With C = H^-1 and variable k held, the inverse of H without row and column k is C - C_k C_k^T / C_kk, so one inverse
 * serves every choice of k.
 *
 * @module
 */

import type { Box, Objective } from "./objective.ts";

/** The inverse Hessian at a point. */
export interface KnownCurvature {
  /** `[size]` the point. */
  readonly x: Float64Array;
  /** `[size x size]` row-major, symmetric, 0 off the free variables. */
  readonly covariance: Float64Array;
  /** `[size]` 1 for the variables it is about. */
  readonly free: Uint8Array;
  /** `[size]` a diagonal matrix that is nowhere smaller: g^T diag g >= g^T C g for every g. */
  readonly bound: Float64Array;
  /** A sparse matrix that is nowhere smaller either and nearly the same; null where most elements matter. */
  readonly sparse: SparseRows | null;
}

/** Rows of a symmetric matrix: row i has the elements from `starts[i]` to `starts[i + 1]`. */
export interface SparseRows {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
  /** `[size]` */
  readonly diagonal: Float64Array;
}

/** Correlations below this are left out of the sparse matrix. */
const NEGLIGIBLE = 3e-4;
/** A sparse product is worth it up to this share of elements. */
const SPARSE = 0.35;

/**
 * Puts together what minimisations near a point need.
 *
 * The sparse matrix lacks the small correlations; the sum of what a row lacks is added to its diagonal, in units of the
 * row's own width, so that no EDM is taken for smaller than it is (Gershgorin).
 *
 * @param covariance `[size x size]`
 */
export function knownCurvature(
  x: Float64Array,
  covariance: Float64Array,
  free: Uint8Array,
): KnownCurvature {
  const n = x.length;
  const width = Float64Array.from(x, (_, i) => Math.sqrt(covariance[i * n + i] as number));
  const starts = new Int32Array(n + 1);
  const columns: number[] = [];
  const diagonal = new Float64Array(n);
  let largestSum = 0;
  for (let i = 0; i < n; i++) {
    const own = width[i] as number;
    let sum = 0;
    let left = 0;
    for (let j = 0; j < n && own > 0; j++) {
      const unit = own * (width[j] as number);
      const size = unit > 0 ? Math.abs(covariance[i * n + j] as number) / unit : 0;
      sum += size;
      if (size > NEGLIGIBLE) columns.push(j);
      else left += size;
    }
    starts[i + 1] = columns.length;
    diagonal[i] = own * own * (1 + left);
    largestSum = Math.max(largestSum, sum);
  }
  const bound = width.map((w) => largestSum * w * w);
  if (columns.length > SPARSE * n * n) return { x, covariance, free, bound, sparse: null };
  const values = new Float64Array(columns.length);
  for (let i = 0; i < n; i++) {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      const j = columns[k] as number;
      values[k] = (i === j ? diagonal[i] : covariance[i * n + j]) as number;
    }
  }
  const sparse = { starts, columns: Int32Array.from(columns), values, diagonal };
  return { x, covariance, free, bound, sparse };
}

/** x moved along the linear response of the other variables until one of them has a value, inside the box. */
export function alongTangent(
  { covariance }: KnownCurvature,
  x: Float64Array,
  index: number,
  value: number,
  { lower, upper, fixed }: Box,
): Float64Array {
  const row = index * x.length;
  const variance = covariance[row + index] as number;
  const shift = variance > 0 ? (value - (x[index] as number)) / variance : 0;
  const moved = x.map((v, i) =>
    fixed[i] === 1
      ? v
      : Math.min(
          Math.max(v + shift * (covariance[row + i] as number), lower[i] as number),
          upper[i] as number,
        ),
  );
  moved[index] = value;
  return moved;
}

/** An objective whose curvature is the known one for the first model of each minimisation, where that fits. */
export interface ObjectiveNearby extends Objective {
  /**
   * Says what is known for the next minimisation; null: nothing.
   *
   * @param tolerance the EDM at which that minimisation is to end
   */
  expect(known: KnownCurvature | null, tolerance: number): void;
}

/**
 * The objective with another first guess at its curvature. A minimisation that asks for a second model, holds a variable at
 * a bound or lets go of one gets the objective's own.
 */
export function nearby(objective: Objective): ObjectiveNearby {
  const n = objective.size;
  let expected: KnownCurvature | null = null;
  let used: KnownCurvature | null = null;
  let enough = 0;
  let at: Float64Array = new Float64Array(n);
  /** The variable held besides those that are not free anyway; -1 for none. */
  let held = -1;
  const matches = (free: Uint8Array, wanted: Uint8Array): boolean => {
    held = -1;
    for (let i = 0; i < n; i++) {
      if (free[i] === wanted[i]) continue;
      if (free[i] === 1 || held >= 0) return false;
      held = i;
    }
    return true;
  };
  return {
    ...objective,
    expect(known, tolerance) {
      expected = known;
      enough = 2 * tolerance;
    },
    prepareCurvature(x) {
      at = x;
      if (expected === null) objective.prepareCurvature(x);
    },
    factorCurvature(free, damping) {
      if (expected !== null) {
        used = damping === 0 && matches(free, expected.free) ? expected : null;
        expected = null;
        if (used !== null) return true;
        objective.prepareCurvature(at);
      }
      used = null;
      return objective.factorCurvature(free, damping);
    },
    solveCurvature(vector, out) {
      if (used === null) {
        objective.solveCurvature(vector, out);
        return;
      }
      const { covariance, bound, sparse } = used;
      // Most minimisations begin at their minimum: the bound sees it, at a fraction of the price of the product.
      let atMost = 0;
      for (let i = 0; i < n; i++) {
        const v = vector[i] as number;
        const step = (bound[i] as number) * v;
        out[i] = step;
        atMost += v * step;
      }
      if (atMost < enough) return;
      if (sparse === null) multiply(covariance, vector, out);
      else multiplySparse(sparse, vector, out);
      if (held >= 0) project(used, held, out);
    },
  };
}

/** Takes the part along a held variable out of a product with the inverse Hessian. */
function project({ covariance, sparse }: KnownCurvature, held: number, out: Float64Array): void {
  const n = out.length;
  if (sparse === null) {
    const row = held * n;
    const ratio = (out[held] as number) / (covariance[row + held] as number);
    for (let i = 0; i < n; i++) {
      out[i] = (out[i] as number) - ratio * (covariance[row + i] as number);
    }
  } else {
    const { starts, columns, values, diagonal } = sparse;
    const ratio = (out[held] as number) / (diagonal[held] as number);
    const end = starts[held + 1] as number;
    for (let k = starts[held] as number; k < end; k++) {
      const i = columns[k] as number;
      out[i] = (out[i] as number) - ratio * (values[k] as number);
    }
  }
  out[held] = 0;
}

function multiplySparse(
  { starts, columns, values }: SparseRows,
  vector: Float64Array,
  out: Float64Array,
): void {
  let k = 0;
  for (let i = 0; i < out.length; i++) {
    const end = starts[i + 1] as number;
    let sum = 0;
    for (; k < end; k++) sum += (values[k] as number) * (vector[columns[k] as number] as number);
    out[i] = sum;
  }
}

/** out = matrix vector for a symmetric matrix, four rows at a time. */
function multiply(matrix: Float64Array, vector: Float64Array, out: Float64Array): void {
  const n = vector.length;
  out.fill(0);
  let i = 0;
  for (; i + 3 < n; i += 4) {
    const a = vector[i] as number;
    const b = vector[i + 1] as number;
    const c = vector[i + 2] as number;
    const d = vector[i + 3] as number;
    const r0 = i * n;
    const r1 = r0 + n;
    const r2 = r1 + n;
    const r3 = r2 + n;
    for (let j = 0; j < n; j++) {
      out[j] =
        (out[j] as number) +
        ((matrix[r0 + j] as number) * a + (matrix[r1 + j] as number) * b) +
        ((matrix[r2 + j] as number) * c + (matrix[r3 + j] as number) * d);
    }
  }
  for (; i < n; i++) {
    const a = vector[i] as number;
    const row = i * n;
    for (let j = 0; j < n; j++) out[j] = (out[j] as number) + (matrix[row + j] as number) * a;
  }
}
