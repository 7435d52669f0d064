/**
 * Operations on workspaces as a user calls them: on JSON text, or on the value it stands for.
 *
 * @module
 */

import {
  checkWorkspace,
  type DigestAlgorithm,
  digestWorkspace,
  type NumberSpellings,
  readSpellings,
  readWorkspace,
} from "./formats/index.ts";
import { type InspectRecord, inspectWorkspace } from "./report/inspect.ts";
import { type CombineOptions, combineWorkspaces } from "./workspace/combine.ts";
import type { Outcome } from "./workspace/outcome.ts";
import type { Preprocessed, VariationChange } from "./workspace/preprocess/changes.ts";
import {
  type Pruned,
  type PruneSystematicsOptions,
  pruneVariations,
} from "./workspace/preprocess/prune.ts";
import { type SmoothOptions, smoothHistosys } from "./workspace/preprocess/smooth.ts";
import { type SymmetriseOptions, symmetriseVariations } from "./workspace/preprocess/symmetrise.ts";
import { type PruneOptions, pruneParts } from "./workspace/prune.ts";
import { type RenameOptions, renameParts } from "./workspace/rename.ts";
import { sortedWorkspace } from "./workspace/sort.ts";
import type { Workspace } from "./workspace/types.ts";

/** Hears what an operation decided on its caller's behalf. */
export interface WarningListener {
  /** Called with one text per warning. Default: warnings are dropped. */
  readonly onWarning?: (message: string) => void;
}

function read(source: string | object): Workspace {
  return typeof source === "string"
    ? readWorkspace(source).workspace
    : checkWorkspace(source).workspace;
}

function report({ workspace, warnings }: Outcome, { onWarning }: WarningListener): Workspace {
  for (const warning of warnings) onWarning?.(warning);
  return workspace;
}

/**
 * Combines two or more workspaces. Scalar modifiers of one name share their parameter, per-bin modifiers of different
 * workspaces do not; the one measurement is called `combined`. With `join` it is pyhf's `Workspace.combine`.
 *
 * ```ts
 * const both = combine([signalRegions, controlRegions]);
 * const years = combine([run2016, run2017], { labels: ["y16", "y17"], onWarning: console.warn });
 * ```
 *
 * The result shares its lists with the inputs, which are not changed.
 *
 * @param sources JSON texts, or the values they stand for
 * @throws NextstatError `input` for malformed workspaces and for conflicts between them, `usage` for options that do not
 * go together
 */
export function combine(
  sources: readonly (string | object)[],
  options: CombineOptions & WarningListener = {},
): Workspace {
  const inputs = sources.map((source, i) => ({ name: `workspace ${i}`, workspace: read(source) }));
  return report(combineWorkspaces(inputs, options), options);
}

/**
 * The workspace without some of its parts (pyhf's `Workspace.prune`).
 *
 * @throws NextstatError `usage` for names that do not exist, and when no channel, measurement or sample would be left
 */
export function pruneWorkspace(
  source: string | object,
  options: PruneOptions & WarningListener,
): Workspace {
  return report(pruneParts(read(source), options), options);
}

/**
 * The workspace with other names (pyhf's `Workspace.rename`).
 *
 * ```ts
 * const decorrelated = renameWorkspace(text, { modifiers: { jes: "jes_2017" } });
 * ```
 *
 * @throws NextstatError `usage` for names that do not exist, `input` when two things get one name that must differ
 */
export function renameWorkspace(
  source: string | object,
  options: RenameOptions & WarningListener,
): Workspace {
  return report(renameParts(read(source), options), options);
}

/** The workspace with all its lists in order of names (pyhf's `Workspace.sorted`). */
export function sortWorkspace(source: string | object): Workspace {
  return sortedWorkspace(read(source));
}

/**
 * The digest of a workspace, the same as pyhf's. It depends on whether a number is written `1` or `1.0`, which only a text
 * says; in a value whole numbers count as written without a point, as `JSON.stringify` does it.
 *
 * @returns hexadecimal digits
 * @throws NextstatError `usage` for an unknown algorithm, `input` for a malformed workspace and for names without UTF-8 form
 */
export function workspaceDigest(
  source: string | object,
  algorithm: DigestAlgorithm = "sha256",
): string {
  const workspace = read(source);
  const spellings: NumberSpellings = new WeakMap();
  if (typeof source === "string") readSpellings(source, workspace, spellings);
  return digestWorkspace(workspace, algorithm, spellings);
}

/**
 * The parts of a workspace as sorted lists, with the content of `pyhf inspect`.
 *
 * @param options `measurement` is the one whose constraints count. Default: the first
 * @throws NextstatError `usage` for a measurement that does not exist
 */
export function inspect(
  source: string | object,
  options: { readonly measurement?: string } = {},
): InspectRecord {
  return inspectWorkspace(read(source), options.measurement);
}

/**
 * Smooths the templates of histosys by their ratio to the nominal; each side keeps its integral.
 *
 * ```ts
 * const { workspace, changes, warnings } = smooth(text, { modifiers: ["jes"] });
 * ```
 *
 * @throws NextstatError `input` for a malformed workspace, `usage` for options that make no sense and unknown names
 */
export function smooth(
  source: string | object,
  options: SmoothOptions = {},
): Preprocessed<VariationChange> {
  return smoothHistosys(read(source), options);
}

/**
 * Removes the histosys and normsys whose effect is below a threshold, and the settings of parameters that are gone.
 *
 * ```ts
 * const { workspace, changes, removedParameters } = pruneSystematics(text, { threshold: 0.01 });
 * ```
 *
 * @throws NextstatError `input` for a malformed workspace, `usage` for options that make no sense and unknown names
 */
export function pruneSystematics(
  source: string | object,
  options: PruneSystematicsOptions = {},
): Pruned {
  return pruneVariations(read(source), options);
}

/**
 * Makes both sides of every histosys and normsys mirror images about the nominal.
 *
 * ```ts
 * const { workspace } = symmetrise(text, { method: "twosided" });
 * ```
 *
 * @throws NextstatError `input` for a malformed workspace and for a value that would become negative (unless the policy is
 * `clamp`), `usage` for options that make no sense and unknown names
 */
export function symmetrise(
  source: string | object,
  options: SymmetriseOptions,
): Preprocessed<VariationChange> {
  return symmetriseVariations(read(source), options);
}
