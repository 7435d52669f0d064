/**
 * The folder of a campaign:
 *
 * - `plan.json`: what is computed, and how it is cut into tasks;
 * - `inputs/`: copies of the inputs;
 * - `rounds/N.json`: number and digest of the units of each round, once known;
 *   both kinds of files carry the SHA-256 of what is in them;
 * - `results/`: files of finished units, the only record of what is done;
 * - `batch/`, `log/`, `jobs.jsonl`: what was submitted.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { NextstatError } from "../errors.ts";
import type { KeptRound, UnitStore } from "../parallel/campaign.ts";
import { decodePlain, encodePlain } from "../parallel/plain-data.ts";
import type { Range, RoundWork } from "../parallel/units.ts";
import { isInside, makeFolder, readInput, writeOutput } from "./read-input.ts";
import { checkUnits, parseValue, readUnits, type Trailer, writeUnits } from "./result-files.ts";

const SCHEMA_VERSION = "nextstat_campaign_v0";
const PLAN = "plan.json";

/** A copied input. */
export interface CampaignInput {
  /** In the folder, with `/` between folders. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a campaign computes; nothing else makes it another campaign. */
export interface CampaignContent {
  readonly command: string;
  /** Every option that matters, given or not, by its name; null for one without a value. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Positional arguments in the folder of the campaign. */
  readonly operands: readonly string[];
  readonly inputs: readonly Pick<CampaignInput, "path" | "sha256">[];
  /** Version of nextstat. */
  readonly version: string;
}

/** How the units of a round are cut into tasks: so many, or so long. */
export type Split = { readonly tasks: number } | { readonly task_size: number };

/** The file `plan.json`. */
export interface Plan {
  readonly schema_version: typeof SCHEMA_VERSION;
  /** SHA-256 of `content`. */
  readonly campaign: string;
  readonly content: CampaignContent;
  /** Arguments of `nextstat` in the folder of the campaign. */
  readonly argv: readonly string[];
  readonly inputs: readonly CampaignInput[];
  readonly split: Split;
  readonly versions: { readonly nextstat: string; readonly node: string };
}

/** The file `rounds/N.json`. */
export interface RoundRecord {
  readonly round: number;
  /** Number of units. */
  readonly count: number;
  readonly doing: string;
  /** Digest of what is computed. */
  readonly batch: string;
}

/** The plan of a campaign. */
export function makePlan(
  content: CampaignContent,
  rest: Pick<Plan, "argv" | "inputs" | "split">,
): Plan {
  return {
    schema_version: SCHEMA_VERSION,
    campaign: digestOf(content),
    content,
    ...rest,
    versions: { nextstat: content.version, node: process.versions.node },
  };
}

/** SHA-256 of the content as JSON, the options in order of their names. */
export function digestOf(content: CampaignContent): string {
  const options = Object.entries(content.options).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(encodePlain({ ...content, options }));
}

/** The plan and the record of a round as files of a new folder. */
export function planFiles(plan: Plan, rounds: readonly RoundRecord[]): Record<string, string> {
  const files = rounds.map((record) => [`rounds/${record.round}.json`, json(record)] as const);
  return { ...Object.fromEntries(files), [PLAN]: json(plan) };
}

/** Plain data with their digest, so that a change in them is noticed, whatever it is. */
function json(value: object): string {
  const members = JSON.parse(encodePlain(value)) as object;
  return `${JSON.stringify({ ...members, sha256: sha256(encodePlain(value)) }, null, 2)}\n`;
}

/** Whether there is a campaign in a folder. */
export function hasPlan(folder: string): boolean {
  return existsSync(join(folder, PLAN));
}

/** Whether a folder has nothing but parts of a campaign, among them none that is written last. */
export function isBeingFilled(folder: string): boolean {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return false;
  return readdirSync(folder).every((name) => name === "inputs" || /^\..*\.tmp$/.test(name));
}

const NO_CAMPAIGN = "give a folder that nextstat plan or --resume has made";
const NEW_CAMPAIGN = "make the campaign again";
const NEW_ROUND = "delete the file: it is made again";

/**
 * Reads the plan of a campaign.
 *
 * @throws NextstatError `input` for a folder that is none, and a plan that is damaged
 */
export function readPlan(folder: string): Plan {
  const file = join(folder, PLAN);
  const fail = (problem: string, hint = NO_CAMPAIGN): NextstatError =>
    new NextstatError("input", problem, { location: { file }, hint });
  const { value, whole } = readJson(file, NEW_CAMPAIGN);
  const plan = value as Partial<Plan>;
  if (plan.schema_version !== SCHEMA_VERSION) {
    throw fail(`this is not the plan of a campaign (schema_version ${SCHEMA_VERSION})`);
  }
  const { content, campaign, argv, inputs, split, versions } = plan;
  const complete =
    whole &&
    typeof content?.command === "string" &&
    typeof content.options === "object" &&
    content.options !== null &&
    Array.isArray(content.operands) &&
    Array.isArray(content.inputs) &&
    Array.isArray(argv) &&
    argv.every((word) => typeof word === "string") &&
    Array.isArray(inputs) &&
    inputs.every(isInput) &&
    isSplit(split) &&
    typeof versions?.nextstat === "string";
  if (!complete || digestOf(content) !== campaign) {
    throw fail("the plan is damaged: it is not what was written", NEW_CAMPAIGN);
  }
  return plan as Plan;
}

function isInput(input: Partial<CampaignInput> | null): boolean {
  const { path, sha256: digest } = input ?? {};
  if (typeof path !== "string" || typeof digest !== "string") return false;
  return path.startsWith("inputs/") && isInside(path);
}

function isSplit(split: Partial<Record<string, unknown>> | undefined): boolean {
  const numbers = [split?.tasks, split?.task_size].filter((n) => n !== undefined);
  return numbers.length === 1 && Number.isSafeInteger(numbers[0]) && (numbers[0] as number) > 0;
}

/** What {@link json} has written without its digest, and whether the digest is right. */
function readJson(
  file: string,
  hint: string,
): { readonly value: Readonly<Record<string, unknown>>; readonly whole: boolean } {
  const { text } = readInput(file);
  try {
    const { sha256: digest, ...members } = JSON.parse(text) as Record<string, unknown>;
    const value = decodePlain(members) as Record<string, unknown>;
    return { value, whole: digest === sha256(encodePlain(value)) };
  } catch (cause) {
    throw new NextstatError("input", "the campaign is damaged: not valid JSON", {
      location: { file },
      hint,
      cause,
    });
  }
}

/** Number of tasks of a round. */
export function taskCount(plan: Plan, count: number): number {
  return Math.ceil(count / taskSize(plan, count));
}

/** The units of a task of a round with `count` units. */
export function taskRange(plan: Plan, count: number, task: number): Range {
  const size = taskSize(plan, count);
  return { lo: Math.min(task * size, count), hi: Math.min((task + 1) * size, count) };
}

function taskSize({ split }: Plan, count: number): number {
  return "task_size" in split ? split.task_size : Math.max(1, Math.ceil(count / split.tasks));
}

/** The rounds known so far. */
export function readRounds(folder: string): RoundRecord[] {
  const records: RoundRecord[] = [];
  for (;;) {
    const file = join(folder, "rounds", `${records.length}.json`);
    if (!existsSync(file)) return records;
    const { value, whole } = readJson(file, NEW_ROUND);
    const record = value as unknown as RoundRecord;
    if (!whole || record.round !== records.length || !(record.count > 0)) {
      throw new NextstatError("input", "the campaign is damaged: this is not the round", {
        location: { file },
        hint: NEW_ROUND,
      });
    }
    records.push(record);
  }
}

/** A file of finished units that is whole. */
export interface ResultFile {
  readonly path: string;
  readonly trailer: Trailer;
  readonly bodyBytes: number;
}

/** A file that cannot be used, and why. */
export interface DamagedFile {
  readonly path: string;
  readonly damage: string;
}

/** The files of finished units of a campaign, in order of their names. */
export function resultFiles(
  folder: string,
  plan: Plan,
  round: number,
): { readonly whole: readonly ResultFile[]; readonly damaged: readonly DamagedFile[] } {
  const whole: ResultFile[] = [];
  const damaged: DamagedFile[] = [];
  const results = join(folder, "results");
  for (const name of namesIn(results).sort()) {
    if (!name.startsWith(`r${round}-`) || !name.endsWith(".jsonl")) continue;
    const path = join(results, name);
    const checked = checkUnits(path);
    if ("damage" in checked) damaged.push({ path, ...checked });
    else if (checked.trailer.campaign !== plan.campaign || checked.trailer.round !== round) {
      damaged.push({ path, damage: "it is of another campaign or round" });
    } else whole.push({ path, ...checked });
  }
  return { whole, damaged };
}

/** @throws NextstatError `input` for what is no folder that can be read */
function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new NextstatError(
      "input",
      "the campaign is damaged: this is no folder that can be read",
      {
        location: { file: folder },
        hint: "move it away if it is no folder, else check its permissions",
        cause,
      },
    );
  }
}

/** Whether any unit is finished, or was before its file was damaged. */
export function hasResults(folder: string): boolean {
  return namesIn(join(folder, "results")).some((name) => name.endsWith(".jsonl"));
}

/** The record of a round as the work itself has it. */
export function describeRound(round: number, work: RoundWork): RoundRecord {
  const hash = createHash("sha256");
  for (const text of work.identity()) hash.update(text).update("\n");
  return { round, count: work.count, doing: work.doing, batch: hash.digest("hex") };
}

/** How a store behaves. */
export interface StoreOptions {
  /** Take results of other versions of nextstat or Node, and of other kinds of machines. Default false. */
  readonly allowMixed?: boolean;
  /** Told what is wrong but no reason to stop. */
  readonly onWarning: (text: string) => void;
}

/** The finished units of the campaign in a folder. */
export function openStore(folder: string, plan: Plan, options: StoreOptions): UnitStore {
  return {
    open(round, work) {
      const record = describeRound(round, work);
      keepRecord(folder, record, options.allowMixed === true);
      return openRound(folder, plan, record, options);
    },
  };
}

/** Writes the record of a round, or compares it with the one that is there. */
function keepRecord(folder: string, record: RoundRecord, allowMixed: boolean): void {
  const before = readRounds(folder)[record.round];
  if (before === undefined) {
    makeFolder(join(folder, "rounds"));
    writeOutput(join(folder, "rounds", `${record.round}.json`), json(record));
    return;
  }
  const same = before.batch === record.batch || allowMixed;
  if (same && before.count === record.count && before.doing === record.doing) return;
  throw new NextstatError("input", `round ${record.round} is not the one that was begun`, {
    location: { file: join(folder, "rounds", `${record.round}.json`) },
    hint: "what comes before it gave other numbers: use the version of Node and the kind of machine that began it",
  });
}

function openRound(
  folder: string,
  plan: Plan,
  record: RoundRecord,
  { allowMixed = false, onWarning }: StoreOptions,
): KeptRound {
  const { round, count, batch } = record;
  return {
    read() {
      const values = new Array<unknown>(count).fill(undefined);
      const { whole, damaged } = resultFiles(folder, plan, round);
      for (const { path, damage } of damaged) {
        onWarning(`${path} is damaged (${damage}): its units are missing`);
      }
      if (!allowMixed) requireOneOrigin(whole, record, plan);
      const owners = new Uint32Array(count);
      whole.forEach(({ path, bodyBytes }, k) => {
        for (const [unit, text] of readUnits(path, bodyBytes)) {
          if (!(unit < count)) throw foreignUnit(path, unit, count);
          const value = values[unit];
          if (value === undefined) {
            values[unit] = parseValue(text);
            owners[unit] = k;
          } else if (encodePlain(value) !== text) {
            throw contradiction(unit, path, whole[owners[unit] as number]?.path as string);
          }
        }
      });
      return values;
    },
    keep(units, seconds) {
      const { campaign, versions } = plan;
      const origin = { campaign, round, batch, nextstat: versions.nextstat, seconds };
      writeUnits(join(folder, "results"), units, origin);
    },
  };
}

/** Results of one kind of machine and one version, this one, give the result that this one would give. */
function requireOneOrigin(files: readonly ResultFile[], record: RoundRecord, plan: Plan): void {
  const major = (version: string): string => version.split(".", 1)[0] as string;
  const here = { node: process.versions.node, arch: process.arch };
  for (const { path, trailer } of files) {
    const same =
      trailer.nextstat === plan.versions.nextstat &&
      major(trailer.node) === major(here.node) &&
      trailer.arch === here.arch;
    if (same && trailer.batch === record.batch) continue;
    const made = `nextstat ${trailer.nextstat}, Node ${trailer.node}, ${trailer.arch}`;
    const problem = same
      ? "these results are of other units than those of the campaign"
      : `these results were made with another version or kind of machine (${made}; here nextstat ${plan.versions.nextstat}, Node ${here.node}, ${here.arch})`;
    throw new NextstatError("input", problem, {
      location: { file: path },
      hint: same
        ? "delete the file: it is made again"
        : "compute them with one, or collect with --allow-mixed where the last digits do not matter",
    });
  }
}

function contradiction(unit: number, path: string, other: string): NextstatError {
  return new NextstatError("input", `unit ${unit} has two different values`, {
    location: { file: path },
    hint: `the other one is in ${other}; delete both files and compute them again`,
  });
}

function foreignUnit(path: string, unit: number, count: number): NextstatError {
  return new NextstatError("input", `unit ${unit} is none of the ${count} of the round`, {
    location: { file: path },
    hint: "delete the file",
  });
}

function sha256(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}
