/**
 * Ranking, breakdown of the uncertainty and correlations against `tools/golden/ranking.py` (pyhf's likelihood, NumPy's
 * inverse Hessian, cabinetry), and what must hold whatever the numbers are.
 */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import {
  correlationMatrix,
  fit,
  fromPyhf,
  impacts,
  ranking,
  rankingArtifact,
} from "../../src/index.ts";
import { rankingSteps } from "../../src/infer/ranking.ts";
import { runReversed } from "../infer/drive.ts";
import { publishedFolder, sharedCases, tutorialFolder } from "./support/references.ts";

type Pair = readonly [down: number, up: number];

interface Golden {
  readonly workspace: string;
  readonly mu_hat: number;
  readonly entries: readonly ({
    readonly name: string;
    readonly centre: number;
    readonly width: number;
    readonly pull: number;
    readonly constraint: number;
  } & Readonly<Record<"prefit-centre" | "prefit-bestfit" | "postfit", Pair>>)[];
  readonly cabinetry: Readonly<
    Record<string, Readonly<Record<"prefit-bestfit" | "postfit", Pair>>>
  >;
  readonly impacts: {
    readonly total: number;
    readonly statistical: number;
    readonly data_statistical: number;
    readonly groups: Readonly<Record<string, { without: number; impact: number }>>;
  };
}

/** Of the uncertainty of the parameter of interest: what the EDM of 1e-12 of a refit leaves open. */
const TOLERANCE = 3e-6;

const golden = new URL("../golden/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, golden), "utf8");
const cases = readdirSync(new URL("ranking/", golden)).map(
  (file) => JSON.parse(read(`ranking/${file}`)) as Golden,
);
const open = (name: string) => fromPyhf(read(`workspaces/${name}`));
const example = () => fromPyhf(readFileSync("examples/multichannel.json", "utf8"));

describe.each(cases)("$workspace", (expected) => {
  const model = open(expected.workspace);
  const total = expected.impacts.total;
  const near = (actual: number | null, wanted: number, tolerance = TOLERANCE): void => {
    expect(actual).not.toBeNull();
    expect(Math.abs((actual as number) - wanted)).toBeLessThan(tolerance * total);
  };

  it("has the impacts of all three definitions, pulls and constraints", () => {
    const { entries, muHat, nHessian, nRechecked } = ranking(model);
    near(muHat, expected.mu_hat);
    expect(entries.map((e) => e.name).sort()).toEqual(expected.entries.map((e) => e.name).sort());
    for (const want of expected.entries) {
      const entry = entries.find((e) => e.name === want.name);
      if (entry === undefined) throw new Error(want.name);
      for (const [key, definition] of [
        ["prefitCentre", "prefit-centre"],
        ["prefitBestfit", "prefit-bestfit"],
        ["postfit", "postfit"],
      ] as const) {
        near(entry[key].down, want[definition][0]);
        near(entry[key].up, want[definition][1]);
      }
      expect(entry.pull).toBeCloseTo(want.pull, 6);
      expect(entry.constraint).toBeCloseTo(want.constraint, 6);
      expect(entry.centre).toBeCloseTo(want.centre, 12);
      expect(entry.width).toBeCloseTo(want.width, 12);
    }
    if (nRechecked === 0) expect(nHessian).toBe(correlationMatrix(model).nHessian);
  });

  it("agrees with cabinetry to the tolerance of Minuit", () => {
    for (const entry of ranking(model).entries) {
      const peer = expected.cabinetry[entry.name];
      if (peer === undefined) continue;
      near(entry.prefitBestfit.down, peer["prefit-bestfit"][0], 5e-3);
      near(entry.prefitBestfit.up, peer["prefit-bestfit"][1], 5e-3);
      near(entry.postfit.down, peer.postfit[0], 5e-3);
      near(entry.postfit.up, peer.postfit[1], 5e-3);
    }
  });

  it("has the uncertainty breakdown of an independent inversion", () => {
    const result = impacts(model, { quadrature: "none" });
    near(result.total, expected.impacts.total);
    near(result.statistical, expected.impacts.statistical);
    near(result.dataStatistical, expected.impacts.data_statistical);
    expect(result.groups.map((g) => g.name).sort()).toEqual(
      Object.keys(expected.impacts.groups).sort(),
    );
    for (const { name, sigmaWithout, impact } of result.groups) {
      near(sigmaWithout, expected.impacts.groups[name]?.without as number);
      // The reference subtracts squares, which costs it half of its digits.
      near(impact, expected.impacts.groups[name]?.impact as number, 1e-5);
    }
  });
});

describe("ranking", () => {
  it("is ordered by the chosen definition, ties by name", () => {
    const result = ranking(example(), { impact: "postfit" });
    const sizes = result.entries.map((e) =>
      Math.max(Math.abs(e.impactUp ?? 0), Math.abs(e.impactDown ?? 0)),
    );
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(result.entries.map((e) => e.rank)).toEqual(sizes.map((_, k) => k + 1));
    expect(result.entries.map((e) => e.impactUp)).toEqual(result.entries.map((e) => e.postfit.up));
    expect(result.entries.map((e) => e.deltaMuUp)).toEqual(result.entries.map((e) => e.impactUp));
  });

  it("does not depend on the order of walks, nor on who runs them", () => {
    const model = example();
    const reversed = runReversed(rankingSteps(model), model.evaluator);
    expect(reversed).toEqual(ranking(example()));
  });

  it("does not depend on the order of parameters", () => {
    const { entries } = ranking(example());
    const workspace = JSON.parse(readFileSync("examples/multichannel.json", "utf8"));
    workspace.channels.reverse();
    for (const channel of workspace.channels) {
      for (const sample of channel.samples) sample.modifiers.reverse();
    }
    const turned = ranking(fromPyhf(workspace)).entries;
    for (const entry of entries) {
      const other = turned.find((e) => e.name === entry.name);
      expect(other?.impactUp).toBeCloseTo(entry.impactUp as number, 7);
      expect(other?.postfit.down).toBeCloseTo(entry.postfit.down as number, 7);
    }
  });

  it("holds parameters inside their bounds, and says so", () => {
    const { entries, warnings } = ranking(example(), { bounds: { jes: [-0.9, 0.5] } });
    const jes = entries.find((e) => e.name === "jes");
    expect(jes).toMatchObject({ clamped: true, prefitCentre: { downAt: -0.9, upAt: 0.5 } });
    expect(warnings.join()).toContain("held at a bound instead of the value beyond it: jes");
  });

  it("takes free factors when asked, by postfit impact", () => {
    const names = (options: object) => ranking(example(), options).entries.map((e) => e.name);
    expect(names({})).not.toContain("mu_top");
    const { entries } = ranking(example(), { includeUnconstrained: true, impact: "postfit" });
    const top = entries.find((e) => e.name === "mu_top");
    expect(top).toMatchObject({ pull: null, constraint: null, centre: null, width: null });
    expect(top?.impactUp).toBeTypeOf("number");
    expect(top?.prefitCentre).toEqual({ up: null, down: null, upAt: null, downAt: null });
    expect(names({ parameters: ["jer", "jes"] }).sort()).toEqual(["jer", "jes"]);
  });

  it("is an artifact of parallel lists, the same bytes every time", () => {
    const artifact = rankingArtifact(example(), 3);
    expect(artifact).toMatchObject({
      nTotal: 20,
      nReturned: 3,
      schemaVersion: "nextstat_ranking_v0",
    });
    expect(artifact.meta.createdUnixMs).toBe(0);
    expect(artifact.names).toEqual(artifact.entries.map((e) => e.name));
    expect(artifact.deltaMuUp).toEqual(artifact.entries.map((e) => e.impactUp));
    expect(rankingArtifact(example(), 3)).toEqual(artifact);
    expect(rankingArtifact(example(), 1000).nReturned).toBe(20);
    expect(rankingArtifact(example(), 0).names).toEqual([]);
  });

  it.each([
    ["another minimum", "two-minima-12.json", "root"],
    ["another side of a kink", "many-channels.json", "pyhf"],
  ] as const)("finds %s where a parameter is held", (_, name, interpDefaults) => {
    const model = fromPyhf(read(`workspaces/${name}`), { interpDefaults });
    const { entries, muHat } = ranking(model);
    for (const entry of entries) {
      for (const impact of [entry.prefitCentre, entry.prefitBestfit, entry.postfit]) {
        for (const [shift, at] of [
          [impact.up, impact.upAt],
          [impact.down, impact.downAt],
        ] as const) {
          const held = fit(model, { fixedParams: { [entry.name]: at as number } });
          expect(shift).toBeCloseTo(
            (held.bestfit[model.poiIndex() as number] as number) - muHat,
            5,
          );
        }
      }
    }
  });

  it.each([
    [{ topN: -1 }, "not a whole number"],
    [{ impact: "prefit" as never }, "no impact definition"],
    [{ parameters: ["jess"] }, 'no parameter "jess"'],
    [{ parameters: ["mu"] }, "is the parameter of interest"],
    [{ parameters: ["mu_top"] }, "has no constraint"],
    [{ parameters: ["jes"], fixedParams: { jes: 0 } }, "is fixed"],
    [{ fixedParams: { mu: 1 } }, "is fixed"],
  ])("refuses %o", (options, message) => {
    expect(() => ranking(example(), options)).toThrow(message);
  });

  it("needs a parameter of interest", () => {
    expect(() => ranking(open("poi-none.json"))).toThrow("no parameter of interest");
  });
});

describe("impacts", () => {
  it("make the total of statistical and systematic", () => {
    for (const name of [
      "examples/multichannel.json",
      "test/golden/workspaces/realistic-small.json",
    ]) {
      const r = impacts(fromPyhf(readFileSync(name, "utf8")), { quadrature: "none" });
      const sum = (r.statistical as number) ** 2 + (r.systematic as number) ** 2;
      expect(Math.sqrt(sum)).toBeCloseTo(r.total as number, 10);
      for (const g of r.groups) {
        const parts = (g.impact as number) ** 2 + (g.sigmaWithout as number) ** 2;
        expect(Math.sqrt(parts)).toBeCloseTo(r.total as number, 10);
      }
    }
  });

  it("are the fit's own numbers", () => {
    const model = example();
    const free = fit(model);
    const { total, groups } = impacts(model, {
      groups: { named: { all: ["*"] } },
      quadrature: "none",
    });
    const poi = model.poiIndex() as number;
    expect(total).toBeCloseTo(free.uncertainties[poi] as number, 12);
    const fixedParams = Object.fromEntries(
      model.paramNames().flatMap((name, i) => (i === poi ? [] : [[name, free.bestfit[i]]])),
    ) as Record<string, number>;
    const held = fit(model, { fixedParams });
    expect(groups).toHaveLength(1);
    expect(groups[0]?.sigmaWithout).toBeCloseTo(held.uncertainties[poi] as number, 8);
  });

  it("of a parameter without effect are 0", () => {
    const workspace = JSON.parse(readFileSync("examples/multichannel.json", "utf8"));
    workspace.channels[0].samples[0].modifiers.push({
      name: "idle",
      type: "normsys",
      data: { hi: 1, lo: 1 },
    });
    const { groups } = impacts(fromPyhf(workspace), { groups: { named: { idle: ["idle"] } } });
    expect(groups.find((g) => g.name === "idle")).toMatchObject({ impact: 0, nParameters: 1 });
  });

  it("go by category, by prefix, by name", () => {
    const names = (groups: object) =>
      impacts(example(), { groups, quadrature: "none" })
        .groups.map((g) => g.name)
        .sort();
    expect(names({})).toEqual(["free_factors", "lumi", "mc_stat", "systematics"]);
    expect(names({ policy: "prefix" })).toContain("wjets");
    expect(names({ named: { jets: ["je?"], mc: ["staterror_*"] } })).toEqual([
      "jets",
      "mc",
      "other",
    ]);
  });

  it.each([
    [{ policy: "kind" as never }, "no grouping policy"],
    [{ named: { a: ["nothing*"] } }, "matches no nuisance parameter"],
    [{ named: { a: ["jes"], b: ["je*"] } }, '"jes" is in two groups, "a" and "b"'],
    [{ named: { a: "jes" as never } }, "is not a list"],
    [{ policy: "prefix" as const, named: { a: ["jes"] } }, "exclude each other"],
  ])("refuse %o", (groups, message) => {
    expect(() => impacts(example(), { groups })).toThrow(message);
  });

  it("are null where the Hessian is singular", () => {
    const result = impacts(open("flat-direction.json"), { quadrature: "none" });
    expect(result).toMatchObject({ total: null, statistical: null, sumInQuadrature: null });
    expect(result.flags).toContain("covariance_unavailable");
  });
});

describe("correlations", () => {
  test("are those of the fit's covariance", () => {
    const model = example();
    const { names, matrix, covariance, nHessian } = correlationMatrix(model, { covariance: true });
    const n = model.nParams();
    const fitted = fit(model).covariance as readonly number[];
    expect(names).toEqual(model.paramNames());
    for (let i = 0; i < n; i++) {
      expect(matrix?.[i]?.[i]).toBe(1);
      for (let j = 0; j < n; j++) {
        expect(matrix?.[i]?.[j]).toBe(matrix?.[j]?.[i]);
        expect(covariance?.[i]?.[j]).toBeCloseTo(fitted[i * n + j] as number, 12);
      }
    }
    expect(nHessian).toBeLessThanOrEqual(2);
  });

  test("leave out fixed parameters and those at a bound", () => {
    const { names, fixed, atBound, warnings } = correlationMatrix(
      fromPyhf(read("workspaces/bound-alpha.json")),
      { fixedParams: {} },
    );
    expect(atBound.length + fixed.length).toBeGreaterThan(0);
    for (const name of [...atBound, ...fixed]) expect(names).not.toContain(name);
    if (atBound.length > 0) expect(warnings.join()).toContain(atBound[0]);
    const held = correlationMatrix(example(), { fixedParams: { jes: 0 } });
    expect(held.fixed).toEqual(["jes"]);
    expect(held.names).not.toContain("jes");
  });

  test("are null where the Hessian is singular, with the weakest direction", () => {
    const result = correlationMatrix(open("flat-direction.json"));
    expect(result.matrix).toBeNull();
    expect(result.flags).toContain("covariance_unavailable");
    expect(result.weakestDirection.toSorted()).toEqual(["branching", "mu"]);
  });
});

const published = sharedCases(publishedFolder).filter(({ label }) =>
  /^(tttt-prod|tHu)\.code4$/.test(label),
);
const tutorial = sharedCases(tutorialFolder).filter(({ label }) => label === "multichannel.code4");

describe.skipIf(published.length === 0)("published models", () => {
  it.each(published)("$label is ranked with one Hessian, that of the global fit", (reference) => {
    const { nHessian, nFit, nGradient, converged, entries } = ranking(reference.openModel());
    expect(converged).toBe(true);
    expect(nHessian).toBe(1);
    expect(entries.every((e) => !e.failed)).toBe(true);
    expect(nGradient / nFit).toBeLessThan(3);
  });

  it.each(tutorial)("$label has the impacts of scope 18", (reference) => {
    const entry = (name: string) =>
      ranking(reference.openModel()).entries.find((e) => e.name === name);
    expect(entry("staterror_SR[1]")).toMatchObject({ rank: 1 });
    expect(entry("staterror_SR[1]")?.impactUp).toBeCloseTo(-0.609, 2);
    expect(entry("staterror_SR[1]")?.impactDown).toBeCloseTo(0.602, 2);
    expect(entry("sig_theory")?.pull).toBeCloseTo(0, 6);
  });
});
