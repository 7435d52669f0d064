/**
 * How good a minimum a position is, by our likelihood: height, gradient and curvature there.
 *
 * @module
 */

import type { Evaluator } from "../likelihood/evaluator.ts";
import { symmetricEigen } from "../math/linear-algebra.ts";
import type { Parameter } from "../model/resolved-model.ts";

export interface MinimumQuality {
  readonly nll: number;
  /** 2 (NLL here - NLL of the lowest minimum known). */
  readonly twiceNllAboveBest: number;
  /** g^T H^-1 g / 2: by how much NLL falls to the next minimum; null where the Hessian is not positive definite. */
  readonly edm: number | null;
  readonly positiveDefinite: boolean;
  /** Smallest eigenvalue of the Hessian scaled to unit diagonal. */
  readonly smallestEigenvalue: number;
  /** The steepest parameter: its gradient in units of NLL per standard deviation. */
  readonly steepest: { readonly name: string; readonly gradient: number } | null;
  /** Free parameters at an end of their range, within 1e-4 of its width. */
  readonly atBounds: readonly string[];
}

const AT_BOUND = 1e-4;

/**
 * @param x `[nParameters]`
 * @param best NLL of the lowest minimum known
 * @returns null where the likelihood is not finite
 */
export function minimumQuality(
  evaluator: Evaluator,
  parameters: readonly Parameter[],
  x: Float64Array,
  best: number,
): MinimumQuality | null {
  const n = parameters.length;
  const gradient = new Float64Array(n);
  const hessian = new Float64Array(n * n);
  const nll = evaluator.gradient(x, gradient);
  evaluator.hessian(x, hessian);
  if (!Number.isFinite(nll) || !hessian.every(Number.isFinite)) return null;
  const isAtBound = ({ lower, upper }: Parameter, i: number): boolean => {
    const value = x[i] as number;
    const margin = AT_BOUND * Math.min(upper - lower, 1);
    return value - lower < margin || upper - value < margin;
  };
  const atBounds = parameters.filter((each, i) => !each.fixed && isAtBound(each, i));
  const free = parameters.flatMap((each, i) => (each.fixed || isAtBound(each, i) ? [] : [i]));
  // Scaled to unit diagonal, so that nothing depends on units.
  const width = free.map((i) => 1 / Math.sqrt(Math.abs(hessian[i * n + i] as number) || 1));
  const scaled = Float64Array.from({ length: free.length ** 2 }, (_, k) => {
    const [a, b] = [Math.floor(k / free.length), k % free.length];
    const element = hessian[(free[a] as number) * n + (free[b] as number)] as number;
    return element * (width[a] as number) * (width[b] as number);
  });
  const slopes = free.map((i, a) => (gradient[i] as number) * (width[a] as number));
  const { values, vectors } = symmetricEigen(scaled, free.length);
  const smallestEigenvalue = values[0] ?? 1;
  const positiveDefinite = smallestEigenvalue > 1e-8;
  let edm = 0;
  values.forEach((value, k) => {
    const row = vectors.subarray(k * free.length, (k + 1) * free.length);
    const along = row.reduce((sum, component, a) => sum + component * (slopes[a] as number), 0);
    edm += along ** 2 / (2 * value);
  });
  const steepest = slopes.reduce(
    (most, g, a) => (Math.abs(g) > Math.abs(slopes[most] ?? 0) ? a : most),
    0,
  );
  const index = free[steepest];
  return {
    nll,
    twiceNllAboveBest: 2 * (nll - best),
    edm: positiveDefinite ? edm : null,
    positiveDefinite,
    smallestEigenvalue,
    steepest:
      index === undefined
        ? null
        : { name: (parameters[index] as Parameter).name, gradient: slopes[steepest] as number },
    atBounds: atBounds.map(({ name }) => name),
  };
}
