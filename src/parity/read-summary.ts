/**
 * Reading back what a run wrote: its summary and the parts of our scan that explaining needs.
 *
 * @module
 */

import type { Agreement, PointDiff } from "./compare.ts";
import { JsonReader } from "./json-reader.ts";
import type { BenchRow, ParameterDiff, RunSummary } from "./records.ts";

/** @throws NextstatError `input` for a document that is no summary of a run */
export function readSummary(value: unknown, file: string): RunSummary {
  const root = new JsonReader(value, file);
  const optional = (reader: JsonReader, key: string): string | null =>
    reader.has(key) ? reader.string(key) : null;
  const agreement = root.string("agreement") as Agreement;
  const [input, thresholds, timing, own, there, unmatched, artifacts] = [
    "input",
    "thresholds",
    "timing_s",
    "nextstat",
    "root",
    "unmatched",
    "artifacts",
  ].map((key) => root.object(key)) as [
    JsonReader,
    JsonReader,
    JsonReader,
    JsonReader,
    JsonReader,
    JsonReader,
    JsonReader,
  ];
  const grid = input.object("mu_grid");
  return {
    name: root.string("name"),
    status: root.string("status") === "ok" ? "ok" : "fail",
    agreement,
    reasons: root.strings("reasons"),
    input: {
      mode: input.string("mode") === "pyhf-json" ? "pyhf-json" : "histfactory-xml",
      pyhfJson: optional(input, "pyhf_json"),
      histfactoryXml: optional(input, "histfactory_xml"),
      rootdir: optional(input, "rootdir"),
      measurement: input.string("measurement"),
      muGrid: {
        start: grid.number("start"),
        stop: grid.number("stop"),
        points: grid.number("points"),
      },
    },
    thresholds: {
      dqAtol: thresholds.number("dq_atol"),
      muHatAtol: thresholds.number("mu_hat_atol"),
    },
    timingS: {
      buildWorkspace: timing.number("build_workspace"),
      hist2workspace: timing.number("hist2workspace"),
      rootProfileScanWall: timing.number("root_profile_scan_wall"),
      nextstatProfileScan: timing.number("nextstat_profile_scan"),
    },
    artifacts: { model: artifacts.string("model") },
    root: {
      version: there.string("version"),
      muHat: there.number("mu_hat"),
      nllHat: there.number("nll_hat"),
      muHatSource: there.string("mu_hat_source"),
      statusFree: there.number("status_free"),
      nBadStatus: there.number("n_bad_status"),
    },
    nextstat: {
      version: own.string("version"),
      muHat: own.number("mu_hat"),
      nllHat: own.number("nll_hat"),
      converged: own.boolean("converged"),
    },
    diff: readDiff(root.object("diff")),
    parameters: root.objects("parameters").map(
      (one): ParameterDiff => ({
        name: one.string("name"),
        rootName: one.string("root_name"),
        nextstat: one.number("nextstat"),
        root: one.number("root"),
        difference: one.number("difference"),
        inSigma: one.numberOrNull("in_sigma"),
      }),
    ),
    unmatched: { own: unmatched.strings("own"), root: unmatched.strings("root") },
    bench: root.objects("bench").map(
      (one): BenchRow => ({
        case: one.string("case"),
        tool: one.string("tool") === "root" ? "root" : "nextstat",
        buildS: one.number("build_s"),
        nllEvalS: one.number("nll_eval_s"),
        fitS: one.number("fit_s"),
        scanS: one.number("scan_s"),
      }),
    ),
  };
}

function readDiff(diff: JsonReader): RunSummary["diff"] {
  const [lowest, rootAbove, ownAbove] = [
    diff.object("lowest"),
    diff.object("root_above_minimum"),
    diff.object("nextstat_above_minimum"),
  ];
  const above = (reader: JsonReader): RunSummary["diff"]["rootAboveMinimum"] => ({
    freeFit: reader.numberOrNull("free_fit"),
    scan: reader.numberOrNull("scan"),
  });
  return {
    muHat: diff.number("mu_hat"),
    maxAbsDqMu: diff.numberOrNull("max_abs_dq_mu"),
    muAtMaxAbsDqMu: diff.numberOrNull("mu_at_max_abs_dq_mu"),
    topDqMuByAbs: diff.objects("top_dq_mu_by_abs").map(
      (point): PointDiff => ({
        mu: point.number("mu"),
        qNextstat: point.numberOrNull("q_nextstat"),
        qRoot: point.numberOrNull("q_root"),
        dq: point.numberOrNull("dq"),
        status: point.number("status"),
        rootAboveMinimum: point.numberOrNull("root_above_minimum"),
      }),
    ),
    maxAbsDTwiceNllSameParameters: diff.numberOrNull("max_abs_d_twice_nll_same_parameters"),
    cutTemplates: readCut(diff),
    lowest: {
      muHat: lowest.number("mu_hat"),
      maxAbsDqMu: lowest.numberOrNull("max_abs_dq_mu"),
    },
    rootAboveMinimum: above(rootAbove),
    nextstatAboveMinimum: above(ownAbove),
  };
}

function readCut(diff: JsonReader): RunSummary["diff"]["cutTemplates"] {
  if (!diff.has("cut_templates")) return null;
  const cut = diff.object("cut_templates");
  return {
    nPositions: cut.number("n_positions"),
    nCut: cut.number("n_cut"),
    templates: cut.objects("templates").map((one) => ({
      channel: one.string("channel"),
      sample: one.string("sample"),
      bins: one.numbers("bins"),
      nPositions: one.number("n_positions"),
    })),
    maxAbsDTwiceNllSameParameters: cut.numberOrNull("max_abs_d_twice_nll_same_parameters"),
  };
}
