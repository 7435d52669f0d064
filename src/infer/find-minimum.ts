/**
 * The global fit: search, certificate, and a second look where the Hessian is nearly flat.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { type Certified, certify } from "../optimize/certify.ts";
import type { Minimizer, Solution } from "../optimize/minimize.ts";
import type { Box, Objective } from "../optimize/objective.ts";
import { type SearchResult, searchMinima } from "../optimize/search.ts";
import type { FitOptions } from "./fit-result.ts";
import type { FitSetup } from "./fit-setup.ts";

/** Scaled eigenvalues below this make a valley worth walking along. */
const FLAT = 1e-4;

/**
 * The lowest minimum, certified; where the Hessian is nearly flat, both ways along that direction are tried too.
 *
 * @throws NextstatError `input` when the likelihood is finite nowhere
 */
export function findMinimum(
  objective: Objective,
  minimizer: Minimizer,
  setup: Pick<FitSetup, "box" | "scale" | "centre" | "starts">,
  options: Pick<FitOptions, "search" | "covariance" | "onProgress">,
): { found: SearchResult; certified: Certified } {
  const { box, scale, centre, starts } = setup;
  const explore = options.search ?? true;
  const wanted = { covariance: options.covariance ?? true };
  const { onProgress } = options;
  const found = searchMinima(objective, minimizer, {
    starts,
    box,
    scale,
    centre,
    explore,
    onStart: (n) =>
      onProgress?.(n < starts.length ? "minimising" : `looking for other minima (${n})`),
  });
  if (!Number.isFinite(found.best.value)) {
    throw new NextstatError("input", "the likelihood is not finite at any point tried", {
      hint: "check the yields and uncertainties of the workspace: some are negative where there are data, or too large",
    });
  }
  onProgress?.("certifying the minimum");
  const certified = certify(objective, minimizer, found.best, box, wanted);
  if (!explore || !(certified.smallestEigenvalue <= FLAT)) return { found, certified };
  const again = searchMinima(objective, minimizer, {
    starts: [certified.solution.x, ...alongWeakest(certified, box)],
    box,
    scale,
    centre,
    explore: false,
  });
  const minima = [...found.minima, ...again.minima].sort((a, b) => a.value - b.value);
  const lower = again.best.value < certified.solution.value - 1e-9;
  return {
    found: {
      best: minima[0] as Solution,
      first: found.first,
      minima,
      nStarts: found.nStarts + again.nStarts,
      outcome: "searched",
    },
    certified: lower ? certify(objective, minimizer, again.best, box, wanted) : certified,
  };
}

/** Points half way and all the way to the edge of the box, both ways along the weakest direction. */
function alongWeakest(certified: Certified, box: Box): Float64Array[] {
  const { index, weakestDirection, solution } = certified;
  return [1, -1].flatMap((sign) => {
    let reach = Number.POSITIVE_INFINITY;
    index.forEach((i, a) => {
      const d = sign * (weakestDirection[a] as number);
      const edge = (d > 0 ? box.upper[i] : box.lower[i]) as number;
      if (Math.abs(d) > 1e-6) reach = Math.min(reach, (edge - (solution.x[i] as number)) / d);
    });
    if (!(reach > 0 && Number.isFinite(reach))) return [];
    return [0.5, 1].map((part) => {
      const start = solution.x.slice();
      index.forEach((i, a) => {
        const v = (start[i] as number) + sign * part * reach * (weakestDirection[a] as number);
        start[i] = Math.min(Math.max(v, box.lower[i] as number), box.upper[i] as number);
      });
      return start;
    });
  });
}
