/**
 * What batch systems are given, word by word.
 *
 * @module
 */

import { mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { BatchRequest } from "../../src/node/batch/batch-system.ts";
import { htcondor, prepareCondor } from "../../src/node/batch/htcondor.ts";
import { type JobRecord, readJobs, recordJob } from "../../src/node/batch/job-log.ts";
import { prepareSlurm, slurm } from "../../src/node/batch/slurm.ts";
import { snakefile } from "../../src/node/batch/snakemake.ts";

const REQUEST: BatchRequest = {
  campaign: "0123456789abcdef",
  round: 2,
  groups: [[0, 1], [4, 5], [9]],
  node: "/srv/node/bin/node",
  script: "/srv/tools/next stat/dist/cli/main.js",
  seconds: 93_784,
  mebibytes: 2048,
  options: [],
};

describe("Slurm", () => {
  test("gets an array of groups of tasks", () => {
    const request = { ...REQUEST, maxRunning: 50, options: ["--partition=main --account=x"] };
    const [submission, ...others] = prepareSlurm(request, "slurm-1", 1001);
    expect(others).toEqual([]);
    expect(submission?.command).toEqual(["sbatch", "--parsable", "batch/slurm-1-0.sh"]);
    expect(submission?.tasks).toEqual([0, 1, 4, 5, 9]);
    expect(submission?.files["batch/slurm-1-0.tasks"]).toBe("0 1\n4 5\n9\n");
    expect(submission?.files["batch/slurm-1-0.sh"]).toMatchInlineSnapshot(`
      "#!/bin/sh
      #SBATCH --job-name=nextstat-01234567
      #SBATCH --array=0-2%50
      #SBATCH --time=1-02:03:04
      #SBATCH --mem=2048M
      #SBATCH --cpus-per-task=1
      #SBATCH --requeue
      #SBATCH --signal=B:TERM@60
      #SBATCH --output=log/slurm-%A_%a.log
      #SBATCH --partition=main --account=x

      # Begins in the folder of the campaign. The element runs the tasks in its line.
      tasks=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" batch/slurm-1-0.tasks)
      exec /srv/node/bin/node '/srv/tools/next stat/dist/cli/main.js' run-task . --round 2 $tasks
      "
    `);
  });

  test("gets as many arrays as its size makes necessary", () => {
    const groups = Array.from({ length: 10 }, (_, k) => [k]);
    const submissions = prepareSlurm({ ...REQUEST, groups }, "slurm-3", 4);
    expect(submissions.map(({ tasks }) => tasks)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    const scripts = submissions.map(({ files, command }) => files[command.at(-1) as string]);
    expect(scripts.map((text) => /--array=\S+/.exec(text ?? "")?.[0])).toEqual([
      "--array=0-3",
      "--array=0-3",
      "--array=0-1",
    ]);
    const names = submissions.flatMap(({ files }) => Object.keys(files));
    expect(new Set(names).size).toBe(6);
  });

  test("is told short times as hours, minutes and seconds, and warns in their second half", () => {
    const [submission] = prepareSlurm({ ...REQUEST, seconds: 90 }, "slurm-1", 1001);
    const script = submission?.files["batch/slurm-1-0.sh"];
    expect(script).toContain("#SBATCH --time=00:01:30\n");
    expect(script).toContain("#SBATCH --signal=B:TERM@45\n");
  });

  test("names its jobs", () => {
    expect(slurm.jobOf("123\n")).toBe("123");
    expect(slurm.jobOf("123;cluster\n")).toBe("123");
    expect(slurm.jobOf("Submitted batch job")).toBeUndefined();
  });
});

describe("HTCondor", () => {
  test("gets a job for each group of tasks", () => {
    const request = { ...REQUEST, maxRunning: 7, options: ['+JobFlavour = "longlunch"'] };
    const { files, command, tasks } = prepareCondor(request, "htcondor-1");
    expect(command).toEqual(["condor_submit", "-terse", "batch/htcondor-1-0.sub"]);
    expect(tasks).toEqual([0, 1, 4, 5, 9]);
    expect(files["batch/htcondor-1-0.tasks"]).toBe("0 1\n4 5\n9\n");
    expect(files["batch/htcondor-1-0.sub"]).toMatchInlineSnapshot(`
      "universe = vanilla
      batch_name = nextstat-01234567
      executable = /srv/node/bin/node
      arguments = "'/srv/tools/next stat/dist/cli/main.js' run-task . --round 2 $(TASKS)"
      should_transfer_files = NO
      log = log/condor.log
      output = log/condor-$(ClusterId).$(ProcId).out
      error = log/condor-$(ClusterId).$(ProcId).err
      request_cpus = 1
      request_memory = 2048MB
      request_disk = 100MB
      max_retries = 3
      # Seconds; at CERN it decides the queue.
      +MaxRuntime = 93784
      max_materialize = 7
      +JobFlavour = "longlunch"
      queue TASKS from batch/htcondor-1-0.tasks
      "
    `);
  });

  test("quotes what is special in arguments", () => {
    const { files } = prepareCondor({ ...REQUEST, script: `/a/it's "b"/main.js` }, "htcondor-1");
    expect(files["batch/htcondor-1-0.sub"]).toContain(
      `arguments = "'/a/it''s ""b""/main.js' run-task . --round 2 $(TASKS)"`,
    );
  });

  test("names its jobs", () => {
    expect(htcondor.jobOf("23.0 - 23.7\n")).toBe("23");
    expect(htcondor.jobOf("ERROR: no\n")).toBeUndefined();
  });
});

test("what would be a text's end, a format or a macro elsewhere is a path all the same", () => {
  const script = `/a/"""{x}$(HOME)\\/main.js`;
  const { round, node } = REQUEST;
  const text = snakefile({ round, node, script, attempt: 1, tasks: [0] });
  // Python reads the text, Snakemake its format, the shell the word.
  const [, shell = ""] = /^ {8}("(?:[^"\\]|\\.)* run-task .*)$/m.exec(text) ?? [];
  const format = JSON.parse(shell) as string;
  const word = /'(.*)'/.exec(format)?.[1]?.replaceAll("{{", "{").replaceAll("}}", "}");
  expect(word).toBe(script);
  const { files } = prepareCondor({ ...REQUEST, node: "/b$(x)/node", script }, "htcondor-1");
  expect(files["batch/htcondor-1-0.sub"]).toContain("executable = /b$(DOLLAR)(x)/node\n");
  expect(files["batch/htcondor-1-0.sub"]).toContain("{x}$(DOLLAR)(HOME)");
});

test("Snakemake gets a rule for the tasks and one that collects", () => {
  const { round, node, script } = REQUEST;
  expect(snakefile({ round, node, script, attempt: 3, tasks: [0, 4, 5] })).toMatchInlineSnapshot(`
    "# The tasks of round 2 that were missing. Run in the folder of the campaign: snakemake --cores 4
    # A procedure may have further rounds: collect says so, and nextstat export gives the next file.
    TASKS = [0, 4, 5]


    rule all:
        input:
            expand("batch/snakemake/3-2-{task}.done", task=TASKS),
            "result.json",


    rule task:
        output:
            touch("batch/snakemake/3-2-{task}.done"),
        shell:
            "/srv/node/bin/node '/srv/tools/next stat/dist/cli/main.js' run-task . --round 2 {wildcards.task}"


    rule collect:
        input:
            expand("batch/snakemake/3-2-{task}.done", task=TASKS),
        output:
            "result.json",
        shell:
            "/srv/node/bin/node '/srv/tools/next stat/dist/cli/main.js' collect . -o {output}"
    "
  `);
});

test("a job is not lost to a line that was not finished", () => {
  const folder = mkdtempSync(join(tmpdir(), "nextstat-jobs-"));
  const path = join(folder, "jobs.jsonl");
  const record: JobRecord = {
    executor: "slurm",
    job: "1",
    round: 0,
    tasks: 2,
    submitted_unix_ms: 3,
  };
  recordJob(folder, record);
  recordJob(folder, { ...record, job: "2" });
  const whole = readFileSync(path, "utf8");
  truncateSync(path, whole.length - 1);
  recordJob(folder, { ...record, job: "3" });
  expect(readJobs(folder).map(({ job }) => job)).toEqual(["1", "2", "3"]);
  truncateSync(path, whole.length - 5);
  recordJob(folder, { ...record, job: "4" });
  expect(() => readJobs(folder)).toThrow(/this is no job — .*line 2/);
  expect(readFileSync(path, "utf8")).toContain('\n{"executor":"slurm","job":"4"');
  rmSync(folder, { recursive: true });
});
