/**
 * `nextstat coverage`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { coverageSteps } from "../infer/coverage.ts";
import type { ToyOrigin } from "../infer/toy-fits.ts";
import { coverageText } from "../report/toys-text.ts";
import { addProcedureOptions } from "./common.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";
import { addToyOptions, parseWhole, type ToyCommandOptions, toyOptions } from "./toy-options.ts";
import { parseNumber } from "./values.ts";

interface CoverageCommandOptions extends ProcedureCommandOptions, ToyCommandOptions {
  readonly nToys: number;
  readonly from: ToyOrigin;
  readonly mu?: readonly number[];
  readonly cl?: readonly number[];
}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description(
      "Repeats the experiment with toys: how often the profile-likelihood interval of the parameter of interest has the " +
        "true value in it, and how the estimate spreads around it.",
    )
    .optionsGroup("Study:")
    .addOption(
      new Option("--n-toys <N>", "toys of each true value").argParser(parseWhole).default(1000),
    )
    .option("--mu <a,b>", "true values (default: the best fit)", parseNumbers)
    .option("--cl <a,b>", "confidence levels (default: 0.6827, one sigma, and 0.95)", parseNumbers)
    .addOption(
      new Option("--from <POINT>", "the other parameters: as fitted to the data, or nominal")
        .choices(["best-fit", "prefit"])
        .default("best-fit"),
    );
  addProcedureOptions(addLikelihoodOptions(addToyOptions(command)))
    .addHelpText(
      "after",
      `
Examples:
  nextstat coverage workspace.json
  nextstat coverage workspace.json --mu 0,1,2 --n-toys 20000 --threads 0`,
    )
    .action(async (file: string | undefined, options: CoverageCommandOptions) => {
      const { nToys, from, mu, cl } = options;
      const { model, title } = await loadModel(file, options, run);
      return runProcedure(
        {
          model,
          steps: (asked) =>
            coverageSteps(model, {
              ...asked,
              ...toyOptions(options),
              nToys,
              from,
              ...(mu === undefined ? {} : { mu }),
              ...(cl === undefined ? {} : { cl }),
            }),
          text: (result, warnings) => coverageText(result, { title, warnings }),
          metrics: ({ points, seed }) => ({
            metrics: {
              mu: points.map((point) => point.mu),
              cl: points[0]?.levels.map((level) => level.cl) ?? [],
              // Level by level, each at all values.
              coverage: (points[0]?.levels ?? []).flatMap((_, k) =>
                points.map(({ levels }) => levels[k]?.coverage ?? null),
              ),
              bias: points.map(({ bias }) => bias),
              n_toys: points.reduce((sum, point) => sum + point.nToys, 0),
              n_error: points.reduce((sum, point) => sum + point.nError, 0),
              n_nonconverged: points.reduce((sum, point) => sum + point.nNonconverged, 0),
              n_lower_minimum: points.reduce((sum, point) => sum + point.nLowerMinimum, 0),
              seed,
            },
          }),
        },
        options,
        run,
      );
    });
}

function parseNumbers(text: string): readonly number[] {
  return text.split(",").map(parseNumber);
}
