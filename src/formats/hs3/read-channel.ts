/**
 * One `histfactory_dist` and its data -> a channel whose modifiers name the parameters of the document.
 *
 * @module
 */

import type { HistosysCode, NormsysCode } from "../../workspace/types.ts";
import { extendPointer } from "../pyhf/json-pointer.ts";
import { shorten } from "../pyhf/json-text.ts";
import { type Asked, askedConstraint } from "./constraints.ts";
import {
  has,
  hs3Error,
  numberOf,
  numbersOf,
  type ObjectNode,
  objectOf,
  objectsOf,
  optionalText,
  pointerOf,
  textOf,
  textsOf,
} from "./document.ts";
import type { Hs3Document } from "./index-document.ts";
import { statedInterpolation } from "./interpolation.ts";

/** How the parameters of a per-bin modifier are constrained; `Const` holds them. */
export type PerBinConstraint = "Gaussian" | "Poisson" | "Const";

/** A modifier that has one parameter per bin. */
export interface PerBinDraft {
  readonly type: "shapefactor" | "shapesys" | "staterror";
  readonly name: string;
  readonly node: ObjectNode;
  /** `[nBins]` */
  readonly parameters: readonly string[];
  /** `[nBins]` relative uncertainties of a shapesys; null for the others. */
  readonly relative: readonly number[] | null;
  /** Null for a shapefactor. */
  readonly constraint: PerBinConstraint | null;
  /** A staterror below this relative uncertainty is held, unless a parameter point knows better. */
  readonly threshold: number;
}

/** A modifier as the document has it. `code` is null where no interpolation is stated. */
export type DraftModifier =
  | {
      readonly type: "factor";
      readonly parameter: string;
      readonly node: ObjectNode;
      readonly asked: Asked | undefined;
    }
  | {
      readonly type: "normsys";
      readonly parameter: string;
      readonly node: ObjectNode;
      readonly asked: Asked | undefined;
      readonly hi: number;
      readonly lo: number;
      readonly code: NormsysCode | null;
    }
  | {
      readonly type: "histosys";
      readonly parameter: string;
      readonly node: ObjectNode;
      readonly asked: Asked | undefined;
      readonly hi: readonly number[];
      readonly lo: readonly number[];
      readonly code: HistosysCode | null;
    }
  | PerBinDraft;

export interface DraftSample {
  readonly name: string;
  readonly pointer: string;
  /** `[nBins]` events */
  readonly contents: readonly number[];
  /** `[nBins]` events, or null where the document has none. */
  readonly errors: readonly number[] | null;
  readonly modifiers: readonly DraftModifier[];
}

export interface DraftChannel {
  /** Name of the distribution. */
  readonly name: string;
  readonly pointer: string;
  readonly nBins: number;
  /** The axes as they are in the document. */
  readonly axes: readonly unknown[];
  readonly samples: readonly DraftSample[];
}

/** What a reader tells about parts it does not understand. */
export interface Listener {
  /** Called for a part that is left out; throws where that is not allowed. */
  readonly unsupported: (problem: string, pointer: string, hint: string) => void;
  /** Called for something the reader had to decide. */
  readonly assumed: (what: string, pointer: string) => void;
}

/** The keys of a modifier that are read; others are reported. */
export const MODIFIER_KEYS: readonly string[] = [
  "name",
  "type",
  "parameter",
  "parameters",
  "data",
  "constraint",
  "constraint_name",
  "constraint_type",
  "interpolation",
];

/** Reads a distribution of type `histfactory_dist`. */
export function readChannel(
  document: Hs3Document,
  node: ObjectNode,
  listener: Listener,
): DraftChannel {
  const name = textOf(node, "name");
  const axes = objectsOf(node, "axes", "axis");
  if (axes.length === 0) throw hs3Error(`${node.what} has no axes`, pointerOf(node, "axes"));
  const nBins = axes.reduce((product, axis) => product * countBins(axis), 1);
  const samples = objectsOf(node, "samples", "sample").map((sample) =>
    readSample(document, node, sample, nBins, listener),
  );
  if (samples.length === 0) {
    throw hs3Error(`${node.what} has no samples`, pointerOf(node, "samples"));
  }
  return { name, pointer: node.pointer, nBins, axes: axes.map(({ value }) => value), samples };
}

/** The number of bins of an axis: `nbins`, or one fewer than the `edges` (RooFit: `bounds`). */
export function countBins(axis: ObjectNode): number {
  for (const key of ["edges", "bounds"]) {
    if (!has(axis, key)) continue;
    const edges = numbersOf(axis, key);
    const rises = edges.every((edge, i) => i === 0 || edge > (edges[i - 1] as number));
    if (edges.length >= 2 && rises) return edges.length - 1;
    throw hs3Error(`the ${key} of ${axis.what} do not rise`, pointerOf(axis, key));
  }
  const nBins = numberOf(axis, "nbins");
  if (Number.isInteger(nBins) && nBins > 0) return nBins;
  throw hs3Error(
    `"nbins" of ${axis.what} must be a whole number above 0, found ${nBins}`,
    pointerOf(axis, "nbins"),
  );
}

/** A list of numbers with one entry per bin. */
export function binsOf(node: ObjectNode, key: string, nBins: number): readonly number[] {
  const values = numbersOf(node, key);
  if (values.length === nBins) return values;
  throw hs3Error(
    `"${key}" of ${node.what} has ${values.length} entries for ${nBins} bins`,
    pointerOf(node, key),
    "give one number per bin",
  );
}

function readSample(
  document: Hs3Document,
  channel: ObjectNode,
  node: ObjectNode,
  nBins: number,
  listener: Listener,
): DraftSample {
  const name = textOf(node, "name");
  const data = { ...objectOf(node, "data"), what: node.what };
  const contents = binsOf(data, "contents", nBins);
  const errors = has(data, "errors") ? binsOf(data, "errors", nBins) : null;
  const modifiers = has(node, "modifiers") ? objectsOf(node, "modifiers", "modifier") : [];
  return {
    name,
    pointer: node.pointer,
    contents,
    errors,
    modifiers: modifiers.flatMap((modifier) =>
      readModifier({ document, channel, nBins, listener }, modifier, `${node.what}`),
    ),
  };
}

interface ChannelContext {
  readonly document: Hs3Document;
  readonly channel: ObjectNode;
  readonly nBins: number;
  readonly listener: Listener;
}

function readModifier(
  context: ChannelContext,
  modifier: ObjectNode,
  where: string,
): readonly DraftModifier[] {
  const { document, channel, listener } = context;
  const type = textOf(modifier, "type");
  const node = {
    ...modifier,
    what: `${type} ${modifier.what.replace(/^modifier /, "")} of ${where}`,
  };
  const asked = (): Asked | undefined => askedConstraint(document, node);
  switch (type) {
    case "normfactor":
    case "lumi":
      return [{ type: "factor", parameter: factorName(node, listener), node, asked: asked() }];
    case "normsys": {
      const data = { ...objectOf(node, "data"), what: node.what };
      return [
        {
          type,
          parameter: alphaName(node),
          node,
          asked: asked(),
          hi: numberOf(data, "hi"),
          lo: numberOf(data, "lo"),
          code: statedInterpolation("normsys", node, channel) ?? null,
        },
      ];
    }
    case "histosys": {
      const data = { ...objectOf(node, "data"), what: node.what };
      const side = (key: string): readonly number[] =>
        binsOf(
          { ...objectOf(data, key), what: `"${key}" of ${node.what}` },
          "contents",
          context.nBins,
        );
      return [
        {
          type,
          parameter: alphaName(node),
          node,
          asked: asked(),
          hi: side("hi"),
          lo: side("lo"),
          code: statedInterpolation("histosys", node, channel) ?? null,
        },
      ];
    }
    case "shapefactor":
    case "shapesys":
    case "staterror":
      return [readPerBin(type, context, node)];
    case "custom":
      return readCustom(document, node, listener);
    default:
      listener.unsupported(
        `the type "${shorten(type)}" of ${modifier.what} of ${where} is unknown`,
        pointerOf(modifier, "type"),
        "known are normfactor, normsys, histosys, shapesys, shapefactor, staterror and custom",
      );
      return [];
  }
}

/** RooFit takes the name of a normfactor for its parameter, the standard `parameter`. */
function factorName(node: ObjectNode, listener: Listener): string {
  const name = optionalText(node, "name");
  const parameter = optionalText(node, "parameter") ?? name;
  if (parameter === undefined) return textOf(node, "parameter");
  if (name !== undefined && name !== parameter) {
    listener.assumed(
      `the parameter of ${node.what} is "${shorten(parameter)}"; ROOT 6.40 reads its name instead`,
      pointerOf(node, "parameter"),
    );
  }
  return parameter;
}

function alphaName(node: ObjectNode): string {
  return optionalText(node, "parameter") ?? `alpha_${textOf(node, "name")}`;
}

/** A product of parameters is as many normfactors; anything else is a formula. */
function readCustom(
  document: Hs3Document,
  node: ObjectNode,
  listener: Listener,
): readonly DraftModifier[] {
  const name = textOf(node, "name");
  const definition = document.functions.get(name);
  if (definition?.value.type === "product") {
    const factors = textsOf(definition, "factors");
    if (factors.every((factor) => !document.functions.has(factor))) {
      return factors.map((parameter) => ({ type: "factor", parameter, node, asked: undefined }));
    }
  }
  const type = definition?.value.type;
  const ofType =
    typeof type === "string" ? `a function of type "${type}"` : "a function of no type";
  const found = definition === undefined ? "no function defines it" : ofType;
  listener.unsupported(
    `${node.what} cannot be read: ${found}`,
    node.pointer,
    "only products of parameters can be read as a custom modifier",
  );
  return [];
}

function readPerBin(
  type: PerBinDraft["type"],
  { document, channel, nBins, listener }: ChannelContext,
  node: ObjectNode,
): PerBinDraft {
  const name = optionalText(node, "name") ?? type;
  const stem = type === "staterror" ? `stat_${channelName(textOf(channel, "name"))}` : name;
  const parameters = has(node, "parameters")
    ? textsOf(node, "parameters")
    : Array.from({ length: nBins }, (_, i) => `gamma_${stem}_bin_${i}`);
  if (parameters.length !== nBins) {
    throw hs3Error(
      `"parameters" of ${node.what} has ${parameters.length} entries for ${nBins} bins`,
      pointerOf(node, "parameters"),
      "give one parameter per bin",
    );
  }
  const twice = parameters.findIndex((parameter, i) => parameters.indexOf(parameter) !== i);
  if (twice >= 0) {
    throw hs3Error(
      `${node.what} has the parameter "${shorten(parameters[twice] as string)}" in two bins`,
      extendPointer(pointerOf(node, "parameters"), twice),
      "bins that share a parameter cannot be read",
    );
  }
  const draft = { type, name, node, parameters, relative: null, constraint: null, threshold: 0 };
  if (type === "shapefactor") return draft;
  if (has(node, "constraints")) {
    throw hs3Error(
      `${node.what} names a constraint for each bin`,
      pointerOf(node, "constraints"),
      'only one "constraint_type" for all bins can be read',
    );
  }
  const block = has(channel, "staterror") ? objectOf(channel, "staterror") : undefined;
  const constraint =
    perBinConstraint(document, node) ??
    (type === "staterror" && block !== undefined ? perBinConstraint(document, block) : undefined);
  const fallback = type === "staterror" ? "Poisson" : "Gaussian";
  if (constraint === undefined) {
    listener.assumed(
      `${node.what} states no constraint: ${fallback}, as ROOT reads it`,
      node.pointer,
    );
  }
  const isOwn = type === "staterror" && constraint === "Gaussian" && block === undefined;
  if (isOwn) {
    listener.assumed(
      `${node.what} is Gaussian; ROOT 6.40, which looks for "staterror" in the channel, reads Poisson`,
      node.pointer,
    );
  }
  const decided = { ...draft, constraint: constraint ?? fallback } as const;
  if (type === "staterror") {
    const threshold =
      block !== undefined && has(block, "relThreshold") ? numberOf(block, "relThreshold") : 0;
    return { ...decided, threshold };
  }
  const data = { ...objectOf(node, "data"), what: node.what };
  const relative = binsOf(data, "vals", nBins);
  const negative = relative.findIndex((value) => value < 0);
  if (negative >= 0) {
    throw hs3Error(
      `"vals" of ${node.what} is negative in bin ${negative} (${relative[negative]})`,
      extendPointer(extendPointer(data.pointer, "vals"), negative),
      "relative uncertainties are 0 or more",
    );
  }
  return { ...decided, relative };
}

function perBinConstraint(document: Hs3Document, node: ObjectNode): PerBinConstraint | undefined {
  const asked = askedConstraint(document, node);
  if (asked === undefined) return undefined;
  const type = asked.by === "type" ? asked.type : "distribution";
  switch (type) {
    case "gauss":
      return "Gaussian";
    case "poisson":
      return "Poisson";
    case "const":
      return "Const";
    default:
      throw hs3Error(
        `the constraint of ${node.what} cannot be read`,
        asked.by === "type" ? asked.pointer : node.pointer,
        "per-bin parameters take Gauss, Poisson or Const",
      );
  }
}

/** RooFit calls the distribution of channel SR `model_SR`. */
export function channelName(distribution: string): string {
  return /^model_./.test(distribution) ? distribution.slice("model_".length) : distribution;
}
