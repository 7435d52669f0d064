/**
 * Everything a plan needs from files: each template to be filled and each histogram to be read, once, however many
 * samples and systematics use it.
 *
 * @module
 */

import type { Axis } from "./bins.ts";
import type { Fill } from "./fill.ts";
import type {
  AnalysisPlan,
  EventSource,
  HistogramLocation,
  RegionPlan,
  SystematicPlan,
  TableLocation,
  TemplateSource,
} from "./plan.ts";
import { addTemplates, divideTemplates, multiplyTemplates, type Template } from "./template.ts";

/** A template to be filled from the events of tables. */
export interface EventRequest {
  readonly key: string;
  /** Region, sample and variation of its first use, and a number where there are several: `SR/ttbar/jes_up`. */
  readonly name: string;
  readonly origin: string;
  readonly files: readonly TableLocation[];
  readonly fill: Fill;
}

/** A histogram to be read. */
export interface HistogramRequest {
  readonly key: string;
  readonly origin: string;
  readonly location: HistogramLocation;
  readonly mergeOutside: boolean;
}

export interface Requests {
  readonly events: readonly EventRequest[];
  readonly histograms: readonly HistogramRequest[];
}

/** What a plan needs from files, in the order of its regions, samples and systematics. */
export function requestsOf(plan: AnalysisPlan): Requests {
  const events = new Map<string, EventRequest>();
  const histograms = new Map<string, HistogramRequest>();
  const uses = new Map<string, number>();
  const unique = (name: string): string => {
    const use = (uses.get(name) ?? 0) + 1;
    uses.set(name, use);
    return use === 1 ? name : `${name}_${use}`;
  };
  for (const region of plan.regions) {
    for (const { source, name } of sourcesOf(region)) {
      for (const leaf of leavesOf(source)) {
        if (leaf.kind === "events") {
          const key = eventKey(leaf, region);
          if (events.has(key)) continue;
          const { origin, files, variable, selection, weights } = leaf;
          const axis = axisOf(region, origin);
          events.set(key, {
            key,
            name: unique(name),
            origin,
            files,
            fill: { axis, variable, selection, weights },
          });
          continue;
        }
        for (const location of leaf.files) {
          const key = histogramKey(location, region);
          const { mergeOutside } = region.binning;
          histograms.set(key, { key, origin: leaf.origin, location, mergeOutside });
        }
      }
    }
  }
  return { events: [...events.values()], histograms: [...histograms.values()] };
}

/** Every source of a region with the name of what it is for. */
function sourcesOf(
  region: RegionPlan,
): readonly { readonly name: string; readonly source: TemplateSource }[] {
  const sources: { name: string; source: TemplateSource }[] = [];
  const add = (name: string, source: TemplateSource | null): void => {
    if (source !== null) sources.push({ name: `${region.name}/${name}`, source });
  };
  add("data/nominal", region.data);
  for (const sample of region.samples) {
    add(`${sample.name}/nominal`, sample.nominal);
    for (const systematic of sample.systematics) {
      for (const { name, effect } of partsOf(systematic)) {
        if (effect.kind === "normalisation") continue;
        add(`${sample.name}/${name}_up`, effect.up);
        if (effect.kind === "uncorrelated") continue;
        add(`${sample.name}/${name}_down`, effect.down);
        add(`${sample.name}/${name}_reference`, effect.reference);
      }
    }
  }
  return sources;
}

/** The effects that a systematic is made of. */
export function partsOf({ name, effect }: SystematicPlan): readonly {
  readonly name: string;
  readonly effect: Exclude<SystematicPlan["effect"], { readonly kind: "combined" }>;
}[] {
  return effect.kind === "combined" ? effect.parts : [{ name, effect }];
}

type Leaf = Extract<TemplateSource, { readonly kind: "events" | "histogram" }>;

function leavesOf(source: TemplateSource): readonly Leaf[] {
  switch (source.kind) {
    case "sum":
      return source.terms.flatMap((term) => leavesOf(term.source));
    case "product":
    case "quotient":
      return [...leavesOf(source.left), ...leavesOf(source.right)];
    case "normalised":
      return [source.source, source.from, source.to].flatMap(leavesOf);
    case "uncertainty":
      return leavesOf(source.source);
    default:
      return [source];
  }
}

/** What of the configuration asks for a source, or for the first part of it. */
export function originOf(source: TemplateSource): string {
  return leavesOf(source)[0]?.origin ?? "";
}

/** A source of events as a template: the same for whatever gives the same histogram. */
function eventKey(
  { files, variable, selection, weights }: EventSource,
  region: RegionPlan,
): string {
  const { edges, isUniform, mergeOutside } = region.binning;
  return JSON.stringify([
    files.map(({ path, table }) => [path, table]),
    variable.text,
    selection?.text ?? null,
    weights.map(({ text }) => text),
    [edges, isUniform, mergeOutside],
  ]);
}

function histogramKey({ path, histogram }: HistogramLocation, region: RegionPlan): string {
  return JSON.stringify([path, histogram, region.binning.mergeOutside]);
}

function axisOf(region: RegionPlan, origin: string): Axis {
  const { edges, isUniform, mergeOutside } = region.binning;
  if (edges === null) throw new RangeError(`${origin}: region "${region.name}" has no bins`);
  return { edges, isUniform, mergeOutside };
}

/** Templates that were filled or read, by the keys of the requests. */
export type TemplatesByKey = ReadonlyMap<string, Template>;

/** Puts the template of a source together from those of its requests. */
export function templateOf(
  source: TemplateSource,
  region: RegionPlan,
  templates: TemplatesByKey,
): Template {
  const get = (key: string): Template => {
    const template = templates.get(key);
    if (template === undefined) throw new RangeError(`nothing was made for ${key}`);
    return template;
  };
  switch (source.kind) {
    case "events":
      return addTemplates([{ factor: source.scale, template: get(eventKey(source, region)) }]);
    case "histogram":
      return addTemplates(
        source.files.map((location) => ({
          factor: source.scale,
          template: get(histogramKey(location, region)),
        })),
      );
    case "sum":
      return addTemplates(
        source.terms.map(({ factor, source: part }) => ({
          factor,
          template: templateOf(part, region, templates),
        })),
      );
    case "product":
      return multiplyTemplates(
        templateOf(source.left, region, templates),
        templateOf(source.right, region, templates),
      );
    case "quotient":
      return divideTemplates(
        templateOf(source.left, region, templates),
        templateOf(source.right, region, templates),
      );
    case "normalised": {
      const total = (part: TemplateSource): number =>
        templateOf(part, region, templates).values.reduce((sum, value) => sum + value, 0);
      const from = total(source.from);
      // Nothing can be made of a template without events.
      const factor = from === 0 ? 1 : total(source.to) / from;
      return addTemplates([{ factor, template: templateOf(source.source, region, templates) }]);
    }
    case "uncertainty": {
      const template = templateOf(source.source, region, templates);
      return { ...template, variances: template.variances.map((v) => v * source.factor ** 2) };
    }
    default:
      return source satisfies never;
  }
}
