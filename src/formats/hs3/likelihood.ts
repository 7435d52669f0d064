/**
 * A likelihood of HS3: which distribution goes with which data, channels and constraint terms told apart.
 *
 * @module
 */

import { extendPointer } from "../pyhf/json-pointer.ts";
import { describeValue, shorten } from "../pyhf/json-text.ts";
import { isTermType } from "./constraints.ts";
import {
  has,
  hs3Error,
  listOf,
  lookUp,
  type ObjectNode,
  objectsOf,
  pointerOf,
  textOf,
  textsOf,
} from "./document.ts";
import type { Hs3Document } from "./index-document.ts";
import {
  binsOf,
  countBins,
  type DraftChannel,
  type Listener,
  readChannel,
} from "./read-channel.ts";

/** A channel and what was observed in it. */
export interface ObservedChannel {
  readonly channel: DraftChannel;
  /** Name of the data set. */
  readonly dataName: string;
  readonly dataPointer: string;
  /** `[nBins]` events */
  readonly observed: readonly number[];
}

/** A distribution that is a constraint term, and its observation where the likelihood gives one. */
export interface ListedTerm {
  readonly node: ObjectNode;
  readonly observed: number | undefined;
}

export interface Likelihood {
  readonly channels: readonly ObservedChannel[];
  /** Constraint terms that the likelihood lists itself, beside those of modifiers. */
  readonly terms: readonly ListedTerm[];
  /** Pointers of the distributions and data sets that were read. */
  readonly read: ReadonlySet<string>;
}

/** Reads a likelihood: its channels, and the constraint terms it lists. */
export function readLikelihood(
  document: Hs3Document,
  node: ObjectNode,
  listener: Listener,
): Likelihood {
  const channels: ObservedChannel[] = [];
  const terms: ListedTerm[] = [];
  const read = new Set<string>();
  const names = textsOf(node, "distributions");
  const data = listOf(node, "data");
  if (names.length !== data.length) {
    throw hs3Error(
      `${node.what} has ${names.length} distributions and ${data.length} data sets`,
      pointerOf(node, "data"),
      "give one data set per distribution",
    );
  }
  const visit = (name: string, pointer: string, datum: unknown, dataPointer: string): void => {
    const distribution = lookUp(document.distributions, name, "distribution", pointer);
    const type = textOf(distribution, "type");
    if (read.has(distribution.pointer)) {
      // Channels of a product may share a constraint, which counts once.
      if (type !== "histfactory_dist") return;
      throw hs3Error(`${distribution.what} is in ${node.what} twice`, pointer, "list it once");
    }
    read.add(distribution.pointer);
    if (type === "product_dist") {
      textsOf(distribution, "factors").forEach((factor, i) => {
        visit(factor, extendPointer(pointerOf(distribution, "factors"), i), datum, dataPointer);
      });
    } else if (type === "histfactory_dist") {
      const channel = readChannel(document, distribution, listener);
      const observation = readData(document, datum, dataPointer, channel);
      read.add(observation.dataPointer);
      channels.push({ channel, ...observation });
    } else if (isTermType(type)) {
      terms.push({
        node: distribution,
        observed: typeof datum === "number" && Number.isFinite(datum) ? datum : undefined,
      });
    } else {
      throw hs3Error(
        `${distribution.what} of type "${shorten(type)}" cannot be read`,
        pointerOf(distribution, "type"),
        "only binned channels (histfactory_dist) and their constraints can",
      );
    }
  };
  names.forEach((name, i) => {
    const pointer = extendPointer(pointerOf(node, "distributions"), i);
    visit(name, pointer, data[i], extendPointer(pointerOf(node, "data"), i));
  });
  if (has(node, "aux_distributions")) {
    const at = pointerOf(node, "aux_distributions");
    textsOf(node, "aux_distributions").forEach((name, i) => {
      visit(name, extendPointer(at, i), undefined, extendPointer(at, i));
    });
  }
  if (channels.length === 0) {
    throw hs3Error(`${node.what} has no binned channel (histfactory_dist)`, node.pointer);
  }
  return { channels, terms, read };
}

function readData(
  document: Hs3Document,
  datum: unknown,
  pointer: string,
  channel: DraftChannel,
): Omit<ObservedChannel, "channel"> {
  if (typeof datum !== "string") {
    throw hs3Error(
      `the data of a channel must be the name of a data set, found ${describeValue(datum)}`,
      pointer,
    );
  }
  const node = lookUp(document.data, datum, "data set", pointer);
  const type = textOf(node, "type");
  if (type !== "binned") {
    throw hs3Error(
      `${node.what} is of type "${shorten(type)}"`,
      pointerOf(node, "type"),
      "only binned data can be read",
    );
  }
  if (has(node, "axes")) {
    const bins = objectsOf(node, "axes", "axis").reduce((n, axis) => n * countBins(axis), 1);
    if (bins !== channel.nBins) {
      throw hs3Error(
        `the axes of ${node.what} have ${bins} bins, those of its channel "${shorten(channel.name)}" ${channel.nBins}`,
        pointerOf(node, "axes"),
      );
    }
  }
  const observed = binsOf(node, "contents", channel.nBins);
  return { dataName: datum, dataPointer: node.pointer, observed };
}
