/**
 * `nextstat audit`.
 *
 * @module
 */

import type { Command } from "commander";
import { audit, auditText } from "../report/audit.ts";
import { addCommonOptions, type CommonOptions, loadModel, present, recordJson } from "./common.ts";
import type { ExitCode } from "./exit.ts";

export function define(command: Command, finish: (exitCode: ExitCode) => void): void {
  addCommonOptions(command)
    .usage("[options] FILE")
    .description(
      "Counts the channels, samples, modifiers and parameters of a workspace, and warns about what is legal but " +
        "often a mistake: negative or empty templates, huge or one-sided variations, duplicate effects.",
    )
    .addHelpText(
      "after",
      `
Examples:
  nextstat audit workspace.json
  nextstat audit workspace.json --patch signal.json --strict
  zcat workspace.json.gz | nextstat audit - --format json`,
    )
    .action((file: string | undefined, options: CommonOptions) => {
      const { model } = loadModel(file, options);
      const record = audit(model);
      finish(
        present(
          {
            json: () => recordJson(record),
            text: () => auditText(record),
            warnings: record.warnings,
          },
          options,
        ),
      );
    });
}
