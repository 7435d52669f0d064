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
import {
  type Analysis,
  analyse,
  type ProcedureOptions,
  type ProcedureSummary,
  requirePoi,
} from "./analysis.ts";
import { N_SIGMA } from "./asymptotics.ts";
import {
  checkToyOptions,
  countToys,
  ensembleAt,
  knownBasins,
  makeToys,
  type ToyCounts,
  type ToyOptions,
  type ToyPlan,
  warnAboutToys,
} from "./ensembles.ts";
import type { FitTarget } from "./fit.ts";
import { type ExpectedSet, fitAt, requireInside, warnAboutBounds } from "./hypotest.ts";
import type { ProfilePoint } from "./profile.ts";
import type { Steps } from "./steps.ts";
import { type Curve, observedCurve, statisticAt } from "./test-statistics.ts";
import {
  checkEstimator,
  distribution,
  type Estimate,
  type PEstimator,
  pValue,
  quantile,
} from "./toy-tails.ts";
import type { Toy } from "./toys.ts";

export interface HypotestToysOptions extends ProcedureOptions, ToyOptions {
  /** Default `qtilde`. */
  readonly testStat?: "q" | "qtilde";
  /** Give the five expected values too. Default false. */
  readonly expectedSet?: boolean;
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

/** Streams of a seed. */
const STREAM = { b: 0, sb: 1 } as const;

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
  const { nToys, seed, fixedAux } = checkToyOptions(options);
  const pEstimator = checkEstimator(options.pEstimator);
  const testStat = checkToyStatistic(options.testStat);
  const poi = requirePoi(target.resolved, options, "a hypothesis test");
  return yield* analyse(target, options, false, function* (analysis) {
    requireInside(analysis, poi, mu, "the strength tested");
    requireInside(analysis, poi, 0, "the strength of the background hypothesis");
    warnAboutBounds(analysis, poi, testStat);
    const observed = observedCurve(analysis, poi);
    const [b, sb] = yield* conditionalFits(analysis, observed, [0, mu]);

    let toys: Record<keyof PerHypothesis, readonly Toy[]> = { b: [], sb: [] };
    if (b !== undefined && sb !== undefined) {
      const plan: ToyPlan = {
        seed,
        fixedAux,
        poi,
        statistic: { type: "profile", mu, side: "upper" },
        estimates: false,
        basins: knownBasins(analysis, poi, [b, sb]),
      };
      const wanted = [
        { run: ensembleAt(analysis, b.x, STREAM.b, plan), count: nToys },
        { run: ensembleAt(analysis, sb.x, STREAM.sb, plan), count: nToys },
      ];
      const [ofB = [], ofSb = []] = yield* makeToys(analysis, wanted, "fitting toys");
      toys = { b: ofB, sb: ofSb };
    }

    const { q } = statisticAt(testStat, observed, mu);
    const qObs = Number.isNaN(q) ? null : q;
    const distributions = { b: distribution(toys.b), sb: distribution(toys.sb) };
    const p = qObs === null ? null : toyTails(distributions, qObs, pEstimator);
    const counts = { b: countToys(toys.b), sb: countToys(toys.sb) };
    warnAboutToys(analysis, [counts.b, counts.sb]);
    if (p?.clb?.value === 0) {
      analysis.warn(
        "no toy of the background hypothesis is as far from the signal as the data: CLb is 0 and CLs is undefined",
      );
    }
    const both = (key: keyof ToyCounts): PerHypothesis => ({
      b: counts.b[key],
      sb: counts.sb[key],
    });
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
      nToys: both("nToys"),
      nError: both("nError"),
      nNonconverged: both("nNonconverged"),
      nLowerMinimum: both("nLowerMinimum"),
      seed,
      pEstimator,
      expectedSet: options.expectedSet === true ? toyExpectedSet(distributions, pEstimator) : null,
      ...summary,
      flags: fixedAux ? [...summary.flags, "aux_fixed"] : summary.flags,
    };
  });
}

/** @throws NextstatError `usage` for a statistic that is not for upper limits with toys */
export function checkToyStatistic(testStat: "q" | "qtilde" = "qtilde"): "q" | "qtilde" {
  if (testStat === "q" || testStat === "qtilde") return testStat;
  throw new NextstatError("usage", `the test statistic "${testStat}" is not for toys`, {
    hint: 'choose "qtilde" or "q"',
  });
}

/** A point of the profile that toys are drawn from, and the other minima met there. */
export type ToyPoint = Pick<ProfilePoint, "x" | "others">;

/** The fits to the observed data at some strengths; undefined where interrupted. */
export function* conditionalFits(
  analysis: Analysis,
  observed: Curve,
  strengths: readonly number[],
): Steps<(ToyPoint | undefined)[]> {
  const wanted = [...new Set(strengths)].filter((mu) => mu !== observed.muHat);
  yield* fitAt(
    analysis,
    wanted.map((mu) => [observed, mu] as const),
    "conditional fits",
    analysis.explore,
  );
  return strengths.map((mu) =>
    mu === observed.muHat ? { x: analysis.best().solution.x, others: [] } : observed.at(mu),
  );
}

/** Statistics of the toys of both hypotheses, ascending. */
export interface Distributions {
  readonly b: Float64Array;
  readonly sb: Float64Array;
}

/** CLsb, CLb and their ratio; null where there are no toys, and where CLb is 0. */
export function toyTails(
  { b, sb }: Distributions,
  q: number,
  estimator: PEstimator,
): {
  readonly clsb: Estimate | null;
  readonly clb: Estimate | null;
  readonly cls: Estimate | null;
} {
  const clsb = pValue(sb, q, estimator);
  const clb = pValue(b, q, estimator);
  if (clsb === null || clb === null || clb.value === 0) return { clsb, clb, cls: null };
  const value = clsb.value / clb.value;
  const error = Math.sqrt(clsb.error ** 2 + (value * clb.error) ** 2) / clb.value;
  return { clsb, clb, cls: { value, error } };
}

/** Quantiles, over the toys without signal, of the p-values that each would give; null without toys. */
export function toyExpectedSet(
  distributions: Distributions,
  estimator: PEstimator,
): ExpectedSet | null {
  const { b, sb } = distributions;
  if (b.length === 0 || sb.length === 0) return null;
  const of = (pick: "cls" | "clsb" | "clb"): number[] => {
    const values = b
      .map((q) => toyTails(distributions, q, estimator)[pick]?.value as number)
      .sort();
    return N_SIGMA.map((n) => quantile(values, normalSurvival(n)));
  };
  return { nsigmaOrder: [...N_SIGMA], cls: of("cls"), clsb: of("clsb"), clb: of("clb") };
}
