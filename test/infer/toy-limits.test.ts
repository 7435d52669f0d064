/**
 * The fit of limits to toys, on toys of counting experiments whose statistics need no fit: many repetitions say whether its
 * errors are right.
 *
 * @module
 */

import { describe, expect, test } from "vitest";
import {
  type AsymptoticPoint,
  asymptoticPoint,
  estimateLimit,
  type TestedStrength,
  type WhichLimit,
} from "../../src/infer/toy-limits.ts";
import { openStream } from "../../src/math/philox.ts";
import { createSampler } from "../../src/math/sampling.ts";
import { goldenCounting, moments } from "./counting.ts";

const exact = goldenCounting();

/** qtilde of n events where b + mu are expected. */
function statistic(n: number, b: number, mu: number): number {
  const best = Math.max(n - b, 0);
  if (best > mu) return 0;
  const nll = (mean: number): number => mean - (n === 0 ? 0 : n * Math.log(mean));
  return 2 * (nll(b + mu) - nll(b + best));
}

function predict(n: number, b: number, mu: number): AsymptoticPoint {
  return asymptoticPoint("qtilde", mu, statistic(n, b, mu), statistic(b, b, mu));
}

function toysAt(n: number, b: number, mu: number, count: number, stream: number): TestedStrength {
  const draw = (mean: number, of: number): Float64Array => {
    const sampler = createSampler(openStream(stream, of, 0));
    return new Float64Array(count).map(() => statistic(sampler.poisson(mean), b, mu)).sort();
  };
  const predicted = predict(n, b, mu);
  const qObs = statistic(n, b, mu);
  return { ...predicted, qObs, ofB: draw(b, 0), ofSb: draw(b + mu, 1) };
}

const WHICH: readonly WhichLimit[] = ["observed", 2, 1, 0, -1, -2];

describe.each([
  [3, 3],
  [110, 100],
])("%i events where %i are expected", (n, b) => {
  const truths = [
    exact.counting.find((entry) => entry.n === n && entry.b === b)?.cls as number,
    ...(exact.expected[b.toFixed(1)] as readonly number[]),
  ];
  const nodes = Array.from({ length: 101 }, (_, k) =>
    predict(n, b, 0.02 * k * Math.max(...truths)),
  );

  // P(n <= 120 | 100) is 0.97728, the quantile 0.97725: which of 120 and 121 the toys have is chance.
  const onStep = b === 100 ? -2 : null;

  test.each(
    WHICH.map((which, k) => [which, truths[k] as number] as const).filter(
      ([which]) => which !== onStep,
    ),
  )("%s: the errors are those of repetitions", (which, truth) => {
    const repetitions = 60;
    // As many toys in the tail of each limit: that of the lowest one has one in 900.
    const count = which === 2 ? 4000 : which === 1 ? 1500 : 500;
    const pulls = Array.from({ length: repetitions }, (_, seed) => {
      const strengths = [0.9, 0.95, 1, 1.05, 1.1].map((scale, k) =>
        toysAt(n, b, scale * truth, count, 1000 * seed + k),
      );
      const found = estimateLimit(
        { which, alpha: 0.05, guess: 1.1 * truth, from: 0, to: 3 * truth },
        nodes,
        strengths,
      );
      return ((found?.at as number) - truth) / (found?.error as number);
    });
    const { mean, width } = moments(pulls);
    // 4 standard deviations of mean and width; counts of 20 to 60 are not normal, and quantiles sit on steps.
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(repetitions) + 0.1);
    expect(width).toBeGreaterThan(0.7);
    expect(width).toBeLessThan(1 + 4 / Math.sqrt(2 * repetitions));
  });
});

test("without toys, and beyond the last strength, there is no limit", () => {
  const nodes = [0, 1, 2, 4, 8].map((mu) => predict(3, 3, mu));
  const target = { which: "observed", alpha: 0.05, guess: 1, from: 0, to: 2 } as const;
  expect(estimateLimit(target, nodes, [])).toBeNull();
  const strengths = [1, 2].map((mu) => toysAt(3, 3, mu, 500, 1));
  expect(estimateLimit(target, nodes, strengths)).toBeNull();
});
