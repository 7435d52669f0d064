/**
 * Channels and constraints of an HS3 likelihood -> a workspace.
 *
 * @module
 */

import { suggestName } from "../../errors.ts";
import { count } from "../../workspace/checks.ts";
import type {
  Channel,
  HistosysCode,
  Measurement,
  Modifier,
  NormsysCode,
  ParameterConfig,
  Workspace,
} from "../../workspace/types.ts";
import type { ConversionLog } from "../conversion.ts";
import { hs3Error, objectOf } from "./document.ts";
import type { Hs3Document, Values } from "./index-document.ts";
import type { Likelihood, ObservedChannel } from "./likelihood.ts";
import { type ScalarParameter, scalarConfig } from "./parameters.ts";
import { type DecidedSet, decideSet, setConfigs } from "./per-bin-modifiers.ts";
import { collectPerBinSets } from "./per-bin-sets.ts";
import { channelName, type DraftModifier, type DraftSample } from "./read-channel.ts";
import { collectScalars, literalFactor, readTerms, type ScalarUse, type Terms } from "./scalars.ts";
import type { Hs3Notice, Hs3Source } from "./types.ts";

/** An analysis, or what stands for one. */
export interface Analysis {
  readonly name: string;
  readonly pointer: string;
  /** Parameter of interest by its name in the document; empty for none. */
  readonly poi: string;
  readonly values: Values;
}

export interface BuildInput {
  readonly document: Hs3Document;
  readonly likelihood: Likelihood;
  readonly likelihoodName: string;
  readonly measurements: readonly Analysis[];
  readonly interpolation: "standard" | "root";
  readonly log: ConversionLog;
  readonly notices: Hs3Notice[];
}

export interface Built {
  readonly workspace: Workspace;
  readonly source: Omit<Hs3Source, "leftOut">;
  /** Pointers in the document by pointers into the workspace. */
  readonly origins: ReadonlyMap<string, string>;
}

/** Interpolation of modifiers that state none. */
const UNSTATED = {
  standard: { normsys: "code1", histosys: "code0" },
  root: { normsys: "code4", histosys: "code4p" },
} as const;

export function buildWorkspace(input: BuildInput): Built {
  const { document, likelihood, measurements, log, notices } = input;
  const [first] = measurements as [Analysis, ...Analysis[]];
  const scalars = collectScalars(likelihood);
  const drafts = likelihood.channels.map(({ channel }) => channel);
  const sets = collectPerBinSets(drafts, new Set(scalars.keys()));
  const perBin = new Set(sets.flatMap(({ parameters }) => parameters));
  const termsOf = (values: Values): Terms =>
    readTerms(document, likelihood.terms, scalars, perBin, values);
  const terms = termsOf(first.values);
  for (const node of terms.idle) {
    log.lost.push({ path: node.pointer, note: `${node.what}: constrains no parameter in use` });
  }
  const names = nameScalars(scalars, terms, log);
  const decided = new Map(
    sets.map((set) => [JSON.stringify(set.parameters), decideSet(set, terms, first.values, log)]),
  );
  const origins = new Map<string, string>();
  const unstated = { normsys: 0, histosys: 0 };
  const context: ModifierContext = {
    names,
    terms,
    decided,
    codes: UNSTATED[input.interpolation],
    unstated,
  };
  const channelNames = nameChannels(likelihood.channels, log);
  const channels = likelihood.channels.map(({ channel, dataName, dataPointer }, c): Channel => {
    const at = `/channels/${c}`;
    origins.set(at, channel.pointer);
    origins.set(`/observations/${c}`, dataPointer);
    log.kept.push({
      path: channel.pointer,
      note: `channel ${channelNames[c]}: ${count(channel.samples.length, "sample", "samples")}, ${count(channel.nBins, "bin", "bins")}`,
    });
    log.kept.push({ path: dataPointer, note: `data ${dataName}` });
    const samples = channel.samples.map((sample, s) => {
      origins.set(`${at}/samples/${s}`, sample.pointer);
      reportAdditive(sample, context, log, notices);
      const modifiers = sample.modifiers.flatMap((modifier, m) => {
        origins.set(`${at}/samples/${s}/modifiers/${m}`, modifier.node.pointer);
        return [toModifier(modifier, sample, context)];
      });
      return { name: sample.name, data: sample.contents, modifiers };
    });
    return { name: channelNames[c] as string, samples };
  });
  noteUnstated(unstated, input, log, notices);

  const poiNames = new Map([...names].map(([parameter, name]) => [parameter, name]));
  const exotic: Record<string, string> = {};
  for (const [parameter, name] of names) if (name !== parameter) exotic[name] = parameter;
  for (const set of sets) {
    set.parameters.forEach((parameter, i) => {
      const name = `${set.name}[${i}]`;
      poiNames.set(parameter, name);
      if (parameter !== `${set.name}_bin_${i}`) exotic[name] = parameter;
    });
  }
  const settings = measurements.map((analysis, m): Measurement => {
    origins.set(`/measurements/${m}`, analysis.pointer);
    log.kept.push({ path: analysis.pointer, note: `measurement ${analysis.name}` });
    const own = m === 0 ? terms : termsOf(analysis.values);
    const parameters: ParameterConfig[] = [];
    const at = `/measurements/${m}/config/parameters`;
    const push = (configs: readonly (ParameterConfig | null)[], pointer: string): void => {
      for (const config of configs) {
        if (config === null) continue;
        origins.set(`${at}/${parameters.length}`, pointer);
        parameters.push(config);
      }
    };
    for (const use of scalars.values()) {
      const scalar = scalarOf(use, names, own, analysis.values);
      push([scalarConfig(scalar, analysis.values)], use.node.pointer);
    }
    for (const set of sets) {
      const decision = decided.get(JSON.stringify(set.parameters)) as DecidedSet;
      const pointer = set.uses[0]?.draft.node.pointer ?? "";
      push(setConfigs(set, decision, analysis.values, log), pointer);
    }
    return { name: analysis.name, config: { poi: poiOf(analysis, poiNames), parameters } };
  });
  const workspace: Workspace = {
    channels,
    observations: likelihood.channels.map(({ observed }, c) => ({
      name: channelNames[c] as string,
      data: observed,
    })),
    measurements: settings,
    version: "1.0.0",
  };
  return { workspace, source: sourceOf(input, first, channelNames, exotic), origins };
}

function poiOf({ poi, pointer }: Analysis, names: ReadonlyMap<string, string>): string {
  if (poi === "") return "";
  const name = names.get(poi);
  if (name !== undefined) return name;
  throw hs3Error(
    `no modifier of the likelihood has the parameter of interest "${poi}"`,
    `${pointer}/parameters_of_interest/0`,
    suggestName(poi, [...names.keys()]),
  );
}

/** Channels without RooFit's `model_`, unless two would have one name. */
function nameChannels(channels: readonly ObservedChannel[], log: ConversionLog): readonly string[] {
  const short = channels.map(({ channel }) => channelName(channel.name));
  const distinct = new Set(short).size === short.length;
  return channels.map(({ channel }, c) => {
    const name = distinct ? (short[c] as string) : channel.name;
    if (name !== channel.name) {
      log.changed.push({ path: `${channel.pointer}/name`, note: `channel ${name}` });
    }
    return name;
  });
}

/** Names in the workspace: those of the document, except that a Gaussian luminosity is `lumi`. */
function nameScalars(
  scalars: ReadonlyMap<string, ScalarUse>,
  { byParameter }: Terms,
  log: ConversionLog,
): ReadonlyMap<string, string> {
  const names = new Map([...scalars.keys()].map((name) => [name, name]));
  for (const { parameter, type, node } of scalars.values()) {
    const isLumi = type === "factor" && byParameter.get(parameter)?.type === "gauss";
    if (isLumi && parameter === "Lumi" && !scalars.has("lumi")) {
      names.set(parameter, "lumi");
      log.changed.push({ path: node.pointer, note: 'the parameter "Lumi" is called "lumi"' });
    }
  }
  return names;
}

function scalarOf(
  { parameter, type, node }: ScalarUse,
  names: ReadonlyMap<string, string>,
  { byParameter, held }: Terms,
  values: Values,
): ScalarParameter {
  const term = byParameter.get(parameter) ?? null;
  const name = names.get(parameter) as string;
  return {
    name,
    parameter,
    kind: type === "alpha" ? "alpha" : factorKind(name, term),
    term,
    held: held.has(parameter),
    literal: literalFactor(parameter, values),
    node,
  };
}

function factorKind(
  name: string,
  term: ScalarParameter["term"],
): Exclude<ScalarParameter["kind"], "alpha"> {
  if (term?.type === "lognormal") return "lognormal";
  return name === "lumi" && term?.type === "gauss" ? "lumi" : "normfactor";
}

interface ModifierContext {
  readonly names: ReadonlyMap<string, string>;
  readonly terms: Terms;
  readonly decided: ReadonlyMap<string, DecidedSet>;
  readonly codes: { readonly normsys: NormsysCode; readonly histosys: HistosysCode };
  /** How many modifiers state no interpolation. */
  readonly unstated: { normsys: number; histosys: number };
}

function toModifier(
  modifier: DraftModifier,
  sample: DraftSample,
  { names, terms, decided, codes, unstated }: ModifierContext,
): Modifier {
  if ("parameters" in modifier) {
    const set = decided.get(JSON.stringify(modifier.parameters)) as DecidedSet;
    return set.modifierOf(sample);
  }
  const name = names.get(modifier.parameter) as string;
  switch (modifier.type) {
    case "factor": {
      const term = terms.byParameter.get(modifier.parameter) ?? null;
      const kind = factorKind(name, term);
      if (kind !== "lognormal" || term?.type !== "lognormal") {
        return { name, type: kind === "lumi" ? "lumi" : "normfactor", data: null };
      }
      const hi = Math.exp(term.sigma);
      return { name, type: "normsys", data: { hi, lo: 1 / hi }, interpolation: "code1" };
    }
    case "normsys": {
      if (modifier.code === null) unstated.normsys += 1;
      const interpolation = modifier.code ?? codes.normsys;
      return { name, type: "normsys", data: { hi: modifier.hi, lo: modifier.lo }, interpolation };
    }
    case "histosys": {
      if (modifier.code === null) unstated.histosys += 1;
      const data = { hi_data: modifier.hi, lo_data: modifier.lo };
      return { name, type: "histosys", data, interpolation: modifier.code ?? codes.histosys };
    }
  }
  return modifier satisfies never;
}

/** RooFit adds normsys of codes 0 and 2 to each other where this engine, like pyhf, multiplies them. */
function reportAdditive(
  sample: DraftSample,
  { codes }: ModifierContext,
  log: ConversionLog,
  notices: Hs3Notice[],
): void {
  const factors = sample.modifiers.filter((modifier) => modifier.type === "normsys");
  const isAdded = factors.some(({ code }) => ["code0", "code2"].includes(code ?? codes.normsys));
  if (!isAdded || factors.length < 2) return;
  const message = `normsys of code 0 or 2 on sample "${sample.name}" are multiplied with each other; ROOT adds them`;
  log.changed.push({ path: sample.pointer, note: message });
  notices.push({ message });
}

function noteUnstated(
  { normsys, histosys }: { readonly normsys: number; readonly histosys: number },
  { interpolation, document }: BuildInput,
  log: ConversionLog,
  notices: Hs3Notice[],
): void {
  if (normsys + histosys === 0) return;
  const [multiplied, added] = interpolation === "root" ? ["code4", "code4p"] : ["code1", "code0"];
  const kinds = [
    ...(normsys === 0 ? [] : [`${normsys} normsys (${multiplied} assumed)`]),
    ...(histosys === 0 ? [] : [`${histosys} histosys (${added} assumed)`]),
  ];
  const what = `no interpolation is stated for ${kinds.join(" and ")}`;
  log.changed.push({ path: "/distributions", note: what });
  if (interpolation === "root") return;
  const isRoots = JSON.stringify(document.root.value.metadata).includes('"ROOT"');
  const advice = isRoots
    ? "; ROOT, which wrote this document, reads code4 and code4p: --hs3-interp root"
    : " (--hs3-interp root: code4 and code4p, as ROOT reads them)";
  notices.push({ message: `${what}${advice}`, flag: "hs3_interp_default" });
}

function sourceOf(
  { document, likelihood, likelihoodName }: BuildInput,
  { values }: Analysis,
  channelNames: readonly string[],
  parameters: Readonly<Record<string, string>>,
): Built["source"] {
  const { misc } = document.root.value;
  return {
    metadata: objectOf(document.root, "metadata").value,
    misc: misc === undefined || misc === null ? null : objectOf(document.root, "misc").value,
    likelihood: likelihoodName,
    channels: Object.fromEntries(
      likelihood.channels.map(({ channel, dataName }, c) => [
        channelNames[c] as string,
        {
          distribution: channel.name,
          pointer: channel.pointer,
          data: dataName,
          axes: channel.axes,
        },
      ]),
    ),
    parameters,
    points: [...document.points].map(([name, node]) => ({ name, values: pointValues(node.value) })),
    start: values.pointName,
  };
}

/** The values of a parameter point, whose entries have been checked. */
function pointValues(point: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  const entries = point.parameters as readonly { readonly name: string; readonly value: number }[];
  return Object.fromEntries(entries.map(({ name, value }) => [name, value]));
}
