import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NextstatError } from "../../src/errors.ts";
import { readDocument, readWorkspace } from "../../src/formats/index.ts";
import { resolveModel } from "../../src/model/resolve.ts";
import { readInput } from "../../src/node/read-input.ts";
import { type BadInput, validText } from "./base.ts";
import { badInputs } from "./cases.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bad-inputs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that reading the case's files and compiling its model would do. */
function run(bad: BadInput): void {
  const text = contentOf(bad);
  const patches = (bad.patches ?? []).map((patch, i) => ({ text: patch(), file: `p${i}.json` }));
  const { workspace } = readDocument(text, { file: "input.json", patches });
  resolveModel(workspace, optionsOf(bad.args ?? []));
}

function contentOf(bad: BadInput): string {
  const content = bad.text?.() ?? (bad.path === undefined ? validText() : "");
  if (typeof content === "string" && bad.path === undefined) return content;
  const path = join(folder, bad.path ?? "input");
  if (bad.path === "directory") mkdirSync(path, { recursive: true });
  if (bad.path === undefined) writeFileSync(path, content);
  return readInput(path).text;
}

function optionsOf(args: readonly string[]): { measurement?: string; poi?: string } {
  const options: Record<string, string> = {};
  for (let i = 0; i < args.length; i += 2) {
    options[(args[i] as string).slice(2)] = args[i + 1] as string;
  }
  return options;
}

function errorOf(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("bad inputs", () => {
  test("there are enough of them, and their names are unique", () => {
    expect(badInputs.length).toBeGreaterThanOrEqual(100);
    expect(new Set(badInputs.map((bad) => bad.name)).size).toBe(badInputs.length);
  });

  test("the workspace they break is valid", () => {
    const { workspace, warnings } = readWorkspace(validText());
    expect(warnings).toEqual([]);
    expect(resolveModel(workspace).poi).not.toBeNull();
  });

  test.each(badInputs)("$name", { timeout: 60_000 }, (bad) => {
    const error = errorOf(() => run(bad));
    expect(error).toBeInstanceOf(NextstatError);
    const { message, location, kind } = error as NextstatError;
    expect(message).toMatch(bad.expect);
    expect(["input", "usage"]).toContain(kind);
    expect(message.length).toBeLessThan(1000);
    expect(message).not.toMatch(/[\n\r]/);
    if (bad.pointer !== undefined) expect(location.pointer).toBe(bad.pointer);
    if (bad.line !== undefined) expect(location.line).toBe(bad.line);
  });
});
