/** Entry of the kernel module: what the evaluator may call. */
export { asymmetry } from "./asymmetry";
export { cholesky, invertCholesky, solveLower, solveLowerTransposed } from "./dense";
export { fisherFactor, fisherPrepare, fisherSolve } from "./fisher";
export { forward, nll } from "./forward";
export { nllGradient } from "./gradient";
export { heapBase, open } from "./header";
export { hessian } from "./hessian";
