/**
 * What every procedure on a model shares: the global fit with its certificate, the basins known so far, conditional fits
 * around it, Asimov sets, and the rule that a conditional fit below the global one starts everything again from there.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { CurvatureEvaluator } from "../likelihood/evaluator.ts";
import type { ResolvedModel } from "../model/resolved-model.ts";
import type { Certified } from "../optimize/certify.ts";
import { createMinimizer } from "../optimize/minimize.ts";
import type { Objective } from "../optimize/objective.ts";
import type { SearchResult } from "../optimize/search.ts";
import { asimovDataset, observedDataset } from "./dataset.ts";
import { flagNonPositive, isSemidefinite, MAX_EDM } from "./describe-fit.ts";
import { findMinimum } from "./find-minimum.ts";
import type { FitTarget } from "./fit.ts";
import type { FitOptions } from "./fit-result.ts";
import { type FitSetup, parameterIndex, prepareFit } from "./fit-setup.ts";
import { objectiveOf } from "./objective.ts";
import type { FitCounters, Likelihood, Walk, WalkResult } from "./profile.ts";
import type { Steps } from "./steps.ts";
import type { ToyRun, ToyRunResult } from "./toys.ts";

/** What may be asked of every procedure: which likelihood, and whether other minima are looked for. */
export interface ProcedureOptions
  extends Pick<
    FitOptions,
    | "fixedParams"
    | "inits"
    | "bounds"
    | "asimov"
    | "fitRegions"
    | "validationRegions"
    | "search"
    | "onProgress"
  > {
  /** Parameter of interest, instead of the model's. */
  readonly poi?: string;
}

/** What every record says about how it was made. */
export interface ProcedureSummary {
  /** Whether the global fit and every conditional fit the numbers rest on converged. */
  readonly converged: boolean;
  /** True when the procedure was interrupted: what is missing is null. */
  readonly partial: boolean;
  readonly warnings: readonly string[];
  /** Fixed vocabulary of degraded flags. */
  readonly flags: readonly string[];
  /** Minimisations, evaluations of the gradient and of the exact Hessian. */
  readonly nFit: number;
  readonly nGradient: number;
  readonly nHessian: number;
}

/** The expected data of a hypothesis, and the point they were made at, which is their best fit. */
export interface AsimovSet {
  readonly likelihood: Likelihood;
  readonly x: Float64Array;
  readonly nll: number;
}

export interface Analysis {
  readonly resolved: ResolvedModel;
  readonly evaluator: CurvatureEvaluator;
  readonly objective: Objective;
  readonly setup: FitSetup;
  readonly observed: Likelihood;
  readonly explore: boolean;
  /** The lowest minimum known. */
  best(): Certified;
  /** Everything the search found. */
  found(): SearchResult;
  /** The other minima near it, as starting points. */
  basins(): readonly Float64Array[];
  warn(message: string, flag?: string): void;
  /** Runs one batch of walks and keeps count. */
  run(batch: {
    readonly walks: readonly Walk[];
    readonly doing: string;
  }): Steps<readonly WalkResult[]>;
  /** Runs one batch of toys and keeps count. */
  runToys(runs: readonly ToyRun[], doing: string): Steps<readonly ToyRunResult[]>;
  /** A walk on the observed data from the best fit, following every basin known. */
  walk(held: readonly number[], path: readonly (readonly number[])[], start?: Float64Array): Walk;
  /** The Asimov set of a point; bins that expect less than nothing are set to 0, with a warning. */
  asimov(x: Float64Array): AsimovSet;
  /** Whether a walk came back unfinished. */
  interrupted(): boolean;
  summary(): ProcedureSummary;
  readonly minimizer: ReturnType<typeof createMinimizer>;
}

/** 2 (nll - nllBest); what rounding takes below 0 is 0. */
export function twiceRise(nll: number, nllBest: number): number {
  const q = 2 * (nll - nllBest);
  const noise = Math.max(NEGATIVE_Q, 1e-13 * Math.abs(nllBest));
  return q < 0 && q > -noise ? 0 : q;
}

/** 2NLL by which a conditional fit may lie below the global one: more is a missed minimum, not rounding. */
export const NEGATIVE_Q = 1e-6;
/** Other minima up to this much above the best, in NLL, are followed. */
const FOLLOWED = 10;
const MAX_BASINS = 6;
const MAX_RESTARTS = 3;
/** Batches of at least so many walks are worth keeping. */
const MANY_WALKS = 32;

/** Warning of a partial record. */
const INTERRUPTED = "interrupted before the end: what was not finished is missing";

/** A conditional fit went below the global one. */
class LowerMinimum extends Error {
  readonly x: Float64Array;
  constructor(x: Float64Array) {
    super("lower minimum");
    this.x = x;
  }
}

/** Index of the parameter of interest of a procedure. */
export function requirePoi(
  resolved: ResolvedModel,
  options: ProcedureOptions,
  what: string,
): number {
  const index = options.poi === undefined ? resolved.poi : parameterIndex(resolved, options.poi);
  if (index === null) {
    throw new NextstatError(
      "usage",
      `the model has no parameter of interest, which ${what} needs`,
      {
        hint: "choose a measurement that has one, or name a parameter as the POI",
      },
    );
  }
  const parameter = resolved.parameters[index];
  if (
    parameter?.fixed === true ||
    Object.hasOwn(options.fixedParams ?? {}, parameter?.name ?? "")
  ) {
    throw new NextstatError("usage", `the parameter of interest "${parameter?.name}" is fixed`, {
      hint: "free it, or choose another one",
    });
  }
  return index;
}

/**
 * Runs a procedure: the global fit, then `body`. When a conditional fit turns out lower than the global fit, both are
 * redone from there and the record says so.
 *
 * @param covariance whether the body needs the covariance
 */
export function* analyse<R>(
  target: FitTarget,
  options: ProcedureOptions,
  covariance: boolean,
  body: (analysis: Analysis) => Steps<R>,
): Steps<R> {
  const { resolved, evaluator } = target;
  const restore = (): void => {
    evaluator.relax(0);
    evaluator.side.fill(1);
    evaluator.setDataset(observedDataset(resolved));
  };
  evaluator.relax(0);
  evaluator.side.fill(1);
  try {
    const setup = prepareFit(resolved, evaluator, options);
    let starts = setup.starts;
    const messages: string[] = [];
    for (let attempt = 0; ; attempt++) {
      const analysis = openAnalysis(target, { ...setup, starts }, options, covariance, messages);
      try {
        return yield* body(analysis);
      } catch (error) {
        if (!(error instanceof LowerMinimum)) throw error;
        if (attempt >= MAX_RESTARTS) {
          throw new NextstatError(
            "numeric",
            "the fit keeps finding lower minima and never settles",
            {
              hint: "fix or constrain the parameters that the fit's certificate calls undetermined",
            },
          );
        }
        starts = [error.x, analysis.best().solution.x, ...setup.starts];
        messages.splice(
          0,
          messages.length,
          "a conditional fit went below the global fit: both were redone from each other's solution",
        );
      }
    }
  } finally {
    restore();
  }
}

function openAnalysis(
  target: FitTarget,
  setup: FitSetup,
  options: ProcedureOptions,
  covariance: boolean,
  messages: readonly string[],
): Analysis {
  const { resolved, evaluator } = target;
  const objective = objectiveOf(evaluator);
  const minimizer = createMinimizer(objective);
  const explore = options.search ?? true;
  const { dataset, box, scale, centre } = setup;
  const observed: Likelihood = { dataset, box, scale, centre };
  evaluator.setDataset(dataset);
  const { found, certified } = findMinimum(objective, minimizer, setup, { ...options, covariance });
  const warnings = [...setup.warnings, ...messages];
  const flags = new Set(setup.flags);
  const warn = (message: string, flag?: string): void => {
    if (!warnings.includes(message)) warnings.push(message);
    if (flag !== undefined) flags.add(flag);
  };
  flagNonPositive(evaluator, resolved, certified.solution.x, dataset, warnings, flags);
  let converged = certified.edm < MAX_EDM && isSemidefinite(certified.smallestEigenvalue);
  if (!converged) {
    warn(
      `the global fit did not converge (EDM ${certified.edm.toExponential(1)}): ${certified.solution.termination}`,
    );
  }
  if (found.outcome === "limited") {
    warn(
      `the search for other minima stopped after ${found.nStarts} starting points: the model is large, not every place was looked at`,
    );
  }
  const best = certified.solution;
  const basins = found.minima
    .filter(
      (m) => m !== found.best && m.value - best.value < FOLLOWED && m.termination === "converged",
    )
    .slice(0, MAX_BASINS)
    .map((m) => m.x);
  const walked = { nFit: 0, nGradient: 0, nHessian: 0 };
  let partial = false;
  /** Whoever ran the tasks, here or in another thread: what follows finds the evaluator in the same state. */
  const takeBack = (counters: readonly FitCounters[]): void => {
    evaluator.relax(0);
    evaluator.side.fill(1);
    evaluator.setDataset(dataset);
    for (const { nFit, nGradient, nHessian } of counters) {
      walked.nFit += nFit;
      walked.nGradient += nGradient;
      walked.nHessian += nHessian;
    }
  };

  return {
    resolved,
    evaluator,
    objective,
    minimizer,
    setup,
    observed,
    explore,
    best: () => certified,
    found: () => found,
    basins: () => basins,
    warn,
    *run({ walks, doing }) {
      const bulk = walks.length >= MANY_WALKS;
      const results = (yield { tasks: walks, doing, bulk }) as readonly WalkResult[];
      takeBack(results.map(({ counters }) => counters));
      results.forEach((result, k) => {
        const walk = walks[k] as Walk;
        if (result.points.length < walk.path.length) partial = true;
        result.points.forEach((point, at) => {
          if (!point.converged) {
            converged = false;
            warn(`the conditional fit at ${describePlace(resolved, walk, at)} did not converge`);
          }
          if (walk.likelihood.dataset === dataset && 2 * (best.value - point.nll) > NEGATIVE_Q) {
            throw new LowerMinimum(point.x);
          }
        });
      });
      return results;
    },
    *runToys(runs, doing) {
      const results = (yield { tasks: runs, doing, bulk: true }) as readonly ToyRunResult[];
      takeBack(results.map(({ counters }) => counters));
      partial ||= results.some(({ points }, k) => points.length < (runs[k] as ToyRun).count);
      return results;
    },
    walk: (held, path, start = best.x) => ({
      likelihood: observed,
      held,
      path,
      start,
      basins,
      explore,
    }),
    asimov(x) {
      const { dataset: expected, clamped } = asimovDataset(resolved, evaluator, x);
      if (clamped.length > 0) {
        warn(
          `the Asimov set would be negative in ${clamped.slice(0, 5).join(", ")}${clamped.length > 5 ? " …" : ""}: set to 0 there`,
          "zero_expected_clamped",
        );
      }
      const what = "the conditional fit that the Asimov set is made from";
      flagNonPositive(evaluator, resolved, x, dataset, warnings, flags, what);
      const likelihood = { ...observed, dataset: { ...dataset, ...expected } };
      evaluator.setDataset(likelihood.dataset);
      const nll = objective.value(x);
      if (clamped.length === 0) return { likelihood, x, nll };
      const { best: refit } = findMinimum(
        objective,
        minimizer,
        { ...setup, starts: [x] },
        { search: explore, covariance: false },
      ).found;
      return { likelihood, x: refit.x, nll: refit.value };
    },
    interrupted: () => partial,
    summary: () => {
      const { counters } = minimizer;
      return {
        converged,
        partial,
        warnings: partial ? [...warnings, INTERRUPTED] : [...warnings],
        flags: [...flags],
        nFit: found.nStarts + walked.nFit,
        nGradient: counters.nGradient + walked.nGradient,
        nHessian: counters.nHessian + walked.nHessian,
      };
    },
  };
}

function describePlace(resolved: ResolvedModel, walk: Walk, at: number): string {
  return walk.held
    .map((i, k) => `${resolved.parameters[i]?.name} = ${walk.path[at]?.[k]?.toPrecision(4)}`)
    .join(", ");
}

/** The kernel adds 1e-14 to the diagonal of a singular operator: a variance near its inverse is none. */
const UNRESOLVED = 1e12;

/** How the other parameters follow one that is moved, and its variance, from the Fisher operator at a point. */
export interface Response {
  /** `[nParameters]` dtheta/dtheta_index, 1 for the parameter itself. */
  readonly direction: Float64Array;
  readonly variance: number;
}

/**
 * Linear response of a fit on the evaluator's present data.
 *
 * @param free `[nParameters]` which parameters follow
 * @returns null where the operator is singular
 */
export function linearResponse(
  objective: Objective,
  x: Float64Array,
  free: Uint8Array,
  index: number,
): Response | null {
  const following = free.slice();
  following[index] = 1;
  objective.prepareCurvature(x);
  if (!objective.factorCurvature(following, 0)) return null;
  const unit = new Float64Array(objective.size);
  const direction = new Float64Array(objective.size);
  unit[index] = 1;
  objective.solveCurvature(unit, direction);
  const variance = direction[index] as number;
  if (!(variance > 0 && variance < UNRESOLVED)) return null;
  for (let i = 0; i < direction.length; i++) direction[i] = (direction[i] as number) / variance;
  return { direction, variance };
}

/** x moved along a response until its parameter has a value, inside the box. */
export function moveAlong(
  x: Float64Array,
  direction: Float64Array,
  index: number,
  value: number,
  likelihood: Likelihood,
): Float64Array {
  const { lower, upper, fixed } = likelihood.box;
  const shift = value - (x[index] as number);
  const moved = x.map((v, i) =>
    fixed[i] === 1
      ? v
      : Math.min(
          Math.max(v + shift * (direction[i] as number), lower[i] as number),
          upper[i] as number,
        ),
  );
  moved[index] = value;
  return moved;
}
