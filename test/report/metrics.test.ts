import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { fit, fromPyhf } from "../../src/index.ts";
import {
  buildMetrics,
  fitMetrics,
  HEADLINE_METRICS,
  type MetricsDocument,
  metricsToWandbRow,
} from "../../src/report/metrics.ts";
import { EXAMPLE, ROOT } from "../cli/run-cli.ts";

const schema = JSON.parse(readFileSync(`${ROOT}docs/metrics.schema.json`, "utf8"));
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

function valid(document: MetricsDocument): MetricsDocument {
  expect(validate(JSON.parse(JSON.stringify(document))) ? null : validate.errors).toBeNull();
  return document;
}

const CONTEXT = {
  command: "hypotest",
  version: "1.2.3",
  commit: "a55441d96bf544e91e8b2f55f318d42d7ab44ca5",
  createdUnixMs: 1.7e12,
  wallTimeS: 1.5,
  threads: 4,
};

describe("the document", () => {
  test("of a fit", () => {
    const result = fit(fromPyhf(readFileSync(`${ROOT}${EXAMPLE}`, "utf8")));
    const document = valid(buildMetrics(fitMetrics(result), { ...CONTEXT, command: "fit" }));
    expect(document.metric).toMatchObject({
      mu_hat: result.bestfit[0],
      nll: result.nll,
      cls: null,
    });
    expect(document.uncertainty).toEqual({
      mu_sigma: result.uncertainties[0],
      cov_available: true,
    });
    expect(Object.keys(document.metrics)).toEqual([
      ...["converged", "nll", "twice_nll", "poi_index", "poi_hat", "poi_sigma", "mu_hat"],
      ...["edm", "n_fev"],
    ]);
    expect(document.metrics).toMatchObject({ poi_hat: result.bestfit[0], n_fev: result.nFev });
    expect(document.counters).toMatchObject({ n_fit: 1, n_gradient: result.nGev });
    expect(document.status).toMatchObject({ ok: true, converged: true, interrupted: false });
  });

  test("of a model without POI", () => {
    const workspace = JSON.parse(readFileSync(`${ROOT}${EXAMPLE}`, "utf8"));
    workspace.measurements[0].config.poi = "";
    const document = valid(buildMetrics(fitMetrics(fit(fromPyhf(workspace))), CONTEXT));
    expect(document.metrics).toMatchObject({ poi_index: null, poi_hat: null, mu_hat: null });
    expect(document.uncertainty.mu_sigma).toBeNull();
  });

  test("has every field in the same order, whatever the command says", () => {
    const least = valid(buildMetrics({ metrics: {} }, { command: "audit" }));
    const most = valid(
      buildMetrics(
        {
          metrics: { exp_limits: [0.5, null, 1], mode: "scan", mu_up: 0.8, cls: 0.05 },
          uncertainty: { cls_error: 0.001, cov_available: false },
          converged: true,
          flags: ["toys_failed"],
          counters: { nFit: 3, nGradient: 40, nHessian: 1 },
        },
        { ...CONTEXT, warnings: ["one"], parity: true, readTimeS: 0.1, fitTimeS: 1.2 },
      ),
    );
    const keys = (document: object): string[] =>
      Object.entries(document).flatMap(([key, value]) =>
        value !== null && typeof value === "object" && !["metrics", "uncertainty"].includes(key)
          ? Object.keys(value as object)
              .filter((name) => !/^\d+$/.test(name))
              .map((name) => `${key}.${name}`)
          : [key],
      );
    expect(Object.keys(most)).toEqual(Object.keys(least));
    expect(Object.keys(least)).toEqual(schema.required);
    expect(keys({ ...most, warnings: null, degraded_flags: null })).toEqual(
      keys({ ...least, warnings: null, degraded_flags: null }),
    );
    expect(Object.keys(most.uncertainty)).toEqual(["mu_sigma", "cov_available", "cls_error"]);
    expect(Object.keys(most.metrics)).toEqual(["exp_limits", "mode", "mu_up", "cls"]);
    expect(most.metric).toMatchObject({ mu_up: 0.8, cls: 0.05, mu_hat: null });
    expect(most.provenance.eval_mode).toBe("parity");
    expect(HEADLINE_METRICS).toEqual(schema.properties.metric.required);
  });

  test("has no number that is not finite", () => {
    const document = valid(
      buildMetrics(
        {
          metrics: { mu_hat: Number.NaN, z_obs: Number.POSITIVE_INFINITY, exp: [1, Number.NaN] },
          uncertainty: { mu_sigma: Number.POSITIVE_INFINITY },
        },
        { ...CONTEXT, wallTimeS: Number.NaN },
      ),
    );
    expect(document.metrics).toEqual({ mu_hat: null, z_obs: null, exp: [1, null] });
    expect(document.metric.z_obs).toBeNull();
    expect(document.uncertainty.mu_sigma).toBeNull();
    expect(document.timing.wall_time_s).toBeNull();
  });

  test.each([
    [true, false, true],
    [false, false, false],
    [null, false, true],
    [true, true, false],
  ])("converged %s, interrupted %s: ok %s", (converged, interrupted, ok) => {
    const document = valid(buildMetrics({ metrics: {}, converged }, { ...CONTEXT, interrupted }));
    expect(document.status).toMatchObject({ ok, converged, interrupted });
  });

  test("a flag outside the vocabulary does not pass the schema", () => {
    const document = buildMetrics({ metrics: {}, flags: ["odd"] }, CONTEXT);
    expect(validate(document)).toBe(false);
  });
});

test("a row for a tracker is flat: numbers and texts only", () => {
  const document = buildMetrics(
    {
      metrics: { mu_hat: 0.4, converged: true, mode: "scan", exp_limits: [0.5, null, 1] },
      uncertainty: { mu_sigma: 0.3 },
      converged: true,
      flags: ["covariance_unavailable"],
    },
    { ...CONTEXT, warnings: ["one", "two, three"] },
  );
  expect(metricsToWandbRow(document)).toEqual({
    command: "hypotest",
    "metric/mu_hat": 0.4,
    "metric/converged": 1,
    "metric/mode": "scan",
    "metric/n_exp_limits": 3,
    "metric/exp_limits": "0.5; ; 1",
    "metric/exp_limits/0": 0.5,
    "metric/exp_limits/2": 1,
    "uncertainty/mu_sigma": 0.3,
    "timing/wall_time_s": 1.5,
    "status/ok": 1,
    "status/converged": 1,
    "status/interrupted": 0,
    "status/n_warnings": 2,
    "status/warnings": "one; two, three",
    "status/n_degraded_flags": 1,
    "status/degraded_flags": "covariance_unavailable",
    "provenance/version": "1.2.3",
    "provenance/commit": CONTEXT.commit,
    "provenance/threads": 4,
    "provenance/eval_mode": "fast",
    "provenance/device": "cpu",
  });
});
