/**
 * Groups of nuisance parameters: by category, by the beginning of their names, or named by the caller.
 *
 * @module
 */

import { NextstatError, suggestName } from "../errors.ts";
import type { Parameter, ResolvedModel } from "../model/resolved-model.ts";

export const GROUPING_POLICIES = ["category", "prefix"] as const;

/**
 * `category`: `mc_stat` (staterror, shapesys), `lumi`, `free_factors` (without constraint) and `systematics` (all others).
 * `prefix`: the name up to the first `_`.
 */
export type GroupingPolicy = (typeof GROUPING_POLICIES)[number];

export interface Grouping {
  /** Default `category`. */
  readonly policy?: GroupingPolicy;
  /**
   * Instead of a policy: names or patterns (`*` any text, `?` one character) by group. A pattern may match a parameter
   * or the set of a per-bin one. What no pattern matches is in the group `other`.
   */
  readonly named?: Readonly<Record<string, readonly string[]>>;
}

/** The group of what no pattern matches. */
const OTHER = "other";

/**
 * The group of every parameter.
 *
 * @param poi is in no group
 * @returns `[nParameters]` names
 * @throws NextstatError `usage` for an unknown policy, a policy along with named groups, a pattern that matches nothing, a
 * parameter in two groups
 */
export function assignGroups(
  model: ResolvedModel,
  poi: number | null,
  grouping: Grouping = {},
): readonly string[] {
  const { policy, named } = grouping;
  if (policy !== undefined && !GROUPING_POLICIES.includes(policy)) {
    throw new NextstatError("usage", `no grouping policy "${String(policy)}"`, {
      hint: `choose one of ${GROUPING_POLICIES.join(", ")}, or name the groups`,
    });
  }
  if (named !== undefined) {
    if (policy !== undefined) {
      throw new NextstatError("usage", "a grouping policy and named groups exclude each other", {
        hint: `leave one out; parameters in no named group are in "${OTHER}"`,
      });
    }
    return assignNamed(model, poi, named);
  }
  return model.parameters.map((parameter) =>
    policy === "prefix" ? prefixOf(parameter.name) : categoryOf(parameter),
  );
}

/** The text before the first `_`, or all of it; one at the very beginning does not count. */
function prefixOf(name: string): string {
  const at = name.indexOf("_", 1);
  return at < 0 ? name : name.slice(0, at);
}

function categoryOf({ kind, constraint }: Parameter): string {
  if (kind === "staterror" || kind === "shapesys") return "mc_stat";
  if (kind === "lumi") return "lumi";
  return constraint.type === "none" ? "free_factors" : "systematics";
}

function assignNamed(
  { parameters }: ResolvedModel,
  poi: number | null,
  named: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  const groups = parameters.map((): string | null => null);
  for (const [group, patterns] of Object.entries(named)) {
    if (!Array.isArray(patterns) || !patterns.every((p) => typeof p === "string")) {
      throw new NextstatError("usage", `group "${group}" is not a list of names or patterns`, {
        hint: 'groups are written {"name": ["parameter", "pattern*"]}',
      });
    }
    for (const pattern of patterns) {
      const matches = matcher(pattern);
      const found = parameters.flatMap(({ name, set }, i) =>
        i !== poi && (matches(name) || matches(set)) ? [i] : [],
      );
      if (found.length === 0) {
        throw new NextstatError(
          "usage",
          `"${pattern}" of group "${group}" matches no nuisance parameter`,
          {
            hint: suggestName(
              pattern,
              parameters.flatMap((p, i) => (i === poi ? [] : [p.name])),
            ),
          },
        );
      }
      for (const i of found) {
        const other = groups[i] ?? null;
        if (other !== null && other !== group) {
          throw new NextstatError(
            "usage",
            `"${parameters[i]?.name}" is in two groups, "${other}" and "${group}"`,
            { hint: "a parameter can be in one group only" },
          );
        }
        groups[i] = group;
      }
    }
  }
  return groups.map((group) => group ?? OTHER);
}

/** Whether a text is a pattern's, `*` standing for any text and `?` for one character. */
function matcher(pattern: string): (text: string) => boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "su");
  return (text) => expression.test(text);
}
