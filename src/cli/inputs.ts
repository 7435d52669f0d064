/**
 * The inputs of a command: which they are, reading them, and keeping what a bundle or a campaign needs of them.
 *
 * @module
 */

import { existsSync, realpathSync } from "node:fs";
import { NextstatError } from "../errors.ts";
import { parseJson, type RootFile } from "../formats/index.ts";
import type { PatchInput } from "../index.ts";
import { type InputText, readFileBytes, readInput } from "../node/read-input.ts";
import { openRootFile } from "../node/root-file.ts";
import type { CommonOptions, OutputOptions } from "./common.ts";
import type { Run } from "./run.ts";

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

/** The same for a ROOT file, of which only parts are read. */
export function openRootInput(path: string, options: OutputOptions, run: Run): Promise<RootFile> {
  refuseOverwriting(path, "--output", options.output);
  refuseOverwriting(path, "--json-metrics", options.jsonMetrics);
  const isKnown = run.inputs.some((input) => input.path === path);
  if (recordsInputs(options, run) && !isKnown) {
    run.inputs.push({ path, bytes: readFileBytes(path) });
  }
  return openRootFile(path);
}

/** Says of inputs that they belong together in a folder. */
export function keepTogether(within: string, paths: readonly string[], run: Run): void {
  run.inputs.forEach((input, i) => {
    if (paths.includes(input.path) && input.within === undefined)
      run.inputs[i] = { ...input, within };
  });
}

/** Whether the bytes of the inputs are needed: for a bundle or a campaign. */
export function recordsInputs(options: OutputOptions, run: Run): boolean {
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
