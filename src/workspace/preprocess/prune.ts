/**
 * Pruning: dropping systematic variations that do next to nothing.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import { modifierUses } from "../names.ts";
import type { HistosysData, Measurement, Workspace } from "../types.ts";
import {
  describePlace,
  type Preprocessed,
  rewriteModifiers,
  sum,
  type Variation,
  type VariationSelection,
  Warnings,
} from "./changes.ts";

/**
 * What counts as the effect of a variation: `overall`, the largest relative change of a bin; `norm`, the relative change of
 * the integral; `shape`, the largest relative change of a bin when the integral is scaled back.
 */
export type PruneMode = "overall" | "norm" | "shape";

export const PRUNE_MODES: readonly PruneMode[] = ["overall", "norm", "shape"];

export interface PruneSystematicsOptions extends VariationSelection {
  /** Variations whose effect is below it go. Default 0.005. */
  readonly threshold?: number;
  /** Default `overall`. */
  readonly mode?: PruneMode;
}

/** A modifier that was removed. */
export interface PrunedModifier {
  readonly channel: string;
  readonly sample: string;
  readonly modifier: string;
  readonly type: "histosys" | "normsys";
  /** The larger of both sides, relative to the nominal, as the mode measures it. */
  readonly maxEffect: number;
}

export interface Pruned extends Preprocessed<PrunedModifier> {
  /** Parameters that no modifier is left of; their settings in the measurements are gone too. */
  readonly removedParameters: readonly string[];
}

export const DEFAULT_THRESHOLD = 0.005;

/**
 * Removes the histosys and normsys whose effect is below the threshold on both sides, decided for each on its own. One
 * without any effect goes whatever the threshold. Other types stay, and so does what a measurement has as parameter of
 * interest.
 *
 * A relative effect needs something it is relative to: only bins with a positive nominal count, for `norm` and `shape` only
 * positive integrals; a variation that has none stays. A normsys has no shape, so that `shape` leaves it.
 *
 * @param workspace a checked workspace
 * @throws NextstatError `usage` for options that make no sense and names that the workspace does not have
 */
export function pruneVariations(
  workspace: Workspace,
  options: PruneSystematicsOptions = {},
): Pruned {
  const { threshold = DEFAULT_THRESHOLD, mode = "overall" } = options;
  checkOptions(threshold, mode);
  const pois = new Set(workspace.measurements.map((measurement) => measurement.config.poi));
  const changes: PrunedModifier[] = [];
  const warnings = new Warnings();
  let nConsidered = 0;
  const pruned = rewriteModifiers(workspace, options, (place) => {
    const { modifier, sample, channel } = place;
    if (modifier.type !== "histosys" && modifier.type !== "normsys") return modifier;
    nConsidered++;
    const trivial = isTrivial(modifier, sample.data);
    const maxEffect = trivial ? 0 : effect(modifier, sample.data, mode);
    if (maxEffect === null || !(trivial || isBelow(maxEffect, threshold))) return modifier;
    const where = describePlace(place);
    if (pois.has(modifier.name)) {
      warnings.add("kept, as it is a parameter of interest", where);
      return modifier;
    }
    const overall = effect(modifier, sample.data, "overall") ?? 0;
    if (!(trivial || isBelow(overall, threshold))) {
      warnings.add(`removed by mode ${mode} although bins change by the threshold or more`, where);
    }
    if (modifier.type === "histosys" && variesEmptyBins(modifier.data, sample.data)) {
      warnings.add("removed although it varies bins whose nominal is not positive", where);
    }
    const names = { channel: channel.name, sample: sample.name, modifier: modifier.name };
    changes.push({ ...names, type: modifier.type, maxEffect });
    return null;
  });
  const left = modifierUses(pruned);
  const gone = new Set(changes.map((c) => c.modifier).filter((name) => !left.has(name)));
  const measurements = workspace.measurements.map((m) => withoutSettings(m, gone));
  return {
    workspace: { ...pruned, measurements },
    changes,
    removedParameters: [...gone],
    nConsidered,
    warnings: warnings.texts(options, nConsidered),
  };
}

/** Relative; hi = 1.005 has the effect 0.00499999999999989. */
const ROUNDING = 1e-12;

/** Whether an effect is below the threshold by more than rounding. */
function isBelow(effect: number, threshold: number): boolean {
  return effect < threshold * (1 - ROUNDING);
}

function checkOptions(threshold: number, mode: PruneMode): void {
  if (!(Number.isFinite(threshold) && threshold >= 0)) {
    throw new NextstatError("usage", `the threshold must be 0 or more, found ${threshold}`, {
      hint: "give a fraction, e.g. 0.005 for 0.5 %",
    });
  }
  if (!PRUNE_MODES.includes(mode)) {
    throw new NextstatError("usage", `unknown pruning mode "${mode}"`, {
      hint: suggestName(mode, PRUNE_MODES),
    });
  }
}

/** Whether a variation is its nominal in every bin, empty ones included. */
function isTrivial(modifier: Variation, nominal: readonly number[]): boolean {
  if (modifier.type === "normsys") return modifier.data.hi === 1 && modifier.data.lo === 1;
  const { hi_data: hi, lo_data: lo } = modifier.data;
  return nominal.every((n, b) => hi[b] === n && lo[b] === n);
}

/** The larger effect of both sides, or null where the mode has none to measure. */
function effect(modifier: Variation, nominal: readonly number[], mode: PruneMode): number | null {
  if (modifier.type === "normsys") {
    const { hi, lo } = modifier.data;
    return mode === "shape" ? null : Math.max(Math.abs(hi - 1), Math.abs(lo - 1));
  }
  const sides = [modifier.data.hi_data, modifier.data.lo_data];
  if (mode === "overall") return largestChange(sides, nominal);
  const total = sum(nominal);
  if (!(total > 0)) return null;
  if (mode === "norm") {
    return Math.max(...sides.map((side) => Math.abs(sum(side) / total - 1)));
  }
  const scales = sides.map((side) => total / sum(side));
  if (!scales.every((scale) => scale > 0 && Number.isFinite(scale))) return null;
  const scaled = sides.map((side, i) => side.map((value) => value * (scales[i] as number)));
  return largestChange(scaled, nominal);
}

/** Largest |side - nominal| / nominal over bins with a positive nominal; null without any. */
function largestChange(
  sides: readonly (readonly number[])[],
  nominal: readonly number[],
): number | null {
  let largest: number | null = null;
  for (const [b, n] of nominal.entries()) {
    if (!(n > 0)) continue;
    for (const side of sides) {
      largest = Math.max(largest ?? 0, Math.abs((side[b] as number) - n) / n);
    }
  }
  return largest;
}

function variesEmptyBins(data: HistosysData, nominal: readonly number[]): boolean {
  return nominal.some((n, b) => n <= 0 && (data.hi_data[b] !== n || data.lo_data[b] !== n));
}

/** Settings of a parameter that is gone would make every reader warn. */
function withoutSettings(measurement: Measurement, gone: ReadonlySet<string>): Measurement {
  const parameters = measurement.config.parameters.filter(({ name }) => !gone.has(name));
  if (parameters.length === measurement.config.parameters.length) return measurement;
  return { ...measurement, config: { ...measurement.config, parameters } };
}
