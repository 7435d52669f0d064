/** Finding bins, against naive definitions. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binFinder, checkAxis } from "../../src/templates/bins.ts";

const OUTSIDE = -1;
const NOT_A_NUMBER = -2;

const edgesArbitrary = fc
  .uniqueArray(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 12 })
  .map((edges) => edges.map((e) => (e === 0 ? 0 : e)).sort((a, b) => a - b))
  .filter((edges) => edges.every((edge, i) => i === 0 || edge > (edges[i - 1] as number)));

describe("bins by edges", () => {
  test("a value is in the bin whose lower edge is the last one not above it", () => {
    fc.assert(
      fc.property(edgesArbitrary, fc.double({ min: -1.2e3, max: 1.2e3 }), (edges, value) => {
        const find = binFinder({ edges, isUniform: false, mergeOutside: false });
        const naive = edges.filter((edge) => edge <= value).length - 1;
        const isInside = naive >= 0 && naive < edges.length - 1;
        expect(find(value)).toBe(Number.isNaN(value) ? NOT_A_NUMBER : isInside ? naive : OUTSIDE);
        for (const [i, edge] of edges.entries()) {
          expect(find(edge)).toBe(i === edges.length - 1 ? OUTSIDE : i);
        }
      }),
    );
  });

  test("what is outside goes into the outer bins where it is merged", () => {
    const find = binFinder({ edges: [0, 1, 3], isUniform: false, mergeOutside: true });
    const values = [-1, Number.NEGATIVE_INFINITY, 0, 1, 3, Number.POSITIVE_INFINITY, Number.NaN];
    expect(values.map(find)).toEqual([0, 0, 0, 1, 1, 1, NOT_A_NUMBER]);
  });
});

describe("bins of equal width", () => {
  // ROOT 6.40: TAxis(10, 0, 1).FindBin(x) - 1. At 0.3 the edge is above it as 3 * 0.1 and not by ROOT's quotient.
  test("at edges as TAxis::FindBin", () => {
    const edges = Array.from({ length: 11 }, (_, i) => i * 0.1);
    const uniform = binFinder({ edges, isUniform: true, mergeOutside: false });
    const byEdges = binFinder({ edges, isUniform: false, mergeOutside: false });
    expect(uniform(0.3)).toBe(3);
    expect(byEdges(0.3)).toBe(2);
    expect([0, 0.1, 0.6, 0.7, 1 - 2 ** -53, 1].map(uniform)).toEqual([0, 1, 6, 7, 9, OUTSIDE]);
  });

  test("nothing below the upper edge is outside", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: -1e3, max: 1e3, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (bins, low, width, where) => {
          const high = low + width;
          const edges = Array.from({ length: bins + 1 }, (_, i) => low + (i * width) / bins);
          edges[bins] = high;
          const find = binFinder({ edges, isUniform: true, mergeOutside: false });
          const bin = find(Math.min(low + where * width, high - Math.abs(high) * 2 ** -52));
          expect(bin).toBeLessThan(bins);
        },
      ),
    );
  });
});

test.each([
  [[1], "needs two edges"],
  [[0, 0], "not ascending (0, 0)"],
  [[0, Number.NaN, 2], "not ascending (0, NaN)"],
])("edges %j are refused", (edges, message) => {
  expect(() => checkAxis({ edges }, "line 3: Binning")).toThrow(`line 3: Binning`);
  expect(() => checkAxis({ edges }, "line 3: Binning")).toThrow(message);
});
