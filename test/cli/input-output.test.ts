import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { EXAMPLE, nextstat, onTerminal, ROOT } from "./run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "nextstat-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

const text = readFileSync(`${ROOT}${EXAMPLE}`, "utf8");
const expected = nextstat(["audit", EXAMPLE]).stdout;

describe("input", () => {
  test("standard input", () => {
    expect(nextstat(["audit", "-"], { input: text }).stdout).toBe(expected);
    expect(nextstat(["audit", "--input", "-"], { input: text }).stdout).toBe(expected);
  });

  test("gzip, from a file and from standard input", () => {
    const file = join(folder, "workspace.json.gz");
    writeFileSync(file, gzipSync(text));
    expect(nextstat(["audit", file]).stdout).toBe(expected);
    expect(nextstat(["audit", "-"], { input: gzipSync(text) }).stdout).toBe(expected);
  });

  test("patches, in order", () => {
    const rename = join(folder, "rename.json");
    const again = join(folder, "again.json");
    const path = "/measurements/0/name";
    writeFileSync(rename, JSON.stringify([{ op: "replace", path, value: "first" }]));
    writeFileSync(again, JSON.stringify([{ op: "replace", path, value: "second" }]));
    const { stdout } = nextstat(["audit", EXAMPLE, "--patch", rename, "--patch", again]);
    expect(JSON.parse(stdout).measurements[0].name).toBe("second");
  });

  test.each<[string, () => string, RegExp]>([
    ["missing", () => join(folder, "none.json"), /none\.json/],
    ["a folder", () => folder, /nextstat-cli-/],
    ["empty", () => file("empty.json", ""), /empty\.json/],
    ["truncated", () => file("truncated.json", text.slice(0, 1000)), /truncated\.json, line \d+/],
    ["binary", () => file("binary.json", Buffer.from([0, 1, 2, 255])), /binary\.json/],
    ["broken gzip", () => file("broken.gz", gzipSync(text).subarray(0, 200)), /broken\.gz/],
    ["not a workspace", () => file("other.json", `{"a": 1}`), /other\.json/],
    [
      "a workspace with a misspelled modifier",
      () => file("typo.json", text.replace(`"type": "lumi"`, `"type": "lumy"`)),
      /lumy.*typo\.json.*\/channels\/0\/samples\/0\/modifiers\/1/,
    ],
  ])("%s: one line, exit code 2", (_, makeFile, message) => {
    for (const command of ["audit", "fit"]) {
      const { status, stdout, stderr } = nextstat([command, makeFile()]);
      expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
      expect(stderr).toMatch(message);
      expect(stdout).toBe("");
      expect(status).toBe(2);
    }
  });

  test("names from a file cannot reach the terminal as escape sequences", () => {
    const input = text.replaceAll(`"SR"`, `"SR\\u001b[31m"`);
    const { stdout } = nextstat(["audit", "-", "--format", "text"], { input });
    expect(stdout).toContain("SR\\u001b[31m");
    expect(stdout).not.toContain("\u001b");
  });
});

describe("output", () => {
  test("-o writes JSON, whole or not at all", () => {
    const inside = join(folder, "results");
    mkdirSync(inside);
    const out = join(inside, "audit.json");
    const { status, stdout, stderr } = nextstat(["audit", EXAMPLE, "-o", out]);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readFileSync(out, "utf8")).toBe(expected);

    expect(nextstat(["audit", join(folder, "none.json"), "-o", out]).status).toBe(2);
    expect(readFileSync(out, "utf8")).toBe(expected);
    expect(readdirSync(inside)).toEqual(["audit.json"]);
  });

  test("-o with --format text writes the table", () => {
    const out = join(folder, "audit.txt");
    nextstat(["audit", EXAMPLE, "-o", out, "--format", "text"]);
    expect(readFileSync(out, "utf8")).toMatch(/^Workspace Audit\n/);
  });

  test.skipIf(onTerminal("--version") === null)(
    "on a terminal the table says where the JSON is",
    () => {
      const table = onTerminal(`audit ${EXAMPLE}`);
      expect(table).toMatch(/^Workspace Audit\n/);
      expect(table).toMatch(/\nFor the JSON: --format json, or -o FILE\n$/);
      const out = join(folder, "terminal.json");
      expect(onTerminal(`audit ${EXAMPLE} -o ${out}`)).toContain(`\nJSON written to ${out}\n`);
      expect(readFileSync(out, "utf8")).toBe(expected);
      expect(onTerminal(`audit ${EXAMPLE} --format json`)).toBe(expected);
    },
  );

  test("-o into a folder that does not exist: one line, exit code 2", () => {
    const { status, stderr } = nextstat(["audit", EXAMPLE, "-o", join(folder, "no", "a.json")]);
    expect(stderr).toMatch(/^nextstat: [^\n]*no\/a\.json[^\n]*\n$/);
    expect(status).toBe(2);
  });

  test("-o over the input: refused, and the input is untouched", () => {
    const input = file("own.json", text);
    const { status, stderr } = nextstat(["fit", input, "-o", input]);
    expect(stderr).toMatch(/^nextstat: --output [^\n]* is the input itself[^\n]*\n$/);
    expect(status).toBe(2);
    expect(readFileSync(input, "utf8")).toBe(text);
  });
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
