/**
 * One-dimensional histograms as ROOT 6 writes them: TH1D and TH1F of version 3.
 *
 * The order of the members is that of the class descriptions in `class-list-bytes.ts`.
 *
 * @module
 */

import type { ByteWriter } from "./byte-writer.ts";

/** A histogram to be written. */
export interface HistogramToWrite {
  /** Folders and name, as in `folder/name`. */
  readonly path: string;
  /** Default: empty. */
  readonly title?: string;
  /** TH1F keeps about seven digits of the contents. Default: TH1D. */
  readonly className?: "TH1D" | "TH1F";
  /** [bins + 1] ascending. */
  readonly edges: ArrayLike<number>;
  /** [bins] sums of weights. Underflow and overflow are written empty. */
  readonly values: ArrayLike<number>;
  /** [bins] sums of squared weights. Default: not stored, and then ROOT takes |value|. */
  readonly variances?: ArrayLike<number>;
  /** Number of times it was filled. Default: the effective number, (sum of values)² / sum of variances. */
  readonly entries?: number;
}

/** kIsOnHeap and kNotDeleted; for histograms also kMustCleanup. */
const OBJECT_BITS = 0x03000000;
const HISTOGRAM_BITS = 0x03000008;
/** What fMaximum and fMinimum are when nobody set them. */
const UNSET = -1111;
/** EStatOverflows kNeutral: up to the user of the histogram. */
const NEUTRAL = 2;

/** The object, without the header of its record. */
export function writeHistogram(out: ByteWriter, name: string, histogram: HistogramToWrite): void {
  const { title = "", className = "TH1D", edges, values, variances, entries } = histogram;
  const sums = statistics(histogram);
  out.envelope(3, () => {
    out.envelope(8, () => {
      writeNamed(out, name, title, HISTOGRAM_BITS);
      out.envelope(2, () => [602, 1, 1].forEach((v) => void out.i16(v))); // line
      out.envelope(2, () => [0, 1001].forEach((v) => void out.i16(v))); // fill
      out.envelope(3, () => {
        out.i16(1); // marker
        out.i16(1);
        out.f32(1);
      });
      out.i32(values.length + 2);
      writeAxis(out, "xaxis", edges);
      writeAxis(out, "yaxis", [0, 1]);
      writeAxis(out, "zaxis", [0, 1]);
      out.i16(0); // fBarOffset, fBarWidth
      out.i16(1000);
      out.f64(entries ?? (sums.w2 > 0 ? sums.w * (sums.w / sums.w2) : 0));
      for (const sum of [sums.w, sums.w2, sums.wx, sums.wx2]) out.f64(sum);
      out.f64(UNSET);
      out.f64(UNSET);
      out.f64(0); // fNormFactor
      out.i32(0); // fContour
      if (variances === undefined) out.i32(0);
      else writeCells(out, variances, (value) => out.f64(value));
      out.string(""); // fOption
      writeEmptyList(out); // fFunctions
      out.i32(0); // fBufferSize, fBuffer
      out.u8(0);
      out.i32(0); // fBinStatErrOpt
      out.i32(NEUTRAL);
    });
    writeCells(out, values, (value) => (className === "TH1F" ? out.f32(value) : out.f64(value)));
  });
}

interface Sums {
  readonly w: number;
  readonly w2: number;
  readonly wx: number;
  readonly wx2: number;
}

/** The sums that ROOT makes mean and width of, with every entry at the centre of its bin. */
function statistics({ edges, values, variances }: HistogramToWrite): Sums {
  let [w, w2, wx, wx2] = [0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const centre = ((edges[i] as number) + (edges[i + 1] as number)) / 2;
    w += value;
    w2 += variances?.[i] ?? Math.abs(value);
    wx += value * centre;
    wx2 += value * centre * centre;
  }
  return { w, w2, wx, wx2 };
}

/** An array with empty underflow and overflow. */
function writeCells(
  out: ByteWriter,
  values: ArrayLike<number>,
  write: (value: number) => void,
): void {
  out.i32(values.length + 2);
  write(0);
  for (let i = 0; i < values.length; i++) write(values[i] as number);
  write(0);
}

function writeAxis(out: ByteWriter, name: string, edges: ArrayLike<number>): void {
  const bins = edges.length - 1;
  const low = edges[0] as number;
  const high = edges[bins] as number;
  out.envelope(10, () => {
    writeNamed(out, name, "", OBJECT_BITS);
    out.envelope(4, () => {
      out.i32(510); // divisions
      for (const v of [1, 1, 42]) out.i16(v); // colour of axis and labels, font
      for (const v of [0.005, 0.035, 0.03, 1, 0.035]) out.f32(v); // offsets, sizes
      for (const v of [1, 42]) out.i16(v); // colour and font of the title
    });
    out.i32(bins);
    out.f64(low);
    out.f64(high);
    const uniform = isUniform(edges);
    out.i32(uniform ? 0 : edges.length);
    if (!uniform) for (let i = 0; i <= bins; i++) out.f64(edges[i] as number);
    out.i32(0); // first and last bin shown
    out.i32(0);
    out.i16(0);
    out.u8(0); // no time axis
    out.string("");
    out.i32(0); // no labels
    out.i32(0);
  });
}

/** Whether the edges come back to the last bit from the ends of the axis, by the formula of readers. */
function isUniform(edges: ArrayLike<number>): boolean {
  const bins = edges.length - 1;
  const low = edges[0] as number;
  const width = ((edges[bins] as number) - low) / bins;
  for (let i = 0; i < bins; i++) if (edges[i] !== i * width + low) return false;
  return true;
}

function writeNamed(out: ByteWriter, name: string, title: string, bits: number): void {
  out.envelope(1, () => {
    writeObject(out, bits);
    out.string(name);
    out.string(title);
  });
}

function writeObject(out: ByteWriter, bits: number): void {
  out.i16(1);
  out.i32(0);
  out.i32(bits);
}

function writeEmptyList(out: ByteWriter): void {
  out.envelope(5, () => {
    writeObject(out, OBJECT_BITS);
    out.string("");
    out.i32(0);
  });
}
