/**
 * HistFactory combinations as input of commands: recognised by their content, with the files that they name found beside
 * them.
 *
 * @module
 */

import { basename } from "node:path";
import type { ConversionInput } from "../conversions.ts";
import { NextstatError } from "../errors.ts";
import {
  type HistFactoryInput,
  type HistFactoryOptions,
  readHistFactory,
} from "../formats/index.ts";
import { modelOf } from "../histfactory-xml.ts";
import type { ConvertOptions, FromWorkspaceOptions, Model } from "../index.ts";
import { lookUpFiles } from "../node/histfactory-files.ts";
import type { InputText } from "../node/read-input.ts";

/** Whether a text is XML. */
export function isXml(text: string): boolean {
  return /^\u{feff}?\s*</u.test(text);
}

/** Whether a text is a HistFactory combination, or one of its channels. */
export function isHistFactory(text: string): boolean {
  return isXml(text) && /<(Combination|Channel)\b/.test(text);
}

/** A combination as read, and where its files were. */
export interface FoundHistFactory extends HistFactoryInput {
  readonly baseFolder: string;
}

/** A combination that has been opened, and how to open the XML files that it names. */
export interface OpenedHistFactory {
  /** As the user gave it; `-` is standard input. */
  readonly path: string;
  readonly input: InputText;
  readonly open: (path: string) => InputText;
  /** What the run was asked to keep its inputs in, or null. */
  readonly keptIn: "bundle" | "campaign" | null;
}

/** Reads a combination with everything that it names. */
export async function readXmlInput(
  { path, input: { text, file }, open, keptIn }: OpenedHistFactory,
  how: HistFactoryOptions & { readonly baseFolder?: string } = {},
): Promise<FoundHistFactory> {
  if (keptIn !== null) {
    throw new NextstatError("usage", `a ${keptIn} holds one workspace, and this is many files`, {
      location: { file },
      hint: "make a workspace of it: nextstat import histfactory",
    });
  }
  const { baseFolder, ...own } = how;
  const files = lookUpFiles(path, {
    ...(baseFolder === undefined ? {} : { baseFolder }),
    readText: open,
  });
  const input = await readHistFactory(text, file, files, own);
  const moved = [...files.moved].map(([name, found]) => ({
    path: file,
    // Results are not to depend on where the folder lies.
    note: `"${name}" is not there: "${basename(found)}" in the folder of the files is read`,
  }));
  return {
    ...input,
    baseFolder: files.baseFolder(),
    notices: [...input.notices, ...moved.map(({ note }) => ({ message: note }))],
    report: { ...input.report, changed: [...input.report.changed, ...moved] },
  };
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
  { hs3 = {}, ...read }: Pick<ConvertOptions, "hs3" | "measurement">,
): Promise<ConversionInput> {
  refuseForeign(opened, [], hs3);
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
