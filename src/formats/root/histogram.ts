/**
 * Histograms TH1, TH2 and TH3 of any content type, as plain data.
 *
 * @module
 */

import type { NextstatError } from "../../errors.ts";
import { damaged, type Origin, unreadable } from "./byte-reader.ts";
import {
  arrayMember,
  isObject,
  itemsMember,
  numberMember,
  type RootObject,
  textMember,
} from "./objects.ts";

/** One axis of a histogram. */
export interface HistogramAxis {
  readonly name: string;
  readonly title: string;
  /** [bins + 1] ascending. */
  readonly edges: Float64Array;
  /** Labels of bins, counted from 0; empty where there are none. */
  readonly labels: ReadonlyMap<number, string>;
}

/** A histogram. Underflow and overflow are left out of `values`; `outside` says what that leaves out. */
export interface Histogram {
  readonly name: string;
  readonly title: string;
  /** As in `TH1D`. */
  readonly className: string;
  /** One, two or three. */
  readonly axes: readonly HistogramAxis[];
  /** [product of the bins of all axes] sums of weights. Row-major: the last axis runs fastest. */
  readonly values: Float64Array;
  /** In the same order, squared errors: the sums of squared weights where they are stored, else |values|. */
  readonly variances: Float64Array;
  /** The sums of squared weights are stored. */
  readonly weighted: boolean;
  /** Number of times it was filled. */
  readonly entries: number;
  /** Content of all underflow and overflow bins. */
  readonly outside: number;
  /** Underflow and overflow of a histogram with one axis; null for more axes. */
  readonly flow: readonly [below: FlowBin, above: FlowBin] | null;
}

/** A bin beyond an end of the axis. */
export interface FlowBin {
  readonly value: number;
  readonly variance: number;
}

/** As in TH1D: dimensions and content. */
export const HISTOGRAM_CLASS: RegExp = /^TH([123])[CSILFD]$/;

/** Most bins of a histogram, those at the ends included. More are of no use in a fit, and zeros take no room in a file. */
const MAX_CELLS = 1 << 24;

/**
 * The histogram that a decoded object is.
 *
 * @throws NextstatError `input` where members are missing or contradict each other
 */
export function toHistogram(object: RootObject, origin: Origin): Histogram {
  const dimension = Number(HISTOGRAM_CLASS.exec(object.className)?.[1]);
  // Fills that ROOT keeps until it knows the axes, or by SetBuffer: their number, then weight and coordinates of each. ROOT
  // makes it negative once the bins hold them.
  const waiting = arrayMember(object, "fBuffer")?.[0] ?? 0;
  if (waiting > 0) {
    throw unreadable(
      origin,
      `${waiting} fills of the histogram wait in its buffer, and are not in its bins`,
      "call BufferEmpty() before it is written",
    );
  }
  const missing = (what: string): NextstatError =>
    unreadable(
      origin,
      `${what} of the ${object.className} cannot be found`,
      "the file lacks the description of the class, or is damaged",
    );
  const content = arrayMember(object, "fArray");
  if (content === undefined) throw missing("the content");
  if (content.length > MAX_CELLS) {
    throw unreadable(
      origin,
      `the histogram has ${content.length} bins, more than ${MAX_CELLS}`,
      "rebin it",
    );
  }
  const axes = ["fXaxis", "fYaxis", "fZaxis"].slice(0, dimension).map((name) => {
    const axis = object.members[name];
    if (!isObject(axis)) throw missing(`the axis ${name}`);
    return readAxis(axis, origin, content.length);
  });
  const shape = axes.map(({ edges }) => edges.length - 1);
  const nCells = shape.reduce((product, bins) => product * (bins + 2), 1);
  if (content.length !== nCells) {
    throw damaged(origin, `${content.length} contents do not fit ${shape.join(" x ")} bins`);
  }
  const sumw2 = arrayMember(object, "fSumw2");
  if (sumw2 === undefined) throw missing("the squared errors");
  if (sumw2.length !== 0 && sumw2.length !== nCells) {
    throw damaged(origin, `${sumw2.length} squared errors do not fit ${content.length} contents`);
  }
  const numbers = Float64Array.from(content as ArrayLike<number>, Number);
  const values = withoutFlow(numbers, shape);
  const weighted = sumw2.length !== 0;
  return {
    name: textMember(object, "fName") ?? "",
    title: textMember(object, "fTitle") ?? "",
    className: object.className,
    axes,
    values,
    variances: weighted ? withoutFlow(sumw2 as Float64Array, shape) : values.map(Math.abs),
    weighted,
    entries: numberMember(object, "fEntries") ?? 0,
    outside: sumOfFlow(numbers, shape),
    flow: dimension === 1 ? flowOf(numbers, weighted ? (sumw2 as Float64Array) : null) : null,
  };
}

function flowOf(
  cells: Float64Array,
  sumw2: Float64Array | null,
): readonly [below: FlowBin, above: FlowBin] {
  const at = (cell: number): FlowBin => {
    const value = cells[cell] as number;
    return { value, variance: sumw2 === null ? Math.abs(value) : (sumw2[cell] as number) };
  };
  return [at(0), at(cells.length - 1)];
}

function readAxis(axis: RootObject, origin: Origin, nCells: number): HistogramAxis {
  const bins = numberMember(axis, "fNbins") ?? 0;
  const low = numberMember(axis, "fXmin") ?? Number.NaN;
  const high = numberMember(axis, "fXmax") ?? Number.NaN;
  const stored = arrayMember(axis, "fXbins") ?? new Float64Array(0);
  // More bins than contents is found before an array of them is made.
  if (!(bins >= 1 && bins < nCells) || (stored.length !== 0 && stored.length !== bins + 1)) {
    throw damaged(origin, `an axis claims ${bins} bins, with ${stored.length} edges`);
  }
  const edges = new Float64Array(bins + 1);
  if (stored.length > 0) edges.set(stored as Float64Array);
  else {
    // In this order of operations, numpy.linspace's and TAxis::GetBinLowEdge's, for the same edges to the last bit.
    const width = (high - low) / bins;
    for (let i = 0; i < bins; i++) edges[i] = i * width + low;
    edges[bins] = high;
  }
  for (let i = 0; i < bins; i++) {
    if (!((edges[i] as number) < (edges[i + 1] as number))) {
      throw damaged(
        origin,
        `the edges of bin ${i + 1} are not ascending (${edges[i]}, ${edges[i + 1]})`,
      );
    }
  }
  const labels = new Map<number, string>();
  for (const item of itemsMember(axis, "fLabels")) {
    if (!isObject(item)) continue;
    // A label keeps the number of its bin, counted from 1, as its identifier.
    labels.set((numberMember(item, "fUniqueID") ?? 0) - 1, textMember(item, "fString") ?? "");
  }
  return {
    name: textMember(axis, "fName") ?? "",
    title: textMember(axis, "fTitle") ?? "",
    edges,
    labels,
  };
}

/** ROOT's order has the first axis run fastest, and a bin more at both ends of every axis. */
function withoutFlow(cells: Float64Array, shape: readonly number[]): Float64Array {
  const [nx = 1, ny = 1, nz = 1] = shape;
  const strideY = nx + 2;
  const strideZ = strideY * (ny + 2);
  const offsetY = shape.length > 1 ? 1 : 0;
  const offsetZ = shape.length > 2 ? 1 : 0;
  const values = new Float64Array(nx * ny * nz);
  let at = 0;
  for (let x = 1; x <= nx; x++) {
    for (let y = 0; y < ny; y++) {
      for (let z = 0; z < nz; z++) {
        values[at++] = cells[x + (y + offsetY) * strideY + (z + offsetZ) * strideZ] as number;
      }
    }
  }
  return values;
}

/** Content of the bins at the ends of any axis. */
function sumOfFlow(cells: Float64Array, shape: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < cells.length; i++) {
    let rest = i;
    const isFlow = shape.some((bins) => {
      const bin = rest % (bins + 2);
      rest = (rest - bin) / (bins + 2);
      return bin === 0 || bin === bins + 1;
    });
    if (isFlow) sum += cells[i] as number;
  }
  return sum;
}
