/** Comparing two profiles: made of one-parameter parabolas whose minima, heights and constants are known. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CutReading,
  compareScans,
  DEFAULT_THRESHOLDS,
  type OwnAtRoot,
} from "../../src/parity/compare.ts";
import type { OwnScan, RootScan } from "../../src/parity/scan-records.ts";

const MUS = [0, 0.5, 1, 1.5, 2];

/** NLL of a model with the strength alone: a parabola, or two of them side by side. */
type Nll = (mu: number) => number;

const parabola: Nll = (mu) => 0.5 * ((mu - 0.7) / 0.4) ** 2;

interface World {
  readonly own: Nll;
  readonly root: Nll;
  /** Where each tool's free fit ends; both fit the strength exactly at points of the scan. */
  readonly ownHat: number;
  readonly rootHat: number;
  /** By how much ROOT's fits of the scan end above ROOT's likelihood at ours. */
  readonly rootStops?: number;
  /** The same for ours. */
  readonly ownStops?: number;
  /** Ours with templates cut off; without, none is negative. */
  readonly cut?: Nll;
}

/** What the two tools would write. */
function records({ own, root, ownHat, rootHat, rootStops = 0, ownStops = 0 }: World): {
  own: OwnScan;
  root: RootScan;
  there: OwnAtRoot;
} {
  const q = (nll: number, best: number, mu: number, hat: number): number =>
    mu < hat ? 0 : 2 * (nll - best);
  const ownScan: OwnScan = {
    tool: "nextstat",
    version: "0",
    poiName: "mu",
    muHat: ownHat,
    nllHat: own(ownHat),
    converged: true,
    warnings: [],
    timingS: { build: 0, nllEval: 0, fit: 0, scan: 0 },
    parameterNames: ["mu"],
    bestfit: [ownHat],
    uncertainties: [0.4],
    points: MUS.map((mu) => {
      const nllMu = own(mu) + ownStops;
      return { mu, nllMu, qMu: q(nllMu, own(ownHat), mu, ownHat), converged: true };
    }),
  };
  const rootScan: RootScan = {
    rootVersion: "6",
    poiName: "mu",
    muHat: rootHat,
    nllHat: root(rootHat),
    muHatSource: "free_fit",
    statusFree: 0,
    rangesCut: [],
    timingS: { total: 0, open: 0, freeFit: 0, firstFreeFit: 0, scan: 0, nllEval: 0 },
    parameterNames: ["mu"],
    constant: [false],
    start: { nll: root(1), parameters: [1] },
    freeFit: { mu: rootHat, nll: root(rootHat), parameters: [rootHat], errors: [0.4] },
    atNextstat: { unknown: [], nll: [root(ownHat), ...MUS.map(root)] },
    points: MUS.map((mu) => {
      const nllMu = root(mu) + rootStops;
      return { mu, nllMu, qMu: q(nllMu, root(rootHat), mu, rootHat), status: 0, parameters: [mu] };
    }),
  };
  const there = {
    start: own(1),
    freeFit: own(rootHat),
    points: MUS.map((mu) => own(mu) + rootStops),
  };
  return { own: ownScan, root: rootScan, there };
}

/** Templates that are negative above mu = 1, and our NLL with them cut off. */
function cutReading({ cut, ownHat, rootHat }: World): CutReading | null {
  if (cut === undefined) return null;
  const template = { channel: "SR", sample: "background", bins: [2], nPositions: 4 };
  return {
    templates: { nPositions: 13, nCut: 4, templates: [template] },
    nll: {
      atRoot: { start: cut(1), freeFit: cut(rootHat), points: MUS.map(cut) },
      atOwn: { freeFit: cut(ownHat), points: MUS.map(cut) },
    },
  };
}

function compare(world: World): ReturnType<typeof compareScans> {
  const { own, root, there } = records(world);
  return compareScans(own, root, there, DEFAULT_THRESHOLDS, cutReading(world));
}

const same: World = { own: parabola, root: parabola, ownHat: 0.7, rootHat: 0.7 };

describe("comparing profiles", () => {
  test("constants of the NLL do not matter", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e4, max: 1e4, noNaN: true }), (constant) => {
        const { status, agreement, diff } = compare({
          ...same,
          root: (mu) => parabola(mu) + constant,
        });
        expect([status, agreement]).toEqual(["ok", "profile"]);
        // Rounding of numbers of 1e4.
        expect(diff.maxAbsDqMu).toBeLessThan(1e-11);
        expect(diff.maxAbsDTwiceNllSameParameters).toBeLessThan(1e-11);
      }),
    );
  });

  test("a likelihood of another width fails, and says by how much", () => {
    fc.assert(
      fc.property(fc.double({ min: 1.05, max: 3, noNaN: true }), (factor) => {
        const { status, agreement, reasons, diff } = compare({
          ...same,
          root: (mu) => factor * parabola(mu),
        });
        expect([status, agreement]).toEqual(["fail", "none"]);
        // The largest difference of q is at mu = 2.
        expect(diff.maxAbsDqMu).toBeCloseTo((factor - 1) * 2 * parabola(2), 9);
        expect(diff.muAtMaxAbsDqMu).toBe(2);
        expect(reasons.join("\n")).toContain("the likelihoods differ");
      }),
    );
  });

  test("a shifted best fit fails beyond its tolerance, and only there", () => {
    // Flat enough that q(mu) does not notice.
    const flat: Nll = (mu) => 1e-4 * parabola(mu);
    for (const [shift, status] of [
      [0.04, "ok"],
      [0.06, "fail"],
    ] as const) {
      const world = { own: flat, root: flat, ownHat: 0.7, rootHat: 0.7 + shift };
      expect(compare(world).status, String(shift)).toBe(status);
    }
  });

  test("ROOT in a higher minimum agrees at the same parameters, and says so", () => {
    const twoMinima: Nll = (mu) => Math.min(parabola(mu), 0.3 + 0.5 * ((mu - 1.6) / 0.2) ** 2);
    const { status, agreement, reasons, diff } = compare({
      own: twoMinima,
      root: (mu) => twoMinima(mu) + 50,
      ownHat: 0.7,
      rootHat: 1.6,
    });
    expect([status, agreement]).toEqual(["ok", "same_parameters"]);
    expect(diff.maxAbsDqMu).toBeGreaterThan(DEFAULT_THRESHOLDS.dqAtol);
    expect(diff.rootAboveMinimum.freeFit).toBeCloseTo(0.6, 9);
    expect(diff.lowest.maxAbsDqMu).toBeLessThan(1e-9);
    expect(reasons.join("\n")).toContain("ROOT's free fit is not at the minimum");
  });

  test("ROOT's scan stopping early agrees at the same parameters", () => {
    const { status, agreement, diff } = compare({ ...same, rootStops: 0.5 });
    expect([status, agreement]).toEqual(["ok", "same_parameters"]);
    expect(diff.rootAboveMinimum.scan).toBeCloseTo(1, 9);
  });

  test("it is a failure when it is our fit that stops early", () => {
    const { status, reasons } = compare({ ...same, ownStops: 0.5, own: parabola });
    expect(status).toBe("fail");
    expect(reasons.join("\n")).toContain("nextstat's fit is not at the minimum");
    // In a higher minimum, too.
    const twoMinima: Nll = (mu) => Math.min(parabola(mu), 0.3 + 0.5 * ((mu - 1.6) / 0.2) ** 2);
    expect(compare({ own: twoMinima, root: twoMinima, ownHat: 1.6, rootHat: 0.7 }).status).toBe(
      "fail",
    );
  });

  test("a likelihood that differs is no matter of minima", () => {
    const { status } = compare({ ...same, root: (mu) => 1.5 * parabola(mu), rootStops: 0.5 });
    expect(status).toBe("fail");
  });

  test("what is not finite never agrees", () => {
    const { own, root, there } = records(same);
    const points = root.points.map((point, i) =>
      i === 2 ? { ...point, nllMu: null, qMu: null } : point,
    );
    const { status, diff } = compareScans(
      own,
      { ...root, points },
      there,
      DEFAULT_THRESHOLDS,
      null,
    );
    expect(status).toBe("fail");
    expect(diff.maxAbsDqMu).toBeNull();
    expect(diff.topDqMuByAbs[0]?.mu).toBe(1);
  });

  test("a scan of ROOT's that lacks points never agrees", () => {
    const { own, root, there } = records(same);
    const shorter = { ...root, points: root.points.slice(0, 3) };
    expect(compareScans(own, shorter, there, DEFAULT_THRESHOLDS, null).status).toBe("fail");
  });
});

describe("templates that ROOT cuts off", () => {
  /** Higher than ROOT's where a template is negative. */
  const uncut: Nll = (mu) => parabola(mu) + (mu > 1 ? (mu - 1) ** 2 : 0);
  const world: World = { ...same, own: uncut, cut: parabola };

  test("explain a profile, and are named with what they explain", () => {
    const { status, agreement, reasons, diff } = compare(world);
    expect([status, agreement]).toEqual(["ok", "cut_templates"]);
    expect(diff.maxAbsDqMu).toBeCloseTo(2, 9);
    expect(diff.maxAbsDTwiceNllSameParameters).toBeCloseTo(2, 9);
    expect(diff.cutTemplates?.maxAbsDTwiceNllSameParameters).toBeLessThan(1e-12);
    const text = reasons.join("\n");
    expect(text).toContain("negative at 4 of 13 positions: SR/background in bin 2 (4)");
    expect(text).toContain("the likelihoods differ in nothing else");
  });

  test("explain nothing when cutting them off leaves a difference", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-5, max: 1, noNaN: true }), fc.nat(4), (extra, at) => {
        // One position alone is off, by more than rounding in 2NLL.
        const cut: Nll = (mu) => parabola(mu) + (mu === MUS[at] ? extra : 0);
        const { status, agreement, reasons } = compare({ ...world, cut });
        expect([status, agreement]).toEqual(["fail", "none"]);
        expect(reasons.join("\n")).toMatch(/the likelihoods differ: .* with these cut off/);
      }),
    );
  });

  test("are no matter where the likelihoods agree without", () => {
    const { agreement, reasons } = compare({ ...same, cut: uncut });
    expect(agreement).toBe("profile");
    expect(reasons.join("\n")).toContain("templates are negative");
    expect(reasons.join("\n")).not.toContain("the likelihoods differ");
  });

  test("do not excuse a fit of ours that stops early", () => {
    for (const ownStops of [0.5, 1e-3]) {
      expect(compare({ ...world, ownStops }).status, String(ownStops)).toBe("fail");
    }
  });
});

test("a profile within its threshold is no agreement when the likelihoods differ elsewhere", () => {
  const { own, root, there } = records(same);
  const { status, reasons } = compareScans(
    own,
    root,
    { ...there, start: (there.start as number) + 0.5 },
    DEFAULT_THRESHOLDS,
    null,
  );
  expect(status).toBe("fail");
  expect(reasons.join("\n")).toContain("at the same parameters by up to 1 in 2NLL");
});

test("ROOT stopping early excuses no difference of the likelihoods", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-4, max: 0.1, noNaN: true }), (slope) => {
      // As a yield that is off by 0.1 % does it: far below the threshold of q(mu).
      const own: Nll = (mu) => parabola(mu) + slope * 0.1 * mu;
      const { status } = compare({ ...same, own, rootStops: 0.5 });
      expect(status).toBe("fail");
    }),
  );
});
