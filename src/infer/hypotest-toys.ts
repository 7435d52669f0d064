/**
 * The hypothesis test of one signal strength with toys: the distributions of the test statistic under both hypotheses are
 * sampled instead of taken from asymptotic formulas.
 *
 * Sources: ATLAS and CMS, "Procedure for the LHC Higgs boson search combination in Summer 2011", CMS-NOTE-2011/005 (the
 * ensembles: nuisance parameters at their conditional estimates on the observed data); A. L. Read, J. Phys. G 28 (2002)
 * 2693 (CLs).
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { normalSurvival } from "../math/normal.ts";
import type { Parameter } from "../model/resolved-model.ts";
import { knownCurvature } from "../optimize/known-curvature.ts";
import {
  type Analysis,
  analyse,
  NEGATIVE_Q,
  type ProcedureOptions,
  type ProcedureSummary,
  requirePoi,
} from "./analysis.ts";
import { N_SIGMA } from "./asymptotics.ts";
import type { FitTarget } from "./fit.ts";
import { type ExpectedSet, fitAt, requireInside, warnAboutBounds } from "./hypotest.ts";
import { priorWidth } from "./objective.ts";
import { isElsewhere, type Likelihood, type ProfilePoint } from "./profile.ts";
import type { Steps } from "./steps.ts";
import { type Curve, observedCurve, statisticAt } from "./test-statistics.ts";
import { AUXILIARY_DRAW, type Ensemble, type Toy, type ToyRun } from "./toys.ts";

/** `count`: k / N of N toys at or beyond the data, as pyhf. `plus-one`: (k + 1) / (N + 1), which is never 0. */
export type PEstimator = "count" | "plus-one";

export interface HypotestToysOptions extends ProcedureOptions {
  /** Toys of each of the two hypotheses. Default 1000. */
  readonly nToys?: number;
  /** A whole number from 0 to 2^53 - 1: the same seed gives the same toys. Default 42. */
  readonly seed?: number;
  /** Default `qtilde`. */
  readonly testStat?: "q" | "qtilde";
  /** Give the five expected values too. Default false. */
  readonly expectedSet?: boolean;
  /** Keep the auxiliary data at the observed ones instead of drawing them for each toy. Default false. */
  readonly fixedAux?: boolean;
  /** Default `count`. */
  readonly pEstimator?: PEstimator;
}

/** A number for each hypothesis: background only, and with the signal tested. */
export interface PerHypothesis {
  readonly b: number;
  readonly sb: number;
}

export interface HypotestToysResult extends ProcedureSummary {
  readonly poi: string;
  readonly muTest: number;
  readonly testStat: "q" | "qtilde";
  /** CLsb / CLb; null where CLb is 0. */
  readonly cls: number | null;
  /** Shares of the toys with signal, and of those without, whose statistic is at least the observed one. */
  readonly clsb: number | null;
  readonly clb: number | null;
  /** Standard deviations due to the number of toys: binomial ones, and propagated to the ratio. */
  readonly clsError: number | null;
  readonly clsbError: number | null;
  readonly clbError: number | null;
  /** The statistic on the observed data. */
  readonly qObs: number | null;
  readonly muHat: number;
  readonly nllHat: number;
  /** Toys made. */
  readonly nToys: PerHypothesis;
  /** Of these, toys that do not count: the likelihood was finite nowhere; a fit did not converge from any start. */
  readonly nError: PerHypothesis;
  readonly nNonconverged: PerHypothesis;
  /** Of these, toys whose search found a minimum below the one that the ensemble's parameters lead to. */
  readonly nLowerMinimum: PerHypothesis;
  readonly seed: number;
  readonly pEstimator: PEstimator;
  readonly expectedSet: ExpectedSet | null;
}

/** Toys of one task: few enough to keep all threads busy until the end, and to lose little by an interruption. */
const CHUNK = 25;
/** Streams of a seed. */
const STREAM = { b: 0, sb: 1 } as const;
/** In units of the scale: places closer than this are one. */
const SAME_PLACE = 0.05;
const MAX_BASINS = 8;

/**
 * Tests one signal strength with toys drawn at the conditional fits to the observed data at `mu` and at 0.
 *
 * @param mu the strength tested, inside the bounds of the parameter of interest
 * @throws NextstatError `usage` when mu or 0 is outside the bounds, for a number of toys or a seed that is none, or when
 * the model has no POI
 */
export function* hypotestToysSteps(
  target: FitTarget,
  mu: number,
  options: HypotestToysOptions = {},
): Steps<HypotestToysResult> {
  const { nToys, seed, testStat, fixedAux, pEstimator, expected } = checkOptions(options);
  const poi = requirePoi(target.resolved, options, "a hypothesis test");
  return yield* analyse(target, options, false, function* (analysis) {
    requireInside(analysis, poi, mu, "the strength tested");
    requireInside(analysis, poi, 0, "the strength of the background hypothesis");
    warnAboutBounds(analysis, poi, testStat);
    const observed = observedCurve(analysis, poi);
    const strengths = [...new Set([mu, 0])].filter((at) => at !== observed.muHat);
    const wanted = strengths.map((at) => [observed, at] as const);
    yield* fitAt(analysis, wanted, "conditional fits", analysis.explore);
    const points = {
      b: conditionalFit(analysis, observed, 0),
      sb: conditionalFit(analysis, observed, mu),
    };

    const toys: Record<keyof PerHypothesis, Toy[]> = { b: [], sb: [] };
    if (points.b !== null && points.sb !== null) {
      const basins = knownBasins(analysis, poi, [points.b, points.sb]);
      const asked = { poi, mu, seed, fixedAux, basins };
      const plans = [
        { of: "b", run: ensembleRun(analysis, points.b.x, STREAM.b, asked) },
        { of: "sb", run: ensembleRun(analysis, points.sb.x, STREAM.sb, asked) },
      ] as const;
      const runs: { readonly of: keyof PerHypothesis; readonly run: ToyRun }[] = [];
      // In turns, so that an interruption leaves as many toys of one as of the other.
      for (let first = 0; first < nToys; first += CHUNK) {
        const count = Math.min(CHUNK, nToys - first);
        for (const { of, run } of plans) runs.push({ of, run: { ...run, first, count } });
      }
      const results = yield* analysis.runToys(
        runs.map(({ run }) => run),
        "fitting toys",
      );
      results.forEach(({ points: found }, k) => {
        const { of } = runs[k] as (typeof runs)[0];
        for (const toy of found) toys[of].push(toy);
      });
    }

    const { q } = statisticAt(testStat, observed, mu);
    const qObs = Number.isNaN(q) ? null : q;
    const distributions = { b: distribution(toys.b), sb: distribution(toys.sb) };
    const p = qObs === null ? null : tails(distributions, qObs, pEstimator);
    warnAboutFailures(analysis, toys);
    if (p?.clb?.value === 0) {
      analysis.warn(
        "no toy of the background hypothesis is as far from the signal as the data: CLb is 0 and CLs is undefined",
      );
    }
    const summary = analysis.summary();
    return {
      poi: analysis.resolved.parameters[poi]?.name as string,
      muTest: mu,
      testStat,
      cls: p?.cls?.value ?? null,
      clsb: p?.clsb?.value ?? null,
      clb: p?.clb?.value ?? null,
      clsError: p?.cls?.error ?? null,
      clsbError: p?.clsb?.error ?? null,
      clbError: p?.clb?.error ?? null,
      qObs,
      muHat: observed.muHat,
      nllHat: observed.nllHat,
      nToys: countOf(toys, () => true),
      nError: countOf(toys, ({ status }) => status === "failed"),
      nNonconverged: countOf(toys, ({ status }) => status === "not-converged"),
      nLowerMinimum: countOf(toys, ({ lower }) => lower),
      seed,
      pEstimator,
      expectedSet: expected ? expectedSet(distributions, pEstimator) : null,
      ...summary,
      flags: fixedAux ? [...summary.flags, "aux_fixed"] : summary.flags,
    };
  });
}

function checkOptions(options: HypotestToysOptions) {
  const { nToys = 1000, seed = 42, testStat = "qtilde", pEstimator = "count" } = options;
  if (!(Number.isSafeInteger(nToys) && nToys > 0)) {
    throw new NextstatError("usage", `${nToys} is not a number of toys`, {
      hint: "give a whole number from 1 on",
    });
  }
  if (!(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new NextstatError("usage", `${seed} is not a seed`, {
      hint: "give a whole number from 0 to 9007199254740991",
    });
  }
  if (testStat !== "q" && testStat !== "qtilde") {
    throw new NextstatError("usage", `the test statistic "${testStat}" is not for toys`, {
      hint: 'choose "qtilde" or "q"',
    });
  }
  if (pEstimator !== "count" && pEstimator !== "plus-one") {
    throw new NextstatError("usage", `unknown estimator "${pEstimator}"`, {
      hint: 'choose "count" or "plus-one"',
    });
  }
  const { fixedAux = false, expectedSet: expected = false } = options;
  return { nToys, seed, testStat, pEstimator, fixedAux, expected };
}

/** The fit to the observed data at a strength; null when interrupted. */
function conditionalFit(
  analysis: Analysis,
  observed: Curve,
  mu: number,
): Pick<ProfilePoint, "x" | "others"> | null {
  if (mu === observed.muHat) return { x: analysis.best().solution.x, others: [] };
  return observed.at(mu) ?? null;
}

/** The other minima of the fits to the observed data, each once. */
function knownBasins(
  analysis: Analysis,
  poi: number,
  points: readonly Pick<ProfilePoint, "x" | "others">[],
): Float64Array[] {
  const { scale } = analysis.observed;
  const known = [analysis.best().solution.x, ...points.map(({ x }) => x)];
  const basins: Float64Array[] = [];
  const apart = (x: Float64Array, y: Float64Array): boolean =>
    isElsewhere(x, y, [poi], scale, SAME_PLACE);
  for (const x of [...analysis.basins(), ...points.flatMap(({ others }) => others)]) {
    if (basins.length < MAX_BASINS && [...known, ...basins].every((y) => apart(x, y)))
      basins.push(x);
  }
  return basins;
}

interface RunPlan {
  readonly poi: number;
  readonly mu: number;
  readonly seed: number;
  readonly fixedAux: boolean;
  readonly basins: readonly Float64Array[];
}

/** The toys of a point, none yet. */
function ensembleRun(
  analysis: Analysis,
  x: Float64Array,
  stream: number,
  { poi, mu, seed, fixedAux, basins }: RunPlan,
): ToyRun {
  const { resolved, observed, setup } = analysis;
  const { constraintMask } = observed.dataset;
  const { main, auxiliary } = analysis.asimov(x).likelihood.dataset;
  const likelihood = withCurvature(analysis, x, poi);
  const draws = resolved.parameters.map(({ constraint }, i) => {
    if (fixedAux || constraintMask?.[i] === 0 || setup.box.fixed[i] === 1) {
      return AUXILIARY_DRAW.none;
    }
    if (constraint.type === "poisson") return AUXILIARY_DRAW.poisson;
    return constraint.type === "gauss" ? AUXILIARY_DRAW.normal : AUXILIARY_DRAW.none;
  });
  const widths = resolved.parameters.map((parameter: Parameter) => priorWidth(parameter) ?? 0);
  const ensemble: Ensemble = {
    seed,
    stream,
    x,
    main,
    auxiliary,
    draws: Uint8Array.from(draws),
    widths: Float64Array.from(widths),
  };
  const fallbacks = [analysis.best().solution.x, ...setup.starts];
  return {
    likelihood,
    ensemble,
    first: 0,
    count: 0,
    poi,
    mu,
    explore: analysis.explore,
    basins,
    fallbacks,
  };
}

/**
 * The likelihood of toys around a point, with the inverse of the Fisher information there: on the expected data it is the
 * Hessian, and it serves every toy. The evaluator is on the Asimov set of the point.
 */
function withCurvature(analysis: Analysis, x: Float64Array, poi: number): Likelihood {
  const { objective, observed } = analysis;
  const { lower, upper, fixed } = observed.box;
  const n = x.length;
  const free = Uint8Array.from(x, (v, i) => {
    const inside = v > (lower[i] as number) && v < (upper[i] as number);
    return fixed[i] !== 1 && (inside || i === poi) ? 1 : 0;
  });
  objective.prepareCurvature(x);
  if (!objective.factorCurvature(free, 0)) return observed;
  const covariance = sharedArray(n * n);
  const unit = new Float64Array(n);
  const column = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (free[i] !== 1) continue;
    unit.fill(0);
    unit[i] = 1;
    objective.solveCurvature(unit, column);
    covariance.set(column, i * n);
  }
  return { ...observed, curvature: knownCurvature(x, covariance, free) };
}

/** Memory that threads need not copy, where the platform has it. */
function sharedArray(length: number): Float64Array {
  if (typeof SharedArrayBuffer === "undefined") return new Float64Array(length);
  return new Float64Array(new SharedArrayBuffer(8 * length));
}

/** Values of the statistic of the toys that count, ascending. */
function distribution(toys: readonly Toy[]): Float64Array {
  return Float64Array.from(toys.filter(({ status }) => status === "ok").map(({ q }) => q)).sort();
}

/** How many values are at least `q`; fits that give the same statistic differ in rounding. */
function countFrom(sorted: Float64Array, q: number): number {
  const least = q - NEGATIVE_Q;
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return sorted.length - low;
}

interface Estimate {
  readonly value: number;
  readonly error: number;
}

/** Null without toys. */
function pValue(sorted: Float64Array, q: number, estimator: PEstimator): Estimate | null {
  const n = sorted.length;
  if (n === 0) return null;
  const k = countFrom(sorted, q);
  const value = estimator === "count" ? k / n : (k + 1) / (n + 1);
  // None or all of n toys is no certainty: the error is that of one toy more and one less.
  const p = k === 0 || k === n ? (k + 1) / (n + 2) : k / n;
  return { value, error: Math.sqrt((p * (1 - p)) / n) };
}

interface Distributions {
  readonly b: Float64Array;
  readonly sb: Float64Array;
}

function tails({ b, sb }: Distributions, q: number, estimator: PEstimator) {
  const clsb = pValue(sb, q, estimator);
  const clb = pValue(b, q, estimator);
  if (clsb === null || clb === null || clb.value === 0) return { clsb, clb, cls: null };
  const value = clsb.value / clb.value;
  const error = Math.sqrt(clsb.error ** 2 + (value * clb.error) ** 2) / clb.value;
  return { clsb, clb, cls: { value, error } };
}

/** Quantiles, over the toys without signal, of the p-values that each would give; null without toys. */
function expectedSet(distributions: Distributions, estimator: PEstimator): ExpectedSet | null {
  const { b, sb } = distributions;
  if (b.length === 0 || sb.length === 0) return null;
  const of = (pick: "cls" | "clsb" | "clb"): number[] => {
    const values = b.map((q) => tails(distributions, q, estimator)[pick]?.value as number).sort();
    return N_SIGMA.map((n) => quantile(values, normalSurvival(n)));
  };
  return { nsigmaOrder: [...N_SIGMA], cls: of("cls"), clsb: of("clsb"), clb: of("clb") };
}

/** By linear interpolation between the order statistics. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const left = sorted[below] as number;
  const right = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return left + (place - below) * (right - left);
}

function countOf(
  toys: Readonly<Record<keyof PerHypothesis, readonly Toy[]>>,
  counts: (toy: Toy) => boolean,
): PerHypothesis {
  return { b: toys.b.filter(counts).length, sb: toys.sb.filter(counts).length };
}

function warnAboutFailures(
  analysis: Analysis,
  toys: Readonly<Record<keyof PerHypothesis, readonly Toy[]>>,
): void {
  const failed = [...toys.b, ...toys.sb].filter(({ status }) => status !== "ok").length;
  if (failed === 0) return;
  const made = toys.b.length + toys.sb.length;
  analysis.warn(
    `${failed} of ${made} toys could not be fitted from any start: they do not count`,
    "toys_failed",
  );
}
