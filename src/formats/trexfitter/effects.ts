/**
 * Effects of systematics on a sample in a region.
 *
 * @module
 */

import type { SystematicPlan, TemplateEffect, TemplateSource } from "../../templates/plan.ts";
import { configurationError } from "./blocks.ts";
import { nameOf } from "./context.ts";
import type { Side } from "./inputs.ts";
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

/** All systematics of a sample in a region. */
export function systematicsOf(
  all: Configuration,
  region: Region,
  sample: Sample,
): readonly SystematicPlan[] {
  if (all.job.isStatisticalOnly || !sample.hasSystematics) return [];
  const plans: SystematicPlan[] = [];
  const owners = new Map<string, Systematic>();
  for (const systematic of relevant(all, region, sample)) {
    for (const part of partsOf(all, systematic, region, sample)) {
      const parameter = systematic.parameter + part.suffix;
      const before = owners.get(parameter);
      if (before !== undefined) {
        throw configurationError(
          systematic.values.block,
          `${nameOf(before.values.block)} and ${nameOf(systematic.values.block)} both vary sample "${sample.name}" in region "${region.name}" by the parameter "${parameter}"`,
          "give them different samples, regions or NuisanceParameter",
        );
      }
      owners.set(parameter, systematic);
      plans.push({
        name: systematic.name + part.suffix,
        parameter,
        effect: effectOf(all, region, sample, systematic, part),
      });
    }
  }
  return plans;
}

/** Parameters of a sample in a region that have no constraint. */
export function freeParametersOf(
  all: Configuration,
  region: Region,
  sample: Sample,
): readonly string[] {
  return relevant(all, region, sample)
    .filter(({ isFree }) => isFree)
    .flatMap((systematic) =>
      partsOf(all, systematic, region, sample).map(({ suffix }) => systematic.parameter + suffix),
    );
}

/** Systematics of the sample, and of those it is made of where it has none with their parameter. */
function relevant(all: Configuration, region: Region, sample: Sample): Systematic[] {
  const own = nativeOf(all, region, sample);
  if (sample.operations.length === 0) return own;
  const parameters = new Set(own.map(({ parameter }) => parameter));
  const inherited: Systematic[] = [];
  for (const other of operandsOf(all, region, sample)) {
    for (const systematic of nativeOf(all, region, other)) {
      if (parameters.has(systematic.parameter)) continue;
      parameters.add(systematic.parameter);
      inherited.push(systematic);
    }
  }
  return [...own, ...inherited];
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

function effectOf(
  all: Configuration,
  region: Region,
  sample: Sample,
  systematic: Systematic,
  part: Part,
): SystematicPlan["effect"] {
  const isNative = systematic.appliesTo(region.name, sample.name);
  const scale = (side: Side): number => systematic.scale[side](region.name);
  if (systematic.type === "OVERALL" && isNative) {
    const { Up, Down } = systematic.overall;
    return { kind: "normalisation", up: 1 + Up * scale("Up"), down: 1 + Down * scale("Down") };
  }
  if (systematic.type === "SHAPE") {
    const side = systematic.sides.Up === null ? "Down" : "Up";
    return { kind: "uncorrelated", up: varied(all, region, sample, systematic, side) };
  }
  const template = (side: Side): TemplateSource | null => {
    if (systematic.type === "OVERALL" || systematic.sides[side] !== null) {
      return varied(all, region, sample, systematic, side);
    }
    // What is mirrored needs no other side; elsewhere TRExFitter takes the nominal template.
    return systematic.symmetrisation === "one-sided" ? null : nominalSource(all, region, sample);
  };
  const isMirrored = systematic.symmetrisation === "one-sided" && systematic.sides.Up !== null;
  return {
    kind: "template",
    up: template("Up"),
    down: isMirrored ? null : template("Down"),
    reference: referenceOf(all, region, sample, systematic),
    symmetrisation: systematic.symmetrisation,
    smoothing: systematic.smoothing,
    scaleUp: scale("Up"),
    scaleDown: scale("Down"),
    keepNormalisation:
      part.hasNormalisation && systematic.keepsNormalisation(region.name, sample.name),
    keepShape: part.hasShape && systematic.keepsShape(region.name, sample.name),
    pruning: systematic.isPruned && sample.isPruned ? all.job.pruning : null,
  } satisfies TemplateEffect;
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
    const variation = systematic.sides[side] === null ? null : { systematic, side };
    return ownSource(all, region, of, variation);
  };
  return combined(all, region, sample, own, []);
}

function referenceOf(
  all: Configuration,
  region: Region,
  sample: Sample,
  { referenceSample: name, values }: Systematic,
): TemplateSource | null {
  if (name === null || name === sample.name) return null;
  const reference = all.sampleOf.get(name);
  if (reference?.regions.has(region.name) === true) return nominalSource(all, region, reference);
  throw configurationError(
    values.setting("ReferenceSample") ?? values.block,
    `region "${region.name}" has no sample "${name}"`,
    "the reference sample must be in every region of the systematic",
  );
}
