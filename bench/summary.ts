/**
 * The speeds the project promises, against what was measured.
 *
 * @module
 */

import type { OwnResult } from "./ours.ts";
import type { PeerResult, PeerStep } from "./peers.ts";
import { formatRatio, formatTable } from "./table.ts";
import { median } from "./timing.ts";

/** Everything measured on one workspace. */
export interface ModelResult {
  readonly name: string;
  readonly published: boolean;
  readonly bytes: number;
  readonly ours: OwnResult;
  /** Null without an environment for them. */
  readonly peers: PeerResult | null;
}

export type Quantity = "build" | "nll" | "gradient" | "localFit" | "completeFit";
export type Tool = "pyhf" | "nextstat";

/** How many times longer the peer takes; a lower bound when it ran into its limit, null when there is no time. */
export interface Ratio {
  readonly value: number;
  readonly atLeast: boolean;
}

export function ratioOf(result: ModelResult, quantity: Quantity, tool: Tool): Ratio | null {
  const step: PeerStep | undefined = result.peers?.[tool]?.[quantity];
  if (step === undefined) return null;
  const own = result.ours[quantity].seconds;
  if ("seconds" in step) return { value: step.seconds / own, atLeast: false };
  return step.limit === undefined ? null : { value: step.limit / own, atLeast: true };
}

interface Claim {
  readonly text: string;
  readonly quantity: Quantity;
  readonly tool: Tool;
  readonly median: number;
  /** Required on every workspace, where anything is. */
  readonly each?: number;
}

const CLAIMS: readonly Claim[] = [
  {
    text: "NLL+gradient vs NextStat's gradient",
    quantity: "gradient",
    tool: "nextstat",
    median: 25,
    each: 15,
  },
  { text: "NLL+gradient vs pyhf-JAX's", quantity: "gradient", tool: "pyhf", median: 10 },
  {
    text: "local fit vs NextStat's",
    quantity: "localFit",
    tool: "nextstat",
    median: 150,
    each: 40,
  },
  { text: "local fit vs pyhf SLSQP's", quantity: "localFit", tool: "pyhf", median: 1000 },
  { text: "complete fit vs NextStat's", quantity: "completeFit", tool: "nextstat", median: 40 },
];

/** Workspaces with fewer parameters do not count. */
export const CLAIM_PARAMETERS = 60;

export interface ClaimResult {
  readonly claim: string;
  readonly nModels: number;
  readonly median: number;
  readonly minimum: number;
  readonly slowest: string;
  readonly requiredMedian: number;
  readonly requiredEach: number | null;
  readonly met: boolean;
}

/** The claims over the given workspaces; one without any measured ratio is left out. */
export function judgeClaims(results: readonly ModelResult[]): ClaimResult[] {
  const large = results.filter((result) => result.ours.nParameters >= CLAIM_PARAMETERS);
  return CLAIMS.flatMap((claim) => {
    const ratios = large.flatMap((result) => {
      const ratio = ratioOf(result, claim.quantity, claim.tool);
      return ratio === null ? [] : [{ name: result.name, value: ratio.value }];
    });
    if (ratios.length === 0) return [];
    const middle = median(ratios.map((ratio) => ratio.value));
    const least = ratios.reduce((a, b) => (b.value < a.value ? b : a));
    return {
      claim: claim.text,
      nModels: ratios.length,
      median: middle,
      minimum: least.value,
      slowest: least.name,
      requiredMedian: claim.median,
      requiredEach: claim.each ?? null,
      met: middle >= claim.median && least.value >= (claim.each ?? 0),
    };
  });
}

export function formatClaims(claims: readonly ClaimResult[]): string {
  return formatTable(
    ["claim", "models", "median", "required", "minimum", "required", "at the minimum", "verdict"],
    claims.map((claim) => [
      claim.claim,
      `${claim.nModels}`,
      formatRatio(claim.median),
      `${claim.requiredMedian}x`,
      formatRatio(claim.minimum),
      claim.requiredEach === null ? "" : `${claim.requiredEach}x`,
      claim.slowest,
      claim.met ? "met" : "MISSED",
    ]),
  );
}
