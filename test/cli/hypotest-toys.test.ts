import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { EXAMPLE, nextstat, ROOT } from "./run-cli.ts";

const FEW = ["hypotest-toys", EXAMPLE, "--mu", "1", "--n-toys", "100"];

describe("hypotest-toys", () => {
  test("prints the same bytes with 1 and 2 threads", () => {
    const { status, stdout } = nextstat([...FEW, "--expected-set"]);
    expect(status).toBe(0);
    expect(nextstat([...FEW, "--expected-set", "--threads", "2"]).stdout).toBe(stdout);
    const record = JSON.parse(stdout);
    expect(record).toMatchObject({
      mu_test: 1,
      seed: 42,
      p_estimator: "count",
      test_stat: "qtilde",
      n_toys: { b: 100, sb: 100 },
      n_error: { b: 0, sb: 0 },
      n_nonconverged: { b: 0, sb: 0 },
      flags: [],
      partial: false,
    });
    expect(record.cls).toBeCloseTo(record.clsb / record.clb, 12);
    expect(record.expected_set.nsigma_order).toEqual([2, 1, 0, -1, -2]);
  });

  test("says in the text how the toys were made", () => {
    const how = ["--fixed-aux", "--p-estimator", "plus-one", "--test-stat", "q", "--seed", "7"];
    const { stdout } = nextstat([...FEW, ...how, "--format", "text"]);
    expect(stdout).toMatch(/^test statistic +q$/m);
    expect(stdout).toMatch(/^toys +100 with signal, 100 without, seed 7$/m);
    expect(stdout).toMatch(/^auxiliary data +as observed$/m);
    expect(stdout).toMatch(/^p-value +\(k \+ 1\) \/ \(N \+ 1\)$/m);
    expect(stdout).toMatch(/^CLs +\S+ \+- \S+$/m);
  });

  test("has metrics that conform to their schema", () => {
    const { stdout } = nextstat([...FEW, "--fixed-aux", "-o", "/dev/null", "--json-metrics", "-"]);
    const document = JSON.parse(stdout);
    const schema = JSON.parse(readFileSync(`${ROOT}docs/metrics.schema.json`, "utf8"));
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(document.metrics).toMatchObject({ mu_test: 1, n_toys: 200, n_error: 0, seed: 42 });
    expect(document.uncertainty.clsb_error).toBeGreaterThan(0);
    expect(document.degraded_flags).toEqual(["aux_fixed"]);
  });

  test.each([
    [["--mu", "1", "--n-toys", "0"], /0 is not a number of toys/],
    [["--mu", "1", "--n-toys", "1e3"], /Expected a whole number/],
    [["--mu", "1", "--seed", "99999999999999999999"], /is not a seed/],
    [["--mu", "20"], /the strength tested, 20, is outside the bounds/],
    [["--mu", "1", "--bounds", "mu=0.5,3"], /the strength of the background hypothesis, 0, is out/],
  ] as const)("refuses %j", (args, message) => {
    const { status, stderr } = nextstat(["hypotest-toys", EXAMPLE, ...args]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});
