/**
 * `nextstat prune`.
 *
 * @module
 */

import { type Command, InvalidArgumentError } from "commander";
import { suggestName } from "../errors.ts";
import { pruneParts } from "../workspace/prune.ts";
import { MODIFIER_TYPES, type ModifierType } from "../workspace/types.ts";
import type { Run } from "./run.ts";
import { collect } from "./values.ts";
import {
  addWorkspaceOptions,
  loadWorkspace,
  presentWorkspace,
  type WorkspaceOptions,
} from "./workspace-command.ts";

interface PruneCommandOptions extends WorkspaceOptions {
  readonly channel?: readonly string[];
  readonly sample?: readonly string[];
  readonly modifier?: readonly string[];
  readonly modifierType?: readonly ModifierType[];
  readonly measurement?: readonly string[];
}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description("Removes parts of a workspace. The result is a workspace again.")
    .optionsGroup("Parts (repeatable):")
    .option("-c, --channel <NAME>", "a channel with its observation", collect)
    .option("-s, --sample <NAME>", "a sample, from every channel", collect)
    .option("-m, --modifier <NAME>", "a modifier with its settings, from every sample", collect)
    .option("-t, --modifier-type <TYPE>", "every modifier of a type", collectType)
    .option("--measurement <NAME>", "a measurement", collect);
  addWorkspaceOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat prune workspace.json -c VR -o regions.json
  nextstat prune workspace.json -t staterror -t shapesys | nextstat fit -
  nextstat prune workspace.json -s signal -m mu -o background.json`,
    )
    .action(async (file: string | undefined, options: PruneCommandOptions) => {
      const { workspace, spellings } = await loadWorkspace(file, options, run);
      const {
        channel = [],
        sample = [],
        modifier = [],
        modifierType = [],
        measurement = [],
      } = options;
      const outcome = pruneParts(workspace, {
        channels: channel,
        samples: sample,
        modifiers: modifier,
        modifierTypes: modifierType,
        measurements: measurement,
      });
      presentWorkspace(outcome, "the pruned workspace", spellings, options, run);
    });
}

function collectType(
  value: string,
  previous: readonly ModifierType[] | undefined,
): readonly ModifierType[] {
  const type = MODIFIER_TYPES.find((known) => known === value);
  if (type === undefined) throw new InvalidArgumentError(suggestName(value, MODIFIER_TYPES));
  return [...(previous ?? []), type];
}
