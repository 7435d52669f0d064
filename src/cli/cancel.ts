/**
 * `nextstat cancel`.
 *
 * @module
 */

import type { Command } from "commander";
import { BATCH_NAMES, BATCH_SYSTEMS, jobsOf, readJobs } from "../node/batch/job-log.ts";
import { readPlan } from "../node/campaign-folder.ts";
import { addLogOptions } from "./campaign.ts";
import { EXIT } from "./exit.ts";
import type { Run } from "./run.ts";

export function define(command: Command, run: Run): void {
  command
    .usage("DIR")
    .description(
      "Takes back the jobs that nextstat submit has given to batch systems, running ones too. What is done stays done.",
    )
    .argument("<DIR>", "folder of the campaign");
  addLogOptions(command)
    .addHelpText(
      "after",
      `
Example:
  nextstat cancel toys`,
    )
    .action((folder: string) => {
      readPlan(folder);
      const jobs = readJobs(folder);
      for (const name of BATCH_NAMES) {
        const ids = jobsOf(jobs, name);
        if (ids.length === 0) continue;
        BATCH_SYSTEMS[name].cancel(ids);
        process.stdout.write(`${name}: cancelled ${ids.join(", ")}\n`);
      }
      if (jobs.length === 0) process.stdout.write("no jobs were submitted\n");
      run.finish(EXIT.ok);
    });
}
