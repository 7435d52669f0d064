/**
 * Tables in files on disk, of any format.
 *
 * @module
 */

import { type OpenedTable, openTable } from "../formats/index.ts";
import { fileSource, NODE_CODECS } from "./file-source.ts";

/**
 * Opens the table of a Parquet or Arrow file on disk, or one of the tables of a ROOT file.
 *
 * @param table path of the tree or ntuple in a ROOT file; files of other formats are one table
 * @throws NextstatError `input` when it cannot be read, is of another format, or is damaged; `usage` where the table is not
 * named, or does not exist
 */
export async function openTableFile(path: string, table?: string): Promise<OpenedTable> {
  const source = fileSource(path);
  try {
    return await openTable(source, {
      codecs: NODE_CODECS,
      ...(table === undefined ? {} : { table }),
    });
  } catch (error) {
    await source.close();
    throw error;
  }
}
