/**
 * Coverage: how often the profile-likelihood interval of the parameter of interest has the true value in it, and how the
 * estimate spreads around it, when the experiment is repeated.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { normalCdf, normalUpperQuantile } from "../math/normal.ts";
import { analyse, type ProcedureOptions, type ProcedureSummary, requirePoi } from "./analysis.ts";
import {
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
import type { Steps } from "./steps.ts";
import { checkOrigin, moments, pointsAt, shareWithin, type ToyOrigin } from "./toy-fits.ts";
import type { Toy } from "./toys.ts";

export interface CoverageOptions extends ProcedureOptions, ToyOptions {
  /** True values of the parameter of interest. Default: its best fit. */
  readonly mu?: readonly number[];
  /** Confidence levels of the intervals, each in (0, 1). Default 68.27 % (one standard deviation) and 95 %. */
  readonly cl?: readonly number[];
  /**
   * Where the other parameters are: at their conditional fit to the data, or at their nominal values. Default `best-fit`.
   */
  readonly from?: ToyOrigin;
}

/** How often an interval has the true value. */
export interface LevelCoverage {
  readonly cl: number;
  /** 2 (NLL(mu) - NLL) up to which mu is in the interval: the quantile of chi-squared with one degree of freedom. */
  readonly threshold: number;
  /** Null without toys that count. */
  readonly coverage: number | null;
  readonly error: number | null;
}

/** One true value. */
export interface CoveragePoint extends ToyCounts {
  readonly mu: number;
  readonly levels: readonly LevelCoverage[];
  /** Mean of estimate - mu and its error, and the spread of the estimates; null without toys that count. */
  readonly bias: number | null;
  readonly biasError: number | null;
  readonly spread: number | null;
}

export interface CoverageResult extends ProcedureSummary {
  readonly poi: string;
  readonly from: ToyOrigin;
  readonly seed: number;
  readonly points: readonly CoveragePoint[];
}

/**
 * Studies the coverage of the profile-likelihood interval. The ensembles of the values have streams of their own.
 *
 * @throws NextstatError `usage` for values outside the bounds, levels outside (0, 1), a number of toys or a seed that is none,
 * or a model without POI
 */
export function* coverageSteps(
  target: FitTarget,
  options: CoverageOptions = {},
): Steps<CoverageResult> {
  const { nToys, seed, fixedAux } = checkToyOptions(options);
  const from = checkOrigin(options.from);
  const levels = checkLevels(options.cl);
  const poi = requirePoi(target.resolved, options, "a coverage study");
  return yield* analyse(target, options, false, function* (analysis) {
    const strengths = options.mu ?? [analysis.best().solution.x[poi] as number];
    if (strengths.length === 0) {
      throw new NextstatError("usage", "no value to study the coverage at", {
        hint: "give one or more, or leave them out for the best fit",
      });
    }
    const points = yield* pointsAt(analysis, poi, from, strengths);
    const ensembles = points.flatMap((point, k) => {
      if (point === undefined) return [];
      const mu = strengths[k] as number;
      const run = ensembleAt(analysis, point.x, k, {
        seed,
        fixedAux,
        poi,
        statistic: { type: "profile", mu, side: "both" },
        estimates: false,
        basins: knownBasins(analysis, poi, [point]),
      });
      return [{ mu, wanted: { run, count: nToys } }];
    });
    const toys = yield* makeToys(
      analysis,
      ensembles.map(({ wanted }) => wanted),
      "fitting toys",
    );
    const described = ensembles.map(({ mu }, k) => describe(mu, toys[k] ?? [], levels));
    warnAboutToys(analysis, described);
    return {
      poi: analysis.resolved.parameters[poi]?.name as string,
      from,
      seed,
      points: described,
      ...analysis.summary(),
    };
  });
}

/** One standard deviation, and 95 %. */
const LEVELS = [2 * normalCdf(1) - 1, 0.95] as const;

export function checkLevels(levels: readonly number[] = LEVELS): readonly number[] {
  const wrong = levels.find((cl) => !(cl > 0 && cl < 1));
  if (wrong === undefined && levels.length > 0) return levels;
  throw new NextstatError("usage", `${wrong ?? "none"} is not a confidence level`, {
    hint: "give numbers between 0 and 1",
  });
}

function describe(mu: number, toys: readonly Toy[], levels: readonly number[]): CoveragePoint {
  const counted = toys.filter(({ status }) => status === "ok");
  const off = moments(counted.map(({ muHat }) => muHat - mu));
  return {
    mu,
    ...countToys(toys),
    levels: levels.map((cl) => {
      const threshold = normalUpperQuantile((1 - cl) / 2) ** 2;
      const covered = shareWithin(counted, threshold);
      return {
        cl,
        threshold,
        coverage: covered?.value ?? null,
        error: covered?.error ?? null,
      };
    }),
    bias: off.mean,
    biasError: off.meanError,
    spread: off.std,
  };
}
