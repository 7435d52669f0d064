/**
 * Which bin a value falls into: lower edges belong to a bin, upper ones to the next, as in ROOT, numpy (but for its last
 * edge) and boost-histogram.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";

/** What values are filled into. */
export interface Axis {
  /** [bins + 1] ascending. */
  readonly edges: readonly number[];
  /** Bins of equal width, found by ROOT's arithmetic. */
  readonly isUniform: boolean;
  /** Values outside go into the first and the last bin. */
  readonly mergeOutside: boolean;
}

/** Bin of a value outside. */
const OUTSIDE = -1;
/** Bin of what is not a number. */
export const NOT_A_NUMBER = -2;

/** The bin of each value. */
export type BinFinder = (value: number) => number;

/** Looks bins up on an axis. */
export function binFinder(axis: Axis): BinFinder {
  const { mergeOutside } = axis;
  const edges = Float64Array.from(axis.edges);
  const bins = edges.length - 1;
  const low = edges[0] as number;
  const high = edges[bins] as number;
  const below = mergeOutside ? 0 : OUTSIDE;
  const above = mergeOutside ? bins - 1 : OUTSIDE;
  if (axis.isUniform) {
    const range = high - low;
    return (value) => {
      if (value >= low && value < high) {
        // TAxis::FindBin's order of operations. Below the upper edge the quotient can still round up to the number of bins.
        return Math.min(Math.trunc((bins * (value - low)) / range), bins - 1);
      }
      return value < low ? below : value >= high ? above : NOT_A_NUMBER;
    };
  }
  return (value) => {
    if (!(value >= low && value < high)) {
      return value < low ? below : value >= high ? above : NOT_A_NUMBER;
    }
    // The last edge that is not above the value.
    let left = 0;
    let right = bins;
    while (right - left > 1) {
      const middle = (left + right) >> 1;
      if ((edges[middle] as number) <= value) left = middle;
      else right = middle;
    }
    return left;
  };
}

/**
 * Checks the edges of bins.
 *
 * @param origin what of the configuration they are, for the message
 * @throws NextstatError `input`
 */
export function checkAxis({ edges }: Pick<Axis, "edges">, origin: string): void {
  const bad = edges.findIndex(
    (edge, i) => !(Number.isFinite(edge) && (i === 0 || edge > (edges[i - 1] as number))),
  );
  if (edges.length >= 2 && bad < 0) return;
  throw new NextstatError(
    "input",
    edges.length < 2
      ? `${origin}: a histogram needs two edges of bins, found ${edges.length}`
      : `${origin}: edges of bins are not ascending (${edges.slice(Math.max(0, bad - 1), bad + 1).join(", ")})`,
    { hint: "give finite numbers in ascending order, each once" },
  );
}
