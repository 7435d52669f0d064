/**
 * Names of a workspace: their order, what they name, and how operations check the ones they are given.
 *
 * @module
 */

import { NextstatError, suggestName } from "../errors.ts";
import type { ModifierType, Workspace } from "./types.ts";

/** Order by Unicode code point, as Python sorts texts; `<` of JavaScript goes by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) {
      // At a low surrogate the high ones before it are equal: the units decide as the code points do.
      return (a.codePointAt(i) as number) - (b.codePointAt(i) as number);
    }
  }
  return a.length - b.length;
}

/** Whether modifiers of this type have one parameter per bin. */
export function isPerBin(type: ModifierType): boolean {
  return type === "shapesys" || type === "staterror" || type === "shapefactor";
}

/** Types of the modifiers of each name, in order of first appearance. */
export type ModifierUses = ReadonlyMap<string, ReadonlySet<ModifierType>>;

/** Every modifier name of a workspace with its types; more than one only for normsys with histosys. */
export function modifierUses(workspace: Workspace): ModifierUses {
  const uses = new Map<string, Set<ModifierType>>();
  for (const channel of workspace.channels) {
    for (const sample of channel.samples) {
      for (const { name, type } of sample.modifiers) {
        const types = uses.get(name);
        if (types === undefined) uses.set(name, new Set([type]));
        else types.add(type);
      }
    }
  }
  return uses;
}

/** Whether the modifiers of a name have one parameter per bin. */
export function hasPerBinParameters(uses: ModifierUses, name: string): boolean {
  return [...(uses.get(name) ?? [])].some(isPerBin);
}

/**
 * The modifier that the parameter of a measurement belongs to: `mu`, or `gamma` for `gamma[2]`; undefined when no
 * modifier defines it. `bin` is what follows the modifier's name.
 */
export function modifierOfParameter(
  uses: ModifierUses,
  parameter: string,
): { readonly modifier: string; readonly bin: string } | undefined {
  if (uses.has(parameter)) return { modifier: parameter, bin: "" };
  const [, modifier, bin] = /^(.*)(\[(?:0|[1-9]\d*)\])$/s.exec(parameter) ?? [];
  if (modifier === undefined || bin === undefined) return undefined;
  return hasPerBinParameters(uses, modifier) ? { modifier, bin } : undefined;
}

/**
 * Refuses names that do not exist.
 *
 * @param what the kind of thing, e.g. `channel`
 * @throws NextstatError `usage` for the first of them, with the nearest name
 */
export function requireKnown(names: Iterable<string>, what: string, known: Iterable<string>): void {
  const all = new Set(known);
  for (const name of names) {
    if (all.has(name)) continue;
    throw new NextstatError("usage", `the workspace has no ${what} "${name}"`, {
      hint: suggestName(name, [...all]),
    });
  }
}

/** Distinct sample names, in order of first appearance. */
export function sampleNames(workspace: Workspace): ReadonlySet<string> {
  return new Set(workspace.channels.flatMap((channel) => channel.samples.map((s) => s.name)));
}

/** `"a"`, `"a" and "b"`, `"a", "b" and 3 more`: for texts, at most six names. */
export function quoteNames(names: readonly string[]): string {
  const shown = names.slice(0, names.length > 6 ? 5 : 6).map((name) => `"${name}"`);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${rest} more`;
  const last = shown.pop() ?? "";
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}
