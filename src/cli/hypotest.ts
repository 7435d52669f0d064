/**
 * `nextstat hypotest`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import {
  type BaseDistribution,
  TEST_STATISTICS,
  type TestStatistic,
} from "../infer/asymptotics.ts";
import { hypotestSteps } from "../infer/hypotest.ts";
import { hypotestText } from "../report/tests-text.ts";
import { addProcedureOptions } from "./common.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";
import { parseNumber } from "./values.ts";

interface HypotestCommandOptions extends ProcedureCommandOptions {
  readonly mu: number;
  readonly testStat: TestStatistic;
  readonly calcBaseDist: BaseDistribution;
  readonly expectedSet?: boolean;
}

export function define(command: Command, run: Run): void {
  command
    .usage("--mu M [options] FILE")
    .description(
      "Tests one signal strength: CLs, CLs+b and CLb from the asymptotic distributions, and the five values expected " +
        "without signal.",
    )
    .optionsGroup("Test:")
    .requiredOption("--mu <M>", "signal strength to test", parseNumber)
    .option("--expected-set", "the expected values at -2, -1, 0, 1, 2 standard deviations too")
    .addOption(
      new Option("--test-stat <T>", "test statistic").choices(TEST_STATISTICS).default("qtilde"),
    )
    .addOption(
      new Option(
        "--calc-base-dist <D>",
        "treatment of expected fluctuations the statistic cannot have, as in pyhf",
      )
        .choices(["normal", "clipped_normal"])
        .default("normal"),
    );
  addProcedureOptions(addLikelihoodOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat hypotest workspace.json --mu 1
  nextstat hypotest workspace.json --mu 1 --expected-set
  nextstat hypotest workspace.json --mu 0 --test-stat q0

CLs < 0.05 excludes the strength at 95 % confidence level. The expected set is listed with the strongest exclusion first.`,
    )
    .action(async (file: string | undefined, options: HypotestCommandOptions) => {
      const { model, title } = await loadModel(file, options, run);
      const { mu, testStat, calcBaseDist } = options;
      return runProcedure(
        {
          model,
          steps: (asked) =>
            hypotestSteps(model, mu, {
              ...asked,
              testStat,
              calcBaseDist,
              expectedSet: options.expectedSet === true,
            }),
          text: (result, warnings) => hypotestText(result, { title, warnings }),
          metrics: ({ muTest, muHat, cls, clsb, clb, qMu, qMuA }) => ({
            metrics: {
              mu_test: muTest,
              mu_hat: muHat,
              cls,
              clsb,
              clb,
              q_mu: qMu,
              q_mu_a: qMuA,
            },
          }),
        },
        options,
        run,
      );
    });
}
