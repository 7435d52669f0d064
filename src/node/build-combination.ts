/**
 * A HistFactory combination that a configuration names, filtered by it.
 *
 * @module
 */

import { basename, join } from "node:path";
import { NextstatError } from "../errors.ts";
import { type CombinationFilter, filterCombination, readHistFactory } from "../formats/index.ts";
import { type BuildOptions, type BuildResult, namedRegions } from "./build-plan.ts";
import { lookUpFiles } from "./histfactory-files.ts";
import { readInput } from "./read-input.ts";

/**
 * Reads a combination and leaves out what the configuration does not have.
 *
 * @throws NextstatError `input` for files that are not there, or damaged, and for what the combination does not have; `usage`
 * for options that make no sense
 */
export async function buildFromCombination(
  filter: CombinationFilter,
  { folder, only, histograms }: BuildOptions,
): Promise<{ readonly built: BuildResult; readonly warnings: readonly string[] }> {
  const { file, line } = filter.place;
  const regions = namedRegions(filter.regions, only);
  if (histograms !== undefined) {
    throw new NextstatError(
      "usage",
      "histograms are kept that are filled, and a combination is read",
      {
        location: { file, line },
        hint: "leave out --histograms, or CombinationXml",
      },
    );
  }
  const path = join(folder, filter.path);
  const { text, file: name } = readInput(path);
  if (!/^\uFEFF?\s*</.test(text) || !/<Combination\b/.test(text)) {
    throw new NextstatError(
      "input",
      `CombinationXml names ${filter.path}, which is no combination`,
      {
        location: { file, line },
        hint: "expected the XML file that begins with <Combination>",
      },
    );
  }
  const files = lookUpFiles(path);
  const read = await readHistFactory(text, name, files, {});
  const { workspace, warnings } = filterCombination(read.workspace, { ...filter, regions });
  const moved = [...files.moved].map(
    ([named, found]) =>
      `"${named}" is not there: "${basename(found)}" in the folder of the files is read`,
  );
  return {
    built: { workspace, notices: [], work: { filled: 0, reused: 0, read: 0 } },
    warnings: [...read.notices.map(({ message }) => message), ...moved, ...warnings],
  };
}
