/**
 * The record of upper limits with toys, and what it says about them.
 *
 * @module
 */

import type { Analysis, ProcedureSummary } from "./analysis.ts";
import { N_SIGMA } from "./asymptotics.ts";
import { type Curves, limitNames, type MuGrid } from "./cls-grid.ts";
import { countToys, type ToyCounts, type ToyOptions, warnAboutToys } from "./ensembles.ts";
import type { ExpectedSet } from "./hypotest.ts";
import { type PerHypothesis, toyExpectedSet, toyTails } from "./hypotest-toys.ts";
import type { LimitEstimate, TestedStrength, WhichLimit } from "./toy-limits.ts";
import type { PEstimator } from "./toy-tails.ts";
import type { Toy } from "./toys.ts";
import type { UpperLimitOptions } from "./upper-limit.ts";

export interface UpperLimitToysOptions
  extends Omit<UpperLimitOptions, "rtol" | "grid" | "lo" | "hi">,
    ToyOptions {
  /** Toys of each hypothesis at each strength. Default 1000. */
  readonly nToys?: number;
  /** Standard deviation of a limit due to the number of toys, relative to the limit, that is enough. Default 0.05. */
  readonly toyAccuracy?: number;
  /** Strengths with toys before the search gives up. Default 80. */
  readonly maxIter?: number;
  /** Toys on this grid, in one batch, instead of a search. */
  readonly scan?: MuGrid;
  /** Of the p-values of `points`; the limits are fitted to the counts. Default `count`. */
  readonly pEstimator?: PEstimator;
}

/** CLs at one strength, as in the record of a single test. */
export interface ToyClsPoint {
  readonly mu: number;
  readonly cls: number | null;
  readonly clsb: number | null;
  readonly clb: number | null;
  /** Standard deviations due to the number of toys. */
  readonly clsError: number | null;
  readonly clsbError: number | null;
  readonly clbError: number | null;
  readonly qObs: number | null;
  readonly expectedSet: ExpectedSet | null;
  /** Toys made. */
  readonly nToys: PerHypothesis;
  /** Of these, toys that do not count: the likelihood was finite nowhere; a fit did not converge from any start. */
  readonly nError: PerHypothesis;
  readonly nNonconverged: PerHypothesis;
  /** Of these, toys whose search found a minimum below the one that the ensemble's parameters lead to. */
  readonly nLowerMinimum: PerHypothesis;
}

export interface UpperLimitToysResult extends ProcedureSummary {
  readonly poi: string;
  readonly mode: "search" | "scan";
  readonly testStat: "q" | "qtilde";
  readonly alpha: number;
  /** Null where CLs does not fall to alpha, with a warning. */
  readonly obsLimit: number | null;
  /** Standard deviation due to the number of toys. */
  readonly obsLimitError: number | null;
  /** The five expected limits, ascending: N sigma = 2, 1, 0, -1, -2 of `nsigmaOrder`; null when not asked for. */
  readonly expLimits: readonly (number | null)[] | null;
  readonly expLimitErrors: readonly (number | null)[] | null;
  readonly nsigmaOrder: readonly number[];
  /** The asymptotic limits that the search began at; null in scan mode. */
  readonly asymptotic: {
    readonly obsLimit: number | null;
    readonly expLimits: readonly (number | null)[] | null;
  } | null;
  readonly muHat: number;
  readonly nllHat: number;
  /** Null in scan mode. */
  readonly toyAccuracy: number | null;
  readonly maxIter: number | null;
  readonly scan: MuGrid | null;
  /** Every strength with toys, ascending. */
  readonly points: readonly ToyClsPoint[];
  readonly seed: number;
  readonly pEstimator: PEstimator;
}

/** Options with their defaults. */
export interface Task extends Required<Omit<ToyOptions, "nToys">> {
  readonly nToys: number;
  readonly testStat: "q" | "qtilde";
  readonly alpha: number;
  readonly expected: boolean;
  readonly toyAccuracy: number;
  readonly maxIter: number;
  readonly scan: MuGrid | undefined;
  readonly pEstimator: PEstimator;
}

/** A limit that is looked for. */
export interface Target {
  readonly what: string;
  readonly which: WhichLimit;
  /** Where to look first; null: nowhere, for the reason. */
  readonly guess: number | null;
  reason: string;
  estimate: LimitEstimate | null;
  /** Strengths chosen for it. */
  nChosen: number;
}

/** A strength and all its toys. */
export interface Strength extends TestedStrength {
  readonly toys: { readonly b: readonly Toy[]; readonly sb: readonly Toy[] };
}

/** Names the limits that are not known as well as asked for. */
export function warnAboutAccuracy(
  analysis: Analysis,
  targets: readonly Target[],
  strengths: readonly Strength[],
  { toyAccuracy, nToys }: Task,
): void {
  const poor = targets.filter(({ estimate: e }) => e !== null && !(e.error <= toyAccuracy * e.at));
  if (poor.length === 0) return;
  const names = limitNames(poor.map(({ what }) => what));
  analysis.warn(
    `${names} ${poor.length === 1 ? "has a" : "have"} Monte Carlo error${poor.length === 1 ? "" : "s"} above ${Number((100 * toyAccuracy).toPrecision(3))} % after ${strengths.length} strengths of ${nToys} toys of each hypothesis`,
    "toy_accuracy",
  );
}

export function describe(
  analysis: Analysis,
  poi: number,
  curves: Curves | null,
  targets: readonly Target[],
  strengths: readonly Strength[],
  task: Task,
): UpperLimitToysResult {
  const { testStat, alpha, expected, scan, seed, pEstimator } = task;
  const [first, ...others] = targets;
  const ofN = (pick: (target: Target) => number | null): readonly (number | null)[] =>
    N_SIGMA.map((_, k) => {
      const target = others[k];
      return target === undefined ? null : pick(target);
    });
  const limit = ({ estimate: found }: Target): number | null => found?.at ?? null;
  const error = ({ estimate: found }: Target): number | null =>
    found !== null && Number.isFinite(found.error) ? found.error : null;
  const points = strengths.toSorted((x, y) => x.mu - y.mu).map((s) => describePoint(s, task));
  const counts = points.flatMap(({ nToys, nError, nNonconverged, nLowerMinimum }) =>
    (["b", "sb"] as const).map((of) => ({
      nToys: nToys[of],
      nError: nError[of],
      nNonconverged: nNonconverged[of],
      nLowerMinimum: nLowerMinimum[of],
    })),
  );
  warnAboutToys(analysis, counts);
  const { solution } = analysis.best();
  return {
    poi: analysis.resolved.parameters[poi]?.name as string,
    mode: scan === undefined ? "search" : "scan",
    testStat,
    alpha,
    obsLimit: first === undefined ? null : limit(first),
    obsLimitError: first === undefined ? null : error(first),
    expLimits: expected ? ofN(limit) : null,
    expLimitErrors: expected ? ofN(error) : null,
    nsigmaOrder: [...N_SIGMA],
    asymptotic:
      scan === undefined
        ? { obsLimit: first?.guess ?? null, expLimits: expected ? ofN(({ guess }) => guess) : null }
        : null,
    muHat: curves?.observed.muHat ?? (solution.x[poi] as number),
    nllHat: curves?.observed.nllHat ?? solution.value,
    toyAccuracy: scan === undefined ? task.toyAccuracy : null,
    maxIter: scan === undefined ? task.maxIter : null,
    scan: scan ?? null,
    points,
    seed,
    pEstimator,
    ...analysis.summary(),
  };
}

function describePoint(strength: Strength, { expected, pEstimator }: Task): ToyClsPoint {
  const { mu, qObs, toys } = strength;
  const distributions = { b: strength.ofB, sb: strength.ofSb };
  const p = toyTails(distributions, qObs, pEstimator);
  const counts = { b: countToys(toys.b), sb: countToys(toys.sb) };
  const both = (key: keyof ToyCounts): PerHypothesis => ({
    b: counts.b[key],
    sb: counts.sb[key],
  });
  return {
    mu,
    cls: p.cls?.value ?? null,
    clsb: p.clsb?.value ?? null,
    clb: p.clb?.value ?? null,
    clsError: p.cls?.error ?? null,
    clsbError: p.clsb?.error ?? null,
    clbError: p.clb?.error ?? null,
    qObs,
    expectedSet: expected ? toyExpectedSet(distributions, pEstimator) : null,
    nToys: both("nToys"),
    nError: both("nError"),
    nNonconverged: both("nNonconverged"),
    nLowerMinimum: both("nLowerMinimum"),
  };
}
