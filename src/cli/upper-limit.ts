/**
 * `nextstat upper-limit`.
 *
 * @module
 */

import type { Command } from "commander";
import { upperLimitSteps } from "../infer/upper-limit.ts";
import { upperLimitText } from "../report/upper-limit-text.ts";
import { addCommonOptions, loadModel, parseNumber } from "./common.ts";
import {
  addConfidenceOptions,
  type ConfidenceOptions,
  confidenceOptions,
  gridOf,
} from "./confidence.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";

interface UpperLimitCommandOptions extends ProcedureCommandOptions, ConfidenceOptions {
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
    );
  addCommonOptions(addLikelihoodOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat upper-limit workspace.json
  nextstat upper-limit workspace.json --expected --cl 0.9
  nextstat upper-limit workspace.json --expected --scan-start 0 --scan-stop 5 --scan-points 201 -o cls.json

A limit beyond the upper bound of the parameter of interest is searched for and found, with a warning.`,
    )
    .action(async (file: string | undefined, options: UpperLimitCommandOptions) => {
      const { lo, hi } = options;
      const scan = gridOf(options);
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
