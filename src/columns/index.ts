/**
 * Columns of tables as plain data, and the one interface by which every format gives them.
 *
 * @module
 */

export {
  type ArrayColumn,
  type Column,
  entriesOf,
  type ListColumn,
  type NumberColumn,
  type RecordColumn,
  type StringColumn,
} from "./column.ts";
export type { NumericArray, NumericType } from "./numbers.ts";
export type {
  ChunkOptions,
  EntryRange,
  ReadOptions,
  Table,
  TableChunk,
  TableColumn,
} from "./table.ts";
