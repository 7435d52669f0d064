/**
 * The asymptotic hypothesis test of one signal strength, and the discovery test.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import {
  type Analysis,
  type AsimovSet,
  analyse,
  type ProcedureOptions,
  type ProcedureSummary,
  requirePoi,
} from "./analysis.ts";
import {
  type BaseDistribution,
  discovery,
  expectedTailProbabilities,
  N_SIGMA,
  type TestStatistic,
  tailProbabilities,
} from "./asymptotics.ts";
import type { FitTarget } from "./fit.ts";
import type { ProfilePoint } from "./profile.ts";
import type { Steps } from "./steps.ts";
import {
  asimovCurve,
  type Curve,
  isOneSidedZero,
  observedCurve,
  statisticAt,
} from "./test-statistics.ts";

export interface HypotestOptions extends ProcedureOptions {
  /** Default `qtilde`. `q0` is the discovery test and needs mu = 0. */
  readonly testStat?: TestStatistic;
  /** Treatment of expected fluctuations, as pyhf's `calc_base_dist`. Default `normal`. */
  readonly calcBaseDist?: BaseDistribution;
  /** Give the five expected CLs too. Default false. */
  readonly expectedSet?: boolean;
}

/** Expected values in the order of `nsigmaOrder`: the strongest exclusion first. */
export interface ExpectedSet {
  readonly nsigmaOrder: readonly number[];
  readonly cls: readonly number[];
  readonly clsb: readonly number[];
  readonly clb: readonly number[];
}

export interface HypotestResult extends ProcedureSummary {
  readonly poi: string;
  readonly muTest: number;
  readonly testStat: TestStatistic;
  readonly calcBaseDist: BaseDistribution;
  /** CLsb / CLb; null for q0, where CLsb is the p-value. */
  readonly cls: number | null;
  readonly clsb: number | null;
  readonly clb: number | null;
  /** sqrt(q) - sqrt(qA), beyond qA the linear form: standard deviations from the background hypothesis. */
  readonly teststat: number | null;
  /** The statistic on the data, and on the Asimov set of mu = 0 (of mu = 1 for q0). */
  readonly qMu: number | null;
  readonly qMuA: number | null;
  readonly muHat: number;
  readonly nllHat: number;
  /** NLL of the conditional fit at `muTest`; null where the statistic is 0 without it. */
  readonly nllMu: number | null;
  readonly expectedSet: ExpectedSet | null;
}

/**
 * Tests one signal strength with the asymptotic distributions.
 *
 * @param mu the strength tested, inside the bounds of the parameter of interest
 * @throws NextstatError `usage` when mu or the Asimov strength is outside the bounds, or the model has no POI
 */
export function* hypotestSteps(
  target: FitTarget,
  mu: number,
  options: HypotestOptions = {},
): Steps<HypotestResult> {
  const { resolved } = target;
  const statistic = options.testStat ?? "qtilde";
  const base = options.calcBaseDist ?? "normal";
  const poi = requirePoi(resolved, options, "a hypothesis test");
  const name = resolved.parameters[poi]?.name as string;
  if (statistic === "q0" && mu !== 0) {
    throw new NextstatError("usage", `q0 tests mu = 0, not ${mu}`, {
      hint: "choose another test statistic, or mu = 0",
    });
  }
  return yield* analyse(target, options, false, function* (analysis) {
    requireInside(analysis, poi, mu, "the strength tested");
    warnAboutBounds(analysis, poi, statistic);
    const observed = observedCurve(analysis, poi);
    warnAboutEstimate(analysis, poi, observed.muHat);
    const reference = statistic === "q0" ? 1 : 0;
    const also = isOneSidedZero(statistic, observed, mu) ? [] : [mu];
    const asimov = yield* asimovAt(analysis, poi, observed, reference, also);
    const expected = asimov === null ? null : asimovCurve(analysis, poi, asimov);
    if (expected !== null) yield* evaluate(analysis, statistic, [[expected, mu]], "Asimov set");
    const q = valueAt(statistic, observed, mu);
    const qA = expected === null ? null : valueAt(statistic, expected, mu);
    const tails = q === null || qA === null ? null : tailProbabilities(statistic, q, qA);
    if (qA === 0 && statistic !== "q0") {
      analysis.warn(`the data cannot tell ${name} = ${mu} from 0 (qA = 0): CLs is 1`);
    }
    if (tails !== null && tails.clb < 1e-300) {
      analysis.warn("CLb is below 1e-300: CLs is the ratio of the tails' logarithms");
    }
    const set =
      qA === null || options.expectedSet !== true
        ? null
        : N_SIGMA.map((n) => expectedTailProbabilities(statistic, qA, n, base));
    return {
      poi: name,
      muTest: mu,
      testStat: statistic,
      calcBaseDist: base,
      cls: statistic === "q0" ? null : (tails?.cls ?? null),
      clsb: tails?.clsb ?? null,
      clb: tails?.clb ?? null,
      teststat: q === null || qA === null ? null : transformed(statistic, q, qA),
      qMu: q,
      qMuA: qA,
      muHat: observed.muHat,
      nllHat: observed.nllHat,
      nllMu: mu === observed.muHat ? observed.nllHat : (observed.at(mu)?.nll ?? null),
      expectedSet:
        set === null
          ? null
          : {
              nsigmaOrder: [...N_SIGMA],
              cls: set.map((t) => (statistic === "q0" ? t.clsb : t.cls)),
              clsb: set.map((t) => t.clsb),
              clb: set.map((t) => t.clb),
            },
      ...analysis.summary(),
    };
  });
}

/** The statistic at mu; null where its conditional fit was not made. */
function valueAt(statistic: TestStatistic, curve: Curve, mu: number): number | null {
  const { q } = statisticAt(statistic, curve, mu);
  return Number.isNaN(q) ? null : q;
}

function transformed(statistic: TestStatistic, q: number, qA: number): number {
  if (statistic === "qtilde" && q > qA && qA > 0) return (q - qA) / (2 * Math.sqrt(qA));
  return Math.sqrt(q) - Math.sqrt(qA);
}

export interface SignificanceResult extends ProcedureSummary {
  readonly poi: string;
  /** Observed: q0, Z = sqrt(q0), p0 = 1 - Phi(Z); 0, 0 and 0.5 where the estimate is negative. */
  readonly q0: number | null;
  readonly zObs: number | null;
  readonly p0: number | null;
  /** Expected at mu = 1, from the Asimov set of its conditional fit to the data. */
  readonly q0Asimov: number | null;
  readonly zExp: number | null;
  readonly p0Exp: number | null;
  readonly muHat: number;
  readonly nllHat: number;
  /** NLL of the conditional fit at mu = 0. */
  readonly nllMu0: number | null;
}

/**
 * Discovery significance: the test of mu = 0 with q0, observed and expected for mu = 1.
 *
 * @throws NextstatError `usage` when 0 or 1 is outside the bounds of the parameter of interest, or the model has no POI
 */
export function* significanceSteps(
  target: FitTarget,
  options: ProcedureOptions = {},
): Steps<SignificanceResult> {
  const test = yield* hypotestSteps(target, 0, { ...options, testStat: "q0" });
  const observed = test.qMu === null ? null : discovery(test.qMu);
  const expected = test.qMuA === null ? null : discovery(test.qMuA);
  const { converged, partial, warnings, flags, nFit, nGradient, nHessian } = test;
  return {
    poi: test.poi,
    q0: test.qMu,
    zObs: observed?.z ?? null,
    p0: observed?.p ?? null,
    q0Asimov: test.qMuA,
    zExp: expected?.z ?? null,
    p0Exp: expected?.p ?? null,
    muHat: test.muHat,
    nllHat: test.nllHat,
    nllMu0: test.nllMu,
    converged,
    partial,
    warnings,
    flags,
    nFit,
    nGradient,
    nHessian,
  };
}

/** The conditional fits of a batch of (curve, mu), where they are needed and not yet made. */
export function* evaluate(
  analysis: Analysis,
  statistic: TestStatistic,
  wanted: readonly (readonly [Curve, number])[],
  doing: string,
  explore: boolean = analysis.explore,
): Steps<void> {
  const needed = wanted.filter(
    ([curve, mu]) => mu !== curve.muHat && !isOneSidedZero(statistic, curve, mu),
  );
  yield* fitAt(analysis, needed, doing, explore);
}

/** EDM of the fit that an Asimov set is made from: its error enters what is computed on the set in first order. */
const ASIMOV_TOLERANCE = 1e-16;

/** The conditional fits of a batch of (curve, mu), as far as they are not made yet. */
export function* fitAt(
  analysis: Analysis,
  wanted: readonly (readonly [Curve, number])[],
  doing: string,
  explore: boolean,
  tolerance?: number,
): Steps<void> {
  const planned = wanted.flatMap(([curve, mu]) => {
    const walk = curve.plan(mu, explore);
    if (walk === null) return [];
    return [{ curve, mu, walk: tolerance === undefined ? walk : { ...walk, tolerance } }];
  });
  if (planned.length === 0) return;
  const results = yield* analysis.run({ walks: planned.map((p) => p.walk), doing });
  planned.forEach(({ curve, mu }, k) => {
    const point = results[k]?.points[0];
    if (point !== undefined) curve.accept(mu, point, explore);
  });
}

/**
 * The Asimov set of a strength, from its conditional fit to the data; in the same batch, the conditional fits at `also`.
 *
 * @returns null when interrupted
 */
export function* asimovAt(
  analysis: Analysis,
  poi: number,
  observed: Curve,
  strength: number,
  also: readonly number[],
): Steps<AsimovSet | null> {
  requireInside(analysis, poi, strength, "the strength of the Asimov set");
  const strengths = [...new Set([strength, ...also])].filter((mu) => mu !== observed.muHat);
  yield* fitAt(
    analysis,
    strengths.map((mu) => [observed, mu] as const),
    "conditional fits",
    analysis.explore,
    ASIMOV_TOLERANCE,
  );
  const point: Pick<ProfilePoint, "x"> | undefined =
    strength === observed.muHat ? analysis.best().solution : observed.at(strength);
  return point === undefined ? null : analysis.asimov(point.x);
}

export function requireInside(analysis: Analysis, poi: number, mu: number, what: string): void {
  const { lower, upper } = analysis.setup.box;
  const lo = lower[poi] as number;
  const hi = upper[poi] as number;
  if (mu >= lo && mu <= hi) return;
  const name = analysis.resolved.parameters[poi]?.name;
  throw new NextstatError(
    "usage",
    `${what}, ${mu}, is outside the bounds [${lo}, ${hi}] of "${name}"`,
    {
      hint: "choose a value inside, or widen the bounds",
    },
  );
}

/** An estimate that a bound holds, other than the 0 that qtilde and q0 are made for, makes q smaller than without the bound. */
function warnAboutEstimate(analysis: Analysis, poi: number, muHat: number): void {
  const { lower, upper } = analysis.setup.box;
  const held = muHat === upper[poi] || (muHat === lower[poi] && muHat < 0);
  if (!held) return;
  const name = analysis.resolved.parameters[poi]?.name;
  analysis.warn(
    `the estimate of "${name}" lies at its bound ${muHat}, the best fit may be beyond: widen the bounds`,
  );
}

/** q and qtilde differ in whether the estimate may be negative, which is a matter of the bounds. */
export function warnAboutBounds(analysis: Analysis, poi: number, statistic: TestStatistic): void {
  const lower = analysis.setup.box.lower[poi] as number;
  const name = analysis.resolved.parameters[poi]?.name;
  if ((statistic === "q" || statistic === "tmu") && lower >= 0) {
    analysis.warn(
      `${statistic} lets the estimate be negative, but "${name}" is bounded from below by ${lower}: ${statistic === "q" ? "qtilde" : "tmutilde"} is made for that`,
    );
  } else if ((statistic === "qtilde" || statistic === "tmutilde") && lower < 0) {
    analysis.warn(
      `${statistic} assumes an estimate bounded from below by 0, but "${name}" may go down to ${lower}: ${statistic === "qtilde" ? "q" : "tmu"} is made for that`,
    );
  }
}
