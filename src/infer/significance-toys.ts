/**
 * The discovery test with toys: the distribution of q0 without signal is sampled instead of taken from its asymptotic form.
 *
 * @module
 */

import { normalHazard, normalSurvival, normalUpperQuantile } from "../math/normal.ts";
import { analyse, type ProcedureOptions, type ProcedureSummary, requirePoi } from "./analysis.ts";
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
import { requireInside } from "./hypotest.ts";
import { conditionalFits, type ToyPoint } from "./hypotest-toys.ts";
import type { Steps } from "./steps.ts";
import { observedCurve, statisticAt } from "./test-statistics.ts";
import {
  checkEstimator,
  distribution,
  type Estimate,
  type PEstimator,
  pValue,
  quantile,
} from "./toy-tails.ts";
import type { Toy } from "./toys.ts";

export interface SignificanceToysOptions extends ProcedureOptions, ToyOptions {
  /** Give the five values expected for mu = 1 too, from an ensemble of their own. Default false. */
  readonly expectedSet?: boolean;
  /** Default `count`. */
  readonly pEstimator?: PEstimator;
}

/** What toys with a signal of mu = 1 would give, in the order of `nsigmaOrder`: the strongest signal first. */
export interface ExpectedSignificance {
  readonly nsigmaOrder: readonly number[];
  readonly p0: readonly number[];
  /** Null where p0 is 0. */
  readonly z: readonly (number | null)[];
  /** Toys with signal. */
  readonly counts: ToyCounts;
}

export interface SignificanceToysResult extends ProcedureSummary, ToyCounts {
  readonly poi: string;
  /** The statistic on the observed data. */
  readonly q0: number | null;
  /** Share of the toys without signal whose statistic is at least that, and its binomial error. */
  readonly p0: number | null;
  readonly p0Error: number | null;
  /** The quantile of p0 in standard deviations, 0 from p0 = 0.5 on, and its error; null where p0 is 0. */
  readonly zObs: number | null;
  readonly zError: number | null;
  readonly muHat: number;
  readonly nllHat: number;
  readonly seed: number;
  readonly pEstimator: PEstimator;
  readonly expectedSet: ExpectedSignificance | null;
}

/** Streams of a seed. */
const STREAM = { b: 0, sb: 1 } as const;

/**
 * Tests the absence of a signal with toys drawn at the conditional fit to the observed data at mu = 0.
 *
 * @throws NextstatError `usage` when 0 is outside the bounds of the parameter of interest (or 1, for the expected set), for a
 * number of toys or a seed that is none, or when the model has no POI
 */
export function* significanceToysSteps(
  target: FitTarget,
  options: SignificanceToysOptions = {},
): Steps<SignificanceToysResult> {
  const { nToys, seed, fixedAux } = checkToyOptions(options);
  const pEstimator = checkEstimator(options.pEstimator);
  const withExpected = options.expectedSet === true;
  const poi = requirePoi(target.resolved, options, "a discovery test");
  return yield* analyse(target, options, false, function* (analysis) {
    requireInside(analysis, poi, 0, "the strength tested");
    if (withExpected) requireInside(analysis, poi, 1, "the strength expected");
    const observed = observedCurve(analysis, poi);
    const strengths = withExpected ? [0, 1] : [0];
    const points = yield* conditionalFits(analysis, observed, strengths);
    const made = points.filter((point): point is ToyPoint => point !== undefined);
    let toys: Toy[][] = [];
    if (made.length === strengths.length) {
      const plan: ToyPlan = {
        seed,
        fixedAux,
        poi,
        statistic: { type: "profile", mu: 0, side: "lower" },
        estimates: false,
        basins: knownBasins(analysis, poi, made),
      };
      const streams = [STREAM.b, STREAM.sb];
      const wanted = made.map(({ x }, k) => ({
        run: ensembleAt(analysis, x, streams[k] as number, plan),
        count: nToys,
      }));
      toys = yield* makeToys(analysis, wanted, "fitting toys");
    }
    const [b = [], sb = []] = toys;
    const counts = countToys(b);
    const countsExpected = countToys(sb);
    warnAboutToys(analysis, [counts, countsExpected]);
    const q0 = statisticAt("q0", observed, 0).q;
    const sorted = distribution(b);
    const p0 = Number.isNaN(q0) ? null : pValue(sorted, q0, pEstimator);
    if (p0?.value === 0) {
      analysis.warn(
        `no toy without signal has a statistic as large as the data: p0 is below about ${(1 / sorted.length).toPrecision(1)}, make more toys`,
      );
    }
    const z = p0 === null ? null : significanceOf(p0);
    return {
      poi: analysis.resolved.parameters[poi]?.name as string,
      q0: Number.isNaN(q0) ? null : q0,
      p0: p0?.value ?? null,
      p0Error: p0?.error ?? null,
      zObs: z?.value ?? null,
      zError: z?.error ?? null,
      muHat: observed.muHat,
      nllHat: observed.nllHat,
      ...counts,
      seed,
      pEstimator,
      expectedSet: withExpected
        ? expectedSignificance(sorted, distribution(sb), pEstimator, countsExpected)
        : null,
      ...analysis.summary(),
    };
  });
}

/** 0 where there is no excess, as in the asymptotic test; null where the probability is 0. */
function significanceOf({ value, error }: Estimate): Estimate | null {
  if (value === 0) return null;
  const p = Math.min(value, 0.5);
  const z = p === 0.5 ? 0 : normalUpperQuantile(p);
  return { value: z, error: error / (p * normalHazard(z)) };
}

/** Null without toys. */
function expectedSignificance(
  b: Float64Array,
  sb: Float64Array,
  estimator: PEstimator,
  counts: ToyCounts,
): ExpectedSignificance | null {
  if (b.length === 0 || sb.length === 0) return null;
  const tails = N_SIGMA.map(
    (n) => pValue(b, quantile(sb, 1 - normalSurvival(n)), estimator) as Estimate,
  );
  return {
    nsigmaOrder: [...N_SIGMA],
    p0: tails.map(({ value }) => value),
    z: tails.map((tail) => significanceOf(tail)?.value ?? null),
    counts,
  };
}
