/**
 * The configuration of a campaign, in YAML or JSON: a command, its input and options, and how it is cut.
 *
 * ```yaml
 * command: hypotest-toys
 * input: workspace.json
 * options: {mu: 1, n-toys: 100000, seed: 7}
 * tasks: 100
 * ```
 *
 * @module
 */

import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { NextstatError, suggestName } from "../errors.ts";
import type { Plan } from "../node/campaign-folder.ts";
import { readInput } from "../node/read-input.ts";
import type { Run } from "./run.ts";

/** A configuration as a command line. */
export interface CampaignConfig {
  /** Arguments of `nextstat`; files are relative to the folder of the configuration. */
  readonly argv: readonly string[];
  /** Undefined when it is not said. */
  readonly split: Plan["split"] | undefined;
}

const KEYS = ["command", "input", "options", "tasks", "task-size"];

/** What is wrong with a part of the text. */
type Fail = (problem: string, node: unknown, hint: string) => NextstatError;

/**
 * Reads a configuration.
 *
 * @throws NextstatError `input` for what is none, with the line
 */
export async function readConfig(file: string, run: Run): Promise<CampaignConfig> {
  const { text } = readInput(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const failAt = (problem: string, offset: number, hint: string): NextstatError => {
    const { line, col } = lines.linePos(offset);
    return new NextstatError("input", problem, { location: { file, line, column: col }, hint });
  };
  const fail: Fail = (problem, node, hint) => {
    const { range } = node as { range?: readonly number[] | null };
    return failAt(problem, range?.[0] ?? 0, hint);
  };
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) {
    throw failAt(`this is no YAML: ${error.message}`, error.pos[0], "correct the configuration");
  }
  const { contents } = document;
  if (!isMap(contents)) {
    throw failAt("the configuration is empty or no list of keys", 0, `give ${KEYS.join(", ")}`);
  }
  const members = membersOf(contents, KEYS, fail);
  const command = members.get("command");
  if (command === undefined) throw fail("there is no command", contents, "add command: NAME");
  const words = textOf(command, fail).split(" ");
  const known = await run.describe(words);
  // Of more words than the name has, the rest would be arguments.
  const short = words.slice(0, -1);
  const more = words.length > 2 || (short.length > 0 && (await run.describe(short)) !== undefined);
  if (known === undefined || more) {
    throw fail(
      `"${words.join(" ")}" is no command that can be a campaign`,
      command.value,
      more
        ? "give its name alone: arguments go to input and options"
        : "campaigns are made of procedures: nextstat plan --help lists them",
    );
  }
  const names = known.flatMap(({ long }) => (long === undefined ? [] : [long.replace(/^--/, "")]));
  const options = members.get("options");
  const argv = [...words];
  if (options !== undefined) {
    if (!isMap(options.value)) {
      throw fail("the options are no list of names and values", options.key, "write NAME: VALUE");
    }
    for (const [name, pair] of membersOf(options.value, names, fail)) {
      argv.push(...valuesOf(pair, fail).map((v) => (v === true ? `--${name}` : `--${name}=${v}`)));
    }
  }
  const input = members.get("input");
  if (input !== undefined) argv.push("--", textOf(input, fail));
  return { argv, split: splitOf(members, fail) };
}

type Member = Pair<Scalar, unknown>;

/** The members by name; only these may be there. */
function membersOf(map: YAMLMap, known: readonly string[], fail: Fail): Map<string, Member> {
  const members = new Map<string, Member>();
  for (const pair of map.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : "";
    if (!known.includes(key)) {
      throw fail(`unknown key "${key}"`, pair.key, suggestName(key, known));
    }
    members.set(key, pair as Member);
  }
  return members;
}

function textOf({ key, value }: Member, fail: Fail): string {
  if (isScalar(value) && typeof value.value === "string" && value.value !== "") return value.value;
  throw fail(`"${key.value}" is no text`, key, "write it as text");
}

/** The values of an option; true for one that takes none. */
function valuesOf({ key, value }: Member, fail: Fail): (string | true)[] {
  const items = isSeq(value) ? value.items : [value];
  return items.map((item) => {
    if (isScalar(item)) {
      // As it is written: 1e400 and 20-digit seeds are for the command to judge.
      if (typeof item.value === "number") return item.source ?? String(item.value);
      if (typeof item.value === "string") return item.value;
      if (item.value === true) return true;
    }
    throw fail(
      `the option "${String(key.value)}" has no value that an option can have`,
      key,
      "give a number, a text, a list of them, or true; leave out what is not wanted",
    );
  });
}

function splitOf(members: ReadonlyMap<string, Member>, fail: Fail): Plan["split"] | undefined {
  const tasks = members.get("tasks");
  const size = members.get("task-size");
  if (tasks !== undefined && size !== undefined) {
    throw fail("both tasks and task-size are given", size.key, "give one of them");
  }
  const one = tasks ?? size;
  if (one === undefined) return undefined;
  const value = isScalar(one.value) ? one.value.value : undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw fail(`"${one.key.value}" is no whole number from 1 on`, one.key, "write a number");
  }
  return tasks === undefined ? { task_size: value as number } : { tasks: value as number };
}
