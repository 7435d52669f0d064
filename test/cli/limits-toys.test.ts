/**
 * `nextstat upper-limit --toys` and `nextstat feldman-cousins`.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { EXAMPLE, nextstat, ROOT } from "./run-cli.ts";

const LIMIT = ["upper-limit", EXAMPLE, "--toys", "200", "--toy-accuracy", "0.2"];
const INTERVAL = ["feldman-cousins", EXAMPLE, "--toys", "200", "--toy-accuracy", "0.1"];

function validMetrics(args: readonly string[]): { metrics: object; uncertainty: object } {
  const { stdout } = nextstat([...args, "-o", "/dev/null", "--json-metrics", "-"]);
  const document = JSON.parse(stdout);
  const schema = JSON.parse(readFileSync(`${ROOT}docs/metrics.schema.json`, "utf8"));
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
  expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  return document;
}

describe("upper-limit --toys", () => {
  test("prints the same bytes with 1 and 2 threads", () => {
    const { status, stdout } = nextstat(LIMIT);
    expect(status).toBe(0);
    expect(nextstat([...LIMIT, "--threads", "2"]).stdout).toBe(stdout);
    const record = JSON.parse(stdout);
    expect(record).toMatchObject({
      mode: "search",
      seed: 42,
      toy_accuracy: 0.2,
      max_iter: 80,
      exp_limits: null,
      p_estimator: "count",
      scan: null,
      partial: false,
      mu_up: record.obs_limit,
    });
    expect(record.obs_limit_error).toBeGreaterThan(0);
    expect(Math.abs(record.obs_limit - record.asymptotic.obs_limit)).toBeLessThan(
      5 * record.obs_limit_error,
    );
    expect(record.points[0].n_toys).toEqual({ b: 200, sb: 200 });
  });

  test("shows limits, errors and strengths", () => {
    const grid = ["--scan-start", "0.4", "--scan-stop", "1.6", "--scan-points", "4"];
    const args = ["upper-limit", EXAMPLE, "--toys", "100", ...grid, "--expected", "--fixed-aux"];
    const { stdout } = nextstat([...args, "--format", "text"]);
    expect(stdout).toMatch(/^observed limit +\S+ \+- \S+$/m);
    expect(stdout).toMatch(/^toys +800.* at 4 strengths, seed 42$/m);
    expect(stdout).toMatch(/^auxiliary data +as observed$/m);
    expect(stdout).toMatch(/^error( +\S+){5}$/m);
    expect(stdout).not.toContain("asymptotic");
    expect(stdout).toMatch(/^0\.8( +\S+ \+- \S+){3}$/m);
  });

  test("has metrics that conform to their schema", () => {
    const { metrics, uncertainty } = validMetrics([...LIMIT, "--expected", "--max-iter", "6"]);
    expect(metrics).toMatchObject({ mode: "search", n_strengths: 6, n_toys: 2400, n_error: 0 });
    expect(metrics).toHaveProperty("exp_limit_errors.4");
    expect(uncertainty).toHaveProperty("obs_limit_error");
  });

  test.each<[readonly string[], RegExp]>([
    [["--toys", "0"], /0 is not a number of toys/],
    [["--toys", "ten"], /Expected a whole number/],
    [["--toys", "10", "--toy-accuracy", "5"], /the accuracy 5 is not between 0 and 1/],
    [["--toy-accuracy", "0.1"], /--toy-accuracy needs --toys/],
    [["--toys", "10", "--rtol", "1e-3"], /--rtol is not for toys/],
    [["--toys", "10", "--hi", "3"], /--lo and --hi are not for toys/],
    [["--toys", "10", "--scan-start", "0"], /the grid is not complete/],
    [["--toys", "10", "--bounds", "mu=0.5,3"], /outside the bounds \[0\.5, 3\]/],
  ])("refuses %j", (args, message) => {
    const { status, stdout, stderr } = nextstat(["upper-limit", EXAMPLE, ...args]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });
});

describe("feldman-cousins", () => {
  test("prints the same bytes with 1 and 2 threads", () => {
    const { status, stdout } = nextstat(INTERVAL);
    expect(status).toBe(0);
    expect(nextstat([...INTERVAL, "--threads", "2"]).stdout).toBe(stdout);
    const record = JSON.parse(stdout);
    expect(record).toMatchObject({ mode: "search", seed: 42, toy_accuracy: 0.1, partial: false });
    expect(record.intervals.map(({ cl }: { cl: number }) => cl)).toEqual([
      expect.closeTo(0.6827, 4),
      0.95,
    ]);
    const [inner, outer] = record.intervals;
    expect(inner.lower).toBeGreaterThanOrEqual(outer.lower);
    expect(inner.upper).toBeLessThan(outer.upper);
    expect(record.points[0].critical).toHaveLength(2);
  });

  test("shows intervals and belt", () => {
    const grid = ["--start", "0", "--stop", "1.5", "--points", "4", "--cl", "0.9"];
    const { stdout } = nextstat(["feldman-cousins", EXAMPLE, ...grid, "--format", "text"]);
    expect(stdout).toMatch(/^ *90 % +\S+ .* \+- \S+$/m);
    expect(stdout).toMatch(/^ mu +t +t at 90 % +p-value$/m);
    expect(stdout).toMatch(/^toys +4000.* at 4 strengths, seed 42$/m);
  });

  test("has metrics that conform to their schema", () => {
    const { metrics } = validMetrics([...INTERVAL, "--max-iter", "4"]);
    expect(metrics).toMatchObject({ mode: "search", n_strengths: 4, n_toys: 800, n_error: 0 });
    expect(metrics).toHaveProperty("upper_error.1");
  });

  test.each<[readonly string[], RegExp]>([
    [["--toys", "0"], /0 is not a number of toys/],
    [["--cl", "0.9,68"], /68 is not a confidence level/],
    [["--cl", "0.9,x"], /Not a number: "x"/],
    [["--start", "0"], /--start, --stop and --points together/],
    [["--start", "0", "--stop", "99", "--points", "3"], /the end of the grid, 99, is outside/],
    [["--start", "0", "--stop", "1", "--points", "3", "--max-iter", "3"], /are not for a grid/],
    [["--max-iter", "0"], /0 is not a number of strengths/],
  ])("refuses %j", (args, message) => {
    const { status, stdout, stderr } = nextstat(["feldman-cousins", EXAMPLE, ...args]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });
});
