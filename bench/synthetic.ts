/**
 * Models of any size for the scaling measurements: seeded, so the same on every run.
 *
 * @module
 */

import type { Modifier, Workspace } from "../src/workspace/types.ts";
import {
  channel,
  histosys,
  lumi,
  lumiConfig,
  measurement,
  mu,
  normfactor,
  normsys,
  type ObservedChannel,
  sample,
  staterror,
  workspace,
} from "../tools/golden/build.ts";
import { makeRandom, type Random, round6 } from "../tools/golden/random.ts";

export interface SyntheticSize {
  readonly channels: number;
  /** In each channel. */
  readonly bins: number;
  /** Background samples in each channel. */
  readonly backgrounds: number;
  /** Nuisance parameters, each with its modifiers on some of the samples. */
  readonly systematics: number;
  /** Part of the (channel, sample) pairs that a systematic touches. */
  readonly coverage: number;
  /** One more parameter for every bin. */
  readonly staterror: boolean;
}

interface Systematic {
  readonly name: string;
  readonly shape: boolean;
  readonly size: number;
}

/** A workspace of this size with data thrown around a signal strength of 0.8. */
export function syntheticWorkspace(size: SyntheticSize, seed: number): Workspace {
  const random = makeRandom(seed);
  const systematics = Array.from(
    { length: size.systematics },
    (_, i): Systematic => ({
      name: `systematic_${i}`,
      shape: i % 3 === 0,
      size: random.uniform(0.005, 0.05),
    }),
  );
  const channels = Array.from({ length: size.channels }, (_, c) =>
    syntheticChannel(random, size, systematics, `region_${c}`),
  );
  return workspace(channels, measurement("fit", "mu", lumiConfig(0.02)));
}

function syntheticChannel(
  random: Random,
  size: SyntheticSize,
  systematics: readonly Systematic[],
  name: string,
): ObservedChannel {
  const bins = Array.from({ length: size.bins }, (_, b) => b);
  const expected = bins.map(() => 0);
  const samples = Array.from({ length: size.backgrounds + 1 }, (_, s) => {
    const isSignal = s === 0;
    const fall = random.uniform(0.5, 3);
    const total = isSignal ? 5 : random.uniform(30, 300);
    const nominal = bins.map((b) => {
      const position = b / size.bins;
      const shape = isSignal ? 4 * position * (1 - position) + 0.1 : 1 / (1 + fall * position);
      return round6(total * shape);
    });
    nominal.forEach((value, b) => {
      expected[b] = (expected[b] as number) + value * (isSignal ? 0.8 : 1);
    });
    const modifiers: Modifier[] = [lumi];
    if (isSignal) modifiers.push(mu);
    if (s === 1) modifiers.push(normfactor("background_scale"));
    for (const systematic of systematics) {
      if (random.uniform(0, 1) < size.coverage) {
        modifiers.push(modifierOf(random, systematic, nominal));
      }
    }
    if (size.staterror) {
      modifiers.push(
        staterror(
          `staterror_${name}`,
          nominal.map((v) => round6(0.2 * Math.sqrt(v))),
        ),
      );
    }
    return sample(isSignal ? "signal" : `background_${s}`, nominal, ...modifiers);
  });
  return channel(
    name,
    expected.map((value) => random.count(value)),
    ...samples,
  );
}

function modifierOf(random: Random, systematic: Systematic, nominal: readonly number[]): Modifier {
  const up = systematic.size * random.normal();
  const down = -up * random.uniform(0.8, 1.2);
  if (!systematic.shape) {
    return normsys(systematic.name, round6(Math.max(0.5, 1 + up)), round6(Math.max(0.5, 1 + down)));
  }
  const slope = random.uniform(-1, 1);
  const template = (shift: number): number[] =>
    nominal.map((value, b) =>
      round6(value * Math.max(0.3, 1 + shift * (1 + slope * ((2 * b) / nominal.length - 1)))),
    );
  return histosys(systematic.name, template(up), template(down));
}
