/** The Fisher matrix C + J^T W J built naively: J from differences of the expected events. */

import type { Dataset, Evaluator } from "../../../src/likelihood/evaluator.ts";
import { symmetricEigen } from "../../../src/math/linear-algebra.ts";
import type { ResolvedModel } from "../../../src/model/resolved-model.ts";

/** Expected events below this keep the weight they have there (W = max(n/nu^2, 0.2/nu)). */
const SMALLEST_EXPECTED = 1e-10;
const SMALLEST_WEIGHED = 1e-3;

/** `[n x n]`, with `damping` times its diagonal added. */
export function fisherMatrix(
  model: ResolvedModel,
  evaluator: Evaluator,
  dataset: Dataset,
  theta: Float64Array,
  damping: number,
): Float64Array {
  const n = theta.length;
  const nu = expectedAt(evaluator, theta);
  const jacobian = Array.from({ length: n }, (_, p) => derivative(evaluator, theta, p));
  const weights = nu.map((v, b) => {
    if (dataset.binMask?.[b] === 0) return 0;
    const observed = dataset.main[b] / Math.max(v, SMALLEST_EXPECTED) ** 2;
    return Math.max(observed, 0.2 / Math.max(v, SMALLEST_WEIGHED));
  });
  const out = new Float64Array(n * n);
  for (let p = 0; p < n; p++) {
    for (let q = 0; q < n; q++) {
      out[p * n + q] = weights.reduce((sum, w, b) => sum + w * jacobian[p][b] * jacobian[q][b], 0);
    }
  }
  model.parameters.forEach(({ constraint }, p) => {
    if (constraint.type === "gauss") out[p * n + p] += 1 / constraint.sigma ** 2;
    if (constraint.type === "poisson") out[p * n + p] += dataset.auxiliary[p] / theta[p] ** 2;
    out[p * n + p] *= 1 + damping;
  });
  return out;
}

function expectedAt(evaluator: Evaluator, theta: Float64Array): Float64Array {
  const out = new Float64Array(evaluator.nBins);
  evaluator.expected(theta, out);
  return out;
}

/** Fourth-order central difference of the expected events. */
function derivative(evaluator: Evaluator, theta: Float64Array, p: number): Float64Array {
  const step = 1e-4;
  const [far, near, nearBack, farBack] = [2, 1, -1, -2].map((k) => {
    const moved = theta.slice();
    moved[p] += k * step;
    return expectedAt(evaluator, moved);
  });
  return near.map((v, b) => (8 * (v - nearBack[b]) - (far[b] - farBack[b])) / (12 * step));
}

/** `[n x n]` times `[n]`. */
export function multiply(matrix: Float64Array, x: Float64Array): Float64Array {
  const n = x.length;
  return x.map((_, i) => x.reduce((sum, v, j) => sum + matrix[i * n + j] * v, 0));
}

/** The kernel adds 1e-14 to a diagonal: relative to this and magnified by the condition allowed (1e4), 1e-7. */
const SMALLEST_DIAGONAL = 1e-3;

/**
 * Condition of the rows and columns that are free, scaled to unit diagonal; 1 when there are none, infinite when one of
 * them is all but empty.
 */
export function reducedCondition(matrix: Float64Array, free: Uint8Array): number {
  const n = free.length;
  const index = [...free.keys()].filter((i) => free[i] === 1);
  const m = index.length;
  if (m === 0) return 1;
  if (index.some((i) => !(matrix[i * n + i] > SMALLEST_DIAGONAL))) return Number.POSITIVE_INFINITY;
  const scaled = new Float64Array(m * m);
  index.forEach((i, a) => {
    index.forEach((j, b) => {
      scaled[a * m + b] = matrix[i * n + j] / Math.sqrt(matrix[i * n + i] * matrix[j * n + j]);
    });
  });
  if (!scaled.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
  const { values } = symmetricEigen(scaled, m);
  return values[0] > 0 ? values[m - 1] / values[0] : Number.POSITIVE_INFINITY;
}
