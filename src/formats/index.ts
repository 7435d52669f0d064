/**
 * Reading workspaces: text in, checked plain data out; and ROOT files: bytes in, histograms and columns out. No I/O but
 * that of web servers and `Blob`s; runs in browsers and Node alike.
 *
 * @module
 */

export { writeArrow } from "./arrow/write.ts";
export { type ConversionEntry, type ConversionReport, joinReports } from "./conversion.ts";
export type { HistFactoryFiles } from "./histfactory/histograms.ts";
export type { HistFactoryOptions } from "./histfactory/options.ts";
export { type HistFactoryInput, readHistFactory } from "./histfactory/read.ts";
export { type WrittenHistFactory, writeHistFactory } from "./histfactory/write.ts";
export type { MeasurementToWrite } from "./hs3/model-parameters.ts";
export type { Hs3Options, Hs3Source, ParameterPoint } from "./hs3/types.ts";
export { writeHs3 } from "./hs3/write.ts";
export {
  type OpenedTable,
  type OpenTableOptions,
  openTable,
} from "./open-table.ts";
export { writeParquet } from "./parquet/write.ts";
export { DIGEST_ALGORITHMS, type DigestAlgorithm, digestWorkspace } from "./pyhf/digest.ts";
export { parseJson } from "./pyhf/json-text.ts";
export {
  applyPatchOf,
  applySpelledPatch,
  checkPatchset,
  digestMismatch,
  extractPatch,
  findPatch,
  type PatchInput,
  type Patchset,
  type PatchsetInput,
  type PatchsetPatch,
  readPatchset,
} from "./pyhf/patchset.ts";
export {
  keepSpellings,
  type NumberSpellings,
  pythonJson,
  readSpellings,
} from "./pyhf/python-json.ts";
export { checkPatched, checkWorkspace, readBackground, readWorkspace } from "./pyhf/read.ts";
export { checkDocument, type DocumentKind } from "./pyhf/schema-check.ts";
export { writePyhf } from "./pyhf/write.ts";
export {
  type DocumentInput,
  FORMATS,
  type FormatName,
  readDocument,
} from "./read-document.ts";
export type { Codecs } from "./root/codecs.ts";
export type { FlowBin, Histogram, HistogramAxis } from "./root/histogram.ts";
export {
  type OpenRootOptions,
  openRoot,
  type RootEntry,
  type RootFile,
  type RootTable,
} from "./root/root-file.ts";
export { writeRoot } from "./root/write.ts";
export type { HistogramToWrite } from "./root/write-histogram.ts";
export {
  type ByteSource,
  blobSource,
  bytesSource,
  urlSource,
} from "./tables/byte-source.ts";
export type { OpenColumnarOptions, TableCodecs } from "./tables/codecs.ts";
export type { ColumnToWrite } from "./tables/column-to-write.ts";
export type { ColumnarTable, OptionalColumns } from "./tables/columnar.ts";
export type { Decompressor } from "./tables/decompressors.ts";
export { type CombinationFilter, filterCombination } from "./trexfitter/combination.ts";
export { readTrexFitter, type TrexFitterInput } from "./trexfitter/read.ts";
export type { NamedTable } from "./yields/cells.ts";
export { manifestOf } from "./yields/manifest.ts";
export { readYields, type YieldsInput } from "./yields/read.ts";
export type { YieldsOptions } from "./yields/rows.ts";
