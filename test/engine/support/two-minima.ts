/**
 * Models with one signal strength and one alpha that have two minima more often than not, and their minima found by brute
 * force: a dense scan over alpha with the signal strength profiled at each step.
 */

import type { Evaluator } from "../../../src/likelihood/evaluator.ts";
import type { Workspace } from "../../../src/workspace/types.ts";
import { channel, histosys, mu, normsys, sample, workspace } from "../../../tools/golden/build.ts";
import { makeRandom, round6 } from "../../../tools/golden/random.ts";

/**
 * The public two-minima model with other yields and data: in the last bin of the signal region one background moves to
 * the same side of nominal for both variations, where the data follow it; the control region asks for an alpha near 0.
 */
export function twoMinimaWorkspace(seed: number): Workspace {
  const random = makeRandom(0x7d0 + 7919 * seed);
  const nBins = random.integer(2, 4);
  const last = nBins - 1;
  const yields = (low: number, high: number): number[] =>
    Array.from({ length: nBins }, () => round6(random.uniform(low, high)));
  const times = (values: readonly number[], factor: (b: number) => number): number[] =>
    values.map((v, b) => round6(v * factor(b)));
  const signal = yields(10, 45);
  const steady = yields(60, 150);
  const folded = yields(40, 150);
  const control = yields(60, 200);
  const tilt = random.uniform(0.02, 0.12);
  const fold = (random.integer(0, 1) === 0 ? -1 : 1) * random.uniform(0.25, 0.65);
  const skew = random.uniform(0.85, 1.15);
  const reached = random.uniform(0.4, 1.1);
  const pull = random.uniform(-0.6, 0.6);
  const observed = steady.map((v, b) =>
    random.count(
      v * (1 + tilt * pull) +
        folded[b] * (b === last ? 1 + fold * reached : 1 + tilt * pull) +
        random.uniform(0, 1.5) * signal[b],
    ),
  );
  const inControl =
    seed % 3 === 0
      ? normsys("alpha", round6(1 + tilt), round6(1 - tilt))
      : histosys(
          "alpha",
          times(control, () => 1 + tilt),
          times(control, () => 1 - 0.7 * tilt),
        );
  return workspace([
    channel(
      "signal",
      observed,
      sample("signal", signal, mu),
      sample(
        "steady",
        steady,
        histosys(
          "alpha",
          times(steady, () => 1 + tilt),
          times(steady, () => 1 - tilt),
        ),
      ),
      sample(
        "folded",
        folded,
        histosys(
          "alpha",
          times(folded, (b) => (b === last ? 1 + fold * skew : 1 + tilt)),
          times(folded, (b) => (b === last ? 1 + fold / skew : 1 - tilt)),
        ),
      ),
    ),
    channel(
      "control",
      control.map((v) => random.count(v * (1 + tilt * pull))),
      sample("steady", control, inControl),
    ),
  ]);
}

export interface ScannedMinimum {
  readonly alpha: number;
  readonly mu: number;
  readonly nll: number;
}

/** Where the parameters are in theta, and how far they go. */
export interface ScanPlan {
  readonly mu: number;
  readonly alpha: number;
  readonly muBounds: readonly [number, number];
  readonly alphaBounds: readonly [number, number];
}

const SCAN_POINTS = 201;

/** Every local minimum of the profile over mu, lowest first. */
export function scanMinima(evaluator: Evaluator, plan: ScanPlan): ScannedMinimum[] {
  const [low, high] = plan.alphaBounds;
  const alphas = Array.from(
    { length: SCAN_POINTS },
    (_, k) => low + ((high - low) * k) / (SCAN_POINTS - 1),
  );
  const heights = alphas.map((alpha) => profile(evaluator, plan, alpha).nll);
  const minima: ScannedMinimum[] = [];
  alphas.forEach((_, k) => {
    const left = heights[k - 1] ?? Number.POSITIVE_INFINITY;
    const right = heights[k + 1] ?? Number.POSITIVE_INFINITY;
    if (!(heights[k] < left && heights[k] <= right)) return;
    minima.push(goldenSection(evaluator, plan, alphas[k - 1] ?? low, alphas[k + 1] ?? high));
  });
  return minima.toSorted((a, b) => a.nll - b.nll);
}

/** The lowest point between two alphas, by golden section. */
function goldenSection(
  evaluator: Evaluator,
  plan: ScanPlan,
  from: number,
  to: number,
): ScannedMinimum {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [from, to];
  let inner = profile(evaluator, plan, b - ratio * (b - a));
  let outer = profile(evaluator, plan, a + ratio * (b - a));
  while (b - a > 1e-7) {
    if (inner.nll < outer.nll) {
      b = outer.alpha;
      outer = inner;
      inner = profile(evaluator, plan, b - ratio * (b - a));
    } else {
      a = inner.alpha;
      inner = outer;
      outer = profile(evaluator, plan, a + ratio * (b - a));
    }
  }
  return inner.nll < outer.nll ? inner : outer;
}

/**
 * The lowest NLL at an alpha. Yields are linear in mu, so the NLL is convex in it and its slope has one zero at most:
 * bisection, which cannot fail, then secants within the bracket.
 */
function profile(evaluator: Evaluator, plan: ScanPlan, alpha: number): ScannedMinimum {
  const theta = new Float64Array(2);
  const gradient = new Float64Array(2);
  theta[plan.alpha] = alpha;
  let nll = 0;
  const slopeAt = (value: number): number => {
    theta[plan.mu] = value;
    nll = evaluator.gradient(theta, gradient);
    return gradient[plan.mu];
  };
  let [low, high] = plan.muBounds;
  let lowSlope = slopeAt(low);
  if (lowSlope >= 0) return { alpha, mu: low, nll };
  let highSlope = slopeAt(high);
  if (highSlope <= 0) return { alpha, mu: high, nll };
  let value = low;
  for (let step = 0; step < 200 && high - low > 1e-12; step++) {
    const secant = low - (lowSlope * (high - low)) / (highSlope - lowSlope);
    const middle = (low + high) / 2;
    value = step % 3 === 0 ? middle : secant;
    const slope = slopeAt(value);
    if (Math.abs(slope) < 1e-10) break;
    if (slope < 0) [low, lowSlope] = [value, slope];
    else [high, highSlope] = [value, slope];
  }
  return { alpha, mu: value, nll };
}
