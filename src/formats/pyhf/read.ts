/**
 * pyhf JSON text (+ JSON Patches) -> checked {@link Workspace}.
 *
 * @module
 */

import { type ErrorLocation, NextstatError, suggestName } from "../../errors.ts";
import type { Workspace } from "../../workspace/types.ts";
import { validateWorkspace } from "../../workspace/validate.ts";
import { applyOperation, type PatchOperation } from "./json-patch.ts";
import {
  describeValue,
  type ParsedText,
  parseJson,
  shorten,
  type TextPosition,
} from "./json-text.ts";
import { checkDocument } from "./schema-check.ts";

/** A JSON Patch (RFC 6902), or a pyhf patchset and the name of the patch to take from it. */
export interface PatchInput {
  readonly text: string;
  /** Name for error messages. */
  readonly file?: string;
  /** Which patch of a patchset; needed when the set has several. */
  readonly name?: string;
}

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
  let document = parsed.value;
  for (const patch of patches) document = applyPatch(document, patch);
  try {
    return withPlace(() => ({ ...checkWorkspace(document), locate }), locate, file);
  } catch (error) {
    if (!patched || !(error instanceof NextstatError)) throw error;
    throw new NextstatError(error.kind, `${error.problem} (after applying patches)`, {
      location: error.location,
      hint: error.hint,
    });
  }
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

/** Runs a check and adds file, line and column to the error it throws. */
export function withPlace<T>(
  check: () => T,
  locate: ParsedText["locate"],
  file: string | undefined,
): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    throw error.at({ ...fileLocation(file), ...nearestPosition(error.location.pointer, locate) });
  }
}

function fileLocation(file: string | undefined): ErrorLocation {
  return file === undefined ? {} : { file };
}

function nearestPosition(
  pointer: string | undefined,
  locate: ParsedText["locate"],
): TextPosition | Record<string, never> {
  return pointer === undefined || pointer === "" ? {} : (locate(pointer) ?? {});
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

/** `3 patches: "a", "b", "c"`. */
function describePatches(patches: unknown): string {
  const names = patchNames(patches);
  if (names.length === 0) return "no patches";
  const shown = names.slice(0, 12).map((name) => `"${shorten(name)}"`);
  const rest = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
  return `${names.length} ${names.length === 1 ? "patch" : "patches"}: ${shown.join(", ")}${rest}`;
}

function patchNames(patches: unknown): string[] {
  if (!Array.isArray(patches)) return [];
  return patches.map((patch, index) => {
    const metadata = isObject(patch) ? patch.metadata : undefined;
    const name = isObject(metadata) ? metadata.name : undefined;
    return typeof name === "string" ? name : `patch ${index}`;
  });
}

/** Applies one patch file; the result is not checked yet. */
function applyPatch(document: unknown, patch: PatchInput): unknown {
  const { file } = patch;
  const parsed = parseJson(patch.text, file);
  const { operations, pointer } = withPlace(
    () => findOperations(parsed.value, patch.name),
    parsed.locate,
    file,
  );
  return applyOperations(document, operations, (index) => ({
    ...fileLocation(file),
    pointer: `${pointer}/${index}`,
    ...parsed.locate(`${pointer}/${index}`),
  }));
}

/**
 * Applies the operations of a patch, which takes over the document's containers.
 *
 * @param place where an operation is, for the error
 */
function applyOperations(
  document: unknown,
  operations: readonly PatchOperation[],
  place: (index: number) => ErrorLocation,
): unknown {
  let result = document;
  operations.forEach((operation, index) => {
    const outcome = applyOperation(result, operation);
    if (!outcome.ok) {
      throw new NextstatError(
        "input",
        `patch operation ${index} ("${operation.op}" at "${shorten(operation.path, 200)}") cannot be applied: ${outcome.problem}`,
        {
          location: place(index),
          hint: outcome.hint ?? "is this patch meant for this workspace?",
        },
      );
    }
    result = outcome.document;
  });
  return result;
}

/** One patch of a patchset. */
export interface PatchsetEntry {
  readonly name: string;
  /** Its coordinates; what they are is said by the labels of the set. */
  readonly values: readonly (number | string)[];
  /**
   * The background with this patch applied, not checked yet.
   *
   * @throws NextstatError `input` when it cannot be applied
   */
  readonly apply: () => object;
}

/** A pyhf patchset and the background it is for. */
export interface Patchset {
  /** What the values of its patches are. */
  readonly labels: readonly string[];
  readonly patches: readonly PatchsetEntry[];
}

/**
 * Reads a patchset and the background-only workspace it is applied to, each once for all its patches.
 *
 * @param background patches of its own come first
 * @throws NextstatError `input` when either is malformed, or two patches have one name
 */
export function readPatchset(
  patchset: PatchInput,
  background: { readonly text: string } & ReadWorkspaceOptions,
): Patchset {
  const base = parseJson(background.text, background.file);
  withPlace(() => refuseOtherDocuments(base.value), base.locate, background.file);
  let document = base.value;
  for (const patch of background.patches ?? []) document = applyPatch(document, patch);
  const { value, locate } = parseJson(patchset.text, patchset.file);
  withPlace(
    () => {
      if (!isObject(value) || !Object.hasOwn(value, "patches")) {
        throw new NextstatError("input", "this is not a pyhf patchset", {
          hint: 'a patchset has "metadata", "patches" and "version"',
        });
      }
      checkDocument("patchset", value);
    },
    locate,
    patchset.file,
  );
  const { metadata, patches } = value as {
    readonly metadata: { readonly labels: readonly string[] };
    readonly patches: readonly {
      readonly metadata: { readonly name: string; readonly values: PatchsetEntry["values"] };
      readonly patch: readonly PatchOperation[];
    }[];
  };
  const names = patchNames(patches);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new NextstatError("input", `two patches are called "${shorten(twice)}"`, {
      location: fileLocation(patchset.file),
    });
  }
  return {
    labels: metadata.labels,
    patches: patches.map((patch, index) => ({
      name: patch.metadata.name,
      values: patch.metadata.values,
      apply: () =>
        applyOperations(structuredClone(document), structuredClone(patch.patch), (operation) => {
          const pointer = `/patches/${index}/patch/${operation}`;
          return { ...fileLocation(patchset.file), pointer, ...locate(pointer) };
        }) as object,
    })),
  };
}

/** The operations of a patch document and where they are in it. */
function findOperations(
  document: unknown,
  name: string | undefined,
): { operations: readonly PatchOperation[]; pointer: string } {
  if (isObject(document) && Object.hasOwn(document, "patches")) {
    checkDocument("patchset", document);
    const patches = document.patches as readonly { patch: PatchOperation[] }[];
    const names = patchNames(patches);
    if (name === undefined && patches.length > 1) {
      throw new NextstatError("usage", `this patchset holds ${describePatches(patches)}`, {
        hint: "say which one to apply, by its name",
      });
    }
    const index = name === undefined ? 0 : names.indexOf(name);
    const chosen = patches[index];
    if (chosen === undefined) {
      throw new NextstatError("usage", `the patchset has no patch "${shorten(name ?? "")}"`, {
        hint: suggestName(name ?? "", names),
      });
    }
    return { operations: chosen.patch, pointer: `/patches/${index}/patch` };
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
  return { operations: document as PatchOperation[], pointer: "" };
}
