/**
 * The WebAssembly kernel against the naive likelihood, on random models: every modifier, interpolation code, constraint
 * and transform, masks, factors of exactly zero.
 */

import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CurvatureEvaluator } from "../../src/likelihood/evaluator.ts";
import { referenceEvaluator } from "../../src/likelihood/reference.ts";
import * as layout from "../../src/model/layout.ts";
import { intSection, openCompiledModel, packModel } from "../../src/model/pack.ts";
import type { ResolvedModel } from "../../src/model/resolved-model.ts";
import { openEvaluator } from "../../src/wasm/evaluator.ts";
import { arbitraryModelCase, type ModelCase } from "../likelihood/arbitrary-model.ts";
import { gradientOf, largest } from "../likelihood/differences.ts";
import { cholesky, choleskyInverse, choleskySolve } from "./support/cholesky.ts";
import { type Evaluated, evaluate } from "./support/evaluate.ts";
import type { Assignment } from "./support/evaluate-worker.ts";
import { fisherMatrix, multiply, reducedCondition } from "./support/fisher.ts";

/** The kernel multiplies ratios where the naive likelihood multiplies factors: relative to max(1, |nll|). */
const NLL_TOLERANCE = 1e-10;
/** Relative to the largest component of the gradient, of the expected events, of the Hessian. */
const COMPONENT_TOLERANCE = 1e-10;
/** What is left, relative to the NLL, where the terms of every component cancel. */
const CANCELLATION = 1e-14;
/** Solving with a matrix of condition below {@link MAX_CONDITION}, whose Jacobian comes from differences. */
const SOLVE_TOLERANCE = 1e-6;
const MAX_CONDITION = 1e4;

/** Next to 0 rounding decides on which side a transformed alpha falls: put it on 0. */
const onZero = (modelCase: ModelCase): ModelCase => ({
  ...modelCase,
  theta: modelCase.theta.map((v) => (Math.abs(v) < 1e-12 ? 0 : v)),
});
const smoothCases = arbitraryModelCase({ kinks: false }).map(onZero);
const allCases = arbitraryModelCase({ kinks: true }).map(onZero);

/** Evaluators of the same model and data: kernel and naive. */
function openBoth({ model, dataset }: ModelCase) {
  const kernel = openEvaluator(packModel(model));
  const naive = referenceEvaluator(model);
  kernel.setDataset(dataset);
  naive.setDataset(dataset);
  return { kernel, naive };
}

function expectSame(ours: Evaluated, theirs: Evaluated): void {
  expect(Math.abs(ours.nll - theirs.nll)).toBeLessThanOrEqual(
    NLL_TOLERANCE * Math.max(1, Math.abs(theirs.nll)),
  );
  const rounding = CANCELLATION * (1 + Math.abs(theirs.nll));
  for (const what of ["gradient", "expected", "hessian"] as const) {
    const scale = largest(theirs[what]);
    ours[what].forEach((value, i) => {
      if (Math.abs(value - theirs[what][i]) <= COMPONENT_TOLERANCE * scale + rounding) return;
      expect.fail(`${what}[${i}] is ${value}, not ${theirs[what][i]} (largest ${scale})`);
    });
  }
}

describe("the kernel computes the naive likelihood", () => {
  it("anywhere, kinks and zero factors included", () => {
    fc.assert(
      fc.property(allCases, (modelCase) => {
        const { kernel, naive } = openBoth(modelCase);
        expectSame(evaluate(kernel, modelCase.theta), evaluate(naive, modelCase.theta));
      }),
      { numRuns: 1500 },
    );
  });

  it("whatever was evaluated before", () => {
    fc.assert(
      fc.property(smoothCases, ({ model, theta, dataset }) => {
        const { kernel } = openBoth({ model, theta, dataset });
        const before = evaluate(kernel, theta);
        const nominal = Float64Array.from(model.parameters, (p) => p.init);
        evaluate(kernel, nominal);
        kernel.prepareCurvature(nominal);
        kernel.asymmetry(nominal, new Float64Array(kernel.nParameters));
        expect(evaluate(kernel, theta)).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });

  it("of the data it was given last, which it copied", () => {
    fc.assert(
      fc.property(smoothCases, ({ model, theta, dataset }) => {
        const kernel = openEvaluator(packModel(model));
        const own = evaluate(kernel, theta);
        expectSame(own, evaluate(referenceEvaluator(model), theta));
        const copy = {
          ...dataset,
          main: dataset.main.slice(),
          auxiliary: dataset.auxiliary.slice(),
        };
        kernel.setDataset(copy);
        const swapped = evaluate(kernel, theta);
        copy.main.fill(1e9);
        copy.auxiliary.fill(1e9);
        expect(evaluate(kernel, theta)).toEqual(swapped);
        kernel.setDataset({
          main: Float64Array.from(model.observed),
          auxiliary: Float64Array.from(model.parameters, (p) => p.auxdata),
        });
        expect(evaluate(kernel, theta)).toEqual(own);
      }),
      { numRuns: 200 },
    );
  });
});

describe("relaxing", () => {
  it("is undone by level 0", () => {
    fc.assert(
      fc.property(allCases, fc.constantFrom(0.5, 0.1, 1e-3), (modelCase, level) => {
        const { kernel } = openBoth(modelCase);
        const before = evaluate(kernel, modelCase.theta);
        kernel.relax(level);
        evaluate(kernel, modelCase.theta);
        kernel.relax(0);
        expect(evaluate(kernel, modelCase.theta)).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it("leaves smooth interpolations with enough events as they are", () => {
    fc.assert(
      fc.property(smoothCases, ({ model, theta, dataset }) => {
        fc.pre(!hasKinks(model));
        const { kernel } = openBoth({ model, theta, dataset });
        const before = evaluate(kernel, theta);
        fc.pre(before.expected.every((v, b) => v > 0.2 * dataset.main[b]));
        kernel.relax(0.1);
        expect(evaluate(kernel, theta)).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });

  it("gives a gradient that is the difference of its value, also where nothing is expected", () => {
    fc.assert(
      fc.property(allCases, ({ model, theta, dataset }) => {
        // Next to nothing observed bends too sharply for differences.
        fc.pre(dataset.main.every((v) => v === 0 || v > 0.1));
        const { kernel } = openBoth({ model, theta, dataset });
        kernel.relax(0.5);
        // Off the ends of the polynomials, where the second derivative may jump.
        const point = theta.map((v, p) => (model.parameters[p].kind === "alpha" ? v + 0.0123 : v));
        const { nll, gradient } = evaluate(kernel, point);
        const scale = 1 + Math.abs(nll) + largest(gradient);
        expectDifference(kernel, point, gradient, scale);
      }),
      { numRuns: 150 },
    );
  });
});

function hasKinks(model: ResolvedModel): boolean {
  return openEvaluator(packModel(model)).kinks.some((k) => !Number.isNaN(k));
}

/** Central differences of the kernel's own value against its gradient. */
function expectDifference(
  kernel: CurvatureEvaluator,
  theta: Float64Array,
  gradient: Float64Array,
  scale: number,
): void {
  const step = 1e-6;
  for (let p = 0; p < theta.length; p++) {
    const at = (k: number): number => {
      const moved = theta.slice();
      moved[p] += k * step;
      return kernel.nll(moved);
    };
    const slope = (at(1) - at(-1)) / (2 * step);
    expect(Math.abs(slope - gradient[p])).toBeLessThan(1e-4 * scale);
  }
}

describe("kinks", () => {
  it("have two one-sided derivatives, whose difference is the jump", () => {
    fc.assert(
      fc.property(allCases, (modelCase) => {
        const { kernel, naive } = openBoth(modelCase);
        const kinked = [...kernel.kinks.keys()].filter((p) => !Number.isNaN(kernel.kinks[p]));
        fc.pre(kinked.length > 0);
        const theta = modelCase.theta.slice();
        for (const p of kinked) theta[p] = kernel.kinks[p];
        fc.pre(
          evaluate(naive, theta).expected.every(
            (v, b) => v > 0.5 || modelCase.dataset.main[b] === 0,
          ),
        );
        const right = gradientOf(kernel, theta);
        const jump = kernel.jump.slice();
        const scale = Math.max(largest(right), largest(jump), 1);
        for (const p of kinked) {
          expectOneSided(naive, theta, p, 1, right[p], scale);
          expectOneSided(naive, theta, p, -1, right[p] + jump[p], scale);
        }
        kernel.side.fill(-1);
        const left = gradientOf(kernel, theta);
        for (const p of kinked) {
          expect(Math.abs(left[p] - right[p] - jump[p])).toBeLessThan(1e-9 * scale);
          expect(Math.abs(kernel.jump[p] - jump[p])).toBeLessThan(1e-9 * scale);
        }
        for (let p = 0; p < theta.length; p++) {
          if (!kinked.includes(p)) expect(jump[p]).toBe(0);
        }
      }),
      { numRuns: 400 },
    );
  });

  it("are only where a piecewise code makes one", () => {
    fc.assert(
      fc.property(allCases, ({ model }) => {
        const piecewise = new Set(
          model.channels
            .flatMap((c) => c.samples)
            .flatMap((s) => s.modifiers)
            .filter((m) => m.type === "normsys" || m.type === "histosys")
            // code4 and code1 become linear where they have no logarithm.
            .filter(
              (m) =>
                m.code === "code0" ||
                m.code === "code1" ||
                (m.type === "normsys" && m.code === "code4" && !(m.hi > 0 && m.lo > 0)),
            )
            .map((m) => m.parameter),
        );
        openEvaluator(packModel(model)).kinks.forEach((k, p) => {
          if (!Number.isNaN(k)) expect(piecewise).toContain(p);
        });
      }),
      { numRuns: 300 },
    );
  });
});

/** Second-order one-sided difference of the naive NLL. */
function expectOneSided(
  naive: ReturnType<typeof referenceEvaluator>,
  theta: Float64Array,
  p: number,
  sign: 1 | -1,
  slope: number,
  scale: number,
): void {
  const step = sign * 1e-5;
  const at = (k: number): number => {
    const moved = theta.slice();
    moved[p] += k * step;
    return naive.nll(moved);
  };
  const difference = (-3 * at(0) + 4 * at(1) - at(2)) / (2 * step);
  expect(Math.abs(difference - slope)).toBeLessThan(1e-5 * (scale + Math.abs(at(0))));
}

describe("the Fisher operator", () => {
  /** Solves on the kernel and multiplies back with the naive matrix. */
  function expectInverse(
    { model, theta, dataset }: ModelCase,
    free: Uint8Array,
    damping: number,
  ): void {
    const { kernel, naive } = openBoth({ model, theta, dataset });
    // Where data meet no expected events the weights reach 1e20 and no digit of the rest is left.
    const { main, binMask } = dataset;
    const { expected } = evaluate(naive, theta);
    fc.pre(expected.every((v, b) => v > 1e-3 || main[b] === 0 || binMask?.[b] === 0));
    const matrix = fisherMatrix(model, naive, dataset, theta, damping);
    fc.pre(reducedCondition(matrix, free) < MAX_CONDITION);
    kernel.prepareCurvature(theta);
    expect(kernel.factorCurvature(free, damping)).toBe(true);
    const n = theta.length;
    const wanted = Float64Array.from({ length: n }, (_, i) =>
      free[i] === 1 ? Math.sin(1 + 3 * i) / Math.sqrt(matrix[i * n + i]) : 0,
    );
    // What is not free must not matter.
    const right = multiply(matrix, wanted).map((v, i) => (free[i] === 1 ? v : 1e6));
    const solved = new Float64Array(n).fill(Number.NaN);
    kernel.solveCurvature(right, solved);
    solved.forEach((value, i) => {
      if (free[i] === 0) expect(value).toBe(0);
      const scale = 1 / Math.sqrt(matrix[i * n + i]);
      if (free[i] === 1 && !(Math.abs(value - wanted[i]) <= SOLVE_TOLERANCE * scale)) {
        expect.fail(`component ${i} is ${value}, not ${wanted[i]} (scale ${scale})`);
      }
    });
  }

  const freeSets = fc.array(fc.boolean(), { minLength: 3, maxLength: 17 });
  const freeOf = (pattern: readonly boolean[], n: number): Uint8Array =>
    Uint8Array.from({ length: n }, (_, i) => Number(pattern[i % pattern.length]));
  /** Masked constraints of per-bin parameters get an arbitrary curvature: keep them. */
  const constrained = smoothCases.map((modelCase): ModelCase => {
    const { constraintMask, ...dataset } = modelCase.dataset;
    return { ...modelCase, dataset };
  });
  /** Free parameters that are columns of the Jacobian: with more of them than bins the kernel works in bin space. */
  const freeColumns = (model: ResolvedModel, free: Uint8Array): number => {
    const columns = intSection(packModel(model), layout.PARAMETER_COLUMN, free.length);
    return columns.filter((column, p) => column >= 0 && free[p] === 1).length;
  };

  it.each([0, 1e-3, 0.5])("is inverted on any free set, damping %d", (damping) => {
    fc.assert(
      fc.property(constrained, freeSets, (modelCase, pattern) => {
        expectInverse(modelCase, freeOf(pattern, modelCase.theta.length), damping);
      }),
      { numRuns: 300 },
    );
  });

  it("is inverted in bin space: more columns than bins, one of them without constraint", () => {
    fc.assert(
      fc.property(constrained, (modelCase) => {
        const { model } = modelCase;
        const free = Uint8Array.from(model.parameters, (p) => Number(p.constraint.type !== "none"));
        free[0] = 1;
        fc.pre(freeColumns(model, free) > model.observed.length);
        expectInverse(modelCase, free, 0);
      }),
      { numRuns: 150 },
    );
  });

  it("is inverted in column space: more bins than columns", () => {
    fc.assert(
      fc.property(constrained, (modelCase) => {
        const { model } = modelCase;
        let room = model.observed.length;
        const free = Uint8Array.from(model.parameters, ({ constraint, bin }) => {
          if (constraint.type === "none") return 0;
          if (bin === null) room--;
          return Number(bin !== null || room >= 0);
        });
        fc.pre(freeColumns(model, free) <= model.observed.length);
        expectInverse(modelCase, free, 0);
      }),
      { numRuns: 150 },
    );
  });

  it("refuses nothing that has a constraint, and survives an empty free set", () => {
    fc.assert(
      fc.property(constrained, (modelCase) => {
        const { kernel } = openBoth(modelCase);
        const n = kernel.nParameters;
        kernel.prepareCurvature(modelCase.theta);
        expect(kernel.factorCurvature(new Uint8Array(n), 0)).toBe(true);
        const out = new Float64Array(n).fill(1);
        kernel.solveCurvature(new Float64Array(n).fill(1), out);
        expect(out).toEqual(new Float64Array(n));
      }),
      { numRuns: 100 },
    );
  });
});

describe("asymmetry", () => {
  it("is 0 for an odd effect and for a factor, positive for one that bends", () => {
    const model = (hi: number[], lo: number[]): ResolvedModel => ({
      measurement: "m",
      channels: [
        {
          name: "c",
          nBins: 2,
          firstBin: 0,
          samples: [
            {
              name: "s",
              nominal: [50, 80],
              modifiers: [
                { type: "factor", parameter: 0 },
                { type: "histosys", parameter: 1, hi, lo, code: "code4p" },
                { type: "normsys", parameter: 2, hi: 1.1, lo: 0.9, code: "code0" },
                { type: "normsys", parameter: 3, hi: 1.1, lo: 1 / 1.1, code: "code4" },
              ],
            },
          ],
        },
      ],
      parameters: ["mu", "shape", "linear", "exponential"].map((name, i) => ({
        name,
        set: name,
        bin: null,
        kind: i === 0 ? "normfactor" : "alpha",
        init: i === 0 ? 1 : 0,
        lower: -5,
        upper: 5,
        fixed: false,
        constraint: i === 0 ? { type: "none" } : { type: "gauss", sigma: 1 },
        auxdata: 0,
        transform: { type: "identity" },
      })),
      poi: 0,
      observed: [50, 80],
      auxiliaryOrder: [1, 2, 3],
      notices: [],
    });
    const measured = (hi: number[], lo: number[]): Float64Array => {
      const kernel = openEvaluator(packModel(model(hi, lo)));
      const out = new Float64Array(4);
      kernel.asymmetry(Float64Array.of(1, 0, 0, 0), out);
      return out;
    };
    const odd = measured([55, 72], [45, 88]);
    expect([odd[0], odd[1]]).toEqual([0, 0]);
    expect(odd[2]).toBeLessThan(1e-12);
    // cosh(ln 1.1) - 1 of 130 events, in standard deviations of them.
    expect(odd[3]).toBeCloseTo((Math.cosh(Math.log(1.1)) - 1) * Math.sqrt(130), 10);
    // Both sides raise the first bin by 5: 5 of 50 events in common.
    expect(measured([55, 80], [55, 80])[1]).toBeCloseTo(5 / Math.sqrt(50), 10);
  });
});

describe("the dense solver", () => {
  /** Random positive definite matrices no larger than the model. */
  const matrices = fc
    .tuple(
      fc.integer({ min: 1, max: 17 }),
      fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
    )
    .map(([n, stream]) => {
      const b = Float64Array.from(stream.take(n * n));
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          for (let k = 0; k < n; k++) a[i * n + j] += b[i * n + k] * b[j * n + k];
        }
        a[i * n + i] += 0.5;
      }
      return { n, a };
    });
  const model = largeModel(17);
  const { dense } = openEvaluator(packModel(model));

  it("solves and inverts as the plain one does", () => {
    fc.assert(
      fc.property(matrices, ({ n, a }) => {
        const l = a.slice();
        expect(cholesky(l, n)).toBe(true);
        expect(dense.factor(a, n)).toBe(true);
        const right = Float64Array.from({ length: n }, (_, i) => Math.cos(i));
        const [ours, theirs] = [right.slice(), right.slice()];
        dense.solve(ours);
        choleskySolve(l, n, theirs);
        const [inverse, expected] = [new Float64Array(n * n), new Float64Array(n * n)];
        dense.inverse(inverse);
        choleskyInverse(l, n, expected);
        for (const [x, y] of [
          [ours, theirs],
          [inverse, expected],
        ]) {
          const scale = largest(y);
          x.forEach((v, i) => {
            expect(Math.abs(v - y[i])).toBeLessThan(1e-11 * scale);
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("refuses what is not positive definite, and works again after", () => {
    expect(dense.factor(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
    expect(dense.factor(Float64Array.of(0), 1)).toBe(false);
    expect(dense.factor(Float64Array.of(Number.NaN), 1)).toBe(false);
    expect(dense.factor(Float64Array.of(4, 2, 2, 3), 2)).toBe(true);
    const x = Float64Array.of(8, 8);
    dense.solve(x);
    expect([...x]).toEqual([expect.closeTo(1, 12), expect.closeTo(2, 12)]);
  });
});

/** A model with that many parameters: memory for matrices of that size. */
function largeModel(n: number): ResolvedModel {
  return {
    measurement: "m",
    channels: [
      {
        name: "c",
        nBins: n,
        firstBin: 0,
        samples: [
          {
            name: "s",
            nominal: Array(n).fill(10),
            modifiers: [{ type: "perbin", firstParameter: 0 }],
          },
        ],
      },
    ],
    parameters: Array.from({ length: n }, (_, b) => ({
      name: `f[${b}]`,
      set: "f",
      bin: b,
      kind: "shapefactor",
      init: 1,
      lower: 0,
      upper: 10,
      fixed: false,
      constraint: { type: "none" },
      auxdata: 0,
      transform: { type: "identity" },
    })),
    poi: null,
    observed: Array(n).fill(10),
    auxiliaryOrder: [],
    notices: [],
  };
}

describe("a compiled model in another thread", () => {
  it("is shared, not copied, and evaluates to the same bits", async () => {
    const samples = fc.sample(allCases, { numRuns: 4, seed: 20261122 });
    for (const { model, theta } of samples) {
      const compiled = packModel(model);
      expect(compiled.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(openCompiledModel(compiled.buffer)).toEqual(compiled);
      const assignment: Assignment = { buffer: compiled.buffer, theta };
      const worker = new Worker(new URL("./support/evaluate-worker.ts", import.meta.url), {
        workerData: assignment,
      });
      const answer = await new Promise<Evaluated>((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
      });
      await worker.terminate();
      expect(answer).toEqual(evaluate(openEvaluator(compiled), theta));
    }
  });

  it("is refused when it is something else", () => {
    expect(() => openCompiledModel(new ArrayBuffer(4096))).toThrow(/not one/);
  });
});
