/**
 * The templates of a region: put together, rebinned, checked, and with the data blinded.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { raiseNominal, raiseVariation } from "./floor.ts";
import type { Notices } from "./notices.ts";
import type { Blinding, Floor, RegionPlan, TemplateSource } from "./plan.ts";
import { dropBins, type Merging, mergedEdges, mergeTemplate } from "./rebin.ts";
import { originOf, partsOf, type TemplatesByKey, templateOf } from "./requests.ts";
import { addTemplates, haveSameBins, type Template } from "./template.ts";
import type { GivenSides } from "./variation.ts";

/** What a region's part of the workspace is made of. */
export interface Region {
  /** Nominal templates by sample. */
  readonly nominal: ReadonlyMap<string, Template>;
  /** By sample, for each part of each of its systematics in their order; null for those without templates. */
  readonly varied: ReadonlyMap<string, readonly (readonly (GivenSides | null)[])[]>;
  /** [bins] events */
  readonly observed: readonly number[];
}

/**
 * The templates of a region.
 *
 * @throws NextstatError `input` where histograms do not have the same bins
 */
export function regionTemplates(
  region: RegionPlan,
  floor: Floor | null,
  templates: TemplatesByKey,
  notices: Notices,
): Region {
  const raw = (source: TemplateSource): Template => templateOf(source, region, templates);
  const rawNominal = region.samples.map(({ nominal }) => raw(nominal));
  const rawData = region.data === null ? null : raw(region.data);
  const [first = rawData] = rawNominal;
  if (first === null) return { nominal: new Map(), varied: new Map(), observed: [] };
  const merging = mergingOf(region, first.edges, rawNominal);
  const finish = (template: Template, source: TemplateSource): Template => {
    if (!haveSameBins(template.edges, first.edges)) {
      const other = region.samples[0]?.name ?? "data";
      throw new NextstatError(
        "input",
        `${originOf(source)}: the bins are not those of sample "${other}"`,
        { hint: `edges ${edgesText(template)} and ${edgesText(first)}: make them the same` },
      );
    }
    const merged = merging === null ? template : mergeTemplate(template, merging);
    return dropBins(merged, region.binning.dropped);
  };
  const nominal = new Map<string, Template>();
  const varied = new Map<string, readonly (readonly (GivenSides | null)[])[]>();
  for (const [i, sample] of region.samples.entries()) {
    const place = `${region.name}/${sample.name}`;
    const found = withUsableVariances(
      finish(rawNominal[i] as Template, sample.nominal),
      place,
      notices,
    );
    checkNominal(found, place, notices);
    const { template, low, guessed } =
      floor === null
        ? { template: found, low: [], guessed: [] }
        : raiseNominal(found, sample.isSignal, floor);
    noteBins(notices, "floor", place, low);
    if (sample.statistical !== null) noteBins(notices, "guessed", place, guessed);
    nominal.set(sample.name, template);
    varied.set(
      sample.name,
      sample.systematics.map((systematic) =>
        partsOf(systematic).map(({ effect }) => {
          if (effect.kind === "normalisation") return null;
          const get = (source: TemplateSource | null): Template | null =>
            source === null ? null : finish(raw(source), source);
          if (effect.kind === "uncorrelated") {
            return { up: get(effect.up)?.values ?? null, down: null };
          }
          const reference = get(effect.reference);
          const side = (source: TemplateSource | null): readonly number[] | null => {
            const given = get(source)?.values ?? null;
            const values = relativeTo(given, reference?.values ?? null, found.values);
            return values === null || floor === null
              ? values
              : raiseVariation(values, low, sample.isSignal, floor);
          };
          return { up: side(effect.up), down: side(effect.down) };
        }),
      ),
    );
  }
  const data = rawData === null || region.data === null ? null : finish(rawData, region.data);
  return { nominal, varied, observed: observedEvents(region, nominal, data, notices) };
}

function noteBins(
  notices: Notices,
  kind: "floor" | "guessed",
  place: string,
  bins: readonly number[],
): void {
  if (bins.length > 0) notices.add(kind, `${place}[${bins.join(", ")}]`, bins.length);
}

function edgesText({ edges }: Template): string {
  return edges.length > 6 ? `[${edges.slice(0, 5).join(", ")}, ...]` : `[${edges.join(", ")}]`;
}

function binsWhere(values: readonly number[], holds: (value: number) => boolean): number[] {
  return values.flatMap((value, b) => (holds(value) ? [b] : []));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What the ratio to another nominal template makes of this one; bins that are empty there stay as they are. */
function relativeTo(
  side: readonly number[] | null,
  reference: readonly number[] | null,
  nominal: readonly number[],
): readonly number[] | null {
  if (side === null || reference === null) return side;
  return nominal.map((n, b) => {
    const from = reference[b] as number;
    return from === 0 ? n : ((side[b] as number) / from) * n;
  });
}

function mergingOf(
  region: RegionPlan,
  edges: readonly number[],
  nominal: readonly Template[],
): Merging | null {
  const { rebin } = region.binning;
  if (rebin === null) return null;
  const total = (isSignal: boolean): Template => {
    const terms = nominal.flatMap((template, i) =>
      region.samples[i]?.isSignal === isSignal ? [{ factor: 1, template }] : [],
    );
    const zeros = edges.slice(1).map(() => 0);
    return terms.length === 0 ? { edges, values: zeros, variances: zeros } : addTemplates(terms);
  };
  return mergedEdges(rebin, edges, total(true), total(false), region.name);
}

/** The square root of a negative variance is no uncertainty. */
function withUsableVariances(template: Template, place: string, notices: Notices): Template {
  if (template.variances.every(isVariance)) return template;
  notices.add("bad-uncertainty", place);
  return { ...template, variances: template.variances.map((v) => (isVariance(v) ? v : 0)) };
}

function isVariance(value: number): boolean {
  return value >= 0;
}

function checkNominal({ values }: Template, place: string, notices: Notices): void {
  const list = (bins: readonly number[]): string => `${place}[${bins.join(", ")}]`;
  const empty = binsWhere(values, (value) => value === 0);
  const negative = binsWhere(values, (value) => value < 0);
  if (empty.length > 0) notices.add("empty-bins", list(empty));
  if (negative.length > 0) notices.add("negative-bins", list(negative));
  if (sum(values) < 0) notices.add("negative-yield", place);
}

function observedEvents(
  region: RegionPlan,
  nominal: ReadonlyMap<string, Template>,
  data: Template | null,
  notices: Notices,
): readonly number[] {
  const bins = ([...nominal.values()][0] ?? data)?.values.length ?? 0;
  const total = (isCounted: (isSignal: boolean) => boolean): readonly number[] =>
    Array.from({ length: bins }, (_, b) =>
      region.samples.reduce(
        (sum, { name, isSignal }) =>
          isCounted(isSignal) ? sum + (nominal.get(name)?.values[b] ?? 0) : sum,
        0,
      ),
    );
  const expected = total(() => true);
  if (data === null) {
    notices.add("asimov", region.name);
    return expected;
  }
  if (region.blinding === null) return data.values;
  const signal = total((isSignal) => isSignal);
  const background = total((isSignal) => !isSignal);
  const blinding = region.blinding;
  const blind = data.values.flatMap((_, b) =>
    isBlind(blinding, b, signal[b] as number, background[b] as number) ? [b] : [],
  );
  if (blind.length > 0) notices.add("blinded", `${region.name}[${blind.join(", ")}]`, blind.length);
  return data.values.map((value, b) => (blind.includes(b) ? (expected[b] as number) : value));
}

function isBlind(blinding: Blinding, bin: number, signal: number, background: number): boolean {
  switch (blinding.kind) {
    case "bins":
      return blinding.bins.includes(bin);
    case "S/B":
      return signal > blinding.threshold * background;
    case "S/(S+B)":
      return signal > blinding.threshold * (signal + background);
    case "S/sqrt(B)":
      return signal > blinding.threshold * Math.sqrt(Math.max(background, 0));
    case "S/sqrt(S+B)":
      return signal > blinding.threshold * Math.sqrt(Math.max(signal + background, 0));
    default:
      return blinding satisfies never;
  }
}
