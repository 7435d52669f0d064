/** Settings by which templates depend on those of other samples: yields, uncertainties, systematics taken from elsewhere. */

import { describe, expect, test } from "vitest";
import type { TemplateSource } from "../../../src/templates/plan.ts";
import { requestsOf, templateOf as sumUp } from "../../../src/templates/requests.ts";
import { buildWorkspace } from "../../../src/templates/workspace.ts";
import type { Workspace } from "../../../src/workspace/types.ts";
import {
  type Blocks,
  effectOf,
  HISTOGRAMS,
  histograms,
  messageOf,
  regionOf,
  sampleOf,
  templateOf,
  textOf,
  withBlocks,
} from "./configurations.ts";

/** Contents of histograms by file, and their name where that is not the region's. */
const CONTENTS: Readonly<Record<string, readonly number[]>> = {
  data: [100, 50],
  data_jes_up: [110, 50],
  data_jes_down: [95, 50],
  signal: [1, 2],
  ttbar: [10, 30],
  ttbar_jes_up: [12, 33],
  ttbar_jes_down: [9, 24],
  wjets: [5, 5],
  ghost: [50, 30],
};

/** A template of the signal region, `[bins]` events, with the squares of its uncertainties; these are the content. */
function valuesOf(input: ReturnType<typeof histograms>, source: TemplateSource | null): unknown {
  if (source === null) return null;
  const region = regionOf(input, "SR");
  const { values } = sumUp(source, region, templatesFor(input));
  return values;
}

function templatesFor({ plan }: ReturnType<typeof histograms>) {
  return new Map(
    requestsOf(plan).histograms.map(({ key, location }) => {
      const file = location.path.replace(/^in\/|\.root$/g, "");
      const suffix = /_jes_\w+$/.exec(location.histogram)?.[0] ?? "";
      const values = CONTENTS[file + suffix] ?? CONTENTS[file] ?? [];
      return [key, { edges: [0, 1, 2], values, variances: values }];
    }),
  );
}

function workspaceOf(more: Blocks): Workspace {
  const input = histograms(more);
  return buildWorkspace(input.plan, templatesFor(input)).workspace;
}

const GHOST = { "Sample ghost": { Type: "GHOST", HistoFile: "ghost" } };

describe("NormToSample", () => {
  test("scales the nominal template and its variations by one factor", () => {
    const input = histograms({ ...GHOST, "Sample ttbar": { NormToSample: "ghost" } });
    expect(valuesOf(input, sampleOf(input, "SR", "ttbar").nominal)).toEqual([20, 60]);
    const { up, down } = templateOf(input);
    expect(valuesOf(input, up)).toEqual([24, 66]);
    expect(valuesOf(input, down)).toEqual([18, 48]);
  });

  test("comes after the operations", () => {
    const input = histograms({
      ...GHOST,
      "Sample ttbar": { NormToSample: "ghost", SubtractSample: "wjets", AddSample: "wjets" },
    });
    expect(valuesOf(input, sampleOf(input, "SR", "ttbar").nominal)).toEqual([20, 60]);
  });

  test("refuses itself and circles, and says where there is nothing to scale to", () => {
    const circle = {
      "Sample ttbar": { NormToSample: "wjets" },
      "Sample wjets": { NormToSample: "ttbar" },
    };
    expect(messageOf(textOf(withBlocks(HISTOGRAMS, circle)))).toMatch(
      /sample "ttbar" is made of itself \(ttbar, wjets, ttbar\)/,
    );
    const input = histograms({
      "Sample ghost": { ...GHOST["Sample ghost"], Regions: "CR" },
      "Sample ttbar": { NormToSample: "ghost" },
    });
    expect(input.warnings.join()).toMatch(
      /region "SR" has no sample "ghost" for NormToSample: sample "ttbar" keeps its own yield/,
    );
  });
});

test("MCstatScale scales the uncertainty of the number of events of one sample", () => {
  const data = (more: Blocks): unknown =>
    workspaceOf(more)
      .channels[0]?.samples.find(({ name }) => name === "ttbar")
      ?.modifiers.find(({ type }) => type === "staterror")?.data;
  expect(data({})).toEqual([Math.sqrt(10), Math.sqrt(30)]);
  expect(data({ "Sample ttbar": { MCstatScale: "0.5" } })).toEqual([
    Math.sqrt(10 / 4),
    Math.sqrt(30 / 4),
  ]);
  expect(
    messageOf(textOf(withBlocks(HISTOGRAMS, { "Sample ttbar": { MCstatScale: "-1" } }))),
  ).toMatch(/MCstatScale is "-1" .* expected a number that is not below 0/);
});

describe("SystFromSample", () => {
  test("takes over all systematics of a sample, relative to it", () => {
    const input = histograms({ "Sample wjets": { SystFromSample: "ttbar" } });
    const [taken] = sampleOf(input, "SR", "wjets").systematics;
    expect(taken).toMatchObject({ name: "jes", parameter: "jes" });
    const [channel] = workspaceOf({ "Sample wjets": { SystFromSample: "ttbar" } }).channels;
    const wjets = channel?.samples.find(({ name }) => name === "wjets");
    // 5 * 12 / 10 and 5 * 33 / 30; 5 * 9 / 10 and 5 * 24 / 30.
    expect(wjets?.modifiers.find(({ type }) => type === "normsys")?.data).toEqual({
      hi: expect.closeTo(11.5 / 10, 14),
      lo: expect.closeTo(8.5 / 10, 14),
    });
  });

  test("also of factors on the yield, and without systematics of its own", () => {
    const input = histograms({
      "Systematic xsec": { Type: "OVERALL", OverallUp: "0.1", Samples: "ttbar,wjets" },
      "Sample wjets": { SystFromSample: "ttbar", UseSystematics: "FALSE" },
    });
    const taken = sampleOf(input, "SR", "wjets").systematics;
    expect(taken.map(({ name, effect }) => [name, effect.kind])).toEqual([
      ["jes", "template"],
      ["xsec", "normalisation"],
    ]);
  });

  test("names a sample", () => {
    const of = (value: string): string =>
      messageOf(textOf(withBlocks(HISTOGRAMS, { "Sample wjets": { SystFromSample: value } })));
    expect(of("TRUE")).toMatch(/SystFromSample names "TRUE", which is no other sample/);
    expect(of("FALSE")).toBe("no error");
  });
});

describe("SubtractRefSampleVar", () => {
  const jer = { ReferenceSample: "data", SubtractRefSampleVar: "TRUE" };

  test("subtracts the relative change of the reference sample", () => {
    const input = histograms({ "Systematic jes": jer });
    const { up, down, reference } = templateOf(input);
    expect(reference).toBeNull();
    // 12 - 10 * 10 / 100; 9 + 10 * 5 / 100.
    expect(valuesOf(input, up)).toEqual([11, 33]);
    expect(valuesOf(input, down)).toEqual([9.5, 24]);
  });

  test("with histograms of its own for the reference sample", () => {
    const input = histograms({
      "Systematic jes": { ...jer, HistoNameSufUpRefSample: "_jes_down" },
    });
    expect(valuesOf(input, templateOf(input).up)).toEqual([12.5, 33]);
  });

  test("needs a reference sample", () => {
    const without = { "Systematic jes": { SubtractRefSampleVar: "TRUE" } };
    expect(messageOf(textOf(withBlocks(HISTOGRAMS, without)))).toMatch(
      /SubtractRefSampleVar without a ReferenceSample in systematic "jes"/,
    );
  });
});

test("a variation of the SubtractSample keys is subtracted, bin by bin", () => {
  const input = histograms({ "Systematic jes": { HistoNameSufUpSubtractSample: "_jes_down" } });
  const { up, down } = templateOf(input);
  // 12 - 9 + 10 and 33 - 24 + 30.
  expect(valuesOf(input, up)).toEqual([13, 39]);
  expect(valuesOf(input, down)).toEqual([9, 24]);
  // Suffixes are not those of the side: ttbar itself, of which nothing is left.
  const same = histograms({ "Systematic jes": { HistoFileUpSubtractSample: "ttbar" } });
  expect(valuesOf(same, templateOf(same).up)).toEqual([12, 33]);
});

test("KeepReferenceOverallVar gives the yield the change of the reference sample's", () => {
  const yields = (keep: string): unknown => {
    const jes = { Samples: "wjets", ReferenceSample: "ttbar", KeepReferenceOverallVar: keep };
    const { channels } = workspaceOf({
      "Systematic jes": { ...jes, HistoFileUp: "ttbar", HistoFileDown: "ttbar" },
    });
    const wjets = channels[0]?.samples.find(({ name }) => name === "wjets");
    return wjets?.modifiers.filter(({ name }) => name === "jes").map(({ data }) => data);
  };
  // The ratios are 1.2 and 1.1, 0.9 and 0.8, of 5 and 5 events; 45 and 33 events of 40.
  const shapes = { hi_data: [60 / 11.5, 55 / 11.5], lo_data: [45 / 8.5, 40 / 8.5] };
  const close = (values: readonly number[]): unknown => values.map((v) => expect.closeTo(v, 12));
  const shape = { hi_data: close(shapes.hi_data), lo_data: close(shapes.lo_data) };
  const change = (hi: number, lo: number): unknown => ({
    hi: expect.closeTo(hi, 12),
    lo: expect.closeTo(lo, 12),
  });
  expect(yields("FALSE")).toEqual([change(1.15, 0.85), shape]);
  expect(yields("TRUE")).toEqual([change(45 / 40, 33 / 40), shape]);
});

describe("CombineName", () => {
  const jer = { HistoNameSufUp: "_jes_up", HistoNameSufDown: "_jes_down", Samples: "ttbar" };
  const both = { CombineName: "jets", CombineType: "STANDARDDEVIATION" };

  test("makes one systematic of several, with the parameter of the first", () => {
    const input = histograms({
      "Systematic jes": { ...both, NuisanceParameter: "np" },
      "Systematic xsec": { Type: "OVERALL", OverallUp: "0.1", Samples: "ttbar" },
      "Systematic jer": { ...jer, ...both, DropNormSpecial: "SR" },
    });
    const { systematics } = sampleOf(input, "SR", "ttbar");
    expect(systematics.map(({ parameter }) => parameter)).toEqual(["np", "xsec"]);
    expect(effectOf(input, "np")).toMatchObject({
      kind: "combined",
      how: "standard deviation",
      parts: [{ name: "jes" }, { name: "jer" }],
      keepNormalisation: false,
      keepShape: true,
    });
    expect(input.coverage.listed).toEqual([]);
  });

  test("refuses two types of combination, and parameters of bins", () => {
    const of = (more: Blocks): string => messageOf(textOf(withBlocks(HISTOGRAMS, more)));
    expect(
      of({
        "Systematic jes": both,
        "Systematic jer": { ...jer, CombineName: "jets", CombineType: "ENVELOPE" },
      }),
    ).toMatch(/of CombineName "jets" have another CombineType/);
    expect(of({ "Systematic jes": { ...both, Type: "SHAPE" } })).toMatch(
      /systematic "jes" of type SHAPE has a CombineName/,
    );
  });
});

test("Tau is a Gaussian constraint about the nominal value", () => {
  const parameters = (tau: string) =>
    workspaceOf({ "NormFactor mu": { Tau: tau, Nominal: "2" } }).measurements[0]?.config.parameters;
  expect(parameters("4")).toEqual([
    {
      name: "mu",
      inits: [2],
      bounds: [[0, 10]],
      auxdata: [2],
      sigmas: [0.25],
      constraint: { type: "Gaussian" },
    },
  ]);
  expect(parameters("0")).toEqual([{ name: "mu", inits: [2], bounds: [[0, 10]] }]);
  expect(messageOf(textOf(withBlocks(HISTOGRAMS, { "NormFactor mu": { Tau: "-1" } })))).toMatch(
    /Tau is -1/,
  );
});

test("OVERALL has no effect where its yield is dropped", () => {
  const xsec = { Type: "OVERALL", OverallUp: "0.1", Samples: "wjets", DropNorm: "SR" };
  const input = histograms({ "Systematic xsec": xsec });
  expect(sampleOf(input, "SR", "wjets").systematics).toEqual([]);
  expect(sampleOf(input, "CR", "wjets").systematics.map(({ name }) => name)).toEqual(["xsec"]);
});
