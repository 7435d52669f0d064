/**
 * pyhf's joins of two workspaces (`Workspace.combine` of pyhf 0.7.6), with its errors.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { equalData } from "./equal.ts";
import { quoteNames } from "./names.ts";
import type { Channel, Measurement, Workspace } from "./types.ts";

/** Every join, by pyhf's names. */
export const JOINS = ["none", "outer", "left outer", "right outer"] as const;

/**
 * What happens to things of one name in both workspaces: `none` refuses them, `outer` takes equal ones once and refuses
 * others, `left outer` and `right outer` take the left or the right one.
 */
export type Join = (typeof JOINS)[number];

/** A workspace and what to call it in messages. */
export interface NamedWorkspace {
  readonly name: string;
  readonly workspace: Workspace;
}

/** Two workspaces to join, and how. */
interface JoinTask {
  readonly left: NamedWorkspace;
  readonly right: NamedWorkspace;
  readonly join: Join;
  readonly warnings: string[];
}

/**
 * The two workspaces as one; the result is not checked.
 *
 * @param mergeChannels whether channels of one name get the samples of both; outer joins only
 * @returns the joined workspace, and which of two different things was taken
 * @throws NextstatError `input` for things that the join refuses
 */
export function joinWorkspaces(
  left: NamedWorkspace,
  right: NamedWorkspace,
  join: Join,
  mergeChannels: boolean,
): { readonly workspace: Workspace; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const task = { left, right, join, warnings };
  const [ours, theirs] = [left.workspace.channels, right.workspace.channels];
  const channels = mergeChannels
    ? mergeChannelLists(task, ours, theirs)
    : joinNamed(task, "channel", ours, theirs);
  const observations = joinNamed(
    task,
    "observation",
    left.workspace.observations,
    right.workspace.observations,
  );
  const measurements = joinMeasurements(task);
  return { workspace: { ...left.workspace, channels, observations, measurements }, warnings };
}

interface Named {
  readonly name: string;
}

/**
 * Joins two lists by name: the primary one, then what the other one has more. Under `outer` an item that differs from
 * the primary one of its name is taken too, so that the caller sees the clash.
 */
function joinItems<T extends Named>(join: Join, left: readonly T[], right: readonly T[]): T[] {
  const [primary, secondary] = join === "right outer" ? [right, left] : [left, right];
  const byName = new Map(primary.map((item) => [item.name, item]));
  const more = secondary.filter((item) => {
    if (join === "none") return true;
    const same = byName.get(item.name);
    return join === "outer" ? !equalData(same, item) : same === undefined;
  });
  return [...primary, ...more];
}

/** Joins channels, observations or measurements that are taken whole. */
function joinNamed<T extends Named>(
  task: JoinTask,
  what: string,
  left: readonly T[],
  right: readonly T[],
): readonly T[] {
  const { join } = task;
  const different = differing(left, right);
  if (join === "none") refuse(task, "common", what, namesInBoth(left, right));
  else if (join === "outer") refuse(task, "different", what, different);
  else warnOfChoice(task, what, different);
  return joinItems(join, left, right);
}

/** Channels in both get the samples of both; of two samples of one name the primary one. */
function mergeChannelLists(
  task: JoinTask,
  left: readonly Channel[],
  right: readonly Channel[],
): readonly Channel[] {
  const { join } = task;
  const [primary, secondary] = join === "right outer" ? [right, left] : [left, right];
  const others = new Map(secondary.map((channel) => [channel.name, channel]));
  const merged = primary.map((channel) => {
    const other = others.get(channel.name);
    if (other === undefined) return channel;
    const different = differing(channel.samples, other.samples);
    warnOfChoice(task, "sample", different, ` of channel "${channel.name}"`);
    return { ...channel, samples: joinItems("left outer", channel.samples, other.samples) };
  });
  const known = new Set(primary.map((channel) => channel.name));
  return [...merged, ...secondary.filter((channel) => !known.has(channel.name))];
}

/** Under `outer` measurements of one name become one, if their settings of each parameter are the same. */
function joinMeasurements(task: JoinTask): readonly Measurement[] {
  const { join, left, right } = task;
  const [ours, theirs] = [left.workspace.measurements, right.workspace.measurements];
  if (join !== "outer") return joinNamed(task, "measurement", ours, theirs);
  const others = new Map(theirs.map((measurement) => [measurement.name, measurement]));
  const poi = differing(ours, theirs).filter((name) => {
    const mine = ours.find((measurement) => measurement.name === name);
    return mine?.config.poi !== others.get(name)?.config.poi;
  });
  refuse(task, "poi", "parameter of interest of measurement", poi);
  const merged = ours.map((measurement) => {
    const other = others.get(measurement.name);
    if (other === undefined) return measurement;
    const { parameters } = measurement.config;
    const what = `setting of measurement "${measurement.name}"`;
    const different = differing(parameters, other.config.parameters);
    refuse(task, "different", what, different);
    const joined = joinItems(join, parameters, other.config.parameters);
    return { ...measurement, config: { ...measurement.config, parameters: joined } };
  });
  const known = new Set(ours.map((measurement) => measurement.name));
  return [...merged, ...theirs.filter((measurement) => !known.has(measurement.name))];
}

function namesInBoth(left: readonly Named[], right: readonly Named[]): readonly string[] {
  const known = new Set(left.map((item) => item.name));
  return right.filter((item) => known.has(item.name)).map((item) => item.name);
}

/** Names in both lists for different things. */
function differing(left: readonly Named[], right: readonly Named[]): readonly string[] {
  const byName = new Map(left.map((item) => [item.name, item]));
  return right
    .filter((item) => byName.has(item.name) && !equalData(byName.get(item.name), item))
    .map((item) => item.name);
}

const REFUSALS = {
  common: {
    how: "in both",
    hint: "--prefix-channels makes channels distinct, --join outer takes what is equal once, rename what only shares its name",
  },
  different: {
    how: "different in",
    hint: "rename one of them, or take one with --join 'left outer' or 'right outer'",
  },
  poi: {
    how: "different in",
    hint: "rename one measurement, or take one with --join 'left outer' or 'right outer'",
  },
} as const;

function refuse(
  { left, right, join }: JoinTask,
  why: keyof typeof REFUSALS,
  what: string,
  names: readonly string[],
): void {
  if (names.length === 0) return;
  const { how, hint } = REFUSALS[why];
  const subject = names.length === 1 ? what : plural(what);
  throw new NextstatError(
    "input",
    `the join "${join}" refuses the ${subject} ${quoteNames(names)}: ${how} ${left.name} and ${right.name}`,
    { hint },
  );
}

/** `channels`, `settings of measurement "fit"`. */
function plural(what: string): string {
  return what.replace(/^\S+/, (word) => `${word}s`);
}

function warnOfChoice(
  { left, right, join, warnings }: JoinTask,
  what: string,
  names: readonly string[],
  where = "",
): void {
  if (names.length === 0) return;
  const taken = join === "right outer" ? right : left;
  const subject = names.length === 1 ? what : plural(what);
  warnings.push(
    `${subject} ${quoteNames(names)}${where}: different in ${left.name} and ${right.name}; taken from ${taken.name}`,
  );
}
