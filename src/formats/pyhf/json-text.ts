/**
 * JSON text -> value, with errors that say where and what. `JSON.parse` does the work; the text is only tokenized again
 * when it fails, when a position is asked for, or when an object repeats a key (which `JSON.parse` would hide).
 * Nothing here is recursive: any depth of nesting gives an ordinary answer.
 *
 * @module
 */

import { type ErrorLocation, NextstatError } from "../../errors.ts";
import { extendPointer, pointerSegments } from "./json-pointer.ts";
import { nextToken, type Token } from "./json-scanner.ts";

/** Longest accepted text, in UTF-16 units; V8 itself stops at twice this. */
const MAX_TEXT_LENGTH = 256 * 1024 * 1024;

/** 1-based line and column (in UTF-16 units) of an offset. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** What a parsed text gives. */
export interface ParsedText {
  readonly value: unknown;
  /** What it was parsed from, without a byte order mark; null for a value that never was a text. */
  readonly text: string | null;
  /** Where the value that a pointer refers to starts; undefined when the text has no such value. */
  readonly locate: (pointer: string) => TextPosition | undefined;
}

/**
 * Parses a JSON text.
 *
 * @param file name for error messages
 * @throws NextstatError `input` with line and column
 */
export function parseJson(text: string, file?: string): ParsedText {
  if (typeof text !== "string") {
    throw new NextstatError("usage", `expected a JSON text, found ${describeValue(text)}`, {
      location: fileLocation(file),
      hint: "read the file as text first",
    });
  }
  if (text.length > MAX_TEXT_LENGTH) {
    throw new NextstatError(
      "input",
      `the text is too large (${text.length} characters, limit ${MAX_TEXT_LENGTH})`,
      { location: fileLocation(file), hint: "split or prune the workspace" },
    );
  }
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw syntaxError(json, file, cause);
  }
  if (countKeysInText(json) !== countKeysInValue(value)) throw duplicateKey(json, file);
  return { value, text: json, locate: (pointer) => locatePointer(json, pointer) };
}

/** Short description of a JSON value for "found ..." texts. */
export function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) {
    if (value.length === 0) return "an empty list";
    return `a list of ${value.length} ${value.length === 1 ? "entry" : "entries"}`;
  }
  switch (typeof value) {
    case "string":
      return value === "" ? "an empty text" : `the text "${shorten(value)}"`;
    case "number":
      return Number.isFinite(value) ? String(value) : "a number beyond double precision";
    case "object":
      return Object.keys(value).length === 0 ? "an empty object" : "an object";
    case "undefined":
      return "nothing";
    default:
      return String(value);
  }
}

/** Text for messages: one line, at most `limit` characters. */
export function shorten(text: string, limit = 60): string {
  // Control characters would break the one line an error has.
  const head = text.slice(0, limit).replaceAll(/[\p{Cc}\u2028\u2029]/gu, "\u{fffd}");
  return text.length > limit ? `${head}...` : head;
}

function fileLocation(file: string | undefined): ErrorLocation {
  return file === undefined ? {} : { file };
}

function positionAt(text: string, offset: number): TextPosition {
  let line = 1;
  let lineStart = 0;
  for (;;) {
    const newline = text.indexOf("\n", lineStart);
    if (newline < 0 || newline >= offset) return { line, column: offset - lineStart + 1 };
    line++;
    lineStart = newline + 1;
  }
}

function syntaxError(text: string, file: string | undefined, cause: unknown): NextstatError {
  const foreign = foreignText(text);
  if (foreign !== undefined) {
    return new NextstatError("input", foreign.problem, {
      location: fileLocation(file),
      hint: foreign.hint,
    });
  }
  const fault = findSyntaxFault(text);
  if (fault === undefined) {
    // Not reachable while the tokenizer and JSON.parse agree, short of JSON.parse running out of memory.
    return new NextstatError("input", `not valid JSON: ${shorten(String(cause), 200)}`, {
      location: fileLocation(file),
      cause,
    });
  }
  return new NextstatError("input", `not valid JSON: ${fault.problem}`, {
    location: { ...fileLocation(file), ...positionAt(text, fault.offset) },
    hint: fault.hint,
  });
}

/** Recognises what is not even meant to be JSON. */
function foreignText(text: string): { problem: string; hint: string } | undefined {
  const start = text.slice(0, 4096);
  const wanted = "a JSON document is needed";
  if (text.trim() === "") return { problem: "the file is empty", hint: wanted };
  if (start.startsWith("\u001f\u008b") || start.startsWith("\u001f\u{fffd}")) {
    return {
      problem: "the text is gzip-compressed data",
      hint: "decompress it, or give the file itself",
    };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(start.slice(0, 64))) {
    return { problem: "this is binary data, not text", hint: wanted };
  }
  if (/^\s*<[?!a-zA-Z]/.test(start)) {
    return {
      problem: "this is XML or HTML, not JSON",
      hint: `${wanted}, or make one of a HistFactory combination: nextstat import histfactory`,
    };
  }
  return undefined;
}

interface SyntaxFault {
  readonly problem: string;
  readonly offset: number;
  readonly hint: string;
}

type Expectation =
  | "value"
  | "value or ]"
  | "key"
  | "key or }"
  | "colon"
  | "comma or ]"
  | "comma or }"
  | "nothing";

const EXPECTED: Record<Expectation, string> = {
  value: "a value",
  "value or ]": "a value or ]",
  key: "a key in double quotes",
  "key or }": "a key in double quotes or }",
  colon: "a colon after the key",
  "comma or ]": "a comma or ]",
  "comma or }": "a comma or }",
  nothing: "nothing more",
};

/** The first violation of JSON's grammar. */
function findSyntaxFault(text: string): SyntaxFault | undefined {
  /** Offsets of the brackets still open. */
  const open: number[] = [];
  let expect: Expectation = "value";
  const afterValue = (): Expectation => {
    const bracket = open.at(-1);
    if (bracket === undefined) return "nothing";
    return text[bracket] === "[" ? "comma or ]" : "comma or }";
  };
  let previous: Token | undefined;
  for (let offset = 0; ; ) {
    const token = nextToken(text, offset);
    offset = token.end;
    if (token.kind === "end" && token.problem === undefined && expect === "nothing")
      return undefined;
    const next = step(token, expect);
    if (next === undefined) return describeFault(text, token, previous, expect, open);
    if (next === "open") {
      open.push(token.start);
      expect = token.kind === "[" ? "value or ]" : "key or }";
    } else if (next === "close") {
      open.pop();
      expect = afterValue();
    } else {
      expect = next === "value done" ? afterValue() : next;
    }
    previous = token;
  }
}

/** What a token does where `expect` was expected; undefined when it cannot stand there. */
function step(
  { kind }: Token,
  expect: Expectation,
): Expectation | "open" | "close" | "value done" | undefined {
  switch (expect) {
    case "value":
    case "value or ]":
      if (kind === "{" || kind === "[") return "open";
      if (kind === "string" || kind === "literal") return "value done";
      return kind === "]" && expect === "value or ]" ? "close" : undefined;
    case "key":
    case "key or }":
      if (kind === "string") return "colon";
      return kind === "}" && expect === "key or }" ? "close" : undefined;
    case "colon":
      return kind === ":" ? "value" : undefined;
    case "comma or ]":
      return kind === "," ? "value" : kind === "]" ? "close" : undefined;
    case "comma or }":
      return kind === "," ? "key" : kind === "}" ? "close" : undefined;
    case "nothing":
      return undefined;
  }
  return expect satisfies never;
}

function describeFault(
  text: string,
  token: Token,
  previous: Token | undefined,
  expect: Expectation,
  open: readonly number[],
): SyntaxFault {
  const offset = token.start;
  if (token.kind === "end") {
    const bracket = open.at(-1);
    const inside = token.problem === undefined ? "" : ` inside ${token.problem}`;
    const rest =
      bracket === undefined
        ? `, expected ${EXPECTED[expect]}`
        : `, with ${open.length} ${open.length === 1 ? "bracket" : "brackets"} still open (the last is ${text[bracket]} of line ${positionAt(text, bracket).line})`;
    return {
      problem: `the text ends too early${inside}${rest}`,
      offset: token.problem === undefined ? token.end : token.start,
      hint: "the file seems to be cut off",
    };
  }
  const word = text.slice(token.start, Math.min(token.end, token.start + 41));
  const found = token.problem ?? (/^\s$/.test(word) ? foreignSpace(word) : shorten(word, 40));
  const closing = token.kind === "]" || token.kind === "}";
  if (closing && previous?.kind === ",") {
    return {
      problem: `trailing comma before ${token.kind}`,
      offset: previous.start,
      hint: "remove the comma",
    };
  }
  return {
    problem: `expected ${EXPECTED[expect]}, found ${found}`,
    offset,
    hint: adviseOn(token, text, expect),
  };
}

/** White space that JSON does not know, which a message would not show. */
function foreignSpace(char: string): string {
  const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return `the invisible character U+${code}`;
}

/** What to do about a token that cannot stand where it stands. */
function adviseOn(token: Token, text: string, expect: Expectation): string {
  const word = text.slice(token.start, Math.min(token.end, token.start + 40));
  if (/^[+-]?(?:nan|inf|infinity)$/i.test(word)) {
    return "NaN and Infinity are not JSON: every number must be finite";
  }
  if (/^(?:True|False|None)$/.test(word)) {
    return "this is Python: write true, false or null (json.dumps does it)";
  }
  if (word.startsWith("'")) return "JSON texts take double quotes";
  if (/^(?:\/\/|\/\*|#)/.test(word)) return "JSON has no comments";
  if (token.kind === "invalid" && /^[+-]?[.\d]/.test(word)) {
    return "numbers look like 1, -0.5 or 2e-3: no plus sign, no leading zeros, a digit on both sides of the point";
  }
  if (expect.startsWith("comma") && (token.kind === "string" || token.kind === "literal")) {
    return "a comma is missing";
  }
  if (expect === "nothing") return "a file holds one document";
  return "";
}

/** Number of `"key":` in a valid JSON text. */
function countKeysInText(text: string): number {
  let count = 0;
  for (let i = text.indexOf('"'); i >= 0; i = text.indexOf('"', i)) {
    i = endOfString(text, i);
    while (text.charCodeAt(i) <= 0x20) i++;
    if (text.charCodeAt(i) === 0x3a) count++;
  }
  return count;
}

/** Offset after the string that starts at `start` of a valid JSON text. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
}

function countKeysInValue(root: unknown): number {
  let count = 0;
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value)) {
      // Lists of numbers are most of a workspace: only what can hold keys goes on the stack.
      for (const item of value) if (typeof item === "object" && item !== null) pending.push(item);
    } else {
      for (const key of Object.keys(value)) {
        count++;
        const item = (value as Record<string, unknown>)[key];
        if (typeof item === "object" && item !== null) pending.push(item);
      }
    }
  }
  return count;
}

function duplicateKey(text: string, file: string | undefined): NextstatError {
  const open: { pointer: string; keys: Set<string> | undefined; key: string; index: number }[] = [];
  let fault: { key: string; pointer: string; offset: number } | undefined;
  for (let offset = 0; fault === undefined; ) {
    const token = nextToken(text, offset);
    offset = token.end;
    if (token.kind === "end") break;
    const top = open.at(-1);
    if (token.kind === "{" || token.kind === "[") {
      const name = top?.keys === undefined ? top?.index : top.key;
      const pointer = name === undefined ? "" : extendPointer(top?.pointer ?? "", name);
      const keys = token.kind === "{" ? new Set<string>() : undefined;
      open.push({ pointer, keys, key: "", index: 0 });
    } else if (token.kind === "}" || token.kind === "]") open.pop();
    else if (token.kind === "," && top !== undefined) top.index++;
    else if (
      token.kind === "string" &&
      top?.keys !== undefined &&
      nextToken(text, offset).kind === ":"
    ) {
      const key: string = JSON.parse(text.slice(token.start, token.end));
      if (top.keys.has(key)) fault = { key, pointer: top.pointer, offset: token.start };
      top.keys.add(key);
      top.key = key;
    }
  }
  const where = fault === undefined ? {} : positionAt(text, fault.offset);
  return new NextstatError(
    "input",
    `the key "${shorten(fault?.key ?? "")}" appears twice in one object`,
    {
      location: { ...fileLocation(file), pointer: shorten(fault?.pointer ?? "", 200), ...where },
      hint: "JSON readers keep only one of the two values: remove or rename the other",
    },
  );
}

/** Position of the value that `pointer` refers to in a valid JSON text without repeated keys. */
function locatePointer(text: string, pointer: string): TextPosition | undefined {
  const segments = pointerSegments(pointer);
  let token = nextToken(text, 0);
  if (segments.length === 0) return positionAt(text, token.start);
  /** Segments matched so far; the scan is among the entries of that container, or `skipped` levels below them. */
  let matched = 0;
  let skipped = 0;
  let index = 0;
  let key: string | undefined;
  let isList = token.kind === "[";
  if (!isList && token.kind !== "{") return undefined;
  for (;;) {
    token = nextToken(text, token.end);
    const { kind } = token;
    const opens = kind === "{" || kind === "[";
    if (kind === "end") return undefined;
    if (skipped > 0) {
      if (opens) skipped++;
      else if (kind === "}" || kind === "]") skipped--;
    } else if (kind === "}" || kind === "]") {
      return undefined;
    } else if (kind === ",") {
      index++;
      key = undefined;
    } else if (kind !== ":") {
      if (!isList && key === undefined) {
        key = JSON.parse(text.slice(token.start, token.end)) as string;
      } else if ((isList ? String(index) : key) === segments[matched]) {
        matched++;
        if (matched === segments.length) return positionAt(text, token.start);
        if (!opens) return undefined;
        isList = kind === "[";
        index = 0;
        key = undefined;
      } else if (opens) {
        skipped = 1;
      }
    }
  }
}
