/**
 * Models on which a fit once went wrong, each with what is right: numbers from brute force (`tools/golden/regressions.py`, or bisection of
 * conditional fits) on pyhf's likelihood.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type FromPyhfOptions, fit, fromPyhf, type Model } from "../../src/index.ts";

function open(name: string, interpDefaults: FromPyhfOptions["interpDefaults"] = "root"): Model {
  const text = readFileSync(new URL(`cases/${name}.json`, import.meta.url), "utf8");
  return fromPyhf(text, { interpDefaults });
}

describe("the lowest minimum is found", () => {
  it.each([
    ["missed-minimum-1", "root", 12.966091195],
    ["missed-minimum-2", "root", 17.695117629],
    ["missed-minimum-3", "root", 14.22869],
    // A free factor times an odd variation: no parameter is lopsided on its own.
    ["bilinear", "root", 19.523555645],
    // The alpha is at -2.5, the factor at 9.
    ["far-minimum", "root", 16.755404234],
    // An alpha whose bound is on its kink.
    ["kink-at-bound-1", "pyhf", 26.86756491],
  ] as const)("%s", (name, codes, nll) => {
    const result = fit(open(name, codes));
    expect(result.converged).toBe(true);
    expect(result.nll).toBeLessThanOrEqual(nll + 1e-6);
  });

  it("on either side of a kink, however close", () => {
    const model = open("other-side-of-kink", "pyhf");
    const free = fit(model).nll;
    for (const { name, init, lower, upper, kind } of model.resolved.parameters) {
      if (kind !== "alpha") continue;
      for (const value of [-0.3, -0.05, 0.05, 0.3]) {
        const start = Math.min(Math.max(init + value, lower), upper);
        expect(fit(model, { inits: { [name]: start } }).nll).toBeGreaterThanOrEqual(free - 1e-7);
      }
    }
  });
});

it("a direction that leaves the box is no saddle", () => {
  const result = fit(open("saddle-outside-the-box"));
  expect(result.converged).toBe(true);
  expect(result.nll).toBeCloseTo(0, 12);
});

it("a product of two factors has no uncertainties, the others keep theirs", () => {
  const { uncertainties, parameterNames, covariance, warnings } = fit(open("flat-product"));
  expect(covariance).toBeNull();
  expect(warnings.join()).toMatch(/near-singular Hessian.*br.*mu|near-singular Hessian.*mu.*br/);
  parameterNames.forEach((name, i) => {
    if (name === "mu" || name === "br") expect(uncertainties[i], name).toBeNull();
    else expect(uncertainties[i], name).toBeGreaterThan(0);
  });
});

it("MINOS does not stop at a cliff", () => {
  const { minos } = fit(open("cliff"), { minos: ["mu"] });
  expect(minos?.[0]).toMatchObject({ note: "" });
  expect(minos?.[0]?.down).toBeCloseTo(-0.70686, 4);
});

it("a parameter that the fitted regions do not reach rests at the centre of its constraint", () => {
  const model = open("detached");
  const free = fit(model, { fitRegions: ["A"] });
  const held = fit(model, { fitRegions: ["A"], fixedParams: { x: 1.5 } });
  expect(free.nll).toBeCloseTo(held.nll, 10);
});

it("auxiliary data are in pyhf's order", () => {
  const { resolved } = open("auxiliary-order");
  const sets = resolved.auxiliaryOrder.map((i) => resolved.parameters[i]?.set);
  expect([...new Set(sets)]).toEqual([
    ...["sys3", "sys0", "sys1", "sys2", "shape0", "shape1"],
    ...["stat_CR_a", "stat_SR", "staterror_CR_b"],
  ]);
});

it("two parameters of one name are refused", () => {
  expect(() => open("two-parameters-of-one-name")).toThrow(/two parameters are called "st\[0\]"/);
});

it("the gradient of a model does not depend on what was fitted before", () => {
  const model = open("other-side-of-kink", "pyhf");
  const before = model.gradient(model.suggestedInit());
  fit(model);
  expect(model.gradient(model.suggestedInit())).toEqual(before);
});
