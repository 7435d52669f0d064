/** `CombinationXml`: a combination that exists, filtered by a configuration. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Workspace } from "../../src/workspace/types.ts";
import { nextstat, ROOT } from "./run-cli.ts";

const XML = `${ROOT}test/golden/histfactory/inputs/exported-multichannel`;

/** All samples of two of its regions. */
const CONFIG = `Job: "search"
  ReadFrom: HIST
  CombinationXml: combination.xml
  POI: mu
  MCstatThreshold: 0.01

Region: SR;CR_top
  Type: SIGNAL;CONTROL
  HistoName: mass

Sample: data
  Type: DATA

Sample: signal;ttbar
  Type: SIGNAL;BACKGROUND

NormFactor: mu;mu_top
  Samples: signal;ttbar

Systematic: jes;btag
  Type: HISTO
  Smoothing: 40
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trex-combination-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function build(text: string, ...args: readonly string[]): ReturnType<typeof nextstat> {
  const config = join(folder, "fit.config");
  writeFileSync(config, text);
  return nextstat(["import", "trex-config", config, "--base-dir", XML, ...args]);
}

describe("CombinationXml", () => {
  test("keeps what the configuration has, and says what it leaves out", () => {
    const coverage = join(folder, "coverage.json");
    const made = build(CONFIG, "--coverage-json", coverage);
    expect(made.status).toBe(0);
    const ours: Workspace = JSON.parse(made.stdout);
    const whole: Workspace = JSON.parse(
      nextstat(["import", "histfactory", join(XML, "combination.xml")]).stdout,
    );
    expect(ours.channels.map(({ name, samples }) => [name, samples.map((s) => s.name)])).toEqual([
      ["SR", ["signal", "ttbar"]],
      ["CR_top", ["signal", "ttbar"]],
    ]);
    const [sr] = ours.channels;
    const [wholeSr] = whole.channels.filter(({ name }) => name === "SR");
    for (const { name, data, modifiers } of sr?.samples ?? []) {
      const before = wholeSr?.samples.find((sample) => sample.name === name);
      expect(data).toEqual(before?.data);
      const wanted = ["mu", "mu_top", "jes", "btag"];
      expect(modifiers).toEqual(
        before?.modifiers.filter(
          (m) => wanted.includes(m.name) || ["staterror", "lumi"].includes(m.type),
        ),
      );
    }
    expect(ours.observations).toEqual(
      ["SR", "CR_top"].map((name) => whole.observations.find((one) => one.name === name)),
    );
    expect(ours.measurements[0]?.config.poi).toBe("mu");
    expect(made.stderr).toMatch(/regions of the combination are left out \(1\): CR_wjets/);
    expect(made.stderr).toMatch(/samples of the combination are left out \(\d\): SR\/wjets/);
    expect(made.stderr).toMatch(
      /parameters of the combination are left out where the configuration has none \(\d+\): .*signal_theory/,
    );
    expect(JSON.parse(readFileSync(coverage, "utf8")).listed).toMatchObject([
      { key: "MCstatThreshold", status: "not used", note: "the combination is taken as it is" },
      { key: "HistoName", status: "not used" },
      { key: "HistoName", status: "not used" },
      { key: "Smoothing", status: "not used" },
      { key: "Smoothing", status: "not used" },
    ]);
    const fit = join(folder, "ws.json");
    writeFileSync(fit, made.stdout);
    expect(nextstat(["fit", fit, "--log-level", "error"]).status).toBe(0);
  });

  test("without data, the sum of the samples; StatOnly, no systematics", () => {
    const text = CONFIG.replace("Sample: data\n  Type: DATA\n", "").replace(
      "POI: mu",
      "POI: mu\n  StatOnly: TRUE",
    );
    const made = build(text, "--only", "SR");
    const ours: Workspace = JSON.parse(made.stdout);
    expect(made.stderr).toMatch(
      /regions have no data: the sum of the samples takes their place \(1\): SR/,
    );
    const [sr] = ours.channels;
    const sum = sr?.samples[0]?.data.map((value, b) => value + (sr.samples[1]?.data[b] ?? 0));
    expect(ours.observations).toEqual([{ name: "SR", data: sum }]);
    const names = sr?.samples.flatMap(({ modifiers }) =>
      modifiers.filter(({ type }) => type !== "lumi").map(({ name }) => name),
    );
    expect(new Set(names)).toEqual(new Set(["mu", "mu_top"]));
  });

  test("fills no histograms that could be kept, and is read by nextstat build too", () => {
    const kept = build(CONFIG, "--histograms", join(folder, "kept.root"));
    expect(kept.status).toBe(2);
    expect(kept.stderr).toMatch(/histograms are kept that are filled, and a combination is read/);
    const built = nextstat(["build", join(folder, "fit.config"), "--base-dir", XML]);
    expect(built.status).toBe(0);
    expect(built.stdout).toBe(build(CONFIG).stdout);
  });

  test.each([
    ["CR_top\n", "CR_tpo\n", /no region "CR_tpo" — .*fit.config, line 7.* did you mean "CR_top"/],
    ["signal;ttbar", "signal;tbar", /no sample of region "SR" "tbar" — .*line 7/],
    ["POI: mu", "POI: nu", /no parameter of interest "nu" — .*line 3/],
    ["combination.xml", "channels/SR.xml", /channels\/SR.xml, which is no combination — .*line 3/],
    ["combination.xml", "other.xml", /other.xml/],
  ])("refuses %j as %j", (from, to, message) => {
    const made = build(CONFIG.replaceAll(from, to));
    expect(made.status).toBe(2);
    expect(made.stdout).toBe("");
    expect(made.stderr).toMatch(message);
    expect(made.stderr.trim().split("\n").length).toBe(1);
  });
});
