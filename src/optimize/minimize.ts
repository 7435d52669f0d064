/**
 * A bounded quasi-Newton minimiser: limited-memory BFGS on top of a problem-specific curvature model, with an active set
 * for bounds and for kinks, and a damped Newton method with the exact Hessian where that stalls.
 *
 * Idea: the curvature model (a Fisher matrix) is right up to the residuals, so that a handful of secant pairs finish the
 * job; it is refactored only when the set of free variables changes. Steps follow the projected arc P(x - t d) with an
 * Armijo condition. A variable exactly on a kink is held there while both one-sided derivatives point inwards.
 *
 * Sources: Nocedal & Wright, Numerical Optimization, 7.2 (two-loop recursion), 16.7 (gradient projection); Bertsekas,
 * SIAM J. Control Optim. 20 (1982) 221 (active sets for projected Newton).
 *
 * @module
 */

import { type Box, type Counters, hasKinks, type Objective } from "./objective.ts";

/** Why a minimisation ended. The text is what a user reads. */
export type Termination =
  | "converged"
  | "stalled: no step decreases the function further"
  | "iteration limit reached"
  | "abandoned: heading for a known minimum"
  | "the function is not finite at the start";

export interface Solution {
  /** `[size]` the point, its gradient, and which variables are free there (1) or held by a bound, a kink or fixed (0). */
  readonly x: Float64Array;
  readonly gradient: Float64Array;
  readonly free: Uint8Array;
  readonly value: number;
  /** g^T d / 2 of the last direction: the distance to the minimum that the curvature model expects. */
  readonly edm: number;
  readonly termination: Termination;
}

export interface MinimizeOptions {
  /** Expected distance to the minimum at which to stop. Default 1e-9. */
  readonly tolerance?: number;
  /** Default 300. */
  readonly maxIterations?: number;
  /** Use the exact Hessian from the first step on. Default false: only where the secant pairs fail. */
  readonly newton?: boolean;
  /** Ends the minimisation early; called once per iteration with the current point. */
  readonly abandon?: (x: Float64Array, value: number) => boolean;
}

const MEMORY = 16;
/** Iterations that a curvature model serves: a fit that needs more has moved away from where it was right. */
const REFRESH_AFTER = 8;
/** Iterations after which the exact Hessian is worth its price. */
const NEWTON_AFTER = 60;
const ARMIJO = 1e-4;
/** A first trial that crosses a kink must achieve this share of the predicted decrease. */
const CROSSING_ARMIJO = 0.25;

export interface Minimizer {
  /** Minimises from `start`, clipped to the box. The result is a copy; scratch memory is reused. */
  minimize(start: Float64Array, box: Box, options?: MinimizeOptions): Solution;
  readonly counters: Counters;
}

/** A minimiser for one objective, with its scratch memory. */
export function createMinimizer(objective: Objective): Minimizer {
  const counters: Counters = { nValue: 0, nGradient: 0, nHessian: 0, nIterations: 0 };
  return { minimize: quasiNewton(objective, counters), counters };
}

function quasiNewton(objective: Objective, counters: Counters): Minimizer["minimize"] {
  const n = objective.size;
  const x = new Float64Array(n);
  const g = new Float64Array(n);
  const xTrial = new Float64Array(n);
  const gTrial = new Float64Array(n);
  const d = new Float64Array(n);
  const q = new Float64Array(n);
  const free = new Uint8Array(n);
  const pairs = createPairs(n);
  const { kinks, side, jump } = objective;
  const kinked = hasKinks(objective);
  const newtonStep = createNewton(objective, counters);
  let fTrial = 0;

  /** Active set at (x, g); picks the side of variables on a kink. Returns whether the model must be refactored. */
  function updateFree(box: Box): boolean {
    let changed = false;
    for (let i = 0; i < n; i++) {
      const xi = x[i] as number;
      const gi = g[i] as number;
      const onKink = kinked && xi === kinks[i];
      const atLower = xi <= (box.lower[i] as number);
      const atUpper = xi >= (box.upper[i] as number);
      let isFree = 1;
      if (box.fixed[i] === 1) {
        isFree = 0;
      } else if (onKink) {
        const right = (side[i] as number) < 0 ? gi - (jump[i] as number) : gi;
        const left = right + (jump[i] as number);
        const up = !atUpper && right < 0;
        const down = !atLower && left > 0;
        const toRight = up ? !down || -right >= left : !down && !atUpper;
        isFree = up || down ? 1 : 0;
        changed ||= isFree === 1 && (side[i] as number) < 0 === toRight;
        side[i] = toRight ? 1 : -1;
        g[i] = toRight ? right : left;
      } else if ((atLower && gi > 0) || (atUpper && gi < 0)) {
        isFree = 0;
      }
      if (isFree !== free[i]) {
        free[i] = isFree;
        changed = true;
      }
    }
    return changed;
  }

  /** x - t d projected on the box into xTrial; kinks are not crossed unless `cross`. Returns g . (xTrial - x). */
  function trial(t: number, box: Box, cross: boolean): number {
    let slope = 0;
    for (let i = 0; i < n; i++) {
      const xi = x[i] as number;
      let v = xi;
      if (free[i] === 1) {
        v = Math.min(
          Math.max(xi - t * (d[i] as number), box.lower[i] as number),
          box.upper[i] as number,
        );
        if (kinked && !Number.isNaN(kinks[i])) v = stopAtKink(i, xi, v, cross);
        slope += (g[i] as number) * (v - xi);
      }
      xTrial[i] = v;
    }
    return slope;
  }

  function stopAtKink(i: number, from: number, to: number, cross: boolean): number {
    const kink = kinks[i] as number;
    const fromSide = from > kink ? 1 : from < kink ? -1 : (side[i] as number) < 0 ? -1 : 1;
    const crosses = fromSide > 0 ? to < kink : to > kink;
    return crosses && (!cross || from === kink) ? kink : to;
  }

  /** No variable may cross more than half of its range in one step; if that ruins the descent, the whole step shrinks. */
  function limitStep(box: Box): number {
    let shrink = 1;
    let slope = 0;
    for (let i = 0; i < n; i++) {
      const half = 0.5 * ((box.upper[i] as number) - (box.lower[i] as number));
      const di = d[i] as number;
      q[i] = Math.min(Math.max(di, -half), half);
      if (Math.abs(di) > half) shrink = Math.min(shrink, half / Math.abs(di));
      slope += (g[i] as number) * (q[i] as number);
    }
    if (shrink === 1) return 1;
    if (!(slope > 0)) return shrink;
    d.set(q);
    return 1;
  }

  /**
   * Whether a step too small for the function's rounding (sums of large yields cancel) brings the slope down: the
   * approximate Wolfe condition of Hager & Zhang, SIAM J. Optim. 16 (2005) 170.
   */
  function flatter(f: number, predicted: number): boolean {
    if (!(predicted > -1e-6 && predicted <= 0 && fTrial - f < 1e-9 * Math.abs(f))) return false;
    let slope = 0;
    for (let i = 0; i < n; i++) {
      slope += (gTrial[i] as number) * ((xTrial[i] as number) - (x[i] as number));
    }
    return Math.abs(slope) < 0.9 * Math.abs(predicted);
  }

  /** Backtracks along the projected arc until the function decreases enough; 0 when it never does. Ends in xTrial. */
  function lineSearch(box: Box, f: number, tFirst: number): number {
    let t = tFirst;
    let cross = kinked;
    const rounding = 1e-11 * Math.abs(f);
    for (let trials = 0; trials < 25; trials++) {
      const predicted = trial(t, box, cross);
      fTrial = objective.gradient(xTrial, gTrial);
      counters.nGradient++;
      const share = cross ? CROSSING_ARMIJO : ARMIJO;
      const same = Math.abs(fTrial - f) < rounding && predicted > -1e-9 && predicted <= 0;
      if (fTrial <= f + share * predicted || same || flatter(f, predicted)) return t;
      if (cross) {
        cross = false;
      } else if (Number.isFinite(fTrial)) {
        const bend = 2 * (fTrial - f - predicted);
        const best = bend > 0 ? -predicted / bend : 0.5;
        t *= Math.min(0.5, Math.max(0.1, best));
      } else {
        t *= 0.3;
      }
    }
    return 0;
  }

  /** Refactors the curvature model at x, damped as far as it takes; secant pairs of another free set are void. */
  function refactor(damping: number): number {
    pairs.clear();
    objective.prepareCurvature(x);
    let used = damping;
    for (let tries = 0; !objective.factorCurvature(free, used) && tries < 20; tries++) {
      used = Math.max(1e-6, 10 * used);
    }
    return used;
  }

  return (start, box, options = {}) => {
    const tolerance = options.tolerance ?? 1e-9;
    const maxIterations = options.maxIterations ?? 300;
    if (kinked) side.fill(1);
    free.fill(2);
    for (let i = 0; i < n; i++) {
      const s = start[i] as number;
      const inside = Math.min(Math.max(s, box.lower[i] as number), box.upper[i] as number);
      x[i] = box.fixed[i] === 1 ? s : inside;
    }
    let f = objective.gradient(x, g);
    counters.nGradient++;
    let edm = Number.POSITIVE_INFINITY;
    const done = (termination: Termination): Solution => ({
      x: x.slice(),
      gradient: g.slice(),
      free: free.slice(),
      value: f,
      edm,
      termination,
    });
    if (!Number.isFinite(f)) return done("the function is not finite at the start");

    let useNewton = options.newton ?? false;
    let rebuild = true;
    let damping = 0;
    let shortSteps = 0;
    let idle = 0;
    let edmBefore = Number.POSITIVE_INFINITY;
    let age = 0;
    for (let iteration = 0; iteration < maxIterations; iteration++) {
      counters.nIterations++;
      const changed = updateFree(box);
      if (options.abandon?.(x, f)) return done("abandoned: heading for a known minimum");
      useNewton ||= iteration >= NEWTON_AFTER;
      if (useNewton) {
        newtonStep(x, g, free, d);
      } else {
        if (rebuild || changed) {
          damping = refactor(damping);
          age = 0;
        }
        age++;
        rebuild = age >= REFRESH_AFTER;
        pairs.direction(objective, g, free, q, d);
      }
      const slope = dot(g, d);
      edm = slope / 2;
      if (Math.abs(edm) < tolerance) return done("converged");
      if (!(slope > 0)) {
        if (useNewton) return done("stalled: no step decreases the function further");
        useNewton = pairs.size() === 0;
        rebuild = true;
        continue;
      }
      const tFirst = limitStep(box);
      const t = lineSearch(box, f, tFirst);
      if (t === 0) {
        // The gradient of the last trial overwrote the evaluator's state.
        f = objective.gradient(x, g);
        counters.nGradient++;
        if (useNewton) return done("stalled: no step decreases the function further");
        useNewton = pairs.size() === 0;
        rebuild = true;
        continue;
      }
      shortSteps = t < 0.2 * tFirst ? shortSteps + 1 : 0;
      if (shortSteps > 3) {
        damping = damping === 0 ? 1e-2 : Math.min(3 * damping, 10);
        shortSteps = 0;
        rebuild = true;
      } else if (shortSteps === 0 && damping > 0) {
        damping = damping < 5e-7 ? 0 : 0.2 * damping;
        rebuild = true;
      }
      pairs.push(x, xTrial, g, gTrial, free);
      // Below the rounding of the function only the gradient can still tell that it goes on.
      idle = f - fTrial < 1e-12 * Math.abs(f) && !(edm < 0.5 * edmBefore) ? idle + 1 : 0;
      edmBefore = edm;
      x.set(xTrial);
      g.set(gTrial);
      f = fTrial;
      if (idle > 6) {
        if (useNewton) return done("stalled: no step decreases the function further");
        useNewton = true;
        idle = 0;
      }
    }
    return done("iteration limit reached");
  };
}

interface Pairs {
  size(): number;
  clear(): void;
  push(
    x: Float64Array,
    xNew: Float64Array,
    g: Float64Array,
    gNew: Float64Array,
    free: Uint8Array,
  ): void;
  direction(
    objective: Objective,
    g: Float64Array,
    free: Uint8Array,
    q: Float64Array,
    d: Float64Array,
  ): void;
}

/**
 * The secant pairs. They are cleared whenever the set of free variables changes, so that the entries of the others are
 * zero in all of them.
 */
function createPairs(n: number): Pairs {
  // Most minimisations need few: memory is taken when it is.
  const steps: Float64Array[] = [];
  const changes: Float64Array[] = [];
  /** 1/(s.y) by slot. */
  const rho = new Float64Array(MEMORY);
  const alpha = new Float64Array(MEMORY);
  let count = 0;
  let next = 0;
  const slot = (k: number): number => (next - count + k + 2 * MEMORY) % MEMORY;
  return {
    size: () => count,
    clear() {
      count = 0;
    },
    push(x, xNew, g, gNew, free) {
      steps[next] ??= new Float64Array(n);
      changes[next] ??= new Float64Array(n);
      const s = steps[next] as Float64Array;
      const y = changes[next] as Float64Array;
      let sy = 0;
      let ss = 0;
      let yy = 0;
      for (let i = 0; i < n; i++) {
        const isFree = free[i] === 1;
        const step = isFree ? (xNew[i] as number) - (x[i] as number) : 0;
        const change = isFree ? (gNew[i] as number) - (g[i] as number) : 0;
        s[i] = step;
        y[i] = change;
        sy += step * change;
        ss += step * step;
        yy += change * change;
      }
      if (!(sy > 1e-8 * Math.sqrt(ss * yy))) return;
      rho[next] = 1 / sy;
      next = (next + 1) % MEMORY;
      count = Math.min(count + 1, MEMORY);
    },
    direction(objective, g, free, q, d) {
      for (let i = 0; i < n; i++) q[i] = free[i] === 1 ? (g[i] as number) : 0;
      for (let k = count - 1; k >= 0; k--) {
        const at = slot(k);
        const a = (rho[at] as number) * dot(steps[at] as Float64Array, q);
        alpha[k] = a;
        addScaled(-a, changes[at] as Float64Array, q);
      }
      objective.solveCurvature(q, d);
      for (let k = 0; k < count; k++) {
        const at = slot(k);
        const b = (rho[at] as number) * dot(changes[at] as Float64Array, d);
        addScaled((alpha[k] as number) - b, steps[at] as Float64Array, d);
      }
    },
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** y += c x. */
function addScaled(c: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) y[i] = (y[i] as number) + c * (x[i] as number);
}

/** d = (H + lambda D)^-1 g over the free variables, lambda the smallest that makes the matrix positive definite. */
function createNewton(
  objective: Objective,
  counters: Counters,
): (x: Float64Array, g: Float64Array, free: Uint8Array, d: Float64Array) => void {
  const n = objective.size;
  let hessian: Float64Array | undefined;
  let reduced = new Float64Array();
  return (x, g, free, d) => {
    hessian ??= new Float64Array(n * n);
    objective.hessian(x, hessian);
    counters.nHessian++;
    const index = freeIndices(free);
    const m = index.length;
    if (reduced.length < m * m) reduced = new Float64Array(n * n);
    let damping = 0;
    for (let tries = 0; tries < 30; tries++) {
      reduceMatrix(hessian, n, index, reduced);
      if (damping > 0) {
        for (let a = 0; a < m; a++) {
          const diagonal = Math.abs(reduced[a * m + a] as number);
          reduced[a * m + a] = (reduced[a * m + a] as number) + damping * Math.max(diagonal, 1e-6);
        }
      }
      if (objective.dense.factor(reduced, m)) break;
      damping = damping === 0 ? 1e-3 : damping * 4;
    }
    const v = new Float64Array(m);
    for (let a = 0; a < m; a++) v[a] = g[index[a] as number] as number;
    objective.dense.solve(v);
    d.fill(0);
    for (let a = 0; a < m; a++) d[index[a] as number] = v[a] as number;
  };
}

/** Indices of the variables marked free. */
export function freeIndices(free: Uint8Array): number[] {
  const index: number[] = [];
  for (let i = 0; i < free.length; i++) if (free[i] === 1) index.push(i);
  return index;
}

/** Rows and columns `index` of the `n x n` matrix, packed into the front of `out`. */
export function reduceMatrix(
  matrix: Float64Array,
  n: number,
  index: readonly number[],
  out: Float64Array,
): void {
  const m = index.length;
  for (let a = 0; a < m; a++) {
    const row = (index[a] as number) * n;
    for (let b = 0; b < m; b++) out[a * m + b] = matrix[row + (index[b] as number)] as number;
  }
}
