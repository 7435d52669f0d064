/**
 * Blocks of samples.
 *
 * @module
 */

import { configurationError, unquote } from "./blocks.ts";
import { type Context, knownName, namesOf, type Piece, pieceOf, remark } from "./context.ts";
import { type Inputs, inputsOf } from "./inputs.ts";
import type { Job } from "./job.ts";
import { listOf, numberOf, type Values, wrongValue } from "./values.ts";

/** What is done to the histograms of a sample with those of another one. */
export interface Operation {
  readonly kind: "subtract" | "add" | "multiply" | "divide";
  readonly other: string;
}

/** A sample that another one takes the place of in a data set. */
export interface Replacement {
  readonly dataset: string;
  readonly sample: string;
}

/** A factor that the block of a sample defines itself. */
export interface OwnFactor {
  readonly name: string;
  /** Nominal value, least and largest one; null where only the name is given. */
  readonly range: readonly [number, number, number] | null;
  readonly isConstant: boolean;
}

/** A sample with its defaults. */
export interface Sample {
  readonly name: string;
  readonly values: Values;
  readonly type: "SIGNAL" | "BACKGROUND" | "DATA" | "GHOST";
  /** Names of its regions. */
  readonly regions: ReadonlySet<string>;
  readonly inputs: Inputs;
  readonly selection: Piece | null;
  readonly weight: Piece | null;
  /** True: selections of job and region do not hold; a text: it is replaced by 1 in them. */
  readonly ignoresSelection: boolean | string;
  /** The same for weights. */
  readonly ignoresWeight: boolean | string;
  readonly isNormalisedByTheory: boolean;
  /** One for all, or one for each input. */
  readonly scales: readonly number[];
  readonly hasStatistical: boolean;
  /** Factor on the uncertainty of its number of events. */
  readonly statisticalScale: number;
  readonly hasSeparateGammas: boolean;
  /** Of the separate ones, whatever the job says. */
  readonly separateConstraint: "Gaussian" | "Poisson";
  /** Its systematics are pruned. */
  readonly isPruned: boolean;
  readonly hasSystematics: boolean;
  /** In the order in which they are done. */
  readonly operations: readonly Operation[];
  /** The sample whose yield it is scaled to, after the operations. */
  readonly normalisedTo: string | null;
  /** The sample whose systematics it has too. */
  readonly systematicsFrom: string | null;
  /** Data sets and samples of `AsimovReplacementFor`. */
  readonly replaces: readonly Replacement[];
  readonly normFactor: OwnFactor | null;
  readonly shapeFactor: OwnFactor | null;
}

/** Reads the block of a sample. @param names names of all regions and of all samples */
export function readSample(
  context: Context,
  values: Values,
  job: Job,
  names: { readonly regions: readonly string[]; readonly samples: readonly string[] },
): Sample {
  const readsEvents = job.inputKind === "Ntuple";
  const type = values.choice("Type", ["SIGNAL", "BACKGROUND", "DATA", "GHOST"]) ?? "BACKGROUND";
  const isData = type === "DATA";
  const morphing = values.setting("Morphing") ?? values.setting("Template");
  if (morphing !== null) {
    throw configurationError(
      morphing,
      `sample "${values.block.name}" is a template of a morphing`,
      "a workspace of pyhf has no form for it: the templates would be added up",
    );
  }
  const regions = namesOf(context, values, "Regions", names.regions, "region");
  const excluded = namesOf(context, values, "Exclude", names.regions, "region");
  const hasSeparateGammas = !isData && (values.boolean("SeparateGammas") ?? false);
  const usesStatistics = isData ? null : values.boolean("UseMCstat");
  const isSimulated = type === "SIGNAL" || type === "BACKGROUND";
  const others = names.samples.filter((name) => name !== values.block.name);
  const systematicsFrom =
    isData || values.text("SystFromSample")?.toUpperCase() === "FALSE"
      ? null
      : knownName(context, values, "SystFromSample", others, "other sample");
  return {
    name: values.block.name,
    values,
    type,
    regions: new Set(
      names.regions.filter(
        (region) => regions?.has(region) !== false && excluded?.has(region) !== true,
      ),
    ),
    inputs: inputsOf(values, job.inputKind),
    selection: readsEvents ? pieceOf(values, "Selection") : null,
    weight: readsEvents && !isData ? pieceOf(values, "MCweight") : null,
    ignoresSelection: readsEvents ? readIgnored(values, "IgnoreSelection") : false,
    ignoresWeight: readsEvents && !isData ? readIgnored(values, "IgnoreWeight") : false,
    isNormalisedByTheory: !isData && (values.boolean("NormalizedByTheory") ?? true),
    scales: readScales(values),
    hasStatistical: isSimulated && (usesStatistics ?? true),
    hasSeparateGammas,
    separateConstraint:
      hasSeparateGammas && values.boolean("UseGaussianShapeSysConstraint") === true
        ? "Gaussian"
        : "Poisson",
    statisticalScale: isData ? 1 : readStatisticalScale(values),
    isPruned: values.boolean("NoPruning") !== true,
    hasSystematics: isData ? false : (values.boolean("UseSystematics") ?? isSimulated),
    operations: readOperations(context, values, others),
    normalisedTo: knownName(context, values, "NormToSample", others, "other sample"),
    systematicsFrom,
    replaces: readReplacements(context, values, type, names.samples),
    normFactor: isSimulated ? readFactor(values, "NormFactor") : null,
    shapeFactor: isSimulated ? readShapeFactor(context, values) : null,
  };
}

/** Which of the general selections or weights do not hold: all, none, or a text in them that is replaced by 1. */
export function readIgnored(values: Values, key: string): boolean | string {
  const text = values.text(key);
  if (text === null || text.toUpperCase() === "FALSE") return false;
  return text.toUpperCase() === "TRUE" ? true : text;
}

function readStatisticalScale(values: Values): number {
  const scale = values.number("MCstatScale") ?? 1;
  const setting = values.setting("MCstatScale");
  if (setting === null || scale >= 0) return scale;
  throw wrongValue(setting, String(scale), "expected a number that is not below 0");
}

function readScales(values: Values): readonly number[] {
  const list = values.numbers("LumiScales");
  if (list !== null) return list;
  const single = values.number("LumiScale");
  return single === null ? [] : [single];
}

function readOperations(
  context: Context,
  values: Values,
  others: readonly string[],
): readonly Operation[] {
  const several = (kind: Operation["kind"], key: string): Operation[] => {
    const single = knownName(context, values, key, others, "other sample");
    const list = namesOf(context, values, `${key}s`, others, "other sample");
    // As in TRExFitter, the list takes the place of the single one.
    const chosen = list === null ? (single === null ? [] : [single]) : [...list];
    return chosen.map((other) => ({ kind, other }));
  };
  const one = (kind: Operation["kind"], key: string): Operation[] => {
    const other = knownName(context, values, key, others, "other sample");
    return other === null ? [] : [{ kind, other }];
  };
  return [
    ...several("subtract", "SubtractSample"),
    ...several("add", "AddSample"),
    ...one("multiply", "MultiplyBy"),
    ...one("divide", "DivideBy"),
  ];
}

/** `"data set","sample"`, or `set=sample` for several. */
function readReplacements(
  context: Context,
  values: Values,
  type: Sample["type"],
  samples: readonly string[],
): readonly Replacement[] {
  const setting = values.setting("AsimovReplacementFor");
  if (setting === null) return [];
  const parts = listOf(setting);
  const pairs = parts.some((part) => part.includes("="))
    ? parts.map((part) => part.split("=").map((text) => text.trim()))
    : [parts];
  if (type !== "GHOST") {
    remark(context, values, "AsimovReplacementFor", "the sample itself stays in the model");
  }
  return pairs.map(([dataset, sample, ...more]) => {
    if (dataset === undefined || sample === undefined || more.length > 0) {
      throw wrongValue(
        setting,
        unquote(setting.value),
        'expected "data set","sample", or set=sample',
      );
    }
    if (samples.includes(sample)) return { dataset, sample };
    throw wrongValue(setting, sample, `expected a sample: ${samples.join(", ")}`);
  });
}

/** `name` or `name,nominal,min,max` or `name,nominal,min,max,TRUE`. */
function readFactor(values: Values, key: string): OwnFactor | null {
  const setting = values.setting(key);
  if (setting === null) return null;
  const [name, nominal, min, max, constant, ...more] = listOf(setting);
  const isComplete = max !== undefined && more.length === 0;
  if (name === undefined || (nominal !== undefined && !isComplete)) {
    throw wrongValue(setting, unquote(setting.value), "expected name,nominal,min,max");
  }
  if (nominal === undefined || min === undefined || max === undefined) {
    return { name, range: null, isConstant: false };
  }
  return {
    name,
    range: [numberOf(nominal, setting), numberOf(min, setting), numberOf(max, setting)],
    isConstant: constant?.toUpperCase() === "TRUE",
  };
}

function readShapeFactor(context: Context, values: Values): OwnFactor | null {
  const factor = readFactor(values, "ShapeFactor");
  if (factor?.range?.join() !== undefined && factor.range.join() !== "1,0,10") {
    remark(context, values, "ShapeFactor", "each bin starts at 1 and ranges from 0 to 10");
  }
  return factor;
}
