/**
 * Bins of templates without positive content, as TRExFitter mends them (SampleHist::FixEmptyBins).
 *
 * @module
 */

import type { Floor } from "./plan.ts";
import type { Template } from "./template.ts";

/** A nominal template that was mended. */
export interface Raised {
  readonly template: Template;
  /** Bins that were. */
  readonly low: readonly number[];
  /** Those of them that have the statistical uncertainty of another bin. */
  readonly guessed: readonly number[];
}

/**
 * Puts `floor.events` into the low bins of a nominal template: those without positive content, of a signal only negative
 * ones. They keep their statistical uncertainty; where they have none, it is the smallest of the bins with content, or 100 %.
 *
 * The total stays where it is positive, but for signals. The uncertainties are not scaled with it.
 */
export function raiseNominal(template: Template, isSignal: boolean, floor: Floor): Raised {
  const { values, variances } = template;
  const low = values.flatMap((value, b) => (value < 0 || (value === 0 && !isSignal) ? [b] : []));
  if (low.length === 0) return { template, low, guessed: [] };
  const smallest = Math.min(
    ...variances.filter((variance, b) => variance > 0 && (values[b] as number) > 0),
  );
  const isGuessed = floor.guessesUncertainty && Number.isFinite(smallest);
  const unknown = low.filter((b) => variances[b] === 0);
  const raised = values.map((value, b) => (low.includes(b) ? floor.events : value));
  const scale = isSignal ? 1 : scaleOf(sum(values), sum(raised), floor);
  return {
    template: {
      edges: template.edges,
      values: raised.map((value) => value * scale),
      variances: variances.map((variance, b) =>
        unknown.includes(b) ? (isGuessed ? smallest : floor.events ** 2) : variance,
      ),
    },
    low,
    guessed: isGuessed ? unknown : [],
  };
}

/** What keeps the total. */
function scaleOf(before: number, after: number, floor: Floor): number {
  if (before > 0) return before / after;
  return before < 0 && floor.rescalesNegative ? floor.events / after : 1;
}

/** The same for a variation: negative bins, and bins without content where the nominal template had none either. */
export function raiseVariation(
  values: readonly number[],
  low: readonly number[],
  isSignal: boolean,
  floor: Floor,
): readonly number[] {
  const raised = values.map((value, b) =>
    value < 0 || (value === 0 && low.includes(b)) ? floor.events : value,
  );
  if (isSignal || raised.every((value, b) => value === values[b])) return raised;
  const scale = Math.max(sum(values), floor.events) / sum(raised);
  return raised.map((value) => value * scale);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
