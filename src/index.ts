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

export {
  type FromTablesOptions,
  fromArrow,
  fromParquet,
  fromParquetWithModifiers,
  type ModelTableOptions,
  type TableContent,
  type TableSource,
  toArrow,
  toParquet,
} from "./columnar.ts";
export {
  type ArrayColumn,
  type ChunkOptions,
  type Column,
  type EntryRange,
  entriesOf,
  type ListColumn,
  type NumberColumn,
  type NumericArray,
  type NumericType,
  type ReadOptions,
  type RecordColumn,
  type StringColumn,
  type Table,
  type TableChunk,
  type TableColumn,
} from "./columns/index.ts";
export {
  type Converted,
  type ConvertOptions,
  convert,
  type ToHs3Options,
  toHs3,
} from "./conversions.ts";
export { type ErrorKind, type ErrorLocation, NextstatError } from "./errors.ts";
export {
  type CompileOptions,
  compileExpression,
  type Expression,
  type ExpressionStyle,
  type Pairs,
  pairValues,
  type Values,
} from "./expressions/index.ts";
export {
  type ByteSource,
  blobSource,
  bytesSource,
  type Codecs,
  type ColumnarTable,
  type ConversionEntry,
  type ConversionReport,
  checkDocument,
  type Decompressor,
  type DigestAlgorithm,
  type DocumentKind,
  type FlowBin,
  type FormatName,
  type HistFactoryFiles,
  type HistFactoryOptions,
  type Histogram,
  type HistogramAxis,
  type HistogramToWrite,
  type Hs3Options,
  type Hs3Source,
  type OpenColumnarOptions,
  type OpenedTable,
  type OpenRootOptions,
  type OpenTableOptions,
  type OptionalColumns,
  openRoot,
  openTable,
  type ParameterPoint,
  type PatchInput,
  type Patchset,
  type PatchsetPatch,
  type RootEntry,
  type RootFile,
  type RootTable,
  type TableCodecs,
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
  CoverageOptions,
  CoveragePoint,
  CoverageResult,
  LevelCoverage,
} from "./infer/coverage.ts";
export type { ToyCounts, ToyOptions } from "./infer/ensembles.ts";
export type {
  BeltPoint,
  FeldmanCousinsOptions,
  FeldmanCousinsResult,
  UnifiedInterval,
} from "./infer/feldman-cousins-record.ts";
export type {
  ActiveBound,
  Certificate,
  FitOptions,
  FitResult,
  MinosInterval,
  OtherMinimum,
} from "./infer/fit-result.ts";
export type {
  ChannelDeviance,
  GoodnessOfFitOptions,
  GoodnessOfFitResult,
  GoodnessOfFitToys,
} from "./infer/goodness-of-fit.ts";
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
export type {
  ExpectedSignificance,
  SignificanceToysOptions,
  SignificanceToysResult,
} from "./infer/significance-toys.ts";
export type {
  FitToysOptions,
  FitToysResult,
  FittedToy,
  ToyOrigin,
  ToyParameter,
} from "./infer/toy-fits.ts";
export type { PEstimator } from "./infer/toy-tails.ts";
export type {
  UpperLimitOptions,
  UpperLimitResult,
} from "./infer/upper-limit.ts";
export type {
  ToyClsPoint,
  UpperLimitToysOptions,
  UpperLimitToysResult,
} from "./infer/upper-limit-toys-record.ts";
export {
  clsCurve,
  correlationMatrix,
  coverage,
  feldmanCousins,
  fit,
  fitToys,
  goodnessOfFit,
  hypotest,
  hypotestToys,
  impacts,
  massScan,
  profileScan,
  profileScan2d,
  ranking,
  rankingArtifact,
  runAsync,
  significance,
  significanceToys,
  upperLimit,
  upperLimitToys,
} from "./inference.ts";
export type { MassPointSource, MassScanOptions } from "./parallel/mass-scan.ts";
export type { Procedure, RunOptions } from "./parallel/run-steps.ts";
export {
  type ApplyPatchsetOptions,
  applyPatchset,
  extractPatch,
  type PatchKey,
  readPatchset,
  verifyPatchset,
} from "./patchset-operations.ts";
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
