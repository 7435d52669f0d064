/**
 * Short constructors for workspaces written by hand.
 *
 * @module
 */
import type {
  Channel,
  Measurement,
  Modifier,
  ParameterConfig,
  Sample,
  Workspace,
} from "../../src/workspace/types.ts";

/** Golden workspaces by name: the name of the file without `.json`. */
export type Workspaces = Readonly<Record<string, Workspace>>;

type Numbers = readonly number[];

export const normfactor = (name: string): Modifier => ({ name, type: "normfactor", data: null });
export const shapefactor = (name: string): Modifier => ({ name, type: "shapefactor", data: null });
export const lumi: Modifier = { name: "lumi", type: "lumi", data: null };
export const normsys = (name: string, hi: number, lo: number): Modifier => ({
  name,
  type: "normsys",
  data: { hi, lo },
});
export const histosys = (name: string, hi: Numbers, lo: Numbers): Modifier => ({
  name,
  type: "histosys",
  data: { hi_data: hi, lo_data: lo },
});
export const shapesys = (name: string, sigmas: Numbers): Modifier => ({
  name,
  type: "shapesys",
  data: sigmas,
});
export const staterror = (name: string, sigmas: Numbers): Modifier => ({
  name,
  type: "staterror",
  data: sigmas,
});

/** The signal strength of most models. */
export const mu: Modifier = normfactor("mu");

export const sample = (name: string, data: Numbers, ...modifiers: Modifier[]): Sample => ({
  name,
  data,
  modifiers,
});

/** A channel and what was observed in it. */
export interface ObservedChannel {
  readonly channel: Channel;
  readonly observed: Numbers;
}

export const channel = (
  name: string,
  observed: Numbers,
  ...samples: Sample[]
): ObservedChannel => ({
  channel: { name, samples },
  observed,
});

export const measurement = (
  name: string,
  poi: string,
  ...parameters: ParameterConfig[]
): Measurement => ({ name, config: { poi, parameters } });

/** Settings of a `lumi` parameter with the given relative uncertainty. */
export const lumiConfig = (sigma: number): ParameterConfig => ({
  name: "lumi",
  inits: [1],
  bounds: [[0.5, 1.5]],
  auxdata: [1],
  sigmas: [sigma],
});

/** A workspace of these channels; without measurements, one with POI `mu` and no settings. */
export function workspace(
  channels: readonly ObservedChannel[],
  ...measurements: readonly Measurement[]
): Workspace {
  return {
    channels: channels.map((entry) => entry.channel),
    observations: channels.map((entry) => ({ name: entry.channel.name, data: entry.observed })),
    measurements: measurements.length > 0 ? measurements : [measurement("fit", "mu")],
    version: "1.0.0",
  };
}
