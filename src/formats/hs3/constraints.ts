/**
 * Constraint terms of HS3: distributions that tie a parameter to a global observable, and the short forms in modifiers.
 *
 * Which argument is the parameter is decided by use, because both orders occur: RooFit writes the constraint of an alpha as
 * a density of the parameter, and that of a gamma as a density of the global observable.
 *
 * @module
 */

import { shorten } from "../pyhf/json-text.ts";
import {
  has,
  hs3Error,
  lookUp,
  type ObjectNode,
  optionalText,
  pointerOf,
  textOf,
  textsOf,
} from "./document.ts";
import type { Hs3Document, Values } from "./index-document.ts";

/** What constrains one parameter. */
export type TermOfParameter =
  | { readonly type: "gauss"; readonly centre: number; readonly sigma: number }
  /** Poisson(count | tau times the parameter). */
  | { readonly type: "poisson"; readonly count: number; readonly tau: number }
  /** The logarithm of the parameter is Gaussian: centre exp(sigma alpha). */
  | { readonly type: "lognormal"; readonly centre: number; readonly sigma: number }
  | { readonly type: "uniform" };

/** Where terms are read. */
export interface TermContext {
  readonly document: Hs3Document;
  readonly values: Values;
  /** Whether a name is a parameter that some modifier uses. */
  readonly isUsed: (name: string) => boolean;
  /** Centre of a global observable that the document gives no value. */
  readonly defaultCentre: (parameter: string) => number | undefined;
}

/** Names of constraint types in modifiers, by what they stand for. */
const SHORT_TYPES: Readonly<Record<string, "gauss" | "poisson" | "lognormal" | "const">> = {
  Gauss: "gauss",
  Gaussian: "gauss",
  Poisson: "poisson",
  LogNormal: "lognormal",
  Lognormal: "lognormal",
  Const: "const",
};

/** How a modifier says that its parameter is constrained. */
export type Asked =
  | { readonly by: "distribution"; readonly node: ObjectNode; readonly name: string }
  | {
      readonly by: "type";
      readonly type: (typeof SHORT_TYPES)[string];
      readonly pointer: string;
    };

/** The constraint a modifier asks for, if it does: `constraint_name`, `constraint` or `constraint_type`. */
export function askedConstraint(document: Hs3Document, modifier: ObjectNode): Asked | undefined {
  const { distributions } = document;
  const name = optionalText(modifier, "constraint_name");
  if (name !== undefined) {
    const pointer = pointerOf(modifier, "constraint_name");
    return { by: "distribution", name, node: lookUp(distributions, name, "distribution", pointer) };
  }
  for (const key of ["constraint", "constraint_type"]) {
    const value = optionalText(modifier, key);
    if (value === undefined) continue;
    const node = distributions.get(value);
    if (node !== undefined) return { by: "distribution", name: value, node };
    const type = Object.hasOwn(SHORT_TYPES, value) ? SHORT_TYPES[value] : undefined;
    if (type === undefined) {
      throw hs3Error(
        `"${key}" of ${modifier.what} is neither a distribution nor a known type ("${shorten(value)}")`,
        pointerOf(modifier, key),
        `types are ${Object.keys(SHORT_TYPES).join(", ")}`,
      );
    }
    return { by: "type", type, pointer: pointerOf(modifier, key) };
  }
  return undefined;
}

/** Whether a distribution is one that can be a constraint term. */
export function isTermType(type: string): boolean {
  return ["gaussian_dist", "poisson_dist", "lognormal_dist", "uniform_dist"].includes(type);
}

/**
 * Reads a distribution as a constraint term.
 *
 * @returns null for one that holds no parameter any modifier uses
 */
export function readTerm(
  node: ObjectNode,
  context: TermContext,
): { readonly parameter: string; readonly term: TermOfParameter } | null {
  const type = textOf(node, "type");
  switch (type) {
    case "gaussian_dist":
      return readGaussian(node, context);
    case "poisson_dist":
      return readPoisson(node, context);
    case "lognormal_dist":
      return readLognormal(node, context);
    case "uniform_dist": {
      const x = Array.isArray(node.value.x) ? textsOf(node, "x") : [textOf(node, "x")];
      const [parameter] = x;
      if (parameter === undefined || x.length > 1 || !context.isUsed(parameter)) return null;
      return { parameter, term: { type: "uniform" } };
    }
    default:
      throw hs3Error(
        `${node.what} of type "${type}" cannot be read as a constraint`,
        pointerOf(node, "type"),
        "gaussian_dist, poisson_dist, lognormal_dist and uniform_dist can",
      );
  }
}

function readGaussian(node: ObjectNode, context: TermContext): ReturnType<typeof readTerm> {
  const x = argument(node, "x");
  const mean = argument(node, "mean");
  const sigma = constantOf(node, "sigma", context);
  if (!(sigma > 0)) {
    throw hs3Error(
      `"sigma" of ${node.what} must be above 0, found ${sigma}`,
      pointerOf(node, "sigma"),
    );
  }
  const isUsed = (name: string | number): name is string =>
    typeof name === "string" && context.isUsed(name);
  if (isUsed(x) && isUsed(mean)) {
    throw hs3Error(
      `${node.what} ties two parameters, "${shorten(x)}" and "${shorten(mean)}", to each other`,
      node.pointer,
      "a constraint has one parameter and one global observable",
    );
  }
  const parameter = isUsed(x) ? x : isUsed(mean) ? mean : null;
  if (parameter === null) return null;
  const other = parameter === x ? "mean" : "x";
  const centre = constantOf(node, other, context, context.defaultCentre(parameter));
  return { parameter, term: { type: "gauss", centre, sigma } };
}

function readPoisson(node: ObjectNode, context: TermContext): ReturnType<typeof readTerm> {
  const mean = argument(node, "mean");
  if (typeof mean !== "string") return null;
  const factors = context.isUsed(mean) ? [mean] : productFactors(mean, context);
  const parameters = factors?.filter((name) => context.isUsed(name)) ?? [];
  const [parameter] = parameters;
  if (factors === undefined || parameter === undefined) return null;
  if (parameters.length > 1) {
    throw hs3Error(
      `the mean of ${node.what} has several parameters (${parameters.join(", ")})`,
      pointerOf(node, "mean"),
      "a constraint has one parameter",
    );
  }
  let tau = 1;
  for (const name of factors) {
    if (name === parameter) continue;
    const value = constantValue(name, context);
    if (value === undefined) throw noValue(name, node, "mean");
    tau *= value;
  }
  const count = constantOf(node, "x", context);
  if (!(tau > 0) || count < 0) {
    throw hs3Error(`${node.what} has a mean or a count that is not positive`, node.pointer);
  }
  return { parameter, term: { type: "poisson", count, tau } };
}

function readLognormal(node: ObjectNode, context: TermContext): ReturnType<typeof readTerm> {
  const x = argument(node, "x");
  if (typeof x === "string" && context.isUsed(x)) {
    throw hs3Error(
      `${node.what} is a log-normal density of the parameter "${shorten(x)}" itself`,
      pointerOf(node, "x"),
      "only a density of a global observable whose median is the parameter can be read",
    );
  }
  const mu = argument(node, "mu");
  const parameter = typeof mu === "string" ? logarithmOf(mu, context) : undefined;
  if (parameter === undefined || !context.isUsed(parameter)) return null;
  const sigma = constantOf(node, "sigma", context);
  const centre = constantOf(node, "x", context);
  if (!(sigma > 0) || !(centre > 0)) {
    throw hs3Error(`${node.what} has a width or a centre that is not positive`, node.pointer);
  }
  return { parameter, term: { type: "lognormal", centre, sigma } };
}

/** An argument of a distribution: a number or a name. */
function argument(node: ObjectNode, key: string): string | number {
  const value = node.value[key];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return textOf(node, key);
}

/** An argument that is a number or has a value. */
function constantOf(
  node: ObjectNode,
  key: string,
  context: TermContext,
  fallback?: number,
): number {
  const given = argument(node, key);
  if (typeof given === "number") return given;
  const value = constantValue(given, context) ?? fallback;
  if (value === undefined) throw noValue(given, node, key);
  return value;
}

function noValue(name: string, node: ObjectNode, key: string): Error {
  return hs3Error(
    `"${shorten(name)}", the ${key} of ${node.what}, has no value in parameter_points`,
    has(node, key) ? pointerOf(node, key) : node.pointer,
    "give it one",
  );
}

/** The value of a constant: a literal, a parameter point, or the logarithm of one of these. */
function constantValue(name: string, context: TermContext): number | undefined {
  const known = context.values.constant(name);
  if (known !== undefined) return known;
  const literal = literalNumber(name);
  if (literal !== undefined) return literal;
  const inner = logarithmOf(name, context);
  const value = inner === undefined ? undefined : constantValue(inner, context);
  return value === undefined ? undefined : Math.log(value);
}

/** The number a name spells, as RooFit names its constants. */
export function literalNumber(name: string): number | undefined {
  return /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(name) ? Number(name) : undefined;
}

/** The `p` of a function `log(p)`. */
function logarithmOf(name: string, { document }: TermContext): string | undefined {
  const node = document.functions.get(name);
  if (node === undefined || node.value.type !== "generic_function") return undefined;
  return /^\s*log\(\s*([^()\s]+)\s*\)\s*$/.exec(textOf(node, "expression"))?.[1];
}

/** The factors of a function that is a product. */
function productFactors(name: string, { document }: TermContext): readonly string[] | undefined {
  const node = document.functions.get(name);
  return node?.value.type === "product" ? textsOf(node, "factors") : undefined;
}
