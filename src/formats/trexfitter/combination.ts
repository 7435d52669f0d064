/**
 * `CombinationXml`: the workspace is a HistFactory combination that exists, with what the configuration has of it.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import type { Channel, Measurement, Modifier, Workspace } from "../../workspace/types.ts";
import type { Place } from "./blocks.ts";

/** What of a combination the configuration has. */
export interface CombinationFilter {
  /** Of the combination, relative to the folder of the files. */
  readonly path: string;
  /** Where the configuration names it. */
  readonly place: Place;
  readonly pois: readonly string[];
  readonly regions: readonly RegionFilter[];
  /** Without statistical uncertainties too. */
  readonly isStatisticalOnly: boolean;
}

interface RegionFilter extends Place {
  readonly name: string;
  /** No data: the sum of the samples takes their place. */
  readonly isAsimov: boolean;
  readonly samples: readonly SampleFilter[];
}

interface SampleFilter {
  readonly name: string;
  readonly hasStatistical: boolean;
  /** Names of parameters that vary or scale it. */
  readonly parameters: ReadonlySet<string>;
}

/** Names of one kind that are told in one warning. */
type Told = Map<string, Set<string>>;

/**
 * The combination without what the configuration does not have.
 *
 * @throws NextstatError `input` for regions, samples and parameters of interest that the combination does not have
 */
export function filterCombination(
  workspace: Workspace,
  filter: CombinationFilter,
): { readonly workspace: Workspace; readonly warnings: readonly string[] } {
  const told: Told = new Map();
  const channels = filter.regions.map((region) => filterChannel(workspace, filter, region, told));
  const kept = new Set(channels.map(({ name }) => name));
  for (const { name } of workspace.channels) {
    if (!kept.has(name)) tell(told, "regions of the combination are left out", name);
  }
  const observations = filter.regions.map(({ name, isAsimov }) => {
    const channel = channels.find((candidate) => candidate.name === name) as Channel;
    const data = workspace.observations.find((observation) => observation.name === name)?.data;
    if (!isAsimov && data !== undefined) return { name, data };
    tell(told, "regions have no data: the sum of the samples takes their place", name);
    return { name, data: sumOf(channel) };
  });
  const measurements = workspace.measurements.map((measurement) =>
    filterMeasurement(workspace, channels, measurement, filter),
  );
  const warnings = [...told].map(
    ([what, names]) =>
      `${what} (${names.size}): ${[...names].slice(0, SHOWN).join(", ")}${names.size > SHOWN ? " ..." : ""}`,
  );
  return { workspace: { ...workspace, channels, observations, measurements }, warnings };
}

/** Names shown of one warning. */
const SHOWN = 5;

function tell(told: Told, what: string, name: string): void {
  const names = told.get(what) ?? new Set();
  names.add(name);
  told.set(what, names);
}

function filterChannel(
  { channels }: Workspace,
  { isStatisticalOnly }: CombinationFilter,
  region: RegionFilter,
  told: Told,
): Channel {
  const channel = channels.find(({ name }) => name === region.name);
  if (channel === undefined) {
    throw missing(
      region,
      "region",
      region.name,
      channels.map(({ name }) => name),
    );
  }
  const samples = region.samples.map((wanted) => {
    const sample = channel.samples.find(({ name }) => name === wanted.name);
    if (sample === undefined) {
      const known = channel.samples.map(({ name }) => name);
      throw missing(region, `sample of region "${region.name}"`, wanted.name, known);
    }
    const modifiers = sample.modifiers.filter((modifier) => {
      if (isStatistical(modifier)) return wanted.hasStatistical && !isStatisticalOnly;
      if (modifier.type === "lumi" || wanted.parameters.has(modifier.name)) return true;
      tell(
        told,
        "parameters of the combination are left out where the configuration has none",
        modifier.name,
      );
      return false;
    });
    const found = new Set(modifiers.map(({ name }) => name));
    for (const name of wanted.parameters) {
      if (found.has(name)) continue;
      tell(
        told,
        "parameters of the configuration are not in the combination, as after pruning",
        name,
      );
    }
    return { ...sample, modifiers };
  });
  for (const { name } of channel.samples) {
    if (samples.some((sample) => sample.name === name)) continue;
    tell(told, "samples of the combination are left out", `${region.name}/${name}`);
  }
  return { ...channel, samples };
}

/** Of the simulated events: staterror, and what TRExFitter calls `stat_SAMPLE` for SeparateGammas. */
function isStatistical({ type, name }: Modifier): boolean {
  return type === "staterror" || (type === "shapesys" && name.startsWith("stat_"));
}

function filterMeasurement(
  before: Workspace,
  channels: readonly Channel[],
  measurement: Measurement,
  { pois, place }: CombinationFilter,
): Measurement {
  const namesIn = (all: readonly Channel[]): Set<string> =>
    new Set(all.flatMap(({ samples }) => samples.flatMap((s) => s.modifiers.map((m) => m.name))));
  const left = namesIn(channels);
  const gone = new Set([...namesIn(before.channels)].filter((name) => !left.has(name)));
  const [poi = measurement.config.poi] = pois;
  if (poi !== "" && !left.has(poi)) throw missing(place, "parameter of interest", poi, [...left]);
  const parameters = measurement.config.parameters.filter(({ name }) => !gone.has(name));
  return { ...measurement, config: { ...measurement.config, poi, parameters } };
}

function missing(
  { file, line }: Place,
  what: string,
  name: string,
  known: readonly string[],
): NextstatError {
  return new NextstatError("input", `the combination has no ${what} "${name}"`, {
    location: { file, line },
    hint: suggestName(name, known),
  });
}

function sumOf({ samples }: Channel): number[] {
  return (samples[0]?.data ?? []).map((_, b) =>
    samples.reduce((sum, { data }) => sum + (data[b] as number), 0),
  );
}
