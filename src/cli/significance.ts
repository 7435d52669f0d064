/**
 * `nextstat significance`.
 *
 * @module
 */

import type { Command } from "commander";
import { significanceSteps } from "../infer/hypotest.ts";
import { significanceText } from "../report/tests-text.ts";
import { addCommonOptions, loadModel } from "./common.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description(
      "Tests the absence of a signal: observed significance and p-value, and those expected for mu = 1.",
    )
    .optionsGroup("Test:");
  addCommonOptions(addLikelihoodOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat significance workspace.json
  nextstat significance workspace.json --poi mu_tth --fix mu_ttw=1

Z = sqrt(q0), in standard deviations; p0 is its one-sided p-value.`,
    )
    .action(async (file: string | undefined, options: ProcedureCommandOptions) => {
      const { model, title } = await loadModel(file, options, run);
      return runProcedure(
        {
          model,
          steps: (asked) => significanceSteps(model, asked),
          text: (result, warnings) => significanceText(result, { title, warnings }),
          metrics: ({ p0, zObs, zExp, p0Exp, muHat, q0, q0Asimov }) => ({
            metrics: {
              p0,
              z_obs: zObs,
              z_exp: zExp,
              p0_exp: p0Exp,
              mu_hat: muHat,
              q0,
              q0_asimov: q0Asimov,
            },
          }),
        },
        options,
        run,
      );
    });
}
