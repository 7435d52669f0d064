import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { fit, fromPyhf, type Model, NextstatError, profileScan } from "../../src/index.ts";
import { profileScanSteps } from "../../src/infer/scan.ts";
import {
  goldenWorkspaceText,
  publishedFolder,
  sharedWorkspaceText,
  tutorialFolder,
} from "../engine/support/references.ts";
import { runInterrupted, runReversed } from "./drive.ts";

const GOLDEN = new URL("../golden/", import.meta.url);
const CI95 = 3.841458820694124;

interface ScanGolden {
  readonly workspace: string;
  readonly nll_hat: number;
  readonly curve: {
    readonly parameter: string;
    readonly hat: number;
    readonly sigma: number;
    readonly crossings: Readonly<Record<"68" | "95", readonly number[]>>;
    readonly points: readonly { readonly value: number; readonly nll: number }[];
  };
}

interface InferenceGolden {
  readonly workspace: string;
  readonly measurement: string;
  readonly nll_hat: number | null;
  readonly conditional: readonly { readonly mu: number; readonly nll: number | null }[];
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, GOLDEN), "utf8")) as T;
}

function goldenModel(name: string): Model {
  return fromPyhf(goldenWorkspaceText(name));
}

/** 2 Delta NLL by a fit with the parameter fixed. */
function twiceDelta(model: Model, name: string, value: number, nllHat: number): number {
  const { nll } = fit(model, { fixedParams: { [name]: value }, covariance: false });
  return 2 * (nll - nllHat);
}

describe("the scan agrees with pyhf's likelihood and SciPy's roots", () => {
  const files = readdirSync(new URL("scans/", GOLDEN));

  it.each(files)("%s", (file) => {
    const golden = read<ScanGolden>(`scans/${file}`);
    const { parameter, hat, sigma, crossings, points } = golden.curve;
    const scan = profileScan(goldenModel(golden.workspace.replace(".json", "")), {
      parameter,
      muValues: points.map((p) => p.value),
    });
    expect(scan.converged).toBe(true);
    expect(scan.nllHat).toBeCloseTo(golden.nll_hat, 8);
    expect(scan.muHat).toBeCloseTo(hat, 5);
    expect(scan.sigma).toBeCloseTo(sigma, 5);
    scan.points.forEach((point, k) => {
      expect(point.nllMu).toBeCloseTo(points[k]?.nll as number, 8);
    });
    for (const [ci, roots] of [
      [scan.ci68, crossings["68"]],
      [scan.ci95, crossings["95"]],
    ] as const) {
      const ends = ci.pieces.flatMap(({ lower, upper }) => [lower, upper]);
      const solved = ends.filter((end) => end !== null);
      expect(solved).toHaveLength(roots.length);
      solved.forEach((end, k) => {
        expect(end).toBeCloseTo(roots[k] as number, 7);
      });
    }
  });
});

test("conditional fits agree with the golden inference files", () => {
  const files = readdirSync(new URL("inference/", GOLDEN)).filter((f) => f.endsWith(".root.json"));
  for (const file of files) {
    const golden = read<InferenceGolden>(`inference/${file}`);
    const wanted = golden.conditional.filter(({ nll }) => nll !== null);
    if (wanted.length === 0 || golden.nll_hat === null) continue;
    const model = fromPyhf(goldenWorkspaceText(golden.workspace.replace(".json", "")), {
      measurement: golden.measurement,
    });
    const scan = profileScan(
      model,
      wanted.map(({ mu }) => mu),
    );
    scan.points.forEach(({ nllMu, twiceDeltaNll, qMu }, k) => {
      const nll = wanted[k]?.nll as number;
      const slack = Math.max(1e-7, 1e-13 * Math.abs(nll));
      expect(nllMu, file).toBeLessThan(nll + slack);
      expect(nllMu, file).toBeGreaterThan(nll - slack);
      expect(twiceDeltaNll, file).toBeGreaterThanOrEqual(0);
      expect(qMu, file).toBeGreaterThanOrEqual(0);
    });
  }
});

describe("the tutorial's numbers", () => {
  const there = existsSync(tutorialFolder);

  test.skipIf(!there)("2 Delta NLL of multichannel.json at 0, 1, 2, 3", () => {
    const model = fromPyhf(sharedWorkspaceText(tutorialFolder, "multichannel"));
    const { points } = profileScan(model, [0, 1, 2, 3]);
    const scope = [0.558654, 0.05691, 1.452416, 4.605986];
    points.forEach(({ twiceDeltaNll }, k) => {
      expect(twiceDeltaNll).toBeCloseTo(scope[k] as number, 6);
    });
    expect(points[0]?.qMu).toBe(0);
    expect(points[1]?.qMu).toBe(points[1]?.twiceDeltaNll);
  });

  test.skipIf(!there)("q0 of simple.json", () => {
    const model = fromPyhf(sharedWorkspaceText(tutorialFolder, "simple"));
    const { points, nllHat } = profileScan(model, { start: 0, stop: 3, points: 31 });
    expect(nllHat).toBeCloseTo(11.709404311304972, 9);
    expect(points[0]?.twiceDeltaNll).toBeCloseTo(0.38870564, 7);
    expect(points).toHaveLength(31);
    expect(points[30]?.mu).toBe(3);
  });

  test.skipIf(!existsSync(publishedFolder))("MINOS of tttt-prod is the 68 % interval", () => {
    const model = fromPyhf(sharedWorkspaceText(publishedFolder, "tttt-prod"));
    const scan = profileScan(model);
    const poi = model.paramNames()[model.poiIndex() as number] as string;
    const minos = fit(model, { minos: [poi] }).minos?.[0];
    expect(scan.ci68.upper).toBeCloseTo(scan.muHat + (minos?.up as number), 6);
    expect(scan.ci68.lower).toBeCloseTo(scan.muHat + (minos?.down as number), 6);
    expect(scan.warnings).toEqual([]);
  });
});

describe("the curve", () => {
  const model = goldenModel("two-minima-08");

  test("does not depend on order, extent or the other points of the grid", () => {
    const reference = profileScan(model, { start: 0, stop: 4, points: 41 });
    const at = new Map(reference.points.map((p) => [p.mu, p.twiceDeltaNll as number]));
    const grid = fc.uniqueArray(fc.constantFrom(...at.keys()), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(grid, (values) => {
        const scan = profileScan(model, values);
        expect(scan.points.map((p) => p.mu)).toEqual(values);
        for (const { mu, twiceDeltaNll } of scan.points) {
          expect(twiceDeltaNll).toBeCloseTo(at.get(mu) as number, 8);
        }
        for (const level of ["ci68", "ci95"] as const) {
          expect(scan[level].pieces).toHaveLength(reference[level].pieces.length);
          expect(scan[level].upper).toBeCloseTo(reference[level].upper as number, 7);
        }
      }),
      { numRuns: 8 },
    );
  });

  test("does not depend on who runs the walks", () => {
    const options = { start: 0, stop: 4, points: 9 };
    const reversed = runReversed(profileScanSteps(model, options), model.evaluator);
    expect(reversed).toEqual(profileScan(model, options));
  });

  test("is the same without the search for other minima, where neighbours tell", () => {
    const scan = profileScan(model, { start: 0, stop: 4, points: 41 });
    const plain = profileScan(model, { start: 0, stop: 4, points: 41, search: false });
    plain.points.forEach(({ nllMu }, k) => {
      expect(nllMu).toBeGreaterThan((scan.points[k]?.nllMu as number) - 1e-8);
    });
  });

  test("is 0 at the best fit, and one-sided below it", () => {
    const { muHat } = profileScan(model, [1]);
    const { points } = profileScan(model, [0.5, muHat, 2]);
    expect(points.map((p) => p.qMu === 0)).toEqual([true, true, false]);
    expect(points.map((p) => p.twiceDeltaNll === 0)).toEqual([false, true, false]);
  });
});

describe("intervals", () => {
  test.each(["mixed-counting", "two-minima-01", "several-minima-02", "large-both"])(
    "of %s end on the level",
    (name) => {
      const model = goldenModel(name);
      const scan = profileScan(model);
      for (const ci of [scan.ci68, scan.ci95]) {
        const ends = ci.pieces.flatMap(({ lower, upper }) => [lower, upper]);
        for (const end of ends.filter((v) => v !== null)) {
          const height = twiceDelta(model, scan.parameter, end, scan.nllHat);
          expect(Math.abs(height - ci.level)).toBeLessThan(1e-7);
        }
      }
      expect(scan.ci95.level).toBe(CI95);
    },
  );

  test("of a curve with two dips have two pieces, and a warning", () => {
    const { ci68, ci95, warnings } = profileScan(goldenModel("two-minima-08"));
    expect(ci68.pieces).toHaveLength(2);
    expect(ci68.pieces[0]?.lower).toBeNull();
    expect(ci68).toMatchObject(ci68.pieces[1] as object);
    expect(ci95.pieces).toHaveLength(1);
    expect(warnings.filter((w) => w.includes("2 pieces"))).toHaveLength(1);
  });

  test("are null at a bound, with the reason", () => {
    const model = goldenModel("bound-mu-zero");
    const scan = profileScan(model);
    expect(scan.sigma).toBeNull();
    expect(scan.ci68).toMatchObject({ lower: null, note: "lower: already at the bound 0" });
    expect(scan.ci68.upper).toBeGreaterThan(0);
    const short = profileScan(model, { bounds: { mu: [0, 0.01] } });
    expect(short.ci95.upper).toBeNull();
    expect(short.ci95.note).toMatch(
      /^lower: .*; upper: the bound 0.01 is reached at Delta 2NLL = /,
    );
    expect(short.ci95.pieces).toEqual([{ lower: null, upper: null }]);
  });

  test("of an alpha of no effect are its prior's", () => {
    const { ci68, ci95 } = profileScan(goldenModel("modifier-without-effect"), {
      parameter: "nothing",
    });
    expect(ci68.upper).toBeCloseTo(1, 7);
    expect(ci95.upper).toBeCloseTo(Math.sqrt(CI95), 7);
  });
});

describe("what is asked for", () => {
  const model = goldenModel("mixed-counting");

  test("any parameter, with the values of all others", () => {
    const scan = profileScan(model, { parameter: "modelling", points: 5, parameterValues: true });
    const index = model.paramNames().indexOf("modelling");
    expect(scan).toMatchObject({ parameter: "modelling", poiIndex: index });
    expect(scan.parameterNames).toEqual(model.paramNames());
    for (const { mu, parameters, nllMu } of scan.points) {
      expect(parameters?.[index]).toBe(mu);
      expect(model.nll(parameters as number[])).toBeCloseTo(nllMu as number, 10);
    }
    expect("parameters" in (profileScan(model, [1]).points[0] as object)).toBe(false);
  });

  test("31 points within three standard deviations by default", () => {
    const { points, muHat, sigma } = profileScan(model);
    expect(points).toHaveLength(31);
    expect(points[30]?.mu).toBeCloseTo(muHat + 3 * (sigma as number), 6);
  });

  test("the Asimov set", () => {
    expect(profileScan(model, { asimov: true, points: 3 }).muHat).toBeCloseTo(1, 6);
  });

  test("counters of the whole procedure", () => {
    const { nFit, nGradient, nHessian } = profileScan(model, [0, 1, 2]);
    expect(nFit).toBeGreaterThan(3);
    expect(nGradient).toBeGreaterThan(nFit);
    expect(nHessian).toBeGreaterThan(0);
  });
});

test("an interrupted scan gives what it has", () => {
  const model = goldenModel("mixed-counting");
  const whole = profileScan(model, { points: 8 });
  for (const budget of [0, 3, 8, 10]) {
    const part = runInterrupted(profileScanSteps(model, { points: 8 }), model.evaluator, budget);
    expect(part.partial).toBe(true);
    expect(part.warnings).toContain("interrupted before the end: what was not finished is missing");
    expect(part.muHat).toBe(whole.muHat);
    const known = part.points.filter((p) => p.nllMu !== null);
    expect(known.length).toBe(Math.min(budget, 8));
    for (const point of known) expect(whole.points).toContainEqual(point);
    expect(part.points.every((p) => (p.nllMu === null) === (p.qMu === null))).toBe(true);
    expect(part.ci68.note).toMatch(/interrupted/);
  }
  expect(whole.partial).toBe(false);
});

describe("bad input", () => {
  const model = goldenModel("mixed-counting");
  const fixed = { fixedParams: { modelling: 0 }, parameter: "modelling" };
  test.each([
    [{ start: 1, stop: 1 }, "a grid from 1 to 1"],
    [{ start: 2, stop: 1 }, "a grid from 2 to 1"],
    [{ start: Number.NaN, stop: 1 }, "a grid from NaN to "],
    [{ stop: Number.POSITIVE_INFINITY }, "a grid from Infinity to "],
    [{ points: 1 }, "a grid of 1 points"],
    [{ points: 2.5 }, "a grid of 2.5 points"],
    [{ muValues: [] }, "no values to scan"],
    [{ muValues: [1, Number.NaN] }, "cannot scan the value NaN"],
    [{ muValues: [1], points: 5 }, "both a grid and a list of values to scan"],
    [{ muValues: [-1] }, 'the scan goes to -1, outside the bounds [0, 10] of "mu"'],
    [{ start: 0, stop: 11 }, 'the scan goes to 11, outside the bounds [0, 10] of "mu"'],
    [{ parameter: "nobody" }, 'no parameter "nobody"'],
    [fixed, 'the parameter "modelling" is fixed'],
  ])("%o", (options, message) => {
    const run = (): unknown => profileScan(model, options);
    expect(run).toThrow(NextstatError);
    expect(run).toThrow(message);
  });

  test("a model without parameter of interest", () => {
    const none = goldenModel("poi-none");
    expect(() => profileScan(none)).toThrow("the model has no parameter of interest to scan");
    const name = none.paramNames()[0] as string;
    expect(profileScan(none, { parameter: name, points: 3 }).points).toHaveLength(3);
  });
});
