/**
 * The summary of one run as text.
 *
 * @module
 */

import { heading, printable, table, wrap } from "../report/text.ts";
import type { PointDiff } from "./compare.ts";
import { seconds, significant } from "./numbers.ts";
import type { RunSummary } from "./records.ts";
import { HOW } from "./suite-text.ts";

const WIDTH = 100;
const SHOWN_PARAMETERS = 5;

/** @param top how many of the worst points to show */
export function summaryText(summary: RunSummary, top = 5): string {
  const { root, nextstat, diff, thresholds } = summary;
  const limit = HOW[summary.agreement];
  const how = limit === "" ? "" : ` (${limit})`;
  const lines = [
    heading(`${printable(summary.name)}: ${summary.status}${how}`, "="),
    `Measurement     ${printable(summary.input.measurement)}`,
    `mu_hat          ROOT ${digits(root.muHat)}  nextstat ${digits(nextstat.muHat)}  difference ${significant(diff.muHat)} (up to ${thresholds.muHatAtol})`,
    `nll_hat         ROOT ${digits(root.nllHat)}  nextstat ${digits(nextstat.nllHat)}  (constants differ)`,
    `max |dq(mu)|    ${significant(diff.maxAbsDqMu)} at mu = ${digits(diff.muAtMaxAbsDqMu)} (up to ${thresholds.dqAtol})`,
    `same parameters 2NLL differences agree to ${significant(diff.maxAbsDTwiceNllSameParameters)}`,
    ...(diff.cutTemplates === null
      ? []
      : [
          `templates cut   2NLL differences agree to ${significant(diff.cutTemplates.maxAbsDTwiceNllSameParameters)}`,
        ]),
    `ROOT            ${printable(root.version)}, status of the free fit ${root.statusFree}, mu_hat from ${root.muHatSource}, ${root.nBadStatus} points with a status other than 0`,
    "",
    ...summary.reasons.map((text) => wrap(printable(text), WIDTH, "- ", "  ")),
    ...(summary.reasons.length > 0 ? [""] : []),
    ...pointTable(diff.topDqMuByAbs.slice(0, top)),
    "",
    ...parameterTable(summary),
    ...benchTable(summary),
  ];
  return `${lines.join("\n")}\n`;
}

function pointTable(points: readonly PointDiff[]): readonly string[] {
  return table(
    [
      { title: "mu", align: "right" },
      { title: "q ROOT", align: "right" },
      { title: "q nextstat", align: "right" },
      { title: "dq", align: "right" },
      { title: "status", align: "right" },
      { title: "ROOT above its minimum", align: "right" },
    ],
    points.map(({ mu, qRoot, qNextstat, dq, status, rootAboveMinimum }) => [
      digits(mu),
      digits(qRoot),
      digits(qNextstat),
      significant(dq),
      String(status),
      significant(rootAboveMinimum),
    ]),
  );
}

function parameterTable({ parameters }: RunSummary): readonly string[] {
  if (parameters.length === 0) return [];
  return [
    ...table(
      [
        { title: "parameter", align: "left" },
        { title: "in ROOT", align: "left" },
        { title: "ROOT", align: "right" },
        { title: "nextstat", align: "right" },
        { title: "difference / sigma", align: "right" },
      ],
      parameters
        .slice(0, SHOWN_PARAMETERS)
        .map(({ name, rootName, root, nextstat, inSigma }) => [
          printable(name),
          printable(rootName),
          digits(root),
          digits(nextstat),
          significant(inSigma),
        ]),
    ),
    "",
  ];
}

function benchTable({ bench }: RunSummary): readonly string[] {
  return [
    ...table(
      [
        { title: "time of", align: "left" },
        { title: "model", align: "right" },
        { title: "one NLL", align: "right" },
        { title: "fit", align: "right" },
        { title: "scan", align: "right" },
      ],
      bench.map(({ tool, buildS, nllEvalS, fitS, scanS }) => [
        tool,
        ...[buildS, nllEvalS, fitS, scanS].map(seconds),
      ]),
    ),
    "",
  ];
}

/** Seven significant digits; `-` for none. */
function digits(value: number | null): string {
  return value === null ? "-" : String(Number(value.toPrecision(7)));
}
