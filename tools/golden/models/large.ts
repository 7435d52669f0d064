/**
 * Models of a realistic analysis' size: signal and control regions, systematics of one sample or of all, staterror in
 * every channel, data thrown around a signal strength of 0.8.
 *
 * @module
 */
import type { Modifier, Sample } from "../../../src/workspace/types.ts";
import {
  channel,
  histosys,
  lumi,
  lumiConfig,
  measurement,
  normfactor,
  normsys,
  type ObservedChannel,
  sample,
  staterror,
  type Workspaces,
  workspace,
} from "../build.ts";
import { makeRandom, type Random, round6 } from "../random.ts";

interface Size {
  readonly channels: number;
  readonly bins: number;
  readonly backgrounds: number;
  /** Systematics of all samples in all channels, and those of one sample each. */
  readonly experimental: number;
  readonly theory: number;
}

/** One systematic: which samples it touches, how strongly, and whether it has a shape. */
interface Systematic {
  readonly name: string;
  readonly shape: boolean;
  readonly size: number;
  /** Sample it is limited to, or null. */
  readonly sample: number | null;
  /** Part of the (channel, sample) pairs it touches. */
  readonly coverage: number;
}

function systematics(random: Random, size: Size): Systematic[] {
  const experimental = Array.from({ length: size.experimental }, (_, i) => ({
    name: `experimental_${i}`,
    shape: random.uniform(0, 1) < 0.35,
    size: random.uniform(0.004, 0.05),
    sample: null,
    coverage: 0.2,
  }));
  const theory = Array.from({ length: size.theory }, (_, i) => ({
    name: `theory_${i}`,
    shape: random.uniform(0, 1) < 0.25,
    size: random.uniform(0.02, 0.16),
    sample: i % (size.backgrounds + 1),
    coverage: 0.7,
  }));
  return [...experimental, ...theory];
}

/** The systematic's modifier on one sample: usually opposite up and down, sometimes one-sided. */
function modifierOf(random: Random, systematic: Systematic, nominal: readonly number[]): Modifier {
  const up = systematic.size * random.normal();
  const down = random.uniform(0, 1) < 0.1 ? 0 : -up * random.uniform(0.7, 1.2);
  if (!systematic.shape) {
    return normsys(systematic.name, round6(Math.max(0.3, 1 + up)), round6(Math.max(0.3, 1 + down)));
  }
  const slope = random.uniform(-1, 1);
  const template = (shift: number): number[] =>
    nominal.map((value, bin) => {
      const position = (2 * bin) / Math.max(1, nominal.length - 1) - 1;
      return round6(value * Math.max(0.2, 1 + shift * (0.4 + slope * position)));
    });
  return histosys(systematic.name, template(up), template(down));
}

function largeChannel(
  random: Random,
  size: Size,
  index: number,
  sources: readonly Systematic[],
): ObservedChannel {
  const isControl = index % 2 === 1;
  const name = `${isControl ? "CR" : "SR"}_${index}`;
  const samples: Sample[] = [];
  const expected = new Array<number>(size.bins).fill(0);
  for (let s = 0; s <= size.backgrounds; s++) {
    const isSignal = s === 0;
    const scale = (isSignal ? (isControl ? 1 : 9) : 260 / (s + 1)) * random.uniform(0.4, 1.3);
    const nominal = expected.map((_, bin) => {
      const fall = isSignal ? 0.5 + bin / size.bins : 1 / (1 + 0.45 * bin);
      return round6(scale * fall * random.uniform(0.85, 1.15));
    });
    const factors = [isSignal ? normfactor("mu") : s <= 2 ? normfactor(`norm_${s}`) : lumi];
    const touching = sources.filter(
      (source) =>
        (source.sample === null || source.sample === s) && random.uniform(0, 1) < source.coverage,
    );
    const spread = touching.map((source) => modifierOf(random, source, nominal));
    const sigmas = nominal.map((value) => round6(0.12 * Math.sqrt(value) + 0.01 * value));
    const statistics = isSignal ? [] : [staterror(`staterror_${name}`, sigmas)];
    samples.push(
      sample(
        isSignal ? "signal" : `background_${s}`,
        nominal,
        ...factors,
        ...spread,
        ...statistics,
      ),
    );
    for (const [bin, value] of nominal.entries()) {
      expected[bin] = (expected[bin] ?? 0) + (isSignal ? 0.8 : 1.02) * value;
    }
  }
  return channel(
    name,
    expected.map((value) => random.count(value)),
    ...samples,
  );
}

function large(seed: number, size: Size) {
  const random = makeRandom(seed);
  const sources = systematics(random, size);
  const channels = Array.from({ length: size.channels }, (_, i) =>
    largeChannel(random, size, i, sources),
  );
  return workspace(channels, measurement("fit", "mu", lumiConfig(0.017)));
}

export const realisticSizes: Workspaces = {
  "realistic-small": large(311, {
    channels: 2,
    bins: 4,
    backgrounds: 3,
    experimental: 8,
    theory: 6,
  }),
  "realistic-medium": large(312, {
    channels: 4,
    bins: 5,
    backgrounds: 4,
    experimental: 22,
    theory: 18,
  }),
  "realistic-150": large(313, {
    channels: 4,
    bins: 9,
    backgrounds: 5,
    experimental: 60,
    theory: 50,
  }),
  "realistic-220": large(314, {
    channels: 6,
    bins: 9,
    backgrounds: 6,
    experimental: 96,
    theory: 66,
  }),
  "realistic-300": large(315, {
    channels: 8,
    bins: 9,
    backgrounds: 7,
    experimental: 140,
    theory: 84,
  }),
};
