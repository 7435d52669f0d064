/**
 * HistFactory combinations where a workspace can stand: bundles, campaigns, mass scans, and operations on workspaces.
 *
 * @module
 */

import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nextstat, ROOT, shell } from "./run-cli.ts";

const INPUTS = `${ROOT}test/golden/histfactory/inputs/`;
const REGIONS = `${INPUTS}regions/combination.xml`;
const QUIET = ["--log-level", "error"];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "combinations-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function filesIn(path: string): string[] {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** A copy of a combination. */
function copyOf(name: string, as = name): string {
  const target = join(folder, as);
  cpSync(`${INPUTS}${name}`, target, { recursive: true });
  return join(target, "combination.xml");
}

describe("bundle", () => {
  test("has all files of a combination, and can be run again without the first ones", () => {
    const combination = copyOf("shapes", "moved away");
    const bundle = join(folder, "bundle");
    expect(nextstat(["fit", combination, "--bundle", bundle]).status).toBe(0);
    rmSync(join(folder, "moved away"), { recursive: true });
    expect(filesIn(join(bundle, "inputs")).sort()).toEqual([
      "combination.xml",
      "data.root",
      "more.root",
      "one.xml",
      "two.xml",
    ]);
    expect(nextstat(["rerun", bundle])).toMatchObject({ status: 0, stderr: "" });
    // The ROOT files are among what is checked.
    const data = join(bundle, "inputs/moved away/data.root");
    writeFileSync(data, readFileSync(data).fill(0, 200, 300));
    expect(nextstat(["rerun", bundle]).stderr).toContain("a file is not what it was");
  });

  test("channels in a folder beside that of the combination", () => {
    const top = join(folder, "top");
    mkdirSync(join(top, "config"), { recursive: true });
    const text = readFileSync(`${INPUTS}plain/combination.xml`, "utf8");
    writeFileSync(
      join(top, "config/combination.xml"),
      text.replace("channel.xml", "xml/channel.xml"),
    );
    mkdirSync(join(top, "xml"));
    copyFileSync(`${INPUTS}plain/channel.xml`, join(top, "xml/channel.xml"));
    copyFileSync(`${INPUTS}plain/data.root`, join(top, "data.root"));
    const bundle = join(folder, "apart");
    const combination = join(top, "config/combination.xml");
    expect(nextstat(["fit", combination, "--bundle", bundle]).status).toBe(0);
    expect(JSON.parse(readFileSync(join(bundle, "bundle.json"), "utf8")).argv).toEqual([
      "fit",
      "inputs/top/config/combination.xml",
    ]);
    expect(nextstat(["rerun", bundle]).status).toBe(0);
  });

  test("of import, with a folder that is given", () => {
    const bundle = join(folder, "imported");
    const args = ["--base-dir", `${INPUTS}regions`, "--bundle", bundle];
    expect(nextstat(["import", "histfactory", REGIONS, ...args]).status).toBe(0);
    expect(nextstat(["rerun", bundle]).status).toBe(0);
  });

  test("refuses files that a copy would not have", () => {
    const combination = copyOf("plain", "outside");
    const channel = join(folder, "outside/channel.xml");
    const text = readFileSync(channel, "utf8");
    writeFileSync(channel, text.replace('"data.root"', `"${INPUTS}plain/data.root"`));
    expect(nextstat(["fit", combination]).status).toBe(0);
    const bundle = join(folder, "never");
    for (const kept of [
      ["--bundle", bundle],
      ["--resume", bundle],
    ]) {
      const { status, stderr } = nextstat(["ranking", combination, ...kept]);
      expect(status).toBe(2);
      expect(stderr).toBe(
        `nextstat: a bundle or campaign has copies of the inputs, and "${INPUTS}plain/data.root" is not in the folder of the combination — ${combination} — make a workspace of it: nextstat import histfactory\n`,
      );
    }
    expect(readdirSync(folder)).not.toContain("never");
  });
});

describe("campaigns", () => {
  const TOYS = ["hypotest-toys", "--mu", "1", "--n-toys", "40", "--seed", "7"];

  test("plan, run-task, collect give what the command alone gives", () => {
    const combination = copyOf("plain", "toys");
    const alone = nextstat([...TOYS, combination]);
    expect(alone.status).toBe(0);
    const campaign = join(folder, "campaign");
    expect(
      nextstat(["plan", "-o", campaign, "--tasks", "2", "--", ...TOYS, combination]).status,
    ).toBe(0);
    rmSync(join(folder, "toys"), { recursive: true });
    expect(nextstat(["run-task", campaign, "0", "1"]).status).toBe(0);
    expect(nextstat(["collect", campaign]).stdout).toBe(alone.stdout);
  });

  test("--resume", () => {
    const args = [...TOYS, REGIONS];
    const kept = [...args, "--resume", join(folder, "resumed")];
    const [alone, first, again] = [args, kept, kept].map((words) => nextstat(words).stdout);
    expect(first).toBe(alone);
    expect(again).toBe(alone);
  });
});

describe("mass-scan", () => {
  test("takes combinations in files and in folders beside workspaces, and can be bundled", () => {
    const masses = join(folder, "masses");
    mkdirSync(masses);
    // m200 in a folder of its own, m300 with its channel beside it, m100 as a workspace.
    cpSync(`${INPUTS}plain`, join(masses, "m200"), { recursive: true });
    copyFileSync(`${INPUTS}plain/combination.xml`, join(masses, "m300.xml"));
    for (const file of ["channel.xml", "data.root"]) {
      copyFileSync(`${INPUTS}plain/${file}`, join(masses, file));
    }
    nextstat(["convert", `${INPUTS}plain/combination.xml`, join(masses, "m100.json")]);
    const command = ["mass-scan", "--workspaces-dir", masses, "--no-expected"];
    const bundle = join(folder, "scanned");
    const { status, stdout } = nextstat([...command, "--bundle", bundle, "--threads", "2"]);
    expect(status).toBe(0);
    const { mass_points: points } = JSON.parse(stdout);
    expect(
      points.map(({ label, workspace, error }: never) => ({ label, workspace, error })),
    ).toEqual([
      { label: "m100", workspace: "m100.json", error: null },
      { label: "m200", workspace: "m200/combination.xml", error: null },
      { label: "m300", workspace: "m300.xml", error: null },
    ]);
    expect(points[1].obs_limit).toBe(points[2].obs_limit);
    expect(points[1].obs_limit / points[0].obs_limit).toBeCloseTo(1, 6);
    expect(nextstat(["rerun", bundle])).toMatchObject({ status: 0, stderr: "" });

    const resumed = nextstat([...command, "--resume", join(folder, "kept")]).stdout;
    expect(JSON.parse(resumed).mass_points).toEqual(points);
  });

  test("an error of a combination is that of its mass point", () => {
    const masses = join(folder, "broken");
    mkdirSync(masses);
    cpSync(`${INPUTS}plain`, join(masses, "m1"), { recursive: true });
    cpSync(`${INPUTS}plain`, join(masses, "m2"), { recursive: true });
    const channel = join(masses, "m2/channel.xml");
    writeFileSync(channel, readFileSync(channel, "utf8").replace("<Sample", "<Simple"));
    const command = ["mass-scan", "--workspaces-dir", masses, "--no-expected"];
    const alone = nextstat(command).stdout;
    const { mass_points: points } = JSON.parse(alone);
    expect(points[0].error).toBeNull();
    expect(points[1].error).toMatch(/ — m2\/channel.xml, line \d+, column \d+/);
    expect(nextstat([...command, "--resume", join(folder, "kept-broken")]).stdout).toBe(alone);
  });
});

describe("operations on workspaces", () => {
  test.each([
    ["inspect"],
    ["sort"],
    ["digest"],
    ["prune", "-c", "CR"],
    ["rename", "-c", "CR", "control"],
    ["preprocess", "smooth"],
    ["preprocess", "prune"],
  ])("%s %s %s %s gives what it gives for the imported workspace", (...command) => {
    const direct = nextstat([...command, REGIONS, ...QUIET]);
    expect(direct.status).toBe(0);
    const words = command.join(" ");
    const imported = shell(
      `nextstat import histfactory ${REGIONS} --log-level error | nextstat ${words} - --log-level error`,
    );
    expect(direct.stdout).toBe(imported.stdout);
    expect(direct.stderr).toBe("");
  });

  test("what the reader decided goes to standard error", () => {
    const { stderr } = nextstat(["sort", REGIONS]);
    expect(stderr).toMatch(/^nextstat: combination.xml: Lumi is free and multiplies 2 samples/);
  });

  test("combine", () => {
    const workspace = join(folder, "plain.json");
    nextstat(["import", "histfactory", `${INPUTS}plain/combination.xml`, "-o", workspace]);
    const inputs = [`${INPUTS}plain/combination.xml`, workspace];
    const { status, stdout } = nextstat(["combine", ...inputs, "--labels", "a,b", ...QUIET]);
    expect(status).toBe(0);
    const { channels } = JSON.parse(stdout);
    expect(channels.map(({ name }: { readonly name: string }) => name)).toEqual(["a_SR", "b_SR"]);
    expect(channels[0].samples).toHaveLength(channels[1].samples.length);
  });
});
