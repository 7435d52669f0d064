/**
 * `nextstat correlation`.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { type CorrelationResult, correlationSteps } from "../infer/correlation.ts";
import { correlationText } from "../report/correlation-text.ts";
import type { MetricValues } from "../report/metrics.ts";
import { addProcedureOptions } from "./common.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";
import { parseNumber } from "./values.ts";

/** As commander hands them over. */
export interface CorrelationCommandOptions extends ProcedureCommandOptions {
  readonly covariance?: boolean;
  readonly threshold: number;
}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description("The correlation matrix of the fit, from its exact Hessian.")
    .optionsGroup("Matrix:");
  addCorrelationOptions(command);
  addProcedureOptions(addLikelihoodOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat correlation workspace.json
  nextstat correlation workspace.json --threshold 0.5
  nextstat correlation workspace.json --covariance -o correlation.json

The text shows the largest correlations, the JSON the whole matrix.`,
    )
    .action(async (file: string | undefined, options: CorrelationCommandOptions) => {
      const { model, title } = await loadModel(file, options, run);
      const { covariance, threshold } = options;
      return runProcedure(
        {
          model,
          steps: (common) =>
            correlationSteps(model, { ...common, covariance: covariance === true }),
          text: (result, warnings) => correlationText(result, { title, warnings, threshold }),
          metrics: (result) => correlationMetrics(result),
        },
        options,
        run,
      );
    });
}

/** Adds what a correlation matrix may be told to the group that is open. */
export function addCorrelationOptions(command: Command): Command {
  return command
    .option("--covariance", "the covariance matrix too")
    .addOption(
      new Option("--threshold <X>", "smallest absolute correlation in the text")
        .argParser(parseThreshold)
        .default(0.2),
    );
}

export function correlationMetrics({
  names,
  matrix,
}: CorrelationResult): Pick<MetricValues, "metrics" | "uncertainty"> {
  const largest = (matrix ?? []).reduce(
    (size, row, i) =>
      row.reduce((most, rho, j) => (i === j ? most : Math.max(most, Math.abs(rho))), size),
    0,
  );
  return {
    metrics: {
      n_parameters: names.length,
      largest_correlation: matrix === null ? null : largest,
    },
    uncertainty: { cov_available: matrix !== null },
  };
}

function parseThreshold(text: string): number {
  const value = parseNumber(text);
  if (value < 0 || value > 1) throw new InvalidArgumentError("Expected a number from 0 to 1.");
  return value;
}
