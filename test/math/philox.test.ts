import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { chiSquaredSurvival } from "../../src/math/chi-squared.ts";
import { openStream, philox4x32 } from "../../src/math/philox.ts";

/** Random123's `kat_vectors`: counter, key, result. */
const KNOWN_ANSWERS = [
  [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    "408f276d 41c83b0e a20bc7c6 6d5451fd",
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    "d16cfe09 94fdcceb 5001e420 24126ea1",
  ],
] as const;

describe("Philox4x32-10", () => {
  it.each(KNOWN_ANSWERS)("of %j under %j is the published block", (counter, key, answer) => {
    const block = new Uint32Array(4);
    philox4x32(counter, key, block);
    expect([...block].map((word) => word.toString(16).padStart(8, "0")).join(" ")).toBe(answer);
  });
});

/** The definition in whole numbers of any size. */
function naivePhilox(counter: readonly number[], key: readonly number[]): number[] {
  const word = 0xffffffffn;
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & word, (p0 >> 32n) ^ c3 ^ k1, p0 & word];
    [k0, k1] = [(k0 + 0x9e3779b9n) & word, (k1 + 0xbb67ae85n) & word];
  }
  return [c0, c1, c2, c3].map(Number);
}

test("Philox4x32-10 is its definition on any counter and key", () => {
  const word = fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.constantFrom(0, 0xffffffff));
  const counters = fc.array(word, { minLength: 4, maxLength: 4 });
  const keys = fc.array(word, { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(counters, keys, (counter, key) => {
      const block = new Uint32Array(4);
      philox4x32(counter, key, block);
      expect([...block]).toEqual(naivePhilox(counter, key));
    }),
    { numRuns: 2000 },
  );
});

describe("a stream", () => {
  const first = (seed: number, ensemble: number, index: number): number =>
    openStream(seed, ensemble, index).uniform();

  it("is pinned, and the same when opened again", () => {
    const stream = openStream(42, 1, 7);
    const values = Array.from({ length: 5 }, () => stream.uniform());
    const again = openStream(42, 1, 7);
    expect(Array.from({ length: 5 }, () => again.uniform())).toEqual(values);
    expect(values).toMatchInlineSnapshot(`
      [
        0.9987346429826787,
        0.9679349408597403,
        0.024745918212557116,
        0.07613862007530037,
        0.39901507426164273,
      ]
    `);
  });

  it("is another one for every bit of seed, ensemble and index", () => {
    const big = 2 ** 52;
    const places = [0, 1, 2 ** 31, 2 ** 32, big].flatMap((a) =>
      [0, 1, 2 ** 31].flatMap((b) => [0, 1, 2 ** 32, big].map((c) => [a, b, c] as const)),
    );
    const values = places.map(([seed, ensemble, index]) => first(seed, ensemble, index));
    expect(new Set(values).size).toBe(places.length);
  });

  it("is uniform: Kolmogorov-Smirnov at 0.1 %, and in its last bits too", () => {
    const n = 100_000;
    const stream = openStream(1, 0, 0);
    const values = Float64Array.from({ length: n }, () => stream.uniform());
    let odd = 0;
    for (const value of values) odd += (value * 2 ** 53) % 2;
    expect(Math.abs(odd - n / 2)).toBeLessThan(4 * Math.sqrt(n / 4));
    expect(Math.min(...values.subarray(0, 1000))).toBeGreaterThan(0);
    values.sort();
    let distance = 0;
    values.forEach((u, i) => {
      distance = Math.max(distance, Math.abs(u - i / n), Math.abs(u - (i + 1) / n));
    });
    expect(distance * Math.sqrt(n)).toBeLessThan(1.95);
  });
});

/** First numbers of many streams, in order. */
const N_STREAMS = 100_000;
const CELLS = 16;

/** p-value of chi-square that pairs of uniform numbers fill a square evenly: they are uniform and independent. */
function independence(a: Float64Array, b: Float64Array): number {
  const counts = new Float64Array(CELLS * CELLS);
  const cell = (u: number): number => Math.floor(CELLS * u);
  a.forEach((u, i) => {
    counts[CELLS * cell(u) + cell(b[i] as number)]++;
  });
  const expected = a.length / counts.length;
  const statistic = counts.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
  return chiSquaredSurvival(statistic, counts.length - 1);
}

/** Correlation of uniform numbers, in standard deviations of that of independent ones. */
function correlation(a: Float64Array, b: Float64Array): number {
  const sum = a.reduce((total, u, i) => total + (u - 0.5) * ((b[i] as number) - 0.5), 0);
  return (12 * sum) / Math.sqrt(a.length);
}

describe("streams are independent of", () => {
  /** The `place`-th number of stream k of a family. */
  const numbers = (open: (k: number) => readonly [number, number, number], place = 0) =>
    Float64Array.from({ length: N_STREAMS }, (_, k) => {
      const { uniform } = openStream(...open(k));
      for (let i = 0; i < place; i++) uniform();
      return uniform();
    });
  const here = numbers((k) => [42, 0, k]);

  it.each([
    ["the next toy", numbers((k) => [42, 0, k + 1])],
    ["the toy after that", numbers((k) => [42, 0, k + 2])],
    ["a toy of 2^32 more", numbers((k) => [42, 0, k + 2 ** 32])],
    ["the next ensemble", numbers((k) => [42, 1, k])],
    ["the next seed", numbers((k) => [43, 0, k])],
    ["a seed of 2^32 more", numbers((k) => [42 + 2 ** 32, 0, k])],
    ["a toy and a seed that change places", numbers((k) => [k, 0, 42])],
    ["their own second number", numbers((k) => [42, 0, k], 1)],
    ["their own third number, of another block", numbers((k) => [42, 0, k], 2)],
    ["the second number of the next toy", numbers((k) => [42, 0, k + 1], 1)],
  ] as const)("%s", (_, there) => {
    expect(Math.abs(correlation(here, there))).toBeLessThan(4);
    expect(independence(here, there)).toBeGreaterThan(1e-3);
  });

  it("each other as seeds and as ensembles follow each other", () => {
    for (const open of [(k: number) => [k, 0, 0] as const, (k: number) => [0, k, 0] as const]) {
      const values = numbers(open);
      const next = numbers((k) => open(k + 1));
      expect(Math.abs(correlation(values, next))).toBeLessThan(4);
      expect(independence(values, next)).toBeGreaterThan(1e-3);
    }
  });

  it("which these tests would notice if they were not", () => {
    expect(independence(here, here)).toBeLessThan(1e-6);
    expect(
      independence(
        here,
        here.map((u) => (2 * u) % 1),
      ),
    ).toBeLessThan(1e-6);
    expect(correlation(here, here)).toBeGreaterThan(100);
  });
});
