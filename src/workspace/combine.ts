/**
 * Combining workspaces: their channels side by side, their measurements as one.
 *
 * @module
 */

import { NextstatError, suggestName } from "../errors.ts";
import { count } from "./checks.ts";
import { equalData } from "./equal.ts";
import { JOINS, type Join, joinWorkspaces, type NamedWorkspace } from "./join.ts";
import { mergeMeasurements } from "./merge-measurements.ts";
import { hasPerBinParameters, isPerBin, modifierUses, quoteNames } from "./names.ts";
import { checkedOutcome, type Outcome } from "./outcome.ts";
import { mapNames } from "./rename.ts";
import type { Workspace } from "./types.ts";

/** How to combine. */
export interface CombineOptions {
  /**
   * Join as pyhf does, from left to right; measurements keep their names. Default: channels must be distinct, and one
   * measurement `combined` takes the place of all.
   */
  readonly join?: Join;
  /** With an outer join: channels of one name get the samples of both. Default false. */
  readonly mergeChannels?: boolean;
  /** Put `ws0_`, `ws1_`, ... before the names of channels and per-bin modifiers. Default false. */
  readonly prefixChannels?: boolean;
  /** One label for each workspace, to prefix with instead: `a_`, `b_`. */
  readonly labels?: readonly string[];
  /** Settings and parameters of interest that differ: refuse them, or take those of the first. Default `error`. */
  readonly onConflict?: "error" | "first";
  /** Measurement to take from every workspace. Default: the first of each. */
  readonly measurement?: string;
}

/** The combined workspace. */
export interface Combination extends Outcome {
  /** Names of the modifiers that several workspaces have in common, and so of the parameters they share. */
  readonly shared: readonly string[];
}

/**
 * Combines workspaces. Scalar modifiers (normsys, histosys, normfactor, lumi) of one name share their parameter.
 * Per-bin modifiers (staterror, shapesys, shapefactor) of different workspaces never do, unless `join` is given without
 * prefixes: pyhf's joins leave names alone.
 *
 * @param inputs two or more valid workspaces
 * @throws NextstatError `usage` for options that do not go together, `input` for workspaces that do not
 */
export function combineWorkspaces(
  inputs: readonly NamedWorkspace[],
  options: CombineOptions = {},
): Combination {
  checkOptions(inputs, options);
  const labels = options.labels ?? inputs.map((_, i) => `ws${i}`);
  const prefix = options.prefixChannels === true || options.labels !== undefined;
  const warnings = identicalInputs(inputs);
  const separate =
    options.join === undefined || prefix
      ? separateInputs(inputs, labels, prefix, warnings)
      : inputs;
  const workspaces = separate.map(({ workspace }) => workspace);
  const combined =
    options.join === undefined
      ? concatenate(separate, options, warnings)
      : joinAll(separate, options.join, options.mergeChannels === true, warnings);
  return {
    ...checkedOutcome(combined, workspaces, "after combining", warnings),
    shared: sharedNames(workspaces),
  };
}

function checkOptions(inputs: readonly NamedWorkspace[], options: CombineOptions): void {
  const { join, labels, mergeChannels, measurement, onConflict } = options;
  const refuse = (problem: string, hint: string): never => {
    throw new NextstatError("usage", problem, { hint });
  };
  if (inputs.length < 2) {
    refuse(`${count(inputs.length, "workspace", "workspaces")} to combine`, "give two or more");
  }
  if (join !== undefined && !JOINS.includes(join)) {
    refuse(`unknown join "${join}"`, suggestName(join, JOINS));
  }
  if (mergeChannels === true && (join === undefined || join === "none")) {
    refuse(
      `channels cannot be merged ${join === undefined ? "without a join" : `by the join "${join}"`}`,
      "choose --join outer, 'left outer' or 'right outer'",
    );
  }
  if (onConflict !== undefined && onConflict !== "error" && onConflict !== "first") {
    refuse(`unknown way out of conflicts "${onConflict}"`, "choose error or first");
  }
  if (join !== undefined && (onConflict !== undefined || measurement !== undefined)) {
    refuse(
      `${measurement === undefined ? "--on-conflict" : "--measurement"} does not go with --join`,
      "a join keeps every measurement, and says itself what happens to conflicts",
    );
  }
  if (labels === undefined) return;
  if (labels.length !== inputs.length) {
    refuse(
      `${count(labels.length, "label", "labels")} for ${inputs.length} workspaces`,
      "give one label for each",
    );
  }
  if (labels.includes("")) refuse("a label is empty", "give each workspace a name");
  if (new Set(labels).size < labels.length) refuse("two labels are the same", "they must differ");
}

/** The same file given twice counts its data twice. */
function identicalInputs(inputs: readonly NamedWorkspace[]): string[] {
  const warnings: string[] = [];
  inputs.forEach(({ name, workspace }, i) => {
    const twin = inputs.slice(0, i).find((other) => equalData(other.workspace, workspace));
    if (twin === undefined) return;
    warnings.push(
      `${twin.name} and ${name} are identical: with prefixed channels the same data count twice`,
    );
  });
  return warnings;
}

/**
 * Prefixes what must not be one thing in the combination: channels if asked to, and per-bin modifiers whose name occurs
 * in another workspace, with their settings. Two bins of one index would otherwise share a parameter.
 */
function separateInputs(
  inputs: readonly NamedWorkspace[],
  labels: readonly string[],
  prefix: boolean,
  warnings: string[],
): readonly NamedWorkspace[] {
  const uses = inputs.map(({ workspace }) => modifierUses(workspace));
  const renamed = new Map<string, string[]>();
  const separate = inputs.map(({ name, workspace }, i) => {
    const own = uses[i] as ReturnType<typeof modifierUses>;
    const modifier = new Map(
      [...own.keys()]
        .filter((m) => hasPerBinParameters(own, m))
        .filter((m) => prefix || uses.some((other, j) => j !== i && other.has(m)))
        .map((m) => [m, `${labels[i]}_${m}`]),
    );
    for (const [from, to] of modifier) renamed.set(from, [...(renamed.get(from) ?? []), to]);
    const changed = mapNames(workspace, {
      channel: (channel) => (prefix ? `${labels[i]}_${channel}` : channel),
      modifier: (m) => modifier.get(m) ?? m,
    });
    if (modifierUses(changed).size < own.size) {
      throw new NextstatError(
        "input",
        `the per-bin modifiers of ${name} are prefixed with "${labels[i]}_", and one of the new names is taken`,
        { hint: prefix ? "choose other labels" : "rename the one that begins with it" },
      );
    }
    return { name, workspace: changed };
  });
  if (!prefix) {
    for (const [from, to] of renamed) {
      warnings.push(
        `the per-bin modifier "${from}" occurs in several workspaces: renamed to ${quoteNames(to)}, so that its bins stay independent (--join leaves names alone)`,
      );
    }
  }
  requireSeparate(separate);
  return separate;
}

/** Prefixes can make names equal that were not: `a` + `b_SR` is `a_b` + `SR`. */
function requireSeparate(separate: readonly NamedWorkspace[]): void {
  const uses = separate.map(({ workspace }) => modifierUses(workspace));
  uses.forEach((own, i) => {
    for (const name of own.keys()) {
      if (!hasPerBinParameters(own, name)) continue;
      const j = uses.findIndex((other, k) => k !== i && other.has(name));
      if (j < 0) continue;
      throw new NextstatError(
        "input",
        `with their prefixes, modifiers of ${separate[i]?.name} and ${separate[j]?.name} are both called "${name}"`,
        { hint: "choose other labels, or rename one" },
      );
    }
  });
}

/** Channels and observations side by side, and one measurement. */
function concatenate(
  inputs: readonly NamedWorkspace[],
  options: CombineOptions,
  warnings: string[],
): Workspace {
  const owners = new Map<string, string>();
  for (const { name, workspace } of inputs) {
    const clash = workspace.channels.map((c) => c.name).filter((channel) => owners.has(channel));
    const owner = owners.get(clash[0] ?? "");
    if (owner !== undefined) {
      const prefixed = options.prefixChannels === true || options.labels !== undefined;
      throw new NextstatError(
        "input",
        `${clash.length === 1 ? "channel" : "channels"} ${quoteNames(clash)} in both ${owner} and ${name}${prefixed ? ", with their prefixes" : ""}`,
        {
          hint: prefixed
            ? "choose other labels, or rename one"
            : "--prefix-channels makes them distinct, --labels says how; --join says how to join what is the same",
        },
      );
    }
    for (const channel of workspace.channels) owners.set(channel.name, name);
  }
  const workspaces = inputs.map(({ workspace }) => workspace);
  return {
    ...(workspaces[0] as Workspace),
    channels: workspaces.flatMap((workspace) => workspace.channels),
    observations: workspaces.flatMap((workspace) => workspace.observations),
    measurements: [mergeMeasurements(inputs, options, warnings)],
  };
}

/** pyhf's join, from left to right. */
function joinAll(
  inputs: readonly NamedWorkspace[],
  join: Join,
  mergeChannels: boolean,
  warnings: string[],
): Workspace {
  warnings.push(...sharedShapefactors(inputs));
  return inputs.reduce((left, right) => {
    const joined = joinWorkspaces(left, right, join, mergeChannels);
    warnings.push(...joined.warnings);
    return { name: `${left.name} + ${right.name}`, workspace: joined.workspace };
  }).workspace;
}

/** A join leaves names alone, and shapefactors of one name in different channels then share their bins. */
function sharedShapefactors(inputs: readonly NamedWorkspace[]): string[] {
  const channelsOf = inputs.map(({ workspace }) => {
    const channels = new Map<string, Set<string>>();
    for (const channel of workspace.channels) {
      for (const { modifiers } of channel.samples) {
        for (const { name, type } of modifiers) {
          if (type !== "shapefactor") continue;
          channels.set(name, (channels.get(name) ?? new Set()).add(channel.name));
        }
      }
    }
    return channels;
  });
  const names = new Set(channelsOf.flatMap((channels) => [...channels.keys()]));
  return [...names]
    .filter((name) => {
      const sets = channelsOf.flatMap((channels) => channels.get(name) ?? []);
      return sets.some((set) => !equalData([...set].sort(), [...(sets[0] ?? [])].sort()));
    })
    .map(
      (name) =>
        `the shapefactor "${name}" occurs in different channels of several workspaces: they share its parameters`,
    );
}

/** Scalar modifiers in more than one workspace. */
function sharedNames(workspaces: readonly Workspace[]): readonly string[] {
  const owners = new Map<string, number>();
  for (const workspace of workspaces) {
    for (const [name, types] of modifierUses(workspace)) {
      if (![...types].some(isPerBin)) owners.set(name, (owners.get(name) ?? 0) + 1);
    }
  }
  return [...owners].filter(([, n]) => n > 1).map(([name]) => name);
}
