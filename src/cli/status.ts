/**
 * `nextstat status`.
 *
 * @module
 */

import { relative } from "node:path";
import type { Command } from "commander";
import { askForJobs, readJobs } from "../node/batch/job-log.ts";
import {
  type DamagedFile,
  type Plan,
  type ResultFile,
  type RoundRecord,
  readPlan,
  readRounds,
  resultFiles,
  taskCount,
  taskRange,
} from "../node/campaign-folder.ts";
import { readUnits } from "../node/result-files.ts";
import { gapsOf } from "../parallel/units.ts";
import { formatJson } from "../report/json.ts";
import { printable } from "../report/text.ts";
import { addLogOptions } from "./campaign.ts";
import { EXIT } from "./exit.ts";
import { grouped } from "./progress.ts";
import type { Run } from "./run.ts";

export function define(command: Command, run: Run): void {
  command
    .usage("DIR [--json]")
    .description(
      "How much of a campaign is done, by its result files. What batch systems say about its jobs is shown too; it is a " +
        "hint, as they forget jobs, and a job that ended well may have been another one.",
    )
    .argument("<DIR>", "folder of the campaign")
    .option("--json", "as JSON");
  addLogOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat status toys
  nextstat status toys --json

Later rounds of a procedure are known once those before are done: when all that is known is done,
nextstat submit goes on with the next round, or says that nothing is missing.`,
    )
    .action((folder: string, options: { readonly json?: boolean }) => {
      const plan = readPlan(folder);
      const record = statusOf(folder, plan);
      process.stdout.write(options.json === true ? formatJson(record) : statusText(plan, record));
      run.finish(EXIT.ok);
    });
}

interface RoundStatus {
  readonly round: number;
  readonly doing: string;
  readonly nDone: number;
  readonly nUnits: number;
  readonly nTasksDone: number;
  readonly nTasks: number;
}

interface Status {
  readonly campaign: string;
  readonly command: string;
  readonly rounds: readonly RoundStatus[];
  /** Whether every round that is known is done. */
  readonly knownRoundsDone: boolean;
  readonly damaged: readonly DamagedFile[];
  readonly jobs: readonly {
    readonly executor: string;
    readonly states: readonly { readonly state: string; readonly count: number }[] | null;
    /** Why there are no states. */
    readonly problem: string | null;
  }[];
}

function statusOf(folder: string, plan: Plan): Status {
  const damaged: DamagedFile[] = [];
  const rounds = readRounds(folder).map((record) => {
    const files = resultFiles(folder, plan, record.round);
    const named = files.damaged.map((file) => ({ ...file, path: relative(folder, file.path) }));
    damaged.push(...named);
    return roundStatus(plan, record, files.whole);
  });
  const jobs = askForJobs(readJobs(folder)).map(({ executor, states, problem }) => ({
    executor,
    problem,
    states:
      states === null
        ? null
        : Object.entries(states).map(([state, count]) => ({ state: state.toLowerCase(), count })),
  }));
  return {
    campaign: plan.campaign,
    command: plan.content.command,
    rounds,
    knownRoundsDone: rounds.length > 0 && rounds.every(({ nDone, nUnits }) => nDone === nUnits),
    damaged,
    jobs,
  };
}

function roundStatus(plan: Plan, record: RoundRecord, files: readonly ResultFile[]): RoundStatus {
  const { round, doing, count } = record;
  const done = new Uint8Array(count);
  for (const { path, bodyBytes, trailer } of files) {
    if (trailer.n === trailer.hi - trailer.lo) done.fill(1, trailer.lo, trailer.hi);
    else for (const [unit] of readUnits(path, bodyBytes)) done[unit] = 1;
  }
  const nTasks = taskCount(plan, count);
  let nTasksDone = 0;
  for (let task = 0; task < nTasks; task++) {
    const range = taskRange(plan, count, task);
    if (gapsOf((unit) => done[unit] === 1, range).length === 0) nTasksDone++;
  }
  const nDone = done.reduce((sum, one) => sum + one, 0);
  return { round, doing, nDone, nUnits: count, nTasksDone, nTasks };
}

function statusText(plan: Plan, status: Status): string {
  const lines = [`${plan.argv.map(printable).join(" ")}`, `campaign ${plan.campaign}`];
  for (const { round, doing, nDone, nUnits, nTasksDone, nTasks } of status.rounds) {
    lines.push(
      `round ${round}: ${doing}, ${grouped(nDone)} of ${grouped(nUnits)} units, ${grouped(nTasksDone)} of ${grouped(nTasks)} tasks done`,
    );
  }
  for (const { path, damage } of status.damaged) {
    lines.push(`damaged: ${printable(path)} (${damage}), its units are missing`);
  }
  for (const { executor, states, problem } of status.jobs) {
    const text = states?.map(({ state, count }) => `${grouped(count)} ${state}`).join(", ");
    lines.push(
      `${executor}: ${text === undefined ? `cannot be asked here (${printable(problem ?? "")})` : text || "no jobs"}`,
    );
  }
  if (status.rounds.length === 0) lines.push("no round is known yet: nothing has been computed");
  if (status.knownRoundsDone) lines.push("all known rounds are done: collect, or submit again");
  return `${lines.join("\n")}\n`;
}
