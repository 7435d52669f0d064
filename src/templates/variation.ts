/**
 * What becomes of the templates of a systematic uncertainty: scaled, made symmetric, smoothed, split into a change of the yield
 * and one of the shape, and pruned.
 *
 * @module
 */

import { smoothRatio } from "../workspace/preprocess/smooth.ts";
import type { Modifier } from "../workspace/types.ts";
import type { Notices } from "./notices.ts";
import type { CombinedEffect, TemplateEffect } from "./plan.ts";
import { isUpFurther, type Sides, symmetrise } from "./symmetrise.ts";

/** `[bins]` events; null for a side that is not given. */
export interface GivenSides {
  readonly up: readonly number[] | null;
  readonly down: readonly number[] | null;
}

/** How an effect is smoothed, by its name in plans. */
const SMOOTHING: Readonly<Record<string, "353qh">> = { "353QH, twice": "353qh" };

/**
 * Both sides of a template effect, scaled, symmetric and smooth; null for a template without events.
 *
 * @param place for notices
 * @param nominal `[bins]` events
 * @param given the varied templates, already relative to this nominal
 */
export function prepareSides(
  place: string,
  nominal: readonly number[],
  given: GivenSides,
  effect: TemplateEffect,
  notices: Notices,
): Sides | null {
  // A negative total is one of interference: factors and shapes are relative to it just the same.
  if (sum(nominal) !== 0) return prepare(place, nominal, given, effect, notices);
  notices.add("zero-integral", place);
  return null;
}

/**
 * The modifiers of prepared sides: a normsys for the ratio of the yields, and a histosys for the shapes at the yield of the
 * nominal template. A channel with one bin has no shape.
 *
 * @param name of the modifiers
 * @param place for notices
 * @param nominal `[bins]` events, with a total
 * @param kept what pruning leaves
 */
export function sidesModifiers(
  name: string,
  place: string,
  nominal: readonly number[],
  sides: Sides,
  effect: TemplateEffect | CombinedEffect,
  kept: Kept,
  notices: Notices,
): readonly Modifier[] {
  const parts = partsOf(nominal, sides, effect);
  if (parts === null) {
    notices.add("not-normalised", place);
    const data = { hi_data: sides.up, lo_data: sides.down };
    return [{ name, type: "histosys", data }];
  }
  const { hi, lo, shapes } = parts;
  const modifiers: Modifier[] = [];
  if (effect.keepNormalisation) {
    if (kept.normalisation) modifiers.push({ name, type: "normsys", data: { hi, lo } });
    else notices.add("pruned", `normalisation of ${place}`);
  }
  if (effect.keepShape && nominal.length > 1) {
    const data = { hi_data: shapes.up, lo_data: shapes.down };
    if (kept.shape) modifiers.push({ name, type: "histosys", data });
    else notices.add("pruned", `shape of ${place}`);
  }
  return modifiers;
}

function partsOf(
  nominal: readonly number[],
  sides: Sides,
  effect: TemplateEffect | CombinedEffect,
): Parts | null {
  const isApart = effect.kind === "template" && effect.symmetrisation === "one-sided apart";
  return isApart ? splitApart(nominal, sides.up, sum(nominal)) : split(sides, sum(nominal));
}

/** The sides scaled, symmetric and smooth, in TRExFitter's order: a one-sided effect is smoothed before it is mirrored. */
function prepare(
  place: string,
  nominal: readonly number[],
  given: GivenSides,
  effect: TemplateEffect,
  notices: Notices,
): Sides {
  const { symmetrisation, smoothing, scaleUp, scaleDown } = effect;
  const scaled = {
    up: given.up === null ? null : scale(nominal, given.up, scaleUp),
    down: given.down === null ? null : scale(nominal, given.down, scaleDown),
  };
  const smooth = (side: readonly number[] | null): readonly number[] | null => {
    if (side === null || smoothing === null || nominal.length === 1) return side;
    const method = SMOOTHING[smoothing];
    if (method === undefined) throw new RangeError(`unknown smoothing ${smoothing}`);
    const { values, notes } = smoothRatio(nominal, side, { method });
    for (const note of notes) notices.add("smoothing", `${place} (${note})`);
    return values;
  };
  if (symmetrisation === "one-sided apart") {
    const up = smooth(scaled.up) ?? nominal;
    // Only looked at by the checks: both parts of the mirror image are made of the up side.
    return { up, down: nominal.map((n, b) => 2 * n - (up[b] as number)) };
  }
  const isOneSided = symmetrisation === "one-sided";
  // The side to be mirrored is chosen before it is smoothed.
  const takesUp = isUpFurther(nominal, scaled.up, scaled.down);
  const mirrored = isOneSided
    ? symmetrise(
        nominal,
        takesUp ? smooth(scaled.up) : null,
        takesUp ? null : smooth(scaled.down),
        symmetrisation,
      )
    : symmetrise(nominal, scaled.up, scaled.down, symmetrisation);
  if (mirrored.clamped.length > 0) {
    notices.add("mirrored-negative", `${place} in bins ${mirrored.clamped.join(", ")}`);
  }
  if (isOneSided) return mirrored;
  // A side that is not there stays the nominal.
  return {
    up: (symmetrisation === "none" && given.up === null ? null : smooth(mirrored.up)) ?? nominal,
    down:
      (symmetrisation === "none" && given.down === null ? null : smooth(mirrored.down)) ?? nominal,
  };
}

/** The difference to the nominal times a factor. */
function scale(
  nominal: readonly number[],
  side: readonly number[],
  factor: number,
): readonly number[] {
  if (factor === 1) return side;
  return side.map((value, b) => (value - (nominal[b] as number)) * factor + (nominal[b] as number));
}

/** A change of the yield, and the shapes at the yield of the nominal template. */
interface Parts {
  readonly hi: number;
  readonly lo: number;
  readonly shapes: Sides;
}

/** Null where a side has no total of the sign of the nominal one to be scaled. */
function split({ up, down }: Sides, total: number): Parts | null {
  const hi = sum(up) / total;
  const lo = sum(down) / total;
  if (!(hi > 0 && lo > 0)) return null;
  return { hi, lo, shapes: { up: up.map((v) => v / hi), down: down.map((v) => v / lo) } };
}

/** Yield and shape mirrored each on its own. */
function splitApart(
  nominal: readonly number[],
  up: readonly number[],
  total: number,
): Parts | null {
  const hi = sum(up) / total;
  if (!(hi > 0)) return null;
  const shape = up.map((v) => v / hi);
  const mirrored = nominal.map((n, b) => 2 * n - (shape[b] as number));
  return { hi, lo: 2 - hi, shapes: { up: shape, down: mirrored } };
}

/** Which parts of an effect are large enough. */
export interface Kept {
  readonly normalisation: boolean;
  readonly shape: boolean;
}

/** `[bins]` events that changes are compared with. */
export type PruningReference = readonly number[];

/** What pruning leaves of an effect: parts that change the reference by the threshold or more. */
export function keptParts(
  nominal: readonly number[],
  sides: Sides,
  effect: TemplateEffect | CombinedEffect,
  reference: PruningReference,
): Kept {
  const { pruning } = effect;
  const parts = partsOf(nominal, sides, effect);
  if (pruning === null || parts === null) return { normalisation: true, shape: true };
  const { hi, lo, shapes } = parts;
  const share = Math.abs(sum(nominal) / sum(reference));
  const change = Math.max(Math.abs(hi - 1), Math.abs(lo - 1)) * share;
  const largest = Math.max(
    ...[shapes.up, shapes.down].flatMap((shape) =>
      shape.map((v, b) => ratio(v - (nominal[b] as number), reference[b] as number)),
    ),
  );
  return { normalisation: change >= pruning.normalisation, shape: largest >= pruning.shape };
}

/** What is odd about a variation, as TRExFitter's checks of histograms and `nextstat audit` look at it. */
export function checkSides(
  place: string,
  nominal: readonly number[],
  { up, down }: Sides,
  notices: Notices,
): void {
  const changes = nominal.map((n, b) => [(up[b] as number) - n, (down[b] as number) - n] as const);
  const movesUp = changes.some(([plus]) => plus !== 0);
  const movesDown = changes.some(([, minus]) => minus !== 0);
  if (!movesUp && !movesDown) notices.add("no-effect", place);
  else if (!movesUp || !movesDown) notices.add("one-sided", place);
  const total = sum(nominal);
  const plus = sum(up) / total - 1;
  const minus = sum(down) / total - 1;
  if (plus * minus > 0 && Math.min(Math.abs(plus), Math.abs(minus)) >= RELEVANT) {
    notices.add("same-side", place);
  }
  for (const [side, values] of [
    ["up", up],
    ["down", down],
  ] as const) {
    if (values.some((v) => v < 0)) notices.add("negative-bins", `${place} ${side}`);
    if (values.some((v, b) => relative(v, nominal[b] as number) > 1)) {
      notices.add("huge", `${place} ${side}`);
    }
  }
}

/** Both totals changing by less in the same direction is noise. */
const RELEVANT = 0.01;

function relative(value: number, nominal: number): number {
  return ratio(value - nominal, nominal);
}

function ratio(difference: number, reference: number): number {
  return reference === 0 ? 0 : Math.abs(difference) / Math.abs(reference);
}

/** In the order of the bins, as Python's sum. */
function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
