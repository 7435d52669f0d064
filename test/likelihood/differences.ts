/**
 * Checks the derivatives of an evaluator against numerical differences.
 */

import { expect } from "vitest";
import type { Evaluator } from "../../src/likelihood/evaluator.ts";

/** Differences of analytic functions agree with the derivative to this, relative to the largest derivative. */
const DIFFERENCE_TOLERANCE = 1e-6;

/** Fourth-order central difference of a vector function in parameter `p`. */
function difference(
  f: (theta: Float64Array) => Float64Array,
  theta: Float64Array,
  p: number,
  step: number,
): Float64Array {
  const at = (k: number) => {
    const moved = theta.slice();
    moved[p] += k * step;
    return f(moved);
  };
  const [far, near, nearBack, farBack] = [at(2), at(1), at(-1), at(-2)];
  return near.map((x, i) => (8 * (x - nearBack[i]) - (far[i] - farBack[i])) / (12 * step));
}

export function gradientOf(evaluator: Evaluator, theta: Float64Array): Float64Array {
  const out = new Float64Array(evaluator.nParameters);
  evaluator.gradient(theta, out);
  return out;
}

export function hessianOf(evaluator: Evaluator, theta: Float64Array): Float64Array {
  const out = new Float64Array(evaluator.nParameters ** 2);
  evaluator.hessian(theta, out);
  return out;
}

export function largest(values: Float64Array): number {
  return values.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
}

/** The gradient is the difference of the NLL, the Hessian that of the gradient and symmetric. */
export function expectDerivatives(evaluator: Evaluator, theta: Float64Array, step = 1e-5): void {
  const n = evaluator.nParameters;
  const nll = evaluator.nll(theta);
  const gradient = new Float64Array(n);
  expect(evaluator.gradient(theta, gradient)).toBe(nll);
  const hessian = hessianOf(evaluator, theta);
  const gradientSize = 1 + Math.abs(nll) + largest(gradient);
  const hessianSize = gradientSize + largest(hessian);
  for (let p = 0; p < n; p++) {
    const [slope] = difference((t) => Float64Array.of(evaluator.nll(t)), theta, p, step);
    expect(Math.abs(slope - gradient[p])).toBeLessThan(DIFFERENCE_TOLERANCE * gradientSize);
    const row = difference((t) => gradientOf(evaluator, t), theta, p, step);
    for (let q = 0; q < n; q++) {
      expect(hessian[p * n + q]).toBe(hessian[q * n + p]);
      expect(Math.abs(row[q] - hessian[p * n + q])).toBeLessThan(
        DIFFERENCE_TOLERANCE * hessianSize,
      );
    }
  }
}
