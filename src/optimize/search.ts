/**
 * The search for other minima. A local method ends in the basin it starts in; this one visits, from the best point known,
 * the mirror images of every variable that can have a second basin of its own (an effect that is not odd, or a kink), a
 * few joint draws of those variables, and starts over whenever something lower turns up.
 *
 * Everything is deterministic: fixed order, counter-free integer generator with a fixed seed.
 *
 * @module
 */

import type { Minimizer, Solution } from "./minimize.ts";
import type { Box, Objective } from "./objective.ts";

/** Variables with a smaller asymmetry cannot hold a second minimum against residuals of a few standard deviations. */
const ASYMMETRY = 0.12;
const MAX_ROUNDS = 6;
const JOINT_DRAWS = 6;
/** A point this close (in standard deviations, every variable) to a known minimum and this little above it leads there. */
const SAME_DISTANCE = 0.15;
const SAME_VALUE = 0.02;
/** Draws this far up are in the walls, where nothing is to be found. */
const FAR = 1e4;

export interface SearchOptions {
  /** Starting points in order of preference; the first is the caller's. */
  readonly starts: readonly Float64Array[];
  readonly box: Box;
  /** `[size]` typical scale of each variable (a prior width), for distances and draws. */
  readonly scale: Float64Array;
  /** `[size]` where each variable rests without data: the point its asymmetry refers to. */
  readonly centre: Float64Array;
  /** Look for other minima; otherwise only the starts are minimised. */
  readonly explore: boolean;
  /** EDM of the minimisations. Default 1e-9. */
  readonly tolerance?: number;
}

export interface SearchResult {
  readonly best: Solution;
  /** The distinct minima found, lowest first, the best included. */
  readonly minima: readonly Solution[];
  /** Minimisations run. */
  readonly nStarts: number;
  /** Whether the function can have several minima and they were looked for. */
  readonly outcome: "searched" | "not-needed" | "off";
}

/** Minimises from every start and, where there is reason to, from the mirror images of the best point. */
export function searchMinima(
  objective: Objective,
  minimizer: Minimizer,
  options: SearchOptions,
): SearchResult {
  const { box, scale } = options;
  const minima: Solution[] = [];
  let nStarts = 0;
  let nowhere: Solution | undefined;
  const tolerance = options.tolerance ?? 1e-9;

  const known = (x: Float64Array, value: number): Solution | undefined =>
    minima.find(
      (m) =>
        value - m.value < SAME_VALUE &&
        value - m.value > -1e-7 &&
        distance(x, m.x, scale, box) < SAME_DISTANCE,
    );
  const visit = (start: Float64Array, compare: boolean): void => {
    nStarts++;
    const found = minimizer.minimize(start, box, {
      tolerance,
      ...(compare
        ? { abandon: (x: Float64Array, value: number) => known(x, value) !== undefined }
        : {}),
    });
    if (!Number.isFinite(found.value)) {
      nowhere = found;
      return;
    }
    if (found.termination.startsWith("abandoned")) return;
    const twin = minima.findIndex((m) => distance(found.x, m.x, scale, box) < SAME_DISTANCE);
    if (twin < 0) minima.push(found);
    else if (found.value < (minima[twin] as Solution).value) minima[twin] = found;
    minima.sort((a, b) => a.value - b.value);
  };

  options.starts.forEach((start, i) => {
    for (const x of approach(objective, minimizer, start, box)) visit(x, i > 0);
  });
  if (minima.length === 0) {
    const best = nowhere as Solution;
    return { best, minima: [best], nStarts, outcome: "off" };
  }
  const suspects = suspicious(objective, minima[0] as Solution, box);
  const outcome = !options.explore ? "off" : suspects.length > 0 ? "searched" : "not-needed";
  if (outcome === "searched") {
    explore(objective, minima, suspects, options, visit);
  }
  return { best: minima[0] as Solution, minima, nStarts, outcome };
}

/**
 * Points from which to minimise, given a start. Where the function is not itself there (a yield that is not positive)
 * the smooth companion finds a way in; where it is kinked the companion's minimum is a second start.
 */
function approach(
  objective: Objective,
  minimizer: Minimizer,
  start: Float64Array,
  box: Box,
): Float64Array[] {
  const kinked = objective.kinks.some((k) => !Number.isNaN(k));
  const value = objective.value(start);
  objective.relax(0.1);
  const relaxed = objective.value(start);
  minimizer.counters.nValue += 2;
  const infeasible = !(value - relaxed < 1e-9 * Math.abs(relaxed) + 1e-6) && !kinked;
  const blocked = kinked && !(value - relaxed < 1e3 + Math.abs(relaxed));
  const points: Float64Array[] = [];
  if (infeasible || kinked) {
    let x = start;
    for (const level of infeasible || blocked ? [0.5, 0.1, 0.01] : [1e-3]) {
      objective.relax(level);
      x = minimizer.minimize(x, box, { tolerance: 1e-4 }).x;
    }
    points.push(x);
  }
  objective.relax(0);
  return infeasible || blocked ? points : [start, ...points];
}

/** Largest distance of any variable, in units of its scale; fixed ones do not count. */
function distance(a: Float64Array, b: Float64Array, scale: Float64Array, box: Box): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    if (box.fixed[i] === 1) continue;
    const d = Math.abs((a[i] as number) - (b[i] as number)) / (scale[i] as number);
    if (d > largest) largest = d;
  }
  return largest;
}

/** Free variables that can have a second basin, the most asymmetric first. */
function suspicious(objective: Objective, best: Solution, box: Box): number[] {
  const asymmetry = new Float64Array(objective.size);
  objective.asymmetry(best.x, asymmetry);
  const suspects: number[] = [];
  for (let i = 0; i < objective.size; i++) {
    if (box.fixed[i] === 1) continue;
    if ((asymmetry[i] as number) > ASYMMETRY || !Number.isNaN(objective.kinks[i])) suspects.push(i);
  }
  return suspects.sort((i, j) => (asymmetry[j] as number) - (asymmetry[i] as number) || i - j);
}

function explore(
  objective: Objective,
  minima: Solution[],
  suspects: readonly number[],
  options: SearchOptions,
  visit: (start: Float64Array, compare: boolean) => void,
): void {
  const { box, scale, centre } = options;
  const draw = generator(20261122);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = (minima[0] as Solution).value;
    for (const i of suspects) {
      const best = minima[0] as Solution;
      for (const target of mirrors(
        best.x[i] as number,
        centre[i] as number,
        scale[i] as number,
        !Number.isNaN(objective.kinks[i]),
      )) {
        const start = best.x.slice();
        start[i] = Math.min(Math.max(target, box.lower[i] as number), box.upper[i] as number);
        visit(start, true);
      }
    }
    if (suspects.length > 1 && round === 0) {
      for (let k = 0; k < JOINT_DRAWS; k++) {
        const start = (minima[0] as Solution).x.slice();
        for (const i of suspects) {
          const v = (centre[i] as number) + 1.5 * (scale[i] as number) * (2 * draw() - 1);
          start[i] = Math.min(Math.max(v, box.lower[i] as number), box.upper[i] as number);
        }
        if (objective.value(start) - (minima[0] as Solution).value < FAR) visit(start, true);
      }
    }
    if (!((minima[0] as Solution).value < before - 1e-9)) return;
  }
}

/** Where the other basin of a variable may be: its mirror image, or both sides when it rests near its centre. */
function mirrors(x: number, centre: number, scale: number, kinked: boolean): number[] {
  const pull = (x - centre) / scale;
  if (Math.abs(pull) < 0.3) {
    const sides = [centre + scale, centre - scale];
    // The two sides of a kink can each hold a minimum however close to it.
    return kinked && pull !== 0 ? [...sides, centre - pull * scale] : sides;
  }
  const size = Math.min(Math.max(Math.abs(pull), 0.5), 1.2);
  return [centre - Math.sign(pull) * size * scale];
}

/** Uniform numbers in [0, 1) from a 32-bit state (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
