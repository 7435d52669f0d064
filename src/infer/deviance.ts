/**
 * How far data are from what a model expects of them: against the saturated model, in which every bin and every auxiliary
 * measurement is expected to be what it is.
 *
 * Source: S. Baker, R. D. Cousins, Nucl. Instrum. Meth. 221 (1984) 437.
 *
 * @module
 */

import { ln, logExcess } from "../math/logarithm.ts";
import type { Constraint } from "../model/resolved-model.ts";

/** 2 (-ln Poisson(n | nu) + ln Poisson(n | n)), without the cancellation of its large terms. */
export function poissonDeviance(n: number, nu: number): number {
  if (n === 0) return 2 * nu;
  const u = (nu - n) / n;
  return Math.abs(u) < 0.1 ? 2 * n * logExcess(u) : 2 * (nu - n - n * continuedLog(nu / n, n));
}

/** Below this the likelihood continues the logarithm of the expected events (docs/architecture.md, the kernel). */
const SMALLEST_EXPECTED = 1e-10;

/** ln(ratio), continued where the n events would be expected to be next to none. */
function continuedLog(ratio: number, n: number): number {
  const nu = ratio * n;
  if (nu >= SMALLEST_EXPECTED) return ln(ratio);
  const t = (nu - SMALLEST_EXPECTED) / SMALLEST_EXPECTED;
  return ln(SMALLEST_EXPECTED / n) + t - (t * t) / 2;
}

/** Twice a constraint term above its maximum. */
export function constraintDeviance(
  constraint: Constraint,
  auxiliary: number,
  value: number,
): number {
  switch (constraint.type) {
    case "gauss":
      return ((value - auxiliary) / constraint.sigma) ** 2;
    case "poisson":
      return poissonDeviance(auxiliary, constraint.tau * value);
    case "none":
      return 0;
  }
  return constraint satisfies never;
}
