/**
 * Our likelihood and expected data against pyhf's, at points that pyhf was asked for.
 *
 * @module
 */

import type { FitTarget } from "../infer/fit.ts";
import { JsonReader } from "./json-reader.ts";

/** pyhf's numbers for one workspace, as parity/pyhf_reference.py writes them. */
export interface PyhfCase {
  readonly name: string;
  /** Path of the workspace, from the folder of the document. */
  readonly workspace: string;
  readonly measurement: string;
  readonly nMainBins: number;
  readonly parameterNames: readonly string[];
  /** Seconds of pyhf's on the machine that made the document: from the parsed workspace to the model, and of one evaluation. */
  readonly buildS: number;
  readonly nllS: number;
  readonly points: readonly {
    /** `[nParameters]` */
    readonly values: readonly number[];
    /** -ln L with every constant. */
    readonly nll: number;
    /** Expected events, then expected auxiliary data. */
    readonly expected: readonly number[];
  }[];
}

export interface PyhfReference {
  /** Which pyhf. */
  readonly provenance: string;
  readonly cases: readonly PyhfCase[];
}

/** Seconds from the workspace to a model, and of one evaluation of the NLL. */
export interface PyhfTiming {
  readonly buildS: number;
  readonly nllEvalS: number;
}

export interface PyhfCaseReport {
  readonly name: string;
  readonly measurement: string;
  readonly nMainBins: number;
  readonly nParamsPyhf: number;
  readonly parity: {
    readonly ok: boolean;
    readonly maxAbsDeltaNll: number;
    readonly maxAbsDeltaExpectedFull: number;
    readonly maxAbsDeltaExpectedMain: number;
  };
  /** Null in a deterministic report. pyhf's are of the machine where it ran, which is another one for recorded numbers. */
  readonly perf: { readonly pyhf: PyhfTiming; readonly nextstat: PyhfTiming } | null;
}

export interface PyhfReport {
  readonly meta: {
    readonly timestamp: string | null;
    readonly version: string;
    readonly reference: string;
    readonly thresholds: typeof PYHF_THRESHOLDS;
  };
  readonly cases: readonly PyhfCaseReport[];
  readonly summary: {
    readonly nCases: number;
    readonly nOk: number;
    readonly nFailed: number;
    readonly failures: readonly string[];
  };
}

/** Of the NLL absolute and relative, of expected data absolute, in events. */
export const PYHF_THRESHOLDS = { nllAtol: 5e-9, nllRtol: 1e-6, expectedAtol: 1e-8 } as const;

/** @throws NextstatError `input` for a document of another shape */
export function readPyhfReference(value: unknown, file: string): PyhfReference {
  const root = new JsonReader(value, file);
  return {
    provenance: root.string("provenance"),
    cases: root.objects("cases").map((one) => ({
      name: one.string("name"),
      workspace: one.string("workspace"),
      measurement: one.string("measurement"),
      nMainBins: one.number("n_main_bins"),
      parameterNames: one.strings("parameter_names"),
      buildS: one.number("build_s"),
      nllS: one.number("nll_s"),
      points: one.objects("points").map((point) => ({
        values: point.numbers("values"),
        nll: point.number("nll"),
        expected: point.numbers("expected"),
      })),
    })),
  };
}

/** A model of ours, as far as it is compared. */
export interface PyhfComparable extends FitTarget {
  nll(theta: ArrayLike<number>): number;
  expectedData(theta: ArrayLike<number>): number[];
}

export function comparePyhf(
  { name, measurement, nMainBins, parameterNames, points }: PyhfCase,
  model: PyhfComparable,
  perf: PyhfCaseReport["perf"],
): PyhfCaseReport {
  const { parameters } = model.resolved;
  const columns = parameters.map((parameter) => parameterNames.indexOf(parameter.name));
  const complete = columns.length === parameterNames.length && !columns.includes(-1);
  let [ok, nll, main, full] = [complete, 0, 0, 0];
  for (const point of complete ? points : []) {
    const theta = columns.map((column) => point.values[column] as number);
    const delta = Math.abs(model.nll(theta) - point.nll);
    const { nllAtol, nllRtol, expectedAtol } = PYHF_THRESHOLDS;
    // Not <= alone: what is not a number is no agreement.
    ok &&= delta <= nllAtol + nllRtol * Math.abs(point.nll);
    nll = Math.max(nll, delta);
    const expected = model.expectedData(theta);
    ok &&= expected.length === point.expected.length;
    point.expected.forEach((value, i) => {
      const difference = Math.abs((expected[i] ?? Number.NaN) - value);
      ok &&= difference <= expectedAtol;
      full = Math.max(full, difference);
      if (i < nMainBins) main = Math.max(main, difference);
    });
  }
  return {
    name,
    measurement,
    nMainBins,
    nParamsPyhf: parameterNames.length,
    parity: {
      ok,
      maxAbsDeltaNll: nll,
      maxAbsDeltaExpectedFull: full,
      maxAbsDeltaExpectedMain: main,
    },
    perf,
  };
}

export function summarisePyhf(cases: readonly PyhfCaseReport[]): PyhfReport["summary"] {
  const failures = cases.filter(({ parity }) => !parity.ok).map(({ name }) => name);
  const nFailed = failures.length;
  return { nCases: cases.length, nOk: cases.length - nFailed, nFailed, failures };
}
