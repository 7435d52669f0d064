/**
 * What the commands share that make a workspace of a configuration of an analysis: their options, and the run.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import { NextstatError, suggestName } from "../errors.ts";
// Not by the index: the YAML parser is for those who need it.
import { readCabinetry } from "../formats/cabinetry/read.ts";
import { checkWorkspace, pythonJson, readTrexFitter } from "../formats/index.ts";
import { type BuildResult, buildFromPlan } from "../node/build-plan.ts";
import { writeOutput } from "../node/read-input.ts";
import { counted, printable } from "../report/text.ts";
import { type AnalysisPlan, HARMLESS } from "../templates/index.ts";
import { addOutputOptions, checkOutputs, type OutputOptions, threadsOf } from "./common.ts";
import { EXIT } from "./exit.ts";
import { inputPath, openInput, refuseOverwriting } from "./inputs.ts";
import { log } from "./log.ts";
import { present } from "./present.ts";
import { interruptible, startProgress } from "./progress.ts";
import type { Run } from "./run.ts";
import { workspaceCounts } from "./workspace-command.ts";

/** Whose configurations are read. */
export type ConfigurationFormat = "cabinetry" | "trex-config";

/** Options of {@link addBuildOptions} as commander hands them over. */
export interface BuildCommandOptions extends OutputOptions {
  readonly config?: string;
  readonly baseDir?: string;
  readonly only?: readonly string[];
  readonly histograms?: string;
  readonly reuse: boolean;
  readonly coverageJson?: string;
}

/** The positional CONFIG, and the options. */
export function addBuildOptions(command: Command, run: Run): Command {
  for (const name of ["histograms", "coverageJson"]) run.outputOptions.add(name);
  command
    .argument("[CONFIG]", "configuration of the analysis; - reads standard input")
    .optionsGroup("Input:")
    .option("--config <FILE>", "the same as CONFIG")
    .option(
      "--base-dir <DIR>",
      "folder that names of files are relative to (default: that of CONFIG)",
    )
    .option("--only <REGION>", "build this region only (repeatable)", collect)
    .optionsGroup("Histograms:")
    .option(
      "--histograms <FILE>",
      "keep the histograms filled from events in a ROOT file, and take from it what has not changed",
    )
    .option("--no-reuse", "fill every histogram again")
    .optionsGroup("Output:")
    .option("--coverage-json <FILE>", "write what became of every key of CONFIG to FILE");
  return addOutputOptions(command);
}

function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

/** A configuration, read. */
export interface ReadConfiguration {
  readonly plan: AnalysisPlan;
  /** For `--coverage-json`. */
  readonly coverage: { readonly unknown: readonly UnknownKey[] };
  readonly warnings: readonly string[];
}

interface UnknownKey {
  readonly key: string;
  readonly block_kind: string;
  readonly block_name: string;
  readonly line: number;
}

/** A configuration, and the folder that its files are relative to. */
export interface OpenedConfiguration<Read extends ReadConfiguration> {
  readonly configuration: Read;
  readonly folder: string;
  readonly title: string;
}

/** Builds the workspace of a configuration and prints it. */
export async function runBuild(
  file: string | undefined,
  options: BuildCommandOptions,
  run: Run,
  format: ConfigurationFormat | null,
): Promise<void> {
  const opened = openConfiguration(file, options, run, (text, name, readText) =>
    (format ?? formatOf(text)) === "cabinetry"
      ? withUnknownKeys(readCabinetry(text, name))
      : readTrexFitter(text, name, readText),
  );
  await buildOpened(opened, options, run);
}

/** A key that nobody knows is a warning. */
function withUnknownKeys<Read extends ReadConfiguration>(read: Read): Read {
  const warnings = read.coverage.unknown.map(({ key, block_kind, block_name, line }) => {
    const where = block_kind === "" ? "" : ` in ${block_kind} "${block_name}"`;
    return `line ${line}: unknown key ${key}${where}, which is left out`;
  });
  return { ...read, warnings: [...warnings, ...read.warnings] };
}

/** Cabinetry's are YAML with a key General; TRExFitter's have a block Job. */
function formatOf(text: string): ConfigurationFormat {
  return /^["']?General["']?\s*:/m.test(text) ? "cabinetry" : "trex-config";
}

/**
 * Opens and reads a configuration, before anything is computed.
 *
 * @throws NextstatError `input` with the line for what cannot be meant, `usage` for options that make no sense
 */
export function openConfiguration<Read extends ReadConfiguration>(
  file: string | undefined,
  options: BuildCommandOptions,
  run: Run,
  read: (text: string, name: string, readText: (path: string) => string) => Read,
): OpenedConfiguration<Read> {
  const { histograms, coverageJson, output, bundle } = options;
  if (bundle !== undefined) {
    throw new NextstatError("usage", "a bundle holds one workspace, and this is many files", {
      hint: "build the workspace first, and bundle what is done with it",
    });
  }
  checkOutputs(
    { "--output": output, "--histograms": histograms, "--coverage-json": coverageJson },
    bundle,
  );
  const path = inputPath(file, options.config);
  refuseOverwriting(path, "--histograms", histograms);
  refuseOverwriting(path, "--coverage-json", coverageJson);
  const { text, file: name } = openInput(path, options, run);
  const folder = options.baseDir ?? (path === "-" ? "." : dirname(path));
  const beside = path === "-" ? folder : dirname(path);
  const configuration = read(
    text,
    name,
    (other) => openInput(join(beside, other), options, run).text,
  );
  if (coverageJson !== undefined) {
    writeOutput(coverageJson, `${JSON.stringify(configuration.coverage, null, 2)}\n`);
  }
  return { configuration, folder, title: path === "-" ? "standard input" : basename(path) };
}

/** Builds the workspace and prints it. */
export async function buildOpened(
  { configuration, folder, title }: OpenedConfiguration<ReadConfiguration>,
  options: BuildCommandOptions,
  run: Run,
): Promise<void> {
  run.loadedAt = performance.now();
  const plan = onlyRegions(configuration.plan, options.only);
  const progress = startProgress(options.logLevel);
  const interruption = interruptible();
  let built: BuildResult;
  try {
    built = await buildFromPlan(plan, {
      folder,
      threads: threadsOf(options),
      reuse: options.reuse,
      signal: interruption.signal,
      onProgress: (done, total) => progress.report("reading events", done, total),
      ...(options.histograms === undefined ? {} : { histograms: options.histograms }),
    });
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    log(options.logLevel, "warn", "nothing was written");
    run.finish(EXIT.interrupted);
    return;
  } finally {
    interruption.done();
    progress.done();
  }
  const { workspace, notices, work } = built;
  const checked = checkWorkspace(workspace);
  for (const { kind, message } of notices) {
    if (HARMLESS.has(kind)) log(options.logLevel, "info", message);
  }
  const told = notices.filter(({ kind }) => !HARMLESS.has(kind)).map(({ message }) => message);
  const warnings = [...configuration.warnings, ...told, ...checked.warnings];
  present(
    {
      json: () => `${pythonJson(workspace, { indent: 4 })}\n`,
      text: () => buildText(title, built),
      warnings,
      warningsApart: true,
      metrics: () => ({
        metrics: {
          ...workspaceCounts(workspace),
          filled_templates: work.filled,
          reused_templates: work.reused,
          read_histograms: work.read,
        },
      }),
    },
    options,
    run,
  );
}

function onlyRegions(plan: AnalysisPlan, only: readonly string[] | undefined): AnalysisPlan {
  if (only === undefined) return plan;
  const known = plan.regions.map(({ name }) => name);
  for (const name of only) {
    if (known.includes(name)) continue;
    throw new NextstatError("usage", `there is no region "${name}"`, {
      hint: suggestName(name, known),
    });
  }
  return { ...plan, regions: plan.regions.filter(({ name }) => only.includes(name)) };
}

/** The yields of every region, and the work it was. */
function buildText(title: string, { workspace, notices, work }: BuildResult): string {
  const lines = [`Workspace of ${printable(title)}`, ""];
  for (const channel of workspace.channels) {
    const observed = workspace.observations.find(({ name }) => name === channel.name)?.data ?? [];
    const bins = counted(observed.length, "bin");
    lines.push(`${printable(channel.name)}: ${bins}, ${total(observed)} observed`);
    for (const { name, data, modifiers } of channel.samples) {
      const parameters = new Set(modifiers.map((modifier) => modifier.name)).size;
      lines.push(
        `  ${printable(name).padEnd(24)} ${total(data).padStart(12)} events  ${counted(parameters, "parameter set")}`,
      );
    }
  }
  const { filled, reused, read } = work;
  lines.push("", `Histograms: ${filled} filled, ${reused} reused, ${read} read`);
  for (const { message } of notices) lines.push(`Note: ${printable(message)}`);
  return `${lines.join("\n")}\n`;
}

function total(values: readonly number[]): string {
  return String(Number(values.reduce((sum, value) => sum + value, 0).toPrecision(6)));
}
