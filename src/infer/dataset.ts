/**
 * The data of a fit: observed, Asimov, and which part of it counts.
 *
 * @module
 */

import { NextstatError, suggestName } from "../errors.ts";
import type { Dataset, Evaluator } from "../likelihood/evaluator.ts";
import type { ResolvedModel } from "../model/resolved-model.ts";
import { perParameter } from "./objective.ts";

/** The observed events and the auxiliary data of the model. */
export function observedDataset(model: ResolvedModel): Dataset {
  return {
    main: Float64Array.from(model.observed),
    auxiliary: perParameter(model.parameters, (p) => p.auxdata),
  };
}

/** An Asimov set, and the bins whose expectation was below 0 and had to be set to it, as `channel[bin]`. */
export interface ExpectedDataset {
  readonly dataset: Dataset;
  readonly clamped: readonly string[];
}

/**
 * The Asimov set of a point: main data at its expected events, auxiliary data at the centre its parameters give them.
 *
 * @param theta `[nParameters]`
 */
export function asimovDataset(
  model: ResolvedModel,
  evaluator: Evaluator,
  theta: Float64Array,
): ExpectedDataset {
  const main = new Float64Array(evaluator.nBins);
  evaluator.expected(theta, main);
  const clamped: string[] = [];
  for (const { name, firstBin, nBins } of model.channels) {
    for (let b = 0; b < nBins; b++) {
      const events = main[firstBin + b] as number;
      if (events >= 0) continue;
      clamped.push(`${name}[${b}]`);
      main[firstBin + b] = 0;
    }
  }
  const auxiliary = perParameter(model.parameters, ({ constraint }, i) => {
    const value = theta[i] as number;
    return constraint.type === "poisson"
      ? constraint.tau * value
      : constraint.type === "gauss"
        ? value
        : 0;
  });
  return { dataset: { main, auxiliary }, clamped };
}

/** What stays in the likelihood when only some channels are fitted. */
export interface RegionMask {
  /** `[nBins]` 1 for bins that count. */
  readonly bins: Uint8Array;
  /** `[nParameters]` 1 for constraint terms that count: the per-bin Poisson ones of dropped channels do not. */
  readonly constraints: Uint8Array;
  /** `[nParameters]` 1 for parameters that some counted bin depends on. */
  readonly used: Uint8Array;
}

/**
 * Masks channels: `fit` are kept (all when absent), `validation` are dropped (docs/architecture.md, regions).
 *
 * @returns null when every channel counts
 * @throws NextstatError `usage` for unknown names, names in both lists, or when nothing is left
 */
export function maskRegions(
  model: ResolvedModel,
  fit: readonly string[] | undefined,
  validation: readonly string[] | undefined,
): RegionMask | null {
  if (fit === undefined && validation === undefined) return null;
  const names = model.channels.map((c) => c.name);
  for (const [what, list] of [
    ["fit region", fit ?? []],
    ["validation region", validation ?? []],
  ] as const) {
    for (const name of list) {
      if (!names.includes(name)) {
        throw new NextstatError("usage", `${what} "${name}" is not a channel of the workspace`, {
          hint: suggestName(name, names),
        });
      }
    }
  }
  const both = (fit ?? []).find((name) => validation?.includes(name));
  if (both !== undefined) {
    throw new NextstatError("usage", `"${both}" is both a fit region and a validation region`, {
      hint: "name it in one of the two lists",
    });
  }
  const kept = model.channels.filter(
    (c) => (fit?.includes(c.name) ?? true) && !(validation?.includes(c.name) ?? false),
  );
  if (kept.length === 0) {
    throw new NextstatError("usage", "no channel is left to fit", {
      hint: `known: ${names.join(", ")}`,
    });
  }
  if (kept.length === model.channels.length) return null;

  const bins = new Uint8Array(model.observed.length);
  const used = new Uint8Array(model.parameters.length);
  for (const channel of kept) {
    bins.fill(1, channel.firstBin, channel.firstBin + channel.nBins);
    for (const sample of channel.samples) {
      for (const modifier of sample.modifiers) {
        if (modifier.type === "perbin")
          used.fill(1, modifier.firstParameter, modifier.firstParameter + channel.nBins);
        else used[modifier.parameter] = 1;
      }
    }
  }
  const constraints = Uint8Array.from(model.parameters, (p, i) =>
    p.kind === "shapesys" && p.constraint.type === "poisson" && used[i] === 0 ? 0 : 1,
  );
  return { bins, constraints, used };
}
