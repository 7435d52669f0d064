/**
 * HistFactory's files as they are written: what each element says, with ROOT's inheritance of files and paths applied, and
 * nothing decided yet.
 *
 * @module
 */

import type { Place } from "./xml-text.ts";

/** Names of a histogram: file, folder in it, and name. */
export interface HistogramName {
  readonly file: string;
  readonly path: string;
  readonly name: string;
  readonly place: Place;
}

/** What constrains the parameters of a per-bin modifier. */
export type BinConstraint = "Gaussian" | "Poisson";

interface Named {
  readonly name: string;
  readonly place: Place;
}

export interface NormFactorElement extends Named {
  readonly type: "NormFactor";
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly constant: boolean;
}

export interface OverallSysElement extends Named {
  readonly type: "OverallSys";
  readonly low: number;
  readonly high: number;
}

export interface HistoSysElement extends Named {
  readonly type: "HistoSys";
  readonly low: HistogramName;
  readonly high: HistogramName;
}

export interface ShapeSysElement extends Named {
  readonly type: "ShapeSys";
  /** Relative uncertainties. */
  readonly histogram: HistogramName;
  /** Null where the element does not say. */
  readonly constraint: BinConstraint | null;
}

export interface ShapeFactorElement extends Named {
  readonly type: "ShapeFactor";
  readonly constant: boolean;
  /** The initial values, or null for 1. */
  readonly shape: HistogramName | null;
}

export interface StatErrorElement {
  readonly type: "StatError";
  readonly place: Place;
  /** Relative uncertainties, or null for the errors of the nominal histogram. */
  readonly histogram: HistogramName | null;
}

export type SystematicElement =
  | NormFactorElement
  | OverallSysElement
  | HistoSysElement
  | ShapeSysElement
  | ShapeFactorElement
  | StatErrorElement;

export interface SampleElement extends Named {
  readonly nominal: HistogramName;
  /** Null where the element does not say. */
  readonly normalizeByTheory: boolean | null;
  readonly systematics: readonly SystematicElement[];
}

export interface ChannelElement extends Named {
  readonly data: HistogramName | null;
  readonly statErrorConfig: {
    readonly threshold: number;
    readonly constraint: BinConstraint;
  } | null;
  readonly samples: readonly SampleElement[];
}

/** `<ParamSetting>` for one parameter, by ROOT's name of it. */
export interface SettingElement extends Named {
  readonly constant: boolean;
  readonly value: number | null;
}

export const CONSTRAINT_TYPES = ["Gamma", "LogNormal", "Uniform", "NoConstraint"] as const;

/** `<ConstraintTerm>` for one systematic. */
export interface ConstraintElement extends Named {
  readonly type: (typeof CONSTRAINT_TYPES)[number];
  readonly relative: number;
}

export interface MeasurementElement extends Named {
  readonly lumi: number;
  /** Relative uncertainty, or null where the element does not say. */
  readonly lumiRelErr: number | null;
  /** The first is the parameter of interest. */
  readonly pois: readonly Named[];
  readonly settings: readonly SettingElement[];
  readonly constraints: readonly ConstraintElement[];
}

/** `<Function>`: a factor computed from parameters. */
export interface FunctionElement extends Named {
  readonly expression: string;
  readonly dependents: string;
}

/** The file of the combination. */
export interface CombinationElement {
  readonly functions: readonly FunctionElement[];
  /** Names of the files of the channels. */
  readonly inputs: readonly Named[];
  readonly measurements: readonly MeasurementElement[];
}

/** Everything the XML files say. */
export interface HistFactoryDocument extends CombinationElement {
  readonly channels: readonly ChannelElement[];
}
