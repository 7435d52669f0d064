/**
 * What the XML leaves open, and who decides it.
 *
 * @module
 */

/** How to read HistFactory's XML. */
export interface HistFactoryOptions {
  /**
   * What holds where the XML does not say, or where tools disagree: `root` = as ROOT 6.40 builds its model (default), `pyhf`
   * = as `pyhf xml2json` does.
   */
  readonly defaults?: "root" | "pyhf";
  /**
   * A systematic with the ConstraintTerm NoConstraint: `free` = it floats without a penalty (default), `root` = its
   * OverallSys is left out, which is what ROOT does.
   */
  readonly noConstraint?: "free" | "root";
  /** The one measurement to read. Default: all. */
  readonly measurement?: string;
}

/** The decisions behind `defaults`. */
export interface Defaults {
  readonly normalizeByTheory: boolean;
  /** Which samples the luminosity multiplies: every one, whatever NormalizeByTheory says, as in ROOT 6.38 and 6.40; or those. */
  readonly lumi: "every sample" | "NormalizeByTheory";
  /** Relative; null where it must be given. */
  readonly lumiRelErr: number | null;
  /** Whether StatErrorConfig is obeyed, or all are Gaussian and none is left out. */
  readonly statErrors: "configured" | "Gaussian";
  /** Whether a ShapeSys is Gaussian unless it says otherwise, or always Poisson. */
  readonly shapeSys: "as stated" | "Poisson";
  /** Whether ConstraintTerms and Functions are obeyed. */
  readonly extensions: boolean;
  /** Whether per-bin parameters have ROOT's ranges, or pyhf's. */
  readonly ranges: "root" | "pyhf";
  /** Whether NormFactor's Const holds the parameter; ROOT ignores it. */
  readonly normFactorConst: boolean;
}

export const DEFAULTS: Readonly<Record<"root" | "pyhf", Defaults>> = {
  root: {
    normalizeByTheory: true,
    lumi: "every sample",
    lumiRelErr: 0.1,
    statErrors: "configured",
    shapeSys: "as stated",
    extensions: true,
    ranges: "root",
    normFactorConst: false,
  },
  pyhf: {
    normalizeByTheory: false,
    lumi: "NormalizeByTheory",
    lumiRelErr: null,
    statErrors: "Gaussian",
    shapeSys: "Poisson",
    extensions: false,
    ranges: "pyhf",
    normFactorConst: true,
  },
};
