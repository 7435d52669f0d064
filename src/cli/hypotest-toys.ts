/**
 * `nextstat hypotest-toys`.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { hypotestToysSteps } from "../infer/hypotest-toys.ts";
import type { PEstimator } from "../infer/toy-tails.ts";
import { hypotestToysText } from "../report/tests-text.ts";
import { addCommonOptions, loadModel, parseNumber } from "./common.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";

interface HypotestToysCommandOptions extends ProcedureCommandOptions {
  readonly mu: number;
  readonly nToys: number;
  readonly seed: number;
  readonly expectedSet?: boolean;
  readonly fixedAux?: boolean;
  readonly pEstimator: PEstimator;
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
    .addOption(
      new Option("--seed <S>", "the same seed gives the same toys")
        .argParser(parseWhole)
        .default(42),
    )
    .option("--expected-set", "the expected values at -2, -1, 0, 1, 2 standard deviations too")
    .option("--fixed-aux", "keep the auxiliary data at the observed ones in every toy")
    .addOption(
      new Option("--p-estimator <E>", "p-value of k in N toys: k/N, or (k+1)/(N+1)")
        .choices(["count", "plus-one"])
        .default("count"),
    )
    .addOption(
      new Option("--test-stat <T>", "test statistic").choices(["qtilde", "q"]).default("qtilde"),
    );
  addCommonOptions(addLikelihoodOptions(command))
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
      const { mu, nToys, seed, pEstimator, testStat } = options;
      return runProcedure(
        {
          model,
          steps: (asked) =>
            hypotestToysSteps(model, mu, {
              ...asked,
              nToys,
              seed,
              pEstimator,
              testStat,
              expectedSet: options.expectedSet === true,
              fixedAux: options.fixedAux === true,
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
              n_toys: result.nToys.b + result.nToys.sb,
              n_error: result.nError.b + result.nError.sb,
              n_nonconverged: result.nNonconverged.b + result.nNonconverged.sb,
              n_lower_minimum: result.nLowerMinimum.b + result.nLowerMinimum.sb,
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

/** A whole number; its range is the library's to check. */
function parseWhole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}
