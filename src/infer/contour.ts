/**
 * Contours of a profile over two parameters: along rays from the best fit, and along the cells of a grid.
 *
 * @module
 */

import type { Analysis } from "./analysis.ts";
import type { Crossing, CrossingTask } from "./crossing.ts";
import type { Steps } from "./steps.ts";
import { type Line, type Place, placeOn, type Surface } from "./surface.ts";

/** `[ny][nx]` 2 Delta NLL; null where there is no fit. */
export type GridValues = readonly (readonly (number | null)[])[];

export interface ContourVertex {
  readonly x: number;
  readonly y: number;
  /** Not on the level: a bound of a parameter, or for `grid` the edge of the grid, comes first. */
  readonly clipped: boolean;
}

/** A polygon; its last vertex is joined to its first. */
export interface Contour {
  /** How it was found: along rays from the best fit, or along the grid's cells. */
  readonly method: "rays" | "grid";
  /** Counter-clockwise; clockwise around a hole. */
  readonly vertices: readonly ContourVertex[];
  /** In units of both parameters; negative for a hole. */
  readonly area: number;
  /** Whether no vertex is clipped. */
  readonly closed: boolean;
}

/** Coordinates in which the profile of a parabola is a circle: place = origin + factor (u, v). */
export interface Frame {
  readonly held: readonly [number, number];
  readonly origin: Place;
  /** Cholesky factor of the covariance: [xx, yx, yy]. */
  readonly factor: readonly [number, number, number];
}

const RAYS = 64;
/** In radians: where the polygon turns by more, rays are added. A polygon of 64 rays around a circle turns by 0.1. */
const MAX_TURN = 0.15;
const MAX_ROUNDS = 5;
const MAX_RAYS = 1024;
/** In standard deviations: shorter sides of the polygon are not divided. */
const SHORT = 0.01;
/** Of the level; of the distance, and in standard deviations: a grid that is off by less does not disagree. */
const SLACK = 0.05;
/** In radians. */
const ASIDE = 1e-3;

/** @param axes values of both axes: the frame where the data do not constrain the parameters */
export function frameOf(
  analysis: Analysis,
  surface: Surface,
  held: readonly [number, number],
  axes: readonly (readonly number[])[],
): Frame {
  const exact = analysis.best().covariance;
  const n = analysis.resolved.parameters.length;
  const { lower, upper } = analysis.setup.box;
  const widths = held.map((i) => (upper[i] as number) - (lower[i] as number));
  const block = held.map((i) => held.map((j) => exact?.[i * n + j] ?? 0));
  for (const covariance of [block, surface.covariance]) {
    const [a, b, c] = [
      covariance?.[0]?.[0] ?? 0,
      covariance?.[1]?.[1] ?? 0,
      covariance?.[0]?.[1] ?? 0,
    ];
    const isWide = [a, b].some((v, k) => Math.sqrt(v) > (widths[k] as number));
    if (a > 0 && b * a - c * c > 1e-12 * a * b && !isWide) {
      const root = Math.sqrt(a);
      return { held, origin: surface.origin, factor: [root, c / root, Math.sqrt(b - (c * c) / a)] };
    }
  }
  const [width, height] = axes.map((v) => ((v.at(-1) as number) - (v[0] as number)) / 6);
  return { held, origin: surface.origin, factor: [width as number, 0, height as number] };
}

interface Ray {
  readonly angle: number;
  readonly length: number;
  readonly vertex: ContourVertex;
}

/** The contour around the best fit, and how to ask whether a point of the grid agrees with it. */
interface RayContour {
  readonly contour: Contour;
  /** Directions in which no vertex was found. */
  readonly missing: number;
  /** Whether a place lies clearly on the other side of the contour than its value says. */
  readonly disagrees: (place: Place, twiceDelta: number | null) => boolean;
}

/** @returns null when interrupted */
export function* traceRays(
  analysis: Analysis,
  surface: Surface,
  frame: Frame,
  level: number,
): Steps<RayContour | null> {
  const rays: Ray[] = [];
  let missing = 0;
  let angles = firstAngles(analysis, frame);
  for (let round = 0; round <= MAX_ROUNDS && angles.length > 0; round++) {
    const searches = angles.map((angle) => rayAt(analysis, frame, angle, level));
    const found = yield* surface.cross(searches, "contours");
    if (found.includes(null)) return null;
    found.forEach((crossing, k) => {
      const { line, task } = searches[k] as (typeof searches)[number];
      const { at, clipped } = endOf(crossing as Crossing, task.bound);
      if (at === null) {
        missing++;
        return;
      }
      const [x, y] = placeOn(line, at, frame.held, analysis) as [number, number];
      rays.push({ angle: angles[k] as number, length: at, vertex: { x, y, clipped } });
    });
    rays.sort((a, b) => a.angle - b.angle);
    angles = rays.length < MAX_RAYS ? anglesBetween(rays) : [];
  }
  const contour = contourOf(
    "rays",
    rays.map(({ vertex }) => vertex),
  );
  return {
    contour,
    missing,
    disagrees: (place, twiceDelta) => {
      if (twiceDelta === null || rays.length < RAYS / 2) return false;
      if (Math.abs(twiceDelta - level) < SLACK * level) return false;
      const [u, v] = inFrame(frame, place);
      const length = Math.hypot(u, v);
      // Along a bound the contour's length jumps.
      const edges = [-ASIDE, ASIDE].map((turn) => lengthAt(rays, Math.atan2(v, u) + turn));
      if (twiceDelta < level) {
        const far = Math.max(...edges);
        return length > far + SLACK * (1 + far);
      }
      const near = Math.min(...edges);
      return length < near - SLACK * (1 + near);
    },
  };
}

/** How far it is at an angle from the best fit to the polygon. */
function lengthAt(rays: readonly Ray[], angle: number): number {
  const at = rays.findIndex((ray) => ray.angle > angle);
  const next = rays[Math.max(at, 0)] as Ray;
  const before = rays.at(at < 0 ? -1 : at - 1) as Ray;
  // The sine rule in the triangle of the best fit and the two vertices.
  const across = next.length * Math.sin(next.angle - angle);
  const back = before.length * Math.sin(angle - before.angle);
  const whole = before.length * next.length * Math.sin(next.angle - before.angle);
  return across + back > 0 ? whole / (across + back) : before.length;
}

function endOf(
  crossing: Crossing,
  bound: number,
): { readonly at: number | null; readonly clipped: boolean } {
  if (crossing.at !== null) return { at: crossing.at, clipped: false };
  return crossing.atBound ? { at: bound, clipped: true } : { at: null, clipped: false };
}

/** Evenly spread, and to the corners of the box; along its sides where the best fit lies on one. */
function firstAngles(analysis: Analysis, frame: Frame): number[] {
  const { lower, upper } = analysis.setup.box;
  const [i, j] = frame.held;
  const [x, y] = frame.origin as [number, number];
  const [left, right] = [lower[i] as number, upper[i] as number];
  const [bottom, top] = [lower[j] as number, upper[j] as number];
  const special: Place[] = [
    [left, bottom],
    [right, bottom],
    [right, top],
    [left, top],
  ];
  if (x === left || x === right) special.push([x, bottom], [x, top]);
  if (y === bottom || y === top) special.push([left, y], [right, y]);
  const even = Array.from({ length: RAYS }, (_, k) => (2 * Math.PI * k) / RAYS - Math.PI);
  const towards = special.map((place) => {
    const [u, v] = inFrame(frame, place);
    return Math.atan2(v, u);
  });
  return [...new Set([...even, ...towards])];
}

/** Angles that halve the sides at vertices where the polygon turns too much. */
function anglesBetween(rays: readonly Ray[]): number[] {
  const at = (k: number): { ray: Ray; u: number; v: number } => {
    const ray = rays[(k + rays.length) % rays.length] as Ray;
    return { ray, u: ray.length * Math.cos(ray.angle), v: ray.length * Math.sin(ray.angle) };
  };
  const divided = new Set<number>();
  rays.forEach((_, k) => {
    const [a, b, c] = [at(k - 1), at(k), at(k + 1)];
    const before = Math.atan2(b.v - a.v, b.u - a.u);
    const after = Math.atan2(c.v - b.v, c.u - b.u);
    const turn = Math.abs(((after - before + 5 * Math.PI) % (2 * Math.PI)) - Math.PI);
    if (turn < MAX_TURN) return;
    for (const [side, p, q] of [
      [k - 1, a, b],
      [k, b, c],
    ] as const) {
      const straight = p.ray.vertex.clipped && q.ray.vertex.clipped;
      if (!straight && Math.hypot(q.u - p.u, q.v - p.v) > SHORT) {
        divided.add((side + rays.length) % rays.length);
      }
    }
  });
  return [...divided].flatMap((k) => {
    const from = at(k).ray.angle;
    const gap = (at(k + 1).ray.angle - from + 2 * Math.PI) % (2 * Math.PI);
    const middle = from + gap / 2;
    return gap > 1e-6 ? [middle > Math.PI ? middle - 2 * Math.PI : middle] : [];
  });
}

/** A ray from the best fit to the edge of the box. */
function rayAt(
  analysis: Analysis,
  frame: Frame,
  angle: number,
  level: number,
): { readonly line: Line; readonly task: CrossingTask } {
  const { lower, upper } = analysis.setup.box;
  const { solution } = analysis.best();
  const [xx, yx, yy] = frame.factor;
  const [u, v] = [Math.cos(angle), Math.sin(angle)];
  const along = [xx * u, yx * u + yy * v];
  const widths = [xx, Math.hypot(yx, yy)];
  // A ray along a side of the box must not leave it by rounding.
  const direction = along.map((d, k) => (Math.abs(d) < 1e-12 * (widths[k] as number) ? 0 : d));
  const bound = direction.reduce((reach, d, k) => {
    if (d === 0) return reach;
    const i = frame.held[k] as number;
    const edge = (d > 0 ? upper[i] : lower[i]) as number;
    return Math.min(reach, (edge - (frame.origin[k] as number)) / d);
  }, Number.POSITIVE_INFINITY);
  return {
    line: { start: frame.origin, direction },
    task: {
      origin: 0,
      x: solution.x,
      nll: solution.value,
      sign: 1,
      bound,
      up: level / 2,
      sigma: 1,
    },
  };
}

function inFrame({ origin, factor }: Frame, place: Place): [number, number] {
  const [xx, yx, yy] = factor;
  const u = ((place[0] as number) - (origin[0] as number)) / xx;
  return [u, ((place[1] as number) - (origin[1] as number) - yx * u) / yy];
}

function contourOf(method: Contour["method"], all: readonly ContourVertex[]): Contour {
  const vertices = all.filter(({ x, y }, k) => {
    const before = all.at(k - 1);
    return all.length === 1 || before?.x !== x || before?.y !== y;
  });
  const twice = vertices.reduce((sum, { x, y }, k) => {
    const next = vertices[(k + 1) % vertices.length] as ContourVertex;
    return sum + x * next.y - next.x * y;
  }, 0);
  return { method, vertices, area: twice / 2, closed: vertices.every(({ clipped }) => !clipped) };
}

/** What the grid shows besides the contour along rays. */
interface GridContours {
  /** Whether `pieces` has the region around the best fit too, because rays do not describe it. */
  readonly replaced: boolean;
  readonly pieces: readonly Contour[];
}

/**
 * Follows the borders of the regions on the grid that the rays missed.
 *
 * @param outside `[ny][nx]` where the grid disagrees with the rays
 * @returns null when interrupted
 */
export function* traceOnGrid(
  analysis: Analysis,
  surface: Surface,
  frame: Frame,
  places: readonly (readonly Place[])[],
  grid: GridValues,
  outside: readonly (readonly boolean[])[],
  level: number,
): Steps<GridContours | null> {
  const regions = regionsOf(grid, level);
  const isWrong = ([i, j]: Node): boolean => outside[j]?.[i] === true;
  const mixed = regions.filter((r) => r.some(isWrong) && !r.every(isWrong));
  const hole = outside.some((row, j) =>
    row.some((wrong, i) => wrong && (grid[j]?.[i] as number) >= level),
  );
  const replaced = mixed.length > 0 || hole;
  const first = replaced ? regions.filter((r) => !r.every(isWrong)) : [];
  const further = regions.filter((r) => r.every(isWrong));
  const rings = [...first, ...further].flatMap(ringsAround);
  const edges = rings.flat();
  const { solution } = analysis.best();
  const placeOf = ([i, j]: Node): Place => places[j]?.[i] as Place;
  const searches = edges.flatMap(({ inner, outer }, k) => {
    const value = valueAt(grid, outer);
    if (value === null) return [];
    const [from, to] = [placeOf(inner), placeOf(outer)];
    const [a, b] = [Math.sqrt(valueAt(grid, inner) as number), Math.sqrt(value)];
    const task: CrossingTask = {
      origin: 0,
      x: surface.at(from)?.x ?? solution.x,
      nll: solution.value,
      sign: 1,
      bound: 1,
      up: level / 2,
      sigma: 1,
      bracket: { inner: 0, outer: 1, first: (Math.sqrt(level) - a) / (b - a) },
    };
    const line = { start: from, direction: to.map((v, c) => v - (from[c] as number)) };
    return [{ k, line, task }];
  });
  const found = yield* surface.cross(searches, "contours on the grid");
  if (found.includes(null)) return null;
  const vertices = edges.map(({ inner }): ContourVertex => {
    const [x, y] = placeOf(inner) as [number, number];
    return { x, y, clipped: true };
  });
  searches.forEach(({ k, line }, s) => {
    const { at } = found[s] as Crossing;
    if (at === null) return;
    const [x, y] = placeOn(line, at, frame.held, analysis) as [number, number];
    vertices[k] = { x, y, clipped: false };
  });
  let from = 0;
  const pieces = rings.map((ring) => {
    from += ring.length;
    return contourOf("grid", vertices.slice(from - ring.length, from));
  });
  return { replaced, pieces: pieces.filter((p) => p.vertices.length > 2) };
}

/** A point of the grid: column and row. */
type Node = readonly [number, number];

/** A step from a point below the level to a neighbour that is not. */
interface Edge {
  readonly inner: Node;
  readonly outer: Node;
}

function valueAt(grid: GridValues, [i, j]: Node): number | null {
  return grid[j]?.[i] ?? null;
}

const STEPS: readonly Node[] = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
];

/** Points below the level, those connected along the grid together. */
function regionsOf(grid: GridValues, level: number): Node[][] {
  const seen = new Set<string>();
  const isBelow = (node: Node): boolean => {
    const value = valueAt(grid, node);
    return value !== null && value < level;
  };
  return grid.flatMap((row, j) =>
    row.flatMap((_, i) => {
      const start: Node = [i, j];
      if (seen.has(String(start)) || !isBelow(start)) return [];
      const region: Node[] = [start];
      seen.add(String(start));
      for (const [a, b] of region) {
        for (const [da, db] of STEPS) {
          const next: Node = [a + da, b + db];
          if (seen.has(String(next)) || !isBelow(next)) continue;
          seen.add(String(next));
          region.push(next);
        }
      }
      return [region];
    }),
  );
}

/**
 * The borders of a region as closed sequences of edges, the region on the left (marching squares: in every cell, each run
 * of corners inside is cut off by one segment).
 */
function ringsAround(region: readonly Node[]): Edge[][] {
  const inside = new Set(region.map(String));
  const next = new Map<string, Edge>();
  const edges = new Map<string, Edge>();
  const keyOf = ({ inner, outer }: Edge): string => `${inner};${outer}`;
  const cells = new Map(
    region.flatMap(([i, j]) =>
      [0, 1].flatMap((a) => [0, 1].map((b) => [`${i - a},${j - b}`, [i - a, j - b] as Node])),
    ),
  );
  for (const [i, j] of cells.values()) {
    const corners: Node[] = [
      [i, j],
      [i + 1, j],
      [i + 1, j + 1],
      [i, j + 1],
    ];
    const isIn = (k: number): boolean => inside.has(String(corners[(k + 4) % 4]));
    const corner = (k: number): Node => corners[(k + 4) % 4] as Node;
    for (let k = 0; k < 4; k++) {
      if (!isIn(k) || isIn(k + 1)) continue;
      let first = k;
      while (isIn(first - 1)) first--;
      const leave: Edge = { inner: corner(k), outer: corner(k + 1) };
      edges.set(keyOf(leave), leave);
      next.set(keyOf(leave), { inner: corner(first), outer: corner(first - 1) });
    }
  }
  const rings: Edge[][] = [];
  while (edges.size > 0) {
    const ring: Edge[] = [];
    let edge = edges.values().next().value as Edge | undefined;
    while (edge !== undefined && edges.delete(keyOf(edge))) {
      ring.push(edge);
      edge = next.get(keyOf(edge));
    }
    rings.push(ring);
  }
  return rings;
}
