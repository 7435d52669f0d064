/** The text of TRExFitter configurations: blocks, comments, lists, other files. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBlocks } from "../../../src/formats/trexfitter/blocks.ts";

const FILES: Readonly<Record<string, string>> = {
  "samples.config": 'Sample: "ttbar"\n  NtupleFile: ttbar\n',
  "texts.config": "XXX_CUT: pt > 20\nXXX_CUT_LOOSE: pt > 10 % comment\n",
};

/** Kind, name and settings of every block. */
function blocksOf(text: string): unknown[] {
  const { blocks } = parseBlocks(text, "fit.config", (path) => FILES[path] ?? "");
  return blocks.map(({ kind, name, settings }) => [
    kind,
    name,
    Object.fromEntries([...settings.values()].map(({ key, value }) => [key, value])),
  ]);
}

describe("blocks of a configuration", () => {
  test("an empty line ends a block, indentation means nothing", () => {
    const text = 'Job: "a"\nLabel: x\n\n  Region: SR\n\tLabel: y\n   \nSample: s\n';
    expect(blocksOf(text)).toEqual([
      ["Job", "a", { Label: "x" }],
      ["Region", "SR", { Label: "y" }],
      ["Sample", "s", {}],
    ]);
  });

  test("comments: %, # and //, not in quotes, not in addresses", () => {
    const text = [
      "% first",
      'Job: "a # b % c // d" # comment',
      "  // a comment does not end the block",
      "  NtuplePath: root://host//store % comment",
      "  Label: x // comment",
      '  POI: "mu"#comment',
    ].join("\n");
    expect(blocksOf(text)).toEqual([
      ["Job", "a # b % c // d", { NtuplePath: "root://host//store", Label: "x", POI: '"mu"' }],
    ]);
  });

  test("a path may begin with //", () => {
    const text = "Job: a\n  NtuplePaths: //store/a, //store/b // comment\n  HistoPath:\t//c\n";
    expect(blocksOf(text)).toEqual([
      ["Job", "a", { NtuplePaths: "//store/a, //store/b", HistoPath: "//c" }],
    ]);
  });

  test("an expression that ends at the operator % is told, as TRExFitter cuts it too", () => {
    const warningsOf = (line: string): readonly string[] =>
      parseBlocks(`Region: SR\n  ${line}\n`, "fit.config", () => "").warnings;
    const told =
      'line 2: Selection ends at the % or # in it, which starts a comment outside of quotes: "n"';
    expect(warningsOf("Selection: n%2==0")).toEqual([told]);
    expect(warningsOf("Selection: n % 2 == 0")).toEqual([told]);
    expect(warningsOf('Selection: "n%2==0"')).toEqual([]);
    expect(warningsOf("Selection: n % all of them")).toEqual([]);
    expect(warningsOf("Label: t#bar{t}")).toEqual([]);
  });

  test("names with ; share a text, each with its own values", () => {
    const text = 'Region: SR;"C;R";VR\n  Type: SIGNAL;CONTROL\n  Label: "a;b"\n';
    expect(blocksOf(text)).toEqual([
      ["Region", "SR", { Type: "SIGNAL", Label: '"a;b"' }],
      ["Region", "C;R", { Type: "CONTROL", Label: '"a;b"' }],
      ["Region", "VR", { Type: "CONTROL", Label: '"a;b"' }],
    ]);
  });

  test("a line goes on after a backslash, and after a comma before a line without a known key", () => {
    const text = [
      "Sample: s",
      "  NtupleFiles: a,",
      "    b,c,",
      "  VariableForSample: x:pt,",
      "  y:eta",
      "  Regions: SR,",
      "  Selection: pt > 20 && \\",
      "    TMath::Abs(eta) < 2",
    ].join("\n");
    expect(blocksOf(text)).toEqual([
      [
        "Sample",
        "s",
        {
          NtupleFiles: "a, b,c,",
          VariableForSample: "x:pt, y:eta",
          Regions: "SR,",
          Selection: "pt > 20 &&  TMath::Abs(eta) < 2",
        },
      ],
    ]);
  });

  test("INCLUDE stands for the lines of a file", () => {
    const text = 'Job: a\n\nINCLUDE: "samples.config"\n\nRegion: SR\n';
    const { blocks, includes } = parseBlocks(text, "fit.config", (path) => FILES[path] ?? "");
    expect(blocks.map(({ kind, file, line }) => [kind, file, line])).toEqual([
      ["Job", "fit.config", 1],
      ["Sample", "samples.config", 1],
      ["Region", "fit.config", 5],
    ]);
    expect(includes.map(({ key, line }) => [key, line])).toEqual([["INCLUDE", 3]]);
  });

  test("names of the replacement file stand for its texts, the longest name first", () => {
    const text = "Job: a\n  ReplacementFile: texts.config\n  Selection: XXX_CUT_LOOSE || XXX_CUT\n";
    expect(blocksOf(text)).toEqual([
      ["Job", "a", { ReplacementFile: "texts.config", Selection: "pt > 10 || pt > 20" }],
    ]);
  });

  test("of a repeated key the last holds, and the others are kept", () => {
    const { blocks } = parseBlocks("Job: a\n  POI: x\n  POI: y\n", "fit.config", () => "");
    expect(blocks[0]?.settings.get("POI")).toMatchObject({ value: "y", line: 3 });
    expect(blocks[0]?.replaced).toMatchObject([{ value: "x", line: 2 }]);
  });

  test("settings of any values are found again between comments, for every end of line", () => {
    const value = fc
      .stringMatching(/^[A-Za-z0-9_.,<>=&|()*+ /:-]{1,20}$/)
      .filter((text) => !text.includes("//") && text.trim() !== "" && !text.includes("XXX"))
      .map((text) => `"${text.trim()}"`);
    const block = fc.record({
      name: fc.stringMatching(/^[A-Za-z]\w{0,8}$/),
      settings: fc.dictionary(fc.constantFrom("Title", "Selection", "Regions"), value),
    });
    const noise = fc.constantFrom("", " % x", "  # y: z", " // w");
    const end = fc.constantFrom("\n", "\r\n", "\r");
    fc.assert(
      fc.property(fc.array(block), noise, end, (blocks, comment, newline) => {
        const lines = blocks.flatMap(({ name, settings }) => [
          `Sample: ${name}${comment}`,
          ...Object.entries(settings).flatMap(([key, text]) => [
            ...(comment === "" ? [] : [comment]),
            ` ${key} :${text}${comment}`,
          ]),
          "",
        ]);
        expect(blocksOf(lines.join(newline))).toEqual(
          blocks.map(({ name, settings }) => ["Sample", name, { ...settings }]),
        );
      }),
    );
  });
});
