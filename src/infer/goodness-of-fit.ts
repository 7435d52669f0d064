/**
 * Goodness of fit against the saturated model, in which every bin and every auxiliary measurement is expected to be what it
 * is.
 *
 * Sources: R. D. Cousins, Generalization of chisquare goodness-of-fit test for binned data using saturated models (2013);
 * S. Baker, R. D. Cousins, Nucl. Instrum. Meth. 221 (1984) 437. The degrees of freedom are counted as in cabinetry.
 *
 * @module
 */

import { chiSquaredSurvival } from "../math/chi-squared.ts";
import {
  type Analysis,
  analyse,
  type ProcedureOptions,
  type ProcedureSummary,
} from "./analysis.ts";
import { constraintDeviance, poissonDeviance } from "./deviance.ts";
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
import type { Steps } from "./steps.ts";
import { checkEstimator, distribution, type PEstimator, pValue } from "./toy-tails.ts";

export interface GoodnessOfFitOptions extends ProcedureOptions, ToyOptions {
  /** Toys drawn at the best fit, for the p-value. Default none. */
  readonly nToys?: number;
  /** Default `count`. */
  readonly pEstimator?: PEstimator;
}

/** The p-value from toys drawn at the best fit, each fitted. */
export interface GoodnessOfFitToys extends ToyCounts {
  /** Share of toys whose statistic is at least that of the data, and its binomial error; null without toys that count. */
  readonly pValue: number | null;
  readonly pValueError: number | null;
  readonly seed: number;
  readonly pEstimator: PEstimator;
}

/** One channel's share of the statistic. */
export interface ChannelDeviance {
  readonly channel: string;
  readonly nBins: number;
  readonly deviance: number;
}

export interface GoodnessOfFitResult extends ProcedureSummary {
  /** 2 (NLL of the fit - NLL of the saturated model); `chi2` is another name. */
  readonly statistic: number;
  readonly chi2: number;
  /** Bins less unconstrained floating parameters; `ndof` is another name. */
  readonly ndf: number;
  readonly ndof: number;
  /** Statistic per degree of freedom; null without any. */
  readonly chi2PerNdof: number | null;
  /** Probability of a larger statistic, from the chi-squared distribution; null without degrees of freedom. */
  readonly pValue: number | null;
  /** Bins in the likelihood, parameters that float, and those of them without constraint. */
  readonly nBins: number;
  readonly nFloating: number;
  readonly nUnconstrained: number;
  readonly nllFit: number;
  readonly nllSaturated: number;
  /** The statistic in two parts: bins, and constraint terms. */
  readonly mainDeviance: number;
  readonly constraintDeviance: number;
  /** Of the constraint terms, what fixed parameters add by being held off their centre. */
  readonly fixedDeviance: number;
  /** `mainDeviance` by channel, in the order of the data. */
  readonly channels: readonly ChannelDeviance[];
  /** Null when not asked for. */
  readonly toys: GoodnessOfFitToys | null;
}

/** Stream of a seed. */
const STREAM = 0;

/**
 * Compares the best fit with the saturated model.
 *
 * The constraint terms of fixed parameters count like all others: at their value in the fit, at their maximum in the
 * saturated model. Regions left out of the fit count nowhere.
 *
 * @throws NextstatError `usage` for names that do not exist, values outside bounds, regions that leave nothing, a number of
 * toys or a seed that is none
 */
export function* goodnessOfFitSteps(
  target: FitTarget,
  options: GoodnessOfFitOptions = {},
): Steps<GoodnessOfFitResult> {
  const asked = options.nToys === undefined ? null : checkToyOptions(options);
  const estimator = checkEstimator(options.pEstimator);
  return yield* analyse(target, options, false, function* (analysis) {
    const fitted = describe(analysis);
    const toys =
      asked === null ? null : yield* withToys(analysis, fitted.statistic, asked, estimator);
    return {
      ...fitted,
      toys,
      ...analysis.summary(),
    };
  });
}

function* withToys(
  analysis: Analysis,
  statistic: number,
  { nToys, seed, fixedAux }: Required<ToyOptions>,
  estimator: PEstimator,
): Steps<GoodnessOfFitToys> {
  const { x } = analysis.best().solution;
  const run = ensembleAt(analysis, x, STREAM, {
    seed,
    fixedAux,
    poi: null,
    statistic: againstSaturated(analysis.resolved),
    estimates: false,
    basins: knownBasins(analysis, null, []),
  });
  const [toys = []] = yield* makeToys(analysis, [{ run, count: nToys }], "fitting toys");
  const counts = countToys(toys);
  warnAboutToys(analysis, [counts]);
  const p = pValue(distribution(toys), statistic, estimator);
  return {
    pValue: p?.value ?? null,
    pValueError: p?.error ?? null,
    ...counts,
    seed,
    pEstimator: estimator,
  };
}

function describe(analysis: Analysis): Omit<GoodnessOfFitResult, keyof ProcedureSummary | "toys"> {
  const { resolved, evaluator, observed } = analysis;
  const { dataset, box } = observed;
  const { x, value: nllFit } = analysis.best().solution;
  const expected = new Float64Array(evaluator.nBins);
  evaluator.setDataset(dataset);
  evaluator.expected(x, expected);
  const channels = resolved.channels.flatMap(({ name, firstBin, nBins }): ChannelDeviance[] => {
    if (dataset.binMask?.[firstBin] === 0) return [];
    let deviance = 0;
    for (let b = firstBin; b < firstBin + nBins; b++) {
      deviance += poissonDeviance(dataset.main[b] as number, expected[b] as number);
    }
    return [{ channel: name, nBins, deviance }];
  });
  const mainDeviance = channels.reduce((sum, { deviance }) => sum + deviance, 0);
  let constraints = 0;
  let fixedDeviance = 0;
  resolved.parameters.forEach(({ constraint }, i) => {
    if (dataset.constraintMask?.[i] === 0) return;
    const deviance = constraintDeviance(constraint, dataset.auxiliary[i] as number, x[i] as number);
    constraints += deviance;
    if (box.fixed[i] === 1) fixedDeviance += deviance;
  });
  const floating = resolved.parameters.filter((_, i) => box.fixed[i] !== 1);
  const nUnconstrained = floating.filter(({ constraint }) => constraint.type === "none").length;
  const nBins = channels.reduce((sum, channel) => sum + channel.nBins, 0);
  const ndf = nBins - nUnconstrained;
  const statistic = mainDeviance + constraints;
  if (ndf <= 0) {
    analysis.warn(
      `no p-value: no degrees of freedom are left (bins: ${nBins}, unconstrained parameters: ${nUnconstrained})`,
    );
  }
  return {
    statistic,
    chi2: statistic,
    ndf,
    ndof: ndf,
    chi2PerNdof: ndf > 0 ? statistic / ndf : null,
    pValue: ndf > 0 ? chiSquaredSurvival(Math.max(statistic, 0), ndf) : null,
    nBins,
    nFloating: floating.length,
    nUnconstrained,
    nllFit,
    nllSaturated: nllFit - statistic / 2,
    mainDeviance,
    constraintDeviance: constraints,
    fixedDeviance,
    channels,
  };
}
