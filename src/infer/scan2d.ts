/**
 * Profile likelihood over two parameters: a grid, and traced contours.
 *
 * Contours are vertices on the level, solved along rays from the best fit in coordinates in which the curve of a parabola
 * is a circle. The grid shows whether that is all: where it disagrees, contours are followed through the grid, with
 * vertices solved on its edges.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { ln } from "../math/logarithm.ts";
import { normalUpperQuantile } from "../math/normal.ts";
import {
  type Analysis,
  analyse,
  type ProcedureOptions,
  type ProcedureSummary,
} from "./analysis.ts";
import { gridValues, requireGrid } from "./cls-grid.ts";
import {
  type Contour,
  type Frame,
  frameOf,
  type GridValues,
  traceOnGrid,
  traceRays,
} from "./contour.ts";
import type { FitTarget } from "./fit.ts";
import { parameterIndex } from "./fit-setup.ts";
import { defaultRange, requireScannable, requireWithin, varianceOf } from "./scan.ts";
import type { Steps } from "./steps.ts";
import { openSurface, type Place, type Surface } from "./surface.ts";

/** One axis of the grid. */
export interface ScanAxis {
  readonly parameter: string;
  /** Default: three standard deviations around the best fit, inside the bounds. */
  readonly start?: number;
  readonly stop?: number;
  /** Default 21. */
  readonly points?: number;
}

export interface ProfileScan2dOptions extends ProcedureOptions {
  readonly x: ScanAxis;
  readonly y: ScanAxis;
  /** Confidence levels of the contours, between 0 and 1. Default 0.6827 (one standard deviation) and 0.95. */
  readonly levels?: readonly number[];
  /**
   * Degrees of freedom of the levels: 2 (default) for regions of both parameters together, 1 for contours whose extent
   * along an axis is that parameter's interval.
   */
  readonly dof?: 1 | 2;
}

/** The contours of one level. */
export interface ContourLevel {
  readonly confidence: number;
  /** 2 Delta NLL on the contour. */
  readonly level: number;
  /** The one around the best fit first; empty when interrupted. */
  readonly contours: readonly Contour[];
}

export interface ProfileScan2dResult extends ProcedureSummary {
  readonly x: AxisValues;
  readonly y: AxisValues;
  readonly nllHat: number;
  /** `[ny][nx]` 2 (NLL - NLL of the best fit); null where interrupted. */
  readonly twiceDeltaNll: GridValues;
  readonly dof: 1 | 2;
  readonly levels: readonly ContourLevel[];
}

/** An axis as it was scanned. */
export interface AxisValues {
  readonly parameter: string;
  readonly index: number;
  readonly bestfit: number;
  readonly values: readonly number[];
}

/** One standard deviation of a normal variable. */
const ONE_SIGMA = 0.6826894921370859;
const DEFAULT_POINTS = 21;
const MAX_GRID = 1_000_000;

/**
 * Scans two parameters.
 *
 * @throws NextstatError `usage` for parameters that do not exist, are one and the same, fixed or without effect in the
 * chosen regions, a grid that is none, values outside the bounds, levels outside (0, 1)
 */
export function* profileScan2dSteps(
  target: FitTarget,
  options: ProfileScan2dOptions,
): Steps<ProfileScan2dResult> {
  const { resolved } = target;
  const axes = [options.x, options.y];
  const held = axes.map(({ parameter }) => parameterIndex(resolved, parameter));
  if (held[0] === held[1]) {
    throw new NextstatError("usage", `both axes are "${options.x.parameter}"`, {
      hint: "name two parameters",
    });
  }
  for (const { start, stop, points } of axes) {
    requireGrid({
      start: start ?? (stop ?? 1) - 1,
      stop: stop ?? (start ?? 0) + 1,
      points: points ?? DEFAULT_POINTS,
    });
  }
  const size = axes.reduce((n, { points }) => n * (points ?? DEFAULT_POINTS), 1);
  if (size > MAX_GRID) {
    throw new NextstatError("usage", `a grid of ${size} points`, {
      hint: `take at most ${MAX_GRID} in all`,
    });
  }
  const dof = options.dof ?? 2;
  const levels = (options.levels ?? [ONE_SIGMA, 0.95]).map((confidence) => ({
    confidence,
    level: levelOf(confidence, dof),
  }));
  return yield* analyse(target, options, true, (analysis) =>
    scan(analysis, held as [number, number], axes, levels, dof),
  );
}

/** The quantile of chi-squared with 1 or 2 degrees of freedom. */
function levelOf(confidence: number, dof: number): number {
  if (!(confidence > 0 && confidence < 1)) {
    throw new NextstatError("usage", `the level ${confidence} is not between 0 and 1`, {
      hint: "0.95 is 95 %",
    });
  }
  if (dof === 2) return -2 * ln(1 - confidence);
  if (dof === 1) return normalUpperQuantile((1 - confidence) / 2) ** 2;
  throw new NextstatError("usage", `levels with ${dof} degrees of freedom`, {
    hint: "choose 1 or 2",
  });
}

type Level = Pick<ContourLevel, "confidence" | "level">;

function* scan(
  analysis: Analysis,
  held: readonly [number, number],
  asked: readonly ScanAxis[],
  levels: readonly Level[],
  dof: 1 | 2,
): Steps<ProfileScan2dResult> {
  for (const index of held) requireScannable(analysis, index);
  const surface = openSurface(analysis, held);
  const axes = held.map((index, k): AxisValues => {
    const variance = varianceOf(analysis, index, surface.covariance?.[k]?.[k]);
    const [low, high] = defaultRange(analysis, index, variance);
    const { parameter, start, stop, points } = asked[k] as ScanAxis;
    const grid = { start: start ?? low, stop: stop ?? high, points: points ?? DEFAULT_POINTS };
    requireGrid(grid);
    const values = gridValues(grid);
    requireWithin(analysis, index, values);
    return { parameter, index, bestfit: surface.origin[k] as number, values };
  });
  const [x, y] = axes as [AxisValues, AxisValues];
  const places = y.values.map((v) => x.values.map((u): Place => [u, v]));
  yield* surface.fit(
    places.flat().map((place) => ({ place, explore: analysis.explore })),
    "profile",
  );
  yield* surface.settle(neighbours(places));
  const grid = places.map((row) => row.map((place) => surface.twiceDelta(place)));
  const frame = frameOf(analysis, surface, held, [x.values, y.values]);
  const traced: ContourLevel[] = [];
  for (const { confidence, level } of levels) {
    const contours = yield* contoursOf(analysis, surface, frame, places, grid, level);
    traced.push({ confidence, level, contours });
  }
  return {
    x,
    y,
    nllHat: analysis.best().solution.value,
    twiceDeltaNll: grid,
    dof,
    levels: traced,
    ...analysis.summary(),
  };
}

function neighbours(places: readonly (readonly Place[])[]): (readonly [Place, Place])[] {
  return places.flatMap((row, j) =>
    row.flatMap((place, i) => {
      const right = row[i + 1];
      const above = places[j + 1]?.[i];
      return [right, above].flatMap((near): (readonly [Place, Place])[] =>
        near === undefined ? [] : [[place, near]],
      );
    }),
  );
}

/** The contour around the best fit, and the others that the grid shows. */
function* contoursOf(
  analysis: Analysis,
  surface: Surface,
  frame: Frame,
  places: readonly (readonly Place[])[],
  grid: GridValues,
  level: number,
): Steps<readonly Contour[]> {
  const rays = yield* traceRays(analysis, surface, frame, level);
  if (rays === null) return [];
  const { contour, missing, disagrees } = rays;
  if (missing > 0) {
    analysis.warn(
      `the contour at 2 Delta NLL = ${level.toPrecision(4)} was not found in ${missing} directions`,
    );
  }
  const outside = places.map((row, j) =>
    row.map((place, i) => disagrees(place, grid[j]?.[i] ?? null)),
  );
  if (!outside.flat().some((v) => v)) return [contour];
  const found = yield* traceOnGrid(analysis, surface, frame, places, grid, outside, level);
  if (found === null) return [contour];
  const { replaced, pieces } = found;
  if (!replaced && pieces.length === 0) return [contour];
  analysis.warn(
    replaced
      ? `the region at 2 Delta NLL = ${level.toPrecision(4)} is not star-shaped around the best fit: its contour follows the grid`
      : `the region at 2 Delta NLL = ${level.toPrecision(4)} has ${pieces.length + 1} pieces: the further ones follow the grid`,
  );
  return replaced ? pieces : [contour, ...pieces];
}
