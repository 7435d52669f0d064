/**
 * Every bad input through the command line, as a user meets it: a process of its own, one line on stderr, exit code 2.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ROOT } from "../cli/run-cli.ts";
import { validText } from "./base.ts";
import { type BadInput, badInputs } from "./cases.ts";

// Each case is a process.
vi.setConfig({ maxConcurrency: 2 });

const COMMANDS = ["audit", "fit"] as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bad-inputs-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly status: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function nextstat(args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const command = join(ROOT, "dist", "cli", "main.js");
    execFile(process.execPath, [command, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? null), stdout, stderr });
    });
  });
}

/** Writes the case's files into a folder of their own. */
function argumentsOf(bad: BadInput, index: number): string[] {
  const own = join(folder, String(index));
  mkdirSync(own);
  const input = join(own, bad.path ?? "input.json");
  if (bad.path === "directory") mkdirSync(input);
  if (bad.path === undefined) writeFileSync(input, bad.text?.() ?? validText());
  const patches = (bad.patches ?? []).flatMap((patch, i) => {
    const file = join(own, `patch-${i}.json`);
    writeFileSync(file, patch());
    return ["--patch", file];
  });
  return [COMMANDS[index % COMMANDS.length] as string, input, ...patches, ...(bad.args ?? [])];
}

async function check(bad: BadInput): Promise<void> {
  const index = badInputs.indexOf(bad);
  const { status, stdout, stderr } = await nextstat(argumentsOf(bad, index));
  rmSync(join(folder, String(index)), { recursive: true, force: true });
  expect(stderr).toMatch(bad.expect);
  expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
  expect(stderr).not.toMatch(/ at .*\.js:\d+|internal error/);
  expect(stderr.length).toBeLessThan(1500);
  if (bad.line !== undefined) expect(stderr).toContain(`line ${bad.line},`);
  expect(stdout).toBe("");
  expect(status).toBe(2);
}

describe("bad inputs on the command line", () => {
  test.each(badInputs.filter((bad) => bad.slow === true))("$name", check);
  test.concurrent.each(badInputs.filter((bad) => bad.slow !== true))("$name", check);
});

test("the workspace they break is good", async () => {
  const file = join(folder, "valid.json");
  writeFileSync(file, validText());
  for (const command of COMMANDS) {
    const { status, stdout, stderr } = await nextstat([command, file]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toBeTypeOf("object");
  }
});
