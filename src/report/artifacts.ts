/**
 * Results as files made to be plotted: parallel lists, and who made them. They are deterministic; the time is in them only
 * when it is given.
 *
 * @module
 */

import type { CorrelationResult } from "../infer/correlation.ts";
import type { RankingEntry, RankingResult } from "../infer/ranking.ts";

/** What an artifact says about its making. */
export interface ArtifactContext {
  /** Version of nextstat. Default unknown. */
  readonly version?: string;
  /** Milliseconds since 1970. Default 0, so that the same input gives the same bytes. */
  readonly createdUnixMs?: number;
  /** Threads that could be used; results do not depend on it. Default 1. */
  readonly threads?: number;
}

export interface ArtifactMeta {
  readonly tool: "nextstat";
  readonly toolVersion: string | null;
  readonly createdUnixMs: number;
  readonly parityMode: { readonly threads: number; readonly stableOrdering: true };
}

/** A ranking to be plotted. Lists are `[nReturned]`, the largest impact first. */
export interface RankingArtifact {
  readonly schemaVersion: "nextstat_ranking_v0";
  readonly meta: ArtifactMeta;
  readonly poi: string;
  /** The definition of `deltaMuUp` and `deltaMuDown`; the entries have all three. */
  readonly impact: string;
  readonly muHat: number;
  readonly names: readonly string[];
  readonly deltaMuUp: readonly (number | null)[];
  readonly deltaMuDown: readonly (number | null)[];
  readonly pull: readonly (number | null)[];
  readonly constraint: readonly (number | null)[];
  readonly entries: readonly RankingEntry[];
  readonly nTotal: number;
  readonly nReturned: number;
}

/** Correlations to be plotted; null where the Hessian is singular. */
export interface CorrelationArtifact {
  readonly schemaVersion: "trex_report_corr_v0";
  readonly meta: ArtifactMeta;
  readonly parameterNames: readonly string[];
  readonly corr: readonly (readonly number[])[] | null;
  /** Only when it was asked for. */
  readonly covariance?: readonly (readonly number[])[];
}

export function describeRanking(
  result: RankingResult,
  context: ArtifactContext = {},
): RankingArtifact {
  const { poi, impact, muHat, entries, nTotal, nReturned } = result;
  return {
    schemaVersion: "nextstat_ranking_v0",
    meta: metaOf(context),
    poi,
    impact,
    muHat,
    names: entries.map((e) => e.name),
    deltaMuUp: entries.map((e) => e.deltaMuUp),
    deltaMuDown: entries.map((e) => e.deltaMuDown),
    pull: entries.map((e) => e.pull),
    constraint: entries.map((e) => e.constraint),
    entries,
    nTotal,
    nReturned,
  };
}

export function describeCorrelation(
  { names, matrix, covariance }: CorrelationResult,
  context: ArtifactContext = {},
): CorrelationArtifact {
  return {
    schemaVersion: "trex_report_corr_v0",
    meta: metaOf(context),
    parameterNames: names,
    corr: matrix,
    ...(covariance === null ? {} : { covariance }),
  };
}

function metaOf({ version, createdUnixMs, threads }: ArtifactContext): ArtifactMeta {
  return {
    tool: "nextstat",
    toolVersion: version ?? null,
    createdUnixMs: createdUnixMs ?? 0,
    parityMode: { threads: threads ?? 1, stableOrdering: true },
  };
}
