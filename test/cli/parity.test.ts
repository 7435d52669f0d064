/** `nextstat parity cases` and `suite`, with what ROOT recorded. */

import { existsSync, lstatSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  BUILD,
  cases,
  FIXTURES,
  folder,
  made,
  nothing,
  parity,
  programs,
  recorded,
  replay,
  type Suite,
  type SuiteRun,
  suite,
} from "./root-recordings.ts";
import { ROOT } from "./run-cli.ts";

/** Everything, with ROOT's recorded numbers. */
const whole = await suite(recorded, "--keep-going");

describe("parity cases", () => {
  test("lists exports by their folders, and the fixtures", async () => {
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
    expect((await parity(nothing, "cases", ...args, "--out", out)).status).toBe(0);
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
  ])("%s is refused", async (_, args, message) => {
    const out = join(folder(), "c.json");
    const { status, stderr } = await parity(nothing, "cases", ...args, "--out", out);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });
});

describe("parity suite", () => {
  test("agrees with ROOT's recorded numbers", async () => {
    const { status, report, stderr } = whole;
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(report.summary).toEqual({
      n_cases: 4,
      n_ok: 4,
      n_ok_same_parameters: 1,
      n_ok_cut_templates: 0,
      n_fail: 0,
      n_skipped: 0,
      n_error: 0,
    });
    for (const { name, status: own, agreement, diff, run_dir, summary_path } of report.cases) {
      expect(own, name).toBe("ok");
      expect(agreement).toBe(name === "fixtures/two_minima" ? "same_parameters" : "profile");
      if (agreement === "profile") {
        // Minuit stops at an EDM of 2e-7; the best fit moves by the square root of that, in standard deviations below 1.
        expect(diff?.max_abs_dq_mu, name).toBeLessThan(1e-5);
        expect(Math.abs(diff?.d_mu_hat ?? 1), name).toBeLessThan(1e-3);
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

  test("is skipped without ROOT, which is not ok", async () => {
    const { status, report, stderr } = await suite(nothing, "--keep-going");
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
    expect((await suite(nothing, "--strict", "--case-index", "0")).status).toBe(3);
    const half = programs("half", replay(), null);
    const { report: other } = await suite(half, "--case-index", "0");
    expect(other.cases[0]?.reason).toBe("missing_hist2workspace");
  });

  test("fails beyond the thresholds, and stops there unless it is to go on", async () => {
    const stopped = await suite(recorded, "--dq-atol", "1e-9");
    expect(stopped.status).toBe(2);
    expect(stopped.report.cases).toHaveLength(1);
    expect(stopped.report.summary.n_cases).toBe(4);
    expect(stopped.report.cases[0]).toMatchObject({
      status: "fail",
      reason: "not_within_tolerance",
    });
    const on = await suite(recorded, "--mu-hat-atol", "1e-9", "--keep-going");
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
  ])("is an error when %s", async (what, root, build, reason, message) => {
    const path = programs(what.replaceAll(" ", "-"), root, build);
    const { status, report } = await suite(
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

  test("reports cases that cannot be run, and goes on", async () => {
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
    const { status, report } = await suite(recorded, "--cases", list, "--keep-going");
    // The option is given twice.
    expect([status, report]).toEqual([2, null]);
    const out = join(at, "report.json");
    const result = await parity(
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

  test("--deterministic gives the same bytes", async () => {
    const [a, b] = [
      await suite(recorded, "--deterministic", "--case-index", "1"),
      await suite(recorded, "--deterministic", "--case-index", "1"),
    ];
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

  test("--prereq-only says what is there", async () => {
    expect((await parity(nothing, "suite", "--prereq-only")).status).toBe(3);
    const { status, stdout } = await parity(recorded, "suite", "--prereq-only", "--format", "text");
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
  ])("%s is refused", async (_, args, message) => {
    const { status, stderr, report } = await suite(recorded, ...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(report).toBeNull();
  });
});

describe("templates that ROOT cuts off at 0", () => {
  const grid = { start: 0, stop: 5, points: 11 };

  interface Workspace {
    readonly channels: readonly {
      readonly samples: readonly { readonly name: string; readonly data: number[] }[];
    }[];
  }

  /** A recorded workspace, with one yield times a factor. */
  async function compared(name: string, factor: number): Promise<Suite["cases"][number]> {
    const at = folder();
    const inFixtures = join(FIXTURES, `${name}.json`);
    const from = existsSync(inFixtures)
      ? inFixtures
      : join(ROOT, `test/golden/workspaces/${name}.json`);
    const workspace = JSON.parse(readFileSync(from, "utf8")) as Workspace;
    const [sample] = workspace.channels[0]?.samples ?? [];
    if (sample !== undefined) sample.data[0] = (sample.data[0] as number) * factor;
    const path = join(at, "workspace.json");
    writeFileSync(path, JSON.stringify(workspace));
    const list = join(at, "list.json");
    const one = { name: `${factor}/${name}`, mode: "pyhf-json", pyhf_json: path, mu_grid: grid };
    writeFileSync(list, JSON.stringify({ cases: [one] }));
    const out = join(at, "report.json");
    await parity(recorded, "suite", "--cases", list, "--workdir", at, "--out", out);
    const { cases: reports } = JSON.parse(readFileSync(out, "utf8")) as Suite;
    return reports[0] as Suite["cases"][number];
  }

  test.each(["several-minima-01", "several-minima-03"])(
    "%s: they are all that differs, and are named",
    async (name) => {
      const { status, agreement, messages, summary_path } = await compared(name, 1);
      expect([status, agreement]).toEqual(["ok", "cut_templates"]);
      expect(messages.join("\n")).toMatch(/templates are negative at \d+ of 25 positions: signal_/);
      const { diff } = JSON.parse(readFileSync(summary_path as string, "utf8")) as {
        readonly diff: {
          readonly max_abs_d_twice_nll_same_parameters: number;
          readonly cut_templates: {
            readonly n_cut: number;
            readonly templates: readonly { readonly bins: readonly number[] }[];
            readonly max_abs_d_twice_nll_same_parameters: number;
          };
        };
      };
      const { n_cut, templates, max_abs_d_twice_nll_same_parameters: left } = diff.cut_templates;
      expect(n_cut).toBeGreaterThan(0);
      expect(templates.every(({ bins }) => bins.length > 0)).toBe(true);
      expect(diff.max_abs_d_twice_nll_same_parameters).toBeGreaterThan(1);
      // Sums of a dozen terms of order 1e2 in two programs.
      expect(left).toBeLessThan(1e-8);
    },
  );

  test.each(["several-minima-01", "several-minima-03", "two_minima"])(
    "%s with one yield off by a thousandth fails",
    async (name) => {
      const { status, reason, agreement, messages } = await compared(name, 1.001);
      expect([status, reason, agreement]).toEqual(["fail", "not_within_tolerance", "none"]);
      expect(messages.join("\n")).toMatch(/the likelihoods differ: at the same parameters/);
    },
  );

  test("two_minima as it is agrees in this way too", async () => {
    expect(await compared("two_minima", 1)).toMatchObject({
      status: "ok",
      agreement: "same_parameters",
    });
  });
});
