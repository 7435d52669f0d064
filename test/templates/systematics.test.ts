/** Systematics that depend on those of other samples, or on each other: combined, held, pruned as others are. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { combineSides } from "../../src/templates/combine-sides.ts";
import type {
  Combination,
  Pruning,
  RegionPlan,
  SystematicPlan,
  TemplateEffect,
  TemplateSource,
} from "../../src/templates/plan.ts";
import { requestsOf } from "../../src/templates/requests.ts";
import { buildWorkspace } from "../../src/templates/workspace.ts";
import type { Modifier } from "../../src/workspace/types.ts";
import { PLAIN_EFFECT } from "./plain-effect.ts";

const source = (histogram: string): TemplateSource => ({
  kind: "histogram",
  origin: histogram,
  files: [{ path: "f", histogram }],
  scale: 1,
});

type Contents = Readonly<Record<string, readonly number[]>>;
type Systematics = Readonly<Record<string, readonly SystematicPlan[]>>;

/** Modifiers by sample of a region with the samples of `systematics`; those that begin with `signal` are signals. */
function modifiersOf(
  contents: Contents,
  systematics: Systematics,
): Readonly<Record<string, readonly Modifier[]>> {
  const region: RegionPlan = {
    name: "SR",
    binning: { edges: null, isUniform: false, rebin: null, dropped: [], mergeOutside: false },
    data: null,
    samples: Object.entries(systematics).map(([name, own]) => ({
      name,
      isSignal: name.startsWith("signal"),
      nominal: source(name),
      statistical: null,
      normFactors: [],
      shapeFactors: [],
      scalesWithLuminosity: false,
      systematics: own,
    })),
    blinding: null,
  };
  const plan = {
    style: "root" as const,
    measurement: "m",
    pois: [],
    luminosity: null,
    floor: null,
    parameters: [],
    regions: [region],
  };
  const templates = new Map(
    requestsOf(plan).histograms.map(({ key, location }) => {
      const values = contents[location.histogram] as readonly number[];
      return [key, { edges: [...values.keys(), values.length], values, variances: values }];
    }),
  );
  const [channel] = buildWorkspace(plan, templates).workspace.channels;
  return Object.fromEntries((channel?.samples ?? []).map((s) => [s.name, s.modifiers]));
}

const jes = (effect: Partial<TemplateEffect>): SystematicPlan => ({
  name: "jes",
  parameter: "jes",
  effect: { ...PLAIN_EFFECT, ...effect },
});

describe("combining", () => {
  const nominal = [10, 10];
  const variations = [
    { up: [13, 9], down: [8, 10] },
    { up: [14, 12], down: [11, 9] },
    { up: [9, 10], down: [10, 10] },
  ];

  // By hand, from TRExFitter's CombineSpecialHistos. The larger differences are 3, 4, 1 and 1, 2, 0.
  test.each([
    ["envelope", [14, 12], [8, 9]],
    ["sum in squares", [10 + Math.sqrt(26), 12], [10 - Math.sqrt(5), 10 - Math.sqrt(2)]],
    ["standard deviation", [10 + Math.sqrt(7 / 3), 11], [10 - Math.sqrt(7 / 3), 9]],
    [
      "standard deviation of all",
      [10 + Math.sqrt(14 / 9), 10 + Math.sqrt(2 / 3)],
      [10 - Math.sqrt(14 / 9), 10 - Math.sqrt(2 / 3)],
    ],
    [
      "hessian",
      [10 + Math.sqrt(14 / 3), 10 + Math.sqrt(2)],
      [10 - Math.sqrt(14 / 3), 10 - Math.sqrt(2)],
    ],
  ] as const)("%s", (how, up, down) => {
    const made = combineSides(nominal, variations, how);
    // A few roundings of numbers of about 10.
    expect(made.up.map((v, b) => Math.abs(v - (up[b] as number)) < 1e-14 * 10)).toEqual([
      true,
      true,
    ]);
    expect(made.down.map((v, b) => Math.abs(v - (down[b] as number)) < 1e-14 * 10)).toEqual([
      true,
      true,
    ]);
  });

  test("one variation has no spread and stays; its envelope is that of both sides", () => {
    const one = { up: [12, 11], down: [11, 9] };
    expect(combineSides(nominal, [one], "hessian")).toBe(one);
    expect(combineSides(nominal, [one], "envelope")).toEqual({ up: [12, 11], down: [10, 9] });
  });

  test("an envelope holds all sides, whatever their order", () => {
    const value = fc.double({ min: 0, max: 100, noNaN: true });
    const side = fc.tuple(value, value);
    const all = fc.array(fc.record({ up: side, down: side }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(side, all, (n, many) => {
        const made = combineSides(n, many, "envelope");
        for (const sides of many) {
          for (const values of [sides.up, sides.down]) {
            for (const b of [0, 1] as const) {
              expect(values[b]).toBeLessThanOrEqual((made.up[b] as number) + 1e-12 * 100);
              expect(values[b]).toBeGreaterThanOrEqual((made.down[b] as number) - 1e-12 * 100);
            }
          }
        }
        expect(combineSides(n, many.toReversed(), "envelope")).toEqual(made);
      }),
    );
  });

  test("is one systematic, with its own choice of yield and shape", () => {
    const combined = (how: Combination, keepNormalisation: boolean): SystematicPlan => ({
      name: "jes",
      parameter: "jes",
      effect: {
        kind: "combined",
        how,
        parts: [
          { name: "jes", effect: { ...PLAIN_EFFECT, up: source("up1"), down: source("down1") } },
          {
            name: "jer",
            effect: { ...PLAIN_EFFECT, up: source("up2"), symmetrisation: "one-sided" },
          },
          { name: "xsec", effect: { kind: "normalisation", up: 1.1, down: 0.7 } },
        ],
        keepNormalisation,
        keepShape: true,
        pruning: null,
      },
    });
    const contents = { ttbar: [10, 10], up1: [12, 10], down1: [9, 10], up2: [10, 14] };
    const of = (keepsNormalisation: boolean): readonly Modifier[] =>
      modifiersOf(contents, { ttbar: [combined("envelope", keepsNormalisation)] }).ttbar ?? [];
    // Up: +2 of jes, +4 of jer; down: -3 of the yield, -4 of jer mirrored.
    const hi = 26 / 20;
    const lo = 13 / 20;
    const shape = { hi_data: [12 / hi, 14 / hi], lo_data: [7 / lo, 6 / lo] };
    expect(of(true)).toEqual([
      { name: "jes", type: "normsys", data: { hi, lo } },
      { name: "jes", type: "histosys", data: shape },
    ]);
    expect(of(false).map(({ type }) => type)).toEqual(["histosys"]);
  });
});

describe("yields held together", () => {
  test("the sum of the samples stays, whatever each does", () => {
    const of = (name: string): SystematicPlan =>
      jes({ up: source(`${name}_up`), down: source(`${name}_down`), heldWith: ["a", "b"] });
    const contents = {
      a: [10, 20],
      a_up: [15, 25],
      a_down: [8, 18],
      b: [5, 5],
      b_up: [4, 4],
      b_down: [6, 7],
      c: [1, 1],
      c_up: [2, 2],
      c_down: [1, 1],
    };
    const made = modifiersOf(contents, {
      a: [of("a")],
      b: [of("b")],
      // Not of the sum, though of the same systematic.
      c: [jes({ up: source("c_up"), down: source("c_down") })],
    });
    const yields = (name: string) => made[name]?.[0]?.data as { hi: number; lo: number };
    // Both times 40 / 48 up and 40 / 39 down.
    expect(yields("a").hi).toBeCloseTo(((40 / 30) * 40) / 48, 14);
    expect(yields("b").lo).toBeCloseTo(((13 / 10) * 40) / 39, 14);
    expect(30 * yields("a").hi + 10 * yields("b").hi).toBeCloseTo(40, 12);
    expect(30 * yields("a").lo + 10 * yields("b").lo).toBeCloseTo(40, 12);
    expect(yields("c")).toEqual({ hi: 2, lo: 1 });
  });
});

describe("pruning", () => {
  const contents = {
    small: [1, 1],
    small_up: [1.4, 1.2],
    large: [100, 50],
    large_up: [101, 50.5],
    signal: [50, 149],
    signal_up: [60, 149],
  };
  const types = (effect: Partial<TemplateEffect>, pruning: Pruning): unknown => {
    const of = (name: string): readonly SystematicPlan[] => [
      jes({ up: source(`${name}_up`), symmetrisation: "one-sided", ...effect, pruning }),
    ];
    const made = modifiersOf(contents, {
      small: of("small"),
      large: of("large"),
      signal: of("signal"),
    });
    return Object.values(made).map((modifiers) => modifiers.map(({ type }) => type));
  };

  test("compares a change with the sample, with the backgrounds or with everything", () => {
    // Yields: 30 %, 1 %, 5 % of the samples; 0.4, 1, 6.6 % of 152; 0.17, 0.43, 2.8 % of 351.
    const pruning = { normalisation: 0.02, shape: 1 };
    expect(types({}, pruning)).toEqual([["normsys"], [], ["normsys"]]);
    expect(types({}, { ...pruning, relativeTo: "background" })).toEqual([[], [], ["normsys"]]);
    const strict = { normalisation: 0.03, shape: 1 };
    expect(types({}, { ...strict, relativeTo: "background" })).toEqual([[], [], ["normsys"]]);
    expect(types({}, { ...strict, relativeTo: "total" })).toEqual([[], [], []]);
  });

  test("compares a shape bin by bin", () => {
    // 1.4 / 1.3 is 7.7 % from 1, and 0.08 % of 101.
    const pruning = { normalisation: 10, shape: 0.01 };
    expect(types({}, pruning)).toEqual([["histosys"], [], ["histosys"]]);
    expect(types({}, { ...pruning, relativeTo: "background" })).toEqual([[], [], ["histosys"]]);
  });

  test("does to all samples what it does to one", () => {
    const pruning = { normalisation: 0.02, shape: 10 };
    expect(types({ prunedAs: "large" }, pruning)).toEqual([[], [], []]);
    expect(types({ prunedAs: "small" }, pruning)).toEqual([["normsys"], ["normsys"], ["normsys"]]);
    // A sample without the effect decides nothing.
    expect(types({ prunedAs: "other" }, pruning)).toEqual([["normsys"], [], ["normsys"]]);
  });
});
