/**
 * Procedures that have not been run: for drivers that run them bit by bit, or on several threads.
 *
 * @module
 */

import { correlationSteps } from "./infer/correlation.ts";
import { coverageSteps } from "./infer/coverage.ts";
import { feldmanCousinsSteps } from "./infer/feldman-cousins.ts";
import { goodnessOfFitSteps } from "./infer/goodness-of-fit.ts";
import { hypotestSteps, significanceSteps } from "./infer/hypotest.ts";
import { hypotestToysSteps } from "./infer/hypotest-toys.ts";
import { impactsSteps } from "./infer/impacts.ts";
import { rankingSteps } from "./infer/ranking.ts";
import { profileScanSteps } from "./infer/scan.ts";
import { profileScan2dSteps } from "./infer/scan2d.ts";
import { significanceToysSteps } from "./infer/significance-toys.ts";
import { fitToysSteps } from "./infer/toy-fits.ts";
import { upperLimitSteps } from "./infer/upper-limit.ts";
import { upperLimitToysSteps } from "./infer/upper-limit-toys.ts";

/** By the name of the function that runs them at once; each takes what that function takes. */
export const procedures: {
  readonly correlationMatrix: typeof correlationSteps;
  readonly coverage: typeof coverageSteps;
  readonly fitToys: typeof fitToysSteps;
  readonly feldmanCousins: typeof feldmanCousinsSteps;
  readonly goodnessOfFit: typeof goodnessOfFitSteps;
  readonly hypotest: typeof hypotestSteps;
  readonly hypotestToys: typeof hypotestToysSteps;
  readonly impacts: typeof impactsSteps;
  readonly profileScan: typeof profileScanSteps;
  readonly profileScan2d: typeof profileScan2dSteps;
  readonly ranking: typeof rankingSteps;
  readonly significance: typeof significanceSteps;
  readonly significanceToys: typeof significanceToysSteps;
  readonly upperLimit: typeof upperLimitSteps;
  readonly upperLimitToys: typeof upperLimitToysSteps;
} = {
  correlationMatrix: correlationSteps,
  coverage: coverageSteps,
  fitToys: fitToysSteps,
  feldmanCousins: feldmanCousinsSteps,
  goodnessOfFit: goodnessOfFitSteps,
  hypotest: hypotestSteps,
  hypotestToys: hypotestToysSteps,
  impacts: impactsSteps,
  profileScan: profileScanSteps,
  profileScan2d: profileScan2dSteps,
  ranking: rankingSteps,
  significance: significanceSteps,
  significanceToys: significanceToysSteps,
  upperLimit: upperLimitSteps,
  upperLimitToys: upperLimitToysSteps,
};
