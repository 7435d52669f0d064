/**
 * What tables of all formats have in common: entries, named columns, and reading some columns of some entries, all at once or
 * piece by piece. The formats provide a {@link ColumnSource} for each column; here it is decided what is read when.
 *
 * @module
 */

import type { Column } from "../../columns/column.ts";
import type {
  EntryRange,
  ReadOptions,
  Table,
  TableChunk,
  TableColumn,
} from "../../columns/table.ts";
import { NextstatError, suggestName } from "../../errors.ts";
import { ByteReader, type Origin, printable } from "../root/byte-reader.ts";
import { readBytes } from "../root/keys.ts";
import type { ByteSource } from "./byte-source.ts";

/** Some bytes of the file. */
export interface Part {
  readonly offset: number;
  readonly length: number;
}

/** How one column is read. Sources may keep what the next entries need again. */
export interface ColumnSource {
  readonly info: TableColumn;
  /** Estimate of the memory that an entry takes, in bytes; of no importance but for the size of chunks. */
  readonly bytesPerEntry: number;
  /** What {@link decode} will ask for, apart from what is kept. */
  parts(start: number, stop: number): readonly Part[];
  /**
   * @param bytes the content of each of {@link parts}
   * @param budget is asked before memory is
   */
  decode(
    start: number,
    stop: number,
    bytes: (part: Part) => ByteReader,
    budget: Budget,
  ): Promise<Column>;
}

/** Asked before memory for `bytes` is used; throws where that is too much. */
export type Budget = (bytes: number) => void;

/** What a table is made of. */
export interface TableParts {
  readonly file: { readonly source: ByteSource };
  /** The object, for messages. */
  readonly origin: Origin;
  readonly path: string;
  readonly entries: number;
  /** What can be known of a column without its data, and its source, made anew for each reading. */
  readonly columns: readonly (readonly [info: TableColumn, open: () => ColumnSource])[];
}

const CHUNK_BYTES = 1 << 25;
/** One chunk may not take more, in bytes. */
const MAX_CHUNK_BYTES = 1 << 29;
const MAX_READ_BYTES = 1 << 30;
/** Parts are read together when there is no more than this between them... */
const GAP = 1 << 14;
/** ...as long as that makes no more than this, both in bytes. */
const RUN = 1 << 23;

/** A table from its parts. */
export function makeTable(given: TableParts): Table {
  const parts = { ...given, columns: withoutRepeats(given.columns) };
  const { path, entries } = parts;
  return {
    path,
    entries,
    columns: parts.columns.map(([info]) => info),
    read: (names, options = {}) => readWhole(parts, names, options),
    chunks: (names, options = {}) => {
      const { start, stop } = rangeOf(parts, options);
      const { chunkEntries } = options;
      if (chunkEntries !== undefined && !(Number.isInteger(chunkEntries) && chunkEntries > 0)) {
        throw usage(parts, `chunkEntries: ${chunkEntries}`, "give a positive whole number");
      }
      const budget = (): Budget => limit(parts, MAX_CHUNK_BYTES, "give a smaller chunkEntries");
      return readChunks(parts, openColumns(parts, names), { start, stop, chunkEntries, budget });
    },
  };
}

/** A name stands for one column: the first that has it. */
function withoutRepeats(columns: TableParts["columns"]): TableParts["columns"] {
  const names = new Set<string>();
  return columns.map(([info, open]) => {
    const isRepeated = names.has(info.name);
    names.add(info.name);
    const unreadable = isRepeated ? "a column before it has the same name" : info.unreadable;
    return [{ ...info, unreadable }, open];
  });
}

async function readWhole(
  parts: TableParts,
  names: readonly string[] | undefined,
  options: ReadOptions,
): Promise<TableChunk> {
  const { start, stop } = rangeOf(parts, options);
  const sources = openColumns(parts, names);
  const most = options.maxBytes ?? MAX_READ_BYTES;
  const budget = limit(parts, most, "read fewer columns or entries, or use chunks()");
  return readChunk(parts, sources, start, stop, budget);
}

interface ChunkPlan {
  readonly start: number;
  readonly stop: number;
  readonly chunkEntries: number | undefined;
  /** For the next chunk. */
  readonly budget: () => Budget;
}

/** At least one chunk, so that columns without entries have their types. */
async function* readChunks(
  parts: TableParts,
  sources: readonly ColumnSource[],
  plan: ChunkPlan,
): AsyncGenerator<TableChunk, void> {
  const perEntry = sources.reduce((sum, { bytesPerEntry }) => sum + bytesPerEntry, 0);
  const usual = Math.max(1, Math.floor(CHUNK_BYTES / Math.max(perEntry, 1 / 16)));
  const step = plan.chunkEntries ?? usual;
  let start = plan.start;
  do {
    const stop = Math.min(plan.stop, start + step);
    yield await readChunk(parts, sources, start, stop, plan.budget());
    start = stop;
  } while (start < plan.stop);
}

async function readChunk(
  parts: TableParts,
  sources: readonly ColumnSource[],
  start: number,
  stop: number,
  budget: Budget,
): Promise<TableChunk> {
  const wanted = sources.map((source) => source.parts(start, stop));
  const bytes = await readParts(parts, wanted.flat(), budget);
  const columns: [string, Column][] = [];
  for (const source of sources) {
    columns.push([source.info.name, await source.decode(start, stop, bytes, budget)]);
  }
  return { start, stop, columns: Object.fromEntries(columns) };
}

/** Reads parts that are near each other at once. */
async function readParts(
  { file, origin: { object } }: TableParts,
  wanted: readonly Part[],
  budget: Budget,
): Promise<(part: Part) => ByteReader> {
  const sorted = [...wanted].sort((a, b) => a.offset - b.offset);
  const readers = new Map<number, ByteReader>();
  const label = object === undefined ? {} : { object };
  for (let i = 0; i < sorted.length; ) {
    const { offset } = sorted[i] as Part;
    let end = offset;
    const run: Part[] = [];
    for (; i < sorted.length; i++) {
      const part = sorted[i] as Part;
      const stop = part.offset + part.length;
      if (run.length > 0 && (part.offset > end + GAP || stop - offset > RUN)) break;
      run.push(part);
      end = Math.max(end, stop);
    }
    budget(end - offset);
    const { bytes, origin } = await readBytes(file, offset, end - offset, label);
    for (const part of run) {
      const from = part.offset - offset;
      readers.set(
        part.offset,
        new ByteReader(bytes.subarray(from, from + part.length), {
          ...origin,
          offset: part.offset,
        }),
      );
    }
  }
  return (part) => readers.get(part.offset) as ByteReader;
}

function rangeOf(parts: TableParts, range: EntryRange): { start: number; stop: number } {
  const { start = 0, stop = parts.entries } = range;
  if (!(Number.isInteger(start) && Number.isInteger(stop) && start >= 0 && start <= stop)) {
    throw usage(parts, `entries ${start} to ${stop}`, "give whole numbers, start not above stop");
  }
  if (stop > parts.entries) {
    throw usage(parts, `entry ${stop} is after the last one`, `there are ${parts.entries}`);
  }
  return { start, stop };
}

function openColumns(parts: TableParts, names: readonly string[] | undefined): ColumnSource[] {
  const readable = parts.columns.filter(([info]) => info.unreadable === null);
  if (names === undefined) return readable.map(([, open]) => open());
  return [...new Set(names)].map((name) => {
    const column = parts.columns.find(([info]) => info.name === name);
    if (column === undefined) {
      const known = parts.columns.map(([info]) => printable(info.name));
      throw usage(parts, `there is no column "${printable(name)}"`, suggestName(name, known));
    }
    const [info, open] = column;
    if (info.unreadable !== null) {
      throw usage(
        parts,
        `column "${printable(name)}" (${printable(info.type)}) cannot be read`,
        info.unreadable,
      );
    }
    return open();
  });
}

function usage(
  { file, origin: { object } }: TableParts,
  problem: string,
  hint: string,
): NextstatError {
  const location = { file: file.source.name, ...(object === undefined ? {} : { object }) };
  return new NextstatError("usage", problem, { location, hint });
}

function limit(parts: TableParts, most: number, hint: string): Budget {
  let used = 0;
  return (bytes) => {
    used += bytes;
    if (used <= most) return;
    const size = most < 1 << 20 ? `${most} bytes` : `${Math.floor(most / (1 << 20))} MiB`;
    throw usage(parts, `the columns take more than ${size}`, hint);
  };
}
