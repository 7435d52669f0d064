/**
 * What becomes of the templates of a systematic uncertainty: scaled, made symmetric, smoothed, split into a change of the yield
 * and one of the shape, and pruned.
 *
 * @module
 */

import { smoothRatio } from "../workspace/preprocess/smooth.ts";
import type { Modifier } from "../workspace/types.ts";
import type { Notices } from "./notices.ts";
import type { TemplateEffect } from "./plan.ts";
import { type Sides, symmetrise } from "./symmetrise.ts";

/** `[bins]` events; null for a side that is not given. */
export interface GivenSides {
  readonly up: readonly number[] | null;
  readonly down: readonly number[] | null;
}

/** How an effect is smoothed, by its name in plans. */
const SMOOTHING: Readonly<Record<string, "353qh">> = { "353QH, twice": "353qh" };

/**
 * The modifiers of a template effect: a normsys for the ratio of the yields, and a histosys for the shapes at the yield of
 * the nominal template. A channel with one bin has no shape.
 *
 * @param name of the modifiers
 * @param place for notices
 * @param nominal `[bins]` events
 * @param given the varied templates, already relative to this nominal
 */
export function variationModifiers(
  name: string,
  place: string,
  nominal: readonly number[],
  given: GivenSides,
  effect: TemplateEffect,
  notices: Notices,
): readonly Modifier[] {
  const total = sum(nominal);
  // A negative total is one of interference: factors and shapes are relative to it just the same.
  if (total === 0) {
    notices.add("zero-integral", place);
    return [];
  }
  const sides = prepare(place, nominal, given, effect, notices);
  checkSides(place, nominal, sides, notices);
  const parts =
    effect.symmetrisation === "one-sided apart"
      ? splitApart(nominal, sides.up, total)
      : split(sides, total);
  if (parts === null) {
    notices.add("not-normalised", place);
    const data = { hi_data: sides.up, lo_data: sides.down };
    return [{ name, type: "histosys", data }];
  }
  return keep(name, place, nominal, parts, effect, notices);
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
  const mirrored = symmetrise(
    nominal,
    isOneSided ? smooth(scaled.up) : scaled.up,
    isOneSided ? smooth(scaled.down) : scaled.down,
    symmetrisation,
  );
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

/** The parts that are wanted and large enough. */
function keep(
  name: string,
  place: string,
  nominal: readonly number[],
  { hi, lo, shapes }: Parts,
  { keepNormalisation, keepShape, pruning }: TemplateEffect,
  notices: Notices,
): readonly Modifier[] {
  const modifiers: Modifier[] = [];
  if (keepNormalisation) {
    const largest = Math.max(Math.abs(hi - 1), Math.abs(lo - 1));
    if (pruning !== null && largest < pruning.normalisation) {
      notices.add("pruned", `normalisation of ${place}`);
    } else modifiers.push({ name, type: "normsys", data: { hi, lo } });
  }
  if (keepShape && nominal.length > 1) {
    const largest = Math.max(
      ...[shapes.up, shapes.down].flatMap((shape) =>
        shape.map((v, b) => relative(v, nominal[b] as number)),
      ),
    );
    if (pruning !== null && largest < pruning.shape) notices.add("pruned", `shape of ${place}`);
    else {
      const data = { hi_data: shapes.up, lo_data: shapes.down };
      modifiers.push({ name, type: "histosys", data });
    }
  }
  return modifiers;
}

/** What is odd about a variation, as TRExFitter's checks of histograms and `nextstat audit` look at it. */
function checkSides(
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
  return nominal === 0 ? 0 : Math.abs(value - nominal) / Math.abs(nominal);
}

/** In the order of the bins, as Python's sum. */
function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
