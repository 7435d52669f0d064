/**
 * Arrow data (the file and the stream format of IPC, Feather version 2) as tables.
 *
 * @module
 */

import { concatenate, sliceColumn } from "../../columns/column.ts";
import type { Column } from "../../columns/index.ts";
import { newArray } from "../../columns/numbers.ts";
import type { TableColumn } from "../../columns/table.ts";
import { damaged } from "../root/byte-reader.ts";
import { type ByteSource, buffered } from "../tables/byte-source.ts";
import { type OpenColumnarOptions, PORTABLE_TABLE_CODECS } from "../tables/codecs.ts";
import {
  type ColumnarTable,
  columnarTable,
  type MissingRows,
  missingValue,
} from "../tables/columnar.ts";
import type { Budget, ColumnSource } from "../tables/table.ts";
import { type BatchContext, loadField, type OptionalColumn } from "./batch-reader.ts";
import { type ArrowContents, type Batch, readContents } from "./messages.ts";
import type { ArrowField } from "./schema.ts";

/**
 * Opens Arrow data. Reads the metadata; a column of a record batch when it is asked for.
 *
 * @throws NextstatError `input` where they are damaged, or no Arrow data
 */
export async function openArrow(
  source: ByteSource,
  options: OpenColumnarOptions = {},
): Promise<ColumnarTable> {
  const file: OpenArrow = {
    source: buffered(source),
    codecs: { ...PORTABLE_TABLE_CODECS, ...options.codecs },
    ...(await readContents(buffered(source))),
  };
  const entries = file.batches.reduce((sum, { rows }) => sum + rows, 0);
  const origin = { file: source.name, offset: 0 };
  if (!Number.isSafeInteger(entries)) throw damaged(origin, "it claims to have too many rows");
  return columnarTable({
    file,
    origin,
    path: "",
    entries,
    columns: file.fields.map((field, index) => {
      const info: TableColumn = {
        name: field.name,
        type: field.type,
        unreadable: field.unreadable,
      };
      return [info, (missing) => openColumn(file, index, info, missing)];
    }),
  });
}

interface OpenArrow extends ArrowContents, Pick<BatchContext, "source" | "codecs"> {}

function openColumn(
  file: OpenArrow,
  index: number,
  info: TableColumn,
  missing: MissingRows | null,
): ColumnSource {
  const dictionaries = new Map<string, OptionalColumn>();
  /** The batch that has been read last: the next chunk may need it again. */
  let kept: { readonly batch: Batch; readonly loaded: OptionalColumn } | null = null;

  const load = async (batch: Batch, budget: Budget): Promise<OptionalColumn> => {
    if (kept?.batch === batch) return kept.loaded;
    const context = contextOf(file, info, dictionaries, file.batches.indexOf(batch), budget);
    const loaded = await loadField(batch, file.fields, index, context);
    kept = { batch, loaded };
    return loaded;
  };

  return {
    info,
    bytesPerEntry: bytesPerEntry(file),
    // Which bytes are needed depends on the batch, and is in its metadata.
    parts: () => [],
    async decode(start, stop, _, budget) {
      const pieces: Column[] = [];
      budget(stop - start);
      const rows = new Uint8Array(missing === null ? 0 : stop - start);
      let hasMissing = false;
      let first = 0;
      for (const batch of file.batches) {
        const from = Math.max(0, start - first);
        const to = Math.min(batch.rows, stop - first);
        // An empty range still has a type.
        const isNeeded = from < to || (start === stop && pieces.length === 0);
        if (isNeeded) {
          const { column, missing: absent } = await load(batch, budget);
          pieces.push(sliceColumn(column, from, Math.max(from, to)));
          const isFloat = column.kind === "numbers" && /^float/.test(column.type);
          for (let i = from; absent !== null && i < to; i++) {
            if (absent[i] === 0) continue;
            if (missing !== null) rows[first + i - start] = 1;
            else if (!isFloat && column.kind !== "records") {
              throw missingValue(file.source.name, info.name, first + i);
            }
            hasMissing = true;
          }
        }
        first += batch.rows;
      }
      if (hasMissing) missing?.(rows);
      return pieces.length === 0
        ? emptyColumn(file.fields[index] as ArrowField)
        : concatenate(pieces);
    },
  };
}

function contextOf(
  file: OpenArrow,
  info: TableColumn,
  loaded: Map<string, OptionalColumn>,
  index: number,
  budget: Budget,
): BatchContext {
  const { source, codecs } = file;
  const refuse = (): Error => missingValue(source.name, info.name, null);
  const dictionary = async (id: number): Promise<OptionalColumn> => {
    const own = file.dictionaries.filter((d) => d.id === id && d.before <= index);
    const last = own.findLastIndex(({ isDelta }) => !isDelta);
    const origin = file.batches[index]?.origin ?? { file: source.name, offset: 0 };
    if (last < 0) throw damaged(origin, `dictionary ${id} is missing`);
    const parts = own.slice(last);
    const key = `${id} ${file.dictionaries.indexOf(parts[0] as (typeof parts)[0])} ${parts.length}`;
    const known = loaded.get(key);
    if (known !== undefined) return known;
    const field = fieldOfDictionary(file.fields, id) as ArrowField;
    const values: OptionalColumn[] = [];
    for (const { batch } of parts) {
      const nested = async (): Promise<OptionalColumn> => {
        throw damaged(batch.origin, "a dictionary in a dictionary");
      };
      const context = { source, codecs, budget, refuse, dictionary: nested };
      values.push(await loadField(batch, [{ ...field, dictionary: null }], 0, context));
    }
    const column = concatenate(values.map((value) => value.column));
    const joined: OptionalColumn = { column, missing: joinMissing(values, parts) };
    loaded.set(key, joined);
    return joined;
  };
  return { source, codecs, budget, dictionary, refuse };
}

function joinMissing(
  values: readonly OptionalColumn[],
  parts: readonly { readonly batch: Batch }[],
): Uint8Array | null {
  if (values.every(({ missing }) => missing === null)) return null;
  const sizes = parts.map(({ batch }) => batch.rows);
  const all = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  values.forEach(({ missing }, i) => {
    if (missing !== null) all.set(missing, at);
    at += sizes[i] as number;
  });
  return all;
}

function fieldOfDictionary(fields: readonly ArrowField[], id: number): ArrowField | undefined {
  for (const field of fields) {
    if (field.dictionary?.id === id) return field;
    const below = fieldOfDictionary(field.children, id);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** A column of a table without any batch. */
function emptyColumn(field: ArrowField): Column {
  const { layout, children } = field;
  const content = (): Column => emptyColumn(children[0] as ArrowField);
  switch (layout.kind) {
    case "numbers":
      return { kind: "numbers", type: layout.type, values: newArray(layout.type, 0) };
    case "bits":
      return { kind: "numbers", type: "bool", values: new Uint8Array(0) };
    case "half":
      return { kind: "numbers", type: "float32", values: new Float32Array(0) };
    case "decimal":
      return { kind: "numbers", type: "float64", values: new Float64Array(0) };
    case "list":
      return { kind: "lists", offsets: new Int32Array(1), content: content() };
    case "fixed-list":
      return { kind: "arrays", length: layout.length, entries: 0, content: content() };
    case "record": {
      const fields = children.map((child): [string, Column] => [child.name, emptyColumn(child)]);
      return { kind: "records", entries: 0, fields: Object.fromEntries(fields) };
    }
    default:
      return { kind: "strings", values: [] };
  }
}

/** From the size of the bodies: of no importance but for the size of chunks. */
function bytesPerEntry({ batches, fields }: OpenArrow): number {
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  const bytes = batches.reduce(
    (sum, { buffers }) => sum + buffers.reduce((own, [, length]) => own + length, 0),
    0,
  );
  return Math.max(8, bytes / Math.max(1, rows * fields.length));
}
