import { readFileSync } from "node:fs";
import { fromPyhf, type Model } from "../../src/index.ts";

/** Limits and intervals of counting experiments, computed without toys. */
export interface GoldenCounting {
  readonly levels: readonly number[];
  readonly expected: Readonly<Record<string, readonly number[]>>;
  readonly counting: readonly {
    readonly b: number;
    readonly n: number;
    readonly cls: number;
    /** Level by level the pieces of the interval. */
    readonly unified: readonly (readonly (readonly [number, number])[])[] | null;
  }[];
  readonly gaussian: readonly {
    readonly x: number;
    readonly unified: readonly (readonly (readonly [number, number])[])[];
  }[];
}

export function goldenCounting(): GoldenCounting {
  return JSON.parse(readFileSync("test/golden/counting.json", "utf8"));
}

/** One bin without nuisance parameters: `n` events where `b + mu s` are expected. */
export function countingModel(n: number, b: number, s = 1, upper = 25): Model {
  const workspace = {
    channels: [
      {
        name: "bin",
        samples: [
          {
            name: "signal",
            data: [s],
            modifiers: [{ name: "mu", type: "normfactor", data: null }],
          },
          { name: "background", data: [b], modifiers: [] },
        ],
      },
    ],
    observations: [{ name: "bin", data: [n] }],
    measurements: [
      {
        name: "counting",
        config: { poi: "mu", parameters: [{ name: "mu", inits: [1], bounds: [[0, upper]] }] },
      },
    ],
    version: "1.0.0",
  };
  return fromPyhf(JSON.stringify(workspace));
}

/** Mean and width of a sample. */
export function moments(values: readonly number[]): { mean: number; width: number } {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, width: Math.sqrt(squares / (values.length - 1)) };
}
