/**
 * Fits to toys, coverage, and toys of the discovery test and of the goodness of fit: against fits of the same data by the
 * ordinary fit, against exact Poisson sums, and against what statistics says about repeated experiments.
 *
 * @module
 */

import { describe, expect, test } from "vitest";
import {
  coverage,
  fit,
  fitToys,
  fromPyhf,
  goodnessOfFit,
  type Model,
  significance,
  significanceToys,
} from "../../src/index.ts";
import { runSteps } from "../../src/infer/steps.ts";
import { fitToysSteps } from "../../src/infer/toy-fits.ts";
import type { ToyRun } from "../../src/infer/toys.ts";
import { drawToy } from "../../src/infer/toys.ts";
import { goldenWorkspaceText } from "../engine/support/references.ts";
import { runInterrupted, runReversed } from "./drive.ts";

interface Modifier {
  readonly name: string;
  readonly type: string;
  readonly data: unknown;
}

function workspace(
  signal: readonly number[],
  background: readonly number[],
  observed: readonly number[],
  systematics: readonly Modifier[] = [],
  bounds: readonly [number, number] = [0, 10],
): Model {
  const mu = { name: "mu", type: "normfactor", data: null };
  return fromPyhf(
    JSON.stringify({
      channels: [
        {
          name: "SR",
          samples: [
            { name: "signal", data: signal, modifiers: [mu] },
            { name: "background", data: background, modifiers: systematics },
          ],
        },
      ],
      observations: [{ name: "SR", data: observed }],
      measurements: [
        {
          name: "m",
          config: { poi: "mu", parameters: [{ name: "mu", inits: [1], bounds: [bounds] }] },
        },
      ],
      version: "1.0.0",
    }),
  );
}

/** One strength, one background norm, eight systematics, ten bins with statistical errors: 20 parameters, thousands of events. */
function twentyParameters(): Model {
  const bins = Array.from({ length: 10 }, (_, b) => b);
  const background = bins.map((b) => 4000 * Math.exp(-0.1 * b));
  const signal = bins.map((b) => 300 * Math.exp(-0.5 * ((b - 5) / 1.5) ** 2));
  const systematics: Modifier[] = [
    { name: "norm", type: "normfactor", data: null },
    { name: "staterror_SR", type: "staterror", data: background.map((n) => 0.005 * n) },
    ...Array.from({ length: 4 }, (_, k) => ({
      name: `norm_${k}`,
      type: "normsys",
      data: { hi: 1 + 0.01 * (k + 1), lo: 1 - 0.01 * (k + 1) },
    })),
    ...Array.from({ length: 4 }, (_, k) => ({
      name: `shape_${k}`,
      type: "histosys",
      data: {
        hi_data: background.map((n, b) => n * (1 + 0.004 * (k + 1) * Math.cos(b * (k + 1)))),
        lo_data: background.map((n, b) => n * (1 - 0.004 * (k + 1) * Math.cos(b * (k + 1)))),
      },
    })),
  ];
  const observed = bins.map((b) => Math.round((background[b] as number) + (signal[b] as number)));
  return workspace(signal, background, observed, systematics, [-10, 10]);
}

/** P(N >= n) for a Poisson mean. */
function poissonTail(n: number, mean: number): number {
  let term = Math.exp(-mean);
  let below = 0;
  for (let k = 0; k < n; k++) {
    below += term;
    term *= mean / (k + 1);
  }
  return 1 - below;
}

describe("fits to toys", () => {
  test.each(["realistic-small", "mixed-staterror-shapesys", "two-minima-01"])(
    "%s: every toy is fitted as the ordinary fit fits its data",
    (name) => {
      const text = goldenWorkspaceText(name);
      const model = fromPyhf(text);
      const steps = fitToysSteps(model, { nToys: 12, fixedAux: true });
      const runs: ToyRun[] = [];
      const spied = (function* () {
        let next = steps.next();
        while (next.done !== true) {
          for (const task of next.value.tasks) if ("ensemble" in task) runs.push(task);
          next = steps.next(yield next.value);
        }
        return next.value;
      })();
      const { toys, flags } = runSteps(spied, model.evaluator);
      expect(flags).toContain("aux_fixed");
      const [run] = runs as [ToyRun];
      for (const toy of toys) {
        const { main } = drawToy(run.ensemble, toy.index, run.likelihood.dataset);
        const data = JSON.parse(text);
        // Channels stand in the order of the data vector.
        for (const { name: channel, firstBin, nBins } of model.resolved.channels) {
          const observation = data.observations.find((o: { name: string }) => o.name === channel);
          observation.data = [...main.slice(firstBin, firstBin + nBins)];
        }
        const reference = fit(fromPyhf(JSON.stringify(data)));
        expect(toy.status).toBe("ok");
        expect(Math.abs(toy.nll - reference.nll)).toBeLessThan(1e-8);
        reference.uncertainties.forEach((sigma, i) => {
          if (sigma === null) return;
          const off = Math.abs((toy.x[i] as number) - (reference.bestfit[i] as number)) / sigma;
          expect(off).toBeLessThan(1e-5);
          if (!Number.isNaN(toy.sigma[i])) {
            expect(Math.abs((toy.sigma[i] as number) / sigma - 1)).toBeLessThan(1e-4);
          }
        });
      }
    },
  );

  test("pulls are standard normal where counts are high", () => {
    const { parameters, nToys, nError, nNonconverged, toys } = fitToys(twentyParameters(), {
      nToys: 2000,
    });
    expect(parameters).toHaveLength(20);
    expect([nToys, nError, nNonconverged]).toEqual([2000, 0, 0]);
    expect(toys.map(({ index }) => index)).toEqual(Array.from({ length: 2000 }, (_, i) => i));
    for (const {
      name,
      pullMean,
      pullStd,
      coverage: covered,
      coverageError,
      nPulls,
    } of parameters) {
      expect(nPulls, name).toBe(2000);
      // 4 errors of 2,000 toys, 20 parameters at a time.
      expect(Math.abs(pullMean as number), name).toBeLessThan(4 / Math.sqrt(2000));
      expect(Math.abs((pullStd as number) - 1), name).toBeLessThan(4 / Math.sqrt(4000));
      const off = Math.abs((covered as number) - 0.6827);
      expect(off, name).toBeLessThan(4 * (coverageError as number));
    }
  });

  test("a model without parameter of interest, and one drawn at its nominal values", () => {
    const text = JSON.parse(goldenWorkspaceText("mixed-counting"));
    text.measurements[0].config.poi = "";
    const nowhere = fitToys(fromPyhf(JSON.stringify(text)), { nToys: 5, from: "prefit" });
    expect(nowhere.poi).toBeNull();
    expect(nowhere.intervalCoverage).toBeNull();
    const model = fromPyhf(goldenWorkspaceText("mixed-counting"));
    const { parameters, poi } = fitToys(model, { nToys: 5, from: "prefit", mu: 2 });
    const init = model.suggestedInit();
    parameters.forEach(({ name, truth }, i) => {
      expect(truth).toBe(name === poi ? 2 : init[i]);
    });
  });

  test("does not depend on who makes which toys; an interruption keeps those that are done", () => {
    const model = fromPyhf(goldenWorkspaceText("two-minima-08"));
    const make = () => fitToysSteps(model, { nToys: 60 });
    const whole = runSteps(make(), model.evaluator);
    expect(JSON.stringify(runReversed(make(), model.evaluator))).toBe(JSON.stringify(whole));
    const part = runInterrupted(make(), model.evaluator, 30);
    expect(part.partial).toBe(true);
    expect(part.toys).toHaveLength(30);
    expect(part.toys).toEqual(whole.toys.slice(0, 30));
  });

  test.each([
    ["from", { from: "elsewhere" as "prefit" }, "elsewhere"],
    ["mu outside", { mu: 1e6 }, "outside the bounds"],
    ["no toys", { nToys: 0 }, "not a number of toys"],
  ])("bad input: %s", (_, options, message) => {
    const model = fromPyhf(goldenWorkspaceText("mixed-counting"));
    expect(() => fitToys(model, options)).toThrow(message);
  });
});

describe("coverage", () => {
  test("of the 68 % interval with 20 parameters is 68.3 % over 20,000 toys", {
    timeout: 60_000,
  }, () => {
    const { points, poi } = coverage(twentyParameters(), { nToys: 20_000 });
    expect(poi).toBe("mu");
    const [point] = points;
    expect(point?.nToys).toBe(20_000);
    expect((point?.nError ?? 1) + (point?.nNonconverged ?? 1)).toBe(0);
    for (const { cl, coverage: covered, error } of point?.levels ?? []) {
      expect(Math.abs((covered as number) - cl)).toBeLessThan(3 * (error as number));
      expect(error).toBeCloseTo(Math.sqrt((cl * (1 - cl)) / 20_000), 3);
    }
    expect(Math.abs(point?.bias as number)).toBeLessThan(4 * (point?.biasError as number));
  });

  test("of a Poisson count is the exact sum", () => {
    const [s, b, mu] = [5, 10, 1];
    const model = workspace([s], [b], [15], [], [-1.9, 20]);
    const { points } = coverage(model, { mu: [mu], nToys: 4000, cl: [0.6827] });
    const mean = mu * s + b;
    let exact = 0;
    let probability = Math.exp(-mean);
    for (let n = 0; n < 100; n++) {
      // 2 (NLL(mu) - NLL) of n events; the estimate is n - b, inside its bounds for the n that matter.
      const t = 2 * (mean - n + (n === 0 ? 0 : n * Math.log(n / mean)));
      if (t <= 1) exact += probability;
      probability *= mean / (n + 1);
    }
    const [level] = points[0]?.levels ?? [];
    expect(Math.abs((level?.coverage as number) - exact)).toBeLessThan(
      4 * (level?.error as number),
    );
  });

  test.each([
    ["a level of 1", { cl: [1] }, "not a confidence level"],
    ["no value", { mu: [] }, "no value"],
    ["outside", { mu: [0, 1e6] }, "outside the bounds"],
  ])("bad input: %s", (_, options, message) => {
    const model = fromPyhf(goldenWorkspaceText("mixed-counting"));
    expect(() => coverage(model, options)).toThrow(message);
  });
});

describe("the discovery test", () => {
  test("p0 of a Poisson count is the exact sum", () => {
    const result = significanceToys(workspace([10], [50], [65]), { nToys: 20_000 });
    const exact = poissonTail(65, 50);
    expect(result.nToys).toBe(20_000);
    expect(Math.abs((result.p0 as number) - exact)).toBeLessThan(4 * (result.p0Error as number));
    expect(result.q0).toBeCloseTo(2 * (65 * Math.log(65 / 50) - 15), 6);
  });

  test("agrees with the asymptotic test where counts are high", () => {
    const model = twentyParameters();
    const asymptotic = significance(model);
    const weak = workspace([100], [1e4], [10_150]);
    for (const [of, nToys] of [
      [weak, 10_000],
      [model, 200],
    ] as const) {
      const toys = significanceToys(of, { nToys, expectedSet: true });
      const reference = of === model ? asymptotic : significance(of);
      const off = Math.abs((toys.p0 as number) - (reference.p0 as number));
      expect(off).toBeLessThan(4 * (toys.p0Error as number) + 0.005);
      if (of === weak) {
        const median = toys.expectedSet?.z[2] as number;
        expect(Math.abs(median - (reference.zExp as number))).toBeLessThan(0.06);
      }
    }
  });

  test("no excess is 0 standard deviations; no toy beyond the data is a warning", () => {
    const deficit = significanceToys(workspace([10], [50], [40]), { nToys: 100 });
    expect([deficit.q0, deficit.p0, deficit.zObs]).toEqual([0, 1, 0]);
    const excess = significanceToys(workspace([10], [50], [150]), { nToys: 100 });
    expect([excess.p0, excess.zObs]).toEqual([0, null]);
    expect(excess.warnings.join()).toContain("make more toys");
    const never = significanceToys(workspace([10], [50], [150]), {
      nToys: 100,
      pEstimator: "plus-one",
    });
    expect(never.p0).toBeCloseTo(1 / 101, 12);
    expect(never.zObs).toBeGreaterThan(2);
  });
});

describe("the goodness of fit", () => {
  test("p-value from toys is the asymptotic one where counts are high", () => {
    const model = twentyParameters();
    const observed = model.resolved.observed.map((n, b) => n + (b % 2 === 0 ? 60 : -60));
    const text = JSON.parse(JSON.stringify(model.workspace));
    text.observations[0].data = observed;
    const result = goodnessOfFit(fromPyhf(JSON.stringify(text)), { nToys: 1000 });
    const { toys } = result;
    expect(toys?.nToys).toBe(1000);
    const off = Math.abs((toys?.pValue as number) - (result.pValue as number));
    expect(off).toBeLessThan(4 * (toys?.pValueError as number));
    expect(result.pValue).toBeGreaterThan(0.01);
    expect(result.pValue).toBeLessThan(0.99);
  });

  test("without toys the record has none", () => {
    expect(goodnessOfFit(workspace([10], [50], [65])).toys).toBeNull();
  });

  test("of a count without freedom is the exact sum of all as improbable", () => {
    // The strength is fixed: the statistic is the deviance of the count alone.
    const model = workspace([10], [50], [75]);
    const { toys, statistic } = goodnessOfFit(model, {
      fixedParams: { mu: 1 },
      nToys: 10_000,
    });
    const deviance = (n: number): number => 2 * (60 - n + (n === 0 ? 0 : n * Math.log(n / 60)));
    expect(statistic).toBeCloseTo(deviance(75), 9);
    let exact = 0;
    let probability = Math.exp(-60);
    for (let n = 0; n < 300; n++) {
      if (deviance(n) >= deviance(75) - 1e-9) exact += probability;
      probability *= 60 / (n + 1);
    }
    const off = Math.abs((toys?.pValue as number) - exact);
    expect(off).toBeLessThan(4 * (toys?.pValueError as number));
  });
});
