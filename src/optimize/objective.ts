/**
 * What a minimiser knows of the function it minimises: numbers, no physics.
 *
 * @module
 */

import type { DenseSolver } from "../math/linear-algebra.ts";

/** A function of `size` variables with gradient, curvature, and perhaps kinks. */
export interface Objective {
  readonly size: number;
  /** Value at x; writes the gradient to `out` `[size]`. */
  gradient(x: Float64Array, out: Float64Array): number;
  /** Value at x. */
  value(x: Float64Array): number;
  /** Exact Hessian at x into `out` `[size x size]`, row-major. */
  hessian(x: Float64Array, out: Float64Array): void;
  /** Builds a positive semi-definite model of the curvature at x. */
  prepareCurvature(x: Float64Array): void;
  /** Factorises that model plus `damping` times its diagonal over the free variables; false when singular. */
  factorCurvature(free: Uint8Array, damping: number): boolean;
  /** Applies the inverse of the factored model; `out` is 0 where not free. */
  solveCurvature(vector: Float64Array, out: Float64Array): void;
  /** `[size]` where the derivative by a variable jumps, NaN where it never does. */
  readonly kinks: Float64Array;
  /** `[size]` which one-sided derivative `gradient` returns exactly on a kink: >= 0 right, < 0 left. */
  readonly side: Int32Array;
  /** `[size]` left minus right derivative on kinks, after `gradient`. */
  readonly jump: Float64Array;
  /** Switches to a smooth, everywhere finite companion; 0 switches back. */
  relax(level: number): void;
  /**
   * How far the effect of each variable is from odd about its centre, in standard deviations of the data, at x into
   * `out` `[size]`: only where it is not small, or kinked, can a variable have a second minimum of its own.
   */
  asymmetry(x: Float64Array, out: Float64Array): void;
  readonly dense: DenseSolver;
}

/** Whether the derivative by any variable jumps somewhere. */
export function hasKinks(objective: Objective): boolean {
  return objective.kinks.some((kink) => !Number.isNaN(kink));
}

/** Where the variables may go. */
export interface Box {
  /** `[size]` each. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** `[size]` 1 for variables held at their starting value. */
  readonly fixed: Uint8Array;
}

/** Evaluations so far, shared by every step of one analysis. */
export interface Counters {
  nValue: number;
  nGradient: number;
  nHessian: number;
  nIterations: number;
}
