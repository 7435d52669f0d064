/**
 * Our side of the benchmark of toys on one workspace.
 *
 * @module
 */

import { fromPyhf, type HypotestToysResult, hypotestToys, type Model } from "../src/index.ts";
import { countEntries } from "./ours.ts";
import type { ModelSize } from "./suite.ts";
import { measure, type Protocol } from "./timing.ts";

/** The strength tested. */
const MU = 1;
/** Toys of each hypothesis, and how many when they are slow: less than that says little about the next one. */
const MAX_TOYS = 200;
const MIN_TOYS = 20;
/** Of the first run, which says how slow they are. */
const PILOT_TOYS = 5;
/** Toys are slow when a run of them takes more than this times {@link Protocol.onceAbove}. */
const PATIENCE = 5;

/** What one toy took on average: a free fit, and a conditional one where it decides the statistic. */
export interface ToyWork {
  /** Processor seconds, without the fits to the data. */
  readonly seconds: number;
  readonly nFit: number;
  readonly nGradient: number;
  readonly nHessian: number;
  /** Toys of both hypotheses that the averages are over. */
  readonly nToys: number;
  /** Share of the toys whose search found a minimum below the one that the ensemble's parameters lead to. */
  readonly lower: number;
  /** Toys without an answer. */
  readonly nFailed: number;
  /** The test statistic on the data. */
  readonly qObs: number | null;
  readonly warnings: readonly string[];
}

export interface OwnToys extends ModelSize {
  readonly search: ToyWork;
  readonly local: ToyWork;
}

/** Measures toys on the workspace `text`, with the search for other minima and without. */
export function measureToys(text: string, protocol: Protocol): OwnToys {
  const model = fromPyhf(text);
  return {
    nParameters: model.nParams(),
    nBins: model.resolved.observed.length,
    nEntries: countEntries(model.resolved),
    search: measureWork(model, true, protocol),
    local: measureWork(model, false, protocol),
  };
}

/** The difference of many toys and of one, so that the fits to the data do not count. */
function measureWork(model: Model, search: boolean, protocol: Protocol): ToyWork {
  const run = (nToys: number): [seconds: number, result: HypotestToysResult] => {
    const results: HypotestToysResult[] = [];
    const { seconds } = measure(() => {
      const result = hypotestToys(model, MU, { nToys, search });
      results.push(result);
      return result.nFit;
    }, protocol);
    return [seconds, results[0] as HypotestToysResult];
  };
  const [pilot] = run(PILOT_TOYS);
  const affordable = Math.floor((PATIENCE * protocol.onceAbove * PILOT_TOYS) / pilot);
  const nToys = Math.min(MAX_TOYS, Math.max(MIN_TOYS, affordable));
  const [oneSeconds, one] = run(1);
  const [manySeconds, many] = run(nToys);
  const rest = 2 * (nToys - 1);
  const sum = ({ b, sb }: HypotestToysResult["nToys"]): number => b + sb;
  return {
    seconds: (manySeconds - oneSeconds) / rest,
    nFit: (many.nFit - one.nFit) / rest,
    nGradient: (many.nGradient - one.nGradient) / rest,
    nHessian: (many.nHessian - one.nHessian) / rest,
    nToys: sum(many.nToys),
    lower: sum(many.nLowerMinimum) / sum(many.nToys),
    nFailed: sum(many.nError) + sum(many.nNonconverged),
    qObs: many.qObs,
    warnings: many.warnings,
  };
}
