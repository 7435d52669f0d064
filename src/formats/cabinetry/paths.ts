/**
 * Paths of input files: the general one with what regions, samples and variations put into its placeholders.
 *
 * @module
 */

import type { HistogramLocation } from "../../templates/index.ts";
import type { Block, Config } from "./config.ts";

/** A template of the analysis: the nominal one of a sample in a region, or one side of a systematic. */
export interface Place {
  readonly region: Block;
  readonly sample: Block;
  readonly systematic: Block | null;
  /** The side of the systematic; null for the nominal template. */
  readonly side: Block | null;
}

/** A text of the side, if it has one, else what the nominal template has. */
export function override(side: Block | null, key: string, nominal: string | null): string | null {
  return side?.text(key) ?? nominal;
}

/**
 * Files of events.
 *
 * @throws NextstatError `input` for a placeholder that nothing is put into
 */
export function ntuplePaths(config: Config, place: Place): readonly string[] {
  const { region, side } = place;
  const path = override(side, "RegionPath", region.text("RegionPath"));
  return samplePaths(config, place, fill(config, place, "RegionPath", path, inputPath(config)));
}

/**
 * The one histogram of a template: `file.root:path`.
 *
 * @throws NextstatError `input` for a placeholder that nothing is put into, and where no histogram is named
 */
export function histogramLocation(config: Config, place: Place): HistogramLocation {
  const { region, sample, side, systematic } = place;
  // A variation cannot override the path of the region: cabinetry has no such thing for histograms.
  side?.withoutEffect("RegionPath", "with histograms as input, cabinetry does not look at it");
  const partial = fill(config, place, "RegionPath", region.text("RegionPath"), inputPath(config));
  const [path = "", ...more] = samplePaths(config, place, partial);
  const owner = side !== null && side.texts("SamplePath").length > 0 ? side : sample;
  if (more.length > 0) {
    throw config.fail(
      `SamplePath of "${owner.name}" is a list, and a histogram has one place`,
      owner.lineOf("SamplePath"),
      "lists are for events as input",
    );
  }
  const variation = override(side, "VariationPath", config.general.text("VariationPath")) ?? "";
  const full = path.replaceAll("{VariationPath}", variation);
  const colon = full.lastIndexOf(":");
  if (colon > 0 && colon < full.length - 1) {
    return { path: full.slice(0, colon), histogram: full.slice(colon + 1) };
  }
  throw config.fail(
    `${full} names no histogram in a file`,
    (systematic ?? sample).line,
    "InputPath for histograms is file.root:path, with placeholders {RegionPath}, {SamplePath} and {VariationPath}",
  );
}

function inputPath({ general }: Config): string {
  return general.text("InputPath") ?? "";
}

function samplePaths(config: Config, place: Place, path: string): readonly string[] {
  const { sample, side } = place;
  const own = side?.texts("SamplePath") ?? [];
  const names = own.length > 0 ? own : sample.texts("SamplePath");
  if (names.length === 0) return [fill(config, place, "SamplePath", null, path)];
  return names.map((name) => fill(config, place, "SamplePath", name, path));
}

function fill(
  config: Config,
  { region, sample, side }: Place,
  key: "RegionPath" | "SamplePath",
  value: string | null,
  path: string,
): string {
  const placeholder = `{${key}}`;
  const owner = key === "RegionPath" ? region : sample;
  if (!path.includes(placeholder)) {
    const reason = `InputPath has no ${placeholder}`;
    owner.withoutEffect(key, reason);
    side?.withoutEffect(key, reason);
    return path;
  }
  if (value !== null) return path.replaceAll(placeholder, value);
  throw config.fail(
    `InputPath has ${placeholder}, and ${owner.kind} "${owner.name}" has no ${key}`,
    owner.line,
    `add ${key}: to it`,
  );
}
