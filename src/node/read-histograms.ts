/**
 * Histograms that exist already, as templates.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { Histogram, RootFile } from "../formats/index.ts";
import type { HistogramRequest, Notices, Template } from "../templates/index.ts";
import { findFiles, withOrigin } from "./find-files.ts";
import { openRootFile } from "./root-file.ts";

/**
 * Reads histograms, each file once.
 *
 * @param folder that names of files are relative to
 * @returns key of the request and template
 * @throws NextstatError `input` for what is not there, damaged, or has more than one dimension
 */
export async function readHistograms(
  requests: readonly HistogramRequest[],
  folder: string,
  notices: Notices,
): Promise<readonly (readonly [key: string, template: Template])[]> {
  const byFile = new Map<string, HistogramRequest[]>();
  for (const request of requests) {
    const [path, ...more] = findFiles(folder, request.location.path, request.origin);
    if (path === undefined || more.length > 0) {
      throw new NextstatError(
        "input",
        `${request.origin}: ${request.location.path} stands for ${more.length + 1} files`,
        { hint: "a histogram is in one file: write its name without wildcards" },
      );
    }
    byFile.set(path, [...(byFile.get(path) ?? []), request]);
  }
  const templates: (readonly [string, Template])[] = [];
  for (const [path, inFile] of byFile) {
    const file = await openRootFile(path).catch((error) => {
      throw withOrigin(error, (inFile[0] as HistogramRequest).origin);
    });
    try {
      for (const request of inFile) {
        templates.push([request.key, await readOne(file, request, notices)]);
      }
    } finally {
      await file.close();
    }
  }
  return templates;
}

async function readOne(
  file: RootFile,
  { origin, location, mergeOutside }: HistogramRequest,
  notices: Notices,
): Promise<Template> {
  let histogram: Histogram;
  try {
    histogram = await file.histogram(location.histogram);
  } catch (error) {
    throw withOrigin(error, origin);
  }
  const [axis, ...more] = histogram.axes;
  const fail = (problem: string, hint: string): NextstatError =>
    new NextstatError("input", `${origin}: ${location.histogram} ${problem}`, {
      location: { file: file.name },
      hint,
    });
  if (axis === undefined || more.length > 0) {
    throw fail("has more than one axis", "give a histogram of one variable");
  }
  const values = [...histogram.values];
  const variances = [...histogram.variances];
  if (mergeOutside && histogram.flow !== null) {
    const [below, above] = histogram.flow;
    for (const [b, { value, variance }] of [
      [0, below],
      [values.length - 1, above],
    ] as const) {
      values[b] = (values[b] as number) + value;
      variances[b] = (variances[b] as number) + variance;
    }
  } else if (histogram.outside !== 0) {
    notices.add("outside", `${histogram.outside} in ${location.histogram} of ${file.name}`);
  }
  const bad = [...values, ...variances].findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw fail(`has bin ${bad % values.length} that is no finite number`, "fill it again");
  }
  return { edges: [...axis.edges], values, variances };
}
