/**
 * Procedures that have not been run: for drivers that run them bit by bit, or on several threads.
 *
 * @module
 */

import { correlationSteps } from "./infer/correlation.ts";
import { goodnessOfFitSteps } from "./infer/goodness-of-fit.ts";
import { hypotestSteps, significanceSteps } from "./infer/hypotest.ts";
import { hypotestToysSteps } from "./infer/hypotest-toys.ts";
import { impactsSteps } from "./infer/impacts.ts";
import { rankingSteps } from "./infer/ranking.ts";
import { profileScanSteps } from "./infer/scan.ts";
import { profileScan2dSteps } from "./infer/scan2d.ts";
import { upperLimitSteps } from "./infer/upper-limit.ts";

/** By the name of the function that runs them at once; each takes what that function takes. */
export const procedures: {
  readonly correlationMatrix: typeof correlationSteps;
  readonly goodnessOfFit: typeof goodnessOfFitSteps;
  readonly hypotest: typeof hypotestSteps;
  readonly hypotestToys: typeof hypotestToysSteps;
  readonly impacts: typeof impactsSteps;
  readonly profileScan: typeof profileScanSteps;
  readonly profileScan2d: typeof profileScan2dSteps;
  readonly ranking: typeof rankingSteps;
  readonly significance: typeof significanceSteps;
  readonly upperLimit: typeof upperLimitSteps;
} = {
  correlationMatrix: correlationSteps,
  goodnessOfFit: goodnessOfFitSteps,
  hypotest: hypotestSteps,
  hypotestToys: hypotestToysSteps,
  impacts: impactsSteps,
  profileScan: profileScanSteps,
  profileScan2d: profileScan2dSteps,
  ranking: rankingSteps,
  significance: significanceSteps,
  upperLimit: upperLimitSteps,
};
