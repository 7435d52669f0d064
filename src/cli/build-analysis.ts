/**
 * What the commands share that make a workspace of a configuration of an analysis: their options, and the run.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import { NextstatError } from "../errors.ts";
import { pythonJson } from "../formats/index.ts";
import { inputFiles } from "../node/build-plan.ts";
import {
  type BuiltWorkspace,
  buildConfiguration,
  type Configuration,
  type ConfigurationFormat,
  readConfiguration,
} from "../node/build-workspace.ts";
import { writeOutput } from "../node/read-input.ts";
import { counted, printable } from "../report/text.ts";
import { HARMLESS } from "../templates/index.ts";
import { addOutputOptions, checkOutputs, type OutputOptions, threadsOf } from "./common.ts";
import { EXIT } from "./exit.ts";
import { expressionCoverage } from "./expression-coverage.ts";
import { inputPath, openInput, refuseOverwriting } from "./inputs.ts";
import { log } from "./log.ts";
import { present } from "./present.ts";
import { interruptible, startProgress } from "./progress.ts";
import type { Run } from "./run.ts";
import { workspaceCounts } from "./workspace-command.ts";

/** Options of {@link addBuildOptions} as commander hands them over. */
export interface BuildCommandOptions extends OutputOptions {
  readonly config?: string;
  readonly baseDir?: string;
  readonly only?: readonly string[];
  readonly histograms?: string;
  readonly reuse: boolean;
  readonly coverageJson?: string;
  readonly exprCoverageJson?: string;
}

/** The positional CONFIG, and the options. */
export function addBuildOptions(command: Command, run: Run): Command {
  for (const name of ["histograms", "coverageJson", "exprCoverageJson"])
    run.outputOptions.add(name);
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
    .option("--coverage-json <FILE>", "write what became of every key of CONFIG to FILE")
    .option(
      "--expr-coverage-json <FILE>",
      "write every expression, and the branches that it needs, to FILE",
    );
  return addOutputOptions(command);
}

function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

/** Builds the workspace of a configuration and prints it. */
export async function runBuild(
  file: string | undefined,
  options: BuildCommandOptions,
  run: Run,
  format: ConfigurationFormat | null,
): Promise<void> {
  const { configuration, folder, title } = openConfiguration(file, options, run, format);
  const { coverageJson, exprCoverageJson } = options;
  if (coverageJson !== undefined) writeReport(coverageJson, configuration.coverage);
  if (exprCoverageJson !== undefined) {
    writeReport(exprCoverageJson, await expressionCoverage(configuration, folder));
  }
  run.loadedAt = performance.now();
  const progress = startProgress(options.logLevel);
  const interruption = interruptible();
  let built: BuiltWorkspace;
  try {
    built = await buildConfiguration(configuration, {
      folder,
      threads: threadsOf(options),
      reuse: options.reuse,
      signal: interruption.signal,
      onProgress: (done, total) => progress.report("reading events", done, total),
      ...(options.only === undefined ? {} : { only: options.only }),
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
  presentBuilt(title, built, options, run);
}

function presentBuilt(
  title: string,
  built: BuiltWorkspace,
  options: BuildCommandOptions,
  run: Run,
): void {
  const { workspace, notices, work, warnings } = built;
  for (const { kind, message } of notices) {
    if (HARMLESS.has(kind)) log(options.logLevel, "info", message);
  }
  present(
    {
      json: () => `${pythonJson(workspace, { indent: 4 })}\n`,
      text: () => buildText(title, built),
      warnings,
      warningsApart: "json",
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

interface OpenedConfiguration {
  readonly configuration: Configuration;
  /** That its files are relative to. */
  readonly folder: string;
  readonly title: string;
}

/**
 * Opens and reads a configuration, before anything is computed or written.
 *
 * @throws NextstatError `input` with the line for what cannot be meant, `usage` for options that make no sense
 */
function openConfiguration(
  file: string | undefined,
  options: BuildCommandOptions,
  run: Run,
  format: ConfigurationFormat | null,
): OpenedConfiguration {
  if (options.bundle !== undefined) {
    throw new NextstatError("usage", "a bundle holds one workspace, and this is many files", {
      hint: "build the workspace first, and bundle what is done with it",
    });
  }
  const { output, histograms, coverageJson, exprCoverageJson } = options;
  const outputs = {
    "--output": output,
    "--histograms": histograms,
    "--coverage-json": coverageJson,
    "--expr-coverage-json": exprCoverageJson,
  };
  checkOutputs(outputs, undefined);
  const path = inputPath(file, options.config);
  const refuse = (input: string): void => {
    for (const [option, name] of Object.entries(outputs)) refuseOverwriting(input, option, name);
  };
  refuse(path);
  const { text, file: name } = openInput(path, options, run);
  const folder = options.baseDir ?? (path === "-" ? "." : dirname(path));
  const beside = path === "-" ? folder : dirname(path);
  const readText = (other: string): string => {
    const included = join(beside, other);
    refuse(included);
    return openInput(included, options, run).text;
  };
  const configuration = readConfiguration(text, name, readText, format);
  for (const input of inputFiles(configuration.plan, folder)) {
    refuse(input);
    refuseOverwriting(input, "--json-metrics", options.jsonMetrics);
  }
  return { configuration, folder, title: path === "-" ? "standard input" : basename(path) };
}

function writeReport(path: string, report: unknown): void {
  writeOutput(path, `${JSON.stringify(report, null, 2)}\n`);
}

/** The yields of every region, and the work it was. */
function buildText(title: string, { workspace, notices, warnings, work }: BuiltWorkspace): string {
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
  for (const { kind, message } of notices) {
    if (HARMLESS.has(kind)) lines.push(`Note: ${printable(message)}`);
  }
  for (const warning of warnings) lines.push(`Warning: ${printable(warning)}`);
  return `${lines.join("\n")}\n`;
}

function total(values: readonly number[]): string {
  return String(Number(values.reduce((sum, value) => sum + value, 0).toPrecision(6)));
}
