/**
 * Renaming parts of a workspace.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import {
  type ModifierUses,
  modifierOfParameter,
  modifierUses,
  requireKnown,
  sampleNames,
} from "./names.ts";
import { checkedOutcome, type Outcome } from "./outcome.ts";
import type { Workspace } from "./types.ts";

/** New names by old names. */
export type Renaming = ReadonlyMap<string, string> | Readonly<Record<string, string>>;

/** What to rename; all old names must exist. Default: nothing. */
export interface RenameOptions {
  /** With their observations. */
  readonly channels?: Renaming;
  /** In every channel. */
  readonly samples?: Renaming;
  /** In every sample, with their settings in the measurements and the parameter of interest. */
  readonly modifiers?: Renaming;
  readonly measurements?: Renaming;
}

/**
 * The workspace with other names: pyhf's `Workspace.rename`. All names change at once, so two can be exchanged.
 *
 * @throws NextstatError `usage` for old names that do not exist and empty new ones, `input` when the result is not a
 * valid workspace (two channels of one name, say)
 */
export function renameParts(workspace: Workspace, options: RenameOptions): Outcome {
  const channels = renaming(
    options.channels,
    "channel",
    workspace.channels.map((c) => c.name),
  );
  const samples = renaming(options.samples, "sample", sampleNames(workspace));
  const uses = modifierUses(workspace);
  const modifiers = renaming(options.modifiers, "modifier", uses.keys());
  const measurements = renaming(
    options.measurements,
    "measurement",
    workspace.measurements.map((m) => m.name),
  );
  const renamed = mapNames(workspace, {
    channel: (name) => channels.get(name) ?? name,
    sample: (name) => samples.get(name) ?? name,
    modifier: (name) => modifiers.get(name) ?? name,
    measurement: (name) => measurements.get(name) ?? name,
  });
  const adopted = adoptedSettings(workspace, uses, modifierUses(renamed));
  const origins = Map.groupBy(uses.keys(), (name) => modifiers.get(name) ?? name);
  const warnings = [...origins]
    .filter(([, from]) => from.length > 1)
    .map(
      ([name, from]) =>
        `the modifiers ${from.map((f) => `"${f}"`).join(" and ")} are all called "${name}" now: they share their parameters`,
    );
  return checkedOutcome(renamed, [workspace], "after renaming", [...warnings, ...adopted]);
}

/** Settings that had no effect, because no modifier had their name, and now have one. */
function adoptedSettings(
  { measurements }: Workspace,
  before: ModifierUses,
  after: ModifierUses,
): string[] {
  return measurements.flatMap(({ name, config }) =>
    config.parameters
      .filter((p) => modifierOfParameter(before, p.name) === undefined)
      .filter((p) => modifierOfParameter(after, p.name) !== undefined)
      .map(
        (p) =>
          `measurement "${name}" has settings for "${p.name}", which were ignored: they hold now`,
      ),
  );
}

function renaming(
  names: Renaming = {},
  what: string,
  known: Iterable<string>,
): ReadonlyMap<string, string> {
  const map = new Map(names instanceof Map ? names : Object.entries(names));
  requireKnown(map.keys(), what, known);
  for (const [from, to] of map) {
    if (to !== "") continue;
    throw new NextstatError("usage", `the new name of ${what} "${from}" is empty`, {
      hint: "give it a name",
    });
  }
  return map;
}

/** New names for each kind of thing. */
export interface NameMaps {
  readonly channel?: (name: string) => string;
  readonly sample?: (name: string) => string;
  /** For names of modifiers; parameters of measurements follow. */
  readonly modifier?: (name: string) => string;
  readonly measurement?: (name: string) => string;
}

/** The workspace with every name replaced; nothing is checked. */
export function mapNames(workspace: Workspace, maps: NameMaps): Workspace {
  const same = (name: string): string => name;
  const { channel = same, sample = same, modifier = same, measurement = same } = maps;
  const uses = modifierUses(workspace);
  const parameter = (name: string): string => {
    const found = modifierOfParameter(uses, name);
    return found === undefined ? name : modifier(found.modifier) + found.bin;
  };
  return {
    ...workspace,
    channels: workspace.channels.map((c) => ({
      ...c,
      name: channel(c.name),
      samples: c.samples.map((s) => ({
        ...s,
        name: sample(s.name),
        modifiers: s.modifiers.map((m) => ({ ...m, name: modifier(m.name) })),
      })),
    })),
    observations: workspace.observations.map((o) => ({ ...o, name: channel(o.name) })),
    measurements: workspace.measurements.map((m) => ({
      ...m,
      name: measurement(m.name),
      config: {
        ...m.config,
        poi: m.config.poi === "" ? "" : parameter(m.config.poi),
        parameters: m.config.parameters.map((p) => ({ ...p, name: parameter(p.name) })),
      },
    })),
  };
}
