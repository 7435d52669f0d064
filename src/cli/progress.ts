/**
 * What is being done, on a terminal, once it has taken long enough to be asked; and how to stop it.
 *
 * @module
 */

import { EXIT } from "./exit.ts";
import { type LogLevel, shows } from "./log.ts";

const PATIENCE_MS = 2000;
const EVERY_MS = 100;

export interface Progress {
  /** @param fraction how much of the whole is done, from 0 to 1, where that is known */
  readonly report: (doing: string, fraction?: number) => void;
  /** Clears the line. */
  readonly done: () => void;
}

/** Writes to stderr when it is a terminal, from two seconds on; silent otherwise, and at log level `error`. */
export function startProgress(level: LogLevel = "warn"): Progress {
  const { stderr } = process;
  if (stderr.isTTY !== true || !shows(level, "warn")) return { report: () => {}, done: () => {} };
  const begin = performance.now();
  let last = 0;
  let shown = false;
  return {
    report(doing, fraction) {
      const now = performance.now();
      if (now - begin < PATIENCE_MS || now - last < EVERY_MS) return;
      last = now;
      shown = true;
      stderr.write(`\r\u001b[K${progressLine((now - begin) / 1000, doing, fraction)}`);
    },
    done() {
      if (shown) stderr.write("\r\u001b[K");
    },
  };
}

/** `3.2 s: refitting jes`, with ` (40 %, about 5 s left)` where the fraction is known. */
export function progressLine(seconds: number, doing: string, fraction?: number): string {
  const start = `${seconds.toFixed(1)} s: ${doing}`;
  if (fraction === undefined || !(fraction > 0)) return start;
  const percent = Math.floor(100 * Math.min(fraction, 1));
  const left = Math.ceil((seconds * (1 - Math.min(fraction, 1))) / fraction);
  return `${start} (${percent} %, about ${left} s left)`;
}

/** Where the signals of {@link interruptible} come from, and what it does to the process. */
export interface InterruptedProcess {
  on(event: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  off(event: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  exit(code: number): void;
  readonly stderr: { write(text: string): unknown };
}

/** A procedure that can be stopped. */
export interface Interruption {
  /** Aborted by the first Ctrl-C or request to terminate. */
  readonly signal: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  readonly done: () => void;
}

/**
 * Makes Ctrl-C (SIGINT, SIGTERM) a request to finish the current step and keep what there is: the procedure polls
 * `signal.aborted`. A second one ends the process at once with exit code 130.
 *
 * Signals are delivered between turns of the event loop: only for procedures that wait for something between their steps.
 */
export function interruptible(of: InterruptedProcess = process): Interruption {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      of.exit(EXIT.interrupted);
      return;
    }
    controller.abort();
    of.stderr.write(
      "\nnextstat: interrupted, finishing the current step (again to quit at once)\n",
    );
  };
  of.on("SIGINT", interrupt);
  of.on("SIGTERM", interrupt);
  return {
    signal: controller.signal,
    done() {
      of.off("SIGINT", interrupt);
      of.off("SIGTERM", interrupt);
    },
  };
}
