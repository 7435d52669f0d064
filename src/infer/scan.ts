/**
 * Profile likelihood along one parameter: the curve on a grid, and the intervals where it stays low.
 *
 * The intervals are solved, not read off the grid; the grid serves as bracket, and shows whether the curve comes down again
 * further out.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import {
  type Analysis,
  analyse,
  type ProcedureOptions,
  type ProcedureSummary,
} from "./analysis.ts";
import { gridValues, requireGrid } from "./cls-grid.ts";
import type { CrossingTask } from "./crossing.ts";
import type { FitTarget } from "./fit.ts";
import { parameterIndex } from "./fit-setup.ts";
import type { Steps } from "./steps.ts";
import { openSurface, type Surface } from "./surface.ts";

export interface ProfileScanOptions extends ProcedureOptions {
  /** Parameter to scan. Default: the parameter of interest. */
  readonly parameter?: string;
  /** First and last value of the grid. Default: three standard deviations from the best fit, inside the bounds. */
  readonly start?: number;
  readonly stop?: number;
  /** Values on the grid. Default 31. */
  readonly points?: number;
  /** Exactly these values, instead of a grid. */
  readonly muValues?: readonly number[];
  /** Give the values of all parameters at every point. Default false. */
  readonly parameterValues?: boolean;
}

/** The conditional fit at one value; null where the scan was interrupted before it. */
export interface ScanPoint {
  readonly mu: number;
  /** One-sided statistic: 0 where `mu` is below the best fit. */
  readonly qMu: number | null;
  /** 2 (NLL here - NLL of the best fit), on both sides. */
  readonly twiceDeltaNll: number | null;
  readonly nllMu: number | null;
  readonly converged: boolean | null;
  readonly nIter: number | null;
  /** `[nParameters]`, when asked for. */
  readonly parameters?: readonly number[] | null;
}

/** Where twice the NLL stays within `level` of its minimum. */
export interface LikelihoodInterval {
  readonly level: number;
  /** Ends of the stretch around the best fit; null when there is none, for the reason in `note`. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** Why an end is null: the bound comes first, no convergence, interrupted; empty otherwise. */
  readonly note: string;
  /**
   * Every stretch below the level, ascending, the one around the best fit included: several when the curve rises above it
   * and comes down again. An end is null at a bound.
   */
  readonly pieces: readonly { readonly lower: number | null; readonly upper: number | null }[];
}

export interface ProfileScanResult extends ProcedureSummary {
  readonly parameter: string;
  /** Index of the parameter scanned. */
  readonly poiIndex: number;
  readonly muHat: number;
  /** Standard deviation from the exact Hessian; null where the fit gives none. */
  readonly sigma: number | null;
  readonly nllHat: number;
  /** Names of `parameters`, when asked for. */
  readonly parameterNames?: readonly string[];
  /** In the order of the values asked for. */
  readonly points: readonly ScanPoint[];
  readonly ci68: LikelihoodInterval;
  readonly ci95: LikelihoodInterval;
}

/** 2 Delta NLL of 68.27 % and 95 % for one parameter: quantiles of chi-squared with one degree of freedom. */
const LEVELS = { ci68: 1, ci95: 3.841458820694124 } as const;
const DEFAULT_POINTS = 31;
const DEFAULT_WIDTH = 3;
/** In standard deviations: roots closer than this are one. */
const SAME_ROOT = 1e-6;
/** In standard deviations: minima closer than this have no rise between them that matters. */
const SAME_MINIMUM = 0.05;
const MAX_OTHERS = 4;
/** Places between the best fit and another minimum. */
const BETWEEN = 15;

/**
 * Scans one parameter.
 *
 * @param values the values of the parameter, or a grid and more as options
 * @throws NextstatError `usage` for a parameter that does not exist, is fixed or has no effect in the chosen regions, a
 * grid that is none, values outside the bounds, or no parameter given for a model without POI
 */
export function* profileScanSteps(
  target: FitTarget,
  values: readonly number[] | ProfileScanOptions = {},
): Steps<ProfileScanResult> {
  const { resolved } = target;
  const options = isList(values) ? { muValues: values } : values;
  const name = options.parameter ?? options.poi;
  const index = name === undefined ? resolved.poi : parameterIndex(resolved, name);
  if (index === null) {
    throw new NextstatError("usage", "the model has no parameter of interest to scan", {
      hint: "name the parameter to scan",
    });
  }
  checkGrid(options);
  return yield* analyse(target, options, true, (analysis) => scan(analysis, index, options));
}

function isList(values: readonly number[] | ProfileScanOptions): values is readonly number[] {
  return Array.isArray(values);
}

function checkGrid({ start, stop, points, muValues }: ProfileScanOptions): void {
  if (muValues === undefined) {
    for (const end of [start, stop]) {
      if (end !== undefined && !Number.isFinite(end))
        requireGrid({ start: end, stop: 0, points: 2 });
    }
    requireGrid({
      start: start ?? (stop ?? 1) - 1,
      stop: stop ?? (start ?? 0) + 1,
      points: points ?? DEFAULT_POINTS,
    });
    return;
  }
  if (start !== undefined || stop !== undefined || points !== undefined) {
    throw new NextstatError("usage", "both a grid and a list of values to scan", {
      hint: "give one of the two",
    });
  }
  const bad = muValues.find((mu) => typeof mu !== "number" || !Number.isFinite(mu));
  if (muValues.length === 0 || bad !== undefined) {
    throw new NextstatError(
      "usage",
      bad === undefined ? "no values to scan" : `cannot scan the value ${bad}`,
      { hint: "give finite numbers" },
    );
  }
}

/** @throws NextstatError `usage` for a parameter that cannot be held at other values */
export function requireScannable(analysis: Analysis, index: number): void {
  const { setup, resolved } = analysis;
  if (setup.box.fixed[index] !== 1) return;
  const name = resolved.parameters[index]?.name;
  throw new NextstatError(
    "usage",
    setup.detached.has(index)
      ? `the chosen regions do not depend on "${name}"`
      : `the parameter "${name}" is fixed`,
    { hint: "free it, or scan another one" },
  );
}

/** @throws NextstatError `usage` for values outside the bounds */
export function requireWithin(analysis: Analysis, index: number, values: readonly number[]): void {
  const lower = analysis.setup.box.lower[index] as number;
  const upper = analysis.setup.box.upper[index] as number;
  const outside = [...values.slice(-1), ...values].find((v) => !(v >= lower && v <= upper));
  if (outside === undefined) return;
  const name = analysis.resolved.parameters[index]?.name;
  throw new NextstatError(
    "usage",
    `the scan goes to ${outside}, outside the bounds [${lower}, ${upper}] of "${name}"`,
    { hint: "scan inside, or widen the bounds" },
  );
}

/** Three standard deviations on both sides of the best fit, inside the bounds. */
export function defaultRange(
  analysis: Analysis,
  index: number,
  variance: number | undefined,
): readonly [number, number] {
  const lower = analysis.setup.box.lower[index] as number;
  const upper = analysis.setup.box.upper[index] as number;
  if (!(variance !== undefined && variance > 0)) return [lower, upper];
  const hat = analysis.best().solution.x[index] as number;
  const width = DEFAULT_WIDTH * Math.sqrt(variance);
  return [Math.max(hat - width, lower), Math.min(hat + width, upper)];
}

/** The variance of the exact Hessian, or of the Fisher operator where that has none. */
export function varianceOf(
  analysis: Analysis,
  index: number,
  fisher: number | undefined,
): number | undefined {
  const exact = analysis.best().variance[index] as number;
  return exact > 0 ? exact : fisher;
}

function* scan(
  analysis: Analysis,
  index: number,
  options: ProfileScanOptions,
): Steps<ProfileScanResult> {
  requireScannable(analysis, index);
  const surface = openSurface(analysis, [index]);
  const muHat = surface.origin[0] as number;
  const variance = varianceOf(analysis, index, surface.covariance?.[0]?.[0]);
  const values = valuesToScan(analysis, index, options, variance);
  const nllHat = analysis.best().solution.value;
  const others = placesOfOthers(analysis, index, muHat, variance);
  const places = [...new Set([...values, ...others])].sort((a, b) => a - b);
  const asked = places.map((mu) => ({ place: [mu], explore: analysis.explore }));
  yield* surface.fit(asked, "profile");
  const line = [...new Set([...places, muHat])].sort((a, b) => a - b);
  yield* surface.settle(line.slice(1).map((mu, k) => [[line[k] as number], [mu]]));

  const width = Math.sqrt(variance ?? Number.NaN);
  const ci68 = yield* intervalOf(analysis, surface, index, LEVELS.ci68, width, line);
  const ci95 = yield* intervalOf(analysis, surface, index, LEVELS.ci95, width, line);
  const exact = analysis.best().variance[index] as number;
  const name = analysis.resolved.parameters[index]?.name as string;
  for (const [text, { pieces }] of [
    ["68", ci68],
    ["95", ci95],
  ] as const) {
    if (pieces.length > 1) {
      analysis.warn(
        `the ${text} % interval of "${name}" has ${pieces.length} pieces: the curve rises above the level between them`,
      );
    }
  }
  return {
    parameter: name,
    poiIndex: index,
    muHat,
    sigma: exact > 0 ? Math.sqrt(exact) : null,
    nllHat,
    ...(options.parameterValues === true
      ? { parameterNames: analysis.resolved.parameters.map((p) => p.name) }
      : {}),
    points: values.map((mu) => pointOf(surface, mu, muHat, options)),
    ci68,
    ci95,
    ...analysis.summary(),
  };
}

/**
 * Where the other minima within the levels are, and places on the way there: a curve that rises in between must not depend
 * on the grid to be seen.
 */
function placesOfOthers(
  analysis: Analysis,
  index: number,
  muHat: number,
  variance: number | undefined,
): readonly number[] {
  const { minima } = analysis.found();
  const nllHat = analysis.best().solution.value;
  const near = SAME_MINIMUM * Math.sqrt(variance ?? 0);
  const ends: number[] = [];
  for (const { x, value } of minima) {
    const mu = x[index] as number;
    if (2 * (value - nllHat) >= LEVELS.ci95) continue;
    if ([muHat, ...ends].every((at) => Math.abs(mu - at) > near)) ends.push(mu);
  }
  return ends
    .slice(0, MAX_OTHERS)
    .flatMap((mu) => gridValues({ start: muHat, stop: mu, points: BETWEEN + 2 }));
}

function valuesToScan(
  analysis: Analysis,
  index: number,
  options: ProfileScanOptions,
  variance: number | undefined,
): readonly number[] {
  const { muValues, start, stop, points } = options;
  // First, so that an end outside is not compared with the default of the other.
  requireWithin(
    analysis,
    index,
    [start, stop].filter((end) => end !== undefined),
  );
  const [low, high] = defaultRange(analysis, index, variance);
  const grid = { start: start ?? low, stop: stop ?? high, points: points ?? DEFAULT_POINTS };
  if (muValues === undefined) requireGrid(grid);
  const values = muValues ?? gridValues(grid);
  requireWithin(analysis, index, values);
  return values;
}

function pointOf(
  surface: Surface,
  mu: number,
  muHat: number,
  options: ProfileScanOptions,
): ScanPoint {
  const point = surface.at([mu]);
  const twiceDeltaNll = surface.twiceDelta([mu]);
  return {
    mu,
    qMu: twiceDeltaNll === null ? null : mu < muHat ? 0 : twiceDeltaNll,
    twiceDeltaNll,
    nllMu: point?.nll ?? null,
    converged: point?.converged ?? null,
    nIter: point?.nIter ?? null,
    ...(options.parameterValues === true
      ? { parameters: point === undefined ? null : Array.from(point.x) }
      : {}),
  };
}

/** A place on the curve: whether it is below the level, and where the level is expected from there. */
interface Known {
  readonly mu: number;
  readonly below: boolean;
  readonly guess: number;
}

function* intervalOf(
  analysis: Analysis,
  surface: Surface,
  index: number,
  level: number,
  sigma: number,
  line: readonly number[],
): Steps<LikelihoodInterval> {
  const { solution } = analysis.best();
  const { box } = analysis.setup;
  const muHat = surface.origin[0] as number;
  const up = level / 2;
  const known: Known[] = line.flatMap((mu) => {
    const point = surface.at([mu]);
    if (point === undefined) return [];
    const rise = point.nll - solution.value;
    const root = Math.sqrt(Math.max(rise, 0));
    const guess =
      root > 0
        ? mu + ((Math.sqrt(up) - root) * 2 * root) / (point.slopes[0] as number)
        : Number.NaN;
    return [{ mu, below: rise < up, guess }];
  });
  const taskFrom = (inner: Known, outer: Known | null, sign: 1 | -1): CrossingTask => {
    const bound = (sign > 0 ? box.upper[index] : box.lower[index]) as number;
    const width = sigma > 0 ? sigma : 0.1 * Math.abs(bound - muHat);
    const far = outer?.mu ?? bound;
    const fits = (mu: number): boolean => (mu - inner.mu) * sign > 0 && (far - mu) * sign > 0;
    const plain = muHat + sign * Math.sqrt(level) * width;
    const middle = outer === null ? far : (inner.mu + far) / 2;
    const first = [inner.guess, outer?.guess ?? Number.NaN, plain].find(fits) ?? middle;
    return {
      origin: muHat,
      x: surface.at([inner.mu])?.x ?? solution.x,
      nll: solution.value,
      sign,
      bound,
      up,
      sigma: width,
      bracket: { inner: inner.mu, outer: outer?.mu ?? null, first },
    };
  };
  const roots: number[] = [];
  const reasons: string[] = [];
  const solve = function* (tasks: readonly CrossingTask[]): Steps<void> {
    const found = yield* surface.cross(
      tasks.map((task) => ({ line: { start: [0], direction: [1] }, task })),
      "ends of the intervals",
    );
    found.forEach((crossing, k) => {
      const task = tasks[k] as CrossingTask;
      if (crossing === null) reasons.push(`${sideOf(task)}: interrupted`);
      else if (crossing.at !== null) roots.push(crossing.at);
      else reasons.push(`${sideOf(task)}: ${crossing.reason}`);
    });
  };

  const outwards = ([1, -1] as const).map((sign) => {
    const side = known
      .filter(({ mu }) => (mu - muHat) * sign >= 0)
      .sort((a, b) => (a.mu - b.mu) * sign);
    const at = side.findIndex(({ below }) => !below);
    const outer = at < 0 ? null : (side[at] as Known);
    return taskFrom((at < 0 ? side.at(-1) : side[at - 1]) as Known, outer, sign);
  });
  yield* solve(outwards);
  // Wherever the grid changes sides without a root in between, there is another piece, or a hole.
  const tolerance = SAME_ROOT * (sigma > 0 ? sigma : 1);
  const further = known.slice(1).flatMap((right, k) => {
    const left = known[k] as Known;
    if (left.below === right.below) return [];
    const has = roots.some((r) => r > left.mu - tolerance && r < right.mu + tolerance);
    if (has) return [];
    return [left.below ? taskFrom(left, right, 1) : taskFrom(right, left, -1)];
  });
  if (!analysis.interrupted()) yield* solve(further);
  const pieces = piecesOf(roots, known, muHat, tolerance);
  const main = pieces.find(
    ({ lower, upper }) =>
      (lower ?? Number.NEGATIVE_INFINITY) <= muHat && (upper ?? Number.POSITIVE_INFINITY) >= muHat,
  );
  return {
    level,
    lower: main?.lower ?? null,
    upper: main?.upper ?? null,
    note: reasons.sort().join("; "),
    pieces,
  };
}

function sideOf(task: CrossingTask): string {
  return task.sign > 0 ? "upper" : "lower";
}

/** The stretches between roots in which some place is known to be below the level. */
function piecesOf(
  roots: readonly number[],
  known: readonly Known[],
  muHat: number,
  tolerance: number,
): LikelihoodInterval["pieces"] {
  const ends = [...roots]
    .sort((a, b) => a - b)
    .filter((r, k, all) => k === 0 || r - (all[k - 1] as number) > tolerance);
  const low = known.filter(({ below }) => below).map(({ mu }) => mu);
  return [...ends, null].flatMap((upper, k) => {
    const lower = ends[k - 1] ?? null;
    const inside = [muHat, ...low].some(
      (mu) =>
        mu > (lower ?? Number.NEGATIVE_INFINITY) + (lower === null ? 0 : tolerance) &&
        mu < (upper ?? Number.POSITIVE_INFINITY) - (upper === null ? 0 : tolerance),
    );
    return inside ? [{ lower, upper }] : [];
  });
}
