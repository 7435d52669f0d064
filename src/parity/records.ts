/**
 * The documents of the comparison: what one run leaves, and the reports on many. Keys in JSON are these in snake_case.
 *
 * @module
 */

import type { MuGridSpec, ParityCase } from "./cases.ts";
import type { Agreement, ScanDiff, Thresholds } from "./compare.ts";

/** Seconds that each tool takes for the same things; medians of repeats where they are short. */
export interface BenchRow {
  readonly case: string;
  readonly tool: "root" | "nextstat";
  /** From the files to a model that can be evaluated; with ROOT that is hist2workspace and opening its workspace. */
  readonly buildS: number;
  readonly nllEvalS: number;
  /** nextstat's looks for other minima too. */
  readonly fitS: number;
  /** The conditional fits of ROOT's scan; nextstat's with the free fit and its intervals. */
  readonly scanS: number;
}

/** One parameter at both free fits, in our units. */
export interface ParameterDiff {
  readonly name: string;
  readonly rootName: string;
  readonly nextstat: number;
  readonly root: number;
  /** Ours - ROOT's, and in units of our uncertainty; null where there is none. */
  readonly difference: number;
  readonly inSigma: number | null;
}

/** `summary.json` in the folder of a run. */
export interface RunSummary {
  readonly name: string;
  readonly status: "ok" | "fail";
  readonly agreement: Agreement;
  readonly reasons: readonly string[];
  readonly input: Pick<ParityCase, "mode" | "pyhfJson" | "histfactoryXml" | "rootdir"> & {
    readonly measurement: string;
    readonly muGrid: MuGridSpec;
  };
  readonly thresholds: Thresholds;
  readonly timingS: {
    readonly buildWorkspace: number;
    readonly hist2workspace: number;
    readonly rootProfileScanWall: number;
    readonly nextstatProfileScan: number;
  };
  /** File names, in the folder of the run. */
  readonly artifacts: Readonly<Record<string, string>>;
  readonly root: {
    readonly version: string;
    readonly muHat: number;
    readonly nllHat: number;
    readonly muHatSource: string;
    readonly statusFree: number;
    /** Points of the scan whose fit did not converge, by Minuit. */
    readonly nBadStatus: number;
  };
  readonly nextstat: {
    readonly version: string;
    readonly muHat: number;
    readonly nllHat: number;
    readonly converged: boolean;
  };
  readonly diff: ScanDiff;
  /** Free parameters, the furthest apart first. */
  readonly parameters: readonly ParameterDiff[];
  /** Parameters that one of the two has free and the other does not. */
  readonly unmatched: { readonly own: readonly string[]; readonly root: readonly string[] };
  readonly bench: readonly BenchRow[];
}

export type CaseStatus = "ok" | "fail" | "skipped" | "error";

/** One case of a suite. */
export interface CaseReport {
  readonly name: string;
  readonly status: CaseStatus;
  /** Why not `ok`, as a code; null for ok. */
  readonly reason: string | null;
  /** In words. */
  readonly messages: readonly string[];
  readonly agreement: Agreement | null;
  readonly wallS: number | null;
  readonly runDir: string | null;
  readonly summaryPath: string | null;
  readonly diff: { readonly maxAbsDqMu: number | null; readonly dMuHat: number } | null;
  readonly timingS: RunSummary["timingS"] | null;
  readonly bench: readonly BenchRow[] | null;
  readonly perf: { readonly speedupNextstatVsRootScan: number } | null;
}

export interface SuiteSummary {
  readonly nCases: number;
  readonly nOk: number;
  /** Of these: agree at the same parameters only, because ROOT's fits were not at the minimum. */
  readonly nOkSameParameters: number;
  /** Of these: agree at the same parameters with templates cut off at 0, as ROOT cuts them off. */
  readonly nOkCutTemplates: number;
  readonly nFail: number;
  readonly nSkipped: number;
  readonly nError: number;
}

/** Of a report: who made it, when and with what. */
export interface ReportMeta {
  /** ISO 8601; null in a deterministic report. */
  readonly timestamp: string | null;
  readonly version: string;
  readonly casesFile: string | null;
  readonly workdir: string | null;
  readonly thresholds: Thresholds;
  readonly prereqs: Readonly<Record<string, string | null>>;
}

export interface SuiteReport {
  readonly meta: ReportMeta;
  readonly cases: readonly CaseReport[];
  readonly summary: SuiteSummary;
}

export function summarise(cases: readonly CaseReport[], nCases: number): SuiteSummary {
  const count = (status: CaseStatus): number =>
    cases.filter((each) => each.status === status).length;
  const agreeing = (how: Agreement): number =>
    cases.filter(({ agreement }) => agreement === how).length;
  return {
    nCases,
    nOk: count("ok"),
    nOkSameParameters: agreeing("same_parameters"),
    nOkCutTemplates: agreeing("cut_templates"),
    nFail: count("fail"),
    nSkipped: count("skipped"),
    nError: count("error"),
  };
}

/** Of a whole suite: a case that was not compared is never hidden behind others that were. */
export function suiteStatus({ nFail, nSkipped, nError }: SuiteSummary): CaseStatus {
  if (nFail > 0) return "fail";
  if (nError > 0) return "error";
  return nSkipped > 0 ? "skipped" : "ok";
}

/** A report without what differs from run to run: times, and folders that are named after them. */
export function deterministic(report: SuiteReport): SuiteReport {
  return {
    ...report,
    meta: { ...report.meta, timestamp: null },
    cases: report.cases.map((one) => ({
      ...one,
      wallS: null,
      runDir: null,
      summaryPath: null,
      timingS: null,
      bench: null,
      perf: null,
    })),
  };
}

/** Parameters at both free fits. */
export function compareParameters(
  names: readonly string[],
  rootNames: readonly (string | null)[],
  bestfit: readonly number[],
  uncertainties: readonly (number | null)[],
  atRoot: ArrayLike<number>,
): readonly ParameterDiff[] {
  const diffs = names.flatMap((name, i): ParameterDiff[] => {
    const rootName = rootNames[i] ?? null;
    if (rootName === null) return [];
    const [nextstat, root, sigma] = [bestfit[i] as number, atRoot[i] as number, uncertainties[i]];
    const difference = nextstat - root;
    const inSigma =
      sigma === null || sigma === undefined || sigma === 0 ? null : difference / sigma;
    return [{ name, rootName, nextstat, root, difference, inSigma }];
  });
  return diffs.sort((a, b) => Math.abs(b.inSigma ?? 0) - Math.abs(a.inSigma ?? 0));
}
