/**
 * Tables of any format: ROOT, Parquet or Arrow, as the first bytes of the file say.
 *
 * @module
 */

import type { Table } from "../columns/table.ts";
import { NextstatError } from "../errors.ts";
import { openArrow } from "./arrow/open.ts";
import { openParquet } from "./parquet/open.ts";
import type { Codecs } from "./root/codecs.ts";
import { openRoot } from "./root/root-file.ts";
import type { ByteSource } from "./tables/byte-source.ts";
import type { TableCodecs } from "./tables/codecs.ts";
import type { ColumnarTable } from "./tables/columnar.ts";

/** How to open a table. */
export interface OpenTableOptions {
  /** Path of the tree or ntuple in a ROOT file, where it is needed; files of other formats are one table. */
  readonly table?: string;
  /** What the platform does better than the code that runs everywhere. Default: nothing. */
  readonly codecs?: Partial<Codecs & TableCodecs>;
}

/** A table of a file. */
export type OpenedTable = { close(): Promise<void> } & (
  | { readonly format: "root"; readonly table: Table }
  | { readonly format: "parquet" | "arrow"; readonly table: ColumnarTable }
);

const NAMES = { root: "ROOT", parquet: "Parquet", arrow: "Arrow" } as const;

/**
 * Opens the table of a file, or one of the tables of a ROOT file. The source stays open where this fails.
 *
 * @throws NextstatError `input` for a file of another format, or a damaged one; `usage` where the table is not named, or does
 * not exist
 */
export async function openTable(
  source: ByteSource,
  options: OpenTableOptions = {},
): Promise<OpenedTable> {
  const { table: path, codecs = {} } = options;
  if (typeof (source as ByteSource | undefined)?.read !== "function") {
    throw new NextstatError("usage", "a table is read from bytes, and these are none", {
      hint: "give a Uint8Array, or what bytesSource, blobSource or urlSource makes",
    });
  }
  const format = await recogniseTable(source);
  const location = { file: source.name };
  const close = (): Promise<void> => source.close();
  if (format === null) {
    throw new NextstatError("input", "this is no table that can be read", {
      location,
      hint: "ROOT, Parquet and Arrow (IPC file or stream, Feather version 2) files are",
    });
  }
  if (format === "root") {
    const file = await openRoot(source, { codecs });
    if (path !== undefined) return { format, table: await file.table(path), close };
    const names = (await file.list())
      .filter(({ className }) => /^T(Tree|Ntuple)|RNTuple$/.test(className))
      .map((entry) => `"${entry.path}"`);
    throw new NextstatError("usage", "which table of the ROOT file is not said", {
      location,
      hint: names.length === 0 ? "there is none" : `there are ${[...new Set(names)].join(", ")}`,
    });
  }
  if (path !== undefined) {
    throw new NextstatError(
      "usage",
      `there is no "${path}" in the ${NAMES[format]} file, which is one table without a name`,
      { location, hint: "leave the name of the table out" },
    );
  }
  const table = await (format === "parquet" ? openParquet : openArrow)(source, { codecs });
  return { format, table, close };
}

/** The format of a file by its first bytes; null for any other. */
async function recogniseTable(source: ByteSource): Promise<OpenedTable["format"] | null> {
  const bytes = await source.read(0, Math.min(6, source.size));
  const text = new TextDecoder("latin1").decode(bytes);
  if (text.startsWith("root")) return "root";
  if (text.startsWith("PAR1") || text.startsWith("PARE")) return "parquet";
  if (text === "ARROW1" || text.startsWith("\xff\xff\xff\xff")) return "arrow";
  return null;
}
