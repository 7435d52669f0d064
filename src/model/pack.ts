/**
 * {@link ResolvedModel} -> {@link CompiledModel}: everything the kernels need, in the order they need it, in one buffer.
 *
 * Idea: what does not depend on the bin collapses to one factor per (channel, sample); histosys variations become a
 * compressed list of non-zero entries per cell, each a pair (S, A) that multiplies a pair of features of its alpha, so
 * that a cell is a sum of two-lane products and the gradient is the transpose of the same loop.
 *
 * @module
 */

import { ln } from "../math/logarithm.ts";
import { code4Coefficients } from "./interpolation.ts";
import * as layout from "./layout.ts";
import type { Parameter, ResolvedModel, ResolvedSample } from "./resolved-model.ts";

/** A model that any thread can open at no cost: send the buffer, read the sections where they are. */
export interface CompiledModel {
  /** Shared where the platform has SharedArrayBuffer. */
  readonly buffer: ArrayBufferLike;
  readonly nParameters: number;
  readonly nBins: number;
}

/** Opens a compiled buffer, e.g. one received from another thread. */
export function openCompiledModel(buffer: ArrayBufferLike): CompiledModel {
  const header = new Int32Array(buffer, 0, layout.HEADER_SLOTS);
  if (
    header[layout.MAGIC] !== layout.MAGIC_VALUE ||
    header[layout.VERSION] !== layout.VERSION_VALUE
  ) {
    throw new RangeError("compiled model: the buffer is not one, or of another version");
  }
  return {
    buffer,
    nParameters: header[layout.N_PARAMETER] as number,
    nBins: header[layout.N_BIN] as number,
  };
}

/** View of one f64 section, `length` numbers. */
export function floatSection(model: CompiledModel, slot: number, length: number): Float64Array {
  return new Float64Array(model.buffer, sectionOffset(model, slot), length);
}

/** View of one int section, `length` numbers. */
export function intSection(model: CompiledModel, slot: number, length: number): Int32Array {
  return new Int32Array(model.buffer, sectionOffset(model, slot), length);
}

function sectionOffset(model: CompiledModel, slot: number): number {
  return new Int32Array(model.buffer, 0, layout.HEADER_SLOTS)[slot] as number;
}

const CONSTRAINT_CODE = { none: 0, gauss: 1, poisson: 2 } as const;
const TRANSFORM_CODE = { identity: 0, lognormal: 1, affine: 2 } as const;
const FEATURE_CODE = { code0: 0, code2: 2, code4p: 4 } as const;

/** Growing lists of everything that is not per parameter. */
interface Lists {
  samples: number[];
  pairParameter: number[];
  pairPolynomial: number[];
  pairLogarithm: number[];
  exponentialParameter: number[];
  exponentialValue: number[];
  piecewiseParameter: number[];
  piecewiseValue: number[];
  factorParameter: number[];
  perbinParameter: number[];
  cellNominal: number[];
  cellEntry: number[];
  entryValue: number[];
  entryFeature: number[];
  featureParameter: number[];
  featureIndex: Map<number, number>;
  sampleParameterBegin: number[];
  sampleParameter: number[];
}

/** Compiles a resolved model. */
export function packModel(model: ResolvedModel): CompiledModel {
  const lists: Lists = {
    samples: [],
    pairParameter: [],
    pairPolynomial: [],
    pairLogarithm: [],
    exponentialParameter: [],
    exponentialValue: [],
    piecewiseParameter: [],
    piecewiseValue: [],
    factorParameter: [],
    perbinParameter: [],
    cellNominal: [],
    cellEntry: [0],
    entryValue: [],
    entryFeature: [],
    featureParameter: [],
    featureIndex: new Map(),
    sampleParameterBegin: [0],
    sampleParameter: [],
  };
  for (const channel of model.channels) {
    for (const sample of channel.samples) packSample(lists, sample, channel.firstBin);
  }
  const { parameters } = model;
  const kinks = kinkedParameters(lists, parameters.length);
  const columns = jacobianColumns(model);
  const nGlobal = columns.filter((c) => c >= 0).length;

  const counts: [number, number][] = [
    [layout.MAGIC, layout.MAGIC_VALUE],
    [layout.VERSION, layout.VERSION_VALUE],
    [layout.N_PARAMETER, parameters.length],
    [layout.N_BIN, model.observed.length],
    [layout.N_SAMPLE, lists.samples.length / layout.SAMPLE_STRIDE],
    [layout.N_CELL, lists.cellNominal.length],
    [layout.N_PAIR, lists.pairParameter.length / 2],
    [layout.N_EXPONENTIAL, lists.exponentialParameter.length],
    [layout.N_PIECEWISE, lists.piecewiseParameter.length / 2],
    [layout.N_FEATURE, lists.featureParameter.length / 2],
    [layout.N_ENTRY, lists.entryFeature.length],
    [layout.POI, model.poi ?? -1],
    [layout.N_GLOBAL, nGlobal],
    [layout.HAS_KINK, kinks.includes(1) ? 1 : 0],
  ];
  const floats: [number, readonly number[]][] = [
    [layout.PARAMETER_INIT, parameters.map((p) => p.init)],
    [layout.PARAMETER_LOWER, parameters.map((p) => p.lower)],
    [layout.PARAMETER_UPPER, parameters.map((p) => p.upper)],
    [layout.PARAMETER_AUXILIARY, parameters.map((p) => p.auxdata)],
    [layout.PARAMETER_STRENGTH, parameters.map(strength)],
    [layout.PARAMETER_TRANSFORM_VALUE, parameters.map(transformValue)],
    [layout.PAIR_POLYNOMIAL, lists.pairPolynomial],
    [layout.PAIR_LOGARITHM, lists.pairLogarithm],
    [layout.EXPONENTIAL_VALUE, lists.exponentialValue],
    [layout.PIECEWISE_VALUE, lists.piecewiseValue],
    [layout.CELL_NOMINAL, lists.cellNominal],
    [layout.ENTRY_VALUE, lists.entryValue],
    [layout.BIN_OBSERVED, model.observed],
  ];
  const ints: [number, readonly number[]][] = [
    [layout.PARAMETER_CONSTRAINT, parameters.map((p) => CONSTRAINT_CODE[p.constraint.type])],
    [layout.PARAMETER_TRANSFORM, parameters.map((p) => TRANSFORM_CODE[p.transform.type])],
    [layout.PARAMETER_FIXED, parameters.map((p) => (p.fixed ? 1 : 0))],
    [layout.PARAMETER_COLUMN, columns],
    [layout.PARAMETER_KINK, kinks],
    [layout.SAMPLES, lists.samples],
    [layout.PAIR_PARAMETER, lists.pairParameter],
    [layout.EXPONENTIAL_PARAMETER, lists.exponentialParameter],
    [layout.PIECEWISE_PARAMETER, lists.piecewiseParameter],
    [layout.FACTOR_PARAMETER, lists.factorParameter],
    [layout.PERBIN_PARAMETER, lists.perbinParameter],
    [layout.CELL_ENTRY, lists.cellEntry],
    [layout.ENTRY_FEATURE, lists.entryFeature],
    [layout.FEATURE_PARAMETER, lists.featureParameter],
    [layout.SAMPLE_PARAMETER_BEGIN, lists.sampleParameterBegin],
    [layout.SAMPLE_PARAMETER, lists.sampleParameter],
  ];
  return writeBuffer(counts, floats, ints);
}

function packSample(lists: Lists, sample: ResolvedSample, firstBin: number): void {
  const nBins = sample.nominal.length;
  const pairBegin = lists.pairParameter.length / 2;
  const exponentialBegin = lists.exponentialParameter.length;
  const piecewiseBegin = lists.piecewiseParameter.length / 2;
  const factorBegin = lists.factorParameter.length;
  const perbinBegin = lists.perbinParameter.length;
  const cell = lists.cellNominal.length;
  const touched = new Set<number>();
  const code4: { parameter: number; hi: number; lo: number }[] = [];
  const variations: { feature: number; hi: readonly number[]; lo: readonly number[] }[] = [];

  for (const modifier of sample.modifiers) {
    switch (modifier.type) {
      case "factor":
        lists.factorParameter.push(modifier.parameter);
        touched.add(modifier.parameter);
        break;
      case "perbin":
        lists.perbinParameter.push(modifier.firstParameter);
        break;
      case "normsys": {
        const { parameter, hi, lo, code } = modifier;
        touched.add(parameter);
        if (code === "code0" || code === "code2" || !(hi > 0 && lo > 0)) {
          lists.piecewiseParameter.push(parameter, code === "code2" ? 2 : 0);
          lists.piecewiseValue.push(hi - 1, 1 - lo);
        } else if (code === "code1") {
          lists.exponentialParameter.push(parameter);
          lists.exponentialValue.push(ln(hi), -ln(lo), ...code4Coefficients(hi, lo));
        } else {
          code4.push({ parameter, hi, lo });
        }
        break;
      }
      case "histosys":
        touched.add(modifier.parameter);
        variations.push({
          feature: featureOf(lists, modifier.parameter, FEATURE_CODE[modifier.code]),
          hi: modifier.hi,
          lo: modifier.lo,
        });
        break;
      default:
        modifier satisfies never;
    }
  }
  packPairs(lists, code4);
  for (let b = 0; b < nBins; b++) {
    const nominal = sample.nominal[b] as number;
    lists.cellNominal.push(nominal);
    for (const { feature, hi, lo } of variations) {
      const up = (hi[b] as number) - nominal;
      const down = nominal - (lo[b] as number);
      if (up === 0 && down === 0) continue;
      lists.entryValue.push((up + down) / 2, (up - down) / 16);
      lists.entryFeature.push(feature);
    }
    lists.cellEntry.push(lists.entryFeature.length);
  }
  // Ascending, so that the kernel fills the lower triangle of the Hessian.
  lists.sampleParameter.push(...[...touched].sort((a, b) => a - b));
  lists.sampleParameterBegin.push(lists.sampleParameter.length);
  lists.samples.push(
    pairBegin,
    lists.pairParameter.length / 2,
    exponentialBegin,
    lists.exponentialParameter.length,
    piecewiseBegin,
    lists.piecewiseParameter.length / 2,
    factorBegin,
    lists.factorParameter.length,
    perbinBegin,
    lists.perbinParameter.length,
    cell,
    nBins,
    firstBin,
  );
}

/** Two instances to a record; an odd one is paired with itself at zero effect. */
function packPairs(
  lists: Lists,
  code4: readonly { parameter: number; hi: number; lo: number }[],
): void {
  for (let i = 0; i < code4.length; i += 2) {
    const first = code4[i] as { parameter: number; hi: number; lo: number };
    const second = code4[i + 1] ?? { parameter: first.parameter, hi: 1, lo: 1 };
    const a = code4Coefficients(first.hi, first.lo);
    const b = code4Coefficients(second.hi, second.lo);
    lists.pairParameter.push(first.parameter, second.parameter);
    for (let n = 0; n < 6; n++) lists.pairPolynomial.push(a[n] as number, b[n] as number);
    lists.pairLogarithm.push(ln(first.hi), ln(second.hi), -ln(first.lo), -ln(second.lo));
  }
}

function featureOf(lists: Lists, parameter: number, code: number): number {
  const key = parameter * 8 + code;
  const known = lists.featureIndex.get(key);
  if (known !== undefined) return known;
  const index = lists.featureParameter.length / 2;
  lists.featureParameter.push(parameter, code);
  lists.featureIndex.set(key, index);
  return index;
}

/** Parameters whose code0 or code1 interpolation really bends at alpha = 0. */
function kinkedParameters(lists: Lists, nParameters: number): number[] {
  const kinks = new Array<number>(nParameters).fill(0);
  lists.exponentialParameter.forEach((parameter, i) => {
    if (lists.exponentialValue[8 * i] !== lists.exponentialValue[8 * i + 1]) kinks[parameter] = 1;
  });
  for (let i = 0; i < lists.piecewiseParameter.length; i += 2) {
    if (
      lists.piecewiseParameter[i + 1] === 0 &&
      lists.piecewiseValue[i] !== lists.piecewiseValue[i + 1]
    ) {
      kinks[lists.piecewiseParameter[i] as number] = 1;
    }
  }
  lists.entryFeature.forEach((feature, i) => {
    if (lists.featureParameter[2 * feature + 1] === 0 && lists.entryValue[2 * i + 1] !== 0) {
      kinks[lists.featureParameter[2 * feature] as number] = 1;
    }
  });
  return kinks;
}

/**
 * A constrained per-bin parameter that reaches one bin only needs no Jacobian column: it is eliminated analytically.
 * Everything else gets the next free column.
 */
function jacobianColumns(model: ResolvedModel): number[] {
  const bins = model.parameters.map(() => -1);
  const several = model.parameters.map(() => false);
  for (const channel of model.channels) {
    for (const sample of channel.samples) {
      for (const modifier of sample.modifiers) {
        if (modifier.type !== "perbin") continue;
        for (let b = 0; b < channel.nBins; b++) {
          const parameter = modifier.firstParameter + b;
          const bin = channel.firstBin + b;
          if (bins[parameter] !== -1 && bins[parameter] !== bin) several[parameter] = true;
          bins[parameter] = bin;
        }
      }
    }
  }
  let column = 0;
  return model.parameters.map((parameter, i) => {
    const bin = bins[i] as number;
    const local =
      parameter.bin !== null && parameter.constraint.type !== "none" && bin >= 0 && !several[i];
    return local ? -1 - bin : column++;
  });
}

function strength(parameter: Parameter): number {
  const { constraint } = parameter;
  if (constraint.type === "gauss") return 1 / (constraint.sigma * constraint.sigma);
  return constraint.type === "poisson" ? constraint.tau : 0;
}

function transformValue(parameter: Parameter): number {
  const { transform } = parameter;
  if (transform.type === "lognormal") return transform.r;
  return transform.type === "affine" ? transform.slope : 0;
}

function writeBuffer(
  counts: readonly [number, number][],
  floats: readonly [number, readonly number[]][],
  ints: readonly [number, readonly number[]][],
): CompiledModel {
  const align = (n: number): number => (n + 15) & ~15;
  let length = align(4 * layout.HEADER_SLOTS);
  const place = (bytes: number): number => {
    const offset = length;
    // SIMD loads may read one pair past the end of a section.
    length = align(length + bytes + 16);
    return offset;
  };
  const floatOffsets = floats.map(([, values]) => place(8 * values.length));
  const intOffsets = ints.map(([, values]) => place(4 * values.length));
  const buffer: ArrayBufferLike =
    typeof SharedArrayBuffer === "undefined"
      ? new ArrayBuffer(length)
      : new SharedArrayBuffer(length);
  const header = new Int32Array(buffer, 0, layout.HEADER_SLOTS);
  for (const [slot, value] of counts) header[slot] = value;
  header[layout.BYTE_LENGTH] = length;
  floats.forEach(([slot, values], i) => {
    header[slot] = floatOffsets[i] as number;
    new Float64Array(buffer, floatOffsets[i], values.length).set(values);
  });
  ints.forEach(([slot, values], i) => {
    header[slot] = intOffsets[i] as number;
    new Int32Array(buffer, intOffsets[i], values.length).set(values);
  });
  return openCompiledModel(buffer);
}
