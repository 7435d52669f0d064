/**
 * The model of a command on one workspace.
 *
 * @module
 */

import { basename } from "node:path";
import { type FromWorkspaceOptions, fromWorkspace, type Model } from "../index.ts";
import { counted } from "../report/text.ts";
import { type CommonOptions, INTERP_DEFAULTS } from "./common.ts";
import { isHistFactory, openedHistFactory, readXmlModel } from "./histfactory-input.ts";
import { hs3Options } from "./hs3-options.ts";
import { inputPath, openInput, openPatches, requireOneStdin } from "./inputs.ts";
import { log } from "./log.ts";
import type { Run } from "./run.ts";

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
