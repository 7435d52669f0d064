/**
 * `<Function>`: a factor that ROOT computes from parameters with any formula. A workspace has factors that are parameters,
 * so what can be taken over is a product of powers, c x^a y^b ..., as long as the powers in each sample come out as 0 or 1,
 * such as `sqrt(mu)` used twice.
 *
 * @module
 */

import { suggestName } from "../../errors.ts";
import type { FunctionElement } from "./document.ts";
import { xmlError } from "./elements.ts";
import type { Place } from "./xml-text.ts";

/** coefficient times the product of parameters to their powers. */
export interface Monomial {
  readonly coefficient: number;
  readonly powers: ReadonlyMap<string, number>;
}

/** A parameter that a function declares, as in `mu[1,0,3]`. */
export interface DeclaredParameter {
  readonly name: string;
  readonly place: Place;
  readonly value: number;
  /** Both infinite for a constant. */
  readonly low: number;
  readonly high: number;
  readonly constant: boolean;
}

/** What the functions are, and the parameters that they declare. */
export interface Functions {
  readonly monomials: ReadonlyMap<string, Monomial>;
  readonly places: ReadonlyMap<string, Place>;
  readonly parameters: ReadonlyMap<string, DeclaredParameter>;
}

/** @throws NextstatError `input` for a function that is no product of powers */
export function readFunctions(elements: readonly FunctionElement[]): Functions {
  const monomials = new Map<string, Monomial>();
  const places = new Map<string, Place>();
  const parameters = new Map<string, DeclaredParameter>();
  for (const element of elements) {
    const { name, place } = element;
    if (monomials.has(name))
      throw xmlError(`two functions are called "${name}"`, place, "rename one");
    const dependents = splitDependents(element.dependents).map((text) => {
      const declared = readDependent(text, element);
      // ROOT keeps the first declaration of a variable.
      if (!monomials.has(declared.name) && !parameters.has(declared.name)) {
        parameters.set(declared.name, declared);
      }
      return declared.name;
    });
    const resolve = (dependent: string): Monomial =>
      monomials.get(dependent) ?? { coefficient: 1, powers: new Map([[dependent, 1]]) };
    monomials.set(name, new FormulaReader(element, dependents, resolve).read());
    places.set(name, place);
  }
  return { monomials, places, parameters };
}

export function multiply(a: Monomial, b: Monomial): Monomial {
  const powers = new Map(a.powers);
  for (const [name, power] of b.powers) powers.set(name, (powers.get(name) ?? 0) + power);
  return { coefficient: a.coefficient * b.coefficient, powers };
}

/** `a[0,1],b` -> `a[0,1]` and `b`. */
function splitDependents(text: string): string[] {
  const pieces = text.match(/[^,[\]]+(\[[^\]]*\])?/g) ?? [];
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== "");
}

function readDependent(text: string, { place, name }: FunctionElement): DeclaredParameter {
  const [, parameter = "", inside] = /^([A-Za-z_]\w*)(?:\[([^\]]*)\])?$/.exec(text) ?? [];
  const numbers = inside
    ?.split(",")
    .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (parameter === "" || (numbers?.length ?? 0) > 3 || numbers?.some(Number.isNaN)) {
    throw xmlError(
      `Dependents of the function "${name}" cannot be read ("${text}")`,
      place,
      "as in mu[1,0,3]: start, low, high",
    );
  }
  const base = { name: parameter, place };
  if (numbers === undefined || numbers.length === 0) {
    return { ...base, value: 1, low: 0, high: 10, constant: false };
  }
  if (numbers.length === 1) {
    const value = numbers[0] as number;
    return { ...base, value, low: -Infinity, high: Infinity, constant: true };
  }
  const [low, high] = numbers.slice(-2) as [number, number];
  // RooFit starts in the middle of a range when no value is given.
  const value = numbers.length === 3 ? (numbers[0] as number) : (low + high) / 2;
  if (!(low < high && low <= value && value <= high)) {
    throw xmlError(
      `Dependents of the function "${name}": ${text} is no range`,
      place,
      "as in mu[1,0,3]: start, low, high",
    );
  }
  return { ...base, value, low, high, constant: false };
}

const TOKEN =
  /\s*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|((?:TMath::)?[A-Za-z_]\w*)|(@\d+)|(\*\*|[-+*/^(),]))/y;

/** Deepest nesting of a formula. */
const MAX_DEPTH = 100;

/** A recursive-descent reader of formulas that computes with monomials. */
class FormulaReader {
  readonly #element: FunctionElement;
  readonly #dependents: readonly string[];
  readonly #resolve: (name: string) => Monomial;
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(
    element: FunctionElement,
    dependents: readonly string[],
    resolve: (name: string) => Monomial,
  ) {
    this.#element = element;
    this.#dependents = dependents;
    this.#resolve = resolve;
    const { expression } = element;
    const tokens: string[] = [];
    TOKEN.lastIndex = 0;
    for (let end = 0; expression.slice(end).trim() !== ""; end = TOKEN.lastIndex) {
      const token = TOKEN.exec(expression);
      if (token === null) {
        const rest = expression.slice(end).trim();
        throw this.#fail(`"${rest.slice(0, 20)}" is not understood`);
      }
      tokens.push(token[0].trim());
    }
    this.#tokens = tokens;
  }

  read(): Monomial {
    const value = this.#sum();
    if (this.#at < this.#tokens.length) {
      throw this.#fail(`"${this.#tokens[this.#at]}" is not expected`);
    }
    if (!Number.isFinite(value.coefficient)) throw this.#fail("it is not a finite number");
    return value;
  }

  #fail(why: string): Error {
    const { name, expression, place } = this.#element;
    return xmlError(
      `the function "${name}" = ${expression} cannot be taken over: ${why}`,
      place,
      "only products of powers of parameters can",
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

  #sum(): Monomial {
    if (++this.#depth > MAX_DEPTH) throw this.#fail("it is nested too deeply");
    let left = this.#product();
    for (let sign = this.#take("+", "-"); sign !== undefined; sign = this.#take("+", "-")) {
      const right = this.#product();
      const same =
        [...left.powers].every(([name, power]) => (right.powers.get(name) ?? 0) === power) &&
        [...right.powers].every(([name, power]) => (left.powers.get(name) ?? 0) === power);
      if (!same) throw this.#fail("it is a sum");
      const { coefficient } = right;
      left = {
        coefficient: left.coefficient + (sign === "+" ? coefficient : -coefficient),
        powers: left.powers,
      };
    }
    this.#depth--;
    return left;
  }

  #product(): Monomial {
    let left = this.#signed();
    for (let sign = this.#take("*", "/"); sign !== undefined; sign = this.#take("*", "/")) {
      const right = this.#signed();
      left = multiply(left, sign === "*" ? right : this.#power(right, -1));
    }
    return left;
  }

  #signed(): Monomial {
    let negative = false;
    for (let sign = this.#take("+", "-"); sign !== undefined; sign = this.#take("+", "-")) {
      if (sign === "-") negative = !negative;
    }
    const base = this.#primary();
    const raised =
      this.#take("^", "**") === undefined
        ? base
        : this.#power(base, this.#exponent(this.#signed()));
    return negative ? { ...raised, coefficient: -raised.coefficient } : raised;
  }

  #exponent(value: Monomial): number {
    if ([...value.powers.values()].some((power) => power !== 0)) {
      throw this.#fail("a parameter is in an exponent");
    }
    return value.coefficient;
  }

  #power(base: Monomial, exponent: number): Monomial {
    return {
      coefficient: base.coefficient ** exponent,
      powers: new Map([...base.powers].map(([name, power]) => [name, power * exponent])),
    };
  }

  #primary(): Monomial {
    if (this.#take("(") !== undefined) {
      const inside = this.#sum();
      this.#expect(")");
      return inside;
    }
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.#fail("it ends too early");
    this.#at++;
    if (/^[\d.]/.test(token)) return { coefficient: Number(token), powers: new Map() };
    if (token.startsWith("@")) {
      const name = this.#dependents[Number(token.slice(1))];
      if (name === undefined) throw this.#fail(`there is no dependent ${token}`);
      return this.#resolve(name);
    }
    if (this.#take("(") !== undefined) return this.#call(token);
    if (this.#dependents.includes(token)) return this.#resolve(token);
    if (!/^[A-Za-z_]/.test(token)) throw this.#fail(`"${token}" is not expected`);
    throw this.#fail(`"${token}" is no dependent (${suggestName(token, this.#dependents)})`);
  }

  #call(name: string): Monomial {
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
        if (second !== undefined) return this.#power(first, this.#exponent(second));
        break;
      default:
        throw this.#fail(`${name}() is not known`);
    }
    throw this.#fail(`${name}() has the wrong number of arguments`);
  }
}
