/**
 * What the commands share that make a workspace from workspaces.
 *
 * @module
 */

import type { Command } from "commander";
import { type NumberSpellings, pythonJson, readSpellings, writePyhf } from "../formats/index.ts";
import { inspectText, inspectWorkspace } from "../report/inspect.ts";
import type { NamedWorkspace } from "../workspace/join.ts";
import type { Outcome } from "../workspace/outcome.ts";
import type { Workspace } from "../workspace/types.ts";
import { addOutputOptions, type OutputOptions } from "./common.ts";
import { addHs3Options, type Hs3CommandOptions } from "./hs3-options.ts";
import { inputPath } from "./inputs.ts";
import { log } from "./log.ts";
import { openWorkspace } from "./open-workspace.ts";
import { present } from "./present.ts";
import type { Run } from "./run.ts";

/** Options of {@link addWorkspaceOptions} as commander hands them over. */
export interface WorkspaceOptions extends OutputOptions, Hs3CommandOptions {
  readonly input?: string;
}

/** The positional FILE of a command on one workspace, and the options for input and output. */
export function addWorkspaceOptions(command: Command): Command {
  command
    .argument(
      "[FILE]",
      "workspace (pyhf JSON, HS3, or a HistFactory combination); - reads standard input",
    )
    .optionsGroup("Input:")
    .option("-i, --input <FILE>", "the same as FILE");
  return addOutputOptions(addHs3Options(command));
}

/** A workspace with the spellings of its numbers, and what to call it. */
export interface LoadedWorkspace extends NamedWorkspace {
  readonly spellings: NumberSpellings;
}

/** Reads and checks the one workspace of a command. */
export async function loadWorkspace(
  file: string | undefined,
  options: WorkspaceOptions,
  run: Run,
): Promise<LoadedWorkspace> {
  const spellings: NumberSpellings = new WeakMap();
  const path = inputPath(file, options.input);
  const loaded = { ...(await readOne(path, options, run, spellings)), spellings };
  run.loadedAt = performance.now();
  return loaded;
}

/** Reads and checks one of several workspaces. What another format is read as goes to standard error. */
export async function readOne(
  path: string,
  options: OutputOptions & Hs3CommandOptions,
  run: Run,
  spellings: NumberSpellings,
): Promise<NamedWorkspace> {
  const input = await openWorkspace(path, options, run);
  const name = input.title;
  if (input.format === "pyhf") {
    readSpellings(input.text, input.workspace, spellings);
    return { name, workspace: input.workspace };
  }
  const { workspace, warnings } = writePyhf(input.workspace, input.hs3);
  for (const message of [...input.notices.map((notice) => notice.message), ...warnings]) {
    log(options.logLevel, "warn", `${name}: ${message}`);
  }
  return { name, workspace };
}

/**
 * Prints a new workspace as pyhf does: indented by four, keys sorted, numbers spelled as in the input.
 *
 * @param title what it is, for the heading of the text
 */
export function presentWorkspace(
  { workspace, warnings }: Outcome,
  title: string,
  spellings: NumberSpellings,
  options: OutputOptions,
  run: Run,
): void {
  present(
    {
      json: () => `${pythonJson(workspace, { indent: 4, spellings })}\n`,
      text: () => inspectText(inspectWorkspace(workspace), { title }),
      warnings,
      warningsApart: true,
      metrics: () => ({ metrics: workspaceCounts(workspace) }),
    },
    options,
    run,
  );
}

/** Sizes of a workspace, for metrics. */
export function workspaceCounts(workspace: Workspace): Readonly<Record<string, number>> {
  const samples = workspace.channels.flatMap((channel) => channel.samples);
  return {
    channel_count: workspace.channels.length,
    total_bins: workspace.observations.reduce((sum, { data }) => sum + data.length, 0),
    total_samples: samples.length,
    total_modifiers: samples.reduce((sum, { modifiers }) => sum + modifiers.length, 0),
  };
}
