/**
 * A document of any format that can be read -> a checked workspace. Which format it is, is seen from its content.
 *
 * @module
 */

import { type ErrorLocation, NextstatError } from "../errors.ts";
import type { Workspace } from "../workspace/types.ts";
import { type ConversionReport, type Notice, newConversionLog } from "./conversion.ts";
import { readHs3 } from "./hs3/read.ts";
import type { Hs3Options, Hs3Source } from "./hs3/types.ts";
import { type ParsedText, parseJson } from "./pyhf/json-text.ts";
import type { PatchInput } from "./pyhf/patchset.ts";
import { withPlace } from "./pyhf/place.ts";
import { checkWorkspace, isHs3, readParsedWorkspace } from "./pyhf/read.ts";

/** The formats that can be read and written. */
export const FORMATS = ["pyhf", "hs3"] as const;

/** One of {@link FORMATS}. */
export type FormatName = (typeof FORMATS)[number];

export interface ReadDocumentOptions {
  /** Name for error messages; `-` is standard input. */
  readonly file?: string;
  /** JSON Patches for a pyhf workspace, applied in order before anything is checked. Default: none. */
  readonly patches?: readonly PatchInput[];
  /** How to read an HS3 document. */
  readonly hs3?: Hs3Options;
  /** The format the document must have. Default: whichever it has. */
  readonly from?: FormatName;
}

/** A document as a workspace. */
export interface DocumentInput {
  readonly format: FormatName;
  readonly workspace: Workspace;
  /** What is allowed but probably not meant, and what was decided on the document's behalf. */
  readonly notices: readonly Notice[];
  readonly report: ConversionReport;
  /** What an HS3 document has that a workspace has no place for, or null. */
  readonly hs3: Hs3Source | null;
  /** Where in the document the part is that a pointer into the workspace refers to. */
  readonly locate: (pointer: string) => ErrorLocation;
}

/**
 * Reads a document.
 *
 * @param source JSON text, or the value it stands for
 * @throws NextstatError `input` with file, JSON pointer, line and column; `usage` for options that its format does not have
 */
export function readDocument(
  source: string | object,
  options: ReadDocumentOptions = {},
): DocumentInput {
  const { file, patches = [], hs3 = {}, from } = options;
  const place = file === undefined ? {} : { file };
  const parsed: ParsedText =
    typeof source === "string"
      ? parseJson(source, file)
      : { value: source, text: null, locate: () => undefined };
  const format = isHs3(parsed.value) ? "hs3" : "pyhf";
  if (from !== undefined && from !== format) throw otherFormat(from, place);
  if (format === "hs3") {
    if (patches.length > 0) {
      throw new NextstatError("usage", "patches are for pyhf workspaces, and this is HS3", {
        location: place,
        hint: "convert it first",
      });
    }
    const read = withPlace(() => readHs3(parsed.value, hs3), parsed.locate, file);
    const { workspace, notices, report, origin } = read;
    const locate = (pointer: string): ErrorLocation => {
      const own = origin(pointer);
      return { ...place, pointer: own, ...(own === "" ? {} : parsed.locate(own)) };
    };
    return { format, workspace, notices, report, hs3: read.source, locate };
  }
  if (Object.keys(hs3).length > 0) {
    throw new NextstatError("usage", `the option ${Object.keys(hs3)[0]} is for HS3 documents`, {
      location: place,
      hint: "this is a pyhf workspace: choose a measurement, and interpDefaults",
    });
  }
  const isText = typeof source === "string";
  const { workspace, warnings, locate } =
    isText || patches.length > 0
      ? readParsedWorkspace(isText ? parsed : { ...parsed, value: structuredClone(source) }, {
          ...place,
          patches,
        })
      : { ...checkWorkspace(source), locate: parsed.locate };
  return {
    format,
    workspace,
    notices: warnings.map((message) => ({ message })),
    report: newConversionLog(),
    hs3: null,
    locate: (pointer) => ({ ...place, pointer, ...locate(pointer) }),
  };
}

function otherFormat(expected: FormatName, location: ErrorLocation): NextstatError {
  return expected === "pyhf"
    ? new NextstatError("input", "this is an HS3 document, not a pyhf workspace", {
        location,
        hint: "read it as HS3",
      })
    : new NextstatError("input", "this is not an HS3 document", {
        location,
        hint: 'an HS3 document has "distributions", and "metadata" with "hs3_version"',
      });
}
