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

  test("puts entries without an impact last", () => {
    const { entries } = json(["ranking", EXAMPLE, "--include-unconstrained"]);
    const known = entries.map((e: { impact_up: number | null }) => e.impact_up !== null);
    expect(known).toEqual([...Array(20).fill(true), ...Array(5).fill(false)]);
  });

  test("says where the bound of the parameter of interest cuts impacts off", () => {
    const { entries, warnings } = json(["ranking", EXAMPLE, "--bounds", "mu=0.4,5", "--top", "1"]);
    expect(entries[0].impact_down).toBeGreaterThan(0);
    expect(warnings.join()).toContain('"mu" is at its bound 0.4 in refits of');
  });

  test("draws bars in the text", () => {
    const { stdout } = nextstat(["ranking", EXAMPLE, "--top", "1", "--format", "text"]);
    expect(stdout).toMatch(/^1 {2}wjets_extrapolation .*\+{12}\|-{12}/m);
    expect(stdout).toContain("and 19 more parameters");
  });

  test("shows three digits of the largest impact, whatever the scale", () => {
    const model = JSON.parse(readFileSync(`${ROOT}${EXAMPLE}`, "utf8"));
    const samples = model.channels.flatMap((channel: { samples: object[] }) => channel.samples);
    for (const sample of samples) {
      if (sample.name !== "signal") continue;
      sample.data = sample.data.map((events: number) => 1000 * events);
      sample.modifiers = sample.modifiers.filter((m: { type: string }) => m.type === "normfactor");
    }
    const args = ["ranking", "-", "--top", "1", "--format", "text"];
    const { stdout } = nextstat(args, { input: JSON.stringify(model) });
    expect(stdout).toMatch(/^1 {2}wjets_extrapolation +\+0\.0000\d{3} +-0\.0000\d{3} /m);
  });

  test.each([
    [["--top", "-1"], "whole number"],
    [["--impact", "prefit"], "prefit-centre"],
    [["--parameters", "jess"], 'no parameter "jess"'],
    [["--parameters", ""], "no parameters to rank"],
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
    const { groups } = json(["impacts", EXAMPLE, "--group", "__proto__=jes"]);
    expect(groups.map((g: { name: string }) => g.name)).toEqual(["other", "__proto__"]);
    expect(record.statistical ** 2 + record.systematic ** 2).toBeCloseTo(record.total ** 2, 12);
  });

  test.each([
    ["not JSON", "{", "not valid JSON"],
    ["a group twice", '{"a": ["jes"], "a": ["jer"]}', 'the key "a" appears twice'],
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

  test("corr takes the covariance of a fit, in whatever order its parameters are", () => {
    const file = join(folder(), "fit.json");
    const own = json(["viz", "corr", EXAMPLE, "--covariance", "--fix", "jes=0"]);
    expect(nextstat(["fit", EXAMPLE, "--fix", "jes=0", "--poi", "btag", "-o", file]).status).toBe(
      0,
    );
    const { status, stdout } = nextstat(["viz", "corr", EXAMPLE, "--fit", file, "--covariance"]);
    expect(status).toBe(0);
    const artifact = JSON.parse(stdout);
    expect(artifact.schema_version).toBe("trex_report_corr_v0");
    expect(artifact.parameter_names).toEqual(own.parameter_names);
    expect(artifact.fixed).toEqual(["jes"]);
    expect(artifact.n_fit).toBe(0);
    const difference = artifact.corr
      .flat()
      .map((rho: number, at: number) => rho - own.corr.flat()[at]);
    expect(Math.max(...difference.map(Math.abs))).toBeLessThan(1e-9);
  });

  test("corr says when the fit has no covariance", () => {
    const file = join(folder(), "fit.json");
    expect(nextstat(["fit", EXAMPLE, "--no-covariance", "-o", file]).status).toBe(0);
    const artifact = JSON.parse(nextstat(["viz", "corr", EXAMPLE, "--fit", file]).stdout);
    expect(artifact).toMatchObject({ corr: null, flags: ["covariance_unavailable"] });
    expect(artifact.warnings).toEqual(["the fit has no covariance: there are no correlations"]);
  });

  test.each([
    ["no fit", { bestfit: [1] }, /no list parameter_names/],
    ["another model", { parameter_names: ["mu", "jess"] }, /no parameter "jess" .*"jes"\?/],
    ["fewer parameters", { parameter_names: ["mu"] }, /it has no parameter "lumi"/],
  ])("corr refuses a file that is %s", (_, record, message) => {
    const file = join(folder(), "fit.json");
    writeFileSync(file, JSON.stringify(record));
    const { status, stdout, stderr } = nextstat(["viz", "corr", EXAMPLE, "--fit", file]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  test("corr refuses options that would change the fit given", () => {
    const { status, stderr } = nextstat(["viz", "corr", EXAMPLE, "--fit", "f.json", "--asimov"]);
    expect(status).toBe(2);
    expect(stderr).toContain("--asimov changes the fit, which --fit gives");
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
