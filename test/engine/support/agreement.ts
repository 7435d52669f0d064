/**
 * What "agrees with pyhf" means, as docs/accuracy.md puts it; used on the committed references and on the published ones.
 */

import { expect } from "vitest";
import { type FitResult, fit, type Model } from "../../../src/index.ts";
import type { ReferenceCase, ReferenceFit, ReferencePoint } from "./references.ts";

/** docs/accuracy.md: "NLL agrees with pyhf within 1e-8 absolute (or 1e-13 relative where |NLL| exceeds 1e5)". */
const NLL_ABSOLUTE = 1e-8;
const NLL_RELATIVE = 1e-13;
const LARGE_NLL = 1e5;
/** docs/accuracy.md: "the gradient within 1e-8 relative to its largest component". */
const GRADIENT_TOLERANCE = 1e-8;
/** docs/accuracy.md: "Expected data within 1e-10 relative"; absolute where nothing is expected. */
const EXPECTED_TOLERANCE = 1e-10;
/** docs/accuracy.md: "NLL at our minimum <= reference minimum + 1e-7". */
const MINIMUM_SLACK = 1e-7;
/** docs/accuracy.md: "where the two minima agree within 1e-6". */
const SAME_MINIMUM = 1e-6;
/** docs/accuracy.md: "|mu_hat - reference| <= 1e-4 of its uncertainty". */
const POSITION_TOLERANCE = 1e-4;
/** docs/accuracy.md: "uncertainties within 1e-5 relative". */
const UNCERTAINTY_TOLERANCE = 1e-5;
/** docs/accuracy.md: "`converged` true, EDM < 1e-6". */
export const MAX_EDM = 1e-6;
/** Two NLLs of one model may differ by rounding. */
const ROUNDING = 1e-14;

/** A reference's vector in the model's order of parameters. */
export function reorder(
  reference: ReferenceCase,
  model: Model,
  values: readonly number[],
): number[] {
  const byName = new Map(reference.parameters.map((name, i) => [name, values[i]]));
  return model.paramNames().map((name) => byName.get(name) as number);
}

/** Names, starting values, bounds and fixed flags are pyhf's, by name. */
export function expectSameParameters(reference: ReferenceCase): void {
  const model = reference.openModel();
  const { parameters } = model.resolved;
  expect(model.paramNames().toSorted()).toEqual(reference.parameters.toSorted());
  expect(model.poiIndex() === null ? null : model.paramNames()[model.poiIndex() as number]).toBe(
    reference.poi,
  );
  const ours = new Map(parameters.map((p) => [p.name, [p.init, [p.lower, p.upper], p.fixed]]));
  for (const [i, name] of reference.parameters.entries()) {
    const theirs = [reference.init[i], reference.bounds[i], reference.fixed[i]];
    expect([name, ours.get(name)]).toEqual([name, theirs]);
  }
}

/** NLL, gradient and expected events at one point. */
export function expectSameLikelihood(
  reference: ReferenceCase,
  point: ReferencePoint,
  exactNll: number | null = point.nll,
): void {
  const model = reference.openModel();
  const theta = reorder(reference, model, point.position);
  if (exactNll !== null) {
    const tolerance =
      Math.abs(exactNll) > LARGE_NLL ? NLL_RELATIVE * Math.abs(exactNll) : NLL_ABSOLUTE;
    expectWithin("NLL", model.nll(theta), exactNll, tolerance);
  }
  if (point.gradient !== null) {
    const theirs = reorder(reference, model, point.gradient);
    const largest = Math.max(...theirs.map(Math.abs));
    const names = model.paramNames();
    model.gradient(theta).forEach((value, i) => {
      expectWithin(
        `dNLL/d${names[i]}`,
        value,
        theirs[i] as number,
        GRADIENT_TOLERANCE * (largest || 1),
      );
    });
  }
  if (point.expected !== null) {
    const ours = model.expectedData(theta, { includeAuxdata: false });
    expect(ours).toHaveLength(point.expected.length);
    point.expected.forEach((value, b) => {
      const tolerance = EXPECTED_TOLERANCE * (value === 0 ? 1 : Math.abs(value));
      expectWithin(`expected events of bin ${b}`, ours[b] as number, value, tolerance);
    });
  }
}

/** The minimum is as low as the reference's and, where it is the same, in the same place with the same width. */
export function expectSameFit(reference: ReferenceCase, result: FitResult): void {
  const { nll, position, uncertainties, regular } = reference.fit;
  expect(result.converged, result.warnings.join("; ")).toBe(true);
  expect(result.edm).toBeLessThan(MAX_EDM);
  expectAtMost("NLL at the minimum", result.nll, nll + MINIMUM_SLACK);
  if (!regular || Math.abs(result.nll - nll) > SAME_MINIMUM) return;
  const model = reference.openModel();
  const names = model.paramNames();
  const place = reorder(reference, model, position);
  const widths = reorder(reference, model, uncertainties as ReferenceFit["position"]);
  names.forEach((name, i) => {
    const width = widths[i] as number | null;
    const own = result.uncertainties[i] as number | null;
    // At a bound there is no width: the position is then the bound itself.
    const scale = width ?? 1;
    const value = result.bestfit[i] as number;
    expectWithin(name, value, place[i] as number, POSITION_TOLERANCE * scale);
    if (width === null) return;
    expect(own, `uncertainty of ${name}: ${result.uncertaintyReasons[name]}`).not.toBeNull();
    expectWithin(`uncertainty of ${name}`, own as number, width, UNCERTAINTY_TOLERANCE * width);
  });
}

/** Fits with the parameter of interest held: not above the reference, and not below the free fit. */
export function expectSameConditionalFits(reference: ReferenceCase, free: FitResult): void {
  for (const { poi, nll } of reference.conditional) {
    const held = fit(reference.openModel(), { fixedParams: { [reference.poi as string]: poi } });
    if (nll === null) {
      // Data where nothing can be expected: a finite result that says so.
      expect(held.flags).toContain("nonpositive_expected");
      continue;
    }
    expectAtMost(`NLL at ${reference.poi} = ${poi}`, held.nll, nll + MINIMUM_SLACK);
    const rounding = ROUNDING * Math.abs(free.nll) + 1e-9;
    expectAtMost(`NLL of the free fit, above that at ${poi}`, free.nll, held.nll + rounding);
  }
}

/** |value - expected| <= tolerance, with a message that says by how much not. */
export function expectWithin(
  what: string,
  value: number,
  expected: number,
  tolerance: number,
): void {
  const distance = Math.abs(value - expected);
  // Not `expect` for every number: there are hundreds of thousands of them.
  if (distance <= tolerance) return;
  expect.fail(`${what}: ${value}, not ${expected} within ${tolerance} (${distance} away)`);
}

export function expectAtMost(what: string, value: number, limit: number): void {
  if (value <= limit) return;
  expect.fail(`${what}: ${value} exceeds ${limit} by ${value - limit}`);
}
