/**
 * pyhf JSON text (+ JSON Patches) -> checked {@link Workspace}.
 *
 * @module
 */

import { type ErrorLocation, NextstatError } from "../../errors.ts";
import type { Workspace } from "../../workspace/types.ts";
import { validateWorkspace } from "../../workspace/validate.ts";
import type { PatchOperation } from "./json-patch.ts";
import {
  describeValue,
  type ParsedText,
  parseJson,
  shorten,
  type TextPosition,
} from "./json-text.ts";
import {
  applyOperations,
  checkPatchset,
  describePatches,
  digestMismatch,
  findPatch,
  isPatchset,
  type PatchInput,
  type Patchset,
} from "./patchset.ts";
import { fileLocation, fileName, withPlace } from "./place.ts";
import { type NumberSpellings, readSpellings } from "./python-json.ts";
import { checkDocument } from "./schema-check.ts";

export interface ReadWorkspaceOptions {
  /** Name for error messages; `-` is standard input. */
  readonly file?: string;
  /** Applied in order before anything is checked. Default: none. */
  readonly patches?: readonly PatchInput[];
}

export interface WorkspaceInput {
  readonly workspace: Workspace;
  /** Where the value of a JSON pointer starts in the text; undefined when patches were applied. */
  readonly locate: (pointer: string) => TextPosition | undefined;
  /** What is allowed but probably not meant. */
  readonly warnings: readonly string[];
}

/**
 * Reads a pyhf workspace.
 *
 * ```ts
 * const { workspace } = readWorkspace(text, { file: "SR.json" });
 * ```
 *
 * @throws NextstatError `input` with file, JSON pointer, line and column (no line after patches); `usage` for a patch
 * name that a patchset does not have
 */
export function readWorkspace(text: string, options: ReadWorkspaceOptions = {}): WorkspaceInput {
  return readParsedWorkspace(parseJson(text, options.file), options);
}

/** The same for a text that has been parsed; its value is taken over when there are patches. */
export function readParsedWorkspace(
  parsed: ParsedText,
  options: ReadWorkspaceOptions = {},
): WorkspaceInput {
  const { file, patches = [] } = options;
  const patched = patches.length > 0;
  const locate = (pointer: string): TextPosition | undefined =>
    patched ? undefined : parsed.locate(pointer);
  if (patched) withPlace(() => refuseOtherDocuments(parsed.value), parsed.locate, file);
  const { document, warnings } = applyPatches(parsed, patches);
  try {
    const checked = withPlace(() => checkWorkspace(document), locate, file);
    return { ...checked, warnings: [...warnings, ...checked.warnings], locate };
  } catch (error) {
    throw patched ? afterPatches(error) : error;
  }
}

/** An error about a workspace that patches have made: its places are in no file. */
function afterPatches(error: unknown): unknown {
  if (!(error instanceof NextstatError)) return error;
  return new NextstatError(error.kind, `${error.problem} (after applying patches)`, {
    location: error.location,
    hint: error.hint,
  });
}

/**
 * Checks the workspace that a patch has made.
 *
 * @throws NextstatError `input` with the JSON pointer
 */
export function checkPatched(document: unknown, file?: string): ReturnType<typeof checkWorkspace> {
  try {
    return withPlace(
      () => checkWorkspace(document),
      () => undefined,
      file,
    );
  } catch (error) {
    throw afterPatches(error);
  }
}

/** A background-only workspace, not checked yet, and whether a patchset is for it. */
export interface Background {
  /** With patches of its own applied. */
  readonly document: unknown;
  /** What {@link digestMismatch} finds, of the text as it is before any patch. */
  readonly mismatch: NextstatError | null;
  /** About the patches of its own. */
  readonly warnings: readonly string[];
}

/**
 * Reads the background-only workspace that the patches of a set are applied to, once for all of them.
 *
 * @throws NextstatError `input` when it is not JSON, or a document of another kind
 */
export function readBackground(
  text: string,
  patchset: Patchset,
  options: ReadWorkspaceOptions = {},
): Background {
  const { file, patches = [] } = options;
  const parsed = parseJson(text, file);
  withPlace(() => refuseOtherDocuments(parsed.value), parsed.locate, file);
  const mismatch = mismatchOf(parsed, patchset);
  return { mismatch, ...applyPatches(parsed, patches) };
}

/** The document with its patches applied, which takes it over; and what of them is probably not meant. */
function applyPatches(
  original: ParsedText,
  patches: readonly PatchInput[],
): { readonly document: unknown; readonly warnings: readonly string[] } {
  const parsed = patches.map(parsePatch);
  const warnings = parsed.flatMap(({ patchset }, i) => {
    const mismatch = patchset === null ? null : mismatchOf(original, patchset);
    const file = patches[i]?.file;
    return mismatch === null
      ? []
      : [`${mismatch.problem}${file === undefined ? "" : ` (${fileName(file)})`}`];
  });
  let document = original.value;
  for (const { operations, place } of parsed) {
    document = applyOperations(document, operations, place);
  }
  return { document, warnings };
}

function mismatchOf({ text, value }: ParsedText, patchset: Patchset): NextstatError | null {
  const spellings: NumberSpellings = new WeakMap();
  if (text !== null) readSpellings(text, value, spellings);
  return digestMismatch(patchset, value as object, spellings);
}

/**
 * Checks a workspace that is already a JavaScript value, by schema and by meaning.
 *
 * @throws NextstatError `input` with the JSON pointer
 */
export function checkWorkspace(document: unknown): {
  readonly workspace: Workspace;
  readonly warnings: readonly string[];
} {
  refuseOtherDocuments(document);
  checkDocument("workspace", document);
  const workspace = document as Workspace;
  return { workspace, warnings: validateWorkspace(workspace) };
}

const EXPECTED_KEYS = 'a workspace has "channels", "observations", "measurements" and "version"';

/** Errors for documents that are something else than a workspace, by what they are. */
function refuseOtherDocuments(document: unknown): void {
  const refuse = (problem: string, hint: string): never => {
    throw new NextstatError("input", problem, { hint });
  };
  if (Array.isArray(document)) {
    const isPatch = document.some((entry) => isObject(entry) && "op" in entry && "path" in entry);
    if (isPatch) {
      refuse(
        "this is a JSON Patch, not a workspace",
        "give the workspace as input and this file as a patch",
      );
    }
    refuse(`a workspace must be an object, found ${describeValue(document)}`, EXPECTED_KEYS);
  }
  if (!isObject(document)) {
    refuse(`a workspace must be an object, found ${describeValue(document)}`, EXPECTED_KEYS);
    return;
  }
  const has = (key: string): boolean => Object.hasOwn(document, key);
  if (has("channels")) {
    const missing = ["observations", "measurements", "version"].filter((key) => !has(key));
    if (missing.length === 3) {
      const list = missing.map((key) => `"${key}"`).join(", ");
      refuse(
        `this is a pyhf model specification, not a workspace: it lacks ${list}`,
        'add the observed data, a measurement with its "poi", and "version": "1.0.0"',
      );
    }
    return;
  }
  if (isHs3(document)) {
    refuse("this is an HS3 document, not a pyhf workspace", "nextstat convert makes one of it");
  }
  if (has("patches")) {
    refuse(
      `this is a pyhf patchset, not a workspace; it holds ${describePatches(document.patches)}`,
      "give the background-only workspace as input and one of these patches with it",
    );
  }
  if (has("config") && has("name")) {
    refuse("this is a single pyhf measurement, not a workspace", EXPECTED_KEYS);
  }
}

/** Whether a document is HS3: it has distributions, or says so in its metadata. */
export function isHs3(document: unknown): boolean {
  if (!isObject(document)) return false;
  const { metadata } = document;
  const says = isObject(metadata) && Object.hasOwn(metadata, "hs3_version");
  return says || Object.hasOwn(document, "distributions");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A patch file, parsed. */
interface ParsedPatch {
  readonly operations: readonly PatchOperation[];
  /** Where an operation is. */
  readonly place: (index: number) => ErrorLocation;
  /** The set it was taken from; null for a plain JSON Patch. */
  readonly patchset: Patchset | null;
}

function parsePatch({ text, file, name }: PatchInput): ParsedPatch {
  const { value, locate } = parseJson(text, file);
  const { operations, pointer, patchset } = withPlace(
    () => findOperations(value, name),
    locate,
    file,
  );
  return {
    operations,
    patchset,
    place: (index) => ({
      ...fileLocation(file),
      pointer: `${pointer}/${index}`,
      ...locate(`${pointer}/${index}`),
    }),
  };
}

/** The operations of a patch document and where they are in it. */
function findOperations(
  document: unknown,
  name: string | undefined,
): { operations: readonly PatchOperation[]; pointer: string; patchset: Patchset | null } {
  if (isPatchset(document)) {
    const patchset = checkPatchset(document);
    const patch = findPatch(patchset, name);
    const pointer = `/patches/${patchset.patches.indexOf(patch)}/patch`;
    return { operations: patch.patch, pointer, patchset };
  }
  if (!Array.isArray(document)) {
    const isWorkspace = isObject(document) && Object.hasOwn(document, "channels");
    throw new NextstatError(
      "input",
      isWorkspace
        ? "this is a workspace, not a JSON Patch"
        : `a JSON Patch must be a list of operations, found ${describeValue(document)}`,
      { hint: 'a patch looks like [{"op": "replace", "path": "/channels/0/name", "value": "SR"}]' },
    );
  }
  if (name !== undefined) {
    throw new NextstatError(
      "usage",
      `patch "${shorten(name)}" was asked for, but this is a plain JSON Patch`,
      {
        hint: "leave the name out, or give a patchset",
      },
    );
  }
  checkDocument("jsonpatch", document);
  return { operations: document as PatchOperation[], pointer: "", patchset: null };
}
