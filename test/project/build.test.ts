/**
 * What must be true of the built files: fresh, reproducible, and free of Node where they must run in browsers.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { buildKernels } from "../../tools/build-kernel.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * What `entry` imports, directly or not, that is no file of the project; and how many files are.
 *
 * @param packages whether packages count as outside, or are looked into
 */
async function reach(
  entry: string,
  packages: "external" | "bundle" = "external",
): Promise<{ nFiles: number; outside: string[] }> {
  const { metafile } = await build({
    entryPoints: [`${root}${entry}`],
    bundle: true,
    // As a page's bundler does: packages say in their "browser" field what they do without there, and no Node module is found.
    platform: packages === "bundle" ? "browser" : "node",
    format: "esm",
    packages,
    write: false,
    metafile: true,
    outdir: root,
    logLevel: "silent",
  });
  const inputs = Object.values(metafile.inputs);
  const outside = inputs.flatMap(({ imports }) => imports.filter((i) => i.external));
  return { nFiles: inputs.length, outside: [...new Set(outside.map(({ path }) => path))].sort() };
}

/** `@noble/hashes` for `@noble/hashes/sha2.js`. */
function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

test.each(["src/index.ts", "dist/index.js"])(
  "%s reaches no Node module, and packages that reach none either",
  async (path) => {
    const { nFiles, outside } = await reach(path);
    expect(nFiles).toBeGreaterThan(20);
    expect([...new Set(outside.map(packageOf))]).toEqual([
      "@noble/hashes",
      "fzstd",
      "hyparquet-writer",
      "saxes",
      "xz-decompress",
    ]);
    expect((await reach(path, "bundle")).outside).toEqual([]);
  },
);

test("the command line needs Node and the declared packages only", async () => {
  const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    dependencies: Readonly<Record<string, string>>;
  };
  const { outside } = await reach("dist/cli/main.js");
  const undeclared = outside.filter(
    (name) =>
      !builtinModules.includes(name.replace(/^node:/, "")) &&
      !Object.hasOwn(dependencies, packageOf(name)),
  );
  expect(undeclared).toEqual([]);
});

test("the bytes of the kernels come from their sources", async () => {
  const folder = mkdtempSync(`${tmpdir()}/kernel-`);
  try {
    mkdirSync(`${folder}/src`);
    await buildKernels(folder);
    for (const path of ["src/wasm/kernel-bytes.ts", "src/formats/root/kernel-bytes.ts"]) {
      const fresh = readFileSync(`${folder}/${path}`, "utf8");
      const used = readFileSync(`${root}${path}`, "utf8");
      expect(fresh === used, `${path} is stale: run npm run build`).toBe(true);
    }
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
    .filter((line) => /would build project .*tsconfig\.(core|edge)\.json/.test(line));
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
