/**
 * Reads the text of a selection or weight as TTreeFormula does.
 *
 * TTreeFormula has no grammar: it cuts a text in two at an operator and reads both sides again. The order in which it looks for
 * operators is the precedence, and whether it takes the first or the last one tells how operators associate. Both differ from C:
 * `a < b < c` is `a < (b < c)`, `<` and `>` bind less than `==`, `%` less than `*`, `*` less than `/`, and `-x^2` is `-(x^2)`. This
 * is followed here, because a text means what ROOT makes of it; measured with ROOT 6.40, test/golden/expressions/root.json.
 *
 * @module
 */

import { MAX_DEPTH, type Node, type Source } from "./syntax.ts";
import { type Lexicon, numberOf, type Token, tokenize } from "./tokens.ts";

const LEXICON: Lexicon = {
  name: /[A-Za-z_]\w*(?:(?:\.|::)[A-Za-z_]\w*)*\$?/y,
  operators: /\*\*|\|\||&&|<<|>>|<=|>=|==|!=|[-+*/%^<>!&|?:()[\],=~@]/y,
  quotes: '"',
  backticks: false,
  sizes: true,
};

/** Two signs of which TTreeFormula makes one. */
const SIGNS: Readonly<Record<string, string>> = { "--": "+", "++": "+", "+-": "-", "-+": "-" };

/** Operators from the one that binds least on: which of several is cut at. */
const LEVELS: readonly (readonly [operator: string, which: "first" | "last"])[] = [
  ["||", "first"],
  ["&&", "first"],
  ["|", "first"],
  ["&", "first"],
  ["<", "first"],
  [">", "first"],
  ["<=", "first"],
  [">=", "first"],
  ["==", "first"],
  ["!=", "first"],
  ["+", "last"],
  ["-", "last"],
  ["%", "first"],
  [">>", "first"],
  ["<<", "first"],
  ["*", "first"],
  ["/", "last"],
  ["^", "last"],
];

/** What looks like a column and is none. */
const VARIABLES = /^(?:pi|(?:Entry|LocalEntry|Iteration)\$)$/;

/** Reads a text in the style of ROOT. */
export function parseRoot(source: Source): Node {
  return new RootParser(source).read();
}

class RootParser {
  readonly #source: Source;
  readonly #tokens: Token[];
  /** For each bracket, where its partner is. */
  readonly #partner = new Map<number, number>();
  /** For each < with nothing but names between it and a >, where that is. */
  readonly #templates = new Map<number, number>();

  constructor(source: Source) {
    this.#source = source;
    this.#tokens = mergeSigns(tokenize(source, LEXICON));
    this.#matchBrackets();
    this.#matchTemplates();
  }

  read(): Node {
    return this.#parse(0, this.#tokens.length - 1, 0);
  }

  #matchBrackets(): void {
    const open: number[] = [];
    for (const [i, token] of this.#tokens.entries()) {
      if (token.kind !== "operator") continue;
      if (token.text === "(" || token.text === "[") open.push(i);
      if (token.text !== ")" && token.text !== "]") continue;
      const begin = open.pop();
      const expected = token.text === ")" ? "(" : "[";
      if (begin === undefined || this.#tokens[begin]?.text !== expected) {
        throw this.#source.error(
          `"${token.text}" closes nothing`,
          token.position,
          `open it with "${expected}", or take it out`,
        );
      }
      this.#partner.set(begin, i);
    }
    const left = open.pop();
    if (left === undefined) return;
    const { text, position } = this.#tokens[left] as Token;
    throw this.#source.error(
      `"${text}" is not closed`,
      position,
      `close it with "${text === "(" ? ")" : "]"}"`,
    );
  }

  /** Tokens from `from` up to, not including, `to`. */
  #parse(from: number, to: number, depth: number): Node {
    const tokens = this.#tokens;
    const first = tokens[from] as Token;
    if (from >= to) {
      const found = first.kind === "end" ? "the end" : `"${first.text}"`;
      throw this.#source.error(
        `${found} stands where a value belongs`,
        first.position,
        "write a value before it",
      );
    }
    if (depth > MAX_DEPTH) {
      throw this.#source.error(
        "the expression is nested too deeply",
        first.position,
        `at most ${MAX_DEPTH} levels are read: split it`,
      );
    }
    if (this.#partner.get(from) === to - 1 && first.text === "(") {
      return this.#parse(from + 1, to - 1, depth + 1);
    }
    const places = this.#findOperators(from, to);
    const condition = places.get("?");
    if (condition !== undefined)
      return this.#conditional(from, condition, places.get(":"), to, depth);
    for (const [operator] of LEVELS) {
      const at = places.get(operator);
      if (at === undefined) continue;
      const { text, position } = tokens[at] as Token;
      if (text !== operator) {
        throw this.#source.error(
          `a second "${text}"`,
          position,
          "ROOT refuses this: put one of the comparisons into parentheses",
        );
      }
      if (at === from && (operator === "-" || operator === "+")) {
        return { kind: "unary", operator, operand: this.#parse(at + 1, to, depth + 1), position };
      }
      const left = this.#parse(from, at, depth + 1);
      const right = this.#parse(at + 1, to, depth + 1);
      return { kind: "binary", operator, left, right, position };
    }
    if (first.text === "!" && first.kind === "operator") {
      const operand = this.#parse(from + 1, to, depth + 1);
      return { kind: "unary", operator: "!", operand, position: first.position };
    }
    return this.#primary(from, to, depth);
  }

  /** Where TTreeFormula would cut, for each operator. */
  #findOperators(from: number, to: number): ReadonlyMap<string, number> {
    const places = new Map<string, number>();
    for (let i = from; i < to; i++) {
      const token = this.#tokens[i] as Token;
      if (token.kind !== "operator") continue;
      const { text } = token;
      const partner = this.#partner.get(i);
      if (partner !== undefined) {
        i = partner;
        continue;
      }
      if (text === "?" || (text === ":" && places.has("?"))) {
        if (!places.has(text)) places.set(text, i);
        continue;
      }
      const level = LEVELS.find(([operator]) => operator === text);
      if (level === undefined) continue;
      if (text === "<" && !places.has("<<")) this.#refuseTemplate(i, to);
      // A minus after one of these is a sign.
      if (text === "-" && i > from && /^[*/^]$/.test((this.#tokens[i - 1] as Token).text)) continue;
      this.#place(places, text, i, level[1]);
    }
    return places;
  }

  #place(places: Map<string, number>, text: string, at: number, which: "first" | "last"): void {
    // Looking for < and > it sees those of <=, >=, << and >> too. The first <= takes a < before it away.
    if (text === "<=" || text === ">=") {
      const single = text[0] as string;
      if (!places.has(text)) places.delete(single);
      else if (!places.has(single) && !places.has(single + single)) places.set(single, at);
    }
    if ((text === "<" || text === ">") && places.has(text + text)) return;
    if (which === "last" || !places.has(text)) places.set(text, at);
  }

  /** `a<b>c` is the name of a template to TTreeFormula, also where the sign is >= or >>. */
  #matchTemplates(): void {
    /** Signs < without a partner; null for those of <<, which begin none. */
    let open: (number | null)[] = [];
    for (const [i, { kind, text }] of this.#tokens.entries()) {
      if (kind === "text" || !/^(?:[\w,:]+|<|<<|>|>>|>=)$/.test(text)) open = [];
      else if (text === "<") open.push(i);
      else if (text === "<<") open.push(null, null);
      else if (text.startsWith(">")) {
        for (const begin of open.splice(text === ">>" ? -2 : -1)) {
          if (begin !== null) this.#templates.set(begin, i);
        }
        if (text === ">=") open = [];
      }
    }
  }

  #refuseTemplate(at: number, to: number): void {
    const end = this.#templates.get(at);
    if (end === undefined || end >= to) return;
    const { text, position } = this.#tokens[end] as Token;
    throw this.#source.error(
      `"<" and "${text}" with nothing but names between them`,
      position,
      "ROOT takes this for a template: put one of the comparisons into parentheses",
    );
  }

  #conditional(
    from: number,
    at: number,
    other: number | undefined,
    to: number,
    depth: number,
  ): Node {
    const { position } = this.#tokens[at] as Token;
    if (other === undefined)
      throw this.#source.error('"?" without ":"', position, 'write "a ? b : c"');
    return {
      kind: "conditional",
      condition: this.#parse(from, at, depth + 1),
      yes: this.#parse(at + 1, other, depth + 1),
      no: this.#parse(other + 1, to, depth + 1),
      position,
    };
  }

  /** A number, text, column or call. */
  #primary(from: number, to: number, depth: number): Node {
    const token = this.#tokens[from] as Token;
    const { kind, text, position } = token;
    const next = this.#tokens[from + 1] as Token;
    if (kind === "number" && from + 1 === to) return numberOf(token);
    if (kind === "text" && from + 1 === to) return { kind: "text", value: text, position };
    if (kind === "size" && from + 1 === to) {
      const column: Node = { kind: "column", name: text, indices: [], position };
      return { kind: "call", name: "@size", operands: [column], position };
    }
    if (kind === "name") {
      const called = from + 1 < to && next.kind === "operator" && next.text === "(";
      if (called && VARIABLES.test(text)) {
        throw this.#source.error(`"${text}" is no function`, position, `write ${text}`);
      }
      if (called && this.#partner.get(from + 1) === to - 1) {
        const operands = this.#operands(from + 2, to - 1, depth);
        return { kind: "call", name: text, operands, position };
      }
      if (!called) return this.#column(token, from + 1, to, depth);
    }
    if (kind === "operator") this.#refuseOperator(token);
    const wrong =
      kind === "name" ? (this.#tokens[(this.#partner.get(from + 1) as number) + 1] as Token) : next;
    throw this.#source.error(
      `"${wrong.text}" follows a value`,
      wrong.position,
      "write an operator between them",
    );
  }

  #refuseOperator({ text, position }: Token): never {
    const hints: Readonly<Record<string, string>> = {
      "=": 'use "==" to compare',
      "~": "ROOT has no such operator: use ! or 1-x",
      "@": "sizes are written @v.size()",
    };
    throw this.#source.error(
      `"${text}" stands where a value belongs`,
      position,
      hints[text] ?? "write a value before it",
    );
  }

  #column({ text, position }: Token, from: number, to: number, depth: number): Node {
    const indices: (Node | null)[] = [];
    let at = from;
    while (at < to) {
      const open = this.#tokens[at] as Token;
      if (open.kind !== "operator" || open.text !== "[") {
        const hint = open.text === "=" ? 'use "==" to compare' : "write an operator between them";
        throw this.#source.error(`"${open.text}" follows a value`, open.position, hint);
      }
      const close = this.#partner.get(at) as number;
      indices.push(close === at + 1 ? null : this.#parse(at + 1, close, depth + 1));
      at = close + 1;
    }
    if (text === "Entries$") {
      throw this.#source.error(
        "Entries$ is not known where a table is read in pieces",
        position,
        "write the number of entries",
      );
    }
    if (indices.length === 0 && /^(?:pi|(?:Entry|LocalEntry|Iteration|Length)\$)$/.test(text)) {
      return { kind: "call", name: text, operands: [], position };
    }
    return { kind: "column", name: text, indices, position };
  }

  #operands(from: number, to: number, depth: number): readonly Node[] {
    if (from === to) return [];
    const operands: Node[] = [];
    let begin = from;
    for (let i = from; i <= to; i++) {
      const token = this.#tokens[i] as Token;
      if (i === to || (token.kind === "operator" && token.text === ",")) {
        operands.push(this.#parse(begin, i, depth + 1));
        begin = i + 1;
        continue;
      }
      const partner = this.#partner.get(i);
      if (partner !== undefined) i = partner;
    }
    return operands;
  }
}

function mergeSigns(tokens: readonly Token[]): Token[] {
  const merged: Token[] = [];
  for (const token of tokens) {
    const last = merged.at(-1);
    const sign =
      last?.kind === "operator" && token.kind === "operator"
        ? SIGNS[last.text + token.text]
        : undefined;
    if (last !== undefined && sign !== undefined) {
      merged[merged.length - 1] = { ...last, text: sign };
    } else {
      const isPower = token.kind === "operator" && token.text === "**";
      merged.push(isPower ? { ...token, text: "^" } : token);
    }
  }
  return merged;
}
