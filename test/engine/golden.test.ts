/**
 * Every committed reference of pyhf 0.7.6: the likelihood at every point, the best fit, the conditional fits, the other
 * minima.
 */

import { describe, expect, it } from "vitest";
import { type FitResult, fit } from "../../src/index.ts";
import {
  expectSameConditionalFits,
  expectSameFit,
  expectSameLikelihood,
  expectSameParameters,
  reorder,
} from "./support/agreement.ts";
import { goldenCases, type ReferenceCase } from "./support/references.ts";

/** docs/accuracy.md: "a second minimum within 10 units of 2NLL is reported with its position". */
const OTHER_MINIMUM_DELTA = 1e-5;

const cases = goldenCases();
const fits = new Map<string, FitResult>();

function fitOf(reference: ReferenceCase): FitResult {
  const known = fits.get(reference.label) ?? fit(reference.openModel());
  fits.set(reference.label, known);
  return known;
}

describe("the parameters of a workspace are pyhf's", () => {
  it.each(cases)("$label", expectSameParameters);
});

describe("the likelihood is pyhf's", () => {
  it.each(cases)("$label", (reference) => {
    for (const point of reference.points) expectSameLikelihood(reference, point);
  });
});

describe("the best fit is pyhf's or better", () => {
  it.each(cases)("$label", (reference) => {
    expectSameFit(reference, fitOf(reference));
  });
});

describe("the conditional fits are pyhf's or better", () => {
  it.each(cases.filter((c) => c.conditional.length > 0))("$label", (reference) => {
    expectSameConditionalFits(reference, fitOf(reference));
  });
});

describe("the other minima are reported", () => {
  const several = cases.filter(
    (c) => /^(two|several)-minima/.test(c.label) && c.set === "root" && c.otherMinima.length > 0,
  );

  it("is a family of some size", () => {
    expect(several.length).toBeGreaterThan(10);
  });

  it.each(several)("$label", (reference) => {
    const { certificate, nll } = fitOf(reference);
    const missing = reference.otherMinima.filter(
      (other) =>
        !certificate.otherMinima.some(
          (ours) => Math.abs(ours.deltaTwiceNll - 2 * (other.nll - nll)) < OTHER_MINIMUM_DELTA,
        ),
    );
    const describeMinimum = (m: (typeof missing)[number]): string =>
      `+${(2 * (m.nll - nll)).toFixed(4)} at ${reorder(reference, reference.openModel(), m.position)
        .map((v) => v.toFixed(3))
        .join(", ")}`;
    expect(missing.map(describeMinimum)).toEqual([]);
  });
});
