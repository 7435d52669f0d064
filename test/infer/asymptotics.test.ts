import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  discovery,
  expectedRoot,
  expectedTailProbabilities,
  logCls,
  N_SIGMA,
  type TestStatistic,
  tailProbabilities,
} from "../../src/infer/asymptotics.ts";
import { chiSquaredSurvival } from "../../src/math/chi-squared.ts";
import { normalCdf } from "../../src/math/normal.ts";

const strengths = fc.double({ min: 0.01, max: 60, noNaN: true });
const statistics = fc.double({ min: 0, max: 60, noNaN: true });

/** The statistic for an estimate `hat` in units of its standard deviation, mu = rootA of them. */
function statisticOf(name: TestStatistic, hat: number, rootA: number): number {
  switch (name) {
    case "q":
      return hat > rootA ? 0 : (rootA - hat) ** 2;
    case "qtilde":
      return hat > rootA ? 0 : statisticOf("tmutilde", hat, rootA);
    case "tmu":
      return (rootA - hat) ** 2;
    case "tmutilde":
      return hat < 0 ? rootA * rootA - 2 * rootA * hat : (rootA - hat) ** 2;
    case "q0":
      return hat < 0 ? 0 : hat * hat;
  }
  return name satisfies never;
}

/** Probability that the statistic is at least q when the estimate is normal around `truth`, cell by cell. */
function tailByIntegration(name: TestStatistic, q: number, rootA: number, truth: number): number {
  const cells = 4000;
  let sum = 0;
  let inside = false;
  let from = Number.NEGATIVE_INFINITY;
  const edge = (k: number): number => truth - 12 + (24 * k) / cells;
  for (let k = 0; k <= cells; k++) {
    const now = statisticOf(name, edge(k), rootA) >= q;
    if (now !== inside) {
      // Where it changes, by bisection.
      let [a, b] = [edge(k - 1), edge(k)];
      for (let i = 0; i < 60; i++) {
        const middle = (a + b) / 2;
        if (statisticOf(name, middle, rootA) >= q === now) b = middle;
        else a = middle;
      }
      if (now) from = k === 0 ? Number.NEGATIVE_INFINITY : b;
      else sum += normalCdf(b - truth) - normalCdf(from - truth);
      inside = now;
    }
  }
  return inside ? sum + 1 - normalCdf(from - truth) : sum;
}

describe("tail probabilities", () => {
  it.each(["q", "qtilde", "tmu", "tmutilde"] as const)(
    "of %s are those of a normal estimate",
    (name) => {
      fc.assert(
        fc.property(statistics, strengths, (q, qA) => {
          // Narrower than that a two-sided hole falls between the cells.
          fc.pre(q > 1e-3);
          const rootA = Math.sqrt(qA);
          const { clsb, clb } = tailProbabilities(name, q, qA);
          expect(Math.abs(clsb - tailByIntegration(name, q, rootA, rootA))).toBeLessThan(1e-9);
          expect(Math.abs(clb - tailByIntegration(name, q, rootA, 0))).toBeLessThan(1e-9);
        }),
        { numRuns: 60 },
      );
    },
  );

  it("of tmu are chi-squared, non-central for the background", () => {
    fc.assert(
      fc.property(statistics, strengths, (t, qA) => {
        const { clsb, clb } = tailProbabilities("tmu", t, qA);
        expect(Math.abs(clsb - chiSquaredSurvival(t, 1))).toBeLessThan(1e-13);
        let weight = Math.exp(-qA / 2);
        let sum = 0;
        for (let j = 0; j < 300; j++) {
          sum += weight * chiSquaredSurvival(t, 1 + 2 * j);
          weight *= qA / 2 / (j + 1);
        }
        expect(Math.abs(clb - sum)).toBeLessThan(1e-11);
      }),
    );
  });

  it("give CLs from 0 to 1, falling with q, and 1 without sensitivity", () => {
    fc.assert(
      fc.property(statistics, statistics, strengths, (a, b, qA) => {
        for (const name of ["q", "qtilde"] as const) {
          const [low, high] = [Math.min(a, b), Math.max(a, b)].map(
            (q) => tailProbabilities(name, q, qA).cls,
          ) as [number, number];
          expect(low).toBeGreaterThanOrEqual(high * (1 - 1e-9));
          expect(high).toBeGreaterThanOrEqual(0);
          expect(low).toBeLessThanOrEqual(1);
          expect(tailProbabilities(name, a, 0).cls).toBe(1);
        }
      }),
    );
  });

  it("keep CLs where both tails underflow", () => {
    const { clsb, clb, cls } = tailProbabilities("q", 2500, 100);
    expect(clsb).toBe(0);
    expect(clb).toBe(0);
    expect(cls).toBeGreaterThan(0);
    // Q(50)/Q(40) to leading order: exp(-(50^2 - 40^2)/2) 40/50.
    expect(Math.log(cls)).toBeCloseTo(-450 + Math.log(0.8), 3);
  });

  it("are continuous where the estimate reaches its bound", () => {
    fc.assert(
      fc.property(strengths, (qA) => {
        for (const name of ["qtilde", "tmutilde"] as const) {
          const below = tailProbabilities(name, qA * (1 - 1e-12), qA);
          const above = tailProbabilities(name, qA * (1 + 1e-12), qA);
          expect(Math.abs(below.cls - above.cls)).toBeLessThan(1e-10);
        }
      }),
    );
  });
});

describe("expected values", () => {
  it("are those of the statistic at the fluctuated estimate", () => {
    fc.assert(
      fc.property(strengths, fc.constantFrom(...N_SIGMA), (qA, n) => {
        const rootA = Math.sqrt(qA);
        for (const name of ["tmu", "tmutilde"] as const) {
          const expected = expectedTailProbabilities(name, qA, n);
          const direct = tailProbabilities(name, statisticOf(name, -n, rootA), qA);
          expect(Math.abs(expected.clsb - direct.clsb)).toBeLessThan(1e-12);
        }
        const { clb } = expectedTailProbabilities("q", qA, n);
        expect(clb).toBeCloseTo(normalCdf(-n), 14);
      }),
    );
  });

  it("rise from the strongest exclusion to the weakest", () => {
    fc.assert(
      fc.property(strengths, (qA) => {
        const set = N_SIGMA.map((n) => expectedTailProbabilities("qtilde", qA, n).cls);
        expect(set).toEqual(set.toSorted((a, b) => a - b));
      }),
    );
  });

  it("are clipped where the statistic would be that of an estimate above mu", () => {
    const clipped = expectedTailProbabilities("qtilde", 1, -2, "clipped_normal");
    expect(clipped.clsb).toBeCloseTo(0.5, 14);
    expect(clipped.clb).toBeCloseTo(normalCdf(1), 14);
    expect(expectedTailProbabilities("qtilde", 9, -2, "clipped_normal")).toEqual(
      expectedTailProbabilities("qtilde", 9, -2, "normal"),
    );
  });

  it("have the limit's root where they are alpha", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.49, noNaN: true }), (alpha) => {
        for (const n of N_SIGMA) {
          const root = expectedRoot(n, alpha);
          const { cls } = expectedTailProbabilities("qtilde", root * root, n);
          expect(Math.abs(cls / alpha - 1)).toBeLessThan(1e-12);
        }
      }),
    );
  });
});

it("ln CLs is the logarithm of CLs", () => {
  fc.assert(
    fc.property(statistics, strengths, (q, qA) => {
      for (const name of ["q", "qtilde"] as const) {
        const { cls } = tailProbabilities(name, q, qA);
        if (cls < 1e-300) continue;
        const value = logCls(name, Math.sqrt(q), Math.sqrt(qA));
        expect(Math.abs(value - Math.log(cls))).toBeLessThan(1e-11 * (1 - value));
      }
    }),
  );
});

it("a discovery at 5 sigma", () => {
  const { z, p } = discovery(25);
  expect(z).toBe(5);
  expect(p).toBeCloseTo(2.866515718791946e-7, 20);
});
