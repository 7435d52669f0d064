import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dataset, Evaluator } from "../../src/likelihood/evaluator.ts";
import { referenceEvaluator } from "../../src/likelihood/reference.ts";
import { lnGamma } from "../../src/math/special.ts";
import type {
  AlphaTransform,
  Constraint,
  HistosysCode,
  NormsysCode,
  Parameter,
  ResolvedModel,
  ResolvedModifier,
} from "../../src/model/resolved-model.ts";
import { arbitraryModelCase } from "./arbitrary-model.ts";
import { expectDerivatives, gradientOf, hessianOf, largest } from "./differences.ts";

// --- Hand-made models -------------------------------------------------------------------------------------------------

const NONE: Constraint = { type: "none" };
const UNIT: Constraint = { type: "gauss", sigma: 1 };
const IDENTITY: AlphaTransform = { type: "identity" };

function parameter(
  name: string,
  constraint: Constraint = NONE,
  auxdata = 0,
  transform: AlphaTransform = IDENTITY,
): Parameter {
  return {
    name,
    set: name,
    bin: null,
    kind: "alpha",
    init: 0,
    lower: -10,
    upper: 10,
    fixed: false,
    constraint,
    auxdata,
    transform,
  };
}

/** One channel with one sample. */
function oneSample(
  nominal: readonly number[],
  observed: readonly number[],
  modifiers: readonly ResolvedModifier[],
  parameters: readonly Parameter[],
): ResolvedModel {
  const samples = [{ name: "sample", nominal, modifiers }];
  return {
    measurement: "test",
    channels: [{ name: "channel", nBins: nominal.length, firstBin: 0, samples }],
    parameters,
    poi: null,
    observed,
    auxiliaryOrder: [],
    notices: [],
  };
}

/** Expected events of a one-bin sample of nominal 1 with one modifier of parameter 0. */
function expectedOfOne(
  modifier: ResolvedModifier,
  theta: number,
  transform: AlphaTransform = IDENTITY,
): number {
  const model = oneSample([1], [1], [modifier], [parameter("alpha", NONE, 0, transform)]);
  const out = new Float64Array(1);
  referenceEvaluator(model).expected(Float64Array.of(theta), out);
  return out[0];
}

function normsys(code: NormsysCode, hi: number, lo: number): ResolvedModifier {
  return { type: "normsys", parameter: 0, hi, lo, code };
}

function histosys(code: HistosysCode, hi: number, lo: number): ResolvedModifier {
  return { type: "histosys", parameter: 0, hi: [hi], lo: [lo], code };
}

// --- Values known elsewhere -------------------------------------------------------------------------------------------

describe("NLL against pyhf 0.7.6 (jax, double precision)", () => {
  const factor = (index: number): ResolvedModifier => ({ type: "factor", parameter: index });
  const scale = (index: number, shift: number): ResolvedModifier => ({
    type: "normsys",
    parameter: index,
    hi: 1 + shift,
    lo: 1 - shift,
    code: "code4",
  });
  const shape = (index: number, hi: number[], lo: number[]): ResolvedModifier => ({
    type: "histosys",
    parameter: index,
    hi,
    lo,
    code: "code4p",
  });

  test("one channel with an uncorrelated background", () => {
    const gamma = (name: string, tau: number) => parameter(name, { type: "poisson", tau }, tau);
    const model: ResolvedModel = {
      measurement: "Measurement",
      channels: [
        {
          name: "SR",
          nBins: 2,
          firstBin: 0,
          samples: [
            { name: "signal", nominal: [5, 10], modifiers: [factor(0)] },
            {
              name: "background",
              nominal: [50, 60],
              modifiers: [{ type: "perbin", firstParameter: 1 }],
            },
          ],
        },
      ],
      parameters: [parameter("mu"), gamma("uncorr[0]", 100), gamma("uncorr[1]", 25)],
      poi: 0,
      observed: [55, 65],
      auxiliaryOrder: [],
      notices: [],
    };
    const theta = Float64Array.of(0.6972321993316367, 1.0096480819300115, 0.9775800555355733);
    expect(referenceEvaluator(model).nll(theta)).toBeCloseTo(11.709404311304972, 11);
  });

  test("two channels with shared systematics", () => {
    const [mu, lumi, theory, xsec, jes, wjets, stat] = [0, 1, 2, 3, 4, 5, 6];
    const model: ResolvedModel = {
      measurement: "search",
      channels: [
        {
          name: "CR_ttbar",
          nBins: 2,
          firstBin: 0,
          samples: [
            {
              name: "ttbar",
              nominal: [500, 510],
              modifiers: [factor(lumi), scale(xsec, 0.06), shape(jes, [550, 561], [450, 459])],
            },
            { name: "wjets", nominal: [50, 40], modifiers: [factor(lumi), scale(wjets, 0.3)] },
          ],
        },
        {
          name: "SR",
          nBins: 2,
          firstBin: 2,
          samples: [
            {
              name: "signal",
              nominal: [12, 11],
              modifiers: [factor(mu), factor(lumi), scale(theory, 0.05)],
            },
            {
              name: "ttbar",
              nominal: [100, 105],
              modifiers: [
                factor(lumi),
                scale(xsec, 0.06),
                shape(jes, [110, 115.5], [90, 94.5]),
                { type: "perbin", firstParameter: stat },
              ],
            },
            { name: "wjets", nominal: [20, 15], modifiers: [factor(lumi), scale(wjets, 0.3)] },
          ],
        },
      ],
      parameters: [
        parameter("mu"),
        parameter("lumi", { type: "gauss", sigma: 0.017 }, 1),
        parameter("sig_theory", UNIT),
        parameter("ttbar_xsec", UNIT),
        parameter("jet_energy_scale", UNIT),
        parameter("wjets_norm", UNIT),
        parameter("staterror_SR[0]", { type: "gauss", sigma: 10 / 100 }, 1),
        parameter("staterror_SR[1]", { type: "gauss", sigma: 11 / 105 }, 1),
      ],
      poi: 0,
      observed: [555, 548, 130, 128],
      auxiliaryOrder: [],
      notices: [],
    };
    const theta = Float64Array.of(
      0.7565881442334238,
      1.000067129254291,
      0,
      0.0083314347,
      0.0138722037,
      0.0279477364,
      1.0024131157,
      0.9969663688,
    );
    const evaluator = referenceEvaluator(model);
    expect(evaluator.nll(theta)).toBeCloseTo(12.673015550712615, 11);
    // It is the minimum, to the digits of the position.
    expect(largest(gradientOf(evaluator, theta))).toBeLessThan(1e-6);
  });
});

// --- Interpolation ----------------------------------------------------------------------------------------------------

describe("interpolation", () => {
  test.each(["code0", "code1", "code2", "code4"] as const)(
    "normsys %s meets hi, 1 and lo",
    (code) => {
      expect(expectedOfOne(normsys(code, 1.3, 0.6), 1)).toBeCloseTo(1.3, 15);
      expect(expectedOfOne(normsys(code, 1.3, 0.6), 0)).toBe(1);
      expect(expectedOfOne(normsys(code, 1.3, 0.6), -1)).toBeCloseTo(0.6, 15);
    },
  );

  test.each(["code0", "code2", "code4p"] as const)("histosys %s meets hi, 1 and lo", (code) => {
    expect(expectedOfOne(histosys(code, 1.5, 1.2), 1)).toBeCloseTo(1.5, 15);
    expect(expectedOfOne(histosys(code, 1.5, 1.2), 0)).toBe(1);
    expect(expectedOfOne(histosys(code, 1.5, 1.2), -1)).toBeCloseTo(1.2, 15);
  });

  test("formulas at one point inside and one outside on each side", () => {
    const at = (modifier: ResolvedModifier) =>
      [-2, -0.5, 0.5, 2].map((alpha) => expectedOfOne(modifier, alpha));
    const near = (values: number[]) => values.map((x) => expect.closeTo(x, 14));
    expect(at(normsys("code0", 1.3, 0.6))).toEqual(near([0.2, 0.8, 1.15, 1.6]));
    expect(at(normsys("code1", 1.3, 0.6))).toEqual(near([0.36, 0.6 ** 0.5, 1.3 ** 0.5, 1.69]));
    // up = 0.3, down = 0.4: b = 0.35, q = -0.05.
    expect(at(normsys("code2", 1.3, 0.6))).toEqual(near([0.15, 0.8125, 1.1625, 1.55]));
    expect(at(histosys("code2", 1.3, 0.6))).toEqual(near([0.15, 0.8125, 1.1625, 1.55]));
    expect(at(histosys("code0", 1.3, 0.6))).toEqual(near([0.2, 0.8, 1.15, 1.6]));
    // S = 0.35, A = -0.00625; alpha^2 (15 - 10 alpha^2 + 3 alpha^4) = 3.171875 at 1/2.
    const bend = 0.00625 * 3.171875;
    expect(at(histosys("code4p", 1.3, 0.6))).toEqual(
      near([0.2, 1 - 0.175 - bend, 1 + 0.175 - bend, 1.6]),
    );
    // Inside: pyhf 0.7.6, interpolators.get(4).
    expect(at(normsys("code4", 1.3, 0.6))).toEqual(
      near([0.36, 0.7886147187568187, 1.151617099668405, 1.69]),
    );
  });

  test.each([
    [1.3, -0.1],
    [0, 0.8],
  ])("normsys hi %d, lo %d has no logarithm and is linear", (hi, lo) => {
    for (const code of ["code1", "code4"] as const) {
      for (const alpha of [-1.5, -0.5, 0, 0.5, 1.5]) {
        expect(expectedOfOne(normsys(code, hi, lo), alpha)).toBe(
          expectedOfOne(normsys("code0", hi, lo), alpha),
        );
      }
    }
  });

  test.each([
    ["normsys code 4", normsys("code4", 1.4, 0.7), true],
    ["histosys code 4p", histosys("code4p", 1.5, 1.2), true],
    ["normsys code 2", normsys("code2", 1.4, 0.7), false],
    ["histosys code 2", histosys("code2", 1.5, 1.2), false],
  ] as const)(
    "%s has no step at +-1 in value and slope (nor curvature in code 4)",
    (_, modifier, curved) => {
      const evaluator = referenceEvaluator(oneSample([1], [2], [modifier], [parameter("a")]));
      for (const edge of [-1, 1]) {
        const [inside, outside] = [edge * (1 - 1e-9), edge * (1 + 1e-9)].map((a) =>
          Float64Array.of(a),
        );
        expect(evaluator.nll(outside)).toBeCloseTo(evaluator.nll(inside), 8);
        expect(gradientOf(evaluator, outside)[0]).toBeCloseTo(gradientOf(evaluator, inside)[0], 8);
        const jump = hessianOf(evaluator, outside)[0] - hessianOf(evaluator, inside)[0];
        expect(Math.abs(jump) < 1e-7).toBe(curved);
      }
    },
  );

  test.each([
    ["normsys code 0", normsys("code0", 1.3, 0.6)],
    ["normsys code 1", normsys("code1", 1.3, 0.6)],
    ["histosys code 0", histosys("code0", 1.3, 0.6)],
  ])("%s takes its right derivative at 0", (_, modifier) => {
    const evaluator = referenceEvaluator(oneSample([1], [2], [modifier], [parameter("a")]));
    const slope = (theta: number) => gradientOf(evaluator, Float64Array.of(theta))[0];
    expect(slope(0)).toBeCloseTo(slope(1e-12), 9);
    expect(Math.abs(slope(0) - slope(-1e-12))).toBeGreaterThan(0.05);
    expect(hessianOf(evaluator, Float64Array.of(0))[0]).toBeCloseTo(
      hessianOf(evaluator, Float64Array.of(1e-12))[0],
      9,
    );
  });

  test("transforms: ((1 + r)^theta - 1)/r and slope (theta - 1)", () => {
    const line = normsys("code0", 1.5, 0.5);
    const lognormal = { type: "lognormal", r: 0.2 } as const;
    expect(expectedOfOne(line, 1.7, lognormal)).toBeCloseTo(1 + 0.5 * ((1.2 ** 1.7 - 1) / 0.2), 14);
    expect(expectedOfOne(line, 1.7, { type: "affine", slope: 4 })).toBeCloseTo(1 + 0.5 * 2.8, 14);
    expect(expectedOfOne(line, 0, lognormal)).toBe(1);
    expect(expectedOfOne(line, 1, { type: "affine", slope: 4 })).toBe(1);
  });

  const transforms: AlphaTransform[] = [
    IDENTITY,
    { type: "lognormal", r: 0.25 },
    { type: "affine", slope: 2.5 },
  ];
  const modifiers: [string, ResolvedModifier][] = [
    ["normsys code 0", normsys("code0", 1.3, 0.6)],
    ["normsys code 1", normsys("code1", 1.3, 0.6)],
    ["normsys code 2", normsys("code2", 1.3, 0.6)],
    ["normsys code 4", normsys("code4", 1.3, 0.6)],
    ["normsys code 4, both sides up", normsys("code4", 1.3, 1.1)],
    ["normsys code 1 without logarithm", normsys("code1", 1.3, -0.1)],
    ["normsys code 4 without logarithm", normsys("code4", 0, 0.9)],
    ["histosys code 0", histosys("code0", 1.5, 1.2)],
    ["histosys code 2", histosys("code2", 1.5, 1.2)],
    ["histosys code 4p", histosys("code4p", 1.5, 1.2)],
  ];
  test.each(
    modifiers.flatMap(([name, modifier]) =>
      transforms.map((transform) => [name, transform.type, modifier, transform] as const),
    ),
  )("%s with %s alpha has the derivatives of its value", (_, __, modifier, transform) => {
    const model = oneSample([1], [2], [modifier], [parameter("a", UNIT, 0.3, transform)]);
    const evaluator = referenceEvaluator(model);
    for (const theta of [-1.3, -0.7, -0.2, 0.2, 0.7, 1.3, 1.9]) {
      const out = new Float64Array(1);
      evaluator.expected(Float64Array.of(theta), out);
      if (out[0] > 0.01) expectDerivatives(evaluator, Float64Array.of(theta));
    }
  });
});

// --- Terms ------------------------------------------------------------------------------------------------------------

describe("terms", () => {
  const mu: ResolvedModifier = { type: "factor", parameter: 0 };

  test("a bin contributes nu - n ln nu + lnGamma(n + 1)", () => {
    const evaluator = referenceEvaluator(oneSample([10], [7.5], [mu], [parameter("mu")]));
    expect(evaluator.nll(Float64Array.of(1.2))).toBeCloseTo(
      12 - 7.5 * Math.log(12) + lnGamma(8.5),
      13,
    );
  });

  test("a bin without data contributes nu", () => {
    const evaluator = referenceEvaluator(oneSample([10], [0], [mu], [parameter("mu")]));
    for (const value of [1.2, 0, -0.5]) {
      const theta = Float64Array.of(value);
      expect(evaluator.nll(theta)).toBe(10 * value);
      expect(gradientOf(evaluator, theta)).toEqual(Float64Array.of(10));
      expect(hessianOf(evaluator, theta)).toEqual(Float64Array.of(0));
    }
  });

  test("a Gaussian constraint keeps its constants, on fixed parameters too", () => {
    const constrained = parameter("g", { type: "gauss", sigma: 0.2 }, 1);
    for (const fixed of [false, true]) {
      const model = oneSample([0], [0], [], [{ ...constrained, fixed }]);
      const evaluator = referenceEvaluator(model);
      expect(evaluator.nll(Float64Array.of(1.3))).toBeCloseTo(
        1.125 + Math.log(0.2) + Math.log(2 * Math.PI) / 2,
        14,
      );
      expect(gradientOf(evaluator, Float64Array.of(1.3))[0]).toBeCloseTo(7.5, 13);
      expect(hessianOf(evaluator, Float64Array.of(1.3))[0]).toBeCloseTo(25, 12);
    }
  });

  test("a Poisson constraint is tau theta - a ln(tau theta) + lnGamma(a + 1)", () => {
    const model = oneSample([0], [0], [], [parameter("g", { type: "poisson", tau: 6.25 }, 5)]);
    const evaluator = referenceEvaluator(model);
    expect(evaluator.nll(Float64Array.of(1.3))).toBeCloseTo(
      8.125 - 5 * Math.log(8.125) + lnGamma(6),
      13,
    );
    expectDerivatives(evaluator, Float64Array.of(1.3));
  });

  test("a yield that is not positive gets a finite continuation, twice continuous", () => {
    const evaluator = referenceEvaluator(oneSample([1], [3], [mu], [parameter("mu")]));
    const at = (nu: number) => Float64Array.of(nu);
    const [below, above] = [1e-10 * (1 - 1e-9), 1e-10 * (1 + 1e-9)];
    expect(evaluator.nll(at(below))).toBeCloseTo(evaluator.nll(at(above)), 7);
    expect(gradientOf(evaluator, at(below))[0] / gradientOf(evaluator, at(above))[0]).toBeCloseTo(
      1,
      7,
    );
    expect(hessianOf(evaluator, at(below))[0] / hessianOf(evaluator, at(above))[0]).toBeCloseTo(
      1,
      7,
    );
    for (const nu of [-1e-10, -3e-11, 0, 4e-11, 9e-11]) expectDerivatives(evaluator, at(nu), 1e-14);
    // It only gets worse downwards.
    expect(evaluator.nll(at(-1))).toBeGreaterThan(1e19);
    expect(gradientOf(evaluator, at(-1))[0]).toBeLessThan(-1e19);
  });

  test("a Poisson-constrained gamma of 0 gets the same continuation", () => {
    const gamma = parameter("g", { type: "poisson", tau: 4 }, 4);
    const evaluator = referenceEvaluator(
      oneSample([5], [5], [{ type: "perbin", firstParameter: 0 }], [gamma]),
    );
    for (const value of [-2e-11, 0]) expectDerivatives(evaluator, Float64Array.of(value), 1e-15);
  });
});

// --- Products ---------------------------------------------------------------------------------------------------------

test("a factor of exactly 0 has the right derivatives", () => {
  const modifiers: ResolvedModifier[] = [
    { type: "factor", parameter: 0 },
    { type: "factor", parameter: 1 },
    { type: "perbin", firstParameter: 2 },
    { type: "histosys", parameter: 4, hi: [6, 12], lo: [4, 9], code: "code4p" },
  ];
  const parameters = ["mu", "k", "g[0]", "g[1]", "alpha"].map((name) => parameter(name, UNIT));
  const model = oneSample([5, 10], [6, 9], modifiers, parameters);
  const background = { name: "background", nominal: [3, 4], modifiers: [] };
  const [channel] = model.channels;
  const evaluator = referenceEvaluator({
    ...model,
    channels: [{ ...channel, samples: [...channel.samples, background] }],
  });
  for (const zeros of [[0], [2], [0, 1], [0, 2], [0, 1, 2, 3]]) {
    const theta = Float64Array.of(1.2, 0.8, 1.1, 0.9, 0.4);
    for (const p of zeros) theta[p] = 0;
    expectDerivatives(evaluator, theta);
  }
});

test("one parameter may enter a sample many times", () => {
  const modifiers: ResolvedModifier[] = [
    { type: "factor", parameter: 0 },
    { type: "factor", parameter: 0 },
    normsys("code4", 1.3, 0.6),
    histosys("code4p", 12, 9),
    histosys("code2", 9, 11),
  ];
  const evaluator = referenceEvaluator(oneSample([10], [8], modifiers, [parameter("a")]));
  for (const theta of [-1.4, -0.4, 0.3, 1.2]) expectDerivatives(evaluator, Float64Array.of(theta));
});

// --- Datasets ---------------------------------------------------------------------------------------------------------

describe("datasets", () => {
  const gammas = [0, 1, 2].map((b) => parameter(`g[${b}]`, { type: "gauss", sigma: 0.1 }, 1));
  const model = oneSample([5, 6, 7], [4, 5, 6], [{ type: "perbin", firstParameter: 0 }], gammas);
  const theta = Float64Array.of(0.9, 1.1, 1.05);
  const whole: Dataset = {
    main: Float64Array.of(4, 5, 6),
    auxiliary: Float64Array.of(1, 1, 1),
  };

  test("the observed data are there from the start", () => {
    const fresh = referenceEvaluator(model);
    const set = referenceEvaluator(model);
    set.setDataset(whole);
    expect(set.nll(theta)).toBe(fresh.nll(theta));
    expect(fresh.nBins).toBe(3);
    expect(fresh.nParameters).toBe(3);
  });

  test("a masked bin and a masked constraint contribute nothing", () => {
    const evaluator = referenceEvaluator(model);
    evaluator.setDataset({
      ...whole,
      binMask: Uint8Array.of(1, 0, 0),
      constraintMask: Uint8Array.of(1, 1, 0),
    });
    const only = referenceEvaluator(
      oneSample([5], [4], [{ type: "perbin", firstParameter: 0 }], gammas.slice(0, 2)),
    );
    expect(evaluator.nll(theta)).toBe(only.nll(theta.subarray(0, 2)));
    expectDerivatives(evaluator, theta);
    expect(gradientOf(evaluator, theta)[2]).toBe(0);
  });

  test("the dataset is copied", () => {
    const main = whole.main.slice();
    const evaluator = referenceEvaluator(model);
    evaluator.setDataset({ ...whole, main });
    const before = evaluator.nll(theta);
    main.fill(100);
    expect(evaluator.nll(theta)).toBe(before);
  });

  test("a dataset of the wrong length is refused", () => {
    expect(() =>
      referenceEvaluator(model).setDataset({ ...whole, main: Float64Array.of(1) }),
    ).toThrow("dataset main has 1 entries, not 3");
  });
});

// --- Random models ----------------------------------------------------------------------------------------------------

/** Leaves out the bins with data where the logarithm is too curved for differences. */
function withoutSteepBins(evaluator: Evaluator, theta: Float64Array, dataset: Dataset): Dataset {
  const expected = new Float64Array(evaluator.nBins);
  evaluator.expected(theta, expected);
  const binMask = expected.map((nu, b) =>
    nu > 1 || dataset.main[b] === 0 ? (dataset.binMask?.[b] ?? 1) : 0,
  );
  return { ...dataset, binMask: Uint8Array.from(binMask) };
}

describe("random models", () => {
  test("gradient and Hessian are the differences of NLL and gradient", () => {
    fc.assert(
      fc.property(arbitraryModelCase({ kinks: false }), ({ model, theta, dataset }) => {
        const evaluator = referenceEvaluator(model);
        evaluator.setDataset(withoutSteepBins(evaluator, theta, dataset));
        expectDerivatives(evaluator, theta);
      }),
      { numRuns: 150 },
    );
  });

  test("everything is finite everywhere, negative yields and zeros included", () => {
    fc.assert(
      fc.property(arbitraryModelCase({ kinks: true }), ({ model, theta, dataset }) => {
        const evaluator = referenceEvaluator(model);
        evaluator.setDataset(dataset);
        expect(evaluator.nll(theta)).toSatisfy(Number.isFinite);
        expect(gradientOf(evaluator, theta).every(Number.isFinite)).toBe(true);
        expect(hessianOf(evaluator, theta).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test("bins and constraints add up: masks split the NLL", () => {
    fc.assert(
      fc.property(arbitraryModelCase({ kinks: true }), ({ model, theta, dataset }) => {
        const evaluator = referenceEvaluator(model);
        const { main, auxiliary } = dataset;
        const nllOf = (bins: (b: number) => number, constraints: number) => {
          evaluator.setDataset({
            main,
            auxiliary,
            binMask: Uint8Array.from(main, (_, b) => bins(b)),
            constraintMask: new Uint8Array(auxiliary.length).fill(constraints),
          });
          return evaluator.nll(theta);
        };
        const parts = [nllOf((b) => b % 2, 0), nllOf((b) => 1 - (b % 2), 0), nllOf(() => 0, 1)];
        const size = parts.reduce((sum, part) => sum + Math.abs(part), 1);
        const sum = parts.reduce((total, part) => total + part, 0);
        expect(Math.abs(nllOf(() => 1, 1) - sum)).toBeLessThan(1e-13 * size);
      }),
    );
  });
});
