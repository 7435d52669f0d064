/**
 * What goes to standard error besides the one line of an error.
 *
 * @module
 */

import { oneLine } from "./exit.ts";

/** From the fewest words to the most. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Whether something of this weight is shown when `chosen` was asked for. */
export function shows(chosen: LogLevel, level: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(chosen);
}

/** Writes one line when `chosen` asks for lines of this level. */
export function log(chosen: LogLevel, level: LogLevel, text: string): void {
  if (shows(chosen, level)) process.stderr.write(`nextstat: ${oneLine(text)}\n`);
}
