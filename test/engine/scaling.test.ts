/** Large synthetic models: right, and few evaluations. How long it takes is the benchmark's business. */

import { describe, expect, it } from "vitest";
import { type FitResult, fit, fromPyhf, type Model } from "../../src/index.ts";
import { referenceEvaluator } from "../../src/likelihood/reference.ts";
import { makeRandom } from "../../tools/golden/random.ts";
import { type SyntheticShape, syntheticWorkspace } from "../../tools/synthetic.ts";
import { largest } from "../likelihood/differences.ts";
import { expectWithin, MAX_EDM } from "./support/agreement.ts";
import { modifierEntries, SYNTHETIC_SHAPES } from "./support/synthetic.ts";

/** docs/accuracy.md: "30 or fewer gradient evaluations per fit in the median". */
const MEDIAN_GRADIENTS = 30;
/** Kernel and naive likelihood, relative to the NLL and to the largest component of the gradient. */
const SAME = 1e-10;

const models = new Map<string, Model>();
const open = (name: string): Model => {
  const known =
    models.get(name) ?? fromPyhf(syntheticWorkspace(SYNTHETIC_SHAPES[name] as SyntheticShape));
  models.set(name, known);
  return known;
};
const names = Object.keys(SYNTHETIC_SHAPES);

describe("the synthetic models", () => {
  it("have 4 and 16 times the modifiers, thousands of bins, a thousand parameters", () => {
    const entries = names.map((name) => modifierEntries(open(name).workspace));
    const [base, four, sixteen] = entries;
    expect(four / base).toBeGreaterThan(3);
    expect(four / base).toBeLessThan(5);
    expect(sixteen / base).toBeGreaterThan(13);
    expect(sixteen / base).toBeLessThan(19);
    expect(open("5,000 bins").resolved.observed).toHaveLength(5000);
    expect(open("5,000 bins").nParams()).toBeLessThan(50);
    expect(open("1,000 parameters").nParams()).toBe(1000);
    expect(open("1,000 parameters").resolved.observed).toHaveLength(50);
  });

  it("are the same every time", () => {
    const [shape] = Object.values(SYNTHETIC_SHAPES);
    expect(syntheticWorkspace(shape)).toEqual(syntheticWorkspace(shape));
  });
});

describe("the kernel computes the naive likelihood of a large model", () => {
  it.each(names)("%s", (name) => {
    const model = open(name);
    const random = makeRandom(20261122);
    const theta = Float64Array.from(model.resolved.parameters, (p) =>
      p.kind === "alpha" ? random.uniform(-2, 2) : random.uniform(0.7, 1.3),
    );
    const naive = referenceEvaluator(model.resolved);
    const gradient = new Float64Array(theta.length);
    const nll = naive.gradient(theta, gradient);
    expectWithin("NLL", model.nll(theta), nll, SAME * Math.abs(nll));
    const scale = largest(gradient);
    model.gradient(theta).forEach((v, i) => {
      expectWithin(model.paramNames()[i], v, gradient[i], SAME * scale);
    });
  });
});

describe("the local fit of a large model", () => {
  const fits = new Map<string, FitResult>();

  it.each(names)("%s converges", (name) => {
    const result = fit(open(name), { search: false });
    fits.set(name, result);
    expect(result.converged, result.warnings.join("; ")).toBe(true);
    expect(result.edm).toBeLessThan(MAX_EDM);
    expect(result.certificate.positiveDefinite).toBe(true);
    expect(result.uncertainties.every((u) => u !== null && u >= 0)).toBe(true);
  });

  it("takes 30 gradients or fewer in the median", () => {
    const counts = [...fits.values()].map((f) => f.nGev).sort((a, b) => a - b);
    expect(counts).toHaveLength(names.length);
    expect(counts[counts.length >> 1]).toBeLessThanOrEqual(MEDIAN_GRADIENTS);
  });
});
