/**
 * Sorting a workspace.
 *
 * @module
 */

import { compareCodePoints } from "./names.ts";
import type { Workspace } from "./types.ts";

/**
 * The workspace with channels, samples, modifiers, measurements, parameter settings and observations in order of their
 * names, modifiers of one name by type: pyhf's `Workspace.sorted`. The model it describes is the same; the order of its
 * parameters may not be.
 */
export function sortedWorkspace(workspace: Workspace): Workspace {
  return {
    ...workspace,
    channels: byName(workspace.channels).map((channel) => ({
      ...channel,
      samples: byName(channel.samples).map((sample) => ({
        ...sample,
        modifiers: sample.modifiers.toSorted(
          (a, b) => compareCodePoints(a.name, b.name) || compareCodePoints(a.type, b.type),
        ),
      })),
    })),
    measurements: byName(workspace.measurements).map((measurement) => ({
      ...measurement,
      config: { ...measurement.config, parameters: byName(measurement.config.parameters) },
    })),
    observations: byName(workspace.observations),
  };
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => compareCodePoints(a.name, b.name));
}
