/**
 * The jobs of a campaign that were submitted: `jobs.jsonl` in its folder, a line for each.
 *
 * @module
 */

import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { NextstatError } from "../../errors.ts";
import { readInput, writeFailure } from "../read-input.ts";
import type { BatchSystem, JobStates } from "./batch-system.ts";
import { htcondor } from "./htcondor.ts";
import { slurm } from "./slurm.ts";

/** Batch systems by name. */
export const BATCH_SYSTEMS: Readonly<Record<BatchName, BatchSystem>> = { slurm, htcondor };

export type BatchName = "slurm" | "htcondor";

export const BATCH_NAMES: readonly BatchName[] = ["slurm", "htcondor"];

/** A job that was submitted. */
export interface JobRecord {
  readonly executor: BatchName;
  readonly job: string;
  readonly round: number;
  /** Number of tasks. */
  readonly tasks: number;
  readonly submitted_unix_ms: number;
}

const FILE = "jobs.jsonl";

/** Adds a job. */
export function recordJob(folder: string, record: JobRecord): void {
  const path = join(folder, FILE);
  try {
    const file = openSync(path, "a+");
    try {
      const { size } = fstatSync(file);
      const last = Buffer.from("\n");
      if (size > 0) readSync(file, last, 0, 1, size - 1);
      // A line that was not finished is not to swallow this one.
      writeSync(file, `${last[0] === 0x0a ? "" : "\n"}${JSON.stringify(record)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw writeFailure(path, error, `job ${record.job} was submitted all the same`);
  }
}

/** The jobs in the order they were submitted. */
export function readJobs(folder: string): JobRecord[] {
  const path = join(folder, FILE);
  if (!existsSync(path)) return [];
  const lines = readInput(path).text.split("\n");
  return lines.flatMap((line, k) => {
    if (line === "") return [];
    try {
      const record = JSON.parse(line) as Partial<JobRecord>;
      if (Object.hasOwn(BATCH_SYSTEMS, record.executor ?? "") && /^\d+$/.test(record.job ?? "")) {
        return [record as JobRecord];
      }
    } catch {
      // Reported below.
    }
    throw new NextstatError("input", "this is no job", {
      location: { file: path, line: k + 1, column: 1 },
      hint: "delete the line; the job goes on",
    });
  });
}

/** What a batch system says about the jobs it was given, or why it says nothing. */
export interface JobAnswer {
  readonly executor: BatchName;
  readonly states: JobStates | null;
  readonly problem: string | null;
}

/** Asks every batch system that was given jobs. */
export function askForJobs(jobs: readonly JobRecord[]): JobAnswer[] {
  return BATCH_NAMES.flatMap((executor): JobAnswer[] => {
    const ids = jobsOf(jobs, executor);
    if (ids.length === 0) return [];
    try {
      return [{ executor, states: BATCH_SYSTEMS[executor].states(ids), problem: null }];
    } catch (error) {
      if (!(error instanceof NextstatError)) throw error;
      return [{ executor, states: null, problem: error.problem }];
    }
  });
}

/** The jobs of one batch system. */
export function jobsOf(jobs: readonly JobRecord[], name: BatchName): string[] {
  return jobs.filter(({ executor }) => executor === name).map(({ job }) => job);
}
