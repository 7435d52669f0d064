/**
 * Our NLL with negative templates cut off at 0, as ROOT does.
 *
 * @module
 */

import type { Model } from "../../index.ts";
import { packModel } from "../../model/pack.ts";
import { cutModel, negativeTemplates } from "../../parity/templates.ts";
import { openEvaluator } from "../../wasm/evaluator.ts";

/** The NLL of a model as ROOT has it at a position: our own where no template is negative. */
export function cutNll({ resolved, evaluator }: Model, x: Float64Array): number {
  if (negativeTemplates(resolved, x).length === 0) return evaluator.nll(x);
  return openEvaluator(packModel(cutModel(resolved, x))).nll(x);
}
