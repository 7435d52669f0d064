import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fit, fromPyhf, goodnessOfFit } from "../../src/index.ts";
import {
  goldenWorkspaceText,
  sharedWorkspaceText,
  tutorialFolder,
} from "../engine/support/references.ts";

const INFERENCE = new URL("../golden/inference/", import.meta.url);

interface Golden {
  readonly workspace: string;
  readonly measurement: string;
  readonly interpolation: { readonly set: "root" | "pyhf" };
  readonly goodness_of_fit: {
    readonly statistic: number;
    readonly nll_saturated: number;
    readonly fixed_part: number;
    readonly ndf: number;
    readonly p: number | null;
  } | null;
}

test("agrees with pyhf's likelihood: statistic, saturated NLL, degrees of freedom, p-value", () => {
  let compared = 0;
  for (const file of readdirSync(INFERENCE).filter((name) => name.endsWith(".json"))) {
    const golden = JSON.parse(readFileSync(new URL(file, INFERENCE), "utf8")) as Golden;
    const wanted = golden.goodness_of_fit;
    if (wanted === null) continue;
    const model = fromPyhf(goldenWorkspaceText(golden.workspace.replace(".json", "")), {
      measurement: golden.measurement,
      interpDefaults: golden.interpolation.set,
    });
    const found = goodnessOfFit(model);
    const slack = Math.max(1e-7, 2e-13 * Math.abs(wanted.nll_saturated));
    const off = (a: number, b: number): number => Math.abs(a - b);
    expect(off(found.nllSaturated, wanted.nll_saturated), file).toBeLessThan(slack);
    // Minima of kinked models are the lowest found: a lower one is a smaller statistic.
    expect(found.statistic - wanted.statistic, file).toBeLessThan(slack);
    if (golden.interpolation.set === "root") {
      expect(off(found.statistic, wanted.statistic), file).toBeLessThan(slack);
      expect(off(found.pValue ?? -1, wanted.p ?? -1), file).toBeLessThan(slack);
    }
    expect(off(found.fixedDeviance, wanted.fixed_part), file).toBeLessThan(slack);
    expect(found.ndf, file).toBe(wanted.ndf);
    compared++;
  }
  expect(compared).toBeGreaterThan(150);
});

test.skipIf(!existsSync(tutorialFolder))("the tutorial's numbers", () => {
  const of = (name: string): ReturnType<typeof goodnessOfFit> =>
    goodnessOfFit(fromPyhf(sharedWorkspaceText(tutorialFolder, name)));
  const simple = of("simple");
  expect(simple.statistic).toBeCloseTo(0.0476066, 7);
  expect(simple.ndf).toBe(1);
  expect(simple.pValue).toBeCloseTo(0.82728, 5);
  const several = of("multichannel");
  expect(several.statistic).toBeCloseTo(0.0477709, 7);
  expect(several.ndf).toBe(3);
  expect(several.pValue).toBeCloseTo(0.997263, 6);
  expect(several.mainDeviance).toBeCloseTo(0.0452914, 6);
});

describe("the record", () => {
  const model = fromPyhf(goldenWorkspaceText("shared-across-channels"));
  const found = goodnessOfFit(model);

  test("adds up", () => {
    const { channels, mainDeviance, constraintDeviance, statistic, nllFit, nllSaturated } = found;
    expect(channels.reduce((sum, c) => sum + c.deviance, 0)).toBeCloseTo(mainDeviance, 12);
    expect(mainDeviance + constraintDeviance).toBe(statistic);
    expect(2 * (nllFit - nllSaturated)).toBeCloseTo(statistic, 9);
    expect(found.nBins).toBe(channels.reduce((sum, c) => sum + c.nBins, 0));
    expect(found.ndf).toBe(found.nBins - found.nUnconstrained);
    expect(found).toMatchObject({ chi2: statistic, ndof: found.ndf, converged: true });
    expect(found.chi2PerNdof).toBe(statistic / found.ndf);
    expect(nllFit).toBeCloseTo(fit(model).nll, 10);
  });

  test("of some regions: bins, parameters and terms of the others do not count", () => {
    const names = model.resolved.channels.map((c) => c.name);
    const kept = names[0] as string;
    const part = goodnessOfFit(model, { fitRegions: [kept] });
    expect(part.channels.map((c) => c.channel)).toEqual([kept]);
    expect(part.nBins).toBe(model.resolved.channels[0]?.nBins);
    expect(part.nFloating).toBeLessThan(found.nFloating);
    const { nll } = fit(model, { fitRegions: [kept] });
    expect(part.nllFit).toBeCloseTo(nll, 10);
  });

  test("a fixed parameter counts at its value, and is not a degree of freedom less", () => {
    const alpha = model.resolved.parameters.find((p) => p.kind === "alpha")?.name as string;
    const held = goodnessOfFit(model, { fixedParams: { [alpha]: 2, mu: 1 } });
    expect(held.fixedDeviance).toBeCloseTo(4, 12);
    expect(held.ndf).toBe(found.ndf + 1);
    expect(held.nllSaturated).toBeCloseTo(found.nllSaturated, 9);
  });

  test("of the Asimov set is a perfect fit", () => {
    const { statistic, pValue } = goodnessOfFit(model, { asimov: true });
    expect(statistic).toBeLessThan(1e-10);
    expect(pValue).toBeCloseTo(1, 6);
  });
});

test("without degrees of freedom there is no p-value, and a warning", () => {
  const { pValue, chi2PerNdof, ndf, warnings } = goodnessOfFit(
    fromPyhf(goldenWorkspaceText("only-shapefactor")),
  );
  expect(ndf).toBeLessThanOrEqual(0);
  expect({ pValue, chi2PerNdof }).toEqual({ pValue: null, chi2PerNdof: null });
  expect(warnings.at(-1)).toMatch(/^no p-value: .* \(bins: \d+, unconstrained parameters: \d+\)$/);
});
