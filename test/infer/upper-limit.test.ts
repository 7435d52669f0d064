/**
 * Upper limits where they are hard to find, not to be found, or not asked for sensibly.
 *
 * @module
 */

import { describe, expect, test } from "vitest";
import {
  clsCurve,
  fromPyhf,
  hypotest,
  type Model,
  type UpperLimitOptions,
  type UpperLimitResult,
  upperLimit,
} from "../../src/index.ts";
import { upperLimitSteps } from "../../src/infer/upper-limit.ts";
import { runInterrupted } from "./drive.ts";

interface Counting {
  readonly signal?: readonly number[];
  readonly background?: readonly number[];
  readonly data?: readonly number[];
  readonly bounds?: readonly [number, number];
}

/** Two bins, a background known to 10 %. */
function counting({
  signal = [5, 10],
  background = [50, 60],
  data = [53, 65],
  bounds = [0, 10],
}: Counting = {}): Model {
  const init = Math.min(Math.max(1, bounds[0]), bounds[1]);
  return fromPyhf({
    channels: [
      {
        name: "SR",
        samples: [
          { name: "s", data: signal, modifiers: [{ name: "mu", type: "normfactor", data: null }] },
          {
            name: "b",
            data: background,
            modifiers: [{ name: "norm", type: "normsys", data: { hi: 1.1, lo: 0.9 } }],
          },
        ],
      },
    ],
    observations: [{ name: "SR", data }],
    measurements: [
      {
        name: "m",
        config: { poi: "mu", parameters: [{ name: "mu", bounds: [bounds], inits: [init] }] },
      },
    ],
    version: "1.0.0",
  });
}

/** Every limit of the result is where the test of that strength gives alpha. */
function expectSolved(model: Model, result: UpperLimitResult, testStat: "q" | "qtilde"): void {
  const limits = [result.obsLimit, ...(result.expLimits ?? [])] as number[];
  limits.forEach((limit, k) => {
    const lifted = limit > 10 ? { bounds: { mu: [0, 2 * limit] as const } } : {};
    const test = hypotest(model, limit, { testStat, expectedSet: true, ...lifted });
    const cls = k === 0 ? test.cls : test.expectedSet?.cls[k - 1];
    expect(cls, `limit ${limit}`).toBeCloseTo(result.alpha, 6);
  });
}

describe("a limit is where CLs is alpha", () => {
  test.each<[string, Counting, UpperLimitOptions]>([
    ["an excess", {}, {}],
    ["a deficit", { data: [40, 45] }, {}],
    ["a deficit with q, the estimate free", { data: [40, 45], bounds: [-5, 5] }, { testStat: "q" }],
    ["the estimate at a negative bound", { data: [20, 25], bounds: [-1, 5] }, { testStat: "q" }],
    ["an alpha near a half", {}, { alpha: 0.4999 }],
    ["an alpha of a millionth", {}, { alpha: 1e-6 }],
    ["a huge signal", { signal: [1e8, 1e8] }, {}],
    ["a signal that takes events away", { signal: [5, -10] }, {}],
    ["a limit beyond the upper bound", { signal: [0.5, 1] }, {}],
    ["hardly a background", { background: [1e-6, 1e-6], data: [0, 0], signal: [1, 1] }, {}],
    ["a first end far too small", {}, { hi: 1e-3 }],
    ["a first end far too large", {}, { hi: 1e3 }],
    ["a begin", {}, { lo: 1 }],
    ["more accuracy than there is", {}, { rtol: 1e-15 }],
  ])("%s", (_, model, options) => {
    const result = upperLimit(counting(model), options);
    expectSolved(counting(model), result, options.testStat ?? "qtilde");
  });
});

describe("the bounds of the parameter", () => {
  test("an estimate at its upper bound lifts the bound, which is said once", () => {
    const free = upperLimit(counting({ data: [60, 78] }));
    const held = upperLimit(counting({ data: [60, 78], bounds: [0, 0.5] }));
    expect(held.obsLimit).toBeCloseTo(free.obsLimit as number, 6);
    expect(held.warnings).toEqual([
      'the estimate of "mu" lies at its upper bound 0.5: the bound was raised to 2',
      'the observed, the expected (-2 sigma), the expected (-1 sigma), the median expected, the expected (+1 sigma) and the expected (+2 sigma) limits lie beyond the upper bound 0.5 of "mu": the search was continued there',
    ]);
  });

  test("qtilde with an estimate that may be negative is warned about", () => {
    const { warnings } = upperLimit(counting({ data: [40, 45], bounds: [-5, 5] }));
    expect(warnings).toEqual([
      'qtilde assumes an estimate bounded from below by 0, but "mu" may go down to -5: q is made for that',
    ]);
  });

  test.each([[[1, 5]], [[-5, -1]]] as const)("without 0 inside %j there is no limit", (bounds) => {
    expect(() => upperLimit(counting({ bounds, data: [40, 45] }))).toThrow(
      /strength of the Asimov set, 0, is outside/,
    );
  });
});

describe("where there is no limit", () => {
  test("without any sensitivity", () => {
    const result = upperLimit(counting({ signal: [0, 0] }));
    expect(result.obsLimit).toBe(null);
    expect(result.expLimits).toEqual([null, null, null, null, null]);
    expect(result.warnings.at(-1)).toMatch(
      /^no value for the observed, .* limits: CLs stays above alpha, however large the signal$/,
    );
  });

  test("an estimate that grows with its bound", () => {
    expect(() => upperLimit(counting({ signal: [1e-12, 0] }))).toThrow(
      /^the estimate of "mu" grows with its upper bound, up to 1\.68e\+8 — the data hardly depend on it/,
    );
  });

  test("within too few steps", () => {
    const result = upperLimit(counting(), { maxIter: 1, expected: false });
    expect(result.obsLimit).toBe(null);
    expect(result.warnings).toEqual([
      "no value for the observed limit: no convergence within 1 step",
    ]);
  });

  test("on a grid that does not reach it", () => {
    const scan = { start: 5, stop: 10, points: 5 };
    const { obsLimit, warnings } = upperLimit(counting(), { scan, expected: false });
    expect(obsLimit).toBe(null);
    expect(warnings).toEqual([
      "no value for the observed limit: CLs does not cross 0.05 on the grid",
    ]);
  });
});

test.each<[UpperLimitOptions, RegExp]>([
  [
    { lo: 1.2 },
    /^the expected \(-2 sigma\) limit on "mu" lies below the begin of the search, 1\.2/,
  ],
  [
    { lo: 50, expected: false },
    /^the observed limit on "mu" lies below the begin of the search, 50/,
  ],
  [{ lo: -1 }, /cannot begin at -1/],
  [{ lo: 2, hi: 1 }, /cannot end at 1/],
  [{ alpha: 0.5 }, /alpha 0\.5 is not/],
  [{ alpha: Number.NaN }, /alpha NaN is not/],
  [{ maxIter: 2.5 }, /2\.5 is not a number of iterations/],
  [{ rtol: 0 }, /relative accuracy 0/],
  [{ scan: { start: -1, stop: 1, points: 3 } }, /begin of the grid, -1, is outside/],
  [
    { scan: { start: 0, stop: 1, points: 3 }, grid: { start: 0, stop: 1, points: 3 } },
    /both a scan and a search with a grid/,
  ],
])("%j is refused", (options, message) => {
  expect(() => upperLimit(counting(), options)).toThrow(message);
});

test("CLs on a grid, with limits that are solved for", () => {
  const grid = { start: 0, stop: 3, points: 7 };
  const curve = clsCurve(counting(), grid);
  const { points, obsLimit, expLimits } = upperLimit(counting(), { scan: grid });
  expect(curve).toMatchObject({ mode: "bisection", scan: grid });
  curve.points.forEach(({ mu, cls }, k) => {
    expect(mu).toBe(points[k]?.mu);
    expect(cls).toBeCloseTo(points[k]?.cls as number, 8);
  });
  const solved = upperLimit(counting());
  expect([curve.obsLimit, curve.expLimits]).toEqual([solved.obsLimit, solved.expLimits]);
  expect(obsLimit).not.toBe(solved.obsLimit);
  expect(expLimits?.[2]).toBeCloseTo(solved.expLimits?.[2] as number, 1);
});

test("interrupted anywhere, it ends with what it has", () => {
  const model = counting();
  for (const options of [{}, { scan: { start: 0, stop: 3, points: 20 } }]) {
    const whole = upperLimit(model, options);
    let complete = 0;
    for (let budget = 0; budget < 60; budget++) {
      const result = runInterrupted(upperLimitSteps(model, options), model.evaluator, budget);
      if (!result.partial) complete++;
      else expect(result.warnings).toEqual([expect.stringMatching(/^interrupted/)]);
      const limits = [result.obsLimit, ...(result.expLimits as (number | null)[])];
      const right = [whole.obsLimit, ...(whole.expLimits as number[])];
      limits.forEach((limit, k) => {
        if (limit !== null) expect(limit).toBe(right[k]);
      });
      expect(result.muHat).toBe(whole.muHat);
    }
    expect(complete).toBeGreaterThan(0);
    expect(complete).toBeLessThan(60);
  }
});
