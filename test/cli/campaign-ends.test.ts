/**
 * Campaigns that several processes begin at a time, whose terminal goes away, or whose parent dies; and inputs whose names
 * look like ways out of the folder.
 *
 * @module
 */

import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  golden,
  hasProc,
  LONG,
  newFolder,
  ok,
  planned,
  results,
  SMALL,
  start,
  startTwoTasks,
  top,
  until,
} from "./campaigns.ts";

describe("two points in a name", () => {
  test("of an input are no way out of the folder", () => {
    const input = join(top, "a..b.json");
    copyFileSync(golden("test-excess"), input);
    const command = ["hypotest-toys", input, ...SMALL.slice(2)];
    const folder = planned(2, command);
    ok("submit", folder, "--executor", "local");
    expect(ok("collect", folder)).toBe(ok(...command));
  });

  test("of a mass point neither", () => {
    const masses = join(top, "..masses");
    mkdirSync(masses);
    for (const name of ["m..1.json", "..m2.json"]) {
      copyFileSync(golden("test-excess"), join(masses, name));
    }
    const command = ["mass-scan", "--workspaces-dir", masses];
    const folder = planned(2, command);
    ok("submit", folder, "--executor", "local");
    expect(ok("collect", folder)).toBe(ok(...command));
  });
});

test("a negative zero stays what it is", () => {
  const folder = planned(1, [...SMALL.slice(0, 2), "--mu=-0", "--n-toys=20"]);
  expect(ok("status", folder)).toContain("0 of 40 units");
});

describe("several starts with one new folder", () => {
  test.each<[string, boolean]>([
    ["that is not there", false],
    ["that is empty", true],
  ])("%s are one campaign", async (_, exists) => {
    const folder = newFolder();
    if (exists) mkdirSync(folder);
    const all = Array.from({ length: 4 }, () => start(...SMALL, "--resume", folder).end);
    const direct = ok(...SMALL);
    for (const { end, output } of await Promise.all(all)) {
      expect({ end, output }).toEqual({ end: 0, output: direct });
    }
  });
});

/** Finished units of the first round. */
function nDone(folder: string): number {
  const { rounds } = JSON.parse(ok("status", folder, "--json")) as { rounds: { n_done: number }[] };
  return rounds[0]?.n_done ?? 0;
}

describe.runIf(process.platform !== "win32")("when the terminal goes away", () => {
  test("--resume keeps everything that is done", async () => {
    const folder = newFolder();
    const { child, end } = start(...LONG, "--resume", folder);
    await until(() => existsSync(join(folder, "rounds", "0.json")));
    await sleep(300);
    child.kill("SIGHUP");
    expect((await end).end).toBe(130);
    expect(nDone(folder)).toBeGreaterThan(0);
  });
});

describe.runIf(hasProc)("when the parent dies", () => {
  test("its tasks keep what is done and end", async () => {
    const folder = planned(2, LONG);
    const { child, end, children } = await startTwoTasks(folder);
    child.kill("SIGKILL");
    await end;
    await until(() => children.every(isGone), 20);
    expect(results(folder).length).toBeGreaterThan(0);
    expect(nDone(folder)).toBeGreaterThan(0);
    expect(nDone(folder)).toBeLessThan(1600);
  });
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
