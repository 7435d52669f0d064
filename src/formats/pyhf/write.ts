/**
 * A workspace as pyhf's JSON has it, and what pyhf will not read in it.
 *
 * @module
 */

import { count } from "../../workspace/checks.ts";
import type { Modifier, Workspace } from "../../workspace/types.ts";
import { type ConversionReport, newConversionLog } from "../conversion.ts";
import { reportSource } from "../hs3/report-source.ts";
import type { Hs3Source } from "../hs3/types.ts";

/** A workspace to be written. */
export interface WrittenPyhf {
  readonly workspace: Workspace;
  readonly report: ConversionReport;
  readonly warnings: readonly string[];
}

/**
 * The workspace without interpolations that are pyhf's own (codes 4 and 4p, if every modifier has them), and a warning about
 * extensions that are left.
 *
 * @param source what the document had that the workspace comes from, if it was HS3
 */
export function writePyhf(workspace: Workspace, source: Hs3Source | null = null): WrittenPyhf {
  const log = newConversionLog();
  if (source !== null) reportSource(source, log);
  const modifiers = workspace.channels.flatMap(({ samples }) =>
    samples.flatMap((sample) => sample.modifiers),
  );
  const isOwn = modifiers.every((modifier) => {
    const { type, interpolation = null } = { interpolation: null, ...modifier };
    return interpolation === null || interpolation === (type === "normsys" ? "code4" : "code4p");
  });
  const written = isOwn ? withoutInterpolation(workspace) : workspace;
  const extensions = [
    ["interpolation", isOwn ? 0 : modifiers.filter((m) => "interpolation" in m).length],
    ["constraint", modifiers.filter((m) => "constraint" in m).length + settings(workspace)],
  ] as const;
  const warnings = extensions.flatMap(([key, n]) =>
    n === 0 ? [] : [`pyhf does not read the extension "${key}" (${count(n, "place", "places")})`],
  );
  for (const note of warnings) log.changed.push({ path: "", note });
  return { workspace: written, report: log, warnings };
}

function settings({ measurements }: Workspace): number {
  const parameters = measurements.flatMap(({ config }) => config.parameters);
  return parameters.filter(({ constraint }) => constraint !== undefined).length;
}

function withoutInterpolation(workspace: Workspace): Workspace {
  const strip = (modifier: Modifier): Modifier => {
    if (modifier.type !== "normsys" && modifier.type !== "histosys") return modifier;
    const { interpolation: _, ...rest } = modifier;
    return rest as Modifier;
  };
  const channels = workspace.channels.map((channel) => ({
    ...channel,
    samples: channel.samples.map((sample) => ({
      ...sample,
      modifiers: sample.modifiers.map(strip),
    })),
  }));
  return { ...workspace, channels };
}
