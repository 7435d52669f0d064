import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chiSquaredSurvival, gammaLower, gammaUpper } from "../../src/math/chi-squared.ts";
import { exp } from "../../src/math/exponential.ts";
import {
  logNormalSurvival,
  normalCdf,
  normalHazard,
  normalSurvival,
  normalUpperQuantile,
} from "../../src/math/normal.ts";
import golden from "./distributions.golden.json" with { type: "json" };

/** Below this doubles lose digits. */
const SMALLEST = 2.3e-308;

function expectClose(actual: number, expected: number, relative: number, where: string): void {
  const tolerance = Math.max(relative * Math.abs(expected), SMALLEST);
  if (!(Math.abs(actual - expected) <= tolerance)) {
    expect.fail(
      `${where}: ${actual}, not ${expected} (${(actual - expected) / expected} relative)`,
    );
  }
}

describe("the exponential", () => {
  it("is that of the engine to two units in the last place", () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
        expectClose(exp(x), Math.exp(x), 4.5e-16, `exp(${x})`);
      }),
      { numRuns: 2000 },
    );
    expect(exp(0)).toBe(1);
    expect(exp(-1000)).toBe(0);
    expect(exp(1000)).toBe(Number.POSITIVE_INFINITY);
    expect(exp(Number.NaN)).toBeNaN();
    expectClose(exp(-744), Math.exp(-744), 1e-15, "a subnormal");
  });
});

describe("the normal distribution, against 50 digits", () => {
  it("in both tails, and their logarithms", () => {
    for (const [x, cdf, survival, logSurvival] of golden.normal) {
      // A tail changes by x dx: the argument's own rounding is worth |x| ulp and more.
      const relative = 1e-15 * Math.max(4, x * x);
      expectClose(normalCdf(x), cdf, relative, `cdf(${x})`);
      expectClose(normalSurvival(x), survival, relative, `survival(${x})`);
      expectClose(logNormalSurvival(x), logSurvival, 2e-14, `ln survival(${x})`);
    }
    expect(golden.normal.length).toBeGreaterThan(300);
  });

  it("inverted", () => {
    for (const [p, z] of golden.quantile) {
      if (p > 0.5) continue;
      expect(Math.abs(normalUpperQuantile(p) + z)).toBeLessThanOrEqual(
        4e-15 * Math.max(1, Math.abs(z)),
      );
    }
    expect(normalUpperQuantile(0)).toBe(Number.POSITIVE_INFINITY);
    expect(normalUpperQuantile(1)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalUpperQuantile(-0.1)).toBeNaN();
  });

  it("has the hazard as derivative of the logarithm", () => {
    fc.assert(
      fc.property(fc.double({ min: -8, max: 60, noNaN: true }), (x) => {
        const h = 1e-5 * Math.max(1, Math.abs(x));
        const slope = (logNormalSurvival(x - h) - logNormalSurvival(x + h)) / (2 * h);
        expect(Math.abs(normalHazard(x) - slope)).toBeLessThan(1e-7 * (1 + slope));
      }),
    );
  });
});

describe("the incomplete gamma functions, against 50 digits", () => {
  it("in both tails", () => {
    for (const [a, x, lower, upper] of golden.gamma) {
      // exp(-x) x^a: the exponent's rounding is what decides the last digits of a tail.
      const exponent = Math.abs(a * Math.log(Math.max(x, 1e-300) / a) - (x - a));
      const relative = 5e-14 + 1e-15 * (Number.isFinite(exponent) ? exponent : 0);
      if (lower < 0.9) expectClose(gammaLower(a, x), lower, relative, `P(${a}, ${x})`);
      else expect(Math.abs(gammaLower(a, x) - lower)).toBeLessThan(1e-13);
      if (upper < 0.9) expectClose(gammaUpper(a, x), upper, relative, `Q(${a}, ${x})`);
      else expect(Math.abs(gammaUpper(a, x) - upper)).toBeLessThan(1e-13);
    }
  });

  it("and chi-squared from them", () => {
    for (const [value, ndf, survival] of golden.chi2) {
      expectClose(chiSquaredSurvival(value, ndf), survival, 1e-12, `chi2(${value}, ${ndf})`);
    }
  });

  it("are NaN outside their domain", () => {
    expect(gammaUpper(0, 1)).toBeNaN();
    expect(gammaUpper(1, -1)).toBeNaN();
    expect(gammaLower(-1, 1)).toBeNaN();
    expect(gammaUpper(1, Number.POSITIVE_INFINITY)).toBe(0);
    expect(gammaLower(1, Number.POSITIVE_INFINITY)).toBe(1);
  });
});
