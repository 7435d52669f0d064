/**
 * Records ROOT's side of the comparison on the models of parity/fixtures, for tests without ROOT.
 *
 * usage: node tools/golden/parity.ts     (after npm run build; with ROOT, as docs/root-parity.md installs it)
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
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

nextstat("cases", "--include-fixtures", "--points", "11", "--out", cases);
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
