/**
 * Removing parts of a workspace.
 *
 * @module
 */

import { NextstatError, suggestName } from "../errors.ts";
import {
  modifierOfParameter,
  modifierUses,
  quoteNames,
  requireKnown,
  sampleNames,
} from "./names.ts";
import { checkedOutcome, type Outcome } from "./outcome.ts";
import type { Channel, ModifierType, Workspace } from "./types.ts";

/** What to remove, by name; all of them must exist. Default: nothing. */
export interface PruneOptions {
  /** With their observations. */
  readonly channels?: readonly string[];
  /** From every channel. */
  readonly samples?: readonly string[];
  /** From every sample, with their settings in the measurements. */
  readonly modifiers?: readonly string[];
  /** Every modifier of these types; settings stay. */
  readonly modifierTypes?: readonly ModifierType[];
  readonly measurements?: readonly string[];
}

/**
 * The workspace without some of its parts: pyhf's `Workspace.prune`.
 *
 * @throws NextstatError `usage` for names that do not exist, and when no channel, no measurement, or no sample of a
 * channel would be left
 */
export function pruneParts(workspace: Workspace, options: PruneOptions): Outcome {
  const {
    channels = [],
    samples = [],
    modifiers = [],
    modifierTypes = [],
    measurements = [],
  } = options;
  const uses = modifierUses(workspace);
  requireTypes(modifierTypes, new Set([...uses.values()].flatMap((types) => [...types])));
  requireKnown(modifiers, "modifier", uses.keys());
  requireKnown(samples, "sample", sampleNames(workspace));
  requireKnown(
    channels,
    "channel",
    workspace.channels.map((c) => c.name),
  );
  requireKnown(
    measurements,
    "measurement",
    workspace.measurements.map((m) => m.name),
  );

  const pruned: Workspace = {
    ...workspace,
    channels: without(workspace.channels, channels).map((channel) => ({
      ...channel,
      samples: without(channel.samples, samples).map((sample) => ({
        ...sample,
        modifiers: without(sample.modifiers, modifiers).filter(
          (m) => !modifierTypes.includes(m.type),
        ),
      })),
    })),
    observations: without(workspace.observations, channels),
    measurements: without(workspace.measurements, measurements).map((measurement) => ({
      ...measurement,
      config: {
        ...measurement.config,
        parameters: measurement.config.parameters.filter(({ name }) => {
          const modifier = modifierOfParameter(uses, name)?.modifier;
          return modifier === undefined || !modifiers.includes(modifier);
        }),
      },
    })),
  };
  requireRest(pruned, workspace.channels);
  return checkedOutcome(pruned, [workspace], "after pruning");
}

function without<T extends { readonly name: string }>(
  items: readonly T[],
  names: readonly string[],
): readonly T[] {
  return items.filter(({ name }) => !names.includes(name));
}

function requireTypes(asked: readonly ModifierType[], present: ReadonlySet<ModifierType>): void {
  const absent = asked.find((type) => !present.has(type));
  if (absent === undefined) return;
  throw new NextstatError("usage", `the workspace has no modifier of type "${absent}"`, {
    hint: suggestName(absent, [...present]),
  });
}

/** A workspace needs a channel and a measurement, and a channel a sample. */
function requireRest({ channels, measurements }: Workspace, before: readonly Channel[]): void {
  const refuse = (problem: string, hint: string): never => {
    throw new NextstatError("usage", `pruning would leave ${problem}`, { hint });
  };
  if (channels.length === 0) {
    refuse("no channel", `keep one of ${quoteNames(before.map((c) => c.name))}`);
  }
  if (measurements.length === 0) refuse("no measurement", "keep one of them");
  const empty = channels.filter((channel) => channel.samples.length === 0).map((c) => c.name);
  if (empty.length > 0) {
    refuse(
      `no sample in channel ${quoteNames(empty)}`,
      `prune ${empty.length === 1 ? "the channel" : "these channels"} as well, or keep a sample`,
    );
  }
}
