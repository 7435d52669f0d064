/**
 * What HS3 documents mean, where ROOT's numbers do not say it: defaults, choices, reports, and what is taken along.
 *
 * @module
 */

import { describe, expect, test } from "vitest";
import { absoluteUncertainty } from "../../src/formats/hs3/per-bin-sets.ts";
import {
  convert,
  fit,
  fromHs3,
  fromPyhf,
  fromWorkspace,
  type Model,
  toHs3,
} from "../../src/index.ts";
import {
  channelOf,
  goldenDocument,
  type Loose,
  modifierOf,
  validDocument,
} from "./hs3-documents.ts";

/** The document with some changes. */
function changed(change: (document: Loose) => void): Loose {
  const document = validDocument();
  change(document);
  return document;
}

function parameter(model: Model, name: string): Model["resolved"]["parameters"][number] {
  const found = model.resolved.parameters.find((p) => p.name === name);
  if (found === undefined) throw new Error(`no parameter ${name}`);
  return found;
}

function codes(model: Model): (string | undefined)[] {
  const modifiers = model.resolved.channels[0]?.samples.flatMap((sample) => sample.modifiers) ?? [];
  return modifiers.flatMap((modifier) => ("code" in modifier ? [modifier.code] : []));
}

describe("interpolation", () => {
  const unstated = changed((d) => {
    delete modifierOf(d, "xsec").interpolation;
    delete modifierOf(d, "jes").interpolation;
  });

  test("what is stated wins, in every spelling", () => {
    const spelled = (normsys: unknown, histosys: unknown): (string | undefined)[] =>
      codes(
        fromHs3(
          changed((d) => {
            modifierOf(d, "xsec").interpolation = normsys;
            modifierOf(d, "jes").interpolation = histosys;
          }),
          { interpolation: "root" },
        ),
      );
    expect(spelled(0, 0)).toEqual(["code0", "code0"]);
    expect(spelled(1, 2)).toEqual(["code1", "code2"]);
    expect(spelled(5, 4)).toEqual(["code4", "code4p"]);
    expect(spelled("code2", "code4p")).toEqual(["code2", "code4p"]);
    expect(
      spelled({ type: "mult", in: "exp", out: null }, { type: "add", in: "poly1", out: null }),
    ).toEqual(["code1", "code0"]);
  });

  test("a channel's default holds for modifiers that state none", () => {
    const document = changed((d) => {
      delete modifierOf(d, "jes").interpolation;
      channelOf(d).default_interpolation = { type: "add", in: "poly2", out: "poly1" };
    });
    expect(codes(fromHs3(document))).toEqual(["code4", "code2"]);
  });

  test("nowhere stated: codes 1 and 0 with a flag, or ROOT's on demand", () => {
    const standard = fromHs3(unstated);
    expect(codes(standard)).toEqual(["code1", "code0"]);
    expect(fit(standard).flags).toContain("hs3_interp_default");
    expect(standard.warnings.join()).toMatch(
      /1 normsys \(code1 assumed\) and 1 histosys \(code0 assumed\).*--hs3-interp root/,
    );
    const root = fromHs3(unstated, { interpolation: "root" });
    expect(codes(root)).toEqual(["code4", "code4p"]);
    expect(fit(root).flags).not.toContain("hs3_interp_default");
  });
});

describe("constraints of modifiers", () => {
  test("an alpha without constraint has a unit Gaussian at its global observable", () => {
    const document = changed((d) => {
      d.parameter_points[0].parameters.push({ name: "nom_alpha_jes", value: 0.5, const: true });
    });
    expect(parameter(fromHs3(document), "alpha_jes")).toMatchObject({
      constraint: { type: "gauss", sigma: 1 },
      auxdata: 0.5,
    });
  });

  test("a log-normal of an alpha, as pyhs3 writes it, is a Gaussian", () => {
    const document = changed((d) => {
      modifierOf(d, "xsec").constraint = "LogNormal";
    });
    expect(parameter(fromHs3(document), "alpha_xsec").constraint).toEqual({
      type: "gauss",
      sigma: 1,
    });
  });

  test("Const holds the parameter", () => {
    const document = changed((d) => {
      modifierOf(d, "xsec").constraint_type = "Const";
      modifierOf(d, "shape").constraint_type = "Const";
    });
    const model = fromHs3(document);
    expect(parameter(model, "alpha_xsec").fixed).toBe(true);
    expect(parameter(model, "shape[1]").fixed).toBe(true);
  });

  test("a staterror takes its channel's constraint, its own before that, Poisson without either", () => {
    const constraint = (change: (d: Loose) => void): unknown =>
      parameter(fromHs3(changed(change)), "stat_SR[0]").constraint;
    const gauss = { type: "gauss", sigma: 0.06 };
    expect(constraint(() => {})).toEqual(gauss);
    const poisson = { type: "poisson", tau: 1 / 0.06 ** 2 };
    expect(
      constraint((d) => {
        delete channelOf(d).staterror;
      }),
    ).toEqual(poisson);
    expect(
      constraint((d) => {
        modifierOf(d, "staterror").constraint = "Poisson";
      }),
    ).toEqual(poisson);
    const model = fromHs3(
      changed((d) => {
        delete channelOf(d).staterror;
        modifierOf(d, "staterror").constraint_type = "Gauss";
      }),
    );
    expect(parameter(model, "stat_SR[0]").constraint).toEqual(gauss);
    expect(model.warnings.join()).toMatch(/ROOT 6.40.*reads Poisson/);
  });

  test("a constraint that the likelihood lists too counts once", () => {
    const once = fromHs3(validDocument());
    const twice = fromHs3(
      changed((d) => {
        d.distributions.push({
          name: "product",
          type: "product_dist",
          factors: ["model_SR", "lumiConstraint"],
        });
        d.likelihoods[0].distributions = ["product"];
      }),
    );
    expect(twice.nll(twice.suggestedInit())).toBe(once.nll(once.suggestedInit()));
  });
});

describe("parameter points and analyses", () => {
  const several = changed((d) => {
    d.parameter_points.push({
      name: "best_fit",
      parameters: [
        { name: "mu", value: 0.4 },
        { name: "alpha_jes", value: -0.3, const: true },
      ],
    });
    d.data.push({ ...d.data[0], name: "asimov_SR", contents: [55, 70] });
    d.likelihoods.push({ name: "asimov", distributions: ["model_SR"], data: ["asimov_SR"] });
    d.analyses.push({ ...d.analyses[0], name: "second", parameters_of_interest: ["alpha_jes"] });
    d.analyses.push({ ...d.analyses[0], name: "asimov", likelihood: "asimov" });
  });

  test("the starting values come from the point asked for", () => {
    expect(parameter(fromHs3(several), "mu").init).toBe(1);
    const model = fromHs3(several, { parameterPoint: "best_fit" });
    expect(parameter(model, "mu").init).toBe(0.4);
    expect(parameter(model, "alpha_jes")).toMatchObject({ init: -0.3, fixed: true });
    expect(() => fromHs3(several, { parameterPoint: "best" })).toThrow(/no parameter point "best"/);
  });

  test("the first analysis is used; those of its likelihood are measurements, others are named", () => {
    const model = fromHs3(several);
    expect(model.workspace.measurements.map(({ name }) => name)).toEqual(["analysis", "second"]);
    expect(model.workspace.observations[0]?.data).toEqual([57, 71]);
    expect(model.warnings.join()).toMatch(/3 analyses; using "analysis" \(others: "asimov"/);
    const asimov = fromHs3(several, { analysis: "asimov" });
    expect(asimov.workspace.observations[0]?.data).toEqual([55, 70]);
    expect(asimov.warnings).toEqual([]);
    expect(() => fromHs3(several, { analysis: "asimow" })).toThrow(/did you mean "asimov"/);
  });

  test("what is not used is listed as lost", () => {
    const { report } = convert(several, { to: "pyhf", hs3: { analysis: "asimov" } });
    expect(report.lost.map(({ path }) => path)).toEqual([
      "/analyses/0",
      "/analyses/1",
      "/likelihoods/0",
      "/data/0",
      "/parameter_points/1",
      "/metadata",
    ]);
  });
});

describe("what is taken along", () => {
  test("metadata, misc, names, edges and points are in the document that is written again", () => {
    const document = changed((d) => {
      d.metadata.authors = ["A. Physicist"];
      d.misc = { note: "kept", ROOT_internal: { ModelConfigs: {} } };
      channelOf(d).name = "signal_region";
      d.likelihoods[0].distributions = ["signal_region"];
      channelOf(d).axes = [{ name: "mass", edges: [0, 20, 100] }];
      modifierOf(d, "shape").parameters = ["first", "second"];
    });
    const { document: written } = convert(document, { to: "hs3" }) as { document: Loose };
    expect(written.metadata).toEqual({ hs3_version: "0.2", authors: ["A. Physicist"] });
    expect(written.misc.note).toBe("kept");
    expect(channelOf(written).name).toBe("signal_region");
    expect(channelOf(written).axes).toEqual([{ name: "mass", edges: [0, 20, 100] }]);
    expect(modifierOf(written, "shape").parameters).toEqual(["first", "second"]);
    expect(written.data[0].name).toBe("obsData_SR");
    const pyhf = convert(document, { to: "pyhf" });
    expect(pyhf.report.lost).toContainEqual({
      path: "/distributions/0/axes",
      note: "edges of the bins",
    });
  });

  test("a best fit is a parameter point, which a fit can start from", () => {
    const model = fromHs3(validDocument());
    const { bestfit, nll } = fit(model);
    const values = Object.fromEntries(
      model.paramNames().map((name, i) => [name, bestfit[i] as number]),
    );
    const { document } = toHs3(model, { points: [{ name: "best_fit", values }] });
    const again = fromHs3(document, { parameterPoint: "best_fit" });
    expect(again.suggestedInit()).toEqual(bestfit);
    expect(again.nll(again.suggestedInit())).toBeCloseTo(nll, 10);
    // And the point is still there in what is written from it.
    const third = toHs3(again).document as Loose;
    expect(third.parameter_points.map(({ name }: Loose) => name)).toContain("best_fit");
  });

  test("a key that means nothing here is not passed over in silence", () => {
    const document = changed((d) => {
      modifierOf(d, "xsec").prior = "flat";
      d.workflow = {};
    });
    const { report, warnings } = convert(document, { to: "hs3" });
    const paths = report.lost.map(({ path }) => path);
    expect(paths).toContain("/distributions/0/samples/1/modifiers/0/prior");
    expect(paths).toContain("/workflow");
    expect(warnings.join()).toMatch(/unknown keys are ignored: "\/workflow"/);
  });

  test("modifiers that cannot be read are left out on demand only", () => {
    const document = changed((d) => {
      modifierOf(d, "xsec").type = "weightsys";
    });
    expect(() => fromHs3(document)).toThrow(/"weightsys"/);
    const model = fromHs3(document, { allowUnsupported: true });
    expect(model.paramNames()).not.toContain("alpha_xsec");
    expect(model.warnings.join()).toMatch(/left out: the type "weightsys"/);
  });
});

describe("which format a document has", () => {
  test("is seen from its content, wherever the metadata are", () => {
    const roofit = goldenDocument("roofit");
    expect(fromWorkspace(roofit).hs3).not.toBeNull();
    const pyhf = JSON.stringify(convert(validDocument(), { to: "pyhf" }).document);
    expect(fromWorkspace(pyhf).hs3).toBeNull();
    expect(() => fromPyhf(roofit)).toThrow(/this is an HS3 document, not a pyhf workspace/);
    expect(() => fromHs3(pyhf)).toThrow(/this is not an HS3 document/);
  });

  test("options of the other format are refused", () => {
    const pyhf = convert(validDocument(), { to: "pyhf" }).document;
    expect(() => fromWorkspace(pyhf, { hs3: { analysis: "a" } })).toThrow(/for HS3 documents/);
    expect(() => fromWorkspace(validDocument(), { interpDefaults: "pyhf" })).toThrow(
      /defaults of interpolation are for pyhf workspaces/,
    );
    expect(() => fromWorkspace(validDocument(), { patches: [{ text: "[]" }] })).toThrow(
      /patches are for pyhf workspaces/,
    );
  });
});

test("what HS3 has no form for is refused", () => {
  const { document } = convert(validDocument(), { to: "pyhf" }) as { document: Loose };
  document.measurements[0].config.parameters.push({
    name: "alpha_xsec",
    constraint: { type: "LogNormal", rel_uncertainty: 0.2 },
  });
  expect(() => convert(document, { to: "hs3" })).toThrow(
    /the LogNormal constraint of "alpha_xsec" cannot be written as HS3/,
  );
});

test("names that ROOT would not take are said", () => {
  const document = changed((d) => {
    modifierOf(d, "xsec").parameter = "alpha xsec";
  });
  expect(convert(document, { to: "hs3" }).warnings.join()).toMatch(
    /allowSanitizeNames.*"alpha xsec"/,
  );
});

test("absolute uncertainties are the ones that relative ones were made from", () => {
  for (const [sigma, nominal] of [
    [5, 50],
    [0.3, 7],
    [1.1, 3.3],
    [2.25, 17.5],
  ] as const) {
    expect(absoluteUncertainty(sigma / nominal, nominal)).toBe(sigma);
  }
});
