/**
 * What the commands of the comparison share: options, printing, the end.
 *
 * @module
 */

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { checkOutput, writeOutput } from "../../node/read-input.ts";
import { checkGrid, type MuGridSpec } from "../../parity/cases.ts";
import { DEFAULT_THRESHOLDS, type Thresholds } from "../../parity/compare.ts";
import { type CaseReport, type SuiteSummary, suiteStatus } from "../../parity/records.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { LOG_LEVELS, type LogLevel, log } from "../log.ts";
import { recordJson } from "../present.ts";
import type { Run } from "../run.ts";
import { parseNumber } from "../values.ts";
import { PYTHON_VARIABLE } from "./prerequisites.ts";

/** Options of {@link addReportOptions} as commander hands them over. */
export interface ReportOptions {
  readonly format?: "text" | "json";
  readonly strict?: boolean;
  readonly logLevel: LogLevel;
}

/** Options of {@link addRootOptions} as commander hands them over. */
export interface RootOptions {
  readonly rootPython?: string;
  readonly timeout: number;
  readonly dqAtol: number;
  readonly muHatAtol: number;
}

/** Options of {@link addGridOptions} as commander hands them over. */
export type GridOptions = MuGridSpec;

/** Which ROOT, and what counts as agreement. */
export function addRootOptions(command: Command): Command {
  return command
    .optionsGroup("ROOT:")
    .option(
      "--root-python <PYTHON>",
      `Python with the package root, instead of root and hist2workspace on the path (default: $${PYTHON_VARIABLE})`,
    )
    .addOption(
      new Option("--timeout <S>", "seconds that one program of ROOT's may take")
        .argParser(parsePositive)
        .default(3600),
    )
    .optionsGroup("Agreement:")
    .addOption(
      new Option("--dq-atol <X>", "largest difference of q(mu) on the grid")
        .argParser(parsePositive)
        .default(DEFAULT_THRESHOLDS.dqAtol),
    )
    .addOption(
      new Option("--mu-hat-atol <X>", "largest difference of the best fit")
        .argParser(parsePositive)
        .default(DEFAULT_THRESHOLDS.muHatAtol),
    );
}

/** The signal strengths. */
export function addGridOptions(command: Command, { start, stop, points }: MuGridSpec): Command {
  const option = (flags: string, what: string, value: number): Option =>
    new Option(flags, what).argParser(parseNumber).default(value);
  return command
    .optionsGroup("Signal strengths:")
    .addOption(option("--start <X>", "first one", start))
    .addOption(option("--stop <X>", "last one", stop))
    .addOption(option("--points <N>", "how many", points));
}

export function addReportOptions(command: Command): Command {
  return command
    .optionsGroup("Run:")
    .addOption(
      new Option("--format <FORMAT>", "default: text on a terminal, json otherwise").choices([
        "text",
        "json",
      ]),
    )
    .option("--strict", "exit with code 3 when something was skipped")
    .addOption(
      new Option("--log-level <LEVEL>", "what goes to standard error")
        .choices(LOG_LEVELS)
        .default("warn"),
    )
    .helpOption("-h, --help", "show this help");
}

function parsePositive(text: string): number {
  const value = parseNumber(text);
  if (!(value > 0)) throw new InvalidArgumentError("Expected a number above 0.");
  return value;
}

export function parseIndex(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Expected a whole number from 0.");
  return Number(text);
}

export function gridOf({ start, stop, points }: GridOptions): MuGridSpec {
  checkGrid({ start, stop, points });
  return { start, stop, points };
}

export function thresholdsOf({ dqAtol, muHatAtol }: RootOptions): Thresholds {
  return { dqAtol, muHatAtol };
}

/** Makes the folder of a report, which is one of ours by default, and refuses what cannot be written. */
export function prepareOutput(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  checkOutput(path);
}

export function writeReport(path: string, report: object): void {
  writeOutput(path, recordJson(report));
}

/** Prints a report in the form that was asked for. */
export function show(options: ReportOptions, report: object, text: () => string): void {
  const isText = (options.format ?? (process.stdout.isTTY === true ? "text" : "json")) === "text";
  process.stdout.write(isText ? text() : recordJson(report));
}

/** One line on each case as it ends. */
export function logCase(options: ReportOptions, { name, status, reason }: CaseReport): void {
  const why = reason === null ? "" : ` (${reason})`;
  log(options.logLevel, status === "ok" ? "info" : "warn", `${name}: ${status}${why}`);
}

/** Ends a run that compared, or was to compare, a suite. */
export function finishSuite(summary: SuiteSummary, options: ReportOptions, run: Run): void {
  run.finish(suiteExit(summary, options));
}

export function suiteExit(summary: SuiteSummary, { strict, logLevel }: ReportOptions): ExitCode {
  const status = suiteStatus(summary);
  if (summary.nFail + summary.nError > 0) return EXIT.disagrees;
  if (status !== "skipped") return EXIT.ok;
  log(
    logLevel,
    "warn",
    `nothing is known of ${summary.nSkipped} of ${summary.nCases} cases: skipped`,
  );
  return strict === true ? EXIT.strict : EXIT.ok;
}
