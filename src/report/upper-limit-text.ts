/**
 * Upper limits as text.
 *
 * @module
 */

import type { ClsPoint } from "../infer/cls-grid.ts";
import type { MassScanResult } from "../infer/mass-scan.ts";
import type { UpperLimitResult } from "../infer/upper-limit.ts";
import { number, recordText, sigmaTitle, type TextContext } from "./tests-text.ts";
import { type Column, printable, table } from "./text.ts";

/** Rows of a grid that are shown; the JSON has all. */
const SHOWN_POINTS = 25;

/** Observed and expected limits, and CLs on the grid if there is one. */
export function upperLimitText(result: UpperLimitResult, { title, warnings }: TextContext): string {
  const { poi, alpha, expLimits, nsigmaOrder, scan, points } = result;
  const rows: [string, string][] = [
    ["test statistic", result.testStat],
    ["confidence level", confidenceLevel(alpha)],
    ["best fit", number(result.muHat)],
    ["observed limit", number(result.obsLimit)],
  ];
  const blocks: string[] = [];
  if (expLimits !== null) {
    rows.push(["expected limit", number(expLimits[nsigmaOrder.indexOf(0)] ?? null)]);
    const titles = nsigmaOrder.map(sigmaTitle);
    blocks.push(block("Expected without signal", titles, [expLimits.map(number)]));
  }
  if (scan !== null) blocks.push(gridText(printable(poi), nsigmaOrder, points, expLimits !== null));
  return recordText(`${title}: upper limit on ${poi}`, rows, blocks, warnings);
}

/** `95 %` for 0.05. */
export function confidenceLevel(alpha: number): string {
  return `${Number((100 * (1 - alpha)).toPrecision(6))} %`;
}

/** A table under a title, every column to the right. */
export function block(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const right = columns.map((name): Column => ({ title: name, align: "right" }));
  return [title, ...table(right, rows)].join("\n");
}

/** As many points as are worth showing, and a title that says so. */
export function shownPoints<P>(
  title: string,
  points: readonly P[],
): { readonly shown: readonly P[]; readonly heading: string } {
  const every = Math.ceil(points.length / SHOWN_POINTS);
  const shown = points.filter((_, k) => k % every === 0 || k === points.length - 1);
  const heading = every > 1 ? `${title} (${shown.length} of ${points.length} points)` : title;
  return { shown, heading };
}

function gridText(
  poi: string,
  nsigmaOrder: readonly number[],
  points: readonly ClsPoint[],
  expected: boolean,
): string {
  const { shown, heading } = shownPoints("CLs", points);
  const bands = expected ? nsigmaOrder.map(sigmaTitle) : [];
  return block(
    heading,
    [poi, "observed", ...bands],
    shown.map((p) => [number(p.mu), number(p.cls), ...(expected ? p.expected.map(number) : [])]),
  );
}

/** The limits of every mass point. */
export function massScanText(result: MassScanResult, { title, warnings }: TextContext): string {
  const { alpha, nsigmaOrder, massPoints, coordinateNames, exclusion, nConverged } = result;
  const names = coordinateNames ?? [];
  const columns: Column[] = [
    { title: "", align: "left" },
    ...[...names.map(printable), "best fit", "observed"].map(
      (name): Column => ({
        title: name,
        align: "right",
      }),
    ),
    ...(exclusion.exp === null ? [] : nsigmaOrder).map(
      (n): Column => ({
        title: sigmaTitle(n),
        align: "right",
      }),
    ),
  ];
  const rows = massPoints.map(({ label, coordinates, muHat, obsLimit, expLimits, error }) => [
    printable(label),
    ...names.map((_, k) => printable(String(coordinates?.[k] ?? "-"))),
    ...(error === null
      ? [number(muHat), number(obsLimit), ...(expLimits ?? []).map(number)]
      : ["failed"]),
  ]);
  return recordText(
    `${title}: upper limits`,
    [
      ["test statistic", result.testStat],
      ["confidence level", confidenceLevel(alpha)],
      ["mass points", `${massPoints.length}, ${nConverged} converged`],
    ],
    [table(columns, rows).join("\n")],
    warnings,
  );
}
