/**
 * What a set of measurements consists of, and what is made of its results: a table for each quantity with the ratios to the
 * peers, and the speeds the project promises against what was measured.
 *
 * @module
 */

import type { UsualModels } from "./models.ts";
import type { Peer, PeerResult, PeerValue, StepName, Tool } from "./peers.ts";
import { formatCount, formatRatio, formatTable, formatTime } from "./table.ts";
import { median, type Protocol } from "./timing.ts";

/** What every own result says about the model. */
export interface ModelSize {
  readonly nParameters: number;
  readonly nBins: number;
  /** Non-zero modifier entries: see `countEntries`. */
  readonly nEntries: number;
}

/** Everything measured on one workspace. */
export interface ModelResult<Own> {
  readonly name: string;
  readonly published: boolean;
  readonly bytes: number;
  readonly ours: Own;
  /** Null without an environment for them. */
  readonly peers: PeerResult | null;
}

/** One quantity that we and some peers measure. */
export interface Section<Own> {
  readonly title: string;
  /** In the claims and notes. */
  readonly label: string;
  /** Its name at the peers. */
  readonly step: StepName;
  readonly seconds: (ours: Own) => number;
  readonly tools: readonly Tool[];
  /** The time is that of one of the many things the step does: a peer that ran into its limit has none, not even a bound. */
  readonly ofMany?: true;
  /** Further columns. */
  readonly extra: readonly (readonly [
    heading: string,
    cell: (result: ModelResult<Own>) => string,
  ])[];
  /** The speeds promised. */
  readonly required: readonly Requirement[];
}

export interface Requirement {
  readonly tool: Tool;
  /** What of the tool, as in "local fit vs ...". */
  readonly than: string;
  readonly median: number;
  /** Required on every workspace, where anything is. */
  readonly each?: number;
}

/** A number of ours that may not be larger than something. */
export interface Bound<Own> {
  readonly text: string;
  readonly atMost: number;
  /** Null where the bound does not apply. */
  readonly value: (result: ModelResult<Own>) => number | null;
  readonly format: (value: number) => string;
}

export interface Suite<Own extends ModelSize> {
  readonly peers: readonly Peer[];
  readonly models: UsualModels;
  measure(text: string, protocol: Protocol): Own;
  /** Further arguments of `peers.py`. */
  peerArguments(ours: Own): readonly string[];
  readonly sections: readonly Section<Own>[];
  readonly bounds: readonly Bound<Own>[];
  /** Tables that compare numbers. */
  formatNumbers(results: readonly ModelResult<Own>[]): readonly string[];
  /** What is wrong with our result, or differs in a peer's. */
  notesOnOurs(ours: Own): readonly string[];
  notesOnStep(ours: Own, tool: Tool, theirs: PeerValue): readonly string[];
}

export const TOOL_NAME = { pyhf: "pyhf", nextstat: "NextStat", cabinetry: "cabinetry" } as const;
export const TOOLS = ["pyhf", "nextstat", "cabinetry"] as const;

/** How many times longer the peer takes; a lower bound when it ran into its limit, null when there is no time. */
interface Ratio {
  readonly value: number;
  readonly atLeast: boolean;
}

function ratioOf<Own>(result: ModelResult<Own>, section: Section<Own>, tool: Tool): Ratio | null {
  const step = result.peers?.[tool]?.[section.step];
  if (step === undefined) return null;
  const own = section.seconds(result.ours);
  if ("seconds" in step) return { value: step.seconds / own, atLeast: false };
  if (step.limit === undefined || section.ofMany) return null;
  return { value: step.limit / own, atLeast: true };
}

export function formatSection<Own extends ModelSize>(
  section: Section<Own>,
  results: readonly ModelResult<Own>[],
): string {
  const heading = ["workspace", "par", "bins", "entries", "ours"];
  for (const tool of section.tools) heading.push(TOOL_NAME[tool], "ratio");
  heading.push(...section.extra.map(([title]) => title));
  const rows = results.map((result) => {
    const { ours } = result;
    const row = [result.name, `${ours.nParameters}`, `${ours.nBins}`, formatCount(ours.nEntries)];
    row.push(formatTime(section.seconds(ours)));
    for (const tool of section.tools) {
      const ratio = ratioOf(result, section, tool);
      row.push(peerTime(result, tool, section.step, section.ofMany));
      row.push(ratio === null ? "" : `${ratio.atLeast ? "> " : ""}${formatRatio(ratio.value)}`);
    }
    row.push(...section.extra.map(([, cell]) => cell(result)));
    return row;
  });
  return `${section.title}\n\n${formatTable(heading, rows)}`;
}

/** The time a peer took, or why there is none. */
export function peerTime(
  result: ModelResult<unknown>,
  tool: Tool,
  name: StepName,
  ofMany = false,
): string {
  if (result.peers === null) return "not installed";
  const step = result.peers[tool]?.[name];
  if (step === undefined) return result.peers[tool]?.error === undefined ? "not run" : "failed";
  if ("seconds" in step) return formatTime(step.seconds);
  if (step.limit === undefined) return "failed";
  return ofMany ? "limit" : `> ${step.limit} s`;
}

/** What failed, and where the numbers of a peer are others. */
export function formatNotes<Own extends ModelSize>(
  suite: Suite<Own>,
  results: readonly ModelResult<Own>[],
): string[] {
  const steps = [...new Set(suite.sections.map(({ step }) => step))];
  return results.flatMap(({ name, ours, peers }) => [
    ...suite.notesOnOurs(ours).map((note) => `${name}: ours: ${note}`),
    ...TOOLS.flatMap((tool) => {
      const record = peers?.[tool];
      if (record === undefined) return [];
      const notes = record.error === undefined ? [] : [record.error];
      for (const key of steps) {
        const step = record[key];
        if (step === undefined) continue;
        if ("seconds" in step) notes.push(...suite.notesOnStep(ours, tool, step));
        else if (step.limit === undefined) notes.push(`${key}: ${step.error}`);
      }
      return notes.map((note) => `${name}: ${TOOL_NAME[tool]}: ${note}`);
    }),
  ]);
}

/** Workspaces with fewer parameters do not count. */
export const CLAIM_PARAMETERS = 60;

interface ClaimResult {
  readonly claim: string;
  readonly nModels: number;
  /** Of these, where the peer ran into its limit. */
  readonly nLowerBounds: number;
  readonly median: number;
  readonly minimum: number;
  readonly slowest: string;
  readonly requiredMedian: number;
  readonly requiredEach: number | null;
  readonly met: boolean;
}

interface BoundResult {
  readonly claim: string;
  readonly nModels: number;
  readonly largest: number;
  readonly at: string;
  readonly atMost: number;
  readonly met: boolean;
  readonly text: readonly [largest: string, atMost: string];
}

export interface Judgement {
  readonly ratios: readonly ClaimResult[];
  readonly bounds: readonly BoundResult[];
}

/** The claims over the given workspaces; one without any measured value is left out. */
export function judgeClaims<Own extends ModelSize>(
  { sections, bounds }: Pick<Suite<Own>, "sections" | "bounds">,
  results: readonly ModelResult<Own>[],
): Judgement {
  const large = results.filter((result) => result.ours.nParameters >= CLAIM_PARAMETERS);
  return {
    ratios: sections.flatMap((section) =>
      section.required.flatMap((required) => judgeRatio(section, required, large)),
    ),
    bounds: bounds.flatMap((bound) => judgeBound(bound, large)),
  };
}

function judgeRatio<Own>(
  section: Section<Own>,
  required: Requirement,
  results: readonly ModelResult<Own>[],
): ClaimResult[] {
  const ratios = results.flatMap((result) => {
    const ratio = ratioOf(result, section, required.tool);
    return ratio === null ? [] : [{ name: result.name, ...ratio }];
  });
  if (ratios.length === 0) return [];
  const middle = median(ratios.map((ratio) => ratio.value));
  const least = ratios.reduce((a, b) => (b.value < a.value ? b : a));
  return [
    {
      claim: `${section.label} vs ${required.than}`,
      nModels: ratios.length,
      nLowerBounds: ratios.filter((ratio) => ratio.atLeast).length,
      median: middle,
      minimum: least.value,
      slowest: least.name,
      requiredMedian: required.median,
      requiredEach: required.each ?? null,
      met: middle >= required.median && least.value >= (required.each ?? 0),
    },
  ];
}

function judgeBound<Own>(
  { text, atMost, value, format }: Bound<Own>,
  results: readonly ModelResult<Own>[],
): BoundResult[] {
  const values = results.flatMap((result) => {
    const one = value(result);
    return one === null ? [] : [{ name: result.name, value: one }];
  });
  if (values.length === 0) return [];
  const most = values.reduce((a, b) => (b.value > a.value ? b : a));
  return [
    {
      claim: text,
      nModels: values.length,
      largest: most.value,
      at: most.name,
      atMost,
      met: most.value <= atMost,
      text: [format(most.value), format(atMost)],
    },
  ];
}

export function formatJudgement({ ratios, bounds }: Judgement): string {
  const verdict = ({ met }: { met: boolean }): string => (met ? "met" : "MISSED");
  const tables: string[] = [];
  if (ratios.length > 0) {
    const rows = ratios.map((claim) => [
      claim.claim,
      `${claim.nModels}${claim.nLowerBounds > 0 ? ` (${claim.nLowerBounds} bounds)` : ""}`,
      formatRatio(claim.median),
      `${claim.requiredMedian}x`,
      formatRatio(claim.minimum),
      claim.requiredEach === null ? "" : `${claim.requiredEach}x`,
      claim.slowest,
      verdict(claim),
    ]);
    const heading = ["claim", "models", "median", "required", "minimum", "required"];
    tables.push(formatTable([...heading, "at the minimum", "verdict"], rows));
  }
  if (bounds.length > 0) {
    const rows = bounds.map((b) => [b.claim, `${b.nModels}`, ...b.text, b.at, verdict(b)]);
    tables.push(
      formatTable(["claim", "models", "largest", "allowed", "at the largest", "verdict"], rows),
    );
  }
  return tables.join("\n\n");
}
