/**
 * Upper limits of many workspaces as one record: the points of an exclusion plot.
 *
 * @module
 */

import type { ProcedureSummary } from "./analysis.ts";
import { N_SIGMA } from "./asymptotics.ts";
import type { ClsPoint, MuGrid } from "./cls-grid.ts";
import type { UpperLimitResult } from "./upper-limit.ts";

/** Where a mass point lies; what its numbers mean is written in `coordinateNames` of the scan. */
export type Coordinates = readonly (number | string)[];

/** What is known of a mass point before it is computed. */
export interface MassPointName {
  readonly label: string;
  /** Where its workspace comes from. Default unknown. */
  readonly workspace?: string;
  readonly coordinates?: Coordinates;
}

/** One mass point. */
export interface MassPoint {
  readonly index: number;
  readonly label: string;
  readonly workspace: string | null;
  readonly coordinates: Coordinates | null;
  readonly obsLimit: number | null;
  /** The five expected limits, ascending; null when not asked for. */
  readonly expLimits: readonly (number | null)[] | null;
  readonly muHat: number | null;
  readonly converged: boolean;
  /** CLs on the grid; null without one. */
  readonly points: readonly ClsPoint[] | null;
  readonly warnings: readonly string[];
  /** Why there are no numbers; null when there are. */
  readonly error: string | null;
}

/** Parallel lists of the mass points that have numbers. */
export interface ExclusionCurve {
  readonly labels: readonly string[];
  readonly coordinates: readonly (Coordinates | null)[];
  readonly obs: readonly (number | null)[];
  /** One list for each of the five expected limits, ascending; null when not asked for. */
  readonly exp: readonly (readonly (number | null)[])[] | null;
}

export interface MassScanResult extends ProcedureSummary {
  readonly alpha: number;
  readonly testStat: "q" | "qtilde";
  readonly nsigmaOrder: readonly number[];
  /** The grid on which CLs is given too. */
  readonly scan: MuGrid | null;
  readonly coordinateNames: readonly string[] | null;
  /** Mass points in `massPoints`: all, or those finished when the scan was interrupted. */
  readonly nMassPoints: number;
  readonly nConverged: number;
  readonly massPoints: readonly MassPoint[];
  readonly exclusion: ExclusionCurve;
}

/** How a mass point ended. */
export type MassPointOutcome =
  | { readonly limit: UpperLimitResult; readonly warnings: readonly string[] }
  | { readonly error: string };

/** A mass point and how it ended. */
export interface FinishedPoint {
  readonly index: number;
  readonly name: MassPointName;
  readonly outcome: MassPointOutcome;
}

/** What all mass points have in common. */
export interface MassScanPlan {
  readonly alpha: number;
  readonly testStat: "q" | "qtilde";
  readonly scan: MuGrid | null;
  readonly expected: boolean;
  readonly coordinateNames: readonly string[] | null;
}

/**
 * The record of a mass scan.
 *
 * @param finished in the order of their index
 * @param total number of mass points asked for
 */
export function massScanRecord(
  plan: MassScanPlan,
  finished: readonly FinishedPoint[],
  total: number,
): MassScanResult {
  const { alpha, testStat, scan, coordinateNames } = plan;
  const massPoints = finished.map((point) => massPoint(point, scan !== null));
  const limits = finished.flatMap(({ outcome }) => ("limit" in outcome ? [outcome.limit] : []));
  const sum = (key: "nFit" | "nGradient" | "nHessian"): number =>
    limits.reduce((total, limit) => total + limit[key], 0);
  const missing = total - finished.length;
  return {
    alpha,
    testStat,
    nsigmaOrder: [...N_SIGMA],
    scan,
    coordinateNames,
    nMassPoints: massPoints.length,
    nConverged: massPoints.filter(({ converged }) => converged).length,
    massPoints,
    exclusion: exclusionCurve(massPoints, plan.expected),
    converged: massPoints.every(({ converged }) => converged),
    partial: missing > 0,
    warnings: [
      ...jointWarnings(massPoints),
      ...(missing > 0
        ? [`interrupted before the end: ${missing} of ${total} mass points are missing`]
        : []),
    ],
    flags: [...new Set(limits.flatMap(({ flags }) => flags))],
    nFit: sum("nFit"),
    nGradient: sum("nGradient"),
    nHessian: sum("nHessian"),
  };
}

function massPoint({ index, name, outcome }: FinishedPoint, withGrid: boolean): MassPoint {
  const { label, workspace = null, coordinates = null } = name;
  const place = { index, label, workspace, coordinates };
  if ("error" in outcome) {
    return {
      ...place,
      obsLimit: null,
      expLimits: null,
      muHat: null,
      converged: false,
      points: null,
      warnings: [],
      error: outcome.error,
    };
  }
  const { obsLimit, expLimits, muHat, converged, points } = outcome.limit;
  return {
    ...place,
    obsLimit,
    expLimits,
    muHat,
    converged,
    points: withGrid ? points : null,
    warnings: outcome.warnings,
    error: null,
  };
}

function exclusionCurve(points: readonly MassPoint[], expected: boolean): ExclusionCurve {
  const drawn = points.filter(({ error }) => error === null);
  return {
    labels: drawn.map(({ label }) => label),
    coordinates: drawn.map(({ coordinates }) => coordinates),
    obs: drawn.map(({ obsLimit }) => obsLimit),
    exp: expected
      ? N_SIGMA.map((_, k) => drawn.map(({ expLimits }) => expLimits?.[k] ?? null))
      : null,
  };
}

/** Each warning once, with the mass points that have it. */
function jointWarnings(points: readonly MassPoint[]): string[] {
  const labels = new Map<string, string[]>();
  for (const { label, warnings, error } of points) {
    const texts = error === null ? warnings : [`no limits: ${error}`];
    for (const text of texts) labels.set(text, [...(labels.get(text) ?? []), label]);
  }
  return [...labels].map(([text, who]) => {
    if (who.length === points.length && points.length > 1) return `every mass point: ${text}`;
    const more = who.length > 5 ? ` and ${who.length - 5} more` : "";
    return `${who.slice(0, 5).join(", ")}${more}: ${text}`;
  });
}
