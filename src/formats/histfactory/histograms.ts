/**
 * The histograms that the XML files name, from the ROOT files that they name.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";
import type { Histogram } from "../root/histogram.ts";
import type { RootFile } from "../root/root-file.ts";
import type { HistogramName } from "./document.ts";
import { xmlError } from "./elements.ts";

/** Where files come from: a folder, an archive, the files dropped on a page. */
export interface HistFactoryFiles {
  /**
   * The text of a file named by the XML.
   *
   * @param name as it is written there
   * @returns also what to call it in messages
   */
  readText(name: string): Promise<{ readonly text: string; readonly file: string }>;
  /** A ROOT file named by the XML. */
  openRoot(name: string): Promise<RootFile>;
}

/** Most bins that all elements together may name: 160 MB of numbers, some copies of which are made. */
const MAX_BINS = 20_000_000;

/** Reads each histogram once, and opens each file once. */
export class HistogramReader {
  readonly #files: HistFactoryFiles;
  readonly #open = new Map<string, Promise<RootFile>>();
  readonly #read = new Map<string, Promise<Histogram>>();
  #nBins = 0;

  constructor(files: HistFactoryFiles) {
    this.#files = files;
  }

  /** @throws NextstatError `input` at the place in the XML that names the histogram */
  async read({ file, path, name, place }: HistogramName): Promise<Histogram> {
    const folders = path.split("/").filter((part) => part !== "");
    const inside = [...folders, name].join("/");
    const failure = (error: unknown, joint: string): unknown => {
      if (!(error instanceof NextstatError)) return error;
      const { file: where = file, object } = error.location;
      const part = object === undefined ? "" : `, object ${object}`;
      return xmlError(`${error.problem}${joint}${where}${part}`, place, error.hint);
    };
    const root = await this.#file(file).catch((error: unknown) => {
      throw failure(error, ": ");
    });
    const key = `${file}\n${inside}`;
    let read = this.#read.get(key);
    if (read === undefined) {
      read = root.histogram(inside);
      this.#read.set(key, read);
    }
    const histogram = await read.catch((error: unknown) => {
      throw failure(error, " in ");
    });
    this.#nBins += histogram.values.length;
    if (this.#nBins > MAX_BINS) {
      throw xmlError(
        `the histograms up to this one have more than ${MAX_BINS} bins in all`,
        place,
        "rebin them, or read fewer channels at a time",
      );
    }
    return histogram;
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    for (const opened of this.#open.values()) {
      // What could not be opened has been reported, and needs no closing.
      await opened.then(
        (root) => root.close(),
        () => {},
      );
    }
  }

  #file(name: string): Promise<RootFile> {
    let opened = this.#open.get(name);
    if (opened === undefined) {
      opened = this.#files.openRoot(name);
      this.#open.set(name, opened);
    }
    return opened;
  }
}
