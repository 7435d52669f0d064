/**
 * How much of the uncertainty of the parameter of interest each group of nuisance parameters makes.
 *
 * By fixing: with a group held at its best-fit values the minimum stays where it is, so no refit is needed. The uncertainty
 * that is left is that of the exact Hessian without the group's rows and columns, and
 *
 *     sigma^2 - sigma_without^2 = C_mG (C_GG)^-1 C_Gm        C the covariance, m the parameter of interest, G the group
 *
 * (Schur complement). The right-hand side is computed: it does not suffer from cancellation where a group hardly matters.
 *
 * By quadrature: the impacts of the single parameters, from their refits, added in quadrature. This ignores the correlations
 * inside the group.
 *
 * Sources: the breakdown of uncertainties of ATLAS and CMS (fixing), NextStat's `viz uncertainty` (quadrature).
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import type { Certified } from "../optimize/certify.ts";
import type { Objective } from "../optimize/objective.ts";
import { analyse, type ProcedureOptions, type ProcedureSummary, requirePoi } from "./analysis.ts";
import type { FitTarget } from "./fit.ts";
import { assignGroups, type Grouping } from "./groups.ts";
import { IMPACT_DEFINITIONS, type ImpactDefinition, impactsOf } from "./ranking.ts";
import type { Steps } from "./steps.ts";

export interface ImpactsOptions extends ProcedureOptions {
  /** Default: by category. */
  readonly groups?: Grouping;
  /** Definition of the single-parameter impacts that are added in quadrature; `none` saves their refits. Default `postfit`. */
  readonly quadrature?: ImpactDefinition | "none";
}

export interface GroupImpact {
  readonly name: string;
  /** The group's parameters that float, in the order of the model. */
  readonly parameters: readonly string[];
  readonly nParameters: number;
  /** sqrt(sigma^2 - sigmaWithout^2); null without covariance. */
  readonly impact: number | null;
  /** Uncertainty of the parameter of interest with the group held at its best-fit values. */
  readonly sigmaWithout: number | null;
  /** Single-parameter impacts, the larger of up and down each, in quadrature; null where one is missing or `none`. */
  readonly quadrature: number | null;
}

export interface ImpactsResult extends ProcedureSummary {
  readonly poi: string;
  readonly muHat: number;
  /** Uncertainty of the parameter of interest; null without covariance. */
  readonly total: number | null;
  /** What is left with every constrained parameter held, and sqrt(total^2 - statistical^2). */
  readonly statistical: number | null;
  readonly systematic: number | null;
  /** What is left with every nuisance parameter held, free factors too: the data's own part. */
  readonly dataStatistical: number | null;
  /** Largest impact first, ties by name. */
  readonly groups: readonly GroupImpact[];
  /** dataStatistical and the groups' impacts in quadrature: what correlations between groups make differ from the total. */
  readonly sumInQuadrature: number | null;
  /** total^2 - sumInQuadrature^2. */
  readonly correlationTerm: number | null;
  readonly quadratureDefinition: ImpactDefinition | "none";
}

/**
 * Breaks the uncertainty of the parameter of interest down by groups of nuisance parameters.
 *
 * @throws NextstatError `usage` for a model without POI, or groups that are none (see `assignGroups`)
 */
export function* impactsSteps(
  target: FitTarget,
  options: ImpactsOptions = {},
): Steps<ImpactsResult> {
  const { resolved } = target;
  const { parameters } = resolved;
  const poi = requirePoi(resolved, options, "a breakdown of its uncertainty");
  const definition = options.quadrature ?? "postfit";
  if (definition !== "none" && !IMPACT_DEFINITIONS.includes(definition)) {
    throw new NextstatError("usage", `no impact definition "${String(definition)}"`, {
      hint: `choose one of ${IMPACT_DEFINITIONS.join(", ")}, none`,
    });
  }
  const groupOf = assignGroups(resolved, poi, options.groups);
  return yield* analyse(target, options, true, function* (analysis) {
    const best = analysis.best();
    const { solution, covariance } = best;
    const { fixed } = analysis.setup.box;
    const floating = parameters.flatMap((_, i) => (i === poi || fixed[i] === 1 ? [] : [i]));
    const constrained = floating.filter((i) => analysis.setup.constraintCentres[i] !== null);
    const atBound = floating.filter((i) => best.index.indexOf(i) < 0);
    const available = covariance !== null && best.index.includes(poi);
    if (covariance === null) {
      analysis.warn("the Hessian is singular: there is no breakdown", "covariance_unavailable");
    } else if (!available) {
      const name = parameters[poi]?.name;
      analysis.warn(`"${name}" is at a bound: it has no uncertainty to break down`);
    } else if (atBound.length > 0) {
      const names = atBound.map((i) => parameters[i]?.name).slice(0, 5);
      analysis.warn(
        `at a bound, and without part in the breakdown: ${names.join(", ")}${atBound.length > 5 ? " …" : ""}`,
      );
    }
    const held = (indices: readonly number[]): Held | null =>
      available ? holdGroup(analysis.objective, best, poi, indices) : null;

    const chosen = definition === "none" ? [] : floating;
    const wanted = definition === "none" ? [] : [definition];
    const { impacts } = yield* impactsOf(analysis, poi, chosen, wanted);
    const single = new Map(
      impacts.map((found) => {
        const impact = definition === "none" ? undefined : found.impacts.get(definition);
        const none = impact === undefined || impact.up === null || impact.down === null;
        return [found.index, none ? null : Math.max(Math.abs(impact.up), Math.abs(impact.down))];
      }),
    );

    const names = [...new Set(floating.map((i) => groupOf[i] as string))];
    const groups = names.map((name): GroupImpact => {
      const members = floating.filter((i) => groupOf[i] === name);
      const { impact = null, sigmaWithout = null } = held(members) ?? {};
      const squares = members.map((i) => single.get(i) ?? null);
      return {
        name,
        parameters: members.map((i) => parameters[i]?.name as string),
        nParameters: members.length,
        impact,
        sigmaWithout,
        quadrature: squares.some((v) => v === null)
          ? null
          : Math.sqrt(squares.reduce<number>((sum, v) => sum + (v as number) ** 2, 0)),
      };
    });
    groups.sort((a, b) => (b.impact ?? 0) - (a.impact ?? 0) || (a.name < b.name ? -1 : 1));
    const withoutConstrained = held(constrained);
    const data = held(floating)?.sigmaWithout ?? null;
    const total = available ? Math.sqrt(best.variance[poi] as number) : null;
    const sum =
      data === null
        ? null
        : groups.reduce((square, { impact }) => square + (impact as number) ** 2, data * data);
    return {
      poi: parameters[poi]?.name as string,
      muHat: solution.x[poi] as number,
      total,
      statistical: withoutConstrained?.sigmaWithout ?? null,
      systematic: withoutConstrained?.impact ?? null,
      dataStatistical: data,
      groups,
      sumInQuadrature: sum === null ? null : Math.sqrt(sum),
      correlationTerm: sum === null || total === null ? null : total * total - sum,
      quadratureDefinition: definition,
      ...analysis.summary(),
    };
  });
}

/** What holding some parameters leaves of an uncertainty, and what it takes away. */
interface Held {
  readonly impact: number;
  readonly sigmaWithout: number;
}

/** Holds parameters at their best-fit values; those that are not free at the best fit are held anyway. */
function holdGroup(
  objective: Objective,
  { index, hessian, covariance, variance }: Certified,
  poi: number,
  indices: readonly number[],
): Held {
  const group = index.filter((i) => indices.includes(i));
  const rest = index.filter((i) => !indices.includes(i));
  const total = variance[poi] as number;
  if (group.length === 0 || covariance === null) {
    return { impact: 0, sigmaWithout: Math.sqrt(total) };
  }
  const n = variance.length;
  const along = Float64Array.from(group, (i) => covariance[poi * n + i] as number);
  const explained = quadraticForm(objective, covariance, group, along);
  const unit = Float64Array.from(rest, (i) => (i === poi ? 1 : 0));
  const left = quadraticForm(objective, hessian, rest, unit);
  return { impact: Math.sqrt(Math.max(0, explained)), sigmaWithout: Math.sqrt(left) };
}

/** v^T M^-1 v, M the rows and columns `indices` of a positive definite matrix. */
function quadraticForm(
  objective: Objective,
  matrix: Float64Array,
  indices: readonly number[],
  vector: Float64Array,
): number {
  const m = indices.length;
  const n = Math.sqrt(matrix.length);
  const scale = Float64Array.from(indices, (i) => 1 / Math.sqrt(matrix[i * n + i] as number));
  const scaled = new Float64Array(m * m);
  indices.forEach((i, a) => {
    const left = scale[a] as number;
    indices.forEach((j, b) => {
      scaled[a * m + b] = (matrix[i * n + j] as number) * left * (scale[b] as number);
    });
  });
  const scaledVector = vector.map((v, a) => v * (scale[a] as number));
  if (!objective.dense.factor(scaled, m)) return Number.NaN;
  const solved = scaledVector.slice();
  objective.dense.solve(solved);
  return solved.reduce((sum, v, a) => sum + v * (scaledVector[a] as number), 0);
}
