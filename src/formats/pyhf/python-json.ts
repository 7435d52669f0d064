/**
 * JSON as Python's `json.dumps` writes it, which is what pyhf prints and what its digests are made of.
 *
 * Python knows whole numbers (kept digit by digit) and floating-point ones (written by `repr`) apart: `1` stays `1`,
 * `1.0` stays `1.0`, `1E3` becomes `1000.0`. JavaScript does not, so the spelling of the numbers is read from the text.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";
import { compareCodePoints } from "../../workspace/names.ts";
import { nextToken } from "./json-scanner.ts";
import { shorten } from "./json-text.ts";

/**
 * How Python spells numbers that it spells otherwise than this module would by default: by the list or object that holds
 * the number, and its index or key there. Operations on workspaces keep those lists and objects.
 */
export type NumberSpellings = WeakMap<object, Map<string, string>>;

/**
 * Collects the spellings of a valid JSON text.
 *
 * @param value what `JSON.parse` made of it
 * @param spellings takes them
 */
export function readSpellings(text: string, value: unknown, spellings: NumberSpellings): void {
  const open: { container: object; isList: boolean; key: string | undefined; index: number }[] = [];
  let offset = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (;;) {
    const token = nextToken(text, offset);
    offset = token.end;
    if (token.kind === "end" || token.kind === "invalid") return;
    const top = open.at(-1);
    const place = top?.isList ? String(top.index) : top?.key;
    const current =
      top === undefined || place === undefined
        ? value
        : (top.container as Record<string, unknown>)[place];
    switch (token.kind) {
      case "[":
      case "{":
        open.push({
          container: current as object,
          isList: token.kind === "[",
          key: undefined,
          index: 0,
        });
        break;
      case "]":
      case "}":
        open.pop();
        break;
      case ",":
        if (top !== undefined) {
          top.index++;
          top.key = undefined;
        }
        break;
      case "string":
        if (top !== undefined && !top.isList && top.key === undefined) {
          top.key = JSON.parse(text.slice(token.start, token.end)) as string;
        }
        break;
      case "literal": {
        const literal = text.slice(token.start, token.end);
        if (top === undefined || place === undefined || typeof current !== "number") break;
        if (literal === String(current)) break;
        const spelling = spellNumber(literal);
        if (spelling === defaultSpelling(current)) break;
        const known = spellings.get(top.container) ?? new Map<string, string>();
        spellings.set(top.container, known.set(place, spelling));
        break;
      }
      case ":":
        break;
    }
  }
}

/**
 * Gives the lists and objects that an operation has made anew the spellings of the numbers it has not changed.
 *
 * @param before what the operation was given
 * @param after what it made of it; where a list has another length, it took whole members over
 */
export function keepSpellings(before: unknown, after: unknown, spellings: NumberSpellings): void {
  if (before === after || !isContainer(before) || !isContainer(after)) return;
  if (Array.isArray(before) && before.length !== after.length) return;
  const known = [...(spellings.get(before) ?? [])].filter(([key]) => before[key] === after[key]);
  if (known.length > 0) spellings.set(after, new Map(known));
  for (const key of Object.keys(after)) keepSpellings(before[key], after[key], spellings);
}

/**
 * A copy in which every number is the text that Python makes of it: what a JSON Patch does to the copy, it does to the
 * spellings, wherever it moves them.
 */
export function spelledCopy(value: unknown, spellings: NumberSpellings): unknown {
  const copy = (item: unknown, spelling: string | undefined): unknown => {
    if (typeof item === "number") return spelling ?? defaultSpelling(item);
    if (typeof item !== "object" || item === null) return item;
    const spelled = spellings.get(item);
    if (Array.isArray(item)) return item.map((member, i) => copy(member, spelled?.get(String(i))));
    const members = Object.entries(item);
    return Object.fromEntries(
      members.map(([key, member]) => [key, copy(member, spelled?.get(key))]),
    );
  };
  return copy(value, undefined);
}

/** Gives a value the spellings that stand in the place of its numbers in a {@link spelledCopy}. */
export function takeSpellings(value: unknown, spelled: unknown, spellings: NumberSpellings): void {
  if (!isContainer(value) || !isContainer(spelled)) return;
  const own = new Map<string, string>();
  for (const [key, member] of Object.entries(value)) {
    const spelling = spelled[key];
    if (typeof member !== "number") takeSpellings(member, spelling, spellings);
    else if (spelling !== defaultSpelling(member)) own.set(key, spelling as string);
  }
  if (own.size > 0) spellings.set(value, own);
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** What Python prints for a number that it read from this text. */
export function spellNumber(literal: string): string {
  if (/^-?\d+$/.test(literal)) return literal === "-0" ? "0" : literal;
  return floatRepr(Number(literal));
}

/** For a number whose text is not known: as if it had been written by `JSON.stringify`. */
function defaultSpelling(value: number): string {
  return spellNumber(JSON.stringify(value));
}

/** Python's `repr` of a finite float: the shortest digits, with an exponent below 1e-4 and from 1e16 on. */
function floatRepr(value: number): string {
  const [mantissa = "", power = "0"] = Math.abs(value).toExponential().split("e");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const digits = mantissa.replace(".", "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

/** Keyword arguments of `json.dumps`; keys are always sorted. */
export interface PythonJsonOptions {
  /** Spaces a level; one line without it. */
  readonly indent?: number;
  /** Write what is not ASCII as `\u00e9`. Default true. */
  readonly ensureAscii?: boolean;
  /** Spellings of the numbers, as far as known. */
  readonly spellings?: NumberSpellings;
}

/**
 * A JSON value as `json.dumps(value, sort_keys=True)` writes it, without a final newline. It must be nested no deeper
 * than a workspace is.
 *
 * @throws NextstatError `input` for a text with half a surrogate pair, unless `ensureAscii`: it has no UTF-8 form
 */
export function pythonJson(value: unknown, options: PythonJsonOptions = {}): string {
  const { indent, ensureAscii = true, spellings } = options;
  const parts: string[] = [];
  const newline = (level: number): string =>
    indent === undefined ? "" : `\n${" ".repeat(indent * level)}`;
  const comma = indent === undefined ? ", " : ",";
  const write = (item: unknown, level: number, spelling: string | undefined): void => {
    if (typeof item === "number") parts.push(spelling ?? defaultSpelling(item));
    else if (typeof item === "string") parts.push(pythonString(item, ensureAscii));
    else if (item === null || typeof item !== "object") parts.push(String(item));
    else {
      const isList = Array.isArray(item);
      const keys = isList
        ? [...item.keys()].map(String)
        : Object.keys(item).sort(compareCodePoints);
      const spelled = spellings?.get(item);
      parts.push(isList ? "[" : "{");
      keys.forEach((key, i) => {
        parts.push(i === 0 ? "" : comma, newline(level + 1));
        if (!isList) parts.push(pythonString(key, ensureAscii), ": ");
        write((item as Record<string, unknown>)[key], level + 1, spelled?.get(key));
      });
      parts.push(keys.length === 0 ? "" : newline(level), isList ? "]" : "}");
    }
  };
  write(value, 0, undefined);
  return parts.join("");
}

function pythonString(text: string, ensureAscii: boolean): string {
  if (!ensureAscii && !text.isWellFormed()) {
    throw new NextstatError(
      "input",
      `the text "${shorten(text.toWellFormed())}" has half a surrogate pair, which has no UTF-8 form`,
      { hint: "rename it" },
    );
  }
  const json = JSON.stringify(text);
  if (!ensureAscii) return json;
  return json.replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
