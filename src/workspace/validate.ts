/**
 * Checks of a workspace that a schema cannot express: names, lengths, ranges and the rules about which modifiers may
 * share a parameter (scope 1.2 and 1.6). What depends on the chosen measurement and POI is checked when the model is
 * resolved.
 *
 * @module
 */

import { suggestName } from "../errors.ts";
import {
  checkNameLength,
  count,
  inputError,
  type ParameterSetShape,
  requireNumbers,
  requireUnique,
} from "./checks.ts";
import type { Channel, Modifier, Sample, Workspace } from "./types.ts";
import { validateMeasurements } from "./validate-measurements.ts";

/** A {@link ParameterSetShape} under construction. */
interface SetUse extends ParameterSetShape {
  size: number;
  /** Channels that use it, in file order. */
  readonly channels: Set<string>;
  /** First use, for error texts. */
  readonly where: string;
  readonly constraint: string | undefined;
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
  const nBins = sample.data.length;
  const seen = new Set<string>();
  sample.modifiers.forEach((modifier, index) => {
    const pointer = `${samplePointer}/modifiers/${index}`;
    const what = `${modifier.type} "${modifier.name}" of sample "${sample.name}" in channel "${channel.name}"`;
    checkNameLength(modifier.name, "modifier", `${pointer}/name`);
    const key = `${modifier.type} ${modifier.name}`;
    if (seen.has(key)) {
      throw inputError(`duplicate ${what}`, pointer, "a sample takes each modifier once");
    }
    seen.add(key);
    checkModifierData(modifier, what, pointer, nBins);
    registerSet(modifier, { channel: channel.name, nBins, what, pointer, sets });
  });
}

function checkModifierData(modifier: Modifier, what: string, pointer: string, nBins: number): void {
  const because = `the sample has ${count(nBins, "bin", "bins")}`;
  const list = (values: readonly number[], key: string): void => {
    requireNumbers(values, {
      what: `${key} of ${what}`,
      pointer: `${pointer}/${key.replace(" ", "/")}`,
      length: nBins,
      because,
    });
  };
  switch (modifier.type) {
    case "histosys":
      list(modifier.data.hi_data, "data hi_data");
      list(modifier.data.lo_data, "data lo_data");
      return;
    case "normsys":
      for (const key of ["hi", "lo"] as const) {
        if (!Number.isFinite(modifier.data[key])) {
          throw inputError(
            `${key} of ${what} is not a finite number (${modifier.data[key]})`,
            `${pointer}/data/${key}`,
          );
        }
      }
      return;
    case "shapesys":
    case "staterror":
      // Zero and negative uncertainties are allowed, as in pyhf: they fix the bin, or are squared.
      list(modifier.data, "data");
      return;
    case "lumi":
      if (modifier.name !== "lumi") {
        throw inputError(`${what} must be named "lumi"`, `${pointer}/name`);
      }
      return;
    case "normfactor":
    case "shapefactor":
      return;
  }
  modifier satisfies never;
}

/** Records a modifier's use of its parameter set and refuses uses that do not go together. */
function registerSet(
  modifier: Modifier,
  use: {
    readonly channel: string;
    readonly nBins: number;
    readonly what: string;
    readonly pointer: string;
    readonly sets: Map<string, SetUse>;
  },
): void {
  const { type, name } = modifier;
  const { channel, nBins, what, pointer, sets } = use;
  const perBin = type === "shapesys" || type === "staterror" || type === "shapefactor";
  const constraint = "constraint" in modifier ? modifier.constraint?.type : undefined;
  const first = sets.get(name);
  if (first === undefined) {
    const size = perBin ? nBins : 1;
    sets.set(name, { type, perBin, size, channels: new Set([channel]), where: what, constraint });
    return;
  }
  const alpha = (t: Modifier["type"]): boolean => t === "normsys" || t === "histosys";
  if (first.type !== type && !(alpha(first.type) && alpha(type))) {
    throw inputError(
      `${what} shares its name with ${first.where}`,
      pointer,
      "only normsys and histosys can share a parameter: rename one of them",
    );
  }
  if (type === "shapesys") {
    throw inputError(
      `${what} reuses the name of ${first.where}`,
      pointer,
      "every shapesys needs a name of its own",
    );
  }
  if (first.constraint !== constraint) {
    throw inputError(
      `${what} has the constraint ${constraint ?? "Gaussian (the default)"}, but ${first.where} has ${first.constraint ?? "Gaussian (the default)"}`,
      pointer,
      "give both the same constraint",
    );
  }
  if (type === "shapefactor" && first.size !== nBins) {
    throw inputError(
      `${what} has ${count(nBins, "bin", "bins")}, but ${first.where} has ${first.size}`,
      pointer,
      "modifiers of one name need the same number of bins",
    );
  }
  // Each channel of a staterror has its own bins, so its own parameters.
  if (type === "staterror" && !first.channels.has(channel)) first.size += nBins;
  first.channels.add(channel);
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
