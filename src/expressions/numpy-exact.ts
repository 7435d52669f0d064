/**
 * Refusing integers with which NumPy would compute something else.
 *
 * @module
 */

import type { NumberType } from "./numpy-types.ts";
import type { Source } from "./syntax.ts";

/** Passes on integers of 64 bits that doubles hold exactly, and refuses the others. */
export function exactInteger(
  type: NumberType,
  source: Source,
  position: number,
): (x: number) => number {
  const [least, range] =
    type === "uint64" ? [0, "0 to 2^53"] : [Number.MIN_SAFE_INTEGER, "-2^53 to 2^53"];
  return (x) => {
    if (x >= least && x <= Number.MAX_SAFE_INTEGER) return x;
    throw source.error(
      `${x} is computed with as an integer of 64 bits`,
      position,
      `they are exact from ${range} only: compute with a fraction, as in 1.0*x`,
    );
  };
}

/** Passes on exponents of integers. */
export function wholePower(source: Source, position: number): (exponent: number) => number {
  return (exponent) => {
    if (exponent >= 0) return exponent;
    throw source.error(
      "an integer to a negative power",
      position,
      "NumPy refuses this, too: write the number with a point",
    );
  };
}
