/**
 * The test with toys: against pyhf's toy calculator and the asymptotic formulas, and that nothing depends on who makes which
 * toys.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  fromPyhf,
  type HypotestToysResult,
  hypotest,
  hypotestToys,
  type Model,
  procedures,
  runAsync,
} from "../../src/index.ts";
import { observedDataset } from "../../src/infer/dataset.ts";
import { hypotestToysSteps } from "../../src/infer/hypotest-toys.ts";
import { runSteps, type Steps } from "../../src/infer/steps.ts";
import { createToyRunner } from "../../src/infer/toy-runner.ts";
import {
  AUXILIARY_DRAW,
  drawToy,
  type Toy,
  type ToyRun,
  type ToyRunResult,
} from "../../src/infer/toys.ts";
import type { CurvatureEvaluator } from "../../src/likelihood/evaluator.ts";
import { openThread } from "../../src/node/thread-channel.ts";
import { createPool } from "../../src/parallel/pool.ts";
import { runStepsAsync } from "../../src/parallel/run-steps.ts";
import { goldenWorkspaceText } from "../engine/support/references.ts";
import { runInterrupted, runReversed } from "./drive.ts";

function golden(name: string): Model {
  return fromPyhf(goldenWorkspaceText(name));
}

interface GoldenToys {
  readonly workspace: string;
  readonly mu: number;
  readonly n_toys: number;
  readonly q_obs: number;
  readonly clsb: number;
  readonly clb: number;
  readonly cls: number;
  readonly expected: { readonly cls: readonly number[] };
  readonly q: { readonly sb: readonly number[]; readonly b: readonly number[] };
}

function goldenToys(name: string): GoldenToys {
  return JSON.parse(readFileSync(`test/golden/toys/${name}.json`, "utf8"));
}

/** Every toy of a test, by ensemble, besides its record. */
function withToys(
  model: Model,
  mu: number,
  options: Parameters<typeof hypotestToys>[2],
): { result: HypotestToysResult; toys: { b: Toy[]; sb: Toy[] }; runs: ToyRun[] } {
  const toys: { b: Toy[]; sb: Toy[] } = { b: [], sb: [] };
  const runs: ToyRun[] = [];
  const steps = hypotestToysSteps(model, mu, options);
  const spied = (function* (): Steps<HypotestToysResult> {
    let next = steps.next();
    while (next.done !== true) {
      const { tasks } = next.value;
      const results = yield next.value;
      tasks.forEach((task, k) => {
        if (!("ensemble" in task)) return;
        runs.push(task);
        toys[task.ensemble.stream === 0 ? "b" : "sb"].push(...(results[k] as ToyRunResult).points);
      });
      next = steps.next(results);
    }
    return next.value;
  })();
  return { result: runSteps(spied, model.evaluator), toys, runs };
}

/** An evaluator whose likelihood is finite nowhere on some data. */
function failingOn(
  evaluator: CurvatureEvaluator,
  fails: (main: readonly number[]) => boolean,
): CurvatureEvaluator {
  let failing = false;
  const changed: Partial<CurvatureEvaluator> = {
    setDataset(dataset) {
      failing = fails([...dataset.main]);
      evaluator.setDataset(dataset);
    },
    nll: (x) => (failing ? Number.POSITIVE_INFINITY : evaluator.nll(x)),
    gradient(x, out) {
      const value = evaluator.gradient(x, out);
      return failing ? Number.POSITIVE_INFINITY : value;
    },
  };
  return new Proxy(evaluator, {
    get(target, key: keyof CurvatureEvaluator) {
      const value = changed[key] ?? target[key];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Two-sample Kolmogorov-Smirnov distance in units of its critical scale: 1.95 is passed by 0.1 %. */
function kolmogorovSmirnov(a: readonly number[], b: readonly number[]): number {
  // Fits differ in rounding: a statistic of 0 is 0 to 1e-4 elsewhere.
  const places = [...a, ...b].map((q) => q + 1e-4);
  const share = (list: readonly number[], q: number): number =>
    list.filter((value) => value <= q).length / list.length;
  const distance = Math.max(...places.map((q) => Math.abs(share(a, q) - share(b, q))));
  return distance * Math.sqrt((a.length * b.length) / (a.length + b.length));
}

describe("against pyhf's toy calculator", () => {
  test.each(["mixed-counting", "mixed-staterror-shapesys"])("%s", (name) => {
    const pyhf = goldenToys(name);
    const options = { nToys: pyhf.n_toys, expectedSet: true };
    const { result, toys } = withToys(golden(name), pyhf.mu, options);
    expect(result.qObs).toBeCloseTo(pyhf.q_obs, 4);
    const close = (ours: number | null, theirs: number): void => {
      const error = Math.sqrt((2 * theirs * (1 - theirs)) / pyhf.n_toys);
      expect(Math.abs((ours as number) - theirs)).toBeLessThan(4 * error);
    };
    close(result.clsb, pyhf.clsb);
    close(result.clb, pyhf.clb);
    for (const of of ["b", "sb"] as const) {
      const ours = toys[of].map(({ statistic }) => statistic);
      expect(kolmogorovSmirnov(ours, pyhf.q[of])).toBeLessThan(1.95);
    }
    result.expectedSet?.cls.forEach((cls, k) => {
      const theirs = pyhf.expected.cls[k] as number;
      expect(Math.abs(cls - theirs)).toBeLessThan(0.05 + 0.1 * theirs);
    });
  });
});

test("at high counts the asymptotic formulas hold to 2 %", () => {
  const model = golden("huge-yields");
  const toys = hypotestToys(model, 1.1, { nToys: 8000 });
  const { clsb, clb } = hypotest(model, 1.1);
  expect(Math.abs((toys.clsb as number) - (clsb as number))).toBeLessThan(0.02);
  expect(Math.abs((toys.clb as number) - (clb as number))).toBeLessThan(0.02);
});

describe("a record does not depend", () => {
  test("on the number of threads", async () => {
    const model = golden("two-minima-08");
    const options = { nToys: 60, expectedSet: true };
    const here = JSON.stringify(hypotestToys(model, 1, options));
    expect(JSON.stringify(runReversed(hypotestToysSteps(model, 1, options), model.evaluator))).toBe(
      here,
    );
    for (const size of [1, 2, 3]) {
      const pool = createPool(openThread, size);
      const steps = procedures.hypotestToys(model, 1, options);
      const there = await runStepsAsync(steps, pool.executor(model.compiled));
      expect(JSON.stringify(there) === here, `${size} threads`).toBe(true);
      await pool.close();
    }
  });

  test("on how the toys are cut into tasks", () => {
    const model = golden("mixed-counting");
    const { runs, toys } = withToys(model, 1, { nToys: 30 });
    const [plan] = runs as [ToyRun];
    for (const size of [1, 7, 30]) {
      const found: Toy[] = [];
      const sum = { nFit: 0, nGradient: 0, nHessian: 0 };
      for (let first = 0; first < 30; first += size) {
        const run = { ...plan, first, count: Math.min(size, 30 - first) };
        const points = createToyRunner(model.evaluator).run(run);
        let at = points.next();
        while (at.done !== true) at = points.next();
        found.push(...at.value.points);
        for (const key of ["nFit", "nGradient", "nHessian"] as const)
          sum[key] += at.value.counters[key];
      }
      expect(found).toEqual(toys.b);
      expect(sum.nFit).toBeGreaterThanOrEqual(30);
    }
  });

  test("on the toys after it, but on the seed", () => {
    const model = golden("mixed-counting");
    const few = withToys(model, 1, { nToys: 10 }).toys;
    const more = withToys(model, 1, { nToys: 40 }).toys;
    expect(more.b.slice(0, 10)).toEqual(few.b);
    expect(more.sb.slice(0, 10)).toEqual(few.sb);
    const other = withToys(model, 1, { nToys: 10, seed: 43 }).toys;
    expect(other.b.map(({ statistic }) => statistic)).not.toEqual(
      few.b.map(({ statistic }) => statistic),
    );
  });
});

describe("the toys", () => {
  test("keep masked bins, and the auxiliary data where they are fixed", () => {
    const model = golden("many-channels");
    const [channel] = model.resolved.channels;
    const observed = observedDataset(model.resolved);
    const { result, runs } = withToys(model, 1, {
      nToys: 5,
      fixedAux: true,
      validationRegions: [channel?.name as string],
    });
    expect(result.flags).toContain("aux_fixed");
    const [{ ensemble, likelihood }] = runs as [ToyRun];
    expect(ensemble.draws.every((draw) => draw === 0)).toBe(true);
    expect(likelihood.dataset.auxiliary).toEqual(observed.auxiliary);
    expect(likelihood.dataset.binMask?.[channel?.firstBin as number]).toBe(0);
  });

  test("have the expectation and the spread of their ensemble", () => {
    const { runs } = withToys(golden("mixed-staterror-shapesys"), 2, { nToys: 1 });
    const [{ ensemble, likelihood }] = runs as [ToyRun];
    const n = 4000;
    const sets = Array.from({ length: n }, (_, k) => drawToy(ensemble, k, likelihood.dataset));
    const check = (values: readonly number[], mean: number, variance: number): void => {
      const average = values.reduce((sum, v) => sum + v, 0) / n;
      const spread = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
      expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(variance / n));
      expect(spread / variance).toBeCloseTo(1, 0);
    };
    ensemble.main.forEach((mean, b) => {
      check(
        sets.map(({ main }) => main[b] as number),
        mean,
        mean,
      );
    });
    const kinds = new Set<number>();
    ensemble.draws.forEach((draw, i) => {
      const values = sets.map(({ auxiliary }) => auxiliary[i] as number);
      const mean = ensemble.auxiliary[i] as number;
      kinds.add(draw);
      if (draw === AUXILIARY_DRAW.normal) check(values, mean, (ensemble.widths[i] as number) ** 2);
      if (draw === AUXILIARY_DRAW.poisson) check(values, mean, mean);
    });
    expect([...kinds].sort()).toEqual([0, 1, 2]);
  });

  test("with several minima are searched: lower ones are found and counted", () => {
    const model = golden("two-minima-08");
    const searched = withToys(model, 1, { nToys: 60 });
    const single = withToys(model, 1, { nToys: 60, search: false });
    const { b, sb } = searched.result.nLowerMinimum;
    expect(b + sb).toBeGreaterThan(0);
    const missed = single.toys.b.filter(({ statistic }, k) => {
      return Math.abs(statistic - (searched.toys.b[k]?.statistic as number)) > 1e-3;
    });
    expect(missed.length).toBeGreaterThan(0);
  });

  test("with fixed auxiliary data are those of a smaller ensemble", () => {
    const model = golden("only-shapesys");
    const drawn = hypotestToys(model, 1, { nToys: 300 });
    const fixed = hypotestToys(model, 1, { nToys: 300, fixedAux: true });
    expect(drawn.flags).not.toContain("aux_fixed");
    expect(fixed.qObs).toBe(drawn.qObs);
    expect(fixed.clsb).not.toBe(drawn.clsb);
  });

  test("that cannot be fitted are recorded, do not count, and stop nothing", () => {
    const model = golden("mixed-counting");
    const broken = failingOn(model.evaluator, (main) => main[0] % 4 === 0);
    const steps = hypotestToysSteps({ ...model, evaluator: broken }, 2, { nToys: 60 });
    const result = runSteps(steps, broken);
    const whole = hypotestToys(model, 2, { nToys: 60 });
    expect(result.nToys).toEqual({ b: 60, sb: 60 });
    expect(result.nError.b).toBeGreaterThan(5);
    expect(result.nError.sb).toBeGreaterThan(5);
    expect(result.nNonconverged).toEqual({ b: 0, sb: 0 });
    expect(result.flags).toContain("toys_failed");
    const failed = result.nError.b + result.nError.sb;
    expect(result.warnings.join()).toContain(`${failed} of 120 toys could not be fitted`);
    expect(result.qObs).toBe(whole.qObs);
    // k of the toys that count.
    const k = (result.clb as number) * (60 - result.nError.b);
    expect(Math.abs(k - Math.round(k))).toBeLessThan(1e-9);
  });
});

test("an interruption keeps the toys that are done", async () => {
  const model = golden("mixed-counting");
  const options = { nToys: 100, expectedSet: true };
  const cut = runInterrupted(hypotestToysSteps(model, 1, options), model.evaluator, 62);
  expect(cut).toMatchObject({ partial: true, nToys: { b: 35, sb: 25 } });
  expect(cut.clsb).not.toBeNull();
  const none = await runAsync(model, procedures.hypotestToys(model, 1, options), {
    signal: AbortSignal.abort(),
  });
  expect(none).toMatchObject({ partial: true, cls: null, clsb: null, nToys: { b: 0, sb: 0 } });
  expect(none.expectedSet).toBeNull();
});

describe("estimators", () => {
  test("plus-one is never 0, count may be", () => {
    const model = golden("huge-yields");
    const count = hypotestToys(model, 2, { nToys: 20 });
    const plusOne = hypotestToys(model, 2, { nToys: 20, pEstimator: "plus-one" });
    expect(count.clsb).toBe(0);
    expect(count.clsbError).toBeGreaterThan(0);
    expect(plusOne.clsb).toBe(1 / 21);
  });

  test("errors are binomial, and propagated to CLs", () => {
    const model = golden("mixed-counting");
    const result = hypotestToys(model, 2, { nToys: 400 });
    const values = [result.clsb, result.clb, result.clsbError, result.clbError].map(Number);
    const [clsb, clb, clsbError, clbError] = values as [number, number, number, number];
    const relative = Number(result.clsError) / Number(result.cls);
    expect(clsbError).toBeCloseTo(Math.sqrt((clsb * (1 - clsb)) / 400), 12);
    expect(clbError).toBeCloseTo(Math.sqrt((clb * (1 - clb)) / 400), 12);
    expect(relative).toBeCloseTo(Math.hypot(clsbError / clsb, clbError / clb), 12);
  });
});

test.each([
  ["mu beyond its bound", 20, {}, /the strength tested, 20, is outside the bounds/],
  ["0 outside the bounds", 1, { bounds: { mu: [0.5, 3] } }, /the strength of the background/],
  ["no toys", 1, { nToys: 0 }, /0 is not a number of toys/],
  ["half a toy", 1, { nToys: 1.5 }, /1.5 is not a number of toys/],
  ["a negative seed", 1, { seed: -1 }, /-1 is not a seed/],
  ["another statistic", 1, { testStat: "q0" as never }, /"q0" is not for toys/],
  ["another estimator", 1, { pEstimator: "bayes" as never }, /unknown estimator "bayes"/],
] as const)("%s is refused", (_, mu, options, message) => {
  expect(() => hypotestToys(golden("mixed-counting"), mu, options)).toThrow(message);
});
