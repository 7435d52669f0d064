/**
 * `nextstat goodness-of-fit`.
 *
 * @module
 */

import type { Command } from "commander";
import { goodnessOfFitSteps } from "../infer/goodness-of-fit.ts";
import { goodnessOfFitText } from "../report/goodness-of-fit-text.ts";
import { addCommonOptions, loadModel } from "./common.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description(
      "Compares the best fit with the saturated model, in which every bin and every auxiliary measurement is expected to " +
        "be what it is.",
    )
    .optionsGroup("Fit:");
  addCommonOptions(addLikelihoodOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat goodness-of-fit workspace.json
  nextstat goodness-of-fit workspace.json --fit-regions CR1,CR2

The statistic is 2 (NLL of the fit - NLL of the saturated model). Degrees of freedom: bins less unconstrained floating
parameters. The p-value is asymptotic: many bins with few events make it a rough one.`,
    )
    .action(async (file: string | undefined, options: ProcedureCommandOptions) => {
      const { model, title } = await loadModel(file, options, run);
      return runProcedure(
        {
          model,
          steps: (asked) => goodnessOfFitSteps(model, asked),
          text: (result, warnings) => goodnessOfFitText(result, { title, warnings }),
          metrics: ({ statistic, chi2, ndf, ndof, pValue, nllFit }) => ({
            metrics: { statistic, chi2, ndf, ndof, p_value: pValue, nll_fit: nllFit },
          }),
        },
        options,
        run,
      );
    });
}
