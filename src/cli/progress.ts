/**
 * What is being done, on a terminal, once it has taken long enough to be asked.
 *
 * @module
 */

const PATIENCE_MS = 2000;
const EVERY_MS = 100;

export interface Progress {
  readonly report: (doing: string) => void;
  /** Clears the line. */
  readonly done: () => void;
}

/** Writes to stderr when it is a terminal, from two seconds on; silent otherwise. */
export function startProgress(): Progress {
  const { stderr } = process;
  if (stderr.isTTY !== true) return { report: () => {}, done: () => {} };
  const begin = performance.now();
  let last = 0;
  let shown = false;
  return {
    report(doing) {
      const now = performance.now();
      if (now - begin < PATIENCE_MS || now - last < EVERY_MS) return;
      last = now;
      shown = true;
      stderr.write(`\r\u001b[K${((now - begin) / 1000).toFixed(1)} s: ${doing}`);
    },
    done() {
      if (shown) stderr.write("\r\u001b[K");
    },
  };
}
