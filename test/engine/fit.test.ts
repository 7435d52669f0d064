/** What may be asked of a fit, and what its record says. */

import { describe, expect, it } from "vitest";
import { type FitOptions, type FitResult, fit, fromPyhf, type Model } from "../../src/index.ts";
import type { Workspace } from "../../src/workspace/types.ts";
import {
  channel,
  histosys,
  measurement,
  mu,
  normfactor,
  normsys,
  sample,
  shapesys,
  staterror,
  workspace,
} from "../../tools/golden/build.ts";
import { expectWithin, MAX_EDM } from "./support/agreement.ts";
import { goldenCases, goldenWorkspaceText } from "./support/references.ts";

/** Two ways to one minimum. */
const SAME_NLL = 1e-9;
const SAME_POSITION = 1e-6;
/** MINOS: Delta NLL = 1/2 (F. James, MINUIT reference manual). */
const UP = 0.5;
const MINOS_TOLERANCE = 1e-6;
/** docs/accuracy.md: "30 or fewer gradient evaluations per fit in the median". */
const MEDIAN_GRADIENTS = 30;

function golden(name: string): Model {
  return fromPyhf(goldenWorkspaceText(name));
}

/** Value, uncertainty and reason of one parameter. */
function parameterOf(result: FitResult, name: string) {
  const i = result.parameterNames.indexOf(name);
  return {
    value: result.bestfit[i],
    uncertainty: result.uncertainties[i],
    reason: result.uncertaintyReasons[name],
    variance: result.covariance?.[i * result.parameterNames.length + i],
  };
}

function errorOf(call: () => unknown): { kind?: string; message: string; hint?: string } {
  try {
    call();
  } catch (error) {
    return error as { kind?: string; message: string; hint?: string };
  }
  return expect.fail("nothing was thrown");
}

const model = golden("realistic-small");
const free = fit(model);

describe("fixed parameters", () => {
  it("stay where they are put, with no uncertainty and no covariance", () => {
    const result = fit(model, { fixedParams: { mu: 0.4, theory_5: 1.25 } });
    for (const [name, value] of [
      ["mu", 0.4],
      ["theory_5", 1.25],
    ] as const) {
      expect(parameterOf(result, name)).toEqual({
        value,
        uncertainty: 0,
        reason: undefined,
        variance: 0,
      });
    }
    expect(result.converged).toBe(true);
    expect(result.nll).toBeGreaterThan(free.nll);
    expect(result.nActiveBounds).toBe(0);
  });

  it("at the free minimum change nothing else", () => {
    const { value } = parameterOf(free, "mu");
    const result = fit(model, { fixedParams: { mu: value } });
    expectWithin("NLL", result.nll, free.nll, SAME_NLL);
    result.bestfit.forEach((v, i) => {
      expectWithin(result.parameterNames[i], v, free.bestfit[i], SAME_POSITION);
    });
  });

  it("may all be fixed: the NLL of that point", () => {
    const init = model.suggestedInit();
    const fixedParams = Object.fromEntries(model.paramNames().map((name, i) => [name, init[i]]));
    const result = fit(model, { fixedParams });
    expect(result.bestfit).toEqual(init);
    expectWithin("NLL", result.nll, model.nll(init), SAME_NLL);
    expect(result.uncertainties.every((u) => u === 0)).toBe(true);
    expect(result.converged).toBe(true);
  });

  it("may sit exactly on a bound", () => {
    const result = fit(model, { fixedParams: { mu: 0 } });
    expect(parameterOf(result, "mu")).toMatchObject({ value: 0, uncertainty: 0 });
    expect(result.nActiveBounds).toBe(0);
  });
});

describe("names and values that cannot be", () => {
  const cases: [string, FitOptions, RegExp][] = [
    ["an unknown fixed parameter", { fixedParams: { mi: 1 } }, /no parameter "mi"/],
    ["an unknown starting value", { inits: { mi: 1 } }, /no parameter "mi"/],
    ["an unknown bound", { bounds: { mi: [0, 1] } }, /no parameter "mi"/],
    ["an unknown interval", { minos: ["mi"] }, /no parameter "mi"/],
    ["a fixed value outside the bounds", { fixedParams: { mu: -1 } }, /-1.*"mu".*\[0, 10\]/],
    ["a starting value outside the bounds", { inits: { mu: 11 } }, /11.*"mu".*\[0, 10\]/],
    ["a value outside the bounds given", { inits: { mu: 3 }, bounds: { mu: [0, 2] } }, /\[0, 2\]/],
    ["a fixed value that is no number", { fixedParams: { mu: Number.NaN } }, /NaN/],
    ["reversed bounds", { bounds: { mu: [2, 1] } }, /not a range/],
    ["empty bounds", { bounds: { mu: [1, 1] } }, /not a range/],
    ["infinite bounds", { bounds: { mu: [0, Number.POSITIVE_INFINITY] } }, /not a range/],
    ["an unknown region", { fitRegions: ["SRR"] }, /"SRR" is not a channel/],
    ["an unknown validation region", { validationRegions: ["VR"] }, /"VR" is not a channel/],
  ];
  it.each(cases)("%s is a usage error", (_, options, message) => {
    const error = errorOf(() => fit(model, options));
    expect(error).toMatchObject({ kind: "usage", message: expect.stringMatching(message) });
  });

  it("an unknown name comes with the nearest known one", () => {
    expect(errorOf(() => fit(model, { fixedParams: { theory5: 1 } })).hint).toContain("theory_5");
  });

  it("leave the model usable", () => {
    errorOf(() => fit(model, { fixedParams: { mi: 1 } }));
    expect(fit(model)).toEqual(free);
  });
});

describe("bounds and starting values of the caller", () => {
  it("bounds hold: the parameter ends on the new one", () => {
    const { value } = parameterOf(free, "mu");
    const result = fit(model, { bounds: { mu: [0, value / 2] } });
    expect(parameterOf(result, "mu").value).toBe(value / 2);
    expect(parameterOf(result, "mu").uncertainty).toBeNull();
    expect(parameterOf(result, "mu").reason).toMatch(/upper bound/);
    expect(result.certificate.activeBounds).toEqual([
      { name: "mu", bound: "upper", value: value / 2, gradient: expect.any(Number) },
    ]);
    expect(result.certificate.activeBounds[0].gradient).toBeLessThan(0);
    expect(result.nActiveBounds).toBe(1);
    expect(result.converged).toBe(true);
    const held = fit(model, { fixedParams: { mu: value / 2 } });
    expectWithin("NLL", result.nll, held.nll, SAME_NLL);
  });

  it("wider bounds let it go below zero", () => {
    const bound = golden("bound-mu-zero");
    const inside = fit(bound);
    const wider = fit(bound, { bounds: { mu: [-5, 10] } });
    expect(parameterOf(inside, "mu").value).toBe(0);
    expect(parameterOf(wider, "mu").value).toBeLessThan(0);
    expect(parameterOf(wider, "mu").uncertainty as number).toBeGreaterThan(0);
    expect(wider.nll).toBeLessThan(inside.nll);
  });

  it("starting values change the start, not the end", () => {
    const result = fit(model, { inits: { mu: 7, theory_5: -2 } });
    const theta = model.suggestedInit();
    theta[model.paramNames().indexOf("mu")] = 7;
    theta[model.paramNames().indexOf("theory_5")] = -2;
    expectWithin("initial NLL", result.initialNll as number, model.nll(theta), SAME_NLL);
    expectWithin("NLL", result.nll, free.nll, SAME_NLL);
    result.bestfit.forEach((v, i) => {
      const width = free.uncertainties[i] ?? 1;
      expectWithin(result.parameterNames[i], v, free.bestfit[i], SAME_POSITION * width);
    });
  });
});

describe("a parameter at its bound", () => {
  const result = fit(golden("bound-mu-zero"));

  it("has no uncertainty and a reason, the others have theirs", () => {
    expect(parameterOf(result, "mu")).toMatchObject({ value: 0, uncertainty: null });
    expect(parameterOf(result, "mu").reason).toMatch(/lower bound 0/);
    expect(result.converged).toBe(true);
    result.uncertainties.forEach((u, i) => {
      if (result.parameterNames[i] !== "mu") expect(u).toBeGreaterThan(0);
    });
    expect(Object.keys(result.uncertaintyReasons)).toEqual(["mu"]);
  });

  it("is pressed against it by the gradient, which does not count as not stationary", () => {
    const [active] = result.certificate.activeBounds;
    expect(active).toMatchObject({ name: "mu", bound: "lower", value: 0 });
    expect(active.gradient).toBeGreaterThan(0);
    expect(result.finalGradNorm).toBeLessThan(1e-4);
  });
});

describe("the Asimov set of the starting values", () => {
  it.each(goldenCases((label) => /^(realistic|mixed|shared).*\.root$/.test(label)))(
    "$label is fitted where it was made",
    (reference) => {
      const asimov = fit(reference.openModel(), { asimov: true });
      const init = reference.openModel().suggestedInit();
      expect(asimov.converged, asimov.warnings.join("; ")).toBe(true);
      expect(asimov.edm).toBeLessThan(1e-12);
      asimov.bestfit.forEach((v, i) => {
        expectWithin(asimov.parameterNames[i], v, init[i], SAME_POSITION);
      });
    },
  );

  it("of other values is fitted at those", () => {
    const result = fit(model, { asimov: true, inits: { mu: 2.5, theory_1: 0.7 } });
    expectWithin("mu", parameterOf(result, "mu").value, 2.5, SAME_POSITION);
    expectWithin("theory_1", parameterOf(result, "theory_1").value, 0.7, SAME_POSITION);
  });

  it("leaves the model's own data as they were", () => {
    const before = model.nll(model.suggestedInit());
    fit(model, { asimov: true, inits: { mu: 3 } });
    expect(model.nll(model.suggestedInit())).toBe(before);
    expect(fit(model)).toEqual(free);
  });
});

describe("fit regions", () => {
  const text = goldenWorkspaceText("realistic-medium");
  const whole = fromPyhf(text);
  const names = whole.resolved.channels.map((c) => c.name);
  const kept = names.slice(0, 2);
  const dropped = names.slice(2);
  const part = fit(whole, { fitRegions: kept });

  function workspaceOf(channels: readonly string[]): Workspace {
    const spec = JSON.parse(text) as Workspace;
    return {
      ...spec,
      channels: spec.channels.filter((c) => channels.includes(c.name)),
      observations: spec.observations.filter((o) => channels.includes(o.name)),
    };
  }

  it("give the fit of a workspace with these channels only", () => {
    const alone = fit(fromPyhf(workspaceOf(kept)));
    expect(alone.parameterNames.length).toBeLessThan(part.parameterNames.length);
    for (const name of alone.parameterNames) {
      const [ours, theirs] = [parameterOf(part, name), parameterOf(alone, name)];
      const width = theirs.uncertainty as number;
      expectWithin(name, ours.value, theirs.value, 1e-4 * width);
      expectWithin(`uncertainty of ${name}`, ours.uncertainty as number, width, 1e-5 * width);
    }
    expect(part.converged).toBe(true);
    expect(part.fitRegions).toEqual(kept);
    expect(part.validationRegions).toBeNull();
  });

  it("are the same as leaving the others out", () => {
    const left = fit(whole, { validationRegions: dropped });
    expect(left.bestfit).toEqual(part.bestfit);
    expect(left.nll).toBe(part.nll);
    expect(left.validationRegions).toEqual(dropped);
    expect(left.fitRegions).toBeNull();
  });

  it("leave the parameters they do not depend on alone, with the width of their constraint or none", () => {
    const alone = new Set(fromPyhf(workspaceOf(kept)).paramNames());
    const unused = whole.resolved.parameters.filter((p) => !alone.has(p.name));
    expect(unused.length).toBeGreaterThan(0);
    for (const { name, init, constraint, fixed } of unused) {
      const { value, uncertainty, reason } = parameterOf(part, name);
      expect(value).toBe(init);
      if (fixed) expect(uncertainty).toBe(0);
      else if (constraint.type === "gauss") expect(uncertainty).toBe(constraint.sigma);
      else {
        expect(uncertainty).toBeNull();
        expect(reason).toMatch(/regions do not depend on it/);
      }
    }
    expect(part.warnings.join()).toContain("do not depend on");
    expect(part.flags).toContain("uncertainty_prior_only");
  });

  it("leave the shape of a dropped channel without uncertainty and without its constraint term", () => {
    const two = workspace([
      channel("SR", [60], sample("signal", [10], mu), sample("b", [50], shapesys("sr", [5]))),
      channel("CR", [100], sample("b", [95], shapesys("cr", [9]), normfactor("k"))),
    ]);
    const only = workspace([two.channels[0]].map((c) => ({ channel: c, observed: [60] })));
    const masked = fit(fromPyhf(two), { fitRegions: ["SR"] });
    const alone = fit(fromPyhf(only));
    expectWithin("NLL", masked.nll, alone.nll, SAME_NLL);
    for (const name of ["cr[0]", "k"]) {
      expect(parameterOf(masked, name)).toMatchObject({ value: 1, uncertainty: null });
      expect(parameterOf(masked, name).reason).toMatch(/unconstrained/);
    }
  });

  it("naming every channel is the whole fit", () => {
    const all = fit(whole, { fitRegions: names });
    expect({ ...all, fitRegions: null }).toEqual(fit(whole));
  });

  it("in both lists, or leaving nothing, are usage errors", () => {
    const both = errorOf(() => fit(whole, { fitRegions: names, validationRegions: [names[0]] }));
    expect(both).toMatchObject({ kind: "usage", message: expect.stringMatching(/both/) });
    for (const options of [{ fitRegions: [] }, { validationRegions: names }]) {
      const nothing = errorOf(() => fit(whole, options));
      expect(nothing).toMatchObject({
        kind: "usage",
        message: expect.stringMatching(/no channel is left/),
      });
    }
  });
});

describe("asymmetric intervals", () => {
  const asked = ["norm_1", "theory_5", "lumi", "experimental_1", "staterror_SR_0[0]"];
  const result = fit(model, { minos: asked });

  it("are given for the parameters asked for, in that order", () => {
    expect(result.minos?.map((m) => m.name)).toEqual(asked);
    expect(free.minos).toBeNull();
  });

  it.each(asked)("%s: the profile has risen by 1/2 at both ends", (name) => {
    const interval = result.minos?.find((m) => m.name === name);
    expect(interval?.note).toBe("");
    const { value } = parameterOf(result, name);
    for (const shift of [interval?.down, interval?.up] as number[]) {
      const held = fit(model, { fixedParams: { [name]: value + shift } });
      expectWithin(`rise of ${name}`, held.nll - result.nll, UP, MINOS_TOLERANCE);
    }
    expect(interval?.down).toBeLessThan(0);
    expect(interval?.up).toBeGreaterThan(0);
  });

  // Where refitting jumps to another basin, or settles on a kink, the profile is that of the lowest minimum.
  const severalMinima = [
    ["two-minima-01.root", "mu"],
    ["two-minima-06.root", "mu"],
    ["two-minima-14.pyhf", "mu"],
    ["mixed-normsys-histosys.pyhf", "mu"],
    ["mixed-normsys-histosys.pyhf", "cross_section"],
    ["kink-several.pyhf", "mu"],
  ] as const;
  it.each(severalMinima)("%s, %s: the lowest profile has risen by 1/2", (label, name) => {
    const own = goldenCases((l) => l === label)[0].openModel();
    const best = fit(own, { minos: [name] });
    const { value } = parameterOf(best, name);
    const [{ down, up }] = best.minos ?? [];
    for (const shift of [down, up]) {
      if (shift === null) continue;
      const held = fit(own, { fixedParams: { [name]: value + shift } });
      expectWithin(`rise at ${shift}`, held.nll - best.nll, UP, MINOS_TOLERANCE);
    }
  });

  it("do not disturb the rest of the record", () => {
    const { minos: _, nIter, nFev, nGev, nHessian, ...rest } = result;
    const { minos: __, nIter: i, nFev: f, nGev: g, nHessian: h, ...other } = free;
    expect(rest).toEqual(other);
    expect(nFev).toBeGreaterThan(f);
    expect([nIter >= i, nGev >= g, nHessian >= h]).toEqual([true, true, true]);
  });

  it("end at a bound that comes first: null, and the note says so", () => {
    const low = fromPyhf(
      workspace([channel("SR", [52], sample("s", [10], mu), sample("b", [50]))]),
    );
    const [interval] = fit(low, { minos: ["mu"] }).minos ?? [];
    expect(interval).toMatchObject({ name: "mu", down: null });
    expect(interval.note).toMatch(/down: the bound 0 is reached/);
    expect(interval.up).toBeGreaterThan(0);
  });

  it("of a parameter at its bound have one side, where the profile has risen by 1/2", () => {
    const bound = golden("bound-mu-zero");
    const at = fit(bound, { minos: ["mu"] });
    const [interval] = at.minos ?? [];
    expect(interval.down).toBeNull();
    expect(interval.note).toMatch(/already at the bound 0/);
    const held = fit(bound, { fixedParams: { mu: interval.up as number } });
    expectWithin("rise of mu", held.nll - at.nll, UP, MINOS_TOLERANCE);
  });

  it("of a fixed parameter are none", () => {
    const [interval] = fit(model, { minos: ["mu"], fixedParams: { mu: 1 } }).minos ?? [];
    expect(interval).toEqual({ name: "mu", down: null, up: null, note: "the parameter is fixed" });
  });
});

describe("a direction the data do not determine", () => {
  const flat = fit(
    fromPyhf(
      workspace([
        channel(
          "SR",
          [80, 95],
          sample("a", [20, 30], mu, normfactor("k")),
          sample("b", [50, 60], normsys("scale", 1.1, 0.9), staterror("staterror_SR", [3, 4])),
        ),
        channel("CR", [210], sample("b", [200], normsys("scale", 1.1, 0.9))),
      ]),
    ),
  );

  it("leaves no covariance, and a warning that names it", () => {
    expect(flat.converged, flat.warnings.join("; ")).toBe(true);
    expect(flat.covariance).toBeNull();
    expect(flat.flags).toContain("covariance_unavailable");
    const warning = flat.warnings.find((w) => w.includes("near-singular Hessian"));
    expect(warning).toMatch(/\bmu\b/);
    expect(warning).toMatch(/\bk\b/);
    expect(warning).not.toMatch(/\bscale\b/);
    expect(flat.certificate.positiveDefinite).toBe(false);
    expect(flat.certificate.weakestDirection.map((w) => w.name).toSorted()).toEqual(["k", "mu"]);
  });

  it("takes the uncertainty from its parameters only", () => {
    for (const name of ["mu", "k"]) {
      expect(parameterOf(flat, name).uncertainty).toBeNull();
      expect(parameterOf(flat, name).reason).toMatch(/singular direction/);
    }
    // The same model with the product held by one of the two.
    const held = fit(
      fromPyhf(
        workspace([
          channel(
            "SR",
            [80, 95],
            sample("a", [20, 30], mu),
            sample("b", [50, 60], normsys("scale", 1.1, 0.9), staterror("staterror_SR", [3, 4])),
          ),
          channel("CR", [210], sample("b", [200], normsys("scale", 1.1, 0.9))),
        ]),
      ),
    );
    for (const name of ["scale", "staterror_SR[0]", "staterror_SR[1]"]) {
      const [ours, theirs] = [parameterOf(flat, name), parameterOf(held, name)];
      const width = theirs.uncertainty as number;
      expectWithin(name, ours.uncertainty as number, width, 1e-5 * width);
    }
  });
});

describe("what the record warns of", () => {
  it("a normsys without a logarithm is flagged", () => {
    for (const [hi, lo] of [
      [1.3, -0.2],
      [0, 0.8],
    ]) {
      const result = fit(
        fromPyhf(
          workspace([
            channel("SR", [60], sample("s", [10], mu), sample("b", [50], normsys("x", hi, lo))),
          ]),
        ),
      );
      expect(result.flags).toContain("normsys_nonpositive_factor");
      expect(result.warnings.join()).toMatch(/normsys .*hi or lo <= 0/);
      expect(result.converged).toBe(true);
    }
  });

  it("a model without trouble has no warnings and no flags", () => {
    expect(free.warnings).toEqual([]);
    expect(free.flags).toEqual([]);
  });

  it("a fit on a kink gives no uncertainty there, and says why", () => {
    const result = fit(
      fromPyhf(
        workspace([
          channel(
            "SR",
            [50, 50],
            sample("s", [10, 0], mu),
            sample("b", [40, 50], histosys("x", [40, 45], [40, 45])),
          ),
        ]),
        { interpDefaults: "pyhf" },
      ),
    );
    expect(result.certificate.kinks).toEqual(["x"]);
    expect(parameterOf(result, "x")).toMatchObject({ value: 0, uncertainty: null });
    expect(parameterOf(result, "x").reason).toMatch(/kink/);
    expect(result.converged).toBe(true);
  });
});

describe("counters and repetition", () => {
  it("counts are positive, and a local fit takes 30 gradients or fewer in the median", () => {
    const counts = goldenCases((label) => label.endsWith(".root")).map((reference) => {
      const { nIter, nFev, nGev, nHessian } = fit(reference.openModel(), { search: false });
      expect(Math.min(nIter, nFev, nGev, nHessian)).toBeGreaterThan(0);
      expect(nFev).toBeGreaterThanOrEqual(nGev);
      return nGev;
    });
    counts.sort((a, b) => a - b);
    expect(counts[counts.length >> 1]).toBeLessThanOrEqual(MEDIAN_GRADIENTS);
  });

  it("search off is said, search on too", () => {
    expect(fit(model, { search: false }).certificate.search).toBe("off");
    expect(fit(golden("two-minima-01")).certificate.search).toBe("searched");
    // Too many bins to sample, and nothing lopsided.
    const yields = Array.from({ length: 45 }, (_, b) => 50 + b);
    const factor = { name: "mu", type: "normfactor", data: null };
    const errors = { name: "stat", type: "staterror", data: yields.map(() => 2) };
    const workspace = {
      channels: [
        { name: "SR", samples: [{ name: "s", data: yields, modifiers: [factor, errors] }] },
      ],
      observations: [{ name: "SR", data: yields }],
      measurements: [{ name: "m", config: { poi: "mu", parameters: [] } }],
      version: "1.0.0",
    };
    expect(fit(fromPyhf(workspace)).certificate.search).toBe("not-needed");
  });

  it("two runs agree in every bit, whatever was fitted between them", () => {
    const labels = ["several-minima-02.root", "kink-several.pyhf", "realistic-medium.pyhf"];
    for (const reference of goldenCases((label) => labels.includes(label))) {
      const own = reference.openModel();
      const names = own.paramNames();
      const first = fit(own);
      expect(fit(own)).toEqual(first);
      fit(own, { asimov: true });
      fit(own, { fixedParams: { [names[0]]: own.suggestedInit()[0] }, minos: [names[1]] });
      fit(own, { fitRegions: [own.resolved.channels[0].name], search: false });
      expect(fit(own)).toEqual(first);
      expect(fit(fromPyhf(own.workspace, { interpDefaults: reference.set }))).toEqual(first);
    }
  });

  it("results share no memory with the model or with each other", () => {
    const first = fit(model);
    (first.bestfit as number[]).fill(Number.NaN);
    (first.covariance as number[]).fill(Number.NaN);
    expect(fit(model)).toEqual(free);
  });

  it("without covariance there are no uncertainties, and the rest is the same", () => {
    const result = fit(model, { covariance: false });
    expect(result.covariance).toBeNull();
    expect(result.uncertainties.every((u) => u === null || u === 0)).toBe(true);
    expect(result.bestfit).toEqual(free.bestfit);
    expect(result.converged).toBe(true);
    expect(result.edm).toBeLessThan(MAX_EDM);
  });

  it("another parameter of interest changes nothing but its index", () => {
    const spec = JSON.parse(goldenWorkspaceText("realistic-small")) as Workspace;
    const other = { ...spec, measurements: [measurement("m", "theory_5")] };
    other.measurements[0] = {
      ...spec.measurements[0],
      config: { ...spec.measurements[0].config, poi: "theory_5" },
    };
    const result = fit(fromPyhf(other));
    expect(result.parameterNames[result.poiIndex as number]).toBe("theory_5");
    expectWithin("NLL", result.nll, free.nll, SAME_NLL);
  });
});

describe("a minimum exactly on a bound", () => {
  it("is on it whatever rounding does: the Asimov set of mu = 0", () => {
    for (const name of ["realistic-small", "realistic-medium", "mixed-all-seven"]) {
      const model = fromPyhf(goldenWorkspaceText(name));
      const poi = model.poiIndex() as number;
      const mu = model.paramNames()[poi] as string;
      const result = fit(model, { asimov: true, inits: { [mu]: 0 } });
      expect(result.bestfit[poi], name).toBe(0);
      expect(result.uncertainties[poi], name).toBeNull();
      expect(result.uncertaintyReasons[mu], name).toBe("at its lower bound 0");
    }
  });
});
