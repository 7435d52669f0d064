/** `nextstat parity scan`, `master` and `explain`, with what ROOT recorded, and with ROOT itself where there is one. */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  BUILD,
  cases,
  FIXTURES,
  folder,
  nothing,
  parity,
  programs,
  recorded,
  replay,
  type Suite,
  suite,
} from "./root-recordings.ts";
import { type CliResult, nextstat, ROOT } from "./run-cli.ts";

describe("parity scan", () => {
  const simple = ["--pyhf-json", join(FIXTURES, "simple_workspace.json"), "--points", "11"];

  test("prints the summary and leaves everything in a folder", async () => {
    const at = folder();
    const { status, stdout } = await parity(
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

  test("without ROOT ends with 3, whatever else", async () => {
    const { status, stdout, stderr } = await parity(
      nothing,
      "scan",
      ...simple,
      "--workdir",
      folder(),
    );
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
  ])("%s is refused", async (_, args, message) => {
    const { status, stderr } = await parity(recorded, "scan", ...args, "--workdir", folder());
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("parity master", () => {
  type Tool = "pyhf" | "nextstat";
  interface Timing {
    readonly build_s: number;
    readonly nll_eval_s: number;
  }
  interface Master {
    readonly pyhf: {
      readonly status: string;
      readonly returncode: number;
      readonly report: { readonly cases: readonly { readonly perf: Record<Tool, Timing> }[] };
    };
    readonly root: {
      readonly status: string;
      readonly cases_path_used: string;
      readonly report_path: string;
    };
  }

  async function master(
    path: string,
    ...args: readonly string[]
  ): Promise<CliResult & { readonly report: Master; readonly at: string }> {
    const at = folder();
    const result = await parity(path, "master", "--out-dir", at, ...args);
    const file = join(at, "apex2_master_report.json");
    const report = (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null) as Master;
    return { ...result, report, at };
  }

  test("reports on pyhf and ROOT", async () => {
    const { status, report } = await master(recorded, "--root-cases", cases);
    expect(status).toBe(0);
    expect(report.pyhf).toMatchObject({ status: "ok", returncode: 0 });
    for (const { perf } of report.pyhf.report.cases) {
      for (const tool of ["pyhf", "nextstat"] as const) {
        expect(perf[tool].build_s).toBeGreaterThan(0);
        expect(perf[tool].nll_eval_s).toBeGreaterThan(0);
      }
    }
    expect(report.root).toMatchObject({ status: "ok", cases_path_used: cases });
    expect(existsSync(report.root.report_path)).toBe(true);
  });

  test("without ROOT says skipped, and makes its list all the same", async () => {
    const { status, report, at } = await master(
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

  test("fails when ROOT says something else, and when it cannot be asked", async () => {
    const wrong = programs(
      "wrong",
      replay(`text.replaceAll(/"q_mu": ([1-9])/g, '"q_mu": 1$1')`),
      BUILD,
    );
    const failed = await master(wrong, "--root-cases", cases);
    expect([failed.status, failed.report.root.status]).toEqual([2, "fail"]);
    const broken = programs("broken", "process.exit(1);", BUILD);
    const error = await master(broken, "--root-cases", cases);
    expect([error.status, error.report.root.status]).toEqual([2, "error"]);
  });

  test("--root-prereq-only, and two lists", async () => {
    expect((await master(nothing, "--root-prereq-only")).status).toBe(3);
    expect((await master(recorded, "--root-prereq-only")).status).toBe(0);
    const { status, stderr } = await master(
      recorded,
      "--root-cases",
      cases,
      "--root-include-fixtures",
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/--root-cases is a list, and another one is to be made/);
  });
});

describe("parity explain", async () => {
  const { report } = await suite(recorded, "--keep-going");
  const runOf = (name: string): string =>
    report.cases.find((one) => one.name === `fixtures/${name}`)?.run_dir as string;
  const explain = (...args: readonly string[]): Promise<CliResult> =>
    parity(nothing, "explain", ...args);

  test("finds that ROOT was in another minimum", async () => {
    const { status, stdout } = await explain(
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

  test("finds that ROOT cut templates off", async () => {
    const path = join(ROOT, "test/golden/workspaces/several-minima-03.json");
    const args = ["--pyhf-json", path, "--points", "11", "--workdir", folder()];
    const { stdout: scanned } = await parity(recorded, "scan", ...args);
    const { run_dir } = JSON.parse(scanned) as { readonly run_dir: string };
    const { status, stdout } = await explain("--run-dir", run_dir, "--format", "text");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^templates: cut off at 0, as in ROOT .* EXPLAINS IT$/m);
    expect(stdout.match(/EXPLAINS IT/g)).toHaveLength(1);
    expect(stdout).toMatch(/Templates are negative at \d+ of ROOT's 13 positions/);
  });

  test("finds what reading the model otherwise would change", async () => {
    const { stdout } = await explain(
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

  test("explains a model that ROOT read otherwise", async () => {
    // As if ROOT had built another constraint than the XML that is left in the folder says.
    const run = runOf("histfactory");
    const channel = join(run, "channels/SR.xml");
    const original = readFileSync(channel, "utf8");
    writeFileSync(channel, original.replace("<ShapeSys ", '<ShapeSys ConstraintType="Poisson" '));
    const { stdout } = await explain("--run-dir", run, "--format", "text");
    writeFileSync(channel, original);
    expect(stdout).toMatch(
      /The likelihoods differ, by up to \S+ in 2NLL. They would be the same with:/,
    );
    expect(stdout).toMatch(/^ShapeSys: all Gaussian .* EXPLAINS IT$/m);
    expect(stdout.match(/EXPLAINS IT/g)).toHaveLength(1);
  });

  test("names the artefact that is missing", async () => {
    const run = runOf("simple_workspace");
    for (const name of ["workspace.json", "root_profile_scan.json", "summary.json"]) {
      rmSync(join(run, name));
      const { status, stderr } = await explain("--run-dir", run);
      expect(status).toBe(2);
      expect(stderr).toContain(`there is no such file — ${join(run, name)}`);
    }
  });

  test("needs one run", async () => {
    expect((await explain()).stderr).toMatch(/no run to explain — give one of/);
    expect((await explain("--run-dir", "a", "--summary", "b")).stderr).toMatch(
      /two runs — give one of/,
    );
  });
});

const python = process.env.NEXTSTAT_ROOT_PYTHON ?? "";
const hasRoot =
  python !== "" ||
  spawnSync("sh", ["-c", "command -v root && command -v hist2workspace"]).status === 0;

test.skipIf(!hasRoot)(
  "real ROOT agrees on every fixture, and where it cuts templates off (needs ROOT: NEXTSTAT_ROOT_PYTHON, or root and hist2workspace)",
  () => {
    const at = folder();
    const list = join(at, "cases.json");
    const { cases: fixtures } = JSON.parse(readFileSync(cases, "utf8")) as { cases: object[] };
    const cut = ["several-minima-01", "several-minima-03"].map((name) => ({
      name,
      mode: "pyhf-json",
      pyhf_json: join(ROOT, `test/golden/workspaces/${name}.json`),
      mu_grid: { start: 0, stop: 5, points: 11 },
    }));
    writeFileSync(list, JSON.stringify({ cases: [...fixtures, ...cut] }));
    const { status, stderr } = nextstat([
      "parity",
      "master",
      "--root-cases",
      list,
      "--out-dir",
      at,
    ]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const file = join(at, "apex2_root_suite_report.json");
    const { summary } = JSON.parse(readFileSync(file, "utf8")) as Suite;
    expect(summary).toMatchObject({
      n_cases: 6,
      n_ok: 6,
      n_ok_same_parameters: 1,
      n_ok_cut_templates: 2,
    });
  },
);
