/**
 * Procedures with toys as text.
 *
 * @module
 */

import type { CoverageResult } from "../infer/coverage.ts";
import type { ToyCounts } from "../infer/ensembles.ts";
import type { SignificanceToysResult } from "../infer/significance-toys.ts";
import type { FitToysResult } from "../infer/toy-fits.ts";
import {
  auxiliaryData,
  estimatorText,
  number,
  recordText,
  sigmaTitle,
  type TextContext,
  withError,
} from "./tests-text.ts";
import { counted, printable, table } from "./text.ts";

/** How many toys there are, and what became of those that are special. */
export function toysMade(counts: ToyCounts): string {
  const { nToys, nError, nNonconverged, nLowerMinimum } = counts;
  const failed = nError + nNonconverged;
  return [
    `${nToys}`,
    ...(failed > 0 ? [`${failed} not counted`] : []),
    ...(nLowerMinimum > 0 ? [`a lower minimum found in ${nLowerMinimum}`] : []),
  ].join(", ");
}

/** The discovery test with toys. */
export function significanceToysText(
  result: SignificanceToysResult,
  { title, warnings }: TextContext,
): string {
  const { poi, expectedSet, flags } = result;
  const rows: [string, string][] = [
    ["best fit", `${printable(poi)} = ${number(result.muHat)}`],
    ["q0", number(result.q0)],
    ["p0", withError(result.p0, result.p0Error)],
    ["Z", withError(result.zObs, result.zError)],
    ["toys", `${toysMade(result)}, seed ${result.seed}`],
    ["auxiliary data", auxiliaryData(flags)],
    ["p-value", estimatorText(result.pEstimator)],
  ];
  const columns = (expectedSet?.nsigmaOrder ?? []).map((n) => ({
    title: sigmaTitle(-n),
    align: "right" as const,
  }));
  const expected =
    expectedSet === null
      ? []
      : [
          [
            `Expected for ${printable(poi)} = 1`,
            ...table(
              [{ title: "", align: "left" }, ...columns],
              [
                ["Z", ...expectedSet.z.map(number)],
                ["p0", ...expectedSet.p0.map(number)],
              ],
            ),
          ].join("\n"),
        ];
  return recordText(`${title}: discovery significance with toys`, rows, expected, warnings);
}

/** Means, pulls and coverage of every parameter. */
export function fitToysText(result: FitToysResult, { title, warnings }: TextContext): string {
  const rows: [string, string][] = [
    ["drawn at", result.from === "best-fit" ? "the fit to the data" : "the nominal values"],
    ["toys", `${toysMade(result)}, seed ${result.seed}`],
    ["auxiliary data", auxiliaryData(result.flags)],
  ];
  if (result.poi !== null) {
    const coverage = withError(result.intervalCoverage, result.intervalCoverageError);
    rows.push([`68.27 % interval of ${printable(result.poi)}`, `covers in ${coverage}`]);
  }
  const lines = table(
    [
      { title: "parameter", align: "left" },
      ...["truth", "mean", "spread", "pull mean", "pull width", "|pull| < 1"].map((name) => ({
        title: name,
        align: "right" as const,
      })),
    ],
    result.parameters.map((p) => [
      printable(p.name),
      number(p.truth),
      withError(p.mean, p.meanError),
      number(p.std),
      withError(p.pullMean, p.pullMeanError),
      number(p.pullStd),
      withError(p.coverage, p.coverageError),
    ]),
  );
  return recordText(
    `${title}: fits to ${counted(result.nToys, "toy")}`,
    rows,
    [lines.join("\n")],
    warnings,
  );
}

/** How often the intervals have the true value. */
export function coverageText(result: CoverageResult, { title, warnings }: TextContext): string {
  const { poi, points } = result;
  const levels = points[0]?.levels ?? [];
  const rows: [string, string][] = [
    [
      "other parameters",
      result.from === "best-fit" ? "at their fit to the data" : "at their nominal values",
    ],
    ["seed", String(result.seed)],
    ["auxiliary data", auxiliaryData(result.flags)],
  ];
  const lines = table(
    [
      { title: printable(poi), align: "right" },
      ...levels.map(({ cl }) => ({
        title: `${number(Number((100 * cl).toPrecision(4)))} %`,
        align: "right" as const,
      })),
      { title: "bias", align: "right" },
      { title: "spread", align: "right" },
      { title: "toys", align: "left" },
    ],
    points.map((point) => [
      number(point.mu),
      ...point.levels.map(({ coverage, error }) => withError(coverage, error)),
      withError(point.bias, point.biasError),
      number(point.spread),
      toysMade(point),
    ]),
  );
  return recordText(`${title}: coverage of ${poi}`, rows, [lines.join("\n")], warnings);
}
