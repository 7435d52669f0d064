/**
 * `nextstat plan`.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { NextstatError } from "../errors.ts";
import { describeRound, type Plan, planFiles, type RoundRecord } from "../node/campaign-folder.ts";
import { checkNewFolder, writeFolder } from "../node/read-input.ts";
import {
  type AtGaps,
  CampaignPause,
  createRounds,
  emptyStore,
  timeUnits,
} from "../parallel/campaign.ts";
import { counted, printable } from "../report/text.ts";
import {
  addLogOptions,
  HOW_OPTIONS,
  inFolder,
  parseCount,
  pauseOf,
  planOf,
  seconds,
} from "./campaign.ts";
import { readConfig } from "./campaign-config.ts";
import { EXIT } from "./exit.ts";
import { duration } from "./progress.ts";
import type { CampaignPart, Run } from "./run.ts";

interface PlanOptions {
  readonly output: string;
  readonly tasks?: number;
  readonly taskSize?: number;
}

/** Tasks take about a hundredth of the whole, in seconds within these: schedulers dislike short ones, users long ones. */
const TASK_SECONDS = { least: 60, most: 900 };
const TASKS = 100;

export function define(command: Command, run: Run): void {
  command
    .usage("-o DIR [options] CONFIG | -- COMMAND [options] FILE")
    .description(
      "Makes the folder of a campaign: a procedure whose toys, conditional fits or mass points are computed in many " +
        "processes, on one machine or on many, and put together to the result that the command alone would give, byte " +
        "by byte. Copies the inputs, and begins the procedure, so that what is wrong with it is said now.",
    )
    .argument("<CONFIG|COMMAND...>", "configuration (YAML or JSON), or after -- the command itself")
    .requiredOption("-o, --output <DIR>", "new folder of the campaign")
    .option("--tasks <N>", "cut the work into N tasks of equal size", parseCount)
    .option(
      "--task-size <N>",
      "cut the work into tasks of N toys, walks or mass points",
      parseCount,
    );
  addLogOptions(command)
    .addHelpText(
      "after",
      `
Commands that can be a campaign: those with --resume, as hypotest-toys, upper-limit, scan, ranking
and mass-scan.

Examples:
  nextstat plan -o toys -- hypotest-toys workspace.json --mu 1 --n-toys 100000 --seed 7
  nextstat plan toys.yaml -o toys        toys.yaml: command: hypotest-toys
                                                    input: workspace.json
                                                    options: {mu: 1, n-toys: 100000, seed: 7}
                                                    tasks: 100
  nextstat submit toys --executor local
  nextstat collect toys -o result.json

Files named in CONFIG are relative to its folder. Without --tasks and --task-size a few units are
timed, and tasks are made that take 1 to 15 minutes. The result depends on none of this.`,
    )
    .action(async (words: readonly string[], options: PlanOptions) => {
      const folder = resolve(options.output);
      checkNewFolder(folder);
      const { argv, from, split: configured } = await commandLine(words, run);
      const split = splitOf(options) ?? configured;
      const begun = await begin(argv, from, split, run);
      if (begun === null) {
        run.finish(EXIT.interrupted);
        return;
      }
      const { plan, files, round, unitSeconds } = begun;
      writeFolder(folder, { ...files, ...planFiles(plan, [round]) });
      process.stdout.write(planText(options.output, plan, round, unitSeconds));
      run.finish(EXIT.ok);
    });
}

function splitOf({ tasks, taskSize }: PlanOptions): Plan["split"] | undefined {
  if (tasks !== undefined && taskSize !== undefined) {
    throw new NextstatError("usage", "both --tasks and --task-size were given", {
      hint: "give one of them",
    });
  }
  if (tasks !== undefined) return { tasks };
  return taskSize === undefined ? undefined : { task_size: taskSize };
}

interface CommandLine {
  readonly argv: readonly string[];
  /** The folder that its files are relative to. */
  readonly from: string;
  readonly split: Plan["split"] | undefined;
}

/** The words themselves when they begin with a command, else the configuration they name. */
async function commandLine(words: readonly string[], run: Run): Promise<CommandLine> {
  const [file = ""] = words;
  if (words.length > 1 || (await run.describe(words)) !== undefined) {
    return { argv: words, from: process.cwd(), split: undefined };
  }
  const { argv, split } = await readConfig(file, run);
  return { argv, from: file === "-" ? process.cwd() : dirname(resolve(file)), split };
}

interface Begun {
  readonly plan: Plan;
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly round: RoundRecord;
  /** Null when no unit was timed. */
  readonly unitSeconds: number | null;
}

/** Runs the procedure up to the first round; null when interrupted. */
async function begin(
  argv: readonly string[],
  from: string,
  split: Plan["split"] | undefined,
  run: Run,
): Promise<Begun | null> {
  let round: RoundRecord | undefined;
  let unitSeconds: number | null = null;
  let made: ReturnType<typeof planOf> | undefined;
  const atGaps: AtGaps = async (open, control) => {
    round = describeRound(open.round, open.work);
    if (split === undefined) unitSeconds = await timeUnits(open.work, control, seconds);
    throw new CampaignPause(open.round, control.signal?.aborted === true);
  };
  const part: CampaignPart = {
    presents: false,
    begin(inner) {
      refuseWithoutEffect(inner);
      made = planOf(inner, split ?? { tasks: 1 });
      return createRounds(emptyStore, atGaps);
    },
  };
  const pause = await pauseOf(inFolder(from, () => run.execute(argv, part)));
  if (pause === null || round === undefined || made === undefined) {
    throw new NextstatError("usage", `${argv[0]} has no part here that is worth spreading`, {
      hint: "run it as it is; campaigns are for toys, and for 32 conditional fits and more at a time",
    });
  }
  if (pause.interrupted) return null;
  const { plan, inputs } = made;
  if (unitSeconds === null) return { plan, files: inputs, round, unitSeconds };
  const size = sizeFor(round.count, unitSeconds);
  return { plan: { ...plan, split: { task_size: size } }, files: inputs, round, unitSeconds };
}

/** Units of a task. */
function sizeFor(count: number, unitSeconds: number): number {
  const aim = Math.min(
    Math.max((count * unitSeconds) / TASKS, TASK_SECONDS.least),
    TASK_SECONDS.most,
  );
  return Math.min(count, Math.max(1, Math.round(aim / Math.max(unitSeconds, 1e-9))));
}

/** Options about the output and the threads are not the campaign's: they would be lost. */
function refuseWithoutEffect(run: Run): void {
  const lost = run.options.find(({ option }) => {
    const name = option.attributeName();
    return run.outputOptions.has(name) || HOW_OPTIONS.includes(name);
  });
  if (lost === undefined) return;
  throw new NextstatError("usage", `${lost.option.long} has no effect in a campaign`, {
    hint: hintFor(lost.option.attributeName()),
  });
}

/** Where an option has an effect. */
function hintFor(name: string): string {
  switch (name) {
    case "resume":
      return "leave it out: the folder that nextstat plan makes is what --resume would go on in";
    case "threads":
      return "give it to nextstat run-task, or --max-running to nextstat submit";
    case "jobs":
    case "parity":
    case "logLevel":
      return "leave it out";
    default:
      return "give it to nextstat collect";
  }
}

function planText(
  folder: string,
  plan: Plan,
  { count, doing }: RoundRecord,
  unitSeconds: number | null,
): string {
  const size =
    "tasks" in plan.split
      ? Math.ceil(count / plan.split.tasks)
      : Math.min(plan.split.task_size, count);
  const time = unitSeconds === null ? "" : `, about ${duration(size * unitSeconds)} each`;
  return `${printable(folder)}: ${doing}, ${counted(count, "unit")} in ${counted(Math.ceil(count / size), "task")} of ${size}${time}
campaign ${plan.campaign}
`;
}
