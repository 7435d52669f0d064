/**
 * Feldman-Cousins intervals: against exact ones of counting experiments and of a Gaussian near a boundary, their coverage, and
 * that nothing depends on who makes which toys.
 *
 * @module
 */

import { describe, expect, test } from "vitest";
import {
  type FeldmanCousinsOptions,
  feldmanCousins,
  fromPyhf,
  type Model,
  procedures,
  profileScan,
  type UnifiedInterval,
} from "../../src/index.ts";
import { feldmanCousinsSteps } from "../../src/infer/feldman-cousins.ts";
import { openThread } from "../../src/node/thread-channel.ts";
import { createPool } from "../../src/parallel/pool.ts";
import { runStepsAsync } from "../../src/parallel/run-steps.ts";
import { goldenWorkspaceText } from "../engine/support/references.ts";
import { countingModel, goldenCounting } from "./counting.ts";
import { runInterrupted, runReversed } from "./drive.ts";

const exact = goldenCounting();
const golden = (name: string): Model => fromPyhf(goldenWorkspaceText(name));

/** P(outcomes at least as far from mu as n): what the toys of a counting experiment sample. */
function exactP(n: number, b: number, mu: number): number {
  const outcomes = Array.from({ length: 80 }, (_, k) => k);
  const nll = (k: number, mean: number): number => mean - (k === 0 ? 0 : k * Math.log(mean));
  const t = outcomes.map((k) => nll(k, b + mu) - nll(k, Math.max(k, b)));
  let probability = Math.exp(-b - mu);
  let sum = 0;
  for (const k of outcomes) {
    if (k > 0) probability *= (b + mu) / k;
    if ((t[k] as number) >= (t[n] as number) - 1e-9) sum += probability;
  }
  return sum;
}

describe("exact intervals of counting experiments", () => {
  const nToys = 2000;
  const cl = exact.levels;
  test.each(
    exact.counting.flatMap(({ n, b, unified }) => (unified ? [[n, b, unified] as const] : [])),
  )("%i events where %i are expected", (n, b, unified) => {
    const { intervals } = feldmanCousins(countingModel(n, b), { nToys, cl, maxIter: 40 });
    intervals.forEach((interval, k) => {
      const [[lower, upper]] = unified[k] as [[number, number]];
      const agree = (at: number, error: number, truth: number): void => {
        expect(Math.abs(at - truth), `${at} for ${truth}`).toBeLessThan(4 * error);
      };
      if (lower === 0) expect(interval).toMatchObject({ lower: 0, lowerAtBound: true });
      else agree(interval.lower as number, interval.lowerError as number, lower);
      agree(interval.upper as number, interval.upperError as number, upper);
      // And never far away.
      expect(Math.abs((interval.upper as number) - upper)).toBeLessThan(0.12 * (upper - lower));
    });
  });
});

describe("errors are those of the ends, also where the p-value is flat before a step", () => {
  // The exact ends, from the sums over outcomes of exactP: the upper one at 1.8775 has p = 0.103 just below it, at 4.425 0.102.
  test.each([
    [1, 0.9, null, 1.8775],
    [1, 0.95, null, 2.63],
    [3, 0.9, null, 4.425],
    [3, 0.95, null, 5.2525],
    [10, 0.9, 2.6325, 13.5025],
  ] as const)("%i events where 3 are expected, at %d", (n, cl, lower, upper) => {
    for (const [end, side] of [
      [lower, -1],
      [upper, 1],
    ] as const) {
      if (end === null) continue;
      expect(exactP(n, 3, end - side * 0.004)).toBeGreaterThan(1 - cl);
      expect(exactP(n, 3, end + side * 0.004)).toBeLessThan(1 - cl);
    }
    const seeds = Array.from({ length: 20 }, (_, k) => k + 1);
    const intervals = seeds.map((seed) => {
      const options = { nToys: 1000, cl: [cl], seed };
      return feldmanCousins(countingModel(n, 3, 1, 50), options).intervals[0] as UnifiedInterval;
    });
    const rms = (pulls: readonly number[]): number =>
      Math.sqrt(pulls.reduce((sum, pull) => sum + pull ** 2, 0) / pulls.length);
    // A place at the end of an even distribution is sqrt(3) = 1.7 of its standard deviations from the mean: 1.5 is 90 % of it.
    expect(
      rms(intervals.map((i) => ((i.upper as number) - upper) / (i.upperError as number))),
    ).toBeLessThan(1.5);
    if (lower === null) return;
    expect(
      rms(intervals.map((i) => ((i.lower as number) - lower) / (i.lowerError as number))),
    ).toBeLessThan(1.5);
  });
});

test.each(exact.gaussian.map(({ x, unified }) => [x, unified] as const))(
  "a Gaussian at %d near a boundary at 0",
  (x, unified) => {
    // 10 000 events with 100 of them per unit of mu: a standard deviation of 1, to 2 % of mu.
    const model = countingModel(10_000 + 100 * x, 10_000, 100, 8);
    const { intervals } = feldmanCousins(model, { nToys: 1500, cl: exact.levels });
    intervals.forEach((interval, k) => {
      const [[lower, upper]] = unified[k] as [[number, number]];
      const close = (at: number | null, error: number | null, truth: number): void => {
        expect(Math.abs((at as number) - truth)).toBeLessThan(4 * (error as number) + 0.02 * truth);
      };
      if (lower === 0) expect(interval.lowerAtBound).toBe(true);
      else close(interval.lower, interval.lowerError, lower);
      close(interval.upper, interval.upperError, upper);
    });
  },
);

test("the exact interval has the true value as often as it says", () => {
  const [b, truth, level] = [3, 2.4, 0.9];
  // Every outcome once, with its probability.
  let probability = Math.exp(-b - truth);
  let covered = 0;
  for (let n = 0; n <= 14; n++) {
    if (n > 0) probability *= (b + truth) / n;
    const { intervals } = feldmanCousins(countingModel(n, b), {
      nToys: 500,
      cl: [level],
      toyAccuracy: 0.04,
    });
    const [{ lower, upper }] = intervals as [UnifiedInterval];
    if (truth >= (lower as number) && truth <= (upper as number)) covered += probability;
  }
  expect(covered).toBeGreaterThan(level - 0.03);
  expect(covered).toBeLessThan(0.99);
});

test("at high counts the interval is that of the profile likelihood", () => {
  const model = countingModel(12_000, 10_000, 100, 40);
  const { intervals, warnings } = feldmanCousins(model, { nToys: 2000 });
  const { ci68, ci95 } = profileScan(model);
  [ci68, ci95].forEach((asymptotic, k) => {
    const interval = intervals[k] as UnifiedInterval;
    const near = (at: number | null, error: number | null, truth: number | null): void => {
      expect(Math.abs((at as number) - (truth as number))).toBeLessThan(4 * (error as number));
    };
    near(interval.lower, interval.lowerError, asymptotic?.lower ?? null);
    near(interval.upper, interval.upperError, asymptotic?.upper ?? null);
  });
  expect(warnings).toEqual([]);
});

describe("a grid", () => {
  test("has the belt, and the ends between its points", () => {
    const scan = { start: 0, stop: 8, points: 17 };
    const { intervals, points, mode } = feldmanCousins(countingModel(3, 3), {
      nToys: 1000,
      cl: [0.9],
      scan,
    });
    expect(mode).toBe("scan");
    expect(points.map(({ mu }) => mu)).toEqual(Array.from({ length: 17 }, (_, k) => k / 2));
    const [{ lower, lowerAtBound, upper }] = intervals as [UnifiedInterval];
    expect([lower, lowerAtBound]).toEqual([0, true]);
    expect(Math.abs((upper as number) - 4.425)).toBeLessThan(0.5);
    for (const { mu, p, pError, t, critical } of points) {
      expect(Math.abs((p as number) - exactP(3, 3, mu))).toBeLessThan(5 * (pError as number));
      if ((p as number) > 0.15) expect(t).toBeLessThanOrEqual((critical as number[])[0] as number);
    }
  });

  test("that is too short leaves the end open, and says so", () => {
    const scan = { start: 0, stop: 2, points: 3 };
    const { intervals, warnings } = feldmanCousins(countingModel(3, 3), {
      nToys: 200,
      cl: [0.9],
      scan,
    });
    expect(intervals).toMatchObject([{ upper: null, upperError: null, upperAtBound: false }]);
    expect(warnings.join()).toMatch(/no value for the upper end at 90 %.* to the end of the grid/);
  });

  const coarse = (scan: FeldmanCousinsOptions["scan"] & object) =>
    feldmanCousins(countingModel(10, 3, 1, 50), { nToys: 1000, cl: [0.9], scan });

  test("that misses the interval has no ends", () => {
    const { intervals, warnings } = coarse({ start: 0, stop: 0.2, points: 3 });
    expect(intervals).toMatchObject([
      { lower: null, lowerError: null, lowerAtBound: false, upper: null, upperAtBound: false },
    ]);
    expect(warnings).toEqual([
      "no value for the lower end at 90 %: the grid, 0 to 0.2, does not reach the interval: the p-value is below 0.1 from 0.2 on",
      "no value for the upper end at 90 %: the grid, 0 to 0.2, does not reach the best fit, 7",
    ]);
  });

  test("that misses the best fit has the end that it encloses", () => {
    const { intervals, warnings } = coarse({ start: 1, stop: 5, points: 17 });
    const [{ lower, lowerError, upper }] = intervals as [UnifiedInterval];
    expect(Math.abs((lower as number) - 2.635)).toBeLessThan(3 * (lowerError as number));
    expect(upper).toBeNull();
    expect(warnings.join()).toMatch(/upper end at 90 %: the grid, 1 to 5, does not reach the best/);
  });

  test("with an end in one gap says so", () => {
    const { intervals, warnings, flags } = coarse({ start: 0, stop: 50, points: 2 });
    const [{ lower, lowerError, upper, upperError }] = intervals as [UnifiedInterval];
    // Anywhere between the best fit, 7, and the grid.
    expect(lower).toBeCloseTo(3.5, 6);
    expect(lowerError).toBeCloseTo(7 / Math.sqrt(12), 6);
    expect(upper).toBeCloseTo(28.5, 6);
    expect(upperError).toBeCloseTo(43 / Math.sqrt(12), 6);
    expect(flags).toContain("toy_accuracy");
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/lower end at 90 % is anywhere between 0 and 7: nothing on the/);
  });
});

test("an upper bound that is reached is said", () => {
  const { intervals, warnings } = feldmanCousins(countingModel(3, 3, 1, 2), {
    nToys: 500,
    cl: [0.9],
  });
  expect(intervals).toMatchObject([{ lower: 0, upper: 2, lowerAtBound: true, upperAtBound: true }]);
  expect(warnings.join()).toMatch(/at 90 % reaches the upper bound 2/);
});

test("without a signal nothing is rejected", () => {
  const { intervals, warnings } = feldmanCousins(countingModel(3, 3, 0, 10), {
    nToys: 100,
    cl: [0.9],
  });
  expect(intervals).toMatchObject([{ upper: 10, upperError: null, upperAtBound: true }]);
  expect(warnings.join()).toMatch(/at 90 % reaches the upper bound 10/);
  expect(warnings.join()).not.toMatch(/no value/);
});

test("what is not reached is said", () => {
  const options = { nToys: 50, toyAccuracy: 0.001, maxIter: 4, cl: [0.9] };
  const { warnings, flags, points } = feldmanCousins(countingModel(8, 3), options);
  expect(points).toHaveLength(4);
  expect(flags).toContain("toy_accuracy");
  expect(warnings.join()).toMatch(/Monte Carlo error is above 0.1 % of the interval after 4/);
});

test("a record does not depend on the number of threads, but on the seed", async () => {
  const model = golden("mixed-staterror-shapesys");
  const options: FeldmanCousinsOptions = { nToys: 60, maxIter: 6 };
  const here = JSON.stringify(feldmanCousins(model, options));
  expect(JSON.stringify(runReversed(feldmanCousinsSteps(model, options), model.evaluator))).toBe(
    here,
  );
  const pool = createPool(openThread, 2);
  const steps = procedures.feldmanCousins(model, options);
  const there = await runStepsAsync(steps, pool.executor(model.compiled));
  await pool.close();
  expect(JSON.stringify(there) === here).toBe(true);
  const other = feldmanCousins(model, { ...options, seed: 43 });
  expect(other.intervals).not.toEqual(JSON.parse(here).intervals);
});

test("an interruption keeps the toys that are done", () => {
  const model = countingModel(8, 3);
  const steps = feldmanCousinsSteps(model, { nToys: 400, toyAccuracy: 0.001, cl: [0.9] });
  const cut = runInterrupted(steps, model.evaluator, 1000);
  expect(cut.partial).toBe(true);
  expect(cut.intervals[0]?.upper).not.toBeNull();
  const none = runInterrupted(feldmanCousinsSteps(model, {}), model.evaluator, 0);
  expect(none).toMatchObject({ partial: true, points: [] });
  expect(none.intervals[0]).toMatchObject({ lower: null, upper: null });
});

test.each<[string, FeldmanCousinsOptions, RegExp]>([
  ["no toys", { nToys: 0 }, /0 is not a number of toys/],
  ["a level of 1", { cl: [1] }, /1 is not a confidence level/],
  ["an accuracy of 2", { toyAccuracy: 2 }, /the accuracy 2 is not between 0 and 1/],
  ["half a strength", { maxIter: 0.5 }, /0.5 is not a number of strengths/],
  ["a grid of one point", { scan: { start: 0, stop: 1, points: 1 } }, /a grid of 1 points/],
  ["a grid beyond the bounds", { scan: { start: 0, stop: 99, points: 3 } }, /the end of the grid/],
])("%s: refused", (_, options, message) => {
  expect(() => feldmanCousins(countingModel(3, 3), options)).toThrow(message);
});
