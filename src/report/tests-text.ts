/**
 * Hypothesis tests as text.
 *
 * @module
 */

import type { ExpectedSet, HypotestResult, SignificanceResult } from "../infer/hypotest.ts";
import type { HypotestToysResult, PerHypothesis } from "../infer/hypotest-toys.ts";
import type { PEstimator } from "../infer/toy-tails.ts";
import { pdgRound } from "./pdg.ts";
import { counted, heading, printable, TEXT_COLUMNS, table, wrap } from "./text.ts";

/** What the text should say besides the record. */
export interface TextContext {
  /** What was analysed, for the heading: a file name. */
  readonly title: string;
  readonly warnings: readonly string[];
}

/** A p-value or a statistic with six digits; a dash where there is none. */
export function number(value: number | null): string {
  if (value === null) return "-";
  if (value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6))
    return Number(value.toPrecision(6)).toString();
  return value.toExponential(4);
}

/** A number and its standard deviation, if it has one, rounded together. */
export function withError(value: number | null, error: number | null): string {
  if (value === null || error === null) return number(value);
  const rounded = pdgRound(value, [error]);
  return `${rounded.value} +- ${rounded.errors[0]}`;
}

/** Where the auxiliary data of toys come from. */
export function auxiliaryData(flags: readonly string[]): string {
  return flags.includes("aux_fixed") ? "as observed" : "drawn for each toy";
}

/** How a p-value is made of k in N toys. */
export function estimatorText(estimator: PEstimator): string {
  return estimator === "count" ? "k / N" : "(k + 1) / (N + 1)";
}

/** `name  value` lines under a heading, then the warnings. */
export function recordText(
  title: string,
  rows: readonly (readonly [string, string])[],
  extra: readonly string[],
  warnings: readonly string[],
): string {
  const width = rows.reduce((w, [name]) => Math.max(w, name.length), 0);
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  const blocks = [heading(printable(title), "="), lines.join("\n"), ...extra];
  if (warnings.length > 0) blocks.push(warningsText(warnings));
  return `${blocks.join("\n\n")}\n`;
}

/** The warnings as a list. */
function warningsText(warnings: readonly string[]): string {
  return [
    counted(warnings.length, "warning"),
    ...warnings.map((w) => wrap(printable(w), TEXT_COLUMNS, "- ", "  ")),
  ].join("\n");
}

/** Column titles of expected values, the strongest exclusion first. */
export function sigmaTitle(n: number): string {
  return n === 0 ? "median" : `${n > 0 ? "-" : "+"}${Math.abs(n)} sigma`;
}

/** The test of one signal strength. */
export function hypotestText(result: HypotestResult, { title, warnings }: TextContext): string {
  const { poi, muTest, expectedSet } = result;
  const rows: [string, string][] = [
    ["test statistic", result.testStat],
    [`${printable(poi)} tested`, number(muTest)],
    ["best fit", number(result.muHat)],
    ["q, q on Asimov", `${number(result.qMu)}, ${number(result.qMuA)}`],
    ["CLs+b", number(result.clsb)],
    ["CLb", number(result.clb)],
  ];
  if (result.testStat !== "q0") rows.push(["CLs", number(result.cls)]);
  const expected = expectedText(expectedSet, result.testStat === "q0" ? "p0" : "CLs");
  return recordText(`${title}: test of ${poi} = ${muTest}`, rows, expected, warnings);
}

/** The table of expected values; nothing without them. */
function expectedText(expectedSet: ExpectedSet | null, what: string): string[] {
  if (expectedSet === null) return [];
  const columns = expectedSet.nsigmaOrder.map((n) => ({
    title: sigmaTitle(n),
    align: "right" as const,
  }));
  const lines = table(
    [{ title: "", align: "left" }, ...columns],
    [[what, ...expectedSet.cls.map(number)]],
  );
  return [["Expected without signal", ...lines].join("\n")];
}

/** The test of one signal strength with toys. */
export function hypotestToysText(
  result: HypotestToysResult,
  { title, warnings }: TextContext,
): string {
  const { poi, muTest, nToys, nError, nNonconverged, nLowerMinimum } = result;
  const both = ({ sb, b }: PerHypothesis): string => `${sb} with signal, ${b} without`;
  const rows: [string, string][] = [
    ["test statistic", result.testStat],
    [`${printable(poi)} tested`, number(muTest)],
    ["best fit", number(result.muHat)],
    ["q on the data", number(result.qObs)],
    ["CLs+b", withError(result.clsb, result.clsbError)],
    ["CLb", withError(result.clb, result.clbError)],
    ["CLs", withError(result.cls, result.clsError)],
    ["toys", `${both(nToys)}, seed ${result.seed}`],
    ["auxiliary data", auxiliaryData(result.flags)],
    ["p-value", estimatorText(result.pEstimator)],
    ["lower minimum found", both(nLowerMinimum)],
  ];
  const failed: PerHypothesis = {
    b: nError.b + nNonconverged.b,
    sb: nError.sb + nNonconverged.sb,
  };
  if (failed.b + failed.sb > 0) rows.push(["not counted", both(failed)]);
  const expected = expectedText(result.expectedSet, "CLs");
  return recordText(`${title}: test of ${poi} = ${muTest} with toys`, rows, expected, warnings);
}

/** The discovery test. */
export function significanceText(
  result: SignificanceResult,
  { title, warnings }: TextContext,
): string {
  const lines = table(
    [
      { title: "", align: "left" },
      { title: "Z", align: "right" },
      { title: "p0", align: "right" },
      { title: "q0", align: "right" },
    ],
    [
      ["observed", number(result.zObs), number(result.p0), number(result.q0)],
      [
        `expected for ${printable(result.poi)} = 1`,
        number(result.zExp),
        number(result.p0Exp),
        number(result.q0Asimov),
      ],
    ],
  );
  return recordText(
    `${title}: discovery significance`,
    [["best fit", `${printable(result.poi)} = ${number(result.muHat)}`]],
    [lines.join("\n")],
    warnings,
  );
}
