/**
 * What a device must offer to compute a likelihood. The caller injects an evaluator; nothing below knows which one.
 *
 * Evaluators own their scratch memory: no call allocates, and a call overwrites what the last one left there.
 *
 * @module
 */

import type { DenseSolver } from "../math/linear-algebra.ts";

/** The data a likelihood is evaluated on; swapped without touching the model (Asimov sets, toys, regions). */
export interface Dataset {
  /** `[nBins]` observed or pseudo-observed events, non-negative. */
  readonly main: Float64Array;
  /** `[nParameters]` auxiliary datum of each parameter's constraint; ignored where there is none. */
  readonly auxiliary: Float64Array;
  /** `[nBins]` 1 for bins in the likelihood, 0 for bins left out; all when absent. */
  readonly binMask?: Uint8Array;
  /** `[nParameters]` 1 for constraint terms in the likelihood, 0 for those left out; all when absent. */
  readonly constraintMask?: Uint8Array;
}

/** NLL = -ln L with every constant term, its derivatives and the expected events. */
export interface Evaluator {
  readonly nParameters: number;
  readonly nBins: number;

  /** Uses this data from now on (copied). */
  setDataset(dataset: Dataset): void;

  /** NLL at theta `[nParameters]`. */
  nll(theta: Float64Array): number;

  /** NLL at theta; writes its gradient to `out` `[nParameters]`. */
  gradient(theta: Float64Array, out: Float64Array): number;

  /** Writes the expected main events at theta to `out` `[nBins]`. */
  expected(theta: Float64Array, out: Float64Array): void;

  /** Writes the exact Hessian of the NLL at theta to `out` `[nParameters x nParameters]`, row-major, symmetric. */
  hessian(theta: Float64Array, out: Float64Array): void;
}

/** An evaluator that can also drive a second-order minimiser. */
export interface CurvatureEvaluator extends Evaluator {
  /**
   * `[nParameters]` where a parameter's derivative jumps, NaN where it never does (codes 0 and 1 at alpha = 0).
   */
  readonly kinks: Float64Array;
  /** `[nParameters]` which one-sided derivative is taken exactly on a kink: >= 0 right (initially), < 0 left. */
  readonly side: Int32Array;
  /** `[nParameters]` left minus right derivative after `gradient`; 0 off the kinks. */
  readonly jump: Float64Array;
  /**
   * Switches to a smooth companion of the likelihood: kinked interpolations become 4p/4 and ln nu is continued below
   * `level` times the observed count. 0 is the likelihood itself.
   */
  relax(level: number): void;
  /** Builds the Fisher operator C + J^T W J at theta (docs/architecture.md, the Fisher operator). */
  prepareCurvature(theta: Float64Array): void;
  /**
   * Factorises the prepared operator plus `damping` times its diagonal over the parameters marked in `free`
   * `[nParameters]`.
   *
   * @returns false when it is numerically singular
   */
  factorCurvature(free: Uint8Array, damping: number): boolean;
  /** Applies the inverse of the factored operator: `out` is 0 where `free` is. */
  solveCurvature(vector: Float64Array, out: Float64Array): void;
  /**
   * How far each parameter's effect is from odd, at theta: the change of the expected events that alpha = +1 and -1 have
   * in common, in standard deviations of the data, into `out` `[nParameters]`. A prepared curvature is lost.
   */
  asymmetry(theta: Float64Array, out: Float64Array): void;
  readonly dense: DenseSolver;
}
