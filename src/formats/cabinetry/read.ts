/**
 * Configurations of cabinetry 0.6: YAML to a plan.
 *
 * What is decided differently: a parameter in `Fixed` has the value given there even where its NormFactor has another
 * `Nominal`, and it may be named by the ModifierName of a systematic. A constant weight is a double, where cabinetry rounds it
 * to the type of the variable.
 *
 * @module
 */

import type {
  AnalysisPlan,
  ExpressionRole,
  ExpressionUse,
  PlannedExpression,
  RegionPlan,
  SamplePlan,
  SystematicPlan,
  TableLocation,
  TemplateSource,
} from "../../templates/index.ts";
import { checkAxis } from "../../templates/index.ts";
import { type Block, type Config, checkNames, readConfig } from "./config.ts";
import type { CabinetryCoverage } from "./coverage.ts";
import { parameterName, parametersOf, poiOf } from "./parameters.ts";
import { histogramLocation, ntuplePaths, override, type Place } from "./paths.ts";
import { coverageOf, noteUnused } from "./unused.ts";

/** A configuration that was read. */
export interface CabinetryInput {
  readonly plan: AnalysisPlan;
  readonly coverage: CabinetryCoverage;
  /** Every expression that is evaluated, in the order in which it is met. */
  readonly expressions: readonly ExpressionUse[];
  /** What may surprise, with lines. */
  readonly warnings: readonly string[];
}

/**
 * Reads a configuration.
 *
 * @param file its name, for messages
 * @throws NextstatError `input` with the line for what cannot be meant
 */
export function readCabinetry(text: string, file: string): CabinetryInput {
  const config = readConfig(text, file);
  const { samples, regions, normFactors, systematics } = config;
  const regionNames = regions.map(({ name }) => name);
  const sampleNames = samples.map(({ name }) => name);
  for (const block of [...samples, ...normFactors, ...systematics]) {
    checkNames(config, block, "Regions", regionNames);
    checkNames(config, block, "Samples", sampleNames);
  }
  const data = dataSample(config);
  const hasEvents = samples.some((sample) => sample.text("Tree") !== null);
  const reader: Reader = { config, hasEvents, expressions: new Map() };
  noteUnused(config, reader.hasEvents, data);
  const plan: AnalysisPlan = {
    style: "python",
    measurement: config.general.text("Measurement") ?? "",
    pois: poiOf(config),
    luminosity: null,
    floor: null,
    parameters: parametersOf(config),
    regions: regions.map((region) => regionPlan(reader, region, data)),
  };
  for (const { key, block_kind, block_name, line } of config.unknown) {
    const where = block_kind === "" ? "" : ` in ${block_kind} "${block_name}"`;
    config.warnings.push(`line ${line}: unknown key ${key}${where}, which is left out`);
  }
  const expressions = [...reader.expressions.values()];
  return { plan, coverage: coverageOf(config), expressions, warnings: config.warnings };
}

interface Reader {
  readonly config: Config;
  /** Templates are filled from events; else they are histograms already. */
  readonly hasEvents: boolean;
  /** By what tells them apart. */
  readonly expressions: Map<string, ExpressionUse>;
}

function dataSample({ samples, fail }: Config): Block {
  const data = samples.filter((sample) => sample.boolean("Data"));
  const [first, second] = data;
  if (first === undefined) {
    throw fail(
      "no sample has Data: true",
      samples[0]?.line ?? 1,
      "mark the sample of observed data",
    );
  }
  if (second !== undefined) {
    throw fail(
      `two samples have Data: true ("${first.name}" and "${second.name}")`,
      second.lineOf("Data"),
      "keep one",
    );
  }
  return first;
}

/** Whether a list of names, if there is one, has a name in it. */
function contains(block: Block, key: "Regions" | "Samples", name: string): boolean {
  const names = block.texts(key);
  return names.length === 0 || names.includes(name);
}

function regionPlan(reader: Reader, region: Block, data: Block): RegionPlan {
  const { config, hasEvents } = reader;
  const { fail } = config;
  if (!contains(data, "Regions", region.name)) {
    throw fail(
      `there are no data in region "${region.name}"`,
      data.lineOf("Regions"),
      `let the Regions of sample "${data.name}" include it`,
    );
  }
  const samples = config.samples.filter(
    (sample) => sample !== data && contains(sample, "Regions", region.name),
  );
  if (samples.length === 0) {
    throw fail(`region "${region.name}" has no samples`, region.line, "let some sample be in it");
  }
  return {
    name: region.name,
    binning: {
      edges: hasEvents ? edgesOf(config, region) : null,
      isUniform: false,
      rebin: null,
      dropped: [],
      mergeOutside: false,
    },
    data: source(reader, { region, sample: data, systematic: null, side: null }),
    samples: samples.map((sample) => samplePlan(reader, region, sample)),
    blinding: null,
  };
}

function edgesOf({ fail }: Config, region: Block): readonly number[] {
  const edges = region.numbers("Binning");
  if (edges === null) {
    throw fail(`region "${region.name}" has no Binning`, region.line, "add Binning: [EDGES]");
  }
  checkAxis({ edges }, `line ${region.lineOf("Binning")}: Binning of region "${region.name}"`);
  return edges;
}

function samplePlan(reader: Reader, region: Block, sample: Block): SamplePlan {
  const { general, normFactors, systematics } = reader.config;
  const acts = (block: Block): boolean =>
    contains(block, "Regions", region.name) && contains(block, "Samples", sample.name);
  const factors = normFactors.filter(acts).map(({ name }) => name);
  const acting = systematics.filter(acts);
  checkParameters(reader.config, region, sample, acting);
  return {
    name: sample.name,
    isSignal: factors.includes(general.text("POI") ?? ""),
    nominal: source(reader, { region, sample, systematic: null, side: null }),
    statistical: sample.boolean("DisableStaterror")
      ? null
      : { kind: "shared", threshold: 0, constraint: "Gaussian" },
    normFactors: factors,
    shapeFactors: [],
    scalesWithLuminosity: false,
    systematics: acting.map((systematic) => systematicPlan(reader, region, sample, systematic)),
  };
}

/** Every systematic is a factor on the yield, and a sample takes each parameter once. */
function checkParameters({ fail }: Config, region: Block, sample: Block, acting: Block[]): void {
  const owners = new Map<string, Block>();
  for (const systematic of acting) {
    const parameter = parameterName(systematic);
    const first = owners.get(parameter);
    if (first !== undefined) {
      throw fail(
        `systematics "${first.name}" and "${systematic.name}" both have the parameter "${parameter}" for sample "${sample.name}" in region "${region.name}"`,
        systematic.line,
        "give them other Samples or Regions, or one of them another ModifierName",
      );
    }
    owners.set(parameter, systematic);
  }
}

function systematicPlan(
  reader: Reader,
  region: Block,
  sample: Block,
  systematic: Block,
): SystematicPlan {
  const { fail } = reader.config;
  const { name } = systematic;
  const parameter = parameterName(systematic);
  const type = systematic.text("Type");
  const side = (key: "Up" | "Down"): Block => {
    const block = systematic.block(key);
    if (block !== null) return block;
    throw fail(`systematic "${name}" has no ${key}`, systematic.line, `add ${key}:`);
  };
  const [up, down] = [side("Up"), side("Down")];
  if (type === "Normalization") {
    const factor = (block: Block): number => {
      const value = block.number("Normalization");
      if (value !== null) return 1 + value;
      throw fail(
        `${block.kind} of systematic "${name}" has no Normalization`,
        block.line,
        "add Normalization: NUMBER, as 0.05 for 5 %",
      );
    };
    return {
      name,
      parameter,
      effect: { kind: "normalisation", up: factor(up), down: factor(down) },
    };
  }
  if (type !== "NormPlusShape") {
    throw fail(
      `systematic "${name}" has the Type ${type === null ? "of nothing" : `"${type}"`}`,
      systematic.lineOf("Type"),
      "there are Normalization and NormPlusShape",
    );
  }
  if (up.boolean("Symmetrize")) {
    throw fail(
      `Up of systematic "${name}" is to be symmetrised`,
      up.lineOf("Symmetrize"),
      "give the Up side, and let Down have Symmetrize: true",
    );
  }
  const isMirrored = down.boolean("Symmetrize");
  return {
    name,
    parameter,
    effect: {
      kind: "template",
      up: source(reader, { region, sample, systematic, side: up }),
      down: isMirrored ? null : source(reader, { region, sample, systematic, side: down }),
      reference: null,
      symmetrisation: isMirrored ? "one-sided apart" : "none",
      smoothing: smoothingOf(reader.config, region, sample, systematic),
      scaleUp: 1,
      scaleDown: 1,
      keepNormalisation: true,
      keepShape: true,
      pruning: null,
    },
  };
}

const SMOOTHING = "353QH, twice";

function smoothingOf(
  config: Config,
  region: Block,
  sample: Block,
  systematic: Block,
): string | null {
  const smoothing = systematic.block("Smoothing");
  if (smoothing === null) return null;
  const algorithm = smoothing.text("Algorithm");
  if (algorithm !== SMOOTHING) {
    throw config.fail(
      `systematic "${systematic.name}" is to be smoothed by ${algorithm ?? "nothing"}`,
      smoothing.lineOf("Algorithm"),
      `the Algorithm is "${SMOOTHING}"`,
    );
  }
  const applies =
    contains(smoothing, "Regions", region.name) && contains(smoothing, "Samples", sample.name);
  return applies ? algorithm : null;
}

function source(reader: Reader, place: Place): TemplateSource {
  const { config, hasEvents } = reader;
  const { region, sample, systematic, side } = place;
  const what = systematic === null ? "" : `, ${side?.kind} of systematic "${systematic.name}"`;
  const origin = `line ${(side ?? sample).line}: sample "${sample.name}" in region "${region.name}"${what}`;
  if (!hasEvents) {
    return { kind: "histogram", origin, files: [histogramLocation(config, place)], scale: 1 };
  }
  const tree = override(side, "Tree", sample.text("Tree"));
  if (tree === null) {
    throw config.fail(
      `sample "${sample.name}" has no Tree`,
      sample.line,
      "add Tree: NAME, as other samples have",
    );
  }
  const files = ntuplePaths(config, place).map((path): TableLocation => ({ path, table: tree }));
  const expression = (
    key: keyof typeof ROLES,
    owners: readonly (Block | null)[],
  ): PlannedExpression | null => {
    const owner = owners.find((block) => block !== null && block.text(key) !== null);
    if (owner === undefined || owner === null) return null;
    const text = owner.text(key) ?? "";
    const use: ExpressionUse = {
      key,
      role: ROLES[key],
      // That of a region is the same for all its samples, and the other way round.
      region: owner === sample ? "" : region.name,
      sample: owner === region ? "" : sample.name,
      line: owner.lineOf(key),
      text,
      derived: false,
      table: files[0] as TableLocation,
    };
    const id = JSON.stringify([use.line, key, use.region, use.sample]);
    if (!reader.expressions.has(id)) reader.expressions.set(id, use);
    return { text, origin: `line ${use.line}: ${key} of ${owner.kind} "${owner.name}"` };
  };
  const variable = expression("Variable", [side, region]);
  if (variable === null) {
    throw config.fail(`region "${region.name}" has no Variable`, region.line, "add Variable: NAME");
  }
  const weight = expression("Weight", [side, sample]);
  return {
    kind: "events",
    origin,
    files,
    variable,
    selection: expression("Filter", [side, sample, region]),
    weights: weight === null ? [] : [weight],
    scale: 1,
  };
}

const ROLES = {
  Variable: "variable",
  Filter: "selection",
  Weight: "weight",
} as const satisfies Readonly<Record<string, ExpressionRole>>;
