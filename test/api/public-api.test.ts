/**
 * What the package offers: its names and their types. A change here is a change for every user.
 *
 * @module
 */

import { describe, expect, expectTypeOf, test } from "vitest";
import type {
  AuditRecord,
  Certificate,
  FitOptions,
  FitResult,
  FromPyhfOptions,
  Model,
  PatchInput,
} from "../../src/index.ts";
import * as nextstat from "../../src/index.ts";

test("the exported names", () => {
  const names = Object.entries(nextstat).map(([name, value]) => `${name}: ${typeof value}`);
  expect(names.sort()).toMatchInlineSnapshot(`
    [
      "NextstatError: function",
      "applyPatchset: function",
      "audit: function",
      "blobSource: function",
      "buildMetrics: function",
      "bytesSource: function",
      "checkDocument: function",
      "clsCurve: function",
      "combine: function",
      "compileExpression: function",
      "convert: function",
      "correlationMatrix: function",
      "coverage: function",
      "entriesOf: function",
      "extractPatch: function",
      "feldmanCousins: function",
      "fit: function",
      "fitMetrics: function",
      "fitToys: function",
      "fromArrow: function",
      "fromHistFactory: function",
      "fromHs3: function",
      "fromParquet: function",
      "fromParquetWithModifiers: function",
      "fromPyhf: function",
      "fromWorkspace: function",
      "goodnessOfFit: function",
      "hypotest: function",
      "hypotestToys: function",
      "impacts: function",
      "inspect: function",
      "massScan: function",
      "metricsToWandbRow: function",
      "openRoot: function",
      "openTable: function",
      "pairValues: function",
      "procedures: object",
      "profileScan2d: function",
      "profileScan: function",
      "pruneSystematics: function",
      "pruneWorkspace: function",
      "ranking: function",
      "rankingArtifact: function",
      "readPatchset: function",
      "renameWorkspace: function",
      "runAsync: function",
      "significance: function",
      "significanceToys: function",
      "smooth: function",
      "sortWorkspace: function",
      "symmetrise: function",
      "toArrow: function",
      "toHistFactory: function",
      "toHs3: function",
      "toParquet: function",
      "upperLimit: function",
      "upperLimitToys: function",
      "urlSource: function",
      "verifyPatchset: function",
      "workspaceDigest: function",
      "writeRoot: function",
    ]
  `);
});

test("the members of a model", () => {
  const model = nextstat.fromPyhf(SMALL);
  const members = Object.entries(model).map(([name, value]) => `${name}: ${typeof value}`);
  expect(members.sort()).toMatchInlineSnapshot(`
    [
      "compiled: object",
      "evaluator: object",
      "expectedData: function",
      "gradient: function",
      "hs3: object",
      "interpolation: object",
      "nParams: function",
      "nll: function",
      "paramBounds: function",
      "paramNames: function",
      "poiIndex: function",
      "resolved: object",
      "suggestedInit: function",
      "warnings: object",
      "workspace: object",
    ]
  `);
});

test("the members of a fit result", () => {
  const result = nextstat.fit(nextstat.fromPyhf(SMALL));
  expect(Object.keys(result).sort()).toMatchInlineSnapshot(`
    [
      "bestfit",
      "certificate",
      "constraintCentres",
      "converged",
      "covariance",
      "edm",
      "finalGradNorm",
      "fitRegions",
      "flags",
      "initialNll",
      "minos",
      "nActiveBounds",
      "nFev",
      "nGev",
      "nHessian",
      "nIter",
      "nll",
      "parameterNames",
      "poiIndex",
      "terminationReason",
      "twiceNll",
      "uncertainties",
      "uncertaintyReasons",
      "validationRegions",
      "warnings",
    ]
  `);
});

describe("types", () => {
  test("of the functions", () => {
    expectTypeOf<typeof nextstat.fromPyhf>().toExtend<
      (source: string | object, options?: FromPyhfOptions) => Model
    >();
    expectTypeOf<typeof nextstat.fit>().toExtend<
      (model: Model, options?: FitOptions) => FitResult
    >();
    expectTypeOf(nextstat.fromPyhf).toBeCallableWith("{}", { interpDefaults: "pyhf", poi: "mu" });
    expectTypeOf(nextstat.fit).returns.toEqualTypeOf<FitResult>();
    expectTypeOf(nextstat.audit).returns.toEqualTypeOf<AuditRecord>();
    expectTypeOf<nextstat.NextstatError>().toExtend<Error>();
    expectTypeOf<nextstat.ErrorKind>().toEqualTypeOf<"input" | "usage" | "numeric">();
  });

  test("of reading", () => {
    expectTypeOf<FromPyhfOptions["interpDefaults"]>().toEqualTypeOf<"root" | "pyhf" | undefined>();
    expectTypeOf<FromPyhfOptions["measurement"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<FromPyhfOptions["poi"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<FromPyhfOptions["patches"]>().toEqualTypeOf<readonly PatchInput[] | undefined>();
    // With exactOptionalPropertyTypes undefined is not a value.
    expectTypeOf<{ poi: undefined }>().not.toExtend<FromPyhfOptions>();
    expectTypeOf<{ interpDefaults: "code4" }>().not.toExtend<FromPyhfOptions>();
  });

  test("of a model", () => {
    expectTypeOf<Model["nParams"]>().toEqualTypeOf<() => number>();
    expectTypeOf<Model["poiIndex"]>().toEqualTypeOf<() => number | null>();
    expectTypeOf<Model["paramNames"]>().toEqualTypeOf<() => string[]>();
    expectTypeOf<Model["paramBounds"]>().toEqualTypeOf<() => [number, number][]>();
    expectTypeOf<Model["suggestedInit"]>().toEqualTypeOf<() => number[]>();
    expectTypeOf<Model["nll"]>().toEqualTypeOf<(theta: ArrayLike<number>) => number>();
    expectTypeOf<Model["gradient"]>().toEqualTypeOf<(theta: ArrayLike<number>) => number[]>();
    expectTypeOf<Model["expectedData"]>().returns.toEqualTypeOf<number[]>();
  });

  test("of a fit", () => {
    expectTypeOf<FitResult["bestfit"]>().toEqualTypeOf<readonly number[]>();
    expectTypeOf<FitResult["uncertainties"]>().toEqualTypeOf<readonly (number | null)[]>();
    expectTypeOf<FitResult["covariance"]>().toEqualTypeOf<readonly number[] | null>();
    expectTypeOf<FitResult["converged"]>().toEqualTypeOf<boolean>();
    expectTypeOf<FitResult["certificate"]>().toEqualTypeOf<Certificate>();
    expectTypeOf<FitOptions["fixedParams"]>().toEqualTypeOf<
      Readonly<Record<string, number>> | undefined
    >();
    expectTypeOf<FitOptions["bounds"]>().toEqualTypeOf<
      Readonly<Record<string, readonly [number, number]>> | undefined
    >();
  });
});

const SMALL = {
  channels: [
    {
      name: "SR",
      samples: [
        { name: "s", data: [5], modifiers: [{ name: "mu", type: "normfactor", data: null }] },
        { name: "b", data: [50], modifiers: [{ name: "stat", type: "staterror", data: [5] }] },
      ],
    },
  ],
  observations: [{ name: "SR", data: [57] }],
  measurements: [{ name: "m", config: { poi: "mu", parameters: [] } }],
  version: "1.0.0",
};
