/**
 * Upper limits with toys: where CLs, from the distributions of the test statistic under both hypotheses, falls to alpha.
 *
 * The search begins at the asymptotic limits. Every strength it visits gets the same number of toys of each hypothesis, in
 * streams of its own; the limits are fitted to all strengths near them (`toy-limits.ts`), and those whose error is too large
 * get more strengths, half a standard deviation around them at most, until their errors are small enough. What is near one
 * limit serves the others too. On a grid all toys are one batch.
 *
 * The toys without signal are drawn anew for each strength, although they are of the same ensemble: common ones would give a
 * smoother curve with correlated errors, and a limit that all strengths together know no better than one.
 *
 * Sources: A. L. Read, J. Phys. G 28 (2002) 2693 (CLs); ATLAS and CMS, CMS-NOTE-2011/005 (the ensembles).
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { type Analysis, requirePoi } from "./analysis.ts";
import { N_SIGMA } from "./asymptotics.ts";
import { type Curves, expectedName, gridValues, type MuGrid, scanCls } from "./cls-grid.ts";
import { checkToyOptions, ensembleAt, knownBasins, makeToys, type ToyPlan } from "./ensembles.ts";
import type { FitTarget } from "./fit.ts";
import { asimovAt, evaluate, requireInside, warnAboutBounds } from "./hypotest.ts";
import { conditionalFits } from "./hypotest-toys.ts";
import { searchLimits, warnAboutLimits } from "./limit-search.ts";
import type { Steps } from "./steps.ts";
import { asimovCurve, observedCurve, statisticAt } from "./test-statistics.ts";
import {
  type AsymptoticPoint,
  asymptoticPoint,
  clsOf,
  estimateLimit,
  spreadAround,
  type WhichLimit,
} from "./toy-limits.ts";
import { checkEstimator, distribution } from "./toy-tails.ts";
import type { Toy } from "./toys.ts";
import { checkUpperLimitOptions, raisingBound, type UpperBound } from "./upper-limit.ts";
import {
  describe,
  type Strength,
  type Target,
  type Task,
  type UpperLimitToysOptions,
  type UpperLimitToysResult,
  warnAboutAccuracy,
} from "./upper-limit-toys-record.ts";

/** In standard deviations of CLs+b: how far from a limit its strengths lie at most. */
const SPREAD = 0.25;
/** Strengths are inside the bound of the parameter, up to this multiple of the asymptotic limits. */
const ROOM = 2;

/** How well the asymptotic limits are solved for, and in how many steps. */
const START = { rtol: 1e-3, maxIter: 80 } as const;

/**
 * Upper limit on the parameter of interest by CLs, with toys drawn at the conditional fits to the observed data.
 *
 * @throws NextstatError `usage` for an alpha outside (0, 0.5), a grid or an accuracy that is none, a number of toys or a
 * seed that is none, bounds that leave out 0, or a model without POI
 */
export function* upperLimitToysSteps(
  target: FitTarget,
  options: UpperLimitToysOptions = {},
): Steps<UpperLimitToysResult> {
  const task = checkTask(options);
  const poi = requirePoi(target.resolved, options, "an upper limit");
  return yield* raisingBound(target, options, poi, (analysis, bound) =>
    findToyLimits(analysis, poi, bound, task),
  );
}

function checkTask(options: UpperLimitToysOptions): Task {
  const { toyAccuracy = 0.05, scan } = options;
  if (!(toyAccuracy > 0 && toyAccuracy < 1)) {
    throw new NextstatError("usage", `the accuracy ${toyAccuracy} is not between 0 and 1`, {
      hint: "0.05 is the default: 5 % of the limit",
    });
  }
  const { testStat, alpha, expected, maxIter } = checkUpperLimitOptions(options);
  return {
    ...checkToyOptions(options),
    testStat,
    alpha,
    expected,
    toyAccuracy,
    maxIter,
    scan,
    pEstimator: checkEstimator(options.pEstimator),
  };
}

/** Returns null where the upper bound is too low for the toys. */
function* findToyLimits(
  analysis: Analysis,
  poi: number,
  { upper, top }: UpperBound,
  task: Task,
): Steps<UpperLimitToysResult | null> {
  const { testStat, scan, expected } = task;
  const name = analysis.resolved.parameters[poi]?.name as string;
  warnAboutBounds(analysis, poi, testStat);
  const observed = observedCurve(analysis, poi);
  const asimov = yield* asimovAt(analysis, poi, observed, 0, []);
  const curves: Curves | null =
    asimov === null ? null : { observed, expected: asimovCurve(analysis, poi, asimov) };
  const whiches: readonly WhichLimit[] = expected ? ["observed", ...N_SIGMA] : ["observed"];
  let strengths: readonly Strength[] = [];
  let targets: readonly Target[] = [];
  if (curves !== null && scan !== undefined) {
    requireInside(analysis, poi, scan.start, "the begin of the grid");
    if (scan.stop > top) return null;
    yield* scanCls(analysis, poi, testStat, curves, scan);
    strengths = yield* testStrengths(analysis, poi, curves, gridValues(scan), 0, task);
    targets = whiches.map((which) => gridTarget(which, strengths, task));
    estimate(targets, strengths, predictions(testStat, curves, strengths), task, scan);
  } else if (curves !== null) {
    const searches = yield* searchLimits(analysis, curves, name, {
      ...task,
      ...START,
      options: {},
    });
    targets = searches.map(({ what, limit, reason }, k) => ({
      what,
      which: whiches[k] as WhichLimit,
      guess: limit,
      reason,
      estimate: null,
      nChosen: 0,
    }));
    if (targets.some(({ guess }) => guess !== null && ROOM * guess > top)) return null;
    const visited = searches.flatMap((search) => search.visited);
    strengths = yield* search(analysis, poi, curves, targets, visited, top, task);
  }
  warnAboutLimits(
    analysis,
    targets.map(({ what, reason, estimate: found }) => ({
      what,
      reason,
      limit: found?.at ?? null,
    })),
    name,
    upper,
  );
  if (curves !== null && scan === undefined) warnAboutAccuracy(analysis, targets, strengths, task);
  return describe(analysis, poi, curves, targets, strengths, task);
}

/** Adds strengths until the errors of all limits are small enough, or there are enough of them. */
function* search(
  analysis: Analysis,
  poi: number,
  curves: Curves,
  targets: readonly Target[],
  visited: readonly number[],
  top: number,
  task: Task,
): Steps<readonly Strength[]> {
  let strengths: readonly Strength[] = [];
  let next = targets.flatMap(({ guess }) => guess ?? []).slice(0, task.maxIter);
  for (const target of targets) target.nChosen = target.guess === null ? 0 : 1;
  while (next.length > 0 && !analysis.interrupted()) {
    const first = 2 * strengths.length;
    strengths = [...strengths, ...(yield* testStrengths(analysis, poi, curves, next, first, task))];
    const nodes = predictions(task.testStat, curves, [
      ...strengths,
      ...visited.map((mu) => ({ mu })),
    ]);
    estimate(targets, strengths, nodes, task, { start: 0, stop: top });
    next = targets
      .flatMap((target) => chooseStrengths(target, top, task))
      .slice(0, task.maxIter - strengths.length);
  }
  return strengths;
}

/** Toys at several strengths, in streams from `first` on. Interrupted, those that could not be begun are missing. */
function* testStrengths(
  analysis: Analysis,
  poi: number,
  curves: Curves,
  values: readonly number[],
  first: number,
  { nToys, seed, fixedAux, testStat }: Task,
): Steps<readonly Strength[]> {
  const wanted = values.flatMap((mu) =>
    [curves.observed, curves.expected].map((curve) => [curve, mu] as const),
  );
  yield* evaluate(analysis, testStat, wanted, "conditional fits");
  const [b, ...points] = yield* conditionalFits(analysis, curves.observed, [0, ...values]);
  const runs = values.flatMap((mu, k) => {
    const sb = points[k];
    if (b === undefined || sb === undefined) return [];
    const plan: ToyPlan = {
      seed,
      fixedAux,
      poi,
      statistic: { type: "profile", mu, side: "upper" },
      estimates: false,
      basins: knownBasins(analysis, poi, [b, sb]),
    };
    const at = first + 2 * k;
    return [
      { mu, run: ensembleAt(analysis, b.x, at, plan), count: nToys },
      { mu, run: ensembleAt(analysis, sb.x, at + 1, plan), count: nToys },
    ];
  });
  const toys = yield* makeToys(analysis, runs, "fitting toys");
  return runs.flatMap(({ mu }, k) => {
    const predicted = predict(testStat, curves, mu);
    const [ofB, ofSb] = [toys[k] as readonly Toy[], toys[k + 1] as readonly Toy[]];
    if (k % 2 === 1 || predicted === null) return [];
    const qObs = statisticAt(testStat, curves.observed, mu).q;
    return [
      {
        ...predicted,
        qObs,
        toys: { b: ofB, sb: ofSb },
        ofB: distribution(ofB),
        ofSb: distribution(ofSb),
      },
    ];
  });
}

/** Null where a conditional fit is missing. */
function predict(testStat: "q" | "qtilde", curves: Curves, mu: number): AsymptoticPoint | null {
  const { q } = statisticAt(testStat, curves.observed, mu);
  const { q: qA } = statisticAt(testStat, curves.expected, mu);
  return q >= 0 && qA >= 0 ? asymptoticPoint(testStat, mu, q, qA) : null;
}

/** The asymptotic prediction at 0 and wherever it is known of some strengths, ascending. */
function predictions(
  testStat: "q" | "qtilde",
  curves: Curves,
  strengths: readonly { readonly mu: number }[],
): readonly AsymptoticPoint[] {
  return [...new Set([0, ...strengths.map(({ mu }) => mu)])]
    .sort((a, b) => a - b)
    .flatMap((mu) => predict(testStat, curves, mu) ?? []);
}

/** The limits as all toys have them. */
function estimate(
  targets: readonly Target[],
  strengths: readonly Strength[],
  nodes: readonly AsymptoticPoint[],
  { alpha }: Task,
  { start, stop }: Pick<MuGrid, "start" | "stop">,
): void {
  for (const target of targets) {
    const guess = target.estimate?.at ?? target.guess;
    if (guess === null || target.reason !== "" || strengths.length === 0) continue;
    const { which } = target;
    target.estimate = estimateLimit(
      { which, alpha, guess, from: start, to: stop },
      nodes,
      strengths,
    );
    if (target.estimate === null) {
      target.reason = `CLs of the toys does not cross ${alpha} between ${start} and ${stop}`;
    }
  }
}

/** A limit where the toys of a grid first fall to alpha. */
function gridTarget(which: WhichLimit, strengths: readonly Strength[], { alpha }: Task): Target {
  const cls = strengths.map((strength) => clsOf(which, strength));
  const after = cls.findIndex(
    (value, k) => value !== null && value < alpha && ((cls[k - 1] ?? 0) as number) >= alpha,
  );
  const [left, right] = [strengths[after - 1], strengths[after]];
  return {
    what: which === "observed" ? which : expectedName(which),
    which,
    guess: left === undefined || right === undefined ? null : 0.5 * (left.mu + right.mu),
    reason: after < 0 && strengths.length > 0 ? `CLs does not cross ${alpha} on the grid` : "",
    estimate: null,
    nChosen: 0,
  };
}

/** Strengths for a limit that is not known well enough: no more than it rests on already. */
function chooseStrengths(target: Target, top: number, { toyAccuracy }: Task): number[] {
  const { estimate: found } = target;
  if (found === null) return [];
  const off = found.error / (toyAccuracy * found.at);
  if (off <= 1) return [];
  const missing = Math.ceil(found.nUsed * (off ** 2 - 1));
  const count = Math.min(Math.max(missing, 1), Math.max(found.nUsed, 1));
  return Array.from({ length: count }, () => {
    const offset = SPREAD * spreadAround(target.nChosen++) * found.perSigma;
    return Math.min(Math.max(found.at + offset, 0.5 * found.at), 2 * found.at, top);
  });
}
