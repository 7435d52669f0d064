/**
 * Models from tables of yields in Parquet and Arrow files, and results as such tables.
 *
 * @module
 */

import { NextstatError } from "./errors.ts";
import {
  type ByteSource,
  bytesSource,
  type ColumnToWrite,
  type NamedTable,
  type OpenColumnarOptions,
  openTable,
  readYields,
  writeArrow,
  writeParquet,
  type YieldsInput,
  type YieldsOptions,
} from "./formats/index.ts";
import { buildModel, type FromPyhfOptions, type Model } from "./histfactory-model.ts";
import type { ProfileScanResult } from "./infer/scan.ts";
import type { FitToysResult } from "./infer/toy-fits.ts";
import { packModel } from "./model/pack.ts";
import type { ResolvedSample } from "./model/resolved-model.ts";
import { toyColumns } from "./report/toy-table.ts";
import { openEvaluator } from "./wasm/evaluator.ts";

/** A Parquet or Arrow file: its bytes, or where they come from. */
export type TableSource = Uint8Array | ByteSource;

/** How to read tables of yields. */
export interface FromTablesOptions
  extends Pick<YieldsOptions, "poi" | "signal">,
    OpenColumnarOptions,
    Pick<FromPyhfOptions, "interpDefaults" | "measurement"> {
  /** Name of the file for messages. Default: that of the source. */
  readonly file?: string;
  /** Observed events, `[nBins]` of each channel, or a table of them. Default: the sums of the samples (Asimov data). */
  readonly observations?: YieldsOptions["observations"] | TableSource;
  /** Table of modifiers. Default: a normfactor for the signal, and a staterror for each channel with `stat_error`. */
  readonly modifiers?: TableSource;
  /** Table of measurements and their parameters of interest. Default: one, with `poi`. */
  readonly measurements?: TableSource;
}

/** What the file must be. */
type TableFormat = "parquet" | "arrow";

/**
 * Builds a model from an Arrow table of yields: the IPC stream or file format.
 *
 * ```ts
 * const model = await fromArrow(bytes, { poi: "mu", observations: { SR: [12, 9] } });
 * ```
 *
 * @throws NextstatError `input` for a damaged file or a malformed table (with the row), `usage` for options that contradict it
 */
export function fromArrow(source: TableSource, options: FromTablesOptions = {}): Promise<Model> {
  return fromTables("arrow", source, options);
}

/**
 * Builds a model from a Parquet table of yields.
 *
 * ```ts
 * const model = await fromParquet(new Uint8Array(await readFile("yields.parquet")));
 * ```
 *
 * @throws NextstatError as {@link fromArrow}
 */
export function fromParquet(source: TableSource, options: FromTablesOptions = {}): Promise<Model> {
  return fromTables("parquet", source, options);
}

/** The same with a table of modifiers. */
export function fromParquetWithModifiers(
  yields: TableSource,
  modifiers: TableSource,
  options: Omit<FromTablesOptions, "modifiers" | "signal"> = {},
): Promise<Model> {
  return fromTables("parquet", yields, { ...options, modifiers });
}

async function fromTables(
  format: TableFormat,
  source: TableSource,
  options: FromTablesOptions,
): Promise<Model> {
  const { poi, signal, observations, modifiers, measurements, file, codecs = {} } = options;
  const open = (given: TableSource, name: string, expected?: TableFormat): Promise<NamedTable> =>
    openNamed(given instanceof Uint8Array ? bytesSource(given, name) : given, codecs, expected);
  const isTable = isSource(observations);
  const input = await readYields(
    {
      yields: await open(source, file ?? "yields", format),
      ...(modifiers === undefined ? {} : { modifiers: await open(modifiers, "modifiers") }),
      ...(isTable ? { observations: await open(observations, "observations") } : {}),
      ...(measurements === undefined
        ? {}
        : { measurements: await open(measurements, "measurements") }),
    },
    {
      ...(poi === undefined ? {} : { poi }),
      ...(signal === undefined ? {} : { signal }),
      ...(observations === undefined || isTable ? {} : { observations }),
    },
  );
  return modelOfTables(input, options);
}

function isSource(given: FromTablesOptions["observations"]): given is TableSource {
  return given instanceof Uint8Array || typeof given?.read === "function";
}

async function openNamed(
  source: ByteSource,
  codecs: NonNullable<OpenColumnarOptions["codecs"]>,
  expected: TableFormat | undefined,
): Promise<NamedTable> {
  const opened = await openTable(source, { codecs });
  if (opened.format === "root" || (expected !== undefined && opened.format !== expected)) {
    const names = { root: "a ROOT", parquet: "a Parquet", arrow: "an Arrow" };
    throw new NextstatError("input", `this is ${names[opened.format]} file`, {
      location: { file: source.name },
      hint: `${names[expected ?? "parquet"]} file is needed here`,
    });
  }
  return { name: source.name, table: opened.table };
}

function modelOfTables(
  { workspace, notices }: YieldsInput,
  { interpDefaults, measurement, file }: FromTablesOptions,
): Model {
  return buildModel(
    { workspace, notices, hs3: null, locate: (pointer) => ({ pointer }) },
    {
      ...(interpDefaults === undefined ? {} : { interpDefaults }),
      ...(measurement === undefined ? {} : { measurement }),
      ...(file === undefined ? {} : { file }),
    },
  );
}

/** What to write of a model. */
export interface ModelTableOptions {
  /**
   * - `yields` (default): expected events, one row per channel and sample, and one for their sum, the sample `total`;
   * - `params`: name, index, value, bounds and starting value of each parameter.
   */
  readonly what?: "yields" | "params";
  /** `[nParams]` where the parameters are. Default: the starting values. */
  readonly values?: ArrayLike<number>;
  /** Whether there are rows for the sum of the samples. Default true; a table that is to be read again must have none. */
  readonly total?: boolean;
}

/** What a table is made of: a model, a scan or fitted toys, and what to write of it. */
export type TableContent =
  | readonly [model: Model, options?: ModelTableOptions]
  | readonly [scan: ProfileScanResult, options: { readonly what: "scan" }]
  | readonly [toys: FitToysResult, options: { readonly what: "toys" }];

/**
 * Writes a table as an Arrow IPC stream.
 *
 * ```ts
 * await writeFile("yields.arrows", toArrow(model));
 * await writeFile("scan.arrows", toArrow(profileScan(model), { what: "scan" }));
 * ```
 *
 * @throws NextstatError `usage` for what there is no table of, and for values that do not fit the model
 */
export function toArrow(...content: TableContent): Uint8Array {
  return writeArrow(columnsOf(...content));
}

/** The same as a Parquet file. */
export function toParquet(...content: TableContent): Promise<Uint8Array> {
  return writeParquet(columnsOf(...content));
}

/** The columns of a table, to be written in either format. */
export function columnsOf(...[content, options]: TableContent): readonly ColumnToWrite[] {
  const what = options?.what ?? "yields";
  if ("resolved" in content) {
    if (what === "yields") return yieldColumns(content, options as ModelTableOptions);
    if (what === "params") return parameterColumns(content, options as ModelTableOptions);
  } else if ("points" in content && what === "scan") {
    return scanColumns(content);
  } else if ("toys" in content && what === "toys") {
    return toyColumns(content);
  }
  const known = "resolved" in content ? "yields, params" : "points" in content ? "scan" : "toys";
  throw new NextstatError("usage", `there is no table "${what}" of this`, {
    hint: `choose one of ${known}`,
  });
}

function yieldColumns(model: Model, options: ModelTableOptions = {}): readonly ColumnToWrite[] {
  const { values = model.suggestedInit(), total = true } = options;
  const { channels } = model.resolved;
  const expected = model.expectedData(values, { includeAuxdata: false });
  const rows: { channel: string; sample: string; yields: readonly number[] }[] = [];
  const bySample = expectedSamples(model, values);
  channels.forEach(({ name, samples, firstBin, nBins }, c) => {
    samples.forEach((sample, s) => {
      if (total && sample.name === TOTAL) {
        throw new NextstatError("usage", `a sample of channel "${name}" is called "${TOTAL}"`, {
          hint: "leave out the rows of the sum, or rename the sample",
        });
      }
      rows.push({ channel: name, sample: sample.name, yields: bySample[c]?.[s] ?? [] });
    });
    const sum = expected.slice(firstBin, firstBin + nBins);
    if (total) rows.push({ channel: name, sample: TOTAL, yields: sum });
  });
  return [
    { name: "channel", type: "STRING", data: rows.map(({ channel }) => channel) },
    { name: "sample", type: "STRING", data: rows.map(({ sample }) => sample) },
    { name: "yields", type: "DOUBLES", data: rows.map(({ yields }) => yields) },
  ];
}

/** What the sum of the samples is called, as NextStat does. */
const TOTAL = "total";

/**
 * `[channel][sample][nBins]` expected events of each sample: those of models that have only the k-th sample of each channel, so
 * that nothing but the kernel computes expectations.
 */
function expectedSamples(model: Model, values: ArrayLike<number>): number[][][] {
  const { resolved } = model;
  const theta = Float64Array.from(values);
  const most = Math.max(...resolved.channels.map(({ samples }) => samples.length));
  const result: number[][][] = resolved.channels.map(() => []);
  for (let k = 0; k < most; k++) {
    const channels = resolved.channels.map((channel) => ({
      ...channel,
      // A channel needs a sample: where there is no k-th one the first is not looked at.
      samples: [channel.samples[k] ?? (channel.samples[0] as ResolvedSample)],
    }));
    const out = new Float64Array(resolved.observed.length);
    openEvaluator(packModel({ ...resolved, channels })).expected(theta, out);
    resolved.channels.forEach(({ samples, firstBin, nBins }, c) => {
      if (k < samples.length) result[c]?.push([...out.subarray(firstBin, firstBin + nBins)]);
    });
  }
  return result;
}

function parameterColumns(model: Model, options: ModelTableOptions = {}): readonly ColumnToWrite[] {
  const { parameters } = model.resolved;
  const { values = model.suggestedInit() } = options;
  if (values.length !== parameters.length) {
    throw new NextstatError(
      "usage",
      `${values.length} parameter values for ${parameters.length} parameters`,
      { hint: "give one value per name of paramNames(), in that order" },
    );
  }
  const numbers = (name: string, of: (index: number) => number): ColumnToWrite => ({
    name,
    type: "DOUBLE",
    data: Float64Array.from(parameters, (_, index) => of(index)),
  });
  return [
    { name: "name", type: "STRING", data: parameters.map(({ name }) => name) },
    { name: "index", type: "UINT32", data: Uint32Array.from(parameters, (_, index) => index) },
    numbers("value", (index) => values[index] as number),
    numbers("bound_lo", (index) => parameters[index]?.lower as number),
    numbers("bound_hi", (index) => parameters[index]?.upper as number),
    numbers("init", (index) => parameters[index]?.init as number),
  ];
}

/** What was not computed is NaN, and its `status` is `missing`. */
function scanColumns({ points }: ProfileScanResult): readonly ColumnToWrite[] {
  const numbers = (name: string, data: readonly (number | null)[]): ColumnToWrite => ({
    name,
    type: "DOUBLE",
    data: Float64Array.from(data, (value) => value ?? Number.NaN),
  });
  return [
    numbers(
      "mu",
      points.map(({ mu }) => mu),
    ),
    numbers(
      "q_mu",
      points.map(({ qMu }) => qMu),
    ),
    numbers(
      "twice_delta_nll",
      points.map(({ twiceDeltaNll }) => twiceDeltaNll),
    ),
    numbers(
      "nll_mu",
      points.map(({ nllMu }) => nllMu),
    ),
    {
      name: "status",
      type: "STRING",
      data: points.map(({ converged }) =>
        converged === null ? "missing" : converged ? "converged" : "failed",
      ),
    },
  ];
}
