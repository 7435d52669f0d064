/**
 * The naive twin of the kernel's dense solver: textbook Cholesky on row-major matrices.
 *
 * @module
 */

/**
 * Replaces the lower triangle of `a` by L with A = L L^T.
 *
 * @param a `[n x n]` symmetric; only the lower triangle is read and written
 * @returns false when A is not positive definite (or holds a NaN), with the triangle partly overwritten
 */
export function cholesky(a: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      if (j < i) a[i * n + j] = sum / a[j * n + j];
      else if (sum > 0 && sum < Number.POSITIVE_INFINITY) a[i * n + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/**
 * Solves A x = b in place.
 *
 * @param l `[n x n]` the factor from {@link cholesky}
 * @param b `[n]` right-hand side, overwritten by x
 */
export function choleskySolve(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i];
    for (let k = 0; k < i; k++) sum -= l[i * n + k] * b[k];
    b[i] = sum / l[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    const x = b[i] / l[i * n + i];
    b[i] = x;
    for (let k = 0; k < i; k++) b[k] -= l[i * n + k] * x;
  }
}

/**
 * Writes the inverse of A, both triangles, exactly symmetric.
 *
 * @param l `[n x n]` the factor from {@link cholesky}
 * @param out `[n x n]`, not `l` itself
 */
export function choleskyInverse(l: Float64Array, n: number, out: Float64Array): void {
  // L^-1 transposed, one column of L^-1 per row, so that both loops run along rows.
  out.fill(0);
  for (let j = 0; j < n; j++) {
    out[j * n + j] = 1 / l[j * n + j];
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= l[i * n + k] * out[j * n + k];
      out[j * n + i] = sum / l[i * n + i];
    }
  }
  // A^-1 = L^-T L^-1. Element (i, j) needs rows i and j from column j >= i on, so row i can be overwritten as it goes.
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let sum = 0;
      for (let k = j; k < n; k++) sum += out[i * n + k] * out[j * n + k];
      out[i * n + j] = sum;
    }
    for (let j = 0; j < i; j++) out[i * n + j] = out[j * n + i];
  }
}
