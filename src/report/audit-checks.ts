/**
 * What is worth a second look in a workspace before it is fitted. Nothing here is an error: a
 * workspace that cannot be a model is refused before an audit starts. Every check reports one
 * finding with a count and the first few places, however many there are.
 *
 * Idea of the thresholds: a variation matters where it moves the total of its bin. Templates of
 * published workspaces are full of tiny same-side or doubled entries in samples that contribute
 * nothing; without the `relevance` cut they drown the others.
 *
 * @module
 */

import type { ResolvedModel } from "../model/resolved-model.ts";
import type { Modifier, Sample, Workspace } from "../workspace/types.ts";
import { counted, listNames } from "./text.ts";

export type FindingKind =
  | "no-poi"
  | "negative-template"
  | "negative-total"
  | "zero-template"
  | "empty-bin"
  | "zero-nominal-varied"
  | "same-side"
  | "one-sided"
  | "huge-variation"
  | "duplicate-effect"
  | "large-staterror"
  | "free-shapefactor";

/** Everything of one kind that was found. */
export interface Finding {
  readonly kind: FindingKind;
  /** How many places; `examples` has the first of them. */
  readonly count: number;
  readonly message: string;
  readonly examples: readonly string[];
}

export interface AuditOptions {
  /** Relative uncertainty of a staterror bin above which it is named. Default 0.4. */
  readonly staterror?: number;
  /** Relative variation above which it is huge. Default 1, i.e. 100 %. */
  readonly variation?: number;
  /** Smallest change of a bin's total expectation for a histosys entry to count. Default 0.01. */
  readonly relevance?: number;
  /** Examples kept for each finding. Default 5. */
  readonly examples?: number;
}

const AUDIT_DEFAULTS: Required<AuditOptions> = {
  staterror: 0.4,
  variation: 1,
  relevance: 0.01,
  examples: 5,
};

/** All findings, in a fixed order of kinds. */
export function auditFindings(
  workspace: Workspace,
  resolved: ResolvedModel,
  options: AuditOptions = {},
): readonly Finding[] {
  const settings = { ...AUDIT_DEFAULTS, ...options };
  const collect = new Collector(settings.examples);
  if (resolved.poi === null) collect.add("no-poi", resolved.measurement);
  for (const channel of workspace.channels) {
    const total = sumSamples(channel.samples);
    const observed = workspace.observations.find((o) => o.name === channel.name)?.data ?? [];
    for (const [b, expected] of total.entries()) {
      if (expected > 0) continue;
      const data = observed[b] ?? 0;
      collect.add("empty-bin", `${channel.name}[${b}]${data > 0 ? ` with ${data} observed` : ""}`);
    }
    for (const sample of channel.samples) {
      checkTemplates(channel.name, sample, collect);
      for (const modifier of sample.modifiers) {
        checkVariation(channel.name, sample, modifier, total, settings, collect);
      }
    }
  }
  checkEqualNormsys(workspace, collect);
  checkParameters(workspace, resolved, settings, collect);
  return collect.findings(settings);
}

/** Places by kind. */
class Collector {
  readonly #limit: number;
  readonly #found = new Map<FindingKind, { count: number; examples: string[] }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(kind: FindingKind, place: string): void {
    const entry = this.#found.get(kind) ?? { count: 0, examples: [] };
    entry.count++;
    if (entry.examples.length < this.#limit) entry.examples.push(place);
    this.#found.set(kind, entry);
  }

  findings(settings: Required<AuditOptions>): readonly Finding[] {
    return KINDS.flatMap((kind) => {
      const entry = this.#found.get(kind);
      if (entry === undefined) return [];
      const { count, examples } = entry;
      const more = count - examples.length;
      const places = listNames(examples, 400) + (more > 0 ? ` and ${more} more` : "");
      return [{ kind, count, message: `${describe(kind, count, settings)}: ${places}`, examples }];
    });
  }
}

/** Order of the findings: what makes numbers meaningless first, matters of taste last. */
const KINDS: readonly FindingKind[] = [
  "no-poi",
  "empty-bin",
  "negative-template",
  "negative-total",
  "zero-template",
  "zero-nominal-varied",
  "huge-variation",
  "same-side",
  "one-sided",
  "duplicate-effect",
  "large-staterror",
  "free-shapefactor",
];

function describe(kind: FindingKind, count: number, settings: Required<AuditOptions>): string {
  const percent = (x: number): string => `${Number((100 * x).toPrecision(3))} %`;
  switch (kind) {
    case "no-poi":
      return "no parameter of interest, so fits work but hypothesis tests and limits do not, in measurement";
    case "empty-bin":
      return `${counted(count, "bin")} with no expected events`;
    case "negative-template":
      return `${counted(count, "template")} with negative entries`;
    case "negative-total":
      return `${counted(count, "template")} with a negative total`;
    case "zero-template":
      return `${counted(count, "sample")} with no events at all`;
    case "zero-nominal-varied":
      return `${counted(count, "histosys variation")} of a bin whose nominal is zero`;
    case "huge-variation":
      return `${counted(count, "variation")} of more than ${percent(settings.variation)}`;
    case "same-side":
      return `${counted(count, "variation")} with hi and lo on the same side of the nominal (can make two minima)`;
    case "one-sided":
      return `${counted(count, "variation")} with an effect on one side only (hi or lo equals the nominal)`;
    case "duplicate-effect":
      return `${counted(count, "duplicate effect")} (normsys that differ only in name)`;
    case "large-staterror":
      return `${counted(count, "staterror bin")} above ${percent(settings.staterror)}, where a Gaussian is a poor description`;
    case "free-shapefactor":
      return `${counted(count, "shapefactor")} free in every bin of a single channel, which then constrains nothing else`;
    default:
      return kind satisfies never;
  }
}

/** `[nBins]` nominal events summed over samples. */
function sumSamples(samples: readonly Sample[]): number[] {
  const nBins = samples[0]?.data.length ?? 0;
  return Array.from({ length: nBins }, (_, b) =>
    samples.reduce((sum, sample) => sum + (sample.data[b] ?? 0), 0),
  );
}

function checkTemplates(channel: string, sample: Sample, collect: Collector): void {
  const check = (data: readonly number[], place: string): void => {
    if (data.some((x) => x < 0)) collect.add("negative-template", place);
    if (data.reduce((sum, x) => sum + x, 0) < 0) collect.add("negative-total", place);
  };
  check(sample.data, `nominal of ${channel}/${sample.name}`);
  if (sample.data.every((x) => x === 0)) collect.add("zero-template", `${channel}/${sample.name}`);
  for (const modifier of sample.modifiers) {
    if (modifier.type !== "histosys") continue;
    for (const side of ["hi", "lo"] as const) {
      const place = `${modifier.name} ${side} of ${channel}/${sample.name}`;
      check(modifier.data[`${side}_data`], place);
    }
  }
}

function checkVariation(
  channel: string,
  sample: Sample,
  modifier: Modifier,
  total: readonly number[],
  settings: Required<AuditOptions>,
  collect: Collector,
): void {
  if (modifier.type !== "normsys" && modifier.type !== "histosys") return;
  const place = `${modifier.name} on ${channel}/${sample.name}`;
  if (modifier.type === "normsys") {
    const up = modifier.data.hi - 1;
    const down = modifier.data.lo - 1;
    const change =
      sample.data.reduce((sum, x) => sum + x, 0) / total.reduce((sum, x) => sum + x, 0);
    if (Math.max(Math.abs(up), Math.abs(down)) > settings.variation) {
      collect.add("huge-variation", place);
    }
    checkSides(place, up * change, down * change, settings.relevance, collect);
    return;
  }
  const { hi_data, lo_data } = modifier.data;
  const seen = new Set<FindingKind>();
  const once: Pick<Collector, "add"> = {
    add(kind, where) {
      if (!seen.has(kind)) collect.add(kind, where);
      seen.add(kind);
    },
  };
  for (const [b, nominal] of sample.data.entries()) {
    const up = (hi_data[b] ?? nominal) - nominal;
    const down = (lo_data[b] ?? nominal) - nominal;
    const expected = total[b] ?? 0;
    const where = `${place}[${b}]`;
    if (nominal === 0 && (up !== 0 || down !== 0)) once.add("zero-nominal-varied", where);
    if (expected <= 0) continue;
    const largest = Math.max(Math.abs(up), Math.abs(down));
    if (largest > settings.variation * Math.abs(nominal) && nominal !== 0) {
      if (largest >= settings.relevance * expected) once.add("huge-variation", where);
    }
    checkSides(where, up / expected, down / expected, settings.relevance, once);
  }
}

/** @param up relative change of the total at alpha = +1; `down` at alpha = -1 */
function checkSides(
  where: string,
  up: number,
  down: number,
  relevance: number,
  collect: Pick<Collector, "add">,
): void {
  const smaller = Math.min(Math.abs(up), Math.abs(down));
  const larger = Math.max(Math.abs(up), Math.abs(down));
  if (up * down > 0 && smaller >= relevance) collect.add("same-side", where);
  if (larger >= relevance && smaller <= 1e-9 * larger) collect.add("one-sided", where);
}

/** Parameters that are normsys only, with the same hi and lo on the same samples: one direction, two names. */
function checkEqualNormsys(workspace: Workspace, collect: Collector): void {
  const effects = new Map<string, string[]>();
  const mixed = new Set<string>();
  for (const channel of workspace.channels) {
    for (const sample of channel.samples) {
      for (const modifier of sample.modifiers) {
        if (modifier.type !== "normsys") {
          mixed.add(modifier.name);
          continue;
        }
        const effect = effects.get(modifier.name) ?? [];
        effect.push(
          JSON.stringify([channel.name, sample.name, modifier.data.hi, modifier.data.lo]),
        );
        effects.set(modifier.name, effect);
      }
    }
  }
  const groups = new Map<string, string[]>();
  for (const [name, effect] of effects) {
    if (mixed.has(name)) continue;
    const key = effect.join();
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  for (const names of groups.values()) {
    if (names.length > 1) collect.add("duplicate-effect", names.join(" = "));
  }
}

function checkParameters(
  workspace: Workspace,
  resolved: ResolvedModel,
  settings: Required<AuditOptions>,
  collect: Collector,
): void {
  for (const p of resolved.parameters) {
    if (p.kind !== "staterror" || p.fixed || p.constraint.type === "none") continue;
    const sigma =
      p.constraint.type === "gauss" ? p.constraint.sigma : 1 / Math.sqrt(p.constraint.tau);
    if (sigma > settings.staterror) {
      collect.add("large-staterror", `${p.name} (${Math.round(100 * sigma)} %)`);
    }
  }
  const channelsOf = new Map<string, Set<string>>();
  for (const channel of workspace.channels) {
    for (const sample of channel.samples) {
      for (const modifier of sample.modifiers) {
        if (modifier.type !== "shapefactor") continue;
        const channels = channelsOf.get(modifier.name) ?? new Set();
        channelsOf.set(modifier.name, channels.add(channel.name));
      }
    }
  }
  for (const [name, channels] of channelsOf) {
    const [only] = channels;
    if (channels.size > 1 || only === undefined) continue;
    const free = resolved.parameters.some((p) => p.set === name && !p.fixed);
    if (free) collect.add("free-shapefactor", `${name} in ${only}`);
  }
}
