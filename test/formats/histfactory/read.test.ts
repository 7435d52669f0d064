/** Reading of HistFactory files: what becomes of the parts that ROOT's numbers do not show. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HistFactoryInput } from "../../../src/formats/histfactory/read.ts";
import { NextstatError } from "../../../src/index.ts";
import { CHANNEL, COMBINATION, channelWith, combinationWith, readMemory } from "./memory.ts";

const INPUT = "<Input>channel.xml</Input>";
const POI = "<POI>mu</POI>";
const SETTING = '<ParamSetting Const="True">Lumi</ParamSetting>';

function messages({ notices }: HistFactoryInput): string[] {
  return notices.map(({ message }) => message);
}

function parameters({ workspace }: HistFactoryInput): Record<string, unknown> {
  const list = workspace.measurements[0]?.config.parameters ?? [];
  return Object.fromEntries(list.map(({ name, ...rest }) => [name, rest]));
}

describe("XML", () => {
  test("entities that stand for text are resolved", async () => {
    const doctype = `'x' [<!-- <!ENTITY no "x"> -->
      <!ENTITY name "S&#82;"><!ENTITY file "&name;.root"><!ENTITY name "second">]>`;
    const { workspace } = await readMemory({
      ...channelWith("'HistFactorySchema.dtd'>", doctype),
      ...channelWith('Name="SR"', 'Name="SR"'),
      "channel.xml": CHANNEL.replace("'HistFactorySchema.dtd'>", doctype).replace(
        'Name="SR"',
        'Name="&name;&amp;&#x41;"',
      ),
    });
    expect(workspace.channels[0]?.name).toBe("SR&A");
  });

  test("neither a DOCTYPE nor a byte-order mark nor CRLF is needed", async () => {
    const plain = await readMemory();
    const bare = (text: string): string => `\u{feff}${text.replace(/<!DOCTYPE.*>\n/, "")}`;
    const declared = await readMemory({
      "combination.xml": `\u{feff}<?xml version="1.0" encoding="UTF-8"?>${COMBINATION}`,
    });
    expect(declared.workspace).toEqual(plain.workspace);
    const other = await readMemory({
      "combination.xml": bare(COMBINATION).replaceAll("\n", "\r\n"),
      "channel.xml": bare(CHANNEL),
    });
    expect(other.workspace).toEqual(plain.workspace);
  });

  test("any text is a formula or an error", async () => {
    const token = fc.constantFrom(
      "mu",
      "k",
      "1",
      "2.5",
      "+",
      "-",
      "*",
      "/",
      "(",
      ")",
      "sqrt(",
      "pow(",
      ",",
      "@0",
      "@7",
      "**",
      "^",
      " ",
      "x",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(token, { maxLength: 30 }), async (tokens) => {
        const expression = tokens.join("") || "1";
        const texts = combinationWith(
          INPUT,
          `<Function Name="f" Expression="${expression}" Dependents="mu,k" />${INPUT}`,
        );
        await readMemory(texts).catch((error: unknown) => {
          if (!(error instanceof NextstatError)) throw error;
        });
      }),
    );
  });
});

describe("defaults", () => {
  test("of ROOT", async () => {
    const input = await readMemory();
    expect(input.workspace.channels[0]?.samples[1]?.modifiers).toEqual([
      { name: "norm", type: "normsys", data: { hi: 1.1, lo: 0.9 } },
      { name: "jes", type: "histosys", data: { hi_data: [53, 41], lo_data: [48, 39] } },
      { name: "shape", type: "shapesys", data: [5, 8], constraint: { type: "Gaussian" } },
      { name: "staterror_SR", type: "staterror", data: [3, 2], constraint: { type: "Poisson" } },
    ]);
    expect(parameters(input)).toEqual({
      mu: { inits: [1], bounds: [[0, 5]] },
      shape: {
        bounds: [
          [1e-10, 1.5],
          [1e-10, 2],
        ],
      },
      staterror_SR: {
        bounds: [
          [1e-10, 1.3],
          [1e-10, 1.25],
        ],
      },
    });
    expect(input.report.changed).toEqual([
      { path: "combination.xml:4", note: 'Lumi of measurement "m" is held at 1: it is left out' },
    ]);
    expect(messages(input)).toEqual([]);
  });

  test("of pyhf", async () => {
    const texts = channelWith('HistoName="signal"', 'HistoName="signal" NormalizeByTheory="True"');
    const input = await readMemory(texts, { defaults: "pyhf" });
    const types = input.workspace.channels[0]?.samples.map(({ modifiers }) =>
      modifiers.map(({ type }) => type),
    );
    expect(types).toEqual([
      ["normfactor", "lumi"],
      ["normsys", "histosys", "shapesys", "staterror"],
    ]);
    const [, , shape, stat] = input.workspace.channels[0]?.samples[1]?.modifiers ?? [];
    expect(shape).not.toHaveProperty("constraint");
    expect(stat).not.toHaveProperty("constraint");
    expect(parameters(input)).toEqual({
      lumi: { auxdata: [1], sigmas: [0.1], bounds: [[0.5, 1.5]], inits: [1], fixed: true },
      mu: { inits: [1], bounds: [[0, 5]] },
    });
  });

  test("what pyhf ignores is said", async () => {
    const input = await readMemory(
      combinationWith(
        POI,
        `${POI}<ConstraintTerm Type="Uniform" RelativeUncertainty="1">norm</ConstraintTerm>`,
      ),
      { defaults: "pyhf" },
    );
    expect(messages(input)).toEqual(['ConstraintTerm Uniform of "norm": pyhf ignores it']);
    expect(input.report.lost.map(({ note }) => note)).toEqual(messages(input));
  });
});

describe("report", () => {
  test("a free luminosity and NormalizeByTheory", async () => {
    const input = await readMemory({
      ...combinationWith(SETTING, ""),
      ...channelWith('HistoName="bkg"', 'HistoName="bkg" NormalizeByTheory="False"'),
    });
    expect(messages(input)).toEqual([
      'Lumi is free and multiplies 1 sample with NormalizeByTheory="False" too, as in ROOT 6.40',
    ]);
    const bkg = input.workspace.channels[0]?.samples[1];
    expect(bkg?.modifiers[0]).toEqual({ name: "lumi", type: "lumi", data: null });
  });

  test("NoConstraint floats, or is left out", async () => {
    const texts = combinationWith(
      POI,
      `${POI}<ConstraintTerm Type="NoConstraint">norm</ConstraintTerm>`,
    );
    const free = await readMemory(texts);
    expect(parameters(free).norm).toEqual({ constraint: { type: "NoConstraint" } });
    expect(messages(free)).toEqual(['"norm" floats without a constraint (ROOT leaves it out)']);
    const root = await readMemory(texts, { noConstraint: "root" });
    expect(parameters(root).norm).toEqual({ inits: [0], fixed: true });
  });

  test("data that are missing are the expectation", async () => {
    const input = await readMemory({
      ...channelWith('<Data HistoName="data" />', ""),
      ...combinationWith(POI, `${POI}<ParamSetting Val="2">mu</ParamSetting>`),
    });
    expect(input.workspace.observations).toEqual([{ name: "SR", data: [60, 48] }]);
    expect(messages(input)[0]).toMatch(/^channel "SR" has no <Data>/);
  });

  test("what is not taken over", async () => {
    const input = await readMemory({
      ...combinationWith(
        POI,
        '<POI>mu k</POI><ParamSetting Const="True">alpha_no</ParamSetting><Asimov Name="a" FixParams="mu=1"/>' +
          '<ConstraintTerm Type="Gamma" RelativeUncertainty="0.1">jes nothing</ConstraintTerm>' +
          '<ConstraintTerm Type="Gamma">norm</ConstraintTerm>',
      ),
      ...channelWith(
        '<Data HistoName="data" />',
        '<Data HistoName="data" /><Data Name="more" HistoName="data" />',
      ),
    });
    expect(input.report.lost.map(({ path, note }) => `${path} ${note}`)).toEqual([
      'combination.xml:5 Asimov data "a" of measurement "m": made on demand (fit --asimov)',
      "combination.xml:5 ConstraintTerm Gamma of norm: ROOT ignores it without a RelativeUncertainty",
      'channel.xml:3 more data "more" of channel "SR"',
      'combination.xml:5 ConstraintTerm Gamma of "jes": ROOT applies it to OverallSys only, and there is none',
      'combination.xml:5 ConstraintTerm Gamma of "nothing": there is no such systematic',
      'combination.xml:5 ParamSetting of "alpha_no": there is no such parameter',
    ]);
  });

  test("Const of a ParamSetting that is not spelt as ROOT spells it", async () => {
    const input = await readMemory(combinationWith('Const="True"', 'Const="true"'));
    expect(input.report.changed[0]).toEqual({
      path: "combination.xml:6",
      note: 'Const="true" of ParamSetting "Lumi": ROOT takes all but "True" for False here',
    });
    expect(parameters(input).lumi).toBeDefined();
  });

  test("Const of a NormFactor", async () => {
    const texts = channelWith('Val="1"', 'Val="1" Const="True"');
    const root = await readMemory(texts);
    expect(parameters(root).mu).toEqual({ inits: [1], bounds: [[0, 5]] });
    expect(root.report.changed[0]?.note).toBe(
      'Const of NormFactor "mu": ROOT ignores it (use a ParamSetting)',
    );
    const pyhf = await readMemory(texts, { defaults: "pyhf" });
    expect(parameters(pyhf).mu).toEqual({ inits: [1], bounds: [[0, 5]], fixed: true });
  });

  test("names that two parameters would have", async () => {
    const input = await readMemory(channelWith('<OverallSys Name="norm"', '<OverallSys Name="mu"'));
    expect(input.workspace.channels[0]?.samples[1]?.modifiers[0]?.name).toBe("alpha_mu");
    expect(input.report.changed[0]).toEqual({
      path: "channel.xml:8",
      note: '"mu" is called "alpha_mu": another parameter has that name',
    });
  });
});
