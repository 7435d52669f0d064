/**
 * Text of a TRExFitter configuration -> blocks of settings.
 *
 * ```text
 * Region: SR;CR               a block starts with its kind and its name, or several names: one block each
 *   Type: SIGNAL;CONTROL      then key and value, for each name its own, or one for all
 *   % a comment; # and // start one too, outside of quotes
 *                             an empty line ends the block
 * ```
 *
 * `INCLUDE: FILE` stands for the lines of that file; `ReplacementFile: FILE` has lines `XXX_NAME: text`, and the text takes
 * the place of `XXX_NAME` everywhere. A line that ends with a backslash, or with a comma before a line without a known
 * key, goes on in the next one.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import { BLOCK_KEYS, BLOCK_KINDS } from "./keys.ts";

/** Where something stands. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A key with its value. */
export interface Setting extends Place {
  readonly key: string;
  /** Without comments, with its quotes. */
  readonly value: string;
}

/** A block, or one of several with a common text. */
export interface Block extends Place {
  readonly kind: string;
  readonly name: string;
  /** By key; of a repeated key the last, as in TRExFitter. */
  readonly settings: ReadonlyMap<string, Setting>;
  /** Settings that a later one of the same key replaces. */
  readonly replaced: readonly Setting[];
}

/** Blocks in the order of the text, and what stands outside of them. */
export interface ParsedConfiguration {
  readonly blocks: readonly Block[];
  /** `INCLUDE` lines, which are followed. */
  readonly includes: readonly Setting[];
  /** What may not be meant. */
  readonly warnings: readonly string[];
}

/** Reads another file that the configuration names, by the path it gives. */
export type ReadText = (path: string) => string;

/** An error in the configuration. */
export function configurationError(
  { file, line }: Place,
  problem: string,
  hint: string,
): NextstatError {
  return new NextstatError("input", problem, { location: { file, line }, hint });
}

interface Line extends Place {
  /** Without comments and white space around; empty for a line that had nothing else. */
  readonly text: string;
  /** Only white space, comments not counted: the end of a block. */
  readonly isEmpty: boolean;
  /** `%` or `#` stands in the middle of a word, as an operator would, and what follows is a comment. */
  readonly isCut: boolean;
}

/** Splits a text into blocks. @throws NextstatError `input` with file and line */
export function parseBlocks(text: string, file: string, readText: ReadText): ParsedConfiguration {
  const includes: Setting[] = [];
  const lines = joinContinued(readLines(text, file, readText, includes, [file]));
  const replaced = replacePlaceholders(lines, readText);
  const blocks: Block[] = [];
  const warnings: string[] = [];
  let open: Block[] = [];
  for (const line of replaced) {
    if (line.isEmpty) open = [];
    if (line.text === "") continue;
    const setting = readSetting(line);
    if (line.isCut && EXPRESSION_KEYS.test(setting.key)) {
      warnings.push(
        `line ${line.line}: ${setting.key} ends at the % or # in it, which starts a comment outside of quotes: "${shortened(unquote(setting.value))}"`,
      );
    }
    if (open.length === 0) {
      open = startBlocks(setting);
      blocks.push(...open);
    } else {
      addSetting(open, setting);
    }
  }
  return { blocks, includes, warnings };
}

/** Keys whose values can have the operator `%`. */
const EXPRESSION_KEYS =
  /^(?:Variable|Selection|(?:VariableFor|SelectionFor)Sample|(?:MC|Ignore)?[Ww]eight\w*)$/;

/** The lines of a file and of those it includes. */
function readLines(
  text: string,
  file: string,
  readText: ReadText,
  includes: Setting[],
  open: readonly string[],
): Line[] {
  const lines: Line[] = [];
  for (const [i, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .entries()) {
    const place = { file, line: i + 1 };
    const text = stripComment(raw, place);
    const isCut = text !== "" && CUT.test(raw.slice(raw.indexOf(text) + text.length));
    const line = { ...place, text, isEmpty: raw.trim() === "", isCut };
    if (!/^INCLUDE\s*:/.test(line.text)) {
      lines.push(line);
      continue;
    }
    const include = readSetting(line);
    const path = unquote(include.value);
    if (open.includes(path)) {
      throw configurationError(line, `${path} includes itself`, "leave out one INCLUDE");
    }
    includes.push(include);
    const content = readNamed(include, path, readText);
    lines.push(...readLines(content, path, readText, includes, [...open, path]));
  }
  return lines;
}

/** The content of a file that a setting names. */
function readNamed(setting: Setting, path: string, readText: ReadText): string {
  try {
    return readText(path);
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    const hint = error.hint === "" ? "check the path" : error.hint;
    throw configurationError(setting, `${setting.key} names ${path}: ${error.problem}`, hint);
  }
}

/** A comment that follows without white space, or looks like the rest of `n % 2 == 0`. */
const CUT = /^[%#]\S|^\s*%\s*\w+\s*(?:[=!<>]=|[<>)])/;

/**
 * The line up to a comment, trimmed. `//` starts one only after white space and not where a value begins, as addresses and
 * paths have it.
 */
function stripComment(raw: string, place: Place): string {
  let isQuoted = false;
  for (let i = 0; i < raw.length; i++) {
    const c = raw[i];
    if (c === '"') isQuoted = !isQuoted;
    if (isQuoted) continue;
    const isSlashes =
      c === "/" && raw[i + 1] === "/" && (i === 0 || /(?:^|[^:,\s])\s+$/.test(raw.slice(0, i)));
    if (c === "%" || c === "#" || isSlashes) return raw.slice(0, i).trim();
  }
  if (isQuoted) throw configurationError(place, 'a " without its partner', "close the quotes");
  return raw.trim();
}

/** Keys and kinds of blocks. Lists have `sample:expression` in them too, which is no key. */
const KNOWN_KEYS: ReadonlySet<string> = new Set([
  ...BLOCK_KINDS,
  ...Object.values(BLOCK_KEYS).flatMap((keys) => [...keys.keys()]),
]);

/** The text up to its first colon. */
function keyOf(text: string): string {
  return text.slice(0, Math.max(text.indexOf(":"), 0)).trim();
}

/** Puts lines together that go on in the next one. */
function joinContinued(lines: readonly Line[]): Line[] {
  const joined: Line[] = [];
  let isOpen = false;
  for (const line of lines) {
    const last = joined.at(-1);
    const goesOn =
      isOpen || (last?.text.endsWith(",") === true && !KNOWN_KEYS.has(keyOf(line.text)));
    if (line.text !== "" && last !== undefined && goesOn) {
      joined[joined.length - 1] = { ...last, text: `${last.text.replace(/\\$/, "")} ${line.text}` };
    } else if (line.text === "" && !line.isEmpty) {
      continue;
    } else {
      joined.push(line);
    }
    isOpen = line.text.endsWith("\\");
    if (isOpen && line === lines.at(-1)) {
      throw configurationError(line, "the text ends with a backslash", "leave it out");
    }
  }
  return joined;
}

/** The lines with the texts of the replacement file, if one is named, in the place of its names. */
function replacePlaceholders(lines: readonly Line[], readText: ReadText): readonly Line[] {
  const named = lines.find(({ text }) => /^ReplacementFile\s*:/.test(text));
  if (named === undefined) return lines;
  const path = unquote(readSetting(named).value);
  const texts = new Map<string, string>();
  const content = readNamed(readSetting(named), path, readText);
  for (const line of readLines(content, path, readText, [], [path])) {
    if (line.text === "") continue;
    const { key, value } = readSetting(line);
    texts.set(key, value);
  }
  // The longest first: XXX_A is also the begin of XXX_AB.
  const names = [...texts.keys()].sort((a, b) => b.length - a.length);
  return lines.map((line) => {
    if (!line.text.includes("XXX")) return line;
    let { text } = line;
    for (const name of names) text = text.replaceAll(name, texts.get(name) as string);
    const left = /XXX_\w+/.exec(text)?.[0];
    if (left === undefined) return { ...line, text };
    throw configurationError(
      line,
      `${path} has no text for ${left}`,
      names.length === 0 ? "it has none at all" : suggestName(left, names),
    );
  });
}

function readSetting(line: Line): Setting {
  const key = keyOf(line.text);
  if (!/^\w+$/.test(key)) {
    throw configurationError(
      line,
      `"${shortened(line.text)}" is not a setting`,
      "expected Key: value; a line that goes on in the next one ends with a backslash",
    );
  }
  const value = line.text.slice(line.text.indexOf(":") + 1).trim();
  if (value === "") {
    throw configurationError(line, `${key} has no value`, "give one, or leave the line out");
  }
  const { file, line: number } = line;
  return { file, line: number, key, value };
}

/** One block for each name. */
function startBlocks(setting: Setting): Block[] {
  const { key: kind, value, file, line } = setting;
  if (!BLOCK_KINDS.includes(kind)) {
    const kinds = BLOCK_KINDS.filter((k) => BLOCK_KEYS[k]?.has(kind));
    if (kinds.length > 0) {
      throw configurationError(
        setting,
        `${kind} stands outside of a block`,
        `it belongs to ${kinds.join(" or ")}; an empty line ends a block`,
      );
    }
  }
  return splitOutsideQuotes(value, ";").map((part) => {
    const name = unquote(part);
    if (name === "") {
      throw configurationError(setting, `a ${kind} without a name`, "expected Kind: name;name");
    }
    return { kind, name, file, line, settings: new Map(), replaced: [] };
  });
}

/** Gives each block its value; where there are fewer values than blocks, the last one holds for the rest. */
function addSetting(blocks: readonly Block[], setting: Setting): void {
  const [{ kind, name } = { kind: "", name: "" }] = blocks;
  if (BLOCK_KINDS.includes(setting.key) && BLOCK_KEYS[kind]?.has(setting.key) === false) {
    throw configurationError(
      setting,
      `${setting.key} in the block of ${kind} "${name}"`,
      "an empty line ends a block",
    );
  }
  const values = splitOutsideQuotes(setting.value, ";");
  if (values.length > blocks.length) {
    throw configurationError(
      setting,
      `${values.length} values of ${setting.key} for ${blocks.length} ${kind}`,
      "expected one value for each name; put a value with ; into quotes",
    );
  }
  for (const [i, block] of blocks.entries()) {
    const value = values[Math.min(i, values.length - 1)] as string;
    const settings = block.settings as Map<string, Setting>;
    const before = settings.get(setting.key);
    if (before !== undefined) (block.replaced as Setting[]).push(before);
    settings.set(setting.key, { ...setting, value });
  }
}

/** The parts between separators that are not in quotes, trimmed; a separator at the end adds none. */
export function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') isQuoted = !isQuoted;
    if (isQuoted || text[i] !== separator) continue;
    parts.push(text.slice(start, i).trim());
    start = i + 1;
  }
  const last = text.slice(start).trim();
  if (last !== "" || parts.length === 0) parts.push(last);
  return parts;
}

/** The text without its quotes. */
export function unquote(text: string): string {
  return text.replaceAll('"', "").trim();
}

/** Not more of a text than fits a message. */
export function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
