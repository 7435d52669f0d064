/**
 * The layout of a compiled model: one buffer that begins with a header of 32-bit integers, followed by 16-byte aligned
 * sections. Header slots below {@link SECTION_BEGIN} hold counts; those from there on hold the byte offset of a section.
 * Evaluators that work in a memory of their own continue the numbering behind {@link SECTION_END}.
 *
 * The kernels compile this file too, so it holds nothing but integer constants.
 *
 * @module
 */

export const MAGIC_VALUE = 0x4e58534d;
export const VERSION_VALUE = 1;

// Counts.
export const MAGIC = 0;
export const VERSION = 1;
export const BYTE_LENGTH = 2;
export const N_PARAMETER = 3;
export const N_BIN = 4;
export const N_SAMPLE = 5;
export const N_CELL = 6;
/** Pairs of code4 normsys instances: two to a SIMD register. */
export const N_PAIR = 7;
/** code1 normsys instances. */
export const N_EXPONENTIAL = 8;
/** code0 and code2 normsys instances. */
export const N_PIECEWISE = 9;
/** Distinct (parameter, code) combinations of histosys modifiers. */
export const N_FEATURE = 10;
/** Non-zero histosys entries over all cells. */
export const N_ENTRY = 11;
/** Index of the POI, or -1. */
export const POI = 12;
/** Parameters that reach several bins or have no constraint: columns of the Jacobian. */
export const N_GLOBAL = 13;
/** Whether any parameter has a derivative that jumps at alpha = 0. */
export const HAS_KINK = 14;

// Sections. f64 unless said otherwise; i32 where it says int.
export const SECTION_BEGIN = 16;
export const PARAMETER_INIT = 16;
export const PARAMETER_LOWER = 17;
export const PARAMETER_UPPER = 18;
export const PARAMETER_AUXILIARY = 19;
/** 1/sigma^2 of a Gaussian constraint, tau of a Poisson one. */
export const PARAMETER_STRENGTH = 20;
/** int: 0 none, 1 Gaussian, 2 Poisson. */
export const PARAMETER_CONSTRAINT = 21;
/** int: 0 identity, 1 lognormal, 2 affine. */
export const PARAMETER_TRANSFORM = 22;
/** r of a lognormal transform, slope of an affine one. */
export const PARAMETER_TRANSFORM_VALUE = 23;
/** int: 1 when the model holds the parameter constant. */
export const PARAMETER_FIXED = 24;
/** int: column of the Jacobian, or -1 - bin for a constrained parameter of a single bin. */
export const PARAMETER_COLUMN = 25;
/** int: 1 when the derivative jumps at alpha = 0. */
export const PARAMETER_KINK = 26;
/** int `[nSamples x SAMPLE_STRIDE]`: see the SAMPLE_ offsets. */
export const SAMPLES = 27;
/** int `[nPairs x 2]`: parameters. */
export const PAIR_PARAMETER = 28;
/** `[nPairs x 6 x 2]`: polynomial coefficients a1..a6, lanes interleaved. */
export const PAIR_POLYNOMIAL = 29;
/** `[nPairs x 2 x 2]`: ln hi and -ln lo, lanes interleaved. */
export const PAIR_LOGARITHM = 30;
/** int `[nExponential]`: parameters. */
export const EXPONENTIAL_PARAMETER = 31;
/** `[nExponential x 8]`: ln hi, -ln lo, then the code4 coefficients of the smooth companion. */
export const EXPONENTIAL_VALUE = 32;
/** int `[nPiecewise x 2]`: parameter, code (0 or 2). */
export const PIECEWISE_PARAMETER = 33;
/** `[nPiecewise x 2]`: hi - 1, 1 - lo. */
export const PIECEWISE_VALUE = 34;
/** int: parameters of normfactors and lumis, by sample. */
export const FACTOR_PARAMETER = 35;
/** int: first parameters of per-bin modifiers, by sample. */
export const PERBIN_PARAMETER = 36;
/** `[nCells]`: nominal yields, by sample and bin. */
export const CELL_NOMINAL = 37;
/** int `[nCells + 1]`: first histosys entry of each cell. */
export const CELL_ENTRY = 38;
/** `[nEntries x 2]`: half the difference hi - lo, and (hi + lo - 2 nominal) / 16. */
export const ENTRY_VALUE = 39;
/** int `[nEntries]`: feature. */
export const ENTRY_FEATURE = 40;
/** int `[nFeatures x 2]`: parameter, code (0, 2 or 4 for 4p). */
export const FEATURE_PARAMETER = 41;
/** `[nBins]`: observed events. */
export const BIN_OBSERVED = 42;
/** int `[nSamples + 1]`: first entry of each sample in SAMPLE_PARAMETER. */
export const SAMPLE_PARAMETER_BEGIN = 43;
/** int: the distinct parameters that scale or vary the whole sample (not the per-bin ones). */
export const SAMPLE_PARAMETER = 44;
export const SECTION_END = 45;

/** Slots from SECTION_END on are an evaluator's own, for its scratch sections. */
export const HEADER_SLOTS = 128;

// One record of SAMPLES.
export const SAMPLE_STRIDE = 13;
export const SAMPLE_PAIR_BEGIN = 0;
export const SAMPLE_PAIR_END = 1;
export const SAMPLE_EXPONENTIAL_BEGIN = 2;
export const SAMPLE_EXPONENTIAL_END = 3;
export const SAMPLE_PIECEWISE_BEGIN = 4;
export const SAMPLE_PIECEWISE_END = 5;
export const SAMPLE_FACTOR_BEGIN = 6;
export const SAMPLE_FACTOR_END = 7;
export const SAMPLE_PERBIN_BEGIN = 8;
export const SAMPLE_PERBIN_END = 9;
export const SAMPLE_CELL = 10;
export const SAMPLE_N_BIN = 11;
export const SAMPLE_FIRST_BIN = 12;
