import { describe, expect, test } from "vitest";
import { EXAMPLE, nextstat } from "./run-cli.ts";

interface FitJson {
  readonly bestfit: readonly number[];
  readonly uncertainties: readonly (number | null)[];
  readonly parameter_names: readonly string[];
  readonly poi_index: number;
  readonly nll: number;
  readonly converged: boolean;
  readonly [key: string]: unknown;
}

function fitJson(...args: readonly string[]): FitJson {
  const { status, stdout, stderr } = nextstat(["fit", EXAMPLE, "--format", "json", ...args]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout) as FitJson;
}

function bestfitOf(result: FitJson, name: string): number {
  return result.bestfit[result.parameter_names.indexOf(name)] as number;
}

function uncertaintyOf(result: FitJson, name: string): number | null {
  return result.uncertainties[result.parameter_names.indexOf(name)] as number | null;
}

describe("nextstat fit", () => {
  test("JSON has every key of the contract", () => {
    const result = fitJson();
    expect(Object.keys(result)).toMatchInlineSnapshot(`
      [
        "bestfit",
        "certificate",
        "constraint_centres",
        "converged",
        "covariance",
        "edm",
        "final_grad_norm",
        "fit_regions",
        "flags",
        "initial_nll",
        "minos",
        "n_active_bounds",
        "n_evaluations",
        "n_fev",
        "n_gev",
        "n_hessian",
        "n_iter",
        "nll",
        "parameter_names",
        "poi_index",
        "termination_reason",
        "twice_nll",
        "uncertainties",
        "uncertainty_reasons",
        "validation_regions",
        "warnings",
      ]
    `);
    expect(Object.keys(result.certificate as object)).toContain("projected_gradient_norm");
    expect(result.converged).toBe(true);
    expect(result.n_evaluations).toBe(result.n_fev);
    expect(result.parameter_names[result.poi_index]).toBe("mu");
    // pyhf 0.7.6 with Minuit: 0.4290 +- 0.3304.
    expect(bestfitOf(result, "mu")).toBeCloseTo(0.429, 2);
  });

  test("text", () => {
    const { stdout, status } = nextstat(["fit", EXAMPLE, "--format", "text", "--minos", "mu"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Fit of multichannel\.json\n=+\n {2}Measurement +search\n/);
    expect(stdout).toMatch(/^ {2}Channels +3 \(CR_top, CR_wjets, SR\), 11 bins$/m);
    expect(stdout).toMatch(/^ {2}Status +converged/m);
    expect(stdout).toMatch(/^mu = 0\.43 ± 0\.\d\d, profile likelihood \+0\.\d\d -0\.\d\d/m);
    expect(stdout).toMatch(/^parameter +best fit +MINOS +pull +constraint$/m);
    expect(stdout).toMatch(/^fakes_SR\[3\] /m);
    expect(stdout).not.toMatch(/not shown/);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test("--fix holds a parameter and raises the NLL", () => {
    const free = fitJson();
    const fixed = fitJson("--fix", "mu=1", "--fix", "jes=0.5");
    expect(bestfitOf(fixed, "mu")).toBe(1);
    expect(bestfitOf(fixed, "jes")).toBe(0.5);
    expect(uncertaintyOf(fixed, "mu")).toBe(0);
    expect(fixed.nll).toBeGreaterThan(free.nll);
  });

  test("--asimov fits its own starting values", () => {
    const result = fitJson("--asimov");
    expect(bestfitOf(result, "mu")).toBeCloseTo(1, 6);
    const shifted = fitJson("--asimov", "--init", "mu=2");
    expect(bestfitOf(shifted, "mu")).toBeCloseTo(2, 6);
  });

  test("--bounds, --no-search and --no-covariance are obeyed", () => {
    const result = fitJson("--bounds", "mu=0.5,3", "--no-search", "--no-covariance");
    expect(bestfitOf(result, "mu")).toBe(0.5);
    expect(result.n_active_bounds).toBe(1);
    expect(result.covariance).toBeNull();
    expect((result.certificate as { search: string }).search).toBe("off");
  });

  test("regions are split at commas and reported", () => {
    const result = fitJson("--fit-regions", "SR,CR_wjets", "--validation-regions", "CR_top");
    expect(result.fit_regions).toEqual(["SR", "CR_wjets"]);
    expect(result.validation_regions).toEqual(["CR_top"]);
  });

  test.each([
    ["comma separated", ["--minos", "mu,mu_top", EXAMPLE]],
    ["one by one", ["--minos", "mu", "--minos", "mu_top", "-i", EXAMPLE]],
    ["several words", [EXAMPLE, "--minos", "mu", "mu_top"]],
    ["several words before the file", ["--minos", "mu", "mu_top", EXAMPLE]],
  ])("--minos names: %s", (_, args) => {
    const { stdout } = nextstat(["fit", "--format", "json", ...args]);
    const { minos } = JSON.parse(stdout) as { minos: { name: string; up: number; down: number }[] };
    expect(minos.map(({ name }) => name)).toEqual(["mu", "mu_top"]);
    for (const { up, down } of minos) {
      expect(up).toBeGreaterThan(0);
      expect(down).toBeLessThan(0);
    }
  });

  test("--interp-defaults: origin and code names mean the same", () => {
    const pyhf = fitJson("--interp-defaults", "pyhf");
    expect(fitJson("--interp-defaults", "code1-code0")).toEqual(pyhf);
    const root = fitJson("--interp-defaults", "root");
    expect(fitJson("--interp-defaults", "code4-code4p")).toEqual(root);
    expect(fitJson()).toEqual(root);
    expect(pyhf.nll).not.toBe(root.nll);
  });

  test("--poi chooses another parameter", () => {
    const result = fitJson("--poi", "mu_top");
    expect(result.parameter_names[result.poi_index]).toBe("mu_top");
  });
});
