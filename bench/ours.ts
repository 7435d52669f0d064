/**
 * Our side of the benchmark of fits on one workspace.
 *
 * @module
 */

import { fit, fromPyhf, type Model } from "../src/index.ts";
import { objectiveOf } from "../src/infer/objective.ts";
import type { ResolvedModel } from "../src/model/resolved-model.ts";
import { createMinimizer, type Solution } from "../src/optimize/minimize.ts";
import type { ModelSize } from "./suite.ts";
import { measure, type Protocol, type Timing } from "./timing.ts";

export interface OwnResult extends ModelSize {
  /** From text to model. */
  readonly build: Timing;
  readonly nll: Timing;
  readonly gradient: Timing;
  /** One minimisation from the nominal start to EDM < 1e-9. */
  readonly localFit: Timing;
  /** `fit`: search for other minima, exact Hessian, certificate, covariance. */
  readonly completeFit: Timing;
  /** NLL and gradient by parameter name at the nominal start. */
  readonly startNll: number;
  readonly startGradient: Readonly<Record<string, number>>;
  readonly localNll: number;
  readonly localEdm: number;
  /** Empty when the local minimisation converged. */
  readonly localProblem: string;
  /** Gradient evaluations of the local minimisation. */
  readonly localEvaluations: number;
  readonly completeNll: number;
  readonly completeEvaluations: number;
  readonly nStarts: number;
  readonly nHessian: number;
  readonly converged: boolean;
}

/** A minimisation without search or certificate: what other tools call a fit. */
export interface LocalFit {
  readonly solution: Solution;
  readonly nGradient: number;
}

/** Minimises once from the nominal start. */
export function fitLocally(model: Model): LocalFit {
  const { parameters } = model.resolved;
  const minimizer = createMinimizer(objectiveOf(model.evaluator));
  const solution = minimizer.minimize(
    Float64Array.from(parameters, (p) => p.init),
    {
      lower: Float64Array.from(parameters, (p) => p.lower),
      upper: Float64Array.from(parameters, (p) => p.upper),
      fixed: Uint8Array.from(parameters, (p) => (p.fixed ? 1 : 0)),
    },
  );
  return { solution, nGradient: minimizer.counters.nGradient };
}

/**
 * Non-zero modifier entries of a model: one for every factor and `normsys` on a sample, and one for every bin that a
 * `histosys` or per-bin modifier changes.
 */
export function countEntries(model: ResolvedModel): number {
  let entries = 0;
  for (const { samples } of model.channels) {
    for (const { nominal, modifiers } of samples) {
      for (const modifier of modifiers) {
        if (modifier.type === "perbin") entries += nominal.length;
        else if (modifier.type !== "histosys") entries++;
        else {
          entries += nominal.filter(
            (value, i) => modifier.hi[i] !== value || modifier.lo[i] !== value,
          ).length;
        }
      }
    }
  }
  return entries;
}

/** Measures everything on the workspace `text`. */
export function measureOurs(text: string, protocol: Protocol): OwnResult {
  const build = measure(() => fromPyhf(text).nParams(), protocol);
  const model = fromPyhf(text);
  const { evaluator, resolved } = model;
  const start = Float64Array.from(model.suggestedInit());
  const out = new Float64Array(start.length);
  const startNll = evaluator.gradient(start, out);
  const startGradient = Object.fromEntries(
    model.paramNames().map((name, i) => [name, out[i] as number]),
  );
  const local = fitLocally(model);
  const complete = fit(model);
  return {
    nParameters: model.nParams(),
    nBins: resolved.observed.length,
    nEntries: countEntries(resolved),
    build,
    nll: measure(() => evaluator.nll(start), protocol),
    gradient: measure(() => evaluator.gradient(start, out), protocol),
    localFit: measure(() => fitLocally(model).solution.value, protocol),
    completeFit: measure(() => fit(model).nll, protocol),
    startNll,
    startGradient,
    localNll: local.solution.value,
    localEdm: local.solution.edm,
    localProblem: local.solution.termination === "converged" ? "" : local.solution.termination,
    localEvaluations: local.nGradient,
    completeNll: complete.nll,
    completeEvaluations: complete.nGev,
    nStarts: complete.certificate.nStarts,
    nHessian: complete.nHessian,
    converged: complete.converged,
  };
}
