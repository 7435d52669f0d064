/**
 * The test with toys: that nothing depends on who makes which toys, what is drawn, and what is done with failures. Its numbers
 * are held to pyhf's and to the asymptotic formulas in test/engine/toys.test.ts.
 *
 * @module
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromPyhf, hypotestToys, type Model, procedures, runAsync } from "../../src/index.ts";
import { observedDataset } from "../../src/infer/dataset.ts";
import { hypotestToysSteps } from "../../src/infer/hypotest-toys.ts";
import { runSteps } from "../../src/infer/steps.ts";
import { AUXILIARY_DRAW, drawToy, type Toy, type ToyRun } from "../../src/infer/toys.ts";
import type { CurvatureEvaluator } from "../../src/likelihood/evaluator.ts";
import { openThread } from "../../src/node/thread-channel.ts";
import { createPool } from "../../src/parallel/pool.ts";
import { runStepsAsync } from "../../src/parallel/run-steps.ts";
import { goldenWorkspaceText } from "../engine/support/references.ts";
import { collectToys, HYPOTHESES, runToys } from "./collect-toys.ts";
import { runInterrupted, runReversed } from "./drive.ts";

/** Of each hypothesis, where runs are cut from them. */
const TOYS = 20;

function golden(name: string): Model {
  return fromPyhf(goldenWorkspaceText(name));
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

  // Smooth and kinked, inside and on their bounds, with one minimum and with several.
  test.each([
    ["mixed-counting", "root"],
    ["mixed-all-seven", "root"],
    ["mixed-all-seven", "pyhf"],
    ["kink-several", "pyhf"],
    ["kink-normsys-same-side", "pyhf"],
    ["kink-histosys-one-sided", "root"],
    ["bound-alpha", "pyhf"],
    ["bound-gamma", "root"],
    ["bound-mu-zero", "pyhf"],
    ["shapesys-zero-with-data", "root"],
    ["two-minima-08", "root"],
    ["several-minima-01", "pyhf"],
    ["realistic-small", "pyhf"],
  ] as const)(
    "on how the toys are cut into runs, nor on what is run before: %s, %s",
    (name, set) => {
      const model = fromPyhf(goldenWorkspaceText(name), { interpDefaults: set });
      const { plans, toys } = collectToys(model, 1, { nToys: TOYS });
      const wholes = [false, true].flatMap((estimates) =>
        HYPOTHESES.map((of) => ({ ...plans[of], estimates, first: 0, count: TOYS })),
      );
      // Each on a runner of its own, in the order of their index.
      const found = wholes.map((whole) => runToys(model.evaluator, [whole])[0]?.points as Toy[]);
      expect(found.slice(0, 2)).toEqual(HYPOTHESES.map((of) => toys[of]));
      const arbitraryCut = fc
        .tuple(fc.nat(wholes.length - 1), fc.nat(TOYS - 1), fc.integer({ min: 1, max: 7 }))
        .map(([whole, first, count]) => ({ whole, first, count: Math.min(count, TOYS - first) }));
      fc.assert(
        fc.property(fc.array(arbitraryCut, { maxLength: 8 }), (cuts) => {
          const runs = cuts.map(({ whole, ...cut }) => ({ ...(wholes[whole] as ToyRun), ...cut }));
          const results = runToys(model.evaluator, runs);
          expect(results.map(({ points }) => points)).toEqual(
            cuts.map(({ whole, first, count }) => found[whole]?.slice(first, first + count)),
          );
        }),
        { numRuns: 15 },
      );
    },
  );

  test("on the toys after it, but on the seed", () => {
    const model = golden("mixed-counting");
    const few = collectToys(model, 1, { nToys: 10 }).toys;
    const more = collectToys(model, 1, { nToys: 40 }).toys;
    expect(more.b.slice(0, 10)).toEqual(few.b);
    expect(more.sb.slice(0, 10)).toEqual(few.sb);
    const other = collectToys(model, 1, { nToys: 10, seed: 43 }).toys;
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
    const { result, plans } = collectToys(model, 1, {
      nToys: 5,
      fixedAux: true,
      validationRegions: [channel?.name as string],
    });
    expect(result.flags).toContain("aux_fixed");
    const { ensemble, likelihood } = plans.b;
    expect(ensemble.draws.every((draw) => draw === 0)).toBe(true);
    expect(likelihood.dataset.auxiliary).toEqual(observed.auxiliary);
    expect(likelihood.dataset.binMask?.[channel?.firstBin as number]).toBe(0);
  });

  test("have the expectation and the spread of their ensemble", () => {
    const { plans } = collectToys(golden("mixed-staterror-shapesys"), 2, { nToys: 1 });
    const { ensemble, likelihood } = plans.b;
    const n = 4000;
    const sets = Array.from({ length: n }, (_, k) => drawToy(ensemble, k, likelihood.dataset));
    /** @param excess kurtosis, which the spread of a spread depends on: 0 if normal, 1 / mean if Poisson */
    const check = (
      values: readonly number[],
      mean: number,
      variance: number,
      excess: number,
    ): void => {
      const average = values.reduce((sum, v) => sum + v, 0) / n;
      const spread = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
      expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(variance / n));
      expect(Math.abs(spread / variance - 1)).toBeLessThan(4 * Math.sqrt((2 + excess) / n));
    };
    ensemble.main.forEach((mean, b) => {
      check(
        sets.map(({ main }) => main[b] as number),
        mean,
        mean,
        1 / mean,
      );
    });
    const kinds = new Set<number>();
    ensemble.draws.forEach((draw, i) => {
      const values = sets.map(({ auxiliary }) => auxiliary[i] as number);
      const mean = ensemble.auxiliary[i] as number;
      kinds.add(draw);
      const width = ensemble.widths[i] as number;
      if (draw === AUXILIARY_DRAW.normal) check(values, mean, width ** 2, 0);
      if (draw === AUXILIARY_DRAW.poisson) check(values, mean, mean, 1 / mean);
    });
    expect([...kinds].sort()).toEqual([0, 1, 2]);
  });

  test("with several minima are searched: lower ones are found and counted", () => {
    const model = golden("two-minima-08");
    const searched = collectToys(model, 1, { nToys: 60 });
    const single = collectToys(model, 1, { nToys: 60, search: false });
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
