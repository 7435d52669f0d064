/**
 * HS3 documents against ROOT's numbers for them, which tools/golden/hs3-root.py makes: NLL at several points, best fits, and
 * ROOT's NLL for the documents that we write.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fit, fromHs3, fromPyhf, type Model, toHs3 } from "../../src/index.ts";
import { documentNames, goldenDocument, goldenFolder } from "./hs3-documents.ts";

type Point = Readonly<Record<string, number>>;

interface Evaluated {
  readonly at: Point;
  /** NLL minus that of the first point. */
  readonly difference: number;
}

interface RootNumbers {
  readonly points: readonly Evaluated[];
  readonly fit: { readonly difference: number; readonly values: Point; readonly errors: Point };
}

function golden<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, goldenFolder), "utf8")) as T;
}

/** A point of ROOT's names as a parameter vector. The log-normal `rate` of width 0.15 is an alpha here, a normsys. */
function position(model: Model, at: Point): number[] {
  return documentNames(model).map((name, i) => {
    const value = at[name];
    if (value === undefined) return model.resolved.parameters[i]?.init as number;
    const isAlpha =
      name === "rate" && model.workspace.channels[0]?.samples[2]?.name === "logarithmic";
    return isAlpha ? Math.log(value) / 0.15 : value;
  });
}

function differences(model: Model, points: readonly Evaluated[]): number[] {
  const values = points.map(({ at }) => model.nll(position(model, at)));
  return values.map(
    (value, i) => value - (values[0] as number) - (points[i]?.difference as number),
  );
}

// Sums of about 30 terms of size 100 to 1000: rounding, on both sides.
const NLL_TOLERANCE = 1e-10;

const DOCUMENTS = [
  ["roofit", { analysis: "simPdf_obsData" }],
  ["interpolation", {}],
  ["constraints", {}],
  ["gammas", {}],
  ["custom", {}],
] as const;

describe.each(DOCUMENTS)("%s", (name, options) => {
  const open = (): Model => fromHs3(goldenDocument(name), { interpolation: "root", ...options });
  const numbers = golden<RootNumbers>(`${name}.root.json`);

  test("the free parameters are ROOT's", () => {
    const model = open();
    const { parameters } = model.resolved;
    const free = documentNames(model).filter((_, i) => parameters[i]?.fixed === false);
    expect(free.sort()).toEqual(Object.keys(numbers.points[0]?.at ?? {}).sort());
  });

  test("the NLL is ROOT's at every point", () => {
    for (const difference of differences(open(), numbers.points)) {
      expect(Math.abs(difference)).toBeLessThan(NLL_TOLERANCE);
    }
  });

  test("the best fit is ROOT's", () => {
    const model = open();
    const start = model.nll(position(model, numbers.points[0]?.at ?? {}));
    const found = fit(model);
    // Minuit ends at an EDM of 1e-9 or so; ours is the lower one.
    const difference = found.nll - start - numbers.fit.difference;
    expect(difference).toBeLessThan(1e-9);
    expect(difference).toBeGreaterThan(-1e-6);
    const names = documentNames(model);
    const theirs = position(model, numbers.fit.values);
    names.forEach((parameter, i) => {
      const error = numbers.fit.errors[parameter];
      if (error === undefined) return;
      // Where the minimum is 1e-6 deep in NLL, parameters are good to 1e-3 of their error.
      const distance = Math.abs((found.bestfit[i] as number) - (theirs[i] as number));
      expect(distance / error, parameter).toBeLessThan(2e-3);
    });
  });

  test("written again it is the same", () => {
    const model = open();
    const again = fromHs3(JSON.stringify(toHs3(model).document));
    expect(documentNames(again)).toEqual(documentNames(model));
    for (const difference of differences(again, numbers.points)) {
      expect(Math.abs(difference)).toBeLessThan(NLL_TOLERANCE);
    }
  });
});

describe("what ROOT reads in the documents we write", () => {
  const { workspaces } = golden<{ workspaces: Readonly<Record<string, readonly Evaluated[]>> }>(
    "exports.json",
  );

  test.each(Object.entries(workspaces))("%s", (name, points) => {
    const file = new URL(`../golden/workspaces/${name}.json`, import.meta.url);
    const model = fromPyhf(readFileSync(file, "utf8"));
    for (const difference of differences(model, points)) {
      expect(Math.abs(difference)).toBeLessThan(NLL_TOLERANCE);
    }
  });
});
