/**
 * Merging of bins: by number, to given edges, or by the content of signal and background.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { Rebin } from "./plan.ts";
import type { Template } from "./template.ts";

/** [merged bins + 1] indices of the edges that stay, ascending. */
export type Merging = readonly number[];

/**
 * Which edges stay.
 *
 * @param edges [bins + 1] ascending
 * @param signal sum of the signal samples; only automatic binning looks at it
 * @throws NextstatError `input` where the bins cannot be merged as asked
 */
export function mergedEdges(
  rebin: Rebin,
  edges: readonly number[],
  signal: Template,
  background: Template,
  region: string,
): Merging {
  const bins = edges.length - 1;
  switch (rebin.kind) {
    case "group": {
      const { bins: size } = rebin;
      if (!(Number.isInteger(size) && size >= 1 && bins % size === 0)) {
        throw new NextstatError(
          "input",
          `${bins} bins of region "${region}" cannot be merged by ${size}`,
          { hint: "give a divisor of the number of bins" },
        );
      }
      return Array.from({ length: bins / size + 1 }, (_, i) => i * size);
    }
    case "edges":
      return rebin.edges.map((edge) => {
        const span = (edges[bins] as number) - (edges[0] as number);
        const at = edges.findIndex((known) => Math.abs(known - edge) <= SAME_EDGE * span);
        if (at >= 0) return at;
        throw new NextstatError(
          "input",
          `${edge} is no edge of the histograms of region "${region}"`,
          { hint: `there are ${edges.slice(0, 12).join(", ")}${edges.length > 12 ? ", ..." : ""}` },
        );
      });
    case "TransfoD":
    case "TransfoF":
      return automatic(rebin, signal, background);
    default:
      return rebin satisfies never;
  }
}

/** Relative to the range of the histogram: edges in configurations are rounded. */
const SAME_EDGE = 1e-6;

/** Largest relative uncertainty of the background in a bin of TransfoF. */
const MAX_UNCERTAINTY = 0.1;

/**
 * Merges from the right until a bin has enough of signal and background; with Z the numbers of bins that the signal and
 * the background alone would get, S and B the contents of the bin, and totals in the denominators:
 * - TransfoD: Z_s S / S_total + Z_b B / B_total > 1. Where the last bin taken leads further away from 1 than the one
 *   before, it goes to the next;
 * - TransfoF: sqrt(Z_s sum S_i ln(1 + S_i / B_i)) + sqrt(Z_b B / B_total) > 1, and the background is known to 10 %.
 *
 * Source: the transformations D and F of the search for VH(bb), JHEP 01 (2015) 069, section 8, with the details of
 * TRExFitter. There, underflow and overflow belong to the outer bins.
 */
function automatic(
  rebin: Extract<Rebin, { readonly signal: number }>,
  signal: Template,
  background: Template,
): Merging {
  const { kind, signal: zSignal, background: zBackground } = rebin;
  const bins = signal.values.length;
  const total = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0);
  const totalSignal = total(signal.values);
  const totalBackground = total(background.values);
  const edges = [bins];
  let bin = bins - 1;
  while (bin >= 0) {
    let sumSignal = 0;
    let sumLogarithm = 0;
    let sumBackground = 0;
    let variance = 0;
    let isFull = false;
    let last = Number.POSITIVE_INFINITY;
    while (!isFull && bin >= 0) {
      const s = signal.values[bin] as number;
      const b = background.values[bin] as number;
      sumSignal += s;
      sumBackground += b;
      variance += background.variances[bin] as number;
      if (s > 0 && b > 0) sumLogarithm += s * Math.log1p(s / b);
      if (kind === "TransfoD") {
        const z =
          (sumBackground !== 0 ? (zBackground * sumBackground) / totalBackground : 0) +
          (sumSignal !== 0 ? (zSignal * sumSignal) / totalSignal : 0);
        isFull = z > 1;
        const distance = Math.abs(1 / z - 1);
        if (isFull && distance > last) break;
        last = distance;
      } else {
        const z =
          (sumBackground > 0 ? Math.sqrt((zBackground * sumBackground) / totalBackground) : 0) +
          Math.sqrt(zSignal * sumLogarithm);
        isFull = z > 1 && Math.sqrt(variance) < MAX_UNCERTAINTY * sumBackground;
      }
      bin--;
    }
    // What is left over makes no bin of its own, unless TransfoD has fewer than it may have.
    const isRest = !isFull && edges.length > 1;
    const mayMerge = kind === "TransfoF" || edges.length > zSignal + zBackground + 0.01;
    if (isRest && mayMerge) edges.pop();
    edges.push(bin + 1);
  }
  return edges.reverse();
}

/** Bins between edges that stay, added. */
export function mergeTemplate(template: Template, merging: Merging): Template {
  const add = (values: readonly number[]): readonly number[] =>
    merging.slice(1).map((to, i) => {
      let sum = 0;
      for (let b = merging[i] as number; b < to; b++) sum += values[b] as number;
      return sum;
    });
  return {
    edges: merging.map((edge) => template.edges[edge] as number),
    values: add(template.values),
    variances: add(template.variances),
  };
}

/** Without some bins. The edges then count bins: what is left may have gaps. */
export function dropBins(template: Template, dropped: readonly number[]): Template {
  if (dropped.length === 0) return template;
  const keep = <T>(values: readonly T[]): readonly T[] =>
    values.filter((_, b) => !dropped.includes(b));
  const values = keep(template.values);
  return {
    edges: [...values.keys(), values.length],
    values,
    variances: keep(template.variances),
  };
}
