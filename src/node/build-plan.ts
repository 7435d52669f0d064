/**
 * A plan and its files to a workspace: histograms are read, templates filled, or taken from the file of an earlier run
 * where nothing they were made of has changed.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { NextstatError, suggestName } from "../errors.ts";
import type { HistogramToWrite } from "../formats/index.ts";
import {
  type AnalysisPlan,
  type Built,
  buildWorkspace,
  type EventRequest,
  Notices,
  requestsOf,
  type Template,
} from "../templates/index.ts";
import { fillRequests, repeatedFilesOf } from "./fill-threads.ts";
import { existingFiles } from "./find-files.ts";
import { readHistograms } from "./read-histograms.ts";
import { openRootFile, writeRootFile } from "./root-file.ts";

export interface BuildOptions {
  /** Names of files are relative to it. */
  readonly folder: string;
  /** Names of the regions to build. Default: all. */
  readonly only?: readonly string[];
  /** Default 1; the result does not depend on it. */
  readonly threads?: number;
  /** ROOT file that keeps the templates filled from events, and what made each. Default: none is written. */
  readonly histograms?: string;
  /** Takes templates from that file where nothing has changed. Default true. */
  readonly reuse?: boolean;
  /** Stops between two ranges of entries, with the signal's reason as the error. */
  readonly signal?: AbortSignal;
  /** Told how many entries of all tables have been read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A workspace, and how much work it was. */
export interface BuildResult extends Built {
  readonly work: {
    /** Templates filled from events in this run. */
    readonly filled: number;
    /** Templates filled by an earlier run. */
    readonly reused: number;
    /** Histograms that were read. */
    readonly read: number;
  };
}

/**
 * Builds the workspace of a plan.
 *
 * @throws NextstatError `input` for files, tables, columns and expressions that are not there, or damaged; `usage` for
 * regions that are not there, and for a file of histograms that holds something else
 */
export async function buildFromPlan(
  whole: AnalysisPlan,
  options: BuildOptions,
): Promise<BuildResult> {
  const plan = { ...whole, regions: namedRegions(whole.regions, options.only) };
  const { folder, threads = 1, histograms, reuse = true, signal, onProgress } = options;
  const notices = new Notices();
  const needed = requestsOf(plan);
  const keys = new Set(needed.events.map(({ key }) => key));
  // Those of other regions are kept, too, and have the same names whatever is built.
  const all = requestsOf(whole).events;
  const templates = new Map<string, Template>(
    await readHistograms(needed.histograms, folder, notices),
  );
  const records = histograms === undefined ? [] : recordsOf(all, plan.style, folder);
  const found =
    histograms === undefined
      ? new Map<string, Kept>()
      : await keptTemplates(histograms, all, records);
  const events = all.filter(({ key }) => keys.has(key));
  const missing = events.filter(({ key }) => !(reuse && found.has(key)));
  const filled = await fillRequests(missing, {
    style: plan.style,
    folder,
    threads,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const made = new Map<string, Kept>(found);
  for (const [i, { key }] of missing.entries()) made.set(key, filled[i] as Kept);
  for (const request of events) {
    const { key, name } = request;
    const { template, unusable } = made.get(key) as Kept;
    templates.set(key, template);
    for (const path of repeatedFilesOf(request, folder)) {
      notices.add("repeated-files", `${path} of ${name}`);
    }
    if (unusable > 0) notices.add("not-a-number", `${unusable} of ${name}`, unusable);
  }
  if (histograms !== undefined && missing.length > 0) {
    writeRootFile(
      histograms,
      all.flatMap(({ key, name }, i): HistogramToWrite[] => {
        const one = made.get(key);
        if (one === undefined) return [];
        const { template, unusable } = one;
        return [
          { path: name, title: titleOf(records[i] as string, template, unusable), ...template },
        ];
      }),
    );
  }
  const work = {
    filled: missing.length,
    reused: events.length - missing.length,
    read: needed.histograms.length,
  };
  return { ...buildWorkspace(plan, templates, notices), work };
}

/** The regions of these names; all without any. */
export function namedRegions<Region extends { readonly name: string }>(
  regions: readonly Region[],
  only: readonly string[] | undefined,
): readonly Region[] {
  if (only === undefined) return regions;
  const known = regions.map(({ name }) => name);
  for (const name of only) {
    if (known.includes(name)) continue;
    throw new NextstatError("usage", `there is no region "${name}"`, {
      hint: suggestName(name, known),
    });
  }
  return regions.filter(({ name }) => only.includes(name));
}

interface Kept {
  readonly template: Template;
  readonly unusable: number;
}

/** For each template a digest of all that it is made of: expressions, bins, and the files as they are now. */
function recordsOf(
  requests: readonly EventRequest[],
  style: AnalysisPlan["style"],
  folder: string,
): readonly string[] {
  // Templates name the same files, and a folder can have thousands.
  const states = new Map<string, string>();
  const stateOf = (pattern: string): string => {
    const known = states.get(pattern);
    if (known !== undefined) return known;
    const files = existingFiles(folder, pattern).map((path) => {
      // What is copied over a file can have its size and time; the time of the last change of its entry cannot be set.
      const { size, mtimeMs, ctimeMs } = statSync(path);
      return [resolve(path), size, mtimeMs, ctimeMs];
    });
    const state = sha256(files);
    states.set(pattern, state);
    return state;
  };
  return requests.map(({ key, files }) =>
    sha256([RECORD_VERSION, style, key, files.map(({ path }) => stateOf(path))]),
  );
}

/** To be raised when templates of the same record would get other numbers. */
const RECORD_VERSION = 2;

/** What made a histogram stands in its title, and a digest of it with its content: others may have changed that. */
function titleOf(record: string, { values, variances }: Template, unusable: number): string {
  const content = sha256([record, unusable, values, variances]);
  return `nextstat build ${record} ${unusable} ${content.slice(0, 16)}`;
}

function sha256(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/**
 * The templates of an earlier run of which nothing has changed.
 *
 * @throws NextstatError `usage` for a file that holds something else, which would be overwritten
 */
async function keptTemplates(
  path: string,
  requests: readonly EventRequest[],
  records: readonly string[],
): Promise<ReadonlyMap<string, Kept>> {
  const kept = new Map<string, Kept>();
  if (!existsSync(path)) return kept;
  const file = await openRootFile(path).catch((error) => {
    throw unusable(error);
  });
  try {
    const entries = await file.list();
    const other = entries.find(({ title }) => !title.startsWith("nextstat build "));
    if (other !== undefined) {
      throw new NextstatError("usage", `${other.path} is not of nextstat build`, {
        location: { file: path },
        hint: "give another file: this one would be overwritten",
      });
    }
    const titles = new Map(entries.map((entry) => [entry.path, entry.title]));
    for (const [i, { key, name, fill }] of requests.entries()) {
      const title = titles.get(name) ?? "";
      const [, record, left] = /^nextstat build (\w+) (\d+) \w+$/.exec(title) ?? [];
      if (record === undefined || record !== records[i]) continue;
      const { values, variances } = await file.histogram(name);
      const template = { edges: fill.axis.edges, values: [...values], variances: [...variances] };
      if (title !== titleOf(record, template, Number(left))) continue;
      kept.set(key, { template, unusable: Number(left) });
    }
    return kept;
  } catch (error) {
    throw unusable(error);
  } finally {
    await file.close();
  }
}

/** The error of a file of histograms that is damaged, or no ROOT file. */
function unusable(error: unknown): unknown {
  if (!(error instanceof NextstatError) || error.kind !== "input") return error;
  return new NextstatError("input", error.problem, {
    location: error.location,
    hint: "give another file for the histograms, or delete this one: they are filled again",
    cause: error,
  });
}

/** Files of events and histograms that a plan names and that are there. */
export function inputFiles(plan: AnalysisPlan, folder: string): readonly string[] {
  const { events, histograms } = requestsOf(plan);
  const patterns = [
    ...events.flatMap(({ files }) => files.map(({ path }) => path)),
    ...histograms.map(({ location }) => location.path),
  ];
  return [...new Set([...new Set(patterns)].flatMap((pattern) => existingFiles(folder, pattern)))];
}
