/**
 * Toys: pseudo-data drawn from the model at a point, and fitted. A toy is a function of the ensemble, its seed and its own
 * index, so that it is the same whoever makes it, in whatever order.
 *
 * @module
 */

import type { CurvatureEvaluator, Dataset } from "../likelihood/evaluator.ts";
import { openStream } from "../math/philox.ts";
import { createSampler } from "../math/sampling.ts";
import { alongTangent, nearby, type ObjectiveNearby } from "../optimize/known-curvature.ts";
import { createMinimizer, type Minimizer, type Solution } from "../optimize/minimize.ts";
import { type Box, hasKinks } from "../optimize/objective.ts";
import { type SearchResult, searchMinima } from "../optimize/search.ts";
import { objectiveOf } from "./objective.ts";
import { type FitCounters, isSettled, type Likelihood, workSince } from "./profile.ts";

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

/** Toys of one ensemble, in the order of their index, with the test statistic of each. */
export interface ToyRun {
  /** Its data are what is not drawn: masked bins and fixed auxiliary data. Its curvature is that at the ensemble's point. */
  readonly likelihood: Likelihood;
  readonly ensemble: Ensemble;
  /** Index of the first toy. */
  readonly first: number;
  readonly count: number;
  /** Index of the parameter of interest, and the value that is tested. */
  readonly poi: number;
  readonly mu: number;
  /** Look for other minima; otherwise every fit has one start. */
  readonly explore: boolean;
  /** Every other place where there may be a minimum. */
  readonly basins: readonly Float64Array[];
  /** Where a fit that fails is tried again. */
  readonly fallbacks: readonly Float64Array[];
}

/** One toy. */
export interface Toy {
  readonly index: number;
  /**
   * `ok`: both fits ended at a minimum. `not-converged`: one did not, from any start. `failed`: the likelihood is finite
   * nowhere.
   */
  readonly status: "ok" | "not-converged" | "failed";
  /** One-sided test statistic of the value tested: 0 where the estimate is above it. NaN where the toy failed. */
  readonly q: number;
  readonly muHat: number;
  /** Whether the search found a minimum below the one that the start leads to. */
  readonly lower: boolean;
}

/** What a run of toys found, as far as it came. */
export interface ToyRunResult {
  readonly points: readonly Toy[];
  readonly counters: FitCounters;
}

/** Runs toys on one evaluator; its minimiser and scratch memory are reused. */
export interface ToyRunner {
  /**
   * Yields every toy, for the driver to breathe. Throws nothing for fits that fail.
   *
   * @param stopped whether to end the run before its next toy; default never
   */
  run(run: ToyRun, stopped?: () => boolean): Generator<Toy, ToyRunResult, void>;
}

/** EDM of the fits. */
const TOLERANCE = 1e-10;
/** In NLL: a minimum this much lower than another one is another one. */
const LOWER = 1e-6;
/** In NLL: other minima of the free fit up to here are where the conditional fit starts too. */
const NEAR = 5;
const MAX_ROUNDS = 4;

/** @param evaluator is left on the data of the last toy */
export function createToyRunner(evaluator: CurvatureEvaluator): ToyRunner {
  const objective = nearby(objectiveOf(evaluator));
  const minimizer = createMinimizer(objective);
  return {
    *run(run, stopped = () => false) {
      const before = { ...minimizer.counters };
      const points: Toy[] = [];
      let nFit = 0;
      for (let k = 0; k < run.count && !stopped(); k++) {
        const index = run.first + k;
        evaluator.setDataset(drawToy(run.ensemble, index, run.likelihood.dataset));
        evaluator.side.fill(1);
        const fitted = fitToy(objective, minimizer, run);
        nFit += fitted.nFit;
        const toy = { index, ...fitted.outcome };
        points.push(toy);
        yield toy;
      }
      return {
        points,
        counters: workSince(before, minimizer.counters, nFit),
      };
    },
  };
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

interface FittedToy {
  readonly outcome: Omit<Toy, "index">;
  readonly nFit: number;
}

/** The free fit, and where it decides the statistic the conditional one, until neither knows a place that is lower for the other. */
function fitToy(objective: ObjectiveNearby, minimizer: Minimizer, run: ToyRun): FittedToy {
  const { poi, mu, likelihood, explore, ensemble } = run;
  const { box, scale, centre, curvature = null } = likelihood;
  const fixed = box.fixed.slice();
  fixed[poi] = 1;
  const held: Box = { ...box, fixed };
  const effort = hasKinks(objective) ? "wary" : "brief";
  let nFit = 0;
  let lower = false;

  /** @param guesses other places to look at; null: look nowhere else */
  const search = (
    where: Box,
    starts: readonly Float64Array[],
    guesses: readonly Float64Array[] | null,
  ): SearchResult => {
    objective.relax(0);
    objective.expect(curvature, TOLERANCE);
    const found = searchMinima(objective, minimizer, {
      starts,
      guesses: guesses ?? [],
      box: where,
      scale,
      centre,
      explore: explore && guesses !== null,
      tolerance: TOLERANCE,
      effort,
    });
    objective.expect(null, TOLERANCE);
    nFit += found.nStarts;
    return found;
  };
  const atMu = (x: Float64Array): Float64Array => {
    const start = x.slice();
    start[poi] = mu;
    return start;
  };
  /** The best of a search; one that has not ended at a minimum is searched for again from elsewhere. */
  const settle = (found: SearchResult, where: Box): Solution => {
    lower ||= found.best.value < found.first - LOWER;
    if (isSettled(found.best)) return found.best;
    const again = [found.best.x, ...run.fallbacks].map((x) => (where === held ? atMu(x) : x));
    const second = search(where, again, []).best;
    if (isSettled(second)) return second;
    nFit++;
    const third = minimizer.minimize(second.x, where, { tolerance: TOLERANCE, newton: true });
    return isSettled(third) || third.value < second.value ? third : second;
  };
  const outcome = (free: Solution, conditional: Solution | null): FittedToy => {
    const fits = conditional === null ? [free] : [free, conditional];
    const finite = fits.every(({ value }) => Number.isFinite(value));
    const q = conditional === null ? 0 : Math.max(0, 2 * (conditional.value - free.value));
    return {
      outcome: {
        status: !finite ? "failed" : fits.every(isSettled) ? "ok" : "not-converged",
        q: finite ? q : Number.NaN,
        muHat: free.x[poi] as number,
        lower,
      },
      nFit,
    };
  };

  const found = search(box, [ensemble.x], run.basins);
  let free = settle(found, box);
  const others = found.minima
    .filter((m) => m !== found.best && m.value - free.value < NEAR)
    .map((m) => atMu(m.x));
  let conditional: Solution | null = null;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if ((free.x[poi] as number) > mu) return outcome(free, null);
    const start =
      curvature === null ? atMu(free.x) : alongTangent(curvature, free.x, poi, mu, held);
    const guesses = round === 0 ? [...others, ...run.basins.map(atMu)] : null;
    const at = search(held, [start], guesses);
    const best = settle(at, held);
    if (conditional === null || best.value < conditional.value) conditional = best;
    // A fit that started somewhere else than the other one's minimum may have found a place for that one too.
    const elsewhere = at.best.value < at.first - LOWER;
    if (!elsewhere && conditional.value >= free.value) break;
    const refit = settle(search(box, [conditional.x], null), box);
    if (!(refit.value < free.value - LOWER)) break;
    lower = true;
    free = refit;
  }
  return outcome(free, conditional);
}
