import { expect, test } from "vitest";
import { formatJson, snakeCase } from "../../src/report/json.ts";

test("keys become snake_case and sorted, numbers finite or null", () => {
  const record = {
    twiceNll: Number.POSITIVE_INFINITY,
    nActiveBounds: 0,
    bestfit: new Float64Array([1, Number.NaN, -0]),
    certificate: { otherMinima: [{ deltaTwiceNll: 1.5 }], edm: null },
    notGiven: undefined,
  };
  expect(formatJson(record)).toBe(`{
  "bestfit": [
    1,
    null,
    0
  ],
  "certificate": {
    "edm": null,
    "other_minima": [
      {
        "delta_twice_nll": 1.5
      }
    ]
  },
  "n_active_bounds": 0,
  "twice_nll": null
}
`);
});

test("keys of dictionaries are data and stay as they are", () => {
  const uncertaintyReasons = Object.fromEntries([
    ["alphaJES", "at its bound"],
    ["__proto__", "a name like any other"],
  ]);
  const text = formatJson(
    { uncertaintyReasons, other: { alphaJES: 1 } },
    { dictionaries: ["uncertaintyReasons"] },
  );
  expect(text).toContain(`"alphaJES": "at its bound"`);
  expect(text).toContain(`"__proto__": "a name like any other"`);
  expect(text).toContain(`"alpha_j_e_s": 1`);
});

test("snakeCase", () => {
  expect(["nll", "twiceNll", "nFev", "finalGradNorm"].map(snakeCase)).toEqual([
    "nll",
    "twice_nll",
    "n_fev",
    "final_grad_norm",
  ]);
});
