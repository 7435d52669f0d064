/**
 * Dense linear algebra on symmetric matrices, all row-major in a `Float64Array`.
 *
 * The eigendecomposition explains the rare matrix that a Cholesky factorisation, the everyday path, refuses.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";

/** A symmetric solver with memory of its own: whichever device has the fastest one provides it. */
export interface DenseSolver {
  /**
   * Cholesky-factorises the `n x n` matrix given row-major (kept until the next call).
   *
   * @returns false when it is not positive definite
   */
  factor(matrix: Float64Array, n: number): boolean;
  /** Solves with the last factor: `vector` `[n]` is overwritten by the solution. */
  solve(vector: Float64Array): void;
  /** Inverse of the last factored matrix into `out` `[n x n]`. */
  inverse(out: Float64Array): void;
}

/** Eigenvalues in ascending order with orthonormal eigenvectors. */
export interface SymmetricEigen {
  /** `[n]` ascending. */
  readonly values: Float64Array;
  /** `[n x n]` row-major; row k is the eigenvector of `values[k]`. */
  readonly vectors: Float64Array;
}

/** Sweeps after which an eigenvalue is given up; 2 or 3 are usual. */
const MAX_QL_SWEEPS = 60;

/**
 * Eigendecomposition of a symmetric matrix: Householder tridiagonalisation, then QL with implicit Wilkinson shifts
 * (Golub and Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3). About 4 n^3 operations.
 *
 * Error: each eigenvalue to about n eps times the largest in magnitude, and the vectors are orthonormal to about n eps.
 * Small eigenvalues therefore have no relative accuracy.
 *
 * @param a `[n x n]` symmetric; only the lower triangle is read, nothing is written
 * @throws NextstatError `numeric` when an element is not finite
 */
export function symmetricEigen(a: Float64Array, n: number): SymmetricEigen {
  let scale = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const magnitude = Math.abs(a[i * n + j]);
      if (!(magnitude < Number.POSITIVE_INFINITY)) {
        throw new NextstatError("numeric", `matrix element [${i}, ${j}] is ${a[i * n + j]}`);
      }
      scale = Math.max(scale, magnitude);
    }
  }
  if (scale === 0) scale = 1;
  // Elements of at most 1, so that no square overflows.
  const work = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) work[i * n + j] = work[j * n + i] = a[i * n + j] / scale;
  }
  const { diagonal, below, vectors } = tridiagonalize(work, n);
  diagonalize(diagonal, below, vectors, n);
  return sortAscending(diagonal, vectors, n, scale);
}

interface Tridiagonal {
  /** `[n]` diagonal of T. */
  readonly diagonal: Float64Array;
  /** `[n]` below[i] couples i and i + 1; the last is 0. */
  readonly below: Float64Array;
  /** `[n x n]` Q^T with A = Q T Q^T. */
  readonly vectors: Float64Array;
}

/** Householder reflections H = 1 - w w^T, |w|^2 = 2, one per column; destroys `a`, full symmetric. */
function tridiagonalize(a: Float64Array, n: number): Tridiagonal {
  const diagonal = new Float64Array(n);
  const below = new Float64Array(n);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  const w = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k + 1 < n; k++) {
    below[k] = reflector(a, n, k, w);
    if (w[k + 1] === 0) continue;
    // H A H = A - w q^T - q w^T with q = A w - (w . A w)/2 w.
    let projection = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j] * w[j];
      p[i] = sum;
      projection += sum * w[i];
    }
    for (let i = k + 1; i < n; i++) p[i] -= (projection / 2) * w[i];
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1; j < n; j++) a[i * n + j] -= w[i] * p[j] + p[i] * w[j];
    }
    // Q^T becomes H Q^T; row 0 is never touched.
    p.fill(0);
    for (let i = k + 1; i < n; i++) {
      for (let j = 0; j < n; j++) p[j] += w[i] * vectors[i * n + j];
    }
    for (let i = k + 1; i < n; i++) {
      for (let j = 0; j < n; j++) vectors[i * n + j] -= w[i] * p[j];
    }
  }
  for (let i = 0; i < n; i++) diagonal[i] = a[i * n + i];
  return { diagonal, below, vectors };
}

/**
 * The reflection that folds column k below the diagonal onto its first element: writes w `[n]` (from k + 1 on; all 0 when
 * there is nothing to fold) and returns what that element becomes.
 */
function reflector(a: Float64Array, n: number, k: number, w: Float64Array): number {
  w.fill(0);
  let largest = 0;
  for (let i = k + 2; i < n; i++) largest = Math.max(largest, Math.abs(a[i * n + k]));
  const first = a[(k + 1) * n + k];
  if (largest === 0) return first;
  const scale = Math.max(largest, Math.abs(first));
  let squares = 0;
  for (let i = k + 1; i < n; i++) {
    w[i] = a[i * n + k] / scale;
    squares += w[i] * w[i];
  }
  const norm = w[k + 1] > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
  w[k + 1] -= norm;
  const factor = 1 / Math.sqrt(squares - (first / scale) * norm);
  for (let i = k + 1; i < n; i++) w[i] *= factor;
  return norm * scale;
}

/** QL sweeps on T (`d`, `e` as in {@link Tridiagonal}); applies every rotation to the rows of `vectors`. */
function diagonalize(d: Float64Array, e: Float64Array, vectors: Float64Array, n: number): void {
  for (let first = 0; first < n; first++) {
    for (let sweep = 0; ; sweep++) {
      let last = first;
      while (last + 1 < n && !isNegligible(e[last], d[last], d[last + 1])) last++;
      if (last === first) break;
      if (sweep === MAX_QL_SWEEPS) {
        throw new NextstatError("numeric", `eigenvalue ${first} of ${n} did not converge`);
      }
      qlSweep(d, e, vectors, n, first, last);
    }
  }
}

/**
 * Whether a coupling is rounding noise of the matrix, whose largest element is 1. Comparing with the two diagonal elements
 * alone, as EISPACK does, can go on for ever where a singular matrix leaves nothing but noise.
 */
function isNegligible(coupling: number, left: number, right: number): boolean {
  return Math.abs(coupling) <= (Number.EPSILON / 4) * (1 + Math.abs(left) + Math.abs(right));
}

/** One implicit QL sweep over the unreduced block first..last: a rotation at its lower end, the bulge chased upwards. */
function qlSweep(
  d: Float64Array,
  e: Float64Array,
  vectors: Float64Array,
  n: number,
  first: number,
  last: number,
): void {
  // Wilkinson's shift: the eigenvalue of the leading 2 x 2 block nearer to d[first].
  const half = (d[first + 1] - d[first]) / (2 * e[first]);
  const root = hypotenuse(half, 1);
  let x = d[last] - d[first] + e[first] / (half + (half < 0 ? -root : root));
  let cosine = 1;
  let sine = 1;
  let carried = 0;
  for (let i = last - 1; i >= first; i--) {
    const f = sine * e[i];
    const b = cosine * e[i];
    const r = hypotenuse(f, x);
    e[i + 1] = r;
    if (r === 0) {
      // The block fell apart: undo the pending shift and let the next sweep see the two parts.
      d[i + 1] -= carried;
      e[last] = 0;
      return;
    }
    sine = f / r;
    cosine = x / r;
    const shifted = d[i + 1] - carried;
    const s = (d[i] - shifted) * sine + 2 * cosine * b;
    carried = sine * s;
    d[i + 1] = shifted + carried;
    x = cosine * s - b;
    rotateRows(vectors, n, i, cosine, sine);
  }
  d[first] -= carried;
  e[first] = x;
  e[last] = 0;
}

/** Rotates rows i and i + 1. */
function rotateRows(rows: Float64Array, n: number, i: number, cosine: number, sine: number): void {
  const upper = i * n;
  const lower = upper + n;
  for (let j = 0; j < n; j++) {
    const u = rows[upper + j];
    const v = rows[lower + j];
    rows[lower + j] = sine * u + cosine * v;
    rows[upper + j] = cosine * u - sine * v;
  }
}

/** Values times `scale` in ascending order, vectors along. */
function sortAscending(
  d: Float64Array,
  vectors: Float64Array,
  n: number,
  scale: number,
): SymmetricEigen {
  const order = Array.from({ length: n }, (_, k) => k).sort((i, j) => d[i] - d[j]);
  const sorted = new Float64Array(n * n);
  order.forEach((from, to) => {
    sorted.set(vectors.subarray(from * n, from * n + n), to * n);
  });
  return { values: Float64Array.from(order, (k) => d[k] * scale), vectors: sorted };
}

/** sqrt(a^2 + b^2) without overflow; `Math.hypot` may differ between engines. */
function hypotenuse(a: number, b: number): number {
  const large = Math.max(Math.abs(a), Math.abs(b));
  const small = Math.min(Math.abs(a), Math.abs(b));
  return large === 0 ? 0 : large * Math.sqrt(1 + (small / large) * (small / large));
}
