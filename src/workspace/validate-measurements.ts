/**
 * Checks of measurement settings against the parameters that the modifiers define.
 *
 * @module
 */

import { suggestName } from "../errors.ts";
import {
  inputError,
  type ParameterSetShape,
  requireLength,
  requireNumbers,
  requireUnique,
} from "./checks.ts";
import type { Measurement, Modifier, ParameterConfig } from "./types.ts";

/** Start value and range where the settings give none (pyhf's defaults); lumi has none. */
const DEFAULTS: Readonly<
  Record<Exclude<Modifier["type"], "lumi">, { init: number; lower: number; upper: number }>
> = {
  normfactor: { init: 1, lower: 0, upper: 10 },
  shapefactor: { init: 1, lower: 0, upper: 10 },
  normsys: { init: 0, lower: -5, upper: 5 },
  histosys: { init: 0, lower: -5, upper: 5 },
  shapesys: { init: 1, lower: 1e-10, upper: 10 },
  staterror: { init: 1, lower: 1e-10, upper: 10 },
};

/**
 * Checks every measurement.
 *
 * @param sets what the modifiers define, by parameter name
 * @returns warnings for settings of parameters that no modifier defines
 */
export function validateMeasurements(
  measurements: readonly Measurement[],
  sets: ReadonlyMap<string, ParameterSetShape>,
): string[] {
  const warnings: string[] = [];
  requireUnique(measurements, "measurement", "/measurements");
  measurements.forEach((measurement, index) => {
    const pointer = `/measurements/${index}/config/parameters`;
    const { parameters } = measurement.config;
    requireUnique(parameters, "parameter", pointer, ` in measurement "${measurement.name}"`);
    parameters.forEach((config, i) => {
      const target = findTarget(config.name, sets);
      if (target === undefined) {
        const advice = suggestName(config.name, [...sets.keys()]);
        // The list of all names that stands in for a suggestion would drown the warning.
        const suggestion = advice.startsWith("did you mean") ? ` (${advice})` : "";
        warnings.push(
          `measurement "${measurement.name}" has settings for "${config.name}", which no modifier defines: ignored${suggestion}`,
        );
      }
      checkConfig(config, `${pointer}/${i}`, target);
    });
  });
  return warnings;
}

/** The set a settings entry is for, as a whole (`gamma`) or in one bin (`gamma[2]`). */
function findTarget(
  name: string,
  sets: ReadonlyMap<string, ParameterSetShape>,
): ParameterSetShape | undefined {
  const whole = sets.get(name);
  if (whole !== undefined) return whole;
  const [, set, bin] = /^(.*)\[(0|[1-9]\d*)\]$/s.exec(name) ?? [];
  const perBin = set === undefined ? undefined : sets.get(set);
  if (perBin === undefined || !perBin.perBin || Number(bin) >= perBin.size) return undefined;
  return { type: perBin.type, perBin: false, size: 1 };
}

function checkConfig(
  config: ParameterConfig,
  pointer: string,
  target: ParameterSetShape | undefined,
): void {
  const { name, bounds } = config;
  const length =
    target === undefined
      ? {}
      : {
          length: target.size,
          because: target.perBin
            ? `"${name}" is a ${target.type} with ${target.size} parameters, one per bin`
            : `"${name}" is a single parameter`,
        };
  for (const key of ["inits", "auxdata", "sigmas", "factors"] as const) {
    const values = config[key];
    if (values === undefined) continue;
    requireNumbers(values, {
      what: `${key} of parameter "${name}"`,
      pointer: `${pointer}/${key}`,
      ...length,
    });
    const bad = values.findIndex((value) => value <= 0);
    if (bad >= 0 && (key === "sigmas" || key === "factors")) {
      throw inputError(
        `entry ${bad} of ${key} of parameter "${name}" is not positive (${values[bad]})`,
        `${pointer}/${key}/${bad}`,
        key === "sigmas" ? 'to fix the parameter, set "fixed": true' : "",
      );
    }
  }
  if (bounds !== undefined) checkBounds(bounds, name, `${pointer}/bounds`, length);
  if (target !== undefined) checkStart(config, pointer, target);
  if (config.constraint !== undefined) {
    const { type, rel_uncertainty: r } = config.constraint;
    const needed = type === "Gamma" || type === "LogNormal";
    if (r === undefined ? needed : !(r > 0 && Number.isFinite(r))) {
      throw inputError(
        `constraint ${type} of parameter "${name}" needs a rel_uncertainty above 0`,
        `${pointer}/constraint`,
        "give the relative uncertainty, e.g. 0.1",
      );
    }
  }
  // A Poisson datum is a count; which constraint applies follows from the modifier.
  const negative = config.auxdata?.findIndex((value) => value < 0) ?? -1;
  if (negative >= 0 && target?.type === "shapesys") {
    throw inputError(
      `entry ${negative} of auxdata of parameter "${name}" is negative (${config.auxdata?.[negative]})`,
      `${pointer}/auxdata/${negative}`,
      "auxiliary counts must be 0 or more",
    );
  }
}

function checkBounds(
  bounds: readonly (readonly number[])[],
  name: string,
  pointer: string,
  length: { readonly length?: number; readonly because?: string },
): void {
  requireLength(bounds, { what: `bounds of parameter "${name}"`, pointer, ...length });
  bounds.forEach((pair, i) => {
    const what = `bounds of parameter "${name}"${bounds.length > 1 ? ` (entry ${i})` : ""}`;
    requireNumbers(pair, {
      what,
      pointer: `${pointer}/${i}`,
      length: 2,
      because: "bounds are pairs [lower, upper]",
    });
    const [lower = 0, upper = 0] = pair;
    if (!(lower < upper)) {
      throw inputError(
        `${what} are not in order ([${lower}, ${upper}])`,
        `${pointer}/${i}`,
        'the lower bound must be below the upper one; to fix a parameter, set "fixed": true',
      );
    }
  });
}

/** Refuses start values outside the range, whichever of the two is given. */
function checkStart(config: ParameterConfig, pointer: string, target: ParameterSetShape): void {
  const { inits, bounds, name } = config;
  if (inits === undefined && bounds === undefined) return;
  // Constraint types can change the defaults, lumi has none: there only what is written is compared.
  const fallback =
    target.type === "lumi" || config.constraint !== undefined ? undefined : DEFAULTS[target.type];
  for (let i = 0; i < target.size; i++) {
    const init = inits?.[i] ?? fallback?.init;
    const lower = bounds?.[i]?.[0] ?? fallback?.lower;
    const upper = bounds?.[i]?.[1] ?? fallback?.upper;
    if (init === undefined || lower === undefined || upper === undefined) continue;
    if (init >= lower && init <= upper) continue;
    const entry = target.perBin ? ` (entry ${i})` : "";
    throw inputError(
      `the ${inits === undefined ? "default start" : "start"} value ${init} of parameter "${name}"${entry} is outside its ${bounds === undefined ? "default " : ""}bounds [${lower}, ${upper}]`,
      `${pointer}/${inits === undefined ? "bounds" : "inits"}/${i}`,
      inits === undefined ? 'give "inits" inside them' : 'move it, or give wider "bounds"',
    );
  }
}
