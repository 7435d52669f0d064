/**
 * The files of a HistFactory combination on disk.
 *
 * ROOT looks for them from the folder in which hist2workspace runs, which nothing in the files says. So the folder from
 * which the first `<Input>` can be found is taken for it: one that is given, else that of the combination, the folders around
 * it, and the current one. Exporters write paths of their own machine to ROOT files; those are also looked for by their last
 * part in that folder.
 *
 * @module
 */

import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { NextstatError } from "../errors.ts";
import type { HistFactoryFiles, RootFile } from "../formats/index.ts";
import { type InputText, readInput } from "./read-input.ts";
import { openRootFile } from "./root-file.ts";

/** How far up from the folder of the combination to look. */
export const LEVELS_UP = 3;
/** Largest XML file, in bytes: those of large analyses have 1e5. */
const MAX_XML_BYTES = 64 * 1024 * 1024;

export interface FileLookup extends HistFactoryFiles {
  /** The folder that files are found from, once the first one has been asked for. */
  readonly baseFolder: () => string;
  /** ROOT files that are not where the XML says: what it says, and where they are. */
  readonly moved: ReadonlyMap<string, string>;
}

/** What reading a file may be told to do beside. */
export interface LookupOptions {
  /** The folder that the names in the XML are relative to. Default: looked for. */
  readonly baseFolder?: string;
  /** Reads a text file; default {@link readInput}. Also told the name that the XML has for it. */
  readonly readText?: (path: string, name: string) => InputText;
  /** The same for ROOT files; default {@link openRootFile}. */
  readonly openRoot?: (path: string, name: string) => Promise<RootFile>;
}

/** @param combination path of the file of the combination; `-` is standard input */
export function lookUpFiles(combination: string, options: LookupOptions = {}): FileLookup {
  const read = options.readText ?? ((path) => readInput(path, { maxBytes: MAX_XML_BYTES }));
  const openFile = options.openRoot ?? openRootFile;
  const folder = combination === "-" ? "." : dirname(combination);
  const candidates = options.baseFolder === undefined ? around(folder) : [options.baseFolder];
  const moved = new Map<string, string>();
  let base: string | undefined;
  const baseFor = (name: string): string => {
    base ??= candidates.find((candidate) => existsSync(join(candidate, name)));
    if (base !== undefined) return base;
    throw new NextstatError("input", "there is no such file", {
      location: { file: name },
      hint:
        options.baseFolder === undefined
          ? `looked from ${candidates.join(", ")}: give the folder with --base-dir`
          : `looked from ${options.baseFolder} (--base-dir)`,
    });
  };
  const open = async (name: string): Promise<RootFile> => {
    const own = isAbsolute(name) ? name : join(base ?? folder, name);
    if (existsSync(own)) return openFile(own, name);
    const beside = join(base ?? folder, basename(name));
    if (!existsSync(beside)) return openFile(own, name);
    moved.set(name, beside);
    return openFile(beside, name);
  };
  return {
    readText: async (name) => read(isAbsolute(name) ? name : join(baseFor(name), name), name),
    openRoot: open,
    baseFolder: () => base ?? folder,
    moved,
  };
}

/** The folder, those around it, and the current one, each once. */
function around(folder: string): readonly string[] {
  const folders = [folder];
  for (let level = 1; level <= LEVELS_UP; level++) folders.push(join(folder, ...up(level)));
  folders.push(".");
  const seen = new Set<string>();
  return folders.filter((candidate) => {
    const path = existsSync(candidate) ? realpathSync(candidate) : resolve(candidate);
    const isNew = !seen.has(path);
    seen.add(path);
    return isNew;
  });
}

function up(levels: number): readonly string[] {
  return new Array<string>(levels).fill("..");
}
