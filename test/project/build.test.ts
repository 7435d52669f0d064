/**
 * What must be true of the built files: fresh, reproducible, and free of Node where they must run in browsers.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { buildKernel } from "../../tools/build-kernel.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const IMPORTS = /(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']/g;

/** Every module that `entry` reaches, and the imports that are not files. */
function reach(entry: URL): { files: Set<string>; outside: Set<string> } {
  const files = new Set<string>();
  const outside = new Set<string>();
  const pending = [entry];
  for (let url = pending.pop(); url !== undefined; url = pending.pop()) {
    if (files.has(url.href)) continue;
    files.add(url.href);
    const code = readFileSync(url, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    for (const [, target = ""] of code.matchAll(IMPORTS)) {
      if (target.startsWith(".")) pending.push(new URL(target, url));
      else outside.add(target);
    }
  }
  return { files, outside };
}

test.each(["src/index.ts", "dist/index.js"])("%s reaches no Node module and no package", (path) => {
  const { files, outside } = reach(new URL(`../../${path}`, import.meta.url));
  expect(files.size).toBeGreaterThan(20);
  expect([...outside]).toEqual([]);
});

test("the command line needs Node and the declared packages only", () => {
  const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    dependencies: Readonly<Record<string, string>>;
  };
  const { outside } = reach(new URL("../../dist/cli/main.js", import.meta.url));
  const undeclared = [...outside].filter(
    (name) =>
      !builtinModules.includes(name.replace(/^node:/, "")) && !Object.hasOwn(dependencies, name),
  );
  expect(undeclared).toEqual([]);
});

test("the kernel's bytes come from its source", async () => {
  const folder = mkdtempSync(`${tmpdir()}/kernel-`);
  try {
    mkdirSync(`${folder}/src`);
    await buildKernel(folder);
    const fresh = readFileSync(`${folder}/src/wasm/kernel-bytes.ts`, "utf8");
    const used = readFileSync(`${root}src/wasm/kernel-bytes.ts`, "utf8");
    expect(fresh === used, "src/wasm/kernel-bytes.ts is stale: run npm run build").toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the built files are those of the source", () => {
  const command = `${root}node_modules/typescript/bin/tsc`;
  const output = execFileSync(process.execPath, [command, "-b", "--dry"], {
    cwd: root,
    encoding: "utf8",
  });
  const stale = output
    .split("\n")
    .filter((line) => /tsconfig\.(core|edge)\.json/.test(line) && !/up to date/.test(line));
  expect(stale, "run npm run build").toEqual([]);
});

test("the command prints the version of package.json", () => {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    version: string;
  };
  const output = execFileSync(process.execPath, [`${root}dist/cli/main.js`, "--version"], {
    encoding: "utf8",
  });
  expect(output).toBe(`${version}\n`);
});
