/** `nextstat import histfactory`, `nextstat export histfactory`, and combinations where a workspace can stand. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EXAMPLE, nextstat, ROOT } from "./run-cli.ts";

const INPUTS = `${ROOT}test/golden/histfactory/inputs/`;
const REGIONS = `${INPUTS}regions/combination.xml`;
const TERMS = `${INPUTS}constraint-terms/combination.xml`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "histfactory-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("import", () => {
  test("makes a workspace that gives the same fit as the combination itself", () => {
    const workspace = join(folder, "workspace.json");
    const report = join(folder, "report.json");
    const made = nextstat([
      ...["import", "histfactory", REGIONS, "-o", workspace, "--loss-report", report],
    ]);
    expect(made.status).toBe(0);
    expect(made.stdout).toBe("");
    expect(made.stderr).toMatch(/^nextstat: warning: Lumi is free and multiplies 2 samples/);
    expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({
      kept: expect.arrayContaining([
        { path: `${INPUTS}regions/CR.xml:2`, note: 'channel "CR": 2 samples, 3 bins' },
      ]),
    });
    const args = ["--measurement", "held", "--log-level", "error"];
    const [own, direct] = [workspace, REGIONS].map((file) => nextstat(["fit", file, ...args]));
    expect(direct?.status).toBe(0);
    expect(JSON.parse(direct?.stdout ?? "").bestfit).toEqual(JSON.parse(own?.stdout ?? "").bestfit);
  });

  test("finds files from a folder that is given, or from one around the combination", () => {
    const wrong = nextstat(["import", "histfactory", REGIONS, "--base-dir", folder]);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toBe(
      `nextstat: there is no such file: SR.xml — ${REGIONS}, line 3, column 3 — looked from ${folder} (--base-dir)\n`,
    );
    const right = nextstat([
      ...["import", "histfactory", REGIONS, "--base-dir", `${INPUTS}regions`, "--format", "text"],
    ]);
    expect(right.status).toBe(0);
    expect(right.stdout).toContain("changed");
  });

  test("reads standard input", () => {
    const input = readFileSync(`${INPUTS}functions/combination.xml`);
    const base = ["--base-dir", `${INPUTS}functions`];
    const { status, stdout } = nextstat(["import", "histfactory", "-", ...base], { input });
    expect(status).toBe(0);
    expect(Object.keys(JSON.parse(stdout))).toEqual([
      "channels",
      "measurements",
      "observations",
      "version",
    ]);
  });

  test.each([
    ["free", { constraint: { type: "NoConstraint" }, name: "norm" }],
    ["root", { fixed: true, inits: [0], name: "norm" }],
  ])("--no-constraint %s", (way, settings) => {
    const args = ["--measurement", "NoConstraint", "--no-constraint", way, "--log-level", "error"];
    const { stdout } = nextstat(["import", "histfactory", TERMS, ...args]);
    const { measurements } = JSON.parse(stdout);
    expect(measurements).toHaveLength(1);
    expect(measurements[0].config.parameters).toContainEqual(settings);
  });

  test("--xml-defaults pyhf", () => {
    const args = ["--measurement", "Gamma", "--xml-defaults", "pyhf"];
    const { status, stderr, stdout } = nextstat(["import", "histfactory", TERMS, ...args]);
    expect(status).toBe(0);
    expect(stderr).toBe('nextstat: warning: ConstraintTerm Gamma of "norm": pyhf ignores it\n');
    expect(stdout).not.toContain("constraint");
  });

  test("refusals write nothing", () => {
    const out = join(folder, "out.json");
    const channel = nextstat(["import", "histfactory", `${INPUTS}regions/SR.xml`, "-o", out]);
    expect(channel.status).toBe(2);
    expect(channel.stderr).toBe(
      `nextstat: the file starts with <Channel>, not <Combination> — ${INPUTS}regions/SR.xml, line 2, column 1 — this is the file of one channel: give the one that starts with <Combination>\n`,
    );
    expect(nextstat(["import", "histfactory", EXAMPLE, "-o", out]).stderr).toBe(
      `nextstat: this is not XML — ${EXAMPLE} — give the file of a HistFactory combination; other workspaces: nextstat convert\n`,
    );
    expect(nextstat(["fit", REGIONS, "--hs3-interp", "root"]).stderr).toContain(
      "the option interpolation is for HS3 documents, and this is HistFactory XML",
    );
    for (const args of [
      ["fit", REGIONS, "--patch", EXAMPLE],
      ["patchset", "verify", REGIONS, EXAMPLE],
    ]) {
      const refused = nextstat(args);
      expect(refused.status).toBe(2);
      expect(refused.stderr).toContain("nextstat import histfactory");
    }
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("does not overwrite what it reads", () => {
    for (const file of ["combination.xml", "channel.xml"]) {
      const text = readFileSync(`${INPUTS}constraint-terms/${file}`);
      writeFileSync(join(folder, file), text);
    }
    const args = ["-o", join(folder, "channel.xml")];
    const { status, stderr } = nextstat([
      ...["import", "histfactory", join(folder, "combination.xml"), ...args],
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain("is the input itself");
  });
});

describe("convert", () => {
  test("makes pyhf and HS3 of a combination, with the likelihood of the combination", () => {
    const [pyhf, hs3, report] = ["w.json", "w.hs3.json", "report.json"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    expect(nextstat(["convert", REGIONS, pyhf]).status).toBe(0);
    expect(nextstat(["convert", REGIONS, hs3, "--loss-report", report]).status).toBe(0);
    const { changed, lost } = JSON.parse(readFileSync(report, "utf8"));
    for (const { path } of [...changed, ...lost]) {
      expect(path).toMatch(/regions\/(SR|CR|combination)\.xml:\d+$/);
    }
    const [own, ...converted] = [REGIONS, pyhf, hs3].map((file) => {
      const args = ["--measurement", "free", "--no-covariance", "--log-level", "error"];
      return JSON.parse(nextstat(["fit", file, ...args]).stdout);
    });
    // HS3 has other names for some parameters and the same numbers: what is left is the order of sums.
    for (const { nll } of converted) expect(Math.abs(nll - own.nll)).toBeLessThan(1e-10 * own.nll);
    const imported = nextstat(["import", "histfactory", REGIONS]).stdout;
    expect(JSON.parse(imported)).toEqual(JSON.parse(readFileSync(pyhf, "utf8")));
  });

  test("--from means it", () => {
    const to = ["--to", "pyhf"];
    expect(nextstat(["convert", REGIONS, ...to, "--from", "histfactory"]).status).toBe(0);
    expect(nextstat(["convert", REGIONS, ...to, "--from", "hs3"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("this is XML or HTML, not JSON"),
    });
    expect(nextstat(["convert", EXAMPLE, ...to, "--from", "histfactory"])).toMatchObject({
      status: 2,
      stderr: `nextstat: this is not HistFactory XML — ${EXAMPLE} — give the file of a combination\n`,
    });
    expect(nextstat(["convert", REGIONS, ...to, "--hs3-interp", "root"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("for HS3 documents, and this is HistFactory XML"),
    });
  });
});

describe("export", () => {
  test("writes a folder that can be read again", () => {
    const target = join(folder, "exported");
    const { status, stdout } = nextstat(["export", "histfactory", EXAMPLE, "-o", target]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).changed).toHaveLength(1);
    expect(readdirSync(target).sort()).toEqual([
      "HistFactorySchema.dtd",
      "channels",
      "combination.xml",
      "data.root",
    ]);
    const [own, back] = [EXAMPLE, join(target, "combination.xml")].map((file) =>
      JSON.parse(nextstat(["fit", file]).stdout),
    );
    expect(back.bestfit[0]).toBeCloseTo(own.bestfit[0], 8);
    expect(back.uncertainties[0]).toBeCloseTo(own.uncertainties[0], 6);
    const again = nextstat(["export", "histfactory", EXAMPLE, "-o", target]);
    expect(again.status).toBe(2);
    expect(again.stderr).toContain("the folder is not empty");
  });

  test("refuses what ROOT cannot say", () => {
    const target = join(folder, "exported");
    const input = `${ROOT}test/golden/workspaces/override-auxdata.json`;
    const { status, stderr } = nextstat(["export", "histfactory", input, "-o", target]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/"signal_theory" cannot be written as HistFactory XML — /);
    expect(existsSync(target)).toBe(false);
    expect(nextstat(["export", "histfactory", EXAMPLE]).stderr).toBe(
      "nextstat: no folder to write to — give it with -o DIR\n",
    );
  });
});
