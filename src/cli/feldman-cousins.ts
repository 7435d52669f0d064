/**
 * `nextstat feldman-cousins`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { NextstatError } from "../errors.ts";
import type { MuGrid } from "../index.ts";
import { feldmanCousinsSteps } from "../infer/feldman-cousins.ts";
import { feldmanCousinsText, toysOfBelt } from "../report/toy-limits-text.ts";
import { addProcedureOptions } from "./common.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";
import {
  addToyOptions,
  parseWhole,
  type ToyCommandOptions,
  toyCounts,
  toyOptions,
} from "./toy-options.ts";
import { parseNumber } from "./values.ts";

interface FeldmanCousinsCommandOptions extends ProcedureCommandOptions, ToyCommandOptions {
  readonly toys: number;
  readonly cl?: readonly number[];
  readonly toyAccuracy?: number;
  readonly maxIter?: number;
  readonly start?: number;
  readonly stop?: number;
  readonly points?: number;
}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description(
      "Confidence intervals of the parameter of interest by the unified approach of Feldman and Cousins: the strengths that " +
        "the profile likelihood ratio, its distribution taken from toys, does not reject.",
    )
    .optionsGroup("Intervals:")
    .option("--cl <a,b>", "confidence levels (default: 0.6827, one sigma, and 0.95)", parseNumbers)
    .addOption(
      new Option("--toys <N>", "toys at each strength").argParser(parseWhole).default(1000),
    )
    .option(
      "--toy-accuracy <R>",
      "Monte Carlo error of an end that is enough, relative to the interval (default: 0.02)",
      parseNumber,
    )
    .option(
      "--max-iter <N>",
      "strengths with toys before the search gives up (default: 80)",
      parseWhole,
    )
    .option("--start <MU>", "first strength of a grid, instead of a search", parseNumber)
    .option("--stop <MU>", "last strength of the grid", parseNumber)
    .option("--points <N>", "points of the grid, both ends included", parseWhole);
  addProcedureOptions(addLikelihoodOptions(addToyOptions(command)))
    .addHelpText(
      "after",
      `
Examples:
  nextstat feldman-cousins workspace.json
  nextstat feldman-cousins workspace.json --cl 0.68,0.9,0.95 --toys 5000 --threads 0
  nextstat feldman-cousins workspace.json --start 0 --stop 3 --points 31 --toys 10000

The estimate stays inside the bounds of the parameter, which are taken for physical ones (--bounds NAME=LOW,HIGH). The other
parameters of the toys are those of the conditional fit to the data at each strength.`,
    )
    .action(async (file: string | undefined, options: FeldmanCousinsCommandOptions) => {
      const { toys, cl, toyAccuracy, maxIter } = options;
      const scan = gridOf(options);
      const { model, title } = await loadModel(file, options, run);
      return runProcedure(
        {
          model,
          steps: (asked) =>
            feldmanCousinsSteps(model, {
              ...asked,
              ...toyOptions(options),
              nToys: toys,
              ...(cl === undefined ? {} : { cl }),
              ...(toyAccuracy === undefined ? {} : { toyAccuracy }),
              ...(maxIter === undefined ? {} : { maxIter }),
              ...(scan === undefined ? {} : { scan }),
            }),
          text: (result, warnings) => feldmanCousinsText(result, { title, warnings }),
          metrics: (result) => ({
            metrics: {
              mu_hat: result.muHat,
              mode: result.mode,
              cl: result.intervals.map((interval) => interval.cl),
              lower: result.intervals.map(({ lower }) => lower),
              upper: result.intervals.map(({ upper }) => upper),
              lower_error: result.intervals.map(({ lowerError }) => lowerError),
              upper_error: result.intervals.map(({ upperError }) => upperError),
              n_strengths: result.points.length,
              ...toyCounts(toysOfBelt(result)),
              seed: result.seed,
            },
          }),
        },
        options,
        run,
      );
    });
}

/** The grid, or undefined without one. */
function gridOf(options: FeldmanCousinsCommandOptions): MuGrid | undefined {
  const { start, stop, points, toyAccuracy, maxIter } = options;
  if (start === undefined && stop === undefined && points === undefined) return undefined;
  if (start === undefined || stop === undefined || points === undefined) {
    throw new NextstatError("usage", "the grid is not complete", {
      hint: "give --start, --stop and --points together",
    });
  }
  if (toyAccuracy !== undefined || maxIter !== undefined) {
    throw new NextstatError("usage", "--toy-accuracy and --max-iter are not for a grid", {
      hint: "give the number of toys with --toys",
    });
  }
  return { start, stop, points };
}

function parseNumbers(text: string): readonly number[] {
  return text.split(",").map(parseNumber);
}
