/**
 * Handing over the result of a command: in every form, with its metrics, its bundle and its exit code.
 *
 * @module
 */

import { hasResults } from "../node/campaign-folder.ts";
import { writeOutput } from "../node/read-input.ts";
import { formatJson } from "../report/json.ts";
import { buildMetrics, type MetricsDocument, type MetricValues } from "../report/metrics.ts";
import { counted } from "../report/text.ts";
import { type BundleOutputs, writeBundle } from "./bundle.ts";
import { readCommit } from "./commit.ts";
import { type OutputOptions, threadsOf } from "./common.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { log } from "./log.ts";
import type { Run } from "./run.ts";

/** A result in every form; only those asked for are made. */
export interface Presentation {
  readonly json: () => string;
  readonly text: () => string;
  readonly warnings: readonly string[];
  /**
   * Whether the result does not hold the warnings, so that they always go to standard error; `json`: only the text holds
   * them. Default false.
   */
  readonly warningsApart?: boolean | "json";
  /** Values for `--json-metrics`. */
  readonly metrics: () => MetricValues;
  /** Whether the run was stopped before its end and this is what was finished. Default false. */
  readonly interrupted?: boolean;
}

/** Prints or writes the result, the metrics and the bundle, and ends the run with its exit code. */
export function present(result: Presentation, options: OutputOptions, run: Run): void {
  if (run.campaign?.presents === false) {
    run.finish(EXIT.ok);
    return;
  }
  const computedAt = performance.now();
  const json = once(result.json);
  const text = once(result.text);
  const metrics = once(() => metricsText(result, options, run, computedAt));
  const exitCode = exitCodeOf(result, options);

  const file = options.output === "-" ? undefined : options.output;
  const terminal = process.stdout.isTTY === true && options.jsonMetrics !== "-";
  const asText = (options.format ?? (terminal ? "text" : "json")) === "text";
  if (file === undefined) {
    const pointer = terminal ? "\nFor the JSON: --format json, or -o FILE\n" : "";
    process.stdout.write(asText ? text() + pointer : json());
  } else {
    writeOutput(file, options.format === "text" ? text() : json());
    if (terminal && options.format === undefined) {
      process.stdout.write(`${text()}\nJSON written to ${file}\n`);
    }
  }
  if (options.jsonMetrics === "-") process.stdout.write(metrics());
  else if (options.jsonMetrics !== undefined) writeOutput(options.jsonMetrics, metrics());
  if (options.bundle !== undefined) {
    const outputs: BundleOutputs = {
      "result.json": json(),
      ...(asText ? { "result.txt": text() } : {}),
      ...(options.jsonMetrics === undefined ? {} : { "metrics.json": metrics() }),
    };
    writeBundle(options.bundle, outputs, exitCode, run);
  }

  // On standard output the reader has them already.
  const seenText = file === undefined ? asText : terminal && options.format === undefined;
  const seen = file === undefined || seenText;
  const { warningsApart = false } = result;
  const unseen = warningsApart === true || !seen || (warningsApart === "json" && !seenText);
  for (const warning of result.warnings) {
    log(options.logLevel, unseen ? "warn" : "info", `warning: ${warning}`);
  }
  log(options.logLevel, "info", `${run.command} took ${(performance.now() / 1000).toFixed(2)} s`);
  if (exitCode === EXIT.interrupted && options.resume !== undefined) {
    const kept = hasResults(options.resume)
      ? `what is finished is kept in ${options.resume}: the same command goes on`
      : `nothing was finished that ${options.resume} could keep: the same command begins again`;
    log(options.logLevel, "warn", kept);
  }
  if (exitCode === EXIT.strict) {
    const n = counted(result.warnings.length, "warning");
    process.stderr.write(`nextstat: ${n}, and --strict was given\n`);
  }
  run.finish(exitCode);
}

function exitCodeOf(result: Presentation, options: OutputOptions): ExitCode {
  if (result.interrupted === true) return EXIT.interrupted;
  return options.strict === true && result.warnings.length > 0 ? EXIT.strict : EXIT.ok;
}

function metricsText(
  result: Presentation,
  options: OutputOptions,
  run: Run,
  computedAt: number,
): string {
  const values = result.metrics();
  const commit = readCommit();
  const seconds = (from: number, to: number): number => (to - from) / 1000;
  const { loadedAt } = run;
  const fitted = (values.counters?.nFit ?? 0) > 0;
  const document: MetricsDocument = buildMetrics(values, {
    command: run.command,
    warnings: result.warnings,
    interrupted: result.interrupted === true,
    version: run.version,
    ...(commit === null ? {} : { commit }),
    createdUnixMs: Date.now(),
    // The origin of performance.now() is the start of the process.
    wallTimeS: seconds(0, performance.now()),
    ...(loadedAt === null ? {} : { readTimeS: seconds(run.startedAt, loadedAt) }),
    ...(loadedAt === null || !fitted ? {} : { fitTimeS: seconds(loadedAt, computedAt) }),
    threads: threadsOf(options),
    parity: options.parity === true,
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The function, called at most once. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The record as JSON, with the dictionaries of all our records known. */
export function recordJson(record: object): string {
  return formatJson(record, { dictionaries: ["uncertaintyReasons"] });
}
