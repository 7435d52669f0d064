/**
 * The breakdown of an uncertainty as text.
 *
 * @module
 */

import type { ImpactsResult } from "../infer/impacts.ts";
import { number, recordText, type TextContext } from "./tests-text.ts";
import { printable, table } from "./text.ts";

/** Groups as a table, the largest impact first. */
export function impactsText(result: ImpactsResult, { title, warnings }: TextContext): string {
  const { poi, total, groups, quadratureDefinition } = result;
  const share = (impact: number | null): string =>
    impact === null || total === null
      ? "-"
      : `${((100 * impact * impact) / (total * total)).toFixed(1)} %`;
  const lines = table(
    [
      { title: "group", align: "left" },
      { title: "parameters", align: "right" },
      { title: "impact", align: "right" },
      { title: "of variance", align: "right" },
      { title: "without it", align: "right" },
      { title: "quadrature", align: "right" },
    ],
    groups.map((g) => [
      printable(g.name),
      `${g.nParameters}`,
      number(g.impact),
      share(g.impact),
      number(g.sigmaWithout),
      quadratureDefinition === "none" ? "" : number(g.quadrature),
    ]),
  );
  const rows: [string, string][] = [
    ["best fit", `${printable(poi)} = ${number(result.muHat)}`],
    ["total", number(total)],
    ["statistical", `${number(result.statistical)} (constrained parameters held)`],
    ["systematic", number(result.systematic)],
    ["data alone", `${number(result.dataStatistical)} (free factors held too)`],
    [
      "sum",
      `${number(result.sumInQuadrature)} (data alone and the groups in quadrature, which ignores correlations)`,
    ],
  ];
  return recordText(
    `${title}: uncertainty of ${poi} by groups`,
    rows,
    [lines.join("\n")],
    warnings,
  );
}
