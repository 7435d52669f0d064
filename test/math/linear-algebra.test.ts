import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { symmetricEigen } from "../../src/math/linear-algebra.ts";
import { cholesky, choleskyInverse, choleskySolve } from "../engine/support/cholesky.ts";

/** Residuals are compared with n eps times the size of what cancels in them, times this. */
const SLACK = 16;

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) out[i * n + j] += a[i * n + k] * b[k * n + j];
    }
  }
  return out;
}

function transpose(a: Float64Array, n: number): Float64Array {
  return Float64Array.from(a, (_, at) => a[(at % n) * n + Math.floor(at / n)]);
}

function identity(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
}

function lowerTriangle(a: Float64Array, n: number): Float64Array {
  return Float64Array.from(a, (value, at) => (at % n > Math.floor(at / n) ? 0 : value));
}

function maxAbs(a: Float64Array): number {
  return a.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
}

function maxDifference(a: Float64Array, b: Float64Array): number {
  return maxAbs(a.map((x, i) => x - b[i]));
}

const element = fc.oneof(
  fc.double({ min: -2, max: 2, noNaN: true }),
  fc.constantFrom(0, 0, 1, -1, 1e-12),
);

const square = fc.integer({ min: 1, max: 9 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    values: fc.array(element, { minLength: n * n, maxLength: n * n }),
  }),
);

/** B B^T + I: eigenvalues from 1 to a few hundred. */
const positiveDefinite = square.map(({ n, values }) => {
  const b = Float64Array.from(values);
  const a = multiply(b, transpose(b, n), n);
  for (let i = 0; i < n; i++) a[i * n + i] += 1;
  return { n, a };
});

/** Any symmetric matrix times a power of ten, zero rows and clusters of equal eigenvalues included. */
const symmetric = fc
  .record({ matrix: square, exponent: fc.constantFrom(0, 0, 0, -280, -150, 150, 300) })
  .map(({ matrix: { n, values }, exponent }) => {
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = values[i * n + j] * 10 ** exponent;
    }
    return { n, a };
  });

describe("cholesky", () => {
  test("L L^T is the matrix, and the strict upper triangle is left alone", () => {
    fc.assert(
      fc.property(positiveDefinite, ({ n, a }) => {
        const l = Float64Array.from(a);
        expect(cholesky(l, n)).toBe(true);
        const lower = lowerTriangle(l, n);
        const product = multiply(lower, transpose(lower, n), n);
        expect(maxDifference(product, a)).toBeLessThanOrEqual(
          SLACK * n * Number.EPSILON * maxAbs(a),
        );
        expect(maxDifference(l, lower)).toBe(maxDifference(a, lowerTriangle(a, n)));
      }),
    );
  });

  test("choleskySolve and choleskyInverse undo the multiplication", () => {
    fc.assert(
      fc.property(positiveDefinite, ({ n, a }) => {
        const l = Float64Array.from(a);
        cholesky(l, n);
        const inverse = new Float64Array(n * n);
        choleskyInverse(l, n, inverse);
        // The smallest eigenvalue is at least 1, so the condition number is at most the trace.
        let trace = 0;
        for (let i = 0; i < n; i++) trace += a[i * n + i];
        const tolerance = SLACK * n * Number.EPSILON * trace;
        expect(maxDifference(multiply(a, inverse, n), identity(n))).toBeLessThanOrEqual(tolerance);
        expect(inverse).toEqual(transpose(inverse, n));
        for (let column = 0; column < n; column++) {
          const x = new Float64Array(n);
          x[column] = 1;
          choleskySolve(l, n, x);
          const expected = inverse.subarray(column * n, column * n + n);
          expect(maxDifference(x, Float64Array.from(expected))).toBeLessThanOrEqual(tolerance);
        }
      }),
    );
  });

  test.each([
    ["indefinite", [1, 2, 2, 1]],
    ["singular", [1, 1, 1, 1]],
    ["negative", [-1, 0, 0, 1]],
    ["not a number", [1, Number.NaN, Number.NaN, 1]],
    ["infinite", [1, 0, 0, Number.POSITIVE_INFINITY]],
  ])("refuses a matrix that is %s", (_, values) => {
    expect(cholesky(Float64Array.from(values), 2)).toBe(false);
  });
});

/** Orthonormal vectors that diagonalise `a` and ascending values, all to n eps of the matrix. */
function expectDecomposition(a: Float64Array, n: number): void {
  const { values, vectors } = symmetricEigen(a, n);
  const eps = SLACK * n * Number.EPSILON;
  const gram = multiply(vectors, transpose(vectors, n), n);
  expect(maxDifference(gram, identity(n))).toBeLessThanOrEqual(eps);
  const scaled = vectors.map((x, at) => x * values[Math.floor(at / n)]);
  const rebuilt = multiply(transpose(vectors, n), scaled, n);
  // The last summand is for elements so small that they lose digits themselves.
  expect(maxDifference(rebuilt, a)).toBeLessThanOrEqual(eps * n * maxAbs(a) + 1e-300);
  expect(values.every((value, k) => k === 0 || values[k - 1] <= value)).toBe(true);
}

describe("symmetricEigen", () => {
  test("rebuilds random matrices from orthonormal vectors", () => {
    fc.assert(
      fc.property(symmetric, ({ n, a }) => expectDecomposition(a, n)),
      { numRuns: 300 },
    );
  });

  test("knows the spectrum of the second difference matrix", () => {
    const n = 60;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      a[i * n + i] = 2;
      if (i > 0) a[i * n + i - 1] = a[(i - 1) * n + i] = -1;
    }
    const expected = Float64Array.from(
      { length: n },
      (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)),
    );
    expect(maxDifference(symmetricEigen(a, n).values, expected)).toBeLessThan(
      4 * n * Number.EPSILON,
    );
    expectDecomposition(a, n);
  });

  test("separates one direction from a matrix of equal elements", () => {
    const n = 40;
    const { values, vectors } = symmetricEigen(new Float64Array(n * n).fill(1), n);
    expect(values[n - 1]).toBeCloseTo(n, 12);
    expect(maxAbs(values.subarray(0, n - 1))).toBeLessThan(n * n * Number.EPSILON);
    expect(Math.abs(vectors[(n - 1) * n])).toBeCloseTo(1 / Math.sqrt(n), 13);
  });

  test("keeps eigenvalues that differ by twelve orders of magnitude apart", () => {
    const a = Float64Array.from([1e12, 1, 0, 1, 1, 1e-6, 0, 1e-6, -1]);
    const { values } = symmetricEigen(a, 3);
    expect(values[0]).toBeCloseTo(-1, 3);
    expect(values[1]).toBeCloseTo(1, 3);
    expect(values[2]).toBe(1e12);
  });

  test("reads the lower triangle only and leaves its argument alone", () => {
    const a = Float64Array.from([2, Number.NaN, 1, 2]);
    expect(Array.from(symmetricEigen(a, 2).values, (x) => Math.round(x * 1e12) / 1e12)).toEqual([
      1, 3,
    ]);
    expect(a).toEqual(Float64Array.from([2, Number.NaN, 1, 2]));
  });

  test("handles the empty and the zero matrix", () => {
    expect(symmetricEigen(new Float64Array(0), 0).values).toEqual(new Float64Array(0));
    expectDecomposition(new Float64Array(9), 3);
  });

  test("refuses what is not finite", () => {
    const a = Float64Array.from([1, 0, Number.NaN, 1]);
    expect(() => symmetricEigen(a, 2)).toThrow("matrix element [1, 0] is NaN");
  });
});
