/**
 * What a workspace contains, and what in it deserves a second look: the record of `nextstat audit`.
 *
 * @module
 */

import type { ResolvedModel } from "../model/resolved-model.ts";
import type { ModifierType, Workspace } from "../workspace/types.ts";
import { type AuditOptions, auditFindings, type Finding } from "./audit-checks.ts";
import { counted, heading, listNames, printable, TEXT_COLUMNS, wrap } from "./text.ts";

/** The part of a model an audit reads. */
export interface AuditedModel {
  readonly workspace: Workspace;
  readonly resolved: ResolvedModel;
  readonly warnings: readonly string[];
  /** What an HS3 document has beside its workspace, or null for a pyhf workspace. */
  readonly hs3: {
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly points: readonly { readonly name: string }[];
    readonly start: string | null;
    readonly leftOut: readonly string[];
  } | null;
}

/** The record of an audit. JSON keys are these names in snake_case. */
export interface AuditRecord {
  /** Format and version of the document, e.g. `pyhf v1.0.0` or `HS3 v0.2`. */
  readonly format: string;
  /** In file order. */
  readonly channels: readonly { readonly name: string; readonly bins: number }[];
  /** Distinct names, in order of first appearance. */
  readonly samples: readonly string[];
  /** Distinct names of each type that occurs, in order of first appearance. */
  readonly modifiers: Readonly<Partial<Record<ModifierType, readonly string[]>>>;
  /** Scalar parameters of the model, fixed ones included; per-bin modifiers count once per bin. */
  readonly parameterCount: number;
  /** Parameter of interest of the measurement in use, or null. */
  readonly poi: string | null;
  /** Name of the measurement in use. */
  readonly measurement: string;
  readonly measurements: readonly {
    readonly name: string;
    readonly poi: string;
    readonly nFixedParams: number;
  }[];
  /** How often each type occurs, over all channels and samples. */
  readonly modifierTypesUsed: Readonly<Partial<Record<ModifierType, number>>>;
  /** Constructs in the file that the model cannot represent; empty for pyhf workspaces. */
  readonly unsupportedFeatures: readonly string[];
  /** Of an HS3 document: its sets of parameter values, the one that gives the starting values first. */
  readonly parameterPoints?: readonly string[];
  readonly channelCount: number;
  readonly totalBins: number;
  /** Samples over all channels. */
  readonly totalSamples: number;
  /** Modifiers over all channels and samples. */
  readonly totalModifiers: number;
  /** Distinct modifier names: what per-bin modifiers would count without their bins. */
  readonly parameterCountEstimate: number;
  /** The same findings as in `warnings`, by kind and with counts. */
  readonly findings: readonly Finding[];
  /** Notices of the model, then one text per finding. */
  readonly warnings: readonly string[];
}

/** Types in the order of the text block. */
const TYPE_ORDER: readonly ModifierType[] = [
  "normfactor",
  "normsys",
  "histosys",
  "shapesys",
  "staterror",
  "lumi",
  "shapefactor",
];

/** Counts and checks a model's workspace. */
export function audit(model: AuditedModel, options: AuditOptions = {}): AuditRecord {
  const { workspace, resolved, hs3 } = model;
  const samples = workspace.channels.flatMap((channel) => channel.samples);
  const instances = samples.flatMap((sample) => sample.modifiers);
  const modifiers: Partial<Record<ModifierType, readonly string[]>> = {};
  const modifierTypesUsed: Partial<Record<ModifierType, number>> = {};
  for (const type of TYPE_ORDER) {
    const ofType = instances.filter((m) => m.type === type);
    if (ofType.length === 0) continue;
    modifiers[type] = distinct(ofType.map((m) => m.name));
    modifierTypesUsed[type] = ofType.length;
  }
  const channels = workspace.channels.map((channel) => ({
    name: channel.name,
    bins: channel.samples[0]?.data.length ?? 0,
  }));
  const findings = auditFindings(workspace, resolved, options);
  return {
    format: hs3 === null ? `pyhf v${workspace.version}` : `HS3 v${hs3.metadata.hs3_version}`,
    channels,
    samples: distinct(samples.map((sample) => sample.name)),
    modifiers,
    parameterCount: resolved.parameters.length,
    poi: resolved.poi === null ? null : (resolved.parameters[resolved.poi]?.name ?? null),
    measurement: resolved.measurement,
    measurements: workspace.measurements.map((measurement) => ({
      name: measurement.name,
      poi: measurement.config.poi,
      nFixedParams: measurement.config.parameters.filter((p) => p.fixed === true).length,
    })),
    modifierTypesUsed,
    unsupportedFeatures: hs3?.leftOut ?? [],
    ...(hs3 === null ? {} : { parameterPoints: pointNames(hs3) }),
    channelCount: channels.length,
    totalBins: channels.reduce((sum, channel) => sum + channel.bins, 0),
    totalSamples: samples.length,
    totalModifiers: instances.length,
    parameterCountEstimate: new Set(instances.map((m) => m.name)).size,
    findings,
    warnings: [...model.warnings, ...findings.map((finding) => finding.message)],
  };
}

/** The record as a block of text. */
export function auditText(record: AuditRecord): string {
  const line = (label: string, width: number, n: number, names: readonly string[]): string => {
    const start = `${label.padEnd(width)}${n} `;
    return `${start}(${listNames(names, TEXT_COLUMNS - start.length - 2)})`;
  };
  const types = Object.entries(record.modifiers);
  const unique = types.reduce((sum, [, names]) => sum + names.length, 0);
  const nPoi = record.poi === null ? 0 : 1;
  const lines = [
    heading("Workspace Audit", "="),
    `Format:    ${record.format}`,
    line(
      "Channels:",
      11,
      record.channelCount,
      record.channels.map((channel) => channel.name),
    ),
    line("Samples:", 11, record.samples.length, record.samples),
    `Bins:      ${record.totalBins} total (${describeBins(record.channels)})`,
    `Modifiers: ${unique} unique`,
    ...types.map(([type, names]) => line(`  ${type}:`, 15, names.length, names)),
    `Parameters:  ${record.parameterCount} total (${nPoi} POI + ${record.parameterCount - nPoi} nuisance)`,
    `POI:         ${record.poi === null ? "none" : printable(record.poi)}`,
    line(
      "Measurements:",
      14,
      record.measurements.length,
      record.measurements.map((measurement) => measurement.name),
    ),
  ];
  const { parameterPoints = [] } = record;
  if (parameterPoints.length > 0) {
    lines.push(line("Points:", 13, parameterPoints.length, parameterPoints));
  }
  if (record.warnings.length > 0) {
    lines.push("", `${counted(record.warnings.length, "warning")}:`);
    for (const warning of record.warnings) {
      lines.push(wrap(printable(warning), TEXT_COLUMNS, "  - ", "    "));
    }
  }
  return `${lines.join("\n")}\n`;
}

/** `2 per channel`, or `SR 4, CR_top 3`. */
function describeBins(channels: AuditRecord["channels"]): string {
  const counts = new Set(channels.map((channel) => channel.bins));
  const [same] = counts;
  if (counts.size === 1) return `${same} per channel`;
  return listNames(
    channels.map((channel) => `${channel.name} ${channel.bins}`),
    TEXT_COLUMNS - 30,
  );
}

function pointNames({ points, start }: NonNullable<AuditedModel["hs3"]>): readonly string[] {
  const names = points.map(({ name }) => name);
  return start === null ? names : [start, ...names.filter((name) => name !== start)];
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
