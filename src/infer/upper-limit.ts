/**
 * Upper limits: the signal strength at which CLs falls to alpha, observed and expected.
 *
 * An expected limit solves sqrt(qA(mu)) = constant, a function that is nearly linear; the observed one solves
 * ln CLs(mu) = ln alpha. Both derivatives come with the conditional fits (dq/dmu = 2 dNLL/dmu there), so a Newton step
 * inside a bracket takes two or three fits. The bracket is where the curve was seen on either side, so a curve with a step
 * (another minimum) is bisected.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { ln } from "../math/logarithm.ts";
import { normalCdf, normalUpperQuantile } from "../math/normal.ts";
import type { Parameter } from "../model/resolved-model.ts";
import {
  type Analysis,
  analyse,
  type ProcedureOptions,
  type ProcedureSummary,
  requirePoi,
} from "./analysis.ts";
import { expectedRoot, logCls, N_SIGMA } from "./asymptotics.ts";
import {
  type ClsPoint,
  type Curves,
  clsAt,
  expectedName,
  interpolatedLimits,
  limitNames,
  type MuGrid,
  requireGrid,
  scanCls,
} from "./cls-grid.ts";
import type { FitTarget } from "./fit.ts";
import { asimovAt, evaluate, warnAboutBounds } from "./hypotest.ts";
import { LOWER_BASIN } from "./profile.ts";
import type { Steps } from "./steps.ts";
import { asimovCurve, type Curve, observedCurve, statisticAt } from "./test-statistics.ts";

export interface UpperLimitOptions extends ProcedureOptions {
  /** 1 - confidence level. Default 0.05. */
  readonly alpha?: number;
  /** Default `qtilde`. */
  readonly testStat?: "q" | "qtilde";
  /** Give the five expected limits too. Default true. */
  readonly expected?: boolean;
  /** Relative accuracy of the limits. Default 1e-6. */
  readonly rtol?: number;
  /** Steps of a search before it gives up. Default 80. */
  readonly maxIter?: number;
  /** Where the search may begin: a limit below is an error. Default 0. */
  readonly lo?: number;
  /** First upper end of the search, doubled until CLs is below alpha. Default: from the width of the likelihood. */
  readonly hi?: number;
  /** Evaluate CLs on this grid and interpolate, instead of searching. */
  readonly scan?: MuGrid;
  /** Search, and give CLs on this grid too: `points` holds the grid instead of the strengths visited. */
  readonly grid?: MuGrid;
}

export interface UpperLimitResult extends ProcedureSummary {
  readonly poi: string;
  /** `bisection` is the search, by its traditional name: bracketed steps, halved only where Newton's fail. */
  readonly mode: "bisection" | "scan";
  readonly testStat: "q" | "qtilde";
  readonly alpha: number;
  /** Null where CLs does not fall to alpha, with a warning. */
  readonly obsLimit: number | null;
  /** The five expected limits, ascending: N sigma = 2, 1, 0, -1, -2 of `nsigmaOrder`; null when not asked for. */
  readonly expLimits: readonly (number | null)[] | null;
  readonly nsigmaOrder: readonly number[];
  readonly muHat: number;
  readonly nllHat: number;
  /** The last bracket of the observed limit; null in scan mode. */
  readonly bracket: { readonly lo: number; readonly hi: number | null } | null;
  readonly rtol: number | null;
  readonly maxIter: number | null;
  /** The grid of `points`, if they are on one. */
  readonly scan: MuGrid | null;
  /** CLs on the grid, or without one at every strength visited, ascending. */
  readonly points: readonly ClsPoint[];
}

const DEFAULTS = { alpha: 0.05, rtol: 1e-6, maxIter: 80 } as const;
const MAX_DOUBLINGS = 50;
const MAX_RAISES = 12;
/** In expected standard deviations: no limit lies nearer to 0, or farther. */
const NEAREST = 1e-4;
const FARTHEST = 1e9;

/**
 * Upper limit on the parameter of interest by CLs.
 *
 * @throws NextstatError `usage` for an alpha outside (0, 0.5), a grid that is none, a strength of 0 outside the bounds
 */
export function* upperLimitSteps(
  target: FitTarget,
  options: UpperLimitOptions = {},
): Steps<UpperLimitResult> {
  const { resolved } = target;
  const task = checkUpperLimitOptions(options);
  const poi = requirePoi(resolved, options, "an upper limit");
  const parameter = resolved.parameters[poi] as Parameter;
  const [lower, upper] = options.bounds?.[parameter.name] ?? [parameter.lower, parameter.upper];
  let bounded: ProcedureOptions = options;
  for (let raised = 0, top = upper; ; raised++) {
    const result = yield* analyse(target, bounded, false, function* (analysis) {
      // An estimate held by the bound is no estimate: lift the bound until it is free.
      const held = (analysis.best().solution.x[poi] as number) >= top;
      if (held && raised < MAX_RAISES) return null;
      if (held) {
        throw new NextstatError(
          "numeric",
          `the estimate of "${parameter.name}" grows with its upper bound, up to ${top.toPrecision(3)}`,
          { hint: "the data hardly depend on it: check the yields of its sample" },
        );
      }
      if (raised > 0) {
        analysis.warn(
          `the estimate of "${parameter.name}" lies at its upper bound ${upper}: the bound was raised to ${top}`,
        );
      }
      return yield* findLimits(analysis, poi, upper, task);
    });
    if (result !== null) return result;
    top = top > 0 ? 4 * top : top + 10;
    bounded = { ...options, bounds: { ...options.bounds, [parameter.name]: [lower, top] } };
  }
}

/** Options with their defaults. */
interface Task {
  readonly testStat: "q" | "qtilde";
  readonly alpha: number;
  readonly rtol: number;
  readonly maxIter: number;
  readonly expected: boolean;
  readonly options: UpperLimitOptions;
}

function* findLimits(
  analysis: Analysis,
  poi: number,
  upperBound: number,
  task: Task,
): Steps<UpperLimitResult> {
  const { testStat: statistic, alpha, rtol, maxIter } = task;
  const name = analysis.resolved.parameters[poi]?.name as string;
  warnAboutBounds(analysis, poi, statistic);
  const observed = observedCurve(analysis, poi);
  const asimov = yield* asimovAt(analysis, poi, observed, 0, []);
  const curves: Curves | null =
    asimov === null ? null : { observed, expected: asimovCurve(analysis, poi, asimov) };
  const common = {
    poi: name,
    testStat: statistic,
    alpha,
    nsigmaOrder: [...N_SIGMA],
    muHat: observed.muHat,
    nllHat: observed.nllHat,
  };
  const { scan, grid } = task.options;
  if (scan !== undefined) {
    const points = curves === null ? [] : yield* scanCls(analysis, poi, statistic, curves, scan);
    return {
      ...common,
      mode: "scan",
      ...interpolatedLimits(analysis, points, alpha, task.expected),
      bracket: null,
      rtol: null,
      maxIter: null,
      scan,
      points,
      ...analysis.summary(),
    };
  }
  const searches = curves === null ? [] : openSearches(curves, task);
  if (curves !== null) yield* requireBelow(analysis, searches, name, task);
  yield* solve(analysis, searches, task);
  if (analysis.interrupted() && analysis.explore) {
    for (const search of searches) if (!search.verified) search.limit = null;
  }
  warnAboutLimits(analysis, searches, name, upperBound);
  const [first, ...others] = searches;
  const visited = [...new Set(searches.flatMap((s) => s.visited))].sort((a, b) => a - b);
  const onGrid =
    grid === undefined || curves === null
      ? null
      : yield* scanCls(analysis, poi, statistic, curves, grid);
  return {
    ...common,
    mode: "bisection",
    obsLimit: first?.limit ?? null,
    expLimits: task.expected ? N_SIGMA.map((_, k) => others[k]?.limit ?? null) : null,
    bracket: first === undefined ? null : { lo: first.lo, hi: finite(first.hi) },
    rtol,
    maxIter,
    scan: grid ?? null,
    points: onGrid ?? (curves === null ? [] : visited.map((mu) => clsAt(statistic, curves, mu))),
    ...analysis.summary(),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/**
 * The options with their defaults, checked as far as they do not depend on the model.
 *
 * @throws NextstatError `usage`
 */
export function checkUpperLimitOptions(options: UpperLimitOptions): Task {
  const task: Task = {
    testStat: options.testStat ?? "qtilde",
    alpha: options.alpha ?? DEFAULTS.alpha,
    rtol: options.rtol ?? DEFAULTS.rtol,
    maxIter: options.maxIter ?? DEFAULTS.maxIter,
    expected: options.expected ?? true,
    options,
  };
  const { alpha, rtol, maxIter, testStat } = task;
  const refuse = (problem: string, hint: string): never => {
    throw new NextstatError("usage", problem, { hint });
  };
  if (!(alpha > 0 && alpha < 0.5))
    refuse(`alpha ${alpha} is not between 0 and 0.5`, "0.05 is a limit at 95 % confidence level");
  if (!(rtol > 0 && rtol < 1))
    refuse(`the relative accuracy ${rtol} is not between 0 and 1`, "1e-6 is the default");
  if (!(Number.isInteger(maxIter) && maxIter > 0))
    refuse(`${maxIter} is not a number of iterations`, "give a positive integer");
  if (testStat !== "q" && testStat !== "qtilde")
    refuse(`${testStat} gives no upper limit`, "choose q or qtilde");
  const { lo, hi, scan, grid } = options;
  if (lo !== undefined && !(Number.isFinite(lo) && lo >= 0))
    refuse(`the search cannot begin at ${lo}`, "give 0 or more");
  if (hi !== undefined && !(Number.isFinite(hi) && hi > (lo ?? 0)))
    refuse(`the search cannot end at ${hi}`, "give a number above its begin");
  if (scan !== undefined && grid !== undefined)
    refuse("both a scan and a search with a grid", "give one of scan and grid");
  const asked = scan ?? grid;
  if (asked !== undefined) requireGrid(asked);
  return task;
}

/** One limit being searched for: the root of a function of mu that rises through 0. */
interface Search {
  readonly what: string;
  readonly curves: readonly Curve[];
  /** Value at a strength whose conditional fits have been made, and a model of the function around it. */
  readonly at: (mu: number) => Local;
  /** The strength that the data resolve: expected standard deviation of the estimate. */
  readonly sigma: number;
  lo: number;
  hi: number;
  next: number | null;
  limit: number | null;
  reason: string;
  nSteps: number;
  nDoublings: number;
  /** Whether other minima have been looked for at `next`. */
  verified: boolean;
  readonly visited: number[];
}

interface Local {
  readonly value: number;
  /** The function as it looks from here: sqrt(q) and sqrt(qA) continued in straight lines. */
  readonly model: (mu: number) => number;
}

function openSearches(curves: Curves, task: Task): Search[] {
  const { testStat: statistic, alpha, options } = task;
  const { observed, expected } = curves;
  const lo = options.lo ?? 0;
  // Without a response the curve is flat: begin anywhere and double.
  const sigma = Math.sqrt(expected.response?.variance ?? 1);
  const open = (
    what: string,
    fitted: readonly Curve[],
    at: Search["at"],
    guess: number,
  ): Search => ({
    what,
    curves: fitted,
    at,
    sigma,
    lo,
    hi: Number.POSITIVE_INFINITY,
    next: Math.max(
      options.hi === undefined ? guess : Math.min(guess, options.hi),
      lo + 1e-6 * sigma,
    ),
    limit: null,
    reason: "",
    nSteps: 0,
    nDoublings: 0,
    verified: false,
    visited: [],
  });
  const wanted = ln(alpha);
  const observedAt = (mu: number): Local => {
    const [root, slope] = rootOf(statistic, observed, mu);
    const [rootA, slopeA] = rootOf(statistic, expected, mu);
    const f = (r: number, rA: number): number =>
      rA > 0 ? wanted - logCls(statistic, Math.max(r, 0), rA) : wanted;
    return {
      value: f(root, rootA),
      model: (m) => f(root + slope * (m - mu), rootA + slopeA * (m - mu)),
    };
  };
  // mu + sigma Phi^-1(1 - alpha Phi(mu/sigma)): the limit were q an exact parabola.
  const guess =
    observed.muHat + sigma * normalUpperQuantile(alpha * normalCdf(observed.muHat / sigma));
  const searches = [open("observed", [observed, expected], observedAt, guess)];
  if (!task.expected) return searches;
  for (const n of N_SIGMA) {
    const goal = expectedRoot(n, alpha);
    const at = (mu: number): Local => {
      const [rootA, slopeA] = rootOf(statistic, expected, mu);
      return { value: rootA - goal, model: (m) => rootA + slopeA * (m - mu) - goal };
    };
    searches.push(open(expectedName(n), [expected], at, goal * sigma));
  }
  return searches;
}

/** sqrt(q) and its derivative. */
function rootOf(statistic: "q" | "qtilde", curve: Curve, mu: number): [number, number] {
  const { q, slope } = statisticAt(statistic, curve, mu);
  const root = Math.sqrt(q);
  if (!(root > 0))
    return [root, Math.sqrt(1 / (curve.response?.variance ?? Number.POSITIVE_INFINITY))];
  return [root, slope / (2 * root)];
}

/**
 * Checks that the limits lie above the begin of the search where the caller has chosen one; at 0 CLs is 1.
 *
 * @throws NextstatError `usage`
 */
function* requireBelow(
  analysis: Analysis,
  searches: readonly Search[],
  name: string,
  { testStat, options: { lo = 0 } }: Task,
): Steps<void> {
  if (lo === 0) return;
  const curves = [...new Set(searches.flatMap((search) => search.curves))];
  const wanted = curves.map((curve) => [curve, lo] as const);
  yield* evaluate(analysis, testStat, wanted, "looking at the begin of the search");
  if (analysis.interrupted()) return;
  const early = searches.find(({ at }) => at(lo).value > 0);
  if (early === undefined) return;
  throw new NextstatError(
    "usage",
    `the ${early.what} limit on "${name}" lies below the begin of the search, ${lo}`,
    { hint: "begin at a smaller value" },
  );
}

/** Steps of every search side by side, until each has its limit or a reason why there is none. */
function* solve(analysis: Analysis, searches: readonly Search[], task: Task): Steps<void> {
  const { testStat: statistic } = task;
  for (;;) {
    const active = searches.filter((s) => s.next !== null);
    if (active.length === 0) return;
    const wanted = active.flatMap((s) =>
      s.curves.map((curve) => [curve, s.next as number] as const),
    );
    yield* evaluate(analysis, statistic, wanted, "searching for the limits", false);
    if (analysis.interrupted()) return;
    for (const search of active) advance(search, task);
    // A limit stands when other minima have been looked for next to it.
    const settled = searches.filter((s) => s.limit !== null && !s.verified);
    if (searches.some((s) => s.next !== null) || settled.length === 0 || !analysis.explore)
      continue;
    const places = settled.flatMap((s) =>
      s.curves.map((curve) => [curve, s.visited.at(-1) as number] as const),
    );
    const lower = yield* verify(analysis, statistic, places);
    if (analysis.interrupted()) return;
    for (const search of settled) {
      search.verified = true;
      if (!search.curves.some((curve) => lower.has(curve))) continue;
      const place = search.visited.at(-1) as number;
      Object.assign(search, {
        lo: task.options.lo ?? 0,
        hi: Number.POSITIVE_INFINITY,
        next: place,
        limit: null,
        verified: false,
      });
    }
  }
}

/** Judges the point just fitted and chooses the next, or ends the search. */
function advance(search: Search, { rtol, maxIter }: Task): void {
  const mu = search.next as number;
  const { value, model } = search.at(mu);
  search.visited.push(mu);
  search.nSteps++;
  search.next = null;
  if (Number.isNaN(value)) {
    search.reason = "CLs is not a number on the way to it";
    return;
  }
  if (value > 0) search.hi = Math.min(search.hi, mu);
  else search.lo = Math.max(search.lo, mu);
  if (search.hi < NEAREST * search.sigma) {
    search.reason = "CLs is below alpha as near to 0 as can be told";
    return;
  }
  if (value <= 0 && mu > FARTHEST * search.sigma) {
    search.reason = "CLs stays above alpha, however large the signal";
    return;
  }
  const next = rootOfModel(model, mu, value, search);
  const close = Math.abs(next - mu) <= rtol * Math.max(Math.abs(next), 1e-300);
  const narrow = search.hi < Number.POSITIVE_INFINITY && search.hi - search.lo <= rtol * search.hi;
  if (value === 0 || close || narrow) {
    search.limit = value === 0 ? mu : next;
    return;
  }
  if (search.nSteps >= maxIter) {
    search.reason = `no convergence within ${maxIter} ${maxIter === 1 ? "step" : "steps"}`;
    return;
  }
  if (search.hi === Number.POSITIVE_INFINITY && ++search.nDoublings > MAX_DOUBLINGS) {
    search.reason = "CLs stays above alpha, however large the signal";
    return;
  }
  search.next = next;
}

/** The root of the local model inside the bracket; the middle of the bracket where the model has none there. */
function rootOfModel(
  model: (mu: number) => number,
  mu: number,
  value: number,
  { lo, hi }: Search,
): number {
  // Twice and a half as far as we are: a model is not trusted further.
  const far = hi === Number.POSITIVE_INFINITY ? Math.max(2.5 * mu, mu + 1e-9) : hi;
  let low = value > 0 ? lo : mu;
  let high = value > 0 ? mu : far;
  if (value > 0 ? model(low) > 0 : !(model(high) > 0)) {
    return value > 0 || hi < Number.POSITIVE_INFINITY ? 0.5 * (low + high) : far;
  }
  for (let k = 0; k < 200 && high - low > 1e-15 * Math.abs(high); k++) {
    const middle = 0.5 * (low + high);
    if (middle === low || middle === high) break;
    if (model(middle) > 0) high = middle;
    else low = middle;
  }
  return 0.5 * (low + high);
}

/** Looks for other minima at these places; returns the curves on which something lower turned up. */
function* verify(
  analysis: Analysis,
  statistic: "q" | "qtilde",
  places: readonly (readonly [Curve, number])[],
): Steps<ReadonlySet<Curve>> {
  const before = places.map(([curve, mu]) => curve.at(mu)?.nll);
  yield* evaluate(analysis, statistic, places, "looking for other minima", true);
  // What one place has shown is tried at all.
  yield* evaluate(analysis, statistic, places, "comparing other minima", false);
  const lower = new Set<Curve>();
  places.forEach(([curve, mu], k) => {
    const now = curve.at(mu)?.nll;
    if (now !== undefined && now < (before[k] as number) - LOWER_BASIN) lower.add(curve);
  });
  return lower;
}

/** One warning for all limits that have the same to say. */
function warnAboutLimits(
  analysis: Analysis,
  searches: readonly Search[],
  name: string,
  upperBound: number,
): void {
  const beyond = searches.filter(({ limit }) => limit !== null && limit > upperBound);
  if (beyond.length > 0) {
    const whose = limitNames(beyond.map(({ what }) => what));
    const lie = beyond.length === 1 ? "lies" : "lie";
    analysis.warn(
      `${whose} ${lie} beyond the upper bound ${upperBound} of "${name}": the search was continued there`,
    );
  }
  const failed = searches.filter(({ limit, reason }) => limit === null && reason !== "");
  for (const reason of new Set(failed.map((search) => search.reason))) {
    const same = failed.filter((search) => search.reason === reason);
    analysis.warn(`no value for ${limitNames(same.map(({ what }) => what))}: ${reason}`);
  }
}
