/**
 * Sets of per-bin parameters: HS3 names every parameter, a workspace names the set and counts its bins.
 *
 * @module
 */

import { shorten } from "../pyhf/json-text.ts";
import { hs3Error, pointerOf } from "./document.ts";
import {
  channelName,
  type DraftChannel,
  type DraftSample,
  type PerBinDraft,
} from "./read-channel.ts";

/** One use of a per-bin set. */
export interface PerBinUse {
  readonly channel: DraftChannel;
  readonly sample: DraftSample;
  readonly draft: PerBinDraft;
}

/** The per-bin modifiers of one list of parameters. */
export interface PerBinSet {
  /** Name in the workspace; bin i is `name[i]`. */
  readonly name: string;
  readonly parameters: readonly string[];
  readonly uses: readonly PerBinUse[];
}

/** Every set of per-bin parameters, in order of first use. */
export function collectPerBinSets(
  channels: readonly DraftChannel[],
  scalars: ReadonlySet<string>,
): readonly PerBinSet[] {
  const groups = new Map<string, PerBinUse[]>();
  for (const channel of channels) {
    for (const sample of channel.samples) {
      for (const draft of sample.modifiers) {
        if (!("parameters" in draft)) continue;
        const key = JSON.stringify(draft.parameters);
        const uses = groups.get(key) ?? [];
        uses.push({ channel, sample, draft });
        groups.set(key, uses);
      }
    }
  }
  const owners = new Map<string, readonly PerBinUse[]>();
  const taken = new Set(scalars);
  return [...groups.values()].map((uses) => {
    const [{ channel, draft }] = uses as [PerBinUse, ...PerBinUse[]];
    requireAlike(uses);
    for (const parameter of draft.parameters) {
      if (owners.has(parameter) || scalars.has(parameter)) {
        throw hs3Error(
          `the parameter "${shorten(parameter)}" of ${draft.node.what} is also one of another modifier`,
          pointerOf(draft.node, "parameters"),
          "per-bin modifiers can share all their parameters or none",
        );
      }
      owners.set(parameter, uses);
    }
    const stem = commonStem(draft.parameters) ?? draft.name;
    const own = `${stem}_${channelName(channel.name)}`;
    let name = stem;
    for (let n = 2; taken.has(name); n++) name = n === 2 ? own : `${own}_${n - 1}`;
    taken.add(name);
    return { name, parameters: draft.parameters, uses };
  });
}

/** `gamma_stat_SR` of `gamma_stat_SR_bin_0`, `gamma_stat_SR_bin_1`, ...; undefined where the names do not count bins. */
function commonStem(parameters: readonly string[]): string | undefined {
  let stem: string | undefined;
  for (const [i, parameter] of parameters.entries()) {
    const [, before, first, second] =
      /^(.+?)(?:_bin_?(0|[1-9]\d*)|\[(0|[1-9]\d*)\])$/s.exec(parameter) ?? [];
    if (before === undefined || Number(first ?? second) !== i) return undefined;
    if (stem !== undefined && stem !== before) return undefined;
    stem = before;
  }
  return stem;
}

/** Modifiers with the same parameters must constrain them alike, or the parameters would have two constraints. */
function requireAlike(uses: readonly PerBinUse[]): void {
  const [first, ...others] = uses as [PerBinUse, ...PerBinUse[]];
  for (const { channel, draft } of others) {
    const { node } = draft;
    const refuse = (why: string): never => {
      throw hs3Error(
        `${node.what} shares its parameters with ${first.draft.node.what}${why}`,
        pointerOf(node, "parameters"),
        "give each modifier parameters of its own",
      );
    };
    if (draft.type !== first.draft.type) refuse(", which is of another type");
    if (draft.type === "shapefactor") continue;
    if (channel !== first.channel) refuse(" in another channel");
    if (draft.constraint !== first.draft.constraint) refuse(", which has another constraint");
    const same = draft.relative?.every((value, b) => value === first.draft.relative?.[b]);
    if (same === false) refuse(", which has other uncertainties");
  }
}

/**
 * The shortest number c with fl(c / nominal) = relative: the absolute uncertainty that the relative one was made from, in
 * all likelihood. The product alone is often an ulp off.
 */
export function absoluteUncertainty(relative: number, nominal: number): number {
  const product = relative * nominal;
  let best = product;
  for (let digits = 1; digits <= 17; digits++) {
    const candidate = Number(product.toPrecision(digits));
    if (candidate / nominal !== relative) continue;
    best = candidate;
    break;
  }
  return best;
}
