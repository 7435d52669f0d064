/**
 * `nextstat goodness-of-fit`.
 *
 * @module
 */

import type { Command } from "commander";
import { goodnessOfFitSteps } from "../infer/goodness-of-fit.ts";
import { goodnessOfFitText } from "../report/goodness-of-fit-text.ts";
import { addProcedureOptions } from "./common.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";
import {
  addTailOptions,
  parseWhole,
  refuseWithoutToys,
  type TailCommandOptions,
  toyCounts,
  toyOptions,
} from "./toy-options.ts";

interface GoodnessOfFitCommandOptions extends ProcedureCommandOptions, TailCommandOptions {}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description(
      "Compares the best fit with the saturated model, in which every bin and every auxiliary measurement is expected to " +
        "be what it is.",
    )
    .optionsGroup("Fit:")
    .option("--toys <N>", "p-value from so many toys too", parseWhole);
  addProcedureOptions(addLikelihoodOptions(addTailOptions(command)))
    .addHelpText(
      "after",
      `
Examples:
  nextstat goodness-of-fit workspace.json
  nextstat goodness-of-fit workspace.json --fit-regions CR1,CR2
  nextstat goodness-of-fit workspace.json --toys 1000

The statistic is 2 (NLL of the fit - NLL of the saturated model). Degrees of freedom: bins less unconstrained floating
parameters. The p-value is asymptotic: many bins with few events make it a rough one. Toys are drawn at
the best fit and fitted like the data.`,
    )
    .action(async (file: string | undefined, options: GoodnessOfFitCommandOptions) => {
      const { toys, pEstimator } = options;
      refuseWithoutToys(options, run);
      const { model, title } = await loadModel(file, options, run);
      return runProcedure(
        {
          model,
          steps: (asked) =>
            goodnessOfFitSteps(
              model,
              toys === undefined
                ? asked
                : { ...asked, ...toyOptions(options), nToys: toys, pEstimator },
            ),
          text: (result, warnings) => goodnessOfFitText(result, { title, warnings }),
          metrics: ({ statistic, chi2, ndf, ndof, pValue, nllFit, toys: made }) => ({
            metrics: {
              statistic,
              chi2,
              ndf,
              ndof,
              p_value: pValue,
              nll_fit: nllFit,
              ...(made === null
                ? {}
                : { p_value_toys: made.pValue, ...toyCounts(made), seed: made.seed }),
            },
            ...(made === null ? {} : { uncertainty: { p_value_toys_error: made.pValueError } }),
          }),
        },
        options,
        run,
      );
    });
}
