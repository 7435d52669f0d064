import fc from "fast-check";
import { expect, it } from "vitest";
import { fitModel } from "../../src/infer/fit.ts";
import { packModel } from "../../src/model/pack.ts";
import { openEvaluator } from "../../src/wasm/evaluator.ts";
import { goldenCases } from "./support/references.ts";
import { fit } from "../../src/index.ts";
import { arbitraryModelCase } from "../likelihood/arbitrary-model.ts";
it("probe", () => {
  let n = 0, conv = 0, worse = 0; const bad: string[] = []; const why = new Map<string, number>();
  const cases = fc.sample(arbitraryModelCase({ kinks: true }), { numRuns: 3000, seed: 6 });
  for (const { model, theta } of cases) {
    n++;
    const evaluator = openEvaluator(packModel(model));
    const t0 = performance.now();
    const r = fitModel({ resolved: model, evaluator });
    const dt = performance.now() - t0;
    if (dt > 1500) bad.push(`slow ${dt.toFixed(0)} ${n}`);
    if (!Number.isFinite(r.nll) || r.bestfit.some((v) => !Number.isFinite(v))) bad.push(`nonfinite ${n}`);
    if (r.converged) conv++; else { const k = r.terminationReason + " edm " + (r.edm > 1e-6) + " " + r.flags.join(); why.set(k, (why.get(k) ?? 0) + 1); }
    const x = theta.map((v, i) => model.parameters[i].fixed ? model.parameters[i].init : Math.min(Math.max(v, model.parameters[i].lower), model.parameters[i].upper));
    evaluator.relax(0); 
    const at = evaluator.nll(x);
    if (at < r.nll - 1e-9) bad.push(`lower at theta ${n} ${r.nll - at}`);
    const inits = Object.fromEntries(model.parameters.flatMap((p, i) => p.fixed ? [] : [[p.name, x[i]]]));
    const r2 = fitModel({ resolved: model, evaluator }, { inits });
    if (r2.nll < r.nll - 1e-6 && !r2.flags.includes('nonpositive_expected')) { worse++; console.log(n, (r.nll-r2.nll).toFixed(4), model.parameters.map((p,i)=>({p,i})).filter(({i})=>Math.abs(r.bestfit[i]-r2.bestfit[i])>0.05).map(({p,i})=>`${p.name}:${p.transform.type}:${p.constraint.type} ${r.bestfit[i].toFixed(2)}->${r2.bestfit[i].toFixed(2)}`).join(' | ')); if (worse < 8) bad.push(`init finds lower ${n}: ${r.nll - r2.nll} (${r.nll}) search ${r.certificate.search} conv ${r.converged} ${r2.converged} ${r.flags} starts ${r.certificate.nStarts} bounds ${r.nActiveBounds} kinks ${r.certificate.kinks} npar ${model.parameters.length}`); }
  }
  console.log(n, "converged", conv, "start-dependent", worse, bad, [...why]);
});
it.skip("probe minos and kinks", () => {
  const out: string[] = []; let nIntervals = 0;
  for (const c of goldenCases((l) => !/realistic-(150|220|300)/.test(l))) {
    const m = c.openModel();
    const names = m.resolved.parameters.filter((p) => !p.fixed).slice(0, 4).map((p) => p.name);
    const r = fit(m, { minos: names });
    for (const iv of r.minos ?? []) {
      const v = r.bestfit[r.parameterNames.indexOf(iv.name)];
      for (const s of [iv.down, iv.up]) {
        if (s === null) { if (!/bound/.test(iv.note)) out.push(`${c.label} ${iv.name}: ${iv.note}`); continue; }
        nIntervals++;
        const h = fit(m, { fixedParams: { [iv.name]: v + s } });
        const d = h.nll - r.nll - 0.5;
        if (Math.abs(d) > 1e-6) out.push(`${c.label} ${iv.name} ${s.toFixed(4)}: rise off by ${d.toExponential(2)}; note "${iv.note}"`);
      }
    }
  }
  console.log(nIntervals, out.length, out.slice(0, 60).join("\n"));
});
