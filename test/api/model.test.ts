/**
 * A model as a user holds it: names, numbers computed by hand, and the options of `fromPyhf`.
 *
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fromPyhf, type Model, NextstatError } from "../../src/index.ts";

const root = new URL("../../", import.meta.url);
const exampleText = readFileSync(new URL("examples/multichannel.json", root), "utf8");

/** Every kind of constraint in two channels; the numbers are easy to multiply. */
const SMALL = {
  channels: [
    {
      name: "SR",
      samples: [
        {
          name: "signal",
          data: [10, 20],
          modifiers: [
            { name: "mu", type: "normfactor", data: null },
            { name: "lumi", type: "lumi", data: null },
          ],
        },
        {
          name: "background",
          data: [100, 50],
          modifiers: [
            { name: "xsec", type: "normsys", data: { hi: 1.2, lo: 0.8 } },
            { name: "shape", type: "histosys", data: { hi_data: [110, 45], lo_data: [90, 55] } },
            { name: "count", type: "shapesys", data: [10, 5] },
          ],
        },
      ],
    },
    {
      name: "CR",
      samples: [
        {
          name: "background",
          data: [400],
          modifiers: [
            { name: "xsec", type: "normsys", data: { hi: 1.1, lo: 0.9 } },
            { name: "stat", type: "staterror", data: [8] },
          ],
        },
      ],
    },
  ],
  observations: [
    { name: "SR", data: [120, 75] },
    { name: "CR", data: [410] },
  ],
  measurements: [
    {
      name: "search",
      config: {
        poi: "mu",
        parameters: [
          { name: "lumi", inits: [1], bounds: [[0.5, 1.5]], auxdata: [1], sigmas: [0.02] },
        ],
      },
    },
    {
      name: "crosscheck",
      config: {
        poi: "xsec",
        parameters: [
          { name: "mu", inits: [0], fixed: true },
          { name: "lumi", inits: [1], bounds: [[0.5, 1.5]], auxdata: [1], sigmas: [0.03] },
        ],
      },
    },
  ],
  version: "1.0.0",
};

/** The values by name, in the model's order. */
function at(model: Model, values: Readonly<Record<string, number>>): number[] {
  const init = model.suggestedInit();
  return model.paramNames().map((name, i) => values[name] ?? (init[i] as number));
}

describe("a model", () => {
  const model = fromPyhf(SMALL);
  const names = model.paramNames();

  test("names its parameters as pyhf does", () => {
    expect([...names].sort()).toEqual([
      "count[0]",
      "count[1]",
      "lumi",
      "mu",
      "shape",
      "stat[0]",
      "xsec",
    ]);
    expect(model.nParams()).toBe(7);
    expect(names[model.poiIndex() as number]).toBe("mu");
  });

  test("suggests starting values inside the bounds", () => {
    const byName = Object.fromEntries(
      names.map((name, i) => [name, [model.suggestedInit()[i], ...(model.paramBounds()[i] ?? [])]]),
    );
    expect(byName).toEqual({
      mu: [1, 0, 10],
      lumi: [1, 0.5, 1.5],
      xsec: [0, -5, 5],
      shape: [0, -5, 5],
      "count[0]": [1, 1e-10, 10],
      "count[1]": [1, 1e-10, 10],
      "stat[0]": [1, 1e-10, 10],
    });
  });

  test("expects what a calculation by hand gives, channels sorted, auxiliary data behind", () => {
    const theta = at(model, {
      mu: 2,
      lumi: 1.1,
      xsec: 1,
      shape: -1,
      "count[0]": 0.9,
      "count[1]": 1.2,
      "stat[0]": 1.05,
    });
    const main = [400 * 1.1 * 1.05, 2 * 1.1 * 10 + 90 * 1.2 * 0.9, 2 * 1.1 * 20 + 55 * 1.2 * 1.2];
    // shapesys: tau = (nominal / uncertainty)^2 = 100 in both bins; one auxiliary datum a constraint.
    const auxiliary: Readonly<Record<string, number>> = {
      lumi: 1.1,
      xsec: 1,
      shape: -1,
      "count[0]": 100 * 0.9,
      "count[1]": 100 * 1.2,
      "stat[0]": 1.05,
    };
    const expected = model.expectedData(theta);
    expect(expected.slice(0, 3)).toEqual(main.map((v) => expect.closeTo(v, 9)));
    expect(model.expectedData(theta, { includeAuxdata: false })).toEqual(expected.slice(0, 3));
    expect(expected).toHaveLength(3 + 6);
    expect([...expected.slice(3)].sort((a, b) => a - b)).toEqual(
      Object.values(auxiliary)
        .sort((a, b) => a - b)
        .map((v) => expect.closeTo(v, 9)),
    );
  });

  test("its NLL is the sum of Poisson and constraint terms", () => {
    const theta = at(model, { mu: 1.4, lumi: 1.01, xsec: 0.5, "count[1]": 1.1, "stat[0]": 0.98 });
    const [cr = 0, sr0 = 0, sr1 = 0] = model.expectedData(theta, { includeAuxdata: false });
    const expected =
      poisson(410, cr) +
      poisson(120, sr0) +
      poisson(75, sr1) +
      gauss(1, 1.01, 0.02) +
      gauss(0, 0.5, 1) +
      gauss(0, 0, 1) +
      gauss(1, 0.98, 8 / 400) +
      poisson(100, 100) +
      poisson(100, 110);
    expect(model.nll(theta)).toBeCloseTo(expected, 9);
  });

  test.each([
    ["small", model],
    ["example", fromPyhf(exampleText)],
    ["example with codes 1 and 0", fromPyhf(exampleText, { interpDefaults: "pyhf" })],
  ])("its gradient agrees with central differences (%s)", (_, target) => {
    const bounds = target.paramBounds();
    const theta = target.suggestedInit().map((v, i) => {
      const [lower, upper] = bounds[i] as [number, number];
      return Math.min(Math.max(v + 0.1 * Math.sin(3 * i + 1), lower), upper);
    });
    const gradient = target.gradient(theta);
    const scale = Math.max(...gradient.map(Math.abs));
    gradient.forEach((slope, i) => {
      const step = 1e-5;
      const moved = (by: number): number[] => theta.map((v, j) => (j === i ? v + by : v));
      const difference = (target.nll(moved(step)) - target.nll(moved(-step))) / (2 * step);
      expect(Math.abs(slope - difference)).toBeLessThan(1e-7 * scale);
    });
  });

  test("takes any list of numbers of the right length, and refuses others", () => {
    const theta = model.suggestedInit();
    expect(model.nll(Float64Array.from(theta))).toBe(model.nll(theta));
    for (const ask of [model.nll, model.gradient, model.expectedData]) {
      expect(() => ask(theta.slice(1))).toThrow("6 parameter values for 7 parameters");
    }
  });

  test("gives out copies", () => {
    model.suggestedInit().fill(Number.NaN);
    model.paramNames().pop();
    (model.paramBounds()[0] as [number, number])[0] = Number.NaN;
    expect(model.suggestedInit().every(Number.isFinite)).toBe(true);
    expect(model.paramNames()).toEqual(names);
    expect(model.paramBounds().flat().every(Number.isFinite)).toBe(true);
  });
});

describe("fromPyhf", () => {
  test("takes text and the value it stands for alike", () => {
    const model = fromPyhf(SMALL);
    const twin = fromPyhf(JSON.stringify(SMALL));
    expect(twin.paramNames()).toEqual(model.paramNames());
    expect(twin.nll(twin.suggestedInit())).toBe(model.nll(model.suggestedInit()));
  });

  test("interpDefaults and interpolation choose the codes", () => {
    const codes = (options: Parameters<typeof fromPyhf>[1]): number => {
      const model = fromPyhf(SMALL, options);
      return model.expectedData(at(model, { xsec: -0.5, shape: 0 }))[0] as number;
    };
    expect(codes({ interpDefaults: "pyhf" })).toBeCloseTo(400 * 0.9 ** 0.5, 9);
    expect(codes({ interpolation: { normsys: "code1" } })).toBe(codes({ interpDefaults: "pyhf" }));
    expect(codes({ interpolation: { normsys: "code0" } })).toBeCloseTo(400 * 0.95, 9);
    expect(codes({})).toBe(codes({ interpDefaults: "root" }));
    // Code 4 is a polynomial near both the exponential and the straight line.
    expect(codes({})).not.toBeCloseTo(codes({ interpDefaults: "pyhf" }), 4);
    expect(Math.abs(codes({}) - 400 * 0.95)).toBeLessThan(1);
  });

  test("measurement and poi choose what is asked", () => {
    const other = fromPyhf(SMALL, { measurement: "crosscheck" });
    expect(other.paramNames()[other.poiIndex() as number]).toBe("xsec");
    expect(at(other, {})[other.paramNames().indexOf("mu")]).toBe(0);
    const shape = fromPyhf(SMALL, { poi: "shape" });
    expect(shape.paramNames()[shape.poiIndex() as number]).toBe("shape");
    expect(() => fromPyhf(SMALL, { measurement: "serch" })).toThrow('did you mean "search"?');
    expect(() => fromPyhf(SMALL, { poi: "muu" })).toThrow('did you mean "mu"?');
  });

  test("patches are applied in order", () => {
    const replace = (value: number): { text: string } => ({
      text: JSON.stringify([{ op: "replace", path: "/observations/1/data/0", value }]),
    });
    const text = JSON.stringify(SMALL);
    const patched = fromPyhf(text, { patches: [replace(3), replace(402)] });
    expect(patched.workspace.observations[1]?.data).toEqual([402]);
    expect(patched.nll(patched.suggestedInit())).not.toBe(
      fromPyhf(text).nll(patched.suggestedInit()),
    );
  });

  test("patches are applied to a value too, which stays as it was", () => {
    const patch = [{ op: "replace", path: "/observations/1/data/0", value: 402 }];
    const patched = fromPyhf(SMALL, { patches: [{ text: JSON.stringify(patch) }] });
    expect(patched.workspace.observations[1]?.data).toEqual([402]);
    expect(SMALL.observations[1]?.data).toEqual([410]);
  });

  test("errors name the file", () => {
    expect(() => fromPyhf("{", { file: "broken.json" })).toThrow(/broken\.json, line 1/);
    expect(() => fromPyhf("{")).toThrow(NextstatError);
  });
});

/** -ln of the Poisson probability. */
function poisson(n: number, mean: number): number {
  let lnFactorial = 0;
  for (let k = 2; k <= n; k++) lnFactorial += Math.log(k);
  return mean - n * Math.log(mean) + lnFactorial;
}

/** -ln of the Gaussian density. */
function gauss(x: number, mean: number, sigma: number): number {
  return 0.5 * ((x - mean) / sigma) ** 2 + Math.log(sigma * Math.sqrt(2 * Math.PI));
}

const tutorial = new URL("../shared/data/tutorial/", root);
const present = existsSync(tutorial);
const reason = present ? "" : " (skipped: there is no ../shared)";
if (!present) console.log("comparison with the tutorial's references skipped: no ../shared");

interface TutorialReference {
  readonly parameters: readonly string[];
  readonly init: readonly number[];
  readonly nll_init: number;
  readonly grad_init: readonly number[];
  readonly expected_init: readonly number[];
}

describe.skipIf(!present)(`the tutorial's workspaces, as pyhf has them${reason}`, () => {
  test.each(
    ["simple", "multichannel", "two-minima"].flatMap((name) => [
      [name, "root", "code4"] as const,
      [name, "pyhf", "pyhf"] as const,
    ]),
  )("%s with %s interpolation", (name, interpDefaults, set) => {
    const read = (file: string): string => readFileSync(new URL(file, tutorial), "utf8");
    const reference = JSON.parse(read(`${name}.${set}.reference.json`)) as TutorialReference;
    const model = fromPyhf(read(`${name}.json`), { interpDefaults });
    const names = model.paramNames();
    expect([...names].sort()).toEqual([...reference.parameters].sort());
    const theta = names.map((n) => reference.init[reference.parameters.indexOf(n)] as number);
    expect(theta).toEqual(model.suggestedInit());
    expect(model.nll(theta)).toBeCloseTo(reference.nll_init, 9);
    const expected = model.expectedData(theta);
    expect(expected).toEqual(reference.expected_init.map((v) => expect.closeTo(v, 9)));
  });
});

describe("options that do not exist", () => {
  test.each([
    [{ interpDefaults: "code4" }, /interpDefaults "code4" is neither/],
    [{ interpolation: { normsys: "code4p" } }, /interpolation "code4p" does not exist for normsys/],
    [{ interpolation: { histosys: "code4" } }, /interpolation "code4" does not exist for histosys/],
  ])("%j", (options, message) => {
    expect(() => fromPyhf(SMALL, options as never)).toThrow(message);
    expect(() => fromPyhf(SMALL, options as never)).toThrow(NextstatError);
  });
});
