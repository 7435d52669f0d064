/**
 * Limits and intervals with toys as text.
 *
 * @module
 */

import type { ToyCounts } from "../infer/ensembles.ts";
import type { FeldmanCousinsResult, UnifiedInterval } from "../infer/feldman-cousins-record.ts";
import type { UpperLimitToysResult } from "../infer/upper-limit-toys-record.ts";
import {
  auxiliaryData,
  estimatorText,
  number,
  recordText,
  sigmaTitle,
  type TextContext,
  withError,
} from "./tests-text.ts";
import { type Column, printable, table } from "./text.ts";
import { toysMade } from "./toys-text.ts";
import { block, confidenceLevel, shownPoints } from "./upper-limit-text.ts";

/** Sums over all strengths and hypotheses. */
export function toysOfLimit({ points }: UpperLimitToysResult): ToyCounts {
  const sum = (key: keyof ToyCounts): number =>
    points.reduce((total, { [key]: of }) => total + of.b + of.sb, 0);
  return {
    nToys: sum("nToys"),
    nError: sum("nError"),
    nNonconverged: sum("nNonconverged"),
    nLowerMinimum: sum("nLowerMinimum"),
  };
}

/** Sums over all strengths. */
export function toysOfBelt({ points }: FeldmanCousinsResult): ToyCounts {
  const sum = (key: keyof ToyCounts): number =>
    points.reduce((total, { [key]: of }) => total + of, 0);
  return {
    nToys: sum("nToys"),
    nError: sum("nError"),
    nNonconverged: sum("nNonconverged"),
    nLowerMinimum: sum("nLowerMinimum"),
  };
}

/** Limits from toys with their errors, and CLs at the strengths. */
export function upperLimitToysText(
  result: UpperLimitToysResult,
  { title, warnings }: TextContext,
): string {
  const { poi, expLimits, expLimitErrors, nsigmaOrder, asymptotic, points } = result;
  const rows: [string, string][] = [
    ["test statistic", result.testStat],
    ["confidence level", confidenceLevel(result.alpha)],
    ["best fit", number(result.muHat)],
    ["observed limit", withError(result.obsLimit, result.obsLimitError)],
  ];
  if (expLimits !== null) {
    const median = nsigmaOrder.indexOf(0);
    const [at, error] = [expLimits[median] ?? null, expLimitErrors?.[median] ?? null];
    rows.push(["expected limit", withError(at, error)]);
  }
  if (asymptotic !== null) rows.push(["asymptotic limit", number(asymptotic.obsLimit)]);
  rows.push(
    ["toys", `${toysMade(toysOfLimit(result))} at ${points.length} strengths, seed ${result.seed}`],
    ["auxiliary data", auxiliaryData(result.flags)],
    ["p-value", estimatorText(result.pEstimator)],
  );
  const blocks: string[] = [];
  if (expLimits !== null) {
    const lines: [string, readonly (number | null)[]][] = [
      ["limit", expLimits],
      ["error", expLimitErrors ?? []],
      ["asymptotic", asymptotic?.expLimits ?? []],
    ];
    const columns: Column[] = [
      { title: "", align: "left" },
      ...nsigmaOrder.map((n): Column => ({ title: sigmaTitle(n), align: "right" })),
    ];
    const cells = lines
      .filter(([, values]) => values.length > 0)
      .map(([name, values]) => [name, ...values.map((v) => rounded(name, v))]);
    blocks.push(["Expected without signal", ...table(columns, cells)].join("\n"));
  }
  const { shown, heading } = shownPoints("CLs", points);
  blocks.push(
    block(
      heading,
      [printable(poi), "CLs", "CLs+b", "CLb"],
      shown.map((p) => [
        number(p.mu),
        withError(p.cls, p.clsError),
        withError(p.clsb, p.clsbError),
        withError(p.clb, p.clbError),
      ]),
    ),
  );
  return recordText(`${title}: upper limit on ${poi} with toys`, rows, blocks, warnings);
}

function rounded(name: string, value: number | null): string {
  return number(name === "error" && value !== null ? Number(value.toPrecision(2)) : value);
}

/** Intervals with the errors of their ends, and the confidence belt. */
export function feldmanCousinsText(
  result: FeldmanCousinsResult,
  { title, warnings }: TextContext,
): string {
  const { poi, intervals, points } = result;
  const rows: [string, string][] = [
    ["best fit", number(result.muHat)],
    ["toys", `${toysMade(toysOfBelt(result))} at ${points.length} strengths, seed ${result.seed}`],
    ["auxiliary data", auxiliaryData(result.flags)],
  ];
  const end = (at: number | null, error: number | null, atBound: boolean): string =>
    atBound ? `${number(at)} (bound)` : withError(at, error);
  const level = ({ cl }: UnifiedInterval): string => confidenceLevel(1 - cl);
  const { shown, heading } = shownPoints("Confidence belt", points);
  const blocks = [
    block(
      "Intervals",
      ["level", "lower end", "upper end"],
      intervals.map((interval) => [
        level(interval),
        end(interval.lower, interval.lowerError, interval.lowerAtBound),
        end(interval.upper, interval.upperError, interval.upperAtBound),
      ]),
    ),
    block(
      heading,
      [printable(poi), "t", ...intervals.map((i) => `t at ${level(i)}`), "p-value"],
      shown.map((p) => [
        number(p.mu),
        number(p.t),
        ...(p.critical ?? intervals.map(() => null)).map(number),
        withError(p.p, p.pError),
      ]),
    ),
  ];
  return recordText(`${title}: Feldman-Cousins intervals of ${poi}`, rows, blocks, warnings);
}
