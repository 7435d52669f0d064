/**
 * `nextstat scan2d`.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { NextstatError } from "../errors.ts";
import type { Model } from "../index.ts";
import { profileScan2dSteps, type ScanAxis } from "../infer/scan2d.ts";
import { profileScan2dText } from "../report/scan-text.ts";
import { addProcedureOptions } from "./common.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";
import { parseNumber, splitAssignment } from "./values.ts";

interface Scan2dCommandOptions extends ProcedureCommandOptions {
  readonly x?: ScanAxis;
  readonly y: ScanAxis;
  readonly levels?: readonly number[];
  readonly dof: "1" | "2";
}

export function define(command: Command, run: Run): void {
  command
    .usage("--y NAME [options] FILE")
    .description(
      "Profiles the likelihood over two parameters: a grid, and the contours of 68 % and 95 % traced to the level.",
    )
    .optionsGroup("Scan:")
    .option(
      "--x <NAME=LO,HI,N>",
      "first parameter (default: the POI), its range (default: 3 sigma around the best fit) and number of values (default: 21)",
      parseAxis,
    )
    .requiredOption(
      "--y <NAME=LO,HI,N>",
      "second parameter; range and number as for --x",
      parseAxis,
    )
    .option(
      "--levels <p,q,...>",
      "confidence levels of the contours (default: 0.6827,0.95)",
      parseNumbers,
    )
    .addOption(
      new Option(
        "--dof <N>",
        "2: regions of both parameters together; 1: contours as wide as each parameter's interval",
      )
        .choices(["1", "2"])
        .default("2"),
    );
  addProcedureOptions(addLikelihoodOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat scan2d workspace.json --y alpha_jes
  nextstat scan2d workspace.json --x mu=0,3,31 --y alpha_jes=-2,2,21 --levels 0.68,0.9
  nextstat scan2d workspace.json --x mu_tth --y mu_ttw --dof 1

The contours do not depend on the grid, unless it shows that a region has several pieces or turns back on itself.`,
    )
    .action(async (file: string | undefined, options: Scan2dCommandOptions) => {
      const { model, title } = await loadModel(file, options, run);
      const x = options.x ?? { parameter: poiOf(model) };
      return runProcedure(
        {
          model,
          steps: (asked) =>
            profileScan2dSteps(model, {
              ...asked,
              x,
              y: options.y,
              ...(options.levels === undefined ? {} : { levels: options.levels }),
              dof: options.dof === "1" ? 1 : 2,
            }),
          text: (result, warnings) => profileScan2dText(result, { title, warnings }),
          metrics: (result) => ({
            metrics: {
              x_hat: result.x.bestfit,
              y_hat: result.y.bestfit,
              nll_hat: result.nllHat,
              n_points: result.x.values.length * result.y.values.length,
              n_contours: result.levels.reduce((n, { contours }) => n + contours.length, 0),
            },
          }),
        },
        options,
        run,
      );
    });
}

function poiOf(model: Model): string {
  const index = model.poiIndex();
  if (index === null) {
    throw new NextstatError("usage", "the model has no parameter of interest for the first axis", {
      hint: "name it with --x",
    });
  }
  return model.paramNames()[index] as string;
}

/** `NAME`, `NAME=LO,HI` or `NAME=LO,HI,N`. */
function parseAxis(value: string): ScanAxis {
  // A name may contain `=`; a range has a comma.
  if (!/=[^=]*,[^=]*$/.test(value)) return { parameter: value };
  const { name, text } = splitAssignment(value);
  const [start, stop, points, ...rest] = text.split(",").map(parseNumber);
  if (start === undefined || stop === undefined || rest.length > 0) {
    throw new InvalidArgumentError("Expected NAME=LO,HI,N.");
  }
  return { parameter: name, start, stop, ...(points === undefined ? {} : { points }) };
}

function parseNumbers(text: string): readonly number[] {
  return text.split(",").map(parseNumber);
}
