import { describe, expect, it } from "vitest";
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
