/**
 * Names of parameters in HS3, and the constraint distributions of scalar parameters.
 *
 * @module
 */

import { cannotWrite, type MeasurementToWrite, type ModelParameter } from "./model-parameters.ts";
import type { Hs3Source } from "./types.ts";

/** Names in the document of the parameters of a model. */
export interface ParameterNames {
  readonly of: (parameter: string) => string;
  /** The global observable of a constrained parameter. */
  readonly observable: (parameter: string) => string;
  readonly all: readonly string[];
}

/** `name[i]` becomes `name_bin_i`, as RooFit counts; a document read before decides for itself. */
export function namesOf(
  parameters: readonly ModelParameter[],
  source: Hs3Source | undefined,
): ParameterNames {
  const names = new Map<string, string>();
  const owners = new Map<string, string>();
  for (const { name, set, bin } of parameters) {
    const before = source?.parameters[name];
    const written = before ?? (bin === null ? name : `${set}_bin_${bin}`);
    const owner = owners.get(written);
    if (owner !== undefined) {
      throw cannotWrite(
        `the parameters "${owner}" and "${name}", both of them "${written}" there,`,
        "rename one of the modifiers",
      );
    }
    owners.set(written, name);
    names.set(name, written);
  }
  const of = (parameter: string): string => names.get(parameter) ?? parameter;
  return {
    of,
    observable: (parameter) => `nom_${of(parameter)}`,
    all: [...names.values()],
  };
}

/** The name of the constraint of a scalar parameter. */
export function constraintName(written: string): string {
  return `${written}Constraint`;
}

/** A constraint as a text, to compare. */
export function describeConstraint({ constraint, auxdata, transform }: ModelParameter): string {
  return JSON.stringify([constraint, auxdata, transform]);
}

/** The constraint distributions of scalar parameters, and what they need. */
export interface WrittenTerms {
  readonly distributions: readonly object[];
  readonly functions: readonly object[];
  /** Constants by name, for the parameter points. */
  readonly constants: ReadonlyMap<string, number>;
  /** Constraints of normfactors: pyhs3 only knows those that the likelihood lists. */
  readonly auxiliary: readonly string[];
}

/** Writes the constraint of every scalar parameter that has one. */
export function writeTerms(
  { parameters }: MeasurementToWrite,
  names: ParameterNames,
): WrittenTerms {
  const distributions: object[] = [];
  const functions: object[] = [];
  const constants = new Map<string, number>();
  const auxiliary: string[] = [];
  for (const parameter of parameters) {
    if (parameter.transform.type !== "identity") {
      throw cannotWrite(
        `the ${parameter.transform.type === "lognormal" ? "LogNormal" : "Gamma"} constraint of "${parameter.name}"`,
        "give it a Gaussian constraint",
      );
    }
    if (parameter.bin !== null) continue;
    const written = names.of(parameter.name);
    const observable = names.observable(parameter.name);
    const name = constraintName(written);
    const { constraint, kind } = parameter;
    switch (constraint.type) {
      case "none":
        // RooFit gives every alpha a Gaussian that has no constraint of its own.
        if (kind === "alpha") distributions.push({ name, type: "uniform_dist", x: [written] });
        break;
      case "gauss":
        distributions.push({
          name,
          type: "gaussian_dist",
          x: written,
          mean: observable,
          sigma: constraint.sigma,
        });
        break;
      case "poisson": {
        const tau = `${written}_tau`;
        const mean = `${written}_poisMean`;
        constants.set(tau, constraint.tau);
        functions.push({ name: mean, type: "product", factors: [written, tau] });
        distributions.push({ name, type: "poisson_dist", x: observable, mean, integer: false });
        break;
      }
    }
    if (constraint.type !== "none" && kind !== "alpha") auxiliary.push(name);
  }
  return { distributions, functions, constants, auxiliary };
}
