/**
 * Our fit and scan of a case, timed.
 *
 * @module
 */

import { fit, type Model, profileScan } from "../../index.ts";
import type { MuGridSpec } from "../../parity/cases.ts";
import { gridValues } from "../../parity/cases.ts";
import type { OwnScan } from "../../parity/scan-records.ts";

/** A scan of ours with the positions at which its fits ended. */
export interface OwnRun {
  readonly scan: OwnScan;
  /** `[1 + nPoints]` positions of the free fit and of the conditional ones. */
  readonly positions: readonly (readonly number[])[];
}

const REPEATS = 3;
/** In seconds. */
const LONG = 2;
const BATCHES = 5;
/** In seconds. */
const BATCH_TIME = 0.1;
const BATCH_CALLS = 2000;

/** @param poi the parameter of interest, which the model has */
export function runOwnScan(
  model: Model,
  poi: string,
  muGrid: MuGridSpec,
  buildS: number,
  version: string,
): OwnRun {
  const muValues = gridValues(muGrid);
  const [lower, upper] = model.paramBounds()[model.poiIndex() as number] as [number, number];
  // The range covers the grid, in ROOT as here.
  const bounds: Record<string, [number, number]> = {
    [poi]: [Math.min(lower, muGrid.start), Math.max(upper, muGrid.stop)],
  };
  const [best, fitS] = timed(() => fit(model, { bounds }));
  const [scan, scanS] = timed(() =>
    profileScan(model, { bounds, muValues, parameterValues: true }),
  );
  return {
    scan: {
      tool: "nextstat",
      version,
      poiName: poi,
      muHat: scan.muHat,
      nllHat: scan.nllHat,
      converged: scan.converged,
      warnings: [...new Set([...best.warnings, ...scan.warnings])],
      timingS: {
        build: buildS,
        nllEval: timeNll(model, best.bestfit),
        fit: fitS,
        scan: scanS,
      },
      parameterNames: best.parameterNames,
      bestfit: best.bestfit,
      uncertainties: best.uncertainties,
      points: scan.points.map(({ mu, qMu, nllMu, converged }) => ({ mu, qMu, nllMu, converged })),
    },
    positions: [best.bestfit, ...scan.points.map(({ parameters }) => parameters ?? best.bestfit)],
  };
}

/** A result that is the same every time, and the median of the seconds it took; what takes long is done once. */
function timed<T>(compute: () => T): readonly [T, number] {
  const times: number[] = [];
  for (;;) {
    const startedAt = performance.now();
    const result = compute();
    times.push((performance.now() - startedAt) / 1000);
    if (times.length === REPEATS || (times[0] as number) > LONG) return [result, median(times)];
  }
}

/** Seconds of one evaluation, as a minimiser makes them: without checks and copies. */
export function timeNll({ evaluator }: Model, bestfit: readonly number[]): number {
  const x = Float64Array.from(bestfit);
  const batches = Array.from({ length: BATCHES }, () => {
    const startedAt = performance.now();
    let calls = 0;
    while (calls < BATCH_CALLS && performance.now() - startedAt < BATCH_TIME * 1000) {
      evaluator.nll(x);
      calls++;
    }
    return (performance.now() - startedAt) / 1000 / calls;
  });
  return median(batches);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
