/** Likelihoods, fits and profiles of HistFactory files against ROOT's own, recorded by tools/golden/histfactory.py. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fit, type Model } from "../../../src/index.ts";
import { GOLDEN, ownName, ownPosition, readModel, rootNumbers } from "./support.ts";

/** Bins along the second axis, for the case that has two. */
const COLUMNS: Readonly<Record<string, number>> = { shapes: 3 };

/**
 * Of the rounding of sums of about 1e2 to 1e3; of the numerical integral that normalises a Gamma term in ROOT; and of the
 * Gaussian of width 100 that ROOT has for Uniform, on alphas up to 5.
 */
const NLL_TOLERANCE: Readonly<Record<string, number>> = {
  Gamma: 1e-6,
  Uniform: 5 ** 2 / (2 * 100 ** 2),
};

/** A luminosity that is held at 1 everywhere is no parameter of ours. */
function isLeftOut(name: string, value: number, constant: boolean, model: Model): boolean {
  return name === "Lumi" && value === 1 && constant && !model.paramNames().includes("lumi");
}

describe.each(readdirSync(join(GOLDEN, "reference")).map((file) => file.replace(/\.json$/, "")))(
  "%s",
  (name) => {
    const [folder = "", file = "combination"] = name.split(".");
    const path = join(GOLDEN, "inputs", folder, `${file}.xml`);
    const columns = COLUMNS[folder] ?? 1;
    for (const [measurement, root] of Object.entries(rootNumbers(name))) {
      const tolerance = NLL_TOLERANCE[measurement] ?? 1e-9;

      test(`${measurement}: the parameters are ROOT's`, async () => {
        const model = await readModel(path, measurement, { noConstraint: "root" });
        const { parameters } = model.resolved;
        const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
        for (const { name: own, value, range, constant } of root.parameters) {
          if (isLeftOut(own, value, constant, model)) continue;
          const parameter = byName.get(ownName(own, model, columns));
          expect(parameter, own).toBeDefined();
          expect(parameter?.init, own).toBe(value);
          expect(parameter?.fixed, own).toBe(constant);
          if (constant) continue;
          // pyhf's factors end just above 0.
          expect(parameter?.lower, own).toBeCloseTo(range[0], 9);
          expect(parameter?.upper, own).toBeCloseTo(range[1], 9);
        }
        const expected = new Set(root.parameters.map((each) => ownName(each.name, model, columns)));
        const free = parameters.filter(({ fixed }) => !fixed).map((each) => each.name);
        expect(free.filter((own) => !expected.has(own))).toEqual([]);
        expect(model.paramNames()[model.poiIndex() ?? -1]).toBe(root.poi);
      });

      test(`${measurement}: differences of the NLL are ROOT's`, async () => {
        const model = await readModel(path, measurement, { noConstraint: "root" });
        const [start, ...others] = root.points.map(({ position, nll }) => ({
          own: model.nll(ownPosition(model, position, columns)),
          root: nll,
        })) as [{ own: number; root: number }, ...{ own: number; root: number }[]];
        for (const point of others) {
          const difference = point.own - start.own - (point.root - start.root);
          expect(Math.abs(difference)).toBeLessThan(tolerance * Math.max(1, Math.abs(point.root)));
        }
      });

      test(`${measurement}: best fit and q are ROOT's`, async () => {
        const model = await readModel(path, measurement, { noConstraint: "root" });
        const best = fit(model);
        const names = model.paramNames();
        for (const [own, value] of Object.entries(root.fit.values)) {
          const at = names.indexOf(ownName(own, model, columns));
          const error = root.fit.errors[own] as number;
          expect(Math.abs((best.bestfit[at] as number) - value) / error, own).toBeLessThan(2e-3);
        }
        for (const { mu, q } of root.q) {
          const held = fit(model, { fixedParams: { [root.poi]: mu } });
          expect(Math.abs(2 * (held.nll - best.nll) - q), `q(${mu})`).toBeLessThan(
            Math.max(1e-5, tolerance),
          );
        }
      });
    }
  },
);
