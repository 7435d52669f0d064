/**
 * One run of a command: what `program.ts` hands to the command, and what the command leaves for the bundle.
 *
 * @module
 */

import type { Command, Option } from "commander";
import { NextstatError } from "../errors.ts";
import type { RoundRunner } from "../parallel/units.ts";
import type { ExitCode } from "./exit.ts";

/** An input as it was read, before decompression. */
export interface RecordedInput {
  /** The path as it was given; `-` for standard input. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The folder whose files find each other by where they lie in it: those of a HistFactory combination. */
  readonly within?: string;
}

/** An option as it was given; without value when it takes none. */
export interface GivenOption {
  readonly option: Option;
  readonly value: string | null;
}

/** The part that a run has in a campaign. */
export interface CampaignPart {
  /** Called when everything has been read: says who computes the rounds. */
  readonly begin: (run: Run) => RoundRunner;
  /** Whether a result is to be printed. */
  readonly presents: boolean;
}

/** One run of a command. */
export interface Run {
  /** Name of the command, e.g. `fit`; with a space between a command and one below it. */
  readonly command: string;
  /** Version of nextstat. */
  readonly version: string;
  /** Inputs in the order they were read; filled only when they are to go into a bundle. */
  readonly inputs: RecordedInput[];
  /**
   * Attribute names of options that say where output goes; a bundle leaves them out of its command line. A command with
   * output options of its own adds them.
   */
  readonly outputOptions: Set<string>;
  /** Positional arguments and options in the order they were given. */
  readonly operands: () => readonly string[];
  readonly options: readonly GivenOption[];
  /** Every option that the command has, and its value by attribute name, be it given or the default. */
  readonly definitions: () => readonly Option[];
  readonly values: () => Readonly<Record<string, unknown>>;
  /** Null for a command that is run for itself. */
  readonly campaign: CampaignPart | null;
  /**
   * Runs a procedure command as a part of this run, and returns its exit code.
   *
   * @throws NextstatError `usage` for words that are no such command
   */
  readonly execute: (words: readonly string[], campaign: CampaignPart) => Promise<ExitCode>;
  /** The options of a procedure command; undefined for what is none. */
  readonly describe: (command: readonly string[]) => Promise<readonly Option[] | undefined>;
  /** When the action began, as `performance.now()` has it. */
  readonly startedAt: number;
  /** When reading was done and computing began, as `performance.now()` has it; null before. */
  loadedAt: number | null;
  /** Called once the result is printed. */
  readonly finish: (exitCode: ExitCode) => void;
}

/** The run of `command`, before it has its options. */
export function createRun(
  command: Command,
  rest: Pick<Run, "version" | "campaign" | "execute" | "describe" | "finish">,
): Run {
  let action = command;
  command.hook("preAction", (_, chosen) => {
    action = chosen;
  });
  return {
    get command() {
      return commandPath(action);
    },
    ...rest,
    inputs: [],
    outputOptions: new Set(["output", "format", "jsonMetrics", "bundle", "logLevel", "resume"]),
    operands: () => action.args,
    options: [],
    definitions: () => action.options,
    values: () => action.opts(),
    startedAt: performance.now(),
    loadedAt: null,
  };
}

/** `fit`, or `preprocess smooth`: the names below the program's own. */
function commandPath(command: Command): string {
  const { parent } = command;
  if (parent?.parent === null || parent === null) return command.name();
  return `${commandPath(parent)} ${command.name()}`;
}

/**
 * Makes the run remember each option as it is given, and refuse a second value where one of them would be lost. To be called
 * when the command has all its options.
 */
export function recordOptions(command: Command, run: Run): void {
  const given = run.options as GivenOption[];
  for (const option of command.options) {
    command.on(`option:${option.name()}`, (value: string | null | undefined) => {
      if (!isRepeatable(option) && given.some((before) => before.option === option)) {
        throw new NextstatError("usage", `${option.long ?? option.flags} is given twice`, {
          hint: "give it once",
        });
      }
      given.push({ option, value: value ?? null });
    });
  }
  for (const below of command.commands) recordOptions(below, run);
}

/** Whether an option takes several values, one by one; a flag says the same twice. */
function isRepeatable({ required, optional, variadic, argChoices, parseArg }: Option): boolean {
  // A parser that collects looks at the values before; that of choices is commander's own.
  const collects = argChoices === undefined && (parseArg?.length ?? 0) > 1;
  return variadic || collects || !(required || optional);
}
