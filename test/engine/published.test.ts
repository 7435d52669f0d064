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
 * by reference and point. At this one pyhf is off by 1.6e-13 relative.
 */
const EXACT_NLL: Readonly<Record<string, number>> = {
  "s2018-16_sleptons.code4[4]": 180721557307.4479,
};
/** Scope 18: "NLL within 1e-9 of the above from default inits". */
const SCOPE_NLL = 1e-9;
/** docs/accuracy.md, the same as for the references: 1e-4 of the uncertainty, and 1e-5 of its size. */
const POSITION_TOLERANCE = 1e-4;
const UNCERTAINTY_TOLERANCE = 1e-5;

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

  describe("the numbers of the tutorial", () => {
    it.each([
      {
        name: "simple",
        nll: 11.709404311304972,
        expected: {
          mu: [0.6972321993316367, 1.1116568509065314],
          "uncorr_bkguncrt[0]": [1.0096480819300115, 0.09047878111920503],
          "uncorr_bkguncrt[1]": [0.9775800555355733, 0.16752295766107608],
        },
      },
      {
        name: "multichannel",
        nll: 12.673015550712615,
        expected: {
          mu: [0.7565881442334238, 1.0180356580994987],
          lumi: [1.000067129254291, 0.01681242],
          sig_theory: [0, 1],
          ttbar_xsec: [0.0083314347, 0.8775007472],
          jet_energy_scale: [0.0138722037, 0.6034539938],
          "staterror_SR[0]": [1.0024131157, 0.0900260918],
          "staterror_SR[1]": [0.9969663688, 0.0893291928],
          wjets_norm: [0.0279477364, 0.9671163603],
        },
      },
    ])("$name: best fit and uncertainties", ({ name, nll, expected }) => {
      const result = fit(fromPyhf(sharedWorkspaceText(tutorialFolder, name)));
      expectWithin("NLL", result.nll, nll, SCOPE_NLL);
      expect(result.parameterNames.toSorted()).toEqual(Object.keys(expected).toSorted());
      for (const [parameter, [value, width]] of Object.entries(expected) as [string, number[]][]) {
        const i = result.parameterNames.indexOf(parameter);
        const own = result.uncertainties[i] as number;
        expectWithin(parameter, result.bestfit[i], value, POSITION_TOLERANCE * width);
        expectWithin(`width of ${parameter}`, own, width, UNCERTAINTY_TOLERANCE * width);
      }
    });

    it("multichannel: the profile at mu = 0, 1, 2, 3 and the fit of SR alone", () => {
      const model = fromPyhf(sharedWorkspaceText(tutorialFolder, "multichannel"));
      const best = fit(model).nll;
      const profile = [0, 1, 2, 3].map(
        (mu) => 2 * (fit(model, { fixedParams: { mu } }).nll - best),
      );
      // As many digits as scope quotes.
      expect(profile.map((v) => v.toFixed(6))).toEqual([
        "0.558654",
        "0.056910",
        "1.452416",
        "4.605986",
      ]);
      const alone = fit(model, { fitRegions: ["SR"] });
      expect(alone.bestfit[model.poiIndex() as number].toFixed(5)).toBe("0.78994");
    });

    it("two-minima: the lower minimum from the nominal start, and the other one reported", () => {
      const model = fromPyhf(sharedWorkspaceText(tutorialFolder, "two-minima"));
      const poi = model.poiIndex() as number;
      const result = fit(model);
      expect(result.bestfit[poi].toFixed(4)).toBe("0.4271");
      expect(result.twiceNll.toFixed(4)).toBe("29.3311");
      const [other, ...more] = result.certificate.otherMinima;
      expect(more).toEqual([]);
      expect(other.parameters[poi].toFixed(3)).toBe("0.636");
      expect((2 * other.nll).toFixed(4)).toBe("30.8004");
    });
  });
}
