/**
 * Campaigns on the command line: the bytes of the direct command, in whatever parts, and after whatever happened.
 *
 * @module
 */

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import {
  childrenOf,
  golden,
  hasProc,
  LONG,
  newFolder,
  ok,
  planned,
  results,
  rewrite,
  SMALL,
  start,
  startTwoTasks,
  top,
  until,
} from "./campaigns.ts";
import { EXAMPLE, nextstat } from "./run-cli.ts";

describe("the result of a campaign", () => {
  let direct: string;
  beforeAll(() => {
    direct = ok(...SMALL);
  });

  test.each([
    [1, "1"],
    [13, "2"],
    [6, "7"],
  ])("in %d tasks is that of the command with %s threads", (tasks, threads) => {
    const folder = planned(tasks);
    expect(ok(...SMALL, "--threads", threads)).toBe(direct);
    expect(ok("submit", folder, "--executor", "local")).toBe(
      `nothing is missing: nextstat collect ${folder} gives the result\n`,
    );
    expect(results(folder)).toHaveLength(tasks === 13 ? 12 : tasks);
    expect(ok("collect", folder, "--threads", threads, "--verify", "5%")).toBe(direct);
  });

  test("does not depend on who runs which task, how often and in which order", () => {
    const folder = planned(7);
    for (const group of [["6", "2"], ["0"], ["2", "3", "4"], ["5", "1", "0"]]) {
      ok("run-task", folder, ...group);
    }
    expect(results(folder)).toHaveLength(7);
    expect(ok("collect", folder)).toBe(direct);
  });

  test("goes where the options of the output say", () => {
    const folder = planned(2);
    ok("run-task", folder, "0", "1", "--threads", "2");
    const file = join(top, "collected.json");
    const metrics = join(top, "metrics.json");
    ok("collect", folder, "-o", file, "--json-metrics", metrics, "--bundle", join(top, "bundle"));
    expect(readFileSync(file, "utf8")).toBe(direct);
    expect(JSON.parse(readFileSync(metrics, "utf8"))).toMatchObject({ command: "hypotest-toys" });
    expect(ok("rerun", join(top, "bundle"))).toContain("identical");
    expect(ok("collect", folder, "--format", "text")).toBe(ok(...SMALL, "--format", "text"));
    const strict = nextstat(["collect", folder, "--strict"]);
    expect(strict.status).toBe(nextstat([...SMALL, "--strict"]).status);
  });

  test("of a part is that of an interrupted command", () => {
    const folder = planned(4);
    ok("run-task", folder, "1");
    const whole = nextstat(["collect", folder]);
    expect(whole).toMatchObject({ status: 2, stdout: "" });
    expect(whole.stderr).toBe(
      "nextstat: the campaign is not finished: 90 of 120 units of round 0 (fitting toys) are missing (0-29, 60-119) — submit again, which computes what is missing, or collect with --partial\n",
    );
    const { status, stdout } = nextstat(["collect", folder, "--partial"]);
    expect(status).toBe(130);
    const record = JSON.parse(stdout) as { partial: boolean; n_toys: { b: number; sb: number } };
    expect(record.partial).toBe(true);
    expect(record.n_toys.b + record.n_toys.sb).toBe(30);
    expect(ok("status", folder)).toMatch(/^round 0: fitting toys, 30 of 120 units, 1 of 4 tasks/m);
    expect(JSON.parse(ok("status", folder, "--json"))).toMatchObject({
      command: "hypotest-toys",
      known_rounds_done: false,
      rounds: [{ round: 0, n_done: 30, n_units: 120, n_tasks: 4, n_tasks_done: 1 }],
      damaged: [],
      jobs: [],
    });
  });

  test("of a scan over mass points is that of the command, errors included", () => {
    const masses = join(top, "masses");
    mkdirSync(masses);
    for (const m of ["m100", "m200", "m900"])
      copyFileSync(golden("test-excess"), join(masses, `${m}.json`));
    writeFileSync(join(masses, "m150.json"), "{");
    const command = ["mass-scan", "--workspaces-dir", masses];
    const folder = planned(3, command);
    ok("submit", folder, "--executor", "local", "--max-running", "1");
    const whole = ok(...command);
    expect(ok("collect", folder, "--verify", "1")).toBe(whole);
    const resumed = newFolder();
    expect(ok(...command, "--jobs", "2", "--resume", resumed)).toBe(whole);
    expect(ok(...command, "--resume", resumed)).toBe(whole);
  });

  test("of a ranking is that of the command", () => {
    const command = ["ranking", golden("realistic-medium"), "--top", "3"];
    const folder = newFolder();
    ok("plan", "-o", folder, "--task-size", "50", "--", ...command);
    ok("submit", folder, "--executor", "local");
    expect(ok("collect", folder)).toBe(ok(...command));
  });

  test("of a procedure whose rounds depend on those before is that of the command", () => {
    const command = ["upper-limit", golden("single-bin"), "--toys=100", "--toy-accuracy=0.03"];
    const folder = planned(2, command);
    ok("submit", folder, "--executor", "local");
    const { rounds } = JSON.parse(ok("status", folder, "--json")) as { rounds: object[] };
    expect(rounds.length).toBeGreaterThan(1);
    const whole = ok(...command);
    expect(ok("collect", folder)).toBe(whole);
    expect(ok(...command, "--resume", newFolder())).toBe(whole);
    const { status, stderr } = nextstat(["run-task", folder, "0", "--round", `${rounds.length}`]);
    expect({ status, stderr }).toMatchObject({ status: 2 });
    expect(stderr).toContain(`the campaign has no round ${rounds.length} — it has`);
  });

  test("does not depend on where the command was given, nor on the form of its options", () => {
    const config = join(top, "config");
    mkdirSync(join(config, "data"), { recursive: true });
    copyFileSync(golden("test-excess"), join(config, "data", "test-excess.json"));
    writeFileSync(
      join(config, "toys.yaml"),
      "# as in the help\ncommand: hypotest-toys\ninput: data/test-excess.json\noptions:\n  n-toys: 60\n  seed: 3\n  mu: 1.0\ntasks: 3\n",
    );
    const json = {
      command: "hypotest-toys",
      options: { input: "data/test-excess.json", mu: 1, "n-toys": 60, seed: 3 },
    };
    writeFileSync(join(config, "toys.json"), JSON.stringify(json));
    const folders = ["toys.yaml", "toys.json"].map((name) => {
      const folder = newFolder();
      ok("plan", join(config, name), "-o", folder);
      return folder;
    });
    const id = (folder: string) =>
      (JSON.parse(readFileSync(join(folder, "plan.json"), "utf8")) as { campaign: string })
        .campaign;
    expect(folders.map(id)).toEqual([id(planned(9)), id(planned(1))]);
    const [yaml = ""] = folders;
    ok("submit", yaml, "--executor", "local");
    expect(ok("collect", yaml)).toBe(direct);
  });

  test("of a folder made by --resume is the same campaign", () => {
    const folder = newFolder();
    expect(ok(...SMALL, "--resume", folder)).toBe(direct);
    expect(ok("submit", folder, "--executor", "local")).toMatch(/^nothing is missing/);
    expect(ok("collect", folder)).toBe(direct);
    expect(readdirSync(folder).sort()).toEqual(["inputs", "plan.json", "results", "rounds"]);
  });
});

describe("--resume", () => {
  test("goes on after kill -9, with nothing lost but the last seconds", async () => {
    const folder = newFolder();
    const { child, end } = start(...LONG, "--resume", folder);
    await until(() => existsSync(join(folder, "results")) && results(folder).length > 0);
    child.kill("SIGKILL");
    expect((await end).end).toBe("SIGKILL");
    const before = results(folder);
    expect(ok("status", folder)).not.toContain("known rounds are done");
    expect(ok(...LONG, "--resume", folder, "--threads", "2")).toBe(ok(...LONG, "--threads", "2"));
    expect(results(folder)).toEqual(expect.arrayContaining(before));
  });

  test("keeps everything at Ctrl-C", async () => {
    const folder = newFolder();
    const { child, end } = start(...LONG, "--resume", folder);
    await until(() => existsSync(join(folder, "rounds", "0.json")));
    await sleep(300);
    child.kill("SIGINT");
    const { end: code, output } = await end;
    expect(code).toBe(130);
    expect(output).toContain(`what is finished is kept in ${folder}: the same command goes on`);
    const made = /"n_toys": \{\s*"b": (\d+),\s*"sb": (\d+)/.exec(output);
    const kept = JSON.parse(ok("status", folder, "--json")) as { rounds: { n_done: number }[] };
    expect(kept.rounds[0]?.n_done).toBe(Number(made?.[1]) + Number(made?.[2]));
    expect(kept.rounds[0]?.n_done).toBeGreaterThan(0);
  });

  test("computes damaged files again, and says so", () => {
    const folder = newFolder();
    const direct = ok(...SMALL, "--resume", folder);
    const [name = ""] = results(folder);
    truncateSync(join(folder, "results", name), 1000);
    expect(ok("status", folder)).toContain(`damaged: results/${name} (it ends too early)`);
    const again = nextstat([...SMALL, "--resume", folder]);
    expect(again.stdout).toBe(direct);
    expect(again.stderr).toContain("is damaged (it ends too early): its units are missing");
    expect(ok("status", folder)).not.toContain("damaged");
  });

  test("refuses the folder of another campaign, and says what is different", () => {
    const folder = planned(1);
    const other = (...args: readonly string[]): string => {
      const { status, stderr, stdout } = nextstat([...args, "--resume", folder]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      return stderr;
    };
    const [name = "", input = "", ...options] = SMALL;
    expect(other(name, input, "--mu=1", "--n-toys=60", "--seed=4")).toContain(
      "this is the folder of another campaign: --seed is 3 there, 4 here",
    );
    expect(other(name, input, ...options, "--no-search")).toContain(
      "--no-search is false there, true here",
    );
    expect(other(name, input, ...options, "--fix", "mu=0")).toContain("--fix is not given there");
    expect(other(name, golden("single-bin"), ...options)).toContain(
      "its inputs are inputs/test-excess.json",
    );
    expect(other("significance", input)).toContain("hypotest-toys there, significance here");
    const changed = join(top, "test-excess.json");
    writeFileSync(changed, `${readFileSync(golden("test-excess"), "utf8")} `);
    expect(other(name, changed, ...options)).toContain(
      "inputs/test-excess.json has another content there",
    );
  });

  test("is not in a bundle, which has folders of its own", () => {
    const [folder, bundle] = [newFolder(), newFolder()];
    ok(...SMALL, "--resume", folder, "--bundle", bundle);
    expect(ok("rerun", bundle)).toContain('"identical": true');
    const same = newFolder();
    const { stderr } = nextstat([...SMALL, "--resume", same, "--bundle", same]);
    expect(stderr).toMatch(/^nextstat: --resume .* and --bundle .* overlap — give two folders\n$/);
  });

  test("is of no use, but no error, where nothing is bulk", () => {
    const folder = newFolder();
    const command = ["hypotest", EXAMPLE, "--mu", "1"];
    expect(ok(...command, "--resume", folder)).toBe(ok(...command));
    expect(ok("status", folder)).toContain("no round is known yet");
  });
});

describe("submit --executor local", () => {
  test.runIf(hasProc)("starts a process again that was killed", async () => {
    const folder = planned(2);
    const { child, end } = start("submit", folder, "--executor", "local", "--max-running", "2");
    const [victim = 0] = await until(() => {
      const all = childrenOf(child);
      return all.length > 0 && all;
    });
    process.kill(victim, "SIGKILL");
    const { end: code, output } = await end;
    expect(code).toBe(0);
    expect(output).toMatch(/warning: the process of task \d died \(SIGKILL\): it is started again/);
    expect(ok("collect", folder)).toBe(ok(...SMALL));
  });

  test.runIf(hasProc)("keeps what is done at Ctrl-C, and leaves no process behind", async () => {
    const folder = planned(2, LONG);
    const { child, end, children } = await startTwoTasks(folder);
    child.kill("SIGINT");
    expect((await end).end).toBe(130);
    for (const pid of children) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(readdirSync(join(folder, "results")).filter((name) => name.endsWith(".tmp"))).toEqual(
      [],
    );
    const { rounds } = JSON.parse(ok("status", folder, "--json")) as {
      rounds: { n_done: number }[];
    };
    expect(rounds[0]?.n_done).toBeGreaterThan(0);
    expect(rounds[0]?.n_done).toBeLessThan(1600);
  });

  test("says what would be run", () => {
    const folder = planned(2);
    expect(ok("submit", folder, "--executor", "local", "--dry-run")).toBe(
      `nextstat run-task ${folder} --round 0 0\nnextstat run-task ${folder} --round 0 1\n`,
    );
  });

  test("ends with the error of a task that fails", () => {
    const folder = planned(2);
    ok("run-task", folder, "0");
    // A round that is another one is an error of every task.
    rewrite(folder, { round: { batch: "0".repeat(64) } });
    const { status, stderr } = nextstat(["submit", folder, "--executor", "local"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^nextstat: round 0 is not the one that was begun — [^\n]+\n$/);
  });
});

describe("results of other versions", () => {
  test("are refused, unless mixing is allowed", () => {
    const folder = planned(2);
    ok("run-task", folder, "0", "1");
    const [name = ""] = results(folder);
    const path = join(folder, "results", name);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(/"node":"\d+/, '"node":"1'));
    const { status, stderr } = nextstat(["collect", folder]);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /these results were made with another version or kind of machine \(nextstat [\d.]+, Node 1\./,
    );
    expect(ok("collect", folder, "--allow-mixed")).toBe(ok(...SMALL));
  });
});

test("the help of every command has examples and at most 100 columns", () => {
  for (const args of [
    ["plan"],
    ["submit"],
    ["status"],
    ["collect"],
    ["cancel"],
    ["run-task"],
    ["export", "snakemake"],
  ]) {
    const help = ok(...args, "--help");
    expect(help).toMatch(/^Examples?:$/m);
    expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  }
});
