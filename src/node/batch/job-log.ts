/**
 * The jobs of a campaign that were submitted: `jobs.jsonl` in its folder, a line for each.
 *
 * @module
 */

import { appendFileSync, existsSync } from "node:fs";
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
    appendFileSync(path, `${JSON.stringify(record)}\n`);
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

/** States of the jobs of each batch system, as far as it says. */
export function jobStates(jobs: readonly JobRecord[]): Readonly<Record<string, JobStates | null>> {
  const states: Record<string, JobStates | null> = {};
  for (const name of BATCH_NAMES) {
    const ids = jobsOf(jobs, name);
    if (ids.length > 0) states[name] = BATCH_SYSTEMS[name].states(ids);
  }
  return states;
}

/** The jobs of one batch system. */
export function jobsOf(jobs: readonly JobRecord[], name: BatchName): string[] {
  return jobs.filter(({ executor }) => executor === name).map(({ job }) => job);
}
