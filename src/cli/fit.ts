/**
 * `nextstat fit`.
 *
 * @module
 */

import type { Command } from "commander";
import { type FitOptions, type FitResult, fit, type Model } from "../index.ts";
import { fitText } from "../report/fit-text.ts";
import { fitMetrics } from "../report/metrics.ts";
import { addCommonOptions, type CommonOptions } from "./common.ts";
import {
  addLikelihoodOptions,
  type LikelihoodOptions,
  likelihoodOptions,
} from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { present, recordJson } from "./present.ts";
import { startProgress } from "./progress.ts";
import type { Run } from "./run.ts";
import { collect, splitNames } from "./values.ts";

interface FitCommandOptions extends CommonOptions, LikelihoodOptions {
  readonly minos?: readonly string[];
  readonly covariance: boolean;
  readonly all?: boolean;
}

export function define(command: Command, run: Run): void {
  command.optionsGroup("Fit:");
  addLikelihoodOptions(command)
    .usage("[options] FILE")
    .description(
      "Finds the parameters that maximise the likelihood, and proves it: gradient, curvature, active bounds and " +
        "a search for other minima. Uncertainties come from the exact Hessian.",
    )
    .option(
      "--minos <NAMES...>",
      "asymmetric intervals from the profile likelihood for these",
      collect,
    )
    .option("--no-covariance", "minimum only, without uncertainties")
    .option("--all", "show every parameter in the text, however many there are");
  addCommonOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat fit workspace.json
  nextstat fit workspace.json --fix mu=0 --format json
  nextstat fit workspace.json --fit-regions SR,CR_top --validation-regions VR
  nextstat fit workspace.json --minos mu,jes -o fit.json
  nextstat fit workspace.json --asimov --bounds mu=-5,10 --interp-defaults pyhf

A fit that does not converge is a result: exit code 0, "converged": false and a warning.`,
    )
    .action(async (positional: string | undefined, options: FitCommandOptions) => {
      const { file, minos } = separateFile(positional, options);
      const { model, title } = await loadModel(file, options, run);
      const progress = startProgress(options.logLevel);
      let result: FitResult;
      try {
        const asked = fitOptions(model, options, minos);
        result = fit(model, { ...asked, onProgress: (doing) => progress.report(doing) });
      } finally {
        progress.done();
      }
      const warnings = [...new Set([...model.warnings, ...result.warnings])];
      present(
        {
          json: () => recordJson(fitRecord(result, warnings)),
          text: () =>
            fitText(model.resolved, result, {
              title,
              warnings,
              asimov: options.asimov === true,
              all: options.all === true,
            }),
          warnings,
          metrics: () => fitMetrics(result),
        },
        options,
        run,
      );
    });
}

/** The JSON record: the result with the model's warnings too, and the alias other tools use. */
function fitRecord(result: FitResult, warnings: readonly string[]): object {
  return { ...result, warnings, nEvaluations: result.nFev };
}

/**
 * `--minos a b FILE` swallows FILE. As a workspace is always needed, the last word is it when
 * nothing else is.
 */
function separateFile(
  file: string | undefined,
  options: FitCommandOptions,
): { file: string | undefined; minos: readonly string[] } {
  const minos = options.minos ?? [];
  if (file !== undefined || options.input !== undefined || minos.length < 2) return { file, minos };
  return { file: minos.at(-1), minos: minos.slice(0, -1) };
}

function fitOptions(
  model: Model,
  options: FitCommandOptions,
  minos: readonly string[],
): FitOptions {
  return {
    ...likelihoodOptions(model, options),
    covariance: options.covariance,
    ...(minos.length === 0 ? {} : { minos: splitNames(minos, model.paramNames()) }),
  };
}
