/**
 * A `<Measurement>` -> the settings of a measurement of the workspace: starts, ranges, constraints and what is held.
 *
 * @module
 */

import { suggestName } from "../../errors.ts";
import type { Measurement, ParameterConfig, ParameterConstraint } from "../../workspace/types.ts";
import type { Notice } from "../conversion.ts";
import type { BinSet } from "./bin-sets.ts";
import type { BuildContext, Factor } from "./context.ts";
import type { ConstraintElement, MeasurementElement, SettingElement } from "./document.ts";
import { xmlError } from "./elements.ts";
import { LUMI, type Target } from "./parameter-names.ts";
import { changed, kept, lost } from "./report.ts";

/** Which systematics there are, by what they are. */
export interface SystematicNames {
  readonly overall: ReadonlySet<string>;
  readonly histo: ReadonlySet<string>;
}

export interface MeasurementContext extends BuildContext {
  readonly systematics: SystematicNames;
  readonly noConstraint: "free" | "root";
  readonly notices: Notice[];
}

type Config = { -readonly [Key in keyof ParameterConfig]: ParameterConfig[Key] };

/** Below this pyhf's per-bin factors do not go; ROOT's go to 0, where the logarithm of a Poisson constraint ends. */
const GAMMA_LOWER = 1e-10;

export function buildMeasurement(
  element: MeasurementElement,
  context: MeasurementContext,
): Measurement {
  const { log, names } = context;
  const { name, place } = element;
  const configs = new Map<string, Config>();
  const config = (parameter: string): Config => {
    let found = configs.get(parameter);
    if (found === undefined) {
      found = { name: parameter };
      configs.set(parameter, found);
    }
    return found;
  };

  if (context.hasLumi) Object.assign(config(LUMI), lumiSettings(element, context));
  else changed(log, place, `Lumi of measurement "${name}" ${noLumi(context)}: it is left out`);
  for (const factor of context.factors.values()) {
    Object.assign(config(factor.name), factorSettings(factor));
  }
  const targets = new Map(names.targets);
  if (context.defaults.extensions) {
    const seen = new Set<string>();
    for (const term of element.constraints) {
      if (seen.has(term.name)) {
        throw xmlError(
          `"${term.name}" has two ConstraintTerms in measurement "${name}"`,
          term.place,
          "keep one",
        );
      }
      seen.add(term.name);
      applyTerm(term, config, targets, context);
    }
  } else {
    for (const term of element.constraints) {
      const note = `ConstraintTerm ${term.type} of "${term.name}": pyhf ignores it`;
      lost(log, term.place, note);
      context.notices.push({ message: note });
    }
  }
  for (const set of context.binSets.values()) binSettings(set, context, config);
  const missing: string[] = [];
  for (const setting of element.settings) {
    if (setting.name === "Lumi" && !context.hasLumi) continue;
    const target = targets.get(setting.name);
    if (target === undefined) {
      lost(log, setting.place, `ParamSetting of "${setting.name}": there is no such parameter`);
      missing.push(setting.name);
    } else {
      applySetting(setting, target, config);
    }
  }
  if (missing.length > 0) {
    const list = [...new Set(missing)].map((parameter) => `"${parameter}"`).join(", ");
    const message = `measurement "${name}" has a ParamSetting of ${list}, which is no parameter of the model: ignored, as ROOT does`;
    context.notices.push({ message });
  }
  kept(log, place, `measurement "${name}"`);
  return {
    name,
    config: { poi: poiOf(element, targets, context), parameters: [...configs.values()] },
  };
}

function noLumi({ defaults }: MeasurementContext): string {
  return defaults.lumi === "every sample" ? "is held at 1" : "multiplies no sample";
}

function lumiSettings(
  { lumi, lumiRelErr, name, place, settings }: MeasurementElement,
  { defaults, log }: MeasurementContext,
): Omit<Config, "name"> {
  const relative = lumiRelErr ?? defaults.lumiRelErr;
  if (relative === null) {
    throw xmlError(
      `measurement "${name}" has no LumiRelErr`,
      place,
      'pyhf needs it, as in LumiRelErr="0.02"',
    );
  }
  const sigma = lumi * relative;
  const free = !settings.some((setting) => setting.name === "Lumi" && setting.constant);
  if (lumiRelErr === null && free) {
    changed(log, place, `LumiRelErr of measurement "${name}" is ${relative}, ROOT's default`);
  }
  if (sigma === 0) {
    // A width is needed for the term of a parameter that is held; its value is a constant of the likelihood.
    const note = `LumiRelErr 0 of measurement "${name}": the luminosity is held`;
    changed(log, place, note);
    return {
      auxdata: [lumi],
      sigmas: [lumi],
      bounds: [[0, 10 * lumi]],
      inits: [lumi],
      fixed: true,
    };
  }
  const bounds = defaults.ranges === "root" ? [0, 10 * lumi] : [lumi - 5 * sigma, lumi + 5 * sigma];
  return { auxdata: [lumi], sigmas: [sigma], bounds: [bounds], inits: [lumi] };
}

function factorSettings({ value, low, high, fixed }: Factor): Omit<Config, "name"> {
  const bounds = Number.isFinite(low) ? [low, high] : [value - 1, value + 1];
  return { inits: [value], bounds: [bounds], ...(fixed ? { fixed } : {}) };
}

function applyTerm(
  term: ConstraintElement,
  config: (parameter: string) => Config,
  targets: Map<string, Target>,
  context: MeasurementContext,
): void {
  const { names, log, notices, systematics, noConstraint } = context;
  const { name, type, relative, place } = term;
  const isOverall = systematics.overall.has(name);
  const isHisto = systematics.histo.has(name);
  if (!isOverall && !isHisto) {
    const note = `ConstraintTerm ${type} of "${name}": there is no such systematic`;
    lost(log, place, note);
    notices.push({ message: note });
    return;
  }
  const onlyOverall = type === "Gamma" || type === "LogNormal" || noConstraint === "root";
  if (!isOverall && type !== "Uniform" && onlyOverall) {
    const note = `ConstraintTerm ${type} of "${name}": ROOT applies it to OverallSys only, and there is none`;
    lost(log, place, note);
    notices.push({ message: note });
    return;
  }
  const parameter = isOverall ? names.overallSys(name) : names.histoSys(name);
  const constrain = (constraint: ParameterConstraint): void => {
    config(parameter).constraint = constraint;
    const width = constraint.rel_uncertainty;
    kept(
      log,
      place,
      `ConstraintTerm ${type} of "${name}"${width === undefined ? "" : ` (${width})`}`,
    );
  };
  switch (type) {
    case "Gamma":
      constrain({ type, rel_uncertainty: relative });
      // ROOT's parameter is beta; alpha is computed from it.
      if (targets.get(`alpha_${name}`)?.set === parameter) targets.delete(`alpha_${name}`);
      targets.set(`beta_${name}`, { set: parameter, bin: null });
      return;
    case "LogNormal":
      if (isHisto) {
        throw xmlError(
          `the ConstraintTerm LogNormal of "${name}" would change its OverallSys and not its HistoSys, which share a parameter`,
          place,
          "give the HistoSys another name, or leave the ConstraintTerm out",
        );
      }
      constrain({ type, rel_uncertainty: relative });
      return;
    case "Uniform":
      constrain({ type, rel_uncertainty: relative });
      return;
    case "NoConstraint":
      if (noConstraint === "free") {
        constrain({ type });
        notices.push({ message: `"${name}" floats without a constraint (ROOT leaves it out)` });
        return;
      }
      Object.assign(config(parameter), { inits: [0], fixed: true });
      changed(
        log,
        place,
        `ConstraintTerm NoConstraint of "${name}": left out, as ROOT does (held at 0)`,
      );
      if (targets.get(`alpha_${name}`)?.set === parameter) targets.delete(`alpha_${name}`);
      return;
  }
  throw new Error(`unknown constraint ${type satisfies never}`);
}

function binSettings(
  { name, kind, bins, constraint, samples, total }: BinSet,
  { defaults }: MeasurementContext,
  config: (parameter: string) => Config,
): void {
  if (kind === "shapefactor") {
    if (bins.some(({ init }) => init !== 1)) config(name).inits = bins.map(({ init }) => init);
    if (defaults.ranges === "root") config(name).bounds = bins.map(() => [0, 1000]);
    if (bins.every(({ fixed }) => fixed)) config(name).fixed = true;
    return;
  }
  if (defaults.ranges === "root") {
    config(name).bounds = bins.map(({ relative }) => [
      GAMMA_LOWER,
      relative > 0 ? 1 + 5 * relative : 10,
    ]);
  }
  bins.forEach(({ relative, fixed, stated }, b) => {
    if (relative > 0 && fixed) config(`${name}[${b}]`).fixed = true;
    if (
      relative > 0 &&
      (samples === 1 ? stated : !((total[b] as number) > 0)) &&
      kind === "shapesys"
    ) {
      config(`${name}[${b}]`).constraint = { type: constraint, rel_uncertainty: relative };
    }
  });
}

function applySetting(
  { constant, value, place, name }: SettingElement,
  { set, bin }: Target,
  config: (parameter: string) => Config,
): void {
  const own = bin === null ? set : `${set}[${bin}]`;
  if (constant) config(own).fixed = true;
  if (value === null) return;
  const range = config(set).bounds?.[bin ?? 0];
  const [low, high] = range ?? [-Infinity, Infinity];
  if (value < (low as number) || value > (high as number)) {
    throw xmlError(
      `ParamSetting puts "${name}" at ${value}, outside its range ${low} to ${high}`,
      place,
      "move it, or widen the range",
    );
  }
  config(own).inits = [value];
}

type Poi = MeasurementElement["pois"][number];

function poiOf(
  { pois, name }: MeasurementElement,
  targets: ReadonlyMap<string, Target>,
  { functions, log }: MeasurementContext,
): string {
  const [poi, ...others] = pois as [Poi, ...Poi[]];
  for (const other of others) {
    const note = `"${other.name}" is a further parameter of interest of measurement "${name}": it floats`;
    changed(log, other.place, note);
  }
  const target = targets.get(poi.name);
  if (target === undefined) {
    const isFunction = functions.places.has(poi.name);
    throw xmlError(
      `the parameter of interest "${poi.name}" of measurement "${name}" is ${isFunction ? "a function" : "no parameter of the model"}`,
      poi.place,
      isFunction ? "name a parameter" : suggestName(poi.name, [...targets.keys()]),
    );
  }
  return target.bin === null ? target.set : `${target.set}[${target.bin}]`;
}
