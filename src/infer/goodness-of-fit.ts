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
import type { FitTarget } from "./fit.ts";
import type { Steps } from "./steps.ts";

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
}

/**
 * Compares the best fit with the saturated model.
 *
 * The constraint terms of fixed parameters count like all others: at their value in the fit, at their maximum in the
 * saturated model. Regions left out of the fit count nowhere.
 *
 * @throws NextstatError `usage` for names that do not exist, values outside bounds, regions that leave nothing
 */
export function* goodnessOfFitSteps(
  target: FitTarget,
  options: ProcedureOptions = {},
): Steps<GoodnessOfFitResult> {
  // biome-ignore lint/correctness/useYield: one fit, and nothing that could be run elsewhere
  return yield* analyse(target, options, false, function* (analysis) {
    return describe(analysis);
  });
}

function describe(analysis: Analysis): GoodnessOfFitResult {
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
    ...analysis.summary(),
  };
}
