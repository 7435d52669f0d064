import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXAMPLE, nextstat, ROOT } from "./run-cli.ts";

const json = (args: readonly string[]) => {
  const { status, stdout, stderr } = nextstat(args);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout);
};
const folder = () => mkdtempSync(join(tmpdir(), "nextstat-ranking-"));

describe("nextstat ranking", () => {
  test("gives entries with the names of both conventions", () => {
    const record = json(["ranking", EXAMPLE, "--top", "2", "--impact", "postfit"]);
    expect(record).toMatchObject({ poi: "mu", impact: "postfit", n_total: 20, n_returned: 2 });
    expect(record.entries).toHaveLength(2);
    const [first] = record.entries;
    expect(first.impact_up).toBe(first.postfit.up);
    expect(first.delta_mu_up).toBe(first.impact_up);
    expect(Object.keys(first).sort()).toMatchInlineSnapshot(`
      [
        "bestfit",
        "centre",
        "clamped",
        "constraint",
        "delta_mu_down",
        "delta_mu_up",
        "failed",
        "group",
        "impact_down",
        "impact_up",
        "kind",
        "name",
        "postfit",
        "prefit_bestfit",
        "prefit_centre",
        "pull",
        "rank",
        "uncertainty",
        "width",
      ]
    `);
  });

  test("gives the same bytes on one thread and on two", () => {
    const one = nextstat(["ranking", EXAMPLE, "--threads", "1"]);
    expect(nextstat(["ranking", EXAMPLE, "--threads", "2"]).stdout).toBe(one.stdout);
  });

  test("draws bars in the text", () => {
    const { stdout } = nextstat(["ranking", EXAMPLE, "--top", "1", "--format", "text"]);
    expect(stdout).toMatch(/^1 {2}wjets_extrapolation .*\+{12}\|-{12}/m);
    expect(stdout).toContain("and 19 more parameters");
  });

  test.each([
    [["--top", "-1"], "whole number"],
    [["--impact", "prefit"], "prefit-centre"],
    [["--parameters", "jess"], 'no parameter "jess"'],
    [["--group", "jets"], "NAME=PATTERN"],
    [["--group", "a=jes", "--group", "b=je*"], "in two groups"],
    [["--policy", "prefix", "--group", "a=jes"], "exclude each other"],
  ])("refuses %o", (args, message) => {
    const { status, stderr } = nextstat(["ranking", EXAMPLE, ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe("nextstat impacts", () => {
  test("reads groups from a file and from options", () => {
    const file = join(folder(), "groups.json");
    writeFileSync(file, JSON.stringify({ jets: ["jes", "jer"] }));
    const record = json(["impacts", EXAMPLE, "--groups", file, "--group", "mc=staterror_*"]);
    expect(record.groups.map((g: { name: string }) => g.name).sort()).toEqual([
      "jets",
      "mc",
      "other",
    ]);
    expect(record.statistical ** 2 + record.systematic ** 2).toBeCloseTo(record.total ** 2, 12);
  });

  test.each([
    ["not JSON", "{", "not JSON"],
    ["a list", "[]", "not an object"],
    ["a name for a list", '{"a": "jes"}', 'group "a" is not a list'],
  ])("refuses a file with %s", (_, text, message) => {
    const file = join(folder(), "groups.json");
    writeFileSync(file, text);
    const { status, stderr } = nextstat(["impacts", EXAMPLE, "--groups", file]);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain("groups.json");
  });

  test("writes metrics", () => {
    const { stdout } = nextstat([
      ...["impacts", EXAMPLE, "--quadrature", "none", "-o", join(folder(), "impacts.json")],
      ...["--json-metrics", "-"],
    ]);
    const { uncertainty, counters } = JSON.parse(stdout);
    expect(uncertainty.mu_sigma).toBeCloseTo(0.331862, 5);
    expect(uncertainty.cov_available).toBe(true);
    expect(uncertainty.stat).toBeLessThan(uncertainty.mu_sigma);
    expect(counters.n_hessian).toBeLessThanOrEqual(2);
  });
});

describe("nextstat correlation", () => {
  test("shows the pairs above the threshold", () => {
    const { stdout } = nextstat(["correlation", EXAMPLE, "--format", "text", "--threshold", "0.5"]);
    expect(stdout).toContain("2 pairs of 325");
    expect(nextstat(["correlation", EXAMPLE, "--threshold", "2"]).status).toBe(2);
  });

  test("gives the matrix, and the covariance on request", () => {
    const record = json(["correlation", EXAMPLE, "--covariance", "--fix", "jes=0"]);
    expect(record.names).toHaveLength(25);
    expect(record.matrix).toHaveLength(25);
    expect(record.covariance).toHaveLength(25);
    expect(record.fixed).toEqual(["jes"]);
  });
});

describe("nextstat viz", () => {
  test("ranking writes parallel lists, the same bytes every time", () => {
    const file = join(folder(), "ranking.json");
    const args = ["viz", "ranking", "--input", EXAMPLE, "--output", file];
    expect(nextstat(args).status).toBe(0);
    const text = readFileSync(file, "utf8");
    expect(nextstat(args).status).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(text);
    const artifact = JSON.parse(text);
    const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
    expect(artifact.meta).toEqual({
      created_unix_ms: 0,
      parity_mode: { stable_ordering: true, threads: 1 },
      tool: "nextstat",
      tool_version: version,
    });
    for (const list of ["names", "delta_mu_up", "delta_mu_down", "pull", "constraint", "entries"]) {
      expect(artifact[list]).toHaveLength(20);
    }
    expect(artifact.names).toEqual(artifact.entries.map((e: { name: string }) => e.name));
  });

  test("corr writes the matrix under its name", () => {
    const artifact = json(["viz", "corr", EXAMPLE, "--created-unix-ms", "1700000000000"]);
    expect(artifact.schema_version).toBe("trex_report_corr_v0");
    expect(artifact.meta.created_unix_ms).toBe(1700000000000);
    expect(artifact.parameter_names).toHaveLength(26);
    expect(artifact.corr[0][0]).toBe(1);
    expect(artifact).not.toHaveProperty("matrix");
  });

  test("refuses what it does not have", () => {
    const { status, stderr } = nextstat(["viz", "pulls", EXAMPLE]);
    expect(status).toBe(2);
    expect(stderr).toContain('unknown command "viz pulls"');
  });
});
