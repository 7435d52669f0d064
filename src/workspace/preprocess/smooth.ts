/**
 * Smoothing of histosys templates by their ratio to the nominal.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import { isUsable } from "../checks.ts";
import type { Modifier, Workspace } from "../types.ts";
import {
  changeAt,
  compareSides,
  describePlace,
  type Place,
  type Preprocessed,
  rewriteModifiers,
  type SideChange,
  sum,
  type VariationChange,
  type VariationSelection,
  Warnings,
} from "./changes.ts";
import { MIN_BINS, smooth353qhTwice, smoothGaussian } from "./kernels.ts";

/** `353qh`: running medians and means, applied twice; `gaussian`: means with Gaussian weights. */
export type SmoothMethod = "353qh" | "gaussian";

export interface SmoothOptions extends VariationSelection {
  /** Default `353qh`. */
  readonly method?: SmoothMethod;
  /** Width of the Gaussian kernel in bins. Default 1.5; only with `gaussian`. */
  readonly sigma?: number;
  /** Largest |variation - nominal| / |nominal| of a bin afterwards. Default: none. */
  readonly maxVariation?: number;
  /** No bin may vary more, relative to its nominal, than the most varied bin of that side did before. Default false. */
  readonly capOriginal?: boolean;
}

export const SMOOTH_METHODS: readonly SmoothMethod[] = ["353qh", "gaussian"];

const DEFAULT_SIGMA = 1.5;

/** Rescaling beyond this factor, or its inverse, is worth a warning. */
const LARGE_RESCALING = 2;

/** Relative; what exceeds a cap by less is rounding. */
const CAP_SLACK = 1e-12;

/**
 * Smooths each side of every selected histosys: the ratio variation / nominal is smoothed, multiplied back, set to 0 where
 * it became negative although no bin of the side was, and scaled so that the side keeps its integral; then capped, which
 * can change the integral. Bins with a nominal of 0 have no ratio: they are skipped and keep their value. Sides with fewer
 * than three other bins are not smoothed, with a warning.
 *
 * @param workspace a checked workspace
 * @throws NextstatError `usage` for options that make no sense and names that the workspace does not have
 */
export function smoothHistosys(
  workspace: Workspace,
  options: SmoothOptions = {},
): Preprocessed<VariationChange> {
  const settings = checkOptions(options);
  const changes: VariationChange[] = [];
  const warnings = new Warnings();
  let nConsidered = 0;
  const smoothed = rewriteModifiers(workspace, options, (place): Modifier => {
    const { modifier, sample } = place;
    if (modifier.type !== "histosys") return modifier;
    nConsidered++;
    const hi = smoothSide(sample.data, modifier.data.hi_data, settings);
    const lo = smoothSide(sample.data, modifier.data.lo_data, settings);
    reportNotes(place, hi, lo, warnings);
    if (hi.change === null && lo.change === null) return modifier;
    changes.push(changeAt({ ...place, modifier }, hi.change, lo.change));
    return { ...modifier, data: { ...modifier.data, hi_data: hi.values, lo_data: lo.values } };
  });
  return {
    workspace: smoothed,
    changes,
    nConsidered,
    warnings: warnings.texts(options, nConsidered),
  };
}

type Settings = Required<Pick<SmoothOptions, "method" | "sigma" | "maxVariation" | "capOriginal">>;

function checkOptions(options: SmoothOptions): Settings {
  const { method = "353qh", sigma, maxVariation, capOriginal = false } = options;
  if (!SMOOTH_METHODS.includes(method)) {
    throw new NextstatError("usage", `unknown smoothing method "${method}"`, {
      hint: suggestName(method, SMOOTH_METHODS),
    });
  }
  if (sigma !== undefined && method !== "gaussian") {
    throw new NextstatError("usage", `a width (sigma) has no meaning for the method ${method}`, {
      hint: "leave it out, or choose the method gaussian",
    });
  }
  requirePositive("the width (sigma) of the Gaussian kernel", sigma, "give a number of bins");
  requirePositive("the largest variation", maxVariation, "give a fraction, e.g. 0.5 for 50 %");
  return {
    method,
    sigma: sigma ?? DEFAULT_SIGMA,
    maxVariation: maxVariation ?? Number.POSITIVE_INFINITY,
    capOriginal,
  };
}

function requirePositive(what: string, value: number | undefined, hint: string): void {
  if (value === undefined || (Number.isFinite(value) && value > 0)) return;
  throw new NextstatError("usage", `${what} must be above 0, found ${value}`, { hint });
}

/** A side after smoothing; `values` are the original ones where `change` is null. */
interface SmoothedSide {
  readonly values: readonly number[];
  readonly change: SideChange | null;
  /** What to warn about, to be followed by the place. */
  readonly notes: readonly string[];
}

function smoothSide(
  nominal: readonly number[],
  side: readonly number[],
  settings: Settings,
): SmoothedSide {
  const { values, notes } = smoothRatio(nominal, side, settings);
  const limitedBins = cap(nominal, side, values, settings);
  const change = compareSides(nominal, side, values, limitedBins);
  return { values: change === null ? side : values, change, notes };
}

/**
 * The side with its ratio to the nominal smoothed and its integral kept; as it was where that is not possible.
 *
 * @param side `[nBins]` events
 * @param how `sigma` has a meaning for `gaussian` only
 * @returns `notes`: what to warn about, to be followed by the place
 */
export function smoothRatio(
  nominal: readonly number[],
  side: readonly number[],
  { method, sigma = DEFAULT_SIGMA }: Pick<SmoothOptions, "method" | "sigma">,
): { values: number[]; notes: readonly string[] } {
  const bins = nominal.flatMap((value, b) => (value === 0 ? [] : [b]));
  const refuse = (note: string) => ({ values: [...side], notes: [note] });
  if (bins.length < MIN_BINS) {
    return refuse(`not smoothed, fewer than ${MIN_BINS} bins with a nominal other than 0`);
  }
  const valueIn = (values: readonly number[], b: number): number => values[b] as number;
  const ratio = bins.map((b) => valueIn(side, b) / valueIn(nominal, b));
  if (!ratio.every(isUsable)) {
    return refuse("not smoothed, the ratio to the nominal of some bin is beyond all measure");
  }
  const smoothRatios =
    method === "gaussian" ? smoothGaussian(ratio, bins, sigma) : smooth353qhTwice(ratio);
  const mayBeNegative = bins.some((b) => valueIn(side, b) < 0);
  const product = bins.map((b, i) => {
    const value = valueIn(smoothRatios, i) * valueIn(nominal, b);
    return mayBeNegative ? value : Math.max(value, 0);
  });
  const before = sum(bins.map((b) => valueIn(side, b)));
  const after = sum(product);
  const scale = before === after ? 1 : before / after;
  if (!(scale > 0 && product.every((value) => isUsable(value * scale)))) {
    return refuse("not smoothed, no scale would give the smooth side its integral back");
  }
  const values = [...side];
  for (const [i, b] of bins.entries()) values[b] = valueIn(product, i) * scale;
  const isLarge = scale > LARGE_RESCALING || scale < 1 / LARGE_RESCALING;
  const notes = isLarge
    ? [`rescaled by more than a factor ${LARGE_RESCALING} to keep the integral`]
    : [];
  return { values, notes };
}

/**
 * Moves values towards the nominal where they vary more than allowed, in place.
 *
 * @returns the bins moved
 */
function cap(
  nominal: readonly number[],
  original: readonly number[],
  values: number[],
  { maxVariation, capOriginal }: Settings,
): number[] {
  const relative = (value: number, n: number): number =>
    n === 0 ? 0 : Math.abs(value - n) / Math.abs(n);
  const largest = original.reduce((max, v, b) => Math.max(max, relative(v, nominal[b] ?? 0)), 0);
  const limit = capOriginal ? Math.min(maxVariation, largest) : maxVariation;
  const moved: number[] = [];
  for (const [b, n] of nominal.entries()) {
    const value = values[b] ?? 0;
    if (!(relative(value, n) > limit * (1 + CAP_SLACK))) continue;
    values[b] = n + Math.sign(value - n) * limit * Math.abs(n);
    moved.push(b);
  }
  return moved;
}

/** Warns about each note once for a modifier, whichever sides it is about. */
function reportNotes(place: Place, hi: SmoothedSide, lo: SmoothedSide, warnings: Warnings): void {
  for (const note of new Set([...hi.notes, ...lo.notes])) {
    const [onHi, onLo] = [hi.notes.includes(note), lo.notes.includes(note)];
    const side = onHi && onLo ? "" : onHi ? " (hi)" : " (lo)";
    warnings.add(note, `${describePlace(place)}${side}`);
  }
}
