/**
 * The fast evaluator: opens a compiled model in the memory of one WebAssembly instance and runs the kernel on it.
 * Needs WebAssembly with SIMD (every browser and Node of the last years); in a page with a content security policy,
 * `wasm-unsafe-eval`.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { CurvatureEvaluator, Dataset } from "../likelihood/evaluator.ts";
import type { DenseSolver } from "../math/linear-algebra.ts";
import { ln } from "../math/logarithm.ts";
import { lnGamma } from "../math/special.ts";
import * as layout from "../model/layout.ts";
import { type CompiledModel, floatSection, intSection } from "../model/pack.ts";
import { KERNEL_BYTES } from "./kernel-bytes.ts";
import * as slots from "./slots.ts";

interface Kernel {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  open(header: number): void;
  forward(): void;
  nll(): number;
  nllGradient(): number;
  hessian(): void;
  fisherPrepare(): void;
  fisherFactor(damping: number): number;
  fisherSolve(): void;
  asymmetry(): void;
  cholesky(a: number, n: number, stride: number): number;
  solveLower(l: number, n: number, stride: number, b: number): void;
  solveLowerTransposed(l: number, n: number, stride: number, b: number): void;
  invertCholesky(
    l: number,
    n: number,
    stride: number,
    scratch: number,
    ones: number,
    out: number,
  ): void;
}

const PAGE = 65536;
/** Addresses are signed 32-bit integers in the header. */
const LARGEST_MEMORY = 2 ** 31 - PAGE;
const HALF_LN_2PI = 0.9189385332046727;

/** The exact Hessian and its factors are dense. */
function tooLarge(nParameters: number, nBins: number): NextstatError {
  return new NextstatError(
    "input",
    `the model is too large to fit: ${nParameters} parameters, ${nBins} bins`,
    {
      hint: "the dense Hessian must fit in 2 GB: about 9,000 parameters; merge bins or fit fewer channels",
    },
  );
}

let compiledKernel: WebAssembly.Module | undefined;

function instantiate(): Kernel {
  compiledKernel ??= new WebAssembly.Module(
    Uint8Array.from(atob(KERNEL_BYTES), (c) => c.charCodeAt(0)),
  );
  return new WebAssembly.Instance(compiledKernel, {}).exports as unknown as Kernel;
}

const even = (n: number): number => (n + 1) & ~1;

/** Bytes of every scratch section, by slot. */
function scratchSizes(header: Int32Array): readonly (readonly [slot: number, bytes: number])[] {
  const count = (slot: number): number => header[slot] as number;
  const nParameters = count(layout.N_PARAMETER);
  const nBins = count(layout.N_BIN);
  const nFeatures = count(layout.N_FEATURE);
  const nSamples = count(layout.N_SAMPLE);
  const nCells = count(layout.N_CELL);
  const stride = even(nParameters);
  const columns = even(count(layout.N_GLOBAL));
  const bins = even(nBins);
  const numbers = (n: number): number => 8 * n;
  const ints = (n: number): number => 4 * n;
  return [
    ...[
      slots.THETA,
      slots.ALPHA,
      slots.ALPHA_D1,
      slots.ALPHA_D2,
      slots.GRADIENT,
      slots.JUMP,
      slots.AUXILIARY,
    ].map((slot) => [slot, numbers(stride)] as const),
    ...[slots.FEATURE, slots.FEATURE_D1, slots.FEATURE_D2, slots.FEATURE_GRADIENT].map(
      (slot) => [slot, numbers(2 * nFeatures)] as const,
    ),
    [slots.SIDE, ints(nParameters)],
    [slots.CONSTRAINT, ints(nParameters)],
    [slots.EXPECTED, numbers(bins)],
    [slots.OBSERVED, numbers(bins)],
    [slots.SLOPE, numbers(bins)],
    [slots.BIN_MASK, ints(bins)],
    [slots.CELL, numbers(nCells)],
    [slots.WEIGHT, numbers(nCells)],
    [slots.RATE, numbers(nCells)],
    [slots.PAIR_RATIO, numbers(2 * count(layout.N_PAIR))],
    [slots.EXPONENTIAL_RATIO, numbers(count(layout.N_EXPONENTIAL))],
    [slots.PIECEWISE_FACTOR, numbers(3 * count(layout.N_PIECEWISE))],
    [slots.SAMPLE_SCALE, numbers(nSamples)],
    [slots.SAMPLE_ZERO, ints(nSamples)],
    [slots.SETTINGS, numbers(2)],
    [slots.LOG_SLOPE, numbers(stride)],
    [slots.TEMPLATE_SLOPE, numbers(stride)],
    [slots.CURVATURE, numbers(stride)],
    [slots.BIN_WEIGHT, numbers(bins)],
    [slots.FREE, ints(nParameters)],
    [slots.PRIOR, numbers(stride)],
    [slots.DIAGONAL, numbers(stride)],
    [slots.LOCAL_JACOBIAN, numbers(stride)],
    [slots.RIGHT_SIDE, numbers(stride)],
    [slots.SOLUTION, numbers(stride)],
    [slots.GLOBAL_JACOBIAN, numbers(bins * columns)],
    [slots.SCALED_JACOBIAN, numbers(bins * columns)],
    [slots.FISHER_WEIGHT, numbers(bins)],
    [slots.REDUCED_WEIGHT, numbers(bins)],
    [slots.INVERSE_PRIOR, numbers(columns)],
    [slots.ROOT_PRIOR, numbers(columns)],
    [slots.COLUMN_IN, numbers(columns)],
    [slots.COLUMN_OUT, numbers(columns)],
    [slots.OPERATOR, numbers(columns * columns)],
    [slots.BORDER, ints(columns)],
    [slots.BORDER_ROWS, numbers(columns * bins)],
    [slots.BORDER_SCHUR, numbers(columns * columns)],
    [slots.BIN_VECTOR, numbers(bins)],
    [slots.BIN_SHIFT, numbers(bins)],
    [slots.BORDER_VECTOR, numbers(columns)],
    [slots.COLUMN_PARAMETER, ints(columns)],
    [slots.JACOBIAN, numbers(bins * stride)],
    [slots.HESSIAN, numbers(stride * stride)],
    [slots.FACTOR, numbers(stride * stride)],
    [slots.INVERSE, numbers(stride * stride)],
    [slots.ONES, numbers(stride)],
    [slots.VECTOR, numbers(stride)],
  ];
}

/**
 * Opens a compiled model for evaluation on its own observed and auxiliary data.
 *
 * @param model may come from another thread
 */
export function openEvaluator(model: CompiledModel): CurvatureEvaluator {
  return new WasmEvaluator(model);
}

/** Owns one WebAssembly instance; its memory is freed with it. */
class WasmEvaluator implements CurvatureEvaluator, DenseSolver {
  readonly nParameters: number;
  readonly nBins: number;
  readonly kinks: Float64Array;
  readonly side: Int32Array;
  readonly jump: Float64Array;
  readonly #model: CompiledModel;
  readonly #kernel: Kernel;
  /** Address of the header in kernel memory. */
  readonly #header: number;
  /** Views on kernel memory, which never grows after construction. */
  readonly #slots: Int32Array;
  readonly #theta: Float64Array;
  readonly #gradient: Float64Array;
  readonly #expected: Float64Array;
  readonly #free: Int32Array;
  readonly #rightSide: Float64Array;
  readonly #solution: Float64Array;
  #denseSize = 0;
  #denseStride = 0;

  constructor(model: CompiledModel) {
    this.#model = model;
    this.#kernel = instantiate();
    const header = new Int32Array(model.buffer, 0, layout.HEADER_SLOTS);
    const length = header[layout.BYTE_LENGTH] as number;
    this.nParameters = model.nParameters;
    this.nBins = model.nBins;
    this.#header = (this.#kernel.heapBase() + 15) & ~15;
    this.#slots = this.#place(model.buffer, length, scratchSizes(header));
    this.#kernel.open(this.#header);
    const parameters = (slot: number): Float64Array =>
      this.#floats(this.#address(slot), this.nParameters);
    this.#theta = parameters(slots.THETA);
    this.#gradient = parameters(slots.GRADIENT);
    this.jump = parameters(slots.JUMP);
    this.#rightSide = parameters(slots.RIGHT_SIDE);
    this.#solution = parameters(slots.SOLUTION);
    this.#expected = this.#floats(this.#address(slots.EXPECTED), this.nBins);
    this.side = this.#ints(this.#address(slots.SIDE), this.nParameters);
    this.#free = this.#ints(this.#address(slots.FREE), this.nParameters);
    parameters(slots.ALPHA_D1).fill(1);
    this.#floats(this.#address(slots.ONES), even(this.nParameters)).fill(1);
    this.kinks = this.#kinkPositions();
    const auxiliary = floatSection(model, layout.PARAMETER_AUXILIARY, this.nParameters);
    const observed = floatSection(model, layout.BIN_OBSERVED, this.nBins);
    this.setDataset({ main: observed, auxiliary });
  }

  get dense(): DenseSolver {
    return this;
  }

  setDataset(dataset: Dataset): void {
    const { main, auxiliary, binMask, constraintMask } = dataset;
    const n = this.nParameters;
    const kinds = intSection(this.#model, layout.PARAMETER_CONSTRAINT, n);
    const strengths = floatSection(this.#model, layout.PARAMETER_STRENGTH, n);
    const ownKinds = this.#ints(this.#address(slots.CONSTRAINT), n);
    const mask = this.#ints(this.#address(slots.BIN_MASK), this.nBins);
    this.#floats(this.#address(slots.OBSERVED), this.nBins).set(main);
    this.#floats(this.#address(slots.AUXILIARY), n).set(auxiliary);
    let constant = 0;
    for (let b = 0; b < this.nBins; b++) {
      mask[b] = binMask?.[b] ?? 1;
      if (mask[b] === 1) constant += lnGamma((main[b] as number) + 1);
    }
    for (let p = 0; p < n; p++) {
      ownKinds[p] = (constraintMask?.[p] ?? 1) === 1 ? (kinds[p] as number) : 0;
      const strength = strengths[p] as number;
      const datum = auxiliary[p] as number;
      if (ownKinds[p] === 1) constant += HALF_LN_2PI - 0.5 * ln(strength);
      else if (ownKinds[p] === 2) constant += lnGamma(datum + 1);
    }
    this.#floats(this.#address(slots.SETTINGS), 2)[0] = constant;
  }

  relax(level: number): void {
    this.#floats(this.#address(slots.SETTINGS), 2)[1] = level;
  }

  nll(theta: Float64Array): number {
    this.#theta.set(theta);
    return this.#kernel.nll();
  }

  gradient(theta: Float64Array, out: Float64Array): number {
    this.#theta.set(theta);
    const value = this.#kernel.nllGradient();
    out.set(this.#gradient);
    return value;
  }

  expected(theta: Float64Array, out: Float64Array): void {
    this.#theta.set(theta);
    this.#kernel.forward();
    out.set(this.#expected);
  }

  hessian(theta: Float64Array, out: Float64Array): void {
    this.#theta.set(theta);
    this.#kernel.forward();
    this.#kernel.hessian();
    this.#copyOut(this.#address(slots.HESSIAN), this.nParameters, even(this.nParameters), out);
  }

  prepareCurvature(theta: Float64Array): void {
    this.#theta.set(theta);
    this.#kernel.forward();
    this.#kernel.fisherPrepare();
  }

  factorCurvature(free: Uint8Array, damping: number): boolean {
    this.#free.set(free);
    return this.#kernel.fisherFactor(damping) !== 0;
  }

  solveCurvature(vector: Float64Array, out: Float64Array): void {
    this.#rightSide.set(vector);
    this.#kernel.fisherSolve();
    out.set(this.#solution);
  }

  asymmetry(theta: Float64Array, out: Float64Array): void {
    this.prepareCurvature(theta);
    this.#kernel.asymmetry();
    out.set(this.#solution);
  }

  factor(matrix: Float64Array, n: number): boolean {
    const stride = even(n);
    const address = this.#address(slots.FACTOR);
    const view = this.#floats(address, stride * stride);
    for (let i = 0; i < n; i++) view.set(matrix.subarray(i * n, (i + 1) * n), i * stride);
    this.#denseSize = n;
    this.#denseStride = stride;
    return this.#kernel.cholesky(address, n, stride) !== 0;
  }

  solve(vector: Float64Array): void {
    const address = this.#address(slots.VECTOR);
    const view = this.#floats(address, this.#denseSize);
    view.set(vector);
    const l = this.#address(slots.FACTOR);
    this.#kernel.solveLower(l, this.#denseSize, this.#denseStride, address);
    this.#kernel.solveLowerTransposed(l, this.#denseSize, this.#denseStride, address);
    vector.set(view);
  }

  inverse(out: Float64Array): void {
    const n = this.#denseSize;
    const to = this.#address(slots.INVERSE);
    // The Hessian was copied out: its section serves as scratch.
    this.#kernel.invertCholesky(
      this.#address(slots.FACTOR),
      n,
      this.#denseStride,
      this.#address(slots.HESSIAN),
      this.#address(slots.ONES),
      to,
    );
    this.#copyOut(to, n, this.#denseStride, out);
  }

  /** alpha = 0 in terms of theta for the parameters that bend there. */
  #kinkPositions(): Float64Array {
    const n = this.nParameters;
    const kinked = intSection(this.#model, layout.PARAMETER_KINK, n);
    const transform = intSection(this.#model, layout.PARAMETER_TRANSFORM, n);
    return Float64Array.from(kinked, (k, p) => (k === 0 ? Number.NaN : transform[p] === 2 ? 1 : 0));
  }

  #copyOut(address: number, n: number, stride: number, out: Float64Array): void {
    const view = this.#floats(address, n * stride);
    for (let i = 0; i < n; i++) out.set(view.subarray(i * stride, i * stride + n), i * n);
  }

  #address(slot: number): number {
    return this.#slots[slot] as number;
  }

  #floats(address: number, length: number): Float64Array {
    return new Float64Array(this.#kernel.memory.buffer, address, length);
  }

  #ints(address: number, length: number): Int32Array {
    return new Int32Array(this.#kernel.memory.buffer, address, length);
  }

  /** Copies the model to the header's address and gives every scratch section its place behind it. */
  #place(
    model: ArrayBufferLike,
    length: number,
    sections: ReturnType<typeof scratchSizes>,
  ): Int32Array {
    const size = (bytes: number): number => 16 * Math.ceil((bytes + 16) / 16);
    const total = this.#header + length + sections.reduce((sum, [, bytes]) => sum + size(bytes), 0);
    const { memory } = this.#kernel;
    if (total > LARGEST_MEMORY) throw tooLarge(this.nParameters, this.nBins);
    try {
      memory.grow(Math.ceil(Math.max(0, total - memory.buffer.byteLength) / PAGE));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw tooLarge(this.nParameters, this.nBins);
    }
    new Uint8Array(memory.buffer, this.#header, length).set(new Uint8Array(model, 0, length));
    const header = this.#ints(this.#header, layout.HEADER_SLOTS);
    for (let slot = layout.SECTION_BEGIN; slot < layout.SECTION_END; slot++) {
      header[slot] = (header[slot] as number) + this.#header;
    }
    let top = this.#header + length;
    for (const [slot, bytes] of sections) {
      header[slot] = top;
      top += size(bytes);
    }
    return header;
  }
}
