/**
 * A profile of ROOT's and one of ours: how far they are apart, and whether that is the likelihood or the minimiser.
 *
 * NLLs of the two have different constants, so only differences are compared. Three questions, in this order:
 *
 * 1. Do the profiles agree: q(mu) and the best fit, each tool with its own minima?
 * 2. Do the likelihoods agree: are differences of the NLL the same at the same parameters, ours and ROOT's?
 * 3. Where the profiles differ and the likelihoods agree, whose fit is not at the minimum? ROOT's own likelihood says: it is
 *    evaluated where our fits ended, and ours where ROOT's did.
 *
 * ROOT cuts negative templates off at 0 and we do not. Where that happened, question 2 is put to our likelihood with these
 * templates cut off too: if it then is ROOT's, at every position, the cut is all that differs.
 *
 * @module
 */

import type { OwnScan, RootScan } from "./scan-records.ts";
import type { CutTemplates } from "./templates.ts";

/** What counts as agreement. */
export interface Thresholds {
  /** Largest difference of q(mu) on the grid. */
  readonly dqAtol: number;
  /** Largest difference of the best-fit strength. */
  readonly muHatAtol: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = { dqAtol: 2e-2, muHatAtol: 5e-2 };

/** NLL of ours where ROOT's fits began and ended; null where it is not finite. */
export interface OwnAtRoot {
  readonly start: number | null;
  readonly freeFit: number | null;
  /** `[nPoints]` */
  readonly points: readonly (number | null)[];
}

/** NLL of ours where the fits of both tools ended. */
export interface OwnNll {
  readonly atRoot: OwnAtRoot;
  readonly atOwn: {
    readonly freeFit: number | null;
    /** `[nPoints]` */
    readonly points: readonly (number | null)[];
  };
}

/** What ROOT cut off, and our NLL with that cut off. */
export interface CutReading {
  readonly templates: CutTemplates;
  readonly nll: OwnNll;
}

/** One point of the grid. */
export interface PointDiff {
  readonly mu: number;
  readonly qNextstat: number | null;
  readonly qRoot: number | null;
  /** Ours - ROOT's. */
  readonly dq: number | null;
  /** Of ROOT's fit. */
  readonly status: number;
  /** 2 (ROOT's NLL at the end of ROOT's fit - ROOT's NLL at the end of ours): positive where ROOT's fit is not at the minimum. */
  readonly rootAboveMinimum: number | null;
}

export interface ScanDiff {
  /** Ours - ROOT's. */
  readonly muHat: number;
  readonly maxAbsDqMu: number | null;
  readonly muAtMaxAbsDqMu: number | null;
  /** The ten worst, worst first. */
  readonly topDqMuByAbs: readonly PointDiff[];
  /**
   * Largest difference between the two differences of 2NLL to our best fit, over all positions at which both were
   * evaluated; null where one is not finite.
   */
  readonly maxAbsDTwiceNllSameParameters: number | null;
  /** The templates that ROOT cut off at 0, and the difference above with them cut off in ours too; null where none was. */
  readonly cutTemplates:
    | (CutTemplates & { readonly maxAbsDTwiceNllSameParameters: number | null })
    | null;
  /** The profiles, each tool's minima replaced by the lowest that its own likelihood has at the end of either's fits. */
  readonly lowest: { readonly muHat: number; readonly maxAbsDqMu: number | null };
  /** 2NLL by which ROOT's free fit is above the minimum, by ROOT's own likelihood, and the worst point of its scan. */
  readonly rootAboveMinimum: { readonly freeFit: number | null; readonly scan: number | null };
  /** The same for ours. */
  readonly nextstatAboveMinimum: { readonly freeFit: number | null; readonly scan: number | null };
}

/**
 * `profile`: q(mu) agrees. `same_parameters`: it does not because ROOT's fits stopped early, and the likelihoods agree.
 * `cut_templates`: it does not, and the likelihoods agree once templates are cut off at 0 as ROOT does.
 */
export type Agreement = "profile" | "same_parameters" | "cut_templates" | "none";

export interface Comparison {
  readonly status: "ok" | "fail";
  readonly agreement: Agreement;
  /** In words, for the report; empty when there is nothing to say. */
  readonly reasons: readonly string[];
  readonly diff: ScanDiff;
}

const WORST = 10;
/** 2NLL above the minimum that a fit may stop at: Minuit's EDM of 2e-7 is an estimate, and up to 3e-6 was seen. */
const FIT_ATOL = 1e-4;
/**
 * Differences of 2NLL at the same parameters up to which two likelihoods are one: rounding of sums, and ROOT's numerical
 * integrals of constraint terms, up to 3e-6 on the models of the package. A yield off by 0.1 % is 1e-3 and more.
 */
const SAME_ATOL = 1e-5;

/**
 * @param there our NLL as the model is read, where ROOT's fits ended
 * @param cut null where no template is negative anywhere
 */
export function compareScans(
  own: OwnScan,
  root: RootScan,
  there: OwnAtRoot,
  thresholds: Thresholds,
  cut: CutReading | null,
): Comparison {
  const [rootAtOwnFree = null, ...rootAtOwn] = root.atNextstat.nll;
  const points = own.points.map((point, i): PointDiff => {
    const { qMu = null, nllMu = null, status = -1 } = root.points[i] ?? {};
    return {
      mu: point.mu,
      qNextstat: point.qMu,
      qRoot: qMu,
      dq: difference(point.qMu, qMu),
      status,
      rootAboveMinimum: twice(difference(nllMu, rootAtOwn[i] ?? null)),
    };
  });
  const worst = [...points].sort((a, b) => size(b.dq) - size(a.dq));
  const asRead: OwnNll = {
    atRoot: there,
    atOwn: { freeFit: own.nllHat, points: own.points.map(({ nllMu }) => nllMu) },
  };
  const diff: ScanDiff = {
    muHat: own.muHat - root.muHat,
    maxAbsDqMu: largest(points.map(({ dq }) => dq)),
    muAtMaxAbsDqMu: worst[0]?.mu ?? null,
    topDqMuByAbs: worst.slice(0, WORST),
    maxAbsDTwiceNllSameParameters: compareNll(asRead, root),
    cutTemplates:
      cut === null
        ? null
        : { ...cut.templates, maxAbsDTwiceNllSameParameters: compareNll(cut.nll, root) },
    lowest: compareLowest(own, root, cut?.nll ?? asRead),
    rootAboveMinimum: {
      freeFit: twice(difference(root.freeFit.nll, rootAtOwnFree)),
      scan: highest(points.map(({ rootAboveMinimum }) => rootAboveMinimum)),
    },
    nextstatAboveMinimum: {
      freeFit: twice(difference(own.nllHat, there.freeFit)),
      scan: highest(
        own.points.map(({ nllMu }, i) => twice(difference(nllMu, there.points[i] ?? null))),
      ),
    },
  };
  return { ...judge(diff, thresholds), diff };
}

function judge(
  diff: ScanDiff,
  { dqAtol, muHatAtol }: Thresholds,
): Pick<Comparison, "status" | "agreement" | "reasons"> {
  const reasons: string[] = [];
  const { freeFit, scan } = diff.rootAboveMinimum;
  if (freeFit !== null && freeFit > FIT_ATOL) {
    reasons.push(
      `ROOT's free fit is not at the minimum: by ROOT's own likelihood, 2NLL is ${shown(freeFit)} lower at nextstat's`,
    );
  }
  if (scan !== null && scan > FIT_ATOL) {
    reasons.push(
      `fits of ROOT's scan are not at their minimum: by ROOT's own likelihood, 2NLL is up to ${shown(scan)} lower at nextstat's`,
    );
  }
  const above = Math.max(
    diff.nextstatAboveMinimum.freeFit ?? 0,
    diff.nextstatAboveMinimum.scan ?? 0,
  );
  if (above > FIT_ATOL) {
    reasons.push(`nextstat's fit is not at the minimum: 2NLL is ${shown(above)} lower at ROOT's`);
  }
  const { residual, isCut } = judgeLikelihoods(diff, reasons);
  const agrees = within(diff.maxAbsDqMu, dqAtol) && Math.abs(diff.muHat) <= muHatAtol;
  if (agrees && within(residual, dqAtol)) return { status: "ok", agreement: "profile", reasons };
  if (!within(diff.maxAbsDqMu, dqAtol)) reasons.push(`q(mu) differs by more than ${dqAtol}`);
  if (!(Math.abs(diff.muHat) <= muHatAtol)) {
    reasons.push(`the best fit differs by more than ${muHatAtol}`);
  }
  // Only ROOT's own likelihood can show that ROOT's fit is the one that is off.
  const rootStopped = Math.max(freeFit ?? 0, scan ?? 0) > FIT_ATOL;
  const lowestAgrees =
    within(diff.lowest.maxAbsDqMu, dqAtol) && Math.abs(diff.lowest.muHat) <= muHatAtol;
  const isExplained = within(residual, SAME_ATOL) && (rootStopped || isCut) && lowestAgrees;
  if (!isExplained || above > FIT_ATOL) return { status: "fail", agreement: "none", reasons };
  return { status: "ok", agreement: isCut ? "cut_templates" : "same_parameters", reasons };
}

/** By how much the likelihoods differ, with templates cut off as in ROOT where that matters. */
function judgeLikelihoods(
  { maxAbsDTwiceNllSameParameters: asRead, cutTemplates: cut }: ScanDiff,
  reasons: string[],
): { readonly residual: number | null; readonly isCut: boolean } {
  const isCut = cut !== null && !within(asRead, SAME_ATOL);
  const residual = isCut ? cut.maxAbsDTwiceNllSameParameters : asRead;
  if (cut !== null) reasons.push(cutText(cut));
  if (!within(residual, SAME_ATOL)) {
    const still = isCut ? `, and by up to ${by(residual)} with these cut off` : "";
    reasons.push(
      `the likelihoods differ: at the same parameters by up to ${by(asRead)} in 2NLL${still}`,
    );
  } else if (isCut) {
    reasons.push(
      `the likelihoods differ in nothing else: with these cut off, differences of 2NLL at the same parameters agree to ${by(residual)}, and as nextstat has them to ${by(asRead)}`,
    );
  }
  return { residual, isCut };
}

const SHOWN_TEMPLATES = 5;

function cutText({ nPositions, nCut, templates }: CutTemplates): string {
  const shownOnes = templates.slice(0, SHOWN_TEMPLATES).map(({ channel, sample, bins, ...one }) => {
    const where = `${bins.length === 1 ? "bin" : "bins"} ${bins.join(" ")}`;
    return `${channel}/${sample} in ${where} (${one.nPositions})`;
  });
  const more = templates.length - shownOnes.length;
  const rest = more > 0 ? `, and ${more} more` : "";
  return `templates are negative at ${nCut} of ${nPositions} positions: ${shownOnes.join(", ")}${rest}; ROOT cuts them off at 0, nextstat and pyhf do not`;
}

function by(value: number | null): string {
  return value === null ? "an infinite amount" : shown(value);
}

/** Differences of 2NLL to our best fit, at every position that both have. */
function compareNll({ atRoot, atOwn }: OwnNll, root: RootScan): number | null {
  const [rootHere, ...rootAtOwn] = root.atNextstat.nll;
  const offset = difference(atOwn.freeFit, rootHere ?? null);
  if (offset === null) return null;
  const pairs: (readonly [number | null, number | null])[] = [
    [atRoot.start, root.start.nll],
    [atRoot.freeFit, root.freeFit.nll],
    ...root.points.map(({ nllMu }, i) => [atRoot.points[i] ?? null, nllMu] as const),
    ...atOwn.points.map((nllMu, i) => [nllMu, rootAtOwn[i] ?? null] as const),
  ];
  return largest(pairs.map(([a, b]) => twice(difference(difference(a, b), offset))));
}

/** Both profiles from the lowest minima known to each likelihood. */
function compareLowest(
  own: OwnScan,
  root: RootScan,
  { atRoot, atOwn }: OwnNll,
): ScanDiff["lowest"] {
  const [rootAtOwnFree = null, ...rootAtOwn] = root.atNextstat.nll;
  const ours = lowestProfile(
    { mu: own.muHat, nll: atOwn.freeFit },
    { mu: root.freeFit.mu, nll: atRoot.freeFit },
    own.points.map(({ mu }, i) => ({
      mu,
      nll: lower(atOwn.points[i] ?? null, atRoot.points[i] ?? null),
    })),
  );
  const theirs = lowestProfile(
    { mu: root.freeFit.mu, nll: root.freeFit.nll },
    { mu: own.muHat, nll: rootAtOwnFree },
    root.points.map(({ mu, nllMu }, i) => ({ mu, nll: lower(nllMu, rootAtOwn[i] ?? null) })),
  );
  return {
    muHat: ours.muHat - theirs.muHat,
    maxAbsDqMu: largest(ours.q.map((q, i) => difference(q, theirs.q[i] ?? null))),
  };
}

interface Place {
  readonly mu: number;
  readonly nll: number | null;
}

function lowestProfile(
  first: Place,
  second: Place,
  points: readonly Place[],
): { readonly muHat: number; readonly q: readonly (number | null)[] } {
  // The other tool's is taken only where it is lower by more than the tolerance of fits.
  const isLower = second.nll !== null && second.nll < (first.nll ?? Infinity) - FIT_ATOL / 2;
  const best = isLower ? second : first;
  const q = points.map(({ mu, nll }) => (mu < best.mu ? 0 : twice(difference(nll, best.nll))));
  return { muHat: best.mu, q };
}

function lower(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

function twice(value: number | null): number | null {
  return value === null ? null : 2 * value;
}

/** Of an absolute difference; one that is not known is the worst. */
function size(value: number | null): number {
  return value === null ? Number.POSITIVE_INFINITY : Math.abs(value);
}

/** Largest magnitude; null where one is not known. */
function largest(values: readonly (number | null)[]): number | null {
  let most = 0;
  for (const value of values) {
    if (value === null) return null;
    most = Math.max(most, Math.abs(value));
  }
  return most;
}

/** Largest value of those known; null without any. */
function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function within(value: number | null, tolerance: number): boolean {
  return value !== null && value <= tolerance;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}
