/**
 * `nextstat inspect`.
 *
 * @module
 */

import type { Command } from "commander";
import { inspectText, inspectWorkspace } from "../report/inspect.ts";
import { formatJson } from "../report/json.ts";
import { present } from "./present.ts";
import type { Run } from "./run.ts";
import {
  addWorkspaceOptions,
  loadWorkspace,
  type WorkspaceOptions,
  workspaceCounts,
} from "./workspace-command.ts";

interface InspectCommandOptions extends WorkspaceOptions {
  readonly measurement?: string;
}

export function define(command: Command, run: Run): void {
  addWorkspaceOptions(command)
    .usage("[options] FILE")
    .description(
      "Lists the channels, samples, parameters with their constraints, and measurements of a workspace; the JSON has " +
        "the keys of pyhf inspect. No model is built: see audit for what is odd in it.",
    )
    .optionsGroup("Input:")
    .option("--measurement <NAME>", "measurement whose constraints count (default: the first)")
    .addHelpText(
      "after",
      `
Examples:
  nextstat inspect workspace.json
  nextstat inspect workspace.json -o contents.json`,
    )
    .action(async (file: string | undefined, options: InspectCommandOptions) => {
      const { name, workspace } = await loadWorkspace(file, options, run);
      const { measurement } = options;
      const record = inspectWorkspace(workspace, measurement);
      present(
        {
          json: () => formatJson(record, { dictionaries: ["modifiers"] }),
          text: () =>
            inspectText(record, {
              title: name,
              ...(measurement === undefined ? {} : { measurement }),
            }),
          warnings: [],
          metrics: () => ({ metrics: workspaceCounts(workspace) }),
        },
        options,
        run,
      );
    });
}
