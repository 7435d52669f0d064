/**
 * Templates below 0 with models of many parameters: a ROOT that has the likelihood of one workspace with its templates cut off,
 * at the positions that ROOT's own fits ended at, against the same workspace and against others.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cutNll } from "../../src/cli/parity/cut-nll.ts";
import { runOwnScan } from "../../src/cli/parity/own-scan.ts";
import { toHistFactory } from "../../src/histfactory-xml.ts";
import { fromPyhf, type Model } from "../../src/index.ts";
import { type Comparison, compareScans, DEFAULT_THRESHOLDS } from "../../src/parity/compare.ts";
import { toOwn } from "../../src/parity/positions.ts";
import { type RootScan, readRootScan } from "../../src/parity/scan-records.ts";
import { countCuts, negativeTemplates } from "../../src/parity/templates.ts";

interface Workspace {
  readonly channels: readonly { readonly samples: readonly { readonly data: number[] }[] }[];
}

function load(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../golden/${path}`, import.meta.url), "utf8"));
}

const GRID = { start: 0, stop: 5, points: 11 };

describe.each(["several-minima-01", "several-minima-03"])("%s", (name) => {
  const recorded = readRootScan(load(`parity/${name}.json`), name);
  const truth = fromPyhf(JSON.stringify(load(`workspaces/${name}.json`)));
  const { rootParameters } = toHistFactory(truth);
  const at = ({ parameters }: { readonly parameters: readonly number[] }): Float64Array =>
    toOwn(truth.resolved.parameters, rootParameters, recorded.parameterNames, parameters);
  const places = [
    recorded.start,
    recorded.freeFit,
    ...recorded.points.map(({ nllMu, parameters }) => ({ nll: nllMu, parameters })),
  ];

  test("ROOT's likelihood is ours with templates cut off", () => {
    const offsets = places.map((place) => (place.nll ?? 0) - cutNll(truth, at(place)));
    // Sums of a dozen terms of order 1e2 in two programs.
    for (const offset of offsets)
      expect(Math.abs(offset - (offsets[0] as number))).toBeLessThan(1e-9);
  });

  /** The comparison when we read `model` and ROOT has `truth`. */
  function compare(model: Model): Comparison {
    const { scan: own, positions } = runOwnScan(model, "mu", GRID, 0, "0");
    const ours = positions.map((x) => Float64Array.from(x));
    const theirs = places.map(at);
    const constant = 17;
    const nll = ours.map((x) => cutNll(truth, x) + constant);
    const root: RootScan = { ...recorded, atNextstat: { unknown: [], nll } };
    const [start, freeFit, ...points] = theirs.map((x) => model.nll(x));
    const [cutStart, cutFree, ...cutPoints] = theirs.map((x) => cutNll(model, x));
    const [ownFree, ...ownPoints] = ours.map((x) => cutNll(model, x));
    return compareScans(
      own,
      withConstant(root, constant),
      { start: start as number, freeFit: freeFit as number, points },
      DEFAULT_THRESHOLDS,
      {
        templates: countCuts([...ours, ...theirs].map((x) => negativeTemplates(model.resolved, x))),
        nll: {
          atRoot: { start: cutStart as number, freeFit: cutFree as number, points: cutPoints },
          atOwn: { freeFit: ownFree as number, points: ownPoints },
        },
      },
    );
  }

  /** ROOT's NLL at its own positions, by the likelihood that it is given here. */
  function withConstant(root: RootScan, constant: number): RootScan {
    const [start, free, ...points] = places.map((place) => cutNll(truth, at(place)) + constant);
    return {
      ...root,
      start: { ...root.start, nll: start as number },
      freeFit: { ...root.freeFit, nll: free as number },
      points: root.points.map((point, i) => ({ ...point, nllMu: points[i] as number })),
    };
  }

  test("is agreed on with templates cut", () => {
    const { agreement, diff } = compare(truth);
    expect(agreement).toBe("cut_templates");
    expect(diff.cutTemplates?.maxAbsDTwiceNllSameParameters).toBeLessThan(1e-9);
  });

  const { channels } = load(`workspaces/${name}.json`) as Workspace;
  const yields = channels.flatMap(({ samples }, c) =>
    samples.flatMap(({ data }, s) => data.map((_, b) => [c, s, b] as const)),
  );

  test.each(yields)("fails with yield %i %i %i off by a thousandth", (c, s, b) => {
    const other = load(`workspaces/${name}.json`) as Workspace;
    const data = other.channels[c]?.samples[s]?.data as number[];
    data[b] = (data[b] as number) * 1.001;
    const { status, reasons } = compare(fromPyhf(JSON.stringify(other)));
    expect(status).toBe("fail");
    expect(reasons.join("\n")).toContain("the likelihoods differ: at the same parameters");
  });
});
