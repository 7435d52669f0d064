/**
 * The library on the example workspace: build a model, fit it, compare with a fixed signal strength.
 * Run with `node examples/fit.ts` after `npm ci`.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { fit, fromPyhf } from "nextstat";

const text = readFileSync(new URL("multichannel.json", import.meta.url), "utf8");
const model = fromPyhf(text);
console.log(`${model.nParams()} parameters, POI ${model.paramNames()[model.poiIndex() ?? 0]}`);

const free = fit(model);
for (const [i, name] of free.parameterNames.entries()) {
  const uncertainty = free.uncertainties[i];
  const error = uncertainty === null ? free.uncertaintyReasons[name] : uncertainty?.toFixed(4);
  console.log(`  ${name.padEnd(20)} ${free.bestfit[i]?.toFixed(4)} ± ${error}`);
}
console.log(
  `NLL ${free.nll.toFixed(6)}, EDM ${free.edm?.toExponential(1)}, converged: ${free.converged}`,
);

const backgroundOnly = fit(model, { fixedParams: { mu: 0 } });
console.log(`2 Delta NLL of mu = 0: ${(2 * (backgroundOnly.nll - free.nll)).toFixed(4)}`);
