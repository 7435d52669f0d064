/**
 * What the difference of a run comes from, by our likelihood alone: evaluated where ROOT's fits ended, as the model is read
 * and as it could have been read.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";
import type { Model } from "../../index.ts";
import { type Explanation, residualOf, type VariantResidual } from "../../parity/explain.ts";
import { toOwn } from "../../parity/positions.ts";
import { type MinimumQuality, minimumQuality } from "../../parity/quality.ts";
import type { RunSummary } from "../../parity/records.ts";
import type { RootScan } from "../../parity/scan-records.ts";
import { negativeTemplates } from "../../parity/templates.ts";
import { cutNll } from "./cut-nll.ts";
import { type OpenedVariant, variantsOf } from "./variants.ts";

/** Our NLL at the end of each conditional fit of ours, by strength. */
export type OwnMinima = ReadonlyMap<number, number>;

export async function explainRun(
  summary: RunSummary,
  root: RootScan,
  minima: OwnMinima,
  runDir: string,
): Promise<Explanation> {
  const { asRead, others } = variantsOf(summary, runDir);
  const opened = await asRead();
  const baseline = residualOf(root, nllAt(opened, root, nllOf(opened.model)));
  const variants: VariantResidual[] = [];
  const positions = positionsOf(opened, root);
  const cut = positions.filter(
    (x) => negativeTemplates(opened.model.resolved, x).length > 0,
  ).length;
  if (cut > 0) {
    const residual = residualOf(
      root,
      nllAt(opened, root, (x) => cutNll(opened.model, x)),
    );
    variants.push({ name: "templates: cut off at 0, as in ROOT", residual, problem: null });
  }
  for (const { name, open } of others) {
    try {
      const variant = await open();
      const residual = residualOf(root, nllAt(variant, root, nllOf(variant.model)));
      variants.push({ name, residual, problem: null });
    } catch (error) {
      // Not every model can be read in every way.
      if (!(error instanceof NextstatError)) throw error;
      variants.push({ name, residual: null, problem: error.problem });
    }
  }
  return {
    baseline,
    variants,
    cutTemplates: cut,
    nPositions: positions.length,
    quality: qualities(opened, summary, root, minima),
  };
}

/** The start, the free fit, and the points of ROOT's scan. */
function positionsOf({ model, counterparts }: OpenedVariant, root: RootScan): Float64Array[] {
  const all = [root.start, root.freeFit, ...root.points];
  return all.map(({ parameters }) =>
    toOwn(model.resolved.parameters, counterparts, root.parameterNames, parameters),
  );
}

function nllAt(
  variant: OpenedVariant,
  root: RootScan,
  nll: (x: Float64Array) => number,
): readonly number[] {
  return positionsOf(variant, root).map(nll);
}

function nllOf({ evaluator }: Model): (x: Float64Array) => number {
  return (x) => evaluator.nll(x);
}

/** How good minima ROOT's are, by our likelihood: its free fit, and the fits of the scan that are furthest above ours. */
function qualities(
  opened: OpenedVariant,
  { nextstat }: RunSummary,
  root: RootScan,
  minima: OwnMinima,
): Explanation["quality"] {
  const { model, counterparts } = opened;
  const { parameters, poi } = model.resolved;
  const quality = (
    values: readonly number[],
    best: number,
    held: boolean,
  ): MinimumQuality | null => {
    const own = held
      ? parameters.map((p, i) => (i === poi ? { ...p, fixed: true } : p))
      : parameters;
    const x = toOwn(parameters, counterparts, root.parameterNames, values);
    return minimumQuality(model.evaluator, own, x, best);
  };
  const free = {
    what: "free fit",
    quality: quality(root.freeFit.parameters, nextstat.nllHat, false),
  };
  const scan = root.points.flatMap(({ mu, parameters: values }) => {
    const best = minima.get(mu);
    if (best === undefined) return [];
    return [{ what: `mu = ${Number(mu.toPrecision(7))}`, quality: quality(values, best, true) }];
  });
  const above = (each: (typeof scan)[number]): number =>
    each.quality?.twiceNllAboveBest ?? Infinity;
  scan.sort((a, b) => above(b) - above(a));
  return [free, ...scan.slice(0, 3)];
}
