/**
 * From a likelihood to what a minimiser sees.
 *
 * @module
 */

import type { CurvatureEvaluator } from "../likelihood/evaluator.ts";
import type { Parameter } from "../model/resolved-model.ts";
import type { Objective } from "../optimize/objective.ts";

/** The NLL as an objective: names of parts differ, nothing else. */
export function objectiveOf(evaluator: CurvatureEvaluator): Objective {
  return {
    size: evaluator.nParameters,
    gradient: (x, out) => evaluator.gradient(x, out),
    value: (x) => evaluator.nll(x),
    hessian: (x, out) => evaluator.hessian(x, out),
    prepareCurvature: (x) => evaluator.prepareCurvature(x),
    factorCurvature: (free, damping) => evaluator.factorCurvature(free, damping),
    solveCurvature: (vector, out) => evaluator.solveCurvature(vector, out),
    kinks: evaluator.kinks,
    side: evaluator.side,
    jump: evaluator.jump,
    relax: (level) => evaluator.relax(level),
    asymmetry: (x, out) => evaluator.asymmetry(x, out),
    dense: evaluator.dense,
  };
}

/**
 * Width of a parameter's constraint in its own units: sigma of a Gaussian, 1/sqrt(tau) of a Poisson one; null without
 * constraint.
 */
export function priorWidth(parameter: Parameter): number | null {
  const { constraint } = parameter;
  switch (constraint.type) {
    case "gauss":
      return constraint.sigma;
    case "poisson":
      return 1 / Math.sqrt(constraint.tau);
    case "none":
      return null;
  }
  return constraint satisfies never;
}

/** Where a parameter's constraint pulls it to, given its auxiliary datum; null without constraint. */
export function constraintCentre({ constraint }: Parameter, datum: number): number | null {
  switch (constraint.type) {
    case "gauss":
      return datum;
    case "poisson":
      return datum / constraint.tau;
    case "none":
      return null;
  }
  return constraint satisfies never;
}

/** A number for each parameter. A plain loop: `Float64Array.from` costs as much as a gradient. */
export function perParameter(
  parameters: readonly Parameter[],
  of: (parameter: Parameter, index: number) => number,
): Float64Array {
  const values = new Float64Array(parameters.length);
  for (let i = 0; i < values.length; i++) values[i] = of(parameters[i] as Parameter, i);
  return values;
}
