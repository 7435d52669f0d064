/**
 * Procedures that have not been run: for drivers that run them bit by bit, or on several threads.
 *
 * @module
 */

import { correlationSteps } from "./infer/correlation.ts";
import { goodnessOfFitSteps } from "./infer/goodness-of-fit.ts";
import { hypotestSteps, significanceSteps } from "./infer/hypotest.ts";
import { impactsSteps } from "./infer/impacts.ts";
import { rankingSteps } from "./infer/ranking.ts";
import { profileScanSteps } from "./infer/scan.ts";
import { profileScan2dSteps } from "./infer/scan2d.ts";
import { upperLimitSteps } from "./infer/upper-limit.ts";

/** By the name of the function that runs them at once; each takes what that function takes. */
export const procedures: {
  readonly hypotest: typeof hypotestSteps;
  readonly significance: typeof significanceSteps;
  readonly upperLimit: typeof upperLimitSteps;
  readonly profileScan: typeof profileScanSteps;
  readonly profileScan2d: typeof profileScan2dSteps;
  readonly goodnessOfFit: typeof goodnessOfFitSteps;
  readonly ranking: typeof rankingSteps;
  readonly impacts: typeof impactsSteps;
  readonly correlationMatrix: typeof correlationSteps;
} = {
  hypotest: hypotestSteps,
  significance: significanceSteps,
  upperLimit: upperLimitSteps,
  profileScan: profileScanSteps,
  profileScan2d: profileScan2dSteps,
  goodnessOfFit: goodnessOfFitSteps,
  ranking: rankingSteps,
  impacts: impactsSteps,
  correlationMatrix: correlationSteps,
};
