/**
 * From the options of a fit to what the minimiser needs: data, box, starting points, scales.
 *
 * @module
 */

import { NextstatError, suggestName } from "../errors.ts";
import type { CurvatureEvaluator, Dataset } from "../likelihood/evaluator.ts";
import type { Parameter, ResolvedModel } from "../model/resolved-model.ts";
import type { Box } from "../optimize/objective.ts";
import { asimovDataset, maskRegions, observedDataset, type RegionMask } from "./dataset.ts";
import type { FitOptions } from "./fit-result.ts";
import { constraintCentre, perParameter, priorWidth } from "./objective.ts";

/** A fit ready to run. Vectors are `[nParameters]`. */
export interface FitSetup {
  readonly dataset: Dataset;
  readonly box: Box;
  readonly start: Float64Array;
  readonly starts: readonly Float64Array[];
  readonly scale: Float64Array;
  readonly centre: Float64Array;
  /** Where each constraint pulls its parameter on this data; null without constraint. */
  readonly constraintCentres: readonly (number | null)[];
  /** Parameters the chosen regions leave without effect, with the width their constraint gives them (null: none). */
  readonly detached: ReadonlyMap<number, number | null>;
  readonly warnings: readonly string[];
  readonly flags: readonly string[];
}

/** Index of a parameter by name. */
export function parameterIndex(model: ResolvedModel, name: string): number {
  const index = model.parameters.findIndex((p) => p.name === name);
  if (index < 0) {
    throw new NextstatError("usage", `no parameter "${name}"`, {
      hint: suggestName(
        name,
        model.parameters.map((p) => p.name),
      ),
    });
  }
  return index;
}

/**
 * Checks the options against the model.
 *
 * @throws NextstatError `usage` for unknown names, values outside bounds, regions that leave nothing
 */
export function prepareFit(
  model: ResolvedModel,
  evaluator: CurvatureEvaluator,
  options: FitOptions,
): FitSetup {
  const { parameters } = model;
  const lower = perParameter(parameters, (p) => p.lower);
  const upper = perParameter(parameters, (p) => p.upper);
  const fixed = Uint8Array.from(parameters, (p) => (p.fixed ? 1 : 0));
  const start = perParameter(parameters, (p) => p.init);
  for (const [name, bounds] of Object.entries(options.bounds ?? {})) {
    const i = parameterIndex(model, name);
    const [lo, hi] = bounds;
    if (!(Number.isFinite(lo) && Number.isFinite(hi) && lo < hi)) {
      throw new NextstatError("usage", `bounds [${lo}, ${hi}] of "${name}" are not a range`, {
        hint: "give two finite numbers, the lower one first",
      });
    }
    lower[i] = lo;
    upper[i] = hi;
    if (fixed[i] !== 1) start[i] = Math.min(Math.max(start[i] as number, lo), hi);
  }
  const within = (i: number, value: number, what: string): void => {
    const lo = lower[i] as number;
    const hi = upper[i] as number;
    if (!(typeof value === "number" && value >= lo && value <= hi)) {
      throw new NextstatError(
        "usage",
        `${what} ${value} of "${parameters[i]?.name}" is outside its bounds [${lo}, ${hi}]`,
        {
          hint: "choose a value inside, or widen the bounds",
        },
      );
    }
  };
  for (const [name, value] of Object.entries(options.inits ?? {})) {
    const i = parameterIndex(model, name);
    within(i, value, "starting value");
    start[i] = value;
  }
  for (const [name, value] of Object.entries(options.fixedParams ?? {})) {
    const i = parameterIndex(model, name);
    within(i, value, "fixed value");
    start[i] = value;
    fixed[i] = 1;
  }
  const warnings = model.notices.map((n) => n.message);
  const flags = model.notices.flatMap((n) => (n.flag === undefined ? [] : [n.flag]));

  const data =
    options.asimov === true ? startingAsimov(model, evaluator, start) : observedDataset(model);
  const mask = maskRegions(model, options.fitRegions, options.validationRegions);
  const detached = detachParameters(model, mask, fixed);
  for (const [i, width] of detached) {
    const centre = constraintCentre(parameters[i] as Parameter, data.auxiliary[i] as number);
    const best = width === null ? (start[i] as number) : (centre ?? (start[i] as number));
    start[i] = Math.min(Math.max(best, lower[i] as number), upper[i] as number);
  }
  if (detached.size > 0) warnings.push(detachedWarning(model, detached));

  const nominal = perParameter(parameters, (p, i) =>
    fixed[i] === 1
      ? (start[i] as number)
      : Math.min(Math.max(p.init, lower[i] as number), upper[i] as number),
  );
  const sameStart = nominal.every((v, i) => v === start[i]);
  const width = parameters.map(priorWidth);
  return {
    dataset:
      mask === null ? data : { ...data, binMask: mask.bins, constraintMask: mask.constraints },
    box: { lower, upper, fixed },
    start,
    starts: sameStart ? [start] : [start, nominal],
    scale: perParameter(
      parameters,
      (_, i) => width[i] ?? Math.max(0.2, 0.2 * Math.abs(nominal[i] as number)),
    ),
    centre: perParameter(parameters, (p, i) => {
      if (p.kind !== "alpha") return nominal[i] as number;
      return p.transform.type === "affine" ? 1 : 0;
    }),
    constraintCentres: parameters.map((p, i) => constraintCentre(p, data.auxiliary[i] as number)),
    detached,
    warnings,
    flags,
  };
}

function startingAsimov(
  model: ResolvedModel,
  evaluator: CurvatureEvaluator,
  start: Float64Array,
): Dataset {
  const { dataset, clamped } = asimovDataset(model, evaluator, start);
  if (clamped.length === 0) return dataset;
  throw new NextstatError("input", `the Asimov data would be negative in ${clamped[0]}`, {
    hint: "choose starting values at which every bin expects zero events or more",
  });
}

/** Holds the parameters that nothing in the chosen regions depends on. */
function detachParameters(
  model: ResolvedModel,
  mask: RegionMask | null,
  fixed: Uint8Array,
): ReadonlyMap<number, number | null> {
  const detached = new Map<number, number | null>();
  if (mask === null) return detached;
  model.parameters.forEach((parameter, i) => {
    if (mask.used[i] === 1 || fixed[i] === 1) return;
    fixed[i] = 1;
    detached.set(i, mask.constraints[i] === 1 ? priorWidth(parameter) : null);
  });
  return detached;
}

function detachedWarning(
  model: ResolvedModel,
  detached: ReadonlyMap<number, number | null>,
): string {
  const names = [...detached.keys()].map((i) => model.parameters[i]?.name ?? "");
  const shown = names.slice(0, 5).join(", ");
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return `the chosen regions do not depend on ${shown}${more}: held at the centre of their constraint, whose width is their uncertainty`;
}
