/**
 * Slurm: job arrays, an element for each group of tasks.
 *
 * Slurm runs jobs of lost nodes again (`--requeue`), but no jobs that failed or ran out of memory: submitting again does.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";
import {
  askBatchSystem,
  type BatchRequest,
  type BatchSystem,
  countStates,
  runBatchCommand,
  type Submission,
  taskList,
} from "./batch-system.ts";

/** Elements of an array where `scontrol` does not say: the default of Slurm. */
const MAX_ARRAY_SIZE = 1001;
/** Time before the end of a job at which it is asked to keep what is done. */
const LAST_SECONDS = 60;

export const slurm: BatchSystem = {
  prepare: (request, name) => prepareSlurm(request, name, maxArraySize()),
  // With --parsable: the number, and the cluster behind a semicolon where there are several.
  jobOf: (output) => /^(\d+)(;|$)/m.exec(output.trim())?.[1],
  states(jobs) {
    return countStates(linesOf(jobs), jobs);
  },
  cancel(jobs) {
    runBatchCommand(["scancel", ...jobs]);
  },
};

/** A line for every element of the jobs that is not over. */
function linesOf(jobs: readonly string[]): string[] {
  try {
    return askBatchSystem(["squeue", "-h", "-r", "-o", "%F %T", "-j", jobs.join(",")]);
  } catch (error) {
    // Slurm forgets jobs some minutes after their end; asked for a single one, it calls that an error.
    if (error instanceof NextstatError && /invalid job id/i.test(error.message)) return [];
    throw error;
  }
}

/** @param arraySize most elements of an array */
export function prepareSlurm(
  request: BatchRequest,
  name: string,
  arraySize: number,
): readonly Submission[] {
  const submissions: Submission[] = [];
  for (let at = 0; at < request.groups.length; at += arraySize) {
    const groups = request.groups.slice(at, at + arraySize);
    const path = `batch/${name}-${submissions.length}`;
    submissions.push({
      files: {
        [`${path}.sh`]: script(request, groups.length, path),
        [`${path}.tasks`]: taskList(groups),
      },
      command: ["sbatch", "--parsable", `${path}.sh`],
      tasks: groups.flat(),
    });
  }
  return submissions;
}

function script(request: BatchRequest, elements: number, path: string): string {
  const { campaign, round, node, script: nextstat, maxRunning, seconds, mebibytes } = request;
  const limit = maxRunning === undefined ? "" : `%${maxRunning}`;
  const warning = Math.min(LAST_SECONDS, Math.floor(seconds / 2));
  const lines = [
    `--job-name=nextstat-${campaign.slice(0, 8)}`,
    `--array=0-${elements - 1}${limit}`,
    `--time=${timeText(seconds)}`,
    `--mem=${mebibytes}M`,
    "--cpus-per-task=1",
    "--requeue",
    `--signal=B:TERM@${warning}`,
    "--output=log/slurm-%A_%a.log",
    ...request.options,
  ];
  return `#!/bin/sh
${lines.map((line) => `#SBATCH ${line}`).join("\n")}

# Begins in the folder of the campaign. The element runs the tasks in its line.
tasks=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${path}.tasks)
exec ${quoted(node)} ${quoted(nextstat)} run-task . --round ${round} $tasks
`;
}

/** `1-02:03:04` */
function timeText(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return `${days > 0 ? `${days}-` : ""}${clock.map(two).join(":")}`;
}

/** A word of a shell command. */
function quoted(word: string): string {
  return /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function maxArraySize(): number {
  try {
    const text = runBatchCommand(["scontrol", "show", "config"]);
    const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(text)?.[1]);
    return size > 0 ? size : MAX_ARRAY_SIZE;
  } catch {
    return MAX_ARRAY_SIZE;
  }
}
