import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ln } from "../../src/math/logarithm.ts";

/** The bound of the docstring, plus half a unit in the last place of the engine's own logarithm. */
const BOUND = 6e-16;

describe("ln", () => {
  it("agrees with the engine's logarithm within its bound", () => {
    fc.assert(
      fc.property(fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }), (x) => {
        const reference = Math.log(x);
        expect(Math.abs(ln(x) - reference)).toBeLessThanOrEqual(BOUND * Math.abs(reference));
      }),
      { numRuns: 20_000 },
    );
  });

  it("keeps its relative precision next to 1", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-16, max: 0.4, noNaN: true }), (z) => {
        for (const x of [1 + z, 1 - z]) {
          const reference = Math.log(x);
          expect(Math.abs(ln(x) - reference)).toBeLessThanOrEqual(BOUND * Math.abs(reference));
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it("is exact at 1 and follows the limits", () => {
    expect(ln(1)).toBe(0);
    expect(ln(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(ln(-1)).toBeNaN();
    expect(ln(Number.NaN)).toBeNaN();
    expect(ln(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  });
});
