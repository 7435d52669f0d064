/**
 * HistFactory combinations as input of commands: recognised by their content, with the files that they name found beside
 * them.
 *
 * @module
 */

import { basename, dirname, isAbsolute, relative, sep } from "node:path";
import type { ConversionInput } from "../conversions.ts";
import { NextstatError } from "../errors.ts";
import {
  type HistFactoryInput,
  type HistFactoryOptions,
  type RootFile,
  readHistFactory,
} from "../formats/index.ts";
import { modelOf } from "../histfactory-xml.ts";
import type { FromWorkspaceOptions, Model } from "../index.ts";
import { LEVELS_UP, lookUpFiles } from "../node/histfactory-files.ts";
import type { InputText } from "../node/read-input.ts";
import type { OutputOptions } from "./common.ts";
import { keepTogether, openInput, openRootInput, recordsInputs } from "./inputs.ts";
import type { Run } from "./run.ts";

/** Whether a text is XML. */
export function isXml(text: string): boolean {
  return /^\u{feff}?\s*</u.test(text);
}

/** Whether a text is a HistFactory combination, or one of its channels. */
export function isHistFactory(text: string): boolean {
  return isXml(text) && /<(Combination|Channel)\b/.test(text);
}

/** Whether a text is a HistFactory combination itself. */
export function isCombination(text: string): boolean {
  return isXml(text) && /<Combination\b/.test(text);
}

/** A combination as read, and where its files were. */
interface FoundHistFactory extends HistFactoryInput {
  readonly baseFolder: string;
}

/** A combination that has been opened, and how to open the files that it names. */
interface OpenedHistFactory {
  /** As the user gave it; `-` is standard input. */
  readonly path: string;
  readonly input: InputText;
  readonly openText: (path: string) => InputText;
  readonly openRoot: (path: string) => Promise<RootFile>;
  /** Told the folder that the files lie in, where the run is to keep its inputs; null where it is not. */
  readonly keep: ((folder: string, paths: readonly string[]) => void) | null;
}

/** A combination that has been opened as the input of a command. */
export function openedHistFactory(
  path: string,
  input: InputText,
  options: OutputOptions,
  run: Run,
): OpenedHistFactory {
  return {
    path,
    input,
    openText: (named) => openInput(named, options, run),
    openRoot: (named) => openRootInput(named, options, run),
    keep: recordsInputs(options, run) ? (folder, paths) => keepTogether(folder, paths, run) : null,
  };
}

/** Reads a combination with everything that it names. */
export async function readXmlInput(
  { path, input: { text, file }, openText, openRoot, keep }: OpenedHistFactory,
  how: HistFactoryOptions & { readonly baseFolder?: string } = {},
): Promise<FoundHistFactory> {
  const { baseFolder, ...own } = how;
  const named: NamedFile[] = [];
  const files = lookUpFiles(path, {
    ...(baseFolder === undefined ? {} : { baseFolder }),
    readText(found, name) {
      named.push({ path: found, name });
      return openText(found);
    },
    openRoot(found, name) {
      named.push({ path: found, name });
      return openRoot(found);
    },
  });
  const input = await readHistFactory(text, file, files, own);
  const folder = files.baseFolder();
  if (keep !== null) {
    const paths = [...new Set(named.map((each) => each.path))];
    if (isAround(folder, path)) paths.unshift(path);
    else if (baseFolder === undefined) throw cannotKeep(path, file);
    for (const each of named) requireInside(folder, each, file);
    keep(folder, paths);
  }
  const moved = [...files.moved].map(([name, found]) => ({
    path: file,
    // Results are not to depend on where the folder lies.
    note: `"${name}" is not there: "${basename(found)}" in the folder of the files is read`,
  }));
  return {
    ...input,
    baseFolder: folder,
    notices: [...input.notices, ...moved.map(({ note }) => ({ message: note }))],
    report: { ...input.report, changed: [...input.report.changed, ...moved] },
  };
}

/** A file as it was found, and what the XML calls it. */
interface NamedFile {
  readonly path: string;
  readonly name: string;
}

/** Whether files that are relative to a folder are looked for there, wherever the folder is moved with the combination. */
function isAround(folder: string, combination: string): boolean {
  if (combination === "-") return true;
  const way = relative(folder, dirname(combination)).split(sep);
  return way[0] !== ".." && way.length <= LEVELS_UP;
}

/** Refuses a file that a copy of the folder would not have, or would not be asked for. */
function requireInside(folder: string, { path, name }: NamedFile, file: string): void {
  const isMoved = isAbsolute(name) && path !== name;
  const isInside = isMoved || !(isAbsolute(name) || relative(folder, path).split(sep)[0] === "..");
  if (!isInside) throw cannotKeep(name, file);
}

function cannotKeep(name: string, file: string): NextstatError {
  return new NextstatError(
    "usage",
    `a bundle or campaign has copies of the inputs, and "${name}" is not in the folder of the combination`,
    { location: { file }, hint: "make a workspace of it: nextstat import histfactory" },
  );
}

/** The model of a combination that stands where a workspace could. */
export async function readXmlModel(
  opened: OpenedHistFactory,
  { patches = [], hs3 = {}, ...read }: FromWorkspaceOptions,
): Promise<Model> {
  refuseForeign(opened, patches, hs3);
  return modelOf(await readXmlInput(opened, measurementOf(read)), read);
}

/** A combination that is converted. */
export async function readXmlConversion(
  opened: OpenedHistFactory,
  {
    patches = [],
    hs3 = {},
    ...read
  }: Pick<FromWorkspaceOptions, "patches" | "hs3" | "measurement">,
): Promise<ConversionInput> {
  refuseForeign(opened, patches, hs3);
  return asConversion(await readXmlInput(opened, measurementOf(read)));
}

/** What has been read, to be converted. */
export function asConversion(input: HistFactoryInput): ConversionInput {
  return { ...input, format: "histfactory", hs3: null };
}

function measurementOf({ measurement }: { readonly measurement?: string }): HistFactoryOptions {
  return measurement === undefined ? {} : { measurement };
}

/** Refuses options of other formats. */
function refuseForeign(
  { input }: OpenedHistFactory,
  patches: readonly unknown[],
  hs3: object,
): void {
  const [foreign] = [...(patches.length > 0 ? ["patches"] : []), ...Object.keys(hs3)];
  if (foreign !== undefined) {
    const what = foreign === "patches" ? "patches are" : `the option ${foreign} is`;
    const kind = foreign === "patches" ? "pyhf workspaces" : "HS3 documents";
    throw new NextstatError("usage", `${what} for ${kind}, and this is HistFactory XML`, {
      location: { file: input.file },
      hint: "make a workspace of it first: nextstat import histfactory",
    });
  }
}
