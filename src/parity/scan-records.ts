/**
 * What a scan with ROOT and one with nextstat leave in the folder of a run.
 *
 * @module
 */

import { JsonReader } from "./json-reader.ts";

/** A conditional fit of ROOT's. */
export interface RootPoint {
  readonly mu: number;
  /** NLL of ROOT's, whose constants are its own; null where it is not finite. */
  readonly nllMu: number | null;
  /** One-sided: 0 below ROOT's best fit. */
  readonly qMu: number | null;
  /** Minuit's, 0 when it converged. */
  readonly status: number;
  /** `[nParameters]` where the fit ended. */
  readonly parameters: readonly number[];
}

/** `root_profile_scan.json`, as parity/profile_scan.C writes it. */
export interface RootScan {
  readonly rootVersion: string;
  readonly poiName: string;
  readonly muHat: number;
  readonly nllHat: number;
  /** `scan_min` where a point of the scan is below the free fit, which then was not at the minimum. */
  readonly muHatSource: string;
  readonly statusFree: number;
  /** Parameters whose ranges were cut for Minuit. */
  readonly rangesCut: readonly string[];
  /** In seconds. */
  readonly timingS: {
    readonly total: number;
    /** Opening the workspace and making the likelihood. */
    readonly open: number;
    /** One free fit: median, and the first, in which ROOT also compiles. */
    readonly freeFit: number;
    readonly firstFreeFit: number;
    readonly scan: number;
    /** One evaluation of the NLL. */
    readonly nllEval: number;
  };
  /** ROOT's names, `[nParameters]`. */
  readonly parameterNames: readonly string[];
  readonly constant: readonly boolean[];
  readonly start: { readonly nll: number | null; readonly parameters: readonly number[] };
  readonly freeFit: {
    readonly mu: number;
    readonly nll: number;
    readonly parameters: readonly number[];
    /** Minuit's uncertainties; 0 for constants. */
    readonly errors: readonly number[];
  };
  /** ROOT's NLL where nextstat's fits ended: the free one, then one per point. */
  readonly atNextstat: {
    /** Names of ours that ROOT's model has no parameter for. */
    readonly unknown: readonly string[];
    readonly nll: readonly (number | null)[];
  };
  readonly points: readonly RootPoint[];
}

/** A conditional fit of ours. */
export interface OwnPoint {
  readonly mu: number;
  readonly nllMu: number | null;
  readonly qMu: number | null;
  readonly converged: boolean | null;
}

/** `nextstat_profile_scan.json`. */
export interface OwnScan {
  readonly tool: "nextstat";
  readonly version: string;
  readonly poiName: string;
  readonly muHat: number;
  readonly nllHat: number;
  readonly converged: boolean;
  readonly warnings: readonly string[];
  readonly timingS: OwnTiming;
  /** Our names, `[nParameters]`. */
  readonly parameterNames: readonly string[];
  readonly bestfit: readonly number[];
  readonly uncertainties: readonly (number | null)[];
  readonly points: readonly OwnPoint[];
}

/** In seconds. */
export interface OwnTiming {
  /** Reading the files and compiling the model. */
  readonly build: number;
  readonly nllEval: number;
  /** One free fit, other minima looked for. */
  readonly fit: number;
  /** The scan, its free fit and both intervals included. */
  readonly scan: number;
}

/**
 * @param value the parsed document
 * @param file its name, for messages
 * @throws NextstatError `input` for a document that is not what the macro writes
 */
export function readRootScan(value: unknown, file: string): RootScan {
  const root = new JsonReader(value, file);
  const timing = root.object("timing_s");
  const [start, free, there] = ["start", "free_fit", "at_nextstat"].map((key) =>
    root.object(key),
  ) as [JsonReader, JsonReader, JsonReader];
  const names = root.strings("parameter_names");
  const position = (reader: JsonReader): readonly number[] => {
    const values = reader.numbers("parameters");
    if (values.length === names.length) return values;
    throw reader.error("parameters", `${values.length} values for ${names.length} parameters`);
  };
  return {
    rootVersion: root.string("root_version"),
    poiName: root.string("poi_name"),
    muHat: root.number("mu_hat"),
    nllHat: root.number("nll_hat"),
    muHatSource: root.string("mu_hat_source"),
    statusFree: root.number("status_free"),
    rangesCut: root.strings("ranges_cut"),
    timingS: {
      total: timing.number("total"),
      open: timing.number("open"),
      freeFit: timing.number("free_fit"),
      firstFreeFit: timing.number("first_free_fit"),
      scan: timing.number("scan"),
      nllEval: timing.number("nll_eval"),
    },
    parameterNames: names,
    constant: root.booleans("constant"),
    start: { nll: start.numberOrNull("nll"), parameters: position(start) },
    freeFit: {
      mu: free.number("mu"),
      nll: free.number("nll"),
      parameters: position(free),
      errors: free.numbers("errors"),
    },
    atNextstat: { unknown: there.strings("unknown"), nll: there.numbersOrNulls("nll") },
    points: root.objects("points").map((point) => ({
      mu: point.number("mu"),
      nllMu: point.numberOrNull("nll_mu"),
      qMu: point.numberOrNull("q_mu"),
      status: point.number("status"),
      parameters: position(point),
    })),
  };
}
