/**
 * Cases from a folder of exports, the fixtures of the package, and the file of a list.
 *
 * @module
 */

import { globSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { NextstatError } from "../../errors.ts";
import { parseJson } from "../../formats/index.ts";
import { readInput } from "../../node/read-input.ts";
import {
  type BadCase,
  type CasesDocument,
  type MuGridSpec,
  type ParityCase,
  readCases,
} from "../../parity/cases.ts";
import { PARITY_FOLDER } from "./prerequisites.ts";

export const FIXTURES: string = join(PARITY_FOLDER, "fixtures");

export interface FindOptions {
  readonly searchDir: string | undefined;
  readonly glob: string;
  readonly includeFixtures: boolean;
  readonly absolutePaths: boolean;
  readonly muGrid: MuGridSpec;
}

/**
 * @param casesFile where the list will be: paths in it are relative to its folder
 * @throws NextstatError `usage` for a folder that is none, or in which there is nothing to find
 */
export function findCases(options: FindOptions, casesFile: string): CasesDocument {
  const { searchDir, glob, includeFixtures, absolutePaths, muGrid } = options;
  const pathOf = (path: string): string => {
    if (absolutePaths) return resolve(path);
    return relative(dirname(resolve(casesFile)), resolve(path));
  };
  const cases = searchDir === undefined ? [] : exportsIn(searchDir, glob, muGrid, pathOf);
  if (includeFixtures) cases.push(...fixtureCases(muGrid, pathOf));
  const names = cases.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new NextstatError("usage", `two cases are called "${twice}"`, {
      hint: "names are the folders of the exports: narrow --glob to one file for each",
    });
  }
  return { cases };
}

function exportsIn(
  searchDir: string,
  glob: string,
  muGrid: MuGridSpec,
  pathOf: (path: string) => string,
): ParityCase[] {
  if (statSync(searchDir, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new NextstatError("usage", "there is no such folder", {
      location: { file: searchDir },
      hint: "give the folder that the exports are in with --search-dir",
    });
  }
  const found = globSync(glob, { cwd: searchDir }).sort();
  if (found.length === 0) {
    throw new NextstatError("usage", `there is no ${glob} in the folder`, {
      location: { file: searchDir },
      hint: "give the folder of the exports, or another pattern with --glob",
    });
  }
  return found.map((path) => {
    const folder = dirname(path).replaceAll("\\", "/");
    return {
      name: folder === "." ? basename(resolve(searchDir)) : folder,
      mode: "histfactory-xml",
      pyhfJson: null,
      measurement: null,
      histfactoryXml: pathOf(join(searchDir, path)),
      rootdir: null,
      muGrid,
    };
  });
}

/** The models that come with the package: tools/parity/fixtures.py says what each is for. */
function fixtureCases(muGrid: MuGridSpec, pathOf: (path: string) => string): ParityCase[] {
  const workspaces = globSync("*.json", { cwd: FIXTURES }).sort();
  const combinations = globSync("*/combination.xml", { cwd: FIXTURES }).sort();
  return [
    ...workspaces
      .filter((file) => file !== "pyhf_reference.json")
      .map(
        (file): ParityCase => ({
          name: `fixtures/${basename(file, ".json")}`,
          mode: "pyhf-json",
          pyhfJson: pathOf(join(FIXTURES, file)),
          measurement: null,
          histfactoryXml: null,
          rootdir: null,
          muGrid,
        }),
      ),
    ...combinations.map(
      (file): ParityCase => ({
        name: `fixtures/${dirname(file)}`,
        mode: "histfactory-xml",
        pyhfJson: null,
        measurement: null,
        histfactoryXml: pathOf(join(FIXTURES, file)),
        rootdir: null,
        muGrid,
      }),
    ),
  ];
}

export const DEFAULT_GLOB = "**/combination.xml";

/** The list in a file, its paths made relative to the current folder. */
export function loadCases(casesFile: string): readonly (ParityCase | BadCase)[] {
  const { text, file } = readInput(casesFile);
  const folder = dirname(casesFile);
  const here = (path: string | null): string | null =>
    path === null || isAbsolute(path) ? path : join(folder, path);
  return readCases(parseJson(text, file).value, file).map((one) =>
    "reason" in one
      ? one
      : {
          ...one,
          pyhfJson: here(one.pyhfJson),
          histfactoryXml: here(one.histfactoryXml),
          rootdir: here(one.rootdir),
        },
  );
}
