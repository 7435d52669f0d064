/**
 * Records ROOT's side of the comparison, for tests without ROOT: on the models of parity/fixtures, on workspaces whose
 * templates ROOT cuts off at 0, and on the public export of TRExFitter that is called tttt-prod, if its folder is given.
 *
 * usage: node tools/golden/parity.ts [FOLDER]     (after npm run build; with ROOT, as docs/root-parity.md installs it)
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "test/golden/parity");
const scratch = mkdtempSync(join(tmpdir(), "parity-"));
const cases = join(scratch, "cases.json");
const report = join(scratch, "report.json");

function nextstat(...args: readonly string[]): void {
  const command = [join(root, "dist/cli/main.js"), "parity", ...args];
  const { status } = spawnSync(process.execPath, command, {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`nextstat parity ${args[0]} ended with ${status}`);
}

/** Workspaces with templates below 0 where fits end. */
const CUT = ["several-minima-01", "several-minima-03"];

nextstat("cases", "--include-fixtures", "--absolute-paths", "--points", "11", "--out", cases);
const list = JSON.parse(readFileSync(cases, "utf8")) as { readonly cases: object[] };
for (const name of CUT) {
  const workspace = join(root, `test/golden/workspaces/${name}.json`);
  const grid = { start: 0, stop: 5, points: 11 };
  list.cases.push({ name, mode: "pyhf-json", pyhf_json: workspace, mu_grid: grid });
}
const [, , published] = process.argv;
if (published !== undefined) {
  const combination = join(resolve(published), "combination.xml");
  const grid = { start: 1, stop: 3, points: 2 };
  const one = { name: "tttt-prod", mode: "histfactory-xml", histfactory_xml: combination };
  list.cases.push({ ...one, mu_grid: grid });
}
writeFileSync(cases, JSON.stringify(list));
nextstat("suite", "--cases", cases, "--keep-going", "--workdir", scratch, "--out", report);
mkdirSync(folder, { recursive: true });
const { cases: reports } = JSON.parse(readFileSync(report, "utf8")) as {
  readonly cases: readonly { readonly name: string; readonly run_dir: string }[];
};
for (const { name, run_dir } of reports) {
  const scan = readFileSync(join(run_dir, "root_profile_scan.json"), "utf8");
  writeFileSync(join(folder, `${basename(name)}.json`), scan);
}
rmSync(scratch, { recursive: true });
