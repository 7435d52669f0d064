/**
 * The package under its own name, as `npm ci` leaves it: built files behind the exports of package.json.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fit, fromPyhf } from "nextstat";
import { expect, test } from "vitest";
import * as source from "../../src/index.ts";

/** One bin of signal and background in two bins, the background's size known to a few events. */
const WORKSPACE = JSON.stringify({
  channels: [
    {
      name: "singlechannel",
      samples: [
        {
          name: "signal",
          data: [5, 10],
          modifiers: [{ name: "mu", type: "normfactor", data: null }],
        },
        {
          name: "background",
          data: [50, 60],
          modifiers: [{ name: "uncorr_bkguncrt", type: "shapesys", data: [5, 12] }],
        },
      ],
    },
  ],
  observations: [{ name: "singlechannel", data: [52, 71] }],
  measurements: [{ name: "Measurement", config: { poi: "mu", parameters: [] } }],
  version: "1.0.0",
});

test("fits under its own name", () => {
  const model = fromPyhf(WORKSPACE);
  const result = fit(model);
  expect(model.paramNames()).toEqual(["mu", "uncorr_bkguncrt[0]", "uncorr_bkguncrt[1]"]);
  expect(result.converged).toBe(true);
  expect(result.edm).toBeLessThan(1e-9);
  const twin = source.fit(source.fromPyhf(WORKSPACE));
  expect(result.bestfit).toEqual(twin.bestfit);
  expect(result.nll).toBe(twin.nll);
});

test("resolves from any script in the checkout, in plain Node", () => {
  const script = `
    import { fromPyhf, fit } from "nextstat";
    const result = fit(fromPyhf(${JSON.stringify(WORKSPACE)}));
    console.log(JSON.stringify([import.meta.resolve("nextstat"), result.converged]));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    encoding: "utf8",
  });
  const [resolved, converged] = JSON.parse(output) as [string, boolean];
  expect(resolved).toBe(new URL("../../dist/index.js", import.meta.url).href);
  expect(converged).toBe(true);
});
