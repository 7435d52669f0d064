/**
 * The whole build: kernel, validators, declarations and JavaScript. Run by `npm ci` through the `prepare` script.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildKernel } from "./build-kernel.ts";
import { buildValidators } from "./build-validators.ts";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
process.chdir(root);

await buildKernel(root);
await buildValidators();
const tsc = spawnSync(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, "-b"], {
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
chmodSync(`${root}/dist/cli/main.js`, 0o755);
