/**
 * Reports on many cases as text.
 *
 * @module
 */

import { counted, heading, printable, table, wrap } from "../report/text.ts";
import type { Agreement } from "./compare.ts";
import { seconds, significant } from "./numbers.ts";
import type { PyhfReport } from "./pyhf-report.ts";
import { type CaseReport, type SuiteReport, suiteStatus } from "./records.ts";

const INDENT = "  ";
const WIDTH = 100;

/** What an agreement is limited to. */
export const HOW: Readonly<Record<Agreement, string>> = {
  profile: "",
  same_parameters: "at the same parameters",
  cut_templates: "with templates cut",
  none: "",
};

export function suiteText(report: SuiteReport): string {
  const { cases, summary, meta } = report;
  const rows = cases.map((one) => [
    printable(one.name),
    one.status,
    one.diff?.maxAbsDqMu === undefined ? "" : significant(one.diff.maxAbsDqMu),
    one.diff === null ? "" : significant(one.diff.dMuHat),
    HOW[one.agreement ?? "none"],
    one.reason ?? "",
  ]);
  const { nOkSameParameters, nOkCutTemplates } = summary;
  const limited = [
    ...(nOkSameParameters > 0 ? [`${nOkSameParameters} at the same parameters only`] : []),
    ...(nOkCutTemplates > 0 ? [`${nOkCutTemplates} with templates cut only`] : []),
  ];
  const only = limited.length > 0 ? ` (${limited.join(", ")})` : "";
  const notRun = summary.nCases - cases.length;
  const lines = [
    heading(`ROOT parity: ${suiteStatus(summary)}`, "="),
    ...table(
      [
        { title: "case", align: "left" },
        { title: "status", align: "left" },
        { title: "max |dq|", align: "right" },
        { title: "d mu_hat", align: "right" },
        { title: "agreement", align: "left" },
        { title: "reason", align: "left" },
      ],
      rows,
    ),
    "",
    ...cases.flatMap(messages),
    ...bench(cases),
    `${counted(summary.nCases, "case")}: ${summary.nOk} ok${only}, ${summary.nFail} fail, ${summary.nSkipped} skipped, ${summary.nError} error${notRun > 0 ? `, ${notRun} not run after the first failure (--keep-going runs them)` : ""}`,
    `ok: |dq(mu)| <= ${meta.thresholds.dqAtol} on the grid, |d mu_hat| <= ${meta.thresholds.muHatAtol}`,
    ...prerequisites(meta.prereqs),
  ];
  return `${lines.join("\n")}\n`;
}

function messages({ name, messages: texts }: CaseReport): readonly string[] {
  if (texts.length === 0) return [];
  const bullets = texts.map((text) => wrap(printable(text), WIDTH, `${INDENT}- `, `${INDENT}  `));
  return [`${printable(name)}:`, ...bullets, ""];
}

function bench(cases: readonly CaseReport[]): readonly string[] {
  const rows = cases.flatMap(({ bench: own }) => own ?? []);
  if (rows.length === 0) return [];
  return [
    ...table(
      [
        { title: "time of", align: "left" },
        { title: "with", align: "left" },
        { title: "model", align: "right" },
        { title: "one NLL", align: "right" },
        { title: "fit", align: "right" },
        { title: "scan", align: "right" },
      ],
      rows.map((row) => [
        printable(row.case),
        row.tool,
        ...[row.buildS, row.nllEvalS, row.fitS, row.scanS].map(seconds),
      ]),
    ),
    "",
  ];
}

function prerequisites(prereqs: SuiteReport["meta"]["prereqs"]): readonly string[] {
  const missing = Object.entries(prereqs).filter(([, place]) => place === null);
  return missing.map(([name]) => `missing: ${name} is not on the path`);
}

export function pyhfText({ meta, cases, summary }: PyhfReport): string {
  const rows = cases.map(({ name, parity, nParamsPyhf, nMainBins }) => [
    printable(name),
    parity.ok ? "ok" : "fail",
    String(nParamsPyhf),
    String(nMainBins),
    significant(parity.maxAbsDeltaNll),
    significant(parity.maxAbsDeltaExpectedFull),
  ]);
  const lines = [
    heading(`pyhf parity: ${summary.nFailed === 0 ? "ok" : "fail"} (${meta.reference})`, "="),
    ...table(
      [
        { title: "case", align: "left" },
        { title: "status", align: "left" },
        { title: "parameters", align: "right" },
        { title: "bins", align: "right" },
        { title: "max |dNLL|", align: "right" },
        { title: "max |dexpected|", align: "right" },
      ],
      rows,
    ),
    ...pyhfBench(meta, cases),
  ];
  return `${lines.join("\n")}\n`;
}

function pyhfBench(
  { reference }: PyhfReport["meta"],
  cases: PyhfReport["cases"],
): readonly string[] {
  const rows = cases.flatMap(({ name, perf }) =>
    perf === null
      ? []
      : (["pyhf", "nextstat"] as const).map((tool) => [
          printable(name),
          tool === "pyhf" ? reference : tool,
          seconds(perf[tool].buildS),
          seconds(perf[tool].nllEvalS),
        ]),
  );
  if (rows.length === 0) return [];
  return [
    "",
    ...table(
      [
        { title: "time of", align: "left" },
        { title: "with", align: "left" },
        { title: "model", align: "right" },
        { title: "one NLL", align: "right" },
      ],
      rows,
    ),
  ];
}
