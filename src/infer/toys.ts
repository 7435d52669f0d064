/**
 * Toys: pseudo-data drawn from the model at a point. A toy is a function of the ensemble, its seed and its own index, so
 * that it is the same whoever makes it, in whatever order.
 *
 * @module
 */

import type { Dataset } from "../likelihood/evaluator.ts";
import { openStream } from "../math/philox.ts";
import { createSampler } from "../math/sampling.ts";
import type { Constraint } from "../model/resolved-model.ts";
import type { FitCounters, Likelihood } from "./profile.ts";

/** How an auxiliary datum of a toy comes about. */
export const AUXILIARY_DRAW = { none: 0, normal: 1, poisson: 2 } as const;

/** What toys are drawn from: the expectation at a point. */
export interface Ensemble {
  readonly seed: number;
  /** Number of its random streams, different for each ensemble of a seed. */
  readonly stream: number;
  /** `[nParameters]` the point. */
  readonly x: Float64Array;
  /** `[nBins]` expected events, `[nParameters]` expected auxiliary data. */
  readonly main: Float64Array;
  readonly auxiliary: Float64Array;
  /** `[nParameters]` one of {@link AUXILIARY_DRAW}; a datum that is not drawn is that of the likelihood. */
  readonly draws: Uint8Array;
  /** `[nParameters]` standard deviations of the normal ones. */
  readonly widths: Float64Array;
}

/** What is computed of a toy. */
export type ToyStatistic =
  /**
   * 2 (NLL with the parameter of interest held at mu - NLL of the best fit). One-sided ones are 0, without a conditional
   * fit, where the estimate is beyond mu: above it for `upper` (limits), below it for `lower` (discovery).
   */
  | { readonly type: "profile"; readonly mu: number; readonly side: "upper" | "lower" | "both" }
  /** 2 (NLL of the best fit - NLL of the saturated model). `[nParameters]` the constraint terms that count. */
  | { readonly type: "saturated"; readonly constraints: readonly Constraint[] };

/** Toys of one ensemble, in the order of their index, with a statistic of each. */
export interface ToyRun {
  /** Its data are what is not drawn: masked bins and fixed auxiliary data. Its curvature is that at the ensemble's point. */
  readonly likelihood: Likelihood;
  readonly ensemble: Ensemble;
  /** Index of the first toy. */
  readonly first: number;
  readonly count: number;
  /** Index of the parameter of interest; null without one. */
  readonly poi: number | null;
  readonly statistic: ToyStatistic;
  /** Keep the estimates of all parameters and their standard deviations. */
  readonly estimates: boolean;
  /** Look for other minima; otherwise every fit has one start. */
  readonly explore: boolean;
  /** Every other place where there may be a minimum. */
  readonly basins: readonly Float64Array[];
  /** Where a fit that fails is tried again. */
  readonly fallbacks: readonly Float64Array[];
}

/** The best fit of a toy. */
export interface ToyEstimates {
  /** `[nParameters]` */
  readonly x: Float64Array;
  /** `[nParameters]` from the exact Hessian; NaN where there is none: fixed parameters, those on a bound. */
  readonly sigma: Float64Array;
  readonly nll: number;
}

/** One toy; its counters are the work of its fits. */
export interface Toy extends FitCounters {
  readonly index: number;
  /**
   * `ok`: all fits ended at a minimum. `not-converged`: one did not, from any start. `failed`: the likelihood is finite
   * nowhere.
   */
  readonly status: "ok" | "not-converged" | "failed";
  /** NaN where the toy failed. */
  readonly statistic: number;
  /** Estimate of the parameter of interest; NaN without one. */
  readonly muHat: number;
  /** Whether the search found a minimum below the one that the start leads to. */
  readonly lower: boolean;
  /** Null where not asked for. */
  readonly estimates: ToyEstimates | null;
}

/** What a run of toys found, as far as it came. */
export interface ToyRunResult {
  readonly points: readonly Toy[];
  /** Sums over the toys. */
  readonly counters: FitCounters;
}

/**
 * The data of one toy: events in the order of the bins, then auxiliary data in the order of the parameters.
 *
 * @param kept the data of what is not drawn, and the masks
 */
export function drawToy(
  { seed, stream, main, auxiliary, draws, widths }: Ensemble,
  index: number,
  kept: Dataset,
): Dataset {
  const sampler = createSampler(openStream(seed, stream, index));
  const { binMask } = kept;
  return {
    ...kept,
    main: main.map((mean, b) =>
      binMask?.[b] === 0 ? (kept.main[b] as number) : sampler.poisson(mean),
    ),
    auxiliary: auxiliary.map((mean, i) => {
      switch (draws[i]) {
        case AUXILIARY_DRAW.normal:
          return mean + (widths[i] as number) * sampler.normal();
        case AUXILIARY_DRAW.poisson:
          return sampler.poisson(mean);
        default:
          return kept.auxiliary[i] as number;
      }
    }),
  };
}
