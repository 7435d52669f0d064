/**
 * Values of settings as texts, lists, numbers and choices. What is read is remembered, so that what nothing reads can be
 * reported.
 *
 * @module
 */

import { type NextstatError, suggestName } from "../../errors.ts";
import {
  type Block,
  configurationError,
  type Setting,
  shortened,
  splitOutsideQuotes,
  unquote,
} from "./blocks.ts";

/** The settings of a block. All members are null for a key without a value. */
export interface Values {
  readonly block: Block;
  /** The setting itself; counts as read. */
  setting(key: string): Setting | null;
  /** Without quotes. */
  text(key: string): string | null;
  /** Parts between commas, without quotes. */
  list(key: string): readonly string[] | null;
  number(key: string): number | null;
  numbers(key: string): readonly number[] | null;
  boolean(key: string): boolean | null;
  /** One of the choices, which are in capitals; the text may be in any case. */
  choice<T extends string>(key: string, choices: readonly T[]): T | null;
}

/** Reads the settings of a block. @param used collects the settings that have been read */
export function valuesOf(block: Block, used: Set<Setting>): Values {
  const setting = (key: string): Setting | null => {
    const found = block.settings.get(key);
    if (found === undefined) return null;
    used.add(found);
    return unquote(found.value) === "" ? null : found;
  };
  /** Applies a reader to the setting, if there is one. */
  const read = <T>(key: string, reader: (setting: Setting) => T): T | null => {
    const found = setting(key);
    return found === null ? null : reader(found);
  };
  return {
    block,
    setting,
    text: (key) => read(key, textOf),
    list: (key) => read(key, listOf),
    number: (key) => read(key, (found) => numberOf(textOf(found), found)),
    numbers: (key) => read(key, (found) => listOf(found).map((part) => numberOf(part, found))),
    boolean: (key) => read(key, booleanOf),
    choice: (key, choices) => read(key, (found) => choiceOf(textOf(found), choices, found)),
  };
}

function textOf({ value }: Setting): string {
  return unquote(value);
}

/** The parts between commas, without quotes; empty ones are left out. */
export function listOf({ value }: Setting): readonly string[] {
  return splitOutsideQuotes(value, ",")
    .map(unquote)
    .filter((part) => part !== "");
}

/** A finite number. */
export function numberOf(text: string, setting: Setting): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw wrongValue(setting, text, "expected a number");
}

/** A whole number that is not below `least`. */
export function countOf(text: string, least: number, setting: Setting): number {
  const value = numberOf(text, setting);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw wrongValue(setting, text, `expected a whole number, ${least} or more`);
}

/** TRUE or FALSE. */
function booleanOf(setting: Setting): boolean {
  return choiceOf(textOf(setting), ["TRUE", "FALSE"], setting) === "TRUE";
}

/** The one of the choices, which are in capitals, that the text is in any case. */
function choiceOf<T extends string>(text: string, choices: readonly T[], setting: Setting): T {
  const found = choices.find((choice) => choice === text.toUpperCase());
  if (found !== undefined) return found;
  throw wrongValue(setting, text, `expected ${choices.join(", ")}${nearestHint(text, choices)}`);
}

/** `; did you mean "x"?`, where something is near; for texts that list what is known, or cannot. */
export function nearestHint(name: string, known: readonly string[]): string {
  const suggestion = suggestName(name, known);
  return suggestion.startsWith("did you mean") ? `; ${suggestion}` : "";
}

/** `name:value` at the first colon, as expressions have more of them. */
export function pairOf(text: string, setting: Setting, expected: string): [string, string] {
  const colon = text.indexOf(":");
  const pair: [string, string] = [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
  if (colon > 0 && pair[1] !== "") return pair;
  throw wrongValue(setting, text, `expected ${expected}`);
}

/** A value that its key cannot have. */
export function wrongValue(setting: Setting, text: string, hint: string): NextstatError {
  return configurationError(setting, `${setting.key} is "${shortened(text)}"`, hint);
}
