/**
 * A strict JSON tokenizer over a string. Only used once something is wrong or a position is wanted (the fast path is
 * `JSON.parse`), so it is written for exact diagnoses, and keeps its state in two numbers: nesting costs it nothing.
 *
 * @module
 */

type TokenKind =
  | "{"
  | "}"
  | "["
  | "]"
  | ":"
  | ","
  | "string"
  /** Number, `true`, `false` or `null`. */
  | "literal"
  /** Anything that JSON does not have; `problem` says what is wrong with it where that is more than "unexpected". */
  | "invalid"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  /** Offsets in the text, end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly problem?: string;
}

const SPACE = /[ \t\n\r]*/y;
/** A run without structure, quotes or white space: a literal or a mistake. */
const WORD = /[^\s{}[\]:,"]+/y;
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
/** Longest word that is looked at as a whole; no literal of JSON is meant to be longer. */
const WORD_LIMIT = 10_000;

/** The token at or after `offset`. */
export function nextToken(text: string, offset: number): Token {
  SPACE.lastIndex = offset;
  SPACE.test(text);
  const start = SPACE.lastIndex;
  const char = text[start];
  switch (char) {
    case undefined:
      return { kind: "end", start, end: start };
    case "{":
    case "}":
    case "[":
    case "]":
    case ":":
    case ",":
      return { kind: char, start, end: start + 1 };
    case '"':
      return stringToken(text, start);
    default:
      return wordToken(text, start);
  }
}

function wordToken(text: string, start: number): Token {
  WORD.lastIndex = start;
  // White space beyond JSON's four (a no-break space, say) matches no word: it stands alone.
  const end = WORD.test(text) ? WORD.lastIndex : start + 1;
  const valid = end - start <= WORD_LIMIT && LITERAL.test(text.slice(start, end));
  return { kind: valid ? "literal" : "invalid", start, end };
}

function stringToken(text: string, start: number): Token {
  let i = start + 1;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return { kind: "string", start, end: i + 1 };
    if (code === 0x5c) {
      ESCAPE.lastIndex = i;
      if (!ESCAPE.test(text)) {
        if (i + 6 > text.length && !text.includes('"', i + 1)) break;
        const problem = `the escape ${text.slice(i, i + 2)} in a text`;
        return { kind: "invalid", start: i, end: i + 1, problem };
      }
      i = ESCAPE.lastIndex - 1;
    } else if (code < 0x20) {
      const problem =
        code === 0x0a || code === 0x0d
          ? "a text that does not end on its line"
          : `a control character (code ${code}) in a text`;
      return {
        kind: "invalid",
        start: code === 0x0a || code === 0x0d ? start : i,
        end: i,
        problem,
      };
    }
  }
  return { kind: "end", start, end: text.length, problem: "a text that never ends" };
}
