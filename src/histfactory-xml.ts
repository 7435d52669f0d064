/**
 * Models from and to HistFactory's XML and ROOT files.
 *
 * @module
 */

import {
  type HistFactoryFiles,
  type HistFactoryInput,
  type HistFactoryOptions,
  readHistFactory,
} from "./formats/index.ts";
import { buildModel, type FromPyhfOptions, type Model } from "./histfactory-model.ts";

/** How to read HistFactory's files. */
export interface FromHistFactoryOptions
  extends HistFactoryOptions,
    Pick<FromPyhfOptions, "interpDefaults" | "poi" | "file"> {}

/**
 * Builds a model from HistFactory's XML and ROOT files.
 *
 * ```ts
 * const files = lookUpFiles("combination.xml"); // from "nextstat/node"
 * const model = await fromHistFactory(await readFile("combination.xml", "utf8"), files);
 * ```
 *
 * @param text content of the combination's file
 * @param files where the files are that it names
 * @throws NextstatError `input` for malformed files (with file, line and column), `usage` for a measurement or POI that does
 * not exist
 */
export async function fromHistFactory(
  text: string,
  files: HistFactoryFiles,
  options: FromHistFactoryOptions = {},
): Promise<Model> {
  const { interpDefaults, poi, file = "combination.xml", ...own } = options;
  const input = await readHistFactory(text, file, files, own);
  return modelOf(input, {
    ...(interpDefaults === undefined ? {} : { interpDefaults }),
    ...(poi === undefined ? {} : { poi }),
  });
}

/** What has been read, as a model. */
export function modelOf(input: HistFactoryInput, options: FromPyhfOptions): Model {
  return buildModel({ ...input, hs3: null }, options);
}
