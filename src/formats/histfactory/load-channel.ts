/**
 * A channel with the contents of its histograms.
 *
 * @module
 */

import { count } from "../../workspace/checks.ts";
import type { ConversionLog } from "../conversion.ts";
import type { Histogram } from "../root/histogram.ts";
import type {
  ChannelElement,
  HistogramName,
  HistoSysElement,
  NormFactorElement,
  OverallSysElement,
  SampleElement,
  ShapeFactorElement,
  ShapeSysElement,
  StatErrorElement,
  SystematicElement,
} from "./document.ts";
import { xmlError } from "./elements.ts";
import type { HistogramReader } from "./histograms.ts";
import { lost } from "./report.ts";

/** Numbers are `[nBins]`, the last axis of a histogram of several dimensions fastest. */
type Bins = readonly number[];

/** A systematic with its numbers. */
export type LoadedSystematic =
  | NormFactorElement
  | OverallSysElement
  | (Omit<HistoSysElement, "low" | "high"> & { readonly low: Bins; readonly high: Bins })
  | (ShapeSysElement & { readonly relative: Bins })
  | (Omit<ShapeFactorElement, "shape"> & { readonly shape: Bins | null })
  /** Absolute uncertainties, in events. */
  | (StatErrorElement & { readonly errors: Bins });

export interface LoadedSample {
  readonly element: SampleElement;
  readonly nominal: Bins;
  readonly systematics: readonly LoadedSystematic[];
}

export interface LoadedChannel {
  readonly element: ChannelElement;
  /** Numbers of bins along each axis. */
  readonly shape: readonly number[];
  readonly nBins: number;
  readonly samples: readonly LoadedSample[];
  readonly data: Bins | null;
}

/** @throws NextstatError `input` for histograms that are not there, or do not fit each other */
export async function loadChannel(
  element: ChannelElement,
  reader: HistogramReader,
  log: ConversionLog,
): Promise<LoadedChannel> {
  const [firstSample] = element.samples as readonly [SampleElement];
  const first = await reader.read(firstSample.nominal);
  const shape = shapeOf(first);
  noteEdges(first, element, log);
  const read = async (name: HistogramName): Promise<Histogram> => {
    const histogram = await reader.read(name);
    const [found, expected] = [shapeOf(histogram), shape].map((sizes) => sizes.join(" x "));
    if (found !== expected) {
      throw xmlError(
        `the histogram "${name.name}" has ${found} bins, the others of channel "${element.name}" have ${expected}`,
        name.place,
        "the histograms of a channel need the same bins",
      );
    }
    return histogram;
  };
  const values = async (name: HistogramName): Promise<Bins> => [...(await read(name)).values];
  const noteOutside = ({ outside, name }: Histogram, { place }: HistogramName): void => {
    if (outside !== 0) {
      const note = `${Number(outside.toPrecision(6))} events in underflow and overflow of "${name}"`;
      lost(log, place, note);
    }
  };

  const loadSample = async (sample: SampleElement): Promise<LoadedSample> => {
    const histogram = await read(sample.nominal);
    noteOutside(histogram, sample.nominal);
    const nominal = [...histogram.values];
    const systematics: LoadedSystematic[] = [];
    for (const systematic of sample.systematics) {
      systematics.push(await loadSystematic(systematic, histogram, values));
    }
    return { element: sample, nominal, systematics };
  };

  const samples: LoadedSample[] = [];
  for (const sample of element.samples) samples.push(await loadSample(sample));
  let data: Bins | null = null;
  if (element.data !== null) {
    const histogram = await read(element.data);
    noteOutside(histogram, element.data);
    data = [...histogram.values];
  }
  const nBins = shape.reduce((product, bins) => product * bins, 1);
  return { element, shape, nBins, samples, data };
}

async function loadSystematic(
  systematic: SystematicElement,
  nominal: Histogram,
  values: (name: HistogramName) => Promise<Bins>,
): Promise<LoadedSystematic> {
  switch (systematic.type) {
    case "NormFactor":
    case "OverallSys":
      return systematic;
    case "HistoSys":
      return {
        ...systematic,
        low: await values(systematic.low),
        high: await values(systematic.high),
      };
    case "ShapeSys":
      return { ...systematic, relative: await values(systematic.histogram) };
    case "ShapeFactor":
      return {
        ...systematic,
        shape: systematic.shape === null ? null : await values(systematic.shape),
      };
    case "StatError": {
      const { histogram } = systematic;
      const relative = histogram === null ? null : await values(histogram);
      const errors =
        relative === null
          ? [...nominal.variances].map(Math.sqrt)
          : relative.map((r, b) => r * (nominal.values[b] as number));
      return { ...systematic, errors };
    }
  }
  return systematic satisfies never;
}

function shapeOf({ axes }: Histogram): number[] {
  return axes.map(({ edges }) => edges.length - 1);
}

/** Bins have no edges in a workspace; those from 0 to 1, 1 to 2 ... are what nobody misses. */
function noteEdges({ axes }: Histogram, { name, place }: ChannelElement, log: ConversionLog): void {
  const isPlain = axes.every(({ edges }) => edges.every((edge, i) => edge === i));
  if (isPlain) return;
  const bins = axes.map(({ edges }) => count(edges.length - 1, "bin", "bins")).join(" x ");
  lost(log, place, `edges of the bins of channel "${name}" (${bins})`);
}
