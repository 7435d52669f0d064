/**
 * Words and signs of an expression.
 *
 * @module
 */

import type { Source } from "./syntax.ts";

export interface Token {
  readonly kind: "number" | "name" | "text" | "quoted" | "size" | "operator" | "end";
  /** As written; of a text or a quoted name what is between the quotes; of a size the column. */
  readonly text: string;
  readonly position: number;
}

/** What the signs of a style are. */
export interface Lexicon {
  readonly name: RegExp;
  readonly operators: RegExp;
  /** Characters that begin and end a text. */
  readonly quotes: string;
  /** Whether names may stand between backticks. */
  readonly backticks: boolean;
  /** Whether `@v.size()` is the number of items of a list. */
  readonly sizes: boolean;
}

const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const SIZE = /@([A-Za-z_][\w.]*?)\.size\(\)/y;

/** Splits a text into tokens; the last one is its end. */
export function tokenize(source: Source, lexicon: Lexicon): readonly Token[] {
  const { text } = source;
  const tokens: Token[] = [];
  const match = (pattern: RegExp, at: number): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  let at = 0;
  while (at < text.length) {
    const character = text[at] as string;
    if (/\s/.test(character)) {
      at += 1;
      continue;
    }
    const number = match(NUMBER, at);
    if (number !== null) {
      const end = at + number[0].length;
      if (/[\w.]/.test(text[end] ?? "")) {
        const word = /^[\w.]+/.exec(text.slice(at))?.[0] ?? "";
        throw source.error(`"${word}" is not a number`, at, "write it as 12, 1.5, 2e-3 or 0x1F");
      }
      tokens.push({ kind: "number", text: number[0], position: at });
      at = end;
      continue;
    }
    const name = match(lexicon.name, at);
    if (name !== null) {
      tokens.push({ kind: "name", text: name[0], position: at });
      at += name[0].length;
      continue;
    }
    if (lexicon.quotes.includes(character) || (character === "`" && lexicon.backticks)) {
      const end = text.indexOf(character, at + 1);
      if (end < 0) throw source.error(`${character} has no end`, at, `close it with ${character}`);
      const kind = character === "`" ? "quoted" : "text";
      tokens.push({ kind, text: text.slice(at + 1, end), position: at });
      at = end + 1;
      continue;
    }
    const size = lexicon.sizes ? match(SIZE, at) : null;
    if (size !== null) {
      tokens.push({ kind: "size", text: size[1] as string, position: at });
      at += size[0].length;
      continue;
    }
    const operator = match(lexicon.operators, at);
    if (operator === null) {
      throw source.error(`"${character}" means nothing here`, at, "take it out");
    }
    tokens.push({ kind: "operator", text: operator[0], position: at });
    at += operator[0].length;
  }
  tokens.push({ kind: "end", text: "", position: text.length });
  return tokens;
}

/** The number that a token writes. */
export function numberOf({ text, position }: Token): {
  kind: "number";
  value: number;
  integer: boolean;
  position: number;
} {
  return { kind: "number", value: Number(text), integer: /^(?:0[xX].*|\d+)$/.test(text), position };
}
