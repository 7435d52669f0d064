/**
 * Fits to toys: what the estimates of all parameters do when the experiment is repeated. Means, pulls and coverage say
 * whether a fit is biased and its uncertainties are right.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { ResolvedModel } from "../model/resolved-model.ts";
import {
  type Analysis,
  analyse,
  type ProcedureOptions,
  type ProcedureSummary,
  requirePoi,
} from "./analysis.ts";
import {
  againstSaturated,
  checkToyOptions,
  countToys,
  ensembleAt,
  knownBasins,
  makeToys,
  type ToyCounts,
  type ToyOptions,
  warnAboutToys,
} from "./ensembles.ts";
import type { FitTarget } from "./fit.ts";
import { parameterIndex } from "./fit-setup.ts";
import { requireInside } from "./hypotest.ts";
import { conditionalFits, type ToyPoint } from "./hypotest-toys.ts";
import type { Steps } from "./steps.ts";
import { observedCurve } from "./test-statistics.ts";
import { type Estimate, share } from "./toy-tails.ts";
import type { Toy, ToyStatistic } from "./toys.ts";

/** What toys are drawn from: parameters at their best fit to the data, or at their nominal values. */
export type ToyOrigin = "best-fit" | "prefit";

export interface FitToysOptions extends ProcedureOptions, ToyOptions {
  /** Default `best-fit`. */
  readonly from?: ToyOrigin;
  /** Value of the parameter of interest there, the others fitted to the data with it held. Default: as `from` has it. */
  readonly mu?: number;
}

/** One parameter in all toys that count. */
export interface ToyParameter {
  readonly name: string;
  /** What the toys were drawn with. */
  readonly truth: number;
  /** Of the estimates; null without toys. */
  readonly mean: number | null;
  readonly meanError: number | null;
  readonly std: number | null;
  /**
   * Of (estimate - truth) / sigma, over the toys in which the estimate has a standard deviation: not those on a bound. Null
   * without any.
   */
  readonly pullMean: number | null;
  readonly pullMeanError: number | null;
  readonly pullStd: number | null;
  /** Share of these toys with |pull| < 1, and its binomial error. */
  readonly coverage: number | null;
  readonly coverageError: number | null;
  readonly nPulls: number;
}

/** One toy and its fit. */
export interface FittedToy {
  readonly index: number;
  readonly status: Toy["status"];
  /** The others are NaN where the likelihood is finite nowhere. */
  readonly nll: number;
  /** 2 (NLL with the parameter of interest at its true value - NLL); with no such parameter, against the saturated model. */
  readonly statistic: number;
  readonly lower: boolean;
  /** `[nParameters]` estimates, and their standard deviations: NaN where there is none. */
  readonly x: Float64Array;
  readonly sigma: Float64Array;
}

export interface FitToysResult extends ProcedureSummary, ToyCounts {
  readonly from: ToyOrigin;
  readonly seed: number;
  /** Null in a model without one, or with a fixed one. */
  readonly poi: string | null;
  /** Share of the toys whose 68.27 % profile-likelihood interval has the true value, and its error; null without POI. */
  readonly intervalCoverage: number | null;
  readonly intervalCoverageError: number | null;
  readonly parameters: readonly ToyParameter[];
  /** In the order of the model; one row per toy. */
  readonly parameterNames: readonly string[];
  readonly toys: readonly FittedToy[];
}

/** Stream of a seed. */
const STREAM = 0;

/**
 * Draws toys and fits every one.
 *
 * @throws NextstatError `usage` for a number of toys or a seed that is none, a `mu` outside the bounds or without a POI
 */
export function* fitToysSteps(
  target: FitTarget,
  options: FitToysOptions = {},
): Steps<FitToysResult> {
  const { nToys, seed, fixedAux } = checkToyOptions(options);
  const from = checkOrigin(options.from);
  const poi =
    options.mu === undefined
      ? freePoi(target.resolved, options)
      : requirePoi(target.resolved, options, "a value of mu");
  return yield* analyse(target, options, false, function* (analysis) {
    const { resolved } = analysis;
    const { mu } = options;
    const [point] =
      mu === undefined || poi === null
        ? [originOf(analysis, from)]
        : yield* pointsAt(analysis, poi, from, [mu]);
    let toys: readonly Toy[] = [];
    if (point !== undefined) {
      const statistic: ToyStatistic =
        poi === null
          ? againstSaturated(resolved)
          : { type: "profile", mu: point.x[poi] as number, side: "both" };
      const run = ensembleAt(analysis, point.x, STREAM, {
        seed,
        fixedAux,
        poi,
        statistic,
        estimates: true,
        basins: knownBasins(analysis, poi, [point]),
      });
      toys = (yield* makeToys(analysis, [{ run, count: nToys }], "fitting toys"))[0] ?? [];
    }
    const counts = countToys(toys);
    warnAboutToys(analysis, [counts]);
    const counted = toys.filter(({ status }) => status === "ok");
    const covered = poi === null ? null : shareWithin(counted, 1);
    const truth = point?.x ?? analysis.setup.start;
    return {
      from,
      seed,
      poi: poi === null ? null : (resolved.parameters[poi]?.name as string),
      ...counts,
      intervalCoverage: covered?.value ?? null,
      intervalCoverageError: covered?.error ?? null,
      parameters: resolved.parameters.map(({ name }, i) =>
        describeParameter(name, truth[i] as number, i, counted),
      ),
      ...analysis.summary(),
      parameterNames: resolved.parameters.map(({ name }) => name),
      toys: toys.map((toy) => fittedToy(toy, resolved.parameters.length)),
    };
  });
}

/** @throws NextstatError `usage` for one that does not exist */
export function checkOrigin(from: ToyOrigin = "best-fit"): ToyOrigin {
  if (from === "best-fit" || from === "prefit") return from;
  throw new NextstatError("usage", `toys cannot be drawn from "${from}"`, {
    hint: 'choose "best-fit" or "prefit"',
  });
}

/** The parameter of interest; null where there is none that floats. */
function freePoi(resolved: ResolvedModel, options: ProcedureOptions): number | null {
  const poi = options.poi === undefined ? resolved.poi : parameterIndex(resolved, options.poi);
  const parameter = resolved.parameters[poi ?? -1];
  const held =
    parameter === undefined ||
    parameter.fixed ||
    Object.hasOwn(options.fixedParams ?? {}, parameter.name);
  return held ? null : poi;
}

function originOf(analysis: Analysis, from: ToyOrigin): ToyPoint {
  const x = from === "best-fit" ? analysis.best().solution.x : analysis.setup.start;
  return { x, others: [] };
}

/** Where toys are drawn with the parameter of interest at some values; undefined where interrupted. */
export function* pointsAt(
  analysis: Analysis,
  poi: number,
  from: ToyOrigin,
  strengths: readonly number[],
): Steps<(ToyPoint | undefined)[]> {
  for (const mu of strengths) requireInside(analysis, poi, mu, "the value that toys are drawn at");
  if (from === "best-fit") {
    return yield* conditionalFits(analysis, observedCurve(analysis, poi), strengths);
  }
  return strengths.map((mu) => {
    const x = analysis.setup.start.slice();
    x[poi] = mu;
    return { x, others: [] };
  });
}

/** Share of the toys whose statistic is at most this: their intervals have the true value in them. */
export function shareWithin(toys: readonly Toy[], threshold: number): Estimate | null {
  return share(toys.filter(({ statistic }) => statistic <= threshold).length, toys.length);
}

/** Mean, its error, and standard deviation; null of an empty list. */
export function moments(values: readonly number[]): {
  readonly mean: number | null;
  readonly meanError: number | null;
  readonly std: number | null;
} {
  const n = values.length;
  if (n === 0) return { mean: null, meanError: null, std: null };
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  if (n === 1) return { mean, meanError: null, std: null };
  const std = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1));
  return { mean, meanError: std / Math.sqrt(n), std };
}

function describeParameter(
  name: string,
  truth: number,
  i: number,
  toys: readonly Toy[],
): ToyParameter {
  const estimates = toys.map((toy) => toy.estimates?.x[i] as number);
  const pulls = toys.flatMap((toy, k) => {
    const pull = ((estimates[k] as number) - truth) / (toy.estimates?.sigma[i] as number);
    return Number.isNaN(pull) ? [] : [pull];
  });
  const pull = moments(pulls);
  const covered = share(pulls.filter((value) => Math.abs(value) < 1).length, pulls.length);
  return {
    name,
    truth,
    ...moments(estimates),
    pullMean: pull.mean,
    pullMeanError: pull.meanError,
    pullStd: pull.std,
    coverage: covered?.value ?? null,
    coverageError: covered?.error ?? null,
    nPulls: pulls.length,
  };
}

function fittedToy(
  { index, status, statistic, lower, estimates }: Toy,
  nParameters: number,
): FittedToy {
  const none = (): Float64Array => new Float64Array(nParameters).fill(Number.NaN);
  return {
    index,
    status,
    nll: estimates?.nll ?? Number.NaN,
    statistic,
    lower,
    x: estimates?.x ?? none(),
    sigma: estimates?.sigma ?? none(),
  };
}
