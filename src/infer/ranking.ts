/**
 * The ranking: how far the parameter of interest moves when one nuisance parameter is held elsewhere and all others are
 * refitted.
 *
 * The three definitions in use are conditional fits on one curve, the profile of the nuisance parameter, and are made
 * together: the curve is followed outwards from the global fit on both sides, and the covariance and the points already
 * known predict the next one. No Hessian is computed besides the global fit's.
 *
 * Sources: `prefit-centre` NextStat; `prefit-bestfit` cabinetry (A. Held, K. Cranmer) and TRExFitter; `postfit` TRExFitter
 * and the post-fit impact of ATLAS and CMS.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { Parameter, ParameterKind } from "../model/resolved-model.ts";
import { type Certified, certify } from "../optimize/certify.ts";
import { knownCurvature } from "../optimize/known-curvature.ts";
import { hasKinks } from "../optimize/objective.ts";
import {
  type Analysis,
  analyse,
  type ProcedureOptions,
  type ProcedureSummary,
  requirePoi,
} from "./analysis.ts";
import type { FitTarget } from "./fit.ts";
import { parameterIndex } from "./fit-setup.ts";
import { assignGroups, type Grouping } from "./groups.ts";
import { priorWidth } from "./objective.ts";
import { type Likelihood, LOWER_BASIN, type ProfilePoint, type Walk } from "./profile.ts";
import type { Steps } from "./steps.ts";

/** Where a parameter is held. */
export const IMPACT_DEFINITIONS = ["prefit-centre", "prefit-bestfit", "postfit"] as const;

/**
 * `prefit-centre`: centre of the constraint +- its width. `prefit-bestfit`: best fit +- that width. `postfit`: best fit +-
 * uncertainty of the fit.
 */
export type ImpactDefinition = (typeof IMPACT_DEFINITIONS)[number];

export interface RankingOptions extends ProcedureOptions {
  /** The definition that decides the order. Default `prefit-centre`. */
  readonly impact?: ImpactDefinition;
  /** Only these parameters, by name. Default: all constrained ones. */
  readonly parameters?: readonly string[];
  /** Rank free factors too; they have no prior width, so only `postfit`. Default false. */
  readonly includeUnconstrained?: boolean;
  /** Keep only the first so many entries. Default all. */
  readonly topN?: number;
  /** What the entries' `group` says. Default: by category. */
  readonly groups?: Grouping;
}

/** The shifts of the parameter of interest by one definition. */
export interface Impact {
  /** mu - muHat with the parameter held at `upAt`; null where that is null, or the refit failed or was not made. */
  readonly up: number | null;
  readonly down: number | null;
  /** Where the parameter was held, inside its bounds; null without prior width, or without uncertainty. */
  readonly upAt: number | null;
  readonly downAt: number | null;
}

export interface RankingEntry {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly group: string;
  /** 1 for the largest. */
  readonly rank: number;
  /** By the definition that decides the order. */
  readonly impactUp: number | null;
  readonly impactDown: number | null;
  /** The same under NextStat's names. */
  readonly deltaMuUp: number | null;
  readonly deltaMuDown: number | null;
  readonly prefitCentre: Impact;
  readonly prefitBestfit: Impact;
  readonly postfit: Impact;
  /** (bestfit - centre) / width; null without constraint. */
  readonly pull: number | null;
  /** uncertainty / width; null without constraint or uncertainty. */
  readonly constraint: number | null;
  /** Centre and width of the constraint on the data fitted; null without constraint. */
  readonly centre: number | null;
  readonly width: number | null;
  readonly bestfit: number;
  readonly uncertainty: number | null;
  /** Some value lay outside the bounds of the parameter, which was held at the bound instead. */
  readonly clamped: boolean;
  /** Some refit did not converge, or was not made because of an interruption. */
  readonly failed: boolean;
}

export interface RankingResult extends ProcedureSummary {
  readonly poi: string;
  readonly impact: ImpactDefinition;
  readonly muHat: number;
  /** From the covariance; null where there is none. */
  readonly muUncertainty: number | null;
  readonly nllHat: number;
  /** Largest impact first, ties by name; entries without any impact last. */
  readonly entries: readonly RankingEntry[];
  /** Parameters ranked, before `topN`. */
  readonly nTotal: number;
  /** Length of `entries`. */
  readonly nReturned: number;
  /** Refits that were repeated with a search for other minima. */
  readonly nRechecked: number;
}

/** A refit is repeated with a search where its rise in NLL is this much of the parabola's off, */
const RISE_RATIO = 0.5;
/** and by this much; */
const RISE_EXCESS = 0.1;
/** or where the parameter of interest is this far, in its uncertainty, from the linear prediction. */
const POI_JUMP = 0.5;

/**
 * Ranks the nuisance parameters.
 *
 * Refits follow the profile of each parameter from the global fit, on a start predicted by the covariance and the refits
 * before. Looking for other minima at each would cost more than all refits, so it is done where there is reason to:
 * - with kinks (codes 0 and 1) each refit is an ordinary conditional fit, from two starts;
 * - other minima that the global fit found are followed in the same way, to all places where the refit is above them (a
 *   minimum that lies above a refit cannot be lower with one parameter held); each costs a Hessian;
 * - a refit whose rise in NLL is off the parabola (shift / uncertainty)^2 / 2 by more than half of it and 0.1, or whose
 *   parameter of interest is more than half its uncertainty off the linear prediction, is repeated with a search;
 * - a refit below the global fit makes everything start again from there, as in every procedure.
 *
 * @throws NextstatError `usage` for a model without POI, an unknown or fixed parameter, a negative `topN`
 */
export function* rankingSteps(
  target: FitTarget,
  options: RankingOptions = {},
): Steps<RankingResult> {
  const { resolved } = target;
  const poi = requirePoi(resolved, options, "a ranking");
  const definition = options.impact ?? "prefit-centre";
  if (!IMPACT_DEFINITIONS.includes(definition)) {
    throw new NextstatError("usage", `no impact definition "${String(definition)}"`, {
      hint: `choose one of ${IMPACT_DEFINITIONS.join(", ")}`,
    });
  }
  const { topN } = options;
  if (topN !== undefined && !(Number.isInteger(topN) && topN >= 0)) {
    throw new NextstatError("usage", `the number of entries, ${topN}, is not a whole number >= 0`, {
      hint: "leave it out for all entries",
    });
  }
  if (options.parameters?.length === 0) {
    throw new NextstatError("usage", "no parameters to rank", {
      hint: "name some, or none for all of them",
    });
  }
  const groups = assignGroups(resolved, poi, options.groups);
  const wanted = options.parameters?.map((name) => parameterIndex(resolved, name));
  return yield* analyse(target, options, true, function* (analysis) {
    const best = analysis.best();
    const { solution, variance, covariance } = best;
    const muVariance = variance[poi] as number;
    if (covariance === null) {
      analysis.warn(
        "the Hessian is singular: parameters without uncertainty have no post-fit impact",
        "covariance_unavailable",
      );
    }
    if (!(muVariance > 0) && best.index.includes(poi)) {
      const name = resolved.parameters[poi]?.name;
      analysis.warn(
        `the data do not determine "${name}": its impacts are those of one fit of many`,
      );
    }
    const chosen = chooseParameters(analysis, poi, wanted, options.includeUnconstrained === true);
    const { impacts, nRechecked } = yield* impactsOf(analysis, poi, chosen, IMPACT_DEFINITIONS);
    const unranked = impacts.map((found) => describeEntry(found, definition, groups));
    unranked.sort((a, b) => sizeOf(b) - sizeOf(a) || (a.name < b.name ? -1 : 1));
    warnAboutEntries(analysis, unranked);
    const entries = unranked.map((entry, k) => ({ ...entry, rank: k + 1 }));
    return {
      poi: resolved.parameters[poi]?.name as string,
      impact: definition,
      muHat: solution.x[poi] as number,
      muUncertainty: muVariance > 0 ? Math.sqrt(muVariance) : null,
      nllHat: solution.value,
      entries: entries.slice(0, topN ?? entries.length),
      nTotal: entries.length,
      nReturned: Math.min(topN ?? entries.length, entries.length),
      nRechecked,
      ...analysis.summary(),
    };
  });
}

/** Largest of the two impacts; entries without any are last. */
function sizeOf({ impactUp, impactDown }: Pick<RankingEntry, "impactUp" | "impactDown">): number {
  return Math.max(...[impactUp, impactDown].map((v) => (v === null ? -1 : Math.abs(v))));
}

/** Indices of the parameters to rank, in the order of the model. */
function chooseParameters(
  { resolved, setup }: Analysis,
  poi: number,
  wanted: readonly number[] | undefined,
  unconstrained: boolean,
): readonly number[] {
  const { fixed } = setup.box;
  for (const i of wanted ?? []) {
    const name = resolved.parameters[i]?.name;
    const why =
      i === poi
        ? `"${name}" is the parameter of interest`
        : fixed[i] === 1
          ? `"${name}" is fixed`
          : !unconstrained && setup.constraintCentres[i] === null
            ? `"${name}" has no constraint`
            : null;
    if (why === null) continue;
    throw new NextstatError("usage", `${why}: it has no place in the ranking`, {
      hint: why.endsWith("constraint") ? "include the unconstrained ones" : "leave it out",
    });
  }
  return resolved.parameters.flatMap((_, i) => {
    if (i === poi || fixed[i] === 1 || (wanted !== undefined && !wanted.includes(i))) return [];
    return unconstrained || setup.constraintCentres[i] !== null ? [i] : [];
  });
}

/** What the refits of one parameter gave. */
export interface ParameterImpacts {
  readonly parameter: Parameter;
  readonly index: number;
  readonly centre: number | null;
  readonly width: number | null;
  readonly bestfit: number;
  readonly uncertainty: number | null;
  /** By definition; those not asked for are not there. */
  readonly impacts: ReadonlyMap<ImpactDefinition, Impact>;
  readonly clamped: boolean;
  readonly failed: boolean;
}

/** A parameter and the places where it is to be held. */
interface Plan extends Omit<ParameterImpacts, "impacts" | "failed"> {
  /** `[down, up]` inside the bounds; null without width. */
  readonly places: ReadonlyMap<ImpactDefinition, readonly [number, number] | null>;
  /** The distinct places that need a fit. */
  readonly values: readonly number[];
}

/**
 * Refits of some parameters by some definitions, as the rule of {@link rankingSteps} says.
 *
 * @returns in the order of `chosen`
 */
export function* impactsOf(
  analysis: Analysis,
  poi: number,
  chosen: readonly number[],
  definitions: readonly ImpactDefinition[],
): Steps<{ readonly impacts: readonly ParameterImpacts[]; readonly nRechecked: number }> {
  const plans = chosen.map((index) => plan(analysis, index, definitions));
  const { refits, nRechecked } = yield* refit(analysis, poi, plans);
  const muHat = analysis.best().solution.x[poi] as number;
  warnAboutBound(analysis, poi, plans, refits);
  const impacts = plans.map((planned, k) => {
    const known = refits[k] as Refits;
    let failed = false;
    const shift = (value: number): number | null => {
      if (value === planned.bestfit) return 0;
      const point = known.get(value);
      if (point?.converged === true) return (point.x[poi] as number) - muHat;
      failed = true;
      return null;
    };
    const byDefinition = definitions.map((definition): [ImpactDefinition, Impact] => {
      const places = planned.places.get(definition);
      if (places === null || places === undefined) {
        return [definition, { up: null, down: null, upAt: null, downAt: null }];
      }
      const [downAt, upAt] = places;
      return [definition, { up: shift(upAt), down: shift(downAt), upAt, downAt }];
    });
    return { ...planned, impacts: new Map(byDefinition), failed };
  });
  return { impacts, nRechecked };
}

function plan(analysis: Analysis, index: number, definitions: readonly ImpactDefinition[]): Plan {
  const { setup, resolved } = analysis;
  const { solution, variance } = analysis.best();
  const parameter = resolved.parameters[index] as Parameter;
  const lower = setup.box.lower[index] as number;
  const upper = setup.box.upper[index] as number;
  const bestfit = solution.x[index] as number;
  const squared = variance[index] as number;
  const uncertainty = squared > 0 && Number.isFinite(squared) ? Math.sqrt(squared) : null;
  const centre = setup.constraintCentres[index] as number | null;
  const width = centre === null ? null : priorWidth(parameter);
  let clamped = false;
  const around = (middle: number | null, half: number | null): [number, number] | null => {
    if (middle === null || half === null) return null;
    const at = (value: number): number => {
      const inside = Math.min(Math.max(value, lower), upper);
      clamped ||= inside !== value;
      return inside;
    };
    return [at(middle - half), at(middle + half)];
  };
  const places = new Map(
    definitions.map((definition) => {
      switch (definition) {
        case "prefit-centre":
          return [definition, around(centre, width)] as const;
        case "prefit-bestfit":
          return [definition, around(bestfit, width)] as const;
        case "postfit":
          return [definition, around(bestfit, uncertainty)] as const;
      }
      return definition satisfies never;
    }),
  );
  const values = [...new Set([...places.values()].flatMap((pair) => pair ?? []))]
    .filter((value) => value !== bestfit)
    .sort((a, b) => Math.abs(a - bestfit) - Math.abs(b - bestfit));
  return { parameter, index, centre, width, bestfit, uncertainty, places, values, clamped };
}

/** A refit, and the minimum of the global fit it grew out of. */
interface Refit extends ProfilePoint {
  readonly home: Certified;
}

/** The fits of one parameter by the value it is held at. */
type Refits = Map<number, Refit>;

/** All refits: along the profiles from the best fit, then from other minima, then those that need a second look. */
function* refit(
  analysis: Analysis,
  poi: number,
  plans: readonly Plan[],
): Steps<{ readonly refits: readonly Refits[]; readonly nRechecked: number }> {
  const refits = plans.map((): Refits => new Map());
  const accept = (k: number, value: number, point: ProfilePoint, home: Certified): void => {
    const known = (refits[k] as Refits).get(value);
    const better =
      known === undefined ||
      (point.converged && (!known.converged || point.nll < known.nll - LOWER_BASIN));
    if (better) (refits[k] as Refits).set(value, { ...point, home });
  };
  const best = analysis.best();
  yield* follow(analysis, best, plans, "refits", (plan) => plan.values, accept);

  const highest = Math.max(
    ...refits.flatMap((known) => [...known.values()].map((r) => r.nll)),
    Number.NEGATIVE_INFINITY,
  );
  for (const home of otherHomes(analysis, highest)) {
    const above = ({ values }: Plan, k: number): readonly number[] =>
      values.filter((v) => ((refits[k] as Refits).get(v)?.nll ?? highest) > home.solution.value);
    yield* follow(analysis, home, plans, "refits from another minimum", above, accept);
  }

  if (!analysis.explore) return { refits, nRechecked: 0 };
  const doubtful = plans.flatMap(({ index }, k) =>
    [...(refits[k] as Refits)].flatMap(([value, found]) => {
      if (found.converged && !isSuspect(found, poi, index)) return [];
      return [{ k, value, found, walk: analysis.walk([index], [[value]], found.x) }];
    }),
  );
  if (doubtful.length === 0) return { refits, nRechecked: 0 };
  const again = yield* analysis.run({
    walks: doubtful.map(({ walk }) => walk),
    doing: "second look at refits",
  });
  doubtful.forEach(({ k, value, found }, w) => {
    const point = again[w]?.points[0];
    if (point !== undefined) accept(k, value, point, found.home);
  });
  return { refits, nRechecked: doubtful.length };
}

/** Refits along the profiles of some minimum, all parameters in one batch. */
function* follow(
  analysis: Analysis,
  home: Certified,
  plans: readonly Plan[],
  doing: string,
  wanted: (plan: Plan, k: number) => readonly number[],
  accept: (k: number, value: number, point: ProfilePoint, home: Certified) => void,
): Steps<void> {
  // Beside a kink there may be another minimum, to which the curvature does not lead.
  const likelihood = hasKinks(analysis.objective)
    ? analysis.observed
    : withCurvature(analysis.observed, home);
  const { x } = home.solution;
  const walks = plans.flatMap((plan, k) => {
    const { index } = plan;
    const origin = x[index] as number;
    const values = [...wanted(plan, k)].sort(
      (a, b) => Math.abs(a - origin) - Math.abs(b - origin) || a - b,
    );
    // Points on both sides predict each other, if there is a tangent to begin with.
    const sides =
      likelihood.curvature?.free[index] === 1
        ? [values]
        : [values.filter((v) => v < origin), values.filter((v) => v >= origin)];
    return sides
      .filter((side) => side.length > 0)
      .map((side) => {
        const path = side.map((value) => [value]);
        const walk: Walk = {
          ...analysis.walk([index], path, x),
          likelihood,
          basins: [],
          explore: false,
        };
        return { k, side, walk };
      });
  });
  if (walks.length === 0) return;
  const results = yield* analysis.run({ walks: walks.map(({ walk }) => walk), doing });
  walks.forEach(({ k, side }, w) => {
    results[w]?.points.forEach((point, at) => {
      accept(k, side[at] as number, point, home);
    });
  });
}

/** The likelihood with the inverse Hessian of a minimum, for walks that stay near it. */
function withCurvature(
  likelihood: Likelihood,
  { solution, covariance, index }: Certified,
): Likelihood {
  if (covariance === null) return likelihood;
  const free = new Uint8Array(solution.x.length);
  for (const i of index) free[i] = 1;
  return { ...likelihood, curvature: knownCurvature(solution.x, shared(covariance), free) };
}

/** A copy that threads need not copy again, where the platform can. */
function shared(values: Float64Array): Float64Array {
  if (typeof SharedArrayBuffer === "undefined") return values;
  const copy = new Float64Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}

/** Whether a refit is not what the parabola of its minimum lets expect. */
function isSuspect({ x, nll, home }: Refit, poi: number, index: number): boolean {
  const { solution, covariance, variance } = home;
  const squared = variance[index] as number;
  if (!(squared > 0)) return true;
  const n = solution.x.length;
  const shift = (x[index] as number) - (solution.x[index] as number);
  const parabola = (0.5 * shift * shift) / squared;
  const excess = Math.abs(nll - solution.value - parabola);
  if (excess > Math.max(RISE_EXCESS, RISE_RATIO * parabola)) return true;
  const muSquared = variance[poi] as number;
  if (covariance === null || !(muSquared > 0)) return false;
  const linear = ((covariance[poi * n + index] as number) / squared) * shift;
  const moved = (x[poi] as number) - (solution.x[poi] as number);
  return Math.abs(moved - linear) > POI_JUMP * Math.sqrt(muSquared);
}

/** Other minima of the global fit that lie below the highest refit: the others cannot be lower with a parameter held. */
function otherHomes(analysis: Analysis, highest: number): readonly Certified[] {
  const { best, minima } = analysis.found();
  const { objective, minimizer, evaluator, observed } = analysis;
  const followed = minima
    .filter((m) => m !== best && m.value < highest && m.termination === "converged")
    .slice(0, MAX_HOMES);
  if (followed.length === 0) return [];
  evaluator.setDataset(observed.dataset);
  return followed.map((m) => certify(objective, minimizer, m, observed.box, { covariance: true }));
}

const MAX_HOMES = 6;

function describeEntry(
  found: ParameterImpacts,
  definition: ImpactDefinition,
  groups: readonly string[],
): Omit<RankingEntry, "rank"> {
  const { parameter, index, centre, width, bestfit, uncertainty, impacts } = found;
  const by = (name: ImpactDefinition): Impact => impacts.get(name) as Impact;
  const { up, down } = by(definition);
  return {
    name: parameter.name,
    kind: parameter.kind,
    group: groups[index] as string,
    impactUp: up,
    impactDown: down,
    deltaMuUp: up,
    deltaMuDown: down,
    prefitCentre: by("prefit-centre"),
    prefitBestfit: by("prefit-bestfit"),
    postfit: by("postfit"),
    pull: centre === null || width === null ? null : (bestfit - centre) / width,
    constraint: width === null || uncertainty === null ? null : uncertainty / width,
    centre,
    width,
    bestfit,
    uncertainty,
    clamped: found.clamped,
    failed: found.failed,
  };
}

/** A parameter of interest that would go on beyond its bound has a smaller impact than without the bound. */
function warnAboutBound(
  { setup, warn, resolved }: Analysis,
  poi: number,
  plans: readonly Plan[],
  refits: readonly Refits[],
): void {
  for (const bound of [setup.box.lower[poi], setup.box.upper[poi]] as const) {
    const cut = plans.filter((_, k) =>
      [...(refits[k] as Refits).values()].some(({ x }) => x[poi] === bound),
    );
    if (cut.length === 0) continue;
    warn(
      `"${resolved.parameters[poi]?.name}" is at its bound ${bound} in refits of ${list(cut.map((p) => p.parameter))}: their impacts are cut off there`,
    );
  }
}

/** The first names, and how many more there are. */
function list(chosen: readonly { readonly name: string }[]): string {
  const names = chosen.slice(0, 5).map((e) => e.name);
  return `${names.join(", ")}${chosen.length > 5 ? ` and ${chosen.length - 5} more` : ""}`;
}

function warnAboutEntries(
  analysis: Analysis,
  entries: readonly Omit<RankingEntry, "rank">[],
): void {
  const clamped = entries.filter((e) => e.clamped);
  if (clamped.length > 0) {
    analysis.warn(`held at a bound instead of the value beyond it: ${list(clamped)}`);
  }
  const failed = entries.filter((e) => e.failed);
  if (failed.length > 0) analysis.warn(`impacts are missing for ${list(failed)}`);
}
