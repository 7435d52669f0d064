/**
 * Is it a minimum? Newton steps with the exact Hessian to where rounding ends them, then its smallest eigenvalue. A
 * saddle point is left along its direction of negative curvature and minimised again.
 *
 * Eigenvalues are those of the Hessian over the free variables scaled to unit diagonal, so that they do not depend on
 * units: 1 means uncorrelated, 0 a direction the function does not see.
 *
 * @module
 */

import { symmetricEigen } from "../math/linear-algebra.ts";
import { freeIndices, type Minimizer, reduceMatrix, type Solution } from "./minimize.ts";
import type { Box, Objective } from "./objective.ts";

/** Scaled eigenvalues below this are taken for zero: what is left of the gradient decides their last digits. */
const SINGULAR = 1e-8;
/** Only below this is a negative eigenvalue a saddle point; in between, along a curved valley, rounding decides the sign. */
export const SADDLE = -1e-6;
/** From here on an eigenvalue is certainly not zero. */
const DETERMINED = 1e-6;
/** This close to the minimum (1e-8 standard deviations) the Hessian has the digits it will have. */
const SAME_CURVATURE = 1e-16;
/** In standard deviations: a variable this close to its bound is on it. */
const ON_BOUND = 1e-8;
const NEWTON_STEPS = 4;
/** Expected decrease below which rounding decides. */
const ENOUGH = 1e-18;
/** Expected distances to the minimum that call for another minimisation. */
const STATIONARY = 1e-8;
const ATTEMPTS = 6;

export interface Certified {
  readonly solution: Solution;
  /** `[size x size]` exact Hessian at the solution, all variables. */
  readonly hessian: Float64Array;
  /** Indices of the free variables: the rows of the reduced Hessian. */
  readonly index: readonly number[];
  readonly positiveDefinite: boolean;
  /** Of the scaled reduced Hessian; 1 without free variables, NaN when the Hessian is not finite. */
  readonly smallestEigenvalue: number;
  /** `[index.length]` the direction of that eigenvalue in the variables' units, of unit length after scaling. */
  readonly weakestDirection: Float64Array;
  /** `[size x size]` inverse of the reduced Hessian spread over all variables; null when it is singular. */
  readonly covariance: Float64Array | null;
  /** `[size]` variances that exist even where the covariance does not; NaN in singular directions and off the free set. */
  readonly variance: Float64Array;
  /** Largest absolute gradient component over the free variables. */
  readonly gradientNorm: number;
  /** g^T H^-1 g / 2 over the free variables. */
  readonly edm: number;
}

/**
 * Polishes and certifies a solution.
 *
 * @param minimizer the one that found it
 * @param options whether the covariance is wanted
 */
export function certify(
  objective: Objective,
  minimizer: Minimizer,
  found: Solution,
  box: Box,
  options: { readonly covariance: boolean },
): Certified {
  let solution = found;
  for (let attempt = 0; ; attempt++) {
    let polished = newtonPolish(objective, minimizer, solution, box);
    const onBounds = snapToBounds(objective, minimizer, polished, box);
    if (onBounds !== null) polished = newtonPolish(objective, minimizer, onBounds, box);
    const spectrum = smallestEigen(objective, polished.curvature);
    const settled = !(spectrum.value < SADDLE) && polished.edm < STATIONARY;
    if (settled) return describe(objective, polished, spectrum, options.covariance);
    const again =
      attempt < ATTEMPTS ? improve(objective, minimizer, polished, spectrum, box) : null;
    if (again === null) {
      // The attempt may have left another factor in the solver.
      const { scaled, index } = polished.curvature;
      if (index.length > 0) objective.dense.factor(scaled, index.length);
      return describe(objective, polished, spectrum, options.covariance);
    }
    solution = again;
  }
}

/** Somewhere lower than a point that is a saddle or not stationary; null when nothing is found. */
function improve(
  objective: Objective,
  minimizer: Minimizer,
  polished: Polished,
  spectrum: Spectrum,
  box: Box,
): Solution | null {
  if (spectrum.value < SADDLE) {
    return escapeSaddle(objective, minimizer, polished, spectrum.direction, box);
  }
  const { solution } = polished;
  const found = minimizer.minimize(solution.x, box, { tolerance: 1e-12, newton: true });
  const moved = found.x.some((v, i) => v !== solution.x[i]);
  return found.value <= solution.value && moved ? found : null;
}

interface Polished {
  readonly solution: Solution;
  /** Exact Hessian at the solution, reduced to the free variables and factorised in the dense solver if it can be. */
  readonly curvature: Curvature;
  readonly edm: number;
  readonly gradientNorm: number;
}

interface Curvature {
  /** `[size x size]`. */
  readonly hessian: Float64Array;
  /** `[size]` 1 for the variables the reduced Hessian is about, and their indices. */
  readonly free: Uint8Array;
  readonly index: readonly number[];
  /** `[m x m]` over the free variables, scaled to unit diagonal; the scale `[m]`. */
  readonly scaled: Float64Array;
  readonly scale: Float64Array;
  readonly factored: boolean;
}

function curvatureAt(
  objective: Objective,
  minimizer: Minimizer,
  solution: Solution,
  box: Box,
): Curvature {
  const n = objective.size;
  const hessian = new Float64Array(n * n);
  objective.hessian(solution.x, hessian);
  minimizer.counters.nHessian++;
  const free = solution.free.slice();
  for (let i = 0; i < n; i++) if (restsOnBound(solution, box, hessian, i)) free[i] = 0;
  const index = freeIndices(free);
  const m = index.length;
  const scaled = new Float64Array(m * m);
  reduceMatrix(hessian, n, index, scaled);
  const scale = unitDiagonal(scaled, m);
  const factored = m > 0 && objective.dense.factor(scaled, m);
  return { hessian, free, index, scaled, scale, factored };
}

/**
 * Exactly on a bound and not pulled off it: held like one that is pressed against it. Whether the gradient there is a
 * little above or below zero is rounding, and a direction that leaves the box is none.
 */
function restsOnBound(solution: Solution, box: Box, hessian: Float64Array, i: number): boolean {
  if (solution.free[i] !== 1) return false;
  const x = solution.x[i] as number;
  if (x > (box.lower[i] as number) && x < (box.upper[i] as number)) return false;
  const gradient = solution.gradient[i] as number;
  const bend = Math.abs(hessian[i * solution.x.length + i] as number);
  return gradient * gradient <= 2 * STATIONARY * bend || gradient === 0;
}

/**
 * The point with every free variable that rounding alone keeps off its bound put on it; null when there is none. A minimum
 * on a bound must not depend on which way the last step tipped.
 */
function snapToBounds(
  objective: Objective,
  minimizer: Minimizer,
  { solution, curvature }: Polished,
  box: Box,
): Solution | null {
  const n = objective.size;
  let x: Float64Array | null = null;
  for (const i of curvature.index) {
    const at = solution.x[i] as number;
    const bend = Math.abs(curvature.hessian[i * n + i] as number);
    const reach = ON_BOUND / Math.sqrt(bend);
    const bound = [box.lower[i] as number, box.upper[i] as number].find(
      (edge) => at !== edge && Math.abs(at - edge) < reach,
    );
    if (bound === undefined) continue;
    x ??= solution.x.slice();
    x[i] = bound;
  }
  if (x === null) return null;
  const gradient = new Float64Array(n);
  const value = objective.gradient(x, gradient);
  minimizer.counters.nGradient++;
  return { ...solution, x, gradient, value };
}

/** Chord steps with the exact Hessian while they still shrink the gradient. */
function newtonPolish(
  objective: Objective,
  minimizer: Minimizer,
  start: Solution,
  box: Box,
): Polished {
  let curvature = curvatureAt(objective, minimizer, start, box);
  const { index, scale, factored } = curvature;
  const m = index.length;
  const step = new Float64Array(m);
  /** The Newton step at a gradient, into `step`; returns the expected decrease. */
  const newtonStep = (gradient: Float64Array): number => {
    for (let a = 0; a < m; a++) {
      step[a] = (gradient[index[a] as number] as number) * (scale[a] as number);
    }
    objective.dense.solve(step);
    let edm = 0;
    for (let a = 0; a < m; a++) {
      step[a] = (step[a] as number) * (scale[a] as number);
      edm += 0.5 * (step[a] as number) * (gradient[index[a] as number] as number);
    }
    return edm;
  };
  let solution = start;
  let edm = factored ? newtonStep(start.gradient) : m === 0 ? 0 : start.edm;
  const stale = !(edm < SAME_CURVATURE);
  for (let k = 0; factored && k < NEWTON_STEPS && edm > ENOUGH; k++) {
    const x = solution.x.slice();
    let inside = true;
    for (let a = 0; a < m; a++) {
      const i = index[a] as number;
      const v = (x[i] as number) - (step[a] as number);
      inside &&=
        v >= (box.lower[i] as number) &&
        v <= (box.upper[i] as number) &&
        sameSide(objective, i, x[i] as number, v);
      x[i] = v;
    }
    if (!inside) break;
    const gradient = new Float64Array(objective.size);
    const value = objective.gradient(x, gradient);
    minimizer.counters.nGradient++;
    const next = newtonStep(gradient);
    const rounding = 4e-14 * Math.max(1, Math.abs(solution.value));
    const better = value <= solution.value + rounding && next < edm;
    if (!better || !stillActive(objective, gradient, solution, box)) break;
    solution = { ...solution, x, gradient, value };
    edm = next;
  }
  // Where effects are far from linear even the last small steps change the fifth digit of the curvature.
  if (solution !== start && stale) {
    curvature = curvatureAt(objective, minimizer, solution, box);
  }
  const gradientNorm = index.reduce(
    (max, i) => Math.max(max, Math.abs(solution.gradient[i] as number)),
    0,
  );
  return {
    solution: { ...solution, free: curvature.free, edm },
    curvature,
    edm: Math.abs(edm),
    gradientNorm,
  };
}

function sameSide(objective: Objective, i: number, from: number, to: number): boolean {
  const kink = objective.kinks[i] as number;
  return Number.isNaN(kink) || (from - kink) * (to - kink) > 0;
}

/** Whether the gradient still presses the variables at bounds against them. */
function stillActive(
  objective: Objective,
  gradient: Float64Array,
  solution: Solution,
  box: Box,
): boolean {
  for (let i = 0; i < gradient.length; i++) {
    if (solution.free[i] === 1 || box.fixed[i] === 1 || solution.x[i] === objective.kinks[i])
      continue;
    if ((solution.gradient[i] as number) * (gradient[i] as number) < 0) return false;
  }
  return true;
}

/** Scales a packed symmetric matrix to unit diagonal in place; returns the scale. Rows without curvature keep theirs. */
function unitDiagonal(matrix: Float64Array, m: number): Float64Array {
  const scale = new Float64Array(m);
  for (let a = 0; a < m; a++) {
    const diagonal = Math.abs(matrix[a * m + a] as number);
    scale[a] = diagonal > 0 ? 1 / Math.sqrt(diagonal) : 1;
  }
  for (let a = 0; a < m; a++) {
    for (let b = 0; b < m; b++) {
      matrix[a * m + b] =
        (matrix[a * m + b] as number) * (scale[a] as number) * (scale[b] as number);
    }
  }
  return scale;
}

interface Spectrum {
  readonly value: number;
  /** `[m]` in the scaled variables. */
  readonly direction: Float64Array;
  /** All eigenpairs, where they were needed. */
  readonly full: { readonly values: Float64Array; readonly vectors: Float64Array } | null;
}

/** Inverse iteration when the factorisation succeeded, all eigenvalues when it did not or the result is nearly zero. */
function smallestEigen(objective: Objective, curvature: Curvature): Spectrum {
  const { scaled, factored } = curvature;
  const m = curvature.index.length;
  if (m === 0) return { value: 1, direction: new Float64Array(), full: null };
  if (factored) {
    const v = new Float64Array(m);
    // A fixed start with components along every direction; not symmetric, so that no eigenvector is orthogonal to it.
    for (let a = 0; a < m; a++) v[a] = 1 + ((a * 7) % 11) / 11;
    const w = new Float64Array(m);
    let value = 0;
    for (let k = 0; k < 30; k++) {
      const before = value;
      normalise(v);
      w.set(v);
      objective.dense.solve(w);
      let along = 0;
      for (let a = 0; a < m; a++) along += (v[a] as number) * (w[a] as number);
      value = 1 / along;
      v.set(w);
      if (Math.abs(value - before) <= 1e-2 * Math.abs(value)) break;
    }
    normalise(v);
    if (value > DETERMINED) return { value, direction: v, full: null };
  }
  if (!scaled.every(Number.isFinite)) {
    return { value: Number.NaN, direction: new Float64Array(m), full: null };
  }
  const full = symmetricEigen(scaled, m);
  return { value: full.values[0] as number, direction: full.vectors.slice(0, m), full };
}

function normalise(v: Float64Array): void {
  let square = 0;
  for (let a = 0; a < v.length; a++) square += (v[a] as number) ** 2;
  const inverse = 1 / Math.sqrt(square);
  for (let a = 0; a < v.length; a++) v[a] = (v[a] as number) * inverse;
}

/** Walks down both ways along a direction of negative curvature; null when neither decreases the function. */
function escapeSaddle(
  objective: Objective,
  minimizer: Minimizer,
  polished: Polished,
  direction: Float64Array,
  box: Box,
): Solution | null {
  const { solution, curvature } = polished;
  const { index, hessian } = curvature;
  let best: Solution | null = null;
  for (const sign of [1, -1]) {
    let lowest = solution.value;
    let start: Float64Array | null = null;
    // Nearly flat saddles fall only far away.
    for (const length of [0.02, 0.1, 0.5, 2]) {
      const x = solution.x.slice();
      index.forEach((i, a) => {
        const bend = Math.abs(hessian[i * objective.size + i] as number);
        const step = (sign * length * (direction[a] as number)) / Math.sqrt(bend > 0 ? bend : 1);
        x[i] = Math.min(
          Math.max((x[i] as number) + step, box.lower[i] as number),
          box.upper[i] as number,
        );
      });
      minimizer.counters.nValue++;
      const value = objective.value(x);
      if (!(value < lowest)) continue;
      lowest = value;
      start = x;
    }
    if (start === null) continue;
    // The Fisher model takes the slight slope beside a saddle for rounding; the exact Hessian does not.
    const found = minimizer.minimize(start, box, { tolerance: 1e-13, newton: true });
    if (found.value < (best?.value ?? solution.value)) best = found;
  }
  return best;
}

/** Turns the polished point and its spectrum into the certificate, with the covariance where it exists. */
function describe(
  objective: Objective,
  polished: Polished,
  spectrum: Spectrum,
  wanted: boolean,
): Certified {
  const n = objective.size;
  const { curvature, solution } = polished;
  const { hessian, index, scale, factored } = curvature;
  const m = index.length;
  const variance = new Float64Array(n).fill(Number.NaN);
  const positiveDefinite = spectrum.value > SINGULAR && (m === 0 || factored);
  let covariance: Float64Array | null = null;
  const { full } = spectrum;
  if (positiveDefinite && wanted) {
    covariance = new Float64Array(n * n);
    const inverse = new Float64Array(m * m);
    if (m > 0) objective.dense.inverse(inverse);
    for (let a = 0; a < m; a++) {
      const row = (index[a] as number) * n;
      const left = scale[a] as number;
      for (let b = 0; b < m; b++) {
        covariance[row + (index[b] as number)] =
          (inverse[a * m + b] as number) * left * (scale[b] as number);
      }
    }
    for (const i of index) variance[i] = covariance[i * n + i] as number;
  } else if (wanted && full !== null && spectrum.value > SADDLE) {
    singularVariances(index, full, scale, variance);
  }
  return {
    solution,
    hessian,
    index,
    positiveDefinite,
    smallestEigenvalue: spectrum.value,
    weakestDirection: spectrum.direction.map((v, a) => v * (scale[a] as number)),
    covariance,
    variance,
    gradientNorm: polished.gradientNorm,
    edm: polished.edm,
  };
}

/** Pseudo-inverse diagonal for the variables that no singular direction moves. */
function singularVariances(
  index: readonly number[],
  full: NonNullable<Spectrum["full"]>,
  scale: Float64Array,
  variance: Float64Array,
): void {
  const m = index.length;
  index.forEach((i, a) => {
    let sum = 0;
    for (let k = 0; k < m; k++) {
      const component = full.vectors[k * m + a] as number;
      const value = full.values[k] as number;
      if (value > DETERMINED) sum += (component * component) / value;
      else if (Math.abs(component) > 1e-4) return;
    }
    variance[i] = sum * (scale[a] as number) ** 2;
  });
}
