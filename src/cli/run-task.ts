/**
 * `nextstat run-task`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { NextstatError } from "../errors.ts";
import { openStore, readRounds, taskCount, taskRange } from "../node/campaign-folder.ts";
import { computeRanges, createRounds } from "../parallel/campaign.ts";
import { counted } from "../report/text.ts";
import {
  addLogOptions,
  openCampaign,
  parseIndex,
  pauseOf,
  runCampaign,
  seconds,
  warningsAt,
} from "./campaign.ts";
import { EXIT } from "./exit.ts";
import { type LogLevel, log } from "./log.ts";
import type { Run } from "./run.ts";
import { parseThreads } from "./values.ts";

interface RunTaskOptions {
  readonly round: number;
  readonly threads: number;
  readonly logLevel: LogLevel;
}

export function define(command: Command, run: Run): void {
  command
    .usage("DIR TASK... [options]")
    .description(
      "Computes tasks of a campaign and keeps each in a file: what the jobs of nextstat submit run. What is there already " +
        "is not computed again. Asked to end (SIGTERM, Ctrl-C), it keeps what is done.",
    )
    .argument("<DIR>", "folder of the campaign")
    .argument("<TASK...>", "numbers of the tasks, from 0 on", collectIndex)
    .option("--round <R>", "round of the procedure, from 0 on", parseIndex, 0)
    .addOption(
      new Option("--threads <N>", "threads to use, 0 for all cores")
        .argParser(parseThreads)
        .default(1),
    );
  addLogOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat run-task toys 0
  nextstat run-task toys 4 5 6 --threads 0

For batch systems that nextstat submit does not know: one job for each task, on a file system they
share. A task that was lost is run again, here or there.`,
    )
    .action(async (folder: string, tasks: readonly number[], options: RunTaskOptions) => {
      endWithParent();
      const campaign = openCampaign(folder, run);
      const { plan } = campaign;
      const { round, threads, logLevel } = options;
      const ranges = computeRanges(round, (count) => tasks.map(rangeOf(count)), seconds);
      const rangeOf = (count: number) => (task: number) => {
        if (task < taskCount(plan, count)) return taskRange(plan, count, task);
        throw new NextstatError("usage", `there is no task ${task}`, {
          hint: `round ${round} has ${counted(taskCount(plan, count), "task")}, from 0 on`,
        });
      };
      const store = openStore(campaign.folder, plan, warningsAt(logLevel));
      const words = [`--threads=${threads}`, `--log-level=${logLevel}`];
      const rounds = createRounds(store, ranges);
      const pause = await pauseOf(runCampaign(campaign, words, run, rounds, false));
      requireRound(campaign.folder, round);
      log(logLevel, "info", pause === null ? "nothing was missing" : "the tasks are kept");
      run.finish(pause?.interrupted === true ? EXIT.interrupted : EXIT.ok);
    });
}

/** Where `nextstat submit` has started this process, its end is like that of a terminal: nobody reads any more. */
function endWithParent(): void {
  const end = (): void => {
    process.kill(process.pid, "SIGHUP");
  };
  // Without a channel it is undefined.
  if (process.connected === false) end();
  process.once("disconnect", end);
  // Listening alone is no reason to go on.
  process.channel?.unref();
}

/** A procedure that came to its end has shown all its rounds. */
function requireRound(folder: string, round: number): void {
  const known = readRounds(folder).length;
  if (round < known) return;
  throw new NextstatError("usage", `the campaign has no round ${round}`, {
    hint: `it has ${counted(known, "round")}, from 0 on`,
  });
}

function collectIndex(text: string, previous: readonly number[] | undefined): readonly number[] {
  return [...(previous ?? []), parseIndex(text)];
}
