/**
 * The profile of a likelihood over one or two parameters: conditional fits at any of their values, the lowest known at each.
 *
 * Every place is a walk of its own, started from the best fit moved along its linear response. What a fit finds therefore
 * depends neither on the other places nor on who runs it; neighbours are compared afterwards, so that none stays in a basin
 * that the next one has left.
 *
 * @module
 */

import { type Analysis, linearResponse, twiceRise } from "./analysis.ts";
import { type Crossing, type CrossingTask, findCrossing } from "./crossing.ts";
import { isElsewhere, LOWER_BASIN, type ProfilePoint, type Walk } from "./profile.ts";
import type { Steps } from "./steps.ts";

/** Values of the parameters held. */
export type Place = readonly number[];

/** A conditional fit that is wanted. */
export interface Request {
  readonly place: Place;
  /** `[nParameters]` a solution nearby. Default: the best fit. */
  readonly from?: Float64Array;
  /** Look for other minima there. */
  readonly explore: boolean;
}

/** A straight line of places, `start + t direction`. */
export interface Line {
  readonly start: Place;
  readonly direction: Place;
}

export interface Surface {
  /** The best fit. */
  readonly origin: Place;
  /** `[k x k]` covariance of the parameters held, from the Fisher operator; null where the data do not constrain them. */
  readonly covariance: readonly (readonly number[])[] | null;
  /** The lowest fit made at a place. */
  at(place: Place): ProfilePoint | undefined;
  /** 2NLL there above the best fit; rounding below 0 is 0; null where there is no fit. */
  twiceDelta(place: Place): number | null;
  /** Makes the fits that have not been made yet. */
  fit(requests: readonly Request[], doing: string): Steps<void>;
  /** Compares neighbours, and all with every basin met, and refits until nothing is lower. */
  settle(neighbours: readonly (readonly [Place, Place])[]): Steps<void>;
  /** Crossings along lines, side by side; null where interrupted. */
  cross(
    searches: readonly { readonly line: Line; readonly task: CrossingTask }[],
    doing: string,
  ): Steps<(Crossing | null)[]>;
}

/** In scales of a parameter: solutions further apart than this are not obviously in one basin. */
const ELSEWHERE = 0.25;
const MAX_BASINS = 10;

/** @param held indices of the one or two parameters, none of them fixed */
export function openSurface(analysis: Analysis, held: readonly number[]): Surface {
  const { solution } = analysis.best();
  const { observed } = analysis;
  const { box, scale } = observed;
  const origin = held.map((i) => solution.x[i] as number);
  const response = respond(analysis, held);
  const best: ProfilePoint = {
    x: solution.x,
    nll: solution.value,
    slopes: held.map((i) => solution.gradient[i] as number),
    converged: true,
    nIter: 0,
    others: [],
  };
  const keyOf = (place: Place): string => place.join(" ");
  const points = new Map<string, ProfilePoint>([[keyOf(origin), best]]);
  const explored = new Set<string>([keyOf(origin)]);
  /** Number of basins each place was compared with. */
  const followed = new Map<string, number>();
  const basins = [...analysis.basins()];

  /** A solution moved to another place, the other parameters following their linear response. */
  const move = (x: Float64Array, place: Place): Float64Array => {
    const shift = held.map((i, k) => (place[k] as number) - (x[i] as number));
    const moved = x.map((v, i) => {
      if (box.fixed[i] === 1 || response === null) return v;
      const follow = shift.reduce(
        (sum, d, k) => sum + d * (response.directions[k]?.[i] as number),
        0,
      );
      return Math.min(Math.max(v + follow, box.lower[i] as number), box.upper[i] as number);
    });
    held.forEach((i, k) => {
      moved[i] = place[k] as number;
    });
    return moved;
  };

  const walkTo = (place: Place, start: Float64Array, others: readonly Float64Array[]): Walk => ({
    ...analysis.walk(held, [place], start),
    basins: others.map((x) => move(x, place)),
    explore: false,
  });

  /** Takes a fit; returns whether it is lower than the one known. */
  const accept = (place: Place, point: ProfilePoint, thorough: boolean): boolean => {
    const key = keyOf(place);
    const known = points.get(key);
    followed.set(key, basins.length);
    if (thorough) explored.add(key);
    if (known === undefined || point.nll < known.nll) points.set(key, point);
    const lower = known !== undefined && point.nll < known.nll - LOWER_BASIN;
    if (thorough) {
      for (const x of lower ? [point.x, ...point.others] : point.others) {
        const isNew = [...basins, point.x === x ? (known as ProfilePoint).x : point.x].every((y) =>
          isElsewhere(move(y, place), x, held, scale, ELSEWHERE),
        );
        if (isNew && basins.length < MAX_BASINS) basins.push(x);
      }
    }
    return lower;
  };

  const surface: Surface = {
    origin,
    covariance: response?.covariance ?? null,
    at: (place) => points.get(keyOf(place)),
    twiceDelta(place) {
      const point = points.get(keyOf(place));
      if (point === undefined) return null;
      return twiceRise(point.nll, solution.value);
    },
    *fit(requests, doing) {
      const wanted = new Map<string, Request>();
      for (const request of requests) {
        const key = keyOf(request.place);
        if (points.has(key) && (!request.explore || explored.has(key))) continue;
        wanted.set(key, request);
      }
      if (wanted.size === 0) return;
      const list = [...wanted.values()];
      const walks = list.map(({ place, from, explore }) => {
        const start = points.get(keyOf(place))?.x ?? move(from ?? solution.x, place);
        return { ...walkTo(place, start, basins), explore };
      });
      const results = yield* analysis.run({ walks, doing });
      list.forEach(({ place, explore }, k) => {
        const point = results[k]?.points[0];
        if (point !== undefined) accept(place, point, explore);
      });
    },
    *settle(neighbours) {
      const places = new Map<string, { readonly place: Place; readonly next: Place[] }>();
      const nodeOf = (place: Place): { readonly next: Place[] } => {
        const key = keyOf(place);
        const node = places.get(key) ?? { place, next: [] };
        places.set(key, node);
        return node;
      };
      for (const [a, b] of neighbours) {
        nodeOf(a).next.push(b);
        nodeOf(b).next.push(a);
      }
      let queue = new Set(places.keys());
      while (queue.size > 0 && !analysis.interrupted()) {
        const planned = [...queue].flatMap((key) => {
          const node = places.get(key);
          const point = points.get(key);
          if (node === undefined || point === undefined || point === best) return [];
          const others = [
            ...basins.slice(followed.get(key) ?? 0),
            ...node.next.flatMap((near) => points.get(keyOf(near))?.x ?? []),
          ].filter((x) => isElsewhere(move(x, node.place), point.x, held, scale, ELSEWHERE));
          if (others.length === 0) return [];
          return [{ ...node, walk: walkTo(node.place, point.x, others) }];
        });
        queue = new Set();
        if (planned.length === 0) return;
        const walks = planned.map((p) => p.walk);
        const results = yield* analysis.run({ walks, doing: "comparing neighbours" });
        planned.forEach(({ place, next }, k) => {
          const point = results[k]?.points[0];
          if (point === undefined || !accept(place, point, false)) return;
          for (const near of [place, ...next]) queue.add(keyOf(near));
        });
      }
    },
    *cross(searches, doing) {
      const running = searches.map(({ line, task }) => {
        const search = findCrossing(task);
        return { line, search, step: search.next() };
      });
      for (;;) {
        const active = running.flatMap((run) =>
          run.step.done === true ? [] : [{ run, trial: run.step.value }],
        );
        if (active.length === 0 || analysis.interrupted()) {
          return running.map(({ step }) => (step.done === true ? step.value : null));
        }
        const asked = active.map(({ run, trial }) => ({
          place: placeOn(run.line, trial.at, held, analysis),
          from: trial.from,
          explore: trial.verify && analysis.explore,
        }));
        yield* surface.fit(asked, doing);
        active.forEach(({ run }, k) => {
          const point = points.get(keyOf(asked[k]?.place as Place));
          if (point === undefined) return;
          const slope = point.slopes.reduce(
            (sum, s, j) => sum + s * (run.line.direction[j] as number),
            0,
          );
          run.step = run.search.next({ x: point.x, nll: point.nll, slope });
        });
      }
    },
  };
  return surface;
}

/** The place at t of a line; rounding does not take it out of the box. */
export function placeOn(line: Line, t: number, held: readonly number[], analysis: Analysis): Place {
  const { lower, upper } = analysis.setup.box;
  return line.start.map((v, k) => {
    const i = held[k] as number;
    const moved = v + t * (line.direction[k] as number);
    return Math.min(Math.max(moved, lower[i] as number), upper[i] as number);
  });
}

interface SurfaceResponse {
  /** Per parameter held, `[nParameters]` dtheta by it while the other one stays. */
  readonly directions: readonly Float64Array[];
  readonly covariance: readonly (readonly number[])[];
}

function respond(analysis: Analysis, held: readonly number[]): SurfaceResponse | null {
  const { solution } = analysis.best();
  const free = solution.free.slice();
  for (const i of held) free[i] = 1;
  analysis.evaluator.setDataset(analysis.observed.dataset);
  const columns = held.map((i) => linearResponse(analysis.objective, solution.x, free, i));
  const [first, second] = columns;
  if (first == null || second === null) return null;
  if (second === undefined)
    return { directions: [first.direction], covariance: [[first.variance]] };
  const [a, b] = [first.variance, second.variance];
  const c = (first.direction[held[1] as number] as number) * a;
  const determinant = a * b - c * c;
  if (!(determinant > 1e-12 * a * b)) return null;
  const combine = (x: Float64Array, p: number, y: Float64Array, q: number): Float64Array =>
    x.map((v, i) => (p * v - q * (y[i] as number)) / determinant);
  return {
    directions: [
      combine(first.direction, a * b, second.direction, b * c),
      combine(second.direction, a * b, first.direction, a * c),
    ],
    covariance: [
      [a, c],
      [c, b],
    ],
  };
}
