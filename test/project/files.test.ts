/**
 * What must be true of the project's files themselves.
 *
 * @module
 */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const MAX_LINES = 600;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly files: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Manifest;

const INSTALLED = new Set(["node_modules", "dist", "coverage", ".git", ".peers", "__pycache__"]);
const TEXT = /\.(ts|js|json|jsonc|md|py|sh|txt|yml|yaml|toml|html|svg|css)$|(^|\/)(run|LICENSE)$/;

/** Paths of the project's text files, from the top of the checkout. */
function textFiles(folder = ""): string[] {
  return readdirSync(`${root}${folder}`, { withFileTypes: true }).flatMap((entry) => {
    if (INSTALLED.has(entry.name)) return [];
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) return textFiles(`${path}/`);
    return entry.isFile() && TEXT.test(path) ? [path] : [];
  });
}

const files = textFiles();
const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");
/** The build makes these. */
const generated = /^src\/((wasm|formats\/root)\/kernel-bytes\.ts|formats\/pyhf\/validators\.)/;

describe("source files", () => {
  test(`have at most ${MAX_LINES} lines`, () => {
    const long = files
      .filter((path) => /^(src|bench|tools|examples)\/.*\.ts$/.test(path) && !generated.test(path))
      .map((path) => ({ path, lines: read(path).split("\n").length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  test("name no path of the machine they were written on", () => {
    const checkout = root.replace(/\/$/, "").replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const machine = new RegExp(`${checkout}\\b|(^|[\\s"'\`(=:])/(home|Users)/\\w`, "m");
    const guilty = files.filter((path) => {
      if (path === "package-lock.json" || generated.test(path)) return false;
      return machine.test(read(path));
    });
    expect(guilty).toEqual([]);
  });

  test("the lock file names no place to download from", () => {
    expect(read("package-lock.json")).not.toMatch(/"resolved": "https?:/);
  });

  test("end with a line break and hold no conflict marks", () => {
    const guilty = files.filter((path) => {
      const text = read(path);
      return (text !== "" && !text.endsWith("\n")) || /^(<{7}|>{7}) /m.test(text);
    });
    expect(guilty).toEqual([]);
  });
});

describe("package.json", () => {
  const targets = Object.entries(manifest.exports).flatMap(([name, target]) =>
    (typeof target === "string" ? [target] : Object.values(target)).map((path) => [name, path]),
  );

  test.each([...targets, ...Object.entries(manifest.bin)])("%s -> %s exists", (_, path) => {
    expect(existsSync(`${root}${path}`)).toBe(true);
  });

  test("the command can be executed and says what runs it", () => {
    const command = manifest.bin.nextstat as string;
    expect(read(command).split("\n", 1)[0]).toBe("#!/usr/bin/env node");
    if (process.platform !== "win32")
      expect(statSync(`${root}${command}`).mode & 0o111).not.toBe(0);
  });

  test("publishes folders that exist", () => {
    expect(
      manifest.files.filter((path) => !path.startsWith("!") && !existsSync(`${root}${path}`)),
    ).toEqual([]);
  });

  test("every script of the project is there", () => {
    for (const script of Object.values(manifest.scripts)) {
      for (const [path] of script.matchAll(/\S+\.ts\b/g)) {
        expect(existsSync(`${root}${path}`), path).toBe(true);
      }
    }
  });
});

describe("documents", () => {
  test("the README has both commands", () => {
    const readme = read("README.md");
    expect(readme).toContain("npm ci && npm run demo");
    expect(readme).toContain("npm ci && npm test");
  });

  test.each(["README.md", "CHANGELOG.md", ...files.filter((path) => /^docs\/.*\.md$/.test(path))])(
    "links of %s lead somewhere",
    (document) => {
      const folder = document.replace(/[^/]*$/, "");
      const dead = [...read(document).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map((match) => match[1] as string)
        .filter((target) => !existsSync(`${root}${folder}${target}`));
      expect(dead).toEqual([]);
    },
  );

  test("the licence is the one package.json names", () => {
    expect(manifest.license).toBe("Apache-2.0");
    expect(read("LICENSE")).toMatch(/Apache License\s+Version 2\.0, January 2004/);
  });

  test("the changelog knows the version", () => {
    expect(read("CHANGELOG.md")).toMatch(
      new RegExp(`^## \\[?${manifest.version.replaceAll(".", "\\.")}\\b`, "m"),
    );
  });
});
