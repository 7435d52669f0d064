import { describe, expect, it } from "vitest";
import { chiSquaredSurvival } from "../../src/math/chi-squared.ts";
import { normalCdf } from "../../src/math/normal.ts";
import { openStream } from "../../src/math/philox.ts";
import { createSampler } from "../../src/math/sampling.ts";
import { lnGamma } from "../../src/math/special.ts";

const N = 200_000;

describe("Poisson numbers", () => {
  it.each([0.01, 0.5, 3, 9.9, 10.1, 50, 1000])("of mean %d have its probabilities", (mean) => {
    const sampler = createSampler(openStream(5, 0, Math.round(mean * 100)));
    const counts = new Map<number, number>();
    for (let i = 0; i < N; i++) {
      const k = sampler.poisson(mean);
      counts.set(k, (counts.get(k) ?? 0) + 1);
    }
    // Outcomes expected fewer than 20 times are taken together with the next ones.
    let statistic = 0;
    let cells = 0;
    let expected = 0;
    let seen = 0;
    let left = N;
    let leftSeen = N;
    const last = Math.ceil(mean + 10 * Math.sqrt(mean) + 20);
    for (let k = 0; k <= last; k++) {
      expected += N * Math.exp(k * Math.log(mean) - mean - lnGamma(k + 1));
      seen += counts.get(k) ?? 0;
      if (expected < 20 || left - expected < 20) continue;
      statistic += (seen - expected) ** 2 / expected;
      cells++;
      left -= expected;
      leftSeen -= seen;
      expected = 0;
      seen = 0;
    }
    statistic += (leftSeen - left) ** 2 / left;
    expect(cells).toBeGreaterThan(0);
    expect(chiSquaredSurvival(statistic, cells)).toBeGreaterThan(1e-3);
  });

  it.each([1e6, 1e9])("of mean %d have its moments, and are normal", (mean) => {
    const sampler = createSampler(openStream(3, 0, mean));
    const values = Float64Array.from({ length: N }, () => sampler.poisson(mean));
    expect(values.every(Number.isInteger)).toBe(true);
    const pulls = values.map((k) => (k - mean) / Math.sqrt(mean));
    const moment = (power: number): number => pulls.reduce((s, z) => s + z ** power, 0) / N;
    expect(Math.abs(moment(1)) * Math.sqrt(N)).toBeLessThan(4);
    expect(Math.abs(moment(2) - 1) * Math.sqrt(N / 2)).toBeLessThan(4);
    expect(Math.abs(moment(3) - 1 / Math.sqrt(mean)) * Math.sqrt(N / 15)).toBeLessThan(4);
    expect(Math.abs(moment(4) - 3) * Math.sqrt(N / 96)).toBeLessThan(4);
    expect(distanceFromNormal(pulls) * Math.sqrt(N)).toBeLessThan(1.95);
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
    expect(distanceFromNormal(values) * Math.sqrt(N)).toBeLessThan(1.95);
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
