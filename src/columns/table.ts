/**
 * Tables: named columns of entries, read in chunks, whatever the format of the file. Trees and ntuples of ROOT, Parquet and
 * Arrow files are all read through this.
 *
 * @module
 */

import type { Column } from "./column.ts";

/** A column that a table has. */
export interface TableColumn {
  readonly name: string;
  /** As the file has it: `float`, `int[3]` or `vector<float>` in ROOT files, `double` or `list<float>` in others. */
  readonly type: string;
  /** Why the column cannot be read; null where it can. */
  readonly unreadable: string | null;
}

/** Columns by name, for entries from `start` up to, not including, `stop`. */
export interface TableChunk {
  readonly start: number;
  readonly stop: number;
  readonly columns: Readonly<Record<string, Column>>;
}

/** Which entries. */
export interface EntryRange {
  /** Default 0. */
  readonly start?: number;
  /** Not included. Default: all. */
  readonly stop?: number;
}

export interface ChunkOptions extends EntryRange {
  /** Entries of a chunk. Default: as many as take about 32 MiB. */
  readonly chunkEntries?: number;
}

export interface ReadOptions extends EntryRange {
  /** The most memory the columns may take, in bytes. Default: 1 GiB. */
  readonly maxBytes?: number;
}

/** Something with columns. */
export interface Table {
  /** Where it is in its file: the path of a tree; empty for a file that is one table. */
  readonly path: string;
  readonly entries: number;
  readonly columns: readonly TableColumn[];
  /**
   * Some columns, whole.
   *
   * @param names default: every column that can be read
   * @throws NextstatError `usage` for a column that is not there, `input` where the file is damaged
   */
  read(names?: readonly string[], options?: ReadOptions): Promise<TableChunk>;
  /** The same piece by piece: for tables of any size. */
  chunks(names?: readonly string[], options?: ChunkOptions): AsyncGenerator<TableChunk, void>;
}
