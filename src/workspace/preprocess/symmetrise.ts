/**
 * Symmetrising: making the hi and lo sides of a variation mirror images about the nominal.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import { inputError } from "../checks.ts";
import type { Modifier, Workspace } from "../types.ts";
import {
  changeAt,
  compareSides,
  describePlace,
  type Place,
  type Preprocessed,
  rewriteModifiers,
  type Variation,
  type VariationChange,
  type VariationSelection,
  Warnings,
} from "./changes.ts";

/**
 * With up = hi - nominal and down = lo - nominal, in each bin, hi becomes nominal + d and lo nominal - d:
 * - `onesided`: d = up; d = -down where hi is the nominal in every bin;
 * - `twosided`: d = (up - down) / 2;
 * - `absmean`: d = (|up| + |down|) / 2 with the sign of up (of -down where up is 0);
 * - `max`: d = up or -down, whichever is larger in size (up when they are equal).
 *
 * TRExFitter's TWOSIDED and MAXIMUMKEEPSIGN; its ONESIDED mirrors the side further from the nominal when both are given,
 * its ABSMEAN has no sign, and its MAXIMUM takes down with its own sign. Signs are kept here: without them the bins of a
 * shape variation would all move the same way.
 */
export type SymmetriseMethod = "onesided" | "twosided" | "absmean" | "max";

export const SYMMETRISE_METHODS: readonly SymmetriseMethod[] = [
  "onesided",
  "twosided",
  "absmean",
  "max",
];

/** What to do where a mirrored value is negative: refuse, or put 0. */
export type NegativePolicy = "error" | "clamp";

export const NEGATIVE_POLICIES: readonly NegativePolicy[] = ["error", "clamp"];

export interface SymmetriseOptions extends VariationSelection {
  readonly method: SymmetriseMethod;
  /** Default `error`. Bins where the nominal, or that side before, is negative are left alone by both. */
  readonly policy?: NegativePolicy;
}

/**
 * Symmetrises every selected histosys and normsys (whose nominal is 1). Doing it again changes nothing, unless a value was
 * clamped: the sides are then not mirror images.
 *
 * @param workspace a checked workspace
 * @throws NextstatError `usage` for options that make no sense and names that the workspace does not have; `input` with a
 * JSON pointer where a value would become negative and the policy is `error`
 */
export function symmetriseVariations(
  workspace: Workspace,
  options: SymmetriseOptions,
): Preprocessed<VariationChange> {
  const { method, policy = "error" } = options;
  checkChoice("symmetrisation method", method, SYMMETRISE_METHODS);
  checkChoice("policy for negative values", policy, NEGATIVE_POLICIES);
  const changes: VariationChange[] = [];
  const warnings = new Warnings();
  let nConsidered = 0;
  const symmetrised = rewriteModifiers(workspace, options, (place): Modifier => {
    const { modifier } = place;
    if (modifier.type !== "histosys" && modifier.type !== "normsys") return modifier;
    nConsidered++;
    const { nominal, hi, lo } = sidesOf(modifier, place.sample.data);
    const mirrored = mirrorSides(nominal, hi, lo, method);
    const limit = (side: "hi" | "lo", before: readonly number[]) =>
      limitNegative(
        { ...place, modifier },
        { side, nominal, before, after: mirrored[side] },
        options,
      );
    const limited = { hi: limit("hi", hi), lo: limit("lo", lo) };
    for (const side of ["hi", "lo"] as const) {
      for (const b of limited[side].bins) {
        const bin = modifier.type === "histosys" ? `[${b}]` : "";
        warnings.add("negative, set to 0", `${side}${bin} of ${describePlace(place)}`);
      }
    }
    const hiChange = compareSides(nominal, hi, limited.hi.values, limited.hi.bins);
    const loChange = compareSides(nominal, lo, limited.lo.values, limited.lo.bins);
    if (hiChange === null && loChange === null) return modifier;
    changes.push(changeAt({ ...place, modifier }, hiChange, loChange));
    return withSides(
      modifier,
      hiChange === null ? hi : limited.hi.values,
      loChange === null ? lo : limited.lo.values,
    );
  });
  return {
    workspace: symmetrised,
    changes,
    nConsidered,
    warnings: warnings.texts(options, nConsidered),
  };
}

function checkChoice(what: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new NextstatError("usage", `unknown ${what} "${value}"`, {
    hint: suggestName(value, known),
  });
}

interface Sides {
  readonly hi: readonly number[];
  readonly lo: readonly number[];
}

function sidesOf(
  modifier: Variation,
  nominal: readonly number[],
): Sides & { readonly nominal: readonly number[] } {
  if (modifier.type === "normsys") {
    return { nominal: [1], hi: [modifier.data.hi], lo: [modifier.data.lo] };
  }
  return { nominal, hi: modifier.data.hi_data, lo: modifier.data.lo_data };
}

function withSides(modifier: Variation, hi: readonly number[], lo: readonly number[]): Modifier {
  if (modifier.type === "normsys") {
    return { ...modifier, data: { ...modifier.data, hi: hi[0] as number, lo: lo[0] as number } };
  }
  return { ...modifier, data: { ...modifier.data, hi_data: hi, lo_data: lo } };
}

/** Relative to nominal and difference; what is below zero by less is rounding. */
const ROUNDING = 1e-13;

/** Both sides as mirror images, negative ones included. */
function mirrorSides(
  nominal: readonly number[],
  hi: readonly number[],
  lo: readonly number[],
  method: SymmetriseMethod,
): Sides {
  const useLo = method === "onesided" && nominal.every((n, b) => hi[b] === n);
  const differences = nominal.map((n, b) => {
    const up = (hi[b] as number) - n;
    const down = (lo[b] as number) - n;
    return useLo ? -down : difference(method, up, down);
  });
  const shifted = (sign: 1 | -1): number[] =>
    nominal.map((n, b) => {
      const d = differences[b] as number;
      const value = n + sign * d;
      return Math.abs(value) <= ROUNDING * (Math.abs(n) + Math.abs(d)) ? 0 : value;
    });
  return { hi: shifted(1), lo: shifted(-1) };
}

/** The d of a bin, see {@link SymmetriseMethod}. */
function difference(method: SymmetriseMethod, up: number, down: number): number {
  switch (method) {
    case "onesided":
      return up;
    case "twosided":
      return (up - down) / 2;
    case "absmean":
      return (Math.sign(up === 0 ? -down : up) * (Math.abs(up) + Math.abs(down))) / 2;
    case "max":
      return Math.abs(up) >= Math.abs(down) ? up : -down;
  }
}

/** Applies the policy to one side; the bins it set to 0 are listed. */
function limitNegative(
  place: Place<Variation>,
  sides: {
    readonly side: "hi" | "lo";
    readonly nominal: readonly number[];
    readonly before: readonly number[];
    readonly after: readonly number[];
  },
  { method, policy }: SymmetriseOptions,
): { values: readonly number[]; bins: readonly number[] } {
  const { side, nominal, before, after } = sides;
  const bins = nominal.flatMap((n, b) =>
    (after[b] as number) < 0 && n >= 0 && (before[b] as number) >= 0 ? [b] : [],
  );
  const [first] = bins;
  if (first === undefined) return { values: after, bins };
  if (policy !== "clamp") {
    const { modifier, sample, channel, pointer } = place;
    const isHistosys = modifier.type === "histosys";
    throw inputError(
      `${method} makes ${side} of ${modifier.type} "${modifier.name}" of sample "${sample.name}" in channel "${channel.name}" negative` +
        `${isHistosys ? ` in bin ${first}` : ""} (${after[first]})`,
      isHistosys ? `${pointer}/data/${side}_data/${first}` : `${pointer}/data/${side}`,
      "choose another method, leave this variation out, or choose the policy clamp to put 0 there",
    );
  }
  return { values: after.map((value, b) => (bins.includes(b) ? 0 : value)), bins };
}
