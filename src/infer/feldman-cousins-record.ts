import type { Analysis, ProcedureOptions, ProcedureSummary } from "./analysis.ts";
import type { MuGrid } from "./cls-grid.ts";
import { countToys, type ToyCounts, type ToyOptions, warnAboutToys } from "./ensembles.ts";
import type { Curve } from "./test-statistics.ts";
import { deviationFrom, type EndEstimate } from "./toy-ends.ts";
import { pValue, quantile } from "./toy-tails.ts";
import type { Toy } from "./toys.ts";

export interface FeldmanCousinsOptions extends ProcedureOptions, ToyOptions {
  /** Toys at each strength. Default 1000. */
  readonly nToys?: number;
  /** Confidence levels, each in (0, 1). Default 68.27 % (one standard deviation) and 95 %. */
  readonly cl?: readonly number[];
  /** Error of an end due to the number of toys that is enough, relative to the length of the interval. Default 0.02. */
  readonly toyAccuracy?: number;
  /** Strengths with toys before the search gives up. Default 80. */
  readonly maxIter?: number;
  /** Toys on this grid, inside the bounds of the parameter, in one batch, instead of a search. */
  readonly scan?: MuGrid;
}

/** An interval of one confidence level. */
export interface UnifiedInterval {
  readonly cl: number;
  /** Null where the p-value does not fall to 1 - cl on the grid, with a warning that says why, or before an interruption. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** Standard deviation due to the number of toys; null where the end is a bound of the parameter. */
  readonly lowerError: number | null;
  readonly upperError: number | null;
  /** Whether the end is the bound of the parameter: no strength up to there is rejected. */
  readonly lowerAtBound: boolean;
  readonly upperAtBound: boolean;
}

/** One strength of the belt. */
export interface BeltPoint extends ToyCounts {
  readonly mu: number;
  /** The statistic of the data. */
  readonly t: number;
  /** Share of the toys whose statistic is at least that, and its binomial error; null without toys. */
  readonly p: number | null;
  readonly pError: number | null;
  /** The statistic at which each confidence level ends; null without toys. */
  readonly critical: readonly number[] | null;
}

export interface FeldmanCousinsResult extends ProcedureSummary {
  readonly poi: string;
  readonly mode: "search" | "scan";
  /** One for each confidence level, in the order asked for. */
  readonly intervals: readonly UnifiedInterval[];
  readonly muHat: number;
  readonly nllHat: number;
  /** Null in scan mode. */
  readonly toyAccuracy: number | null;
  readonly maxIter: number | null;
  readonly scan: MuGrid | null;
  /** The confidence belt: every strength with toys, ascending. */
  readonly points: readonly BeltPoint[];
  readonly seed: number;
}

/** Binomial standard deviations that tell a strength on the wrong side of an end from chance. */
const WRONG_SIDE = 4;
/** In errors of an end: strengths this near may lie on either side. */
const NEAR_END = 3;

/** Of the interval: an end in one gap of a grid whose error is larger is named in a warning. */
export const TOY_ACCURACY = 0.02;

/** Options with their defaults. */
export interface Task extends Required<ToyOptions> {
  readonly cl: readonly number[];
  readonly toyAccuracy: number;
  readonly maxIter: number;
  readonly scan: MuGrid | undefined;
}

/** One end of one interval, in distances from the best fit. */
export interface End {
  readonly cl: number;
  readonly side: -1 | 1;
  /** Distances of the first and the last value there is. The last is negative where the grid ends on the other side. */
  readonly first: number;
  readonly last: number;
  guess: number;
  estimate: EndEstimate | null;
  /** Strengths chosen for it. */
  nChosen: number;
}

/** A strength and its toys. */
export interface Strength {
  readonly mu: number;
  readonly t: number;
  readonly toys: readonly Toy[];
  readonly sorted: Float64Array;
}

/** `95 %` for 0.95. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`;
}

export function describe(
  analysis: Analysis,
  poi: number,
  curve: Curve,
  ends: readonly End[],
  strengths: readonly Strength[],
  bounds: { readonly from: number; readonly to: number },
  task: Task,
): FeldmanCousinsResult {
  const { scan, cl: levels } = task;
  const intervals = levels.map((cl, k) => {
    const [below, above] = [ends[2 * k] as End, ends[2 * k + 1] as End];
    const lower = describeEnd(below, curve.muHat, bounds.from);
    const upper = describeEnd(above, curve.muHat, bounds.to);
    return {
      cl,
      lower: lower.at,
      upper: upper.at,
      lowerError: lower.error,
      upperError: upper.error,
      lowerAtBound: lower.atBound,
      upperAtBound: upper.atBound,
    };
  });
  const points = strengths
    .toSorted((a, b) => a.mu - b.mu)
    .map(({ mu, t, toys, sorted }): BeltPoint => {
      const p = pValue(sorted, t, "count");
      return {
        mu,
        t,
        p: p?.value ?? null,
        pError: p?.error ?? null,
        critical: sorted.length === 0 ? null : levels.map((cl) => quantile(sorted, cl)),
        ...countToys(toys),
      };
    });
  warnAboutToys(analysis, points);
  if (!analysis.interrupted()) {
    if (scan !== undefined) warnAboutGrid(analysis, intervals, ends, curve.muHat, scan);
    warnAboutIntervals(analysis, intervals, ends, strengths, curve.muHat);
  }
  return {
    poi: analysis.resolved.parameters[poi]?.name as string,
    mode: scan === undefined ? "search" : "scan",
    intervals,
    muHat: curve.muHat,
    nllHat: curve.nllHat,
    toyAccuracy: scan === undefined ? task.toyAccuracy : null,
    maxIter: scan === undefined ? task.maxIter : null,
    scan: scan ?? null,
    points,
    seed: task.seed,
    ...analysis.summary(),
  };
}

function describeEnd(
  { estimate: found, side, last }: End,
  muHat: number,
  bound: number,
): { at: number | null; error: number | null; atBound: boolean } {
  if (found !== null && found.at !== null) {
    return { at: muHat + side * found.at, error: found.error, atBound: false };
  }
  // The last value, as it was given: not what is left of it after two subtractions.
  const reached = last === 0 || found?.missing === "beyond";
  const atBound = reached && Math.abs(side * (bound - muHat) - last) === 0;
  return { at: atBound ? bound : null, error: null, atBound };
}

/** What a grid does not tell of the ends. */
function warnAboutGrid(
  analysis: Analysis,
  intervals: readonly UnifiedInterval[],
  ends: readonly End[],
  muHat: number,
  { start, stop }: MuGrid,
): void {
  const grid = `the grid, ${start} to ${stop},`;
  const best = `the best fit, ${Number(muHat.toPrecision(4))}`;
  intervals.forEach(({ cl, lower, upper, lowerError, upperError }, k) => {
    const values = [lower, upper];
    const errors = [lowerError, upperError];
    const length = lower === null || upper === null ? null : upper - lower;
    ends.slice(2 * k, 2 * k + 2).forEach(({ side, last, estimate: found }, which) => {
      const name = `the ${side > 0 ? "upper" : "lower"} end at ${percent(cl)}`;
      const alpha = Number((1 - cl).toPrecision(4));
      if (values[which] === null) {
        const reason =
          last < 0
            ? `${grid} does not reach ${best}`
            : last === 0
              ? `${grid} ends at ${best}`
              : found?.missing === "before"
                ? `${grid} does not reach the interval: the p-value is below ${alpha} from ${side > 0 ? start : stop} on`
                : found === null
                  ? "there are no toys on that side"
                  : `the p-value stays above ${alpha} to the end of the grid`;
        analysis.warn(`no value for ${name}: ${reason}`);
        return;
      }
      const error = errors[which] as number | null;
      if (error === null || found === null || found.nUndecided > 0) return;
      if (length !== null && error <= TOY_ACCURACY * length) return;
      const [from, to] = [found.from, found.to]
        .map((distance) => Number((muHat + side * distance).toPrecision(4)))
        .sort((a, b) => a - b);
      analysis.warn(
        `${name} is anywhere between ${from} and ${to}: nothing on the grid is in between`,
        "toy_accuracy",
      );
    });
  });
}

function warnAboutIntervals(
  analysis: Analysis,
  intervals: readonly UnifiedInterval[],
  ends: readonly End[],
  strengths: readonly Strength[],
  muHat: number,
): void {
  for (const { cl, lower, upper, lowerError, upperError, upperAtBound } of intervals) {
    const level = percent(cl);
    if (upperAtBound) {
      analysis.warn(
        `the interval at ${level} reaches the upper bound ${upper} of the parameter: widen it unless it is physical`,
      );
    }
    // A grid beside the interval has no strength inside.
    if (ends.some((end) => end.cl === cl && end.estimate?.missing === "before")) continue;
    const astray = strengths.filter(({ mu, t, sorted }) => {
      if (sorted.length === 0 || mu === muHat) return false;
      const near = (end: number | null, error: number | null): boolean =>
        end !== null && error !== null && Math.abs(mu - end) <= NEAR_END * error;
      if (near(lower, lowerError) || near(upper, upperError)) return false;
      const inside = (lower === null || mu >= lower) && (upper === null || mu <= upper);
      const off = deviationFrom(cl, t, sorted);
      return inside ? off < -WRONG_SIDE : off > WRONG_SIDE;
    });
    if (astray.length > 0) {
      const values = astray.map(({ mu }) => Number(mu.toPrecision(4))).sort((a, b) => a - b);
      analysis.warn(
        `the strengths not rejected at ${level} are no single interval: the toys at ${values.slice(0, 5).join(", ")} contradict its ends`,
        "disconnected_interval",
      );
    }
  }
}
