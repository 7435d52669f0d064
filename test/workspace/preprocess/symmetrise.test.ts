import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NextstatError } from "../../../src/errors.ts";
import {
  SYMMETRISE_METHODS,
  type SymmetriseOptions,
  symmetriseVariations,
} from "../../../src/workspace/preprocess/symmetrise.ts";
import { validateWorkspace } from "../../../src/workspace/validate.ts";
import {
  arbitraryTemplate,
  expectClose,
  golden,
  histosys,
  modifiersOf,
  normsys,
  sidesOf,
  sum,
  workspaceOf,
} from "./support.ts";

describe.each(SYMMETRISE_METHODS)("%s", (method) => {
  test("is that of the golden numbers", () => {
    expect(golden.mirrors.length).toBeGreaterThan(30);
    for (const { nominal, hi, lo, [method]: expected } of golden.mirrors) {
      const input = workspaceOf(nominal, [histosys("a", hi, lo)]);
      const { workspace } = symmetriseVariations(input, { method });
      expectClose(sidesOf(workspace).hi, expected.hi);
      expectClose(sidesOf(workspace).lo, expected.lo);
    }
  });

  test("a normsys is a histosys of one bin with nominal 1", () => {
    for (const [hi, lo] of [
      [1.2, 0.9],
      [1, 0.7],
      [0.9, 0.8],
      [1.3, 1],
    ] as const) {
      const input = workspaceOf([1], [histosys("a", [hi], [lo]), normsys("b", hi, lo)]);
      const { workspace, changes } = symmetriseVariations(input, { method });
      const [histo, norm] = modifiersOf(workspace);
      expect(norm).toEqual(
        normsys("b", sidesOf(workspace).hi[0] as number, sidesOf(workspace).lo[0] as number),
      );
      expect(histo).toEqual(histosys("a", sidesOf(workspace).hi, sidesOf(workspace).lo));
      if (changes.length > 0) {
        const [{ hi: a, lo: b }, { hi: c, lo: d }] = changes as [
          (typeof changes)[0],
          (typeof changes)[0],
        ];
        expect([c, d]).toEqual([a, b]);
      }
    }
  });

  test("properties: mirror images, done once, valid", () => {
    fc.assert(
      fc.property(arbitraryTemplate, ({ nominal, hi, lo }) => {
        const input = workspaceOf(nominal, [histosys("a", hi, lo), normsys("b", 1.3, 0.8)]);
        const { workspace, warnings } = symmetriseVariations(input, { method });
        validateWorkspace(workspace);
        expect(warnings).toEqual([]);
        const sides = sidesOf(workspace);
        expectClose(
          sides.hi.map((v, b) => v + (sides.lo[b] ?? 0)),
          nominal.map((n) => 2 * n),
        );
        const again = symmetriseVariations(workspace, { method });
        expect(again.changes).toEqual([]);
        expect(again.workspace).toEqual(workspace);
      }),
      { numRuns: 60 },
    );
  });
});

test("the definitions, by hand", () => {
  const sides = (method: (typeof SYMMETRISE_METHODS)[number]) =>
    sidesOf(
      symmetriseVariations(workspaceOf([100, 100], [histosys("a", [112, 98], [96, 92])]), {
        method,
      }).workspace,
    );
  expect(sides("onesided")).toEqual({ hi: [112, 98], lo: [88, 102] });
  expect(sides("twosided")).toEqual({ hi: [108, 103], lo: [92, 97] });
  expect(sides("absmean")).toEqual({ hi: [108, 95], lo: [92, 105] });
  expect(sides("max")).toEqual({ hi: [112, 108], lo: [88, 92] });
});

test("the change log", () => {
  const input = workspaceOf(
    [100, 0],
    [histosys("a", [110, 0], [100, 0]), histosys("b", [100, 0], [100, 0]), normsys("c", 1.1, 1)],
  );
  const before = structuredClone(input);
  const { changes, nConsidered } = symmetriseVariations(input, { method: "onesided" });
  expect(input).toEqual(before);
  expect(nConsidered).toBe(3);
  const at = { channel: "SR", sample: "s" };
  const lo = { largestChange: 0.1, integralBefore: 100, integralAfter: 90, limitedBins: [] };
  expect(changes).toEqual([
    { ...at, modifier: "a", type: "histosys", hi: null, lo },
    {
      ...at,
      modifier: "c",
      type: "normsys",
      hi: null,
      lo: {
        largestChange: expect.closeTo(0.1, 14),
        integralBefore: 1,
        integralAfter: expect.closeTo(0.9, 14),
        limitedBins: [],
      },
    },
  ]);
});

describe("values that would be negative", () => {
  const input = workspaceOf([10, 10], [histosys("a", [12, 25], [9, 9]), normsys("b", 2.5, 0.9)]);
  const errorOf = (modifiers: string[]): unknown => {
    try {
      return symmetriseVariations(input, { method: "onesided", modifiers });
    } catch (error) {
      return error;
    }
  };

  test("are refused, with the place", () => {
    const histo = errorOf(["a"]);
    expect(histo).toBeInstanceOf(NextstatError);
    expect(histo).toMatchObject({
      kind: "input",
      problem:
        'onesided makes lo of histosys "a" of sample "s" in channel "SR" negative in bin 1 (-5)',
      location: { pointer: "/channels/0/samples/0/modifiers/1/data/lo_data/1" },
    });
    expect(errorOf(["b"])).toMatchObject({
      problem: 'onesided makes lo of normsys "b" of sample "s" in channel "SR" negative (-0.5)',
      location: { pointer: "/channels/0/samples/0/modifiers/2/data/lo" },
    });
  });

  test("or clamped to 0, with a warning", () => {
    const options = { method: "onesided", policy: "clamp" } as const;
    const { workspace, changes, warnings } = symmetriseVariations(input, options);
    expect(sidesOf(workspace)).toEqual({ hi: [12, 25], lo: [8, 0] });
    expect(modifiersOf(workspace)[1]).toEqual(normsys("b", 2.5, 0));
    expect(changes.map((c) => c.lo?.limitedBins)).toEqual([[1], [0]]);
    expect(changes[0]?.lo?.integralAfter).toBe(sum([8, 0]));
    expect(warnings).toEqual(["negative, set to 0: lo[1] of a on SR/s, lo of b on SR/s"]);
  });

  test("but left alone where the nominal or that side was negative already", () => {
    const negative = workspaceOf([-10, 10], [histosys("a", [-9, -2], [-10, 10])]);
    const { workspace } = symmetriseVariations(negative, { method: "onesided" });
    expect(sidesOf(workspace)).toEqual({ hi: [-9, -2], lo: [-11, 22] });
  });

  test("exactly 0 is not negative", () => {
    const double = workspaceOf([0.3, 7.7], [histosys("a", [0.6, 15.4], [0.3, 7.7])]);
    const { workspace } = symmetriseVariations(double, { method: "onesided" });
    expect(sidesOf(workspace).lo).toEqual([0, 0]);
  });
});

test.each<[SymmetriseOptions, RegExp]>([
  [{ method: "maximum" as "max" }, /^unknown symmetrisation method "maximum" — known: "onesided"/],
  [{ method: "max", policy: "clip" as "clamp" }, /^unknown policy for negative values "clip"/],
  [{ method: "max", channels: ["CR"] }, /^the workspace has no channel "CR"/],
])("refused: %j", (options, message) => {
  expect(() => symmetriseVariations(workspaceOf([1], []), options)).toThrow(
    expect.objectContaining({ kind: "usage", message: expect.stringMatching(message) }),
  );
});
