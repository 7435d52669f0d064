/**
 * `nextstat upper-limit` and `nextstat mass-scan`.
 *
 * @module
 */

import { spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { naturalOrder } from "../../src/cli/workspace-folder.ts";
import { fromPyhf, type UpperLimitResult, upperLimit, workspaceDigest } from "../../src/index.ts";
import { tutorialFolder } from "../engine/support/references.ts";
import { EXAMPLE, nextstat, ROOT, runHere, shell } from "./run-cli.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nextstat-limits-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// biome-ignore lint/suspicious/noExplicitAny: JSON that the assertions describe
function json(args: readonly string[]): any {
  const { status, stdout, stderr } = nextstat(args);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

const library = (options?: object): UpperLimitResult =>
  upperLimit(fromPyhf(readFileSync(ROOT + EXAMPLE, "utf8")), options);

describe("upper-limit", () => {
  test("without --expected the observed limit only", () => {
    const record = json(["upper-limit", EXAMPLE]);
    const { obsLimit } = library({ expected: false });
    expect(record).toMatchObject({
      mode: "bisection",
      alpha: 0.05,
      obs_limit: obsLimit,
      mu_up: obsLimit,
      exp_limits: null,
      rtol: 1e-6,
      max_iter: 80,
      scan: null,
      partial: false,
    });
    expect(record.bracket.lo).toBeLessThanOrEqual(obsLimit as number);
    expect(record.points[0].expected).toHaveLength(5);
  });

  test("the Brazil band, as text and as metrics", () => {
    const metricsFile = join(folder, "metrics.json");
    const { status, stdout } = nextstat([
      "upper-limit",
      EXAMPLE,
      "--expected",
      "--format",
      "text",
      "--json-metrics",
      metricsFile,
    ]);
    expect(status).toBe(0);
    const { obsLimit, expLimits } = library();
    expect(stdout).toMatch(/-2 sigma +-1 sigma +median +\+1 sigma +\+2 sigma/);
    for (const limit of [obsLimit, ...(expLimits as number[])]) {
      expect(stdout).toContain(Number((limit as number).toPrecision(6)).toString());
    }
    const { metrics, metric } = JSON.parse(readFileSync(metricsFile, "utf8"));
    expect(metrics).toMatchObject({
      alpha: 0.05,
      mode: "bisection",
      obs_limit: obsLimit,
      exp_limits: expLimits,
      mu_up: obsLimit,
    });
    expect(metric.mu_up).toBe(obsLimit);
    expect([...(expLimits as number[])].sort((a, b) => a - b)).toEqual(expLimits);
  });

  test("a confidence level is an alpha", () => {
    const record = json(["upper-limit", EXAMPLE, "--cl", "0.9"]);
    expect(record.alpha).toBe(0.1);
    expect(record.obs_limit).toBe(library({ alpha: 0.1, expected: false }).obsLimit);
    expect(json(["upper-limit", EXAMPLE, "--cl", "0.95", "--alpha", "0.05"]).alpha).toBe(0.05);
  });

  test("on a grid, the same with any number of threads", () => {
    const args = ["--expected", "--scan-start", "0", "--scan-stop", "5", "--scan-points", "201"];
    const record = json(["upper-limit", EXAMPLE, ...args]);
    expect(record).toMatchObject({ mode: "scan", bracket: null, rtol: null });
    expect(record.scan).toEqual({ start: 0, stop: 5, points: 201 });
    expect(record.points).toHaveLength(201);
    expect(record.points[0]).toEqual({ mu: 0, cls: 1, expected: [1, 1, 1, 1, 1] });
    const solved = library();
    expect(record.obs_limit).toBeCloseTo(solved.obsLimit as number, 3);
    expect(json(["upper-limit", EXAMPLE, ...args, "--threads", "2"])).toEqual(record);
  });

  test.each<[string, readonly string[], RegExp]>([
    ["half a grid", ["--scan-start", "0", "--scan-stop", "5"], /--scan-points together/],
    [
      "a grid backwards",
      ["--scan-start", "5", "--scan-stop", "0", "--scan-points", "5"],
      /end must/,
    ],
    ["one point", ["--scan-start", "0", "--scan-stop", "5", "--scan-points", "1"], /1 points/],
    ["half a point", ["--scan-points", "1.5"], /Not a whole number: "1\.5"/],
    ["alpha and another level", ["--alpha", "0.1", "--cl", "0.95"], /contradict each other/],
    ["a level in percent", ["--cl", "95"], /not between 0\.5 and 1/],
    ["an alpha of a half", ["--alpha", "0.5"], /alpha 0\.5 is not between 0 and 0\.5/],
    ["a wrong statistic", ["--test-stat", "q0"], /Allowed choices are qtilde, q/],
    ["an accuracy of 0", ["--rtol", "0"], /relative accuracy 0/],
    ["no step", ["--max-iter", "0"], /0 is not a number of iterations/],
    ["a begin above the limit", ["--lo", "3"], /observed limit on "mu" lies below the begin/],
    ["an end below the begin", ["--lo", "1", "--hi", "0.5"], /cannot end at 0\.5/],
    ["a begin below 0", ["--lo", "-1"], /cannot begin at -1/],
  ])("%s is refused in one line", async (_, args, message) => {
    const { exitCode, stdout, stderr } = await runHere(["upper-limit", ROOT + EXAMPLE, ...args]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });
});

describe("mass-scan", () => {
  const scaled = (factor: number): string => {
    const workspace = JSON.parse(readFileSync(ROOT + EXAMPLE, "utf8"));
    for (const { samples } of workspace.channels) {
      for (const sample of samples) {
        if (!sample.modifiers.some(({ name }: { name: string }) => name === "mu")) continue;
        sample.data = sample.data.map((x: number) => x * factor);
        for (const modifier of sample.modifiers) {
          if (modifier.type === "histosys") {
            modifier.data.hi_data = modifier.data.hi_data.map((x: number) => x * factor);
            modifier.data.lo_data = modifier.data.lo_data.map((x: number) => x * factor);
          }
        }
      }
    }
    return JSON.stringify(workspace);
  };

  let masses: string;
  beforeAll(() => {
    masses = mkdtempSync(join(folder, "masses-"));
    writeFileSync(join(masses, "m1000.json"), scaled(0.5));
    writeFileSync(join(masses, "m200.json.gz"), gzipSync(scaled(2)));
    writeFileSync(join(masses, "m100.json"), scaled(1));
    writeFileSync(join(masses, "notes.txt"), "no workspace");
  });

  test("limits in natural order, and lists to plot", () => {
    const record = json(["mass-scan", "--workspaces-dir", masses]);
    const single = json(["upper-limit", EXAMPLE, "--expected"]);
    expect(record).toMatchObject({
      command: "mass-scan",
      alpha: 0.05,
      scan: null,
      n_mass_points: 3,
      n_converged: 3,
      partial: false,
    });
    expect(record.mass_points[0]).toMatchObject({
      index: 0,
      label: "m100",
      workspace: "m100.json",
      coordinates: [100],
      obs_limit: single.obs_limit,
      exp_limits: single.exp_limits,
      mu_hat: single.mu_hat,
      converged: true,
      points: null,
      error: null,
    });
    const { exclusion } = record;
    expect(exclusion.labels).toEqual(["m100", "m200", "m1000"]);
    expect(exclusion.coordinates).toEqual([[100], [200], [1000]]);
    expect(exclusion.exp).toHaveLength(5);
    expect(exclusion.exp[2][1]).toBe(record.mass_points[1].exp_limits[2]);
    expect(exclusion.obs[1]).toBeCloseTo(single.obs_limit / 2, 1);
    expect(exclusion.obs[2]).toBeCloseTo(single.obs_limit * 2, 1);
  });

  test("with a grid, labels and without expected limits, for any number of jobs", () => {
    const args = ["--scan-start", "0", "--scan-stop", "5", "--scan-points", "11"];
    args.push("--labels", "a,b,c", "--no-expected");
    const record = json(["mass-scan", "--workspaces-dir", masses, ...args]);
    expect(record.exclusion).toMatchObject({ labels: ["a", "b", "c"], exp: null });
    expect(record.mass_points[1].points).toHaveLength(11);
    expect(record.mass_points[1].exp_limits).toBe(null);
    expect(json(["mass-scan", "--workspaces-dir", masses, ...args, "--jobs", "2"])).toEqual(record);
  });

  test("a workspace that cannot be read or computed does not stop the others", () => {
    const mixed = mkdtempSync(join(folder, "mixed-"));
    copyFileSync(join(masses, "m100.json"), join(mixed, "m1.json"));
    writeFileSync(join(mixed, "m2.json"), "{");
    writeFileSync(join(mixed, "m3.json"), scaled(1).replaceAll('"poi":"mu"', '"poi":""'));
    const { status, stdout } = nextstat(["mass-scan", "--workspaces-dir", mixed, "--jobs", "2"]);
    expect(status).toBe(0);
    const record = JSON.parse(stdout);
    expect(record.n_mass_points).toBe(3);
    expect(record.n_converged).toBe(1);
    expect(record.converged).toBe(false);
    expect(record.mass_points[1].error).toMatch(/m2\.json/);
    expect(record.mass_points[2].error).toMatch(/no parameter of interest/);
    expect(record.warnings).toHaveLength(2);
    expect(record.exclusion.labels).toEqual(["m1"]);
    rmSync(join(mixed, "m1.json"));
    const none = nextstat(["mass-scan", "--workspaces-dir", mixed]);
    expect(none.stderr).toMatch(/^nextstat: no limit for any of the 2 mass points; m2: [^\n]+\n$/);
    expect(none.status).toBe(1);
  });

  test("the patches of a patchset", () => {
    const patchset = join(folder, "patchset.json");
    const patch = (name: string, values: number[], factor: number) => ({
      metadata: { name, values },
      patch: [{ op: "replace", path: "/channels/0/samples/0/data", value: firstSample(factor) }],
    });
    const metadata = {
      references: { hepdata: "ins1234567" },
      digests: { sha256: workspaceDigest(readFileSync(ROOT + EXAMPLE, "utf8")) },
      labels: ["m_stop", "m_chi"],
      description: "signals",
    };
    const patches = [patch("stop_500_1", [500, 1], 1), patch("stop_900_100", [900, 100], 0.5)];
    writeFileSync(patchset, JSON.stringify({ metadata, patches, version: "1.0.0" }));
    const record = json(["mass-scan", EXAMPLE, "--patchset", patchset]);
    expect(record.coordinate_names).toEqual(["m_stop", "m_chi"]);
    expect(record.exclusion.labels).toEqual(["stop_500_1", "stop_900_100"]);
    expect(record.exclusion.coordinates[1]).toEqual([900, 100]);
    const one = json(["upper-limit", EXAMPLE, "--expected", "--patch", `${patchset}#stop_900_100`]);
    expect(record.mass_points[1].obs_limit).toBe(one.obs_limit);
    const text = nextstat([
      "mass-scan",
      EXAMPLE,
      "--patchset",
      patchset,
      "--format",
      "text",
    ]).stdout;
    expect(text).toMatch(/^ +m_stop +m_chi +best fit +observed/m);
    const digests = { md5: "0".repeat(32) };
    writeFileSync(
      patchset,
      JSON.stringify({ metadata: { ...metadata, digests }, patches, version: "1.0.0" }),
    );
    const other = nextstat(["mass-scan", EXAMPLE, "--patchset", patchset]);
    expect(other.stderr).toMatch(
      /^nextstat: the patchset is not for this background: md5 of .* — .*patchset\.json, line 1, .*\n$/,
    );
    expect(other.status).toBe(2);
    const forced = json(["mass-scan", EXAMPLE, "--patchset", patchset, "--no-verify"]);
    expect(forced.mass_points).toEqual(record.mass_points);
    expect(forced.warnings[0]).toMatch(/^the patchset is not for this background: md5 of/);
    writeFileSync(
      patchset,
      JSON.stringify({ metadata, patches: [patches[0], patches[0]], version: "1.0.0" }),
    );
    const twice = nextstat(["mass-scan", EXAMPLE, "--patchset", patchset]);
    expect(twice.stderr).toMatch(/^nextstat: two patches are called "stop_500_1"/);
    const none = nextstat(["mass-scan", EXAMPLE, "--patchset", EXAMPLE]);
    expect(none.stderr).toMatch(/^nextstat: this is not a pyhf patchset — examples/);
  });

  function firstSample(factor: number): number[] {
    const workspace = JSON.parse(readFileSync(ROOT + EXAMPLE, "utf8"));
    return workspace.channels[0].samples[0].data.map((x: number) => x * factor);
  }

  test("is reproduced from a bundle", () => {
    const bundle = join(folder, "bundle");
    json(["mass-scan", "--workspaces-dir", masses, "--no-expected", "--bundle", bundle]);
    const { status, stdout } = nextstat(["rerun", bundle]);
    expect(stdout).toMatch(/same|identical|agree/i);
    expect(status).toBe(0);
  });

  test.each<[string, (masses: string) => readonly string[], RegExp]>([
    ["no mass points", () => [EXAMPLE], /no mass points — give --workspaces-dir/],
    [
      "both sources",
      (m) => ["--workspaces-dir", m, "--patchset", EXAMPLE],
      /both --workspaces-dir/,
    ],
    ["a folder and a file", (m) => [EXAMPLE, "--workspaces-dir", m], /takes no other input/],
    ["a patchset alone", () => ["--patchset", EXAMPLE], /no input/],
    [
      "a folder that is none",
      () => ["--workspaces-dir", ROOT + EXAMPLE],
      /this is not a folder that can be read — .*multichannel\.json/,
    ],
    [
      "a folder that does not exist",
      () => ["--workspaces-dir", "nowhere"],
      /not a folder .* nowhere/,
    ],
    [
      "both --jobs and --threads",
      (m) => ["--workspaces-dir", m, "--jobs", "2", "--threads", "1"],
      /both given/,
    ],
    [
      "an empty folder",
      () => ["--workspaces-dir", `${ROOT}src/math`],
      /no workspace in this folder/,
    ],
    [
      "too few labels",
      (m) => ["--workspaces-dir", m, "--labels", "a,b"],
      /2 labels for 3 mass points/,
    ],
    [
      "a label twice",
      (m) => ["--workspaces-dir", m, "--labels", "a,b,a"],
      /two mass points .* "a"/,
    ],
    ["half a grid", (m) => ["--workspaces-dir", m, "--scan-start", "0"], /--scan-points together/],
    ["a wrong alpha", (m) => ["--workspaces-dir", m, "--alpha", "0.7"], /alpha 0\.7 is not/],
  ])("%s is refused in one line", async (_, args, message) => {
    const { exitCode, stdout, stderr } = await runHere(["mass-scan", ...args(masses)]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });

  test("the order of names is that of the numbers in them", () => {
    const names = ["m1000", "m100.5", "m100", "m20", "b", "m", "a10b2", "a9b10", "m100_x"];
    expect(names.sort(naturalOrder)).toEqual([
      "a9b10",
      "a10b2",
      "b",
      "m",
      "m20",
      "m100",
      "m100_x",
      "m100.5",
      "m1000",
    ]);
  });
});

/** Runs the command, interrupts it long after it has read its input and long before it ends, and returns what it wrote. */
async function interrupted(
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const command = `${ROOT}dist/cli/main.js`;
  const child = spawn(process.execPath, [command, ...args, "--log-level", "info"], { cwd: ROOT });
  let stdout = "";
  let stderr = "";
  let asked = false;
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
    if (asked) return;
    asked = true;
    setTimeout(() => child.kill("SIGINT"), 2500);
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}

describe("Ctrl-C", () => {
  test.concurrent.each([["1"], ["2"]])(
    "writes what is finished, with %s threads",
    async (threads) => {
      const grid = ["--scan-start", "0", "--scan-stop", "5", "--scan-points", "60000"];
      const { code, stdout, stderr } = await interrupted([
        "upper-limit",
        EXAMPLE,
        ...grid,
        "--threads",
        threads,
      ]);
      expect(stderr).toMatch(/interrupted, finishing the current step/);
      expect(code).toBe(130);
      const { partial, points } = JSON.parse(stdout) as {
        partial: boolean;
        points: { cls: number | null }[];
      };
      expect(partial).toBe(true);
      const finished = points.filter(({ cls }) => cls !== null).length;
      expect(finished).toBeGreaterThan(0);
      expect(finished).toBeLessThan(60_000);
    },
  );
});

describe.skipIf(!existsSync(tutorialFolder))("the lines of the tutorial", () => {
  const at = (line: string): string =>
    line.replaceAll("multichannel.json", new URL("multichannel.json", tutorialFolder).pathname);

  test("upper-limit", () => {
    const observed = JSON.parse(shell(at("nextstat upper-limit --input multichannel.json")).stdout);
    expect(observed.obs_limit).toBeCloseTo(2.59624233, 7);
    const band = JSON.parse(
      shell(at("nextstat upper-limit --input multichannel.json --expected")).stdout,
    );
    const expected = [1.07179446, 1.44453963, 2.01870639, 2.83913523, 3.86181782];
    expected.forEach((limit, k) => {
      expect(band.exp_limits[k]).toBeCloseTo(limit, 7);
    });
    const line = `nextstat upper-limit --input multichannel.json \\
      --expected \\
      --scan-start 0.0 --scan-stop 5.0 --scan-points 201`;
    const scan = JSON.parse(shell(at(line)).stdout);
    expect(scan.points).toHaveLength(201);
    expect(scan.obs_limit).toBeCloseTo(2.59624233, 3);
  });

  test("mass-scan", () => {
    const masses = mkdtempSync(join(folder, "mass_workspaces-"));
    for (const m of [100, 200, 300, 400, 500]) {
      copyFileSync(new URL("multichannel.json", tutorialFolder), join(masses, `m${m}.json`));
    }
    const line = `nextstat mass-scan --workspaces-dir mass_workspaces/ \\
      --scan-start 0 --scan-stop 5 --scan-points 41 \\
      --labels m100,m200,m300,m400,m500`;
    const { stdout } = shell(
      `cd ${folder}; ${line.replace("mass_workspaces/", `${basename(masses)}/`)}`,
    );
    const { mass_points } = JSON.parse(stdout);
    expect(mass_points.map(({ label }: { label: string }) => label)).toEqual([
      "m100",
      "m200",
      "m300",
      "m400",
      "m500",
    ]);
    for (const { obs_limit, points } of mass_points) {
      expect(obs_limit).toBeCloseTo(2.59624233, 7);
      expect(points).toHaveLength(41);
    }
  });
});
