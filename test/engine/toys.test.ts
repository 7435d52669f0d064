/**
 * Toys against what others know of them: pyhf's toys of seven models, the asymptotic formulas at high counts, fits from more
 * starting points, and every committed workspace. TOYS=N makes that many toys of each hypothesis where the number is free,
 * for figures with a smaller error.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromPyhf, hypotest, type Model } from "../../src/index.ts";
import { tailProbabilities } from "../../src/infer/asymptotics.ts";
import { objectiveOf } from "../../src/infer/objective.ts";
import { drawToy, type Toy, type ToyRun } from "../../src/infer/toys.ts";
import { createMinimizer } from "../../src/optimize/minimize.ts";
import type { Box } from "../../src/optimize/objective.ts";
import { channel, mu, normsys, sample, shapesys, workspace } from "../../tools/golden/build.ts";
import { makeRandom, type Random } from "../../tools/golden/random.ts";
import { collectToys, HYPOTHESES, runToys } from "../infer/collect-toys.ts";
import { expectAtMost, expectWithin } from "./support/agreement.ts";
import { goldenWorkspaceText, publishedFolder, sharedWorkspaceText } from "./support/references.ts";

function numberOfToys(usual: number): number {
  return Number(process.env.TOYS ?? usual);
}

// --- pyhf -----------------------------------------------------------------------------------------------------------

/** A file of test/golden/toys, see tools/golden/README.md. */
interface GoldenToys {
  readonly workspace: string;
  readonly mu: number;
  readonly n_toys: number;
  readonly q_obs: number;
  readonly clsb: number;
  readonly clb: number;
  readonly expected: { readonly cls: readonly number[] };
  /** Ascending, to 1e-5. */
  readonly q: { readonly sb: readonly number[]; readonly b: readonly number[] };
}

const toysFolder = new URL("../golden/toys/", import.meta.url);

/** Statistics this close are one: those of pyhf are rounded to 1e-5, and ours are as good. */
const SAME_STATISTIC = 2e-5;
/** Of the two-sample Kolmogorov-Smirnov distance, in units of its scale: 0.1 % of pairs from one distribution exceed it. */
const KOLMOGOROV_SMIRNOV = 1.95;

/** Share of ascending values that are at most x. */
function shareUpTo(sorted: readonly number[], x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= x) low = middle + 1;
    else high = middle;
  }
  return low / sorted.length;
}

/**
 * Two-sample Kolmogorov-Smirnov distance in units of its scale. Distribution functions are compared between values, never
 * within {@link SAME_STATISTIC} of one: members of an atom, as at 0, differ in rounding only. With atoms the test is
 * conservative: fewer pairs than without exceed a limit.
 */
function kolmogorovSmirnov(a: readonly number[], b: readonly number[]): number {
  const [left, right] = [a.toSorted((x, y) => x - y), b.toSorted((x, y) => x - y)];
  const excess = (over: readonly number[], under: readonly number[], x: number): number =>
    shareUpTo(over, x) - shareUpTo(under, x + 2 * SAME_STATISTIC);
  const distance = Math.max(
    ...left.map((x) => excess(left, right, x)),
    ...right.map((x) => excess(right, left, x)),
  );
  return distance * Math.sqrt((a.length * b.length) / (a.length + b.length));
}

function expectSameShare(what: string, ours: number, theirs: number, n: number): void {
  // Both have a binomial error; at none or all of n it is that of one.
  const p = Math.min(Math.max((ours + theirs) / 2, 1 / n), 1 - 1 / n);
  expectWithin(what, ours, theirs, 4 * Math.sqrt((2 * p * (1 - p)) / n));
}

describe("as many toys as pyhf's", () => {
  const files = readdirSync(toysFolder);
  it("are of several models", () => expect(files.length).toBeGreaterThanOrEqual(5));

  it.each(files)("have its distributions: %s", (file) => {
    const pyhf: GoldenToys = JSON.parse(readFileSync(new URL(file, toysFolder), "utf8"));
    const model = golden(pyhf.workspace.replace(".json", ""));
    const n = pyhf.n_toys;
    const { result, toys } = collectToys(model, pyhf.mu, { nToys: n, expectedSet: true });
    const { qObs, clsb, clb, expectedSet, nError, nNonconverged } = result;
    expect([nError, nNonconverged]).toEqual([
      { b: 0, sb: 0 },
      { b: 0, sb: 0 },
    ]);
    expectWithin("q on the data", qObs as number, pyhf.q_obs, SAME_STATISTIC);
    expectSameShare("CLs+b", clsb as number, pyhf.clsb, n);
    expectSameShare("CLb", clb as number, pyhf.clb, n);
    for (const of of HYPOTHESES) {
      const ours = toys[of].map(({ statistic }) => statistic);
      expectAtMost(of, kolmogorovSmirnov(ours, pyhf.q[of]), KOLMOGOROV_SMIRNOV);
    }
    expectedSet?.cls.forEach((cls, k) => {
      const theirs = pyhf.expected.cls[k] as number;
      expectAtMost("expected CLs", Math.abs(cls - theirs), 0.05 + 0.1 * theirs);
    });
  });

  it("would not have those of a model that is a little different", () => {
    const {
      q,
      mu: tested,
      n_toys: n,
    }: GoldenToys = JSON.parse(readFileSync(new URL("mixed-counting.json", toysFolder), "utf8"));
    const { toys } = collectToys(golden("mixed-counting"), tested - 0.2, { nToys: n });
    const others = toys.b.map(({ statistic }) => statistic);
    expect(kolmogorovSmirnov(others, q.b)).toBeGreaterThan(KOLMOGOROV_SMIRNOV);
    expect(kolmogorovSmirnov([0, 0, ...q.b], [...q.b.slice(2), 1e3, 1e3])).toBeLessThan(0.1);
  });
});

// --- Exact ----------------------------------------------------------------------------------------------------------

it("p-values of data without events are the probabilities of no events", () => {
  // Nothing is further from the signal: q is 2 (1.1 + 0.7) whatever the auxiliary data, an atom that must count whole.
  const n = 4000;
  const { result, plans } = collectToys(golden("zero-data-everywhere"), 1, { nToys: n });
  expectWithin("q on the data", result.qObs as number, 3.6, 1e-9);
  const none = ({ ensemble }: ToyRun): number => Math.exp(-ensemble.main.reduce((a, b) => a + b));
  const expectShare = (what: string, value: number, p: number): void =>
    expectWithin(what, value, p, 4 * Math.sqrt((p * (1 - p)) / n));
  expectShare("CLs+b", result.clsb as number, none(plans.sb));
  expectShare("CLb", result.clb as number, none(plans.b));
});

// --- Asymptotic formulas --------------------------------------------------------------------------------------------

/**
 * "Within 2 %" is of probability, absolute: relative to small tails it would be less than what the formulas promise. With
 * 20,000 toys the standard deviation of a share is at most 0.35 %, and 0.1 % of samples are 1.4 % from their distribution
 * somewhere.
 */
const ASYMPTOTIC = 0.02;
const MANY = 20_000;

/** Millions of events, and a signal of two standard deviations: half of the estimates without signal are held at 0. */
const weakSignal = workspace([
  channel(
    "SR",
    [1_001_250, 500_430],
    sample("signal", [1000, 1500], mu),
    sample("background", [1_000_000, 500_000], normsys("theory", 1.0004, 0.9996)),
    sample("fakes", [400, 300], shapesys("fakes", [60, 50])),
  ),
]);

describe("at high counts toys follow the asymptotic formulas within 2 %", () => {
  it.each([
    ["huge-yields", goldenWorkspaceText("huge-yields"), 1.1],
    ["a weak signal", JSON.stringify(weakSignal), 1.3],
  ])("%s", (_, text, tested) => {
    const model = fromPyhf(text);
    const { qMu, qMuA, clsb, clb } = hypotest(model, tested);
    const { result, toys } = collectToys(model, tested, { nToys: MANY });
    expectWithin("q on the data", result.qObs as number, qMu as number, 1e-6);
    expectWithin("CLs+b", result.clsb as number, clsb as number, ASYMPTOTIC);
    expectWithin("CLb", result.clb as number, clb as number, ASYMPTOTIC);
    for (const of of HYPOTHESES) {
      const sorted = toys[of].map(({ statistic }) => statistic).toSorted((a, b) => a - b);
      const largest = sorted.map((q, k) => {
        // The formulas have no atom at 0 but half the probability there: everything is at least 0.
        if (q < SAME_STATISTIC) return 0;
        const p = tailProbabilities("qtilde", q, qMuA as number)[of === "b" ? "clb" : "clsb"];
        return Math.max(Math.abs(1 - k / MANY - p), Math.abs(1 - (k + 1) / MANY - p));
      });
      expectAtMost(`distance of ${of}`, Math.max(...largest), ASYMPTOTIC);
    }
  });
});

// --- Other starting points ------------------------------------------------------------------------------------------

const MORE_STARTS = 20;
const CHANGED = 1e-3;
/** Of toys whose statistic more starts may change. */
const MISSED = 0.005;
/** Alphas within 3 prior widths, gammas and factors within [0.2, 3], inside the bounds. */
const ALPHA_RANGE = 3;
const FACTOR_RANGE = [0.2, 3] as const;

function randomPlace({ resolved }: Model, { fixed }: Box, x: Float64Array, random: Random) {
  return Float64Array.from(resolved.parameters, ({ kind, constraint, lower, upper }, i) => {
    const width = ALPHA_RANGE * (constraint.type === "gauss" ? constraint.sigma : 1);
    const [low, high] = kind === "alpha" ? [-width, width] : FACTOR_RANGE;
    const drawn = Math.min(Math.max(random.uniform(low, high), lower), upper);
    return fixed[i] === 1 ? (x[i] as number) : drawn;
  });
}

/** The statistic of a toy, of which the estimates are known, when both fits also start from random places. */
function fromMoreStarts(model: Model, plan: ToyRun, toy: Toy, random: Random): number {
  const { likelihood, ensemble, statistic, poi } = plan;
  const { box } = likelihood;
  if (toy.estimates === null || statistic.type !== "profile" || poi === null) return Number.NaN;
  model.evaluator.setDataset(drawToy(ensemble, toy.index, likelihood.dataset));
  const minimizer = createMinimizer(objectiveOf(model.evaluator));
  const places = Array.from({ length: MORE_STARTS }, () =>
    randomPlace(model, box, ensemble.x, random),
  );
  const lowest = (starts: readonly Float64Array[], where: Box) =>
    starts
      .map((start) => minimizer.minimize(start, where, { tolerance: 1e-10 }))
      .reduce((best, next) => (next.value < best.value ? next : best));
  const best = lowest(places, box);
  const isLower = best.value < toy.estimates.nll;
  const free = isLower ? best.value : toy.estimates.nll;
  if ((isLower ? (best.x[poi] as number) : toy.muHat) > statistic.mu) return 0;
  const held = { ...box, fixed: box.fixed.slice() };
  held.fixed[poi] = 1;
  const atMu = [...places, best.x, toy.estimates.x].map((x) => x.with(poi, statistic.mu));
  const known =
    toy.muHat > statistic.mu ? Number.POSITIVE_INFINITY : toy.estimates.nll + toy.statistic / 2;
  return Math.max(0, 2 * (Math.min(known, lowest(atMu, held).value) - free));
}

/** Share of toys whose statistic more starts change. */
function shareChanged(model: Model, tested: number, nToys: number, search: boolean): number {
  const { plans, toys, result } = collectToys(model, tested, { nToys, search });
  const random = makeRandom(20261122);
  let changed = 0;
  for (const of of HYPOTHESES) {
    const run = { ...plans[of], estimates: true, first: 0, count: nToys };
    const points = runToys(model.evaluator, [run])[0]?.points ?? [];
    points.forEach((toy, k) => {
      expect(toy.statistic).toBe(toys[of][k]?.statistic);
      const q = fromMoreStarts(model, run, toy, random);
      if (!(Math.abs(q - toy.statistic) <= CHANGED)) changed++;
    });
    expect(result.nLowerMinimum[of]).toBe(toys[of].filter(({ lower }) => lower).length);
  }
  if (process.env.TOYS !== undefined) {
    const { b, sb } = result.nLowerMinimum;
    console.log(
      `search ${search}: ${changed} of ${2 * nToys} toys changed; lower minima found in ${b} + ${sb}`,
    );
  }
  return changed / (2 * nToys);
}

describe("20 more starts change q by more than 1e-3 in at most 0.5 % of the toys", () => {
  const timeout = 900_000;
  it.each([
    ["two-minima-03", 0.5],
    ["two-minima-08", 2],
    ["several-minima-01", 1.5],
  ])("%s, but in more without the search", { timeout }, (name, tested) => {
    const model = golden(name);
    expectAtMost(name, shareChanged(model, tested, numberOfToys(200), true), MISSED);
    expect(shareChanged(model, tested, 100, false)).toBeGreaterThan(MISSED);
    const { b, sb } = collectToys(model, tested, { nToys: 100 }).result.nLowerMinimum;
    expect(b + sb).toBeGreaterThan(0);
  });

  it.skipIf(!existsSync(publishedFolder))("s2018-31_A", { timeout }, () => {
    const model = fromPyhf(sharedWorkspaceText(publishedFolder, "s2018-31_A"));
    expectAtMost("share", shareChanged(model, 1, numberOfToys(20), true), MISSED);
    if (process.env.TOYS !== undefined) shareChanged(model, 1, numberOfToys(20), false);
  });
});

// --- Every workspace ------------------------------------------------------------------------------------------------

describe("every committed workspace has toys", () => {
  const folder = new URL("../golden/workspaces/", import.meta.url);
  const names = readdirSync(folder).map((file) => file.replace(".json", ""));
  it.each(names)("%s", (name) => {
    for (const interpDefaults of ["root", "pyhf"] as const) {
      const model = fromPyhf(goldenWorkspaceText(name), { interpDefaults });
      const parameter = model.resolved.parameters[model.poiIndex() ?? -1];
      if (parameter === undefined || parameter.fixed) {
        expect(() => collectToys(model, 1, {})).toThrow(/parameter of interest/);
        continue;
      }
      // Large ones take up to 60 ms for a toy.
      const nToys = model.resolved.parameters.length > 100 ? 3 : 10;
      const { result, toys } = collectToys(model, 1, { nToys });
      expect(result.nToys).toEqual({ b: nToys, sb: nToys });
      for (const of of HYPOTHESES) {
        expect(toys[of].map(({ status }) => status)).toEqual(Array(nToys).fill("ok"));
        for (const { statistic, muHat, index } of toys[of]) {
          expect(statistic >= 0 && statistic < 1e6, `toy ${index}: ${statistic}`).toBe(true);
          expect(muHat >= parameter.lower && muHat <= parameter.upper).toBe(true);
        }
      }
      expect(result.nError).toEqual({ b: 0, sb: 0 });
      expect(result.nNonconverged).toEqual({ b: 0, sb: 0 });
    }
  });
});

function golden(name: string): Model {
  return fromPyhf(goldenWorkspaceText(name));
}
