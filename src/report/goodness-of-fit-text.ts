/**
 * Goodness of fit as text.
 *
 * @module
 */

import type { GoodnessOfFitResult } from "../infer/goodness-of-fit.ts";
import { auxiliaryData, number, recordText, type TextContext, withError } from "./tests-text.ts";
import { printable, table } from "./text.ts";
import { toysMade } from "./toys-text.ts";

/** The test against the saturated model, and what each channel adds. */
export function goodnessOfFitText(result: GoodnessOfFitResult, context: TextContext): string {
  const { statistic, ndf, chi2PerNdof, pValue, nBins, nUnconstrained } = result;
  const perNdf = chi2PerNdof === null ? "" : `  (${number(chi2PerNdof)} per degree of freedom)`;
  const rows: [string, string][] = [
    ["statistic", `${number(statistic)}${perNdf}`],
    ["degrees of freedom", `${ndf} = ${nBins} bins - ${nUnconstrained} unconstrained parameters`],
    ["p-value", number(pValue)],
  ];
  const { toys } = result;
  if (toys !== null) {
    rows.push(
      ["p-value from toys", withError(toys.pValue, toys.pValueError)],
      ["toys", `${toysMade(toys)}, seed ${toys.seed}`],
      ["auxiliary data", auxiliaryData(result.flags)],
    );
  }
  const parts = table(
    [
      { title: "", align: "left" },
      { title: "bins", align: "right" },
      { title: "statistic", align: "right" },
    ],
    [
      ...result.channels.map(({ channel, nBins: bins, deviance }) => [
        printable(channel),
        String(bins),
        number(deviance),
      ]),
      ["constraint terms", "", number(result.constraintDeviance)],
    ],
  );
  return recordText(
    `${context.title}: goodness of fit`,
    rows,
    [parts.join("\n")],
    context.warnings,
  );
}
