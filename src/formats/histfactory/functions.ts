/**
 * `<Function>`: a factor that ROOT computes from parameters with any formula. A workspace has factors that are parameters,
 * and systematics. So two kinds can be taken over: products of powers, c x^a y^b ..., as long as the powers in each sample
 * come out as 0 or 1, such as `sqrt(mu)` used twice; and a + b alpha, linear in a systematic.
 *
 * @module
 */

import type { FunctionElement } from "./document.ts";
import { xmlError } from "./elements.ts";
import { type Monomial, readFormula } from "./formula.ts";
import type { Place } from "./xml-text.ts";

/** constant + slope times the alpha of a systematic. */
export interface LinearFunction {
  readonly constant: number;
  readonly slope: number;
  /** Name of the systematic, without `alpha_`. */
  readonly systematic: string;
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
  readonly linear: ReadonlyMap<string, LinearFunction>;
  readonly places: ReadonlyMap<string, Place>;
  readonly parameters: ReadonlyMap<string, DeclaredParameter>;
}

/** @throws NextstatError `input` for a function that is neither a product of powers nor linear */
export function readFunctions(elements: readonly FunctionElement[]): Functions {
  const monomials = new Map<string, Monomial>();
  const linear = new Map<string, LinearFunction>();
  const places = new Map<string, Place>();
  const parameters = new Map<string, DeclaredParameter>();
  for (const element of elements) {
    const { name, place } = element;
    if (places.has(name)) throw xmlError(`two functions are called "${name}"`, place, "rename one");
    const dependents = splitDependents(element.dependents).map((text) => {
      const declared = readDependent(text, element);
      // ROOT keeps the first declaration of a variable, and that of a systematic is the systematic's own.
      const isOwn = !places.has(declared.name) && !declared.name.startsWith(ALPHA);
      if (isOwn && !parameters.has(declared.name)) parameters.set(declared.name, declared);
      return declared.name;
    });
    const terms = readFormula(element, dependents, (dependent) => {
      const found = monomials.get(dependent);
      if (found === undefined && places.has(dependent)) return undefined;
      return found ?? { coefficient: 1, powers: new Map([[dependent, 1]]) };
    });
    const [only, ...others] = terms;
    if (only !== undefined && others.length === 0 && !usesAlpha(only)) monomials.set(name, only);
    else linear.set(name, linearOf(terms, element));
    places.set(name, place);
  }
  return { monomials, linear, places, parameters };
}

const ALPHA = "alpha_";

function usesAlpha({ powers }: Monomial): boolean {
  return [...powers.keys()].some((name) => name.startsWith(ALPHA));
}

function linearOf(
  terms: readonly Monomial[],
  { name, expression, place }: FunctionElement,
): LinearFunction {
  const [constant, ...others] = [...terms].sort((a, b) => a.powers.size - b.powers.size);
  const [variable] = others;
  const [[alpha, power] = ["", 0]] = variable?.powers ?? [];
  const isLinear =
    constant?.powers.size === 0 &&
    constant.coefficient !== 0 &&
    others.length === 1 &&
    variable?.powers.size === 1 &&
    power === 1 &&
    alpha.startsWith(ALPHA);
  if (!isLinear) {
    throw xmlError(
      `the function "${name}" = ${expression} cannot be taken over`,
      place,
      "products of powers of parameters can, and constant + slope * alpha",
    );
  }
  const systematic = alpha.slice(ALPHA.length);
  return { constant: constant.coefficient, slope: variable.coefficient, systematic };
}

/** `a[0,1],b` -> `a[0,1]` and `b`. */
function splitDependents(text: string): string[] {
  const pieces = text.match(/[^,[\]]+(\[[^\][]*\])?/g) ?? [];
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
