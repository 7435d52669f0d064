/**
 * ROOT files on disk: read where and when something is asked for, never as a whole.
 *
 * @module
 */

import { basename } from "node:path";
import { type HistogramToWrite, openRoot, type RootFile, writeRoot } from "../formats/index.ts";
import { fileSource, NODE_CODECS } from "./file-source.ts";
import { writeOutput } from "./read-input.ts";

/**
 * Opens a ROOT file on disk.
 *
 * @throws NextstatError `input` when it cannot be read, is no ROOT file, or is damaged
 */
export async function openRootFile(path: string): Promise<RootFile> {
  const source = fileSource(path);
  try {
    return await openRoot(source, { codecs: NODE_CODECS });
  } catch (error) {
    await source.close();
    throw error;
  }
}

/**
 * Writes histograms to a ROOT file on disk, whole or not at all.
 *
 * @throws NextstatError `usage` for histograms that cannot be written, and where the file cannot
 */
export function writeRootFile(path: string, histograms: readonly HistogramToWrite[]): void {
  writeOutput(path, writeRoot(histograms, basename(path)));
}
