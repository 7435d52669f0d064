/**
 * nextstat: HistFactory likelihoods, and what a physicist publishes from them.
 *
 * ```ts
 * import { fromPyhf, fit } from "nextstat";
 *
 * const model = fromPyhf(workspaceText);
 * const result = fit(model);
 * console.log(result.bestfit[model.poiIndex() ?? 0], result.converged);
 * ```
 *
 * The same code runs in Node and in browsers.
 *
 * @module
 */

import type { Model } from "./histfactory-model.ts";
import type { ProcedureOptions } from "./infer/analysis.ts";
import type { MuGrid } from "./infer/cls-grid.ts";
import {
  type CorrelationOptions,
  type CorrelationResult,
  correlationSteps,
} from "./infer/correlation.ts";
import { fitModel } from "./infer/fit.ts";
import type { FitOptions, FitResult } from "./infer/fit-result.ts";
import { type GoodnessOfFitResult, goodnessOfFitSteps } from "./infer/goodness-of-fit.ts";
import {
  type HypotestOptions,
  type HypotestResult,
  hypotestSteps,
  type SignificanceResult,
  significanceSteps,
} from "./infer/hypotest.ts";
import {
  type HypotestToysOptions,
  type HypotestToysResult,
  hypotestToysSteps,
} from "./infer/hypotest-toys.ts";
import { type ImpactsOptions, type ImpactsResult, impactsSteps } from "./infer/impacts.ts";
import { type RankingOptions, type RankingResult, rankingSteps } from "./infer/ranking.ts";
import { type ProfileScanOptions, type ProfileScanResult, profileScanSteps } from "./infer/scan.ts";
import {
  type ProfileScan2dOptions,
  type ProfileScan2dResult,
  profileScan2dSteps,
} from "./infer/scan2d.ts";
import { runSteps } from "./infer/steps.ts";
import {
  type UpperLimitOptions,
  type UpperLimitResult,
  upperLimitSteps,
} from "./infer/upper-limit.ts";
import {
  limitHere,
  type MassPointSource,
  type MassScanOptions,
  type MassScanResult,
  runMassScan,
} from "./parallel/mass-scan.ts";
import { type Procedure, type RunOptions, runStepsAsync } from "./parallel/run-steps.ts";
import { describeRanking, type RankingArtifact } from "./report/artifacts.ts";

export {
  type Converted,
  type ConvertOptions,
  convert,
  type ToHs3Options,
  toHs3,
} from "./conversions.ts";
export { type ErrorKind, type ErrorLocation, NextstatError } from "./errors.ts";
export {
  type ArrayColumn,
  type ByteSource,
  blobSource,
  bytesSource,
  type ChunkOptions,
  type Codecs,
  type Column,
  type ConversionEntry,
  type ConversionReport,
  checkDocument,
  type Decompressor,
  type DigestAlgorithm,
  type DocumentKind,
  type EntryRange,
  entriesOf,
  type FormatName,
  type HistFactoryFiles,
  type HistFactoryOptions,
  type Histogram,
  type HistogramAxis,
  type HistogramToWrite,
  type Hs3Options,
  type Hs3Source,
  type ListColumn,
  type NumberColumn,
  type NumericArray,
  type NumericType,
  type OpenRootOptions,
  openRoot,
  type ParameterPoint,
  type PatchInput,
  type ReadOptions,
  type RecordColumn,
  type RootEntry,
  type RootFile,
  type RootTable,
  type StringColumn,
  type TableChunk,
  type TableColumn,
  urlSource,
  type WrittenHistFactory,
  writeRoot,
} from "./formats/index.ts";
export {
  type FromHs3Options,
  type FromPyhfOptions,
  type FromWorkspaceOptions,
  fromHs3,
  fromPyhf,
  fromWorkspace,
  type Model,
} from "./histfactory-model.ts";
export {
  type FromHistFactoryOptions,
  fromHistFactory,
  type ToHistFactoryOptions,
  toHistFactory,
} from "./histfactory-xml.ts";
export type { ProcedureOptions, ProcedureSummary } from "./infer/analysis.ts";
export type { BaseDistribution, TestStatistic } from "./infer/asymptotics.ts";
export type { ClsPoint, MuGrid } from "./infer/cls-grid.ts";
export type { Contour, ContourVertex } from "./infer/contour.ts";
export type { CorrelationOptions, CorrelationResult } from "./infer/correlation.ts";
export type {
  ActiveBound,
  Certificate,
  FitOptions,
  FitResult,
  MinosInterval,
  OtherMinimum,
} from "./infer/fit-result.ts";
export type { ChannelDeviance, GoodnessOfFitResult } from "./infer/goodness-of-fit.ts";
export type { Grouping, GroupingPolicy } from "./infer/groups.ts";
export type {
  ExpectedSet,
  HypotestOptions,
  HypotestResult,
  SignificanceResult,
} from "./infer/hypotest.ts";
export type {
  HypotestToysOptions,
  HypotestToysResult,
  PerHypothesis,
} from "./infer/hypotest-toys.ts";
export type { GroupImpact, ImpactsOptions, ImpactsResult } from "./infer/impacts.ts";
export type {
  Coordinates,
  ExclusionCurve,
  MassPoint,
  MassScanResult,
} from "./infer/mass-scan.ts";
export type {
  Impact,
  ImpactDefinition,
  RankingEntry,
  RankingOptions,
  RankingResult,
} from "./infer/ranking.ts";
export type {
  LikelihoodInterval,
  ProfileScanOptions,
  ProfileScanResult,
  ScanPoint,
} from "./infer/scan.ts";
export type {
  AxisValues,
  ContourLevel,
  ProfileScan2dOptions,
  ProfileScan2dResult,
  ScanAxis,
} from "./infer/scan2d.ts";
export type { PEstimator } from "./infer/toy-tails.ts";
export type {
  UpperLimitOptions,
  UpperLimitResult,
} from "./infer/upper-limit.ts";
export type { MassPointSource, MassScanOptions } from "./parallel/mass-scan.ts";
export type { Procedure, RunOptions } from "./parallel/run-steps.ts";
export { procedures } from "./procedures.ts";
export type { ArtifactMeta, RankingArtifact } from "./report/artifacts.ts";
export { type AuditRecord, audit } from "./report/audit.ts";
export type { ConstraintName, InspectRecord } from "./report/inspect.ts";
export {
  buildMetrics,
  fitMetrics,
  type MetricsContext,
  type MetricsDocument,
  type MetricValues,
  metricsToWandbRow,
} from "./report/metrics.ts";
export type { CombineOptions } from "./workspace/combine.ts";
export type { Join } from "./workspace/join.ts";
export type {
  Preprocessed,
  SideChange,
  VariationChange,
  VariationSelection,
} from "./workspace/preprocess/changes.ts";
export type {
  Pruned,
  PrunedModifier,
  PruneMode,
  PruneSystematicsOptions,
} from "./workspace/preprocess/prune.ts";
export type { SmoothMethod, SmoothOptions } from "./workspace/preprocess/smooth.ts";
export type {
  NegativePolicy,
  SymmetriseMethod,
  SymmetriseOptions,
} from "./workspace/preprocess/symmetrise.ts";
export type { PruneOptions } from "./workspace/prune.ts";
export type { RenameOptions, Renaming } from "./workspace/rename.ts";
export type { Workspace } from "./workspace/types.ts";
export {
  combine,
  inspect,
  pruneSystematics,
  pruneWorkspace,
  renameWorkspace,
  smooth,
  sortWorkspace,
  symmetrise,
  type WarningListener,
  workspaceDigest,
} from "./workspace-operations.ts";

/**
 * Maximum-likelihood fit with a certificate: the lowest minimum found, uncertainties from the exact Hessian, other minima
 * if there are any.
 *
 * ```ts
 * const free = fit(model);
 * const background = fit(model, { fixedParams: { mu: 0 } });
 * const q0 = 2 * (background.nll - free.nll);
 * ```
 *
 * @throws NextstatError `usage` for names that do not exist and values outside bounds; never for a fit that fails to
 * converge, which is a result with `converged: false` and a warning
 */
export function fit(model: Model, options: FitOptions = {}): FitResult {
  return fitModel(model, options);
}

/**
 * Asymptotic test of one signal strength.
 *
 * ```ts
 * const { cls, expectedSet } = hypotest(model, 1, { expectedSet: true });
 * ```
 *
 * @param muTest the strength, inside the bounds of the parameter of interest
 * @throws NextstatError `usage` for a model without POI, a strength outside the bounds, names that do not exist
 */
export function hypotest(
  model: Model,
  muTest: number,
  options: HypotestOptions = {},
): HypotestResult {
  return runSteps(hypotestSteps(model, muTest, options), model.evaluator);
}

/**
 * Test of one signal strength with toys. The same seed gives the same record, whoever makes the toys.
 *
 * ```ts
 * const { cls, clsError } = hypotestToys(model, 1, { nToys: 10000, seed: 42 });
 * ```
 *
 * @param muTest the strength, inside the bounds of the parameter of interest
 * @throws NextstatError `usage` for a model without POI, a strength outside the bounds, bounds that leave out 0, a number of
 * toys or a seed that is none, names that do not exist
 */
export function hypotestToys(
  model: Model,
  muTest: number,
  options: HypotestToysOptions = {},
): HypotestToysResult {
  return runSteps(hypotestToysSteps(model, muTest, options), model.evaluator);
}

/**
 * Discovery significance: observed, and expected for a signal strength of 1.
 *
 * @throws NextstatError `usage` for a model without POI, or when 0 or 1 is outside its bounds
 */
export function significance(model: Model, options: ProcedureOptions = {}): SignificanceResult {
  return runSteps(significanceSteps(model, options), model.evaluator);
}

/**
 * Upper limit on the parameter of interest by CLs, observed and expected.
 *
 * ```ts
 * const { obsLimit, expLimits } = upperLimit(model);
 * ```
 *
 * @throws NextstatError `usage` for a model without POI, an alpha outside (0, 0.5), a grid that is none
 */
export function upperLimit(model: Model, options: UpperLimitOptions = {}): UpperLimitResult {
  return runSteps(upperLimitSteps(model, options), model.evaluator);
}

/**
 * CLs on a grid, and the upper limits, solved for rather than interpolated: what a plot of CLs shows.
 *
 * @throws NextstatError as {@link upperLimit}
 */
export function clsCurve(
  model: Model,
  grid: MuGrid,
  options: Omit<UpperLimitOptions, "scan" | "grid"> = {},
): UpperLimitResult {
  return upperLimit(model, { ...options, grid });
}

/**
 * Upper limits of many workspaces: the points of an exclusion plot. A workspace that cannot be computed has its error in
 * its entry, and does not stop the others.
 *
 * ```ts
 * const points = texts.map(({ label, text }) => ({ label, open: () => fromPyhf(text) }));
 * const { massPoints, exclusion } = await massScan(points);
 * ```
 *
 * @throws NextstatError `usage` for options that make no sense whatever the workspace
 */
export async function massScan(
  points: readonly MassPointSource[],
  options: MassScanOptions = {},
  run: RunOptions = {},
): Promise<MassScanResult> {
  return await runMassScan(points, options, limitHere, 1, run);
}

/**
 * Runs a procedure on this thread without keeping the event loop waiting, so that it can be watched and stopped. The record
 * is the same as that of the function of its name.
 *
 * ```ts
 * const limits = await runAsync(model, procedures.upperLimit(model), { signal, onProgress });
 * ```
 */
export async function runAsync<R>(
  model: Model,
  procedure: Procedure<R>,
  options: RunOptions = {},
): Promise<R> {
  return await runStepsAsync(procedure, model.evaluator, options);
}

/**
 * Profile likelihood along one parameter: the curve, and the 68 % and 95 % intervals solved from it.
 *
 * ```ts
 * const { points, ci68 } = profileScan(model, [0, 0.5, 1, 1.5, 2]);
 * const jes = profileScan(model, { parameter: "alpha_jes", points: 41 });
 * ```
 *
 * @param values the values of the parameter, or a grid and more as options; 31 values around the best fit by default
 * @throws NextstatError `usage` for values outside the bounds, a grid that is none, a parameter that is fixed or does not
 * exist, a model without POI when no parameter is named
 */
export function profileScan(
  model: Model,
  values: readonly number[] | ProfileScanOptions = {},
): ProfileScanResult {
  return runSteps(profileScanSteps(model, values), model.evaluator);
}

/**
 * Profile likelihood over two parameters: a grid, and contours traced to 68 % and 95 %.
 *
 * ```ts
 * const { levels } = profileScan2d(model, { x: { parameter: "mu" }, y: { parameter: "alpha_jes" } });
 * ```
 *
 * @throws NextstatError `usage` for parameters that are fixed or do not exist, values outside the bounds, grids that are
 * none, levels outside (0, 1)
 */
export function profileScan2d(model: Model, options: ProfileScan2dOptions): ProfileScan2dResult {
  return runSteps(profileScan2dSteps(model, options), model.evaluator);
}

/**
 * Goodness of fit against the saturated model.
 *
 * ```ts
 * const { statistic, ndf, pValue } = goodnessOfFit(model);
 * ```
 *
 * @throws NextstatError `usage` for names that do not exist, values outside bounds, regions that leave nothing
 */
export function goodnessOfFit(model: Model, options: ProcedureOptions = {}): GoodnessOfFitResult {
  return runSteps(goodnessOfFitSteps(model, options), model.evaluator);
}

/**
 * Ranking of the nuisance parameters: how far the parameter of interest moves when one of them is held one standard
 * deviation up or down and all others are refitted, by three definitions at once.
 *
 * ```ts
 * const { entries } = ranking(model, { impact: "postfit", topN: 20 });
 * for (const { name, impactUp, impactDown, pull, constraint } of entries) console.log(name, impactUp);
 * ```
 *
 * @throws NextstatError `usage` for a model without POI, names that do not exist or cannot be ranked, a `topN` that is
 * none, groups that are none
 */
export function ranking(model: Model, options: RankingOptions = {}): RankingResult {
  return runSteps(rankingSteps(model, options), model.evaluator);
}

/**
 * The ranking as a record made to be plotted: parallel lists and all entries.
 *
 * @param topN only so many; default all
 * @throws NextstatError as {@link ranking}
 */
export function rankingArtifact(
  model: Model,
  topN?: number,
  options: Omit<RankingOptions, "topN"> = {},
): RankingArtifact {
  return describeRanking(ranking(model, topN === undefined ? options : { ...options, topN }));
}

/**
 * The uncertainty of the parameter of interest by groups of nuisance parameters, statistical and systematic.
 *
 * ```ts
 * const { total, statistical, systematic, groups } = impacts(model);
 * const jets = impacts(model, { groups: { named: { jets: ["jes*", "jer"] } } });
 * ```
 *
 * @throws NextstatError `usage` for a model without POI, an unknown policy, a pattern that matches nothing, a parameter in
 * two groups
 */
export function impacts(model: Model, options: ImpactsOptions = {}): ImpactsResult {
  return runSteps(impactsSteps(model, options), model.evaluator);
}

/**
 * Correlations of the parameters at the best fit, from the exact Hessian.
 *
 * ```ts
 * const { names, matrix } = correlationMatrix(model);
 * ```
 *
 * @returns `matrix` is null, with a warning, where the Hessian is singular
 * @throws NextstatError `usage` for names that do not exist, values outside bounds, regions that leave nothing
 */
export function correlationMatrix(
  model: Model,
  options: CorrelationOptions = {},
): CorrelationResult {
  return runSteps(correlationSteps(model, options), model.evaluator);
}
