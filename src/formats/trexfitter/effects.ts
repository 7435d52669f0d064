/**
 * Effects of systematics on a sample in a region.
 *
 * @module
 */

import type {
  NormalisationEffect,
  SystematicPlan,
  TemplateEffect,
  TemplateSource,
  UncorrelatedEffect,
} from "../../templates/plan.ts";
import { configurationError } from "./blocks.ts";
import { nameOf } from "./context.ts";
import type { Side } from "./inputs.ts";
import {
  atReferenceYield,
  referenceOf,
  transferred,
  withoutReference,
  withoutSubtracted,
} from "./references.ts";
import type { Region } from "./regions.ts";
import type { Sample } from "./samples.ts";
import { type Configuration, combined, nominalSource, ownSource } from "./sources.ts";
import type { Systematic } from "./systematics.ts";

/** A part of a systematic with a parameter of its own. */
interface Part {
  readonly suffix: string;
  readonly hasNormalisation: boolean;
  readonly hasShape: boolean;
}

/** A systematic that varies a sample, and the sample whose variation that is: itself, but for `SystFromSample`. */
interface Relevant {
  readonly systematic: Systematic;
  readonly from: Sample;
}

/** All systematics of a sample in a region. */
export function systematicsOf(
  all: Configuration,
  region: Region,
  sample: Sample,
): readonly SystematicPlan[] {
  if (all.job.isStatisticalOnly) return [];
  const plans: SystematicPlan[] = [];
  const owners = new Map<string, Systematic>();
  for (const group of combinedGroups(relevant(all, region, sample))) {
    const { systematic } = group[0];
    for (const part of partsOf(all, systematic, region, sample)) {
      const effect = groupEffect(all, region, sample, group, part);
      if (effect === null) continue;
      const parameter = systematic.parameter + part.suffix;
      const before = owners.get(parameter);
      if (before !== undefined) {
        throw configurationError(
          systematic.values.block,
          `${nameOf(before.values.block)} and ${nameOf(systematic.values.block)} both vary sample "${sample.name}" in region "${region.name}" by the parameter "${parameter}"`,
          "give them different samples, regions or NuisanceParameter, or the same CombineName",
        );
      }
      owners.set(parameter, systematic);
      plans.push({ name: systematic.name + part.suffix, parameter, effect });
    }
  }
  return plans;
}

/** Names of the parameters of all systematics of a sample in a region. */
export function parametersOf(
  all: Configuration,
  region: Region,
  sample: Sample,
): readonly string[] {
  if (all.job.isStatisticalOnly) return [];
  return combinedGroups(relevant(all, region, sample)).flatMap(([{ systematic }]) =>
    partsOf(all, systematic, region, sample).map(({ suffix }) => systematic.parameter + suffix),
  );
}

/** Systematics with the same CombineName together, at the place of the first. */
function combinedGroups(all: readonly Relevant[]): (readonly [Relevant, ...Relevant[]])[] {
  const groups: [Relevant, ...Relevant[]][] = [];
  const byName = new Map<string, Relevant[]>();
  for (const one of all) {
    const name = one.systematic.combination?.name;
    const group = name === undefined ? undefined : byName.get(name);
    if (group !== undefined) {
      group.push(one);
      continue;
    }
    const started: [Relevant, ...Relevant[]] = [one];
    groups.push(started);
    if (name !== undefined) byName.set(name, started);
  }
  return groups;
}

/** Parameters of a sample in a region that have no constraint. */
export function freeParametersOf(
  all: Configuration,
  region: Region,
  sample: Sample,
): readonly string[] {
  return combinedGroups(relevant(all, region, sample))
    .filter(([{ systematic }]) => systematic.isFree)
    .flatMap(([{ systematic }]) =>
      partsOf(all, systematic, region, sample).map(({ suffix }) => systematic.parameter + suffix),
    );
}

/**
 * Systematics of the sample, of those it is made of where it has none with their parameter, and of the sample that
 * `SystFromSample` names, in the place of its own of the same name.
 */
function relevant(all: Configuration, region: Region, sample: Sample): readonly Relevant[] {
  const own = nativeOf(all, region, sample).map((systematic) => ({ systematic, from: sample }));
  const operands = sample.operations.length === 0 ? [] : operandsOf(all, region, sample);
  const parameters = new Set(own.map(({ systematic }) => systematic.parameter));
  for (const other of operands) {
    for (const systematic of nativeOf(all, region, other)) {
      if (!sample.hasSystematics || parameters.has(systematic.parameter)) continue;
      parameters.add(systematic.parameter);
      own.push({ systematic, from: sample });
    }
  }
  const model = sample.systematicsFrom === null ? null : all.sampleOf.get(sample.systematicsFrom);
  if (model?.regions.has(region.name) !== true) return own;
  const taken = nativeOf(all, region, model).map((systematic) => ({ systematic, from: model }));
  const names = new Set(taken.map(({ systematic }) => systematic.name));
  return [...own.filter(({ systematic }) => !names.has(systematic.name)), ...taken];
}

function nativeOf({ systematics }: Configuration, region: Region, sample: Sample): Systematic[] {
  if (!sample.hasSystematics) return [];
  return systematics.filter(({ appliesTo }) => appliesTo(region.name, sample.name));
}

/** The samples that a sample is made of, besides itself. */
function operandsOf(all: Configuration, region: Region, sample: Sample): Sample[] {
  return sample.operations.flatMap(({ other: name }) => {
    const other = all.sampleOf.get(name);
    if (other?.regions.has(region.name) !== true) return [];
    return [other, ...operandsOf(all, region, other)];
  });
}

const WHOLE: readonly Part[] = [{ suffix: "", hasNormalisation: true, hasShape: true }];

/** One part, or two where yield and shape have parameters of their own. */
function partsOf(
  all: Configuration,
  systematic: Systematic,
  region: Region,
  sample: Sample,
): readonly Part[] {
  const both = { hasNormalisation: true, hasShape: true };
  // Parameters of bins belong to one sample in one region.
  if (systematic.type === "SHAPE" && placesOf(all, systematic) > 1) {
    return [{ suffix: `_${region.name}_${sample.name}`, ...both }];
  }
  switch (systematic.decorrelation) {
    case null:
      return WHOLE;
    case "REGION":
      return [{ suffix: `_${region.name}`, ...both }];
    case "SAMPLE":
      return [{ suffix: `_${sample.name}`, ...both }];
    case "SHAPEACC": {
      const acceptance = { suffix: "_Acc", hasNormalisation: true, hasShape: false };
      const shape = { suffix: "_Shape", hasNormalisation: false, hasShape: true };
      return systematic.type === "OVERALL" ? [acceptance] : [acceptance, shape];
    }
    default:
      return systematic.decorrelation satisfies never;
  }
}

/** How many templates of the model a systematic varies. */
function placesOf({ regions, samples }: Configuration, { appliesTo }: Systematic): number {
  return regions
    .filter(({ type }) => type !== "VALIDATION")
    .flatMap((region) =>
      samples.filter(
        (sample) =>
          sample.hasSystematics &&
          sample.regions.has(region.name) &&
          appliesTo(region.name, sample.name),
      ),
    ).length;
}

/** The effect of a systematic, or of those that are combined; null for none. */
function groupEffect(
  all: Configuration,
  region: Region,
  sample: Sample,
  group: readonly [Relevant, ...Relevant[]],
  part: Part,
): SystematicPlan["effect"] | null {
  const { combination } = group[0].systematic;
  if (combination === null) return effectOf(all, region, sample, group[0], part);
  const parts = group.flatMap((one) => {
    const effect = effectOf(all, region, sample, one, part);
    if (effect === null) return [];
    if (effect.kind === "uncorrelated") throw new RangeError("SHAPE is not combined");
    return [{ name: one.systematic.name, effect }];
  });
  const isDropped = group.some(({ systematic }) => systematic.dropsCombinedNorm(region.name));
  return {
    kind: "combined",
    how: combination.how,
    parts,
    keepNormalisation: part.hasNormalisation && !isDropped,
    keepShape: part.hasShape,
    ...pruningOf(all, sample, group[0].systematic),
  };
}

function effectOf(
  all: Configuration,
  region: Region,
  sample: Sample,
  { systematic, from }: Relevant,
  part: Part,
): NormalisationEffect | TemplateEffect | UncorrelatedEffect | null {
  const isNative = systematic.appliesTo(region.name, from.name);
  const scale = (side: Side): number => systematic.scale[side](region.name);
  const keepsNormalisation = systematic.keepsNormalisation(region.name, from.name);
  if (systematic.type === "OVERALL" && isNative) {
    if (!keepsNormalisation) return null;
    const { Up, Down } = systematic.overall;
    return { kind: "normalisation", up: 1 + Up * scale("Up"), down: 1 + Down * scale("Down") };
  }
  if (systematic.type === "SHAPE") {
    const up = varied(all, region, from, systematic, systematic.sides.Up === null ? "Down" : "Up");
    return {
      kind: "uncorrelated",
      up: from === sample ? up : transferred(all, region, sample, from, up),
    };
  }
  const reference = referenceOf(all, region, from, systematic);
  const heldReference = systematic.keepsReferenceYield ? reference : null;
  const template = (side: Side): TemplateSource | null => {
    if (systematic.type === "OVERALL" || systematic.sides[side] !== null) {
      const source = varied(all, region, from, systematic, side);
      return heldReference === null || systematic.sides[side]?.sample != null
        ? source
        : atReferenceYield(source, heldReference, nominalSource(all, region, from));
    }
    // What is mirrored needs no other side; elsewhere TRExFitter takes the nominal template.
    return systematic.symmetrisation === "one-sided" ? null : nominalSource(all, region, from);
  };
  const heldWith = systematic.heldWith.find((samples) => samples.includes(sample.name));
  return {
    kind: "template",
    up: template("Up"),
    down: template("Down"),
    reference: reference === null && from !== sample ? nominalSource(all, region, from) : reference,
    symmetrisation: systematic.symmetrisation,
    smoothing: systematic.smoothing,
    scaleUp: scale("Up"),
    scaleDown: scale("Down"),
    ...(heldWith === undefined ? {} : { heldWith }),
    keepNormalisation: part.hasNormalisation && keepsNormalisation,
    keepShape: part.hasShape && systematic.keepsShape(region.name, from.name),
    ...pruningOf(all, sample, systematic),
  };
}

function pruningOf(
  { job }: Configuration,
  sample: Sample,
  { isPruned, prunedAs }: Systematic,
): Pick<TemplateEffect, "pruning" | "prunedAs"> {
  return {
    pruning: isPruned && sample.isPruned ? job.pruning : null,
    ...(prunedAs === null || prunedAs === sample.name ? {} : { prunedAs }),
  };
}

/** The template of one side. Samples of which the sample is made vary by the same parameter. */
function varied(
  all: Configuration,
  region: Region,
  sample: Sample,
  { parameter }: Systematic,
  side: Side,
): TemplateSource {
  const own = (of: Sample): TemplateSource => {
    const systematic = of.hasSystematics
      ? all.systematicsOfParameter
          .get(parameter)
          ?.find((one) => one.appliesTo(region.name, of.name))
      : undefined;
    if (systematic === undefined) return ownSource(all, region, of, null);
    if (systematic.type === "OVERALL") {
      const factor = 1 + systematic.overall[side] * systematic.scale[side](region.name);
      return { kind: "sum", terms: [{ factor, source: ownSource(all, region, of, null) }] };
    }
    if (systematic.sides[side] === null) return ownSource(all, region, of, null);
    const varies = ownSource(all, region, of, { systematic, side, of: "sample" });
    const source = withoutSubtracted(all, region, of, systematic, side, varies);
    return systematic.subtractsReference
      ? withoutReference(all, region, of, systematic, side, source)
      : source;
  };
  return combined(all, region, sample, own, []);
}
