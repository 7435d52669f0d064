/**
 * The model in readable form: a workspace and a measurement with every name resolved to a parameter, every default and
 * override applied, every constraint decided. `pack.ts` turns it into the flat buffer the kernels read; the naive
 * likelihood reads it as it is.
 *
 * @module
 */

import type { HistosysCode, NormsysCode } from "../workspace/types.ts";

export type { HistosysCode, NormsysCode };

/** Parameter kinds by the modifier that made them. `alpha` serves `normsys` and `histosys` of one name. */
export type ParameterKind =
  | "normfactor"
  | "alpha"
  | "lumi"
  | "shapefactor"
  | "shapesys"
  | "staterror";

/**
 * Constraint of one parameter theta with auxiliary datum a:
 * - `none`: no term;
 * - `gauss`: (a - theta)^2 / (2 sigma^2) + ln sigma + ln(2 pi)/2;
 * - `poisson`: Poisson(a | tau theta), i.e. tau theta - a ln(tau theta) + lnGamma(a + 1).
 */
export type Constraint =
  | { readonly type: "none" }
  | { readonly type: "gauss"; readonly sigma: number }
  | { readonly type: "poisson"; readonly tau: number };

/**
 * How a parameter enters as the alpha of its interpolations: as it is, as ((1+r)^theta - 1)/r (ConstraintTerm
 * LogNormal), or as slope (theta - 1) (ConstraintTerm Gamma).
 */
export type AlphaTransform =
  | { readonly type: "identity" }
  | { readonly type: "lognormal"; readonly r: number }
  | { readonly type: "affine"; readonly slope: number };

/** One scalar parameter of the fit. */
export interface Parameter {
  /** pyhf's name: `mu`, or `staterror_SR[0]` for one bin of a per-bin set. */
  readonly name: string;
  /** Name of the modifier or parameter set, without the bin index. */
  readonly set: string;
  /** Bin of the set, or null for a scalar. */
  readonly bin: number | null;
  readonly kind: ParameterKind;
  readonly init: number;
  readonly lower: number;
  readonly upper: number;
  readonly fixed: boolean;
  readonly constraint: Constraint;
  /** Auxiliary datum of the constraint (0 where there is none). */
  readonly auxdata: number;
  readonly transform: AlphaTransform;
}

/** A modifier on one sample; `parameter` indexes {@link ResolvedModel.parameters}. */
export type ResolvedModifier =
  /** Multiplies every bin by the parameter (`normfactor`, `lumi`). */
  | { readonly type: "factor"; readonly parameter: number }
  /** Multiplies every bin by an interpolated factor; `linear` when hi or lo is not positive. */
  | {
      readonly type: "normsys";
      readonly parameter: number;
      readonly hi: number;
      readonly lo: number;
      readonly code: NormsysCode;
    }
  /** Adds interpolated differences before factors, `[nBins]` absolute templates. */
  | {
      readonly type: "histosys";
      readonly parameter: number;
      readonly hi: readonly number[];
      readonly lo: readonly number[];
      readonly code: HistosysCode;
    }
  /** Multiplies bin b by parameter `firstParameter + b` (`shapesys`, `staterror`, `shapefactor`). */
  | { readonly type: "perbin"; readonly firstParameter: number };

export interface ResolvedSample {
  readonly name: string;
  /** Nominal expected events, `[nBins]`. */
  readonly nominal: readonly number[];
  readonly modifiers: readonly ResolvedModifier[];
}

export interface ResolvedChannel {
  readonly name: string;
  readonly nBins: number;
  /** Index of its first bin in the data vector. */
  readonly firstBin: number;
  readonly samples: readonly ResolvedSample[];
}

/** Something the user should know about the model, with its degraded flag where there is one. */
export interface ModelNotice {
  readonly message: string;
  readonly flag?: string;
}

export interface ResolvedModel {
  readonly measurement: string;
  /** In lexicographic order of the names: the order of the data vector. */
  readonly channels: readonly ResolvedChannel[];
  /** POI first, then first appearance in the file (channels, samples, modifiers). */
  readonly parameters: readonly Parameter[];
  /** Index of the POI, or null. */
  readonly poi: number | null;
  /** Constrained parameters in the order pyhf appends their auxiliary data to the main data. */
  readonly auxiliaryOrder: readonly number[];
  /** Observed events, `[nBins]` over all channels. */
  readonly observed: readonly number[];
  readonly notices: readonly ModelNotice[];
}
