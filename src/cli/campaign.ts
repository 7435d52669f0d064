/**
 * What commands on campaigns share: what makes a campaign the one it is, `--resume`, and running the procedure of a campaign
 * in its folder.
 *
 * @module
 */

import { resolve } from "node:path";
import { type Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { NextstatError } from "../errors.ts";
import {
  type CampaignContent,
  digestOf,
  hasPlan,
  isBeingFilled,
  makePlan,
  openStore,
  type Plan,
  planFiles,
  readPlan,
  type StoreOptions,
  taskCount,
  taskRange,
} from "../node/campaign-folder.ts";
import { readFileBytes, writeFolder } from "../node/read-input.ts";
import { CampaignPause, computeMissing, createRounds } from "../parallel/campaign.ts";
import { encodePlain } from "../parallel/plain-data.ts";
import type { RoundRunner } from "../parallel/units.ts";
import { FILE_VALUE, normalizeArguments, sha256, WRITES } from "./bundle.ts";
import type { ExitCode } from "./exit.ts";
import { LOG_LEVELS, type LogLevel, log } from "./log.ts";
import type { CampaignPart, Run } from "./run.ts";

/** Attribute names of options that say how something is computed, and change no result. */
export const HOW_OPTIONS: readonly string[] = ["threads", "parity", "jobs", "strict"];

/** Tasks of a campaign that was begun with `--resume` and is to be spread later. */
const RESUMED_TASKS = 100;

/** Wall time in seconds, from any origin. */
export function seconds(): number {
  return performance.now() / 1000;
}

/** Who computes the rounds of a procedure; undefined when nothing is kept. */
export function roundsOf(
  options: { readonly resume?: string; readonly logLevel: LogLevel },
  run: Run,
): RoundRunner | undefined {
  if (run.campaign !== null) return run.campaign.begin(run);
  if (options.resume === undefined) return undefined;
  const plan = openOrCreate(options.resume, run);
  const store = openStore(options.resume, plan, warningsAt(options.logLevel));
  return createRounds(store, computeMissing(seconds));
}

/** The campaign in a folder, which is made when it is new. */
function openOrCreate(folder: string, run: Run): Plan {
  const content = contentOf(run);
  if (hasPlan(folder)) {
    const plan = readPlan(folder);
    requireSame(folder, plan, content);
    return plan;
  }
  const { plan, inputs } = planOf(run, { tasks: RESUMED_TASKS });
  try {
    writeFolder(folder, { ...inputs, ...planFiles(plan, []) });
    return plan;
  } catch (error) {
    // Several may begin at the same time: one of them makes it.
    const there = waitForPlan(folder);
    if (there === undefined) throw error;
    requireSame(folder, there, content);
    return there;
  }
}

/** What a process takes to fill a folder that is there already, in milliseconds. */
const FILLING_MS = 2000;
const EVERY_MS = 50;

/** The plan that another process has made or is about to make; undefined when none is. */
function waitForPlan(folder: string): Plan | undefined {
  for (let waited = 0; ; waited += EVERY_MS) {
    if (hasPlan(folder)) return readPlan(folder);
    if (waited >= FILLING_MS || !isBeingFilled(folder)) return undefined;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EVERY_MS);
  }
}

/** The plan of a run whose inputs have all been read, and the inputs by their path in the folder. */
export function planOf(
  run: Run,
  split: Plan["split"],
): { readonly plan: Plan; readonly inputs: Readonly<Record<string, Uint8Array>> } {
  const { argv, paths } = normalizeArguments({ ...run, outputOptions: withoutEffect(run) });
  const inputs: Record<string, Uint8Array> = {};
  for (const { path, bytes } of run.inputs) inputs[paths.get(path) as string] = bytes;
  const described = Object.entries(inputs).map(([path, bytes]) => ({
    path,
    bytes: bytes.length,
    sha256: sha256(bytes),
  }));
  return { plan: makePlan(contentOf(run), { argv, inputs: described, split }), inputs };
}

function withoutEffect(run: Run): Set<string> {
  return new Set([...run.outputOptions, ...HOW_OPTIONS]);
}

/** What a run computes, whatever the order of its options and wherever its inputs lie. */
function contentOf(run: Run): CampaignContent {
  const excluded = withoutEffect(run);
  const { options: texts, paths } = normalizeArguments({ ...run, outputOptions: excluded });
  const options: Record<string, unknown> = {};
  let operands = run.operands().map((operand) => paths.get(operand) ?? operand);
  for (const option of run.definitions()) {
    const name = option.long ?? option.flags;
    const value = run.values()[option.attributeName()];
    if (value === undefined || excluded.has(option.attributeName())) continue;
    const inFolder = texts[name.replace(/^-+/, "")];
    if (option.attributeName() === "input") operands = [...operands, ...((inFolder ?? []) as [])];
    // The value of --no-search is that of "search".
    else if (option.negate) options[name] = value === false;
    else options[name] = FILE_VALUE.test(option.flags) ? inFolder : value;
  }
  const inputs = new Map(
    run.inputs.map(({ path, bytes }) => [paths.get(path) as string, sha256(bytes)]),
  );
  return {
    command: run.command,
    options,
    operands,
    inputs: [...inputs].sort().map(([path, digest]) => ({ path, sha256: digest })),
    version: run.version,
  };
}

/** Refuses the folder of another campaign, and says what is different. */
function requireSame(folder: string, plan: Plan, content: CampaignContent): void {
  if (digestOf(content) === plan.campaign) return;
  const there = plan.content;
  const fail = (difference: string, hint: string): NextstatError =>
    new NextstatError("usage", `this is the folder of another campaign: ${difference}`, {
      location: { file: folder },
      hint,
    });
  if (there.version !== content.version) {
    throw fail(
      `nextstat ${there.version} made it, this is ${content.version}`,
      "finish it with that version, or choose another folder",
    );
  }
  throw fail(differenceOf(there, content), "choose another folder");
}

function differenceOf(there: CampaignContent, here: CampaignContent): string {
  const text = (value: unknown): string =>
    value === undefined ? "not given" : typeof value === "string" ? value : encodePlain(value);
  if (there.command !== here.command) return `${there.command} there, ${here.command} here`;
  for (const name of new Set([...Object.keys(there.options), ...Object.keys(here.options)])) {
    const [before, now] = [text(there.options[name]), text(here.options[name])];
    if (before !== now) return `${name} is ${before} there, ${now} here`;
  }
  const paths = (content: CampaignContent): string => content.inputs.map((i) => i.path).join(", ");
  if (paths(there) !== paths(here)) return `its inputs are ${paths(there)}, here ${paths(here)}`;
  const changed = here.inputs.find(({ sha256: digest }, k) => there.inputs[k]?.sha256 !== digest);
  if (changed !== undefined) return `${changed.path} has another content there`;
  return `its arguments are ${there.operands.join(" ")}, here ${here.operands.join(" ")}`;
}

/** Warnings of a store as lines on standard error. */
export function warningsAt(level: LogLevel): Pick<StoreOptions, "onWarning"> {
  return { onWarning: (text) => log(level, "warn", `warning: ${text}`) };
}

/** What the commands on a campaign need to know of it. */
export interface Campaign {
  /** Absolute. */
  readonly folder: string;
  /** The folder as it was given. */
  readonly name: string;
  readonly plan: Plan;
}

/**
 * Opens the folder of a campaign and checks that its inputs are what they were.
 *
 * @throws NextstatError `input` for a folder that is none or is damaged, `usage` for another version of nextstat
 */
export function openCampaign(folder: string, run: Run): Campaign {
  const plan = readPlan(folder);
  if (plan.versions.nextstat !== run.version) {
    throw new NextstatError(
      "usage",
      `the campaign is of nextstat ${plan.versions.nextstat}, this is ${run.version}`,
      { location: { file: folder }, hint: "use that version, or plan it again" },
    );
  }
  for (const { path, sha256: digest } of plan.inputs) {
    const file = resolve(folder, path);
    if (sha256(readFileBytes(file)) === digest) continue;
    throw new NextstatError("input", "the campaign is damaged: an input is not what it was", {
      location: { file },
      hint: "restore it, or plan the campaign again",
    });
  }
  if (plan.argv.some((word) => WRITES.test(word))) {
    throw new NextstatError("input", "the plan is damaged: its command writes files", {
      location: { file: folder },
      hint: "plan the campaign again",
    });
  }
  return { folder: resolve(folder), name: folder, plan };
}

/** Runs the procedure of a campaign in its folder, with more options. Returns its exit code. */
export async function runCampaign(
  { folder, plan }: Campaign,
  words: readonly string[],
  run: Run,
  rounds: RoundRunner,
  presents: boolean,
): Promise<ExitCode> {
  const command = plan.content.command.split(" ");
  let begun = false;
  const part: CampaignPart = {
    presents,
    begin(inner) {
      begun = true;
      requireSame(folder, plan, contentOf(inner));
      return rounds;
    },
  };
  const argv = [...command, ...words, ...plan.argv.slice(command.length)];
  try {
    const exitCode = await inFolder(folder, () => run.execute(argv, part));
    // It would be taken for a campaign that has come to its end.
    if (!begun) throw computesNothing(folder);
    return exitCode;
  } catch (error) {
    // As --help does.
    throw error instanceof CommanderError ? computesNothing(folder) : error;
  }
}

function computesNothing(folder: string): NextstatError {
  return new NextstatError("input", "the plan is damaged: its command computes nothing", {
    location: { file: folder },
    hint: "plan the campaign again",
  });
}

/** Runs something with another working directory. */
export async function inFolder<T>(folder: string, action: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await action();
  } finally {
    process.chdir(before);
  }
}

/** Where a run of a campaign left it; null when it came to its end. */
export async function pauseOf(action: Promise<unknown>): Promise<CampaignPause | null> {
  try {
    await action;
    return null;
  } catch (error) {
    if (error instanceof CampaignPause) return error;
    throw error;
  }
}

/** The tasks of a round that are not done. */
export interface OpenTasks {
  readonly round: number;
  readonly doing: string;
  readonly tasks: readonly number[];
}

/** The tasks missing in the first round that is not done; null when the campaign is. */
export async function missingTasks(
  campaign: Campaign,
  run: Run,
  level: LogLevel,
): Promise<OpenTasks | null> {
  const { folder, plan } = campaign;
  let open: OpenTasks | null = null;
  const rounds = createRounds(openStore(folder, plan, warningsAt(level)), async (at) => {
    const { count, doing } = at.work;
    const all = Array.from({ length: taskCount(plan, count) }, (_, task) => task);
    const tasks = all.filter((task) => {
      const { lo, hi } = taskRange(plan, count, task);
      return at.missing.some((gap) => gap.lo < hi && lo < gap.hi);
    });
    open = { round: at.round, doing, tasks };
    throw new CampaignPause(at.round, false);
  });
  await pauseOf(runCampaign(campaign, [`--log-level=${level}`], run, rounds, false));
  return open;
}

/** How nextstat itself is run. */
export function self(): { readonly node: string; readonly script: string } {
  return { node: process.execPath, script: resolve(process.argv[1] as string) };
}

/** Adds the option that every command on campaigns has, and its help. */
export function addLogOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--log-level <LEVEL>", "what goes to standard error")
        .choices(LOG_LEVELS)
        .default("warn"),
    )
    .helpOption("-h, --help", "show this help");
}

/** A whole number from 1 on. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError("Expected a whole number from 1 on.");
  }
  return value;
}

/** A whole number from 0 on. */
export function parseIndex(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("Expected a whole number from 0 on.");
  }
  return value;
}
