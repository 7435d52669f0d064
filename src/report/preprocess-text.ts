/**
 * What an operation on systematic variations did, in a few lines.
 *
 * @module
 */

import type { Preprocessed, SideChange, VariationChange } from "../workspace/preprocess/changes.ts";
import type { Pruned, PruneMode } from "../workspace/preprocess/prune.ts";
import { listNames, TEXT_COLUMNS } from "./text.ts";

/**
 * Lines without line breaks.
 *
 * @param done what was done, e.g. `smoothed`
 * @param what to how many of what, e.g. `histosys`
 * @param how by which method
 */
export function changeSummary(
  { changes, nConsidered }: Preprocessed<VariationChange>,
  words: { readonly done: string; readonly what: string; readonly how: string },
): string[] {
  const { done, what, how } = words;
  const lines = [`${done} ${changes.length} of ${nConsidered} ${what} (${how})`];
  const sides = changes.flatMap((change) =>
    [change.hi, change.lo].flatMap((side) => (side === null ? [] : [{ change, side }])),
  );
  const largest = maximum(sides, ({ side }) => side.largestChange);
  if (largest !== undefined) {
    const { change, side } = largest;
    const place = `${change.modifier} on ${change.channel}/${change.sample}`;
    lines.push(`largest change of a bin: ${percent(side.largestChange)} of its nominal, ${place}`);
    const integral = Math.max(...sides.map((s) => integralChange(s.side)));
    const isKept = integral < INTEGRAL_ROUNDING;
    lines.push(`integrals: ${isKept ? "kept" : `changed by at most ${percent(integral)}`}`);
  }
  return lines;
}

/** Lines without line breaks. */
export function pruneSummary(
  { changes, nConsidered, removedParameters }: Pruned,
  threshold: number,
  mode: PruneMode,
): string[] {
  const lines = [
    `removed ${changes.length} of ${nConsidered} histosys and normsys (${mode} effect below ${threshold})`,
  ];
  if (removedParameters.length > 0) {
    const start = `parameters gone: ${removedParameters.length} `;
    lines.push(`${start}(${listNames(removedParameters, TEXT_COLUMNS - start.length - 2)})`);
  }
  return lines;
}

/** Relative; sums of the same events in another order differ by this much. */
const INTEGRAL_ROUNDING = 1e-9;

/** Relative to the larger of both, as either can be 0. */
function integralChange({ integralBefore, integralAfter }: SideChange): number {
  const change = Math.abs(integralAfter - integralBefore);
  return change === 0 ? 0 : change / Math.max(Math.abs(integralBefore), Math.abs(integralAfter));
}

function maximum<T>(items: readonly T[], value: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (best, item) => (best === undefined || value(item) > value(best) ? item : best),
    undefined,
  );
}

function percent(fraction: number): string {
  return `${Number((100 * fraction).toPrecision(2))} %`;
}
