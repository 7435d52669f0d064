/**
 * The search for upper limits: where the asymptotic CLs falls to alpha.
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
import type { Analysis } from "./analysis.ts";
import { expectedRoot, logCls, N_SIGMA } from "./asymptotics.ts";
import { type Curves, expectedName, limitNames } from "./cls-grid.ts";
import { evaluate } from "./hypotest.ts";
import { LOWER_BASIN } from "./profile.ts";
import type { Steps } from "./steps.ts";
import { type Curve, statisticAt } from "./test-statistics.ts";

const MAX_DOUBLINGS = 50;
/** In expected standard deviations: no limit lies nearer to 0, or farther. */
const NEAREST = 1e-4;
const FARTHEST = 1e9;

/** What is searched for, and how. */
export interface LimitTask {
  readonly testStat: "q" | "qtilde";
  readonly alpha: number;
  readonly rtol: number;
  readonly maxIter: number;
  /** Whether the five expected limits are wanted. */
  readonly expected: boolean;
  /** Where the search begins, default 0, and its first upper end. */
  readonly options: { readonly lo?: number; readonly hi?: number };
}

/**
 * The searches run to their ends: the observed limit, then the expected ones in the order of `N_SIGMA`. Interrupted, those
 * around which other minima have not been looked for have no limit.
 *
 * @param name of the parameter of interest
 * @throws NextstatError `usage` when a limit lies below the begin of the search
 */
export function* searchLimits(
  analysis: Analysis,
  curves: Curves,
  name: string,
  task: LimitTask,
): Steps<readonly Search[]> {
  const searches = openSearches(curves, task);
  yield* requireBelow(analysis, searches, name, task);
  yield* solve(analysis, searches, task);
  if (analysis.interrupted() && analysis.explore) {
    for (const search of searches) if (!search.verified) search.limit = null;
  }
  return searches;
}

/** One limit being searched for: the root of a function of mu that rises through 0. */
export interface Search {
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

function openSearches(curves: Curves, task: LimitTask): Search[] {
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
  { testStat, options: { lo = 0 } }: LimitTask,
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
function* solve(analysis: Analysis, searches: readonly Search[], task: LimitTask): Steps<void> {
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
function advance(search: Search, { rtol, maxIter }: LimitTask): void {
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
export function warnAboutLimits(
  analysis: Analysis,
  searches: readonly Pick<Search, "what" | "limit" | "reason">[],
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
