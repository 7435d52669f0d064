/**
 * Extensions of pyhf's schema: an interpolation for each modifier, constraints of normfactors.
 *
 * @module
 */

import { describe, expect, it } from "vitest";
import { fromPyhf, type Model } from "../../src/index.ts";
import { referenceEvaluator } from "../../src/likelihood/reference.ts";

/** Two channels that are the same but for the codes, and a normfactor with settings of its own. */
function workspace(
  codes: readonly [normsys?: string, histosys?: string],
  settings: object = {},
): object {
  const [normsys, histosys] = codes;
  const own = (interpolation: string | undefined): object =>
    interpolation === undefined ? {} : { interpolation };
  return {
    channels: [
      {
        name: "SR",
        samples: [
          {
            name: "signal",
            data: [5, 9],
            modifiers: [{ name: "mu", type: "normfactor", data: null }],
          },
          {
            name: "background",
            data: [40, 30],
            modifiers: [
              { name: "k", type: "normfactor", data: null },
              { name: "norm", type: "normsys", data: { hi: 1.2, lo: 0.7 }, ...own(normsys) },
              {
                name: "shape",
                type: "histosys",
                data: { hi_data: [46, 28], lo_data: [37, 35] },
                ...own(histosys),
              },
            ],
          },
        ],
      },
    ],
    observations: [{ name: "SR", data: [48, 37] }],
    measurements: [
      { name: "fit", config: { poi: "mu", parameters: [{ name: "k", ...settings }] } },
    ],
    version: "1.0.0",
  };
}

/** mu, k, norm, shape. */
const PLACES = [
  [1, 1, 0, 0],
  [0.7, 1.1, 0.6, -0.4],
  [1.3, 0.9, -1.7, 1.4],
];

describe("interpolation of a modifier", () => {
  it.each([
    ["code0", "code0"],
    ["code1", "code2"],
    ["code2", "code4p"],
    ["code4", "code0"],
  ] as const)("%s and %s are those of the options, whatever the defaults", (normsys, histosys) => {
    const own = fromPyhf(workspace([normsys, histosys]), { interpDefaults: "pyhf" });
    const all = fromPyhf(workspace([]), { interpolation: { normsys, histosys } });
    for (const place of PLACES) {
      expect(own.nll(place)).toBe(all.nll(place));
      expect(own.gradient(place)).toEqual(all.gradient(place));
    }
  });

  it("holds for that modifier only", () => {
    const mixed = fromPyhf(workspace(["code1"]));
    const codes = mixed.resolved.channels[0]?.samples[1]?.modifiers.map(
      (m) => "code" in m && m.code,
    );
    expect(codes).toEqual([false, "code1", "code4p"]);
  });
});

describe("constraint of a normfactor", () => {
  /** The constraint's part of the NLL, from the difference to the same model without one. */
  function term(settings: object, place: readonly number[]): number {
    const constrained = fromPyhf(workspace([], settings));
    return constrained.nll(place) - fromPyhf(workspace([])).nll(place);
  }

  it("Gaussian: (a - k)^2 / (2 sigma^2) + ln sigma + ln(2 pi)/2", () => {
    const settings = { auxdata: [1.2], sigmas: [0.25], constraint: { type: "Gaussian" } };
    for (const place of PLACES) {
      const [, k = 0] = place;
      const expected =
        (1.2 - k) ** 2 / (2 * 0.25 ** 2) + Math.log(0.25) + Math.log(2 * Math.PI) / 2;
      expect(term(settings, place)).toBeCloseTo(expected, 12);
    }
  });

  it("Poisson: tau k - n ln(tau k) + ln n!", () => {
    const settings = { auxdata: [4], factors: [3.5], constraint: { type: "Poisson" } };
    for (const place of PLACES) {
      const mean = 3.5 * (place[1] as number);
      expect(term(settings, place)).toBeCloseTo(mean - 4 * Math.log(mean) + Math.log(24), 12);
    }
  });

  it("the kernel and the naive likelihood agree, gradient and all", () => {
    const settings = { auxdata: [4], factors: [3.5], constraint: { type: "Poisson" } };
    const model: Model = fromPyhf(workspace(["code1", "code2"], settings));
    const naive = referenceEvaluator(model.resolved);
    for (const place of PLACES) {
      const gradient = new Float64Array(place.length);
      expect(naive.nll(Float64Array.from(place))).toBeCloseTo(model.nll(place), 12);
      naive.gradient(Float64Array.from(place), gradient);
      model.gradient(place).forEach((value, i) => {
        expect(value).toBeCloseTo(gradient[i] as number, 10);
      });
    }
  });
});
