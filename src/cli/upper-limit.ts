/**
 * `nextstat upper-limit`.
 *
 * @module
 */

import type { Command } from "commander";
import { NextstatError } from "../errors.ts";
import type { Model } from "../index.ts";
import { upperLimitSteps } from "../infer/upper-limit.ts";
import { upperLimitToysSteps } from "../infer/upper-limit-toys.ts";
import { toysOfLimit, upperLimitToysText } from "../report/toy-limits-text.ts";
import { upperLimitText } from "../report/upper-limit-text.ts";
import { addProcedureOptions } from "./common.ts";
import {
  addConfidenceOptions,
  type ConfidenceOptions,
  confidenceOptions,
  gridOf,
} from "./confidence.ts";
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
import { parseNumber } from "./values.ts";

interface UpperLimitCommandOptions
  extends ProcedureCommandOptions,
    ConfidenceOptions,
    TailCommandOptions {
  readonly toyAccuracy?: number;
  readonly expected?: boolean;
  readonly lo?: number;
  readonly hi?: number;
}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description(
      "Solves CLs = alpha for the upper limit on the parameter of interest, observed and, when asked for, expected without " +
        "signal. With a grid, CLs is computed there and the limits are interpolated.",
    )
    .optionsGroup("Limit:")
    .option("--expected", "the five expected limits too (Brazil band)");
  addConfidenceOptions(command, "interpolate instead of searching")
    .option("--lo <MU>", "begin of the search, below every limit (default: 0)", parseNumber)
    .option(
      "--hi <MU>",
      "first upper end of the search (default: from the width of the likelihood)",
      parseNumber,
    )
    .optionsGroup("Toys:")
    .option(
      "--toys <N>",
      "CLs from so many toys of each hypothesis at each strength instead of the asymptotic one",
      parseWhole,
    )
    .option(
      "--toy-accuracy <R>",
      "with --toys: relative Monte Carlo error of a limit that is enough (default: 0.05)",
      parseNumber,
    );
  addProcedureOptions(addLikelihoodOptions(addTailOptions(command)))
    .addHelpText(
      "after",
      `
Examples:
  nextstat upper-limit workspace.json
  nextstat upper-limit workspace.json --expected --cl 0.9
  nextstat upper-limit workspace.json --expected --scan-start 0 --scan-stop 5 --scan-points 201 -o cls.json
  nextstat upper-limit workspace.json --toys 1000 --toy-accuracy 0.02 --threads 0
  nextstat upper-limit workspace.json --toys 5000 --expected --scan-start 0.2 --scan-stop 2 --scan-points 10

With toys, strengths are added around the limits until their errors are small enough, --max-iter of them at most; on a grid,
all toys are made at once.

A limit beyond the upper bound of the parameter of interest is searched for and found, with a warning.`,
    )
    .action(async (file: string | undefined, options: UpperLimitCommandOptions) => {
      const { lo, hi, toys } = options;
      const scan = gridOf(options);
      refuseWithoutToys(options, run);
      requireFitting(options, command.getOptionValueSource("rtol") === "cli");
      if (toys !== undefined) {
        const { model, title } = await loadModel(file, options, run);
        return withToys(model, title, toys, options, run);
      }
      const limit = {
        ...confidenceOptions(options),
        expected: options.expected === true,
        ...(lo === undefined ? {} : { lo }),
        ...(hi === undefined ? {} : { hi }),
        ...(scan === undefined ? {} : { scan }),
      };
      const { model, title } = await loadModel(file, options, run);
      return runProcedure(
        {
          model,
          steps: (asked) => upperLimitSteps(model, { ...asked, ...limit }),
          more: ({ obsLimit }) => ({ muUp: obsLimit }),
          text: (result, warnings) => upperLimitText(result, { title, warnings }),
          metrics: ({ alpha, mode, muHat, obsLimit, expLimits }) => ({
            metrics: {
              alpha,
              mode,
              mu_hat: muHat,
              obs_limit: obsLimit,
              exp_limits: expLimits,
              mu_up: obsLimit,
            },
          }),
        },
        options,
        run,
      );
    });
}

/** Options of the search without toys mean nothing with them. */
function requireFitting(
  { toys, toyAccuracy, lo, hi, ...options }: UpperLimitCommandOptions,
  rtol: boolean,
): void {
  const refuse = (problem: string, hint: string): never => {
    throw new NextstatError("usage", problem, { hint });
  };
  if (toys === undefined) return;
  if (lo !== undefined || hi !== undefined)
    refuse("--lo and --hi are not for toys", "the search begins at the asymptotic limits");
  if (rtol) refuse("--rtol is not for toys", "give --toy-accuracy");
  if (toyAccuracy !== undefined && gridOf(options) !== undefined)
    refuse("--toy-accuracy is not for a grid", "give the number of toys with --toys");
}

function withToys(
  model: Model,
  title: string,
  nToys: number,
  options: UpperLimitCommandOptions,
  run: Run,
): Promise<void> {
  const { toyAccuracy, pEstimator } = options;
  const { alpha, testStat, maxIter } = confidenceOptions(options);
  const scan = gridOf(options);
  return runProcedure(
    {
      model,
      steps: (asked) =>
        upperLimitToysSteps(model, {
          ...asked,
          ...toyOptions(options),
          nToys,
          pEstimator,
          alpha,
          testStat,
          maxIter,
          expected: options.expected === true,
          ...(toyAccuracy === undefined ? {} : { toyAccuracy }),
          ...(scan === undefined ? {} : { scan }),
        }),
      more: ({ obsLimit }) => ({ muUp: obsLimit }),
      text: (result, warnings) => upperLimitToysText(result, { title, warnings }),
      metrics: (result) => ({
        metrics: {
          alpha: result.alpha,
          mode: result.mode,
          mu_hat: result.muHat,
          obs_limit: result.obsLimit,
          exp_limits: result.expLimits,
          exp_limit_errors: result.expLimitErrors,
          mu_up: result.obsLimit,
          n_strengths: result.points.length,
          ...toyCounts(toysOfLimit(result)),
          seed: result.seed,
        },
        uncertainty: { obs_limit_error: result.obsLimitError },
      }),
    },
    options,
    run,
  );
}
