/** Configurations for tests: a small one that is complete, and others made of it. */

import { NextstatError } from "../../../src/errors.ts";
import { readTrexFitter, type TrexFitterInput } from "../../../src/formats/index.ts";
import type {
  EventSource,
  HistogramSource,
  RegionPlan,
  SamplePlan,
  SystematicPlan,
  TemplateEffect,
  TemplateSource,
} from "../../../src/templates/plan.ts";

/** Blocks of a configuration by kind and name: `"Region SR"`, with keys and values. */
export type Blocks = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Reads events. */
export const EVENTS: Blocks = {
  "Job search": { ReadFrom: "NTUP", NtuplePath: "in", NtupleName: "events", POI: "mu" },
  "Region SR": { Variable: '"mass",4,0,80' },
  "Region CR": { Type: "CONTROL", Variable: '"mass",2,0,80' },
  "Sample data": { Type: "DATA", NtupleFile: "data" },
  "Sample signal": { Type: "SIGNAL", NtupleFile: "signal" },
  "Sample ttbar": { NtupleFile: "ttbar" },
  "Sample wjets": { NtupleFile: "wjets" },
  "NormFactor mu": { Samples: "signal" },
  "Systematic jes": { NtupleNameUp: "jes_up", NtupleNameDown: "jes_down", Samples: "ttbar" },
  "Systematic xsec": { Type: "OVERALL", OverallUp: "0.1", OverallDown: "-0.2", Samples: "wjets" },
};

/** Reads histograms. */
export const HISTOGRAMS: Blocks = {
  "Job search": { ReadFrom: "HIST", HistoPath: "in", POI: "mu" },
  "Region SR": { HistoName: "mass" },
  "Region CR": { Type: "CONTROL", HistoName: "yield" },
  "Sample data": { Type: "DATA", HistoFile: "data" },
  "Sample signal": { Type: "SIGNAL", HistoFile: "signal" },
  "Sample ttbar": { HistoFile: "ttbar" },
  "Sample wjets": { HistoFile: "wjets" },
  "NormFactor mu": { Samples: "signal" },
  "Systematic jes": { HistoNameSufUp: "_jes_up", HistoNameSufDown: "_jes_down", Samples: "ttbar" },
};

/** The blocks with others added, or settings added to them. A value `""` takes a setting away. */
export function withBlocks(blocks: Blocks, more: Blocks): Blocks {
  const names = [...new Set([...Object.keys(blocks), ...Object.keys(more)])];
  return Object.fromEntries(names.map((name) => [name, { ...blocks[name], ...more[name] }]));
}

/** The text of blocks. */
export function textOf(blocks: Blocks): string {
  return Object.entries(blocks)
    .map(([name, settings]) => {
      const [kind = "", ...words] = name.split(" ");
      const lines = Object.entries(settings)
        .filter(([, value]) => value !== "")
        .map(([key, value]) => `  ${key}: ${value}`);
      return [`${kind}: "${words.join(" ")}"`, ...lines, ""].join("\n");
    })
    .join("\n");
}

/** Reads a text or blocks; other files are those given. */
export function read(
  configuration: string | Blocks,
  files: Readonly<Record<string, string>> = {},
): TrexFitterInput {
  const text = typeof configuration === "string" ? configuration : textOf(configuration);
  return readTrexFitter(text, "fit.config", (path) => {
    const content = files[path];
    if (content === undefined) throw new NextstatError("input", `no file ${path}`);
    return content;
  });
}

/** The message of what is wrong with a configuration. */
export function messageOf(configuration: string | Blocks, files = {}): string {
  try {
    read(configuration, files);
  } catch (error) {
    if (error instanceof NextstatError) return error.message;
    throw error;
  }
  return "no error";
}

export function regionOf({ plan }: TrexFitterInput, name: string): RegionPlan {
  const region = plan.regions.find((candidate) => candidate.name === name);
  if (region === undefined) throw new RangeError(`no region ${name}`);
  return region;
}

export function sampleOf(input: TrexFitterInput, region: string, name: string): SamplePlan {
  const sample = regionOf(input, region).samples.find((candidate) => candidate.name === name);
  if (sample === undefined) throw new RangeError(`no sample ${name} in ${region}`);
  return sample;
}

export function eventsOf(source: TemplateSource | null): EventSource {
  if (source?.kind !== "events") throw new RangeError(`not events: ${source?.kind}`);
  return source;
}

export function histogramOf(source: TemplateSource | null): HistogramSource {
  if (source?.kind !== "histogram") throw new RangeError(`not a histogram: ${source?.kind}`);
  return source;
}

/** Reads the small configuration of events with something else in it. */
export function events(more: Blocks = {}): TrexFitterInput {
  return read(withBlocks(EVENTS, more));
}

/** The same for histograms. */
export function histograms(more: Blocks = {}): TrexFitterInput {
  return read(withBlocks(HISTOGRAMS, more));
}

/** A systematic of ttbar in the signal region. */
export function effectOf(input: TrexFitterInput, parameter = "jes"): SystematicPlan["effect"] {
  const systematics = sampleOf(input, "SR", "ttbar").systematics;
  const found = systematics.find((systematic) => systematic.parameter === parameter);
  if (found === undefined) throw new RangeError(`only ${systematics.map((s) => s.parameter)}`);
  return found.effect;
}

export function templateOf(input: TrexFitterInput, parameter = "jes"): TemplateEffect {
  const effect = effectOf(input, parameter);
  if (effect.kind !== "template") throw new RangeError(effect.kind);
  return effect;
}
