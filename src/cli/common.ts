/**
 * What every command on one workspace shares: its options, reading the model, printing the result.
 *
 * @module
 */

import { existsSync, realpathSync } from "node:fs";
import { basename } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { NextstatError } from "../errors.ts";
import { fromPyhf, type Model, type PatchInput } from "../index.ts";
import { readInput, writeOutput } from "../node/read-input.ts";
import { formatJson } from "../report/json.ts";
import { counted } from "../report/text.ts";
import { EXIT, type ExitCode } from "./exit.ts";

/** Options of {@link addCommonOptions} as commander hands them over. */
export interface CommonOptions {
  readonly input?: string;
  readonly output?: string;
  readonly format?: "text" | "json";
  readonly interpDefaults: keyof typeof INTERP_DEFAULTS;
  readonly patch?: readonly string[];
  readonly measurement?: string;
  readonly poi?: string;
  readonly strict?: boolean;
}

/** Values of `--interp-defaults`: by origin, or by code. */
const INTERP_DEFAULTS = {
  root: "root",
  pyhf: "pyhf",
  "code4-code4p": "root",
  "code1-code0": "pyhf",
} as const;

/** The positional FILE, and the options for input and output. */
export function addCommonOptions(command: Command): Command {
  return command
    .argument("[FILE]", "workspace (pyhf JSON, may be gzipped); - reads standard input")
    .optionsGroup("Input:")
    .option("-i, --input <FILE>", "the same as FILE")
    .option(
      "--patch <FILE>",
      "JSON Patch to apply first, FILE#NAME for one of a patchset (repeatable, in order)",
      collect,
    )
    .option("--measurement <NAME>", "measurement to use (default: the first)")
    .option("--poi <NAME>", "parameter of interest, instead of the measurement's")
    .addOption(
      new Option(
        "--interp-defaults <SET>",
        "interpolation of normsys and histosys: root (code4, code4p) or pyhf (code1, code0)",
      )
        .choices(Object.keys(INTERP_DEFAULTS))
        .default("root"),
    )
    .optionsGroup("Output:")
    .option("-o, --output <FILE>", "write the result to FILE (default: standard output)")
    .addOption(
      new Option("--format <FORMAT>", "default: text on a terminal, json otherwise").choices([
        "text",
        "json",
      ]),
    )
    .option("--strict", "exit with code 3 when the result carries a warning")
    .helpOption("-h, --help", "show this help");
}

/** A model and what to call it in a heading. */
export interface LoadedModel {
  readonly model: Model;
  readonly title: string;
}

/** Reads the workspace and the patches and builds the model. */
export function loadModel(file: string | undefined, options: CommonOptions): LoadedModel {
  const path = inputPath(file, options.input);
  const patchPaths = options.patch ?? [];
  if ([path, ...patchPaths].filter((p) => p === "-").length > 1) {
    throw new NextstatError("usage", "standard input can be read only once (-)", {
      hint: "give the workspace or the patch as a file",
    });
  }
  refuseOverwriting(path, options.output);
  const input = readInput(path);
  const patches = patchPaths.map(readPatch);
  const model = fromPyhf(input.text, {
    file: input.file,
    interpDefaults: INTERP_DEFAULTS[options.interpDefaults],
    patches,
    ...(options.measurement === undefined ? {} : { measurement: options.measurement }),
    ...(options.poi === undefined ? {} : { poi: options.poi }),
  });
  return { model, title: path === "-" ? "standard input" : basename(path) };
}

/** The patch in `FILE`, or the one called NAME in `FILE#NAME` when there is no file of that name. */
function readPatch(argument: string): PatchInput {
  const at = argument.lastIndexOf("#");
  if (at <= 0 || existsSync(argument)) return readInput(argument);
  return { ...readInput(argument.slice(0, at)), name: argument.slice(at + 1) };
}

/** The result may not replace what it was made from. */
function refuseOverwriting(input: string, output: string | undefined): void {
  if (output === undefined || input === "-" || !existsSync(input) || !existsSync(output)) return;
  if (realpathSync(input) !== realpathSync(output)) return;
  throw new NextstatError("usage", `--output ${output} is the input itself`, {
    hint: "give another file name",
  });
}

function inputPath(file: string | undefined, input: string | undefined): string {
  if (file !== undefined && input !== undefined) {
    throw new NextstatError("usage", `two inputs (${file} and --input ${input})`, {
      hint: "give one workspace; several values of one option are separated by commas",
    });
  }
  const path = file ?? input;
  if (path === undefined) {
    throw new NextstatError("usage", "no input", {
      hint: "give a workspace FILE, or - for standard input",
    });
  }
  return path;
}

/** A result in both forms; only the one asked for is made. */
export interface Presentation {
  readonly json: () => string;
  readonly text: () => string;
  readonly warnings: readonly string[];
}

/** Prints or writes the result and returns the exit code. */
export function present(result: Presentation, options: CommonOptions): ExitCode {
  const file = options.output === "-" ? undefined : options.output;
  const terminal = process.stdout.isTTY === true;
  if (file !== undefined) {
    writeOutput(file, options.format === "text" ? result.text() : result.json());
    if (terminal && options.format === undefined) {
      process.stdout.write(`${result.text()}\nJSON written to ${file}\n`);
    }
  } else if ((options.format ?? (terminal ? "text" : "json")) === "text") {
    const pointer = terminal ? "\nFor the JSON: --format json, or -o FILE\n" : "";
    process.stdout.write(result.text() + pointer);
  } else {
    process.stdout.write(result.json());
  }
  if (options.strict === true && result.warnings.length > 0) {
    const n = counted(result.warnings.length, "warning");
    process.stderr.write(`nextstat: ${n}, and --strict was given\n`);
    return EXIT.strict;
  }
  return EXIT.ok;
}

/** The record as JSON, with the dictionaries of all our records known. */
export function recordJson(record: object): string {
  return formatJson(record, { dictionaries: ["uncertaintyReasons"] });
}

/** Collects a repeatable option. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/**
 * Names given as `a,b` or one by one. A value that is a name as it stands is not split.
 *
 * @param known every valid name
 */
export function splitNames(values: readonly string[], known: readonly string[]): readonly string[] {
  return values.flatMap((value) =>
    known.includes(value)
      ? [value]
      : value
          .split(",")
          .map((name) => name.trim())
          .filter((name) => name !== ""),
  );
}

/** Splits `NAME=TEXT` at the last `=`, as names may contain one and numbers do not. */
export function splitAssignment(value: string): { name: string; text: string } {
  const at = value.lastIndexOf("=");
  if (at <= 0) throw new InvalidArgumentError("Expected NAME=VALUE.");
  return { name: value.slice(0, at), text: value.slice(at + 1) };
}

/** A finite number as people write it. */
export function parseNumber(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError(`Not a number: "${text}".`);
  return value;
}
