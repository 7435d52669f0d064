/**
 * TRExFitter configurations -> a plan of the analysis.
 *
 * ```text
 * text --blocks--> blocks of settings --job, regions, samples, ...--> configuration --sources, effects--> plan
 *                                                                          |
 *                                                                          +--coverage--> report
 * ```
 *
 * The meaning of the settings is that of TRExFitter's documentation and of its public source (2021): FullSelection,
 * FullWeight, FullNtuplePaths, FullHistogramPaths, CorrectHistograms. `keys.ts` lists every setting and what becomes of it.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import type {
  AnalysisPlan,
  ExpressionUse,
  ParameterPlan,
  RegionPlan,
  SamplePlan,
  TemplateSource,
} from "../../templates/plan.ts";
import {
  type Block,
  configurationError,
  type ParsedConfiguration,
  parseBlocks,
  type ReadText,
} from "./blocks.ts";
import type { CombinationFilter } from "./combination.ts";
import { type Context, nameOf } from "./context.ts";
import { type CoverageReport, coverageOf } from "./coverage.ts";
import { freeParametersOf, parametersOf, systematicsOf } from "./effects.ts";
import {
  type Factor,
  factorNames,
  ownFactors,
  readFactorBlock,
  readNormParameter,
  uniteParameters,
} from "./factors.ts";
import { type Job, readJob } from "./job.ts";
import { type Region, readRegion } from "./regions.ts";
import { readSample, type Sample } from "./samples.ts";
import { type Configuration, nominalSource } from "./sources.ts";
import { checkCombinations, readSystematic } from "./systematics.ts";
import { type Values, valuesOf } from "./values.ts";

/** A configuration, read. */
export interface TrexFitterInput {
  /** Without regions where there is a combination. */
  readonly plan: AnalysisPlan;
  /** What is taken of an existing combination (`CombinationXml`); null: the plan is what is to be built. */
  readonly combination: CombinationFilter | null;
  readonly coverage: CoverageReport;
  /** Every expression that is evaluated, in the order in which it is met. */
  readonly expressions: readonly ExpressionUse[];
  /** What of the configuration is not, or not quite, in the plan. */
  readonly warnings: readonly string[];
}

/**
 * Reads a configuration.
 *
 * @param file what to call it in messages
 * @param readText reads other files that it names (`INCLUDE`, `ReplacementFile`)
 * @throws NextstatError `input` with file and line
 */
export function readTrexFitter(text: string, file: string, readText: ReadText): TrexFitterInput {
  const parsed = parseBlocks(text, file, readText);
  const job = parsed.blocks.find(({ kind }) => kind === "Job");
  if (job === undefined) {
    throw new NextstatError("input", "there is no Job", {
      location: { file },
      hint: 'expected a TRExFitter configuration with Job: "name"',
    });
  }
  checkNames(parsed);
  const context: Context = {
    used: new Set(),
    remarks: [],
    warnings: [],
    expressions: new Map(),
    noted: new Set(),
    allowsUnknownNames: valuesOf(job, new Set()).boolean("AllowWrongRegionSample") ?? false,
  };
  const all = readConfiguration(context, parsed, job);
  const { parameters, norm, shape } = readFactors(all, parsed);
  const fitted = all.regions.filter((region) => !isValidation(context, region));
  if (fitted.length === 0) {
    throw configurationError(job, "no region to fit", "expected a Region that is no VALIDATION");
  }
  const combination = combinationOf(all, fitted, [...norm, ...shape]);
  const regions =
    combination === null ? fitted.map((region) => planRegion(all, region, norm, shape)) : [];
  if (combination === null) checkPois(all.job, parameters, job);
  const plan: AnalysisPlan = {
    style: "root",
    measurement: all.job.name,
    pois: all.job.pois,
    luminosity: null,
    floor: all.job.floor,
    parameters: [...parameters, ...freeParameters(all, regions)],
    regions,
  };
  const { report, warnings } = coverageOf({
    parsed,
    used: context.used,
    remarks: context.remarks,
    isCombination: combination !== null,
  });
  return {
    plan,
    combination,
    coverage: report,
    expressions: [...context.expressions.values()],
    warnings: [...parsed.warnings, ...warnings, ...new Set(context.warnings)],
  };
}

/** Kinds of blocks of which names must differ. Norm factors may be given in several blocks. */
const UNIQUE = ["Job", "Region", "Sample", "Systematic"];

function checkNames({ blocks }: ParsedConfiguration): void {
  const seen = new Map<string, Block>();
  for (const block of blocks) {
    if (!UNIQUE.includes(block.kind)) continue;
    const key = block.kind === "Job" ? "Job" : JSON.stringify([block.kind, block.name]);
    const before = seen.get(key);
    seen.set(key, block);
    if (before === undefined) continue;
    throw configurationError(
      block,
      `${nameOf(block)} after ${nameOf(before)} in line ${before.line}`,
      block.kind === "Job" ? "one configuration is one Job" : "give it another name",
    );
  }
}

function readConfiguration(
  context: Context,
  { blocks }: ParsedConfiguration,
  jobBlock: Block,
): Configuration {
  const of = (kind: string): Values[] =>
    blocks.filter((block) => block.kind === kind).map((block) => valuesOf(block, context.used));
  const namesIn = (kind: string): string[] => of(kind).map(({ block }) => block.name);
  const known = { regions: namesIn("Region"), samples: namesIn("Sample") };
  const job = readJob(context, valuesOf(jobBlock, context.used));
  const regions = of("Region").map((values) => readRegion(context, values, job, known.samples));
  const samples = of("Sample").map((values) => readSample(context, values, job, known));
  const systematics = of("Systematic")
    .map((values) => readSystematic(context, values, job, known))
    .filter((systematic) => systematic !== null);
  checkCombinations(systematics);
  return {
    context,
    job,
    jobBlock,
    regions,
    samples,
    systematics,
    sampleOf: new Map(samples.map((sample) => [sample.name, sample])),
    systematicsOfParameter: Map.groupBy(systematics, ({ parameter }) => parameter),
    places: new Map(),
  };
}

function readFactors(
  { context, regions, samples }: Configuration,
  { blocks }: ParsedConfiguration,
): {
  readonly norm: readonly Factor[];
  readonly shape: readonly Factor[];
  readonly parameters: readonly ParameterPlan[];
} {
  const own = ownFactors(samples);
  const norm = [...own.norm];
  const shape = [...own.shape];
  const parameters = [...own.parameters];
  const known = {
    regions: regions.map(({ name }) => name),
    samples: samples.map(({ name }) => name),
  };
  for (const block of blocks) {
    const values = valuesOf(block, context.used);
    if (block.kind === "NormFactor") {
      norm.push(readFactorBlock(context, values, known));
      parameters.push(readNormParameter(values));
    } else if (block.kind === "ShapeFactor") {
      shape.push(readFactorBlock(context, values, known));
    }
  }
  return { norm, shape, parameters: uniteParameters(context, parameters) };
}

function isValidation(context: Context, { type, values }: Region): boolean {
  if (type !== "VALIDATION") return false;
  const setting = values.setting("Type");
  if (setting !== null) {
    const note = "the region is left out of the workspace";
    context.remarks.push({ setting, block: values.block, note });
  }
  return true;
}

/** What a combination is filtered by. */
function combinationOf(
  all: Configuration,
  regions: readonly Region[],
  factors: readonly Factor[],
): CombinationFilter | null {
  const { job, samples } = all;
  const place = all.jobBlock.settings.get("CombinationXml");
  if (job.combination === null || place === undefined) return null;
  return {
    path: job.combination,
    place,
    pois: job.pois,
    isStatisticalOnly: job.isStatisticalOnly,
    regions: regions.map((region) => {
      const { name, values } = region;
      const hasData = samples.some((s) => s.type === "DATA" && s.regions.has(name));
      return {
        name,
        file: values.block.file,
        line: values.block.line,
        isAsimov: region.isAsimov || !hasData,
        samples: modelledSamples(all, region).map((sample) => ({
          name: sample.name,
          hasStatistical: sample.hasStatistical || sample.hasSeparateGammas,
          parameters: new Set([
            ...parametersOf(all, region, sample),
            ...factorNames(factors, name, sample.name),
          ]),
        })),
      };
    }),
  };
}

/** The samples of a region that are in the model. */
function modelledSamples(all: Configuration, region: Region): readonly Sample[] {
  const samples = all.samples.filter(
    ({ type, regions }) => (type === "SIGNAL" || type === "BACKGROUND") && regions.has(region.name),
  );
  if (samples.length > 0) return samples;
  throw configurationError(
    region.values.block,
    `region "${region.name}" has no samples`,
    "expected a Sample of Type SIGNAL or BACKGROUND",
  );
}

function planRegion(
  all: Configuration,
  region: Region,
  norm: readonly Factor[],
  shape: readonly Factor[],
): RegionPlan {
  const samples = modelledSamples(all, region);
  return {
    name: region.name,
    binning: region.binning,
    data: dataOf(all, region, samples),
    samples: samples.map((sample) => planSample(all, region, sample, norm, shape)),
    blinding: region.blinding ?? all.job.blinding,
  };
}

function planSample(
  all: Configuration,
  region: Region,
  sample: Sample,
  norm: readonly Factor[],
  shape: readonly Factor[],
): SamplePlan {
  const namesAmong = (factors: readonly Factor[]): readonly string[] => [
    ...new Set(factorNames(factors, region.name, sample.name)),
  ];
  const { statistical } = all.job;
  const hasStatistical = sample.hasStatistical || sample.hasSeparateGammas;
  return {
    name: sample.name,
    isSignal: sample.type === "SIGNAL",
    nominal: nominalSource(all, region, sample),
    statistical:
      statistical === null || !hasStatistical
        ? null
        : sample.hasSeparateGammas
          ? { kind: "separate", ...statistical, constraint: sample.separateConstraint }
          : { kind: "shared", ...statistical },
    normFactors: namesAmong(norm),
    shapeFactors: namesAmong(shape),
    scalesWithLuminosity: false,
    systematics: systematicsOf(all, region, sample),
  };
}

/** The observed events: those of the data samples, or of a data set made of other samples; null: Asimov data. */
function dataOf(
  all: Configuration,
  region: Region,
  samples: readonly Sample[],
): TemplateSource | null {
  const { context, job } = all;
  if (job.customAsimov !== null) return customData(all, region, samples, job.customAsimov);
  if (region.isAsimov) {
    context.warnings.push(
      `region "${region.name}" has Asimov data: the sum of its nominal templates (TRExFitter fits the other regions first)`,
    );
    return null;
  }
  const data = all.samples.filter(
    ({ type, regions }) => type === "DATA" && regions.has(region.name),
  );
  const [first, ...others] = data.map((sample) => nominalSource(all, region, sample));
  if (first === undefined) return null;
  if (others.length === 0) return first;
  return { kind: "sum", terms: [first, ...others].map((source) => ({ factor: 1, source })) };
}

/** The sum of the samples, with some of them replaced. */
function customData(
  all: Configuration,
  region: Region,
  samples: readonly Sample[],
  dataset: string,
): TemplateSource {
  const replacing = all.samples.flatMap((sample) =>
    sample.replaces
      .filter((replacement) => replacement.dataset === dataset)
      .map((replacement) => ({ sample, replaced: replacement.sample })),
  );
  if (replacing.length === 0) {
    const known = all.samples.flatMap(({ replaces }) => replaces.map((r) => r.dataset));
    throw new NextstatError("input", `CustomAsimov "${dataset}" is no data set`, {
      location: { file: region.values.block.file },
      hint: `expected one of AsimovReplacementFor: ${suggestName(dataset, known)}`,
    });
  }
  const terms = samples.map((sample) => {
    const other = replacing.find(
      (one) => one.replaced === sample.name && one.sample.regions.has(region.name),
    );
    return { factor: 1, source: nominalSource(all, region, other?.sample ?? sample) };
  });
  return { kind: "sum", terms };
}

function checkPois(job: Job, parameters: readonly ParameterPlan[], block: Block): void {
  const known = parameters.map(({ name }) => name);
  for (const poi of job.pois) {
    if (known.includes(poi)) continue;
    throw configurationError(
      block.settings.get("POI") ?? block,
      `POI "${poi}" is no norm factor`,
      known.length === 0 ? "expected a NormFactor of this name" : suggestName(poi, known),
    );
  }
}

/** Parameters without a constraint. */
function freeParameters(all: Configuration, regions: readonly RegionPlan[]): ParameterPlan[] {
  const names = all.regions.flatMap((region) => {
    const planned = regions.find(({ name }) => name === region.name)?.samples ?? [];
    return all.samples
      .filter(({ name }) => planned.some((sample) => sample.name === name))
      .flatMap((sample) => freeParametersOf(all, region, sample));
  });
  return [...new Set(names)].map((name) => ({
    name,
    init: null,
    bounds: null,
    isFixed: false,
    isFree: true,
  }));
}
