/**
 * Checks of a workspace that a schema cannot express: names, lengths, ranges and the rules about which modifiers may
 * share a parameter (pyhf 0.7.6, stricter where docs/architecture.md says so). What depends on the chosen measurement and POI is checked when the model is
 * resolved.
 *
 * @module
 */

import { suggestName } from "../errors.ts";
import {
  checkNameLength,
  count,
  inputError,
  isUsable,
  type ParameterSetShape,
  requireNumbers,
  requireUnique,
  unusable,
} from "./checks.ts";
import type { Channel, Modifier, Sample, Workspace } from "./types.ts";
import { validateMeasurements } from "./validate-measurements.ts";

/** A {@link ParameterSetShape} under construction. */
interface SetUse extends ParameterSetShape {
  size: number;
  /** Channels that use it, in file order. */
  readonly channels: Set<string>;
  /** For error texts. */
  readonly first: ModifierUse;
}

/**
 * Checks a workspace that conforms to the schema.
 *
 * @returns warnings: settings that have no effect, and constructs that other tools refuse
 * @throws NextstatError `input` with a JSON pointer, for the first violation
 */
export function validateWorkspace(workspace: Workspace): string[] {
  const warnings: string[] = [];
  const sets = new Map<string, SetUse>();
  requireEntries(workspace.channels, "the workspace has no channels", "/channels");
  requireUnique(workspace.channels, "channel", "/channels");
  workspace.channels.forEach((channel, index) => {
    checkChannel(channel, `/channels/${index}`, sets);
  });
  checkObservations(workspace);
  for (const [name, set] of sets) {
    if (set.type === "staterror" && set.channels.size > 1) {
      warnings.push(
        `staterror "${name}" is used in ${set.channels.size} channels: each gets its own parameters (pyhf refuses such a workspace)`,
      );
    }
  }
  warnings.push(...validateMeasurements(workspace.measurements, sets));
  return warnings;
}

function requireEntries(items: readonly unknown[], problem: string, pointer: string): void {
  if (items.length === 0) throw inputError(problem, pointer);
}

function checkChannel(channel: Channel, pointer: string, sets: Map<string, SetUse>): void {
  const inChannel = `in channel "${channel.name}"`;
  requireEntries(channel.samples, `channel "${channel.name}" has no samples`, `${pointer}/samples`);
  requireUnique(channel.samples, "sample", `${pointer}/samples`, ` ${inChannel}`);
  const nBins = channel.samples[0]?.data.length ?? 0;
  channel.samples.forEach((sample, index) => {
    const at = `${pointer}/samples/${index}`;
    const what = `sample "${sample.name}" ${inChannel}`;
    requireEntries(sample.data, `${what} has no bins`, `${at}/data`);
    requireNumbers(sample.data, {
      what: `the data of ${what}`,
      pointer: `${at}/data`,
      length: nBins,
      because: `sample "${channel.samples[0]?.name}" of this channel has ${count(nBins, "bin", "bins")}`,
    });
    checkModifiers(sample, channel, at, sets);
  });
}

function checkModifiers(
  sample: Sample,
  channel: Channel,
  samplePointer: string,
  sets: Map<string, SetUse>,
): void {
  const seen = new Set<string>();
  sample.modifiers.forEach((modifier, index) => {
    const use = { modifier, sample, channel, pointer: `${samplePointer}/modifiers/${index}` };
    checkNameLength(modifier.name, "modifier", `${use.pointer}/name`);
    const key = `${modifier.type} ${modifier.name}`;
    if (seen.has(key)) {
      throw inputError(
        `duplicate ${describeUse(use)}`,
        use.pointer,
        "a sample takes each modifier once",
      );
    }
    seen.add(key);
    checkModifierData(use);
    registerUse(use, sets);
  });
}

/** A modifier and where it is. Workspaces have tens of thousands: texts about one are only made for an error. */
interface ModifierUse {
  readonly modifier: Modifier;
  readonly sample: Sample;
  readonly channel: Channel;
  readonly pointer: string;
}

function describeUse({ modifier, sample, channel }: ModifierUse): string {
  return `${modifier.type} "${modifier.name}" of sample "${sample.name}" in channel "${channel.name}"`;
}

function checkModifierData(use: ModifierUse): void {
  const { modifier, sample, pointer } = use;
  const nBins = sample.data.length;
  const list = (values: readonly number[], key: string): void => {
    if (values.length === nBins && values.every(isUsable)) return;
    requireNumbers(values, {
      what: `${key} of ${describeUse(use)}`,
      pointer: key === "data" ? `${pointer}/data` : `${pointer}/data/${key}`,
      length: nBins,
      because: `the sample has ${count(nBins, "bin", "bins")}`,
    });
  };
  switch (modifier.type) {
    case "histosys":
      list(modifier.data.hi_data, "hi_data");
      list(modifier.data.lo_data, "lo_data");
      return;
    case "normsys":
      for (const key of ["hi", "lo"] as const) {
        const value = modifier.data[key];
        if (isUsable(value)) continue;
        throw inputError(
          unusable(`${key} of ${describeUse(use)}`, value),
          `${pointer}/data/${key}`,
        );
      }
      return;
    case "shapesys":
    case "staterror":
      // Zero and negative uncertainties are allowed, as in pyhf: they fix the bin, or are squared.
      list(modifier.data, "data");
      return;
    case "lumi":
      if (modifier.name !== "lumi") {
        throw inputError(`${describeUse(use)} must be named "lumi"`, `${pointer}/name`);
      }
      return;
    case "normfactor":
    case "shapefactor":
      return;
  }
  modifier satisfies never;
}

/** Records a modifier's use of its parameter set and refuses uses that do not go together. */
function registerUse(use: ModifierUse, sets: Map<string, SetUse>): void {
  const { modifier, sample, channel } = use;
  const { type, name } = modifier;
  const nBins = sample.data.length;
  const set = sets.get(name);
  if (set === undefined) {
    const perBin = type === "shapesys" || type === "staterror" || type === "shapefactor";
    const channels = new Set([channel.name]);
    sets.set(name, { type, perBin, size: perBin ? nBins : 1, channels, first: use });
    return;
  }
  const refuse = (problem: string, hint: string): never => {
    throw inputError(`${describeUse(use)} ${problem}`, use.pointer, hint);
  };
  const isAlpha = (t: Modifier["type"]): boolean => t === "normsys" || t === "histosys";
  if (set.type !== type && !(isAlpha(set.type) && isAlpha(type))) {
    refuse(
      `shares its name with ${describeUse(set.first)}`,
      "only normsys and histosys can share a parameter: rename one of them",
    );
  }
  if (type === "shapesys") {
    refuse(
      `reuses the name of ${describeUse(set.first)}`,
      "every shapesys needs a name of its own",
    );
  }
  if (type === "staterror") {
    const [mine, other] = [constraintOf(modifier), constraintOf(set.first.modifier)];
    if (mine !== other) {
      refuse(
        `has the constraint ${mine}, but ${describeUse(set.first)} has ${other}`,
        "give both the same constraint",
      );
    }
    // Each channel has its own bins, so its own parameters.
    if (!set.channels.has(channel.name)) set.size += nBins;
  }
  if (type === "shapefactor" && set.size !== nBins) {
    refuse(
      `has ${count(nBins, "bin", "bins")}, but ${describeUse(set.first)} has ${set.size}`,
      "modifiers of one name need the same number of bins",
    );
  }
  set.channels.add(channel.name);
}

/** The constraint of a staterror; Gaussian unless it says otherwise. */
function constraintOf(modifier: Modifier): string {
  return ("constraint" in modifier ? modifier.constraint?.type : undefined) ?? "Gaussian";
}

function checkObservations(workspace: Workspace): void {
  const { channels, observations } = workspace;
  requireUnique(observations, "observation", "/observations");
  const bins = new Map(channels.map((c) => [c.name, c.samples[0]?.data.length ?? 0]));
  observations.forEach(({ name, data }, index) => {
    const pointer = `/observations/${index}`;
    const nBins = bins.get(name);
    if (nBins === undefined) {
      throw inputError(
        `observation "${name}" belongs to no channel`,
        `${pointer}/name`,
        suggestName(name, [...bins.keys()]),
      );
    }
    requireNumbers(data, {
      what: `observation "${name}"`,
      pointer: `${pointer}/data`,
      length: nBins,
      because: `its channel has ${count(nBins, "bin", "bins")}`,
    });
    const negative = data.findIndex((value) => value < 0);
    if (negative >= 0) {
      throw inputError(
        `observation "${name}" is negative in bin ${negative} (${data[negative]})`,
        `${pointer}/data/${negative}`,
        "observed events must be 0 or more",
      );
    }
  });
  const observed = new Set(observations.map((o) => o.name));
  const missing = channels.findIndex((c) => !observed.has(c.name));
  if (missing >= 0) {
    throw inputError(
      `channel "${channels[missing]?.name}" has no observation`,
      `/channels/${missing}`,
      'add its observed data to "observations"',
    );
  }
}
