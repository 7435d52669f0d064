/**
 * `nextstat hypotest-toys`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { hypotestToysSteps } from "../infer/hypotest-toys.ts";
import { hypotestToysText } from "../report/tests-text.ts";
import { addProcedureOptions } from "./common.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";
import {
  addTailOptions,
  parseWhole,
  type TailCommandOptions,
  toyCounts,
  toyOptions,
} from "./toy-options.ts";
import { parseNumber } from "./values.ts";

interface HypotestToysCommandOptions extends ProcedureCommandOptions, TailCommandOptions {
  readonly mu: number;
  readonly nToys: number;
  readonly expectedSet?: boolean;
  readonly testStat: "q" | "qtilde";
}

export function define(command: Command, run: Run): void {
  command
    .usage("--mu M [options] FILE")
    .description(
      "Tests one signal strength with toys: CLs, CLs+b and CLb from the test statistic of pseudo-data, drawn with and " +
        "without signal at the conditional fits to the data, each fitted freely and with the strength held.",
    )
    .optionsGroup("Test:")
    .requiredOption("--mu <M>", "signal strength to test", parseNumber)
    .addOption(
      new Option("--n-toys <N>", "toys of each hypothesis").argParser(parseWhole).default(1000),
    )
    .option("--expected-set", "the expected values at -2, -1, 0, 1, 2 standard deviations too")
    .addOption(
      new Option("--test-stat <T>", "test statistic").choices(["qtilde", "q"]).default("qtilde"),
    );
  addProcedureOptions(addLikelihoodOptions(addTailOptions(command)))
    .addHelpText(
      "after",
      `
Examples:
  nextstat hypotest-toys workspace.json --mu 1
  nextstat hypotest-toys workspace.json --mu 1 --n-toys 10000 --seed 7 --threads 0 --expected-set

The result depends on the seed, not on the number of threads. Ctrl-C ends with the toys that are done.`,
    )
    .action(async (file: string | undefined, options: HypotestToysCommandOptions) => {
      const { model, title } = await loadModel(file, options, run);
      const { mu, nToys, pEstimator, testStat } = options;
      return runProcedure(
        {
          model,
          steps: (asked) =>
            hypotestToysSteps(model, mu, {
              ...asked,
              ...toyOptions(options),
              nToys,
              pEstimator,
              testStat,
              expectedSet: options.expectedSet === true,
            }),
          text: (result, warnings) => hypotestToysText(result, { title, warnings }),
          metrics: (result) => ({
            metrics: {
              mu_test: result.muTest,
              mu_hat: result.muHat,
              cls: result.cls,
              clsb: result.clsb,
              clb: result.clb,
              q_mu: result.qObs,
              ...toyCounts({
                nToys: result.nToys.b + result.nToys.sb,
                nError: result.nError.b + result.nError.sb,
                nNonconverged: result.nNonconverged.b + result.nNonconverged.sb,
                nLowerMinimum: result.nLowerMinimum.b + result.nLowerMinimum.sb,
              }),
              seed: result.seed,
            },
            uncertainty: {
              cls_error: result.clsError,
              clsb_error: result.clsbError,
              clb_error: result.clbError,
            },
          }),
        },
        options,
        run,
      );
    });
}
