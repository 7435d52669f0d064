/**
 * Blocks of regions: their variable, bins, selection.
 *
 * @module
 */

import type { Binning, Blinding, Rebin } from "../../templates/plan.ts";
import { configurationError, splitOutsideQuotes, unquote } from "./blocks.ts";
import {
  type Context,
  missingName,
  nameOf,
  type Piece,
  pieceFrom,
  pieceOf,
  remark,
} from "./context.ts";
import { type Inputs, inputsOf } from "./inputs.ts";
import type { Job } from "./job.ts";
import { countOf, listOf, numberOf, pairOf, type Values, wrongValue } from "./values.ts";

/** A region with its defaults. */
export interface Region {
  readonly name: string;
  readonly values: Values;
  readonly type: "SIGNAL" | "CONTROL" | "VALIDATION";
  /** Its data are the expectation. */
  readonly isAsimov: boolean;
  readonly inputs: Inputs;
  readonly binning: Binning;
  /** Null for histograms. */
  readonly variable: Piece | null;
  readonly selection: Piece | null;
  readonly weight: Piece | null;
  /** Bins that are blind in this region; null: as the job says. */
  readonly blinding: Blinding | null;
  /** By sample, where it is another one than the region's. */
  readonly variableFor: ReadonlyMap<string, Piece>;
  readonly selectionFor: ReadonlyMap<string, Piece>;
}

/** Reads the block of a region. @param samples names of all samples */
export function readRegion(
  context: Context,
  values: Values,
  job: Job,
  samples: readonly string[],
): Region {
  const readsEvents = job.inputKind === "Ntuple";
  const type = values.choice("Type", ["SIGNAL", "CONTROL", "VALIDATION"]) ?? "SIGNAL";
  const dataType = values.choice("DataType", ["DATA", "ASIMOV"]);
  const variable = readsEvents ? readVariable(values) : null;
  const perSample = (key: string): ReadonlyMap<string, Piece> =>
    readsEvents ? readForSamples(context, values, key, samples) : new Map();
  return {
    name: values.block.name,
    values,
    type,
    isAsimov: dataType === "ASIMOV" || (type === "SIGNAL" && job.blindsSignalRegions),
    inputs: inputsOf(values, job.inputKind),
    binning: readBinning(values, job, variable?.edges ?? null),
    variable: variable?.piece ?? null,
    selection: readsEvents ? pieceOf(values, "Selection") : null,
    weight: readsEvents ? pieceOf(values, "MCweight") : null,
    blinding: readBlindBins(context, values, job),
    variableFor: perSample("VariableForSample"),
    selectionFor: perSample("SelectionForSample"),
  };
}

/** `"variable",bins,low,high`; the numbers may be missing where Binning has the edges. */
function readVariable(values: Values): { piece: Piece; edges: readonly number[] | null } {
  const setting = values.setting("Variable");
  if (setting === null) {
    throw configurationError(
      values.block,
      `no Variable in ${nameOf(values.block)}`,
      'expected Variable: "expression",bins,low,high',
    );
  }
  const parts = splitOutsideQuotes(setting.value, ",").map(unquote);
  // An expression without quotes may have commas of its own.
  const isBinned = parts.length >= 4;
  const expression = isBinned ? parts.slice(0, -3).join(",") : parts.join(",");
  if (expression.replaceAll("||", "").includes("|")) {
    throw wrongValue(setting, expression, "plots of two variables have no template");
  }
  const piece = pieceFrom(expression, setting, values.block);
  if (!isBinned) return { piece, edges: null };
  const [binsText, lowText, highText] = parts.slice(-3) as [string, string, string];
  const bins = countOf(binsText, 1, setting);
  const low = numberOf(lowText, setting);
  const high = numberOf(highText, setting);
  if (!(high > low)) throw wrongValue(setting, `${low},${high}`, "expected an upper edge above");
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + (i * (high - low)) / bins);
  return { piece, edges: [...edges.slice(0, -1), high] };
}

function readForSamples(
  context: Context,
  values: Values,
  key: string,
  samples: readonly string[],
): ReadonlyMap<string, Piece> {
  const setting = values.setting(key);
  const pieces = new Map<string, Piece>();
  if (setting === null) return pieces;
  for (const part of listOf(setting)) {
    const [sample, expression] = pairOf(part, setting, "sample:expression");
    if (samples.includes(sample)) {
      pieces.set(sample, { ...pieceFrom(expression, setting, values.block), sample });
    } else {
      missingName(context, setting, sample, samples, "sample");
    }
  }
  return pieces;
}

function readBinning(values: Values, job: Job, ofVariable: readonly number[] | null): Binning {
  const readsEvents = job.inputKind === "Ntuple";
  const binning = values.text("Binning") === "-" ? null : values.setting("Binning");
  const rebin = values.setting("Rebin");
  const rebinning = values.setting("Rebinning");
  const isAutomatic = binning !== null && listOf(binning)[0] === "AutoBin";
  const own = binning === null || isAutomatic ? null : edgesOf(binning);

  const rebins: { readonly key: string; readonly rebin: Rebin }[] = [];
  if (isAutomatic) rebins.push({ key: "Binning", rebin: automaticOf(binning) });
  if (own !== null && !readsEvents) {
    rebins.push({ key: "Binning", rebin: { kind: "edges", edges: own } });
  }
  if (rebin !== null) {
    const bins = countOf(values.text("Rebin") ?? "", 1, rebin);
    rebins.push({ key: "Rebin", rebin: { kind: "group", bins } });
  }
  if (rebinning !== null) {
    rebins.push({ key: "Rebinning", rebin: { kind: "edges", edges: edgesOf(rebinning) } });
  }
  if (rebins.length > 1) {
    throw configurationError(
      rebinning ?? rebin ?? values.block,
      `${rebins.map(({ key }) => key).join(" and ")} in ${nameOf(values.block)}`,
      "bins are merged in one way only: give one of them",
    );
  }
  if (readsEvents && own === null && ofVariable === null) {
    throw configurationError(
      values.setting("Variable") ?? values.block,
      `no bins in ${nameOf(values.block)}`,
      'expected Variable: "expression",bins,low,high, or edges in Binning',
    );
  }
  return {
    edges: readsEvents ? (own ?? ofVariable) : null,
    isUniform: readsEvents && own === null,
    rebin: rebins[0]?.rebin ?? null,
    dropped: readBins(values, "DropBins"),
    mergeOutside: job.mergesOutside,
  };
}

function edgesOf(setting: NonNullable<ReturnType<Values["setting"]>>): readonly number[] {
  const edges = listOf(setting).map((part) => numberOf(part, setting));
  const isAscending = edges.every((edge, i) => i === 0 || edge > (edges[i - 1] as number));
  if (edges.length >= 2 && isAscending) return edges;
  throw wrongValue(setting, setting.value, "expected at least two edges in ascending order");
}

/** `"AutoBin","TransfoD",signal,background`. */
function automaticOf(setting: NonNullable<ReturnType<Values["setting"]>>): Rebin {
  const [, kind, signal, background, ...more] = listOf(setting);
  if (kind !== "TransfoD" && kind !== "TransfoF") {
    throw wrongValue(setting, kind ?? setting.value, "expected TransfoD or TransfoF");
  }
  if (signal === undefined || background === undefined || more.length > 0) {
    const hint =
      more.length > 0
        ? "samples that take the place of the signal are not supported"
        : 'expected "AutoBin","TransfoD",signal,background';
    throw wrongValue(setting, unquote(setting.value), hint);
  }
  const numbers = { signal: numberOf(signal, setting), background: numberOf(background, setting) };
  if (numbers.signal < 0 || numbers.background < 0) {
    throw wrongValue(setting, unquote(setting.value), "expected numbers that are not below 0");
  }
  return { kind, ...numbers };
}

function readBlindBins(context: Context, values: Values, job: Job): Blinding | null {
  if (values.setting("BlindBins") === null) return null;
  if (job.blinding !== null) {
    remark(context, values, "BlindBins", "BlindingThreshold of the job does not hold here");
  }
  return { kind: "bins", bins: readBins(values, "BlindBins") };
}

/** Bins from 1, as in ROOT, counted from 0. */
function readBins(values: Values, key: string): readonly number[] {
  const setting = values.setting(key);
  if (setting === null) return [];
  const bins = listOf(setting).map((part) => countOf(part, 1, setting) - 1);
  return [...new Set(bins)].sort((a, b) => a - b);
}
