/**
 * The block of the job: what holds for all regions and samples.
 *
 * @module
 */

import type { Blinding, Floor, Pruning } from "../../templates/plan.ts";
import { type Context, matches, type Piece, pieceOf, remark } from "./context.ts";
import { type InputKind, type Inputs, inputsOf } from "./inputs.ts";
import { numberOf, type Values } from "./values.ts";

/** Settings of the job with their defaults. */
export interface Job {
  readonly name: string;
  readonly inputKind: InputKind;
  readonly inputs: Inputs;
  readonly nominalNames: readonly string[];
  readonly pois: readonly string[];
  readonly selection: Piece | null;
  readonly weight: Piece | null;
  /** Factor on samples that are normalised by theory: Lumi times LumiScale. */
  readonly luminosity: number;
  readonly pruning: Pruning | null;
  /** Null: no uncertainty of the simulated statistics. */
  readonly statistical: {
    readonly threshold: number;
    readonly constraint: "Gaussian" | "Poisson";
  } | null;
  readonly floor: Floor;
  readonly mergesOutside: boolean;
  readonly blinding: Blinding | null;
  /** Signal regions have no data. */
  readonly blindsSignalRegions: boolean;
  readonly isStatisticalOnly: boolean;
  /** A combination that is filtered, in the place of histograms that are read. */
  readonly combination: string | null;
  /** Name of the data set that takes the place of the data. */
  readonly customAsimov: string | null;
  /** The name of a nuisance parameter, with a suffix where it is to be apart from others of the same name. */
  readonly nameParameter: (name: string) => string;
}

const BLINDING_KINDS = {
  SOVERB: "S/B",
  SOVERSPLUSB: "S/(S+B)",
  SOVERSQRTB: "S/sqrt(B)",
  SOVERSQRTSPLUSB: "S/sqrt(S+B)",
} as const;

/** What a change is compared with; null: its own sample. */
const PRUNING_TYPES = {
  SEPARATESAMPLE: null,
  BACKGROUNDREFERENCE: "background",
  COMBINEDREFERENCE: "total",
  // Its definition is not public.
  COMBINEDSIGNAL: null,
} as const;

/** Reads the block of the job. */
export function readJob(context: Context, values: Values): Job {
  const readFrom = values.choice("ReadFrom", ["HIST", "NTUP"]) ?? "HIST";
  const inputKind = readFrom === "NTUP" ? "Ntuple" : "Histo";
  const isStatisticalOnly = values.boolean("StatOnly") ?? false;
  const decorrelated = values.list("DecorrSysts") ?? [];
  const suffix = decorrelated.length === 0 ? "" : (values.text("DecorrSuff") ?? "_decor");
  // Of regions and samples; read here, used where their names are.
  values.boolean("AllowWrongRegionSample");
  values.text("ReplacementFile");
  return {
    name: values.block.name,
    inputKind,
    inputs: inputsOf(values, inputKind),
    nominalNames: inputKind === "Histo" ? (values.list("HistoNameNominal") ?? []) : [],
    pois: values.list("POI") ?? [],
    selection: inputKind === "Ntuple" ? pieceOf(values, "Selection") : null,
    weight: inputKind === "Ntuple" ? pieceOf(values, "MCweight") : null,
    luminosity: (values.number("Lumi") ?? 1) * (values.number("LumiScale") ?? 1),
    pruning: readPruning(context, values),
    statistical: readStatistical(values, isStatisticalOnly),
    floor: {
      // SampleHist::FixEmptyBins.
      events: 1e-6,
      guessesUncertainty: values.boolean("GuessMCStatEmptyBins") ?? true,
      rescalesNegative: values.boolean("CorrectNormForNegativeIntegral") ?? false,
    },
    mergesOutside: values.boolean("MergeUnderOverFlow") ?? readFrom === "NTUP",
    blinding: readBlinding(context, values),
    blindsSignalRegions: values.boolean("BlindSRs") ?? false,
    isStatisticalOnly,
    combination: inputKind === "Histo" ? values.text("CombinationXml") : null,
    customAsimov: values.text("CustomAsimov"),
    nameParameter: (name) =>
      decorrelated.some((pattern) => matches(name, pattern)) ? name + suffix : name,
  };
}

function readPruning(context: Context, values: Values): Pruning | null {
  const normalisation = values.number("SystPruningNorm");
  const shape = values.number("SystPruningShape");
  if (normalisation === null && shape === null) return null;
  const types = Object.keys(PRUNING_TYPES) as (keyof typeof PRUNING_TYPES)[];
  const type = values.choice("PruningType", types) ?? "SEPARATESAMPLE";
  if (type === "COMBINEDSIGNAL") {
    remark(context, values, "PruningType", "systematics are pruned against their own sample");
  }
  const relativeTo = PRUNING_TYPES[type];
  return {
    normalisation: Math.max(normalisation ?? 0, 0),
    shape: Math.max(shape ?? 0, 0),
    ...(relativeTo === null ? {} : { relativeTo }),
  };
}

function readStatistical(values: Values, isStatisticalOnly: boolean): Job["statistical"] {
  const constraint = values.choice("MCstatConstraint", ["GAUSSIAN", "POISSON"]) ?? "POISSON";
  const setting = values.setting("MCstatThreshold");
  const text = values.text("MCstatThreshold");
  if (isStatisticalOnly || text?.toUpperCase() === "NONE") return null;
  const threshold = setting === null || text === null ? 0 : numberOf(text, setting);
  return { threshold, constraint: constraint === "GAUSSIAN" ? "Gaussian" : "Poisson" };
}

function readBlinding(context: Context, values: Values): Blinding | null {
  const threshold = values.number("BlindingThreshold");
  if (threshold === null) return null;
  const choices = Object.keys(BLINDING_KINDS) as (keyof typeof BLINDING_KINDS)[];
  const type = values.choice("BlindingType", choices) ?? "SOVERB";
  const setting = values.setting("BlindingThreshold");
  if (setting !== null && threshold >= 0) {
    const note =
      "the data of these bins are replaced by the expectation (TRExFitter hides them in plots only)";
    context.remarks.push({ setting, block: values.block, note });
  }
  return threshold < 0 ? null : { kind: BLINDING_KINDS[type], threshold };
}
