/**
 * What became of every key of a configuration: it is applied, or listed here with its line.
 *
 * @module
 */

import type { CoverageEntry } from "../coverage.ts";
import type { YamlEntry, YamlNode } from "./yaml-tree.ts";

/** A known key that changes nothing in the workspace. */
export interface ListedEntry extends CoverageEntry {
  readonly status: "not used";
  readonly note: string;
}

/** The report. */
export interface CabinetryCoverage {
  readonly schema_version: "cabinetry_config_coverage_v0";
  /** Settings of General. */
  readonly n_globals: number;
  readonly n_blocks: number;
  /** Settings of blocks. */
  readonly n_block_attrs: number;
  /** Keys that are not cabinetry's: they have no effect. */
  readonly unknown: readonly CoverageEntry[];
  readonly listed: readonly ListedEntry[];
}

/** A key as an entry of the report. */
export function coverageEntry(
  scope: CoverageEntry["scope"],
  kind: string,
  name: string,
  key: string,
  entry: YamlEntry,
): CoverageEntry {
  const value = shorten(entry);
  return { scope, block_kind: kind, block_name: name, key, value, line: entry.keyLine };
}

/** A value as it is shown. */
export function shorten({ value }: YamlNode): string {
  const text =
    value instanceof Map
      ? "a list of settings"
      : Array.isArray(value)
        ? `[${value.map((item) => shorten(item)).join(", ")}]`
        : typeof value === "string"
          ? `"${value}"`
          : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
