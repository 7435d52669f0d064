/**
 * The maximum-likelihood fit: find the lowest minimum, certify it, take the uncertainties from the exact Hessian there.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { CurvatureEvaluator } from "../likelihood/evaluator.ts";
import type { ResolvedModel } from "../model/resolved-model.ts";
import { type Certified, certify } from "../optimize/certify.ts";
import { createMinimizer, type Minimizer, type Solution } from "../optimize/minimize.ts";
import type { Box, Objective } from "../optimize/objective.ts";
import { type SearchResult, searchMinima } from "../optimize/search.ts";
import { observedDataset } from "./dataset.ts";
import { describeFit, flagNonPositive } from "./describe-fit.ts";
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
/** Scaled eigenvalues below this make a valley worth walking along. */
const FLAT = 1e-4;

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

/** The lowest minimum, certified; where the Hessian is nearly flat, both ways along that direction are tried too. */
function findMinimum(
  objective: Objective,
  minimizer: Minimizer,
  setup: FitSetup,
  options: FitOptions,
): { found: SearchResult; certified: Certified } {
  const { box, scale, centre, starts } = setup;
  const explore = options.search ?? true;
  const wanted = { covariance: options.covariance ?? true };
  const { onProgress } = options;
  const found = searchMinima(objective, minimizer, {
    starts,
    box,
    scale,
    centre,
    explore,
    onStart: (n) =>
      onProgress?.(n < starts.length ? "minimising" : `looking for other minima (${n})`),
  });
  if (!Number.isFinite(found.best.value)) {
    throw new NextstatError("input", "the likelihood is not finite at any point tried", {
      hint: "check the yields and uncertainties of the workspace: some are negative where there are data, or too large",
    });
  }
  onProgress?.("certifying the minimum");
  const certified = certify(objective, minimizer, found.best, box, wanted);
  if (!explore || !(certified.smallestEigenvalue <= FLAT)) return { found, certified };
  const again = searchMinima(objective, minimizer, {
    starts: [certified.solution.x, ...alongWeakest(certified, box)],
    box,
    scale,
    centre,
    explore: false,
  });
  const minima = [...found.minima, ...again.minima].sort((a, b) => a.value - b.value);
  const lower = again.best.value < certified.solution.value - 1e-9;
  return {
    found: {
      best: minima[0] as Solution,
      minima,
      nStarts: found.nStarts + again.nStarts,
      outcome: "searched",
    },
    certified: lower ? certify(objective, minimizer, again.best, box, wanted) : certified,
  };
}

/** Points half way and all the way to the edge of the box, both ways along the weakest direction. */
function alongWeakest(certified: Certified, box: Box): Float64Array[] {
  const { index, weakestDirection, solution } = certified;
  return [1, -1].flatMap((sign) => {
    let reach = Number.POSITIVE_INFINITY;
    index.forEach((i, a) => {
      const d = sign * (weakestDirection[a] as number);
      const edge = (d > 0 ? box.upper[i] : box.lower[i]) as number;
      if (Math.abs(d) > 1e-6) reach = Math.min(reach, (edge - (solution.x[i] as number)) / d);
    });
    if (!(reach > 0 && Number.isFinite(reach))) return [];
    return [0.5, 1].map((part) => {
      const start = solution.x.slice();
      index.forEach((i, a) => {
        const v = (start[i] as number) + sign * part * reach * (weakestDirection[a] as number);
        start[i] = Math.min(Math.max(v, box.lower[i] as number), box.upper[i] as number);
      });
      return start;
    });
  });
}
