/**
 * Explaining a difference: residuals of the likelihoods under other readings of the model, and the quality of ROOT's minima.
 *
 * @module
 */

import { heading, printable, table, wrap } from "../report/text.ts";
import { significant } from "./numbers.ts";
import type { MinimumQuality } from "./quality.ts";
import type { RunSummary } from "./records.ts";
import type { RootScan } from "./scan-records.ts";
import { summaryText } from "./summary-text.ts";

/**
 * One other reading. The residual is the largest difference, over ROOT's positions, between our and ROOT's difference of
 * 2NLL to ROOT's free fit; null where our NLL is not finite.
 */
export interface VariantResidual {
  readonly name: string;
  readonly residual: number | null;
  /** Why the model cannot be read so; null where it can. */
  readonly problem: string | null;
}

export interface Explanation {
  /** As the model is read. */
  readonly baseline: number | null;
  readonly variants: readonly VariantResidual[];
  /** Positions at which a template is negative, of all. */
  readonly cutTemplates: number;
  readonly nPositions: number;
  readonly quality: readonly { readonly what: string; readonly quality: MinimumQuality | null }[];
}

/** @param own our NLL at ROOT's start, free fit and scan points, in this order */
export function residualOf(root: RootScan, own: readonly number[]): number | null {
  const theirs = [root.start.nll, root.freeFit.nll, ...root.points.map(({ nllMu }) => nllMu)];
  const offset = (own[1] as number) - root.freeFit.nll;
  let most = 0;
  for (const [i, nll] of theirs.entries()) {
    const value = 2 * ((own[i] as number) - (nll ?? Number.NaN) - offset);
    if (!Number.isFinite(value)) return null;
    most = Math.max(most, Math.abs(value));
  }
  return most;
}

/** A reading explains a difference that it makes this much smaller. */
const EXPLAINS = 0.01;
/** In 2NLL: agreement of two likelihoods, with ROOT's numerical integrals and its Gaussian for Uniform. */
const SAME = 2e-3;

/** @param top how many of the worst points to show */
export function explanationText(
  summary: RunSummary,
  explanation: Explanation,
  top: number,
): string {
  const { baseline, variants, quality } = explanation;
  const rows = variants.map(({ name, residual, problem }) => [
    printable(name),
    problem === null ? significant(residual) : "",
    problem === null ? effect(residual, baseline) : `not possible: ${printable(problem)}`,
  ]);
  const lines = [
    heading("Likelihoods at ROOT's positions", "-"),
    ...table(
      [
        { title: "the model", align: "left" },
        { title: "residual in 2NLL", align: "right" },
        { title: "", align: "left" },
      ],
      [["as it is read", significant(baseline), ""], ...rows],
    ),
    "",
    heading("ROOT's minima by nextstat's likelihood", "-"),
    ...table(
      [
        { title: "fit", align: "left" },
        { title: "2NLL above the minimum", align: "right" },
        { title: "EDM", align: "right" },
        { title: "steepest parameter", align: "left" },
        { title: "slope", align: "right" },
        { title: "curvature", align: "left" },
        { title: "at a bound", align: "left" },
      ],
      quality.map(({ what, quality: own }) => qualityRow(what, own)),
    ),
    "",
    heading("Conclusion", "-"),
    ...conclusions(summary, explanation).map((text) => wrap(text, 100, "- ", "  ")),
  ];
  return `${summaryText(summary, top)}${lines.join("\n")}\n`;
}

function qualityRow(what: string, own: MinimumQuality | null): readonly string[] {
  if (own === null) return [what, "not finite"];
  return [
    what,
    significant(own.twiceNllAboveBest),
    significant(own.edm),
    own.steepest === null ? "" : printable(own.steepest.name),
    own.steepest === null ? "" : significant(own.steepest.gradient),
    own.positiveDefinite ? "positive definite" : `not (${significant(own.smallestEigenvalue)})`,
    own.atBounds.slice(0, 3).map(printable).join(" "),
  ];
}

function effect(residual: number | null, baseline: number | null): string {
  if (residual === null || baseline === null) return "";
  if (Math.abs(residual - baseline) < 1e-9 * Math.max(1, baseline)) return "no effect";
  if (baseline > SAME && residual < Math.max(EXPLAINS * baseline, SAME)) return "EXPLAINS IT";
  return residual < baseline ? "closer" : "further away";
}

/** What follows, in sentences. */
export function conclusions(
  { diff, root, nextstat, unmatched }: RunSummary,
  { baseline, variants, cutTemplates, nPositions }: Explanation,
): readonly string[] {
  const out: string[] = [];
  if (baseline !== null && baseline <= SAME) {
    out.push(
      `The likelihoods are the same: at the same parameters, differences of 2NLL agree to ${significant(baseline)}. What differs is where the fits ended.`,
    );
  } else {
    const names = variants
      .filter(
        ({ residual, problem }) => problem === null && effect(residual, baseline) === "EXPLAINS IT",
      )
      .map(({ name }) => `"${name}"`);
    const by = baseline === null ? "and not finite" : `by up to ${significant(baseline)} in 2NLL`;
    out.push(
      `The likelihoods differ, ${by}. ${names.length > 0 ? `They would be the same with: ${names.join("; ")}.` : "No other reading of the model that is known here makes them the same."}`,
    );
  }
  if (cutTemplates > 0) {
    out.push(
      `Templates are negative at ${cutTemplates} of ROOT's ${nPositions} positions: ROOT cuts them off at 0, nextstat and pyhf do not.`,
    );
  }
  const above = Math.max(diff.rootAboveMinimum.freeFit ?? 0, diff.rootAboveMinimum.scan ?? 0);
  if (above > SAME) {
    out.push(
      `ROOT's fits are up to ${significant(above)} in 2NLL above what ROOT's own likelihood has where nextstat's ended: Minuit stopped early, or in another minimum.`,
    );
  }
  if (root.muHatSource === "scan_min") {
    out.push("ROOT's free fit is above a point of its own scan: q(mu) from it would be negative.");
  }
  const bad = root.nBadStatus + (root.statusFree === 0 ? 0 : 1);
  if (bad > 0) out.push(`${bad} of ROOT's fits ended with a status other than 0.`);
  if (!nextstat.converged) out.push("A fit of nextstat's did not converge.");
  const lone = [...unmatched.own, ...unmatched.root].map(printable);
  if (lone.length > 0) {
    const isStat = lone.some((name) => /^(gamma_stat_|staterror_)/.test(name));
    const why = isStat ? " The threshold of StatErrorConfig decides which gammas are held." : "";
    const shown = lone.slice(0, 5).join(", ");
    out.push(`Free in one model only: ${shown} (${lone.length} in all).${why}`);
  }
  out.push("NLL itself differs by a constant: ROOT leaves other terms out.");
  return out;
}
