/**
 * What commands on campaigns refuse: one line each.
 *
 * @module
 */

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { golden, newFolder, ok, planned, rewrite, SMALL, top } from "./campaigns.ts";
import { EXAMPLE, nextstat, ROOT } from "./run-cli.ts";

describe("one clear error", () => {
  let folder: string;
  let done: string;
  beforeAll(() => {
    folder = planned(2);
    done = planned(1);
    ok("run-task", done, "0");
  });

  /** A configuration with this text. */
  function config(text: string): string {
    const path = join(top, "bad.yaml");
    writeFileSync(path, text);
    return path;
  }
  /** A copy of the campaign after a change. */
  function changed(change: (copy: string) => void): string {
    const copy = newFolder();
    cpSync(folder, copy, { recursive: true });
    change(copy);
    return copy;
  }
  const good = `command: hypotest-toys\ninput: ${golden("test-excess")}\n`;

  test("a plan whose command only helps", () => {
    const copy = changed((folder) => withArguments(folder, "--help"));
    const { status, stderr } = nextstat(["collect", copy]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^nextstat: the plan is damaged: its command computes nothing — /);
  });

  test.each<[string, () => readonly string[], RegExp]>([
    [
      "no folder",
      () => ["plan", "--", ...SMALL],
      /required option '-o, --output <DIR>' not specified — see nextstat plan/,
    ],
    [
      "a folder that is not empty",
      () => ["plan", "-o", folder, "--", ...SMALL],
      /the folder is not empty/,
    ],
    [
      "both splits",
      () => ["plan", "-o", "new", "--tasks=2", "--task-size=3", "--", ...SMALL],
      /both --tasks and --task-size/,
    ],
    [
      "no tasks",
      () => ["plan", "-o", "new", "--tasks=0", "--", ...SMALL],
      /Expected a whole number from 1 on/,
    ],
    [
      "a command that is none",
      () => ["plan", "-o", "new", "--", "hypotest-toy", "x"],
      /"hypotest-toy" is no command that can be a campaign/,
    ],
    [
      "a command without bulk",
      () => ["plan", "-o", "new", "--", "fit", EXAMPLE],
      /"fit" is no command that can be a campaign/,
    ],
    [
      "a procedure without bulk",
      () => ["plan", "-o", "new", "--", "hypotest", EXAMPLE, "--mu=1"],
      /hypotest has no part here that is worth spreading/,
    ],
    [
      "an output option",
      () => ["plan", "-o", "new", "--", ...SMALL, "-o", "x.json"],
      /--output has no effect in a campaign/,
    ],
    [
      "threads",
      () => ["plan", "-o", "new", "--", ...SMALL, "--threads=2"],
      /--threads has no effect in a campaign/,
    ],
    [
      "a missing option",
      () => ["plan", "-o", "new", "--", "hypotest-toys", EXAMPLE],
      /required option '--mu <M>' not specified — see nextstat hypotest-toys --help/,
    ],
    [
      "an input that is not there",
      () => ["plan", "-o", "new", "--", "hypotest-toys", "nowhere.json", "--mu=1"],
      /there is no such file — nowhere.json/,
    ],
    [
      "a configuration that is not there",
      () => ["plan", "-o", "new", "nowhere.yaml"],
      /there is no such file — nowhere.yaml/,
    ],
    [
      "no YAML",
      () => ["plan", "-o", "new", config("command: [")],
      /this is no YAML: .* line 1, column/,
    ],
    [
      "an empty configuration",
      () => ["plan", "-o", "new", config("")],
      /the configuration is empty or no list of keys/,
    ],
    [
      "an unknown key",
      () => ["plan", "-o", "new", config(`${good}option: {mu: 1}`)],
      /unknown key "option" — .*line 3, column 1 — did you mean "options"\?/,
    ],
    [
      "an unknown option",
      () => ["plan", "-o", "new", config(`${good}options:\n  mu: 1\n  n-toy: 3\n`)],
      /unknown key "n-toy" — .*line 5, column 3 — did you mean "n-toys"\?/,
    ],
    [
      "an option without a value",
      () => ["plan", "-o", "new", config(`${good}options:\n  mu:\n`)],
      /the option "mu" has no value that an option can have — .*line 4/,
    ],
    [
      "a key twice",
      () => ["plan", "-o", "new", config(`${good}input: x\n`)],
      /this is no YAML: Map keys must be unique/,
    ],
    [
      "an unknown command in a configuration",
      () => ["plan", "-o", "new", config("command: fit\n")],
      /"fit" is no command that can be a campaign — .*line 1, column 10/,
    ],
    ["no command", () => ["plan", "-o", "new", config("input: x\n")], /there is no command/],
    [
      "tasks that are no number",
      () => ["plan", "-o", "new", config(`${good}tasks: many\n`)],
      /"tasks" is no whole number from 1 on/,
    ],
    [
      "a value that the option refuses",
      () => ["plan", "-o", "new", config(`${good}options: {mu: 0x1}\n`)],
      /Not a number: "0x1"/,
    ],
    ["no campaign", () => ["status", ROOT], /there is no such file — .*plan.json/],
    ["no executor", () => ["submit", folder], /required option '--executor <E>' not specified/],
    [
      "an unknown executor",
      () => ["submit", folder, "--executor=pbs"],
      /'pbs' is invalid\. Allowed choices are local, slurm, htcondor/,
    ],
    [
      "a time that is none",
      () => ["submit", folder, "--executor=slurm", "--time=1 hour"],
      /Expected a time like/,
    ],
    [
      "a size that is none",
      () => ["submit", folder, "--executor=slurm", "--mem=lots"],
      /Expected a size like/,
    ],
    [
      "batch options here",
      () => ["submit", folder, "--executor=local", "--mem=2G"],
      /--mem has no effect with --executor local/,
    ],
    [
      "two lines as one",
      () => ["submit", folder, "--executor=slurm", "--sub-opts=a\nb"],
      /Expected one line/,
    ],
    [
      "a task that is not there",
      () => ["run-task", folder, "2"],
      /there is no task 2 — round 0 has 2 tasks, from 0 on/,
    ],
    [
      "a round that is not there",
      () => ["run-task", done, "0", "--round=1"],
      /the campaign has no round 1/,
    ],
    [
      "a round too early",
      () => ["run-task", folder, "0", "--round=1"],
      /the campaign is not finished: all of 120 units/,
    ],
    ["a share that is none", () => ["collect", done, "--verify=200%"], /Expected a share/],
    ["no workflow engine", () => ["export", "airflow", folder], /unknown command "export airflow"/],
    [
      "an input that was changed",
      () => [
        "collect",
        changed((copy) => writeFileSync(join(copy, "inputs/test-excess.json"), "{}")),
      ],
      /an input is not what it was/,
    ],
    [
      "a plan whose command writes",
      () => ["collect", changed((copy) => withArguments(copy, "--mu=1", "--output=x"))],
      /the plan is damaged: its command writes files/,
    ],
    [
      "a plan with another command line",
      () => [
        "collect",
        changed((copy) => withArguments(copy, "--mu=1", "--n-toys=60", "--seed=4")),
      ],
      /another campaign: --seed is 3 there, 4 here/,
    ],
    [
      "a plan of another version",
      () => [
        "collect",
        changed((copy) => rewrite(copy, { plan: { versions: { nextstat: "9.9.9", node: "26" } } })),
      ],
      /the campaign is of nextstat 9\.9\.9/,
    ],
    [
      "a plan whose arguments were changed",
      () => [
        "collect",
        changed((copy) => {
          const path = join(copy, "plan.json");
          const text = readFileSync(path, "utf8");
          writeFileSync(path, text.replace('"--n-toys=60"', '"--n-toys=70"'));
        }),
      ],
      /the plan is damaged: it is not what was written/,
    ],
    [
      "a results folder that is a file",
      () => ["status", changed((copy) => writeFileSync(join(copy, "results"), ""))],
      /this is no folder that can be read — .*results/,
    ],
    [
      "a command with arguments",
      () => ["plan", "-o", "new", config("command: hypotest-toys --mu=1 x.json\n")],
      /"hypotest-toys --mu=1 x.json" is no command .*give its name alone/,
    ],
    [
      "a command with an operand",
      () => ["plan", "-o", "new", config("command: hypotest-toys x.json\n")],
      /give its name alone: arguments go to input and options/,
    ],
    [
      "a folder of its own",
      () => ["plan", "-o", "new", "--", ...SMALL, "--resume", "x"],
      /--resume has no effect in a campaign — leave it out/,
    ],
    [
      "the result in place of an input",
      () => ["collect", done, "-o", join(done, "inputs/test-excess.json")],
      /is the input itself/,
    ],
  ])("%s", (_, args, message) => {
    const { status, stdout, stderr } = nextstat(args());
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
  });

  /** Other options on the command line of a campaign. */
  function withArguments(copy: string, ...options: readonly string[]): void {
    const argv = ["hypotest-toys", ...options, "inputs/test-excess.json"];
    rewrite(copy, { plan: { argv } });
  }
});
