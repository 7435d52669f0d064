/**
 * `nextstat audit`.
 *
 * @module
 */

import type { Command } from "commander";
import { audit, auditText } from "../report/audit.ts";
import { addCommonOptions, type CommonOptions } from "./common.ts";
import { loadModel } from "./load-model.ts";
import { present, recordJson } from "./present.ts";
import type { Run } from "./run.ts";

export function define(command: Command, run: Run): void {
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
    .action(async (file: string | undefined, options: CommonOptions) => {
      const { model } = await loadModel(file, options, run);
      const record = audit(model);
      present(
        {
          json: () => recordJson(record),
          text: () => auditText(record),
          warnings: record.warnings,
          metrics: () => ({
            metrics: {
              channel_count: record.channelCount,
              total_bins: record.totalBins,
              total_samples: record.totalSamples,
              total_modifiers: record.totalModifiers,
              parameter_count: record.parameterCount,
              n_findings: record.findings.length,
            },
          }),
        },
        options,
        run,
      );
    });
}
