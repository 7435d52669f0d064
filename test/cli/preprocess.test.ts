import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readWorkspace } from "../../src/formats/index.ts";
import { smooth, symmetrise } from "../../src/index.ts";
import { validText } from "../bad-inputs/base.ts";
import { EXAMPLE, nextstat, ROOT, shell } from "./run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "nextstat-preprocess-"));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const text = readFileSync(`${ROOT}${EXAMPLE}`, "utf8");
const read = (name: string): string => readFileSync(at(name), "utf8");

test("the documented lines, as they are", () => {
  copyFileSync(`${ROOT}${EXAMPLE}`, at("ws.json"));
  const { status, stdout, stderr } = shell(`cd "${folder}" &&
    nextstat preprocess smooth --input ws.json --output smooth.json &&
    nextstat preprocess prune --input ws.json --output pruned.json --threshold 0.005 &&
    nextstat preprocess prune --input ws.json --output pruned.json`);
  expect(stdout).toBe("");
  expect(stderr).toMatchInlineSnapshot(`
    "nextstat: smoothed 10 of 10 histosys (353QH, twice)
    nextstat: largest change of a bin: 0.81 % of its nominal, jes on SR/signal
    nextstat: integrals: kept
    nextstat: removed 0 of 27 histosys and normsys (overall effect below 0.005)
    nextstat: removed 0 of 27 histosys and normsys (overall effect below 0.005)
    "
  `);
  expect(status).toBe(0);
  for (const name of ["smooth.json", "pruned.json"]) {
    const { workspace, warnings } = readWorkspace(read(name));
    expect(warnings).toEqual([]);
    const { observations, measurements } = JSON.parse(text);
    expect(workspace).toMatchObject({ observations, measurements });
  }
  expect(JSON.parse(read("smooth.json"))).toEqual(smooth(text).workspace);
});

test("standard output, with what was done on standard error", () => {
  const { status, stdout, stderr } = nextstat(
    ["preprocess", "symmetrise", "-", "--method", "twosided"],
    { input: text },
  );
  expect(JSON.parse(stdout)).toEqual(symmetrise(text, { method: "twosided" }).workspace);
  expect(stderr).toMatch(/^nextstat: symmetrised \d+ of 27 histosys and normsys \(twosided\)\n/);
  expect(status).toBe(0);
});

test("numbers that stay keep their spelling", () => {
  const workspace = validText()
    .replace(/"hi": *[\d.]+/, '"hi": 2.0')
    .replace(/"lo": *[\d.]+/, '"lo": 0.5');
  const { stdout } = nextstat(["preprocess", "symmetrise", "-", "--method", "onesided"], {
    input: workspace,
  });
  expect(stdout).toMatch(/"hi": 2\.0,\s+"lo": 0\s/);
});

test("--report of a restricted smoothing", () => {
  const { status, stderr } = nextstat([
    ...["preprocess", "smooth", EXAMPLE, "-o", at("out.json"), "--report", at("changes.json")],
    ...["--method", "gaussian", "--max-variation", "0.03", "--modifier", "jes,jer"],
    ...["--channel", "SR", "--sample", "signal", "--sample", "ttbar"],
  ]);
  expect(stderr).toMatch(/^nextstat: smoothed 3 of 3 histosys \(Gaussian kernel\)\n/);
  expect(status).toBe(0);
  const report = JSON.parse(read("changes.json"));
  expect(report).toMatchObject({
    command: "preprocess smooth",
    input: "multichannel.json",
    method: "gaussian",
    max_variation: 0.03,
    cap_original: false,
    restriction: { channels: ["SR"], samples: ["signal", "ttbar"], modifiers: ["jes", "jer"] },
    n_considered: 3,
    warnings: [],
  });
  expect(report.changes).toHaveLength(3);
  for (const change of report.changes) {
    expect(change).toMatchObject({ channel: "SR", type: "histosys" });
    expect(Object.keys(change.hi)).toEqual([
      "integral_after",
      "integral_before",
      "largest_change",
      "limited_bins",
    ]);
  }
});

test("pruning: what went, and the settings of parameters that are gone", () => {
  const workspace = JSON.parse(text);
  workspace.measurements[0].config.parameters.push({ name: "jer", inits: [0.5] });
  const { status, stderr } = nextstat(
    [
      "preprocess",
      "prune",
      "-",
      "--threshold",
      "0.06",
      "--report",
      at("removed.json"),
      "-o",
      at("p.json"),
    ],
    { input: JSON.stringify(workspace) },
  );
  expect(stderr).toMatch(
    /^nextstat: removed \d+ of 27 .*\nnextstat: parameters gone: \d+ \(.*jer.*\)\n/,
  );
  expect(status).toBe(0);
  const { removed, removed_parameters: gone } = JSON.parse(read("removed.json"));
  expect(Object.keys(removed[0])).toEqual(["channel", "max_effect", "modifier", "sample", "type"]);
  expect(gone).toContain("jer");
  const pruned = readWorkspace(read("p.json"));
  expect(pruned.warnings).toEqual([]);
  expect(read("p.json")).not.toContain("jer");
});

test("warnings are shown, and --strict makes them exit code 3", () => {
  const { status, stderr } = nextstat([
    "preprocess",
    "smooth",
    EXAMPLE,
    "--strict",
    "--modifier",
    "lumi",
    "-o",
    at("strict.json"),
  ]);
  expect(stderr).toMatch(/\nnextstat: warning: the names given leave nothing to do\n/);
  expect(status).toBe(3);
  expect(JSON.parse(read("strict.json"))).toEqual(JSON.parse(text));
});

test("a bundle runs again", () => {
  const args = ["preprocess", "smooth", EXAMPLE, "--modifier=jes", "--report", at("b.json")];
  expect(nextstat([...args, "--bundle", at("bundle")]).status).toBe(0);
  const { status, stdout } = nextstat(["rerun", at("bundle"), "--format", "text"]);
  expect(stdout).toMatch(/^preprocess smooth of .*: identical\n$/);
  expect(status).toBe(0);
});

describe("help", () => {
  test("of the command, shown on standard error without a sub-command", () => {
    const { status, stdout, stderr } = nextstat(["preprocess"]);
    expect(stderr).toMatch(/^Usage: nextstat preprocess <command>/);
    for (const name of ["smooth", "prune", "symmetrise"]) {
      expect(stderr).toMatch(new RegExp(`^ {2}${name} `, "m"));
    }
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  test("of a sub-command", () => {
    const { status, stdout } = nextstat(["preprocess", "smooth", "--help"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: nextstat preprocess smooth \[options\] FILE$/m);
    expect(stdout).toMatch(/^Examples:$/m);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(nextstat(["help", "preprocess", "smooth"]).stdout).toBe(stdout);
  });
});

/** What the library refuses is tested there; here are the ways to say it. */
describe("bad input: one line, exit code 2", () => {
  test.each<[string, string[], RegExp]>([
    ["sub-command", ["smoth"], /unknown command "preprocess smoth" — did you mean "smooth"\?/],
    ["option", ["prune", EXAMPLE, "--treshold", "1"], /see nextstat preprocess prune --help/],
    [
      "unknown method",
      ["smooth", EXAMPLE, "--method", "loess"],
      /Allowed choices are 353qh, gauss/,
    ],
    ["no method", ["symmetrise", EXAMPLE], /required option '--method <METHOD>' not specified/],
    ["negative threshold", ["prune", EXAMPLE, "--threshold", "-1"], /must be 0 or more, found -1/],
    [
      "report and workspace to stdout",
      ["prune", EXAMPLE, "--report", "-"],
      /cannot share standard output/,
    ],
    ["threshold NaN", ["prune", EXAMPLE, "--threshold", "NaN"], /Not a number: "NaN"/],
    [
      "report nowhere",
      ["prune", "missing.json", "--report", join(folder, "no", "r.json")],
      /the folder to write to does not exist — .*no\/r\.json/,
    ],
    ["unknown modifier", ["smooth", EXAMPLE, "--modifier", "jess"], /no modifier "jess".*"jes"\?/],
    [
      "report = output",
      ["prune", EXAMPLE, "--report", "a", "-o", "a"],
      /--report and --output are both a/,
    ],
  ])("%s", (_, args, message) => {
    const { status, stdout, stderr } = nextstat(["preprocess", ...args]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  test("output or report over the input, which stays", () => {
    writeFileSync(at("own.json"), text);
    for (const option of ["--output", "--report"]) {
      const { status, stderr } = nextstat([
        "preprocess",
        "smooth",
        at("own.json"),
        option,
        at("own.json"),
      ]);
      expect(stderr).toMatch(
        new RegExp(`^nextstat: ${option} [^\\n]* is the input itself[^\\n]*\\n$`),
      );
      expect(status).toBe(2);
    }
    expect(read("own.json")).toBe(text);
  });

  test("a value that would be negative, and nothing is written", () => {
    const workspace = JSON.parse(text);
    workspace.channels[0].samples[1].modifiers.push({
      name: "huge",
      type: "normsys",
      data: { hi: 2.5, lo: 1 },
    });
    const args = ["preprocess", "symmetrise", "-", "--method", "onesided", "-o", at("none.json")];
    const input = JSON.stringify(workspace);
    const { status, stderr } = nextstat(args, { input });
    expect(stderr).toMatch(
      /^nextstat: onesided makes lo of normsys "huge" of sample "ttbar" in channel "SR" negative \(-0\.5\) — standard input, at \/channels[^\n]*\n$/,
    );
    expect(status).toBe(2);
    expect(existsSync(at("none.json"))).toBe(false);
  });
});
