/**
 * `nextstat scan`.
 *
 * @module
 */

import type { Command } from "commander";
import { profileScanSteps } from "../infer/scan.ts";
import { profileScanText } from "../report/scan-text.ts";
import { addProcedureOptions } from "./common.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";
import { parseNumber } from "./values.ts";

interface ScanCommandOptions extends ProcedureCommandOptions {
  readonly parameter?: string;
  readonly start?: number;
  readonly stop?: number;
  readonly points?: number;
  readonly values?: readonly number[];
  readonly parameterValues?: boolean;
}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description(
      "Profiles the likelihood along one parameter: the curve on a grid, and the 68 % and 95 % intervals solved from it.",
    )
    .optionsGroup("Scan:")
    .option("--parameter <NAME>", "parameter to scan (default: the POI)")
    .option(
      "--start <X>",
      "first value (default: best fit - 3 sigma, inside the bounds)",
      parseNumber,
    )
    .option(
      "--stop <X>",
      "last value (default: best fit + 3 sigma, inside the bounds)",
      parseNumber,
    )
    .option("--points <N>", "values on the grid (default: 31)", parseNumber)
    .option("--values <x,y,...>", "these values instead of a grid (repeatable)", collectNumbers)
    .option("--parameter-values", "the values of all parameters at every point, in the JSON");
  addProcedureOptions(addLikelihoodOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat scan workspace.json
  nextstat scan --input workspace.json --start 0 --stop 3 --points 31
  nextstat scan workspace.json --parameter alpha_jes --points 41

q_mu is one-sided (0 below the best fit), twice_delta_nll two-sided. The intervals are where the latter stays below 1 and
3.84; they do not depend on the grid.`,
    )
    .action(async (file: string | undefined, options: ScanCommandOptions) => {
      const { model, title } = await loadModel(file, options, run);
      const { parameter, start, stop, points, values } = options;
      return runProcedure(
        {
          model,
          steps: (asked) =>
            profileScanSteps(model, {
              ...asked,
              ...(parameter === undefined ? {} : { parameter }),
              ...(start === undefined ? {} : { start }),
              ...(stop === undefined ? {} : { stop }),
              ...(points === undefined ? {} : { points }),
              ...(values === undefined ? {} : { muValues: values }),
              parameterValues: options.parameterValues === true,
            }),
          text: (result, warnings) => profileScanText(result, { title, warnings }),
          metrics: (result) => {
            const q = result.points.flatMap(({ qMu }) => qMu ?? []);
            return {
              metrics: {
                poi_index: result.poiIndex,
                mu_hat: result.muHat,
                nll_hat: result.nllHat,
                n_points: result.points.length,
                q_mu_min: q.reduce((least, v) => Math.min(least, v), Number.POSITIVE_INFINITY),
                q_mu_max: q.reduce((most, v) => Math.max(most, v), Number.NEGATIVE_INFINITY),
              },
              uncertainty: { mu_sigma: result.sigma },
            };
          },
        },
        options,
        run,
      );
    });
}

function collectNumbers(text: string, previous: readonly number[] | undefined): readonly number[] {
  const values = text.split(",").map(parseNumber);
  return [...(previous ?? []), ...values];
}
