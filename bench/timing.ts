/**
 * One way of timing for everything in `bench/`: processor time of the whole process (user and system, every thread), so that
 * a busy machine and a background thread count alike on both sides. `peers.py` does the same with the same numbers.
 *
 * @module
 */

/** How long to repeat. */
export interface Protocol {
  /** Calls are grouped into batches of at least this long. */
  readonly batchSeconds: number;
  /** The result is the fastest of this many batches, after one for warming up. */
  readonly batches: number;
  /** What takes longer than this is run once. */
  readonly onceAbove: number;
}

export const THOROUGH: Protocol = { batchSeconds: 0.05, batches: 5, onceAbove: 2 };
export const QUICK: Protocol = { batchSeconds: 0.01, batches: 3, onceAbove: 0.5 };

export interface Timing {
  /** Processor seconds per call, in the fastest batch. */
  readonly seconds: number;
  /** Processor seconds of the first call: nothing compiled, nothing in the caches. */
  readonly firstSeconds: number;
}

/** Collects what timed functions return, so that no call can be optimised away. */
let sink = 0;

/** Processor time of this process in seconds. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Times a function; it returns some number that depends on its work. */
export function measure(run: () => number, protocol: Protocol): Timing {
  const start = cpuSeconds();
  sink += run();
  const firstSeconds = cpuSeconds() - start;
  if (firstSeconds > protocol.onceAbove) return { seconds: firstSeconds, firstSeconds };

  let calls = 0;
  const warmUp = cpuSeconds();
  do {
    sink += run();
    calls++;
  } while (cpuSeconds() - warmUp < protocol.batchSeconds);

  let seconds = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < protocol.batches; batch++) {
    // Code gets faster while it warms up: a batch goes on until it is long enough.
    let done = 0;
    const begin = cpuSeconds();
    let elapsed = 0;
    do {
      for (let i = 0; i < calls; i++) sink += run();
      done += calls;
      elapsed = cpuSeconds() - begin;
    } while (elapsed < protocol.batchSeconds);
    seconds = Math.min(seconds, elapsed / done);
  }
  if (Number.isNaN(sink)) sink = 0;
  return { seconds, firstSeconds };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
