/**
 * The maximum-likelihood fit: find the lowest minimum, certify it, take the uncertainties from the exact Hessian there.
 *
 * @module
 */

import type { CurvatureEvaluator } from "../likelihood/evaluator.ts";
import type { ResolvedModel } from "../model/resolved-model.ts";
import type { Certified } from "../optimize/certify.ts";
import { createMinimizer, type Minimizer } from "../optimize/minimize.ts";
import type { Objective } from "../optimize/objective.ts";
import type { SearchResult } from "../optimize/search.ts";
import { observedDataset } from "./dataset.ts";
import { describeFit, flagNonPositive } from "./describe-fit.ts";
import { findMinimum } from "./find-minimum.ts";
import type { FitOptions, FitResult, MinosInterval } from "./fit-result.ts";
import { type FitSetup, parameterIndex, prepareFit } from "./fit-setup.ts";
import { minosInterval } from "./minos.ts";
import { objectiveOf } from "./objective.ts";

/** A model ready to be fitted: its readable form and a device that computes its likelihood. */
export interface FitTarget {
  readonly resolved: ResolvedModel;
  readonly evaluator: CurvatureEvaluator;
}

const MAX_RESTARTS = 3;

/**
 * Fits a model. The evaluator is left on the observed data.
 *
 * @returns the lowest minimum found, with its certificate; a fit that did not converge is a result that says so
 * @throws NextstatError `usage` for names that do not exist, values outside bounds, or regions that leave nothing to fit
 */
export function fitModel(target: FitTarget, options: FitOptions = {}): FitResult {
  const { resolved, evaluator } = target;
  evaluator.relax(0);
  evaluator.side.fill(1);
  try {
    return runFit(resolved, evaluator, options);
  } finally {
    evaluator.relax(0);
    evaluator.side.fill(1);
    evaluator.setDataset(observedDataset(resolved));
  }
}

function runFit(
  resolved: ResolvedModel,
  evaluator: CurvatureEvaluator,
  options: FitOptions,
): FitResult {
  const setup = prepareFit(resolved, evaluator, options);
  evaluator.setDataset(setup.dataset);
  const objective = objectiveOf(evaluator);
  const minimizer = createMinimizer(objective);
  const initialNll = evaluator.nll(setup.start);
  minimizer.counters.nValue++;

  const { found, certified, minos } = minimumAndIntervals(
    objective,
    minimizer,
    setup,
    options,
    resolved,
  );
  const warnings = setup.warnings.slice();
  const flags = new Set(setup.flags);
  const result = describeFit(
    resolved,
    setup,
    objective,
    minimizer,
    found,
    certified,
    warnings,
    flags,
  );
  flagNonPositive(evaluator, resolved, certified.solution.x, setup.dataset, warnings, flags);
  const { counters } = minimizer;
  return {
    ...result,
    initialNll: Number.isFinite(initialNll) ? initialNll : null,
    nIter: counters.nIterations,
    nFev: counters.nValue + counters.nGradient,
    nGev: counters.nGradient,
    nHessian: counters.nHessian,
    fitRegions: options.fitRegions === undefined ? null : [...options.fitRegions],
    validationRegions:
      options.validationRegions === undefined ? null : [...options.validationRegions],
    minos: options.minos === undefined ? null : minos,
    warnings,
    flags: [...flags],
  };
}

/** The minimum and the intervals asked for; a profile that dips below the fit starts it again from there. */
function minimumAndIntervals(
  objective: Objective,
  minimizer: Minimizer,
  setup: FitSetup,
  options: FitOptions,
  resolved: ResolvedModel,
): { found: SearchResult; certified: Certified; minos: readonly MinosInterval[] } {
  let { starts } = setup;
  for (let attempt = 0; ; attempt++) {
    const { found, certified } = findMinimum(objective, minimizer, { ...setup, starts }, options);
    let lower: Float64Array | undefined;
    const fitted = {
      objective,
      minimizer,
      setup,
      certified,
      minima: found.minima,
      explore: options.search ?? true,
      onLower: (x: Float64Array) => {
        lower = x;
      },
    };
    const minos = (options.minos ?? []).map((name) =>
      minosInterval(fitted, { name, index: parameterIndex(resolved, name) }, options.onProgress),
    );
    if (lower === undefined || attempt >= MAX_RESTARTS) return { found, certified, minos };
    starts = [lower, ...starts];
  }
}
