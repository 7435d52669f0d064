/**
 * The maximum-likelihood fit: find the lowest minimum, certify it, take the uncertainties from the exact Hessian there.
 *
 * @module
 */

import { NextstatError, suggestName } from "../errors.ts";
import type { CurvatureEvaluator, Dataset } from "../likelihood/evaluator.ts";
import type { ResolvedModel } from "../model/resolved-model.ts";
import { type Certified, certify } from "../optimize/certify.ts";
import { createMinimizer, type Minimizer, type Solution } from "../optimize/minimize.ts";
import type { Box, Objective } from "../optimize/objective.ts";
import { type SearchResult, searchMinima } from "../optimize/search.ts";
import { asimovDataset, maskRegions, observedDataset, type RegionMask } from "./dataset.ts";
import type {
  ActiveBound,
  Certificate,
  FitOptions,
  FitResult,
  MinosInterval,
  OtherMinimum,
} from "./fit-result.ts";
import { minosInterval } from "./minos.ts";
import { objectiveOf, priorCentre, priorWidth } from "./objective.ts";

/** A model ready to be fitted: its readable form and a device that computes its likelihood. */
export interface FitTarget {
  readonly resolved: ResolvedModel;
  readonly evaluator: CurvatureEvaluator;
}

/** A minimum must be this close, in NLL, to be called one (scope 4.2; S1's target is 1e-3). */
const MAX_EDM = 1e-6;
/** Other minima are reported up to this far above the lowest, in 2NLL. */
const REPORTED_DELTA = 10;
const MAX_REPORTED = 10;
const WEAKEST_COMPONENTS = 5;

/**
 * Fits a model.
 *
 * @returns the lowest minimum found, with its certificate; a fit that did not converge is a result that says so
 * @throws NextstatError `usage` for names that do not exist, values outside bounds, or regions that leave nothing to fit
 */
export function fitModel(target: FitTarget, options: FitOptions = {}): FitResult {
  const { resolved, evaluator } = target;
  evaluator.relax(0);
  const setup = prepareFit(resolved, evaluator, options);
  evaluator.setDataset(setup.dataset);
  const objective = objectiveOf(evaluator);
  const minimizer = createMinimizer(objective);
  const initialNll = evaluator.nll(setup.start);
  minimizer.counters.nValue++;

  const found = searchMinima(objective, minimizer, {
    starts: setup.starts,
    box: setup.box,
    scale: setup.scale,
    centre: setup.centre,
    explore: options.search ?? true,
  });
  const certified = certify(objective, minimizer, found.best, setup.box, {
    covariance: options.covariance ?? true,
  });
  const warnings = setup.warnings.slice();
  const flags = new Set(setup.flags);
  const minos = (options.minos ?? []).map(
    (name): MinosInterval =>
      minosInterval(resolved, minimizer, setup.box, certified, parameterIndex(resolved, name)),
  );
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
    initialNll,
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

interface FitSetup {
  readonly dataset: Dataset;
  readonly box: Box;
  readonly start: Float64Array;
  readonly starts: readonly Float64Array[];
  readonly scale: Float64Array;
  readonly centre: Float64Array;
  /** Parameters the chosen regions leave without effect, with the width their constraint gives them (null: none). */
  readonly detached: ReadonlyMap<number, number | null>;
  readonly warnings: readonly string[];
  readonly flags: readonly string[];
}

/** Index of a parameter by name. */
export function parameterIndex(model: ResolvedModel, name: string): number {
  const index = model.parameters.findIndex((p) => p.name === name);
  if (index < 0) {
    throw new NextstatError("usage", `no parameter "${name}"`, {
      hint: suggestName(
        name,
        model.parameters.map((p) => p.name),
      ),
    });
  }
  return index;
}

function prepareFit(
  model: ResolvedModel,
  evaluator: CurvatureEvaluator,
  options: FitOptions,
): FitSetup {
  const { parameters } = model;
  const lower = Float64Array.from(parameters, (p) => p.lower);
  const upper = Float64Array.from(parameters, (p) => p.upper);
  const fixed = Uint8Array.from(parameters, (p) => (p.fixed ? 1 : 0));
  const start = Float64Array.from(parameters, (p) => p.init);
  for (const [name, bounds] of Object.entries(options.bounds ?? {})) {
    const i = parameterIndex(model, name);
    const [lo, hi] = bounds;
    if (!(Number.isFinite(lo) && Number.isFinite(hi) && lo < hi)) {
      throw new NextstatError("usage", `bounds [${lo}, ${hi}] of "${name}" are not a range`, {
        hint: "give two finite numbers, the lower one first",
      });
    }
    lower[i] = lo;
    upper[i] = hi;
    start[i] = Math.min(Math.max(start[i] as number, lo), hi);
  }
  const within = (i: number, value: number, what: string): void => {
    const lo = lower[i] as number;
    const hi = upper[i] as number;
    if (!(value >= lo && value <= hi)) {
      throw new NextstatError(
        "usage",
        `${what} ${value} of "${parameters[i]?.name}" is outside its bounds [${lo}, ${hi}]`,
        {
          hint: "choose a value inside, or widen the bounds",
        },
      );
    }
  };
  for (const [name, value] of Object.entries(options.inits ?? {})) {
    const i = parameterIndex(model, name);
    within(i, value, "starting value");
    start[i] = value;
  }
  for (const [name, value] of Object.entries(options.fixedParams ?? {})) {
    const i = parameterIndex(model, name);
    within(i, value, "fixed value");
    start[i] = value;
    fixed[i] = 1;
  }
  const warnings = model.notices.map((n) => n.message);
  const flags = model.notices.flatMap((n) => (n.flag === undefined ? [] : [n.flag]));

  const data =
    options.asimov === true ? asimovDataset(model, evaluator, start) : observedDataset(model);
  const mask = maskRegions(model, options.fitRegions, options.validationRegions);
  const detached = detachParameters(model, mask, fixed);
  if (detached.size > 0) warnings.push(detachedWarning(model, detached));

  const nominal = Float64Array.from(parameters, (p, i) =>
    fixed[i] === 1
      ? (start[i] as number)
      : Math.min(Math.max(p.init, lower[i] as number), upper[i] as number),
  );
  const sameStart = nominal.every((v, i) => v === start[i]);
  const width = parameters.map(priorWidth);
  return {
    dataset:
      mask === null ? data : { ...data, binMask: mask.bins, constraintMask: mask.constraints },
    box: { lower, upper, fixed },
    start,
    starts: sameStart ? [start] : [start, nominal],
    scale: Float64Array.from(
      parameters,
      (_, i) => width[i] ?? Math.max(0.2, 0.2 * Math.abs(nominal[i] as number)),
    ),
    centre: Float64Array.from(parameters, (p, i) =>
      p.transform.type === "affine" ? 1 : (priorCentre(p) ?? (nominal[i] as number)),
    ),
    detached,
    warnings,
    flags,
  };
}

/** Holds the parameters that nothing in the chosen regions depends on. */
function detachParameters(
  model: ResolvedModel,
  mask: RegionMask | null,
  fixed: Uint8Array,
): ReadonlyMap<number, number | null> {
  const detached = new Map<number, number | null>();
  if (mask === null) return detached;
  model.parameters.forEach((parameter, i) => {
    if (mask.used[i] === 1 || fixed[i] === 1) return;
    fixed[i] = 1;
    detached.set(i, mask.constraints[i] === 1 ? priorWidth(parameter) : null);
  });
  return detached;
}

function detachedWarning(
  model: ResolvedModel,
  detached: ReadonlyMap<number, number | null>,
): string {
  const names = [...detached.keys()].map((i) => model.parameters[i]?.name ?? "");
  const shown = names.slice(0, 5).join(", ");
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return `the chosen regions do not depend on ${shown}${more}: left at the starting value, uncertainty from the constraint alone`;
}

function describeFit(
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

  const stationary = Number.isFinite(solution.value) && certified.edm < MAX_EDM;
  const semidefinite = certified.positiveDefinite || (certified.smallestEigenvalue ?? 1) > -1e-9;
  const converged = stationary && semidefinite;
  if (!stationary) {
    warnings.push(
      `the fit did not converge: ${solution.termination} (EDM ${certified.edm.toExponential(1)})`,
    );
  } else if (!semidefinite) {
    warnings.push("the fit ended on a saddle point: the Hessian has a negative eigenvalue");
  }
  const weakest = weakestComponents(certified, names);
  if (!certified.positiveDefinite && semidefinite && certified.index.length > 0) {
    const direction = weakest.map((w) => w.name).join(", ");
    warnings.push(
      `near-singular Hessian: the data do not determine ${direction} separately; no covariance`,
    );
  }
  if (certified.covariance === null) flags.add("covariance_unavailable");
  const otherMinima = describeOthers(objective, minimizer, found, certified, setup);
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
    if (variance > 0 && semidefinite) {
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
    projectedGradientNorm: certified.gradientNorm,
    edm: certified.edm,
    positiveDefinite: certified.positiveDefinite,
    smallestEigenvalue: certified.smallestEigenvalue,
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
    uncertaintyReasons,
    covariance: certified.covariance === null ? null : toArray(certified.covariance),
    nll: solution.value,
    twiceNll: 2 * solution.value,
    converged,
    terminationReason: converged ? "converged" : solution.termination,
    edm: certified.edm,
    finalGradNorm: certified.gradientNorm,
    nActiveBounds: bounds.length,
    certificate,
  };
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
  const length = Math.hypot(...direction);
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

/** Says so when the fit expects nothing, or less, in some bin. */
function flagNonPositive(
  evaluator: CurvatureEvaluator,
  model: ResolvedModel,
  theta: Float64Array,
  dataset: Dataset,
  warnings: string[],
  flags: Set<string>,
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
    `the best fit expects fewer than zero events in ${bad.slice(0, 5).join(", ")}${bad.length > 5 ? " …" : ""}`,
  );
}
