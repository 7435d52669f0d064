/**
 * The options that commands share, and what is checked of them before anything is computed.
 *
 * @module
 */

import { availableParallelism } from "node:os";
import { resolve, sep } from "node:path";
import { type Command, Option } from "commander";
import { NextstatError } from "../errors.ts";
import { checkNewFolder, checkOutput } from "../node/read-input.ts";
import { counted } from "../report/text.ts";
import { addHs3Options, type Hs3CommandOptions } from "./hs3-options.ts";
import { LOG_LEVELS, type LogLevel, log } from "./log.ts";
import { collect, parseThreads } from "./values.ts";

/** Options of {@link addOutputOptions} as commander hands them over. */
export interface OutputOptions {
  readonly output?: string;
  readonly format?: "text" | "json";
  readonly strict?: boolean;
  readonly jsonMetrics?: string;
  readonly bundle?: string;
  readonly threads: number;
  readonly parity?: boolean;
  /** Of procedure commands only. */
  readonly resume?: string;
  readonly logLevel: LogLevel;
}

/** Options of {@link addCommonOptions} as commander hands them over. */
export interface CommonOptions extends OutputOptions, Hs3CommandOptions {
  readonly input?: string;
  readonly interpDefaults?: keyof typeof INTERP_DEFAULTS;
  readonly patch?: readonly string[];
  readonly measurement?: string;
  readonly poi?: string;
}

/** Values of `--interp-defaults`: by origin, or by code. */
export const INTERP_DEFAULTS = {
  root: "root",
  pyhf: "pyhf",
  "code4-code4p": "root",
  "code1-code0": "pyhf",
} as const;

/** What `--measurement` does where one is used. */
export const FIRST_MEASUREMENT = "measurement to use (default: the first)";

/**
 * The positional FILE and what is read with it.
 *
 * @param measurement what the option of this name does
 */
export function addWorkspaceInput(command: Command, measurement: string): Command {
  return command
    .argument(
      "[FILE]",
      "workspace (pyhf JSON, HS3, or a HistFactory combination); - reads standard input",
    )
    .optionsGroup("Input:")
    .option("-i, --input <FILE>", "the same as FILE")
    .option(
      "--patch <FILE>",
      "JSON Patch to apply first, FILE#NAME for one of a patchset (repeatable, in order)",
      collect,
    )
    .option("--measurement <NAME>", measurement);
}

/** The positional FILE of a command on one model, and the options for input and output. */
export function addCommonOptions(command: Command): Command {
  addWorkspaceInput(command, FIRST_MEASUREMENT)
    .option("--poi <NAME>", "parameter of interest, instead of the measurement's")
    .addOption(
      new Option(
        "--interp-defaults <SET>",
        "pyhf: interpolation of normsys and histosys, root (code4, code4p; default) or pyhf (code1, code0)",
      ).choices(Object.keys(INTERP_DEFAULTS)),
    );
  return addOutputOptions(addHs3Options(command));
}

/** The options that say what warnings do, for commands that write nothing but their files. */
export function addWarningOptions(command: Command): Command {
  return command
    .option("--strict", "exit with code 3 when there is a warning")
    .addOption(
      new Option("--log-level <LEVEL>", "what goes to standard error")
        .choices(LOG_LEVELS)
        .default("warn"),
    )
    .helpOption("-h, --help", "show this help");
}

/**
 * The options for output and for the run, which every command has.
 *
 * @param check refuses what cannot be written, before anything is computed
 */
export function addOutputOptions(
  command: Command,
  check: (options: OutputOptions) => void = checkDestinations,
): Command {
  return command
    .optionsGroup("Output:")
    .option("-o, --output <FILE>", "write the result to FILE (default: standard output)")
    .addOption(
      new Option("--format <FORMAT>", "default: text on a terminal, json otherwise").choices([
        "text",
        "json",
      ]),
    )
    .option("--json-metrics <PATH>", "write metrics for experiment tracking to PATH, or - (stdout)")
    .option("--bundle <DIR>", "write inputs, outputs and versions to a new folder; see rerun")
    .option("--strict", "exit with code 3 when the result carries a warning")
    .optionsGroup("Run:")
    .addOption(
      new Option("--threads <N>", "threads to use, 0 for all cores")
        .argParser(parseThreads)
        .default(1),
    )
    .option("--parity", "fixed order on one thread (results do not depend on it)")
    .addOption(
      new Option("--log-level <LEVEL>", "what goes to standard error")
        .choices(LOG_LEVELS)
        .default("warn"),
    )
    .helpOption("-h, --help", "show this help")
    .hook("preAction", (_, action) => {
      const options = action.opts<OutputOptions>();
      check(options);
      const { platform, arch, versions } = process;
      const threads = counted(threadsOf(options), "thread");
      log(options.logLevel, "debug", `Node ${versions.node} on ${platform} ${arch}, ${threads}`);
    });
}

/** The common options of a procedure command: {@link addCommonOptions}, and what keeps the finished part of the work. */
export function addProcedureOptions(command: Command): Command {
  return addCommonOptions(command).option(
    "--resume <DIR>",
    "keep what is finished in DIR, a new folder or that of the same command, and continue there",
  );
}

/** What cannot be written is refused before anything is computed. */
export function checkDestinations({ output, jsonMetrics, bundle, resume }: OutputOptions): void {
  if (jsonMetrics === "-" && (output === undefined || output === "-")) {
    throw new NextstatError("usage", "the result and the metrics both go to standard output", {
      hint: "write the result to a file with -o FILE, or the metrics with --json-metrics FILE",
    });
  }
  checkOutputs({ "--output": output, "--json-metrics": jsonMetrics }, bundle);
  if (bundle === undefined) return;
  checkNewFolder(bundle);
  if (resume === undefined || !(isInside(resume, bundle) || isInside(bundle, resume))) return;
  throw new NextstatError("usage", `--resume ${resume} and --bundle ${bundle} overlap`, {
    hint: "give two folders",
  });
}

/** Whether a path is a folder or lies in it. */
function isInside(path: string, folder: string): boolean {
  return `${resolve(path)}${sep}`.startsWith(`${resolve(folder)}${sep}`);
}

/** Refuses files that cannot be written, that are one file, or that lie in the folder of the bundle, which is to be empty. */
export function checkOutputs(
  files: Readonly<Record<string, string | undefined>>,
  bundle: string | undefined,
): void {
  const owners = new Map<string, string>();
  for (const [option, file] of Object.entries(files)) {
    if (file === undefined || file === "-") continue;
    const path = resolve(file);
    const owner = owners.get(path);
    if (owner !== undefined) {
      throw new NextstatError("usage", `${owner} and ${option} are both ${file}`, {
        hint: "give two file names",
      });
    }
    owners.set(path, option);
    if (bundle !== undefined && isInside(path, bundle)) {
      throw new NextstatError("usage", `${option} ${file} is in the folder of --bundle`, {
        hint: "write it elsewhere; the bundle has a copy",
      });
    }
    checkOutput(file);
  }
}

/** How many threads a command may use. */
export function threadsOf(options: OutputOptions): number {
  if (options.parity === true) return 1;
  return options.threads === 0 ? availableParallelism() : options.threads;
}
