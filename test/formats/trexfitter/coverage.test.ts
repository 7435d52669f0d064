/** Every setting is applied or listed: each key of the table on its own, in a configuration that has a use for it. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BLOCK_KEYS, BLOCK_KINDS, type KeyRule } from "../../../src/formats/trexfitter/keys.ts";
import { type Blocks, EVENTS, HISTOGRAMS, read, textOf, withBlocks } from "./configurations.ts";

/** Block of the small configuration that a key goes into. */
const BLOCK_OF: Readonly<Record<string, string>> = {
  Job: "Job search",
  Region: "Region SR",
  Sample: "Sample ttbar",
  NormFactor: "NormFactor mu",
  ShapeFactor: "ShapeFactor bins",
  Systematic: "Systematic jes",
};

/** A ghost sample that other samples can name. */
const GHOST: Blocks = {
  "Sample ghost": {
    Type: "GHOST",
    NtupleFile: "ghost",
    HistoFile: "ghost",
    AsimovReplacementFor: "other,ttbar",
  },
};

const BINS: Blocks = { "ShapeFactor bins": { Samples: "wjets" } };
const TREE_SIDES = { NtupleNameUp: "", NtupleNameDown: "" };

/** What a key is tried with: its value, and what else must be there for it to mean something. */
interface Trial {
  readonly value: string;
  readonly more?: Blocks;
  readonly base?: Blocks;
}

/** Keys whose value or surroundings matter; `Kind Key`. */
const TRIALS: Readonly<Record<string, Trial>> = {
  "Job POI": { value: "k", more: { "NormFactor k": {} } },
  "Job ReadFrom": {
    value: "HIST",
    base: withBlocks(withBlocks(EVENTS, HISTOGRAMS), { "Job search": { ReadFrom: "NTUP" } }),
  },
  "Job CombinationXml": { value: "combination.xml", base: HISTOGRAMS },
  "Job Lumi": { value: "3" },
  "Job LumiScale": { value: "3" },
  "Job SystPruningShape": { value: "0.1" },
  "Job SystPruningNorm": { value: "0.1" },
  "Job MCstatThreshold": { value: "0.1" },
  "Job MCstatConstraint": { value: "GAUSSIAN" },
  "Job BlindingThreshold": { value: "0.1" },
  "Job BlindingType": { value: "SOVERSQRTB", more: { "Job search": { BlindingThreshold: "0.1" } } },
  "Job StatOnly": { value: "TRUE" },
  "Job CustomAsimov": { value: "other", more: GHOST },
  "Job MergeUnderOverFlow": { value: "FALSE" },
  "Job DecorrSysts": { value: "jes" },
  "Job DecorrSuff": { value: "_apart", more: { "Job search": { DecorrSysts: "jes" } } },
  "Job ReplacementFile": { value: "texts", more: { "Region SR": { Selection: "XXX_CUT" } } },
  "Job AllowWrongRegionSample": { value: "TRUE" },
  "Job BlindSRs": { value: "TRUE" },
  "Job PruningType": {
    value: "BACKGROUNDREFERENCE",
    more: { "Job search": { SystPruningNorm: "0.1" } },
  },
  "Job GuessMCStatEmptyBins": { value: "FALSE" },
  "Job CorrectNormForNegativeIntegral": { value: "TRUE" },
  "Job NtupleFile": { value: "all", more: { "Sample ttbar": { NtupleFile: "" } } },
  "Job NtupleFiles": { value: "all,more", more: { "Sample ttbar": { NtupleFile: "" } } },
  "Job HistoFile": { value: "all", more: { "Sample ttbar": { HistoFile: "" } } },
  "Job HistoFiles": { value: "all,more", more: { "Sample ttbar": { HistoFile: "" } } },
  "Job HistoName": { value: "all", more: { "Region SR": { HistoName: "" } } },
  "Job HistoNames": { value: "all,more", more: { "Region SR": { HistoName: "" } } },
  "Region NtupleFile": {
    value: "all",
    more: { "Sample ttbar": { NtupleFile: "" }, "Region CR": { NtupleFile: "all" } },
  },
  "Region NtupleFiles": {
    value: "all,more",
    more: { "Sample ttbar": { NtupleFile: "" }, "Region CR": { NtupleFile: "all" } },
  },
  "Region HistoFile": {
    value: "all",
    more: { "Sample ttbar": { HistoFile: "" }, "Region CR": { HistoFile: "all" } },
  },
  "Region HistoFiles": {
    value: "all,more",
    more: { "Sample ttbar": { HistoFile: "" }, "Region CR": { HistoFile: "all" } },
  },
  "Region Variable": { value: "eta,2,0,1" },
  "Region VariableForSample": { value: "ttbar:eta" },
  "Region SelectionForSample": { value: "ttbar:eta > 1" },
  "Region Rebin": { value: "2" },
  "Region Rebinning": { value: "0,80" },
  "Region Binning": { value: "0,80" },
  "Region Type": { value: "VALIDATION" },
  "Region DataType": { value: "ASIMOV" },
  "Region DropBins": { value: "1" },
  "Region BlindBins": { value: "1" },
  "Sample Type": { value: "SIGNAL" },
  "Sample NormFactor": { value: "k,1,0,2" },
  "Sample NormalizedByTheory": { value: "FALSE", more: { "Job search": { Lumi: "3" } } },
  "Sample Regions": { value: "SR" },
  "Sample Exclude": { value: "SR" },
  "Sample LumiScale": { value: "3" },
  "Sample LumiScales": { value: "3" },
  "Sample IgnoreSelection": { value: "TRUE", more: { "Job search": { Selection: "x > 1" } } },
  "Sample IgnoreWeight": { value: "TRUE", more: { "Job search": { MCweight: "w" } } },
  "Sample UseMCstat": { value: "FALSE" },
  "Sample UseSystematics": { value: "FALSE" },
  "Sample AsimovReplacementFor": {
    value: "mine,wjets",
    more: {
      ...GHOST,
      "Sample ghost": { ...GHOST["Sample ghost"], AsimovReplacementFor: "mine,ttbar" },
      "Job search": { CustomAsimov: "mine" },
    },
  },
  "Sample SeparateGammas": { value: "TRUE" },
  "Sample UseGaussianShapeSysConstraint": {
    value: "TRUE",
    more: { "Sample ttbar": { SeparateGammas: "TRUE" } },
  },
  "Sample NoPruning": { value: "TRUE", more: { "Job search": { SystPruningNorm: "0.1" } } },
  ...Object.fromEntries(
    ["MultiplyBy", "DivideBy", "AddSample", "AddSamples", "SubtractSample", "SubtractSamples"].map(
      (key) => [`Sample ${key}`, { value: "ghost", more: GHOST }],
    ),
  ),
  "Sample NormToSample": { value: "ghost", more: GHOST },
  "Sample MCstatScale": { value: "0.5" },
  "Sample SystFromSample": { value: "wjets" },
  "NormFactor Tau": { value: "2" },
  "NormFactor Samples": { value: "ttbar" },
  "NormFactor Regions": { value: "SR" },
  "NormFactor Exclude": { value: "SR" },
  "NormFactor Nominal": { value: "2" },
  "NormFactor Min": { value: "0.5" },
  "NormFactor Max": { value: "2" },
  "NormFactor Constant": { value: "TRUE" },
  "ShapeFactor Samples": { value: "ttbar", more: BINS },
  "ShapeFactor Regions": { value: "SR", more: BINS },
  "ShapeFactor Exclude": { value: "SR", more: BINS },
  "Systematic Samples": { value: "wjets" },
  "Systematic Regions": { value: "SR" },
  "Systematic Exclude": { value: "SR" },
  "Systematic ExcludeRegionSample": { value: "SR:ttbar" },
  "Systematic Type": { value: "SHAPE" },
  "Systematic IsFreeParameter": { value: "TRUE" },
  "Systematic SampleUp": { value: "ghost", more: GHOST },
  "Systematic SampleDown": { value: "ghost", more: GHOST },
  "Systematic IgnoreWeight": { value: "w", more: { "Job search": { MCweight: "w*v" } } },
  "Systematic Symmetrisation": { value: "TWOSIDED" },
  "Systematic Smoothing": { value: "40" },
  "Systematic OverallUp": {
    value: "0.3",
    more: { "Systematic jes": { ...TREE_SIDES, Type: "OVERALL", OverallDown: "-0.1" } },
  },
  "Systematic OverallDown": {
    value: "-0.3",
    more: { "Systematic jes": { ...TREE_SIDES, Type: "OVERALL", OverallUp: "0.1" } },
  },
  "Systematic ScaleUp": { value: "2" },
  "Systematic ScaleDown": { value: "SR:2" },
  "Systematic ReferenceSample": { value: "ghost", more: GHOST },
  "Systematic DropShapeIn": { value: "SR" },
  "Systematic DropNorm": { value: "SR" },
  "Systematic DropNormIn": { value: "ttbar" },
  "Systematic KeepNormForSamples": { value: "ttbar" },
  "Systematic DummyForSamples": { value: "ttbar" },
  "Systematic NoPruning": { value: "TRUE", more: { "Job search": { SystPruningNorm: "0.1" } } },
  "Systematic SubtractRefSampleVar": {
    value: "TRUE",
    more: { ...GHOST, "Systematic jes": { ReferenceSample: "ghost" } },
  },
  "Systematic KeepReferenceOverallVar": {
    value: "TRUE",
    more: { ...GHOST, "Systematic jes": { ReferenceSample: "ghost" } },
  },
  "Systematic ReferencePruning": { value: "wjets" },
  "Systematic CombineName": { value: "both" },
  "Systematic CombineType": {
    value: "HESSIAN",
    more: { "Systematic jes": { CombineName: "both" } },
  },
  "Systematic DropNormSpecial": {
    value: "SR",
    more: { "Systematic jes": { CombineName: "both" } },
  },
  "Systematic Decorrelate": { value: "SHAPEACC" },
  "Systematic SmoothingOption": { value: "TTBARRESONANCE" },
};

/** Keys that change nothing in a plan by themselves. */
const SILENT = ["Job AllowWrongRegionSample"];

interface Case {
  readonly kind: string;
  readonly key: string;
  readonly rule: KeyRule;
}

const CASES: readonly Case[] = BLOCK_KINDS.flatMap((kind) =>
  [...(BLOCK_KEYS[kind] ?? [])].map(([key, rule]) => ({ kind, key, rule })),
);

/** The configuration of a trial without and with the key. */
function trialOf({ kind, key }: Case): { readonly without: Blocks; readonly having: Blocks } {
  const isHistogram = key.startsWith("Histo");
  const { value, more = {}, base } = TRIALS[`${kind} ${key}`] ?? { value: "some_text" };
  const name = BLOCK_OF[kind] ?? `${kind} other`;
  const subtracted = TRIALS["Systematic SubtractRefSampleVar"]?.more ?? {};
  const common = base ?? (isHistogram ? HISTOGRAMS : EVENTS);
  const without = key.endsWith("RefSample")
    ? withBlocks(withBlocks(common, subtracted), {
        "Systematic jes": { SubtractRefSampleVar: "TRUE" },
      })
    : withBlocks(common, more);
  // The list of the plural key wins: the singular one must not be there.
  const singular = key.replace(/s((?:Up|Down)(?:RefSample|SubtractSample)?)?$/, "$1");
  const cleared = key === singular ? without : withBlocks(without, { [name]: { [singular]: "" } });
  return { without: cleared, having: withBlocks(cleared, { [name]: { [key]: value } }) };
}

const FILES = { texts: "XXX_CUT: x > 1\n" };

/** The plan alone, without lines, which move when a line is added. */
function planText(blocks: Blocks): string {
  return JSON.stringify(read(blocks, FILES).plan).replaceAll(/line \d+/g, "line");
}

describe("each key of the table", () => {
  test.each(CASES.filter(({ rule }) => rule.status === "applied"))(
    "$kind $key is applied",
    (one) => {
      if (one.key === "Morphing" || one.key === "Template") {
        expect(() => read(trialOf(one).having, FILES)).toThrow(/is a template of a morphing/);
        return;
      }
      const { without, having } = trialOf(one);
      const { coverage } = read(having, FILES);
      expect(coverage.unknown).toEqual([]);
      const unused = coverage.listed.filter(
        ({ key, status }) => key === one.key && status === "not used",
      );
      expect(unused).toEqual([]);
      const isSilent = SILENT.includes(`${one.kind} ${one.key}`);
      if (!isSilent) {
        let before = "";
        try {
          before = planText(without);
        } catch {
          // The key is what makes the configuration whole.
        }
        expect(planText(having)).not.toBe(before);
      }
    },
  );

  test.each(CASES.filter(({ rule }) => rule.status !== "applied"))(
    "$kind $key is listed",
    (one) => {
      const { having } = trialOf(one);
      const { coverage, warnings } = read(having, FILES);
      const entry = coverage.listed.find(({ key }) => key === one.key);
      const line = textOf(having)
        .split("\n")
        .findLastIndex((text) => text.startsWith(`  ${one.key}: `));
      expect(entry).toMatchObject({
        scope: "block",
        block_kind: one.kind,
        line: line + 1,
        status: one.rule.status,
        note: one.rule.note,
      });
      const isTold = warnings.some((warning) => warning.includes(`${one.key} of ${one.kind}`));
      expect(isTold).toBe(one.rule.status === "not supported");
    },
  );

  test("the guide has a row for each", () => {
    const guide = readFileSync(new URL("../../../docs/trexfitter.md", import.meta.url), "utf8");
    const missing = CASES.filter(({ key }) => !guide.includes(`\`${key}\``));
    expect(missing.map(({ kind, key }) => `${kind} ${key}`)).toEqual([]);
  });
});

describe("the report", () => {
  test("counts, and names what it does not know, with the nearest key", () => {
    const text = [
      "Job: fit",
      "  ReadFrom: NTUP",
      "  NtuplePath: in",
      "  NtupleName: events",
      "  NtupleName: tree",
      "",
      "Regoin: SR",
      "  Label: x",
      "",
      "Region: SR;CR",
      "  Variable: x,1,0,1",
      "  Labell: y",
      "",
      "Sample: s",
      "  NtupleFile: s",
      "  HistoFile: s",
      "  Smooth: FALSE",
      "",
      "Options: opt",
      "  Anything: 1",
    ].join("\n");
    const { coverage, warnings } = read(text);
    const at = (line: number): object => ({ line, file: "fit.config" });
    const region = { scope: "block", block_kind: "Region", key: "Labell", value: "y", ...at(12) };
    expect(coverage).toMatchObject({
      schema_version: "trex_config_coverage_v0",
      n_globals: 0,
      n_blocks: 6,
      n_block_attrs: 13,
      n_applied: 6,
      unknown: [
        { scope: "global", block_kind: "", block_name: "", key: "Regoin", value: "SR", ...at(7) },
        { scope: "block", block_kind: "Regoin", block_name: "SR", key: "Label", ...at(8) },
        { ...region, block_name: "SR" },
        { ...region, block_name: "CR" },
      ],
      listed: [
        { key: "NtupleName", value: "events", status: "not used", note: "line 5 says it again" },
        { key: "HistoFile", status: "not used", ...at(16) },
        { key: "Smooth", status: "no effect", ...at(17) },
        { key: "Anything", status: "no effect", ...at(20) },
      ],
    });
    expect(warnings).toEqual([
      "line 4: NtupleName of Job is given again: the last one holds",
      'line 7: Regoin is not a kind of block of TRExFitter, and is left out; did you mean "Region"?',
      'line 12: Labell of Region is not known, and is left out; did you mean "Label"?',
      "line 16: HistoFile of Sample has no effect here: nothing asks for it",
    ]);
  });

  test("many settings of one kind are one warning", () => {
    const more = Array.from({ length: 8 }, (_, i) => [
      `Systematic s${i}`,
      { Type: "OVERALL", OverallUp: "0.1", OverallDown: "-0.1", PreSmoothing: "TRUE" },
    ]);
    const { warnings } = read(withBlocks(EVENTS, Object.fromEntries(more)));
    expect(warnings).toEqual([
      expect.stringMatching(
        /^lines (\d+, ){4}\d+ and 3 more: PreSmoothing of Systematic is not supported: nothing is smoothed beforehand$/,
      ),
    ]);
  });
});
