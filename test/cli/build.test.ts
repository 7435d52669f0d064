/** `nextstat build` and `nextstat import cabinetry`, as they are built. */

import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nextstat, ROOT } from "./run-cli.ts";

const GOLDEN = "test/golden/cabinetry";
const CONFIG = `${GOLDEN}/config.yml`;

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "nextstat-build-"));
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** Writes the configuration, changed, beside the events. */
function changed(name: string, from: string, to: string): string {
  const text = readFileSync(join(ROOT, CONFIG), "utf8");
  expect(text).toContain(from);
  const path = join(scratch, name);
  writeFileSync(path, text.replace(from, to));
  return path;
}

describe("nextstat build", () => {
  test("makes a workspace that can be fitted, the same with more threads and from kept histograms", () => {
    const [one, two, three] = ["one.json", "two.json", "three.json"].map((n) => join(scratch, n));
    const histograms = join(scratch, "kept.root");
    const first = nextstat(["build", CONFIG, "-o", one as string]);
    expect(first).toMatchObject({ status: 0, stdout: "" });
    expect(first.stderr).toContain("warning: templates with empty bins (2): SR/signal[0, 4, 5]");
    const keep = ["--histograms", histograms, "--log-level", "error"];
    expect(nextstat(["build", CONFIG, "-o", two as string, "--threads", "2", ...keep]).status).toBe(
      0,
    );
    const again = nextstat([
      "import",
      "cabinetry",
      "--config",
      CONFIG,
      "-o",
      three as string,
      ...keep,
    ]);
    expect(again).toMatchObject({ status: 0, stderr: "" });
    const bytes = readFileSync(one as string);
    expect(readFileSync(two as string).equals(bytes)).toBe(true);
    expect(readFileSync(three as string).equals(bytes)).toBe(true);
    const fit = nextstat(["fit", one as string, "--log-level", "error"]);
    expect(JSON.parse(fit.stdout)).toMatchObject({ converged: true });
    const metrics = nextstat([
      "build",
      CONFIG,
      "-o",
      one as string,
      "--json-metrics",
      "-",
      ...keep,
    ]);
    expect(JSON.parse(metrics.stdout).metrics).toMatchObject({
      channel_count: 3,
      filled_templates: 0,
      read_histograms: 0,
    });
  });

  test("builds some regions only, from standard input with a base folder", () => {
    const args = ["build", "-", "--base-dir", GOLDEN, "--only", "CR_wjets", "--log-level", "error"];
    const { stdout, status } = nextstat(args, { input: readFileSync(join(ROOT, CONFIG)) });
    expect(status).toBe(0);
    const names = JSON.parse(stdout).channels.map(({ name }: { name: string }) => name);
    expect(names).toEqual(["CR_wjets"]);
    const unknown = nextstat(["build", CONFIG, "--only", "CR_zjets"]);
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('no region "CR_zjets" — did you mean "CR_wjets"?');
  });

  test("lists keys that nobody knows, and --strict minds them", () => {
    const config = changed("unknown.yml", "  Variable: mass\n", "  Variable: mass\n  Label: x\n");
    const coverage = join(scratch, "coverage.json");
    const args = ["build", config, "--base-dir", GOLDEN, "-o", join(scratch, "w.json")];
    const { status, stderr } = nextstat([...args, "--coverage-json", coverage, "--strict"]);
    expect(status).toBe(3);
    expect(stderr).toContain(
      'warning: line 12: unknown key Label in Region "SR", which is left out',
    );
    expect(JSON.parse(readFileSync(coverage, "utf8")).unknown).toEqual([
      {
        scope: "block",
        block_kind: "Region",
        block_name: "SR",
        key: "Label",
        value: '"x"',
        line: 12,
      },
    ]);
  });

  test("settings merged from other blocks are as if written there", () => {
    const merged = changed(
      "merged.yml",
      "- Name: ttbar\n  Tree: ttbar\n  SamplePath: mc.root\n",
      "- Name: ttbar\n  <<: [{ Tree: ttbar }, { Tree: zjets, SamplePath: mc.root }]\n",
    );
    const build = (config: string): string =>
      nextstat(["build", config, "--base-dir", GOLDEN, "--log-level", "error"]).stdout;
    expect(build(merged)).toBe(build(CONFIG));
  });

  test("tells each warning once, whatever is printed", () => {
    const count = (text: string): number => text.split("templates with empty bins").length - 1;
    const text = nextstat(["build", CONFIG, "--format", "text"]);
    expect([count(text.stdout), count(text.stderr)]).toEqual([1, 0]);
    const json = nextstat(["build", CONFIG, "--format", "json"]);
    expect([count(json.stdout), count(json.stderr)]).toEqual([0, 1]);
    const output = ["-o", join(scratch, "text.txt")];
    const file = nextstat(["build", CONFIG, "--format", "text", ...output]);
    expect([count(file.stdout), count(file.stderr)]).toEqual([0, 1]);
  });

  test("lists every expression, and whether its table has what it needs", () => {
    const config = changed("mte.yml", "  Variable: met\n", "  Variable: mte\n");
    const path = join(scratch, "expressions.json");
    const args = [
      "import",
      "cabinetry",
      config,
      "--base-dir",
      GOLDEN,
      "--expr-coverage-json",
      path,
    ];
    expect(nextstat(args).status).toBe(2);
    const uses = JSON.parse(readFileSync(path, "utf8"));
    expect(uses).toContainEqual({
      key: "Weight",
      role: "weight",
      ctx_region: "",
      ctx_sample: "signal",
      line: 44,
      expr: "weight_mc * weight_btag",
      ok: true,
      error: null,
      required_branches: ["weight_mc", "weight_btag"],
      derived: false,
    });
    const bad = uses.filter(({ ok }: { ok: boolean }) => !ok);
    expect(bad).toMatchObject([{ key: "Variable", ctx_region: "CR top", expr: "mte" }]);
    expect(bad[0].error).toContain('there is no column "mte"');
  });
});

describe("one error, exit code 2, nothing written", () => {
  const failure = (config: string, ...more: readonly string[]): string => {
    const output = join(scratch, "failed.json");
    const args = ["build", config, "--base-dir", GOLDEN, "-o", output, ...more];
    const { status, stderr, stdout } = nextstat(args);
    expect(stdout).toBe("");
    expect(status).toBe(2);
    expect(existsSync(output)).toBe(false);
    expect(stderr.trim().split("\n").length).toBe(1);
    return stderr;
  };

  test.each([
    [
      "SamplePath: wjets1.root",
      "- wjets1.root",
      "- wjets3.root",
      /line \d+: sample "wjets" in region "SR": there is no file ntuples\/wjets3.root.*did you mean "wjets[12].root"/,
    ],
    [
      "a pattern",
      "da?a.root",
      "da??a.root",
      /there is no file ntuples\/da\?\?a.root.*nothing in .*ntuples is like/,
    ],
    [
      "a tree",
      "Tree: zjets",
      "Tree: zjet",
      /line 58: sample "zjets" in region "SR": there is no "zjet".*mc.root.*did you mean "zjets"/,
    ],
    [
      "a column",
      "Variable: met\n",
      "Variable: mte\n",
      /there is no column "mte" in the expression of line \d+: Variable of Region "CR top".*data.root/,
    ],
    [
      "an expression",
      "(nbtags >= 2) & (njets < 4)",
      "(nbtags >= 2) & (njets < 4",
      /line \d+: Filter of Region "CR top"/,
    ],
    ["a file twice", "- wjets2.root", "- wjets1.root", /SamplePath has "wjets1.root" twice/],
    [
      "a parameter twice",
      "ModifierName: wjets_model\n",
      "ModifierName: lumi\n",
      /"lumi" and "wjets_model_SR" both have the parameter "lumi" for sample "wjets" in region "SR".*line \d+/,
    ],
    ["no configuration", "General:", "Generals:", /no configuration that is known/],
    [
      "something else merged",
      "- Name: ttbar\n",
      "- Name: ttbar\n  <<: mc.root\n",
      /<< takes settings of other blocks.*line \d+/,
    ],
    ["no Tree", "  Tree: wjets\n", "", /sample "wjets" has no Tree/],
  ])("%s", (_, from, to, message) => {
    expect(failure(changed("bad.yml", from, to))).toMatch(message);
  });

  test("a damaged file, on any number of threads", () => {
    const folder = join(scratch, "damaged");
    cpSync(join(ROOT, GOLDEN), folder, { recursive: true });
    const path = join(folder, "ntuples/wjets2.root");
    const bytes = readFileSync(path);
    // Zeros in the middle of the first baskets.
    bytes.fill(0, 300, 1500);
    writeFileSync(path, bytes);
    for (const threads of ["1", "2"]) {
      const { status, stderr } = nextstat([
        "build",
        join(folder, "config.yml"),
        "--threads",
        threads,
      ]);
      expect(status).toBe(2);
      expect(stderr).toContain("wjets2.root");
    }
  });

  test("outputs that are inputs, and bundles", () => {
    const config = join(scratch, "config.yml");
    copyFileSync(join(ROOT, CONFIG), config);
    expect(nextstat(["build", config, "--coverage-json", config]).stderr).toContain(
      "is the input itself",
    );
    const folder = join(scratch, "inputs");
    cpSync(join(ROOT, GOLDEN), folder, { recursive: true });
    const events = join(folder, "ntuples/mc.root");
    const bytes = readFileSync(events);
    const OPTIONS = [
      "-o",
      "--histograms",
      "--coverage-json",
      "--expr-coverage-json",
      "--json-metrics",
    ];
    for (const option of OPTIONS) {
      const args = ["build", join(folder, "config.yml"), "--no-reuse", option, events];
      const { status, stderr } = nextstat(args);
      expect(status).toBe(2);
      expect(stderr).toContain("mc.root is the input itself");
      expect(readFileSync(events).equals(bytes)).toBe(true);
    }
    expect(failure(CONFIG, "--bundle", join(scratch, "b"))).toContain("this is many files");
  });
});
