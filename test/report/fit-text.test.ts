import { describe, expect, test } from "vitest";
import type { Certificate, FitResult } from "../../src/infer/fit-result.ts";
import type { Parameter, ResolvedModel } from "../../src/model/resolved-model.ts";
import { fitText, parameterRows } from "../../src/report/fit-text.ts";

function parameter(name: string, changes: Partial<Parameter> = {}): Parameter {
  return {
    name,
    set: name,
    bin: null,
    kind: "alpha",
    init: 0,
    lower: -5,
    upper: 5,
    fixed: false,
    constraint: { type: "gauss", sigma: 1 },
    auxdata: 0,
    transform: { type: "identity" },
    ...changes,
  };
}

const PARAMETERS: readonly Parameter[] = [
  parameter("mu", { kind: "normfactor", constraint: { type: "none" }, lower: 0, upper: 10 }),
  parameter("jes"),
  parameter("lumi", { kind: "lumi", constraint: { type: "gauss", sigma: 0.02 }, auxdata: 1 }),
  parameter("gamma[0]", {
    kind: "shapesys",
    set: "gamma",
    bin: 0,
    constraint: { type: "poisson", tau: 100 },
    auxdata: 100,
  }),
  parameter("norm", { kind: "normfactor", constraint: { type: "none" } }),
  parameter("gone"),
];

function model(parameters: readonly Parameter[] = PARAMETERS): ResolvedModel {
  const samples = [{ name: "s", nominal: [1, 1], modifiers: [] }];
  return {
    measurement: "search",
    channels: [
      { name: "CR", nBins: 2, firstBin: 0, samples },
      { name: "SR", nBins: 2, firstBin: 2, samples },
    ],
    parameters,
    poi: 0,
    observed: [1, 1, 1, 1],
    auxiliaryOrder: [],
    notices: [],
  };
}

const CERTIFICATE: Certificate = {
  projectedGradientNorm: 3e-10,
  edm: 1e-15,
  positiveDefinite: true,
  smallestEigenvalue: 0.25,
  weakestDirection: [
    { name: "mu", component: 0.8 },
    { name: "jes", component: -0.6 },
  ],
  activeBounds: [{ name: "norm", bound: "lower", value: 0, gradient: 2 }],
  kinks: [],
  search: "searched",
  nStarts: 6,
  otherMinima: [],
};

function fitResult(changes: Partial<FitResult> = {}): FitResult {
  return {
    parameterNames: PARAMETERS.map((p) => p.name),
    poiIndex: 0,
    bestfit: [0.756588, -0.5, 1.01, 1.05, 0, 0.25],
    uncertainties: [1.018, 0.9, 0.018, 0.09, null, 0],
    constraintCentres: [null, 0, 1, 1, null, 0],
    uncertaintyReasons: { norm: "at its lower bound" },
    covariance: null,
    nll: 12.5,
    twiceNll: 25,
    converged: true,
    terminationReason: "converged",
    initialNll: 14,
    edm: 1e-15,
    finalGradNorm: 3e-10,
    nActiveBounds: 1,
    nIter: 7,
    nFev: 9,
    nGev: 8,
    nHessian: 1,
    fitRegions: null,
    validationRegions: null,
    minos: [
      { name: "mu", down: -0.7566, up: 1.123, note: "" },
      { name: "jes", down: null, up: 0.95, note: "lower bound reached" },
    ],
    certificate: CERTIFICATE,
    warnings: ["norm is at its lower bound"],
    flags: [],
    ...changes,
  };
}

describe("parameter rows", () => {
  test("pull and constraint are in units of the prior", () => {
    const rows = parameterRows(model(), fitResult());
    expect(rows.map((row) => row.pull)).toEqual([
      null,
      -0.5,
      expect.closeTo(0.5, 10),
      expect.closeTo(0.5, 10),
      null,
      null,
    ]);
    expect(rows.map((row) => row.constraint)).toEqual([
      null,
      0.9,
      expect.closeTo(0.9, 10),
      expect.closeTo(0.9, 10),
      null,
      null,
    ]);
    expect(rows.map((row) => row.note)).toEqual(["", "", "", "", "at lower bound", "fixed"]);
  });
});

describe("fit as text", () => {
  test("all blocks", () => {
    expect(fitText(model(), fitResult(), { title: "workspace.json" })).toMatchInlineSnapshot(`
      "Fit of workspace.json
      =====================
        Measurement   search
        Channels      2 (CR, SR), 4 bins
        Data          observed
        Parameters    5 free, 1 fixed

      Minimum
      -------
        NLL           12.50000000    2NLL 25.00000000
        Status        converged
        Work          7 iterations, 9 evaluations, 8 gradients, 1 Hessian
        EDM           1.0e-15
        Stationary    largest gradient component 3.0e-10
        Curvature     positive definite; weakest direction +0.80 mu -0.60 jes (scaled eigenvalue 2.5e-1)
        At bounds     norm at its lower bound 0
        Other minima  none found from 6 starts

      mu = 0.8 ± 1.0, profile likelihood +1.1 -0.8    [0.7565880 ± 1.018000]

      Parameters
      ----------
      parameter  best fit           MINOS       pull  constraint
      mu              0.8  ± 1.0    +1.1 -0.8                     POI
      jes            -0.5  ± 0.9    +1.0 -?    -0.50        0.90
      lumi          1.010  ± 0.018             +0.50        0.90
      gamma[0]       1.05  ± 0.09              +0.50        0.90
      norm              0                                         at lower bound
      gone           0.25                                         fixed
      MINOS of jes: lower bound reached
      pull = (best fit - prior centre) / prior width; constraint = uncertainty / prior width

      1 warning:
        - norm is at its lower bound
      "
    `);
  });

  test("what is wrong is in capitals, and other minima are listed", () => {
    const text = fitText(
      model(),
      fitResult({
        converged: false,
        certificate: {
          ...CERTIFICATE,
          positiveDefinite: false,
          smallestEigenvalue: -0.2,
          activeBounds: [],
          otherMinima: [
            { nll: 12.6, deltaTwiceNll: 0.2, parameters: [3, 0, 1, 1, 0, 0] },
            { nll: 14, deltaTwiceNll: 3, parameters: [5, 0, 1, 1, 0, 0] },
          ],
        },
      }),
    );
    expect(text).toMatch(/^ {2}Status +NOT CONVERGED: /m);
    expect(text).toMatch(/^ {2}Curvature +NOT POSITIVE DEFINITE: a saddle point; /m);
    expect(text).toMatch(/^ {2}At bounds +none$/m);
    expect(text).toMatch(
      /^ {2}Other minima +2 found from 6 starts:\n {16}Delta 2NLL = 0\.2 at mu = 3\n {16}Delta 2NLL = 3 at mu = 5$/m,
    );
  });

  test("only the lowest of many other minima are listed", () => {
    const otherMinima = Array.from({ length: 8 }, (_, i) => ({
      nll: 13 + i,
      deltaTwiceNll: 1 + 2 * i,
      parameters: [i, 0, 1, 1, 0, 0],
    }));
    const text = fitText(model(), fitResult({ certificate: { ...CERTIFICATE, otherMinima } }));
    expect(text).toMatch(/^ {2}Other minima +8 found from 6 starts, the lowest 3:$/m);
    expect(text.match(/Delta 2NLL/g)).toHaveLength(3);
  });

  test("regions and Asimov data are named", () => {
    const text = fitText(model(), fitResult({ fitRegions: ["SR"], validationRegions: ["CR"] }), {
      asimov: true,
    });
    expect(text).toMatch(/^Fit of search$/m);
    expect(text).toMatch(/^ {2}Channels +1 of 2 \(SR\), 2 bins$/m);
    expect(text).toMatch(/^ {2}Validation +CR \(not in the fit\)$/m);
    expect(text).toMatch(/^ {2}Data +Asimov set of the starting values$/m);
  });

  test("a reason shared by most parameters is said once", () => {
    const reason = "the covariance was not asked for";
    const text = fitText(
      model(),
      fitResult({
        uncertainties: PARAMETERS.map(() => null),
        uncertaintyReasons: Object.fromEntries(PARAMETERS.map((p) => [p.name, reason])),
        minos: null,
      }),
    );
    expect(text.split(reason)).toHaveLength(3);
    expect(text).toMatch(/^\(no uncertainty: the covariance was not asked for\)$/m);
  });

  test("of many parameters the POI, free factors and most pulled ones are shown", () => {
    const many = [...PARAMETERS, ...Array.from({ length: 100 }, (_, i) => parameter(`alpha${i}`))];
    const result = fitResult({
      parameterNames: many.map((p) => p.name),
      bestfit: many.map((_, i) => (i === 77 ? 1.7 : 0.001 * i)),
      uncertainties: many.map((_, i) => (i === 99 ? 0.2 : 0.98)),
      constraintCentres: many.map((p) =>
        p.constraint.type === "none" ? null : p.kind === "alpha" ? 0 : 1,
      ),
      minos: null,
    });
    const text = fitText(model(many), result);
    expect(text).toMatch(/^mu .*POI$/m);
    expect(text).toMatch(/^norm .*at lower bound$/m);
    expect(text).toMatch(/^alpha71 .*\+1\.70/m);
    expect(text).toMatch(/^alpha93 .*0\.20$/m);
    expect(text).toMatch(/^\(79 of 106 not shown; .*\)\n\(--all shows all\)$/m);
    const all = fitText(model(many), result, { all: true });
    expect(all).not.toContain("not shown");
    expect(all.split("\n").filter((line) => line.startsWith("alpha"))).toHaveLength(100);
  });
});
