/**
 * `nextstat parity` with programs in ROOT's place that hand back what ROOT recorded (tools/golden/parity.ts), and with ROOT
 * itself where there is one.
 */

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type CliResult, nextstat, ROOT } from "./run-cli.ts";

const scratch = mkdtempSync(join(tmpdir(), "parity-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const FIXTURES = join(ROOT, "parity/fixtures");

/** A folder with programs called `root` and `hist2workspace`. */
function programs(name: string, root: string | null, hist2workspace: string | null): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  for (const [program, code] of Object.entries({ root, hist2workspace })) {
    if (code === null) continue;
    const path = join(folder, program);
    writeFileSync(path, `#!${process.execPath}\nconst fs = require("node:fs");\n${code}\n`);
    chmodSync(path, 0o755);
  }
  return folder;
}

/** Makes an empty file where ROOT's workspace would be, if its input is all there. */
const BUILD = `
const text = fs.readFileSync(process.argv[2], "utf8");
const [, prefix] = /OutputFilePrefix="([^"]*)"/.exec(text);
for (const [, name] of text.matchAll(/<Input>([^<]*)</g)) fs.readFileSync(name);
for (const [, name] of text.matchAll(/<Measurement Name="([^"]*)"/g)) {
  fs.writeFileSync(prefix + "_combined_" + name + "_model.root", "");
}`;

/** Hands back the recording of the case whose folder this is, after an edit. */
const replay = (edit = "text"): string => `
const macro = fs.readFileSync(process.argv.at(-1), "utf8");
fs.statSync(/WORKSPACE_FILE = "([^"]*)"/.exec(macro)[1]);
fs.statSync("nextstat_points.txt");
const name = process.cwd().split("/").at(-2);
const text = fs.readFileSync(${JSON.stringify(join(ROOT, "test/golden/parity/"))} + name + ".json", "utf8");
fs.writeFileSync("root_profile_scan.json", ${edit});`;

const recorded = programs("recorded", replay(), BUILD);
const nothing = programs("nothing", null, null);

function parity(path: string, ...args: readonly string[]): CliResult {
  return nextstat(["parity", ...args], { env: { PATH: path, NEXTSTAT_ROOT_PYTHON: "" } });
}

let folders = 0;
/** A new folder for the files of a test. */
function folder(): string {
  const path = join(scratch, `out-${folders++}`);
  mkdirSync(path);
  return path;
}

/** The fixtures on the grid of the recordings. */
const cases = join(scratch, "cases.json");
const made = parity(nothing, "cases", "--include-fixtures", "--points", "11", "--out", cases);

interface Suite {
  readonly meta: {
    readonly prereqs: Record<string, string | null>;
    readonly timestamp: string | null;
  };
  readonly cases: readonly {
    readonly name: string;
    readonly status: string;
    readonly reason: string | null;
    readonly agreement: string | null;
    readonly run_dir: string | null;
    readonly summary_path: string | null;
    readonly messages: readonly string[];
    readonly diff: { readonly max_abs_dq_mu: number; readonly d_mu_hat: number } | null;
  }[];
  readonly summary: Record<string, number>;
}

interface SuiteRun extends CliResult {
  readonly report: Suite;
  readonly out: string;
}

function suite(path: string, ...args: readonly string[]): SuiteRun {
  const at = folder();
  const out = join(at, "report.json");
  const result = parity(path, "suite", "--cases", cases, "--workdir", at, "--out", out, ...args);
  const report = (existsSync(out) ? JSON.parse(readFileSync(out, "utf8")) : null) as Suite;
  return { ...result, report, out };
}

/** Everything, with ROOT's recorded numbers. */
const whole = suite(recorded, "--keep-going");

describe("parity cases", () => {
  test("lists exports by their folders, and the fixtures", () => {
    expect(made.status).toBe(0);
    const { cases: list } = JSON.parse(readFileSync(cases, "utf8")) as {
      cases: { name: string }[];
    };
    expect(list.map(({ name }) => name)).toEqual([
      "fixtures/all_modifiers",
      "fixtures/simple_workspace",
      "fixtures/two_minima",
      "fixtures/histfactory",
    ]);
    const out = join(folder(), "c.json");
    const dir = join(ROOT, "test/golden/histfactory/inputs");
    const args = [
      "--search-dir",
      dir,
      "--absolute-paths",
      "--glob",
      "{shapes,regions}/combination.xml",
    ];
    expect(parity(nothing, "cases", ...args, "--out", out).status).toBe(0);
    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual({
      cases: ["regions", "shapes"].map((name) => ({
        name,
        mode: "histfactory-xml",
        pyhf_json: null,
        measurement: null,
        histfactory_xml: join(dir, name, "combination.xml"),
        rootdir: null,
        mu_grid: { start: 0, stop: 5, points: 51 },
      })),
    });
  });

  test.each<[string, readonly string[], RegExp]>([
    ["no source", [], /^nextstat: no cases — give a folder/],
    ["no such folder", ["--search-dir", "nowhere"], /^nextstat: there is no such folder — nowhere/],
    [
      "a folder without exports",
      ["--search-dir", join(ROOT, "docs")],
      /^nextstat: there is no \*\*\/comb/,
    ],
    [
      "two exports of one name",
      ["--search-dir", FIXTURES, "--glob", "histfactory/channels/*.xml"],
      /two cases are called "histfactory\/channels"/,
    ],
    ["a grid of one point", ["--include-fixtures", "--points", "1"], /a grid of 1 points/],
  ])("%s is refused", (_, args, message) => {
    const out = join(folder(), "c.json");
    const { status, stderr } = parity(nothing, "cases", ...args, "--out", out);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });
});

describe("parity suite", () => {
  test("agrees with ROOT's recorded numbers", () => {
    const { status, report, stderr } = whole;
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(report.summary).toEqual({
      n_cases: 4,
      n_ok: 4,
      n_ok_same_parameters: 1,
      n_fail: 0,
      n_skipped: 0,
      n_error: 0,
    });
    for (const { name, status: own, agreement, diff, run_dir, summary_path } of report.cases) {
      expect(own, name).toBe("ok");
      expect(agreement).toBe(name === "fixtures/two_minima" ? "same_parameters" : "profile");
      if (agreement === "profile") {
        // Minuit stops at an EDM of 2e-5; the best fit moves by the square root of that.
        expect(diff?.max_abs_dq_mu, name).toBeLessThan(1e-4);
        expect(Math.abs(diff?.d_mu_hat ?? 1), name).toBeLessThan(5e-3);
      }
      expect(run_dir).toMatch(/run_\d+$/);
      const summary = JSON.parse(readFileSync(summary_path as string, "utf8")) as {
        readonly diff: Record<string, number>;
        readonly bench: readonly object[];
      };
      // Sums of terms of order 1e2 in two programs, and ROOT's numerical integral of a Gamma constraint.
      const tolerance = name.endsWith("histfactory") ? 1e-5 : 1e-9;
      expect(summary.diff.max_abs_d_twice_nll_same_parameters, name).toBeLessThan(tolerance);
      expect(summary.bench).toHaveLength(2);
    }
    // The user's ROOT files are linked, not copied.
    const xml = report.cases.find(({ name }) => name.endsWith("histfactory"));
    expect(lstatSync(join(xml?.run_dir as string, "data.root")).isSymbolicLink()).toBe(true);
  });

  test("is skipped without ROOT, which is not ok", () => {
    const { status, report, stderr } = suite(nothing, "--keep-going");
    expect(status).toBe(0);
    expect(stderr).toContain("nothing is known of 4 of 4 cases: skipped");
    expect(report.cases.map((one) => [one.status, one.reason])).toEqual(
      new Array(4).fill(["skipped", "missing_root"]),
    );
    expect(report.summary).toMatchObject({ n_ok: 0, n_skipped: 4 });
    expect(report.meta.prereqs).toEqual({
      hist2workspace: null,
      root: null,
      uproot: "not needed",
    });
    expect(suite(nothing, "--strict", "--case-index", "0").status).toBe(3);
    const half = programs("half", replay(), null);
    const { report: other } = suite(half, "--case-index", "0");
    expect(other.cases[0]?.reason).toBe("missing_hist2workspace");
  });

  test("fails beyond the thresholds, and stops there unless it is to go on", () => {
    const stopped = suite(recorded, "--dq-atol", "1e-9");
    expect(stopped.status).toBe(2);
    expect(stopped.report.cases).toHaveLength(1);
    expect(stopped.report.summary.n_cases).toBe(4);
    expect(stopped.report.cases[0]).toMatchObject({
      status: "fail",
      reason: "not_within_tolerance",
    });
    const on = suite(recorded, "--mu-hat-atol", "1e-9", "--keep-going");
    expect(on.status).toBe(2);
    expect(on.report.cases).toHaveLength(4);
    // Where ROOT stopped too early its likelihood has its minimum where ours is.
    expect(on.report.summary).toMatchObject({ n_fail: 3, n_ok_same_parameters: 1 });
  });

  test.each<[string, string | null, string | null, string, RegExp]>([
    [
      "hist2workspace fails",
      replay(),
      "console.error('no grammar'); process.exit(4);",
      "hist2workspace_failed",
      /exit code 4: no grammar/,
    ],
    ["hist2workspace writes nothing", replay(), "", "hist2workspace_failed", /wrote no result/],
    ["root fails", "process.exit(1);", BUILD, "root_failed", /exit code 1: no output/],
    ["root dies", "process.kill(process.pid, 'SIGSEGV');", BUILD, "root_failed", /SIGSEGV/],
    ["root hangs", "setInterval(() => {}, 1000);", BUILD, "root_timeout", /more than 1 s/],
    [
      "root writes half a file",
      replay("text.slice(0, 999)"),
      BUILD,
      "model_not_comparable",
      /root_profile_scan.json/,
    ],
    [
      "root writes another file",
      replay("'{}'"),
      BUILD,
      "model_not_comparable",
      /"timing_s"|not an object/,
    ],
  ])("is an error when %s", (what, root, build, reason, message) => {
    const path = programs(what.replaceAll(" ", "-"), root, build);
    const { status, report } = suite(
      path,
      "--case-name",
      "fixtures/simple_workspace",
      "--timeout",
      "1",
    );
    expect(status).toBe(2);
    expect(report.cases[0]).toMatchObject({ status: "error", reason });
    expect(report.cases[0]?.messages.join("\n")).toMatch(message);
  });

  test("reports cases that cannot be run, and goes on", () => {
    const at = folder();
    const list = join(at, "list.json");
    const grid = { start: 0, stop: 5, points: 11 };
    const own = [
      { name: "mode", mode: "combine" },
      { name: "gone", mode: "pyhf-json", pyhf_json: "gone.json" },
      { name: "empty", mode: "pyhf-json", pyhf_json: "list.json" },
      {
        name: "simple_workspace",
        mode: "pyhf-json",
        pyhf_json: join(FIXTURES, "simple_workspace.json"),
        mu_grid: grid,
      },
    ];
    writeFileSync(list, JSON.stringify({ cases: own }));
    const { status, report } = suite(recorded, "--cases", list, "--keep-going");
    // The option is given twice.
    expect([status, report]).toEqual([2, null]);
    const out = join(at, "report.json");
    const result = parity(
      recorded,
      "suite",
      "--cases",
      list,
      "--workdir",
      at,
      "--out",
      out,
      "--keep-going",
    );
    expect(result.status).toBe(2);
    const { cases: reports } = JSON.parse(readFileSync(out, "utf8")) as Suite;
    expect(reports.map((one) => [one.name, one.status, one.reason])).toEqual([
      ["mode", "error", "unknown_mode:combine"],
      ["gone", "error", "missing_pyhf_json"],
      ["empty", "error", "model_not_comparable"],
      ["simple_workspace", "ok", null],
    ]);
  });

  test("--deterministic gives the same bytes", () => {
    const [a, b] = [1, 2].map(() => suite(recorded, "--deterministic", "--case-index", "1"));
    const bare = ({ out, report }: SuiteRun): string =>
      readFileSync(out, "utf8")
        .replaceAll(out.replace("/report.json", ""), "")
        .concat(report.meta.timestamp ?? "");
    expect(bare(a as SuiteRun)).toBe(bare(b as SuiteRun));
    expect(a?.report.cases[0]).toMatchObject({
      run_dir: null,
      wall_s: null,
      timing_s: null,
      bench: null,
    });
  });

  test("--prereq-only says what is there", () => {
    expect(parity(nothing, "suite", "--prereq-only").status).toBe(3);
    const { status, stdout } = parity(recorded, "suite", "--prereq-only", "--format", "text");
    expect(status).toBe(0);
    expect(stdout).toContain(join(recorded, "hist2workspace"));
  });

  test.each<[string, readonly string[], RegExp]>([
    [
      "a case that is not there",
      ["--case-name", "nope"],
      /there is no case nope — known: 0 fixtures\/all_/,
    ],
    ["two ways to choose", ["--case-index", "0", "--case-name", "x"], /both choose a case/],
    ["a threshold of 0", ["--dq-atol", "0"], /Expected a number above 0/],
    ["a Python without ROOT", ["--root-python", process.execPath], /cannot import ROOT/],
  ])("%s is refused", (_, args, message) => {
    const { status, stderr, report } = suite(recorded, ...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(report).toBeNull();
  });
});

describe("parity scan", () => {
  const simple = ["--pyhf-json", join(FIXTURES, "simple_workspace.json"), "--points", "11"];

  test("prints the summary and leaves everything in a folder", () => {
    const at = folder();
    const { status, stdout } = parity(
      recorded,
      "scan",
      ...simple,
      "--measurement",
      "GaussExample",
      "--workdir",
      at,
    );
    expect(status).toBe(0);
    const summary = JSON.parse(stdout) as Record<string, unknown> & { readonly run_dir: string };
    expect(summary).toMatchObject({
      status: "ok",
      input: {
        mode: "pyhf-json",
        measurement: "GaussExample",
        mu_grid: { start: 0, stop: 5, points: 11 },
      },
      thresholds: { dq_atol: 0.02, mu_hat_atol: 0.05 },
    });
    expect(Object.keys(summary.timing_s as object).sort()).toEqual([
      "build_workspace",
      "hist2workspace",
      "nextstat_profile_scan",
      "root_profile_scan_wall",
    ]);
    expect(readdirSync(summary.run_dir).sort()).toEqual([
      "HistFactorySchema.dtd",
      "channels",
      "combination.xml",
      "data.root",
      "hist2workspace.log",
      "nextstat_points.txt",
      "nextstat_profile_scan.json",
      "profile_scan.C",
      "results",
      "root.log",
      "root_profile_scan.json",
      "summary.json",
      "workspace.json",
    ]);
  });

  test("without ROOT ends with 3, whatever else", () => {
    const { status, stdout, stderr } = parity(nothing, "scan", ...simple, "--workdir", folder());
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ status: "skipped", reason: "missing_root" });
    expect(stderr).toContain("skipped: missing_root; nothing was compared");
  });

  test.each<[string, readonly string[], RegExp]>([
    ["no model", [], /no model — give one of/],
    [
      "a folder for a workspace",
      [...simple, "--rootdir", "."],
      /--rootdir is for --histfactory-xml/,
    ],
    ["a file that is not there", ["--pyhf-json", "gone.json"], /there is no such file — gone.json/],
    ["a measurement that is not there", [...simple, "--measurement", "x"], /measurement "x"/],
  ])("%s is refused", (_, args, message) => {
    const { status, stderr } = parity(recorded, "scan", ...args, "--workdir", folder());
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("parity master", () => {
  interface Master {
    readonly pyhf: { readonly status: string; readonly returncode: number };
    readonly root: {
      readonly status: string;
      readonly cases_path_used: string;
      readonly report_path: string;
    };
  }

  function master(
    path: string,
    ...args: readonly string[]
  ): CliResult & { readonly report: Master; readonly at: string } {
    const at = folder();
    const result = parity(path, "master", "--out-dir", at, ...args);
    const file = join(at, "apex2_master_report.json");
    const report = (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null) as Master;
    return { ...result, report, at };
  }

  test("reports on pyhf and ROOT", () => {
    const { status, report } = master(recorded, "--root-cases", cases);
    expect(status).toBe(0);
    expect(report.pyhf).toMatchObject({ status: "ok", returncode: 0 });
    expect(report.root).toMatchObject({ status: "ok", cases_path_used: cases });
    expect(existsSync(report.root.report_path)).toBe(true);
  });

  test("without ROOT says skipped, and makes its list all the same", () => {
    const { status, report, at } = master(
      nothing,
      "--root-search-dir",
      FIXTURES,
      "--root-include-fixtures",
    );
    expect(status).toBe(0);
    expect(report.pyhf.status).toBe("ok");
    expect(report.root.status).toBe("skipped");
    expect(report.root.cases_path_used).toBe(join(at, "apex2_root_cases.json"));
    expect(readdirSync(at).sort()).toEqual([
      "apex2_master_report.json",
      "apex2_pyhf_report.json",
      "apex2_root_cases.json",
      "apex2_root_suite_report.json",
    ]);
  });

  test("fails when ROOT says something else, and when it cannot be asked", () => {
    const wrong = programs(
      "wrong",
      replay(`text.replaceAll(/"q_mu": ([1-9])/g, '"q_mu": 1$1')`),
      BUILD,
    );
    const failed = master(wrong, "--root-cases", cases);
    expect([failed.status, failed.report.root.status]).toEqual([2, "fail"]);
    const broken = programs("broken", "process.exit(1);", BUILD);
    const error = master(broken, "--root-cases", cases);
    expect([error.status, error.report.root.status]).toEqual([2, "error"]);
  });

  test("--root-prereq-only, and two lists", () => {
    expect(master(nothing, "--root-prereq-only").status).toBe(3);
    expect(master(recorded, "--root-prereq-only").status).toBe(0);
    const { status, stderr } = master(recorded, "--root-cases", cases, "--root-include-fixtures");
    expect(status).toBe(2);
    expect(stderr).toMatch(/--root-cases is a list, and another one is to be made/);
  });
});

describe("parity explain", () => {
  const { report } = whole;
  const runOf = (name: string): string =>
    report.cases.find((one) => one.name === `fixtures/${name}`)?.run_dir as string;
  const explain = (...args: readonly string[]): CliResult => parity(nothing, "explain", ...args);

  test("finds that ROOT was in another minimum", () => {
    const { status, stdout } = explain(
      "--run-dir",
      runOf("two_minima"),
      "--format",
      "text",
      "--top",
      "2",
    );
    expect(status).toBe(0);
    expect(stdout).toContain("The likelihoods are the same");
    expect(stdout).toMatch(/ROOT's fits are up to \S+ in 2NLL above/);
  });

  test("finds what reading the model otherwise would change", () => {
    const { stdout } = explain(
      "--summary",
      join(runOf("histfactory"), "summary.json"),
      "--format",
      "json",
    );
    const { baseline, variants } = JSON.parse(stdout) as {
      readonly baseline: number;
      readonly variants: readonly {
        readonly name: string;
        readonly residual: number | null;
        readonly problem: string | null;
      }[];
    };
    expect(baseline).toBeLessThan(1e-5);
    const residual = (start: string): number | null =>
      variants.find(({ name }) => name.startsWith(start))?.residual ?? null;
    // Every decision that the fixture exercises shows.
    for (const start of [
      "interpolation",
      "StatErrorConfig: all Gaussian",
      "StatErrorConfig: all Poisson",
      "ShapeSys: all Poisson",
      "ConstraintTerm: all ignored",
      "NormalizeByTheory",
    ]) {
      expect(residual(start), start).toBeGreaterThan(1e-4);
    }
    expect(residual("ShapeSys: all Gaussian")).toBe(baseline);
    expect(residual("ConstraintTerm: NoConstraint floats")).toBe(baseline);
  });

  test("explains a model that ROOT read otherwise", () => {
    // As if ROOT had built another constraint than the XML that is left in the folder says.
    const run = runOf("histfactory");
    const channel = join(run, "channels/SR.xml");
    const original = readFileSync(channel, "utf8");
    writeFileSync(channel, original.replace("<ShapeSys ", '<ShapeSys ConstraintType="Poisson" '));
    const { stdout } = explain("--run-dir", run, "--format", "text");
    writeFileSync(channel, original);
    expect(stdout).toMatch(
      /The likelihoods differ, by up to \S+ in 2NLL. They would be the same with:/,
    );
    expect(stdout).toMatch(/^ShapeSys: all Gaussian .* EXPLAINS IT$/m);
    expect(stdout.match(/EXPLAINS IT/g)).toHaveLength(1);
  });

  test("names the artefact that is missing", () => {
    const run = runOf("simple_workspace");
    for (const name of ["workspace.json", "root_profile_scan.json", "summary.json"]) {
      rmSync(join(run, name));
      const { status, stderr } = explain("--run-dir", run);
      expect(status).toBe(2);
      expect(stderr).toContain(`there is no such file — ${join(run, name)}`);
    }
  });

  test("needs one run", () => {
    expect(explain().stderr).toMatch(/no run to explain — give one of/);
    expect(explain("--run-dir", "a", "--summary", "b").stderr).toMatch(/two runs — give one of/);
  });
});

const python = process.env.NEXTSTAT_ROOT_PYTHON ?? "";
const hasRoot =
  python !== "" ||
  spawnSync("sh", ["-c", "command -v root && command -v hist2workspace"]).status === 0;

test.skipIf(!hasRoot)(
  "real ROOT agrees on every fixture (needs ROOT: NEXTSTAT_ROOT_PYTHON, or root and hist2workspace)",
  () => {
    const at = folder();
    const { status, stderr } = nextstat([
      "parity",
      "master",
      "--root-cases",
      cases,
      "--out-dir",
      at,
    ]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const file = join(at, "apex2_root_suite_report.json");
    const { summary } = JSON.parse(readFileSync(file, "utf8")) as Suite;
    expect(summary).toMatchObject({ n_cases: 4, n_ok: 4 });
  },
);
