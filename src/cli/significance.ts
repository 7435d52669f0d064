/**
 * `nextstat significance`.
 *
 * @module
 */

import type { Command } from "commander";
import type { Model } from "../index.ts";
import { significanceSteps } from "../infer/hypotest.ts";
import { significanceToysSteps } from "../infer/significance-toys.ts";
import { significanceText } from "../report/tests-text.ts";
import { significanceToysText } from "../report/toys-text.ts";
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

interface SignificanceCommandOptions extends ProcedureCommandOptions, TailCommandOptions {
  readonly expectedSet?: boolean;
}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description(
      "Tests the absence of a signal: observed significance and p-value, and those expected for mu = 1.",
    )
    .optionsGroup("Test:")
    .option("--toys <N>", "p-value from so many toys instead of the asymptotic one", parseWhole)
    .option("--expected-set", "with --toys: the values expected for mu = 1 too, from toys");
  addProcedureOptions(addLikelihoodOptions(addTailOptions(command)))
    .addHelpText(
      "after",
      `
Examples:
  nextstat significance workspace.json
  nextstat significance workspace.json --poi mu_tth --fix mu_ttw=1
  nextstat significance workspace.json --toys 100000 --threads 0

Z = sqrt(q0), in standard deviations; p0 is its one-sided p-value. With toys, p0 is the share of those without signal whose
q0 is at least that of the data, and Z its quantile.`,
    )
    .action(async (file: string | undefined, options: SignificanceCommandOptions) => {
      const { toys } = options;
      refuseWithoutToys(options, run);
      const { model, title } = await loadModel(file, options, run);
      if (toys !== undefined) return withToys(model, title, toys, options, run);
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

function withToys(
  model: Model,
  title: string,
  nToys: number,
  options: SignificanceCommandOptions,
  run: Run,
): Promise<void> {
  const { pEstimator } = options;
  const expectedSet = options.expectedSet === true;
  return runProcedure(
    {
      model,
      steps: (asked) =>
        significanceToysSteps(model, {
          ...asked,
          ...toyOptions(options),
          nToys,
          pEstimator,
          expectedSet,
        }),
      text: (result, warnings) => significanceToysText(result, { title, warnings }),
      metrics: (result) => ({
        metrics: {
          p0: result.p0,
          z_obs: result.zObs,
          z_exp: result.expectedSet?.z[2] ?? null,
          p0_exp: result.expectedSet?.p0[2] ?? null,
          mu_hat: result.muHat,
          q0: result.q0,
          ...toyCounts(result),
          seed: result.seed,
        },
        uncertainty: { p0_error: result.p0Error, z_error: result.zError },
      }),
    },
    options,
    run,
  );
}
