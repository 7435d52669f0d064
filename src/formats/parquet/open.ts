/**
 * Parquet files as tables.
 *
 * @module
 */

import { bytesOf } from "../../columns/numbers.ts";
import type { TableColumn } from "../../columns/table.ts";
import { damaged } from "../root/byte-reader.ts";
import type { ByteSource } from "../tables/byte-source.ts";
import { type OpenColumnarOptions, PORTABLE_TABLE_CODECS } from "../tables/codecs.ts";
import {
  type ColumnarTable,
  columnarTable,
  type MissingRows,
  missingValue,
} from "../tables/columnar.ts";
import type { ColumnSource } from "../tables/table.ts";
import { assemble, type LeafEntries } from "./assemble.ts";
import { LeafReader, type OpenParquet } from "./leaf-reader.ts";
import { readMetadata } from "./metadata.ts";
import { type Leaf, leavesOf, readSchema, type SchemaNode, typeName } from "./schema.ts";

/** Bytes of a text, for the size of chunks. */
const TEXT_BYTES = 32;

/**
 * Opens a Parquet file. Reads its footer; columns when they are asked for, page by page.
 *
 * @throws NextstatError `input` where it is damaged, or no Parquet file
 */
export async function openParquet(
  source: ByteSource,
  options: OpenColumnarOptions = {},
): Promise<ColumnarTable> {
  const { rows, schema, groups } = await readMetadata(source);
  const origin = { file: source.name, object: "footer", offset: 0 };
  const file: OpenParquet = {
    source,
    codecs: { ...PORTABLE_TABLE_CODECS, ...options.codecs },
    groups,
  };
  return columnarTable({
    file,
    origin: { file: source.name, offset: 0 },
    path: "",
    entries: rows,
    columns: readSchema(schema, origin).map(([name, node]) => {
      const info: TableColumn = {
        name,
        type: typeName(node),
        unreadable: unreadableOf(node, groups),
      };
      return [info, (missing) => openColumn(file, info, node, missing)];
    }),
  });
}

function unreadableOf(node: SchemaNode, groups: OpenParquet["groups"]): string | null {
  const leaves = leavesOf(node);
  const isEncrypted = leaves.some(({ index }) =>
    groups.some(({ chunks }) => chunks[index]?.isEncrypted),
  );
  if (isEncrypted) return "it is encrypted: write it without encryption";
  return leaves.find(({ type }) => type.unreadable !== null)?.type.unreadable ?? null;
}

function openColumn(
  file: OpenParquet,
  info: TableColumn,
  node: SchemaNode,
  missing: MissingRows | null,
): ColumnSource {
  const leaves = leavesOf(node);
  const readers = leaves.map((leaf) => [leaf.index, new LeafReader(file, leaf)] as const);
  return {
    info,
    bytesPerEntry: leaves.reduce((sum, leaf) => sum + bytesPerEntry(file, leaf), 0),
    // Where pages are is known only when the one before has been read.
    parts: () => [],
    async decode(start, stop, _, budget) {
      const entries = new Map<number, LeafEntries>();
      for (const [index, reader] of readers) {
        entries.set(index, await reader.take(start, stop - start, budget));
      }
      return assemble(node, {
        leaves: entries,
        missing,
        refuse: (entry) => missingValue(file.source.name, info.name, start + entry),
        damaged: (problem) =>
          damaged({ file: file.source.name, offset: 0 }, `column "${info.name}": ${problem}`),
      });
    },
  };
}

/** From the numbers of values that the row groups have. */
function bytesPerEntry({ groups }: OpenParquet, leaf: Leaf): number {
  const values = groups.reduce((sum, { chunks }) => sum + (chunks[leaf.index]?.values ?? 0), 0);
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const { values: type } = leaf.type;
  const bytes = type === null || type === "string" ? TEXT_BYTES : bytesOf(type);
  return (rows === 0 ? 1 : Math.max(1, values / rows)) * bytes;
}
