/** Positions, templates and minima against the models themselves. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fit, fromPyhf } from "../../src/index.ts";
import { referenceEvaluator } from "../../src/likelihood/reference.ts";
import { pointsFile, toOwn, unmatched } from "../../src/parity/positions.ts";
import { minimumQuality } from "../../src/parity/quality.ts";
import { countCuts, cutModel, negativeTemplates } from "../../src/parity/templates.ts";

function fixture(name: string): ReturnType<typeof fromPyhf> {
  return fromPyhf(
    readFileSync(new URL(`../../parity/fixtures/${name}.json`, import.meta.url), "utf8"),
  );
}

describe("positions", () => {
  const model = fixture("all_modifiers");
  const { parameters } = model.resolved;
  const counterparts = new Map(
    parameters.map(({ name }, i) => [name, { name: `root_${name}`, centre: i, width: 1 + i / 10 }]),
  );
  const position = model.suggestedInit().map((value, i) => value + 0.01 * i);

  test("go to ROOT and come back", () => {
    const [head = "", line = ""] = pointsFile(parameters, counterparts, [position]).split("\n");
    const values = line.split(" ").map(Number);
    const back = toOwn(parameters, counterparts, head.split(" "), values);
    // Two operations on numbers of order 10.
    back.forEach((value, i) => {
      expect(Math.abs(value - (position[i] as number))).toBeLessThan(1e-14);
    });
  });

  test("parameters that one side lacks or holds are named", () => {
    const names = parameters.slice(1).map(({ name }) => `root_${name}`);
    const constant = names.map((_, i) => i === 0);
    const lone = unmatched(parameters, counterparts, [...names, "extra"], [...constant, false]);
    expect(lone.own).toEqual(parameters.slice(0, 2).map(({ name }) => name));
    expect(lone.root).toEqual(["extra"]);
  });
});

describe("templates", () => {
  const model = fixture("two_minima");
  const { resolved } = model;
  const at = (alpha: number): number[] =>
    resolved.parameters.map(({ name, init }) => (name === "shared" ? alpha : init));

  test("are those of the likelihood", () => {
    for (const alpha of [-1.7, -0.6, 0, 0.3, 1, 1.4]) {
      const x = Float64Array.from(at(alpha));
      const cut = referenceEvaluator(cutModel(resolved, x));
      expect(negativeTemplates(resolved, x)).toEqual([]);
      expect(Math.abs(cut.nll(x) - model.nll(x))).toBeLessThan(1e-12 * Math.abs(model.nll(x)));
    }
  });

  test("that are negative are found, and cut off at 0", () => {
    // Outside |alpha| = 1 the template of "two" is linear: 110 + alpha (54 - 47)/2 + |alpha| (54 + 47 - 220)/2 in bin 1.
    const x = at(2);
    expect(negativeTemplates(resolved, x)).toEqual([{ channel: "SR", sample: "two", bins: [1] }]);
    const events = 110 + 3.5 * 2 - 59.5 * 2;
    const cut = Float64Array.from({ length: resolved.observed.length });
    referenceEvaluator(cutModel(resolved, x)).expected(Float64Array.from(x), cut);
    const own = model.expectedData(x, { includeAuxdata: false });
    const bin = own.findIndex((value, i) => Math.abs(value - (cut[i] as number)) > 1e-9);
    expect((cut[bin] as number) - (own[bin] as number)).toBeCloseTo(-events, 9);
  });
});

test("negative templates are counted over positions", () => {
  const [one, other] = [
    { channel: "SR", sample: "a", bins: [2] },
    { channel: "SR", sample: "b", bins: [0] },
  ];
  expect(countCuts([[], [one], [{ ...one, bins: [0, 2] }, other]])).toEqual({
    nPositions: 3,
    nCut: 2,
    templates: [
      { ...one, bins: [0, 2], nPositions: 2 },
      { ...other, nPositions: 1 },
    ],
  });
});

test("a negative template without variations is not cut off", () => {
  const path = new URL("../golden/workspaces/negative-nominal-bin.json", import.meta.url);
  const model = fromPyhf(readFileSync(path, "utf8"));
  const { resolved } = model;
  const x = Float64Array.from(model.suggestedInit());
  const nominal = resolved.channels.flatMap(({ samples }) => samples.flatMap((s) => s.nominal));
  expect(Math.min(...nominal)).toBeLessThan(0);
  expect(negativeTemplates(resolved, x)).toEqual([]);
  expect(referenceEvaluator(cutModel(resolved, x)).nll(x)).toBeCloseTo(model.nll(x), 10);
});

describe("the quality of a minimum", () => {
  const model = fixture("all_modifiers");
  const { parameters } = model.resolved;
  const best = fit(model);

  test("is perfect at the fit", () => {
    const x = Float64Array.from(best.bestfit);
    const quality = minimumQuality(model.evaluator, parameters, x, best.nll);
    expect(quality?.edm).toBeLessThan(1e-12);
    expect(quality?.positiveDefinite).toBe(true);
    expect(Math.abs(quality?.twiceNllAboveBest ?? 1)).toBeLessThan(1e-11);
  });

  test("says by how much a position is above it", () => {
    // A hundredth of a standard deviation: third derivatives are a relative correction of that order.
    const x = Float64Array.from(best.bestfit, (v, i) => v + 0.01 * (best.uncertainties[i] ?? 0));
    const quality = minimumQuality(model.evaluator, parameters, x, best.nll);
    const above = model.nll(x) - best.nll;
    expect(above).toBeGreaterThan(1e-6);
    expect(quality?.twiceNllAboveBest).toBeCloseTo(2 * above, 12);
    expect(Math.abs((quality?.edm ?? 0) / above - 1)).toBeLessThan(0.05);
  });

  test("sees a saddle point", () => {
    const two = fixture("two_minima");
    const shared = two.paramNames().indexOf("shared");
    const start = Float64Array.from(two.suggestedInit());
    // Between the two minima.
    const values = Array.from({ length: 41 }, (_, i) => {
      const x = Float64Array.from(start);
      x[shared] = -1 + i / 20;
      return minimumQuality(two.evaluator, two.resolved.parameters, x, 0)?.positiveDefinite;
    });
    expect(values).toContain(false);
    expect(values).toContain(true);
  });
});
