/**
 * Campaigns given to batch systems whose commands are stubs: what is asked of them, and what their answers mean.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newFolder, ok, planned, results, SMALL, startWith, top, until } from "./campaigns.ts";
import { type CliResult, nextstat } from "./run-cli.ts";
import { type StubBatch, stubBatch } from "./stub-batch.ts";

let nStubs = 0;
function stubs(): StubBatch & { run(...args: readonly string[]): CliResult } {
  nStubs++;
  const stub = stubBatch(join(top, `stubs-${nStubs}`));
  return { ...stub, run: (...args) => nextstat(args, { env: stub.env }) };
}

const read = (folder: string, file: string): string => readFileSync(join(folder, file), "utf8");

/** Runs the script as Slurm runs an element of the array. */
function runElement(folder: string, element: number) {
  const env = { ...process.env, SLURM_ARRAY_TASK_ID: String(element) };
  return spawnSync("sh", ["batch/slurm-1-0.sh"], { cwd: folder, env });
}

describe("submit --executor slurm", () => {
  test("submits only what is missing, in arrays that are not too large", () => {
    const stub = stubs();
    const folder = planned(6);
    ok("run-task", folder, "1", "3");
    const { status, stdout, stderr } = stub.run("submit", folder, "--executor", "slurm");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toBe("slurm job 17: 4 tasks of round 0 (fitting toys)\n");
    expect(read(folder, "batch/slurm-1-0.tasks")).toBe("0\n2\n4\n5\n");
    expect(stub.calls()).toEqual([
      `${process.cwd()} scontrol show config`,
      `${folder} sbatch --parsable batch/slurm-1-0.sh`,
    ]);
    expect(JSON.parse(read(folder, "jobs.jsonl"))).toMatchObject({
      executor: "slurm",
      job: "17",
      round: 0,
      tasks: 4,
    });
    // Its log would have no place otherwise.
    expect(existsSync(join(folder, "log"))).toBe(true);
  });

  test("splits at the size of arrays, and packs", () => {
    const stub = stubs();
    const folder = planned(12);
    stub.run("submit", folder, "--executor=slurm");
    expect(readdirSync(join(folder, "batch")).filter((name) => name.endsWith(".sh"))).toEqual([
      "slurm-1-0.sh",
      "slurm-1-1.sh",
      "slurm-1-2.sh",
    ]);
    const packed = stub.run("submit", folder, "--executor=slurm", "--pack=5", "--dry-run");
    expect(packed.stdout).toContain("# batch/slurm-2-0.tasks\n0 1 2 3 4\n5 6 7 8 9\n10 11\n");
    expect(packed.stdout).toContain("$ sbatch --parsable batch/slurm-2-0.sh\n");
  });

  test("with --dry-run writes and submits nothing", () => {
    const stub = stubs();
    const folder = planned(2);
    const before = readdirSync(folder);
    const { stdout } = stub.run("submit", folder, "--executor=slurm", "--dry-run", "--time=2h");
    expect(stdout).toContain("#SBATCH --time=02:00:00\n");
    expect(readdirSync(folder)).toEqual(before);
    expect(stub.calls().filter((call) => call.includes("sbatch"))).toEqual([]);
  });

  test("the script does the work of its element", () => {
    const stub = stubs();
    const folder = planned(3);
    stub.run("submit", folder, "--executor=slurm", "--pack=2");
    const { status } = runElement(folder, 0);
    expect(status).toBe(0);
    expect(results(folder)).toHaveLength(2);
    expect(runElement(folder, 1).status).toBe(0);
    expect(ok("collect", folder)).toBe(ok(...SMALL));
  });

  test("does not submit what is in the queue", () => {
    const stub = stubs();
    const folder = planned(3);
    stub.run("submit", folder, "--executor=slurm");
    stub.answer("squeue", "17 RUNNING\n17 PENDING\n17 PENDING\n99 RUNNING\n");
    expect(ok("status", folder)).toContain("slurm: cannot be asked here");
    expect(stub.run("status", folder).stdout).toContain("slurm: 1 running, 2 pending\n");
    const { status, stderr } = stub.run("submit", folder, "--executor=slurm");
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /jobs of this campaign are not over yet \(1 running, 2 pending\) — .*nextstat cancel/,
    );
    stub.answer("squeue", "99 RUNNING\n");
    expect(stub.run("submit", folder, "--executor=slurm").status).toBe(0);
  });

  test.each<[string, (stub: StubBatch) => void, RegExp]>([
    [
      "fails",
      (stub) => stub.answer("squeue", "slurm_load_jobs error: Socket timed out\n", 1),
      /which cannot be asked \(slurm 17\): squeue failed: slurm_load_jobs error: Socket timed out — /,
    ],
    // More than spawnSync takes by default.
    [
      "says a lot",
      (stub) => stub.answer("squeue", "17 PENDING\n".repeat(150_000)),
      /are not over yet \(150000 pending\)/,
    ],
  ])("does not submit when squeue %s", (_, change, message) => {
    const stub = stubs();
    const folder = planned(3);
    stub.run("submit", folder, "--executor=slurm");
    change(stub);
    for (const executor of ["slurm", "htcondor", "local"]) {
      const { status, stdout, stderr } = stub.run("submit", folder, `--executor=${executor}`);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(message);
    }
    expect(stub.calls().filter((call) => /sbatch|condor_submit/.test(call))).toHaveLength(1);
    const forced = stub.run("submit", folder, "--executor=htcondor", "--ignore-jobs");
    expect(forced.stdout).toMatch(/^htcondor job 23: 3 tasks/);
  });

  test("takes a job that Slurm has forgotten for one that is over", () => {
    const stub = stubs();
    const folder = planned(3);
    stub.run("submit", folder, "--executor=slurm");
    stub.answer("squeue", "slurm_load_jobs error: Invalid job id specified\n", 1);
    expect(stub.run("status", folder).stdout).toContain("slurm: no jobs\n");
    expect(stub.run("submit", folder, "--executor=slurm").status).toBe(0);
  });

  test("of two at a time submits once, and explains what one that died leaves", async () => {
    const stub = stubs();
    const folder = planned(3);
    const slow = join(stub.folder, "sbatch");
    writeFileSync(slow, "#!/bin/sh\nsleep 2\necho 17\n");
    const both = await Promise.all(
      [0, 1].map(() => startWith(stub.env, "submit", folder, "--executor=slurm").end),
    );
    expect(both.map(({ end }) => end).sort()).toEqual([0, 2]);
    const refused = both.find(({ end }) => end === 2);
    expect(refused?.output).toMatch(
      /^nextstat: another nextstat submit is at work on this campaign \(process \d+ on \S+\) — .*submit\.lock — wait for it/,
    );
    expect(existsSync(join(folder, "submit.lock"))).toBe(false);
    const killed = startWith(stub.env, "submit", folder, "--executor=slurm");
    await until(() => existsSync(join(folder, "submit.lock", "owner")));
    killed.child.kill("SIGKILL");
    await killed.end;
    const { status, stderr } = stub.run("submit", folder, "--executor=local");
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /was ended in the middle of this campaign \(process \d+ on \S+\) — .*submit\.lock — delete this folder/,
    );
  });

  test("passes on why it was refused", () => {
    const stub = stubs();
    const folder = planned(3);
    stub.answer("sbatch", "sbatch: error: invalid partition specified: nowhere\n", 1);
    const refused = stub.run(
      "submit",
      folder,
      "--executor=slurm",
      "--sub-opts=--partition=nowhere",
    );
    expect(refused).toMatchObject({ status: 2, stdout: "" });
    expect(refused.stderr).toMatch(
      /^nextstat: sbatch failed: sbatch: error: invalid partition specified: nowhere — /,
    );
    expect(existsSync(join(folder, "jobs.jsonl"))).toBe(false);
    stub.answer("sbatch", "hello\n");
    expect(stub.run("submit", folder, "--executor=slurm").stderr).toMatch(
      /sbatch does not name the job: hello/,
    );
  });

  test("says that there is no Slurm", () => {
    const folder = planned(1);
    const empty = join(top, "empty");
    mkdirSync(empty, { recursive: true });
    const { status, stderr } = nextstat(["submit", folder, "--executor=slurm"], {
      env: { PATH: empty },
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^nextstat: sbatch cannot be run \(ENOENT\) — run nextstat where jobs are submitted/,
    );
  });
});

describe("submit --executor htcondor", () => {
  test("submits, shows and cancels a cluster of jobs", () => {
    const stub = stubs();
    const folder = planned(8);
    const { stdout } = stub.run(
      "submit",
      folder,
      "--executor=htcondor",
      "--sub-opts",
      '+JobFlavour = "workday"',
    );
    expect(stdout).toBe("htcondor job 23: 8 tasks of round 0 (fitting toys)\n");
    expect(read(folder, "batch/htcondor-1-0.sub")).toContain(
      '+JobFlavour = "workday"\nqueue TASKS from',
    );
    stub.answer("condor_q", "23 1\n23 2\n23 2\n23 5\n7 2\n");
    expect(stub.run("status", folder).stdout).toContain("htcondor: 1 idle, 2 running, 1 held\n");
    expect(stub.run("cancel", folder).stdout).toBe("htcondor: cancelled 23\n");
    expect(stub.calls().at(-1)).toMatch(/condor_rm 23$/);
    expect(stub.calls()).toContain(`${folder} condor_submit -terse batch/htcondor-1-0.sub`);
  });
});

test("cancel takes back the jobs of every batch system", () => {
  const stub = stubs();
  const folder = planned(2);
  expect(stub.run("cancel", folder).stdout).toBe("no jobs were submitted\n");
  stub.run("submit", folder, "--executor=slurm");
  stub.answer("sbatch", "18\n");
  stub.run("submit", folder, "--executor=slurm");
  stub.run("submit", folder, "--executor=htcondor");
  expect(stub.run("cancel", folder).stdout).toBe(
    "slurm: cancelled 17, 18\nhtcondor: cancelled 23\n",
  );
  expect(stub.calls()).toContain(`${process.cwd()} scancel 17 18`);
});

test("export snakemake writes the missing tasks", () => {
  const folder = planned(3);
  ok("run-task", folder, "1");
  const file = join(newFolder(), "..", "Snakefile");
  ok("export", "snakemake", folder, "-o", file);
  expect(readFileSync(file, "utf8")).toContain("\nTASKS = [0, 2]\n");
  expect(ok("export", "snakemake", folder)).toBe(readFileSync(file, "utf8"));
});

test("export snakemake has tasks run again whose marks are there", () => {
  const folder = planned(2);
  const marks = (): string[] =>
    [...ok("export", "snakemake", folder).matchAll(/"(batch\/snakemake\/.*\.done)"/g)].map(
      ([, mark = ""]) => mark,
    );
  const [before = ""] = marks();
  mkdirSync(join(folder, "batch", "snakemake"), { recursive: true });
  writeFileSync(join(folder, before.replace("{task}", "0")), "");
  const after = new Set(marks());
  expect(after.size).toBe(1);
  expect(existsSync(join(folder, [...after][0]?.replace("{task}", "0") ?? ""))).toBe(false);
  expect(after).not.toContain(before);
});
