/**
 * The whole build: kernel, validators, declarations and JavaScript. Run by `npm ci` through the `prepare` script.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildKernels } from "./build-kernel.ts";
import { buildValidators } from "./build-validators.ts";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
process.chdir(root);

await buildKernels(root);
await buildValidators();
const tsc = spawnSync(
  process.execPath,
  [`${root}/node_modules/typescript/bin/tsc`, "-b", "tsconfig.edge.json"],
  {
    stdio: "inherit",
  },
);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
chmodSync(`${root}/dist/cli/main.js`, 0o755);

// npm links the commands of dependencies, not the package's own: this is what makes `npx nextstat` work in the checkout.
const link = `${root}/node_modules/.bin/nextstat`;
mkdirSync(`${root}/node_modules/.bin`, { recursive: true });
rmSync(link, { force: true });
symlinkSync("../../dist/cli/main.js", link);
