/**
 * Systematics whose templates vary another sample than the one they are for: reference samples, and systematics taken over.
 *
 * @module
 */

import type { TemplateSource } from "../../templates/plan.ts";
import { configurationError } from "./blocks.ts";
import type { Side } from "./inputs.ts";
import type { Region } from "./regions.ts";
import type { Sample } from "./samples.ts";
import { type Configuration, nominalSource, ownSource } from "./sources.ts";
import type { Systematic } from "./systematics.ts";

function sum(a: TemplateSource, b: TemplateSource): TemplateSource {
  return { kind: "sum", terms: [a, b].map((source) => ({ factor: 1, source })) };
}

function difference(a: TemplateSource, b: TemplateSource): TemplateSource {
  const terms = [
    { factor: 1, source: a },
    { factor: -1, source: b },
  ];
  return { kind: "sum", terms };
}

/**
 * A variation of the reference sample as one that is to be compared with the reference sample, but changes the yield of the
 * nominal template as it changes that of the reference sample.
 */
export function atReferenceYield(
  source: TemplateSource,
  reference: TemplateSource,
  nominal: TemplateSource,
): TemplateSource {
  const right: TemplateSource = {
    kind: "product",
    left: relativeChange(source, reference),
    right: nominal,
  };
  const own: TemplateSource = sum(nominal, right);
  const to: TemplateSource = { kind: "normalised", source: nominal, from: reference, to: source };
  return { kind: "normalised", source, from: own, to };
}

/** `up - subtracted + nominal`, where the nominal template is that of what both vary. */
export function withoutSubtracted(
  all: Configuration,
  region: Region,
  sample: Sample,
  systematic: Systematic,
  side: Side,
  source: TemplateSource,
): TemplateSource {
  if (systematic.sides[side]?.subtractedInputs == null) return source;
  const subtracted = ownSource(all, region, sample, { systematic, side, of: "subtracted" });
  const nominal = referenceOf(all, region, sample, systematic);
  return sum(difference(source, subtracted), nominal ?? ownSource(all, region, sample, null));
}

/** `source / nominal - 1` in each bin; 0 where the nominal template is empty. */
function relativeChange(source: TemplateSource, nominal: TemplateSource): TemplateSource {
  const left: TemplateSource = difference(source, nominal);
  return { kind: "quotient", left, right: nominal };
}

/** A varied template of another sample as one of this: the ratio to the nominal template is the same. */
export function transferred(
  all: Configuration,
  region: Region,
  sample: Sample,
  from: Sample,
  source: TemplateSource,
): TemplateSource {
  const right = nominalSource(all, region, from);
  const ratio: TemplateSource = { kind: "quotient", left: source, right };
  return { kind: "product", left: ratio, right: nominalSource(all, region, sample) };
}

/** `up - (up / nominal - 1) of the reference sample * nominal`. Bins that are empty there stay as they are. */
export function withoutReference(
  all: Configuration,
  region: Region,
  sample: Sample,
  systematic: Systematic,
  side: Side,
  source: TemplateSource,
): TemplateSource {
  const reference = referenceSample(all, region, systematic);
  if (reference === null || reference === sample) return source;
  const nominal = ownSource(all, region, reference, null);
  const up = ownSource(all, region, reference, { systematic, side, of: "reference" });
  const relative = relativeChange(up, nominal);
  const own = ownSource(all, region, sample, null);
  return difference(source, { kind: "product", left: relative, right: own });
}

/** The template that the varied ones are compared with, where it is not that of the sample; null where it is. */
export function referenceOf(
  all: Configuration,
  region: Region,
  sample: Sample,
  systematic: Systematic,
): TemplateSource | null {
  if (systematic.subtractsReference) return null;
  const reference = referenceSample(all, region, systematic);
  if (reference === null || reference === sample) return null;
  return nominalSource(all, region, reference);
}

function referenceSample(
  all: Configuration,
  region: Region,
  { referenceSample: name, values }: Systematic,
): Sample | null {
  if (name === null) return null;
  const reference = all.sampleOf.get(name);
  if (reference?.regions.has(region.name) === true) return reference;
  throw configurationError(
    values.setting("ReferenceSample") ?? values.block,
    `region "${region.name}" has no sample "${name}"`,
    "the reference sample must be in every region of the systematic",
  );
}
