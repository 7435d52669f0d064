/** `nextstat import trex-config`: the workspace, the reports, and what is wrong with files that a configuration names. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nextstat, ROOT } from "./run-cli.ts";

const CONFIG = `${ROOT}test/formats/trexfitter/search.config`;
const NTUPLES = `${ROOT}test/golden/cabinetry`;

/** A small analysis of the same ntuples. */
const SMALL = `Job: "small"
  ReadFrom: NTUP
  NtuplePath: ntuples
  NtupleFile: mc
  POI: mu

Region: SR
  Variable: "mass",4,50,250
  Selection: "nbtags >= 1"

Sample: signal;ttbar
  Type: SIGNAL;BACKGROUND
  NtupleName: signal;ttbar
  MCweight: weight_mc

NormFactor: mu
  Samples: signal
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trex-config-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Imports a text. */
function importText(text: string, ...args: readonly string[]): ReturnType<typeof nextstat> {
  const config = join(folder, "fit.config");
  writeFileSync(config, text);
  return nextstat(["import", "trex-config", config, "--base-dir", NTUPLES, ...args]);
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name), "utf8"));
}

describe("import trex-config", () => {
  test("makes a workspace, and says what became of every setting and expression", () => {
    const [workspace, coverage, expressions] = ["ws.json", "coverage.json", "expr.json"].map(
      (name) => join(folder, name),
    ) as [string, string, string];
    const args = ["--config", CONFIG, "--base-dir", NTUPLES, "-o", workspace];
    const reports = ["--coverage-json", coverage, "--expr-coverage-json", expressions];
    const made = nextstat(["import", "trex-config", ...args, ...reports]);
    expect(made.status).toBe(0);
    expect(made.stderr).toContain(
      "warning: lines 123, 129: Smoothing of Systematic: 353QH, twice, takes the place of TRExFitter's smoothing",
    );
    expect(readJson("coverage.json")).toMatchObject({
      schema_version: "trex_config_coverage_v0",
      n_globals: 0,
      unknown: [],
      listed: [
        { key: "FitType", line: 13, status: "procedure", note: "fit; BONLY: fit --fix POI=0" },
        { key: "FixNPs", line: 14, status: "procedure", note: "fit --fix NAME=VALUE" },
        { key: "Label", status: "no effect" },
        { key: "Label", status: "no effect" },
        { key: "Label", status: "no effect" },
        { key: "Smoothing", value: "40", status: "changed" },
        { key: "Smoothing", value: "40", status: "changed" },
      ],
    });
    expect(readJson("expr.json")).toContainEqual({
      key: "Selection",
      role: "selection",
      ctx_region: "SR",
      ctx_sample: "",
      line: 20,
      expr: "njets >= 3 && nbtags >= 1 && met > 40",
      ok: true,
      error: null,
      required_branches: ["njets", "nbtags", "met"],
      derived: false,
    });
    const fit = nextstat(["fit", workspace, "--fix", "fakes_norm=0", "--log-level", "error"]);
    expect(fit.status).toBe(0);
    expect(JSON.parse(fit.stdout)).toMatchObject({ converged: true });
  });

  test("gives the same bytes on several threads, from standard input, and as build does", () => {
    const one = importText(SMALL);
    expect(one.status).toBe(0);
    expect(importText(SMALL, "--threads", "2").stdout).toBe(one.stdout);
    const base = ["--base-dir", NTUPLES];
    expect(nextstat(["import", "trex-config", "-", ...base], { input: SMALL }).stdout).toBe(
      one.stdout,
    );
    expect(nextstat(["build", "-", ...base], { input: SMALL }).stdout).toBe(one.stdout);
  });

  test("warns of what it does not know, and with --strict ends with 3", () => {
    const text = SMALL.replace("  Selection", "  Selecton");
    const told = importText(text);
    expect(told.status).toBe(0);
    expect(told.stderr).toContain(
      'line 9: Selecton of Region is not known, and is left out; did you mean "Selection"?',
    );
    expect(importText(text, "--strict").status).toBe(3);
  });

  const WRONG: Readonly<Record<string, readonly [string, string, RegExp]>> = {
    "a value": [
      "ReadFrom: NTUP",
      "ReadFrom: TREE",
      /ReadFrom is "TREE" — .*fit\.config, line 2, column 1 — expected HIST, NTUP/,
    ],
    "a file": [
      "NtupleFile: mc",
      "NtupleFile: mcs",
      /line 11: sample "signal".*mcs\.root.*mc\.root/,
    ],
    "a tree": [
      "signal;ttbar\n  MC",
      "signal;tbar\n  MC",
      /there is no "tbar" — .*mc\.root — .*"ttbar"/,
    ],
    "a branch": ["nbtags >= 1", "nbtag >= 1", /line 9: Selection of region "SR".*"nbtags"/s],
    "an expression": ["nbtags >= 1", "nbtags >=", /line 9: Selection of region "SR"/],
    "an included file": [
      "Region: SR",
      "INCLUDE: x.config\n\nRegion: SR",
      /INCLUDE names x\.config/,
    ],
  };
  test.each(Object.entries(WRONG))("refuses %s that is not there", (_, [from, to, message]) => {
    const output = join(folder, "ws.json");
    const text = SMALL.replace(from, to);
    expect(text).not.toBe(SMALL);
    const { status, stdout, stderr } = importText(text, "-o", output);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^nextstat: /);
    expect(stderr).not.toMatch(/\n\s+at |NaN/);
    expect(existsSync(output)).toBe(false);
  });

  test("lists expressions that cannot be evaluated before it ends with 2", () => {
    const report = join(folder, "expr.json");
    const text = SMALL.replace("nbtags >= 1", "nbtag >= 1");
    expect(importText(text, "--expr-coverage-json", report).status).toBe(2);
    expect(readJson("expr.json")).toContainEqual(
      expect.objectContaining({
        key: "Selection",
        ok: false,
        error: expect.stringContaining("nbtag"),
        required_branches: [],
      }),
    );
  });

  test("refuses two reports in one file", () => {
    const file = join(folder, "report.json");
    const { status, stderr } = importText(
      SMALL,
      ...["--coverage-json", file, "--expr-coverage-json", file],
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/^nextstat: .*--expr-coverage-json/);
  });
});
