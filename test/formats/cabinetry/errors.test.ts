/** Configurations that cannot be meant: one error each, with the line. */

import { describe, expect, test } from "vitest";
import { NextstatError } from "../../../src/errors.ts";
import { readCabinetry } from "../../../src/formats/cabinetry/read.ts";

const GOOD = `General:
  Measurement: m
  POI: mu
  InputPath: "{SamplePath}"
  HistogramFolder: h/
Regions:
  - Name: SR
    Variable: x
    Binning: [0, 1, 2]
Samples:
  - Name: data
    Tree: t
    SamplePath: data.root
    Data: true
  - Name: bkg
    Tree: t
    SamplePath: bkg.root
NormFactors:
  - Name: mu
    Samples: bkg
Systematics:
  - Name: syst
    Type: NormPlusShape
    Up: {Weight: "1.1"}
    Down: {Symmetrize: true}
`;

function messageOf(text: string): string {
  try {
    readCabinetry(text, "config.yml");
  } catch (error) {
    if (error instanceof NextstatError && error.kind === "input") return error.message;
    throw error;
  }
  return "accepted";
}

/** [what is replaced, by what, message] */
const CASES: readonly (readonly [from: string, to: string, message: RegExp])[] = [
  ["General:", "Generals:", /there is no General — config.yml, line 1/],
  ["  Measurement: m\n", "", /General has no Measurement — config.yml, line 2.*add Measurement/],
  [
    "Measurement: m",
    "Measurement: 3",
    /Measurement of General must be a text, found 3 .*line 2.*quotes/,
  ],
  ["Regions:\n  - Name: SR", "Regions:\n    Name: SR", /Regions is no list — config.yml, line 6/],
  ["- Name: SR", "- Nome: SR", /a Region needs a Name that is a text — config.yml, line 7/],
  [
    "[0, 1, 2]",
    "[0, 2, 1]",
    /line 9: Binning of region "SR": edges of bins are not ascending \(2, 1\)/,
  ],
  ["[0, 1, 2]", "[0]", /needs two edges of bins, found 1/],
  ["[0, 1, 2]", "[0, .inf]", /Binning of Region "SR" must be a list of numbers.*line 9/],
  ["[0, 1, 2]", "5", /must be a list of numbers, found 5/],
  ["    Binning: [0, 1, 2]\n", "", /region "SR" has no Binning — config.yml, line 7/],
  ["    Variable: x\n", "", /region "SR" has no Variable/],
  ["    Data: true\n", "", /no sample has Data: true/],
  [
    "  - Name: bkg\n",
    "  - Name: bkg\n    Data: true\n",
    /two samples have Data: true \("data" and "bkg"\) — config.yml, line 16/,
  ],
  [
    "- Name: bkg",
    "- Name: data",
    /two blocks of Samples are called "data" — config.yml, line 15.*line 11/,
  ],
  ["    Tree: t\n    SamplePath: bkg.root", "    SamplePath: bkg.root", /sample "bkg" has no Tree/],
  [
    "    SamplePath: bkg.root\n",
    "",
    /InputPath has \{SamplePath\}, and Sample "bkg" has no SamplePath/,
  ],
  ["    Samples: bkg", "    Bounds: [3, 1]", /Bounds of "mu" are no range — config.yml, line 20/],
  [
    "NormPlusShape",
    "Shape",
    /systematic "syst" has the Type "Shape" .*line 23.*Normalization and NormPlusShape/,
  ],
  ["Type: NormPlusShape", "Type: Normalization", /Up of systematic "syst" has no Normalization/],
  ['    Up: {Weight: "1.1"}\n', "", /systematic "syst" has no Up/],
  [
    '{Weight: "1.1"}',
    "{Symmetrize: true}",
    /Up of systematic "syst" is to be symmetrised.*let Down have/,
  ],
  ['{Weight: "1.1"}', "[1, 2]", /Up of Systematic "syst" must be a list of settings/],
  ["Symmetrize: true", "Symmetrize: 1", /Symmetrize of Down "syst" must be true or false, found 1/],
  [
    "    Type: Norm",
    "    Smoothing: {Algorithm: other}\n    Type: Norm",
    /is to be smoothed by other.*"353QH, twice"/,
  ],
  ["  POI: mu", "  POI: mu\n  POI: nu", /this is no YAML: Map keys must be unique/],
  ["  POI: mu", "  Fixed: [{Name: mu}]", /a fixed parameter needs Name and Value/],
  [
    "    SamplePath: data.root",
    "    SamplePath: data.root\n    Regions: [CR]",
    /there are no data in region "SR"/,
  ],
];

describe("configurations that cannot be meant", () => {
  test("the one they are made of can", () => expect(messageOf(GOOD)).toBe("accepted"));

  test.each(CASES)("%j as %j", (from, to, message) => {
    expect(GOOD).toContain(from);
    expect(messageOf(GOOD.replace(from, to))).toMatch(message);
  });

  test.each(["", "[]", "3", "- a", "{", "\t", "a: &x [*x]"])("%j", (text) => {
    expect(messageOf(text)).not.toBe("accepted");
  });

  test("aliases that grow without bounds", () => {
    const lines = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]"];
    for (let i = 1; i < 9; i++) {
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    }
    expect(messageOf(`${lines.join("\n")}\n`)).toMatch(/configuration is too large|alias/);
  });
});

describe("what is doubtful is said", () => {
  const warningsOf = (from: string, to: string): readonly string[] =>
    readCabinetry(GOOD.replace(from, to), "config.yml").warnings;

  test("keys that nobody knows are listed with their lines", () => {
    const { coverage } = readCabinetry(
      GOOD.replace("    Variable: x", "    Variable: x\n    Title: y").replace(
        "General:",
        "Extra: 1\nGeneral:",
      ),
      "config.yml",
    );
    expect(coverage.unknown).toEqual([
      { scope: "global", block_kind: "", block_name: "", key: "Extra", value: "1", line: 1 },
      {
        scope: "block",
        block_kind: "Region",
        block_name: "SR",
        key: "Title",
        value: '"y"',
        line: 10,
      },
    ]);
  });

  test.each([
    ["Data: true", "Data: yes", "yes is a text here and true in YAML 1.1"],
    ["[0, 1, 2]", "[0, 010, 20]", "010 is 10 here and 8 in YAML 1.1"],
    ["[0, 1, 2]", "[0, 1, 1e3]", "1e3 is 1000 here and a text in YAML 1.1"],
    ["Name: mu", "Name: 2024-01-02", "2024-01-02 is a text here and a date in YAML 1.1"],
  ])("YAML 1.1: %j as %j", (from, to, text) => {
    expect(warningsOf(from, to).join("\n")).toContain(text);
  });

  test("names that are not there", () => {
    expect(warningsOf("Samples: bkg", "Samples: bgk")).toEqual([
      'line 20: Samples of NormFactor "mu" names "bgk", which is not there (known: "data", "bkg")',
    ]);
    expect(warningsOf("POI: mu", "POI: nu")[0]).toContain('the POI "nu" is no parameter');
    expect(warningsOf("  POI: mu", "  Fixed: [{Name: nu, Value: 1}]")[0]).toContain(
      'line 3: Fixed names "nu", which is no parameter',
    );
  });

  test("a parameter is fixed at the value in Fixed", () => {
    const text = GOOD.replace("  POI: mu", "  Fixed: [{Name: mu, Value: 2}, {Name: np, Value: 0}]")
      .replace("    Samples: bkg", "    Nominal: 1")
      .replace("    Type:", "    ModifierName: np\n    Type:");
    const { plan, warnings } = readCabinetry(text, "config.yml");
    expect(plan.parameters).toEqual([
      { name: "mu", init: 2, bounds: null, isFixed: true, isFree: false },
      { name: "np", init: 0, bounds: null, isFixed: true, isFree: false },
    ]);
    expect(warnings.join()).toContain("fixed at 2, the value in Fixed, and not at its Nominal 1");
  });
});
