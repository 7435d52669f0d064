/** What the blocks of systematics mean: sides, effects, parameters, and which templates they vary. */

import { describe, expect, test } from "vitest";
import { effectOf, events, eventsOf, sampleOf, templateOf } from "./configurations.ts";

describe("systematics", () => {
  test("OVERALL is a factor on the yield, scaled", () => {
    const input = events({
      "Systematic xsec": { Samples: "ttbar", ScaleUp: "2", ScaleDown: "SR:0.5,CR:3" },
    });
    expect(effectOf(input, "xsec")).toEqual({ kind: "normalisation", up: 1.2, down: 0.9 });
  });

  test("OVERALL without a side, or with both in one direction, is told", () => {
    const of = (xsec: Record<string, string>): readonly string[] =>
      events({ "Systematic xsec": xsec }).warnings;
    expect(of({})).toEqual([]);
    expect(of({ OverallDown: "" }).join()).toMatch(
      /^line \d+: systematic "xsec" has no OverallDown: as in TRExFitter it is 0/,
    );
    expect(of({ OverallDown: "0.1" }).join()).toMatch(
      /OverallUp and OverallDown of systematic "xsec" have the same sign/,
    );
  });

  test("HISTO is a template for each side", () => {
    const effect = templateOf(
      events({
        "Job search": { SystPruningNorm: "0.01", SystPruningShape: "0.02" },
        "Systematic jes": { ScaleUp: "1.5", Symmetrisation: "TwoSided" },
      }),
    );
    expect(effect).toMatchObject({
      up: { files: [{ path: "in/ttbar.root", table: "jes_up" }] },
      down: { files: [{ path: "in/ttbar.root", table: "jes_down" }] },
      reference: null,
      symmetrisation: "two-sided",
      smoothing: null,
      scaleUp: 1.5,
      scaleDown: 1,
      keepNormalisation: true,
      keepShape: true,
      pruning: { normalisation: 0.01, shape: 0.02 },
    });
  });

  test("one side is mirrored, or has the nominal template as the other one", () => {
    const one = { NtupleNameDown: "" };
    const mirrored = events({ "Systematic jes": { ...one, Symmetrisation: "ONESIDED" } });
    expect(templateOf(mirrored)).toMatchObject({ down: null, symmetrisation: "one-sided" });
    expect(mirrored.warnings).toEqual([]);
    const lone = events({ "Systematic jes": one });
    expect(templateOf(lone)).toMatchObject({
      down: { files: [{ table: "events" }] },
      symmetrisation: "none",
    });
    expect(lone.warnings.join()).toMatch(
      /systematic "jes" has no down side: the nominal template is taken for it/,
    );
    const both = events({ "Systematic jes": { Symmetrisation: "ONESIDED" } });
    expect(templateOf(both)).toMatchObject({
      up: { files: [{ table: "jes_up" }] },
      down: { files: [{ table: "jes_down" }] },
      symmetrisation: "one-sided",
    });
    expect(both.warnings).toEqual([]);
  });

  test("weights of systematics replace or follow the sample's", () => {
    const of = (jes: Record<string, string>): unknown => {
      const input = events({
        "Job search": { MCweight: "w_mc*w_pu" },
        "Sample ttbar": { MCweight: "w_top" },
        "Systematic jes": { NtupleNameUp: "", NtupleNameDown: "", ...jes },
      });
      const { up, down } = templateOf(input);
      return [up, down].map((source) => eventsOf(source).weights.map(({ text }) => text));
    };
    expect(of({ WeightUp: "w_up", WeightDown: "1" })).toEqual([
      ["w_mc*w_pu", "w_up"],
      ["w_mc*w_pu"],
    ]);
    expect(of({ WeightSufUp: "f_up", WeightSufDown: "f_down", IgnoreWeight: "w_pu" })).toEqual([
      ["w_mc*1", "w_top", "f_up"],
      ["w_mc*1", "w_top", "f_down"],
    ]);
    expect(of({ WeightSufUp: "f_up", WeightSufDown: "f_down", IgnoreWeight: "TRUE" })).toEqual([
      ["f_up"],
      ["f_down"],
    ]);
  });

  test("templates of other samples, and effects relative to those of a reference", () => {
    const ghost = { Type: "GHOST", NtupleFile: "ghost" };
    const compared = events({
      "Sample ghost": ghost,
      "Systematic jes": {
        NtupleNameUp: "",
        NtupleNameDown: "",
        SampleUp: "ghost",
        Symmetrisation: "ONESIDED",
      },
    });
    expect(templateOf(compared).up).toMatchObject({ files: [{ path: "in/ghost.root" }] });
    const relative = events({
      "Sample ghost": ghost,
      "Systematic jes": { ReferenceSample: "ghost" },
    });
    expect(templateOf(relative).reference).toMatchObject({ files: [{ path: "in/ghost.root" }] });
  });

  test("SHAPE is an uncertainty of each bin, of a parameter for each template", () => {
    const one = events({ "Systematic jes": { Type: "SHAPE", Regions: "SR" } });
    expect(effectOf(one)).toMatchObject({
      kind: "uncorrelated",
      up: { files: [{ table: "jes_up" }] },
    });
    const two = events({ "Systematic jes": { Type: "SHAPE" } });
    expect(effectOf(two, "jes_SR_ttbar")).toMatchObject({ kind: "uncorrelated" });
  });

  test("names of parameters: NuisanceParameter, Decorrelate, DecorrSysts", () => {
    const of = (jes: Record<string, string>, job: Record<string, string> = {}): unknown =>
      sampleOf(events({ "Systematic jes": jes, "Job search": job }), "SR", "ttbar").systematics.map(
        ({ name, parameter }) => `${name}: ${parameter}`,
      );
    expect(of({})).toEqual(["jes: jes"]);
    expect(of({ NuisanceParameter: "np" })).toEqual(["jes: np"]);
    expect(of({ Decorrelate: "REGION" })).toEqual(["jes_SR: jes_SR"]);
    expect(of({ Decorrelate: "SAMPLE", NuisanceParameter: "np" })).toEqual(["jes_ttbar: np_ttbar"]);
    expect(of({ Decorrelate: "SHAPEACC" })).toEqual(["jes_Acc: jes_Acc", "jes_Shape: jes_Shape"]);
    expect(of({}, { DecorrSysts: "j*" })).toEqual(["jes: jes_decor"]);
    expect(of({}, { DecorrSysts: "x*,jes", DecorrSuff: "_run3" })).toEqual(["jes: jes_run3"]);
    const apart = events({ "Systematic jes": { Decorrelate: "SHAPEACC" } });
    expect(templateOf(apart, "jes_Acc")).toMatchObject({
      keepNormalisation: true,
      keepShape: false,
    });
    expect(templateOf(apart, "jes_Shape")).toMatchObject({
      keepNormalisation: false,
      keepShape: true,
    });
  });

  test("where effects on yield or shape are dropped", () => {
    const of = (jes: Record<string, string>): unknown => {
      const { keepNormalisation, keepShape, pruning } = templateOf(
        events({ "Systematic jes": jes, "Job search": { SystPruningNorm: "0.1" } }),
      );
      return [keepNormalisation, keepShape, pruning?.normalisation ?? null];
    };
    expect(of({})).toEqual([true, true, 0.1]);
    expect(of({ DropNorm: "SR" })).toEqual([false, true, 0.1]);
    expect(of({ DropNormIn: "ttbar" })).toEqual([false, true, 0.1]);
    expect(of({ DropNorm: "CR" })).toEqual([true, true, 0.1]);
    expect(of({ DropShapeIn: "all" })).toEqual([true, false, 0.1]);
    expect(of({ KeepNormForSamples: "ttbar,wjets" })).toEqual([false, true, 0.1]);
    expect(of({ KeepNormForSamples: "ttbar+wjets" })).toEqual([true, true, 0.1]);
    const held = events({ "Systematic jes": { KeepNormForSamples: "ttbar + wjets,signal" } });
    expect(templateOf(held).heldWith).toEqual(["ttbar", "wjets"]);
    expect(of({ NoPruning: "TRUE" })).toEqual([true, true, null]);
  });

  test("which templates they vary", () => {
    const of = (jes: Record<string, string>): unknown => {
      const input = events({ "Systematic jes": jes });
      return input.plan.regions.flatMap((region) =>
        region.samples
          .filter(({ systematics }) => systematics.some(({ name }) => name === "jes"))
          .map(({ name }) => `${region.name} ${name}`),
      );
    };
    const all = ["SR signal", "SR ttbar", "SR wjets", "CR signal", "CR ttbar", "CR wjets"];
    expect(of({ Samples: "" })).toEqual(all);
    expect(of({ Samples: "all", Regions: "CR" })).toEqual(all.slice(3));
    expect(of({ Samples: "tt*", Exclude: "CR,signal" })).toEqual(["SR ttbar"]);
    expect(of({ Samples: "ttbar,wjets", ExcludeRegionSample: "SR:wjets,CR:ttbar" })).toEqual([
      "SR ttbar",
      "CR wjets",
    ]);
    expect(of({ Samples: "ttbar,wjets", DummyForSamples: "wjets" })).toEqual([
      "SR ttbar",
      "CR ttbar",
    ]);
    expect(of({ Samples: "none" })).toEqual([]);
  });

  test("parameters without a constraint, of every name that decorrelation gives", () => {
    const free = (jes: Record<string, string>): unknown =>
      events({ "Systematic jes": { ...jes, IsFreeParameter: "TRUE" } })
        .plan.parameters.filter(({ isFree }) => isFree)
        .map(({ name }) => name);
    expect(free({})).toEqual(["jes"]);
    expect(free({ Decorrelate: "REGION" })).toEqual(["jes_SR", "jes_CR"]);
  });

  test("StatOnly and UseSystematics leave them out", () => {
    const { plan } = events({ "Job search": { StatOnly: "TRUE" } });
    expect(plan.regions.flatMap(({ samples }) => samples.flatMap((s) => s.systematics))).toEqual(
      [],
    );
    const input = events({ "Sample ttbar": { UseSystematics: "FALSE" } });
    expect(sampleOf(input, "SR", "ttbar").systematics).toEqual([]);
  });
});
