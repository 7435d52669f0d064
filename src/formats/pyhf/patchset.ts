/**
 * pyhf patchsets: many JSON Patches for one background-only workspace, which they name by its digests.
 *
 * @module
 */

import { type ErrorLocation, NextstatError, suggestName } from "../../errors.ts";
import type { Workspace } from "../../workspace/types.ts";
import { digestWorkspace } from "./digest.ts";
import { applyOperation, type PatchOperation } from "./json-patch.ts";
import { parseJson, shorten } from "./json-text.ts";
import { fileLocation, withPlace } from "./place.ts";
import { type NumberSpellings, readSpellings, spelledCopy, takeSpellings } from "./python-json.ts";
import { checkDocument } from "./schema-check.ts";

/** A JSON Patch (RFC 6902), or a pyhf patchset and the name of the patch to take from it. */
export interface PatchInput {
  readonly text: string;
  /** Name for error messages. */
  readonly file?: string;
  /** Which patch of a patchset; needed when the set has several. */
  readonly name?: string;
}

/** One patch of a patchset. */
export interface PatchsetPatch {
  readonly name: string;
  /** Its coordinates, as many as the set has labels. */
  readonly values: readonly (number | string)[];
  /** `name`, `values` and whatever else the file says of it. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The operations of the JSON Patch. */
  readonly patch: readonly PatchOperation[];
}

/** A pyhf patchset. */
export interface Patchset {
  /** Of the schema. */
  readonly version: string;
  readonly description: string;
  /** Where it is from: `hepdata`. */
  readonly references: Readonly<Record<string, string>>;
  /** Hexadecimal digests of the background-only workspace by algorithm: `md5`, `sha256` or both. */
  readonly digests: Readonly<Partial<Record<"md5" | "sha256", string>>>;
  /** What the values of the patches are. */
  readonly labels: readonly string[];
  /** All of this but the version, and whatever else the file says of the set. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly patches: readonly PatchsetPatch[];
}

/** A patchset and where its parts are in its text. */
export interface PatchsetInput {
  readonly patchset: Patchset;
  /** Where the value of a JSON pointer is, for errors. */
  readonly place: (pointer: string) => ErrorLocation;
}

/**
 * Reads a patchset.
 *
 * @param spellings takes those of its numbers
 * @throws NextstatError `input` with file, JSON pointer, line and column
 */
export function readPatchset(
  { text, file }: Omit<PatchInput, "name">,
  spellings?: NumberSpellings,
): PatchsetInput {
  const { value, locate } = parseJson(text, file);
  const patchset = withPlace(() => checkPatchset(value), locate, file);
  if (spellings !== undefined) readSpellings(text, value, spellings);
  return {
    patchset,
    place: (pointer) => ({ ...fileLocation(file), pointer, ...locate(pointer) }),
  };
}

/** Workspaces are nested 10 deep. More than Python's own limit would be refused by pyhf too. */
const MAX_DEPTH = 200;

/**
 * Checks a patchset that is already a JavaScript value, by schema and by meaning.
 *
 * @throws NextstatError `input` with the JSON pointer
 */
export function checkPatchset(document: unknown): Patchset {
  if (!isPatchset(document)) {
    throw new NextstatError("input", "this is not a pyhf patchset", {
      hint: 'a patchset has "metadata", "patches" and "version"',
    });
  }
  checkDocument("patchset", document);
  requireShallow(document);
  const { metadata, patches, version } = document as unknown as PatchsetDocument;
  const { labels } = metadata;
  const names = new Set<string>();
  const values = new Map<string, string>();
  patches.forEach(({ metadata: { name, values: own } }, index) => {
    const fail = (problem: string, key: string): NextstatError =>
      new NextstatError("input", problem, {
        location: { pointer: `/patches/${index}/metadata/${key}` },
      });
    if (names.has(name)) throw fail(`two patches are called "${shorten(name)}"`, "name");
    names.add(name);
    if (own.length !== labels.length) {
      const expected = `${labels.length} (${labels.map((l) => shorten(l)).join(", ")})`;
      throw fail(
        `patch "${shorten(name)}" has ${own.length} ${own.length === 1 ? "value" : "values"}, the labels are ${expected}`,
        "values",
      );
    }
    const key = JSON.stringify(own);
    const other = values.get(key);
    if (other !== undefined) {
      throw fail(
        `patches "${shorten(other)}" and "${shorten(name)}" have the same values`,
        "values",
      );
    }
    values.set(key, name);
  });
  return {
    version,
    description: metadata.description,
    references: metadata.references,
    digests: metadata.digests,
    labels,
    metadata: metadata as unknown as Patchset["metadata"],
    patches: patches.map(({ metadata: own, patch }) => ({
      name: own.name,
      values: own.values,
      metadata: own,
      patch,
    })),
  };
}

/** A document that has passed the `patchset` schema. */
interface PatchsetDocument {
  readonly version: string;
  readonly metadata: Pick<Patchset, "description" | "references" | "digests" | "labels">;
  readonly patches: readonly {
    readonly metadata: Readonly<Record<string, unknown>> & Pick<PatchsetPatch, "name" | "values">;
    readonly patch: readonly PatchOperation[];
  }[];
}

/** Whether a document means to be a patchset. */
export function isPatchset(document: unknown): document is { readonly patches: unknown } {
  const isObject = typeof document === "object" && document !== null && !Array.isArray(document);
  return isObject && Object.hasOwn(document, "patches");
}

/** Refuses what functions that call themselves for every level could not walk through. */
function requireShallow(document: unknown): void {
  let level: unknown[] = [document];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) {
      throw new NextstatError("input", `the document is nested more than ${MAX_DEPTH} levels deep`);
    }
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      for (const member of Object.values(value)) {
        if (typeof member === "object" && member !== null) next.push(member);
      }
    }
    level = next;
  }
}

/** `3 patches: "a", "b", "c"`. */
export function describePatches(patches: unknown): string {
  const names = patchNames(patches);
  if (names.length === 0) return "no patches";
  const shown = names.slice(0, 12).map((name) => `"${shorten(name)}"`);
  const rest = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
  return `${names.length} ${names.length === 1 ? "patch" : "patches"}: ${shown.join(", ")}${rest}`;
}

/** Names of patches that have not been checked. */
function patchNames(patches: unknown): string[] {
  if (!Array.isArray(patches)) return [];
  return patches.map((patch: unknown, index) => {
    const name = (patch as { metadata?: { name?: unknown } } | null)?.metadata?.name;
    return typeof name === "string" ? name : `patch ${index}`;
  });
}

/**
 * A patch by its name or by its values, as pyhf's `patchset[key]`.
 *
 * @param key not needed when the set has only one patch
 * @throws NextstatError `usage` when there is no such patch
 */
export function findPatch(
  { patches, labels }: Patchset,
  key?: string | readonly (number | string)[],
): PatchsetPatch {
  const [only] = patches;
  if (key === undefined) {
    if (patches.length === 1 && only !== undefined) return only;
    throw new NextstatError(
      "usage",
      `this patchset holds ${describePatches(patches.map((metadata) => ({ metadata })))}`,
      { hint: "say which one to apply, by its name" },
    );
  }
  if (typeof key === "string") {
    const found = patches.find(({ name }) => name === key);
    if (found !== undefined) return found;
    throw new NextstatError("usage", `the patchset has no patch "${shorten(key)}"`, {
      hint: suggestName(
        key,
        patches.map(({ name }) => name),
      ),
    });
  }
  const wanted = JSON.stringify(key);
  const found = patches.find(({ values }) => JSON.stringify(values) === wanted);
  if (found !== undefined) return found;
  throw new NextstatError(
    "usage",
    `the patchset has no patch at ${labels.join(", ")} = ${shorten(key.join(", "))}`,
    { hint: "values are compared as they are written: 100 is not the text 100" },
  );
}

/**
 * How a background-only workspace differs from the one the digests of a patchset name, as an error; null where it does not.
 * It is pyhf's `PatchSet.verify`, but for capital hexadecimal digits, which the schema allows and pyhf never finds equal.
 *
 * @param background the background-only workspace; need not have been checked
 * @param spellings of its numbers
 */
export function digestMismatch(
  { digests }: Patchset,
  background: object,
  spellings: NumberSpellings,
): NextstatError | null {
  requireShallow(background);
  for (const [algorithm, expected] of Object.entries(digests)) {
    const found = digestWorkspace(background as Workspace, algorithm as "sha256", spellings);
    if (found === expected.toLowerCase()) continue;
    return new NextstatError(
      "input",
      `the patchset is not for this background: ${algorithm} of the background is ${found}, the patchset expects ${expected}`,
      {
        location: { pointer: `/metadata/digests/${algorithm}` },
        hint: "give the background-only workspace it was published with, unchanged",
      },
    );
  }
  return null;
}

/**
 * What pyhf's `patchset extract` prints: the operations, or with the metadata of patch and set as one object.
 *
 * @param spellings of the numbers in the text of the set; those of the new object are added
 */
export function extractPatch(
  patchset: Patchset,
  { metadata: own, patch }: PatchsetPatch,
  withMetadata: boolean,
  spellings: NumberSpellings = new WeakMap(),
): object {
  if (!withMetadata) return patch;
  // The set's word counts where both have one, as in pyhf.
  const metadata = { ...own, ...patchset.metadata };
  const spelled = new Map(spellings.get(own));
  for (const key of Object.keys(patchset.metadata)) spelled.delete(key);
  for (const [key, spelling] of spellings.get(patchset.metadata) ?? []) spelled.set(key, spelling);
  spellings.set(metadata, spelled);
  return { metadata, patch };
}

/**
 * A document with one patch of a set applied, not checked yet. Neither is changed, and the result shares nothing with them.
 *
 * @param place where the value of a JSON pointer into the set is, for errors
 * @throws NextstatError `input` when an operation cannot be applied
 */
export function applyPatchOf(
  patchset: Patchset,
  patch: PatchsetPatch,
  document: unknown,
  place: PatchsetInput["place"],
): object {
  const index = patchset.patches.indexOf(patch);
  return applyOperations(structuredClone(document), structuredClone(patch.patch), (operation) =>
    place(`/patches/${index}/patch/${operation}`),
  ) as object;
}

/**
 * As {@link applyPatchOf}, and the spellings of the result's numbers.
 *
 * @param spellings of the numbers of both; those of the result are added
 */
export function applySpelledPatch(
  patchset: Patchset,
  patch: PatchsetPatch,
  document: unknown,
  place: PatchsetInput["place"],
  spellings: NumberSpellings,
): object {
  const result = applyPatchOf(patchset, patch, document, place);
  // Tests have passed, and would compare 1 and 1.0 as texts here.
  const operations = patch.patch.filter(({ op }) => op !== "test");
  const spelled = applyOperations(
    spelledCopy(document, spellings),
    spelledCopy(operations, spellings) as PatchOperation[],
    () => ({}),
  );
  takeSpellings(result, spelled, spellings);
  return result;
}

/**
 * Applies the operations of a patch, which takes over the containers of both.
 *
 * @param place where an operation is, for the error
 */
export function applyOperations(
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
