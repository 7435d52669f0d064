/**
 * Several variations of a template made one, as TRExFitter combines them (`CombineType`; TRExFit::CombineSpecialHistos).
 *
 * @module
 */

import type { Combination } from "./plan.ts";
import type { Sides } from "./symmetrise.ts";

/**
 * Combines variations bin by bin.
 *
 * - `envelope`: the largest upward and the largest downward difference of all sides;
 * - `sum in squares`: the root of the summed squares of the upward differences, and of the downward ones;
 * - the others: the spread of the larger absolute differences of the variations about their mean, up and down. One
 *   variation has no spread and stays.
 *
 * @param nominal `[bins]` events
 */
export function combineSides(
  nominal: readonly number[],
  variations: readonly Sides[],
  how: Combination,
): Sides {
  const [first] = variations;
  if (first === undefined) throw new RangeError("nothing to combine");
  const isSpread = how !== "envelope" && how !== "sum in squares";
  if (isSpread && variations.length === 1) return first;
  const shifts = nominal.map((n, b) => {
    const pairs = variations.map(
      ({ up, down }) => [(up[b] as number) - n, (down[b] as number) - n] as const,
    );
    if (isSpread) {
      const sigma = spread(
        pairs.map(([up, down]) => Math.max(Math.abs(up), Math.abs(down))),
        how,
      );
      return { up: sigma, down: -sigma };
    }
    const upward = pairs.flat().filter((difference) => difference > 0);
    const downward = pairs.flat().filter((difference) => difference < 0);
    return how === "envelope"
      ? { up: Math.max(0, ...upward), down: Math.min(0, ...downward) }
      : { up: Math.hypot(...upward), down: -Math.hypot(...downward) };
  });
  const side = (of: "up" | "down"): readonly number[] =>
    nominal.map((n, b) => n + (shifts[b]?.[of] as number));
  return { up: side("up"), down: side("down") };
}

function spread(
  values: readonly number[],
  how: Exclude<Combination, "envelope" | "sum in squares">,
): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  switch (how) {
    case "standard deviation":
      return Math.sqrt(squares / (values.length - 1));
    case "standard deviation of all":
      return Math.sqrt(squares / values.length);
    case "hessian":
      return Math.sqrt(squares);
    default:
      return how satisfies never;
  }
}
