/** What the settings of a configuration mean: expressions, files, bins, data, samples and factors. */

import { describe, expect, test } from "vitest";
import type { TrexFitterInput } from "../../../src/formats/index.ts";
import {
  events,
  eventsOf,
  histogramOf,
  histograms,
  regionOf,
  sampleOf,
  templateOf,
} from "./configurations.ts";

describe("events", () => {
  test("selections of job, region and sample are joined, weights are multiplied", () => {
    const { plan } = events({
      "Job search": { Selection: '"pt > 20"', MCweight: "w_mc" },
      "Region SR": { Selection: "nb == 2", MCweight: "w_b" },
      "Sample ttbar": { Selection: "isTop", MCweight: "w_top" },
    });
    const [region] = plan.regions;
    const source = eventsOf(region?.samples[1]?.nominal ?? null);
    expect(source.selection).toEqual({
      text: "(pt > 20) && (nb == 2) && (isTop)",
      origin:
        'line 6: Selection of job "search" and line 11: Selection of region "SR" and line 28: Selection of sample "ttbar"',
    });
    expect(source.weights.map(({ text }) => text)).toEqual(["w_mc", "w_b", "w_top"]);
    expect(eventsOf(region?.data ?? null).weights).toEqual([]);
  });

  test("IgnoreSelection and IgnoreWeight take away those of job and region, or a text in them", () => {
    const job = { Selection: "pt > 20", MCweight: "w_mc*w_pu" };
    const of = (ttbar: Record<string, string>): unknown => {
      const own = { Selection: "isTop > 0", MCweight: "w_top", ...ttbar };
      const input = events({ "Job search": job, "Sample ttbar": own });
      const source = eventsOf(sampleOf(input, "SR", "ttbar").nominal);
      return [source.selection?.text, source.weights.map(({ text }) => text)];
    };
    expect(of({})).toEqual(["(pt > 20) && (isTop > 0)", ["w_mc*w_pu", "w_top"]]);
    expect(of({ IgnoreSelection: "TRUE", IgnoreWeight: "TRUE" })).toEqual(["isTop > 0", ["w_top"]]);
    expect(of({ IgnoreSelection: "FALSE", IgnoreWeight: "*w_pu" })).toEqual([
      "(pt > 20) && (isTop > 0)",
      ["w_mc1", "w_top"],
    ]);
    expect(of({ IgnoreWeight: "w_pu" })).toEqual(["(pt > 20) && (isTop > 0)", ["w_mc*1", "w_top"]]);
  });

  test("variables and selections of single samples, with :: in them", () => {
    const input = events({
      "Region SR": {
        Selection: "nb == 2",
        VariableForSample: '"ttbar:TMath::Abs(mass)",wjets:mass2',
        SelectionForSample: "ttbar:nb_trf == 2",
      },
    });
    const source = eventsOf(sampleOf(input, "SR", "ttbar").nominal);
    expect([source.variable.text, source.selection?.text]).toEqual([
      "TMath::Abs(mass)",
      "nb_trf == 2",
    ]);
    expect(eventsOf(sampleOf(input, "SR", "wjets").nominal).variable.text).toBe("mass2");
    expect(eventsOf(sampleOf(input, "SR", "signal").nominal).variable.text).toBe("mass");
  });

  test("luminosity, scales of inputs, samples that theory does not normalise", () => {
    const input = events({
      "Job search": { Lumi: "140", LumiScale: "2", MCweight: "w" },
      "Sample ttbar": { NtupleFile: "", NtupleFiles: "a,b", LumiScales: "1,3" },
      "Sample wjets": { NormalizedByTheory: "FALSE", LumiScale: "5", MCweight: "w_fake" },
    });
    expect(sampleOf(input, "SR", "signal").nominal).toMatchObject({ scale: 280 });
    expect(sampleOf(input, "SR", "ttbar").nominal).toMatchObject({
      kind: "sum",
      terms: [
        { factor: 1, source: { scale: 280, files: [{ path: "in/a.root", table: "events" }] } },
        { factor: 1, source: { scale: 840, files: [{ path: "in/b.root", table: "events" }] } },
      ],
    });
    const wjets = eventsOf(sampleOf(input, "SR", "wjets").nominal);
    expect([wjets.scale, wjets.weights.map(({ text }) => text)]).toEqual([5, ["w_fake"]]);
    expect(regionOf(input, "SR").data).toMatchObject({ scale: 1 });
  });

  test("expressions are listed once, and what is made of several apart", () => {
    const { expressions } = events({
      "Job search": { Selection: "pt > 20" },
      "Region SR": { Selection: "nb == 2" },
      "Systematic jer": { WeightSufUp: "w_up", Samples: "ttbar", Symmetrisation: "ONESIDED" },
    });
    expect(
      expressions
        .filter(({ derived }) => !derived)
        .map(({ key, role, region, sample, line, text }) => [
          key,
          role,
          region,
          sample,
          line,
          text,
        ]),
    ).toEqual([
      ["Variable", "variable", "SR", "", 9, "mass"],
      ["Selection", "selection", "", "", 6, "pt > 20"],
      ["Selection", "selection", "SR", "", 10, "nb == 2"],
      ["WeightSufUp", "weight", "", "", 45, "w_up"],
      ["Variable", "variable", "CR", "", 14, "mass"],
    ]);
    expect(expressions.filter(({ derived }) => derived)).toContainEqual({
      key: "Selection",
      role: "selection",
      region: "SR",
      sample: "ttbar",
      line: 10,
      text: "(pt > 20) && (nb == 2)",
      derived: true,
      table: { path: "in/ttbar.root", table: "events" },
    });
  });
});

describe("inputs", () => {
  test("of systematic, sample, region and job the first that gives one; suffixes follow one another", () => {
    const input = events({
      "Job search": { NtuplePath: "", NtuplePaths: "2015,2016/", NtupleFile: "all" },
      "Region SR": { NtuplePathSuff: "_sr", NtupleNameSuff: "_loose" },
      "Sample ttbar": { NtuplePathSuff: "_mc", NtupleNameSuffs: "_a,_b" },
      "Systematic jes": {
        NtupleNameUp: "",
        NtupleNameDown: "",
        NtupleFileUp: "jes_up.root",
        NtupleNameSufDown: "_down",
      },
    });
    const { nominal } = sampleOf(input, "SR", "ttbar");
    expect(eventsOf(nominal).files.map(({ path, table }) => `${path}:${table}`)).toEqual([
      "2015_sr_mc/ttbar.root:events_loose_a",
      "2015_sr_mc/ttbar.root:events_loose_b",
      "2016/_sr_mc/ttbar.root:events_loose_a",
      "2016/_sr_mc/ttbar.root:events_loose_b",
    ]);
    const { up, down } = templateOf(input);
    expect(eventsOf(up).files[0]).toEqual({
      path: "2015_sr_mc/jes_up.root",
      table: "events_loose_a",
    });
    expect(eventsOf(down).files[0]).toEqual({
      path: "2015_sr_mc/ttbar.root",
      table: "events_loose_a_down",
    });
    expect(eventsOf(regionOf(input, "CR").data).files).toEqual([
      { path: "2015/data.root", table: "events" },
      { path: "2016/data.root", table: "events" },
    ]);
  });

  test("histograms, with a name that only nominal ones have", () => {
    const input = histograms({
      "Job search": { HistoNameNominal: "_nominal" },
      "Region SR": { HistoName: "SR/mass" },
    });
    expect(histogramOf(sampleOf(input, "SR", "ttbar").nominal)).toEqual({
      kind: "histogram",
      origin: 'line 22: sample "ttbar"',
      files: [{ path: "in/ttbar.root", histogram: "SR/mass_nominal" }],
      scale: 1,
    });
    expect(histogramOf(templateOf(input).up)).toEqual({
      kind: "histogram",
      origin: 'line 31: systematic "jes" up of sample "ttbar"',
      files: [{ path: "in/ttbar.root", histogram: "SR/mass_jes_up" }],
      scale: 1,
    });
  });
});

describe("bins", () => {
  test.each([
    [{}, { edges: [0, 20, 40, 60, 80], isUniform: true, rebin: null, dropped: [] }],
    [{ Binning: "0,30,80" }, { edges: [0, 30, 80], isUniform: false, rebin: null }],
    [
      { Variable: "mass", Binning: "0,30,80" },
      { edges: [0, 30, 80], isUniform: false },
    ],
    [{ Variable: "max(a,b),2,0,1" }, { edges: [0, 0.5, 1] }],
    [{ Rebin: "2" }, { rebin: { kind: "group", bins: 2 } }],
    [{ Rebinning: "0,40,80" }, { rebin: { kind: "edges", edges: [0, 40, 80] }, isUniform: true }],
    [
      { Binning: '"AutoBin","TransfoD",5.,6.' },
      { edges: [0, 20, 40, 60, 80], rebin: { kind: "TransfoD", signal: 5, background: 6 } },
    ],
    [
      { Binning: "AutoBin,TransfoF,1,2" },
      { rebin: { kind: "TransfoF", signal: 1, background: 2 } },
    ],
    [{ DropBins: "3,1,3" }, { dropped: [0, 2] }],
  ])("%j", (settings, binning) => {
    expect(regionOf(events({ "Region SR": settings }), "SR").binning).toMatchObject(binning);
  });

  test("histograms have their own bins, which Binning merges", () => {
    const { binning } = regionOf(histograms({ "Region SR": { Binning: "0,40,80" } }), "SR");
    expect(binning).toEqual({
      edges: null,
      isUniform: false,
      rebin: { kind: "edges", edges: [0, 40, 80] },
      dropped: [],
      mergeOutside: false,
    });
  });

  test("what is outside is merged for events, not for histograms, unless the job says otherwise", () => {
    const merges = (input: TrexFitterInput): boolean => regionOf(input, "SR").binning.mergeOutside;
    expect(merges(events())).toBe(true);
    expect(merges(events({ "Job search": { MergeUnderOverFlow: "FALSE" } }))).toBe(false);
    expect(merges(histograms({ "Job search": { MergeUnderOverFlow: "TRUE" } }))).toBe(true);
  });
});

describe("data", () => {
  test("several samples are added; without one, or with DataType ASIMOV, there are none", () => {
    const input = events({
      "Sample data18": { Type: "DATA", NtupleFile: "data18", Regions: "SR" },
      "Region CR": { DataType: "ASIMOV" },
    });
    expect(regionOf(input, "SR").data).toMatchObject({ kind: "sum", terms: [{ factor: 1 }, {}] });
    expect(regionOf(input, "CR").data).toBeNull();
    expect(input.warnings.join()).toMatch(/region "CR" has Asimov data/);
    const without = events({ "Sample data": { Regions: "CR" } });
    expect(without.plan.regions.map(({ data }) => data === null)).toEqual([true, false]);
  });

  test("BlindSRs and blinding by signal over background", () => {
    const input = events({
      "Job search": { BlindSRs: "TRUE", BlindingThreshold: "0.1", BlindingType: "SOVERSQRTB" },
    });
    expect(input.plan.regions.map(({ data }) => data === null)).toEqual([true, false]);
    expect(regionOf(input, "CR").blinding).toEqual({ kind: "S/sqrt(B)", threshold: 0.1 });
  });

  test("bins of a region that are blind", () => {
    const input = events({
      "Job search": { BlindingThreshold: "0.1" },
      "Region SR": { BlindBins: "2,4" },
    });
    expect(input.plan.regions.map(({ blinding }) => blinding)).toEqual([
      { kind: "bins", bins: [1, 3] },
      { kind: "S/B", threshold: 0.1 },
    ]);
    expect(input.warnings.join()).toMatch(/BlindingThreshold of the job does not hold here/);
  });

  test.each(["other,ttbar", "mine=wjets,other=ttbar"])("a custom Asimov data set of %s", (text) => {
    const input = events({
      "Job search": { CustomAsimov: "other" },
      "Sample alternative": {
        Type: "GHOST",
        NtupleFile: "alternative",
        AsimovReplacementFor: text,
      },
    });
    expect(regionOf(input, "SR").data).toMatchObject({
      kind: "sum",
      terms: [
        { source: { files: [{ path: "in/signal.root" }] } },
        { source: { files: [{ path: "in/alternative.root" }] } },
        { source: { files: [{ path: "in/wjets.root" }] } },
      ],
    });
    expect(regionOf(input, "SR").samples.map(({ name }) => name)).not.toContain("alternative");
  });
});

describe("samples and factors", () => {
  test("regions of samples, patterns in lists, regions that only validate", () => {
    const input = events({
      "Region VR1": { Type: "VALIDATION", Variable: "mass,2,0,1" },
      "Sample ttbar": { Regions: "?R" },
      "Sample wjets": { Exclude: "S*" },
    });
    expect(
      input.plan.regions.map(({ name, samples }) => [name, samples.map((s) => s.name)]),
    ).toEqual([
      ["SR", ["signal", "ttbar"]],
      ["CR", ["signal", "ttbar", "wjets"]],
    ]);
    expect(input.warnings).toEqual([
      expect.stringMatching(/^line \d+: Type of Region: the region is left out of the workspace$/),
    ]);
  });

  test("statistics of the simulation", () => {
    const of = (job: Record<string, string>, ttbar: Record<string, string>): unknown =>
      sampleOf(events({ "Job search": job, "Sample ttbar": ttbar }), "SR", "ttbar").statistical;
    expect(of({}, {})).toEqual({ kind: "shared", threshold: 0, constraint: "Poisson" });
    expect(of({ MCstatThreshold: "0.05", MCstatConstraint: "Gaussian" }, {})).toEqual({
      kind: "shared",
      threshold: 0.05,
      constraint: "Gaussian",
    });
    expect(of({ MCstatThreshold: "NONE" }, {})).toBeNull();
    expect(of({ StatOnly: "TRUE" }, {})).toBeNull();
    expect(of({}, { UseMCstat: "FALSE" })).toBeNull();
    const gaussian = { MCstatConstraint: "GAUSSIAN" };
    expect(of(gaussian, { SeparateGammas: "TRUE" })).toEqual({
      kind: "separate",
      threshold: 0,
      constraint: "Poisson",
    });
    const own = { SeparateGammas: "TRUE", UseGaussianShapeSysConstraint: "TRUE" };
    expect(of({}, own)).toMatchObject({ kind: "separate", constraint: "Gaussian" });
  });

  test("norm factors by blocks and by samples, and their parameters", () => {
    const input = events({
      "Sample ttbar": { NormFactor: "k_ttbar,1,0,3,TRUE", ShapeFactor: "shape" },
      "NormFactor k_all": { Min: "0.5", Nominal: "0.9", Max: "2", Exclude: "signal,CR" },
      "ShapeFactor bins": { Samples: "wjets", Regions: "CR" },
    });
    const factors = (region: string, name: string): unknown => {
      const { normFactors, shapeFactors } = sampleOf(input, region, name);
      return [normFactors, shapeFactors];
    };
    expect(factors("SR", "signal")).toEqual([["mu"], []]);
    expect(factors("SR", "ttbar")).toEqual([["k_ttbar", "k_all"], ["shape"]]);
    expect(factors("CR", "ttbar")).toEqual([["k_ttbar"], ["shape"]]);
    expect(factors("CR", "wjets")).toEqual([[], ["bins"]]);
    const free = { isFree: false };
    expect(input.plan.parameters).toEqual([
      { name: "k_ttbar", init: 1, bounds: [0, 3], isFixed: true, ...free },
      { name: "mu", init: 1, bounds: [0, 10], isFixed: false, ...free },
      { name: "k_all", init: 0.9, bounds: [0.5, 2], isFixed: false, ...free },
    ]);
  });

  test("samples are subtracted, added, multiplied and divided in this order", () => {
    const input = events({
      "Sample a": { Type: "GHOST", NtupleFile: "a" },
      "Sample b": { Type: "GHOST", NtupleFile: "b" },
      "Sample ttbar": { DivideBy: "b", MultiplyBy: "a", AddSamples: "a", SubtractSample: "b" },
    });
    const source = (name: string): object => ({ files: [{ path: `in/${name}.root` }] });
    expect(sampleOf(input, "SR", "ttbar").nominal).toMatchObject({
      kind: "quotient",
      left: {
        kind: "product",
        left: {
          kind: "sum",
          terms: [
            { factor: 1, source: source("ttbar") },
            { factor: -1, source: source("b") },
            { factor: 1, source: source("a") },
          ],
        },
        right: source("a"),
      },
      right: source("b"),
    });
  });

  test("what a sample is made of varies with it, and brings its own systematics", () => {
    const input = events({ "Sample ttbar": { AddSample: "wjets" } });
    expect(templateOf(input).up).toMatchObject({
      terms: [
        { factor: 1, source: { files: [{ table: "jes_up" }] } },
        { factor: 1, source: { files: [{ path: "in/wjets.root", table: "events" }] } },
      ],
    });
    expect(templateOf(input, "xsec")).toMatchObject({
      up: { terms: [{ factor: 1 }, { source: { terms: [{ factor: 1.1 }] } }] },
      down: { terms: [{ factor: 1 }, { source: { terms: [{ factor: 0.8 }] } }] },
    });
  });
});
