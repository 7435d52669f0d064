/**
 * Correlations of the parameters at the best fit, from the inverse of the exact Hessian.
 *
 * @module
 */

import { analyse, type ProcedureOptions, type ProcedureSummary } from "./analysis.ts";
import type { FitTarget } from "./fit.ts";
import type { Steps } from "./steps.ts";

export interface CorrelationOptions extends ProcedureOptions {
  /** Give the covariance too. Default false. */
  readonly covariance?: boolean;
}

export interface CorrelationResult extends ProcedureSummary {
  /** Parameters free at the best fit, in the order of the model. */
  readonly names: readonly string[];
  /** `[names][names]` with 1 on the diagonal; null when the Hessian is singular. */
  readonly matrix: readonly (readonly number[])[] | null;
  /** `[names][names]`; null when it was not asked for, or the Hessian is singular. */
  readonly covariance: readonly (readonly number[])[] | null;
  /** Parameters that are not in the matrix. */
  readonly fixed: readonly string[];
  readonly atBound: readonly string[];
  /** When the Hessian is singular: the parameters of its weakest direction, most important first. */
  readonly weakestDirection: readonly string[];
}

/** Components of the weakest direction that are named, relative to the largest. */
const NAMED = 0.1;
const MAX_NAMED = 5;

/** The correlation matrix of a fit. */
export function* correlationSteps(
  target: FitTarget,
  options: CorrelationOptions = {},
): Steps<CorrelationResult> {
  const { parameters } = target.resolved;
  return yield* analyse(target, options, true, function* (analysis) {
    const { covariance, index, weakestDirection } = analysis.best();
    const { fixed } = analysis.setup.box;
    const name = (i: number): string => parameters[i]?.name as string;
    const left = parameters.flatMap((_, i) => (index.includes(i) ? [] : [i]));
    const atBound = left.filter((i) => fixed[i] !== 1).map(name);
    const weakest =
      covariance === null ? largest(weakestDirection).map((a) => name(index[a] as number)) : [];
    if (covariance === null) {
      analysis.warn(
        `the Hessian is singular, there are no correlations: the data do not determine ${weakest.join(", ")}`,
        "covariance_unavailable",
      );
    } else if (atBound.length > 0) {
      analysis.warn(
        `at a bound or on a kink, and so without correlations: ${atBound.slice(0, 5).join(", ")}${atBound.length > 5 ? " …" : ""}`,
      );
    }
    const squares = covariance === null ? null : squaresOf(covariance, index);
    return {
      names: index.map(name),
      matrix: squares?.matrix ?? null,
      covariance: options.covariance === true ? (squares?.covariance ?? null) : null,
      fixed: left.filter((i) => fixed[i] === 1).map(name),
      atBound,
      weakestDirection: weakest,
      ...analysis.summary(),
    };
  });
}

/**
 * Correlations and covariances of some parameters, as rows.
 *
 * @param covariance `[n x n]` row-major
 * @param index those with a variance
 */
export function squaresOf(
  covariance: ArrayLike<number>,
  index: readonly number[],
): {
  readonly matrix: readonly (readonly number[])[];
  readonly covariance: readonly (readonly number[])[];
} {
  const n = Math.sqrt(covariance.length);
  // Rounding makes the two halves differ in the last digit.
  const at = (i: number, j: number): number =>
    covariance[Math.min(i, j) * n + Math.max(i, j)] as number;
  const square = (value: (i: number, j: number) => number): number[][] =>
    index.map((i) => index.map((j) => value(i, j)));
  return {
    matrix: square((i, j) => (i === j ? 1 : at(i, j) / Math.sqrt(at(i, i) * at(j, j)))),
    covariance: square(at),
  };
}

/** Places of the largest components. */
function largest(direction: Float64Array): readonly number[] {
  const order = Array.from(direction.keys()).sort(
    (a, b) => Math.abs(direction[b] as number) - Math.abs(direction[a] as number),
  );
  const size = (a: number): number => Math.abs(direction[a] as number);
  const top = size(order[0] ?? 0);
  return order.filter((a) => size(a) > NAMED * top).slice(0, MAX_NAMED);
}
