/**
 * Known keys that change nothing.
 *
 * @module
 */

import type { Block, Config } from "./config.ts";
import type { CabinetryCoverage } from "./coverage.ts";

/** The coverage report, once everything has been read. */
export function coverageOf({ keys, unknown, listed }: Config): CabinetryCoverage {
  const seen = new Set<string>();
  return {
    schema_version: "cabinetry_config_coverage_v0",
    n_globals: keys.globals,
    n_blocks: keys.blocks,
    n_block_attrs: keys.attributes,
    unknown,
    // A key of a sample is met again in every region.
    listed: listed.filter(({ line, key }) => {
      const place = `${line} ${key}`;
      if (seen.has(place)) return false;
      seen.add(place);
      return true;
    }),
  };
}

/** Keys that are for the other kind of input, or for blocks of another type. */
export function noteUnused(config: Config, hasEvents: boolean, data: Block): void {
  const { general, regions, samples, systematics } = config;
  general.withoutEffect("HistogramFolder", "histograms go where --histograms says");
  if (hasEvents) general.withoutEffect("VariationPath", "it is for histograms as input");
  else {
    const reason = "with histograms as input there is nothing to be filled";
    for (const region of regions) {
      for (const key of ["Variable", "Binning", "Filter"]) region.withoutEffect(key, reason);
    }
    for (const sample of samples) {
      for (const key of ["Filter", "Weight"]) sample.withoutEffect(key, reason);
    }
  }
  data.withoutEffect("DisableStaterror", "data have no statistical uncertainty in the model");
  for (const systematic of systematics) {
    const isNormalisation = systematic.text("Type") === "Normalization";
    for (const side of ["Up", "Down"] as const) {
      const block = systematic.block(side);
      if (!isNormalisation) {
        block?.withoutEffect("Normalization", "the Type is NormPlusShape");
        if (hasEvents) block?.withoutEffect("VariationPath", "it is for histograms as input");
        else {
          for (const key of ["Tree", "Weight", "Variable", "Filter"]) {
            block?.withoutEffect(key, "with histograms as input there is nothing to be filled");
          }
        }
        continue;
      }
      for (const key of [
        "Tree",
        "Weight",
        "Variable",
        "Filter",
        "RegionPath",
        "SamplePath",
        "VariationPath",
        "Symmetrize",
      ]) {
        block?.withoutEffect(key, "the Type is Normalization");
      }
    }
    if (isNormalisation) systematic.withoutEffect("Smoothing", "the Type is Normalization");
  }
}
