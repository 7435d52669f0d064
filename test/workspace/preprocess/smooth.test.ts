import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { smooth353qhTwice, smoothGaussian } from "../../../src/workspace/preprocess/kernels.ts";
import { type SmoothOptions, smoothHistosys } from "../../../src/workspace/preprocess/smooth.ts";
import { validateWorkspace } from "../../../src/workspace/validate.ts";
import {
  arbitraryTemplate,
  expectClose,
  golden,
  histosys,
  normsys,
  sidesOf,
  sum,
  workspaceOf,
} from "./support.ts";

describe("353QH, twice", () => {
  test("there are enough golden arrays", () => {
    expect(golden.arrays.length).toBe(1000);
    expect(new Set(golden.arrays.map(({ values }) => values.length)).size).toBe(60);
  });

  test("is cabinetry's", () => {
    for (const { values, smooth } of golden.arrays) expectClose(smooth353qhTwice(values), smooth);
  });

  test("leaves constants and straight lines alone", () => {
    expect(smooth353qhTwice([4, 4, 4, 4, 4])).toEqual([4, 4, 4, 4, 4]);
    const line = Array.from({ length: 12 }, (_, i) => 3 * i + 1);
    expect(smooth353qhTwice(line)).toEqual(line);
  });

  test("takes out a spike, keeps what is wide", () => {
    expect(smooth353qhTwice([1, 1, 1, 9, 1, 1, 1])).toEqual([1, 1, 1, 1, 1, 1, 1]);
    const wide = smooth353qhTwice([1, 1, 1, 9, 9, 9, 9, 9, 1, 1, 1]);
    expect(wide[5]).toBeGreaterThan(8);
  });
});

describe("Gaussian kernel", () => {
  /** The same with the engine's own exponential. */
  const naive = (values: readonly number[], positions: readonly number[], sigma: number) =>
    positions.map((center) => {
      const weights = positions.map((p) => Math.exp(-((p - center) ** 2) / (2 * sigma ** 2)));
      return sum(weights.map((w, i) => w * (values[i] as number))) / sum(weights);
    });

  test.each([0.01, 0.3, 1.5, 5, 1000])("with sigma %d", (sigma) => {
    const values = [1, 4, 2, 8, 5, 7];
    const positions = [0, 1, 2, 5, 6, 40];
    expectClose(smoothGaussian(values, positions, sigma), naive(values, positions, sigma));
  });

  test("a bin far from all others keeps its value", () => {
    expect(smoothGaussian([1, 2, 9], [0, 1, 60], 1.5)[2]).toBe(9);
  });
});

describe("smoothing of histosys", () => {
  test("is cabinetry's, ratio method and integral", () => {
    expect(golden.ratios.length).toBeGreaterThan(50);
    for (const { nominal, variation, smooth } of golden.ratios) {
      const input = workspaceOf(nominal, [histosys("a", variation, nominal)]);
      const { workspace, changes } = smoothHistosys(input);
      const { hi, lo } = sidesOf(workspace);
      expectClose(hi, smooth);
      expect(lo).toEqual(nominal);
      const [change] = changes;
      // A ratio that is smooth already is no change.
      if (change === undefined) continue;
      expect(change.lo).toBeNull();
      expect(change.hi?.integralBefore).toBe(sum(variation));
      expectClose([change.hi?.integralAfter ?? 0], [sum(variation)]);
      const relative = hi.map((v, b) => Math.abs(v - (variation[b] ?? 0)) / (nominal[b] ?? 0));
      expect(change.hi?.largestChange).toBe(Math.max(...relative));
    }
  });

  const nominal = [100, 80, 0, 60, 50, 40];
  const input = workspaceOf(nominal, [
    histosys("a", [110, 100, 3, 66, 55, 44], [90, 72, 0, 54, 45, 36]),
    normsys("b", 1.1, 0.9),
  ]);

  test("bins without nominal keep their value, and neither input nor other modifiers change", () => {
    const before = structuredClone(input);
    const { workspace, changes, nConsidered, warnings } = smoothHistosys(input);
    expect(input).toEqual(before);
    expect(sidesOf(workspace).hi[2]).toBe(3);
    expectClose([sum(sidesOf(workspace).hi)], [sum([110, 100, 3, 66, 55, 44])]);
    expect(workspace.channels[0]?.samples[0]?.modifiers[2]).toBe(
      input.channels[0]?.samples[0]?.modifiers[2],
    );
    expect(workspace.observations).toBe(input.observations);
    expect(nConsidered).toBe(1);
    expect(warnings).toEqual([]);
    expect(changes).toMatchObject([
      { channel: "SR", sample: "s", modifier: "a", type: "histosys", lo: null },
    ]);
  });

  test("the largest variation can be limited", () => {
    const { workspace, changes } = smoothHistosys(input, { maxVariation: 0.05 });
    const { hi, lo } = sidesOf(workspace);
    expectClose(hi, [105, 84, 3, 63, 52.5, 42]);
    expectClose(lo, [95, 76, 0, 57, 47.5, 38]);
    expect(changes[0]?.lo?.limitedBins).toEqual([0, 1, 3, 4, 5]);
    expect(changes[0]?.lo?.integralAfter).toBeCloseTo(313.5, 10);
  });

  test("the largest original variation can be the limit", () => {
    const flat = [100, 100, 100, 100, 100];
    const overshoots = workspaceOf(flat, [histosys("a", [130, 130, 80, 70, 130], flat)]);
    const free = sidesOf(smoothHistosys(overshoots).workspace).hi;
    expect(free[0]).toBeGreaterThan(149);
    const { workspace, changes } = smoothHistosys(overshoots, { capOriginal: true });
    expect(sidesOf(workspace).hi).toEqual([130, 130, ...free.slice(2)]);
    expect(changes[0]?.hi?.limitedBins).toEqual([0, 1]);
    fc.assert(
      fc.property(arbitraryTemplate, ({ nominal: n, hi, lo }) => {
        const relative = (side: readonly number[]) =>
          Math.max(0, ...side.flatMap((v, b) => (n[b] ? [Math.abs(v / (n[b] ?? 0) - 1)] : [])));
        const capped = smoothHistosys(workspaceOf(n, [histosys("a", hi, lo)]), {
          capOriginal: true,
        });
        expect(relative(sidesOf(capped.workspace).hi)).toBeLessThanOrEqual(relative(hi) + 1e-11);
      }),
      { numRuns: 50 },
    );
  });

  test("the Gaussian kernel keeps integrals too", () => {
    const gaussian = smoothHistosys(input, { method: "gaussian", sigma: 2 });
    expectClose([sum(sidesOf(gaussian.workspace).hi)], [378]);
    const narrow = smoothHistosys(input, { method: "gaussian", sigma: 0.01 });
    expect(narrow.changes).toEqual([]);
    expect(sidesOf(narrow.workspace)).toEqual(sidesOf(input));
    const byDefault = smoothHistosys(input, { method: "gaussian" });
    expect(byDefault).toEqual(smoothHistosys(input, { method: "gaussian", sigma: 1.5 }));
  });

  test("names restrict it", () => {
    for (const restriction of [{ channels: ["SR"] }, { samples: ["s"] }, { modifiers: ["a"] }]) {
      expect(smoothHistosys(input, restriction).changes).toHaveLength(1);
    }
    expect(smoothHistosys(input, { modifiers: ["b"] })).toMatchObject({
      nConsidered: 0,
      warnings: ["the names given leave nothing to do"],
    });
    expect(smoothHistosys(input, { modifiers: [] }).workspace).toEqual(input);
  });

  test.each<[string, number[], number[], RegExp]>([
    ["too few bins", [5, 0, 4], [6, 1, 5], /^not smoothed, fewer than 3 bins .*: a on SR\/s$/],
    ["nothing left", [5, 5, 5, 5], [0, 20, 0, 0], /^not smoothed, no scale would/],
    ["numbers without a ratio", [1e-320, 1, 1], [1, 1, 1], /^not smoothed, the ratio .* \(hi\)$/],
    ["a large rescaling", [5, 5, 5, 5, 5], [1, 40, 1, 1, 1], /^rescaled by more than a factor 2/],
  ])("%s: a warning", (_, n, hi, warning) => {
    const { workspace, warnings } = smoothHistosys(workspaceOf(n, [histosys("a", hi, n)]));
    expect(warnings.join("\n")).toMatch(warning);
    if (!warnings[0]?.startsWith("rescaled")) expect(sidesOf(workspace).hi).toEqual(hi);
  });

  test("negative bins appear only where there were some", () => {
    const n = [100, 100, 100, 100, 100, 100];
    const steep = sidesOf(
      smoothHistosys(
        workspaceOf(n, [histosys("a", [90, 3, 0, 0, 40, 2], [-9, -9, -9, 20, 70, 60])]),
      ).workspace,
    );
    expect(Math.min(...steep.hi)).toBeGreaterThanOrEqual(0);
    expect(Math.min(...steep.lo)).toBeLessThan(0);
    expectClose([sum(steep.hi), sum(steep.lo)], [135, 123]);
  });

  test("properties: constants stay, integrals stay, the result is a valid workspace", () => {
    fc.assert(
      fc.property(arbitraryTemplate, fc.constantFrom("353qh", "gaussian"), (template, method) => {
        const { nominal: n, hi, lo } = template;
        const scaled = workspaceOf(n, [
          histosys(
            "a",
            n.map((v) => 1.3 * v),
            n,
          ),
        ]);
        expect(smoothHistosys(scaled, { method: method as "353qh" }).changes).toEqual([]);
        const original = workspaceOf(n, [histosys("a", hi, lo)]);
        const { workspace } = smoothHistosys(original, { method: method as "353qh" });
        validateWorkspace(workspace);
        const [before, after] = [sidesOf(original), sidesOf(workspace)];
        for (const side of ["hi", "lo"] as const) {
          expect(Math.abs(sum(after[side]) - sum(before[side]))).toBeLessThanOrEqual(
            1e-12 * sum(before[side]),
          );
          expect(Math.min(...after[side])).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("refusals", () => {
  const input = workspaceOf([5, 6, 7], [histosys("jes", [6, 7, 8], [4, 5, 6])]);

  test.each<[SmoothOptions, RegExp]>([
    [{ method: "353h" as "353qh" }, /^unknown smoothing method "353h" — did you mean "353qh"\?$/],
    [{ maxVariation: 0 }, /^the largest variation must be above 0, found 0 — /],
    [{ maxVariation: Number.NaN }, /must be above 0, found NaN/],
    [{ method: "gaussian", sigma: -1 }, /^the width \(sigma\) .* must be above 0, found -1/],
    [{ sigma: 2 }, /^a width \(sigma\) has no meaning for the method 353qh — leave it out/],
    [{ channels: ["SRR"] }, /^the workspace has no channel "SRR" — did you mean "SR"\?$/],
    [{ samples: ["S"] }, /^the workspace has no sample "S" — did you mean "s"\?$/],
    [{ modifiers: ["jes", "jess"] }, /^the workspace has no modifier "jess" — did you mean "jes"/],
  ])("%j", (options, message) => {
    expect(() => smoothHistosys(input, options)).toThrow(
      expect.objectContaining({ kind: "usage", message: expect.stringMatching(message) }),
    );
  });
});
