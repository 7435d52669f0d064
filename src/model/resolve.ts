/**
 * Workspace + measurement -> {@link ResolvedModel}: names become parameter indices, defaults and overrides are applied,
 * constraints decided. Semantics: pyhf 0.7.6, with the differences listed in docs/architecture.md.
 *
 * The workspace must have passed `validateWorkspace`; only what depends on the chosen measurement and POI is checked here.
 *
 * @module
 */

import { NextstatError, suggestName } from "../errors.ts";
import {
  type Channel,
  type HistosysCode,
  type Measurement,
  MODIFIER_TYPES,
  type NormsysCode,
  type ParameterConfig,
  type Workspace,
} from "../workspace/types.ts";
import {
  applyBinConfig,
  applyConfig,
  collectSets,
  type ParameterSet,
  perChannelOffsets,
} from "./parameter-sets.ts";
import type {
  Constraint,
  ModelNotice,
  Parameter,
  ResolvedChannel,
  ResolvedModel,
  ResolvedModifier,
} from "./resolved-model.ts";

/** Choices that are not in the workspace. */
export interface ResolveOptions {
  /** Measurement to use. Default: the first, with a notice when there are several. */
  readonly measurement?: string;
  /** Parameter of interest instead of the measurement's; a parameter name, per-bin ones as `name[0]`. */
  readonly poi?: string;
  /** Interpolation of normsys modifiers that do not have one of their own. Default `code4`. */
  readonly normsys?: NormsysCode;
  /** Interpolation of histosys modifiers that do not have one of their own. Default `code4p`. */
  readonly histosys?: HistosysCode;
}

/**
 * Resolves a valid workspace.
 *
 * @throws NextstatError `usage` for a measurement or POI that does not exist, `input` for a POI the workspace names but
 * no modifier defines, or a `lumi` modifier without settings in the measurement.
 */
export function resolveModel(workspace: Workspace, options: ResolveOptions = {}): ResolvedModel {
  const notices: ModelNotice[] = [];
  const measurementIndex = chooseMeasurement(workspace, options.measurement, notices);
  const measurement = workspace.measurements[measurementIndex] as Measurement;
  const configs = measurement.config.parameters.map((config, index) => ({
    config,
    pointer: `/measurements/${measurementIndex}/config/parameters/${index}`,
  }));

  const order = [...workspace.channels].sort((a, b) => compareCodePoints(a.name, b.name));
  const sets = collectSets(workspace.channels, order);
  for (const set of sets.values()) {
    for (const { config, pointer } of configs) {
      if (config.name === set.name) applyConfig(set, config, pointer);
      else applyBinConfig(set, config, pointer);
    }
    if (set.kind === "lumi" && set.constraints[0]?.type === "none") {
      throw new NextstatError(
        "input",
        `modifier "${set.name}" of type lumi has no settings in measurement "${measurement.name}"`,
        {
          location: { pointer: `/measurements/${measurementIndex}/config/parameters` },
          hint: `add {"name": "${set.name}", "auxdata": [1.0], "sigmas": [0.02], "bounds": [[0.5, 1.5]], "inits": [1.0]} with your luminosity uncertainty`,
        },
      );
    }
  }

  const parameters = orderParameters(sets, poiName(measurement, options), configs);
  parameters.forEach(requireUsable);
  requireDistinctNames(parameters);
  const poi = findPoi(parameters, measurement, measurementIndex, options);
  const normsys = options.normsys ?? "code4";
  const histosys = options.histosys ?? "code4p";

  let firstBin = 0;
  const nonPositive: string[] = [];
  const observedByName = new Map(workspace.observations.map((o) => [o.name, o.data]));
  const observed: number[] = [];
  const staterrorOffsets = perChannelOffsets(order);
  const channels = order.map((channel): ResolvedChannel => {
    const nBins = channel.samples[0]?.data.length ?? 0;
    const resolved: ResolvedChannel = {
      name: channel.name,
      nBins,
      firstBin,
      samples: channel.samples.map((sample) => ({
        name: sample.name,
        nominal: sample.data,
        modifiers: sample.modifiers.map((modifier): ResolvedModifier => {
          const first = (sets.get(modifier.name) as ParameterSet).first;
          switch (modifier.type) {
            case "normfactor":
            case "lumi":
              return { type: "factor", parameter: first };
            case "normsys": {
              const { hi, lo } = modifier.data;
              const positive = hi > 0 && lo > 0;
              const code = modifier.interpolation ?? normsys;
              if (!positive && code !== "code0" && code !== "code2")
                nonPositive.push(`${modifier.name} on ${sample.name} in ${channel.name}`);
              return { type: "normsys", parameter: first, hi, lo, code };
            }
            case "histosys":
              return {
                type: "histosys",
                parameter: first,
                hi: modifier.data.hi_data,
                lo: modifier.data.lo_data,
                code: modifier.interpolation ?? histosys,
              };
            case "staterror":
              return {
                type: "perbin",
                firstParameter:
                  first + (staterrorOffsets.get(modifier.name)?.get(channel.name) ?? 0),
              };
            case "shapesys":
            case "shapefactor":
              return { type: "perbin", firstParameter: first };
          }
          return modifier satisfies never;
        }),
      })),
    };
    for (const events of observedByName.get(channel.name) ?? []) observed.push(events);
    firstBin += nBins;
    return resolved;
  });
  if (nonPositive.length > 0) {
    const shown = nonPositive.slice(0, 3).join(", ");
    const more = nonPositive.length > 3 ? ` and ${nonPositive.length - 3} more` : "";
    notices.push({
      message: `normsys with hi or lo <= 0, where the interpolation is undefined, is interpolated linearly: ${shown}${more}`,
      flag: "normsys_nonpositive_factor",
    });
  }
  return {
    measurement: measurement.name,
    channels,
    parameters,
    poi,
    auxiliaryOrder: pyhfAuxiliaryOrder(order, parameters),
    observed,
    notices,
  };
}

/** Absurd templates (an uncertainty of 5e-324 events) make constraints that are not numbers. */
function requireUsable(parameter: Parameter): void {
  const { name, constraint, init, lower, upper, auxdata } = parameter;
  const strength =
    constraint.type === "gauss"
      ? 1 / constraint.sigma ** 2
      : constraint.type === "poisson"
        ? constraint.tau
        : 1;
  if (![init, lower, upper, auxdata, strength].every(Number.isFinite) || !(strength > 0)) {
    throw new NextstatError(
      "input",
      `the constraint of parameter "${name}" is not a finite number`,
      {
        hint: "check the uncertainties and yields of its modifier, and the measurement's settings for it",
      },
    );
  }
  if (constraint.type === "poisson" && auxdata < 0) {
    throw new NextstatError(
      "input",
      `the Poisson auxiliary datum of "${name}" is negative (${auxdata})`,
      {
        hint: "counts are zero or more",
      },
    );
  }
  if (!(lower <= init && init <= upper)) {
    throw new NextstatError(
      "input",
      `parameter "${name}" starts at ${init}, outside its bounds [${lower}, ${upper}]`,
      {
        hint: "set inits or bounds in the measurement",
      },
    );
  }
}

/** A scalar called `st[0]` beside a per-bin set `st` would be two parameters of one name. */
function requireDistinctNames(parameters: readonly Parameter[]): void {
  const seen = new Set<string>();
  for (const { name } of parameters) {
    if (seen.has(name)) {
      throw new NextstatError(
        "input",
        `two parameters are called "${name}": a bin of a per-bin modifier and another modifier`,
        {
          hint: "rename one of the modifiers",
        },
      );
    }
    seen.add(name);
  }
}

/** pyhf orders parameter sets by modifier type, then channel, sample and modifier name. */
function pyhfAuxiliaryOrder(order: readonly Channel[], parameters: readonly Parameter[]): number[] {
  const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
    compareCodePoints(a.name, b.name);
  const sets = new Set<string>();
  const modifiers = order.flatMap((channel) =>
    [...channel.samples].sort(byName).flatMap((sample) => [...sample.modifiers].sort(byName)),
  );
  for (const type of MODIFIER_TYPES) {
    const names = modifiers.filter((m) => m.type === type).map((m) => m.name);
    // pyhf finishes staterror sets from a table keyed by name.
    for (const name of type === "staterror" ? names.sort(compareCodePoints) : names) sets.add(name);
  }
  const bySet = new Map<string, number[]>();
  parameters.forEach((parameter, i) => {
    if (parameter.constraint.type === "none") return;
    const members = bySet.get(parameter.set);
    if (members === undefined) bySet.set(parameter.set, [i]);
    else members.push(i);
  });
  return [...sets].flatMap((name) => bySet.get(name) ?? []);
}

/** Python's `sorted` on text: by code point, so that the data vector equals pyhf's. */
function compareCodePoints(a: string, b: string): number {
  const x = [...a];
  const y = [...b];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

function chooseMeasurement(
  workspace: Workspace,
  name: string | undefined,
  notices: ModelNotice[],
): number {
  const names = workspace.measurements.map((m) => m.name);
  if (name !== undefined) {
    const index = names.indexOf(name);
    if (index < 0) {
      throw new NextstatError("usage", `no measurement "${name}"`, {
        location: { pointer: "/measurements" },
        hint: suggestName(name, names),
      });
    }
    return index;
  }
  if (names.length > 1) {
    const others = names.slice(1).map((n) => `"${n}"`);
    notices.push({
      message: `the workspace has ${names.length} measurements; using "${names[0]}" (others: ${others.join(", ")})`,
    });
  }
  return 0;
}

function poiName(measurement: Measurement, options: ResolveOptions): string | null {
  const name = options.poi ?? measurement.config.poi;
  return name === "" ? null : name;
}

/** Lays the sets out in order, a scalar POI first, and numbers them. */
function orderParameters(
  sets: Map<string, ParameterSet>,
  poi: string | null,
  configs: readonly { config: ParameterConfig }[],
): Parameter[] {
  const fixed = new Map<string, boolean>();
  for (const { config } of configs)
    if (config.fixed !== undefined) fixed.set(config.name, config.fixed);
  const ordered = [...sets.values()];
  const poiSet = poi === null ? undefined : sets.get(poi);
  if (poiSet !== undefined && !poiSet.perBin) {
    ordered.splice(ordered.indexOf(poiSet), 1);
    ordered.unshift(poiSet);
  }
  const parameters: Parameter[] = [];
  for (const set of ordered) {
    set.first = parameters.length;
    for (let i = 0; i < set.inits.length; i++) {
      const name = set.perBin ? `${set.name}[${i}]` : set.name;
      parameters.push({
        name,
        set: set.name,
        bin: set.perBin ? i : null,
        kind: set.kind,
        init: set.inits[i] as number,
        lower: set.lower[i] as number,
        upper: set.upper[i] as number,
        fixed: (set.degenerate[i] as boolean) || (fixed.get(name) ?? fixed.get(set.name) ?? false),
        constraint: set.constraints[i] as Constraint,
        auxdata: set.auxdata[i] as number,
        transform: set.transform,
      });
    }
  }
  return parameters;
}

function findPoi(
  parameters: readonly Parameter[],
  measurement: Measurement,
  measurementIndex: number,
  options: ResolveOptions,
): number | null {
  const name = poiName(measurement, options);
  if (name === null) return null;
  const index = parameters.findIndex((p) => p.name === name);
  if (index >= 0) return index;
  const bins = parameters.filter((p) => p.set === name);
  if (bins.length === 1) return parameters.indexOf(bins[0] as Parameter);
  const hint =
    bins.length > 1
      ? `it has one parameter per bin: choose one, e.g. "${bins[0]?.name}"`
      : suggestName(
          name,
          parameters.map((p) => p.name),
        );
  if (options.poi !== undefined) {
    throw new NextstatError("usage", `POI "${name}" is not a parameter of the model`, { hint });
  }
  throw new NextstatError("input", `POI "${name}" is not a parameter of the model`, {
    location: { pointer: `/measurements/${measurementIndex}/config/poi` },
    hint,
  });
}
