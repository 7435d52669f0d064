/**
 * Ensembles of toys: what is drawn around a point of the model, in which portions, and what is done with toys that could not
 * be fitted.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { Parameter, ResolvedModel } from "../model/resolved-model.ts";
import { knownCurvature } from "../optimize/known-curvature.ts";
import type { Analysis } from "./analysis.ts";
import { priorWidth } from "./objective.ts";
import { isElsewhere, type Likelihood, type ProfilePoint } from "./profile.ts";
import type { Steps } from "./steps.ts";
import { AUXILIARY_DRAW, type Ensemble, type Toy, type ToyRun, type ToyStatistic } from "./toys.ts";

/** What may be asked of every procedure with toys. */
export interface ToyOptions {
  /** Toys of each ensemble. Default 1000. */
  readonly nToys?: number;
  /** A whole number from 0 to 2^53 - 1: the same seed gives the same toys. Default 42. */
  readonly seed?: number;
  /** Keep the auxiliary data at the observed ones instead of drawing them for each toy. Default false. */
  readonly fixedAux?: boolean;
}

/** Of an ensemble. */
const MAX_TOYS = 10_000_000;

/**
 * The options with their defaults.
 *
 * @throws NextstatError `usage` for a number of toys or a seed that is none, or more toys than memory holds
 */
export function checkToyOptions(options: ToyOptions): Required<ToyOptions> {
  const { nToys = 1000, seed = 42, fixedAux = false } = options;
  if (!(Number.isSafeInteger(nToys) && nToys > 0)) {
    throw new NextstatError("usage", `${nToys} is not a number of toys`, {
      hint: "give a whole number from 1 on",
    });
  }
  if (nToys > MAX_TOYS) {
    throw new NextstatError("usage", `${nToys} toys do not fit into memory`, {
      hint: `give at most ${MAX_TOYS}: each takes about 300 bytes until the end`,
    });
  }
  if (!(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new NextstatError("usage", `${seed} is not a seed`, {
      hint: "give a whole number from 0 to 9007199254740991",
    });
  }
  return { nToys, seed, fixedAux };
}

/** Portions of an ensemble: few enough to keep all threads busy until the end, and to lose little by an interruption. */
const PORTIONS = 400;
const PORTION = { least: 25, most: 1000 } as const;
/** In units of the scale: places closer than this are one. */
const SAME_PLACE = 0.05;
const MAX_BASINS = 8;

/** What is done with the toys of an ensemble, wherever it is. */
export interface ToyPlan extends Pick<ToyRun, "poi" | "statistic" | "estimates" | "basins"> {
  readonly seed: number;
  readonly fixedAux: boolean;
}

/**
 * The toys of a point, none yet.
 *
 * @param x `[nParameters]` the point
 * @param stream different for each ensemble of a procedure
 */
export function ensembleAt(
  analysis: Analysis,
  x: Float64Array,
  stream: number,
  { seed, fixedAux, ...plan }: ToyPlan,
): ToyRun {
  const { resolved, observed, setup } = analysis;
  if (fixedAux) analysis.flag("aux_fixed");
  const { constraintMask } = observed.dataset;
  const { main, auxiliary } = analysis.asimov(x).likelihood.dataset;
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
  return {
    ...plan,
    likelihood: withCurvature(analysis, x, plan.poi),
    ensemble,
    first: 0,
    count: 0,
    explore: analysis.explore,
    fallbacks: [analysis.best().solution.x, ...setup.starts],
  };
}

/** The statistic of the goodness of fit. */
export function againstSaturated({ parameters }: ResolvedModel): ToyStatistic {
  return { type: "saturated", constraints: parameters.map(({ constraint }) => constraint) };
}

/** Toys of an ensemble that are wanted. */
export interface WantedToys {
  readonly run: ToyRun;
  /** Index of the first; default 0. */
  readonly first?: number;
  readonly count: number;
}

/** Makes toys of several ensembles: a list for each. */
export function* makeToys(
  analysis: Analysis,
  wanted: readonly WantedToys[],
  doing: string,
): Steps<Toy[][]> {
  const portions: { readonly of: number; readonly at: number; readonly run: ToyRun }[] = [];
  wanted.forEach(({ run, first = 0, count }, of) => {
    const size = Math.min(Math.max(Math.ceil(count / PORTIONS), PORTION.least), PORTION.most);
    for (let at = 0; at < count; at += size) {
      const portion = { ...run, first: first + at, count: Math.min(size, count - at) };
      portions.push({ of, at: at / count, run: portion });
    }
  });
  // In turns, so that an interruption leaves the same share of each.
  portions.sort((a, b) => a.at - b.at || a.of - b.of);
  const results = yield* analysis.runToys(
    portions.map(({ run }) => run),
    doing,
  );
  const toys: Toy[][] = wanted.map(() => []);
  results.forEach(({ points }, k) => {
    toys[portions[k]?.of as number]?.push(...points);
  });
  return toys;
}

/**
 * The likelihood of toys around a point, with the inverse of the Fisher information there: on the expected data it is the
 * Hessian, and it serves every toy. The evaluator is on the Asimov set of the point.
 */
function withCurvature(analysis: Analysis, x: Float64Array, poi: number | null): Likelihood {
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

/** The other minima of the fits to the observed data, each once. */
export function knownBasins(
  analysis: Analysis,
  poi: number | null,
  points: readonly Pick<ProfilePoint, "x" | "others">[],
): Float64Array[] {
  const { scale } = analysis.observed;
  const known = [analysis.best().solution.x, ...points.map(({ x }) => x)];
  const basins: Float64Array[] = [];
  const apart = (x: Float64Array, y: Float64Array): boolean =>
    isElsewhere(x, y, poi === null ? [] : [poi], scale, SAME_PLACE);
  for (const x of [...analysis.basins(), ...points.flatMap(({ others }) => others)]) {
    if (basins.length < MAX_BASINS && [...known, ...basins].every((y) => apart(x, y)))
      basins.push(x);
  }
  return basins;
}

/** How many toys were made, and how they ended. */
export interface ToyCounts {
  readonly nToys: number;
  /** Of these, toys that do not count: the likelihood was finite nowhere; a fit did not converge from any start. */
  readonly nError: number;
  readonly nNonconverged: number;
  /** Of these, toys whose search found a minimum below the one that the ensemble's parameters lead to. */
  readonly nLowerMinimum: number;
}

export function countToys(toys: readonly Toy[]): ToyCounts {
  const count = (counts: (toy: Toy) => boolean): number =>
    toys.reduce((sum, toy) => sum + (counts(toy) ? 1 : 0), 0);
  return {
    nToys: toys.length,
    nError: count(({ status }) => status === "failed"),
    nNonconverged: count(({ status }) => status === "not-converged"),
    nLowerMinimum: count(({ lower }) => lower),
  };
}

/** Warns about toys that do not count. */
export function warnAboutToys(analysis: Analysis, counts: readonly ToyCounts[]): void {
  const failed = counts.reduce((sum, c) => sum + c.nError + c.nNonconverged, 0);
  if (failed === 0) return;
  const made = counts.reduce((sum, { nToys }) => sum + nToys, 0);
  analysis.warn(
    `${failed} of ${made} toys could not be fitted from any start: they do not count`,
    "toys_failed",
  );
}
