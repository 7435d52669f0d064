/**
 * A channel of a workspace -> a `histfactory_dist` and its data.
 *
 * @module
 */

import { count } from "../../workspace/checks.ts";
import { compareCodePoints } from "../../workspace/names.ts";
import type { Channel, Modifier, Sample, Workspace } from "../../workspace/types.ts";
import type { ConversionLog } from "../conversion.ts";
import { type Codes, interpolationNumber } from "./interpolation.ts";
import { cannotWrite, type MeasurementToWrite, type ModelParameter } from "./model-parameters.ts";
import type { Hs3Source } from "./types.ts";
import { constraintName, type ParameterNames } from "./write-constraints.ts";

export interface ChannelToWrite {
  readonly workspace: Workspace;
  readonly channel: Channel;
  /** Index of the channel in the workspace. */
  readonly index: number;
  readonly names: ParameterNames;
  readonly measurements: readonly MeasurementToWrite[];
  readonly interpolation: Codes;
  readonly source?: Hs3Source;
  readonly log: ConversionLog;
}

export interface WrittenChannel {
  readonly distribution: { readonly name: string };
  readonly data: { readonly name: string };
  /** The observables with their ranges. */
  readonly observables: readonly object[];
}

/** Names of the constraint types, as RooFit and pyhs3 have them. */
const TYPES = { gauss: "Gauss", poisson: "Poisson" } as const;

export function writeChannel(input: ChannelToWrite): WrittenChannel {
  const { workspace, channel, source } = input;
  const before = source?.channels[channel.name];
  const nBins = channel.samples[0]?.data.length ?? 0;
  const axes = before?.axes ?? [
    { name: `obs_x_${channel.name}`, min: 0, max: nBins, nbins: nBins },
  ];
  const staterror = chooseStaterror(input);
  const observed = workspace.observations.find(({ name }) => name === channel.name);
  return {
    distribution: {
      name: before?.distribution ?? `model_${channel.name}`,
      type: "histfactory_dist",
      axes,
      ...(staterror === null
        ? {}
        : { staterror: { relThreshold: 0, constraint_type: staterror.type } }),
      samples: channel.samples.map((sample, s) => writeSample(input, sample, s, staterror)),
    } as WrittenChannel["distribution"],
    data: {
      name: before?.data ?? `obsData_${channel.name}`,
      type: "binned",
      axes,
      contents: observed?.data ?? [],
    } as WrittenChannel["data"],
    observables: axes.map(rangeOfAxis),
  };
}

/** An axis has a range, or the edges of its bins. */
function rangeOfAxis(axis: unknown): object {
  const { name, min, max, edges, bounds } = axis as Readonly<Record<string, unknown>>;
  const values = (edges ?? bounds ?? [min, max]) as readonly unknown[];
  return { name, min: values[0], max: values.at(-1) };
}

/** The one set of the channel that is written as a staterror, with all its parameters. */
interface StaterrorToWrite {
  readonly name: string;
  readonly parameters: readonly ModelParameter[];
  readonly type: (typeof TYPES)[keyof typeof TYPES];
  /** `[nBins]` factors that bring the errors of the samples to the constraint of the measurement. */
  readonly scale: readonly number[];
}

/** A channel of HS3 has one staterror: the one on most samples. */
function chooseStaterror(input: ChannelToWrite): StaterrorToWrite | null {
  const { channel } = input;
  const uses = new Map<string, number>();
  for (const { modifiers } of channel.samples) {
    for (const { name, type } of modifiers) {
      if (type !== "staterror" || constraintType(binsOf(input, name), name) === null) continue;
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
  }
  const [chosen] = [...uses].sort(([, a], [, b]) => b - a);
  if (chosen === undefined) return null;
  const [name] = chosen;
  const parameters = binsOf(input, name);
  const type = constraintType(parameters, name) ?? "Gauss";
  const templates = templateWidths(input, name);
  const wanted = staterrorWidths(input, name);
  const scale = wanted.map((width, b) => {
    const template = templates[b] as number;
    if (template === 0 && width > 0) {
      throw cannotWrite(
        `the constraint of "${parameters[b]?.name}", whose templates have no uncertainty,`,
        "give them one",
      );
    }
    return template === 0 || Math.abs(width / template - 1) < 1e-12 ? 1 : width / template;
  });
  if (scale.some((factor) => factor !== 1)) {
    input.log.changed.push({
      path: `/channels/${input.index}`,
      note: `the errors of ${name} are scaled to the constraint of the measurement`,
    });
  }
  return { name, parameters, type, scale };
}

/** `[nBins]` relative uncertainties that the templates of a staterror have in this channel; 0 where nothing is expected. */
function templateWidths({ channel }: ChannelToWrite, name: string): readonly number[] {
  const samples = channel.samples.filter(({ modifiers }) =>
    modifiers.some((modifier) => modifier.type === "staterror" && modifier.name === name),
  );
  return (channel.samples[0]?.data ?? []).map((_, b) => {
    let variance = 0;
    let nominal = 0;
    for (const sample of samples) {
      variance += errorOf(sample, name, b) ** 2;
      nominal += sample.data[b] as number;
    }
    return nominal > 0 ? Math.sqrt(variance) / nominal : 0;
  });
}

/** `[nBins]` relative uncertainties that its constraints have. */
function staterrorWidths(input: ChannelToWrite, name: string): readonly number[] {
  const templates = templateWidths(input, name);
  return binsOf(input, name).map((bin, b) => relativeWidth(bin, templates[b] === 0));
}

function errorOf({ modifiers }: Sample, name: string, bin: number): number {
  const modifier = modifiers.find((m) => m.type === "staterror" && m.name === name);
  return modifier?.type === "staterror" ? (modifier.data[bin] as number) : 0;
}

/** The parameters of a per-bin modifier in this channel. */
function binsOf(
  { channel, measurements, workspace }: ChannelToWrite,
  set: string,
): ModelParameter[] {
  const all = measurements[0]?.parameters.filter((parameter) => parameter.set === set) ?? [];
  const nBins = channel.samples[0]?.data.length ?? 0;
  if (all.length === nBins) return all;
  // A staterror of several channels has the bins of each, in the order of the data vector: by name.
  const users = workspace.channels
    .filter(({ samples }) => samples.some(({ modifiers }) => modifiers.some((m) => m.name === set)))
    .sort((a, b) => compareCodePoints(a.name, b.name));
  let first = 0;
  for (const user of users) {
    if (user.name === channel.name) break;
    first += user.samples[0]?.data.length ?? 0;
  }
  return all.slice(first, first + nBins);
}

/** Relative width of the constraint of a per-bin parameter; 0 where the templates give it none. */
function relativeWidth({ constraint }: ModelParameter, degenerate: boolean): number {
  if (constraint.type === "none") return 0;
  // What pyhf gives a bin without uncertainty, so that its term is a constant.
  const isDefault = constraint.type === "gauss" ? constraint.sigma === 1 : constraint.tau === 1;
  if (degenerate && isDefault) return 0;
  return constraint.type === "gauss" ? constraint.sigma : 1 / Math.sqrt(constraint.tau);
}

/** The one type of constraint of a set, or null where it has none. */
function constraintType(
  parameters: readonly ModelParameter[],
  set: string,
): (typeof TYPES)[keyof typeof TYPES] | null {
  const found = new Set(parameters.map(({ constraint }) => constraint.type));
  found.delete("none");
  if (found.size > 1) {
    throw cannotWrite(
      `the constraints of "${set}", Gaussian in some bins and Poisson in others,`,
      "give all bins one type",
    );
  }
  const [type] = found;
  return type === undefined || type === "none" ? null : TYPES[type];
}

function writeSample(
  input: ChannelToWrite,
  sample: Sample,
  index: number,
  staterror: StaterrorToWrite | null,
): object {
  const { scale = [], name = "" } = staterror ?? {};
  const carries = sample.modifiers.some((m) => m.type === "staterror" && m.name === name);
  const errors = carries
    ? sample.data.map((_, b) => errorOf(sample, name, b) * (scale[b] as number))
    : null;
  return {
    name: sample.name,
    data: { contents: sample.data, ...(errors === null ? {} : { errors }) },
    modifiers: sample.modifiers.map((modifier, m) =>
      writeModifier(
        input,
        modifier,
        sample,
        `/channels/${input.index}/samples/${index}/modifiers/${m}`,
        staterror,
      ),
    ),
  };
}

function writeModifier(
  input: ChannelToWrite,
  modifier: Modifier,
  sample: Sample,
  pointer: string,
  staterror: StaterrorToWrite | null,
): object {
  const { names, interpolation, log } = input;
  const parameter = names.of(modifier.name);
  switch (modifier.type) {
    case "normfactor":
    case "lumi": {
      // RooFit takes the name for the parameter.
      const factor = { name: parameter, type: "normfactor", parameter };
      if (modifier.type === "lumi") log.changed.push({ path: pointer, note: LUMI });
      return isConstrained(input, modifier.name)
        ? { ...factor, constraint_name: constraintName(parameter) }
        : factor;
    }
    case "normsys": {
      const code = modifier.interpolation ?? interpolation.normsys;
      const several = sample.modifiers.filter(({ type }) => type === "normsys").length > 1;
      if (several && (code === "code0" || code === "code2")) {
        log.changed.push({ path: pointer, note: `${code}: ROOT adds such normsys of one sample` });
      }
      return {
        name: modifier.name,
        type: "normsys",
        parameter,
        constraint_name: constraintName(parameter),
        interpolation: interpolationNumber(code),
        data: { ...modifier.data, interpolation: code },
      };
    }
    case "histosys": {
      const code = modifier.interpolation ?? interpolation.histosys;
      if (code !== "code4p") {
        log.changed.push({ path: pointer, note: `${code}: ROOT 6.40 reads every histosys as 4p` });
      }
      return {
        name: modifier.name,
        type: "histosys",
        parameter,
        constraint_name: constraintName(parameter),
        interpolation: interpolationNumber(code),
        data: {
          hi: { contents: modifier.data.hi_data },
          lo: { contents: modifier.data.lo_data },
          interpolation: code,
        },
      };
    }
    case "shapefactor": {
      const bins = binsOf(input, modifier.name);
      return {
        name: modifier.name,
        type: "shapefactor",
        parameters: bins.map(({ name }) => names.of(name)),
      };
    }
    case "staterror":
      if (staterror !== null && modifier.name === staterror.name) {
        return {
          name: modifier.name,
          type: "staterror",
          parameters: staterror.parameters.map(({ name }) => names.of(name)),
          constraint_type: staterror.type,
          constraint: staterror.type,
        };
      }
      log.changed.push({ path: pointer, note: "a shapesys: HS3 has one staterror per channel" });
      return writeShapesys(input, modifier.name, staterrorWidths(input, modifier.name), pointer);
    case "shapesys":
      return writeShapesys(input, modifier.name, shapesysWidths(input, modifier, sample), pointer);
  }
  return modifier satisfies never;
}

const LUMI = "a normfactor with a constraint";

function isConstrained({ measurements }: ChannelToWrite, name: string): boolean {
  const parameter = measurements[0]?.parameters.find((p) => p.name === name);
  return parameter !== undefined && parameter.constraint.type !== "none";
}

/** `[nBins]` relative uncertainties of a shapesys; as they stand in the workspace where the measurement says no other. */
function shapesysWidths(
  input: ChannelToWrite,
  { name, data }: { readonly name: string; readonly data: readonly number[] },
  sample: Sample,
): readonly number[] {
  return binsOf(input, name).map((bin, b) => {
    const [sigma, nominal] = [data[b] as number, sample.data[b] as number];
    if (!(sigma > 0 && nominal > 0)) return relativeWidth(bin, true);
    const { constraint } = bin;
    const isOwn = constraint.type === "poisson" && constraint.tau === (nominal / sigma) ** 2;
    return isOwn ? sigma / nominal : relativeWidth(bin, false);
  });
}

function writeShapesys(
  input: ChannelToWrite,
  name: string,
  vals: readonly number[],
  pointer: string,
): object {
  const bins = binsOf(input, name);
  const parameters = bins.map((bin) => input.names.of(bin.name));
  const type = constraintType(bins, name);
  if (type === null) {
    input.log.changed.push({ path: pointer, note: "a shapefactor: it has no constraint" });
    return { name, type: "shapefactor", parameters };
  }
  const idle = vals.filter((value) => value === 0).length;
  if (idle > 0) {
    const note = `no uncertainty in ${count(idle, "bin", "bins")} without effect`;
    input.log.changed.push({ path: pointer, note });
  }
  return {
    name,
    type: "shapesys",
    parameters,
    constraint_type: type,
    constraint: type,
    data: { vals },
  };
}
