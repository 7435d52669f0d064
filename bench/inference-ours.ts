/**
 * Our side of the benchmark of inference on one workspace.
 *
 * @module
 */

import {
  fit,
  fromPyhf,
  hypotest,
  type Model,
  type ProcedureSummary,
  profileScan,
  ranking,
  upperLimit,
} from "../src/index.ts";
import { countEntries } from "./ours.ts";
import type { ModelSize } from "./suite.ts";
import { measure, type Protocol } from "./timing.ts";

/** What one procedure took. */
export interface Work {
  readonly seconds: number;
  readonly nFit: number;
  readonly nGradient: number;
  readonly nHessian: number;
  readonly converged: boolean;
  readonly warnings: readonly string[];
}

interface Test extends Work {
  readonly cls: number | null;
  readonly expected: readonly number[];
}

interface Limits extends Work {
  /** Observed and five expected, ascending. */
  readonly limits: readonly (number | null)[];
}

/** `[up, down]` by parameter name. */
export type Impacts = Readonly<Record<string, readonly [number | null, number | null]>>;

interface Ranking extends Work {
  readonly muUncertainty: number | null;
  readonly nRechecked: number;
  readonly centre: Impacts;
  readonly bestfit: Impacts;
}

export interface Scan extends Work {
  readonly grid: Grid;
  readonly q: readonly (number | null)[];
}

interface Grid {
  readonly start: number;
  readonly stop: number;
  readonly points: number;
}

export interface OwnInference extends ModelSize {
  /** Hessians of the global fit alone. */
  readonly fitHessians: number;
  readonly hypotest: Test;
  readonly hypotestLocal: Test;
  readonly limits: Limits;
  readonly limitsLocal: Limits;
  readonly ranking: Ranking;
  readonly scan: Scan;
}

/** Measures every procedure on the workspace `text`. */
export function measureInference(text: string, protocol: Protocol): OwnInference {
  const model = fromPyhf(text);
  const grid = scanGrid(model);
  const time = <R extends ProcedureSummary>(run: () => R): [R, Work] => {
    const result = run();
    const { nFit, nGradient, nHessian, converged, warnings } = result;
    const { seconds } = measure(() => run().nFit, protocol);
    return [result, { seconds, nFit, nGradient, nHessian, converged, warnings }];
  };
  const test = (search: boolean): Test => {
    const options = { expectedSet: true, search };
    const [{ cls, expectedSet }, work] = time(() => hypotest(model, 1, options));
    return { ...work, cls, expected: expectedSet?.cls ?? [] };
  };
  const limits = (search: boolean): Limits => {
    const [{ obsLimit, expLimits }, work] = time(() => upperLimit(model, { search }));
    return { ...work, limits: [obsLimit, ...(expLimits ?? [])] };
  };
  const [{ entries, muUncertainty, nRechecked }, rankingWork] = time(() => ranking(model));
  const impacts = (impact: "prefitCentre" | "prefitBestfit"): Impacts =>
    Object.fromEntries(
      entries.map((entry) => {
        const { up, down } = entry[impact];
        return [entry.name, [up, down]];
      }),
    );
  const [{ points }, scanWork] = time(() => profileScan(model, grid));
  return {
    nParameters: model.nParams(),
    nBins: model.resolved.observed.length,
    nEntries: countEntries(model.resolved),
    fitHessians: fit(model).nHessian,
    hypotest: test(true),
    hypotestLocal: test(false),
    limits: limits(true),
    limitsLocal: limits(false),
    ranking: {
      ...rankingWork,
      muUncertainty,
      nRechecked,
      centre: impacts("prefitCentre"),
      bestfit: impacts("prefitBestfit"),
    },
    scan: { ...scanWork, grid, q: points.map((point) => point.qMu) },
  };
}

/** 31 points over [0, 3], or what of it is inside the bounds of the parameter of interest. */
function scanGrid(model: Model): Grid {
  const [lower = 0, upper = 3] = model.paramBounds()[model.poiIndex() ?? 0] ?? [];
  return { start: Math.max(0, lower), stop: Math.min(3, upper), points: 31 };
}
