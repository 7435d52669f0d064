import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, describe, expect, test } from "vitest";
import type { MetricsDocument } from "../../src/index.ts";
import { EXAMPLE, nextstat, ROOT } from "./run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "nextstat-scan-"));
afterAll(() => rmSync(folder, { recursive: true }));

const TWO_MINIMA = "test/golden/workspaces/two-minima-08.json";
const validate = new Ajv({ allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(`${ROOT}docs/metrics.schema.json`, "utf8")),
);

function record(...args: readonly string[]): Record<string, unknown> {
  const { status, stdout, stderr } = nextstat(args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout);
}

function metrics(...args: readonly string[]): MetricsDocument {
  const out = join(folder, "out.json");
  const { stdout } = nextstat([...args, "-o", out, "--json-metrics", "-"]);
  const document = JSON.parse(stdout) as MetricsDocument;
  expect(validate(document) ? null : validate.errors).toBeNull();
  return document;
}

describe("scan", () => {
  const grid = ["--start", "0", "--stop", "3", "--points", "31"];

  test("the record", () => {
    const scan = record("scan", "--input", EXAMPLE, ...grid);
    expect(Object.keys(scan)).toEqual([
      "ci68",
      "ci95",
      "converged",
      "flags",
      "mu_hat",
      "n_fit",
      "n_gradient",
      "n_hessian",
      "nll_hat",
      "parameter",
      "partial",
      "poi_index",
      "points",
      "sigma",
      "warnings",
    ]);
    expect(scan.ci95).toMatchObject({ level: 3.841458820694124, lower: null });
    const points = scan.points as { mu: number }[];
    expect(points).toHaveLength(31);
    expect(Object.keys(points[0] as object)).toEqual([
      "converged",
      "mu",
      "n_iter",
      "nll_mu",
      "q_mu",
      "twice_delta_nll",
    ]);
  });

  test("the text, of another parameter", () => {
    const args = ["--parameter", "signal_theory", "--values", "-1,0", "--values", "1"];
    const { stdout } = nextstat(["scan", EXAMPLE, ...args, "--format", "text"]);
    expect(stdout).toMatch(/^multichannel\.json: profile of signal_theory\n=+\n/);
    expect(stdout).toMatch(/^68 % interval {2}\[-?[\d.]+, [\d.]+\]$/m);
    expect(stdout.match(/\|$/gm)).toHaveLength(3);
  });

  test("a curve with two dips", () => {
    const { stdout } = nextstat(["scan", TWO_MINIMA, "--format", "text"]);
    expect(stdout).toMatch(/^68 % interval {2}\[-, 0\.460948\] and \[0\.759753, 1\.79245\]$/m);
    expect(stdout).toMatch(/1 warning\n- the 68 % interval of "mu" has 2 pieces/);
  });

  test("metrics", () => {
    const document = metrics("scan", EXAMPLE, ...grid);
    expect(Object.keys(document.metrics)).toEqual([
      "poi_index",
      "mu_hat",
      "nll_hat",
      "n_points",
      "q_mu_min",
      "q_mu_max",
    ]);
    expect(document.metrics).toMatchObject({ n_points: 31, q_mu_min: 0, poi_index: 0 });
    expect(document.metric.mu_hat).toBeCloseTo(0.42873934, 7);
    expect(document.uncertainty.mu_sigma).toBeCloseTo(0.33186234, 7);
  });

  test.each([
    [["--points", "1"], "a grid of 1 points"],
    [["--start", "nan"], 'Not a number: "nan"'],
    [["--values", "-1"], "outside the bounds [0, 10]"],
  ])("%j", (args, message) => {
    const { status, stdout, stderr } = nextstat(["scan", EXAMPLE, ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });
});

describe("scan2d", () => {
  const axes = ["--x", "mu=0,2,5", "--y", "signal_theory=-2,2,4"];

  test("the record", () => {
    const scan = record("scan2d", EXAMPLE, ...axes, "--levels", "0.68");
    expect(scan).toMatchObject({ dof: 2, partial: false, converged: true });
    expect(scan.twice_delta_nll).toHaveLength(4);
    const [level] = scan.levels as { confidence: number; level: number; contours: object[] }[];
    expect(level).toMatchObject({ confidence: 0.68, level: expect.closeTo(2.2789, 4) });
    expect(level?.contours[0]).toMatchObject({ method: "rays", closed: false });
  });

  test("the text; the POI is the first axis", () => {
    const args = ["--y", "signal_theory=-2,2,4", "--dof", "1", "--format", "text"];
    const { stdout } = nextstat(["scan2d", EXAMPLE, ...args]);
    expect(stdout).toMatch(/^multichannel\.json: profile of mu and signal_theory\n/);
    expect(stdout).toMatch(/^68\.2689 % +1 +\[/m);
    expect(stdout).toMatch(/^Right: mu from 0 to 1\.42433\. Up: signal_theory from -2 to 2\.\n/m);
    expect(stdout.match(/^[#+.]{21}$/gm)).toHaveLength(4);
  });

  test("metrics", () => {
    const document = metrics("scan2d", EXAMPLE, ...axes);
    expect(document.metrics).toMatchObject({ n_points: 20, n_contours: 2 });
  });

  test.each([
    [["--y", "mu"], 'both axes are "mu"'],
    [["--y", "signal_theory=1,2,3,4"], "Expected NAME=LO,HI,N"],
    // Names may contain "=".
    [["--y", "signal_theory=1"], 'no parameter "signal_theory=1" — did you mean "signal_theory"?'],
    [["--y", "signal_theory", "--levels", "95"], "the level 95 is not between 0 and 1"],
    [[], "required option"],
  ])("%j", (args, message) => {
    const { status, stdout, stderr } = nextstat(["scan2d", EXAMPLE, ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });
});

describe("goodness-of-fit", () => {
  test("the record, with NextStat's names", () => {
    const fit = record("goodness-of-fit", EXAMPLE);
    expect(fit).toMatchObject({ ndf: 5, ndof: 5, n_bins: 11, chi2: fit.statistic });
    expect(fit.p_value).toBeCloseTo(0.958429, 6);
    expect(fit.nll_fit).toBeCloseTo(31.247466361450307, 8);
    expect(fit.channels).toHaveLength(3);
    for (const key of ["chi2_per_ndof", "n_floating", "nll_saturated"]) {
      expect(fit[key]).toEqual(expect.any(Number));
    }
  });

  test("the text, of one region", () => {
    const args = ["--fit-regions", "CR_top", "--format", "text", "--fix", "mu=1"];
    const { stdout } = nextstat(["goodness-of-fit", EXAMPLE, ...args]);
    expect(stdout).toMatch(
      /^degrees of freedom {2}-?\d+ = 3 bins - \d+ unconstrained parameters$/m,
    );
    expect(stdout).toMatch(/^CR_top +3 /m);
    expect(stdout).not.toMatch(/^SR/m);
  });

  test("metrics", () => {
    const { metrics: values, metric } = metrics("goodness-of-fit", EXAMPLE);
    const { statistic, chi2, ndf, ndof, p_value } = values;
    expect({ chi2, ndof, p_value }).toEqual({
      chi2: statistic,
      ndof: ndf,
      p_value: metric.p_value,
    });
  });
});
