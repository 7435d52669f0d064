/**
 * Confidence intervals by the unified approach: the strengths that the profile likelihood ratio, its distribution sampled
 * with toys, does not reject. The statistic is two-sided, 2 (NLL at mu - NLL of the best fit inside the bounds of the
 * parameter), so that one rule gives limits near a physical bound and two-sided intervals away from it. The toys of a strength
 * have the nuisance parameters of the conditional fit to the data there (profile construction).
 *
 * The search follows the p-value from the best fit outwards: it begins where the statistic itself has its asymptotic value,
 * and gives toys to strengths around the ends until these are known well enough. On a grid all toys are one batch, and what
 * lies outside the ends is seen as well.
 *
 * Sources: G. J. Feldman, R. D. Cousins, Phys. Rev. D 57 (1998) 3873; with nuisance parameters, B. Sen, M. Walker,
 * M. Woodroofe, Statistica Sinica 19 (2009) 301.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { normalUpperQuantile } from "../math/normal.ts";
import { type Analysis, analyse, requirePoi } from "./analysis.ts";
import { gridValues, requireGrid } from "./cls-grid.ts";
import { checkLevels } from "./coverage.ts";
import { checkToyOptions, ensembleAt, knownBasins, makeToys, type ToyPlan } from "./ensembles.ts";
import {
  describe,
  type End,
  type FeldmanCousinsOptions,
  type FeldmanCousinsResult,
  percent,
  type Strength,
  type Task,
  TOY_ACCURACY,
} from "./feldman-cousins-record.ts";
import type { FitTarget } from "./fit.ts";
import { fitAt, requireInside } from "./hypotest.ts";
import { conditionalFits } from "./hypotest-toys.ts";
import type { Steps } from "./steps.ts";
import { type Curve, observedCurve, statisticAt } from "./test-statistics.ts";
import { estimateEnd, type TestedDistance } from "./toy-ends.ts";
import { spreadAround } from "./toy-limits.ts";
import { distribution } from "./toy-tails.ts";
import type { Toy } from "./toys.ts";

/** Steps from the best fit to where the statistic has its asymptotic value. */
const START_STEPS = 6;
/** In sqrt(t): how well that is solved for. */
const START = 0.02;

/**
 * Feldman-Cousins intervals of the parameter of interest.
 *
 * @throws NextstatError `usage` for levels outside (0, 1), a grid or an accuracy that is none, a grid beyond the bounds, a
 * number of toys or a seed that is none, or a model without POI
 */
export function* feldmanCousinsSteps(
  target: FitTarget,
  options: FeldmanCousinsOptions = {},
): Steps<FeldmanCousinsResult> {
  const task = checkTask(options);
  const poi = requirePoi(target.resolved, options, "a Feldman-Cousins interval");
  return yield* analyse(target, options, false, function* (analysis) {
    const { scan } = task;
    if (scan !== undefined) {
      requireInside(analysis, poi, scan.start, "the begin of the grid");
      requireInside(analysis, poi, scan.stop, "the end of the grid");
    }
    const curve = observedCurve(analysis, poi);
    const { lower, upper } = analysis.setup.box;
    const [from, to] = [lower[poi] as number, upper[poi] as number];
    const range = { from: scan?.start ?? from, to: scan?.stop ?? to };
    const ends = task.cl.flatMap((cl) =>
      ([-1, 1] as const).map((side): End => openEnd(cl, side, curve.muHat, range)),
    );
    const strengths =
      scan === undefined
        ? yield* search(analysis, poi, curve, ends, task)
        : yield* testStrengths(analysis, poi, curve, gridValues(scan), 0, task);
    if (scan !== undefined) estimate(ends, curve, strengths);
    return describe(analysis, poi, curve, ends, strengths, { from, to }, task);
  });
}

function checkTask(options: FeldmanCousinsOptions): Task {
  const { toyAccuracy = TOY_ACCURACY, maxIter = 80, scan } = options;
  if (!(toyAccuracy > 0 && toyAccuracy < 1)) {
    throw new NextstatError("usage", `the accuracy ${toyAccuracy} is not between 0 and 1`, {
      hint: "0.02 is the default: 2 % of the interval",
    });
  }
  if (!(Number.isInteger(maxIter) && maxIter > 0)) {
    throw new NextstatError("usage", `${maxIter} is not a number of strengths`, {
      hint: "give a positive integer",
    });
  }
  if (scan !== undefined) requireGrid(scan);
  return { ...checkToyOptions(options), cl: checkLevels(options.cl), toyAccuracy, maxIter, scan };
}

function openEnd(
  cl: number,
  side: -1 | 1,
  muHat: number,
  { from, to }: { readonly from: number; readonly to: number },
): End {
  const [first, last] = side > 0 ? [from - muHat, to - muHat] : [muHat - to, muHat - from];
  return { cl, side, first: Math.max(first, 0), last, guess: last, estimate: null, nChosen: 0 };
}

/** Adds strengths until all ends are known well enough, or there are enough of them. */
function* search(
  analysis: Analysis,
  poi: number,
  curve: Curve,
  ends: readonly End[],
  task: Task,
): Steps<readonly Strength[]> {
  yield* findGuesses(analysis, curve, ends);
  let strengths: readonly Strength[] = [];
  const open = ends.filter(({ last }) => last > 0);
  for (const end of open) end.nChosen = 1;
  let next = [...new Set(open.map((end) => strengthAt(end, curve.muHat, end.guess)))];
  next = next.slice(0, task.maxIter);
  while (next.length > 0 && !analysis.interrupted()) {
    strengths = [
      ...strengths,
      ...(yield* testStrengths(analysis, poi, curve, next, strengths.length, task)),
    ];
    estimate(open, curve, strengths);
    next = open
      .flatMap((end) => chooseStrengths(end, ends, curve.muHat, task))
      .slice(0, task.maxIter - strengths.length);
  }
  const poor = open.filter((end) => !isKnown(end, ends, task));
  if (poor.length > 0 && !analysis.interrupted()) {
    const names = poor.map(
      ({ cl, side }) => `the ${side > 0 ? "upper" : "lower"} end at ${percent(cl)}`,
    );
    analysis.warn(
      `${names.join(", ")}: the Monte Carlo error is above ${percent(task.toyAccuracy)} of the interval after ${strengths.length} strengths of ${task.nToys} toys`,
      "toy_accuracy",
    );
  }
  return strengths;
}

function strengthAt({ side, last }: End, muHat: number, distance: number): number {
  return muHat + side * Math.min(distance, last);
}

/** Where the statistic has the value that the asymptotic interval ends at. */
function* findGuesses(analysis: Analysis, curve: Curve, ends: readonly End[]): Steps<void> {
  const sigma = Math.sqrt(curve.response?.variance ?? Number.POSITIVE_INFINITY);
  const rootOf = ({ cl }: End): number => normalUpperQuantile((1 - cl) / 2);
  for (const end of ends) end.guess = Math.min(rootOf(end) * sigma, end.last);
  for (let step = 0; step < START_STEPS && !analysis.interrupted(); step++) {
    yield* fitAt(
      analysis,
      ends
        .filter(({ last }) => last > 0)
        .map((end) => [curve, strengthAt(end, curve.muHat, end.guess)] as const),
      "looking for the ends",
      analysis.explore,
    );
    let settled = true;
    for (const end of ends) {
      const root = Math.sqrt(statisticAt("tmu", curve, strengthAt(end, curve.muHat, end.guess)).q);
      if (!(root >= 0 && end.last > 0)) continue;
      const off = root - rootOf(end);
      if (Math.abs(off) < START || (off < 0 && end.guess === end.last)) continue;
      settled = false;
      const scale = rootOf(end) / Math.max(root, 1e-3);
      end.guess = Math.min(end.guess * Math.min(Math.max(scale, 0.2), 5), end.last);
    }
    if (settled) return;
  }
}

/** Toys at several strengths, in streams from `first` on. Interrupted, those that could not be begun are missing. */
function* testStrengths(
  analysis: Analysis,
  poi: number,
  curve: Curve,
  values: readonly number[],
  first: number,
  { nToys, seed, fixedAux }: Task,
): Steps<readonly Strength[]> {
  const points = yield* conditionalFits(analysis, curve, values);
  const wanted = values.flatMap((mu, k) => {
    const point = points[k];
    if (point === undefined) return [];
    const plan: ToyPlan = {
      seed,
      fixedAux,
      poi,
      statistic: { type: "profile", mu, side: "both" },
      estimates: false,
      basins: knownBasins(analysis, poi, [point]),
    };
    return [{ mu, run: ensembleAt(analysis, point.x, first + k, plan), count: nToys }];
  });
  const toys = yield* makeToys(analysis, wanted, "fitting toys");
  return wanted.map(({ mu }, k) => {
    const made = toys[k] as readonly Toy[];
    return { mu, t: statisticAt("tmu", curve, mu).q, toys: made, sorted: distribution(made) };
  });
}

function tested({ side }: End, muHat: number, strengths: readonly Strength[]): TestedDistance[] {
  return strengths
    .map(({ mu, t, sorted }) => ({ distance: side * (mu - muHat), t, sorted }))
    .filter(({ distance }) => distance > 0);
}

/** The ends as all toys have them. */
function estimate(ends: readonly End[], curve: Curve, strengths: readonly Strength[]): void {
  for (const end of ends) end.estimate = estimateEnd(end, tested(end, curve.muHat, strengths));
}

function isKnown(end: End, ends: readonly End[], { toyAccuracy }: Task): boolean {
  return excessError(end, ends, toyAccuracy) <= 1;
}

/** The error of an end over the one that is enough. */
function excessError(end: End, ends: readonly End[], accuracy: number): number {
  const { estimate: found } = end;
  if (found === null) return 1;
  const length = ends
    .filter(({ cl }) => cl === end.cl)
    .reduce((sum, { estimate: e, last }) => sum + (e?.at ?? last), 0);
  return found.error / (accuracy * length);
}

/** Strengths for an end that is not known well enough: what encloses it, then no more than there are in between. */
function chooseStrengths(end: End, ends: readonly End[], muHat: number, task: Task): number[] {
  const { estimate: found } = end;
  const off = excessError(end, ends, task.toyAccuracy);
  if (found === null || off <= 1) return [];
  if (found.toEnclose.length > 0) {
    return found.toEnclose.map((distance) => strengthAt(end, muHat, distance));
  }
  const most = Math.max(found.nUndecided, 1);
  const missing = Math.ceil(most * (off ** 2 - 1));
  return Array.from({ length: Math.min(missing, most) }, () =>
    strengthAt(end, muHat, found.place(0.5 * (1 + spreadAround(end.nChosen++)))),
  );
}
