/**
 * What the readers of blocks share.
 *
 * @module
 */

import { suggestName } from "../../errors.ts";
import type { ExpressionUse, PlannedExpression } from "../../templates/plan.ts";
import { type Block, configurationError, type Setting } from "./blocks.ts";
import type { Remark } from "./coverage.ts";
import { listOf, type Values } from "./values.ts";

/** Notes taken while a configuration is read. */
export interface Context {
  readonly used: Set<Setting>;
  readonly remarks: Remark[];
  readonly warnings: string[];
  /** By what tells them apart, in the order in which they are met. */
  readonly expressions: Map<string, ExpressionUse>;
  /** Expressions of settings that are noted already: most are used by thousands of templates. */
  readonly noted: Set<Piece>;
  /** `AllowWrongRegionSample`: names of regions and samples that do not exist are left out with a warning. */
  readonly allowsUnknownNames: boolean;
}

/** An expression of one setting. */
export interface Piece extends PlannedExpression {
  readonly key: string;
  readonly line: number;
  readonly region: string;
  readonly sample: string;
}

/** `region "SR"`. */
export function nameOf({ kind, name }: Block): string {
  return `${kind.charAt(0).toLowerCase()}${kind.slice(1)} "${name}"`;
}

/** The expression of a setting; null for none, and for 1, which selects and weights nothing. */
export function pieceOf(values: Values, key: string): Piece | null {
  const text = values.text(key);
  const setting = values.setting(key);
  if (text === null || setting === null || text === "1") return null;
  return pieceFrom(text, setting, values.block);
}

/** A text of a setting as an expression. */
export function pieceFrom(text: string, setting: Setting, block: Block): Piece {
  const { key, line } = setting;
  const { kind, name } = block;
  return {
    text,
    origin: `line ${line}: ${key} of ${nameOf(block)}`,
    key,
    line,
    region: kind === "Region" ? name : "",
    sample: kind === "Sample" ? name : "",
  };
}

/** Notes an expression, once. */
export function noteExpression({ expressions }: Context, use: ExpressionUse): void {
  const { key, line, text, region, sample } = use;
  const id = JSON.stringify([key, line, text, region, sample]);
  if (!expressions.has(id)) expressions.set(id, use);
}

/** Says that a setting is applied otherwise than TRExFitter does. */
export function remark(context: Context, values: Values, key: string, note: string): void {
  const setting = values.setting(key);
  if (setting !== null) context.remarks.push({ setting, block: values.block, note });
}

/**
 * The names that a list means: names and patterns with `*` and `?`, `all`, `none`.
 *
 * @param what `region`, `sample` or both, for messages
 * @returns null where the key is not given
 */
export function namesOf(
  context: Context,
  values: Values,
  key: string,
  known: readonly string[],
  what: string,
): ReadonlySet<string> | null {
  const setting = values.setting(key);
  if (setting === null) return null;
  const names = new Set<string>();
  for (const pattern of listOf(setting)) {
    if (pattern.toLowerCase() === "none") continue;
    const matching =
      pattern.toLowerCase() === "all" ? known : known.filter((name) => matches(name, pattern));
    for (const name of matching) names.add(name);
    if (matching.length === 0) missingName(context, setting, pattern, known, what);
  }
  return names;
}

/** The one name that a key gives; null where it is not given or, where that is allowed, not known. */
export function knownName(
  context: Context,
  values: Values,
  key: string,
  known: readonly string[],
  what: string,
): string | null {
  const setting = values.setting(key);
  const name = values.text(key);
  if (setting === null || name === null || known.includes(name)) return name;
  missingName(context, setting, name, known, what);
  return null;
}

/** Refuses a name that does not exist, or warns of it where the configuration allows such names. */
export function missingName(
  context: Context,
  setting: Setting,
  name: string,
  known: readonly string[],
  what: string,
): void {
  const problem = `${setting.key} names "${name}", which is no ${what}`;
  if (!context.allowsUnknownNames) {
    throw configurationError(setting, problem, suggestName(name, known));
  }
  context.warnings.push(`line ${setting.line}: ${problem}; it is left out`);
}

/** Whether a name fits a pattern with `*` and `?`. */
export function matches(name: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(name);
}
