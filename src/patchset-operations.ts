/**
 * Patchsets as a user calls them: on JSON text, or on the value it stands for.
 *
 * @module
 */

import type { NextstatError } from "./errors.ts";
import {
  applyPatchOf,
  checkPatched,
  checkPatchset,
  checkWorkspace,
  digestMismatch,
  findPatch,
  type NumberSpellings,
  type Patchset,
  type PatchsetPatch,
  extractPatch as patchDocument,
  readPatchset as readPatchsetText,
  readSpellings,
  readWorkspace,
} from "./formats/index.ts";
import type { Workspace } from "./workspace/types.ts";
import type { WarningListener } from "./workspace-operations.ts";

/** A patch by its name or by its values. */
export type PatchKey = string | readonly (number | string)[];

/** Options of {@link applyPatchset}. */
export interface ApplyPatchsetOptions extends WarningListener {
  /** Whether a background with other digests is an error, or a warning. Default true. */
  readonly verify?: boolean;
}

/**
 * Reads a pyhf patchset.
 *
 * ```ts
 * const patchset = readPatchset(patchsetText);
 * for (const { name, values } of patchset.patches) console.log(name, values);
 * ```
 *
 * @param source JSON text, or the value it stands for
 * @throws NextstatError `input` for a malformed patchset, two patches of one name or with the same values
 */
export function readPatchset(source: string | object): Patchset {
  return typeof source === "string"
    ? readPatchsetText({ text: source }).patchset
    : checkPatchset(source);
}

/** A background-only workspace, and whether the patchset is for it. */
function readBackground(
  patchset: Patchset,
  background: string | object,
): { readonly workspace: Workspace; readonly mismatch: NextstatError | null } {
  const { workspace } =
    typeof background === "string" ? readWorkspace(background) : checkWorkspace(background);
  const spellings: NumberSpellings = new WeakMap();
  if (typeof background === "string") readSpellings(background, workspace, spellings);
  return { workspace, mismatch: digestMismatch(patchset, workspace, spellings) };
}

/**
 * Checks that a patchset is for a background-only workspace, by the digests it names (pyhf's `PatchSet.verify`). They depend
 * on whether a number is written `1` or `1.0`, which only a text says.
 *
 * @throws NextstatError `input` when it is for another one, and for a malformed workspace
 */
export function verifyPatchset(patchset: Patchset, background: string | object): void {
  const { mismatch } = readBackground(patchset, background);
  if (mismatch !== null) throw mismatch;
}

/**
 * The workspace of one patch: the background with it applied (pyhf's `PatchSet.apply`). Nothing given is changed.
 *
 * ```ts
 * const workspace = applyPatchset(patchset, backgroundText, "stop_500_1");
 * const same = applyPatchset(patchset, backgroundText, [500, 1]);
 * ```
 *
 * @throws NextstatError `input` when the digests are not those of the background (unless `verify` is false), when the patch
 * cannot be applied, and when what it makes is no workspace; `usage` for a patch that does not exist
 */
export function applyPatchset(
  patchset: Patchset,
  background: string | object,
  key: PatchKey,
  options: ApplyPatchsetOptions = {},
): Workspace {
  const { workspace, mismatch } = readBackground(patchset, background);
  if (mismatch !== null) {
    if (options.verify ?? true) throw mismatch;
    options.onWarning?.(mismatch.problem);
  }
  const patch = findPatch(patchset, key);
  const document = applyPatchOf(patchset, patch, workspace, (pointer) => ({ pointer }));
  const patched = checkPatched(document);
  for (const warning of patched.warnings) options.onWarning?.(warning);
  return patched.workspace;
}

/**
 * One patch of a set as a JSON Patch, or with the metadata of patch and set as the object that
 * `pyhf patchset extract --with-metadata` prints.
 *
 * @throws NextstatError `usage` for a patch that does not exist
 */
export function extractPatch(patchset: Patchset, key: PatchKey): PatchsetPatch["patch"];
export function extractPatch(
  patchset: Patchset,
  key: PatchKey,
  options: { readonly withMetadata: boolean },
): object;
export function extractPatch(
  patchset: Patchset,
  key: PatchKey,
  options: { readonly withMetadata: boolean } = { withMetadata: false },
): object {
  return patchDocument(patchset, findPatch(patchset, key), options.withMetadata);
}
