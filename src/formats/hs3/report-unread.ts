/**
 * What of an HS3 document was not read.
 *
 * @module
 */

import { quoteNames } from "../../workspace/names.ts";
import type { ConversionLog, Notice } from "../conversion.ts";
import { extendPointer } from "../pyhf/json-pointer.ts";
import type { ObjectNode } from "./document.ts";
import { type Hs3Document, SECTIONS, type Values } from "./index-document.ts";
import type { Likelihood } from "./likelihood.ts";
import { MODIFIER_KEYS } from "./read-channel.ts";

/** What was read. */
export interface Reading {
  readonly likelihood: Likelihood;
  readonly likelihoodNode: ObjectNode;
  readonly analyses: readonly ObjectNode[];
  readonly values: Values | undefined;
}

/** Lists what the chosen analysis does not use, and keys that mean nothing here. */
export function reportUnread(
  document: Hs3Document,
  { likelihood, likelihoodNode, analyses, values }: Reading,
  log: ConversionLog,
  notices: Notice[],
): void {
  const lose = (
    entries: ReadonlyMap<string, ObjectNode>,
    isRead: (n: ObjectNode) => boolean,
  ): void => {
    for (const node of entries.values()) {
      if (!isRead(node)) log.lost.push({ path: node.pointer, note: `${node.what}: not used` });
    }
  };
  const named = namesIn(likelihood, likelihoodNode);
  const isChosen = new Set(analyses.map(({ pointer }) => pointer));
  lose(document.analyses, ({ pointer }) => isChosen.has(pointer));
  lose(document.likelihoods, ({ pointer }) => pointer === likelihoodNode.pointer);
  lose(
    document.distributions,
    (node) => likelihood.read.has(node.pointer) || named.has(nameOf(node)),
  );
  lose(document.data, ({ pointer }) => likelihood.read.has(pointer));
  const referred = argumentsOf(document, likelihood, named);
  lose(document.functions, (node) => referred.has(nameOf(node)));
  const domains = new Set(analyses.flatMap(({ value }) => value.domains as readonly string[]));
  lose(document.domains, (node) => domains.has(nameOf(node)) || nameOf(node) === "default_domain");
  lose(document.points, (node) => nameOf(node) === values?.pointName);
  for (const node of document.points.values()) {
    if (nameOf(node) === values?.pointName) {
      log.kept.push({ path: node.pointer, note: `starting values ${nameOf(node)}` });
    }
  }
  const known = new Set([...Object.keys(SECTIONS), "metadata", "misc"]);
  const unknown = Object.keys(document.root.value)
    .filter((key) => !known.has(key))
    .map((key) => extendPointer("", key));
  for (const { channel } of likelihood.channels) {
    for (const { node } of channel.samples.flatMap(({ modifiers }) => modifiers)) {
      for (const key of Object.keys(node.value)) {
        if (!MODIFIER_KEYS.includes(key)) unknown.push(extendPointer(node.pointer, key));
      }
    }
  }
  if (unknown.length === 0) return;
  for (const path of unknown) log.lost.push({ path, note: "unknown key" });
  const shown = quoteNames(unknown.slice(0, 3));
  const more = unknown.length > 3 ? ` and ${unknown.length - 3} more` : "";
  notices.push({ message: `unknown keys are ignored: ${shown}${more}` });
}

function nameOf({ value }: ObjectNode): string {
  return String(value.name);
}

/** Names that modifiers and constraints in use refer to. */
function argumentsOf(
  { distributions }: Hs3Document,
  { channels, read }: Likelihood,
  named: ReadonlySet<string>,
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [name, { value, pointer }] of distributions) {
    if (!read.has(pointer) && !named.has(name)) continue;
    for (const argument of Object.values(value)) names.add(String(argument));
  }
  for (const { channel } of channels) {
    for (const { modifiers } of channel.samples) {
      for (const { node } of modifiers) names.add(String(node.value.name));
    }
  }
  return names;
}

/** The constraints that modifiers name. */
function namesIn(likelihood: Likelihood, likelihoodNode: ObjectNode): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { channel } of likelihood.channels) {
    for (const { modifiers } of channel.samples) {
      for (const { node } of modifiers) {
        for (const key of ["constraint_name", "constraint"]) names.add(String(node.value[key]));
      }
    }
  }
  for (const name of (likelihoodNode.value.aux_distributions ?? []) as readonly unknown[]) {
    names.add(String(name));
  }
  return names;
}
