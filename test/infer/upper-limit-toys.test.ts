/**
 * Upper limits with toys: against exact limits of counting experiments, asymptotic ones at high counts and pyhf's toys; that
 * the errors are those of repetitions; and that nothing depends on who makes which toys.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  fromPyhf,
  hypotestToys,
  type Model,
  procedures,
  type UpperLimitToysOptions,
  type UpperLimitToysResult,
  upperLimit,
  upperLimitToys,
} from "../../src/index.ts";
import { upperLimitToysSteps } from "../../src/infer/upper-limit-toys.ts";
import { openThread } from "../../src/node/thread-channel.ts";
import { createPool } from "../../src/parallel/pool.ts";
import { runStepsAsync } from "../../src/parallel/run-steps.ts";
import { goldenWorkspaceText } from "../engine/support/references.ts";
import { countingModel, goldenCounting, moments } from "./counting.ts";
import { runInterrupted, runReversed } from "./drive.ts";

const exact = goldenCounting();
const golden = (name: string): Model => fromPyhf(goldenWorkspaceText(name));

function exactLimit(n: number, b: number): number {
  return exact.counting.find((entry) => entry.n === n && entry.b === b)?.cls as number;
}

/** Limits and their errors, the observed one first. */
function limitsOf(result: UpperLimitToysResult): { at: number; error: number }[] {
  const limits = [result.obsLimit, ...(result.expLimits ?? [])];
  const errors = [result.obsLimitError, ...(result.expLimitErrors ?? [])];
  return limits.map((at, k) => ({ at: at as number, error: errors[k] as number }));
}

describe("exact limits of counting experiments", () => {
  test.each([0, 3, 10])("%i events where 3 are expected", (n) => {
    const options = { nToys: 1000, toyAccuracy: n === 0 ? 0.05 : 0.03, expected: false };
    const result = upperLimitToys(countingModel(n, 3), options);
    const [{ at, error }] = limitsOf(result) as [{ at: number; error: number }];
    expect(Math.abs(at - exactLimit(n, 3))).toBeLessThan(4 * error);
    expect(error).toBeLessThanOrEqual(options.toyAccuracy * at);
    expect(result.warnings).toEqual([]);
  });

  test("expected ones, of which the lowest ask for most toys", () => {
    const options = { nToys: 1000, toyAccuracy: 0.1 };
    const result = upperLimitToys(countingModel(3, 3), options);
    limitsOf(result)
      .slice(1)
      .forEach(({ at, error }, k) => {
        expect(Math.abs(at - (exact.expected["3.0"]?.[k] as number))).toBeLessThan(4 * error);
        expect(error).toBeLessThanOrEqual(0.1 * at);
      });
  });
});

test("errors are those of repetitions", () => {
  const n = 100;
  const model = countingModel(3, 3);
  const pulls = Array.from({ length: n }, (_, k) => {
    const result = upperLimitToys(model, {
      nToys: 200,
      seed: k,
      toyAccuracy: 0.1,
      expected: false,
    });
    const [{ at, error }] = limitsOf(result) as [{ at: number; error: number }];
    return (at - exactLimit(3, 3)) / error;
  });
  const { mean, width } = moments(pulls);
  // 4 standard deviations of the mean and of the width of 100 pulls, and 0.15 for counts of about 15 not being normal.
  expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n) + 0.15);
  expect(Math.abs(width - 1)).toBeLessThan(4 / Math.sqrt(2 * n));
});

test("at high counts the asymptotic formulas hold to 2 %", () => {
  const model = countingModel(10_000, 10_000, 100);
  const options = { nToys: 4000, toyAccuracy: 0.01, expected: false };
  const { obsLimit, obsLimitError } = upperLimitToys(model, options);
  const asymptotic = upperLimit(model, { expected: false }).obsLimit as number;
  expect(obsLimitError as number).toBeLessThanOrEqual(0.01 * (obsLimit as number));
  expect(Math.abs((obsLimit as number) / asymptotic - 1)).toBeLessThan(0.02);
});

test("CLs of a single test at the limit is alpha, with nuisance parameters", () => {
  const model = golden("mixed-staterror-shapesys");
  const options = { nToys: 1000, toyAccuracy: 0.04, expected: false };
  const { obsLimit, obsLimitError } = upperLimitToys(model, options);
  const at = obsLimit as number;
  const test = hypotestToys(model, at, { nToys: 4000, seed: 99 });
  // dCLs/CLs is about -4 dmu/mu at the limit.
  const fromLimit = 0.05 * 4 * ((obsLimitError as number) / at);
  const error = Math.hypot(test.clsError as number, fromLimit);
  expect(Math.abs((test.cls as number) - 0.05)).toBeLessThan(4 * error);
});

test.each(["mixed-counting", "mixed-staterror-shapesys"])(
  "pyhf's toys at the limit: %s",
  (name) => {
    const pyhf = JSON.parse(readFileSync(`test/golden/toys/${name}.json`, "utf8"));
    const model = golden(name);
    // The confidence level is chosen so that the limit is where pyhf's toys are.
    const [mu, alpha] = [pyhf.mu as number, pyhf.cls as number];
    const options = { nToys: 1000, toyAccuracy: 0.05, alpha, expected: false };
    const { obsLimit, obsLimitError } = upperLimitToys(model, options);
    const asymptotic = [0.9 * alpha, 1.1 * alpha].map(
      (level) => upperLimit(model, { alpha: level, expected: false }).obsLimit as number,
    ) as [number, number];
    const perAlpha = (asymptotic[0] - asymptotic[1]) / (0.2 * alpha);
    const relative = Math.sqrt((1 / pyhf.clsb + 1 / pyhf.clb - 2) / pyhf.n_toys);
    const error = Math.hypot(obsLimitError as number, relative * alpha * perAlpha);
    expect(Math.abs((obsLimit as number) - mu)).toBeLessThan(4 * error);
    expect(error).toBeLessThan(0.1 * mu);
  },
);

describe("a record does not depend", () => {
  const model = golden("mixed-counting");
  const options: UpperLimitToysOptions = { nToys: 60, toyAccuracy: 0.3, maxIter: 8 };
  const here = JSON.stringify(upperLimitToys(model, options));

  test("on the number of threads", async () => {
    expect(JSON.stringify(runReversed(upperLimitToysSteps(model, options), model.evaluator))).toBe(
      here,
    );
    const pool = createPool(openThread, 2);
    const steps = procedures.upperLimitToys(model, options);
    const there = await runStepsAsync(steps, pool.executor(model.compiled));
    await pool.close();
    expect(JSON.stringify(there) === here).toBe(true);
  });

  test("but on the seed", () => {
    const other = upperLimitToys(model, { ...options, seed: 43 });
    expect(other.obsLimit).not.toBe(JSON.parse(here).obsLimit);
  });
});

test("every strength and hypothesis has a stream of its own", () => {
  const streams: number[] = [];
  const model = countingModel(3, 3);
  const steps = upperLimitToysSteps(model, { nToys: 25, toyAccuracy: 0.1, maxIter: 9 });
  const spied = (function* () {
    let next = steps.next();
    while (next.done !== true) {
      for (const task of next.value.tasks) {
        if ("ensemble" in task) streams.push(task.ensemble.stream);
      }
      next = steps.next(yield next.value);
    }
    return next.value;
  })();
  const { points } = runReversed(spied, model.evaluator);
  expect(points).toHaveLength(9);
  expect(streams.sort((a, b) => a - b)).toEqual(Array.from({ length: 18 }, (_, k) => k));
});

test("what is not reached is said", () => {
  const options = { nToys: 100, toyAccuracy: 0.01, maxIter: 1, expected: false };
  const { warnings, flags, points } = upperLimitToys(countingModel(3, 3), options);
  expect(points).toHaveLength(1);
  expect(flags).toContain("toy_accuracy");
  expect(warnings.join()).toMatch(/the observed limit has a Monte Carlo error above 1 % after 1/);
});

test("limits beyond the upper bound of the parameter are found", () => {
  const options = { nToys: 2000, expected: false };
  const inside = upperLimitToys(countingModel(3, 3, 1, 25), options);
  const beyond = upperLimitToys(countingModel(3, 3, 1, 4), options);
  expect(beyond.obsLimit as number).toBeCloseTo(inside.obsLimit as number, 3);
  expect(beyond.warnings.join()).toMatch(/lies beyond the upper bound 4 of "mu"/);
});

test("on a grid that does not reach the limit there is none", () => {
  const options = { nToys: 200, scan: { start: 0, stop: 2, points: 3 }, expected: false };
  const { obsLimit, obsLimitError, warnings, points } = upperLimitToys(
    countingModel(3, 3),
    options,
  );
  expect(obsLimit).toBeNull();
  expect(obsLimitError).toBeNull();
  expect(points.map(({ mu, nToys }) => [mu, nToys.b])).toEqual([
    [0, 200],
    [1, 200],
    [2, 200],
  ]);
  expect(warnings.join()).toContain("no value for the observed limit: CLs does not cross 0.05");
});

test("an interruption keeps the toys that are done", () => {
  const model = countingModel(3, 3);
  const options = { nToys: 400, toyAccuracy: 0.01, expected: false };
  const cut = runInterrupted(upperLimitToysSteps(model, options), model.evaluator, 900);
  expect(cut.partial).toBe(true);
  expect(cut.obsLimit).not.toBeNull();
  const made = cut.points.reduce((sum, { nToys }) => sum + nToys.b + nToys.sb, 0);
  expect(made).toBeGreaterThan(800);
  expect(made).toBeLessThan(900);
  const none = runInterrupted(upperLimitToysSteps(model, options), model.evaluator, 0);
  expect(none).toMatchObject({ partial: true, obsLimit: null, points: [] });
});

test.each<[string, UpperLimitToysOptions, RegExp]>([
  ["no toys", { nToys: 0 }, /0 is not a number of toys/],
  ["an accuracy of 0", { toyAccuracy: 0 }, /the accuracy 0 is not between 0 and 1/],
  ["no strengths", { maxIter: 0 }, /0 is not a number of iterations/],
  ["a negative seed", { seed: -1 }, /-1 is not a seed/],
  ["another estimator", { pEstimator: "bayes" as never }, /unknown estimator "bayes"/],
  ["a grid backwards", { scan: { start: 2, stop: 1, points: 3 } }, /a grid from 2 to 1/],
  ["a grid below the bounds", { scan: { start: -1, stop: 1, points: 3 } }, /the begin of the grid/],
  ["bounds without 0", { bounds: { mu: [0.5, 9] } }, /outside the bounds \[0.5, 9\]/],
])("%s: refused", (_, options, message) => {
  expect(() => upperLimitToys(countingModel(3, 3), options)).toThrow(message);
});
