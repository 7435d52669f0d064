/**
 * What the operations on systematic variations share: which modifiers they work on, what they report, and rebuilding a
 * workspace around the modifiers they replace.
 *
 * @module
 */

import { modifierUses, requireKnown, sampleNames } from "../names.ts";
import type { Channel, Modifier, Sample, Workspace } from "../types.ts";

/** Restricts an operation; a list that is not given restricts nothing. */
export interface VariationSelection {
  /** Names of channels. */
  readonly channels?: readonly string[];
  /** Names of samples, in every channel chosen. */
  readonly samples?: readonly string[];
  /** Names of modifiers, on every sample chosen. */
  readonly modifiers?: readonly string[];
}

/** How one side of a variation changed. */
export interface SideChange {
  /**
   * Largest |after - before| of a bin relative to its nominal, over bins where the nominal is not 0; for a normsys the
   * change of the factor.
   */
  readonly largestChange: number;
  /** Sum over all bins in events; the factor of a normsys. */
  readonly integralBefore: number;
  readonly integralAfter: number;
  /** Bins whose value is that of a cap or a clamp; `[0]` for a normsys. */
  readonly limitedBins: readonly number[];
}

/** A modifier that an operation changed; a side that stayed as it was is null. */
export interface VariationChange {
  readonly channel: string;
  readonly sample: string;
  readonly modifier: string;
  readonly type: "histosys" | "normsys";
  readonly hi: SideChange | null;
  readonly lo: SideChange | null;
}

/** What an operation returns: a new workspace, the input being untouched, and what is different in it. */
export interface Preprocessed<Change> {
  readonly workspace: Workspace;
  /** In file order; modifiers that stayed as they were are not listed. */
  readonly changes: readonly Change[];
  /** How many modifiers the operation looked at. */
  readonly nConsidered: number;
  /** What was not done although asked for, and what it did that may surprise. */
  readonly warnings: readonly string[];
}

/** A modifier and where it is. */
export interface Place<M extends Modifier = Modifier> {
  readonly modifier: M;
  readonly sample: Sample;
  readonly channel: Channel;
  /** RFC 6901 pointer of the modifier. */
  readonly pointer: string;
}

export type Variation = Extract<Modifier, { readonly type: "histosys" | "normsys" }>;

/**
 * The workspace with modifiers replaced or dropped; everything else is the same object as before.
 *
 * @param rewrite what to put in a modifier's place: the modifier itself to keep it, null to drop it
 * @throws NextstatError `usage` for a selected name that the workspace does not have
 */
export function rewriteModifiers(
  workspace: Workspace,
  selection: VariationSelection,
  rewrite: (place: Place) => Modifier | null,
): Workspace {
  checkSelection(workspace, selection);
  const selects = (names: readonly string[] | undefined, name: string): boolean =>
    names === undefined || names.includes(name);
  const channels = workspace.channels.map((channel, c) => {
    if (!selects(selection.channels, channel.name)) return channel;
    const samples = channel.samples.map((sample, s) => {
      if (!selects(selection.samples, sample.name)) return sample;
      const modifiers = sample.modifiers.flatMap((modifier, m) => {
        if (!selects(selection.modifiers, modifier.name)) return [modifier];
        const pointer = `/channels/${c}/samples/${s}/modifiers/${m}`;
        return rewrite({ modifier, sample, channel, pointer }) ?? [];
      });
      return { ...sample, modifiers };
    });
    return { ...channel, samples };
  });
  return { ...workspace, channels };
}

function checkSelection(workspace: Workspace, selection: VariationSelection): void {
  const { channels = [], samples = [], modifiers = [] } = selection;
  requireKnown(
    channels,
    "channel",
    workspace.channels.map((channel) => channel.name),
  );
  requireKnown(samples, "sample", sampleNames(workspace));
  requireKnown(modifiers, "modifier", modifierUses(workspace).keys());
}

/** `jes on SR/ttbar`. */
export function describePlace({ modifier, sample, channel }: Place): string {
  return `${modifier.name} on ${channel.name}/${sample.name}`;
}

/** The record of a change, with the names of its place. */
export function changeAt(
  { modifier, sample, channel }: Place<Variation>,
  hi: SideChange | null,
  lo: SideChange | null,
): VariationChange {
  const { name, type } = modifier;
  return { channel: channel.name, sample: sample.name, modifier: name, type, hi, lo };
}

/** Relative to the larger of value and nominal; a difference below it is rounding. */
const ROUNDING = 1e-13;

/**
 * What is different between two templates.
 *
 * @param nominal `[nBins]`
 * @param limitedBins bins whose value is that of a cap or a clamp
 * @returns null where they differ by rounding only
 */
export function compareSides(
  nominal: readonly number[],
  before: readonly number[],
  after: readonly number[],
  limitedBins: readonly number[],
): SideChange | null {
  let differs = false;
  let largestChange = 0;
  for (const [b, n] of nominal.entries()) {
    const old = before[b] ?? 0;
    const change = Math.abs((after[b] ?? 0) - old);
    differs ||= change > ROUNDING * Math.max(Math.abs(old), Math.abs(n));
    if (n !== 0) largestChange = Math.max(largestChange, change / Math.abs(n));
  }
  if (!differs) return null;
  return { largestChange, integralBefore: sum(before), integralAfter: sum(after), limitedBins };
}

/** Sum in order. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Places named in a warning. */
const EXAMPLES = 3;

/** Collects warnings of one kind into one text with a count and the first places, however many there are. */
export class Warnings {
  readonly #places = new Map<string, string[]>();

  /** @param text what holds for the place, to be read after a count: `variations were ...` */
  add(text: string, place: string): void {
    const places = this.#places.get(text);
    if (places === undefined) this.#places.set(text, [place]);
    else places.push(place);
  }

  /** One text for each kind; and one when names were given that leave nothing to do. */
  texts(selection: VariationSelection, nConsidered: number): string[] {
    const { channels, samples, modifiers } = selection;
    const isRestricted = [channels, samples, modifiers].some((names) => names !== undefined);
    if (isRestricted && nConsidered === 0) return ["the names given leave nothing to do"];
    return [...this.#places].map(([text, places]) => {
      const shown = places.slice(0, EXAMPLES).join(", ");
      const rest = places.length > EXAMPLES ? ` and ${places.length - EXAMPLES} more` : "";
      return `${text}: ${shown}${rest}`;
    });
  }
}
