/** What is wrong with configurations, in one message each that says where and what to write. */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Blocks,
  EVENTS,
  HISTOGRAMS,
  messageOf,
  textOf,
  withBlocks,
} from "./configurations.ts";

/** The small configuration with something else in it. */
function events(more: Blocks): Blocks {
  return withBlocks(EVENTS, more);
}

const CASES: Readonly<Record<string, readonly [string | Blocks, string | RegExp]>> = {
  "a block without an empty line before it": [
    "Job: a\n  POI: mu\nRegion: SR\n  Variable: x,1,0,1\n",
    'Region in the block of Job "a" — fit.config, line 3, column 1 — an empty line ends a block',
  ],
  "no text": [
    "",
    'there is no Job — fit.config — expected a TRExFitter configuration with Job: "name"',
  ],
  "another kind of file": [
    '{\n "channels": []\n}\n',
    '"{" is not a setting — fit.config, line 1, column 1 — expected Key: value; a line that goes on in the next one ends with a backslash',
  ],
  "quotes that do not end": [
    'Job: "a\n',
    'a " without its partner — fit.config, line 1, column 1 — close the quotes',
  ],
  "key without a value": [
    "Job: a\n  POI:\n",
    "POI has no value — fit.config, line 2, column 1 — give one, or leave the line out",
  ],
  "empty line inside a block": [
    "Job: a\n\n  POI: mu\n",
    "POI stands outside of a block — fit.config, line 3, column 1 — it belongs to Job; an empty line ends a block",
  ],
  "more values than names": [
    "Region: a;b\n  Label: x;y;z\n",
    "3 values of Label for 2 Region — fit.config, line 2, column 1 — expected one value for each name; put a value with ; into quotes",
  ],
  "name missing between two": ["Region: a;;b\n", /^a Region without a name — fit\.config, line 1/],
  "backslash at the end": ["Job: a \\", /^the text ends with a backslash — fit\.config, line 1/],
  "includes itself": [
    "INCLUDE: fit.config\n",
    "fit.config includes itself — fit.config, line 1, column 1 — leave out one INCLUDE",
  ],
  "includes what is not there": [
    "INCLUDE: other.config\n",
    "INCLUDE names other.config: no file other.config — fit.config, line 1, column 1 — check the path",
  ],
  "two jobs": [
    `${textOf(EVENTS)}\nJob: other\n`,
    /^job "other" after job "search" in line 1 — fit\.config, line \d+, column 1 — one configuration is one Job$/,
  ],
  "two samples of one name": [
    `${textOf(EVENTS)}\nSample: ttbar\n  NtupleFile: x\n`,
    /^sample "ttbar" after sample "ttbar" in line \d+ — .* — give it another name$/,
  ],
  "unknown choice": [
    events({ "Job search": { ReadFrom: "NTUPLE" } }),
    'ReadFrom is "NTUPLE" — fit.config, line 2, column 1 — expected HIST, NTUP; did you mean "NTUP"?',
  ],
  "not a number": [
    events({ "Job search": { Lumi: "139 fb" } }),
    /^Lumi is "139 fb" — fit\.config, line \d+, column 1 — expected a number$/,
  ],
  "number in hexadecimal": [events({ "Job search": { Lumi: "0x10" } }), /^Lumi is "0x10"/],
  "neither TRUE nor FALSE": [
    events({ "Sample ttbar": { UseMCstat: "maybe" } }),
    /^UseMCstat is "maybe" — .* — expected TRUE, FALSE$/,
  ],
  "no variable": [
    events({ "Region SR": { Variable: "" } }),
    'no Variable in region "SR" — fit.config, line 7, column 1 — expected Variable: "expression",bins,low,high',
  ],
  "variable without bins": [
    events({ "Region SR": { Variable: "mass" } }),
    /^no bins in region "SR" — fit\.config, line 8/,
  ],
  "half a bin": [
    events({ "Region SR": { Variable: "mass,2.5,0,1" } }),
    /^Variable is "2\.5" — .* — expected a whole number, 1 or more$/,
  ],
  "empty range": [
    events({ "Region SR": { Variable: "mass,2,1,1" } }),
    /^Variable is "1,1" — .* — expected an upper edge above$/,
  ],
  "two variables": [
    events({ "Region SR": { Variable: '"x|y",2,0,1' } }),
    /^Variable is "x\|y" — .* — plots of two variables have no template$/,
  ],
  "edges that do not ascend": [
    events({ "Region SR": { Binning: "0,20,10" } }),
    /^Binning is "0,20,10" — .* — expected at least two edges in ascending order$/,
  ],
  "unknown automatic binning": [
    events({ "Region SR": { Binning: '"AutoBin","TransfoJ",5,1,5' } }),
    /^Binning is "TransfoJ" — .* — expected TransfoD or TransfoF$/,
  ],
  "automatic binning without its numbers": [
    events({ "Region SR": { Binning: "AutoBin,TransfoD,5" } }),
    /^Binning is "AutoBin,TransfoD,5" — .* — expected "AutoBin","TransfoD",signal,background$/,
  ],
  "bins merged in two ways": [
    events({ "Region SR": { Rebin: "2", Rebinning: "0,40,80" } }),
    /^Rebin and Rebinning in region "SR" — fit\.config, line 10, .* give one of them$/,
  ],
  "bin 0": [
    events({ "Region SR": { DropBins: "0,1" } }),
    /^DropBins is "0" — .* — expected a whole number, 1 or more$/,
  ],
  "variable for a sample that does not exist": [
    events({ "Region SR": { VariableForSample: "tbar:mass2" } }),
    /^VariableForSample names "tbar", which is no sample — .* — did you mean "ttbar"\?$/,
  ],
  "region that does not exist": [
    events({ "Sample ttbar": { Regions: "SR,CRR" } }),
    /^Regions names "CRR", which is no region — .* — did you mean "CR"\?$/,
  ],
  "pattern that nothing fits": [
    events({ "Systematic jes": { Samples: "single*" } }),
    /^Samples names "single\*", which is no sample — /,
  ],
  "no file": [
    events({ "Sample wjets": { NtupleFile: "" } }),
    /^no NtupleFile for sample "wjets" in region "SR" — fit\.config, line \d+, column 1 — give NtupleFile in the sample, the region or the job$/,
  ],
  "no histogram": [
    withBlocks(HISTOGRAMS, { "Region SR": { HistoName: "" } }),
    /^no HistoName for sample "data" in region "SR" — /,
  ],
  "template of a morphing": [
    events({ "Sample ttbar": { Morphing: "mass,172.5" } }),
    /^sample "ttbar" is a template of a morphing — .* — a workspace of pyhf has no form for it/,
  ],
  "sample made of itself": [
    events({ "Sample ttbar": { AddSample: "wjets" }, "Sample wjets": { AddSample: "ttbar" } }),
    /^sample "ttbar" is made of itself \(ttbar, wjets, ttbar\) — /,
  ],
  "factor with half a range": [
    events({ "Sample ttbar": { NormFactor: "k,1,0" } }),
    /^NormFactor is "k,1,0" — .* — expected name,nominal,min,max$/,
  ],
  "factor outside of its range": [
    events({ "NormFactor mu": { Nominal: "20" } }),
    /^norm factor "mu" is 20 in the range from 0 to 10 — .* — expected Min <= Nominal <= Max$/,
  ],
  "POI without a factor": [
    events({ "Job search": { POI: "my" } }),
    'POI "my" is no norm factor — fit.config, line 5, column 1 — did you mean "mu"?',
  ],
  "replaced by one name": [
    events({ "Sample ttbar": { AsimovReplacementFor: "other" } }),
    /^AsimovReplacementFor is "other" — .* — expected "data set","sample", or set=sample$/,
  ],
  "data set that does not exist": [
    events({
      "Job search": { CustomAsimov: "nominal" },
      "Sample ghost": { Type: "GHOST", NtupleFile: "g", AsimovReplacementFor: "norminal,ttbar" },
    }),
    'CustomAsimov "nominal" is no data set — fit.config — expected one of AsimovReplacementFor: did you mean "norminal"?',
  ],
  "systematic without a variation": [
    events({ "Systematic jer": { Samples: "ttbar" } }),
    /^systematic "jer" does not say what varies — .* — expected WeightUp or NtupleNameUp, or Type: OVERALL with OverallUp$/,
  ],
  "OVERALL without a size": [
    events({ "Systematic xsec": { OverallUp: "", OverallDown: "" } }),
    /^systematic "xsec" of type OVERALL has no size — /,
  ],
  "a yield below 0": [
    events({ "Systematic xsec": { OverallDown: "-1.5" } }),
    /^OverallDown is -1\.5 — .* — expected more than -1, which is no yield$/,
  ],
  "unknown symmetrisation": [
    events({ "Systematic jes": { Symmetrisation: "TWOSIDE" } }),
    /^Symmetrisation is "TWOSIDE" — .* did you mean "TWOSIDED"\?$/,
  ],
  "scale of a region that does not exist": [
    events({ "Systematic jes": { ScaleUp: "SR:1.2,VR:2" } }),
    /^ScaleUp names "VR", which is no region — /,
  ],
  "pair without a colon": [
    events({ "Systematic jes": { ExcludeRegionSample: "SR" } }),
    /^ExcludeRegionSample is "SR" — .* — expected region:sample$/,
  ],
  "one parameter twice in a template": [
    events({
      "Systematic jer": { WeightSufUp: "w", WeightSufDown: "v", NuisanceParameter: "jes" },
    }),
    /^systematic "jes" and systematic "jer" both vary sample "ttbar" in region "SR" by the parameter "jes" — /,
  ],
  "reference that is not in the region": [
    events({
      "Sample other": { Type: "GHOST", NtupleFile: "other", Regions: "CR" },
      "Systematic jes": { ReferenceSample: "other" },
    }),
    /^region "SR" has no sample "other" — .* — the reference sample must be in every region/,
  ],
  "nothing to fit": [
    events({ "Region SR": { Type: "VALIDATION" }, "Region CR": { Type: "VALIDATION" } }),
    /^no region to fit — fit\.config, line 1/,
  ],
  "region without samples": [
    events({
      "Sample signal": { Regions: "SR" },
      "Sample ttbar": { Regions: "SR" },
      "Sample wjets": { Exclude: "CR" },
    }),
    /^region "CR" has no samples — /,
  ],
};

describe("a configuration with", () => {
  test.each(Object.entries(CASES))("%s", (_, [configuration, message]) => {
    if (typeof message === "string") expect(messageOf(configuration)).toBe(message);
    else expect(messageOf(configuration)).toMatch(message);
  });

  test("a name that the replacement file does not have", () => {
    const text = "Job: a\n  ReplacementFile: texts\n  Selection: XXX_CAT\n";
    expect(messageOf(text, { texts: "XXX_CUT: x\n" })).toBe(
      'texts has no text for XXX_CAT — fit.config, line 3, column 1 — did you mean "XXX_CUT"?',
    );
  });
});

test("names that do not exist are left out where the configuration allows it", () => {
  const blocks = events({
    "Job search": { AllowWrongRegionSample: "TRUE" },
    "Systematic jes": { Samples: "ttbar,top" },
  });
  expect(messageOf(blocks)).toBe("no error");
});

test("a damaged configuration is read, or refused with a message, never anything else", () => {
  const original = readFileSync(new URL("search.config", import.meta.url), "utf8");
  const texts = readFileSync(new URL("search-texts.config", import.meta.url), "utf8");
  const damage = fc.record({
    at: fc.nat(original.length - 1),
    length: fc.nat(40),
    text: fc.oneof(
      fc.constantFrom(
        "",
        '"',
        ";",
        ",",
        ":",
        "\n",
        "\n\n",
        "%",
        "*",
        "(",
        "NaN",
        "-1",
        "1e999",
        "Type: ",
      ),
      fc.string({ maxLength: 5 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
      let text = original;
      for (const { at, length, text: put } of damages) {
        text = text.slice(0, at) + put + text.slice(at + length);
      }
      const message = messageOf(text, { "search-texts.config": texts });
      expect(message).not.toMatch(/undefined|null|NaN is|\[object/);
    }),
    { numRuns: 300 },
  );
});
