/**
 * Fitting toys: the free fit, the conditional one where it decides the statistic, and each again from the other's solution
 * until neither knows a place that is lower for the other.
 *
 * @module
 */

import type { CurvatureEvaluator, Dataset } from "../likelihood/evaluator.ts";
import { certify } from "../optimize/certify.ts";
import { alongTangent, nearby, type ObjectiveNearby } from "../optimize/known-curvature.ts";
import { createMinimizer, type Minimizer, type Solution } from "../optimize/minimize.ts";
import { type Box, hasKinks } from "../optimize/objective.ts";
import { type SearchResult, searchMinima } from "../optimize/search.ts";
import { constraintDeviance, poissonDeviance } from "./deviance.ts";
import { objectiveOf } from "./objective.ts";
import { isSettled, workSince } from "./profile.ts";
import { drawToy, type Toy, type ToyEstimates, type ToyRun, type ToyRunResult } from "./toys.ts";

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
  const expected = new Float64Array(evaluator.nBins);

  /** Distance of a toy from the model at x. */
  const deviance = (data: Dataset, x: Float64Array, run: ToyRun): number => {
    if (run.statistic.type !== "saturated") return Number.NaN;
    evaluator.expected(x, expected);
    let sum = 0;
    data.main.forEach((n, b) => {
      if (data.binMask?.[b] !== 0) sum += poissonDeviance(n, expected[b] as number);
    });
    run.statistic.constraints.forEach((constraint, i) => {
      if (data.constraintMask?.[i] === 0) return;
      sum += constraintDeviance(constraint, data.auxiliary[i] as number, x[i] as number);
    });
    return sum;
  };

  const fitToy = (data: Dataset, run: ToyRun, index: number): Toy => {
    const before = { ...minimizer.counters };
    const fits = createToyFits(objective, minimizer, run);
    const { free, conditional } =
      run.statistic.type === "profile"
        ? fits.pair(run.statistic.mu, run.statistic.side)
        : { free: fits.free(), conditional: null };
    const made = conditional === null ? [free] : [free, conditional];
    const finite = made.every(({ value }) => Number.isFinite(value));
    const estimates = run.estimates && finite ? describe(free, run) : null;
    const muHat = run.poi === null ? Number.NaN : ((estimates ?? free).x[run.poi] as number);
    let statistic = Number.NaN;
    if (finite && run.statistic.type === "saturated") statistic = deviance(data, free.x, run);
    else if (finite) {
      statistic = conditional === null ? 0 : Math.max(0, 2 * (conditional.value - free.value));
    }
    return {
      index,
      status: !finite ? "failed" : made.every(isSettled) ? "ok" : "not-converged",
      statistic,
      muHat,
      lower: fits.lower(),
      estimates,
      ...workSince(before, minimizer.counters, fits.nFit()),
    };
  };

  const describe = (free: Solution, { likelihood }: ToyRun): ToyEstimates => {
    const { solution, variance } = certify(objective, minimizer, free, likelihood.box, {
      covariance: true,
    });
    return { x: solution.x, sigma: variance.map(Math.sqrt), nll: solution.value };
  };

  return {
    *run(run, stopped = () => false) {
      const points: Toy[] = [];
      for (let k = 0; k < run.count && !stopped(); k++) {
        const index = run.first + k;
        const data = drawToy(run.ensemble, index, run.likelihood.dataset);
        evaluator.setDataset(data);
        evaluator.side.fill(1);
        const toy = fitToy(data, run, index);
        points.push(toy);
        yield toy;
      }
      const sum = (key: "nFit" | "nGradient" | "nHessian"): number =>
        points.reduce((total, toy) => total + toy[key], 0);
      return {
        points,
        counters: { nFit: sum("nFit"), nGradient: sum("nGradient"), nHessian: sum("nHessian") },
      };
    },
  };
}

/** The fits to one toy. */
interface ToyFits {
  /** The best fit. */
  free(): Solution;
  /** The best fit and, unless it decides the statistic alone, the one with the parameter of interest held. */
  pair(
    mu: number,
    side: "upper" | "lower" | "both",
  ): { readonly free: Solution; readonly conditional: Solution | null };
  /** Whether a fit found a minimum below the one that its start leads to. */
  lower(): boolean;
  nFit(): number;
}

function createToyFits(
  objective: ObjectiveNearby,
  minimizer: Minimizer,
  { likelihood, ensemble, explore, basins, fallbacks, poi }: ToyRun,
): ToyFits {
  const { box, scale, centre, curvature = null } = likelihood;
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
  /** The best of a search; one that has not ended at a minimum is searched for again from elsewhere. */
  const settle = (
    found: SearchResult,
    where: Box,
    into: (x: Float64Array) => Float64Array,
  ): Solution => {
    lower ||= found.best.value < found.first - LOWER;
    if (isSettled(found.best)) return found.best;
    const second = search(where, [found.best.x, ...fallbacks].map(into), []).best;
    if (isSettled(second)) return second;
    nFit++;
    const third = minimizer.minimize(second.x, where, { tolerance: TOLERANCE, newton: true });
    return isSettled(third) || third.value < second.value ? third : second;
  };
  const itself = (x: Float64Array): Float64Array => x;

  return {
    lower: () => lower,
    nFit: () => nFit,
    free: () => settle(search(box, [ensemble.x], basins), box, itself),
    pair(mu, side) {
      const index = poi as number;
      const fixed = box.fixed.slice();
      fixed[index] = 1;
      const held: Box = { ...box, fixed };
      const atMu = (x: Float64Array): Float64Array => {
        const start = x.slice();
        start[index] = mu;
        return start;
      };
      const found = search(box, [ensemble.x], basins);
      let free = settle(found, box, itself);
      const others = found.minima
        .filter((m) => m !== found.best && m.value - free.value < NEAR)
        .map((m) => atMu(m.x));
      let conditional: Solution | null = null;
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const muHat = free.x[index] as number;
        const decided = (side === "upper" && muHat > mu) || (side === "lower" && muHat < mu);
        if (decided) return { free, conditional: null };
        const start =
          curvature === null ? atMu(free.x) : alongTangent(curvature, free.x, index, mu, held);
        const guesses = round === 0 ? [...others, ...basins.map(atMu)] : null;
        const at = search(held, [start], guesses);
        const best = settle(at, held, atMu);
        if (conditional === null || best.value < conditional.value) conditional = best;
        // A fit that started somewhere else than the other one's minimum may have found a place for that one too.
        const elsewhere = at.best.value < at.first - LOWER;
        if (!elsewhere && conditional.value >= free.value) break;
        const refit = settle(search(box, [conditional.x], null), box, itself);
        if (!(refit.value < free.value - LOWER)) break;
        lower = true;
        free = refit;
      }
      return { free, conditional };
    },
  };
}
