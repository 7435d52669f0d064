/**
 * What became of every setting of a configuration.
 *
 * @module
 */

import type { CoverageEntry } from "../coverage.ts";
import { type Block, type ParsedConfiguration, type Setting, unquote } from "./blocks.ts";
import { BLOCK_KEYS, BLOCK_KINDS, type KeyStatus, ruleOf } from "./keys.ts";
import { nearestHint } from "./values.ts";

/** A setting, and which of several files it stands in. */
export interface SettingEntry extends CoverageEntry {
  readonly file: string;
}

/** A known setting that is not simply applied. */
export interface ListedEntry extends SettingEntry {
  /** `not used`: of a key that is applied elsewhere, but nothing asked for it here. */
  readonly status: Exclude<KeyStatus, "applied"> | "not used" | "changed";
  readonly note: string;
}

/** The report. */
export interface CoverageReport {
  readonly schema_version: "trex_config_coverage_v0";
  /** Settings outside of blocks. */
  readonly n_globals: number;
  readonly n_blocks: number;
  /** Settings of blocks. */
  readonly n_block_attrs: number;
  /** Settings of which all is in the workspace. */
  readonly n_applied: number;
  /** Keys and blocks that are not TRExFitter's. */
  readonly unknown: readonly SettingEntry[];
  /** Known settings that are not, or not quite, in the workspace. */
  readonly listed: readonly ListedEntry[];
}

/** Something to say about one setting. */
export interface Remark {
  readonly setting: Setting;
  readonly block: Block;
  readonly note: string;
}

/** What is known once a plan has been made. */
export interface CoverageInput {
  readonly parsed: ParsedConfiguration;
  /** Settings that have been read. */
  readonly used: ReadonlySet<Setting>;
  /** Settings that are applied otherwise than TRExFitter does. */
  readonly remarks: readonly Remark[];
  /** An existing combination is filtered: most settings are those of what made it. */
  readonly isCombination: boolean;
}

/** The report and what of it the user must be told. */
export function coverageOf({ parsed, used, remarks, isCombination }: CoverageInput): {
  readonly report: CoverageReport;
  readonly warnings: readonly string[];
} {
  const unknown: SettingEntry[] = [];
  const listed: ListedEntry[] = [];
  const warnings = new Grouped();
  let attributes = 0;
  let applied = 0;
  const remarked = new Map(remarks.map((remark) => [remark.setting, remark]));

  for (const block of parsed.blocks) {
    if (!BLOCK_KINDS.includes(block.kind)) {
      const { kind: key, name: value, line, file } = block;
      unknown.push({ scope: "global", block_kind: "", block_name: "", key, value, line, file });
      warnings.add(
        `${key} is not a kind of block of TRExFitter, and is left out${nearestHint(key, BLOCK_KINDS)}`,
        line,
      );
    }
    for (const setting of block.settings.values()) {
      attributes++;
      const entry = entryOf(block, setting);
      const what = describe(block, setting);
      const rule = ruleOf(block.kind, setting.key);
      const remark = remarked.get(setting);
      if (rule === null) {
        unknown.push(entry);
        const keys = [...(BLOCK_KEYS[block.kind]?.keys() ?? [])];
        if (keys.length > 0) {
          const hint = nearestHint(setting.key, keys);
          warnings.add(`${what} is not known, and is left out${hint}`, setting.line);
        }
      } else if (rule.status === "not supported") {
        const isHarmless = rule.harmless.includes(unquote(setting.value).toUpperCase());
        const status = isHarmless ? "no effect" : rule.status;
        listed.push({ ...entry, status, note: isHarmless ? "" : rule.note });
        if (!isHarmless) {
          warnings.add(`${what} is not supported: ${rule.note}`, setting.line);
        }
      } else if (rule.status !== "applied") {
        listed.push({ ...entry, status: rule.status, note: rule.note });
      } else if (isCombination && COMBINATION_KEYS[block.kind]?.includes(setting.key) !== true) {
        listed.push({ ...entry, status: "not used", note: "the combination is taken as it is" });
      } else if (remark !== undefined) {
        listed.push({ ...entry, status: "changed", note: remark.note });
        warnings.add(`${what}: ${remark.note}`, setting.line);
      } else if (used.has(setting)) {
        applied++;
      } else {
        listed.push({ ...entry, status: "not used", note: "nothing here asks for it" });
        warnings.add(`${what} has no effect here: nothing asks for it`, setting.line);
      }
    }
    for (const setting of block.replaced) {
      attributes++;
      const note = `line ${block.settings.get(setting.key)?.line} says it again`;
      listed.push({ ...entryOf(block, setting), status: "not used", note });
      warnings.add(`${describe(block, setting)} is given again: the last one holds`, setting.line);
    }
  }
  const report: CoverageReport = {
    schema_version: "trex_config_coverage_v0",
    n_globals: parsed.includes.length,
    n_blocks: parsed.blocks.length,
    n_block_attrs: attributes,
    n_applied: applied,
    unknown,
    listed,
  };
  return { report, warnings: warnings.texts() };
}

/** Settings by which a combination is filtered. Those that made it are not looked at, and listed. */
const COMBINATION_KEYS: Readonly<Record<string, readonly string[]>> = {
  Job: [
    "CombinationXml",
    "ReadFrom",
    "POI",
    "StatOnly",
    "BlindSRs",
    "DecorrSysts",
    "DecorrSuff",
    "ReplacementFile",
    "AllowWrongRegionSample",
  ],
  Region: ["Type", "DataType"],
  Sample: [
    "Type",
    "Regions",
    "Exclude",
    "UseSystematics",
    "UseMCstat",
    "SeparateGammas",
    "NormFactor",
    "ShapeFactor",
  ],
  NormFactor: ["Samples", "Regions", "Exclude"],
  ShapeFactor: ["Samples", "Regions", "Exclude"],
  Systematic: [
    "Type",
    "Samples",
    "Regions",
    "Exclude",
    "ExcludeRegionSample",
    "DummyForSamples",
    "NuisanceParameter",
    "Decorrelate",
    "CombineName",
  ],
};

function entryOf(block: Block, { key, value, line, file }: Setting): SettingEntry {
  const { kind, name } = block;
  return {
    scope: "block",
    block_kind: kind,
    block_name: name,
    key,
    value: unquote(value),
    line,
    file,
  };
}

/** `Smooth of Sample`. */
function describe({ kind }: Block, { key }: Setting): string {
  return `${key} of ${kind}`;
}

/** Lines shown of one warning. */
const SHOWN_LINES = 5;

/** Warnings of the same words as one, with their lines. */
class Grouped {
  private readonly lines = new Map<string, Set<number>>();

  add(text: string, line: number): void {
    const lines = this.lines.get(text) ?? new Set();
    lines.add(line);
    this.lines.set(text, lines);
  }

  texts(): string[] {
    return [...this.lines].map(([text, lines]) => {
      const shown = [...lines].slice(0, SHOWN_LINES).join(", ");
      const more = lines.size > SHOWN_LINES ? ` and ${lines.size - SHOWN_LINES} more` : "";
      return `${lines.size === 1 ? "line" : "lines"} ${shown}${more}: ${text}`;
    });
  }
}
