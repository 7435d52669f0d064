/**
 * Formulas of `<Function>` -> sums of products of powers.
 *
 * ```text
 * sum:     product (+|- product)*
 * product: signed (*|/ signed)*
 * signed:  (+|-)* primary (^|** signed)?
 * primary: number | name | @index | ( sum ) | sqrt( sum ) | pow( sum , sum )
 * ```
 *
 * @module
 */

import { type NextstatError, suggestName } from "../../errors.ts";
import type { FunctionElement } from "./document.ts";
import { xmlError } from "./elements.ts";

/** coefficient times the product of parameters to their powers, none of which is 0. */
export interface Monomial {
  readonly coefficient: number;
  readonly powers: ReadonlyMap<string, number>;
}

/** A sum; no two terms have the same powers. */
type Sum = readonly Monomial[];

/** Powers of square roots of square roots are exact; those of cube roots add up to 1 to this. */
const POWER_TOLERANCE = 1e-12;

/** Deepest nesting, and most terms. */
const MAX_DEPTH = 100;
const MAX_TERMS = 100;

export function multiply(a: Monomial, b: Monomial): Monomial {
  const powers = new Map(a.powers);
  for (const [name, power] of b.powers) {
    const sum = (powers.get(name) ?? 0) + power;
    if (Math.abs(sum) < POWER_TOLERANCE) powers.delete(name);
    else powers.set(name, Math.abs(sum - 1) < POWER_TOLERANCE ? 1 : sum);
  }
  return { coefficient: a.coefficient * b.coefficient, powers };
}

/**
 * The terms of a function's formula.
 *
 * @param dependents names that it may use, in the order of `@0`, `@1` ...
 * @param resolve what a dependent is; undefined if it is a function that is no product
 * @throws NextstatError `input` at the function for what it cannot be
 */
export function readFormula(
  element: FunctionElement,
  dependents: readonly string[],
  resolve: (name: string) => Monomial | undefined,
): readonly Monomial[] {
  return new FormulaReader(element, dependents, resolve).read();
}

const TOKEN =
  /\s*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|((?:TMath::)?[A-Za-z_]\w*)|(@\d+)|(\*\*|[-+*/^(),]))/y;

class FormulaReader {
  readonly #element: FunctionElement;
  readonly #dependents: readonly string[];
  readonly #resolve: (name: string) => Monomial | undefined;
  readonly #tokens: readonly string[];
  /** Constants made of whole numbers only: C++ divides those without a remainder. */
  readonly #whole = new WeakSet<Sum>();
  #at = 0;
  #depth = 0;

  constructor(
    element: FunctionElement,
    dependents: readonly string[],
    resolve: (name: string) => Monomial | undefined,
  ) {
    this.#element = element;
    this.#dependents = dependents;
    this.#resolve = resolve;
    const expression = element.expression.trimEnd();
    const tokens: string[] = [];
    TOKEN.lastIndex = 0;
    for (let end = 0; end < expression.length; end = TOKEN.lastIndex) {
      const token = TOKEN.exec(expression);
      if (token === null) {
        throw this.#fail(`"${expression.slice(end).trim().slice(0, 20)}" is not understood`);
      }
      tokens.push(token[0].trim());
    }
    this.#tokens = tokens;
  }

  read(): Sum {
    const value = this.#sum();
    if (this.#at < this.#tokens.length) {
      throw this.#fail(`"${this.#tokens[this.#at]}" is not expected`);
    }
    if (!value.every(({ coefficient }) => Number.isFinite(coefficient))) {
      throw this.#fail("it is not a finite number");
    }
    return value;
  }

  #fail(why: string): NextstatError {
    const { name, expression, place } = this.#element;
    return xmlError(
      `the function "${name}" = ${expression} cannot be taken over: ${why}`,
      place,
      "products of powers of parameters can, and constant + slope * alpha",
    );
  }

  #take(...expected: readonly string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || !expected.includes(token)) return undefined;
    this.#at++;
    return token;
  }

  #expect(token: string): void {
    if (this.#take(token) === undefined) throw this.#fail(`"${token}" is missing`);
  }

  #sum(): Sum {
    this.#depth++;
    if (this.#depth > MAX_DEPTH) throw this.#fail("it is nested too deeply");
    let left = this.#product();
    for (let sign = this.#take("+", "-"); sign !== undefined; sign = this.#take("+", "-")) {
      const right = this.#product();
      const terms = this.#collect([...left, ...(sign === "+" ? right : negated(right))]);
      left = this.#marked(terms, left, right);
    }
    this.#depth--;
    return left;
  }

  /** Adds up terms with the same powers. */
  #collect(terms: Sum): Sum {
    const collected = new Map<string, Monomial>();
    for (const { coefficient, powers } of terms) {
      const key = JSON.stringify([...powers].sort(([a], [b]) => (a < b ? -1 : 1)));
      const before = collected.get(key)?.coefficient ?? 0;
      collected.set(key, { coefficient: before + coefficient, powers });
    }
    const kept = [...collected.values()].filter(({ coefficient }) => coefficient !== 0);
    if (kept.length > MAX_TERMS) throw this.#fail("it has too many terms");
    return kept;
  }

  #marked(result: Sum, left: Sum, right: Sum): Sum {
    if (this.#whole.has(left) && this.#whole.has(right)) this.#whole.add(result);
    return result;
  }

  #product(): Sum {
    let left = this.#signed();
    for (let sign = this.#take("*", "/"); sign !== undefined; sign = this.#take("*", "/")) {
      const right = this.#signed();
      if (sign === "/" && this.#whole.has(left) && this.#whole.has(right)) {
        throw this.#fail("it divides whole numbers, which ROOT does without a remainder (1.0/3)");
      }
      const factor = sign === "*" ? right : this.#power(right, -1);
      const terms = this.#collect(left.flatMap((a) => factor.map((b) => multiply(a, b))));
      left = this.#marked(terms, left, right);
    }
    return left;
  }

  #signed(): Sum {
    let negative = false;
    for (let sign = this.#take("+", "-"); sign !== undefined; sign = this.#take("+", "-")) {
      if (sign === "-") negative = !negative;
    }
    const base = this.#primary();
    const raised = this.#take("^", "**") === undefined ? base : this.#raised(base);
    return negative ? this.#marked(negated(raised), raised, raised) : raised;
  }

  #raised(base: Sum): Sum {
    this.#depth++;
    if (this.#depth > MAX_DEPTH) throw this.#fail("it is nested too deeply");
    const raised = this.#power(base, this.#number(this.#signed()));
    this.#depth--;
    return raised;
  }

  #number(value: Sum): number {
    if (value.some(({ powers }) => powers.size > 0)) {
      throw this.#fail("a parameter is in an exponent");
    }
    return value[0]?.coefficient ?? 0;
  }

  #power(base: Sum, exponent: number): Sum {
    const [only, ...others] = base;
    if (only === undefined || others.length > 0) throw this.#fail("a sum is raised to a power");
    const powers = [...only.powers].map(([name, power]) => [name, power * exponent] as const);
    return [
      {
        coefficient: only.coefficient ** exponent,
        powers: new Map(powers.filter(([, power]) => power !== 0)),
      },
    ];
  }

  #primary(): Sum {
    if (this.#take("(") !== undefined) {
      const inside = this.#sum();
      this.#expect(")");
      return inside;
    }
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.#fail("it ends too early");
    this.#at++;
    if (/^[\d.]/.test(token)) {
      const literal = this.#collect([{ coefficient: Number(token), powers: new Map() }]);
      if (/^\d+$/.test(token)) this.#whole.add(literal);
      return literal;
    }
    if (token.startsWith("@")) {
      const name = this.#dependents[Number(token.slice(1))];
      if (name === undefined) throw this.#fail(`there is no dependent ${token}`);
      return this.#variable(name);
    }
    if (this.#take("(") !== undefined) return this.#call(token);
    if (this.#dependents.includes(token)) return this.#variable(token);
    if (!/^[A-Za-z_]/.test(token)) throw this.#fail(`"${token}" is not expected`);
    throw this.#fail(`"${token}" is no dependent (${suggestName(token, this.#dependents)})`);
  }

  #variable(name: string): Sum {
    const found = this.#resolve(name);
    if (found === undefined) throw this.#fail(`the function "${name}" in it is a sum`);
    return [found];
  }

  #call(name: string): Sum {
    const first = this.#sum();
    const second = this.#take(",") === undefined ? undefined : this.#sum();
    this.#expect(")");
    switch (name) {
      case "sqrt":
      case "TMath::Sqrt":
        if (second === undefined) return this.#power(first, 0.5);
        break;
      case "pow":
      case "TMath::Power":
        if (second !== undefined) return this.#power(first, this.#number(second));
        break;
      default:
        throw this.#fail(`${name}() is not known`);
    }
    throw this.#fail(`${name}() has the wrong number of arguments`);
  }
}

function negated(terms: Sum): Sum {
  return terms.map(({ coefficient, powers }) => ({ coefficient: -coefficient, powers }));
}
