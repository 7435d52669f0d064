import type { Steps } from "../../src/infer/steps.ts";
import { createTaskRunner } from "../../src/infer/steps.ts";
import type { CurvatureEvaluator } from "../../src/likelihood/evaluator.ts";

/** Runs a procedure of which only the first `budget` points are made: an interrupted run. */
export function runInterrupted<R>(
  steps: Steps<R>,
  evaluator: CurvatureEvaluator,
  budget: number,
): R {
  const runner = createTaskRunner(evaluator);
  let left = budget;
  let next = steps.next();
  while (next.done !== true) {
    const results = next.value.tasks.map((task) => {
      const points = runner.run(task, () => left-- <= 0);
      for (let at = points.next(); ; at = points.next()) if (at.done === true) return at.value;
    });
    next = steps.next(results);
  }
  return next.value;
}

/** Runs a procedure with the tasks of each batch in reverse order, each on a runner of its own. */
export function runReversed<R>(steps: Steps<R>, evaluator: CurvatureEvaluator): R {
  let next = steps.next();
  while (next.done !== true) {
    const results = next.value.tasks.toReversed().map((task) => {
      const points = createTaskRunner(evaluator).run(task);
      for (let at = points.next(); ; at = points.next()) if (at.done === true) return at.value;
    });
    next = steps.next(results.toReversed());
  }
  return next.value;
}
