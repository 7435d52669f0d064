/**
 * Models from and to HistFactory's XML and ROOT files.
 *
 * @module
 */

import { measurementOf } from "./conversions.ts";
import {
  type HistFactoryFiles,
  type HistFactoryInput,
  type HistFactoryOptions,
  readHistFactory,
  type WrittenHistFactory,
  writeHistFactory,
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

/** What to write. */
export interface ToHistFactoryOptions {
  /** Whether the other measurements of the workspace follow the model's. Default true. */
  readonly allMeasurements?: boolean;
}

/**
 * Writes a model as HistFactory's XML files and a ROOT file: its measurement first, then the others of its workspace.
 *
 * ```ts
 * const { files } = toHistFactory(model);
 * for (const [path, content] of Object.entries(files)) await writeFile(join("exported", path), content);
 * ```
 *
 * @throws NextstatError `usage` for what ROOT's HistFactory has no form for
 */
export function toHistFactory(
  { workspace, resolved, interpolation, hs3 }: Model,
  { allMeasurements = true }: ToHistFactoryOptions = {},
): WrittenHistFactory {
  const { measurement, parameters, poi } = resolved;
  const others = allMeasurements ? workspace.measurements.map(({ name }) => name) : [];
  const own = { name: measurement, parameters, poi: parameters[poi ?? -1]?.name ?? null };
  return writeHistFactory(workspace, {
    interpolation,
    source: hs3,
    measurements: [
      own,
      ...others
        .filter((name) => name !== measurement)
        .map((name) => measurementOf(workspace, name)),
    ],
  });
}
