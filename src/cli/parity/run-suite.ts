/**
 * All cases of a list, one after the other, and their report.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { NextstatError } from "../../errors.ts";
import type { BadCase, ParityCase } from "../../parity/cases.ts";
import type { Thresholds } from "../../parity/compare.ts";
import {
  type CaseReport,
  type RunSummary,
  type SuiteReport,
  summarise,
} from "../../parity/records.ts";
import { caseProblem } from "./case-model.ts";
import type { FoundRoot } from "./prerequisites.ts";
import { ARTIFACTS, RootFailure } from "./root-run.ts";
import { newRunDir, runCase } from "./run-case.ts";

export interface SuiteOptions {
  readonly found: FoundRoot;
  readonly thresholds: Thresholds;
  readonly workdir: string;
  /** Go on after a case that fails. */
  readonly keepGoing: boolean;
  readonly timeoutS: number;
  readonly version: string;
  readonly casesFile: string | null;
  /** Told each case as it ends. */
  readonly onCase: (report: CaseReport) => void;
}

export async function runSuite(
  cases: readonly (ParityCase | BadCase)[],
  options: SuiteOptions,
): Promise<SuiteReport> {
  const { found, thresholds, workdir, version, casesFile } = options;
  const reports: CaseReport[] = [];
  for (const one of cases) {
    const report = await runOne(one, options);
    reports.push(report);
    options.onCase(report);
    if (!options.keepGoing && (report.status === "fail" || report.status === "error")) break;
  }
  return {
    meta: {
      timestamp: new Date().toISOString(),
      version,
      casesFile,
      workdir,
      thresholds,
      prereqs: { ...found.prereqs },
    },
    cases: reports,
    summary: summarise(reports, cases.length),
  };
}

async function runOne(one: ParityCase | BadCase, options: SuiteOptions): Promise<CaseReport> {
  const { programs, missing } = options.found;
  const base: CaseReport = {
    name: one.name,
    status: "error",
    reason: null,
    messages: [],
    agreement: null,
    wallS: null,
    runDir: null,
    summaryPath: null,
    diff: null,
    timingS: null,
    bench: null,
    perf: null,
  };
  if ("reason" in one) return { ...base, reason: one.reason };
  const input = one.pyhfJson ?? (one.histfactoryXml as string);
  if (!existsSync(input)) {
    const reason = one.mode === "pyhf-json" ? "missing_pyhf_json" : "missing_histfactory_xml";
    return { ...base, reason, messages: [`there is no such file: ${input}`] };
  }
  if (programs === null) return { ...base, status: "skipped", reason: missing };
  const startedAt = performance.now();
  const runDir = newRunDir(options.workdir, one.name);
  const wallS = (): number => (performance.now() - startedAt) / 1000;
  try {
    const { thresholds, timeoutS, version } = options;
    const summary = await runCase(one, runDir, { programs, thresholds, timeoutS, version });
    return { ...base, ...reportOf(summary, runDir), wallS: wallS() };
  } catch (error) {
    const reason = error instanceof RootFailure ? error.reason : "model_not_comparable";
    const message = error instanceof RootFailure ? error.message : caseProblem(error);
    return { ...base, reason, messages: [message], wallS: wallS(), runDir };
  }
}

function reportOf(summary: RunSummary, runDir: string): Partial<CaseReport> {
  const { status, agreement, reasons, diff, timingS, bench } = summary;
  const [root, own] = bench;
  return {
    status,
    reason: status === "ok" ? null : "not_within_tolerance",
    messages: reasons,
    agreement,
    runDir,
    summaryPath: `${runDir}/${ARTIFACTS.summary}`,
    diff: { maxAbsDqMu: diff.maxAbsDqMu, dMuHat: diff.muHat },
    timingS,
    bench,
    perf: { speedupNextstatVsRootScan: (root?.scanS ?? 0) / (own?.scanS ?? 1) },
  };
}

/** The cases that were asked for. */
export function selectCases(
  cases: readonly (ParityCase | BadCase)[],
  index: number | undefined,
  name: string | undefined,
): readonly (ParityCase | BadCase)[] {
  if (index !== undefined && name !== undefined) {
    throw new NextstatError("usage", "--case-index and --case-name both choose a case", {
      hint: "give one of the two",
    });
  }
  const chosen = cases.filter(
    (one, i) => (index === undefined || i === index) && (name === undefined || one.name === name),
  );
  if (chosen.length > 0) return chosen;
  const names = cases.map((one, i) => `${i} ${one.name}`).slice(0, 20);
  throw new NextstatError("usage", `there is no case ${name ?? index ?? "at all"}`, {
    hint:
      names.length === 0 ? "make a list with nextstat parity cases" : `known: ${names.join(", ")}`,
  });
}
