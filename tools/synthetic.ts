/**
 * Synthetic models of any shape, for scaling tests and benchmarks: the same seed gives the same model everywhere.
 *
 * @module
 */

import type { Modifier, Workspace } from "../src/workspace/types.ts";
import { channel, histosys, mu, normsys, sample, staterror, workspace } from "./golden/build.ts";
import { makeRandom, type Random, round6 } from "./golden/random.ts";

export interface SyntheticShape {
  readonly channels: number;
  readonly binsPerChannel: number;
  readonly backgrounds: number;
  /** Systematics with one alpha each. */
  readonly systematics: number;
  /** Part of the (channel, sample) pairs that a systematic touches. */
  readonly coverage: number;
  /** Part of the systematics that vary the shape; the rest scale. */
  readonly shapes: number;
  /** A gamma per bin. */
  readonly staterror: boolean;
  readonly seed: number;
}

/** Effect of one systematic on one sample: the same parameter everywhere, sizes that differ. */
interface Systematic {
  readonly name: string;
  readonly shape: boolean;
  readonly size: number;
  /** `[channels x samples]` which it touches; at least one. */
  readonly pairs: readonly boolean[];
}

/** The workspace of a shape, with data thrown around mu = 0.8. */
export function syntheticWorkspace(shape: SyntheticShape): Workspace {
  const random = makeRandom(shape.seed);
  const names = [
    "signal",
    ...Array.from({ length: shape.backgrounds }, (_, i) => `background_${i}`),
  ];
  const nPairs = shape.channels * names.length;
  const systematics = Array.from({ length: shape.systematics }, (_, i): Systematic => {
    const pairs = Array.from({ length: nPairs }, () => random.uniform(0, 1) < shape.coverage);
    if (!pairs.includes(true)) pairs[i % nPairs] = true;
    return {
      name: `sys_${i}`,
      shape: Math.floor((i + 1) * shape.shapes) > Math.floor(i * shape.shapes),
      size: random.uniform(0.01, 0.1),
      pairs,
    };
  });
  return workspace(
    Array.from({ length: shape.channels }, (_, c) => {
      const name = `channel_${c}`;
      const total = new Array<number>(shape.binsPerChannel).fill(0);
      const samples = names.map((sampleName, s) => {
        const isSignal = s === 0;
        const data = spectrum(random, shape.binsPerChannel, isSignal, 60 + 40 * s);
        data.forEach((v, b) => {
          total[b] += (isSignal ? 0.8 : 1) * v;
        });
        const touched = systematics.filter((one) => one.pairs[c * names.length + s]);
        const modifiers = touched.map((one) => effect(random, one, data));
        if (isSignal) modifiers.unshift(mu);
        else if (shape.staterror) {
          modifiers.push(
            staterror(
              `staterror_${name}`,
              data.map((v) => round6(0.03 * v)),
            ),
          );
        }
        return sample(sampleName, data, ...modifiers);
      });
      return channel(
        name,
        total.map((v) => random.count(v)),
        ...samples,
      );
    }),
  );
}

/** A peak for the signal, a falling spectrum for a background. */
function spectrum(random: Random, nBins: number, peak: boolean, height: number): number[] {
  return Array.from({ length: nBins }, (_, b) => {
    const x = (b + 0.5) / nBins;
    const form = peak ? 0.3 / (1 + ((x - 0.6) / 0.15) ** 2) : 1.5 / (1 + 2 * x);
    return round6(height * form * random.uniform(0.9, 1.1));
  });
}

function effect(
  random: Random,
  { name, shape, size }: Systematic,
  data: readonly number[],
): Modifier {
  const up = size * random.uniform(-1, 1);
  const skew = random.uniform(0.8, 1.2);
  if (!shape) return normsys(name, round6(1 + up), round6(1 - skew * up));
  const last = Math.max(1, data.length - 1);
  const moved = (amount: number): number[] =>
    data.map((v, b) => round6(v * (1 + amount * (1 - (1.5 * b) / last))));
  return histosys(name, moved(up), moved(-skew * up));
}
