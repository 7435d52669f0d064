/**
 * `nextstat sort`.
 *
 * @module
 */

import type { Command } from "commander";
import { sortedWorkspace } from "../workspace/sort.ts";
import type { Run } from "./run.ts";
import {
  addWorkspaceOptions,
  loadWorkspace,
  presentWorkspace,
  type WorkspaceOptions,
} from "./workspace-command.ts";

export function define(command: Command, run: Run): void {
  addWorkspaceOptions(command)
    .usage("[options] FILE")
    .description(
      "Sorts the channels, samples, modifiers, measurements, settings and observations of a workspace by name, so " +
        "that two files with the same content have the same digest.",
    )
    .addHelpText(
      "after",
      `
Examples:
  nextstat sort workspace.json -o sorted.json
  nextstat sort workspace.json | nextstat digest -`,
    )
    .action(async (file: string | undefined, options: WorkspaceOptions) => {
      const { workspace, spellings } = await loadWorkspace(file, options, run);
      const outcome = { workspace: sortedWorkspace(workspace), warnings: [] };
      presentWorkspace(outcome, "the sorted workspace", spellings, options, run);
    });
}
