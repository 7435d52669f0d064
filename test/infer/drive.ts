import type { Steps } from "../../src/infer/profile.ts";
import { createWalkRunner } from "../../src/infer/profile.ts";
import type { CurvatureEvaluator } from "../../src/likelihood/evaluator.ts";

/** Runs a procedure of which only the first `budget` conditional fits are made: an interrupted run. */
export function runInterrupted<R>(
  steps: Steps<R>,
  evaluator: CurvatureEvaluator,
  budget: number,
): R {
  const runner = createWalkRunner(evaluator);
  let left = budget;
  let next = steps.next();
  while (next.done !== true) {
    const results = next.value.walks.map((walk) => {
      const path = walk.path.slice(0, left);
      left -= path.length;
      const points = runner.run({ ...walk, path });
      for (let at = points.next(); ; at = points.next()) if (at.done === true) return at.value;
    });
    next = steps.next(results);
  }
  return next.value;
}

/** Runs a procedure with the walks of each batch in reverse order, each on a runner of its own. */
export function runReversed<R>(steps: Steps<R>, evaluator: CurvatureEvaluator): R {
  let next = steps.next();
  while (next.done !== true) {
    const results = next.value.walks.toReversed().map((walk) => {
      const points = createWalkRunner(evaluator).run(walk);
      for (let at = points.next(); ; at = points.next()) if (at.done === true) return at.value;
    });
    next = steps.next(results.toReversed());
  }
  return next.value;
}
