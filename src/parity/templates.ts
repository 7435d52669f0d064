/**
 * The templates of a model at a position. ROOT cuts an interpolated template off at 0 (PiecewiseInterpolation,
 * setPositiveDefinite); pyhf and we do not, so the models differ where one is negative. Templates without variations are not cut.
 *
 * @module
 */

import type { ResolvedModel, ResolvedSample } from "../model/resolved-model.ts";

/** Change of a histosys of code 4p, which is ROOT's: polynomial of degree six inside |alpha| = 1, linear outside. */
function code4p(alpha: number, hi: number, lo: number, nominal: number): number {
  const odd = (hi - lo) / 2;
  const even = (hi + lo - 2 * nominal) / 16;
  const square = alpha ** 2;
  const feature =
    Math.abs(alpha) < 1 ? square * (15 - 10 * square + 3 * square ** 2) : 8 * Math.abs(alpha);
  return odd * alpha + even * feature;
}

/** `[nBins]` expected events of a sample before its factors. */
function templateAt({ nominal, modifiers }: ResolvedSample, x: ArrayLike<number>): number[] {
  const out = [...nominal];
  for (const modifier of modifiers) {
    if (modifier.type !== "histosys") continue;
    const alpha = x[modifier.parameter] as number;
    nominal.forEach((events, b) => {
      const [hi, lo] = [modifier.hi[b] as number, modifier.lo[b] as number];
      out[b] = (out[b] as number) + code4p(alpha, hi, lo, events);
    });
  }
  return out;
}

function isInterpolated({ modifiers }: ResolvedSample): boolean {
  return modifiers.some(({ type }) => type === "histosys");
}

/** Below minus this many events a template is negative, and not rounded. */
const NEGATIVE = 1e-9;

/** A template that is negative at a position. */
export interface NegativeTemplate {
  readonly channel: string;
  readonly sample: string;
  /** Bins in which it is, of the channel, from 0. */
  readonly bins: readonly number[];
}

/** Templates that are negative at a position. */
export function negativeTemplates(
  { channels }: ResolvedModel,
  x: ArrayLike<number>,
): readonly NegativeTemplate[] {
  return channels.flatMap(({ name, samples }) =>
    samples.filter(isInterpolated).flatMap((sample): NegativeTemplate[] => {
      const events = templateAt(sample, x);
      const bins = [...events.keys()].filter((b) => (events[b] as number) < -NEGATIVE);
      return bins.length === 0 ? [] : [{ channel: name, sample: sample.name, bins }];
    }),
  );
}

/** The templates that ROOT cut off, over many positions. */
export interface CutTemplates {
  readonly nPositions: number;
  /** Positions at which any template is negative. */
  readonly nCut: number;
  /** Each with all bins in which it is negative anywhere, and at how many positions it is. */
  readonly templates: readonly (NegativeTemplate & { readonly nPositions: number })[];
}

/** @param positions `[nPositions]` negative templates at each */
export function countCuts(positions: readonly (readonly NegativeTemplate[])[]): CutTemplates {
  const byName = new Map<string, NegativeTemplate & { readonly nPositions: number }>();
  for (const each of positions.flat()) {
    const key = JSON.stringify([each.channel, each.sample]);
    const before = byName.get(key);
    const bins = [...new Set([...(before?.bins ?? []), ...each.bins])].sort((a, b) => a - b);
    byName.set(key, { ...each, bins, nPositions: (before?.nPositions ?? 0) + 1 });
  }
  const nCut = positions.filter((negative) => negative.length > 0).length;
  return { nPositions: positions.length, nCut, templates: [...byName.values()] };
}

/** The model whose templates are those of this position, cut off at 0 as in ROOT: at this position it is ROOT's model. */
export function cutModel(resolved: ResolvedModel, x: ArrayLike<number>): ResolvedModel {
  return {
    ...resolved,
    channels: resolved.channels.map((channel) => ({
      ...channel,
      samples: channel.samples.map((sample) => {
        if (!isInterpolated(sample)) return sample;
        const nominal = templateAt(sample, x).map((events) => Math.max(events, 0));
        const modifiers = sample.modifiers.filter(({ type }) => type !== "histosys");
        return { ...sample, nominal, modifiers };
      }),
    })),
  };
}
