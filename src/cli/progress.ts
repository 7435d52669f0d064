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
  /** @param done how many of `total` are done, where that is known */
  readonly report: (doing: string, done?: number, total?: number) => void;
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
  let of = "";
  let from: { readonly at: number; readonly done: number } | undefined;
  return {
    report(doing, done, total) {
      const now = performance.now();
      if (doing !== of) from = undefined;
      of = doing;
      // What is done at the first report was found in files, or is one.
      if (done !== undefined) from ??= { at: now, done };
      if (now - begin < PATIENCE_MS || now - last < EVERY_MS) return;
      last = now;
      shown = true;
      const line =
        done === undefined || total === undefined || from === undefined
          ? `${((now - begin) / 1000).toFixed(1)} s: ${doing}`
          : progressLine(doing, done, total, (now - from.at) / 1000, done - from.done);
      stderr.write(`\r\u001b[K${line}`);
    },
    done() {
      if (shown) stderr.write("\r\u001b[K");
    },
  };
}

/**
 * `fitting toys 12,300 of 100,000, 1,240/s, 1 min 20 s left`
 *
 * @param seconds during which the last `fresh` of those `done` were done
 */
export function progressLine(
  doing: string,
  done: number,
  total: number,
  seconds: number,
  fresh: number,
): string {
  const start = `${doing} ${grouped(done)} of ${grouped(total)}`;
  if (!(fresh > 0 && seconds > 0)) return start;
  const rate = fresh / seconds;
  return `${start}, ${rateText(rate)}, ${duration((total - done) / rate)} left`;
}

function rateText(rate: number): string {
  if (rate >= 10) return `${grouped(Math.round(rate))}/s`;
  return rate >= 0.1 ? `${rate.toFixed(1)}/s` : `${(60 * rate).toPrecision(2)}/min`;
}

/** `12,300` */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `0.4 s`, `12 s`, `1 min 20 s`, `3 h 5 min`, `2 d 4 h`: two units at most, rounded up. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Number(seconds.toPrecision(1))} s`;
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(whole, 60, "min", "s");
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 1440) return two(minutes, 60, "h", "min");
  return two(Math.ceil(seconds / 3600), 24, "d", "h");
}

function two(count: number, per: number, large: string, small: string): string {
  const rest = count % per;
  return `${Math.floor(count / per)} ${large}${rest === 0 ? "" : ` ${rest} ${small}`}`;
}

/** Ctrl-C, a request to terminate, and the end of the terminal or the connection. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type StopSignal = (typeof STOP_SIGNALS)[number];

/** Where the signals of {@link interruptible} come from, and what it does to the process. */
export interface InterruptedProcess {
  on(event: StopSignal, listener: (name: StopSignal) => void): unknown;
  off(event: StopSignal, listener: (name: StopSignal) => void): unknown;
  exit(code: number): void;
  readonly stderr: { write(text: string): unknown };
}

/** A procedure that can be stopped. */
export interface Interruption {
  /** Aborted by the first of the signals. */
  readonly signal: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  readonly done: () => void;
}

/**
 * Makes Ctrl-C (SIGINT, SIGTERM, SIGHUP) a request to finish the current step and keep what there is: the procedure polls
 * `signal.aborted`. A second one ends the process at once with exit code 130.
 *
 * Signals are delivered between turns of the event loop: only for procedures that wait for something between their steps.
 */
export function interruptible(of: InterruptedProcess = process): Interruption {
  const controller = new AbortController();
  const interrupt = (name: StopSignal): void => {
    if (controller.signal.aborted) {
      of.exit(EXIT.interrupted);
      return;
    }
    controller.abort();
    // There is no terminal any more.
    if (name === "SIGHUP") return;
    of.stderr.write(
      "\nnextstat: interrupted, finishing the current step (again to quit at once)\n",
    );
  };
  for (const name of STOP_SIGNALS) of.on(name, interrupt);
  return {
    signal: controller.signal,
    done() {
      for (const name of STOP_SIGNALS) of.off(name, interrupt);
    },
  };
}
