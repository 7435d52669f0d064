/**
 * pyhf's answers for the operations on workspaces, made by tools/golden/workspace-operations.py.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { type NumberSpellings, readSpellings, readWorkspace } from "../../src/formats/index.ts";
import type { Workspace } from "../../src/workspace/types.ts";

/** A case with a result, as the text Python makes of it, or an error. */
export interface OperationCase {
  readonly inputs: readonly string[];
  readonly result?: string;
  readonly error?: string;
}

export function readGolden<T>(
  name: string,
): T & { readonly workspaces: Readonly<Record<string, string>> } {
  const file = new URL(`../golden/operations/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Workspaces as the commands read them, with the spellings of their numbers. */
export function readInputs(texts: readonly string[]): {
  readonly workspaces: readonly Workspace[];
  readonly spellings: NumberSpellings;
} {
  const spellings: NumberSpellings = new WeakMap();
  const workspaces = texts.map((text) => {
    const { workspace } = readWorkspace(text);
    readSpellings(text, workspace, spellings);
    return workspace;
  });
  return { workspaces, spellings };
}
