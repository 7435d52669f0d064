/**
 * Hypothesis tests, significances and limits of the committed models, against numbers from pyhf's likelihood and formulas
 * with a minimiser of their own (tools/golden/inference.py).
 */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  fromPyhf,
  type HypotestResult,
  hypotest,
  type Model,
  significance,
  upperLimit,
} from "../../src/index.ts";

/** Issue tolerances: CLs and Z absolute, limits relative. */
const CLS = 1e-6;
const LIMIT = 1e-5;

interface Tail {
  readonly CLsb: number;
  readonly CLb: number;
  /** null where pyhf divides 0 by 0. */
  readonly CLs: number | null;
  readonly ln_CLs: number;
}

interface Reference {
  readonly workspace: string;
  readonly measurement: string;
  readonly interpolation: { readonly set: "root" | "pyhf" };
  readonly poi_bounds: readonly [number, number];
  readonly mu_hat: number | null;
  readonly conditional: readonly { readonly mu: number; readonly nll: number | null }[];
  readonly tests: readonly {
    readonly mu: number;
    readonly q: number | null;
    readonly qA: number | null;
    readonly q_p: Tail | null;
    readonly qtilde_p: Tail | null;
    readonly expected_normal: readonly number[] | null;
    readonly expected_clipped_normal: readonly number[] | null;
  }[];
  readonly discovery: {
    readonly q0: number | null;
    readonly Z: number | null;
    readonly p0: number | null;
    readonly q0_A: number | null;
    readonly Z_A: number | null;
  } | null;
  readonly limits: {
    readonly q: Readonly<Record<string, number | null>>;
    readonly qtilde: Readonly<Record<string, number | null>>;
    readonly expected: readonly (number | null)[] | null;
  } | null;
  readonly rounding: number;
}

const folder = new URL("../golden/inference/", import.meta.url);
const cases = readdirSync(folder).map((file) => {
  const reference = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Reference;
  const text = readFileSync(
    new URL(`../golden/workspaces/${reference.workspace}`, import.meta.url),
    "utf8",
  );
  let model: Model | undefined;
  const open = (): Model => {
    model ??= fromPyhf(text, {
      interpDefaults: reference.interpolation.set,
      measurement: reference.measurement,
    });
    return model;
  };
  return { label: file.replace(".json", ""), reference, open };
});

function expectNear(
  actual: number | null | undefined,
  expected: number | null,
  tolerance: number,
  what: string,
): void {
  if (expected === null) return;
  if (actual === null || actual === undefined || !(Math.abs(actual - expected) <= tolerance)) {
    expect.fail(`${what} is ${actual}, not ${expected} (tolerance ${tolerance})`);
  }
}

function expectTail(result: HypotestResult, tail: Tail | null, what: string): void {
  if (tail === null) return;
  expectNear(result.clsb, tail.CLsb, CLS, `${what} CLs+b`);
  expectNear(result.clb, tail.CLb, CLS, `${what} CLb`);
  expectNear(result.cls, tail.CLs ?? Math.exp(tail.ln_CLs), CLS, `${what} CLs`);
}

describe("hypothesis tests", () => {
  it.each(cases)("$label", ({ reference, open }) => {
    const model = open();
    const noise = 1e-6 + 10 * reference.rounding;
    for (const test of reference.tests) {
      for (const testStat of ["q", "qtilde"] as const) {
        const result = hypotest(model, test.mu, { testStat, expectedSet: true });
        const what = `${testStat} at mu = ${test.mu}:`;
        // A lower minimum of a likelihood with kinks is welcome (tools/golden/README.md).
        expectNear(result.qMu, test.q, noise, what);
        expectNear(result.qMuA, test.qA, noise, `${what} Asimov`);
        expectTail(result, test[`${testStat}_p`], what);
        test.expected_normal?.forEach((cls, n) => {
          expectNear(result.expectedSet?.cls[n], cls, CLS, `${what} expected CLs ${n}`);
        });
        if (result.converged) expect(result.qMu).toBeGreaterThanOrEqual(0);
      }
      const clipped = hypotest(model, test.mu, {
        calcBaseDist: "clipped_normal",
        expectedSet: true,
      });
      test.expected_clipped_normal?.forEach((cls, n) => {
        expectNear(clipped.expectedSet?.cls[n], cls, CLS, `clipped expected CLs ${n}`);
      });
    }
  });

  it("are of every family of models", () => {
    expect(cases.length).toBeGreaterThan(180);
  });
});

describe("significances", () => {
  const tested = cases.filter(
    ({
      reference: {
        discovery,
        poi_bounds: [lo, hi],
      },
    }) => discovery !== null && lo <= 0 && hi >= 1,
  );

  it.each(tested)("$label", ({ reference, open }) => {
    const result = significance(open());
    const { discovery, rounding } = reference;
    const noise = 1e-6 + 10 * rounding;
    expectNear(result.q0, discovery?.q0 ?? null, noise, "q0");
    expectNear(result.zObs, discovery?.Z ?? null, CLS, "Z");
    expectNear(result.p0, discovery?.p0 ?? null, CLS, "p0");
    expectNear(result.q0Asimov, discovery?.q0_A ?? null, noise, "expected q0");
    expectNear(result.zExp, discovery?.Z_A ?? null, CLS, "expected Z");
  });
});

describe("upper limits", () => {
  it.each(cases.filter((c) => c.reference.limits !== null))("$label", ({ reference, open }) => {
    const model = open();
    for (const testStat of ["q", "qtilde"] as const) {
      for (const [level, expected] of Object.entries(reference.limits?.[testStat] ?? {})) {
        const result = upperLimit(model, { testStat, alpha: 1 - Number(level) });
        const what = `${testStat} limit at ${level}`;
        if (expected === null) {
          expect(result.obsLimit, what).toBeNull();
          expect(result.warnings.join()).toContain("no value for the observed");
        } else {
          expectNear(result.obsLimit, expected, LIMIT * Math.abs(expected), what);
        }
        if (level !== "0.95") continue;
        reference.limits?.expected?.forEach((limit, n) => {
          if (limit !== null) {
            expectNear(result.expLimits?.[n], limit, LIMIT * limit, `expected limit ${n}`);
          }
        });
      }
    }
  });
});
