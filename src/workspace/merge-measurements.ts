/**
 * One measurement from those of several workspaces.
 *
 * @module
 */

import { NextstatError, suggestName } from "../errors.ts";
import { equalData } from "./equal.ts";
import type { NamedWorkspace } from "./join.ts";
import { type ModifierUses, modifierOfParameter, modifierUses, quoteNames } from "./names.ts";
import type { Measurement, ParameterConfig } from "./types.ts";

/** What of the options of a combination concerns measurements. */
export interface MergeOptions {
  readonly onConflict?: "error" | "first";
  readonly measurement?: string;
}

/** An input with the measurement taken from it. */
interface Source {
  readonly name: string;
  readonly measurement: Measurement;
  readonly uses: ModifierUses;
}

/**
 * The measurement `combined`: the parameter of interest that all agree on, and the settings of all. Settings are merged
 * key by key (`inits`, `bounds`, ...).
 *
 * @param warnings takes what was decided on the user's behalf
 * @throws NextstatError `input` for a conflict, unless `onConflict` is `first`; `usage` for an unknown measurement
 */
export function mergeMeasurements(
  inputs: readonly NamedWorkspace[],
  options: MergeOptions,
  warnings: string[],
): Measurement {
  const sources = inputs.map((input) => ({
    name: input.name,
    measurement: chooseMeasurement(input, options.measurement, warnings),
    uses: modifierUses(input.workspace),
  }));
  const first = options.onConflict === "first";
  const poi = mergePoi(sources, first, warnings);
  return { name: "combined", config: { poi, parameters: mergeSettings(sources, first, warnings) } };
}

function chooseMeasurement(
  { name, workspace }: NamedWorkspace,
  asked: string | undefined,
  warnings: string[],
): Measurement {
  const names = workspace.measurements.map((measurement) => measurement.name);
  const chosen = workspace.measurements[asked === undefined ? 0 : names.indexOf(asked)];
  if (chosen === undefined) {
    throw new NextstatError("usage", `no measurement "${asked}" in ${name}`, {
      hint: suggestName(asked ?? "", names),
    });
  }
  if (asked === undefined && names.length > 1) {
    warnings.push(
      `${name} has ${names.length} measurements; using "${chosen.name}" (others: ${quoteNames(names.slice(1))})`,
    );
  }
  return chosen;
}

/** A workspace without parameter of interest has no say in it. */
function mergePoi(sources: readonly Source[], first: boolean, warnings: string[]): string {
  const named = sources.filter(({ measurement }) => measurement.config.poi !== "");
  const winner = named[0];
  if (winner === undefined) return "";
  const { poi } = winner.measurement.config;
  const other = named.find(({ measurement }) => measurement.config.poi !== poi);
  if (other !== undefined) {
    const conflict = `the parameter of interest is "${poi}" in ${winner.name} and "${other.measurement.config.poi}" in ${other.name}`;
    if (!first) {
      throw new NextstatError("input", conflict, {
        hint: "rename one of them, or take that of the first with --on-conflict first",
      });
    }
    warnings.push(`${conflict}; taken from ${winner.name}`);
  }
  if (named.length < sources.length) {
    const without = sources.filter(({ measurement }) => measurement.config.poi === "");
    warnings.push(
      `${without.map(({ name }) => name).join(" and ")} without parameter of interest; using "${poi}" of ${winner.name}`,
    );
  }
  return poi;
}

/** Settings under construction, and which source each key is from. */
interface Merged {
  readonly config: Record<string, unknown> & { readonly name: string };
  readonly origin: Map<string, Source>;
}

function mergeSettings(
  sources: readonly Source[],
  first: boolean,
  warnings: string[],
): readonly ParameterConfig[] {
  const merged = new Map<string, Merged>();
  const unused: ParameterConfig[] = [];
  for (const source of sources) {
    for (const config of source.measurement.config.parameters) {
      if (modifierOfParameter(source.uses, config.name) === undefined) {
        if (keepsUnused(config, source, sources, warnings)) unused.push(config);
      } else {
        mergeSetting(config, source, merged, first, warnings);
      }
    }
  }
  for (const setting of merged.values()) warnOfAdoption(setting, sources, warnings);
  const known = new Set<string>();
  const rest = unused.filter(({ name }) => !known.has(name) && known.add(name));
  return [...[...merged.values()].map(({ config }) => config as ParameterConfig), ...rest];
}

/** Settings without effect in their own workspace must not get one in the combination. */
function keepsUnused(
  { name }: ParameterConfig,
  source: Source,
  sources: readonly Source[],
  warnings: string[],
): boolean {
  const user = sources.find(({ uses }) => modifierOfParameter(uses, name) !== undefined);
  if (user === undefined) return true;
  warnings.push(
    `settings for "${name}" of ${source.name} are left out: it has no such modifier, but ${user.name} has`,
  );
  return false;
}

function mergeSetting(
  config: ParameterConfig,
  source: Source,
  merged: Map<string, Merged>,
  first: boolean,
  warnings: string[],
): void {
  const { name } = config;
  const into = merged.get(name) ?? { config: { name }, origin: new Map<string, Source>() };
  merged.set(name, into);
  for (const [key, value] of Object.entries(config)) {
    if (key === "name") continue;
    const owner = into.origin.get(key);
    if (owner === undefined) {
      into.config[key] = value;
      into.origin.set(key, source);
    } else if (!equalData(into.config[key], value)) {
      const conflict = `${key} of parameter "${name}" is ${shown(into.config[key])} in ${owner.name} and ${shown(value)} in ${source.name}`;
      if (!first) {
        throw new NextstatError("input", conflict, {
          hint: "make them equal, rename the modifier in one workspace, or take those of the first with --on-conflict first",
        });
      }
      warnings.push(`${conflict}; taken from ${owner.name}`);
    }
  }
}

/** A value for a message, as short as it can be. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Says where a workspace gets settings that it did not have: its parameter had the defaults. */
function warnOfAdoption(
  { config: { name, fixed }, origin }: Merged,
  sources: readonly Source[],
  warnings: string[],
): void {
  // `"fixed": false` is the default in writing.
  const effective = [...origin].filter(([key]) => key !== "fixed" || fixed === true);
  for (const { name: adopter, measurement, uses } of sources) {
    if (modifierOfParameter(uses, name) === undefined) continue;
    const own = measurement.config.parameters.find((config) => config.name === name);
    const adopted = effective.filter(([key]) => own === undefined || !Object.hasOwn(own, key));
    if (adopted.length === 0) continue;
    const from = new Set(adopted.map(([, source]) => source.name));
    warnings.push(
      `${adopted.map(([key]) => key).join(", ")} of parameter "${name}" from ${[...from].join(" and ")} hold for ${adopter} too`,
    );
  }
}
