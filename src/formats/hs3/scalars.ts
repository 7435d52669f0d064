/**
 * The scalar parameters of a document: what uses them, and the one constraint each may have.
 *
 * @module
 */

import { shorten } from "../pyhf/json-text.ts";
import {
  type Asked,
  literalNumber,
  readTerm,
  type TermContext,
  type TermOfParameter,
} from "./constraints.ts";
import { hs3Error, type ObjectNode } from "./document.ts";
import type { Hs3Document, Values } from "./index-document.ts";
import type { Likelihood, ListedTerm } from "./likelihood.ts";

/** A parameter that scales or varies whole samples. */
export interface ScalarUse {
  readonly parameter: string;
  readonly type: "factor" | "alpha";
  /** The first modifier that uses it. */
  readonly node: ObjectNode;
  /** What its modifiers ask for, each way once. */
  readonly asked: readonly { readonly asked: Asked; readonly node: ObjectNode }[];
}

/** Every scalar parameter of a likelihood, in order of first use. */
export function collectScalars(likelihood: Likelihood): ReadonlyMap<string, ScalarUse> {
  const uses = new Map<string, ScalarUse & { asked: { asked: Asked; node: ObjectNode }[] }>();
  for (const { channel } of likelihood.channels) {
    for (const modifier of channel.samples.flatMap(({ modifiers }) => modifiers)) {
      if ("parameters" in modifier) continue;
      const { parameter, node, asked } = modifier;
      const type = modifier.type === "factor" ? "factor" : "alpha";
      const use = uses.get(parameter) ?? { parameter, type, node, asked: [] };
      if (use.type !== type) {
        throw hs3Error(
          `the parameter "${shorten(parameter)}" of ${node.what} is also one of ${use.node.what}`,
          node.pointer,
          "a parameter can scale samples or vary them, not both",
        );
      }
      const known = use.asked.some((other) => keyOf(other.asked) === keyOf(asked));
      if (asked !== undefined && !known) use.asked.push({ asked, node });
      uses.set(parameter, use);
    }
  }
  return uses;
}

function keyOf(asked: Asked | undefined): string {
  if (asked === undefined) return "";
  return asked.by === "distribution" ? `name ${asked.name}` : `type ${asked.type}`;
}

/** The constraints of parameters in one analysis. */
export interface Terms {
  /** By parameter of the document, scalar and per-bin. */
  readonly byParameter: ReadonlyMap<string, TermOfParameter>;
  /** Parameters that a constraint of type Const holds. */
  readonly held: ReadonlySet<string>;
  /** Terms that hold no parameter of any modifier: constants of the likelihood. */
  readonly idle: readonly ObjectNode[];
}

/** Reads the constraint of every parameter; two different ones for a parameter are refused. */
export function readTerms(
  document: Hs3Document,
  listed: readonly ListedTerm[],
  scalars: ReadonlyMap<string, ScalarUse>,
  perBin: ReadonlySet<string>,
  values: Values,
): Terms {
  const byParameter = new Map<string, TermOfParameter>();
  const held = new Set<string>();
  const idle: ObjectNode[] = [];
  const add = (parameter: string, term: TermOfParameter, pointer: string): void => {
    const before = byParameter.get(parameter);
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(term)) {
      throw hs3Error(
        `the parameter "${shorten(parameter)}" has two different constraints`,
        pointer,
        "give it one",
      );
    }
    byParameter.set(parameter, term);
  };
  const contextOf = (observed: number | undefined): TermContext => ({
    document,
    values,
    isUsed: (name) => scalars.has(name) || perBin.has(name),
    defaultCentre: (name) => observed ?? (scalars.get(name)?.type === "alpha" ? 0 : undefined),
  });
  for (const { node, observed } of listed) {
    const read = readTerm(node, contextOf(observed));
    if (read === null) idle.push(node);
    else add(read.parameter, read.term, node.pointer);
  }
  for (const { parameter, type, asked: all } of scalars.values()) {
    for (const { asked, node } of all) {
      if (asked.by === "distribution") {
        const read = readTerm(asked.node, contextOf(undefined));
        if (read?.parameter !== parameter) {
          throw hs3Error(
            `the constraint "${shorten(asked.name)}" of ${node.what} does not hold its parameter "${shorten(parameter)}"`,
            asked.node.pointer,
            "a constraint names the parameter of its modifier",
          );
        }
        add(parameter, read.term, asked.node.pointer);
      } else if (asked.type === "const") {
        held.add(parameter);
      } else {
        add(parameter, shortTerm(asked, parameter, type, values), asked.pointer);
      }
    }
    // RooFit makes a unit Gaussian for every alpha that names none.
    if (type === "alpha" && !byParameter.has(parameter) && !held.has(parameter)) {
      add(parameter, unitGaussian(values.constant(`nom_${parameter}`) ?? 0), "");
    }
  }
  return { byParameter, held, idle };
}

function unitGaussian(centre: number): TermOfParameter {
  return { type: "gauss", centre, sigma: 1 };
}

/** The constraint of a parameter whose modifier only names a type. */
function shortTerm(
  asked: Extract<Asked, { readonly by: "type" }>,
  parameter: string,
  type: ScalarUse["type"],
  values: Values,
): TermOfParameter {
  const nominal = values.constant(`nom_${parameter}`);
  // A log-normal of median exp(alpha), observed at 1, is a unit Gaussian of alpha.
  const isGaussian = asked.type === "gauss" || (asked.type === "lognormal" && type === "alpha");
  const centre = nominal ?? (type === "alpha" ? 0 : undefined);
  if (isGaussian && centre !== undefined) return unitGaussian(centre);
  const problem =
    centre === undefined && isGaussian
      ? `the global observable "nom_${shorten(parameter)}" has no value in parameter_points`
      : `a constraint of this type is not possible for the parameter "${shorten(parameter)}"`;
  throw hs3Error(problem, asked.pointer, 'name a distribution with "constraint_name"');
}

/** The number a factor is, where its name spells one that no parameter point knows. */
export function literalFactor(parameter: string, values: Values): number | null {
  return values.constant(parameter) === undefined ? (literalNumber(parameter) ?? null) : null;
}
