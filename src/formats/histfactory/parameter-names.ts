/**
 * Names of parameters: ROOT's, and those of the workspace.
 *
 * ROOT writes `alpha_jes`, `gamma_stat_SR_bin_0`, `gamma_shape_bin_0` and `Lumi`; pyhf and we write `jes`, `staterror_SR[0]`,
 * `shape[0]` and `lumi`.
 *
 * @module
 */

import type { ConversionLog } from "../conversion.ts";
import { xmlError } from "./elements.ts";
import type { Functions } from "./functions.ts";
import type { LoadedChannel } from "./load-channel.ts";
import { changed } from "./report.ts";
import type { Place } from "./xml-text.ts";

/** Where a name of ROOT's is in the workspace. */
export interface Target {
  readonly set: string;
  /** Bin of a per-bin set, or null. */
  readonly bin: number | null;
}

/** Names of the workspace. */
export interface ParameterNames {
  readonly normFactor: (name: string) => string;
  readonly overallSys: (name: string) => string;
  readonly histoSys: (name: string) => string;
  /** Of a ShapeSys or ShapeFactor. */
  readonly shape: (name: string) => string;
  readonly statError: (channel: string) => string;
  /** Every parameter of ROOT's model in which no ConstraintTerm has replaced any. */
  readonly targets: ReadonlyMap<string, Target>;
}

/** A parameter of ROOT's that stands for one of ours: its value is (ours - centre) / width. */
export interface RootParameter {
  readonly name: string;
  readonly centre: number;
  readonly width: number;
}

export const LUMI = "lumi";

/**
 * @param split systematics whose OverallSys and HistoSys have a parameter each, as ConstraintTerms make them have
 * @throws NextstatError `input` where two things share a parameter in ROOT and cannot here
 */
export function nameParameters(
  channels: readonly LoadedChannel[],
  functions: Functions,
  split: ReadonlySet<string>,
  log: ConversionLog,
): ParameterNames {
  const taken = new Set([LUMI]);
  const names = new Map<string, string>();
  const targets = new Map<string, Target>([["Lumi", { set: LUMI, bin: null }]]);
  /** `key` is unique, ROOT's name where it has one. */
  const give = (key: string, wanted: string, place: Place): string => {
    const known = names.get(key);
    if (known !== undefined) return known;
    let name = wanted;
    if (taken.has(name)) name = key;
    while (taken.has(name)) name += "_";
    if (name !== wanted) {
      changed(log, place, `"${wanted}" is called "${name}": another parameter has that name`);
    }
    taken.add(name);
    names.set(key, name);
    return name;
  };
  const visit = (type: string, handle: (use: Use) => void): void => {
    for (const { channel, systematic } of uses(channels)) {
      if (systematic.type !== type) continue;
      const { place } = systematic;
      const name = "name" in systematic ? systematic.name : channel.element.name;
      handle({ channel, name, place });
    }
  };

  for (const { name, place } of functions.parameters.values()) {
    refuseReserved(name, place);
    targets.set(name, { set: give(name, name, place), bin: null });
  }
  visit("NormFactor", ({ name, place }) => {
    if (functions.places.has(name)) return;
    refuseReserved(name, place);
    targets.set(name, { set: give(name, name, place), bin: null });
  });
  visit("OverallSys", ({ name, place }) => {
    const set = give(split.has(name) ? `beta_${name}` : `alpha_${name}`, name, place);
    if (!split.has(name)) targets.set(`alpha_${name}`, { set, bin: null });
  });
  visit("HistoSys", ({ name, place }) => {
    const wanted = split.has(name) ? `alpha_${name}` : name;
    targets.set(`alpha_${name}`, { set: give(`alpha_${name}`, wanted, place), bin: null });
  });
  const bins = (prefix: string, set: string, { shape }: LoadedChannel): void => {
    binSuffixes(shape).forEach((suffix, bin) => {
      targets.set(`${prefix}_bin_${suffix}`, { set, bin });
    });
  };
  for (const type of ["ShapeSys", "ShapeFactor"]) {
    visit(type, ({ name, place, channel }) => {
      bins(`gamma_${name}`, give(`gamma_${name}`, name, place), channel);
    });
  }
  visit("StatError", ({ name, place, channel }) => {
    const set = give(`gamma_stat_${name}`, `staterror_${name}`, place);
    bins(`gamma_stat_${name}`, set, channel);
  });
  const find = (key: string): string => names.get(key) as string;
  return {
    normFactor: find,
    overallSys: (name) => find(split.has(name) ? `beta_${name}` : `alpha_${name}`),
    histoSys: (name) => find(`alpha_${name}`),
    shape: (name) => find(`gamma_${name}`),
    statError: (channel) => find(`gamma_stat_${channel}`),
    targets,
  };
}

interface Use {
  readonly channel: LoadedChannel;
  /** Of the systematic, or of the channel for a StatError. */
  readonly name: string;
  readonly place: Place;
}

function* uses(channels: readonly LoadedChannel[]): Generator<{
  readonly channel: LoadedChannel;
  readonly systematic: LoadedChannel["samples"][number]["systematics"][number];
}> {
  for (const channel of channels) {
    for (const { systematics } of channel.samples) {
      for (const systematic of systematics) yield { channel, systematic };
    }
  }
}

/** In ROOT these would be the same parameter as that of a systematic, or of the luminosity. */
function refuseReserved(name: string, place: Place): void {
  if (!/^(Lumi$|nominalLumi$|alpha_|beta_|gamma_|nom_)/.test(name)) return;
  throw xmlError(
    `a factor is called "${name}", as a parameter of ROOT's own`,
    place,
    "a factor cannot share the parameter of a systematic here: rename it",
  );
}

/** `0`, `1` ...; `0_0`, `0_1` ... for two axes: how ROOT numbers bins in names of parameters. */
function binSuffixes(shape: readonly number[]): readonly string[] {
  return shape.reduce<readonly string[]>(
    (before, size) =>
      before.flatMap((prefix) =>
        Array.from({ length: size }, (_, i) => (prefix === "" ? `${i}` : `${prefix}_${i}`)),
      ),
    [""],
  );
}
