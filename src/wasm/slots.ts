/**
 * Header slots of the kernel's own scratch sections, continuing the numbering of the model's header behind its
 * `SECTION_END`; f64 unless said otherwise. Both the kernel and the evaluator compile this file, so it holds nothing
 * but integer constants.
 *
 * @module
 */

/** `[nParameters]` the point. */
export const THETA = 48;
/** `[nParameters]` alpha(theta), its first and second derivative. */
export const ALPHA = 49;
export const ALPHA_D1 = 50;
export const ALPHA_D2 = 51;
/** `[nFeatures x 2]` (alpha, q(alpha)), and their derivatives with respect to theta. */
export const FEATURE = 52;
export const FEATURE_D1 = 53;
export const FEATURE_D2 = 54;
/** `[nFeatures x 2]` derivative of the NLL with respect to each feature. */
export const FEATURE_GRADIENT = 55;
/** `[nParameters]` gradient of the NLL. */
export const GRADIENT = 56;
/** `[nParameters]` left minus right derivative of parameters exactly on their kink. */
export const JUMP = 57;
/** int `[nParameters]` which side's derivative a parameter on its kink takes: >= 0 right, < 0 left. */
export const SIDE = 58;
/** `[nBins]` expected events, observed events, dNLL/dnu. */
export const EXPECTED = 59;
export const OBSERVED = 60;
export const SLOPE = 61;
/** int `[nBins]` 1 for bins in the likelihood. */
export const BIN_MASK = 62;
/** `[nParameters]` auxiliary data. */
export const AUXILIARY = 63;
/** int `[nParameters]` constraint kind, 0 where the term is masked. */
export const CONSTRAINT = 64;
/** `[nCells]` template after histosys, product of factors, their product. */
export const CELL = 65;
export const WEIGHT = 66;
export const RATE = 67;
/** `[nPairs x 2]`, `[nExponential]`: f'/f. */
export const PAIR_RATIO = 68;
export const EXPONENTIAL_RATIO = 69;
/** `[nPiecewise x 3]`: f, f', f''. */
export const PIECEWISE_FACTOR = 70;
/** `[nSamples]` product of the sample's non-zero factors. */
export const SAMPLE_SCALE = 71;
/**
 * int `[nSamples]` -1 when no factor of the sample is zero, -2 when several are, else the one that is: its index among
 * the factors, or the number of factors plus its index among the piecewise normsys.
 */
export const SAMPLE_ZERO = 72;
/** `[2]` constant part of the NLL, and the relaxation: fraction of n below which ln nu is continued. */
export const SETTINGS = 73;
/** `[nParameters]` scratch vectors of one sample: d ln F, sum of G w dc, d2 ln F. */
export const LOG_SLOPE = 74;
export const TEMPLATE_SLOPE = 75;
export const CURVATURE = 76;
/** `[nBins]` weights. */
export const BIN_WEIGHT = 77;
/** `[nBins x stride]` derivative of the expected events, all parameters; stride = nParameters rounded up to even. */
export const JACOBIAN = 78;
/** `[stride x stride]` Hessian, and two more of its size to factorise and invert it. */
export const HESSIAN = 79;
export const FACTOR = 80;
export const INVERSE = 81;
/** `[stride]` ones, and a vector. */
export const ONES = 82;
export const VECTOR = 83;

// The Fisher operator.
/** int `[nParameters]` 1 for parameters that may move. */
export const FREE = 84;
/** `[nParameters]` curvature of the constraint terms, and the diagonal of the whole. */
export const PRIOR = 85;
export const DIAGONAL = 86;
/** `[nBins x columnStride]` derivative by the global columns, and its scaled copy; columnStride = nGlobal, even. */
export const GLOBAL_JACOBIAN = 87;
export const SCALED_JACOBIAN = 88;
/** `[nParameters]` derivative of its one bin by a local parameter. */
export const LOCAL_JACOBIAN = 89;
/** `[nBins]` Fisher weights, and what is left of them after the local parameters are eliminated. */
export const FISHER_WEIGHT = 90;
export const REDUCED_WEIGHT = 91;
/** `[columnStride]` 1/C of constrained free columns else 0, its square root, and two vectors. */
export const INVERSE_PRIOR = 92;
export const ROOT_PRIOR = 93;
export const COLUMN_IN = 94;
export const COLUMN_OUT = 95;
/** `[binStride x binStride]` or `[columnStride x columnStride]`: the factorised operator. */
export const OPERATOR = 96;
/** int `[columnStride]` unconstrained free columns. */
export const BORDER = 97;
/** `[columnStride x binStride]` their rows, `[columnStride x columnStride]` their Schur complement. */
export const BORDER_ROWS = 98;
export const BORDER_SCHUR = 99;
/** `[nBins]`, `[nBins]`, `[columnStride]` vectors. */
export const BIN_VECTOR = 100;
export const BIN_SHIFT = 101;
export const BORDER_VECTOR = 102;
/** `[nParameters]` right-hand side and solution. */
export const RIGHT_SIDE = 103;
export const SOLUTION = 104;
/** int `[columnStride]` parameter of each global column. */
export const COLUMN_PARAMETER = 105;
