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
import { type Box, hasKinks, type Objective } from "./objective.ts";

/** From here on two variables can hold each other in place. */
const STRONG_ASYMMETRY = 0.5;
const MAX_ROUNDS = 6;
/** Other minima to search from; kinked functions have hundreds that differ in nothing that matters. */
const MAX_OTHERS = 8;
const MAX_OTHERS_KINKED = 2;
/** Other minima this little above the best, in the function's units, are searched from. */
const NEAR = 5;
/** Minima closer than this (in standard deviations, every variable) are one. */
const SAME_DISTANCE = 0.15;
/** A point this close to a known minimum and this little above it leads there; kinks leave less room. */
const LEADS = { distance: 0.25, value: 0.1 };
const LEADS_KINKED = { distance: 0.15, value: 0.02 };
/** Share of its parabola, in height and slope, that a profile must keep up to the mirror image to hold no other minimum. */
const STEEP = 0.35;
/** Above this asymmetry a profile can turn between the points looked at. */
const SCREENED_ASYMMETRY = 0.8;
/** EDM that is enough to be in a basin. */
const LOOSE = 1e-3;
/** What is certified afterwards is minimised further, which saves the certificate a second Hessian. */
const FIRST_TOLERANCE = 5e-18;
/** Functions of this many variables are so cheap that starts from all over the box are made as well. */
const SMALL = 40;
const SAMPLES = 24;
/** Minimisations: their price grows with the third power of the size. */
const MAX_WORK = 2e9;
const MIN_STARTS = 30;
/** Draws this far up are in the walls, where nothing is to be found. */
const FAR = 1e4;

/** What a search spends. */
interface Effort {
  /** Variables with a smaller asymmetry cannot hold a second minimum against residuals of a few standard deviations. */
  readonly asymmetry: number;
  /** Whether the asymmetry is asked for at the last start too, where an effect scaled away at the minimum is visible. */
  readonly nominal: boolean;
  /** Where on the way to its mirror image a profile is looked at. */
  readonly profilePoints: readonly number[];
  /** The same for variables so asymmetric that a profile can turn between these. */
  readonly closePoints: readonly number[];
  /** Variables of a larger asymmetry have no profile that can be trusted: always go and see. */
  readonly trusted: number;
  readonly jointDraws: number;
  readonly maxStarts: number;
  /** Iterations that a place is worth that does not turn out the lowest. */
  readonly maxIterations: number;
  /** Iterations of a minimisation in a half of the box: it is to find the way into a basin, not its bottom. */
  readonly halfIterations: number;
  /** Whether a minimisation that wants to leave its half of the box for the side it came from is followed there. */
  readonly followBack: boolean;
  /** EDM of the minimisations from the caller's starts (infinite: the one asked for), and most iterations. */
  readonly startTolerance: number;
  readonly startIterations: number;
  /** Starts from all over the box where they are cheap. */
  readonly samples: number;
}

const FULL: Effort = {
  asymmetry: 0.12,
  nominal: true,
  profilePoints: [0.5, 1],
  closePoints: [],
  trusted: SCREENED_ASYMMETRY,
  jointDraws: 3,
  maxStarts: Number.POSITIVE_INFINITY,
  maxIterations: 300,
  halfIterations: 300,
  followBack: false,
  startTolerance: FIRST_TOLERANCE,
  startIterations: 300,
  samples: SAMPLES,
};

const WARY: Effort = {
  ...FULL,
  maxStarts: 60,
  maxIterations: 60,
  followBack: true,
  startTolerance: 1e-13,
};

/** Where the screen of a search among many looks at a profile, and at one that can turn in between. */
const SCREENED = { profilePoints: [1], closePoints: [1 / 3, 2 / 3, 1] } as const;

/**
 * `wary` is `repeated` for a function that is known to have several minima; `brief` is `wary` with the screen of `repeated`
 * for variables of medium asymmetry and without places all over the box, for one of thousands of functions that are not
 * certified.
 */
const EFFORT: Readonly<Record<"full" | "wary" | "repeated" | "brief", Effort>> = {
  full: FULL,
  wary: WARY,
  repeated: {
    ...WARY,
    asymmetry: 0.25,
    nominal: false,
    ...SCREENED,
    trusted: Number.POSITIVE_INFINITY,
    jointDraws: 0,
    followBack: false,
  },
  brief: {
    ...WARY,
    ...SCREENED,
    trusted: 1.5,
    halfIterations: 15,
    startTolerance: Number.POSITIVE_INFINITY,
    startIterations: 80,
    samples: 0,
  },
};

export interface SearchOptions {
  /** Starting points in order of preference; the first is the caller's. */
  readonly starts: readonly Float64Array[];
  readonly box: Box;
  /** `[size]` typical scale of each variable (a prior width), for distances and draws. */
  readonly scale: Float64Array;
  /** `[size]` where each variable rests without data: the point its asymmetry refers to. */
  readonly centre: Float64Array;
  /** Places where there may be another minimum: each is left as soon as it leads to one known. Default none. */
  readonly guesses?: readonly Float64Array[];
  /** Look for other minima; otherwise only the starts are minimised. */
  readonly explore: boolean;
  /**
   * `full` (default) knows nothing yet. `repeated` is for one of many related functions, whose other minima are known
   * from a full search and among the starts: only what is likely to have appeared since is looked for.
   */
  readonly effort?: keyof typeof EFFORT;
  /** EDM of the minimisations. Default 1e-9. */
  readonly tolerance?: number;
  /** Called before each minimisation with the number of those done. */
  readonly onStart?: (nStarts: number) => void;
}

export interface SearchResult {
  readonly best: Solution;
  /** Value at which the minimisation from the first start ended; NaN where it found none. */
  readonly first: number;
  /** The distinct minima found, lowest first, the best included. */
  readonly minima: readonly Solution[];
  /** Minimisations run. */
  readonly nStarts: number;
  /** Whether the function can have several minima and they were looked for; `limited` when there were too many places. */
  readonly outcome: "searched" | "limited" | "not-needed" | "off";
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
  const effort: Effort = EFFORT[options.effort ?? "full"];

  const kinked = hasKinks(objective);
  const leads = kinked ? LEADS_KINKED : LEADS;
  const known = (x: Float64Array, value: number): Solution | undefined =>
    minima.find(
      (m) =>
        value - m.value < leads.value &&
        value - m.value > -1e-7 &&
        distance(x, m.x, scale, box) < leads.distance &&
        sameSides(x, m.x, objective.kinks),
    );
  const limit = Math.min(Math.max(MIN_STARTS, MAX_WORK / objective.size ** 3), effort.maxStarts);
  let limited = false;
  const abandon = (x: Float64Array, value: number): boolean => known(x, value) !== undefined;
  /** @param look whether the place is a guess: then it is left where it leads to a known minimum */
  const visit = (from: Float64Array, look: boolean, half?: Box): void => {
    if (nStarts >= limit) {
      limited = true;
      return;
    }
    options.onStart?.(nStarts);
    nStarts++;
    let start = from;
    if (half !== undefined) {
      const first = minimizer.minimize(from, half, {
        tolerance: LOOSE,
        abandon,
        maxIterations: effort.halfIterations,
      });
      if (first.termination.startsWith("abandoned")) return;
      if (!effort.followBack && leavesHalf(first, half, box)) return;
      start = first.x;
    }
    let found = minimizer.minimize(
      start,
      box,
      look
        ? { tolerance, abandon, maxIterations: effort.maxIterations }
        : {
            tolerance: Math.min(tolerance, effort.startTolerance),
            maxIterations: effort.startIterations,
          },
    );
    // A brief look that is not over goes on where it has found the lowest place so far, and counts for nothing elsewhere.
    const promising = !(found.value >= (minima[0]?.value ?? Number.POSITIVE_INFINITY));
    const brief = effort.maxIterations < EFFORT.full.maxIterations;
    if (look && brief && found.termination === "iteration limit reached") {
      if (!promising) return;
      found = minimizer.minimize(found.x, box, { tolerance });
    }
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

  let first = Number.NaN;
  options.starts.forEach((start, k) => {
    for (const x of approach(objective, minimizer, start, box)) visit(x, false);
    if (k === 0) first = minima[0]?.value ?? Number.NaN;
  });
  if (minima.length === 0) {
    const best = nowhere as Solution;
    return { best, first, minima: [best], nStarts, outcome: "off" };
  }
  const result = (outcome: SearchResult["outcome"]): SearchResult => ({
    best: minima[0] as Solution,
    first,
    minima,
    nStarts,
    outcome,
  });
  if (!options.explore) return result("off");
  for (const guess of options.guesses ?? []) visit(guess, true);
  const suspects = suspicious(objective, minima[0] as Solution, options, effort);
  const small = objective.size <= SMALL && effort.samples > 0;
  if (suspects.length === 0 && !small) return result("not-needed");
  if (suspects.length > 0) explore(objective, minima, suspects, options, effort, visit);
  if (small) sample(objective, minima, options, effort.samples, visit);
  return result(limited ? "limited" : "searched");
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
  const kinked = hasKinks(objective);
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

/** Whether two points lie on the same side of every kink: across one there can be another minimum however close. */
function sameSides(a: Float64Array, b: Float64Array, kinks: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) {
    const kink = kinks[i] as number;
    if (((a[i] as number) - kink) * ((b[i] as number) - kink) < 0) return false;
  }
  return true;
}

/** Whether a minimisation in a part of the box is pressed against the wall that the box does not have. */
function leavesHalf({ x, free }: Solution, half: Box, box: Box): boolean {
  for (let i = 0; i < x.length; i++) {
    if (free[i] === 1) continue;
    const at = x[i] as number;
    const lower = half.lower[i] as number;
    const upper = half.upper[i] as number;
    if (at <= lower && lower > (box.lower[i] as number)) return true;
    if (at >= upper && upper < (box.upper[i] as number)) return true;
  }
  return false;
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

/**
 * Starts from all over the box, where they are cheap: products of free factors and variations can have minima that no
 * variable has on its own.
 */
function sample(
  objective: Objective,
  minima: readonly Solution[],
  options: SearchOptions,
  count: number,
  visit: (start: Float64Array, look: boolean) => void,
): void {
  const { box, scale, centre, starts } = options;
  const draw = generator(20261123);
  for (let k = 0; k < count; k++) {
    const start = (starts[0] as Float64Array).slice();
    for (let i = 0; i < start.length; i++) {
      if (box.fixed[i] === 1) continue;
      const lower = box.lower[i] as number;
      const upper = box.upper[i] as number;
      const near = (centre[i] as number) + 4 * (scale[i] as number) * (2 * draw() - 1);
      const far = lower + (upper - lower) * draw() ** 2;
      start[i] = Math.min(Math.max(draw() < 0.5 ? near : far, lower), upper);
    }
    if (objective.value(start) - (minima[0] as Solution).value < FAR) visit(start, true);
  }
}

/** A start, and the part of the box to minimise in first. */
interface Image {
  readonly start: Float64Array;
  readonly half?: Box;
}

/** A variable that can have a second basin. */
interface Suspect {
  readonly index: number;
  readonly asymmetry: number;
  readonly kinked: boolean;
}

/**
 * The suspects among the free variables, the most asymmetric first. An effect that is scaled away at the best point may
 * matter elsewhere, so the last start, the nominal one, is asked as well.
 */
function suspicious(
  objective: Objective,
  best: Solution,
  options: SearchOptions,
  effort: Effort,
): Suspect[] {
  const asymmetry = new Float64Array(objective.size);
  const nominal = new Float64Array(objective.size);
  objective.asymmetry(best.x, asymmetry);
  if (effort.nominal) objective.asymmetry(options.starts.at(-1) as Float64Array, nominal);
  const suspects: Suspect[] = [];
  for (let index = 0; index < objective.size; index++) {
    if (options.box.fixed[index] === 1) continue;
    const size = Math.max(asymmetry[index] as number, nominal[index] as number);
    const kinked = !Number.isNaN(objective.kinks[index]);
    if (size > effort.asymmetry || kinked) suspects.push({ index, asymmetry: size, kinked });
  }
  return suspects.sort((a, b) => b.asymmetry - a.asymmetry || a.index - b.index);
}

/**
 * From the best minimum, until nothing lower turns up: mirror images of every suspect, joint draws of all. Then from the
 * other minima, because two variables may have to change sides together and one alone falls back.
 */
function explore(
  objective: Objective,
  minima: Solution[],
  suspects: readonly Suspect[],
  options: SearchOptions,
  effort: Effort,
  visit: (start: Float64Array, look: boolean, half?: Box) => void,
): void {
  const { box, scale, centre } = options;
  const lowest = (): Solution => minima[0] as Solution;
  const place = (start: Float64Array, i: number, value: number): void => {
    start[i] = Math.min(Math.max(value, box.lower[i] as number), box.upper[i] as number);
  };
  /** The half of the box, in one variable, that the start lies in and the origin does not. */
  const halfBox = (i: number, from: number, to: number): Box => {
    const middle = centre[i] as number;
    const wall = (to - middle) * (from - middle) < 0 ? middle : 0.5 * (from + to);
    const lower = box.lower.slice();
    const upper = box.upper.slice();
    if (to > from) lower[i] = Math.max(lower[i] as number, Math.min(wall, to));
    else upper[i] = Math.min(upper[i] as number, Math.max(wall, to));
    return { lower, upper, fixed: box.fixed };
  };
  const mirrorImages = (x: Float64Array, { index, asymmetry, kinked }: Suspect): Image[] => {
    const pull = ((x[index] as number) - (centre[index] as number)) / (scale[index] as number);
    return mirrors(pull, kinked).map((mirrored) => {
      const start = x.slice();
      place(start, index, (centre[index] as number) + mirrored * (scale[index] as number));
      if (!(asymmetry > SCREENED_ASYMMETRY)) return { start };
      // A free step may leap over a narrow basin and back into the one it came from.
      return { start, half: halfBox(index, x[index] as number, start[index] as number) };
    });
  };
  const sweep = (origin: () => Solution, list: readonly Suspect[]): void => {
    for (const suspect of list) {
      for (const { start, half } of mirrorImages(origin().x, suspect)) visit(start, true, half);
    }
  };
  /** The same with one origin, leaving out what the screen, which needs the curvature of that origin, finds empty. */
  const screenedSweep = (origin: Solution, screen: Screen): void => {
    const images = suspects.flatMap((suspect) =>
      mirrorImages(origin.x, suspect).filter(({ start }) => {
        if (suspect.asymmetry > effort.trusted) return true;
        const close = suspect.asymmetry > SCREENED_ASYMMETRY;
        const points = close ? effort.closePoints : effort.profilePoints;
        return !screen(suspect.index, start[suspect.index] as number, points);
      }),
    );
    for (const { start, half } of images) visit(start, true, half);
  };
  const draw = generator(20261122);
  const drawJointly = (): void => {
    const start = lowest().x.slice();
    for (const { index } of suspects) {
      const width = 1.5 * (scale[index] as number);
      place(start, index, (centre[index] as number) + width * (2 * draw() - 1));
    }
    if (objective.value(start) - lowest().value < FAR) visit(start, true);
  };

  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = lowest().value;
    const from = lowest();
    const screen = profileScreen(objective, from, box);
    if (screen === undefined) sweep(lowest, suspects);
    else screenedSweep(from, screen);
    if (suspects.length > 1 && round === 0)
      for (let k = 0; k < effort.jointDraws; k++) drawJointly();
    if (!(lowest().value < before - 1e-9)) break;
  }

  const strong = suspects.filter(({ asymmetry }) => asymmetry > STRONG_ASYMMETRY);
  if (strong.length < 2) return;
  const visited = [lowest().x];
  const others = suspects.some(({ kinked }) => kinked) ? MAX_OTHERS_KINKED : MAX_OTHERS;
  for (let k = 0; k < others; k++) {
    const next = minima.find(
      (m) =>
        m.value - lowest().value < NEAR &&
        visited.every((x) => distance(x, m.x, scale, box) >= SAME_DISTANCE),
    );
    if (next === undefined) return;
    visited.push(next.x);
    sweep(() => next, strong);
  }
}

/** Whether there is no other minimum between the best point and this value of a variable. */
type Screen = (index: number, value: number, points: readonly number[]) => boolean;

/**
 * Looks along the profile of a variable, the others following its linear response: where height and slope stay close to
 * those of the parabola at the minimum, there is nothing to find. Not for kinked functions, whose parabola is one of many.
 */
function profileScreen(objective: Objective, best: Solution, box: Box): Screen | undefined {
  const n = objective.size;
  if (hasKinks(objective)) return undefined;
  objective.prepareCurvature(best.x);
  if (!objective.factorCurvature(best.free, 0)) return undefined;
  const response = new Float64Array(n);
  const unit = new Float64Array(n);
  const x = new Float64Array(n);
  const gradient = new Float64Array(n);
  let prepared = -1;
  return (index, value, points) => {
    if (best.free[index] !== 1) return false;
    if (prepared !== index) {
      unit.fill(0);
      unit[index] = 1;
      objective.solveCurvature(unit, response);
      prepared = index;
    }
    const variance = response[index] as number;
    const shift = value - (best.x[index] as number);
    for (const part of points) {
      for (let i = 0; i < n; i++) {
        const v = (best.x[i] as number) + (part * shift * (response[i] as number)) / variance;
        x[i] = Math.min(Math.max(v, box.lower[i] as number), box.upper[i] as number);
      }
      const rise = objective.gradient(x, gradient) - best.value;
      if (!(rise > (STEEP * 0.5 * (part * shift) ** 2) / variance)) return false;
      let slope = 0;
      for (let i = 0; i < n; i++) slope += (gradient[i] as number) * (response[i] as number);
      if (!(slope * Math.sign(shift) > STEEP * part * Math.abs(shift))) return false;
    }
    return true;
  };
}

/**
 * Where the other basin of a variable may be, all in units of its scale: its mirror image, or both sides when it rests
 * near its centre.
 */
function mirrors(pull: number, kinked: boolean): number[] {
  if (Math.abs(pull) < 0.3) {
    // The two sides of a kink can each hold a minimum however close to it.
    return kinked && pull !== 0 ? [1, -1, -pull] : [1, -1];
  }
  return [-Math.sign(pull) * Math.min(Math.max(Math.abs(pull), 0.5), 1.2)];
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
