/**
 * nextstat: HistFactory likelihoods, and what a physicist publishes from them.
 *
 * ```ts
 * import { fromPyhf, fit } from "nextstat";
 *
 * const model = fromPyhf(workspaceText);
 * const result = fit(model);
 * console.log(result.bestfit[model.poiIndex() ?? 0], result.converged);
 * ```
 *
 * The same code runs in Node and in browsers.
 *
 * @module
 */

import type { Model } from "./histfactory-model.ts";
import { fitModel } from "./infer/fit.ts";
import type { FitOptions, FitResult } from "./infer/fit-result.ts";

export { type ErrorKind, type ErrorLocation, NextstatError } from "./errors.ts";
export { checkDocument, type DocumentKind, type PatchInput } from "./formats/index.ts";
export { type FromPyhfOptions, fromPyhf, type Model } from "./histfactory-model.ts";
export type {
  ActiveBound,
  Certificate,
  FitOptions,
  FitResult,
  MinosInterval,
  OtherMinimum,
} from "./infer/fit-result.ts";
export { type AuditRecord, audit } from "./report/audit.ts";
export type { Workspace } from "./workspace/types.ts";

/**
 * Maximum-likelihood fit with a certificate: the lowest minimum found, uncertainties from the exact Hessian, other minima
 * if there are any.
 *
 * ```ts
 * const free = fit(model);
 * const background = fit(model, { fixedParams: { mu: 0 } });
 * const q0 = 2 * (background.nll - free.nll);
 * ```
 *
 * @throws NextstatError `usage` for names that do not exist and values outside bounds; never for a fit that fails to
 * converge, which is a result with `converged: false` and a warning
 */
export function fit(model: Model, options: FitOptions = {}): FitResult {
  return fitModel(model, options);
}
