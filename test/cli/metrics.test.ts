import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { Command } from "commander";
import { afterAll, describe, expect, test } from "vitest";
import { threadsOf } from "../../src/cli/common.ts";
import { present } from "../../src/cli/present.ts";
import { createRun } from "../../src/cli/run.ts";
import type { MetricsDocument } from "../../src/index.ts";
import { EXAMPLE, nextstat, ROOT } from "./run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "nextstat-metrics-"));
afterAll(() => rmSync(folder, { recursive: true }));

const schema = JSON.parse(readFileSync(`${ROOT}docs/metrics.schema.json`, "utf8"));
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { version: string };
const WARNS = "test/golden/workspaces/flat-direction.json";

/** The metrics of a command, which conform to the schema. */
function metricsOf(...args: readonly string[]): MetricsDocument {
  const out = join(folder, "out.json");
  const { status, stdout, stderr } = nextstat([
    ...args,
    ...["-o", out, "--json-metrics", "-", "--log-level", "error"],
  ]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const document = JSON.parse(stdout) as MetricsDocument;
  expect(validate(document) ? null : validate.errors).toBeNull();
  expect(stdout).toBe(`${JSON.stringify(document, null, 2)}\n`);
  return document;
}

describe("--json-metrics", () => {
  test("of fit", () => {
    const document = metricsOf("fit", EXAMPLE);
    const fit = JSON.parse(readFileSync(join(folder, "out.json"), "utf8"));
    expect(document.metrics).toEqual({
      converged: true,
      nll: fit.nll,
      twice_nll: fit.twice_nll,
      poi_index: 0,
      poi_hat: fit.bestfit[0],
      poi_sigma: fit.uncertainties[0],
      mu_hat: fit.bestfit[0],
      edm: fit.edm,
      n_fev: fit.n_fev,
    });
    expect(document).toMatchObject({ command: "fit", tool_version: version, threads: 1 });
    expect(document.timing.fit_time_s).toBeGreaterThan(0);
    expect(document.timing.read_time_s).toBeGreaterThan(0);
    expect(document.timing.wall_time_s).toBeGreaterThan(document.timing.fit_time_s as number);
    expect(Math.abs((document.created_unix_ms as number) - Date.now())).toBeLessThan(60_000);
  });

  test("of audit: nothing is fitted", () => {
    const document = metricsOf("audit", EXAMPLE, "--threads", "3");
    expect(document.metrics).toMatchObject({ channel_count: 3, parameter_count: 26 });
    expect(document.status).toMatchObject({ ok: true, converged: null });
    expect(document.timing.fit_time_s).toBeNull();
    expect(document.counters.n_fit).toBeNull();
    expect(document.threads).toBe(3);
    expect(document.provenance.eval_mode).toBe("fast");
  });

  test("warnings and flags of the fit, and --parity", () => {
    const document = metricsOf("fit", WARNS, "--parity", "--threads", "0");
    expect(document.degraded_flags).toEqual(["covariance_unavailable"]);
    expect(document.status.warnings).toEqual(document.warnings);
    expect(document.warnings[0]).toMatch(/near-singular Hessian/);
    expect(document.uncertainty.cov_available).toBe(false);
    expect(document).toMatchObject({ parity: true, threads: 1 });
    expect(document.provenance).toMatchObject({ eval_mode: "parity", threads: 1 });
  });

  test("--threads 0 is all cores, --parity is one", () => {
    const options = { logLevel: "warn", threads: 0 } as const;
    expect(threadsOf(options)).toBe(availableParallelism());
    expect(threadsOf({ ...options, threads: 5 })).toBe(5);
    expect(threadsOf({ ...options, threads: 5, parity: true })).toBe(1);
  });

  test("into a file beside a result on standard output", () => {
    const file = join(folder, "metrics.json");
    const { stdout, status } = nextstat(["audit", EXAMPLE, "--json-metrics", file]);
    expect(status).toBe(0);
    expect(stdout).toBe(nextstat(["audit", EXAMPLE]).stdout);
    expect(validate(JSON.parse(readFileSync(file, "utf8")))).toBe(true);
  });
});

test("an interrupted run writes what it has, and ends with exit code 130", () => {
  const file = join(folder, "partial.json");
  const exitCodes: number[] = [];
  const run = createRun(new Command("scan"), {
    version,
    campaign: null,
    execute: () => Promise.reject(new Error("not in this test")),
    describe: () => Promise.resolve(undefined),
    finish: (code) => exitCodes.push(code),
  });
  const result = {
    json: () => "{}\n",
    text: () => "",
    warnings: ["3 of 21 points"],
    metrics: () => ({ metrics: { n_points: 3 }, converged: true }),
    interrupted: true,
  };
  const options = { output: join(folder, "scan.json"), jsonMetrics: file, strict: true } as const;
  present(result, { ...options, threads: 1, logLevel: "error" }, run);
  expect(exitCodes).toEqual([130]);
  expect(readFileSync(options.output, "utf8")).toBe("{}\n");
  const { status, command } = JSON.parse(readFileSync(file, "utf8")) as MetricsDocument;
  expect(command).toBe("scan");
  expect(status).toMatchObject({ ok: false, converged: true, interrupted: true });
});

describe("refused before anything is computed, in one line", () => {
  const out = join(folder, "both.json");
  const input = join(folder, "input.json");
  writeFileSync(input, readFileSync(`${ROOT}${EXAMPLE}`));
  mkdirSync(join(folder, "folder"));
  test.each<[string, readonly string[], RegExp]>([
    ["two texts on stdout", ["--json-metrics", "-"], /both go to standard output — write the/],
    [
      "one file for both",
      ["--json-metrics", out, "-o", out],
      /--json-metrics are both .*both\.json/,
    ],
    ["no folder", ["--json-metrics", join(folder, "no", "m.json")], /does not exist .*no\/m\.json/],
    ["a folder", ["--json-metrics", join(folder, "folder")], /this is a directory/],
    ["the input", ["--json-metrics", input], /--json-metrics .*input\.json is the input itself/],
    ["half a thread", ["--threads", "1.5"], /Expected a whole number/],
    ["too many threads", ["--threads", "100000"], /Expected a whole number/],
  ])("%s", (_, args, message) => {
    const { status, stdout, stderr } = nextstat(["fit", input, ...args]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });
});

describe("--log-level", () => {
  const out = join(folder, "log.json");
  const warning = /^nextstat: warning: near-singular Hessian: [^\n]+\n/;

  test("warn: warnings of a result that went to a file", () => {
    expect(nextstat(["fit", WARNS, "-o", out]).stderr).toMatch(warning);
    expect(nextstat(["fit", WARNS]).stderr).toBe("");
    expect(nextstat(["fit", WARNS, "-o", out, "--log-level", "error"]).stderr).toBe("");
  });

  test("info and debug: what was read, how long it took, where it runs", () => {
    const info = nextstat(["fit", WARNS, "--log-level", "info"]).stderr;
    expect(info).toMatch(/^nextstat: read flat-direction\.json: 3 parameters\nnextstat: warning: /);
    expect(info).toMatch(/\nnextstat: fit took \d+\.\d\d s\n$/);
    expect(nextstat(["fit", WARNS, "--log-level", "debug"]).stderr).toMatch(/^nextstat: Node \d+/);
  });
});
