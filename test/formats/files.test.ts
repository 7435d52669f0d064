import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readInput, writeOutput } from "../../src/node/read-input.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("readInput", () => {
  test("reads text and gzip alike", () => {
    const path = join(folder, "a.json");
    writeFileSync(path, '{"µ": 1}');
    expect(readInput(path)).toEqual({ text: '{"µ": 1}', file: path });
    writeFileSync(path, gzipSync('{"µ": 2}'));
    expect(readInput(path).text).toBe('{"µ": 2}');
    writeFileSync(path, "");
    expect(readInput(path).text).toBe("");
  });

  test("reads more than one chunk", () => {
    const path = join(folder, "a.txt");
    const text = "0123456789".repeat(300_000);
    writeFileSync(path, text);
    expect(readInput(path).text).toBe(text);
  });

  test("limits the size before and after decompression", () => {
    const path = join(folder, "a.json");
    writeFileSync(path, "x".repeat(2048));
    expect(() => readInput(path, { maxBytes: 1024 })).toThrow(
      `the input is too large (0.00195 MiB, limit 0.000977 MiB) — ${path} — split or prune the workspace`,
    );
    writeFileSync(path, gzipSync("x".repeat(2048)));
    expect(() => readInput(path, { maxBytes: 1024 })).toThrow(/too large \(limit/);
  });

  test.skipIf(!existsSync("/dev/zero"))("stops reading a device that never ends", () => {
    expect(() => readInput("/dev/zero", { maxBytes: 5_000_000 })).toThrow(/too large/);
  });

  test("reads standard input, gzip too", () => {
    const url = new URL("../../src/node/read-input.ts", import.meta.url);
    const script = `const { readInput } = await import(${JSON.stringify(url.href)});
      const { text, file } = readInput("-"); process.stdout.write(file + text);`;
    for (const input of ['{"a": 1}', gzipSync('{"a": 1}')]) {
      const result = spawnSync(process.execPath, ["--input-type=module", "-e", script], { input });
      expect(result.stdout.toString()).toBe('-{"a": 1}');
    }
  });

  test.skipIf(process.getuid?.() === 0)("says that permission is missing", () => {
    const path = join(folder, "a.json");
    writeFileSync(path, "{}");
    chmodSync(path, 0);
    expect(() => readInput(path)).toThrow(/no permission to read the file/);
  });
});

describe("writeOutput", () => {
  test("creates and replaces, and leaves nothing else behind", () => {
    const path = join(folder, "out.json");
    writeOutput(path, "one");
    chmodSync(path, 0o600);
    writeOutput(path, "two");
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["out.json"]);
  });

  test("follows a symbolic link", () => {
    const target = join(folder, "target.json");
    const link = join(folder, "link.json");
    writeFileSync(target, "old");
    symlinkSync(target, link);
    writeOutput(link, "new");
    expect(readFileSync(target, "utf8")).toBe("new");
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  test.skipIf(!existsSync("/dev/null"))("writes to a device", () => {
    writeOutput("/dev/null", "x");
    expect(statSync("/dev/null").isFile()).toBe(false);
  });

  test("says why it cannot write", () => {
    expect(() => writeOutput(join(folder, "no/out.json"), "x")).toThrow(
      /the folder to write to does not exist — .*out\.json — choose another output file/,
    );
    mkdirSync(join(folder, "dir"));
    expect(() => writeOutput(join(folder, "dir"), "x")).toThrow(/this is a directory, not a file/);
    writeFileSync(join(folder, "file"), "");
    expect(() => writeOutput(join(folder, "file/out.json"), "x")).toThrow(/is not a folder/);
    expect(readdirSync(folder).sort()).toEqual(["dir", "file"]);
  });
});
