import { describe, expect, it } from "vitest";
import { chiSquaredSurvival } from "../../src/math/chi-squared.ts";
import { normalCdf } from "../../src/math/normal.ts";
import { openStream } from "../../src/math/philox.ts";
import { createSampler } from "../../src/math/sampling.ts";

const N = 200_000;

/** Of the Kolmogorov-Smirnov distance times sqrt(N): 0.1 % of samples exceed it; fewer of a discrete distribution. */
const KOLMOGOROV_SMIRNOV = 1.95;

interface Distribution {
  /** Of the first probability. */
  readonly first: number;
  readonly probabilities: Float64Array;
}

/**
 * The Poisson probabilities within 12 standard deviations (or 60) of the mean, from the ratios of neighbours outwards from
 * the largest, then scaled to a sum of 1: exact to rounding at any mean, with no special function.
 */
function poissonDistribution(mean: number): Distribution {
  const reach = Math.ceil(12 * Math.sqrt(mean) + 60);
  const mode = Math.floor(mean);
  const first = Math.max(0, mode - reach);
  const probabilities = new Float64Array(mode + reach - first + 1);
  const top = mode - first;
  probabilities[top] = 1;
  for (let i = top; i > 0; i--) {
    probabilities[i - 1] = ((probabilities[i] as number) * (first + i)) / mean;
  }
  for (let i = top + 1; i < probabilities.length; i++) {
    probabilities[i] = ((probabilities[i - 1] as number) * mean) / (first + i);
  }
  const sum = probabilities.reduce((total, p) => total + p, 0);
  return { first, probabilities: probabilities.map((p) => p / sum) };
}

/** Probability of at most k. */
function cumulative(mean: number): (k: number) => number {
  // Differs from the normal one by 1e-7 there.
  if (mean > 1e10) return (k) => normalCdf((k + 0.5 - mean) / Math.sqrt(mean));
  const { first, probabilities } = poissonDistribution(mean);
  let below = 0;
  const sums = probabilities.map((p) => {
    below += p;
    return below;
  });
  return (k) => sums[k - first] ?? (k < first ? 0 : 1);
}

/** What becomes of the first proposal of the rejection method; null where it is rejected. */
function firstProposal(mean: number, u: number, v: number): number | null {
  // The second proposal is the middle of the distribution, which is always taken.
  const numbers = [u, v, 0.5, 0];
  let used = 0;
  const k = createSampler({ uniform: () => numbers[used++] as number }).poisson(mean);
  return used > 2 ? null : k;
}

/** Sorted draws from a stream of their own. */
function draws(mean: number, stream: number): Float64Array {
  const sampler = createSampler(openStream(5, 0, stream));
  return Float64Array.from({ length: N }, () => sampler.poisson(mean)).sort();
}

/** p-value of chi-square; outcomes expected fewer than 20 times are taken together with the next ones. */
function chiSquareTest(sorted: Float64Array, { first, probabilities }: Distribution): number {
  const counts = new Float64Array(probabilities.length);
  for (const k of sorted) counts[Math.min(Math.max(k - first, 0), counts.length - 1)]++;
  let statistic = 0;
  let cells = 0;
  let [expected, seen, left, leftSeen] = [0, 0, N, N];
  probabilities.forEach((p, i) => {
    expected += N * p;
    seen += counts[i] as number;
    if (expected < 20 || left - expected < 20) return;
    statistic += (seen - expected) ** 2 / expected;
    cells++;
    left -= expected;
    leftSeen -= seen;
    [expected, seen] = [0, 0];
  });
  statistic += (leftSeen - left) ** 2 / left;
  expect(cells).toBeGreaterThan(0);
  return chiSquaredSurvival(statistic, cells);
}

/** Mean, variance and skewness, each within 4 standard deviations of a sample's. */
function expectMoments(values: Float64Array, mean: number): void {
  const average = values.reduce((sum, k) => sum + (k - mean), 0) / N;
  const moment = (power: number): number =>
    values.reduce((sum, k) => sum + (k - mean) ** power, 0) / N;
  // Central moments: m2 = m3 = mean, m4 = mean + 3 mean^2, m6 = mean + 25 mean^2 + 15 mean^3.
  const m4 = mean + 3 * mean ** 2;
  const m6 = mean + 25 * mean ** 2 + 15 * mean ** 3;
  expect(Math.abs(average)).toBeLessThan(4 * Math.sqrt(mean / N));
  expect(Math.abs(moment(2) - mean)).toBeLessThan(4 * Math.sqrt((m4 - mean ** 2) / N));
  expect(Math.abs(moment(3) - mean)).toBeLessThan(4 * Math.sqrt((m6 - mean ** 2) / N));
}

describe("Poisson numbers", () => {
  // Inversion ends and rejection begins at 10.
  const small = [
    0.001, 0.01, 0.1, 0.5, 1, 3, 9.5, 9.999999, 10, 10.000001, 12, 30, 100, 317.3, 1e3,
  ];
  it.each(small)("of mean %d have its probabilities: chi-square", (mean) => {
    const sorted = draws(mean, small.indexOf(mean));
    expect(chiSquareTest(sorted, poissonDistribution(mean))).toBeGreaterThan(1e-3);
    expectMoments(sorted, mean);
  });

  const large = [1e4, 12345.678, 1e5, 1e6, 1e7, 1e8, 1e9];
  it.each(large)("of mean %d have its probabilities: Kolmogorov-Smirnov", (mean) => {
    const sorted = draws(mean, 100 + large.indexOf(mean));
    expect(sorted.every(Number.isSafeInteger)).toBe(true);
    const { first, probabilities } = poissonDistribution(mean);
    let [distance, below, k] = [0, 0, 0];
    probabilities.forEach((p, i) => {
      below += p;
      while (k < N && (sorted[k] as number) <= first + i) k++;
      distance = Math.max(distance, Math.abs(k / N - below));
    });
    expect(k).toBe(N);
    expect(distance * Math.sqrt(N)).toBeLessThan(KOLMOGOROV_SMIRNOV);
    expectMoments(sorted, mean);
  });

  it.each([1e-9, 0.001, 0.5, 3, 9.999999])(
    "of mean %d step at the distribution function, to rounding",
    (mean) => {
      const at = (u: number): number => createSampler({ uniform: () => u }).poisson(mean);
      const { probabilities } = poissonDistribution(mean);
      let below = 0;
      probabilities.forEach((p, k) => {
        below += p;
        // Further out steps are smaller than the distance between uniform numbers.
        if (1 - below < 1e-12) return;
        expect(at(below * (1 - 1e-14) - 1e-14)).toBeLessThanOrEqual(k);
        expect(at(below * (1 + 1e-14) + 1e-14)).toBeGreaterThan(k);
      });
    },
  );

  const rejected = [10, 12, 30, 100, 1e3, 1e6, 1e9, 1e12];
  it.each(rejected)("of mean %d have its distribution function, by integration", (mean) => {
    // Chance of being taken by place, a proposal's first uniform number: its second one has to be low enough.
    const places = 40_000;
    const taken: { readonly k: number; readonly chance: number }[] = [];
    for (let i = 0; i < places; i++) {
      const u = (i + 0.5) / places;
      let [low, high, value] = [0, 1, Number.NaN];
      for (let bit = 0; bit < 22; bit++) {
        const v = (low + high) / 2;
        const k = firstProposal(mean, u, v);
        if (k === null) high = v;
        else [low, value] = [v, k];
      }
      if (!Number.isNaN(value)) taken.push({ k: value, chance: (low + high) / 2 });
    }
    taken.sort((a, b) => a.k - b.k);
    const total = taken.reduce((sum, { chance }) => sum + chance, 0);
    const exact = cumulative(mean);
    let sum = 0;
    let distance = 0;
    taken.forEach(({ k, chance }, i) => {
      sum += chance;
      if (k !== taken[i + 1]?.k) distance = Math.max(distance, Math.abs(sum / total - exact(k)));
    });
    // An outcome's interval is known to one place at each end.
    expect(distance).toBeLessThan(2 / places);
  });

  it("of mean 1e9 are as often odd as even", () => {
    const odd = draws(1e9, 200).reduce((sum, k) => sum + (k % 2), 0);
    expect(Math.abs(odd - N / 2)).toBeLessThan(4 * Math.sqrt(N / 4));
  });

  it("of a mean a little off would not have its probabilities", () => {
    expect(chiSquareTest(draws(10.1, 0), poissonDistribution(10))).toBeLessThan(1e-6);
    expect(chiSquareTest(draws(9.9, 0), poissonDistribution(10))).toBeLessThan(1e-6);
  });

  it("of tiny means are 0, as the others are too seldom to be seen", () => {
    for (const mean of [1e-9, 1e-17, 1e-300, Number.MIN_VALUE]) {
      expect(draws(mean, 300)[N - 1]).toBe(0);
    }
  });

  it("are 0 where nothing is expected, and pinned", () => {
    const sampler = createSampler(openStream(42, 0, 0));
    expect([0, -1, Number.NaN].map((mean) => sampler.poisson(mean))).toEqual([0, 0, 0]);
    const means = [0.3, 3, 9.99, 10, 77.5, 1e4, 1e7, 1e9, 1e12];
    expect(means.map((mean) => sampler.poisson(mean))).toMatchInlineSnapshot(`
      [
        0,
        1,
        18,
        10,
        80,
        10024,
        9998363,
        999929751,
        999999941879,
      ]
    `);
  });
});

describe("normal numbers", () => {
  it("are normal: Kolmogorov-Smirnov at 0.1 %, and in the tails", () => {
    const sampler = createSampler(openStream(4, 0, 0));
    const values = Float64Array.from({ length: N }, () => sampler.normal());
    const beyond = values.filter((z) => Math.abs(z) > 3).length;
    const expected = 2 * normalCdf(-3) * N;
    expect(Math.abs(beyond - expected)).toBeLessThan(4 * Math.sqrt(expected));
    expect(distanceFromNormal(values) * Math.sqrt(N)).toBeLessThan(KOLMOGOROV_SMIRNOV);
  });

  it("are pinned", () => {
    const sampler = createSampler(openStream(42, 0, 0));
    expect(Array.from({ length: 4 }, () => sampler.normal())).toMatchInlineSnapshot(`
      [
        0.18057615264680893,
        -0.6822260339339185,
        0.3126864277095914,
        0.008915515966087178,
      ]
    `);
  });
});

function distanceFromNormal(values: Float64Array): number {
  const sorted = values.toSorted();
  let distance = 0;
  sorted.forEach((z, i) => {
    const p = normalCdf(z);
    distance = Math.max(distance, Math.abs(p - i / N), Math.abs(p - (i + 1) / N));
  });
  return distance;
}
