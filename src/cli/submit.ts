/**
 * `nextstat submit`.
 *
 * @module
 */

import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { NextstatError } from "../errors.ts";
import type { BatchRequest, Submission } from "../node/batch/batch-system.ts";
import { runBatchCommand } from "../node/batch/batch-system.ts";
import {
  askForJobs,
  BATCH_SYSTEMS,
  type BatchName,
  jobsOf,
  readJobs,
  recordJob,
} from "../node/batch/job-log.ts";
import { runLocally } from "../node/batch/local.ts";
import { withSubmitLock } from "../node/batch/submit-lock.ts";
import { makeFolder, writeOutput } from "../node/read-input.ts";
import { counted } from "../report/text.ts";
import {
  addLogOptions,
  type Campaign,
  missingTasks,
  type OpenTasks,
  openCampaign,
  parseCount,
  self,
} from "./campaign.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { type LogLevel, log } from "./log.ts";
import { type Interruption, interruptible, startProgress } from "./progress.ts";
import type { Run } from "./run.ts";
import { collect } from "./values.ts";

interface SubmitOptions {
  readonly executor: "local" | BatchName;
  readonly dryRun?: boolean;
  readonly ignoreJobs?: boolean;
  readonly subOpts?: readonly string[];
  readonly maxRunning?: number;
  readonly time: number;
  readonly mem: number;
  readonly pack: number;
  readonly logLevel: LogLevel;
}

export function define(command: Command, run: Run): void {
  command
    .usage("DIR --executor local|slurm|htcondor [options]")
    .description(
      "Has the missing tasks of a campaign computed, by processes on this machine or as jobs of a batch system. What is " +
        "missing is read from the result files, so that the same command goes on after whatever happened, and with " +
        "the next round of a procedure that has several.",
    )
    .argument(
      "<DIR>",
      "folder of the campaign; for batch systems on a file system that their machines share",
    )
    .addOption(
      new Option("--executor <E>", "who runs the tasks")
        .choices(["local", ...Object.keys(BATCH_SYSTEMS)])
        .makeOptionMandatory(),
    )
    .option("--dry-run", "print what would be submitted")
    .option("--ignore-jobs", "do not ask whether jobs submitted before are over")
    .option("--max-running <N>", "tasks at the same time (local: default all cores)", parseCount)
    .optionsGroup("Batch systems:")
    .option("--time <T>", "most wall time of a job: 90s, 30m, 8h, 2d", parseTime, 3600)
    .option("--mem <M>", "memory of a job: 500M, 2G", parseMemory, 2048)
    .option("--pack <P>", "tasks that one job runs one after the other", parseCount, 1)
    .option("--sub-opts <LINE>", "line for the submit file (repeatable)", collectLine);
  addLogOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat submit toys --executor local --max-running 4
  nextstat submit toys --executor slurm --time 2h --sub-opts=--partition=short
  nextstat submit toys --executor htcondor --sub-opts '+JobFlavour = "longlunch"' --dry-run

A line of --sub-opts is written behind #SBATCH, or into the submit description of HTCondor, as it
is. Nothing is submitted, nor run here, while jobs submitted before are not over, or cannot be asked
about: see nextstat status and nextstat cancel. --ignore-jobs submits all the same; tasks that are
still in a queue are then computed twice, which costs time and changes no result.`,
    )
    .action(async (folder: string, options: SubmitOptions) => {
      const campaign = openCampaign(folder, run);
      if (options.executor === "local") refuseForLocal(run);
      // Between asking for a job and writing it down, a signal would lose it.
      const interruption = interruptible();
      const submit = async (): Promise<ExitCode> => {
        if (options.ignoreJobs !== true) requireNoneActive(campaign.folder);
        return options.executor === "local"
          ? await submitLocally(campaign, options, run, interruption)
          : await submitJobs(campaign, options.executor, options, run, interruption);
      };
      try {
        const writes = options.dryRun !== true;
        run.finish(await (writes ? withSubmitLock(campaign.folder, submit) : submit()));
      } finally {
        interruption.done();
      }
    });
}

/** Runs one round after the other until nothing is missing. */
async function submitLocally(
  campaign: Campaign,
  options: SubmitOptions,
  run: Run,
  { signal }: Interruption,
): Promise<ExitCode> {
  const { logLevel } = options;
  const maxRunning = options.maxRunning ?? availableParallelism();
  const progress = startProgress(logLevel);
  try {
    for (;;) {
      const open = await missingTasks(campaign, run, logLevel);
      if (open === null) {
        printNothingMissing(campaign);
        return EXIT.ok;
      }
      if (options.dryRun === true) {
        for (const task of open.tasks) {
          process.stdout.write(
            `nextstat run-task ${campaign.name} --round ${open.round} ${task}\n`,
          );
        }
        return EXIT.ok;
      }
      const doing = `round ${open.round}, ${open.doing}: tasks`;
      await runLocally({
        ...self(),
        folder: campaign.folder,
        round: open.round,
        tasks: open.tasks,
        maxRunning,
        signal,
        onTask: (done) => progress.report(doing, done, open.tasks.length),
        onWarning: (text) => log(logLevel, "warn", `warning: ${text}`),
      });
      if (signal.aborted) return EXIT.interrupted;
    }
  } finally {
    progress.done();
  }
}

const BATCH_ONLY = ["time", "mem", "pack", "subOpts"];

function refuseForLocal(run: Run): void {
  const lost = run.options.find(({ option }) => BATCH_ONLY.includes(option.attributeName()));
  if (lost === undefined) return;
  throw new NextstatError("usage", `${lost.option.long} has no effect with --executor local`, {
    hint: "leave it out",
  });
}

/** Submits what is missing of the round that is open. */
async function submitJobs(
  campaign: Campaign,
  name: BatchName,
  options: SubmitOptions,
  run: Run,
  { signal }: Interruption,
): Promise<ExitCode> {
  const { folder, plan } = campaign;
  const open = await missingTasks(campaign, run, options.logLevel);
  if (open === null) {
    printNothingMissing(campaign);
    return EXIT.ok;
  }
  const request: BatchRequest = {
    ...self(),
    campaign: plan.campaign,
    round: open.round,
    groups: inGroups(open.tasks, options.pack),
    seconds: options.time,
    mebibytes: options.mem,
    options: options.subOpts ?? [],
    ...(options.maxRunning === undefined ? {} : { maxRunning: options.maxRunning }),
  };
  const system = BATCH_SYSTEMS[name];
  const submissions = system.prepare(request, unusedName(folder, name));
  if (options.dryRun === true) {
    for (const { files, command } of submissions) {
      const texts = Object.entries(files).map(([path, text]) => `# ${path}\n${text}\n`);
      process.stdout.write(`${texts.join("")}$ ${command.join(" ")}\n`);
    }
    return EXIT.ok;
  }
  for (const submission of submissions) {
    // Signals are delivered between turns of the event loop.
    await setImmediate();
    if (signal.aborted) return EXIT.interrupted;
    submitOne(folder, name, submission, open);
  }
  return EXIT.ok;
}

function submitOne(folder: string, name: BatchName, submission: Submission, open: OpenTasks): void {
  const { files, command, tasks } = submission;
  makeFolder(join(folder, "log"));
  for (const [path, text] of Object.entries(files)) {
    makeFolder(dirname(join(folder, path)));
    writeOutput(join(folder, path), text);
  }
  const output = runBatchCommand(command, folder);
  const job = BATCH_SYSTEMS[name].jobOf(output);
  if (job === undefined) {
    throw new NextstatError("input", `${command[0]} does not name the job: ${output.trim()}`, {
      hint: "the job may run all the same",
    });
  }
  const submitted = { executor: name, job, round: open.round, tasks: tasks.length } as const;
  recordJob(folder, { ...submitted, submitted_unix_ms: Date.now() });
  process.stdout.write(
    `${name} job ${job}: ${counted(tasks.length, "task")} of round ${open.round} (${open.doing})\n`,
  );
}

/** Tasks that are in a queue, of whichever batch system, would be computed twice. */
function requireNoneActive(folder: string): void {
  const jobs = readJobs(folder);
  const location = { file: folder };
  for (const { executor, states, problem } of askForJobs(jobs)) {
    const ids = `${executor} ${jobsOf(jobs, executor).join(", ")}`;
    if (states === null) {
      throw new NextstatError(
        "usage",
        `jobs of this campaign may be in a queue, which cannot be asked (${ids}): ${problem}`,
        { location, hint: "try again later, or add --ignore-jobs when they are over" },
      );
    }
    const text = Object.entries(states).map(([state, count]) => `${count} ${state.toLowerCase()}`);
    if (text.length === 0) continue;
    throw new NextstatError(
      "usage",
      `jobs of this campaign are not over yet (${text.join(", ")})`,
      {
        location,
        hint: `wait for them, or take them back with nextstat cancel (${ids})`,
      },
    );
  }
}

function printNothingMissing({ name }: Campaign): void {
  process.stdout.write(`nothing is missing: nextstat collect ${name} gives the result\n`);
}

function inGroups(tasks: readonly number[], size: number): number[][] {
  const count = Math.ceil(tasks.length / size);
  return Array.from({ length: count }, (_, k) => tasks.slice(k * size, (k + 1) * size));
}

/** `slurm-3` when two submissions were made before. */
function unusedName(folder: string, name: string): string {
  let names: string[] = [];
  try {
    names = readdirSync(join(folder, "batch"));
  } catch {
    // Nothing was submitted yet.
  }
  for (let n = 1; ; n++) {
    if (!names.some((file) => file.startsWith(`${name}-${n}-`))) return `${name}-${n}`;
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function parseTime(text: string): number {
  const [, number, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(number) * (UNITS[unit] as number);
  if (!(seconds > 0)) throw new InvalidArgumentError("Expected a time like 90s, 30m, 8h or 2d.");
  return seconds;
}

/** In MiB. */
function parseMemory(text: string): number {
  const [, number, unit] = /^(\d{1,6})([MG])$/.exec(text) ?? [];
  const mebibytes = Number(number) * (unit === "G" ? 1024 : 1);
  if (!(mebibytes > 0)) throw new InvalidArgumentError("Expected a size like 500M or 2G.");
  return mebibytes;
}

function collectLine(text: string, previous: readonly string[] | undefined): readonly string[] {
  if (/\p{Cc}/u.test(text)) throw new InvalidArgumentError("Expected one line.");
  return collect(text, previous);
}
