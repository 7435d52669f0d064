/**
 * A plan and its files to a workspace: histograms are read, templates filled, or taken from the file of an earlier run
 * where nothing they were made of has changed.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { NextstatError } from "../errors.ts";
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
import { filesOf, fillRequests } from "./fill-threads.ts";
import { readHistograms } from "./read-histograms.ts";
import { openRootFile, writeRootFile } from "./root-file.ts";

export interface BuildOptions {
  /** Names of files are relative to it. */
  readonly folder: string;
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
 * @throws NextstatError `input` for files, tables, columns and expressions that are not there, or damaged
 */
export async function buildFromPlan(
  plan: AnalysisPlan,
  options: BuildOptions,
): Promise<BuildResult> {
  const { folder, threads = 1, histograms, reuse = true, signal, onProgress } = options;
  const notices = new Notices();
  const requests = requestsOf(plan);
  const templates = new Map<string, Template>(
    await readHistograms(requests.histograms, folder, notices),
  );
  const records =
    histograms === undefined
      ? []
      : requests.events.map((request) => recordOf(request, plan, folder));
  const kept =
    histograms !== undefined && reuse
      ? await keptTemplates(histograms, requests.events, records)
      : new Map<string, Kept>();
  const missing = requests.events.filter(({ key }) => !kept.has(key));
  const filled = await fillRequests(missing, {
    style: plan.style,
    folder,
    threads,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const made = new Map(missing.map(({ key }, i) => [key, filled[i] as Kept]));
  for (const { key, name } of requests.events) {
    const { template, unusable } = kept.get(key) ?? (made.get(key) as Kept);
    templates.set(key, template);
    if (unusable > 0) notices.add("not-a-number", `${unusable} of ${name}`, unusable);
  }
  if (histograms !== undefined && missing.length > 0) {
    writeRootFile(
      histograms,
      requests.events.map(({ key, name }, i): HistogramToWrite => {
        const { unusable } = kept.get(key) ?? (made.get(key) as Kept);
        const title = titleOf(records[i] as string, unusable);
        return { path: name, title, ...(templates.get(key) as Template) };
      }),
    );
  }
  const work = { filled: missing.length, reused: kept.size, read: requests.histograms.length };
  return { ...buildWorkspace(plan, templates, notices), work };
}

interface Kept {
  readonly template: Template;
  readonly unusable: number;
}

/** A digest of all that a template is made of: expressions, bins, and the files as they are now. */
function recordOf(request: EventRequest, plan: AnalysisPlan, folder: string): string {
  const files = filesOf(request, folder).map((path) => {
    const { size, mtimeMs } = statSync(path);
    return [path, size, mtimeMs];
  });
  const text = JSON.stringify([RECORD_VERSION, plan.style, request.key, files]);
  return createHash("sha256").update(text).digest("hex");
}

/** To be raised when templates of the same record would get other numbers. */
const RECORD_VERSION = 1;

/** What made a histogram stands in its title. */
function titleOf(record: string, unusable: number): string {
  return `nextstat build ${record} ${unusable}`;
}

async function keptTemplates(
  path: string,
  requests: readonly EventRequest[],
  records: readonly string[],
): Promise<ReadonlyMap<string, Kept>> {
  const kept = new Map<string, Kept>();
  if (!existsSync(path)) return kept;
  const file = await openRootFile(path);
  try {
    const known = new Map(
      (await file.list()).map(({ path: name, title }): [string, string] => [name, title]),
    );
    for (const [i, { key, name, fill }] of requests.entries()) {
      const title = known.get(name) ?? "";
      const [, record, unusable] = /^nextstat build (\w+) (\d+)$/.exec(title) ?? [];
      if (record !== records[i]) continue;
      const { values, variances } = await file.histogram(name);
      const template = {
        edges: fill.axis.edges,
        values: [...values],
        variances: [...variances],
      };
      kept.set(key, { template, unusable: Number(unusable) });
    }
    const [other] = [...known].find(([, title]) => !title.startsWith("nextstat build ")) ?? [];
    if (other === undefined) return kept;
    throw new NextstatError("usage", `histogram ${other} is not of nextstat build`, {
      location: { file: path },
      hint: "give another file: this one would be overwritten",
    });
  } finally {
    await file.close();
  }
}
