/**
 * Upper limits: the signal strength at which CLs falls to alpha, observed and expected.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { Parameter } from "../model/resolved-model.ts";
import {
  type Analysis,
  analyse,
  type ProcedureOptions,
  type ProcedureSummary,
  requirePoi,
} from "./analysis.ts";
import { N_SIGMA } from "./asymptotics.ts";
import {
  type ClsPoint,
  type Curves,
  clsAt,
  interpolatedLimits,
  type MuGrid,
  requireGrid,
  scanCls,
} from "./cls-grid.ts";
import type { FitTarget } from "./fit.ts";
import { asimovAt, warnAboutBounds } from "./hypotest.ts";
import { type LimitTask, searchLimits, warnAboutLimits } from "./limit-search.ts";
import type { Steps } from "./steps.ts";
import { asimovCurve, observedCurve } from "./test-statistics.ts";

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
const MAX_RAISES = 12;

/**
 * Upper limit on the parameter of interest by CLs.
 *
 * @throws NextstatError `usage` for an alpha outside (0, 0.5), a grid that is none, a strength of 0 outside the bounds
 */
export function* upperLimitSteps(
  target: FitTarget,
  options: UpperLimitOptions = {},
): Steps<UpperLimitResult> {
  const task = checkUpperLimitOptions(options);
  const poi = requirePoi(target.resolved, options, "an upper limit");
  return yield* raisingBound(target, options, poi, (analysis, { upper }) =>
    findLimits(analysis, poi, upper, task),
  );
}

/** The upper bound of the parameter of interest as it is meant, and as it is. */
export interface UpperBound {
  readonly upper: number;
  readonly top: number;
}

/**
 * Runs a procedure for limits, which are looked for beyond the upper bound of the parameter of interest too. An estimate held
 * by the bound is no estimate: the bound is raised until it is free.
 *
 * @param body returns null where it needs a higher bound
 */
export function* raisingBound<R>(
  target: FitTarget,
  options: ProcedureOptions,
  poi: number,
  body: (analysis: Analysis, bound: UpperBound) => Steps<R | null>,
): Steps<R> {
  const parameter = target.resolved.parameters[poi] as Parameter;
  const [lower, upper] = options.bounds?.[parameter.name] ?? [parameter.lower, parameter.upper];
  let bounded: ProcedureOptions = options;
  let wasHeld = false;
  for (let raised = 0, top = upper; ; raised++) {
    const result = yield* analyse(target, bounded, false, function* (analysis) {
      const held = (analysis.best().solution.x[poi] as number) >= top;
      wasHeld ||= held;
      if (held && raised < MAX_RAISES) return null;
      if (held) {
        throw new NextstatError(
          "numeric",
          `the estimate of "${parameter.name}" grows with its upper bound, up to ${top.toPrecision(3)}`,
          { hint: "the data hardly depend on it: check the yields of its sample" },
        );
      }
      if (wasHeld) {
        analysis.warn(
          `the estimate of "${parameter.name}" lies at its upper bound ${upper}: the bound was raised to ${top}`,
        );
      }
      return yield* body(analysis, { upper, top });
    });
    if (result !== null) return result;
    top = top > 0 ? 4 * top : top + 10;
    bounded = { ...options, bounds: { ...options.bounds, [parameter.name]: [lower, top] } };
  }
}

/** Options with their defaults. */
interface Task extends LimitTask {
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
  const searches = curves === null ? [] : yield* searchLimits(analysis, curves, name, task);
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
