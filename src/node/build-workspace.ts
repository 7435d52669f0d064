/**
 * The configuration of an analysis to a workspace: what `nextstat build` does, as a function.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { NextstatError } from "../errors.ts";
import { type CabinetryInput, readCabinetry } from "../formats/cabinetry/read.ts";
import { checkWorkspace, readTrexFitter, type TrexFitterInput } from "../formats/index.ts";
import { HARMLESS } from "../templates/index.ts";
import { buildFromCombination } from "./build-combination.ts";
import { type BuildOptions, type BuildResult, buildFromPlan } from "./build-plan.ts";
import { readInput } from "./read-input.ts";

/** Whose configurations are read. */
export type ConfigurationFormat = "cabinetry" | "trex-config";

/** A configuration, read. */
export type Configuration = CabinetryInput | TrexFitterInput;

/** A configuration that is no file. */
export interface ConfigurationText {
  readonly text: string;
  /** What messages call it. Default `configuration`. */
  readonly file?: string;
}

/** Options of {@link buildWorkspace}. */
export interface BuildWorkspaceOptions extends Omit<BuildOptions, "folder"> {
  /** Whose configuration it is. Default: seen from its content. */
  readonly format?: ConfigurationFormat;
  /** Names of files are relative to it. Default: the folder of the configuration; for a text, the current one. */
  readonly folder?: string;
}

/** A workspace, and what there is to say about it. */
export interface BuiltWorkspace extends BuildResult {
  /** What was dropped, replaced or is doubtful, in the configuration, the events and the workspace. */
  readonly warnings: readonly string[];
  /** What became of every key of the configuration. */
  readonly coverage: Configuration["coverage"];
}

/**
 * Builds the workspace of a configuration of cabinetry or TRExFitter from the events or histograms that it names.
 *
 * @param configuration its path, or its text
 * @throws NextstatError `input` with the line for what cannot be meant, and for files, tables, columns and expressions that
 * are not there, or damaged; `usage` for options that make no sense
 */
export async function buildWorkspace(
  configuration: string | ConfigurationText,
  options: BuildWorkspaceOptions = {},
): Promise<BuiltWorkspace> {
  const isPath = typeof configuration === "string";
  const beside = isPath ? dirname(configuration) : (options.folder ?? ".");
  const { text, file = "configuration" } = isPath
    ? { text: readInput(configuration).text, file: configuration }
    : configuration;
  const { format = null, folder = beside, ...others } = options;
  const readText = (path: string): string => readInput(join(beside, path)).text;
  const read = readConfiguration(text, file, readText, format);
  return await buildConfiguration(read, { folder, ...others });
}

/**
 * Reads a configuration.
 *
 * @param file what to call it in messages
 * @param readText reads other files that it names
 * @param format null: seen from the text
 * @throws NextstatError `input` with the line for what cannot be meant
 */
export function readConfiguration(
  text: string,
  file: string,
  readText: (path: string) => string,
  format: ConfigurationFormat | null,
): Configuration {
  return (format ?? formatOf(text, file)) === "cabinetry"
    ? readCabinetry(text, file)
    : readTrexFitter(text, file, readText);
}

/** Cabinetry's are YAML (JSON is too) with a key General; TRExFitter's have a block Job. */
function formatOf(text: string, file: string): ConfigurationFormat {
  if (/^\uFEFF?(\{\s*)?["']?General["']?\s*:/m.test(text)) return "cabinetry";
  if (/^\s*(Job|INCLUDE)\b/im.test(text)) return "trex-config";
  throw new NextstatError("input", "this is no configuration that is known", {
    location: { file },
    hint: "expected General: of cabinetry, or Job: of TRExFitter",
  });
}

/** Builds the workspace of a configuration that was read, and checks it. */
export async function buildConfiguration(
  configuration: Configuration,
  options: BuildOptions,
): Promise<BuiltWorkspace> {
  const { built, warnings } = await buildRead(configuration, options);
  const checked = checkWorkspace(built.workspace);
  const told = built.notices.filter(({ kind }) => !HARMLESS.has(kind));
  return {
    ...built,
    coverage: configuration.coverage,
    warnings: [
      ...configuration.warnings,
      ...warnings,
      ...told.map(({ message }) => message),
      ...checked.warnings,
    ],
  };
}

async function buildRead(
  configuration: Configuration,
  options: BuildOptions,
): Promise<{ readonly built: BuildResult; readonly warnings: readonly string[] }> {
  if ("combination" in configuration && configuration.combination !== null) {
    return await buildFromCombination(configuration.combination, options);
  }
  return { built: await buildFromPlan(configuration.plan, options), warnings: [] };
}
