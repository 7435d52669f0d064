/**
 * The command line on the example workspace, as a user would type it: what is in the workspace, the
 * fit as a table and as JSON in a file, significance, upper limits, the leading uncertainties. Run with
 * `npm run demo` after `npm ci`.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const command = join(root, "dist", "cli", "main.js");
const workspace = "examples/multichannel.json";
const folder = mkdtempSync(join(tmpdir(), "nextstat-demo-"));
const fitFile = join(folder, "fit.json");

nextstat("audit", workspace, "--format", "text");
nextstat("fit", workspace, "--minos", "mu", "--format", "text");
nextstat("fit", workspace, "--minos", "mu", "--format", "json", "--output", fitFile);

const lines = readFileSync(fitFile, "utf8").split("\n");
console.log(`${fitFile} has ${lines.length} lines of JSON, beginning with`);
console.log(lines.slice(0, 8).join("\n"));
console.log("  ...\n");

nextstat("significance", workspace, "--format", "text");
nextstat("upper-limit", workspace, "--expected", "--format", "text");
nextstat("ranking", workspace, "--top", "5", "--format", "text");

/** Prints the command and runs it from the top of the checkout. */
function nextstat(...args: string[]): void {
  console.log(`$ nextstat ${args.join(" ")}`);
  const { status } = spawnSync(process.execPath, [command, ...args], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) {
    console.error(`the command failed with exit code ${status}; has \`npm run build\` been run?`);
    process.exit(1);
  }
  console.log();
}
