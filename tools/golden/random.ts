/**
 * Deterministic numbers for the golden workspaces. Only integer operations and exactly rounded floating-point ones
 * (+, *, square root, decimal conversion), so the bytes are the same on every machine.
 *
 * @module
 */

export interface Random {
  /** Uniform in `[low, high)`. */
  uniform(low: number, high: number): number;
  /** Integer in `[low, high]`. */
  integer(low: number, high: number): number;
  /** Close to a unit normal, within +-6: the sum of twelve uniforms less 6, which needs no logarithm. */
  normal(): number;
  /** A count around `expected`: Gaussian with a Poisson's width, rounded, never negative. */
  count(expected: number): number;
}

/** Generator seeded with a 32-bit integer: the "mulberry32" mixing function. */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += next();
    return sum;
  };
  return {
    uniform: (low, high) => low + (high - low) * next(),
    integer: (low, high) => low + Math.floor((high - low + 1) * next()),
    normal,
    count: (expected) => Math.max(0, Math.round(expected + Math.sqrt(expected) * normal())),
  };
}

/** Six significant digits, what a workspace stores. */
export function round6(value: number): number {
  return Number(value.toPrecision(6));
}
