/**
 * The largest correlations as text.
 *
 * @module
 */

import type { CorrelationResult } from "../infer/correlation.ts";
import { recordText, type TextContext } from "./tests-text.ts";
import { counted, listNames, printable, TEXT_COLUMNS, table } from "./text.ts";

/** What the text is to show. */
export interface CorrelationTextContext extends TextContext {
  /** Smallest absolute correlation shown. */
  readonly threshold: number;
}

/** Pairs of parameters, the largest correlation first. */
export function correlationText(
  { names, matrix, fixed, atBound, weakestDirection }: CorrelationResult,
  { title, warnings, threshold }: CorrelationTextContext,
): string {
  const pairs = names.flatMap((first, i) =>
    names.slice(i + 1).map((second, k) => {
      const rho = matrix?.[i]?.[i + 1 + k] ?? 0;
      return { first, second, rho };
    }),
  );
  const shown = pairs
    .filter(({ rho }) => Math.abs(rho) >= threshold)
    .sort((a, b) => Math.abs(b.rho) - Math.abs(a.rho));
  const rows: [string, string][] = [["parameters", `${names.length}`]];
  const width = TEXT_COLUMNS - 20;
  if (fixed.length > 0) rows.push(["fixed", listNames(fixed, width)]);
  if (atBound.length > 0) rows.push(["at a bound", listNames(atBound, width)]);
  if (weakestDirection.length > 0) rows.push(["undetermined", listNames(weakestDirection, width)]);
  const lines = table(
    [
      { title: "correlation", align: "right" },
      { title: "parameter", align: "left" },
      { title: "parameter", align: "left" },
    ],
    shown.map(({ first, second, rho }) => [
      `${rho > 0 ? "+" : ""}${rho.toFixed(4)}`,
      printable(first),
      printable(second),
    ]),
  );
  const count = counted(shown.length, "pair");
  const blocks =
    matrix === null
      ? []
      : [
          [
            `${count} of ${pairs.length} with a correlation of at least ${threshold}`,
            ...(shown.length === 0 ? [] : ["", ...lines]),
          ].join("\n"),
        ];
  return recordText(`${title}: correlations`, rows, blocks, warnings);
}
