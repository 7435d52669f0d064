/**
 * From a certified minimum to the record a fit returns.
 *
 * @module
 */

import type { CurvatureEvaluator, Dataset } from "../likelihood/evaluator.ts";
import type { ResolvedModel } from "../model/resolved-model.ts";
import { type Certified, certify, SADDLE } from "../optimize/certify.ts";
import type { Minimizer, Solution } from "../optimize/minimize.ts";
import type { Objective } from "../optimize/objective.ts";
import type { SearchResult } from "../optimize/search.ts";
import type { ActiveBound, Certificate, FitResult, OtherMinimum } from "./fit-result.ts";
import type { FitSetup } from "./fit-setup.ts";

/** A minimum must be this close, in NLL, to be called one (docs/accuracy.md). */
export const MAX_EDM = 1e-6;
/** Other minima are reported up to this far above the lowest, in 2NLL. */
const REPORTED_DELTA = 10;
const MAX_REPORTED = 10;
/** Along a flat direction, points this little higher are the same minimum. */
const SAME_VALLEY = 1e-6;
const WEAKEST_COMPONENTS = 5;

/** Whether a smallest scaled eigenvalue is that of a minimum, flat directions included, and not of a saddle point. */
export function isSemidefinite(smallestEigenvalue: number): boolean {
  return smallestEigenvalue > SADDLE;
}

/** Fills every field that follows from the minimum itself; adds to `warnings` and `flags`. */
export function describeFit(
  model: ResolvedModel,
  setup: FitSetup,
  objective: Objective,
  minimizer: Minimizer,
  found: SearchResult,
  certified: Certified,
  warnings: string[],
  flags: Set<string>,
): Omit<
  FitResult,
  | "initialNll"
  | "nIter"
  | "nFev"
  | "nGev"
  | "nHessian"
  | "fitRegions"
  | "validationRegions"
  | "minos"
  | "warnings"
  | "flags"
> {
  const { parameters } = model;
  const { solution } = certified;
  const { box } = setup;
  const names = parameters.map((p) => p.name);
  const bounds: ActiveBound[] = [];
  const kinks: string[] = [];
  parameters.forEach((p, i) => {
    if (box.fixed[i] === 1 || solution.free[i] === 1) return;
    const x = solution.x[i] as number;
    const gradient = solution.gradient[i] as number;
    if (x <= (box.lower[i] as number))
      bounds.push({ name: p.name, bound: "lower", value: x, gradient });
    else if (x >= (box.upper[i] as number))
      bounds.push({ name: p.name, bound: "upper", value: x, gradient });
    else kinks.push(p.name);
  });

  const stationary = certified.edm < MAX_EDM;
  const semidefinite = isSemidefinite(certified.smallestEigenvalue);
  const converged = stationary && semidefinite;
  const terminationReason = terminationText(certified, stationary, semidefinite);
  if (!converged) warnings.push(`the fit did not converge: ${terminationReason}`);
  const weakest = weakestComponents(certified, names);
  if (!certified.positiveDefinite && semidefinite && certified.index.length > 0) {
    const direction = weakest.map((w) => w.name).join(", ");
    warnings.push(
      `near-singular Hessian: the data do not determine ${direction} separately; no covariance`,
    );
  }
  if (certified.covariance === null) flags.add("covariance_unavailable");
  const otherMinima = describeOthers(objective, minimizer, found, certified, setup);
  if (found.outcome === "limited") {
    warnings.push(
      `the search for other minima stopped after ${found.nStarts} starting points: the model is large, not every place was looked at`,
    );
  }
  if (otherMinima.length > 0) warnings.push(otherMinimaWarning(otherMinima, model));

  const uncertainties: (number | null)[] = [];
  const uncertaintyReasons: Record<string, string> = {};
  parameters.forEach((p, i) => {
    const prior = setup.detached.get(i);
    if (prior !== undefined) {
      uncertainties.push(prior);
      if (prior === null)
        uncertaintyReasons[p.name] = "unconstrained: the chosen regions do not depend on it";
      else flags.add("uncertainty_prior_only");
      return;
    }
    if (box.fixed[i] === 1) {
      uncertainties.push(0);
      return;
    }
    const variance = certified.variance[i] as number;
    if (variance > 0 && variance < Number.POSITIVE_INFINITY && semidefinite) {
      uncertainties.push(Math.sqrt(variance));
      return;
    }
    uncertainties.push(null);
    uncertaintyReasons[p.name] = reasonWithout(
      p.name,
      bounds,
      kinks,
      semidefinite,
      certified.positiveDefinite,
    );
  });

  const certificate: Certificate = {
    projectedGradientNorm: finite(certified.gradientNorm),
    edm: finite(certified.edm),
    positiveDefinite: certified.positiveDefinite,
    smallestEigenvalue: certified.index.length === 0 ? null : finite(certified.smallestEigenvalue),
    weakestDirection: weakest,
    activeBounds: bounds,
    kinks,
    search: found.outcome,
    nStarts: found.nStarts,
    otherMinima,
  };
  return {
    parameterNames: names,
    poiIndex: model.poi,
    bestfit: [...solution.x],
    uncertainties,
    constraintCentres: setup.constraintCentres,
    uncertaintyReasons,
    covariance: certified.covariance === null ? null : toArray(certified.covariance),
    nll: solution.value,
    twiceNll: 2 * solution.value,
    converged,
    terminationReason,
    edm: finite(certified.edm),
    finalGradNorm: finite(certified.gradientNorm),
    nActiveBounds: bounds.length,
    certificate,
  };
}

/** JSON has no other numbers. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function terminationText(certified: Certified, stationary: boolean, semidefinite: boolean): string {
  const { solution, edm } = certified;
  if (!stationary) {
    const why = solution.termination === "converged" ? "" : `${solution.termination}; `;
    return `${why}not at a minimum (EDM ${edm.toExponential(1)})`;
  }
  if (semidefinite) return "converged";
  return Number.isFinite(certified.smallestEigenvalue)
    ? "at a saddle point, the Hessian has a negative eigenvalue"
    : "the Hessian is not finite";
}

/** Copies element by element: for a covariance, ten times faster than the iterator. */
function toArray(values: Float64Array): number[] {
  const array = new Array<number>(values.length);
  for (let i = 0; i < values.length; i++) array[i] = values[i] as number;
  return array;
}

function reasonWithout(
  name: string,
  bounds: readonly ActiveBound[],
  kinks: readonly string[],
  semidefinite: boolean,
  positiveDefinite: boolean,
): string {
  const bound = bounds.find((b) => b.name === name);
  if (bound !== undefined) return `at its ${bound.bound} bound ${bound.value}`;
  if (kinks.includes(name))
    return "on the kink of its interpolation, where the likelihood has no second derivative";
  if (positiveDefinite) return "not computed, as asked";
  return semidefinite
    ? "in a singular direction: the data do not determine it"
    : "the Hessian is not positive definite";
}

/** Names and components of the weakest direction, largest first, of unit length. */
function weakestComponents(
  certified: Certified,
  names: readonly string[],
): Certificate["weakestDirection"] {
  const direction = certified.weakestDirection;
  const length = Math.sqrt(direction.reduce((sum, v) => sum + v * v, 0));
  if (!(length > 0)) return [];
  return [...direction]
    .map((v, a) => ({ name: names[certified.index[a] as number] as string, component: v / length }))
    .sort((a, b) => Math.abs(b.component) - Math.abs(a.component))
    .slice(0, WEAKEST_COMPONENTS)
    .filter((c, k) => k === 0 || Math.abs(c.component) > 0.05);
}

/** The other minima near the best one, each polished and checked to be a minimum. */
function describeOthers(
  objective: Objective,
  minimizer: Minimizer,
  found: SearchResult,
  certified: Certified,
  setup: FitSetup,
): OtherMinimum[] {
  const best = certified.solution;
  const others: OtherMinimum[] = [];
  for (const candidate of found.minima) {
    if (others.length >= MAX_REPORTED) break;
    if (2 * (candidate.value - best.value) > REPORTED_DELTA) break;
    if (candidate === found.best || candidate.termination !== "converged") continue;
    if (!certified.positiveDefinite && candidate.value - best.value < SAME_VALLEY) continue;
    if (samePoint(candidate, best, setup)) continue;
    const polished = certify(objective, minimizer, candidate, setup.box, { covariance: false });
    if (!polished.positiveDefinite || samePoint(polished.solution, best, setup)) continue;
    if (
      others.some((o) =>
        samePoint(polished.solution, { x: Float64Array.from(o.parameters) }, setup),
      )
    )
      continue;
    others.push({
      nll: polished.solution.value,
      deltaTwiceNll: Math.max(0, 2 * (polished.solution.value - best.value)),
      parameters: [...polished.solution.x],
    });
  }
  return others;
}

function samePoint(a: Pick<Solution, "x">, b: Pick<Solution, "x">, setup: FitSetup): boolean {
  return a.x.every((v, i) => Math.abs(v - (b.x[i] as number)) < 0.02 * (setup.scale[i] as number));
}

function otherMinimaWarning(others: readonly OtherMinimum[], model: ResolvedModel): string {
  const [first] = others;
  const poi =
    model.poi === null
      ? ""
      : `, ${model.parameters[model.poi]?.name} = ${first?.parameters[model.poi]?.toPrecision(4)}`;
  const count = others.length === 1 ? "another minimum" : `${others.length} other minima`;
  return `the likelihood has ${count}; the nearest in height is ${first?.deltaTwiceNll.toPrecision(3)} above in 2NLL${poi}`;
}

/** Says so when the fit (or whatever `what` is) expects nothing, or less, in some bin. */
export function flagNonPositive(
  evaluator: CurvatureEvaluator,
  model: ResolvedModel,
  theta: Float64Array,
  dataset: Dataset,
  warnings: string[],
  flags: Set<string>,
  what: string = "the best fit",
): void {
  const expected = new Float64Array(evaluator.nBins);
  evaluator.expected(theta, expected);
  const bad: string[] = [];
  for (const channel of model.channels) {
    for (let b = 0; b < channel.nBins; b++) {
      const bin = channel.firstBin + b;
      if ((dataset.binMask?.[bin] ?? 1) === 0) continue;
      const value = expected[bin] as number;
      if (value < 0 || (value === 0 && (dataset.main[bin] as number) > 0))
        bad.push(`${channel.name}[${b}]`);
    }
  }
  if (bad.length === 0) return;
  flags.add("nonpositive_expected");
  warnings.push(
    `${what} expects no events, or fewer, in ${bad.slice(0, 5).join(", ")}${bad.length > 5 ? " …" : ""}`,
  );
}
