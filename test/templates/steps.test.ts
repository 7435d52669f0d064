/** What is done to templates: symmetrisation, merging of bins, splitting into yield and shape, regions. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Notices } from "../../src/templates/index.ts";
import type {
  Floor,
  Rebin,
  RegionPlan,
  SamplePlan,
  TemplateEffect,
} from "../../src/templates/plan.ts";
import { dropBins, mergedEdges, mergeTemplate } from "../../src/templates/rebin.ts";
import { requestsOf } from "../../src/templates/requests.ts";
import { symmetrise } from "../../src/templates/symmetrise.ts";
import type { Template } from "../../src/templates/template.ts";
import {
  checkSides,
  keptParts,
  prepareSides,
  sidesModifiers,
} from "../../src/templates/variation.ts";
import { buildWorkspace } from "../../src/templates/workspace.ts";
import { PLAIN_EFFECT } from "./plain-effect.ts";

const template = (values: readonly number[], variances = values): Template => ({
  edges: [...values.keys(), values.length],
  values,
  variances,
});

describe("symmetrisation", () => {
  const nominal = [10, 10, 10];
  const up = [12, 9, 10];
  const down = [9, 9, 14];

  // By hand, from the definitions in TRExFitter's HistoTools.
  test.each([
    ["none", [12, 9, 10], [9, 9, 14]],
    ["two-sided", [11.5, 10, 8], [8.5, 10, 12]],
    ["absolute mean", [11.5, 11, 12], [8.5, 9, 8]],
    ["maximum", [12, 9, 14], [8, 11, 6]],
    // Down differs more from the nominal in total.
    ["one-sided", [11, 11, 6], [9, 9, 14]],
  ] as const)("%s", (method, wantedUp, wantedDown) => {
    const made = symmetrise(nominal, up, down, method);
    expect([made.up, made.down]).toEqual([wantedUp, wantedDown]);
  });

  test("one-sided mirrors the side that is given", () => {
    expect(symmetrise(nominal, up, null, "one-sided").down).toEqual([8, 11, 10]);
    expect(symmetrise(nominal, null, up, "one-sided").up).toEqual([8, 11, 10]);
  });

  test("a negative mirror image becomes 0, and is told", () => {
    const { down: made, clamped } = symmetrise([1, 5], [3, 5], null, "one-sided");
    expect(made).toEqual([0, 5]);
    expect(clamped).toEqual([0]);
  });
});

describe("merging of bins", () => {
  const merge = (rebin: Rebin, signal: readonly number[], background: readonly number[]) =>
    mergedEdges(rebin, template(signal).edges, template(signal), template(background), "SR");

  test("by number and to edges", () => {
    expect(merge({ kind: "group", bins: 2 }, [1, 1, 1, 1], [1, 1, 1, 1])).toEqual([0, 2, 4]);
    expect(merge({ kind: "edges", edges: [0, 3, 4] }, [1, 1, 1, 1], [1, 1, 1, 1])).toEqual([
      0, 3, 4,
    ]);
    expect(() => merge({ kind: "group", bins: 3 }, [1, 1, 1, 1], [1, 1, 1, 1])).toThrow(
      '4 bins of region "SR" cannot be merged by 3',
    );
    expect(() => merge({ kind: "edges", edges: [0, 2.5] }, [1, 1, 1], [1, 1, 1])).toThrow(
      '2.5 is no edge of the histograms of region "SR"',
    );
  });

  test("TransfoD: a flat background alone gets as many bins as it may have", () => {
    const flat = Array.from({ length: 100 }, () => 10);
    const none = flat.map(() => 0);
    // A bin is full above a fifth of all: 21 of 100 bins. The last bin taken leads further from a fifth than 20 do, by
    // nothing, so 20 it is: |1/1.05 - 1| > |1/1 - 1|.
    const merging = merge({ kind: "TransfoD", signal: 0, background: 5 }, none, flat);
    expect(merging).toEqual([0, 20, 40, 60, 80, 100]);
  });

  test("TransfoD: by hand, with signal on the right", () => {
    // Z = 2 S/10 + 2 B/100 from the right: 0.8 + 0.1 = 0.9, then 1.3 + 0.2 - ... passes at bins 2 and 3.
    const signal = [0, 1, 5, 4];
    const background = [60, 30, 5, 5];
    // bin 3: 0.9; with bin 2: 2.0, |1/2 - 1| = 0.5 > |1/0.9 - 1| = 0.11: bin 3 alone. Bin 2: 1.1 passes alone.
    // Bin 1: 0.8; with bin 0: 2.0, again further: bin 1 alone, then bin 0: 1.2.
    expect(merge({ kind: "TransfoD", signal: 2, background: 2 }, signal, background)).toEqual([
      0, 1, 2, 3, 4,
    ]);
    // With 1 and 1: 0.45; 1.0 is not above 1; with bin 1: 1.4, further from 1 than 1.0 was.
    expect(merge({ kind: "TransfoD", signal: 1, background: 1 }, signal, background)).toEqual([
      0, 2, 4,
    ]);
  });

  test("TransfoF: the background of a bin is known to 10 %", () => {
    const signal = [1, 1, 1, 1];
    const background = [400, 400, 50, 50];
    // Poisson variances: 50 events are known to 14 %, 100 to 10 % and not better, 500 to 4 %.
    const merging = merge({ kind: "TransfoF", signal: 0, background: 100 }, signal, background);
    expect(merging).toEqual([0, 1, 4]);
  });

  test("keeps all content, and ascending edges", () => {
    const contents = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        contents,
        fc.constantFrom("TransfoD" as const, "TransfoF" as const),
        fc.integer({ min: 0, max: 8 }),
        fc.integer({ min: 0, max: 8 }),
        (values, kind, signal, background) => {
          const merging = merge({ kind, signal, background }, values, values.toReversed());
          expect(merging[0]).toBe(0);
          expect(merging.at(-1)).toBe(values.length);
          expect(merging.every((e, i) => i === 0 || e > (merging[i - 1] as number))).toBe(true);
          const total = (v: readonly number[]) => v.reduce((sum, x) => sum + x, 0);
          const merged = mergeTemplate(template(values), merging);
          expect(total(merged.values)).toBeCloseTo(total(values), 9);
        },
      ),
    );
  });

  test("bins that are dropped", () => {
    expect(dropBins(template([1, 2, 3]), [1])).toEqual({
      edges: [0, 1, 2],
      values: [1, 3],
      variances: [1, 3],
    });
  });
});

describe("modifiers of a variation", () => {
  const make = (
    effect: Partial<TemplateEffect>,
    up: readonly number[] | null,
    down: readonly number[] | null,
    nominal: readonly number[] = [10, 30],
  ) => {
    const notices = new Notices();
    const given = { up, down };
    const whole = { ...PLAIN_EFFECT, ...effect };
    const sides = prepareSides("here", nominal, given, whole, notices);
    if (sides === null) return { modifiers: [], notices: notices.list().map(({ kind }) => kind) };
    checkSides("here", nominal, sides, notices);
    const kept = keptParts(nominal, sides, whole, nominal);
    const modifiers = sidesModifiers("a", "here", nominal, sides, whole, kept, notices);
    return { modifiers, notices: notices.list().map(({ kind }) => kind) };
  };

  test("a change of the yield, and shapes at the nominal yield", () => {
    expect(make({}, [20, 60], [5, 15]).modifiers).toEqual([
      { name: "a", type: "normsys", data: { hi: 2, lo: 0.5 } },
      { name: "a", type: "histosys", data: { hi_data: [10, 30], lo_data: [10, 30] } },
    ]);
  });

  test("a negative total, as interference has, is varied just the same", () => {
    const { modifiers, notices } = make({}, [-15, 3], [-4, -2], [-10, 2]);
    // Ratios of -12 and -6 to -8.
    expect(modifiers).toEqual([
      { name: "a", type: "normsys", data: { hi: 1.5, lo: 0.75 } },
      { name: "a", type: "histosys", data: { hi_data: [-10, 2], lo_data: [-4 / 0.75, -2 / 0.75] } },
    ]);
    expect(notices).not.toContain("zero-integral");
    expect(make({}, [10, 3], [-4, -2], [-10, 2]).notices).toContain("not-normalised");
  });

  test("mirrored as cabinetry does: yield and shape apart", () => {
    const { modifiers } = make({ symmetrisation: "one-sided apart" }, [30, 50], null);
    expect(modifiers).toEqual([
      { name: "a", type: "normsys", data: { hi: 2, lo: 0 } },
      { name: "a", type: "histosys", data: { hi_data: [15, 25], lo_data: [5, 35] } },
    ]);
  });

  test("a channel with one bin has no shape", () => {
    expect(make({}, [11], [9], [10]).modifiers.map(({ type }) => type)).toEqual(["normsys"]);
  });

  test("only the yield, only the shape", () => {
    const types = (effect: Partial<TemplateEffect>) =>
      make(effect, [12, 30], [9, 30]).modifiers.map(({ type }) => type);
    expect(types({ keepShape: false })).toEqual(["normsys"]);
    expect(types({ keepNormalisation: false })).toEqual(["histosys"]);
  });

  test("pruning looks at both parts on their own", () => {
    const types = (normalisation: number, shape: number) =>
      make({ pruning: { normalisation, shape } }, [11, 31], [10, 30]);
    // 5 % in the yield; in the shape 11 * 40 / 42 is 4.8 % from 10.
    expect(types(0.04, 0.04).modifiers.length).toBe(2);
    expect(types(0.06, 0.04).modifiers.map(({ type }) => type)).toEqual(["histosys"]);
    expect(types(0.04, 0.06).modifiers.map(({ type }) => type)).toEqual(["normsys"]);
    expect(types(0.06, 0.06)).toEqual({ modifiers: [], notices: ["one-sided", "pruned"] });
  });

  test("the difference to the nominal is scaled first", () => {
    const { modifiers } = make({ scaleUp: 2, scaleDown: 0.5 }, [11], [8], [10]);
    expect(modifiers[0]?.data).toEqual({ hi: 1.2, lo: 0.9 });
  });

  test.each([
    ["zero-integral", [1, 1], [0, 0], [0, 0]],
    ["not-normalised", [-5, 3], [1, 1], [10, 30]],
    ["no-effect", [10, 30], [10, 30], [10, 30]],
    ["same-side", [12, 32], [11, 31], [10, 30]],
    ["huge", [25, 30], [10, 30], [10, 30]],
    ["negative-bins", [-1, 45], [10, 30], [10, 30]],
    ["one-sided", [12, 30], [10, 30], [10, 30]],
  ] as const)("%s is told", (kind, up, down, nominal) => {
    expect(make({}, up, down, nominal).notices).toContain(kind);
  });
});

describe("regions", () => {
  const source = (name: string) => ({
    kind: "histogram" as const,
    origin: "test",
    files: [{ path: "file.root", histogram: name }],
    scale: 1,
  });
  const sample = (name: string, isSignal: boolean, more: Partial<SamplePlan> = {}): SamplePlan => ({
    name,
    isSignal,
    nominal: source(name),
    statistical: null,
    normFactors: [],
    shapeFactors: [],
    scalesWithLuminosity: false,
    systematics: [],
    ...more,
  });
  const region = (more: Partial<RegionPlan>): RegionPlan => ({
    name: "SR",
    binning: { edges: null, isUniform: false, rebin: null, dropped: [], mergeOutside: false },
    data: source("data"),
    samples: [sample("signal", true), sample("background", false)],
    blinding: null,
    ...more,
  });
  const build = (
    plan: RegionPlan,
    histograms: Readonly<Record<string, Template>>,
    floor: Floor | null = null,
  ) => {
    const analysis = {
      style: "root" as const,
      measurement: "m",
      pois: ["mu"],
      luminosity: null,
      floor,
      parameters: [],
      regions: [plan],
    };
    const { histograms: requests } = requestsOf(analysis);
    const templates = new Map(
      requests.map(({ key, location }) => [key, histograms[location.histogram] as Template]),
    );
    return buildWorkspace(analysis, templates);
  };
  const CONTENT = {
    data: template([7, 7]),
    signal: template([1, 5]),
    background: template([10, 10], [4, 0.25]),
  };

  test.each([
    [{ kind: "bins", bins: [0] }, [11, 7]],
    [{ kind: "S/B", threshold: 0.2 }, [7, 15]],
    [{ kind: "S/(S+B)", threshold: 0.05 }, [11, 15]],
    [{ kind: "S/sqrt(B)", threshold: 1 }, [7, 15]],
    [{ kind: "S/sqrt(S+B)", threshold: 2 }, [7, 7]],
  ] as const)("blinding %j", (blinding, wanted) => {
    expect(build(region({ blinding }), CONTENT).workspace.observations[0]?.data).toEqual(wanted);
  });

  test("without data the expected events are observed, and that is told", () => {
    const { workspace, notices } = build(region({ data: null }), CONTENT);
    expect(workspace.observations[0]?.data).toEqual([11, 15]);
    expect(notices.map(({ kind }) => kind)).toContain("asimov");
  });

  test("a threshold of statistical uncertainties looks at the sum of samples", () => {
    const statistical = { kind: "shared", threshold: 0.1, constraint: "Poisson" } as const;
    const samples = [sample("background", false, { statistical })];
    const { workspace } = build(region({ samples }), CONTENT);
    // 2/10 and 0.5/10.
    expect(workspace.channels[0]?.samples[0]?.modifiers).toEqual([
      { name: "staterror_SR", type: "staterror", data: [2, 0], constraint: { type: "Poisson" } },
    ]);
  });

  test("uncertainties of a sample alone", () => {
    const statistical = { kind: "separate", threshold: 0.1, constraint: "Poisson" } as const;
    const samples = [sample("background", false, { statistical })];
    const { workspace } = build(region({ samples }), CONTENT);
    expect(workspace.channels[0]?.samples[0]?.modifiers).toEqual([
      { name: "stat_SR_background", type: "shapesys", data: [2, 0] },
    ]);
  });

  describe("empty and negative bins", () => {
    const effect: TemplateEffect = { ...PLAIN_EFFECT, up: source("up") };
    const systematics = [{ name: "s", parameter: "s", effect }];
    const statistical = { kind: "shared", threshold: 0, constraint: "Gaussian" } as const;
    const floor: Floor = { events: 1e-6, guessesUncertainty: true, rescalesNegative: false };
    const content = {
      data: template([7, 7, 7, 7]),
      background: template([10, 0, -1, 4], [1, 0, 2.25, 0.25]),
      up: template([12, 3, -3, 4]),
    };
    /** Content, and uncertainties of the first modifier. */
    const mended = (
      how: Partial<Floor>,
      isSignal = false,
      more: Readonly<Record<string, Template>> = {},
    ) => {
      const samples = [sample("background", isSignal, { systematics, statistical })];
      const made = build(region({ samples }), { ...content, ...more }, { ...floor, ...how });
      const [only] = made.workspace.channels[0]?.samples ?? [];
      return {
        data: only?.data,
        uncertainties: only?.modifiers[0]?.data,
        yields: only?.modifiers[1]?.data,
        kinds: made.notices.map(({ kind }) => kind),
      };
    };

    // By hand, from TRExFitter's SampleHist::FixEmptyBins.
    test("become the floor at the same total, with the uncertainty they have or the smallest", () => {
      const scale = 13 / (10 + 1e-6 + 1e-6 + 4);
      const { data, uncertainties, yields, kinds } = mended({});
      expect(data).toEqual([10 * scale, 1e-6 * scale, 1e-6 * scale, 4 * scale]);
      expect(uncertainties).toEqual([1, 0.5, 1.5, 0.5]);
      expect(yields).toEqual({ hi: expect.closeTo(16 / 13, 12), lo: 1 });
      expect(kinds).toContain("floor");
      expect(kinds).toContain("guessed");
    });

    test("without guessing, have an uncertainty of 100 % where there is none", () => {
      const { uncertainties, kinds } = mended({ guessesUncertainty: false });
      expect(uncertainties).toEqual([1, 1e-6, 1.5, 0.5]);
      expect(kinds).not.toContain("guessed");
    });

    test("of a template with a negative total: it is left positive, or gets the floor in all", () => {
      const negative = { background: template([1, 0, -5, 1], [1, 0, 1, 1]) };
      expect(mended({}, false, negative).data).toEqual([1, 1e-6, 1e-6, 1]);
      const total = mended({ rescalesNegative: true }, false, negative).data;
      expect(total?.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1e-6, 18);
    });

    test("of a signal stay empty, and what is negative is not made up for", () => {
      const { data, uncertainties } = mended({}, true);
      expect(data).toEqual([10, 0, 1e-6, 4]);
      expect(uncertainties).toEqual([1, 0, 1.5, 0.5]);
    });

    test("stay as they are where there is no floor", () => {
      const samples = [sample("background", false, { systematics, statistical })];
      const { workspace } = build(region({ samples }), content);
      expect(workspace.channels[0]?.samples[0]?.data).toEqual([10, 0, -1, 4]);
    });
  });

  test("other bins are refused", () => {
    const other = { ...template([7, 7]), edges: [0, 1, 3] };
    expect(() => build(region({}), { ...CONTENT, data: other })).toThrow(
      'test: the bins are not those of sample "signal"',
    );
  });

  test("only the ratio to a reference counts, where there is one", () => {
    const up = source("up");
    const effect: TemplateEffect = { ...PLAIN_EFFECT, up, reference: source("reference") };
    const systematics = [{ name: "s", parameter: "s", effect }];
    const samples = [sample("background", false, { systematics })];
    const { workspace } = build(region({ samples }), {
      ...CONTENT,
      up: template([3, 4]),
      reference: template([2, 4]),
    });
    expect(workspace.channels[0]?.samples[0]?.modifiers[0]?.data).toEqual({ hi: 1.25, lo: 1 });
  });

  test("templates are added and multiplied", () => {
    const sum = {
      kind: "sum" as const,
      terms: [
        { factor: 2, source: source("signal") },
        { factor: -1, source: source("background") },
      ],
    };
    const ratio = { kind: "quotient" as const, left: source("background"), right: sum };
    const samples = [
      sample("sum", false, { nominal: sum }),
      sample("ratio", false, { nominal: ratio }),
      sample("product", false, {
        nominal: { kind: "product", left: source("signal"), right: source("signal") },
      }),
    ];
    const data = build(region({ samples }), CONTENT).workspace.channels[0]?.samples.map(
      (s) => s.data,
    );
    expect(data).toEqual([
      [-8, 0],
      [-1.25, 0],
      [1, 25],
    ]);
  });
});
