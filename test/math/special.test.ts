import fc from "fast-check";
import { expect, test } from "vitest";
import { lnGamma } from "../../src/math/special.ts";
import golden from "./special.golden.json" with { type: "json" };

/** The bound promised by the doc comment of lnGamma. */
const LN_GAMMA_RELATIVE = 1e-15;

test("lnGamma is within its error bound of the arbitrary-precision values", () => {
  const outside = golden.lnGamma.filter(
    ([x, expected]) => !(Math.abs(lnGamma(x) - expected) <= LN_GAMMA_RELATIVE * Math.abs(expected)),
  );
  expect(outside).toEqual([]);
  expect(golden.lnGamma.length).toBeGreaterThan(200);
});

test("lnGamma is exactly 0 at 1 and 2", () => {
  expect(lnGamma(1)).toBe(0);
  expect(lnGamma(2)).toBe(0);
});

test("lnGamma at the ends of its domain", () => {
  expect(lnGamma(0)).toBe(Number.POSITIVE_INFINITY);
  expect(lnGamma(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  expect(lnGamma(-1.5)).toBeNaN();
  expect(lnGamma(Number.NEGATIVE_INFINITY)).toBeNaN();
  expect(lnGamma(Number.NaN)).toBeNaN();
});

test("lnGamma obeys its recurrence and duplication formula", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (x) => {
      const size = Math.abs(lnGamma(2 * x)) + Math.abs(Math.log(x)) + 2 * x + 1;
      expect(Math.abs(lnGamma(x + 1) - lnGamma(x) - Math.log(x))).toBeLessThan(4e-15 * size);
      const doubled =
        lnGamma(x) + lnGamma(x + 0.5) + (2 * x - 1) * Math.LN2 - Math.log(Math.PI) / 2;
      expect(Math.abs(lnGamma(2 * x) - doubled)).toBeLessThan(4e-15 * size);
    }),
  );
});
