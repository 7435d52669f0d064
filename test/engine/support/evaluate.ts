/** Everything an evaluator says about one point. */

import type { Evaluator } from "../../../src/likelihood/evaluator.ts";

export interface Evaluated {
  readonly nll: number;
  readonly gradient: Float64Array;
  readonly expected: Float64Array;
  readonly hessian: Float64Array;
}

export function evaluate(evaluator: Evaluator, theta: Float64Array): Evaluated {
  const gradient = new Float64Array(evaluator.nParameters);
  const expected = new Float64Array(evaluator.nBins);
  const hessian = new Float64Array(evaluator.nParameters ** 2);
  const nll = evaluator.nll(theta);
  evaluator.gradient(theta, gradient);
  evaluator.expected(theta, expected);
  evaluator.hessian(theta, hessian);
  return { nll, gradient, expected, hessian };
}
