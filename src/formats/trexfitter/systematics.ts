/**
 * Blocks of systematics.
 *
 * @module
 */

import type { Combination, Symmetrisation } from "../../templates/plan.ts";
import { configurationError } from "./blocks.ts";
import {
  type Context,
  knownName,
  missingName,
  nameOf,
  namesOf,
  type Piece,
  pieceFrom,
  pieceOf,
  remark,
} from "./context.ts";
import type { KnownNames } from "./factors.ts";
import { hasInputs, type Inputs, inputsOfSide, orInputs, type Side } from "./inputs.ts";
import type { Job } from "./job.ts";
import { readIgnored } from "./samples.ts";
import { listOf, numberOf, pairOf, type Values } from "./values.ts";

/** Where one side of a systematic comes from. */
export interface SideInput {
  readonly inputs: Inputs;
  /** Of the reference sample, where its variation is subtracted; else null. */
  readonly referenceInputs: Inputs | null;
  /** Of a template whose difference to the nominal one is subtracted; else null. */
  readonly subtractedInputs: Inputs | null;
  /** Takes the place of the sample's weight; null inside: that is 1. */
  readonly weight: { readonly piece: Piece | null } | null;
  /** A further factor on the sample's weight. */
  readonly weightSuffix: Piece | null;
  /** The sample whose nominal template this is. */
  readonly sample: string | null;
}

/** A systematic with its defaults. */
export interface Systematic {
  readonly name: string;
  /** For messages: `line 12: systematic "jes"`. */
  readonly title: string;
  readonly values: Values;
  readonly type: "HISTO" | "OVERALL" | "SHAPE";
  /** Name of its parameter, but for what decorrelation adds. */
  readonly parameter: string;
  readonly decorrelation: "REGION" | "SAMPLE" | "SHAPEACC" | null;
  readonly appliesTo: (region: string, sample: string) => boolean;
  /** Relative changes of the yield of OVERALL. */
  readonly overall: Readonly<Record<Side, number>>;
  readonly sides: Readonly<Record<Side, SideInput | null>>;
  /** True: no weights of job, region and sample; a text: it is replaced by 1 in them. */
  readonly ignoredWeight: boolean | string;
  /** Factor on the difference to the nominal template, by region. */
  readonly scale: Readonly<Record<Side, (region: string) => number>>;
  readonly symmetrisation: Symmetrisation;
  readonly smoothing: string | null;
  readonly referenceSample: string | null;
  /** The yield changes as that of the reference sample does, whatever the ratios in the bins make of it. */
  readonly keepsReferenceYield: boolean;
  /** The relative change of the reference sample is subtracted from that of the samples. */
  readonly subtractsReference: boolean;
  readonly keepsNormalisation: (region: string, sample: string) => boolean;
  readonly keepsShape: (region: string, sample: string) => boolean;
  /** Groups of samples of each of which the yield together is held. */
  readonly heldWith: readonly (readonly string[])[];
  readonly isPruned: boolean;
  /** The sample whose pruning holds for all. */
  readonly prunedAs: string | null;
  readonly combination: { readonly name: string; readonly how: Combination } | null;
  /** The combination has no effect on the yield in a region. */
  readonly dropsCombinedNorm: (region: string) => boolean;
  readonly isFree: boolean;
}

const SYMMETRISATIONS = {
  ONESIDED: "one-sided",
  TWOSIDED: "two-sided",
  ABSMEAN: "absolute mean",
  MAXIMUM: "maximum",
} as const satisfies Record<string, Symmetrisation>;

/** What TRExFitter's smoothing is replaced by; `templates/` knows it by this name. */
const SMOOTHING = "353QH, twice";

/** Reads the block of a systematic; null for one that has no form here. */
export function readSystematic(
  context: Context,
  values: Values,
  job: Job,
  known: KnownNames,
): Systematic | null {
  const type = values.choice("Type", ["HISTO", "OVERALL", "SHAPE", "STAT"]) ?? "HISTO";
  if (type === "STAT") {
    remark(context, values, "Type", "left out; MCstatThreshold gives such parameters");
    return null;
  }
  const { name } = values.block;
  const hasTemplates = type !== "OVERALL" && job.combination === null;
  const isHisto = type === "HISTO" && job.combination === null;
  const subtractsReference = isHisto && readSubtraction(values);
  const sides = {
    Up: hasTemplates ? readSide(context, values, job, known, "Up", subtractsReference) : null,
    Down: hasTemplates ? readSide(context, values, job, known, "Down", subtractsReference) : null,
  };
  if (hasTemplates && sides.Up === null && sides.Down === null) {
    const example = job.inputKind === "Ntuple" ? "WeightUp or NtupleNameUp" : "HistoNameUp";
    throw configurationError(
      values.block,
      `${nameOf(values.block)} does not say what varies`,
      `expected ${example}, or Type: OVERALL with OverallUp`,
    );
  }
  return {
    name,
    title: `line ${values.block.line}: ${nameOf(values.block)}`,
    values,
    type,
    parameter: job.nameParameter(values.text("NuisanceParameter") ?? name),
    decorrelation: values.choice("Decorrelate", ["REGION", "SAMPLE", "SHAPEACC"]),
    appliesTo: readRange(context, values, known),
    overall: readOverall(context, values, type === "OVERALL" && job.combination === null),
    sides,
    ignoredWeight:
      hasTemplates && job.inputKind === "Ntuple" ? readIgnored(values, "IgnoreWeight") : false,
    scale: {
      Up: readScale(context, values, "ScaleUp", known.regions),
      Down: readScale(context, values, "ScaleDown", known.regions),
    },
    symmetrisation: isHisto ? readSymmetrisation(context, values, sides) : "none",
    smoothing: isHisto ? readSmoothing(context, values) : null,
    referenceSample: isHisto
      ? knownName(context, values, "ReferenceSample", known.samples, "sample")
      : null,
    keepsReferenceYield: isHisto && values.boolean("KeepReferenceOverallVar") === true,
    subtractsReference,
    ...readKept(context, values, known, isHisto),
    isPruned: values.boolean("NoPruning") !== true,
    prunedAs: isHisto
      ? knownName(context, values, "ReferencePruning", known.samples, "sample")
      : null,
    ...readCombination(context, values, type, known),
    isFree: values.boolean("IsFreeParameter") ?? false,
  };
}

function readSubtraction(values: Values): boolean {
  if (values.boolean("SubtractRefSampleVar") !== true) return false;
  if (values.setting("ReferenceSample") !== null) return true;
  throw configurationError(
    values.setting("SubtractRefSampleVar") ?? values.block,
    `SubtractRefSampleVar without a ReferenceSample in ${nameOf(values.block)}`,
    "give the sample whose variation is to be subtracted",
  );
}

function readSide(
  context: Context,
  values: Values,
  job: Job,
  known: KnownNames,
  side: Side,
  subtractsReference: boolean,
): SideInput | null {
  const readsEvents = job.inputKind === "Ntuple";
  const inputs = inputsOfSide(values, job.inputKind, side);
  const hasWeight = readsEvents && values.setting(`Weight${side}`) !== null;
  const weight = hasWeight ? { piece: pieceOf(values, `Weight${side}`) } : null;
  const suffix = readsEvents ? values.setting(`WeightSuf${side}`) : null;
  const sample = knownName(context, values, `Sample${side}`, known.samples, "sample");
  if (!hasInputs(inputs) && weight === null && suffix === null && sample === null) return null;
  const text = values.text(`WeightSuf${side}`);
  // A WeightUp takes the place of a WeightSufUp too.
  const isSuffixed = suffix !== null && text !== null && text !== "1" && weight === null;
  return {
    inputs,
    referenceInputs: subtractsReference
      ? orInputs(inputsOfSide(values, job.inputKind, side, "RefSample"), inputs)
      : null,
    subtractedInputs: readSubtracted(values, job, side, inputs),
    weight,
    weightSuffix: isSuffixed ? pieceFrom(text, suffix, values.block) : null,
    sample,
  };
}

/** Names that are not given are those of the side; suffixes of files and names are not. */
function readSubtracted(values: Values, job: Job, side: Side, inputs: Inputs): Inputs | null {
  const own = inputsOfSide(values, job.inputKind, side, "SubtractSample");
  if (!hasInputs(own)) return null;
  const suffixes = { ...own.suffixes, Path: inputs.suffixes.Path };
  return { main: orInputs(own, inputs).main, suffixes };
}

/** Which regions and samples are affected. */
function readRange(
  context: Context,
  values: Values,
  known: KnownNames,
): (region: string, sample: string) => boolean {
  const both = [...known.regions, ...known.samples];
  const samples = namesOf(context, values, "Samples", known.samples, "sample");
  const regions = namesOf(context, values, "Regions", known.regions, "region");
  const excluded = namesOf(context, values, "Exclude", both, "region or sample");
  // Their effect is none, and an effect that is none is no modifier.
  const dummies = namesOf(context, values, "DummyForSamples", known.samples, "sample");
  const pairs = new Set<string>();
  const setting = values.setting("ExcludeRegionSample");
  for (const part of setting === null ? [] : listOf(setting)) {
    if (setting === null) break;
    const [region, sample] = pairOf(part, setting, "region:sample");
    if (!known.regions.includes(region)) {
      missingName(context, setting, region, known.regions, "region");
    }
    if (!known.samples.includes(sample)) {
      missingName(context, setting, sample, known.samples, "sample");
    }
    pairs.add(JSON.stringify([region, sample]));
  }
  return (region, sample) =>
    samples?.has(sample) !== false &&
    regions?.has(region) !== false &&
    excluded?.has(region) !== true &&
    excluded?.has(sample) !== true &&
    dummies?.has(sample) !== true &&
    (pairs.size === 0 || !pairs.has(JSON.stringify([region, sample])));
}

function readOverall(context: Context, values: Values, isNeeded: boolean): Systematic["overall"] {
  if (!isNeeded) return { Up: 0, Down: 0 };
  const up = values.number("OverallUp");
  const down = values.number("OverallDown");
  if (up === null && down === null) {
    throw configurationError(
      values.block,
      `${nameOf(values.block)} of type OVERALL has no size`,
      "expected OverallUp: 0.1 and OverallDown: -0.1",
    );
  }
  for (const [key, value] of [
    ["OverallUp", up],
    ["OverallDown", down],
  ] as const) {
    const setting = values.setting(key);
    if (setting === null || value === null || value > -1) continue;
    throw configurationError(
      setting,
      `${key} is ${value}`,
      "expected more than -1, which is no yield",
    );
  }
  const { block } = values;
  if (up === null || down === null) {
    const missing = up === null ? "OverallUp" : "OverallDown";
    context.warnings.push(
      `line ${block.line}: ${nameOf(block)} has no ${missing}: as in TRExFitter it is 0, no change on this side`,
    );
  } else if (up * down > 0) {
    context.warnings.push(
      `line ${block.line}: OverallUp and OverallDown of ${nameOf(block)} have the same sign: the yield changes in the same direction on both sides`,
    );
  }
  return { Up: up ?? 0, Down: down ?? 0 };
}

/** A number, or `region:number` for some of the regions. */
function readScale(
  context: Context,
  values: Values,
  key: string,
  regions: readonly string[],
): (region: string) => number {
  const setting = values.setting(key);
  if (setting === null) return () => 1;
  const parts = listOf(setting);
  const [single] = parts;
  if (parts.length === 1 && single !== undefined && !single.includes(":")) {
    const scale = numberOf(single, setting);
    return () => scale;
  }
  const scales = new Map<string, number>();
  for (const part of parts) {
    const [region, text] = pairOf(part, setting, "a number, or region:number");
    if (!regions.includes(region)) missingName(context, setting, region, regions, "region");
    scales.set(region, numberOf(text, setting));
  }
  return (region) => scales.get(region) ?? 1;
}

function readSymmetrisation(
  context: Context,
  values: Values,
  sides: Systematic["sides"],
): Symmetrisation {
  const choices = Object.keys(SYMMETRISATIONS) as (keyof typeof SYMMETRISATIONS)[];
  const chosen = values.choice("Symmetrisation", choices);
  if (chosen !== "ONESIDED" && (sides.Up === null || sides.Down === null)) {
    const missing = sides.Up === null ? "up" : "down";
    context.warnings.push(
      `line ${values.block.line}: ${nameOf(values.block)} has no ${missing} side: the nominal template is taken for it; ` +
        "Symmetrisation: ONESIDED would mirror the other",
    );
  }
  return chosen === null ? "none" : SYMMETRISATIONS[chosen];
}

function readSmoothing(context: Context, values: Values): string | null {
  const code = values.number("Smoothing");
  if (code === null || code === 0) return null;
  remark(context, values, "Smoothing", `${SMOOTHING}, takes the place of TRExFitter's smoothing`);
  return SMOOTHING;
}

const COMBINATIONS = {
  ENVELOPE: "envelope",
  STANDARDDEVIATION: "standard deviation",
  STANDARDDEVIATIONNODDOF: "standard deviation of all",
  HESSIAN: "hessian",
  SUMINSQUARES: "sum in squares",
} as const satisfies Record<string, Combination>;

function readCombination(
  context: Context,
  values: Values,
  type: Systematic["type"],
  known: KnownNames,
): Pick<Systematic, "combination" | "dropsCombinedNorm"> {
  const name = values.text("CombineName");
  if (name === null) return { combination: null, dropsCombinedNorm: () => false };
  if (type === "SHAPE") {
    throw configurationError(
      values.setting("CombineName") ?? values.block,
      `${nameOf(values.block)} of type SHAPE has a CombineName`,
      "parameters of bins are not combined: leave it out",
    );
  }
  const choices = Object.keys(COMBINATIONS) as (keyof typeof COMBINATIONS)[];
  const how = COMBINATIONS[values.choice("CombineType", choices) ?? "ENVELOPE"];
  const dropped = namesOf(context, values, "DropNormSpecial", known.regions, "region");
  return {
    combination: { name, how },
    dropsCombinedNorm: (region) => dropped?.has(region) === true,
  };
}

/** Systematics with one CombineName have one CombineType. */
export function checkCombinations(systematics: readonly Systematic[]): void {
  const found = new Map<string, Systematic>();
  for (const systematic of systematics) {
    const { combination, values } = systematic;
    if (combination === null) continue;
    const before = found.get(combination.name);
    found.set(combination.name, before ?? systematic);
    if (before === undefined || before.combination?.how === combination.how) continue;
    throw configurationError(
      values.setting("CombineType") ?? values.block,
      `${nameOf(values.block)} and ${nameOf(before.values.block)} of CombineName "${combination.name}" have another CombineType`,
      "give all of them the same",
    );
  }
}

/** What of the effect is kept where. */
function readKept(
  context: Context,
  values: Values,
  known: KnownNames,
  isHisto: boolean,
): Pick<Systematic, "keepsNormalisation" | "keepsShape" | "heldWith"> {
  const both = [...known.regions, ...known.samples];
  const shape = namesOf(context, values, "DropShapeIn", both, "region or sample");
  const norms = ["DropNorm", "DropNormIn"].map((key) =>
    namesOf(context, values, key, both, "region or sample"),
  );
  // Of OVERALL nothing would be left.
  const kept = isHisto ? values.setting("KeepNormForSamples") : null;
  const heldWith: (readonly string[])[] = [];
  for (const part of kept === null ? [] : listOf(kept)) {
    if (kept === null) break;
    const samples = part.split("+").map((name) => name.trim());
    for (const name of samples) {
      if (!known.samples.includes(name)) missingName(context, kept, name, known.samples, "sample");
    }
    heldWith.push(samples);
  }
  const withoutNorm = new Set(heldWith.filter(({ length }) => length === 1).flat());
  return {
    heldWith: heldWith.filter(({ length }) => length > 1),
    keepsShape: (region, sample) => shape?.has(region) !== true && shape?.has(sample) !== true,
    keepsNormalisation: (region, sample) =>
      !withoutNorm.has(sample) &&
      norms.every((names) => names?.has(region) !== true && names?.has(sample) !== true),
  };
}
