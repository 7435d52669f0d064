/**
 * What commands share: their options, reading the model, handing over the result.
 *
 * @module
 */

import { existsSync, realpathSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, resolve, sep } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { NextstatError } from "../errors.ts";
import { parseJson } from "../formats/index.ts";
import { type FromWorkspaceOptions, fromWorkspace, type Model, type PatchInput } from "../index.ts";
import { hasResults } from "../node/campaign-folder.ts";
import {
  checkNewFolder,
  checkOutput,
  type InputText,
  readInput,
  writeOutput,
} from "../node/read-input.ts";
import { formatJson } from "../report/json.ts";
import { buildMetrics, type MetricsDocument, type MetricValues } from "../report/metrics.ts";
import { counted } from "../report/text.ts";
import { type BundleOutputs, writeBundle } from "./bundle.ts";
import { readCommit } from "./commit.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { isHistFactory, type OpenedHistFactory, readXmlModel } from "./histfactory-input.ts";
import { addHs3Options, type Hs3CommandOptions, hs3Options } from "./hs3-options.ts";
import { LOG_LEVELS, type LogLevel, log } from "./log.ts";
import type { Run } from "./run.ts";

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

/** The positional FILE of a command on one model, and the options for input and output. */
export function addCommonOptions(command: Command): Command {
  command
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
    .option("--measurement <NAME>", "measurement to use (default: the first)")
    .option("--poi <NAME>", "parameter of interest, instead of the measurement's")
    .addOption(
      new Option(
        "--interp-defaults <SET>",
        "pyhf: interpolation of normsys and histosys, root (code4, code4p; default) or pyhf (code1, code0)",
      ).choices(Object.keys(INTERP_DEFAULTS)),
    );
  return addOutputOptions(addHs3Options(command));
}

/** The options for output and for the run, which every command has. */
export function addOutputOptions(command: Command): Command {
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
      checkDestinations(options);
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
function checkDestinations({ output, jsonMetrics, bundle, resume }: OutputOptions): void {
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

/** No machine has more cores, and a pool of threads is memory. */
const MAX_THREADS = 1024;

/** Parses a number of threads. */
export function parseThreads(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > MAX_THREADS) {
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${MAX_THREADS}.`);
  }
  return Number(text);
}

/** A model and what to call it in a heading. */
export interface LoadedModel {
  readonly model: Model;
  readonly title: string;
}

/** Reads the workspace and the patches and builds the model. */
export async function loadModel(
  file: string | undefined,
  options: CommonOptions,
  run: Run,
): Promise<LoadedModel> {
  const path = inputPath(file, options.input);
  requireOneStdin([path, ...(options.patch ?? [])]);
  const input = openInput(path, options, run);
  const patches = openPatches(options, run);
  const read = { ...modelOptions(options), file: input.file, patches };
  const model = isHistFactory(input.text)
    ? await readXmlModel(openedHistFactory(path, input, options, run), read)
    : fromWorkspace(input.text, read);
  run.loadedAt = performance.now();
  const title = path === "-" ? "standard input" : basename(path);
  log(options.logLevel, "info", `read ${title}: ${counted(model.nParams(), "parameter")}`);
  return { model, title };
}

/** A combination that has been opened as the input of a command. */
export function openedHistFactory(
  path: string,
  input: InputText,
  options: OutputOptions,
  run: Run,
): OpenedHistFactory {
  const keptIn =
    options.bundle !== undefined ? "bundle" : isCampaign(options, run) ? "campaign" : null;
  return { path, input, keptIn, open: (named) => openInput(named, options, run) };
}

/** How the workspace is to be read. */
export function modelOptions(
  options: CommonOptions,
): Pick<FromWorkspaceOptions, "interpDefaults" | "measurement" | "poi" | "hs3"> {
  const { interpDefaults, measurement, poi } = options;
  return {
    hs3: hs3Options(options),
    ...(interpDefaults === undefined ? {} : { interpDefaults: INTERP_DEFAULTS[interpDefaults] }),
    ...(measurement === undefined ? {} : { measurement }),
    ...(poi === undefined ? {} : { poi }),
  };
}

/** Refuses to read standard input for two inputs. */
export function requireOneStdin(paths: readonly string[]): void {
  if (paths.filter((path) => path === "-").length < 2) return;
  throw new NextstatError("usage", "standard input can be read only once (-)", {
    hint: "give the workspace or the patch as a file",
  });
}

/** The patches of `--patch`. */
export function openPatches(options: CommonOptions, run: Run): PatchInput[] {
  return (options.patch ?? []).map((patch) => openPatch(patch, options, run));
}

/**
 * Reads an input of a command: a text, from a file or from standard input for `-`. A command that reads all its inputs here
 * can be bundled and run again, and cannot overwrite them.
 */
export function openInput(path: string, options: OutputOptions, run: Run): InputText {
  refuseOverwriting(path, "--output", options.output);
  refuseOverwriting(path, "--json-metrics", options.jsonMetrics);
  if (!recordsInputs(options, run)) return readInput(path);
  return readInput(path, {
    onBytes(bytes) {
      if (!run.inputs.some((input) => input.path === path)) run.inputs.push({ path, bytes });
    },
  });
}

/** Whether the bytes of the inputs are needed: for a bundle or a campaign. */
function recordsInputs(options: OutputOptions, run: Run): boolean {
  return options.bundle !== undefined || isCampaign(options, run);
}

/**
 * Makes the bytes of an input known that is read later.
 *
 * @throws NextstatError `input` when there are none; what is wrong with them is for its reader to say
 */
export function recordInput(path: string, options: OutputOptions, run: Run): void {
  const known = run.inputs.length;
  try {
    openInput(path, options, run);
  } catch (error) {
    if (run.inputs.length === known) throw error;
  }
}

/** Whether finished units are kept in files. */
export function isCampaign(options: OutputOptions, run: Run): boolean {
  return options.resume !== undefined || run.campaign !== null;
}

/** An input that is JSON of our own, parsed. */
export function openJson(
  path: string,
  options: OutputOptions,
  run: Run,
): { readonly value: unknown; readonly file: string } {
  const { text, file } = openInput(path, options, run);
  return { value: parseJson(text, file).value, file };
}

/** The patch in `FILE`, or the one called NAME in `FILE#NAME` when there is no file of that name. */
function openPatch(argument: string, options: OutputOptions, run: Run): PatchInput {
  const at = argument.lastIndexOf("#");
  if (at <= 0 || existsSync(argument)) return openInput(argument, options, run);
  return { ...openInput(argument.slice(0, at), options, run), name: argument.slice(at + 1) };
}

/** The result may not replace what it was made from. */
export function refuseOverwriting(input: string, option: string, output: string | undefined): void {
  if (output === undefined || input === "-" || !existsSync(input) || !existsSync(output)) return;
  if (realpathSync(input) !== realpathSync(output)) return;
  throw new NextstatError("usage", `${option} ${output} is the input itself`, {
    hint: "give another file name",
  });
}

/** The one input of a command, as argument or with `--input`. */
export function inputPath(file: string | undefined, input: string | undefined): string {
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

/** A result in every form; only those asked for are made. */
export interface Presentation {
  readonly json: () => string;
  readonly text: () => string;
  readonly warnings: readonly string[];
  /** Whether the result does not hold the warnings, so that they always go to standard error. Default false. */
  readonly warningsApart?: boolean;
  /** Values for `--json-metrics`. */
  readonly metrics: () => MetricValues;
  /** Whether the run was stopped before its end and this is what was finished. Default false. */
  readonly interrupted?: boolean;
}

/** Prints or writes the result, the metrics and the bundle, and ends the run with its exit code. */
export function present(result: Presentation, options: OutputOptions, run: Run): void {
  if (run.campaign?.presents === false) {
    run.finish(EXIT.ok);
    return;
  }
  const computedAt = performance.now();
  const json = once(result.json);
  const text = once(result.text);
  const metrics = once(() => metricsText(result, options, run, computedAt));
  const exitCode = exitCodeOf(result, options);

  const file = options.output === "-" ? undefined : options.output;
  const terminal = process.stdout.isTTY === true && options.jsonMetrics !== "-";
  const asText = (options.format ?? (terminal ? "text" : "json")) === "text";
  if (file === undefined) {
    const pointer = terminal ? "\nFor the JSON: --format json, or -o FILE\n" : "";
    process.stdout.write(asText ? text() + pointer : json());
  } else {
    writeOutput(file, options.format === "text" ? text() : json());
    if (terminal && options.format === undefined) {
      process.stdout.write(`${text()}\nJSON written to ${file}\n`);
    }
  }
  if (options.jsonMetrics === "-") process.stdout.write(metrics());
  else if (options.jsonMetrics !== undefined) writeOutput(options.jsonMetrics, metrics());
  if (options.bundle !== undefined) {
    const outputs: BundleOutputs = {
      "result.json": json(),
      ...(asText ? { "result.txt": text() } : {}),
      ...(options.jsonMetrics === undefined ? {} : { "metrics.json": metrics() }),
    };
    writeBundle(options.bundle, outputs, exitCode, run);
  }

  // On standard output the reader has them already.
  const seen = file === undefined || (terminal && options.format === undefined);
  const unseen = result.warningsApart === true || !seen;
  for (const warning of result.warnings) {
    log(options.logLevel, unseen ? "warn" : "info", `warning: ${warning}`);
  }
  log(options.logLevel, "info", `${run.command} took ${(performance.now() / 1000).toFixed(2)} s`);
  if (exitCode === EXIT.interrupted && options.resume !== undefined) {
    const kept = hasResults(options.resume)
      ? `what is finished is kept in ${options.resume}: the same command goes on`
      : `nothing was finished that ${options.resume} could keep: the same command begins again`;
    log(options.logLevel, "warn", kept);
  }
  if (exitCode === EXIT.strict) {
    const n = counted(result.warnings.length, "warning");
    process.stderr.write(`nextstat: ${n}, and --strict was given\n`);
  }
  run.finish(exitCode);
}

function exitCodeOf(result: Presentation, options: OutputOptions): ExitCode {
  if (result.interrupted === true) return EXIT.interrupted;
  return options.strict === true && result.warnings.length > 0 ? EXIT.strict : EXIT.ok;
}

function metricsText(
  result: Presentation,
  options: OutputOptions,
  run: Run,
  computedAt: number,
): string {
  const values = result.metrics();
  const commit = readCommit();
  const seconds = (from: number, to: number): number => (to - from) / 1000;
  const { loadedAt } = run;
  const fitted = (values.counters?.nFit ?? 0) > 0;
  const document: MetricsDocument = buildMetrics(values, {
    command: run.command,
    warnings: result.warnings,
    interrupted: result.interrupted === true,
    version: run.version,
    ...(commit === null ? {} : { commit }),
    createdUnixMs: Date.now(),
    // The origin of performance.now() is the start of the process.
    wallTimeS: seconds(0, performance.now()),
    ...(loadedAt === null ? {} : { readTimeS: seconds(run.startedAt, loadedAt) }),
    ...(loadedAt === null || !fitted ? {} : { fitTimeS: seconds(loadedAt, computedAt) }),
    threads: threadsOf(options),
    parity: options.parity === true,
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The function, called at most once. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
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

/** Decimal, with or without exponent: neither hexadecimal nor words. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A finite number as people write it. */
export function parseNumber(text: string): number {
  const value = NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new InvalidArgumentError(`Not a number: "${text}".`);
  return value;
}
