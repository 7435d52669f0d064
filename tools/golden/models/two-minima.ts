/**
 * Models whose likelihood has two minima in alpha: one background moves to the same side of nominal for both variations,
 * in a bin where the data ask for it, while the other pulls alpha up in one bin and the control region disagrees.
 *
 * @module
 */
import {
  channel,
  histosys,
  mu,
  normsys,
  type ObservedChannel,
  sample,
  staterror,
  type Workspaces,
  workspace,
} from "../build.ts";
import { makeRandom, type Random, round6 } from "../random.ts";

/** Chosen among the first 36: the polynomial codes (4 and 4p) have two minima within 10 units of 2NLL. */
const SEEDS = [1, 4, 5, 11, 12, 14, 15, 19, 20, 23, 27, 33, 34, 36];

/** Pairs of those for models with two such alphas. */
const PAIRS = [
  [34, 19],
  [12, 33],
  [15, 27],
] as const;

const scaled = (data: readonly number[], factor: number): number[] =>
  data.map((value) => round6(value * factor));

/** Both variations of the last bin fall (or both rise) by about half of it. */
function foldedTemplates(random: Random, nominal: readonly number[]) {
  const sign = random.integer(0, 1) === 0 ? -1 : 1;
  const size = random.uniform(0.35, 0.6);
  const tilt = random.uniform(0.05, 0.14);
  const last = nominal.length - 1;
  const shift = (direction: 1 | -1): number[] =>
    nominal.map((value, bin) =>
      round6(
        bin === last
          ? value * (1 + sign * size * (1 + 0.08 * direction))
          : value * (1 + tilt * direction),
      ),
    );
  return { hi: shift(1), lo: shift(-1), sign, size };
}

function twoMinima(seed: number, alpha = "coupled", suffix = ""): ObservedChannel[] {
  const nBins = 2 + (seed % 3);
  const random = makeRandom(0x2ab1 + seed);
  const yields = (low: number, high: number): number[] =>
    Array.from({ length: nBins }, () => round6(random.uniform(low, high)));
  const signal = yields(20, 40);
  const steady = yields(80, 130);
  const folded = yields(50, 130);
  const symmetric = random.uniform(0.04, 0.12);
  const templates = foldedTemplates(random, folded);
  const control = yields(80, 140);
  const expected = folded.map((value, bin) =>
    bin === nBins - 1
      ? value * (1 + 0.75 * templates.sign * templates.size) + (steady[bin] ?? 0)
      : value + (steady[bin] ?? 0),
  );
  const pull = random.uniform(-0.3, 0.3);
  return [
    channel(
      `signal${suffix}`,
      expected.map((value, bin) => random.count(value + 0.6 * (signal[bin] ?? 0))),
      sample("signal", signal, mu),
      sample(
        "steady",
        steady,
        histosys(alpha, scaled(steady, 1 + symmetric), scaled(steady, 1 - symmetric)),
      ),
      sample("folded", folded, histosys(alpha, templates.hi, templates.lo)),
    ),
    channel(
      `control${suffix}`,
      control.map((value) => random.count(value * (1 + symmetric * pull))),
      sample(
        "steady",
        control,
        seed % 4 === 0
          ? normsys(alpha, round6(1 + symmetric), round6(1 - symmetric))
          : histosys(alpha, scaled(control, 1 + symmetric), scaled(control, 1 - 0.6 * symmetric)),
      ),
    ),
  ];
}

/** Two such alphas, each with its own channels, under one signal strength; the first's samples have a staterror. */
function severalMinimaModel(firstSeed: number, secondSeed: number): ObservedChannel[] {
  const first = twoMinima(firstSeed, "first", "_1").map(
    ({ channel: { name, samples }, observed }) =>
      channel(
        name,
        observed,
        ...samples.map((entry) => ({
          ...entry,
          modifiers: [...entry.modifiers, staterror(`staterror_${name}`, scaled(entry.data, 0.02))],
        })),
      ),
  );
  return [...first, ...twoMinima(secondSeed, "second", "_2")];
}

const numbered = (prefix: string, index: number): string =>
  `${prefix}-${String(index + 1).padStart(2, "0")}`;

export const severalMinima: Workspaces = Object.fromEntries([
  ...SEEDS.map((seed, i) => [numbered("two-minima", i), workspace(twoMinima(seed))]),
  ...PAIRS.map(([first, second], i) => [
    numbered("several-minima", i),
    workspace(severalMinimaModel(first, second)),
  ]),
]);
