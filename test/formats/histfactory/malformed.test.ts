/** What is wrong with HistFactory files, in one message each that says where. */

import { describe, expect, test } from "vitest";
import { HistogramReader } from "../../../src/formats/histfactory/histograms.ts";
import type { HistFactoryOptions, RootFile } from "../../../src/formats/index.ts";
import { NextstatError } from "../../../src/index.ts";
import { channelWith, combinationWith, readMemory, type Texts } from "./memory.ts";

/** The whole message of reading these texts. */
async function message(texts: Texts, options: HistFactoryOptions = {}): Promise<string> {
  try {
    await readMemory(texts, options);
  } catch (error) {
    if (error instanceof NextstatError) return error.message;
    throw error;
  }
  return "no error";
}

const NORM = '<OverallSys Name="norm" High="1.1" Low="0.9" />';
const MU = '<NormFactor Name="mu" Val="1" Low="0" High="5" />';
const INPUT = "<Input>channel.xml</Input>";
const POI = "<POI>mu</POI>";
const DOCTYPE = "'HistFactorySchema.dtd'>";

const CASES: Readonly<Record<string, readonly [texts: Texts, message: string | RegExp]>> = {
  "empty file": [
    { "combination.xml": "" },
    /not well-formed XML: document must contain a root element/,
  ],
  "attribute after a byte-order mark": [
    { "combination.xml": "\u{feff}<Combination>\n<Input a='1'/></Combination>" },
    "<Input> has no attribute a — combination.xml, line 2, column 8 — there are none",
  ],
  "unclosed element": [
    combinationWith("</Measurement>", ""),
    /^this is not well-formed XML: unexpected close tag — combination\.xml, line 8, column/,
  ],
  "text cut off": [
    { "combination.xml": "<Combination>\n  <Input>x" },
    /^this is not well-formed XML: unclosed tag: Input — combination\.xml, line 2/,
  ],
  "attribute twice": [
    channelWith('Name="SR"', 'Name="SR" Name="SR"'),
    /^this is not well-formed XML: duplicate attribute: Name — channel\.xml, line 2/,
  ],
  "unknown entity": [
    combinationWith("mu<", "&mu;<"),
    /undefined entity.* — combination\.xml, line 5/,
  ],
  "content of another file": [
    combinationWith(DOCTYPE, "'x' [<!ENTITY more SYSTEM '/etc/passwd'>]>"),
    "the entity &more; is the content of another file — combination.xml, line 1, column 1 — files named by a DOCTYPE are not read: put the content in place of the reference",
  ],
  "entities that multiply": [
    combinationWith(
      DOCTYPE,
      `'x' [<!ENTITY a "${"x".repeat(1000)}">${Array.from({ length: 9 }, (_, i) => {
        const inner = `&${"abcdefghij"[i]};`;
        return `<!ENTITY ${"abcdefghij"[i + 1]} "${inner.repeat(10)}">`;
      }).join("")}]>`,
    ),
    /^the entities stand for more than 1000000 characters — combination\.xml, line 1, column 1/,
  ],
  "entities without end": [
    combinationWith(DOCTYPE, `'x' [<!ENTITY a "&b;"><!ENTITY b "&a;">]>`),
    "the entity &a; contains itself — combination.xml, line 1, column 1",
  ],
  "entity of elements": [
    channelWith(DOCTYPE, `'x' [<!ENTITY systematics "<OverallSys Name='a'/>">]>`),
    /^the entity &systematics; stands for elements — channel\.xml, line 1, column 1/,
  ],
  "parameter entity": [
    channelWith(DOCTYPE, "'x' [<!ENTITY % all SYSTEM 'x'>]>"),
    /^the DOCTYPE declares the parameter entity %all;/,
  ],
  "elements nested deeply": [
    { "combination.xml": "<a>".repeat(40) },
    "elements are nested more than 32 deep — combination.xml, line 1, column 97 — is it a HistFactory file?",
  ],
  "another kind of XML": [
    { "combination.xml": "<svg/>" },
    "the file starts with <svg>, not <Combination> — combination.xml, line 1, column 1 — is it a HistFactory file?",
  ],
  "misspelt attribute": [
    channelWith('HistoName="signal"', 'HistoName="signal" NormaliseByTheory="False"'),
    '<Sample> has no attribute NormaliseByTheory — channel.xml, line 4, column 44 — did you mean "NormalizeByTheory"?',
  ],
  "misspelt element": [
    channelWith(NORM, '<OveralSys Name="norm" High="1.1" Low="0.9" />'),
    '<OveralSys> does not belong in <Sample> — channel.xml, line 8, column 5 — did you mean "OverallSys"?',
  ],
  "no channels": [
    combinationWith(INPUT, ""),
    "the combination has no <Input> — combination.xml, line 2, column 1 — name the file of each channel",
  ],
  "no file name": [
    combinationWith(INPUT, "<Input> </Input>"),
    "<Input> names no file — combination.xml, line 3, column 3 — put the name inside it",
  ],
  "file that is not there": [
    combinationWith("channel.xml", "chanel.xml"),
    "there is no such file: chanel.xml — combination.xml, line 3, column 3 — check the path",
  ],
  "channel twice": [
    combinationWith(INPUT, INPUT.repeat(2)),
    'two channels are called "SR" — channel.xml, line 2, column 1 — the other is in channel.xml',
  ],
  "no measurement": [
    { "combination.xml": "<Combination><Input>channel.xml</Input></Combination>" },
    "the combination has no <Measurement> — combination.xml, line 1, column 1 — add one with a <POI>",
  ],
  "no parameter of interest": [
    combinationWith(POI, ""),
    'measurement "m" has no <POI> — combination.xml, line 4, column 3 — name the parameter of interest',
  ],
  "parameter of interest that is none": [
    combinationWith(POI, "<POI>m</POI>"),
    'the parameter of interest "m" of measurement "m" is no parameter of the model — combination.xml, line 5, column 5 — did you mean "mu"?',
  ],
  "luminosity of 0": [
    combinationWith('Lumi="1.0"', 'Lumi="0"'),
    'Lumi of measurement "m" is not positive (0) — combination.xml, line 4, column 3 — as in Lumi="1.0"',
  ],
  "number that is none": [
    channelWith('High="1.1"', 'High="1,1"'),
    'High of <OverallSys> is not a number ("1,1") — channel.xml, line 8, column 29 — give a finite number, as in 1.05',
  ],
  "number of a million digits": [
    channelWith('High="1.1"', `High="${"1".repeat(1e6)}x"`),
    /^High of <OverallSys> is not a number \("1{260,}\.{3}1+x"\) — channel\.xml, line 8, column 29/,
  ],
  "name with a line break": [
    channelWith('HistoName="bkg"', 'HistoName="b&#10;g"'),
    /^there is no "b\?g" in data\.root — channel\.xml, line 7, column 3/,
  ],
  "path of a hundred thousand slashes": [
    channelWith(
      'HistoName="bkg"',
      `HistoName="a${"/".repeat(1e5)}b" HistoPath="c${"/".repeat(1e5)}d"`,
    ),
    /^there is no "c\/d\/a\/+\.{3}" in data\.root — channel\.xml, line 7, column 3/,
  ],
  "number that is missing": [
    channelWith('High="1.1" ', ""),
    '<OverallSys> "norm" has no High — channel.xml, line 8, column 5 — add High="..."',
  ],
  "true or false": [
    channelWith('Activate="True"', 'Activate="yes"'),
    'Activate of <StatError> is neither True nor False ("yes") — channel.xml, line 11, column 16 — write True or False',
  ],
  "range the wrong way round": [
    channelWith(MU, '<NormFactor Name="mu" Val="1" Low="5" High="0" />'),
    'NormFactor "mu" has Low 5 and High 0 — channel.xml, line 5, column 5 — Low must be below High',
  ],
  "start outside the range": [
    channelWith('Val="1"', 'Val="6"'),
    'NormFactor "mu" starts at Val 6, outside its range 0 to 5 — channel.xml, line 5, column 5 — move it, or widen the range',
  ],
  "setting outside the range": [
    combinationWith(POI, `${POI}<ParamSetting Val="7">mu</ParamSetting>`),
    'ParamSetting puts "mu" at 7, outside its range 0 to 5 — combination.xml, line 5, column 18 — move it, or widen the range',
  ],
  "constraint that is none": [
    combinationWith(POI, `${POI}<ConstraintTerm Type="Gauss">norm</ConstraintTerm>`),
    '<ConstraintTerm> has the type "Gauss" — combination.xml, line 5, column 18 — choose one of Gamma, LogNormal, Uniform, NoConstraint',
  ],
  "two constraints": [
    combinationWith(
      POI,
      `${POI}<ConstraintTerm Type="Gamma" RelativeUncertainty="1">norm norm</ConstraintTerm>`,
    ),
    '"norm" has two ConstraintTerms in measurement "m" — combination.xml, line 5, column 18 — keep one',
  ],
  "constraint of half a systematic": [
    {
      ...combinationWith(
        POI,
        `${POI}<ConstraintTerm Type="LogNormal" RelativeUncertainty="0.1">norm</ConstraintTerm>`,
      ),
      ...channelWith('Name="jes"', 'Name="norm"'),
    },
    'the ConstraintTerm LogNormal of "norm" would change its OverallSys and not its HistoSys, which share a parameter — combination.xml, line 5, column 18 — give the HistoSys another name, or leave the ConstraintTerm out',
  ],
  "kind of bin constraint": [
    channelWith('HistoName="relative"', 'HistoName="relative" ConstraintType="Flat"'),
    'ConstraintType of <ShapeSys> is "Flat" — channel.xml, line 10, column 49 — choose Gaussian or Poisson',
  ],
  "channel name": [
    channelWith('Name="SR"', 'Name="2SR"'),
    'the channel name "2SR" begins with a digit — channel.xml, line 2, column 1 — ROOT takes no such names: rename the channel',
  ],
  "histogram that is not there": [
    channelWith('HistoName="bkg"', 'HistoName="bgk"'),
    /^there is no "bgk" in data\.root — channel\.xml, line 7, column 3 — in the top folder: known: /,
  ],
  "folder that is not there": [
    channelWith('HistoName="bkg"', 'HistoName="bkg" HistoPath="foldr"'),
    'there is no "foldr/bkg" in data.root — channel.xml, line 7, column 3 — in the top folder: did you mean "folder"?',
  ],
  "no histogram": [
    channelWith(' HistoName="bkg"', ""),
    '<Sample> "bkg" has no HistoName — channel.xml, line 7, column 3 — add HistoName="..."',
  ],
  "no ROOT file": [
    channelWith(' InputFile="data.root"', ""),
    "<Sample> has no InputFile — channel.xml, line 4, column 3 — add it here, or to the sample or channel around it",
  ],
  "ROOT file that is not there": [
    channelWith('"data.root"', '"other.root"'),
    "there is no such file: other.root — channel.xml, line 4, column 3 — check the path",
  ],
  "ROOT file that is damaged": [
    channelWith('"data.root"', '"broken.root"'),
    /broken\.root.* — channel\.xml, line 4, column 3/,
  ],
  "other bins": [
    channelWith('HistoNameHigh="up"', 'HistoNameHigh="wide"'),
    'the histogram "wide" has 3 bins, the others of channel "SR" have 2 — channel.xml, line 9, column 5 — the histograms of a channel need the same bins',
  ],
  "negative data": [
    channelWith('HistoName="data"', 'HistoName="negative"'),
    'observation "SR" is negative in bin 1 (-1) — channel.xml, line 3, column 3 — observed events must be 0 or more',
  ],
  "infinite yield": [
    channelWith('HistoName="bkg"', 'HistoName="infinite"'),
    /bkg" i.* — channel\.xml, line 7, column 3/,
  ],
  "factor twice": [
    channelWith(MU, MU.repeat(2)),
    'sample "signal" has the NormFactor "mu" twice — channel.xml, line 5, column 54 — a sample takes each factor once',
  ],
  "systematic twice": [
    channelWith(NORM, NORM.repeat(2)),
    'duplicate normsys "norm" of sample "bkg" in channel "SR" — channel.xml, line 8, column 52 — a sample takes each modifier once',
  ],
  "factor called as a parameter of ROOT's": [
    channelWith(MU, '<NormFactor Name="alpha_norm" Val="1" Low="0" High="5" />'),
    /^a factor is called "alpha_norm", as a parameter of ROOT's own — channel\.xml, line 5, column 5/,
  ],
  "uncertainties that differ where they are shared": [
    channelWith(MU, `${MU}<ShapeSys Name="shape" HistoName="up" />`),
    /^the ShapeSys "shape" has other uncertainties than on the sample before.* — channel\.xml, line 10, column 5/,
  ],
  "shape that is free and constrained": [
    channelWith(MU, `${MU}<ShapeFactor Name="shape" />`),
    /^the ShapeSys and the ShapeFactor "shape" would share their parameters — channel\.xml, line 10/,
  ],
  "function that is a sum": [
    combinationWith(INPUT, `<Function Name="f" Expression="mu+1" Dependents="mu[0,1]" />${INPUT}`),
    /^the function "f" = mu\+1 cannot be taken over — combination\.xml, line 3, column 3/,
  ],
  "function that is not understood": [
    combinationWith(INPUT, `<Function Name="f" Expression="exp(mu)" Dependents="mu" />${INPUT}`),
    /^the function "f" = exp\(mu\) cannot be taken over: exp\(\) is not known — combination\.xml, line 3/,
  ],
  "whole numbers divided": [
    combinationWith(INPUT, `<Function Name="f" Expression="1/3*mu" Dependents="mu" />${INPUT}`),
    /it divides whole numbers, which ROOT does without a remainder \(1\.0\/3\) — combination\.xml, line 3/,
  ],
  "function that is long": [
    combinationWith(
      INPUT,
      `<Function Name="f" Expression="mu${"*1".repeat(1e5)}+?${" ".repeat(1e5)}" Dependents="mu" />${INPUT}`,
    ),
    /^the function "f" = mu(\*1)+\*?\.{3}.* cannot be taken over: "\?" is not understood — combination/,
  ],
  "dependents that never close": [
    combinationWith(
      INPUT,
      `<Function Name="f" Expression="mu" Dependents="mu,${"a[".repeat(1e5)}0,1" />${INPUT}`,
    ),
    /^Dependents of the function "f" cannot be read \("0"\) — combination\.xml, line 3, column 3/,
  ],
  "square of a factor": [
    {
      ...combinationWith(INPUT, `<Function Name="f" Expression="mu*mu" Dependents="mu" />${INPUT}`),
      ...channelWith(MU, '<NormFactor Name="f" Val="1" Low="0" High="5" />'),
    },
    'the factors of sample "signal" multiply to mu to the power 2 — channel.xml, line 5, column 5 — a workspace has factors that are parameters, each once',
  ],
};

describe("malformed files", () => {
  test.each(Object.entries(CASES))("%s", async (_, [texts, expected]) => {
    const found = await message(texts);
    if (typeof expected === "string") expect(found).toBe(expected);
    else expect(found).toMatch(expected);
    expect(found).not.toContain("\n");
  });

  test("a measurement that does not exist", async () => {
    expect(await message({}, { measurement: "n" })).toBe(
      'no measurement "n" — combination.xml — did you mean "m"?',
    );
  });

  test("more bins than memory has room for, however often they are named", async () => {
    const values = new Float64Array(8_000_000);
    const root = { histogram: async () => ({ values }) } as unknown as RootFile;
    const reader = new HistogramReader({
      openRoot: async () => root,
      readText: () => Promise.reject(new Error("no text is read")),
    });
    const place = { file: "channel.xml", line: 3, column: 5 };
    const name = { file: "data.root", path: "", name: "h", place };
    await reader.read(name);
    await reader.read(name);
    await expect(reader.read(name)).rejects.toThrow(
      "the histograms up to this one have more than 20000000 bins in all — channel.xml, line 3, column 5 — rebin them, or read fewer channels at a time",
    );
  });

  test("what pyhf needs", async () => {
    const texts = {
      ...combinationWith(' LumiRelErr="0.1"', ""),
      ...channelWith('HistoName="bkg"', 'HistoName="bkg" NormalizeByTheory="True"'),
    };
    expect(await message(texts, { defaults: "pyhf" })).toBe(
      'measurement "m" has no LumiRelErr — combination.xml, line 4, column 3 — pyhf needs it, as in LumiRelErr="0.02"',
    );
    expect(await message(texts)).toBe("no error");
  });
});
