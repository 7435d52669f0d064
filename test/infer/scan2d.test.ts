import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import {
  type Contour,
  type ContourLevel,
  fit,
  fromPyhf,
  type Model,
  NextstatError,
  type ProfileScan2dOptions,
  profileScan,
  profileScan2d,
} from "../../src/index.ts";
import { profileScan2dSteps } from "../../src/infer/scan2d.ts";
import { goldenWorkspaceText } from "../engine/support/references.ts";
import { runInterrupted, runReversed } from "./drive.ts";

const SCANS = new URL("../golden/scans/", import.meta.url);

interface Golden {
  readonly workspace: string;
  readonly nll_hat: number;
  readonly contour: {
    readonly parameters: readonly [string, string];
    readonly levels: Readonly<Record<"68" | "95", number>>;
    readonly grid: readonly { readonly x: number; readonly y: number; readonly nll: number }[];
    readonly crossings: readonly {
      readonly level: "68" | "95";
      readonly x: number;
      readonly y: number;
      /** How often the line from the best fit crosses. */
      readonly times: number;
    }[];
  } | null;
}

function goldenModel(name: string): Model {
  return fromPyhf(goldenWorkspaceText(name));
}

/** The contour around the best fit at 95 %. */
function mainContour(levels: readonly ContourLevel[]): Contour {
  const { contours } = levels[1] as ContourLevel;
  return contours[0] as Contour;
}

/** Distance of a place from a polygon, in units of the polygon's extent. */
function distanceTo({ vertices }: Contour, x: number, y: number): number {
  const range = (values: number[]): number => Math.max(...values) - Math.min(...values);
  const width = range(vertices.map((v) => v.x));
  const height = range(vertices.map((v) => v.y));
  return vertices.reduce((least, a, k) => {
    const b = vertices[(k + 1) % vertices.length] as typeof a;
    const [u, v] = [(b.x - a.x) / width, (b.y - a.y) / height];
    const [p, q] = [(x - a.x) / width, (y - a.y) / height];
    const t = Math.min(Math.max((u * p + v * q) / (u * u + v * v), 0), 1);
    return Math.min(least, Math.hypot(p - t * u, q - t * v));
  }, Number.POSITIVE_INFINITY);
}

function expectOnLevel(
  model: Model,
  names: readonly string[],
  options: ProfileScan2dOptions,
): void {
  const scan = profileScan2d(model, options);
  for (const { level, contours } of scan.levels) {
    for (const vertex of contours.flatMap((c) => c.vertices)) {
      const fixedParams = { [names[0] as string]: vertex.x, [names[1] as string]: vertex.y };
      const { nll } = fit(model, { fixedParams, covariance: false });
      const height = 2 * (nll - scan.nllHat);
      if (vertex.clipped) expect(height).toBeLessThan(level + 1e-6);
      else expect(Math.abs(height - level)).toBeLessThan(1e-6);
    }
  }
}

describe("agrees with pyhf's likelihood and SciPy's roots", () => {
  const files = readdirSync(SCANS);

  it.each(files)("%s", (file) => {
    const golden = JSON.parse(readFileSync(new URL(file, SCANS), "utf8")) as Golden;
    if (golden.contour === null) return;
    const { parameters, levels, grid, crossings } = golden.contour;
    const [x, y] = parameters;
    const model = goldenModel(golden.workspace.replace(".json", ""));
    const scan = profileScan2d(model, { x: { parameter: x }, y: { parameter: y } });
    expect(scan.nllHat).toBeCloseTo(golden.nll_hat, 8);
    expect(scan.levels.map((l) => l.level)).toEqual([
      expect.closeTo(levels["68"], 10),
      expect.closeTo(levels["95"], 10),
    ]);
    for (const { x: u, y: v, nll } of grid) {
      const places = { x: { parameter: x, start: u, stop: u + 0.1, points: 2 } };
      const near = { y: { parameter: y, start: v, stop: v + 0.1, points: 2 } };
      const small = profileScan2d(model, { ...places, ...near, levels: [] });
      expect(small.twiceDeltaNll[0]?.[0]).toBeCloseTo(2 * (nll - golden.nll_hat), 7);
    }
    for (const { level, x: u, y: v, times } of crossings) {
      if (times > 1) continue;
      const { contours } = scan.levels[level === "68" ? 0 : 1] as ContourLevel;
      expect(Math.min(...contours.map((c) => distanceTo(c, u, v)))).toBeLessThan(3e-3);
    }
  });
});

describe("contours", () => {
  test("have the level at every vertex", () => {
    const names = ["mu", "modelling"];
    const axes = { x: { parameter: "mu", points: 5 }, y: { parameter: "modelling", points: 5 } };
    expectOnLevel(goldenModel("mixed-counting"), names, axes);
  });

  test("of 1 degree of freedom are as wide as each parameter's interval", () => {
    const model = goldenModel("mixed-counting");
    const { levels } = profileScan2d(model, {
      x: { parameter: "mu" },
      y: { parameter: "modelling" },
      dof: 1,
    });
    levels.forEach(({ level, contours }, k) => {
      const ci = profileScan(model, [1])[k === 0 ? "ci68" : "ci95"];
      expect(level).toBeCloseTo(ci.level, 10);
      const widest = Math.max(...(contours[0] as Contour).vertices.map((v) => v.x));
      const width = (ci.upper as number) - 1;
      expect(widest).toBeLessThan((ci.upper as number) + 1e-6);
      expect(widest).toBeGreaterThan((ci.upper as number) - 3e-3 * width);
    });
  });

  test("are clipped at bounds, corners included", () => {
    const model = goldenModel("mixed-counting");
    const bounds = { mu: [0.9, 1.3], modelling: [-0.2, 0.1] } as const;
    const axes = { x: { parameter: "mu" }, y: { parameter: "modelling" } };
    const { levels } = profileScan2d(model, { ...axes, bounds });
    const { vertices, closed, area } = mainContour(levels);
    expect(closed).toBe(false);
    expect(vertices.every((v) => v.clipped)).toBe(true);
    expect(area).toBeCloseTo(0.4 * 0.3, 10);
  });

  test("around a best fit on a bound", () => {
    const model = goldenModel("bound-mu-zero");
    const axes = { x: { parameter: "mu", points: 5 }, y: { parameter: "theory", points: 5 } };
    expectOnLevel(model, ["mu", "theory"], axes);
    const { levels } = profileScan2d(model, axes);
    const { vertices, area } = mainContour(levels);
    expect(Math.min(...vertices.map((v) => v.x))).toBe(0);
    expect(area).toBeGreaterThan(0);
  });

  test("of a region in two pieces: both, with a warning", () => {
    const model = goldenModel("two-minima-08");
    const axes = { x: { parameter: "mu", points: 31 }, y: { parameter: "coupled", points: 31 } };
    const scan = profileScan2d(model, {
      x: { ...axes.x, start: 0, stop: 4 },
      y: { ...axes.y, start: -3, stop: 3 },
      levels: [0.6826894921370859],
    });
    expect(scan.warnings.join()).toMatch(/2\.296 has 2 pieces/);
    const { contours, level } = scan.levels[0] as ContourLevel;
    expect(contours.map((c) => c.method)).toEqual(["rays", "grid"]);
    for (const { vertices, area } of contours) {
      expect(area).toBeGreaterThan(0);
      for (const { x, y, clipped } of vertices.filter((_, k) => k % 5 === 0)) {
        const { nll } = fit(model, { fixedParams: { mu: x, coupled: y }, covariance: false });
        if (!clipped) expect(2 * (nll - scan.nllHat)).toBeCloseTo(level, 6);
      }
    }
  });

  test("of a region that turns back on itself follow the grid, with a warning", () => {
    const axes = { x: { parameter: "mu", points: 41 }, y: { parameter: "coupled", points: 41 } };
    const scan = profileScan2d(goldenModel("two-minima-08"), {
      x: { ...axes.x, start: 0, stop: 4 },
      y: { ...axes.y, start: -3, stop: 3 },
      levels: [0.95],
    });
    expect(scan.warnings.join()).toMatch(/not star-shaped/);
    const { contours } = scan.levels[0] as ContourLevel;
    expect(contours[0]?.method).toBe("grid");
    expect(contours[0]?.area).toBeGreaterThan(0);
  });
});

describe("the grid", () => {
  const model = goldenModel("two-minima-08");
  const options = {
    x: { parameter: "mu", start: 0, stop: 3, points: 7 },
    y: { parameter: "coupled", start: -2, stop: 2, points: 6 },
  };
  const scan = profileScan2d(model, options);

  test("has rows of y and columns of x, none below the best fit", () => {
    expect(scan.twiceDeltaNll).toHaveLength(6);
    expect(scan.twiceDeltaNll.every((row) => row.length === 7)).toBe(true);
    expect(scan.twiceDeltaNll.flat().every((v) => (v as number) >= 0)).toBe(true);
    expect(scan.x).toMatchObject({ parameter: "mu", index: model.poiIndex() });
    expect(scan.y.values[5]).toBe(2);
  });

  test("its lowest value of each row is the profile of y or above", () => {
    const along = profileScan(model, { parameter: "coupled", muValues: scan.y.values });
    along.points.forEach(({ twiceDeltaNll }, j) => {
      const lowest = Math.min(...(scan.twiceDeltaNll[j] as number[]));
      expect(lowest).toBeGreaterThan((twiceDeltaNll as number) - 1e-8);
    });
  });

  test("does not depend on who runs the walks", () => {
    expect(runReversed(profileScan2dSteps(model, options), model.evaluator)).toEqual(scan);
  });

  test("interrupted: what was finished", () => {
    const part = runInterrupted(profileScan2dSteps(model, options), model.evaluator, 20);
    expect(part.partial).toBe(true);
    const known = part.twiceDeltaNll.flat().filter((v) => v !== null);
    expect(known).toHaveLength(20);
    expect(part.twiceDeltaNll[0]).toEqual(scan.twiceDeltaNll[0]);
    expect(part.levels.map((l) => l.contours)).toEqual([[], []]);
  });
});

describe("bad input", () => {
  const model = goldenModel("mixed-counting");
  const x = { parameter: "mu" };
  const y = { parameter: "modelling" };
  test.each([
    [{ x, y: x }, 'both axes are "mu"'],
    [{ x, y: { parameter: "nobody" } }, 'no parameter "nobody"'],
    [{ x: { ...x, points: 1 }, y }, "a grid of 1 points"],
    [{ x: { ...x, start: 2, stop: 1 }, y }, "a grid from 2 to 1"],
    [{ x: { ...x, start: Number.NaN }, y }, "a grid from NaN to "],
    [{ x: { ...x, start: -1, stop: 1 }, y }, "the scan goes to -1, outside the bounds [0, 10]"],
    [{ x: { ...x, points: 2000 }, y: { ...y, points: 2000 } }, "a grid of 4000000 points"],
    [{ x, y, levels: [1] }, "the level 1 is not between 0 and 1"],
    [{ x, y, dof: 3 as 2 }, "levels with 3 degrees of freedom"],
    [{ x, y, fixedParams: { modelling: 0 } }, 'the parameter "modelling" is fixed'],
  ])("%o", (options, message) => {
    const run = (): unknown => profileScan2d(model, options);
    expect(run).toThrow(NextstatError);
    expect(run).toThrow(message);
  });
});
