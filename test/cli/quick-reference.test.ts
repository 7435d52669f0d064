/**
 * The command lines physicists find in the workflow guide, verbatim, in a folder with the files they name.
 */

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXAMPLE, ROOT, shell } from "./run-cli.ts";

/** Standard output is JSON, and holds these keys. */
const LINES: readonly (readonly [line: string, keys: readonly string[]])[] = [
  ["nextstat audit --input ws.json", ["channels", "parameter_count"]],
  ["nextstat fit --input ws.json", ["bestfit", "uncertainties", "twice_nll", "edm"]],
  ["nextstat fit --input ws.json --fit-regions SR", ["fit_regions"]],
  ["nextstat fit --input ws.json --asimov", ["bestfit"]],
  [
    "nextstat hypotest --input ws.json --mu 1.0",
    ["mu_test", "cls", "clsb", "clb", "teststat", "q_mu", "q_mu_a", "mu_hat", "expected_set"],
  ],
  ["nextstat hypotest --input ws.json --mu 1.0 --expected-set", ["expected_set"]],
  [
    "nextstat hypotest-toys --input multichannel.json --mu 1.0 --n-toys 10000 --seed 42 --threads 0",
    [
      "mu_test",
      "cls",
      "clsb",
      "clb",
      "q_obs",
      "mu_hat",
      "n_toys",
      "n_error",
      "n_nonconverged",
      "seed",
    ],
  ],
  [
    "nextstat significance --input ws.json",
    ["p0", "z_obs", "z_exp", "mu_hat", "q0", "q0_asimov", "p0_exp"],
  ],
  ["nextstat upper-limit --input ws.json", ["obs_limit", "mu_up", "exp_limits", "alpha"]],
  ["nextstat upper-limit --input ws.json --expected", ["obs_limit", "exp_limits"]],
  [
    "nextstat upper-limit --input ws.json --scan-start 0 --scan-stop 5 --scan-points 201",
    ["obs_limit", "points", "scan"],
  ],
  [
    "nextstat upper-limit --input ws.json --expected --scan-start 0.0 --scan-stop 5.0 --scan-points 201",
    ["exp_limits", "points"],
  ],
  ["nextstat scan --input ws.json --start 0 --stop 3 --points 31", ["mu_hat", "nll_hat", "points"]],
  [
    "nextstat viz ranking --input ws.json",
    ["names", "delta_mu_up", "delta_mu_down", "pull", "constraint"],
  ],
  ["nextstat viz corr --input ws.json --fit fit.json", ["parameter_names", "corr"]],
  ["nextstat goodness-of-fit --input ws.json", ["statistic", "ndf", "p_value", "chi2", "ndof"]],
  ["nextstat mass-scan --workspaces-dir dir/ --labels m100,m200", ["mass_points", "n_mass_points"]],
  [
    "nextstat mass-scan --workspaces-dir dir/ --scan-start 0 --scan-stop 5 --scan-points 41 --labels m100,m200",
    ["mass_points", "scan"],
  ],
];

/** These write a file. */
const WRITING: readonly (readonly [line: string, file: string])[] = [
  ["nextstat fit --input ws.json > written.json", "written.json"],
  ["nextstat viz ranking --input ws.json --output ranking.json", "ranking.json"],
  ["nextstat viz corr --input ws.json --fit fit.json --output corr.json", "corr.json"],
  ["nextstat combine ws1.json ws2.json --output combined.json --prefix-channels", "combined.json"],
  ["nextstat preprocess smooth --input ws.json --output smooth.json", "smooth.json"],
  ["nextstat preprocess prune --input ws.json --output pruned.json", "pruned.json"],
  [
    "nextstat preprocess prune --input ws.json --output pruned2.json --threshold 0.005",
    "pruned2.json",
  ],
];

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nextstat-lines-"));
  for (const name of ["ws.json", "ws1.json", "ws2.json", "multichannel.json"])
    copyFileSync(join(ROOT, EXAMPLE), join(folder, name));
  mkdirSync(join(folder, "dir"));
  for (const name of ["m100.json", "m200.json"])
    copyFileSync(join(ROOT, EXAMPLE), join(folder, "dir", name));
  expect(shell(`cd '${folder}' && nextstat fit --input ws.json > fit.json`).status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the lines of the workflow guide run as they are", () => {
  it.each(LINES)("%s", (line, keys) => {
    const { status, stdout, stderr } = shell(`cd '${folder}' && ${line}`);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const record = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(record)).toEqual(expect.arrayContaining([...keys]));
  });

  it.each(WRITING)("%s", (line, file) => {
    const { status } = shell(`cd '${folder}' && ${line}`);
    expect(status).toBe(0);
    const path = join(folder, file);
    expect(existsSync(path)).toBe(true);
    expect(typeof JSON.parse(readFileSync(path, "utf8"))).toBe("object");
  });
});
