/**
 * HS3 documents that are wrong, or say what cannot be computed: one clear error each, with the place in the document.
 *
 * @module
 */

import { describe, expect, test } from "vitest";
import { fromHs3, NextstatError } from "../../src/index.ts";
import { channelOf, type Loose, modifierOf, validDocument } from "./hs3-documents.ts";

interface Case {
  readonly name: string;
  /** Breaks a copy of the valid document; what it returns, if anything, takes its place. */
  readonly damage: (document: Loose) => unknown;
  /** Part of the error's text. */
  readonly expect: RegExp;
  readonly pointer: string;
}

const SAMPLES = "/distributions/0/samples";

const CASES: readonly Case[] = [
  {
    name: "no metadata",
    damage: (d) => delete d.metadata,
    expect: /the HS3 document lacks the key "metadata"/,
    pointer: "",
  },
  {
    name: "another version",
    damage: (d) => {
      d.metadata.hs3_version = "1.3";
    },
    expect: /HS3 version "1.3" cannot be read/,
    pointer: "/metadata/hs3_version",
  },
  {
    name: "distributions are no list",
    damage: (d) => {
      d.distributions = {};
    },
    expect: /"distributions" of the HS3 document must be a list, found an empty object/,
    pointer: "/distributions",
  },
  {
    name: "no data",
    damage: (d) => delete d.data,
    expect: /lacks the key "data"/,
    pointer: "",
  },
  {
    name: "two distributions of one name",
    damage: (d) => d.distributions.push({ ...d.distributions[1] }),
    expect: /two entries of "distributions" are called "lumiConstraint"/,
    pointer: "/distributions/2/name",
  },
  {
    name: "an analysis of a likelihood that is not there",
    damage: (d) => {
      d.analyses[0].likelihood = "likelyhood";
    },
    expect: /there is no likelihood "likelyhood".*did you mean "likelihood"/,
    pointer: "/analyses/0/likelihood",
  },
  {
    name: "a likelihood of a distribution that is not there",
    damage: (d) => {
      d.likelihoods[0].distributions[0] = "model_SRR";
    },
    expect: /there is no distribution "model_SRR".*did you mean "model_SR"/,
    pointer: "/likelihoods/0/distributions/0",
  },
  {
    name: "a likelihood of data that are not there",
    damage: (d) => {
      d.likelihoods[0].data[0] = "asimov";
    },
    expect: /there is no data set "asimov"/,
    pointer: "/likelihoods/0/data/0",
  },
  {
    name: "more data than distributions",
    damage: (d) => d.likelihoods[0].data.push("obsData_SR"),
    expect: /1 distributions and 2 data sets/,
    pointer: "/likelihoods/0/data",
  },
  {
    name: "a channel listed twice",
    damage: (d) => {
      d.likelihoods[0].distributions.push("model_SR");
      d.likelihoods[0].data.push("obsData_SR");
    },
    expect: /distribution "model_SR" is in likelihood "likelihood" twice/,
    pointer: "/likelihoods/0/distributions/1",
  },
  {
    name: "neither analysis nor likelihood",
    damage: (d) => {
      delete d.analyses;
      delete d.likelihoods;
    },
    expect: /neither an analysis nor a likelihood/,
    pointer: "",
  },
  {
    name: "an unbinned distribution",
    damage: (d) => {
      channelOf(d).type = "crystalball_dist";
    },
    expect: /of type "crystalball_dist" cannot be read.*only binned channels/,
    pointer: "/distributions/0/type",
  },
  {
    name: "unbinned data",
    damage: (d) => {
      d.data[0].type = "unbinned";
    },
    expect: /data set "obsData_SR" is of type "unbinned"/,
    pointer: "/data/0/type",
  },
  {
    name: "data of another length",
    damage: (d) => {
      d.data[0].contents = [57, 71, 3];
    },
    expect: /"contents" of data set "obsData_SR" has 3 entries for 2 bins/,
    pointer: "/data/0/contents",
  },
  {
    name: "data with other axes",
    damage: (d) => {
      d.data[0].axes = [{ name: "x", edges: [0, 1, 2, 3] }];
    },
    expect: /axes of data set "obsData_SR" have 3 bins, those of its channel "model_SR" 2/,
    pointer: "/data/0/axes",
  },
  {
    name: "negative data",
    damage: (d) => {
      d.data[0].contents[1] = -1;
    },
    expect: /observation "SR" is negative in bin 1/,
    pointer: "/data/0",
  },
  {
    name: "edges that do not rise",
    damage: (d) => {
      channelOf(d).axes = [{ name: "x", edges: [0, 2, 1] }];
    },
    expect: /the edges of axis "x" do not rise/,
    pointer: "/distributions/0/axes/0/edges",
  },
  {
    name: "half a bin",
    damage: (d) => {
      channelOf(d).axes = [{ name: "x", min: 0, max: 2, nbins: 1.5 }];
    },
    expect: /"nbins" of axis "x" must be a whole number above 0, found 1.5/,
    pointer: "/distributions/0/axes/0/nbins",
  },
  {
    name: "contents of another length",
    damage: (d) => channelOf(d).samples[0].data.contents.push(1),
    expect: /"contents" of sample "signal" has 3 entries for 2 bins/,
    pointer: `${SAMPLES}/0/data/contents`,
  },
  {
    name: "a text among the contents",
    damage: (d) => {
      channelOf(d).samples[0].data.contents[1] = "10";
    },
    expect: /entry 1 of "contents" of sample "signal" must be a finite number, found the text "10"/,
    pointer: `${SAMPLES}/0/data/contents/1`,
  },
  {
    name: "two samples of one name",
    damage: (d) => {
      channelOf(d).samples[1].name = "signal";
    },
    expect: /duplicate sample name "signal" in channel "SR"/,
    pointer: `${SAMPLES}/1`,
  },
  {
    name: "an unknown modifier",
    damage: (d) => {
      modifierOf(d, "xsec").type = "weightsys";
    },
    expect: /the type "weightsys" of modifier "xsec" of sample "background" is unknown/,
    pointer: `${SAMPLES}/1/modifiers/0/type`,
  },
  {
    name: "a custom modifier that is a formula",
    damage: (d) => {
      modifierOf(d, "xsec").type = "custom";
      d.functions = [{ name: "xsec", type: "generic_function", expression: "1+mu*mu" }];
    },
    expect:
      /custom "xsec" of sample "background" cannot be read: a function of type "generic_function"/,
    pointer: `${SAMPLES}/1/modifiers/0`,
  },
  {
    name: "a normsys without data",
    damage: (d) => delete modifierOf(d, "xsec").data,
    expect: /normsys "xsec" of sample "background" lacks the key "data"/,
    pointer: `${SAMPLES}/1/modifiers/0`,
  },
  {
    name: "an interpolation that a histosys does not have",
    damage: (d) => {
      modifierOf(d, "jes").interpolation = 1;
    },
    expect:
      /the interpolation 1 of histosys "jes" of sample "background" does not exist for a histosys/,
    pointer: `${SAMPLES}/1/modifiers/1/interpolation`,
  },
  {
    name: "an interpolation of a channel that a normsys does not have",
    damage: (d) => {
      delete modifierOf(d, "xsec").interpolation;
      channelOf(d).default_interpolation = { type: "add", in: "poly6", out: "poly1" };
    },
    expect:
      /interpolation \{"type":"add","in":"poly6","out":"poly1"\} of .* does not exist for a normsys/,
    pointer: "/distributions/0/default_interpolation",
  },
  {
    name: "two interpolations",
    damage: (d) => {
      modifierOf(d, "xsec").data.interpolation = "code1";
    },
    expect: /states two interpolations, code4 and code1/,
    pointer: `${SAMPLES}/1/modifiers/0/data/interpolation`,
  },
  {
    name: "a constraint that is not there",
    damage: (d) => {
      modifierOf(d, "lumi").constraint_name = "lumiConstrain";
    },
    expect: /there is no distribution "lumiConstrain".*did you mean "lumiConstraint"/,
    pointer: `${SAMPLES}/0/modifiers/1/constraint_name`,
  },
  {
    name: "a constraint of another parameter",
    damage: (d) => {
      modifierOf(d, "xsec").constraint_name = "lumiConstraint";
    },
    expect:
      /the constraint "lumiConstraint" of normsys "xsec".* does not hold its parameter "alpha_xsec"/,
    pointer: "/distributions/1",
  },
  {
    name: "a constraint type that nobody knows",
    damage: (d) => {
      modifierOf(d, "xsec").constraint_type = "Cauchy";
    },
    expect: /is neither a distribution nor a known type \("Cauchy"\)/,
    pointer: `${SAMPLES}/1/modifiers/0/constraint_type`,
  },
  {
    name: "a Poisson constraint of an alpha",
    damage: (d) => {
      modifierOf(d, "xsec").constraint = "Poisson";
    },
    expect: /a constraint of this type is not possible for the parameter "alpha_xsec"/,
    pointer: `${SAMPLES}/1/modifiers/0/constraint`,
  },
  {
    name: "a constraint of width zero",
    damage: (d) => {
      d.distributions[1].sigma = 0;
    },
    expect: /"sigma" of distribution "lumiConstraint" must be above 0, found 0/,
    pointer: "/distributions/1/sigma",
  },
  {
    name: "a global observable without value",
    damage: (d) => d.parameter_points[0].parameters.pop(),
    expect: /"nom_lumi", the mean of distribution "lumiConstraint", has no value/,
    pointer: "/distributions/1/mean",
  },
  {
    name: "a log-normal density of the parameter",
    damage: (d) => {
      d.distributions[1] = {
        name: "lumiConstraint",
        type: "lognormal_dist",
        x: "lumi",
        mu: 0,
        sigma: 0.1,
      };
    },
    expect: /is a log-normal density of the parameter "lumi" itself/,
    pointer: "/distributions/1/x",
  },
  {
    name: "two different constraints of a parameter",
    damage: (d) => {
      d.distributions.push({
        name: "second",
        type: "gaussian_dist",
        x: "lumi",
        mean: 1,
        sigma: 0.05,
      });
      d.likelihoods[0].aux_distributions = ["second"];
    },
    expect: /the parameter "lumi" has two different constraints/,
    pointer: "/distributions/1",
  },
  {
    name: "a parameter that scales and varies",
    damage: (d) => {
      modifierOf(d, "xsec").parameter = "mu";
    },
    expect: /the parameter "mu" of normsys "xsec".* is also one of normfactor "mu"/,
    pointer: `${SAMPLES}/1/modifiers/0`,
  },
  {
    name: "fewer gammas than bins",
    damage: (d) => modifierOf(d, "shape").parameters.pop(),
    expect: /"parameters" of shapesys "shape".* has 1 entries for 2 bins/,
    pointer: `${SAMPLES}/1/modifiers/2/parameters`,
  },
  {
    name: "a gamma in two modifiers",
    damage: (d) => {
      modifierOf(d, "free").parameters = ["stat_SR_bin_1", "stat_SR_bin_0"];
    },
    expect: /the parameter "stat_SR_bin_1" of shapefactor "free".* is also one of another modifier/,
    pointer: `${SAMPLES}/1/modifiers/4/parameters`,
  },
  {
    name: "a negative uncertainty",
    damage: (d) => {
      modifierOf(d, "shape").data.vals[0] = -0.1;
    },
    expect: /"vals" of shapesys "shape".* is negative in bin 0/,
    pointer: `${SAMPLES}/1/modifiers/2/data/vals/0`,
  },
  {
    name: "a staterror without errors",
    damage: (d) => delete channelOf(d).samples[1].data.errors,
    expect: /staterror "staterror" of sample "background" needs the "errors" of its sample/,
    pointer: `${SAMPLES}/1/data`,
  },
  {
    name: "a parameter of interest that no modifier has",
    damage: (d) => {
      d.analyses[0].parameters_of_interest = ["mus"];
    },
    expect: /no modifier of the likelihood has the parameter of interest "mus".*did you mean "mu"/,
    pointer: "/analyses/0/parameters_of_interest/0",
  },
  {
    name: "a domain that is not there",
    damage: (d) => {
      d.analyses[0].domains = ["default"];
    },
    expect: /there is no domain "default"/,
    pointer: "/analyses/0/domains/0",
  },
  {
    name: "a range upside down",
    damage: (d) => {
      d.domains[0].axes[0] = { name: "mu", min: 5, max: 0 };
    },
    expect: /the range of axis "mu" is not in order/,
    pointer: "/domains/0/axes/0",
  },
  {
    name: "a start outside the range",
    damage: (d) => {
      d.parameter_points[0].parameters[0].value = 7;
    },
    expect: /the start value 7 of parameter "mu" is outside its bounds \[0, 5\]/,
    pointer: `${SAMPLES}/0/modifiers/0`,
  },
  {
    name: "a value that is a text",
    damage: (d) => {
      d.parameter_points[0].parameters[0].value = "1";
    },
    expect: /"value" of parameter "mu" must be a finite number, found the text "1"/,
    pointer: "/parameter_points/0/parameters/0/value",
  },
  {
    name: "an analysis that starts from nowhere",
    damage: (d) => {
      d.analyses[0].init = "best_fit";
    },
    expect: /there is no parameter point "best_fit"/,
    pointer: "/analyses/0/init",
  },
];

function errorOf(document: Loose): unknown {
  try {
    fromHs3(JSON.stringify(document, null, 1), { file: "broken.json" });
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("malformed HS3 documents", () => {
  test("the document they break is valid", () => {
    expect(fromHs3(validDocument()).warnings).toEqual([]);
  });

  test.each(CASES)("$name", ({ damage, expect: text, pointer }) => {
    const document = validDocument();
    damage(document);
    const error = errorOf(document);
    expect(error).toBeInstanceOf(NextstatError);
    const { message, location, kind } = error as NextstatError;
    expect(message).toMatch(text);
    expect(location.pointer ?? "").toBe(pointer);
    expect(location.file).toBe("broken.json");
    expect(kind).toBe("input");
    // A pointer has a place in the text.
    if (pointer !== "") expect(location.line).toBeGreaterThan(0);
    expect(message).not.toMatch(/[\n\r]|undefined/);
  });

  test("there are enough of them, each once", () => {
    expect(CASES.length).toBeGreaterThanOrEqual(40);
    expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
  });
});
