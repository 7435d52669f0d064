/**
 * Exit codes, and errors as one line.
 *
 * @module
 */

import { CommanderError } from "commander";
import { NextstatError } from "../errors.ts";

/** What the command returns to the shell. */
export const EXIT = {
  ok: 0,
  /** The computation cannot produce a number. */
  numeric: 1,
  /** `rerun` found another result than the bundle's. */
  different: 1,
  /** Bad usage or bad input. */
  usage: 2,
  /** `parity` found that ROOT or pyhf says something else, or could not find out. */
  disagrees: 2,
  /** `--strict` and the result carries a warning. */
  strict: 3,
  /** `parity` was asked what it needs, or for one comparison, and there is no ROOT. */
  prerequisite: 3,
  /** A bug in nextstat. */
  internal: 70,
  /** Stopped by Ctrl-C or a request to terminate; what was finished has been written. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** How a command ends that could not do its work. */
export interface Failure {
  readonly exitCode: ExitCode;
  /** One line without a final newline, or empty when everything has been said. */
  readonly line: string;
}

/** @param command name of the command that was running, for the pointer to its help */
export function describeFailure(error: unknown, command: string | undefined): Failure {
  if (error instanceof CommanderError) return describeUsage(error, command);
  if (error instanceof NextstatError) {
    const exitCode = error.kind === "numeric" ? EXIT.numeric : EXIT.usage;
    return { exitCode, line: `nextstat: ${oneLine(error.message)}` };
  }
  if (isSystemError(error)) {
    return { exitCode: EXIT.usage, line: `nextstat: ${oneLine(error.message)}` };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    exitCode: EXIT.internal,
    line: `nextstat: internal error: ${oneLine(message)} (please report this with the command and its input; NEXTSTAT_DEBUG=1 shows where)`,
  };
}

function describeUsage(error: CommanderError, command: string | undefined): Failure {
  if (error.exitCode === 0) return { exitCode: EXIT.ok, line: "" };
  // Help shown because there was no command: commander has printed it already.
  if (error.code === "commander.help") return { exitCode: EXIT.usage, line: "" };
  const help = command === undefined ? "nextstat --help" : `nextstat ${command} --help`;
  const message = oneLine(error.message.replace(/^error: |\.$/g, ""));
  return { exitCode: EXIT.usage, line: `nextstat: ${message} — see ${help}` };
}

/** What the operating system refused: a file that is not there, a full disk. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}

/** No line breaks, and control characters from the input made visible. */
export function oneLine(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, " ")
    .replace(/\p{Cc}/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
