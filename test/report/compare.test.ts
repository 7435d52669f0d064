import { describe, expect, test } from "vitest";
import { compareResults } from "../../src/report/compare.ts";

describe("differences of two results", () => {
  test("none, whatever the times and the order of keys", () => {
    const before = { mu: 1, list: [1, null, "a"], wall_time_s: 1, timing: { fit_time_s: 2 } };
    const after = { list: [1, null, "a"], mu: 1, wall_time_s: 3, timing: { fit_time_s: 4 } };
    expect(compareResults({ ...before, created_unix_ms: 1 }, after)).toEqual([]);
  });

  test("numbers with their relative difference, by JSON pointer", () => {
    expect(compareResults({ "a/b": [{ x: 2 }] }, { "a/b": [{ x: 1.5 }] })).toEqual([
      { path: "/a~1b/0/x", before: 2, after: 1.5, relativeDifference: 0.25 },
    ]);
  });

  test("what is missing on one side, and other types", () => {
    expect(compareResults({ a: null, b: 1, c: [1] }, { a: 0, c: [1, 2], d: {} })).toEqual([
      { path: "/a", before: null, after: 0, relativeDifference: null },
      { path: "/b", before: 1, after: undefined, relativeDifference: null },
      { path: "/c/1", before: undefined, after: 2, relativeDifference: null },
      { path: "/d", before: undefined, after: {}, relativeDifference: null },
    ]);
  });

  test("a tolerance is relative to the largest number of the list, and forgives effort", () => {
    const before = { bestfit: [1, 1e-9], p0: 1e-9, n_fev: 20, edm: 1e-15, final_grad_norm: 1e-9 };
    const after = { bestfit: [1 + 1e-8, 3e-9], p0: 3e-9, n_fev: 22, edm: 1e-16 };
    expect(compareResults(before, after, 1e-6).map(({ path }) => path)).toEqual(["/p0"]);
    expect(compareResults(before, after)).toHaveLength(6);
    const work = (n: number) => ({ n_fit: n, n_gradient: n, n_hessian: n, n_rechecked: n });
    expect(compareResults(work(1), work(2), 1e-6)).toEqual([]);
    expect(compareResults(work(1), work(2))).toHaveLength(4);
  });
});
