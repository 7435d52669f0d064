/**
 * A workspace of any format as a command's input, with what became of the document's parts.
 *
 * @module
 */

import { basename } from "node:path";
import type { ConversionInput } from "../conversions.ts";
import { NextstatError } from "../errors.ts";
import { type PatchInput, readDocument } from "../formats/index.ts";
import type { OutputOptions } from "./common.ts";
import { isHistFactory, openedHistFactory, readXmlConversion } from "./histfactory-input.ts";
import { type Hs3CommandOptions, hs3Options } from "./hs3-options.ts";
import { openInput } from "./inputs.ts";
import type { Run } from "./run.ts";

/** How to read a workspace. */
interface OpenOptions {
  /** The format it must have. Default: whichever it has. */
  readonly from?: ConversionInput["format"] | undefined;
  /** For a pyhf workspace. Default: none. */
  readonly patches?: readonly PatchInput[];
  /** The one measurement that is needed; only HistFactory's reader leaves others out. Default: all. */
  readonly measurement?: string | undefined;
}

/** A workspace that has been read, and what to call it. */
export interface OpenedWorkspace extends ConversionInput {
  /** Of its file, or of the combination's. */
  readonly text: string;
  readonly title: string;
}

/** Reads and checks a workspace of any format; `-` is standard input. */
export async function openWorkspace(
  path: string,
  options: OutputOptions & Hs3CommandOptions,
  run: Run,
  { from, patches = [], measurement }: OpenOptions = {},
): Promise<OpenedWorkspace> {
  const input = openInput(path, options, run);
  const { text, file } = input;
  const title = path === "-" ? "standard input" : basename(path);
  const hs3 = hs3Options(options);
  if (isHistFactory(text) && (from === undefined || from === "histfactory")) {
    const opened = openedHistFactory(path, input, options, run);
    const how = { hs3, patches, ...(measurement === undefined ? {} : { measurement }) };
    return { ...(await readXmlConversion(opened, how)), text, title };
  }
  if (from === "histfactory") {
    throw new NextstatError("input", "this is not HistFactory XML", {
      location: { file },
      hint: "give the file of a combination",
    });
  }
  const document = readDocument(text, {
    ...{ file, hs3, patches },
    ...(from === undefined ? {} : { from }),
  });
  return { ...document, text, title };
}
