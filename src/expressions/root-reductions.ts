/**
 * Functions of TTreeFormula that make one number of all instances of an entry.
 *
 * @module
 */

import type { Node } from "./syntax.ts";

/** One number of the instances of an entry. */
export type Reduction = (
  values: Float64Array,
  condition: Float64Array | null,
  begin: number,
  end: number,
) => number;

/** The extreme of the values that count, 0 where none does. */
function extreme(better: (x: number, y: number) => boolean): Reduction {
  return (values, condition, begin, end) => {
    let best = 0;
    let found = false;
    for (let i = begin; i < end; i++) {
      if (condition !== null && condition[i] === 0) continue;
      const value = values[i] as number;
      if (!found || better(value, best)) best = value;
      found = true;
    }
    return best;
  };
}

const smallest = extreme((x, y) => x < y);
const largest = extreme((x, y) => x > y);

export const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  Sum$: (values, _, begin, end) => {
    let sum = 0;
    for (let i = begin; i < end; i++) sum += values[i] as number;
    return sum;
  },
  Length$: (_, __, begin, end) => end - begin,
  Min$: smallest,
  MinIf$: smallest,
  Max$: largest,
  MaxIf$: largest,
};

/** A text that is the same for the same expression, wherever it stands. */
export function writeKey(node: Node): string {
  return JSON.stringify(node, (key, value) => (key === "position" ? undefined : value));
}
