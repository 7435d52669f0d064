/**
 * Reads expressions of Python: as uproot evaluates them, or as `DataFrame.query` of pandas does.
 *
 * In both `&` and `|` are operators; in pandas they bind as `and` and `or` do, comparisons can be chained, and `in` takes a list.
 * uproot evaluates arrays at once, where `and`, `or`, `not`, chains and `if` have no meaning.
 *
 * @module
 */

import { MAX_DEPTH, type Node, type Source } from "./syntax.ts";
import { type Lexicon, numberOf, type Token, tokenize } from "./tokens.ts";

const LEXICON: Omit<Lexicon, "backticks"> = {
  name: /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*/uy,
  operators: /\*\*|\/\/|<<|>>|<=|>=|==|!=|[-+*/%<>&|^~()[\],=@:]/y,
  quotes: "\"'",
  sizes: false,
};

const COMPARISON = 40;

/** How tightly operators bind on their left. A map, since what stands in their place may be any name. */
const PYTHON: ReadonlyMap<string, number> = new Map([
  ["<", COMPARISON],
  [">", COMPARISON],
  ["<=", COMPARISON],
  [">=", COMPARISON],
  ["==", COMPARISON],
  ["!=", COMPARISON],
  ["|", 50],
  ["^", 60],
  ["&", 70],
  ["<<", 80],
  [">>", 80],
  ["+", 90],
  ["-", 90],
  ["*", 100],
  ["/", 100],
  ["//", 100],
  ["%", 100],
  ["**", 120],
]);
/** A sign binds less than a power on its right. */
const SIGN = 110;
const NOT = 30;

const PANDAS: ReadonlyMap<string, number> = new Map([
  ...PYTHON,
  ["or", 10],
  ["|", 10],
  ["and", 20],
  ["&", 20],
  ["in", COMPARISON],
  ["not in", COMPARISON],
]);

/** Reads a text in the style of Python. */
export function parsePython(source: Source, style: "python" | "pandas"): Node {
  return new PythonParser(source, style).read();
}

class PythonParser {
  readonly #source: Source;
  readonly #isPandas: boolean;
  readonly #tokens: readonly Token[];
  readonly #powers: ReadonlyMap<string, number>;
  #at = 0;
  #depth = 0;

  constructor(source: Source, style: "python" | "pandas") {
    this.#source = source;
    this.#isPandas = style === "pandas";
    this.#powers = this.#isPandas ? PANDAS : PYTHON;
    this.#tokens = tokenize(source, { ...LEXICON, backticks: this.#isPandas });
  }

  read(): Node {
    const node = this.#expression(0);
    const { kind, text, position } = this.#token;
    if (kind !== "end") {
      const hint = text === "=" ? 'use "==" to compare' : "write an operator between them";
      throw this.#source.error(`"${text}" follows a value`, position, hint);
    }
    return node;
  }

  get #token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #is(text: string): boolean {
    const { kind } = this.#token;
    return (kind === "operator" || kind === "name") && this.#token.text === text;
  }

  #expression(power: number): Node {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      throw this.#source.error(
        "the expression is nested too deeply",
        this.#token.position,
        "split it",
      );
    }
    let left = this.#prefix();
    let grown = 0;
    for (;;) {
      const operator = this.#operator();
      const binds = operator === null ? undefined : this.#powers.get(operator);
      if (operator === null || binds === undefined || binds <= power) break;
      grown += 1;
      this.#checkTerms(grown);
      left = binds === COMPARISON ? this.#comparison(left) : this.#binary(left, operator, binds);
    }
    this.#depth -= 1;
    return left;
  }

  #checkTerms(grown: number): void {
    if (this.#depth + grown <= MAX_DEPTH) return;
    throw this.#source.error("the expression has too many terms", this.#token.position, "split it");
  }

  #operator(): string | null {
    const { kind, text, position } = this.#token;
    if (kind === "name") {
      const next = this.#tokens[this.#at + 1];
      if (text === "not" && next?.kind === "name" && next.text === "in") return "not in";
      if (/^(?:and|or|in|if|is|not)$/.test(text) && this.#powers.get(text) === undefined) {
        const hints: Readonly<Record<string, string>> = {
          and: "use & with parentheses: (a > 1) & (b < 2)",
          or: "use | with parentheses: (a > 1) | (b < 2)",
          if: "use where(condition, a, b)",
        };
        throw this.#source.error(
          `"${text}" means nothing for columns`,
          position,
          hints[text] ?? "use comparisons, & and |",
        );
      }
    }
    return kind === "operator" || kind === "name" ? text : null;
  }

  #binary(left: Node, operator: string, binds: number): Node {
    const { position } = this.#token;
    this.#at += 1;
    // Powers associate to the right, and take a sign on that side.
    const right = this.#expression(operator === "**" ? SIGN - 1 : binds);
    return { kind: "binary", operator, left, right, position };
  }

  #comparison(left: Node): Node {
    let result: Node | null = null;
    let before = left;
    for (let links = 0; ; links++) {
      this.#checkTerms(links);
      const operator = this.#operator();
      if (operator === null || this.#powers.get(operator) !== COMPARISON) return result as Node;
      const { position } = this.#token;
      if (result !== null && !this.#isPandas) {
        throw this.#source.error(
          "a chain of comparisons",
          position,
          "it means nothing for columns: use (a < x) & (x < b)",
        );
      }
      this.#at += operator === "not in" ? 2 : 1;
      const right = this.#expression(COMPARISON);
      const one: Node = { kind: "binary", operator, left: before, right, position };
      result =
        result === null
          ? one
          : { kind: "binary", operator: "and", left: result, right: one, position };
      before = right;
    }
  }

  #prefix(): Node {
    const token = this.#token;
    const { kind, text, position } = token;
    this.#at += 1;
    if (kind === "number") return numberOf(token);
    if (kind === "text") return { kind: "text", value: text, position };
    if (kind === "quoted") return { kind: "column", name: text, indices: [], position };
    if (kind === "name") return this.#name(token);
    if (kind === "operator" && /^[-+~]$/.test(text)) {
      // In pandas ~ is written for "not", but binds as in Python.
      return { kind: "unary", operator: text, operand: this.#expression(SIGN), position };
    }
    if (kind === "operator" && text === "(") {
      const inner = this.#expression(0);
      this.#close(")", token);
      return inner;
    }
    if (kind === "operator" && text === "[" && this.#isPandas) {
      const items = this.#list("]", token);
      return { kind: "list", items, position };
    }
    const found = kind === "end" ? "the end" : `"${text}"`;
    throw this.#source.error(
      `${found} stands where a value belongs`,
      position,
      "write a value before it",
    );
  }

  #name({ text, position }: Token): Node {
    if (text === "True" || text === "False") {
      return { kind: "call", name: text, operands: [], position };
    }
    if (text === "not") {
      if (!this.#isPandas) {
        throw this.#source.error('"not" means nothing for columns', position, "use ~(...)");
      }
      return { kind: "unary", operator: "not", operand: this.#expression(NOT), position };
    }
    if (/^(?:and|or|in|is|if|else|lambda|None)$/.test(text)) {
      throw this.#source.error(
        `"${text}" stands where a value belongs`,
        position,
        "write a value before it",
      );
    }
    const next = this.#token;
    if (this.#is("[")) {
      throw this.#source.error(
        "an index",
        next.position,
        "columns are taken whole here: make a column of what you need",
      );
    }
    if (!this.#is("(")) return { kind: "column", name: text, indices: [], position };
    this.#at += 1;
    const operands = this.#list(")", next);
    const [only] = operands;
    if (text !== "get" || this.#isPandas) return { kind: "call", name: text, operands, position };
    if (operands.length !== 1 || only?.kind !== "text") {
      throw this.#source.error("get takes the name of a column", position, 'write get("name")');
    }
    return { kind: "column", name: only.value, indices: [], position };
  }

  #list(close: string, open: Token): readonly Node[] {
    const items: Node[] = [];
    while (!this.#is(close)) {
      items.push(this.#expression(0));
      if (!this.#is(",")) break;
      this.#at += 1;
    }
    this.#close(close, open);
    return items;
  }

  #close(close: string, open: Token): void {
    if (!this.#is(close)) {
      const { kind, text, position } = this.#token;
      const found = kind === "end" ? "" : `: "${text}" stands before its end`;
      throw this.#source.error(
        `"${open.text}" is not closed${found}`,
        kind === "end" ? open.position : position,
        `close it with "${close}"`,
      );
    }
    this.#at += 1;
  }
}
