/**
 * The parts of an HS3 document by name, and the values and ranges it gives to names.
 *
 * @module
 */

import { suggestName } from "../../errors.ts";
import {
  byName,
  has,
  hs3Error,
  listOf,
  lookUp,
  numberOf,
  type ObjectNode,
  objectAt,
  objectOf,
  objectsOf,
  pointerOf,
  textOf,
} from "./document.ts";

/** An HS3 document, indexed. */
export interface Hs3Document {
  readonly root: ObjectNode;
  readonly distributions: ReadonlyMap<string, ObjectNode>;
  readonly functions: ReadonlyMap<string, ObjectNode>;
  readonly data: ReadonlyMap<string, ObjectNode>;
  readonly likelihoods: ReadonlyMap<string, ObjectNode>;
  readonly analyses: ReadonlyMap<string, ObjectNode>;
  readonly domains: ReadonlyMap<string, ObjectNode>;
  readonly points: ReadonlyMap<string, ObjectNode>;
  /** `metadata.hs3_version`. */
  readonly version: string;
}

/** The lists a document may have, and what one entry of each is called. */
export const SECTIONS = {
  distributions: "distribution",
  functions: "function",
  data: "data set",
  likelihoods: "likelihood",
  analyses: "analysis",
  domains: "domain",
  parameter_points: "parameter point",
} as const;

/** Checks the outline of a document and indexes it. */
export function indexDocument(document: unknown): Hs3Document {
  const root = objectAt(document, "", "the HS3 document");
  const section = (key: keyof typeof SECTIONS): ReadonlyMap<string, ObjectNode> =>
    byName(root, key, SECTIONS[key]);
  const version = textOf(objectOf(root, "metadata"), "hs3_version");
  if (!/^0\.[12](\.|$)/.test(version)) {
    throw hs3Error(
      `HS3 version "${version}" cannot be read`,
      "/metadata/hs3_version",
      "versions 0.1 and 0.2 can",
    );
  }
  listOf(root, "distributions");
  listOf(root, "data");
  return {
    root,
    distributions: section("distributions"),
    functions: section("functions"),
    data: section("data"),
    likelihoods: section("likelihoods"),
    analyses: section("analyses"),
    domains: section("domains"),
    points: section("parameter_points"),
    version,
  };
}

/** What a parameter point says of one parameter. */
interface PointEntry {
  readonly value: number;
  readonly constant: boolean | undefined;
  readonly range: Range;
  readonly pointer: string;
}

/** A side that is not given is undefined. */
export interface Range {
  readonly lower: number | undefined;
  readonly upper: number | undefined;
}

/** Values, constness and ranges of names. */
export interface Values {
  /** Name of the chosen set of values, or null when the document has none. */
  readonly pointName: string | null;
  /** The value of a name in the chosen set, else in `default_values`. */
  readonly start: (name: string) => number | undefined;
  /** The value of a name that is not fitted: in the chosen set, `default_values`, or any other. */
  readonly constant: (name: string) => number | undefined;
  /** Whether the sets say that a name is held, or nothing where they do not know it. */
  readonly isConstant: (name: string) => boolean | undefined;
  readonly range: (name: string) => Range;
}

const DEFAULT_POINT = "default_values";
const DEFAULT_DOMAIN = "default_domain";

/**
 * The values of an analysis.
 *
 * @param asked name of the parameter point to start from; default the analysis' own, `default_values`, the first
 */
export function readValues(
  document: Hs3Document,
  analysis: ObjectNode | undefined,
  asked: string | undefined,
): Values {
  const { points, domains } = document;
  const init = analysis !== undefined && has(analysis, "init") ? textOf(analysis, "init") : null;
  if (asked !== undefined && !points.has(asked)) {
    throw hs3Error(
      `there is no parameter point "${asked}"`,
      "/parameter_points",
      suggestName(asked, [...points.keys()]),
    );
  }
  if (asked === undefined && init !== null && analysis !== undefined) {
    lookUp(points, init, "parameter point", pointerOf(analysis, "init"));
  }
  const [first = null] = points.keys();
  const pointName = asked ?? init ?? (points.has(DEFAULT_POINT) ? DEFAULT_POINT : first);
  const sets = new Map([...points].map(([name, node]) => [name, readPoint(node)]));
  const chosen = pointName === null ? undefined : sets.get(pointName);
  const defaults = sets.get(DEFAULT_POINT);
  const inOrder = [chosen, defaults, ...sets.values()];

  const wanted = analysis !== undefined && has(analysis, "domains") ? domainNames(analysis) : [];
  const ranges = wanted.map(({ name, pointer }) =>
    readDomain(lookUp(domains, name, "domain", pointer)),
  );
  const fallback = domains.get(DEFAULT_DOMAIN);
  if (fallback !== undefined) ranges.push(readDomain(fallback));

  return {
    pointName,
    start: (name) => (chosen?.get(name) ?? defaults?.get(name))?.value,
    constant: (name) => inOrder.find((set) => set?.has(name) === true)?.get(name)?.value,
    isConstant(name) {
      const entries = [chosen?.get(name), defaults?.get(name)].filter((e) => e !== undefined);
      if (entries.length === 0) return undefined;
      return entries.find((entry) => entry.constant !== undefined)?.constant ?? false;
    },
    range(name) {
      const domain = ranges.find((axes) => axes.has(name))?.get(name);
      const point = inOrder.find((set) => set?.has(name) === true)?.get(name);
      return domain ?? point?.range ?? { lower: undefined, upper: undefined };
    },
  };
}

function domainNames(analysis: ObjectNode): { readonly name: string; readonly pointer: string }[] {
  const pointer = pointerOf(analysis, "domains");
  return listOf(analysis, "domains").map((name, i) => {
    if (typeof name === "string") return { name, pointer: `${pointer}/${i}` };
    throw hs3Error(`entry ${i} of "domains" of ${analysis.what} must be a text`, `${pointer}/${i}`);
  });
}

function readPoint(node: ObjectNode): ReadonlyMap<string, PointEntry> {
  const entries = new Map<string, PointEntry>();
  for (const entry of objectsOf(node, "parameters", "parameter")) {
    const { const: constant } = entry.value;
    if (constant !== undefined && typeof constant !== "boolean") {
      throw hs3Error(`"const" of ${entry.what} must be true or false`, pointerOf(entry, "const"));
    }
    entries.set(textOf(entry, "name"), {
      value: numberOf(entry, "value"),
      constant,
      range: readRange(entry),
      pointer: entry.pointer,
    });
  }
  return entries;
}

function readDomain(node: ObjectNode): ReadonlyMap<string, Range> {
  const type = textOf(node, "type");
  if (type !== "product_domain") {
    throw hs3Error(
      `${node.what} is of type "${type}"`,
      pointerOf(node, "type"),
      "only product_domain can be read",
    );
  }
  return new Map(
    objectsOf(node, "axes", "axis").map((axis) => [textOf(axis, "name"), readRange(axis)]),
  );
}

function readRange(node: ObjectNode): Range {
  const side = (key: string): number | undefined =>
    has(node, key) ? numberOf(node, key) : undefined;
  const range = { lower: side("min"), upper: side("max") };
  if (range.lower !== undefined && range.upper !== undefined && range.lower > range.upper) {
    throw hs3Error(
      `the range of ${node.what} is not in order ([${range.lower}, ${range.upper}])`,
      node.pointer,
      "min must be below max",
    );
  }
  return range;
}
