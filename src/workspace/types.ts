/**
 * The workspace: pyhf's JSON schema 1.0.0 as plain read-only data, plus our documented constraint extensions.
 * Operations on workspaces return new ones.
 *
 * @module
 */

/** Up and down template of a `histosys`, `[nBins]` expected events each. */
export interface HistosysData {
  readonly hi_data: readonly number[];
  readonly lo_data: readonly number[];
}

/** Up and down factor of a `normsys`, relative to a nominal of 1. */
export interface NormsysData {
  readonly hi: number;
  readonly lo: number;
}

/** Interpolation of a `normsys`: code 0 linear, 1 exponential, 2 parabolic, 4 polynomial inside and exponential outside. */
export type NormsysCode = "code0" | "code1" | "code2" | "code4";

/** Interpolation of a `histosys`: code 0 piecewise linear, 2 parabolic, 4p polynomial inside and linear outside. */
export type HistosysCode = "code0" | "code2" | "code4p";

/** Extension: how the parameters of a per-bin modifier are constrained when it is not pyhf's choice. */
export interface ModifierConstraint {
  readonly type: "Gaussian" | "Poisson";
}

export type Modifier =
  | { readonly name: string; readonly type: "normfactor"; readonly data: null }
  | { readonly name: string; readonly type: "lumi"; readonly data: null }
  | { readonly name: string; readonly type: "shapefactor"; readonly data: null }
  | {
      readonly name: string;
      readonly type: "normsys";
      readonly data: NormsysData;
      /** Extension: the interpolation of this modifier, whatever the defaults are. */
      readonly interpolation?: NormsysCode;
    }
  | {
      readonly name: string;
      readonly type: "histosys";
      readonly data: HistosysData;
      /** Extension: the interpolation of this modifier, whatever the defaults are. */
      readonly interpolation?: HistosysCode;
    }
  | {
      readonly name: string;
      readonly type: "shapesys" | "staterror";
      /** Absolute uncertainties, `[nBins]` events. */
      readonly data: readonly number[];
      readonly constraint?: ModifierConstraint;
    };

export type ModifierType = Modifier["type"];

/** Every modifier type, in pyhf's order. */
export const MODIFIER_TYPES: readonly ModifierType[] = [
  "histosys",
  "lumi",
  "normfactor",
  "normsys",
  "shapefactor",
  "shapesys",
  "staterror",
];

export interface Sample {
  readonly name: string;
  /** Nominal expected events, `[nBins]`. */
  readonly data: readonly number[];
  readonly modifiers: readonly Modifier[];
}

export interface Channel {
  readonly name: string;
  readonly samples: readonly Sample[];
}

export interface Observation {
  readonly name: string;
  /** Observed events, `[nBins]`; may be non-integer. */
  readonly data: readonly number[];
}

/**
 * Extension: HistFactory's ConstraintTerm on a `normsys`/`histosys` parameter, Gamma on a per-bin one, or a Gaussian or
 * Poisson constraint of a `normfactor`, whose `sigmas` or `factors` and `auxdata` are then needed.
 */
export interface ParameterConstraint {
  readonly type: "Gaussian" | "Poisson" | "Gamma" | "LogNormal" | "Uniform" | "NoConstraint";
  /** Relative uncertainty r of Gamma, LogNormal (required, > 0) and Uniform. */
  readonly rel_uncertainty?: number;
}

/** Measurement settings of one parameter set; per-bin parameters take one entry per bin. */
export interface ParameterConfig {
  readonly name: string;
  readonly inits?: readonly number[];
  readonly bounds?: readonly (readonly number[])[];
  /** Centre of a Gaussian constraint, or the Poisson auxiliary counts. */
  readonly auxdata?: readonly number[];
  /** Width of a Gaussian constraint. */
  readonly sigmas?: readonly number[];
  /** Rate factors tau of a Poisson constraint. */
  readonly factors?: readonly number[];
  readonly fixed?: boolean;
  readonly constraint?: ParameterConstraint;
}

export interface Measurement {
  readonly name: string;
  readonly config: {
    /** Name of the parameter of interest; empty for none. */
    readonly poi: string;
    readonly parameters: readonly ParameterConfig[];
  };
}

export interface Workspace {
  readonly channels: readonly Channel[];
  readonly observations: readonly Observation[];
  readonly measurements: readonly Measurement[];
  readonly version: string;
}
