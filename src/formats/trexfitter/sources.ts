/**
 * Where templates come from: files, expressions and factors of a sample in a region, nominal or varied, and what is done
 * with those of other samples.
 *
 * @module
 */

import type {
  ExpressionRole,
  PlannedExpression,
  TableLocation,
  TemplateSource,
} from "../../templates/plan.ts";
import { type Block, configurationError } from "./blocks.ts";
import { type Context, nameOf, noteExpression, type Piece } from "./context.ts";
import {
  type BaseInputs,
  baseInputs,
  type Inputs,
  type Location,
  locationsOf,
  type Side,
} from "./inputs.ts";
import type { Job } from "./job.ts";
import type { Region } from "./regions.ts";
import type { Sample } from "./samples.ts";
import type { SideInput, Systematic } from "./systematics.ts";

/** All blocks, read. */
export interface Configuration {
  readonly context: Context;
  readonly job: Job;
  readonly jobBlock: Block;
  readonly regions: readonly Region[];
  readonly samples: readonly Sample[];
  readonly systematics: readonly Systematic[];
  readonly sampleOf: ReadonlyMap<string, Sample>;
  readonly systematicsOfParameter: ReadonlyMap<string, readonly Systematic[]>;
  /** Filled while the plan is made. */
  readonly places: Map<Region, Map<Sample, Place>>;
}

/** What all templates of a sample in a region have in common. */
interface Place {
  /** The sample, for messages. */
  readonly title: string;
  readonly inputs: BaseInputs;
  /** Null for histograms. */
  readonly filling: {
    readonly variable: PlannedExpression;
    readonly selection: PlannedExpression | null;
  } | null;
}

/** One side of a systematic. */
export interface Variation {
  readonly systematic: Systematic;
  readonly side: Side;
  /** Of the sample itself, of the reference sample whose variation is subtracted, or of a template that is. */
  readonly of: "sample" | "reference" | "subtracted";
}

/** The nominal template of a sample in a region. */
export function nominalSource(all: Configuration, region: Region, sample: Sample): TemplateSource {
  return combined(all, region, sample, ownNominal(all, region), []);
}

/** The nominal template of a sample before its operations. */
function ownNominal(all: Configuration, region: Region): OwnTemplate {
  return (sample) => {
    const source = ownSource(all, region, sample, null);
    const factor = sample.statisticalScale;
    return factor === 1 ? source : { kind: "uncertainty", source, factor };
  };
}

type OwnTemplate = (sample: Sample) => TemplateSource;

/**
 * A template of a sample with its operations on other samples. Variations are normalised with the factor of the nominal one.
 *
 * @param own the template of a sample before them
 * @param open samples whose operations led here
 */
export function combined(
  all: Configuration,
  region: Region,
  sample: Sample,
  own: OwnTemplate,
  open: readonly string[],
): TemplateSource {
  const source = operated(all, region, sample, own, open);
  if (sample.normalisedTo === null) return source;
  const other = all.sampleOf.get(sample.normalisedTo);
  if (other?.regions.has(region.name) !== true) {
    all.context.warnings.push(
      `region "${region.name}" has no sample "${sample.normalisedTo}" for NormToSample: sample "${sample.name}" keeps its own yield there`,
    );
    return source;
  }
  const nominal = ownNominal(all, region);
  const from = operated(all, region, sample, nominal, open);
  const to = combined(all, region, other, nominal, [...open, sample.name]);
  return { kind: "normalised", source, from, to };
}

function operated(
  all: Configuration,
  region: Region,
  sample: Sample,
  own: OwnTemplate,
  open: readonly string[],
): TemplateSource {
  if (open.includes(sample.name)) {
    throw configurationError(
      sample.values.block,
      `sample "${sample.name}" is made of itself (${[...open, sample.name].join(", ")})`,
      "leave out one of AddSample, SubtractSample, MultiplyBy, DivideBy and NormToSample",
    );
  }
  let source = own(sample);
  for (const { kind, other: name } of sample.operations) {
    const other = all.sampleOf.get(name);
    if (other?.regions.has(region.name) !== true) {
      all.context.warnings.push(
        `region "${region.name}" has no sample "${name}" to ${kind}: sample "${sample.name}" is left as it is there`,
      );
      continue;
    }
    const right = combined(all, region, other, own, [...open, sample.name]);
    if (kind === "add" || kind === "subtract") {
      const terms = source.kind === "sum" ? source.terms : [{ factor: 1, source }];
      const factor = kind === "add" ? 1 : -1;
      source = { kind: "sum", terms: [...terms, { factor, source: right }] };
    } else {
      source = { kind: kind === "multiply" ? "product" : "quotient", left: source, right };
    }
  }
  return source;
}

/** The template of a sample before its operations. */
export function ownSource(
  all: Configuration,
  region: Region,
  sample: Sample,
  variation: Variation | null,
): TemplateSource {
  const { job } = all;
  const side = variation === null ? null : sideOf(variation);
  if (side?.sample != null) {
    const other = all.sampleOf.get(side.sample);
    if (other !== undefined) return nominalSource(all, region, other);
  }
  const place = placeOf(all, region, sample);
  const { block } = sample.values;
  const locations = locationsOf(
    job.inputKind,
    place.inputs,
    variation === null ? null : inputsOf(side, variation),
    block,
    region.name,
  );
  const luminosity = sample.isNormalisedByTheory ? job.luminosity : 1;
  if (sample.scales.length > 1 && sample.scales.length !== locations.length) {
    all.context.warnings.push(
      `sample "${sample.name}" has ${sample.scales.length} LumiScales for ${locations.length} inputs in region "${region.name}"; inputs without one keep their scale`,
    );
  }
  const scales = locations.map((_, i) => luminosity * (scaleOf(sample, i) ?? 1));
  const origin = originOf(sample, place, variation);
  const filling =
    place.filling === null
      ? null
      : { ...place.filling, weights: notedWeights(all, region, sample, variation, locations) };
  const source = (from: typeof locations, scale: number): TemplateSource =>
    filling === null
      ? {
          kind: "histogram",
          origin,
          files: from.map(({ path, name }) => ({ path, histogram: name })),
          scale,
        }
      : {
          kind: "events",
          origin,
          files: from.map(({ path, name }) => ({ path, table: name })),
          ...filling,
          scale,
        };
  const [first = luminosity] = scales;
  if (scales.every((scale) => scale === first)) return source(locations, first);
  const terms = locations.map((location, i) => ({
    factor: 1,
    source: source([location], scales[i] as number),
  }));
  return { kind: "sum", terms };
}

/** The scale of an input: its own, or the one there is for all. */
function scaleOf({ scales }: Sample, index: number): number | undefined {
  return scales.length > index || scales.length !== 1 ? scales[index] : scales[0];
}

function inputsOf(side: SideInput | null, { of }: Variation): Inputs | null {
  switch (of) {
    case "sample":
      return side?.inputs ?? null;
    case "reference":
      return side?.referenceInputs ?? null;
    case "subtracted":
      return side?.subtractedInputs ?? null;
    default:
      return of satisfies never;
  }
}

function sideOf({ systematic, side }: Variation): SideInput | null {
  return systematic.sides[side];
}

function originOf(sample: Sample, { title }: Place, variation: Variation | null): string {
  if (variation === null) return `line ${sample.values.block.line}: ${title}`;
  const { systematic, side } = variation;
  return `${systematic.title} ${side === "Up" ? "up" : "down"} of ${title}`;
}

function placeOf(all: Configuration, region: Region, sample: Sample): Place {
  const ofRegion = all.places.get(region) ?? new Map<Sample, Place>();
  all.places.set(region, ofRegion);
  const known = ofRegion.get(sample);
  if (known !== undefined) return known;
  const { job } = all;
  const inputs = baseInputs(job.inputs, region.inputs, sample.inputs, job.nominalNames);
  const block = sample.values.block;
  const filling =
    job.inputKind === "Histo"
      ? null
      : fillingOf(all, region, sample, locationsOf("Ntuple", inputs, null, block, region.name));
  const place = { title: nameOf(block), inputs, filling };
  ofRegion.set(sample, place);
  return place;
}

/** Variable and selection of the events. */
function fillingOf(
  { context, job }: Configuration,
  region: Region,
  sample: Sample,
  locations: readonly Location[],
): NonNullable<Place["filling"]> {
  const variable = region.variableFor.get(sample.name) ?? region.variable;
  if (variable === null) throw new RangeError("a region of events has a variable");
  const table = tableOf(locations);
  note(context, variable, "variable", table);

  const global = [job.selection, region.selectionFor.get(sample.name) ?? region.selection];
  const selections = [
    ...ignoring(global, sample.ignoresSelection),
    ...(sample.selection === null ? [] : [sample.selection]),
  ];
  for (const piece of selections) note(context, piece, "selection", table);
  const selection = conjunction(context, selections, region, sample, table);
  return { variable: planned(variable), selection };
}

function notedWeights(
  { context, job }: Configuration,
  region: Region,
  sample: Sample,
  variation: Variation | null,
  locations: readonly Location[],
): readonly PlannedExpression[] {
  const weights = weightsOf(job, region, sample, variation);
  for (const piece of weights) note(context, piece, "weight", tableOf(locations));
  return weights;
}

function weightsOf(
  job: Job,
  region: Region,
  sample: Sample,
  variation: Variation | null,
): readonly Piece[] {
  if (sample.type === "DATA") return [];
  const side = variation === null ? null : sideOf(variation);
  const ignored = variation?.systematic.ignoredWeight ?? false;
  const global = [sample.isNormalisedByTheory ? job.weight : null, region.weight];
  const own = side?.weight == null ? [sample.weight] : [];
  return [
    ...ignoring(ignoring(global, sample.ignoresWeight), ignored),
    ...ignoring(own, ignored),
    ...(side?.weight?.piece == null ? [] : [side.weight.piece]),
    ...(side?.weightSuffix == null ? [] : [side.weightSuffix]),
  ];
}

/** The expressions that are left: none, or all with a text in them replaced by 1. */
function ignoring(pieces: readonly (Piece | null)[], ignored: boolean | string): Piece[] {
  const given = pieces.filter((piece) => piece !== null);
  if (ignored === true) return [];
  if (ignored === false) return given;
  return given
    .map((piece) => ({ ...piece, text: piece.text.replaceAll(ignored, "1") }))
    .filter(({ text }) => text !== "1");
}

/** All conditions as one. */
function conjunction(
  context: Context,
  pieces: readonly Piece[],
  region: Region,
  sample: Sample,
  table: TableLocation,
): PlannedExpression | null {
  const [first] = pieces;
  if (first === undefined) return null;
  if (pieces.length === 1) return planned(first);
  const text = pieces.map((piece) => `(${piece.text})`).join(" && ");
  const { key, line } = pieces.at(-1) as Piece;
  noteExpression(context, {
    key,
    role: "selection",
    region: region.name,
    sample: sample.name,
    line,
    text,
    derived: true,
    table,
  });
  return { text, origin: pieces.map(({ origin }) => origin).join(" and ") };
}

function planned({ text, origin }: Piece): PlannedExpression {
  return { text, origin };
}

function note(context: Context, piece: Piece, role: ExpressionRole, table: TableLocation): void {
  if (context.noted.has(piece)) return;
  context.noted.add(piece);
  const { key, region, sample, line, text } = piece;
  noteExpression(context, { key, role, region, sample, line, text, derived: false, table });
}

/** The first of the tables; there is always one. */
function tableOf([first]: readonly Location[]): TableLocation {
  if (first === undefined) throw new RangeError("a template without an input");
  return { path: first.path, table: first.name };
}
