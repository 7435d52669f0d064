/**
 * Workspaces from one format into another, with a report of what became of every part.
 *
 * @module
 */

import { NextstatError } from "./errors.ts";
import {
  type ConversionReport,
  type DocumentInput,
  FORMATS,
  type FormatName,
  type Hs3Options,
  type Hs3Source,
  joinReports,
  type MeasurementToWrite,
  type ParameterPoint,
  readDocument,
  type WrittenHistFactory,
  writeHistFactory,
  writeHs3,
  writePyhf,
} from "./formats/index.ts";
import { type FromPyhfOptions, INTERPOLATION, type Model } from "./histfactory-model.ts";
import { resolveModel } from "./model/resolve.ts";
import type { Workspace } from "./workspace/types.ts";

/** A document in another format. */
export interface Converted {
  /** The value of the JSON document. */
  readonly document: object;
  readonly format: FormatName;
  /** The format of what was converted. */
  readonly from: FormatName | "histfactory";
  readonly report: ConversionReport;
  /** What the user should know. */
  readonly warnings: readonly string[];
}

/** A document as HistFactory's files. */
export interface ConvertedFiles
  extends Pick<WrittenHistFactory, "files" | "rootParameters">,
    Omit<Converted, "document" | "format"> {}

/** What a reader gives, of any format: HistFactory's is many files, which {@link convert} does not take. */
export interface ConversionInput extends Omit<DocumentInput, "format"> {
  readonly format: Converted["from"];
}

/** What to write as HS3 beside the workspace. */
export interface ToHs3Options {
  /** Parameter values to write under a name each, such as a best fit; by the model's names. Default: none. */
  readonly points?: readonly ParameterPoint[];
  /** Version of nextstat to record among the packages. Default: none is recorded. */
  readonly version?: string;
}

/** What to write. */
export interface WriteOptions extends ToHs3Options {
  readonly to: FormatName;
  /** The one measurement to keep. Default: all. */
  readonly measurement?: string;
  /** Interpolation of a pyhf workspace, which does not say it. Default `root`. */
  readonly interpDefaults?: FromPyhfOptions["interpDefaults"];
}

/** How to convert a document. */
export interface ConvertOptions extends WriteOptions {
  /** The format the document must have. Default: whichever it has. */
  readonly from?: FormatName;
  /** How to read an HS3 document. */
  readonly hs3?: Hs3Options;
  /** Name of the input for error messages. */
  readonly file?: string;
}

/**
 * Writes a model as HS3: its measurement first, then the others of its workspace.
 *
 * ```ts
 * const { document, report } = toHs3(model, { points: [{ name: "best_fit", values }] });
 * ```
 *
 * @throws NextstatError `usage` for what HS3 has no form for
 */
export function toHs3(model: Model, options: ToHs3Options = {}): Converted {
  const { workspace, resolved, interpolation, hs3 } = model;
  const own = resolved.measurement;
  const others = workspace.measurements.map(({ name }) => name).filter((name) => name !== own);
  const poi = resolved.poi === null ? null : (resolved.parameters[resolved.poi]?.name ?? null);
  const written = writeAsHs3(workspace, hs3, interpolation, options, [
    { name: own, poi, parameters: resolved.parameters },
    ...others.map((name) => measurementOf(workspace, name)),
  ]);
  return { ...written, format: "hs3", from: hs3 === null ? "pyhf" : "hs3" };
}

/**
 * Converts a document. What the other format has no place for is in the report; what it cannot say at all is an error.
 *
 * ```ts
 * const { document, report } = convert(await readFile("workspace.json", "utf8"), { to: "hs3" });
 * ```
 *
 * @param source JSON text, or the value it stands for
 * @throws NextstatError `input` for a malformed document, `usage` for what the other format has no form for
 */
export function convert(source: string | object, options: ConvertOptions): Converted {
  const { from, hs3, file } = options;
  const input = readDocument(source, {
    ...(file === undefined ? {} : { file }),
    ...(hs3 === undefined ? {} : { hs3 }),
    ...(from === undefined ? {} : { from }),
  });
  return writeConverted(input, options);
}

/** The same for what has been read. */
export function writeConverted(input: ConversionInput, options: WriteOptions): Converted {
  const { to, measurement, interpDefaults = "root" } = options;
  if (!FORMATS.includes(to)) {
    throw new NextstatError("usage", `unknown format "${to}"`, {
      hint: `choose one of ${FORMATS.join(", ")}`,
    });
  }
  const written = WRITERS[to](input, measurement, interpDefaults, options);
  return { ...fromInput(input, written), document: written.document, format: to };
}

/**
 * Writes what has been read as HistFactory's files.
 *
 * @throws NextstatError `usage` for what ROOT's HistFactory has no form for
 */
export function writeConvertedFiles(
  input: ConversionInput,
  { measurement, interpDefaults = "root" }: Pick<WriteOptions, "measurement" | "interpDefaults">,
): ConvertedFiles {
  const kept = only(input.workspace, measurement);
  const { files, report, warnings, rootParameters } = writeHistFactory(kept, {
    interpolation: INTERPOLATION[interpDefaults],
    source: input.hs3,
    measurements: kept.measurements.map(({ name }) => measurementOf(kept, name)),
  });
  return { ...fromInput(input, { report, warnings }), files, rootParameters };
}

/** The report and the warnings of the whole way. */
function fromInput(
  input: ConversionInput,
  { report, warnings }: Pick<Converted, "report" | "warnings">,
): Omit<Converted, "document" | "format"> {
  return {
    from: input.format,
    report: joinReports(input.report, inDocument(report, input)),
    warnings: [...new Set([...input.notices.map((n) => n.message), ...warnings])],
  };
}

/** Paths of the workspace as paths of the document it was read from. */
function inDocument(
  report: ConversionReport,
  { format, locate }: ConversionInput,
): ConversionReport {
  if (format === "pyhf") return report;
  const pathOf = (pointer: string): string | undefined => {
    const { file, line, pointer: own } = locate(pointer);
    if (format === "hs3") return own;
    return line === undefined ? undefined : `${file}:${line}`;
  };
  const move = (entries: ConversionReport["kept"]): ConversionReport["kept"] =>
    entries.map(({ path, note }) => {
      const isPart = /^\/(channels|observations|measurements)\b/.test(path);
      return { path: isPart ? (pathOf(path) ?? path) : path, note };
    });
  return { kept: move(report.kept), changed: move(report.changed), lost: move(report.lost) };
}

type Writer = (
  input: ConversionInput,
  measurement: string | undefined,
  interpDefaults: keyof typeof INTERPOLATION,
  options: ToHs3Options,
) => Written;

type Written = Pick<Converted, "document" | "report" | "warnings">;

/** How each format is written: another one is one more entry. */
const WRITERS: Readonly<Record<FormatName, Writer>> = {
  pyhf({ workspace, hs3 }, measurement) {
    const { workspace: document, report, warnings } = writePyhf(only(workspace, measurement), hs3);
    return { document, report, warnings };
  },
  hs3({ workspace, hs3 }, measurement, interpDefaults, options) {
    const kept = only(workspace, measurement);
    const measurements = kept.measurements.map(({ name }) => measurementOf(kept, name));
    return writeAsHs3(kept, hs3, INTERPOLATION[interpDefaults], options, measurements);
  },
};

function only(workspace: Workspace, name: string | undefined): Workspace {
  if (name === undefined) return workspace;
  // Refuses a name that does not exist.
  resolveModel(workspace, { measurement: name });
  const measurements = workspace.measurements.filter((measurement) => measurement.name === name);
  return { ...workspace, measurements };
}

/** A measurement as writers need it. */
export function measurementOf(workspace: Workspace, name: string): MeasurementToWrite {
  const { parameters, poi } = resolveModel(workspace, { measurement: name });
  return { name, parameters, poi: poi === null ? null : (parameters[poi]?.name ?? null) };
}

function writeAsHs3(
  workspace: Workspace,
  source: Hs3Source | null,
  interpolation: Model["interpolation"],
  { points, version }: ToHs3Options,
  measurements: readonly MeasurementToWrite[],
): Written {
  return writeHs3(workspace, {
    measurements,
    interpolation,
    ...(version === undefined ? {} : { version }),
    ...(points === undefined ? {} : { points }),
    ...(source === null ? {} : { source }),
  });
}
