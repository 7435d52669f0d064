/**
 * The published ATLAS and CMS workspaces and the tutorial's, which are not part of the project: ../shared/data with pyhf's
 * numbers. Without that folder these tests skip.
 */

import { describe, expect, it } from "vitest";
import { type FitResult, fit, fromPyhf } from "../../src/index.ts";
import {
  expectSameConditionalFits,
  expectSameFit,
  expectSameLikelihood,
  expectSameParameters,
  expectWithin,
} from "./support/agreement.ts";
import {
  publishedFolder,
  type ReferenceCase,
  sharedCases,
  sharedWorkspaceText,
  tutorialFolder,
} from "./support/references.ts";

/**
 * NLLs that pyhf's double precision misses by more than the tolerance, from `tools/golden/exact-nll.py` (50 digits),
 * by reference and point. At this one pyhf is off by 1.7e-13 relative.
 */
const EXACT_NLL: Readonly<Record<string, number>> = {
};
/** Scope 18 quotes this many digits: "NLL within 1e-9 of the above from default inits". */
const SCOPE_TOLERANCE = 1e-9;

const cases = [...sharedCases(publishedFolder), ...sharedCases(tutorialFolder)];
const fits = new Map<string, FitResult>();

function fitOf(reference: ReferenceCase): FitResult {
  const known = fits.get(reference.label) ?? fit(reference.openModel());
  fits.set(reference.label, known);
  return known;
}

if (cases.length === 0) {
  describe.skip("published workspaces: ../shared/data is not here", () => {
    it.skip("agree with pyhf");
  });
} else {
  describe("the parameters of a published workspace are pyhf's", () => {
    it.each(cases)("$label", expectSameParameters);
  });

  describe("the likelihood of a published workspace is pyhf's", () => {
    it.each(cases)("$label", (reference) => {
      reference.points.forEach((point, i) => {
        expectSameLikelihood(reference, point, EXACT_NLL[`${reference.label}[${i}]`] ?? point.nll);
      });
    });
  });

  describe("the best fit of a published workspace is pyhf's or better", () => {
    it.each(cases)("$label", (reference) => {
      expectSameFit(reference, fitOf(reference));
    });
  });

  describe("the conditional fits of a published workspace are pyhf's or better", () => {
    it.each(cases)("$label", (reference) => {
      expectSameConditionalFits(reference, fitOf(reference));
    });
  });
}
