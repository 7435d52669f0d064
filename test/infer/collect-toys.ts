/**
 * Every toy of a hypothesis test, besides its record.
 *
 * @module
 */

import type { HypotestToysResult, Model } from "../../src/index.ts";
import {
  type HypotestToysOptions,
  hypotestToysSteps,
  type PerHypothesis,
} from "../../src/infer/hypotest-toys.ts";
import { runSteps, type Steps } from "../../src/infer/steps.ts";
import { createToyRunner } from "../../src/infer/toy-runner.ts";
import type { Toy, ToyRun, ToyRunResult } from "../../src/infer/toys.ts";
import type { CurvatureEvaluator } from "../../src/likelihood/evaluator.ts";

export const HYPOTHESES: readonly (keyof PerHypothesis)[] = ["b", "sb"];

export interface CollectedToys {
  readonly result: HypotestToysResult;
  /** By index. */
  readonly toys: Readonly<Record<keyof PerHypothesis, readonly Toy[]>>;
  /** The first run of each ensemble. */
  readonly plans: Readonly<Record<keyof PerHypothesis, ToyRun>>;
}

/** Makes the test on this thread. */
export function collectToys(model: Model, mu: number, options: HypotestToysOptions): CollectedToys {
  const toys: Record<keyof PerHypothesis, Toy[]> = { b: [], sb: [] };
  const plans: Partial<Record<keyof PerHypothesis, ToyRun>> = {};
  const steps = hypotestToysSteps(model, mu, options);
  const spied = (function* (): Steps<HypotestToysResult> {
    let next = steps.next();
    while (next.done !== true) {
      const { tasks } = next.value;
      const results = yield next.value;
      tasks.forEach((task, k) => {
        if (!("ensemble" in task)) return;
        const of = HYPOTHESES[task.ensemble.stream] as keyof PerHypothesis;
        plans[of] ??= task;
        toys[of].push(...(results[k] as ToyRunResult).points);
      });
      next = steps.next(results);
    }
    return next.value;
  })();
  const result = runSteps(spied, model.evaluator);
  return { result, toys, plans: plans as CollectedToys["plans"] };
}

/** Makes the toys of runs, one after the other on one runner. */
export function runToys(evaluator: CurvatureEvaluator, runs: readonly ToyRun[]): ToyRunResult[] {
  const runner = createToyRunner(evaluator);
  return runs.map((run) => {
    const points = runner.run(run);
    for (let at = points.next(); ; at = points.next()) if (at.done === true) return at.value;
  });
}
