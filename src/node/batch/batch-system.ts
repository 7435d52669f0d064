/**
 * What batch systems have in common. They only start `nextstat run-task`: what is done is read from the files of the
 * campaign, and what a batch system says about its jobs is a hint.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { NextstatError } from "../../errors.ts";

/** What is asked of a batch system. */
export interface BatchRequest {
  readonly campaign: string;
  readonly round: number;
  /** Tasks that one job runs one after the other. */
  readonly groups: readonly (readonly number[])[];
  /** Node, and `nextstat` as a script for it. */
  readonly node: string;
  readonly script: string;
  /** Most jobs at the same time. Default no limit. */
  readonly maxRunning?: number;
  /** Most wall time of a job. */
  readonly seconds: number;
  readonly mebibytes: number;
  /** Lines for the submit file, each as it is. */
  readonly options: readonly string[];
}

/** A submission to be: files in the folder of the campaign, and the command that submits them, to be run there. */
export interface Submission {
  /** Contents by path in the folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly tasks: readonly number[];
}

/** How many jobs are known by each state, in the words of the batch system. */
export type JobStates = Readonly<Record<string, number>>;

/** A batch system, spoken to by its commands. */
export interface BatchSystem {
  /** @param name of the files, unused so far */
  prepare(request: BatchRequest, name: string): readonly Submission[];
  /** The job that its submit command says it has made. */
  jobOf(output: string): string | undefined;
  /**
   * States of jobs that are not over yet.
   *
   * @throws NextstatError `input` when it cannot be asked
   */
  states(jobs: readonly string[]): JobStates;
  /** @throws NextstatError `input` when it refuses */
  cancel(jobs: readonly string[]): void;
}

/** Bytes that a command may print: a line for each of a few million jobs. */
const MAX_OUTPUT = 1 << 28;

/**
 * Runs a command of a batch system and returns what it prints.
 *
 * @throws NextstatError `input` when it cannot be run or fails
 */
export function runBatchCommand(command: readonly string[], folder?: string): string {
  const [program = "", ...args] = command;
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    maxBuffer: MAX_OUTPUT,
    stdio: ["ignore", "pipe", "pipe"],
    ...(folder === undefined ? {} : { cwd: folder }),
  });
  if (error !== undefined) {
    throw new NextstatError(
      "input",
      `${program} cannot be run (${(error as { code?: string }).code})`,
      {
        hint: "run nextstat where jobs are submitted, or use --executor local",
        cause: error,
      },
    );
  }
  if (status !== 0) {
    throw new NextstatError(
      "input",
      `${program} failed: ${stderr.trim() || `exit code ${status}`}`,
      {
        hint: "the files it was given are in the folder batch of the campaign",
      },
    );
  }
  return stdout;
}

/** What a command prints in lines. Throws as {@link runBatchCommand} does. */
export function askBatchSystem(command: readonly string[]): string[] {
  return runBatchCommand(command)
    .split("\n")
    .filter((line) => line.trim() !== "");
}

/** Counts lines `JOB STATE` of these jobs. */
export function countStates(lines: readonly string[], jobs: readonly string[]): JobStates {
  const states: Record<string, number> = {};
  const wanted = new Set(jobs);
  for (const line of lines) {
    const [job = "", state = "unknown"] = line.trim().split(/\s+/);
    if (wanted.has(job)) states[state] = (states[state] ?? 0) + 1;
  }
  return states;
}

/** One line for each job: its tasks. */
export function taskList(groups: readonly (readonly number[])[]): string {
  return groups.map((group) => `${group.join(" ")}\n`).join("");
}
