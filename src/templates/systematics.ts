/**
 * The systematic uncertainties of a region: what each sample's templates give by themselves, and what depends on those of
 * other samples: yields that are held together, pruning against sums or as another sample.
 *
 * @module
 */

import type { Modifier } from "../workspace/types.ts";
import { combineSides } from "./combine-sides.ts";
import type { Notices } from "./notices.ts";
import type {
  CombinedEffect,
  RegionPlan,
  SamplePlan,
  SystematicPlan,
  TemplateEffect,
} from "./plan.ts";
import type { Region } from "./region.ts";
import type { Sides } from "./symmetrise.ts";
import type { Template } from "./template.ts";
import {
  checkSides,
  type GivenSides,
  type Kept,
  keptParts,
  type PruningReference,
  prepareSides,
  sidesModifiers,
} from "./variation.ts";

/** A variation of a sample, ready but for what depends on other samples. */
interface Prepared {
  readonly sample: string;
  /** Of the systematic. */
  readonly name: string;
  readonly effect: TemplateEffect | null;
  readonly nominal: readonly number[];
  sides: Sides;
}

/** All variations of one systematic of a sample; null for one without templates. */
type Variations = readonly Prepared[] | null;

/** Modifiers of the systematics of every sample of a region, in their order. */
export function systematicModifiers(
  region: RegionPlan,
  made: Region,
  notices: Notices,
): ReadonlyMap<string, readonly Modifier[]> {
  const prepared = new Map(
    region.samples.map((sample) => [sample.name, prepareSample(region, sample, made, notices)]),
  );
  holdYields(
    [...prepared.values()].flatMap((list) => list.flatMap((variations) => variations ?? [])),
  );
  const final = (sample: SamplePlan, s: number): Sides | null => {
    const variations = prepared.get(sample.name)?.[s] ?? [];
    const [first] = variations;
    const effect = sample.systematics[s]?.effect;
    if (first === undefined || effect?.kind !== "combined") return first?.sides ?? null;
    return combineSides(
      first.nominal,
      variations.map(({ sides }) => sides),
      effect.how,
    );
  };
  return new Map(
    region.samples.map((sample) => [
      sample.name,
      sample.systematics.flatMap((systematic, s): readonly Modifier[] => {
        const { parameter, effect } = systematic;
        if (effect.kind === "normalisation") {
          return [{ name: parameter, type: "normsys", data: { hi: effect.up, lo: effect.down } }];
        }
        const nominal = nominalOf(made, sample);
        if (effect.kind === "uncorrelated") {
          const up = made.varied.get(sample.name)?.[s]?.[0]?.up;
          if (up == null) throw new RangeError(`no template of ${systematic.name}`);
          const data = nominal.map((n, b) => Math.abs((up[b] as number) - n));
          return [{ name: parameter, type: "shapesys", data }];
        }
        const sides = final(sample, s);
        if (sides === null) return [];
        const place = placeOf(systematic, region, sample);
        checkSides(place, nominal, sides, notices);
        const kept = keptAs(region, made, sample, s, sides, final);
        return sidesModifiers(parameter, place, nominal, sides, effect, kept, notices);
      }),
    ]),
  );
}

function nominalOf(made: Region, { name }: SamplePlan): readonly number[] {
  return (made.nominal.get(name) as Template).values;
}

function placeOf({ name }: SystematicPlan, region: RegionPlan, sample: SamplePlan): string {
  return `${name} on ${region.name}/${sample.name}`;
}

function prepareSample(
  region: RegionPlan,
  sample: SamplePlan,
  made: Region,
  notices: Notices,
): readonly Variations[] {
  const nominal = nominalOf(made, sample);
  return sample.systematics.map((systematic, s): Variations => {
    const { effect } = systematic;
    if (effect.kind === "normalisation" || effect.kind === "uncorrelated") return null;
    const given = made.varied.get(sample.name)?.[s] ?? [];
    const parts = effect.kind === "combined" ? effect.parts : [{ name: systematic.name, effect }];
    return parts.flatMap((part, p): readonly Prepared[] => {
      const place = placeOf({ ...systematic, name: part.name }, region, sample);
      const own = { sample: sample.name, name: part.name, nominal };
      if (part.effect.kind === "normalisation") {
        const { up, down } = part.effect;
        return [
          {
            ...own,
            effect: null,
            sides: { up: nominal.map((n) => n * up), down: nominal.map((n) => n * down) },
          },
        ];
      }
      const sides = prepareSides(place, nominal, given[p] as GivenSides, part.effect, notices);
      return sides === null ? [] : [{ ...own, effect: part.effect, sides }];
    });
  });
}

/** Scales variations so that they leave the yield of several samples together as it is. */
function holdYields(all: readonly Prepared[]): void {
  const scaled = new Map<Prepared, Sides>();
  for (const prepared of all) {
    const held = prepared.effect?.heldWith;
    if (held === undefined) continue;
    const together = all.filter(
      ({ name, sample, effect }) =>
        effect !== null && name === prepared.name && held.includes(sample),
    );
    const nominal = total(together.map((one) => one.nominal));
    const { up, down } = prepared.sides;
    const factor = (varied: number): number => (varied * nominal > 0 ? nominal / varied : 1);
    const upFactor = factor(total(together.map(({ sides }) => sides.up)));
    const downFactor = factor(total(together.map(({ sides }) => sides.down)));
    scaled.set(prepared, {
      up: up.map((value) => value * upFactor),
      down: down.map((value) => value * downFactor),
    });
  }
  for (const [prepared, sides] of scaled) prepared.sides = sides;
}

/** What pruning leaves of an effect: by itself, or what it leaves of the same systematic of another sample. */
function keptAs(
  region: RegionPlan,
  made: Region,
  sample: SamplePlan,
  s: number,
  sides: Sides,
  final: (sample: SamplePlan, s: number) => Sides | null,
): Kept {
  const { name, effect } = sample.systematics[s] as SystematicPlan;
  const outcome = effect as TemplateEffect | CombinedEffect;
  const other = region.samples.find((candidate) => candidate.name === outcome.prunedAs);
  const index = other?.systematics.findIndex((systematic) => systematic.name === name) ?? -1;
  const othersSides = other === undefined || index < 0 ? null : final(other, index);
  const [of, by] =
    other === undefined || othersSides === null ? [sample, sides] : [other, othersSides];
  const nominal = nominalOf(made, of);
  return keptParts(nominal, by, outcome, referenceOf(region, made, outcome) ?? nominal);
}

/** The sum of samples that pruning compares with; null: the sample itself. */
function referenceOf(
  region: RegionPlan,
  made: Region,
  { pruning }: TemplateEffect | CombinedEffect,
): PruningReference | null {
  const relativeTo = pruning?.relativeTo;
  if (relativeTo === undefined) return null;
  const samples = region.samples.filter(({ isSignal }) => relativeTo === "total" || !isSignal);
  const [first, ...others] = samples.map((sample) => nominalOf(made, sample));
  return (
    first?.map((value, b) => others.reduce((sum, other) => sum + (other[b] as number), value)) ??
    null
  );
}

function total(templates: readonly (readonly number[])[]): number {
  return templates.reduce((sum, values) => values.reduce((part, value) => part + value, sum), 0);
}
