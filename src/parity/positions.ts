/**
 * Positions of ROOT's parameters as positions of ours, and back.
 *
 * @module
 */

import type { Parameter } from "../model/resolved-model.ts";

/** What one of our parameters is in ROOT, where its value is (ours - centre) / width. */
export interface Counterpart {
  readonly name: string;
  readonly centre: number;
  readonly width: number;
}

/** ROOT's parameters by our names. */
export type Counterparts = ReadonlyMap<string, Counterpart>;

/**
 * Counterparts of a model that was read from ROOT's files.
 *
 * @param rootNames ROOT's names by ours
 */
export function counterpartsOf(
  parameters: readonly Parameter[],
  rootNames: ReadonlyMap<string, string>,
): Counterparts {
  const out = new Map<string, Counterpart>();
  for (const { name, kind, constraint } of parameters) {
    const known = rootNames.get(name);
    if (known === undefined) continue;
    // A Gamma constraint gives ROOT's parameter another name; ours has its values too.
    const isBeta = kind === "alpha" && constraint.type === "poisson";
    const own = isBeta ? known.replace(/^alpha_/, "beta_") : known;
    out.set(name, { name: own, centre: 0, width: 1 });
  }
  return out;
}

/**
 * A position of ROOT's as one of ours; parameters that ROOT does not have stay at their start.
 *
 * @param names `[n]` ROOT's, of `values`
 */
export function toOwn(
  parameters: readonly Parameter[],
  counterparts: Counterparts,
  names: readonly string[],
  values: readonly number[],
): Float64Array {
  const byName = new Map(names.map((name, i) => [name, values[i] as number]));
  return Float64Array.from(parameters, ({ name, init }) => {
    const counterpart = counterparts.get(name);
    const value = counterpart === undefined ? undefined : byName.get(counterpart.name);
    if (counterpart === undefined || value === undefined) return init;
    return counterpart.centre + counterpart.width * value;
  });
}

/**
 * Positions of ours as the macro reads them: a line of ROOT's names, then one of values for each position.
 *
 * @param positions `[nPositions][nParameters]`
 */
export function pointsFile(
  parameters: readonly Parameter[],
  counterparts: Counterparts,
  positions: readonly ArrayLike<number>[],
): string {
  const columns = parameters.flatMap(({ name, fixed }, index) => {
    const counterpart = counterparts.get(name);
    if (counterpart === undefined) return [];
    // ROOT has what is constant where it is.
    return fixed ? [] : [{ ...counterpart, index }];
  });
  const lines = positions.map((x) =>
    columns.map(({ index, centre, width }) => ((x[index] as number) - centre) / width).join(" "),
  );
  return `${[columns.map(({ name }) => name).join(" "), ...lines].join("\n")}\n`;
}

/** Parameters that one model leaves free and the other does not have: ours by our names, ROOT's by ROOT's. */
export function unmatched(
  parameters: readonly Parameter[],
  counterparts: Counterparts,
  names: readonly string[],
  constant: readonly boolean[],
): { readonly own: readonly string[]; readonly root: readonly string[] } {
  const inRoot = new Map(names.map((name, i) => [name, constant[i] === true]));
  const used = new Set<string>();
  const own = parameters.filter(({ name, fixed }) => {
    const counterpart = counterparts.get(name);
    const isConstant = counterpart === undefined ? undefined : inRoot.get(counterpart.name);
    if (counterpart !== undefined && isConstant !== undefined) used.add(counterpart.name);
    // Free here, and absent or constant there; or the other way round.
    return isConstant === undefined ? !fixed : fixed !== isConstant;
  });
  const root = names.filter((name, i) => !used.has(name) && constant[i] !== true);
  return { own: own.map(({ name }) => name), root };
}
