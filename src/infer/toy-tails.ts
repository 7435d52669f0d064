/**
 * Tail probabilities from toys.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { NEGATIVE_Q } from "./analysis.ts";
import type { Toy } from "./toys.ts";

/** `count`: k / N of N toys at or beyond the data, as pyhf. `plus-one`: (k + 1) / (N + 1), which is never 0. */
export type PEstimator = "count" | "plus-one";

/** @throws NextstatError `usage` for one that does not exist */
export function checkEstimator(estimator: PEstimator = "count"): PEstimator {
  if (estimator === "count" || estimator === "plus-one") return estimator;
  throw new NextstatError("usage", `unknown estimator "${estimator}"`, {
    hint: 'choose "count" or "plus-one"',
  });
}

/** Values of the statistic of the toys that count, ascending. */
export function distribution(toys: readonly Toy[]): Float64Array {
  return Float64Array.from(
    toys.filter(({ status }) => status === "ok").map(({ statistic }) => statistic),
  ).sort();
}

/** How many values are at least `q`; fits that give the same statistic differ in rounding. */
function countFrom(sorted: Float64Array, q: number): number {
  const least = q - NEGATIVE_Q;
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return sorted.length - low;
}

/** A number and its standard deviation due to the number of toys. */
export interface Estimate {
  readonly value: number;
  readonly error: number;
}

/** Share of toys at or beyond the statistic, with its binomial error; null without toys. */
export function pValue(sorted: Float64Array, q: number, estimator: PEstimator): Estimate | null {
  const n = sorted.length;
  if (n === 0) return null;
  const k = countFrom(sorted, q);
  const value = estimator === "count" ? k / n : (k + 1) / (n + 1);
  // None or all of n toys is no certainty: the error is that of one toy more and one less.
  const p = k === 0 || k === n ? (k + 1) / (n + 2) : k / n;
  return { value, error: Math.sqrt((p * (1 - p)) / n) };
}

/** By linear interpolation between the order statistics. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const left = sorted[below] as number;
  const right = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return left + (place - below) * (right - left);
}
