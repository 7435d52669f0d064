/**
 * `nextstat toys fit`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { fitToysSteps, type ToyOrigin } from "../infer/toy-fits.ts";
import { toyColumns } from "../report/toy-table.ts";
import { fitToysText } from "../report/toys-text.ts";
import { addProcedureOptions, checkOutputs } from "./common.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";
import { checkTableFile, writeTable } from "./table-file.ts";
import {
  addToyOptions,
  parseWhole,
  type ToyCommandOptions,
  toyCounts,
  toyOptions,
} from "./toy-options.ts";
import { parseNumber } from "./values.ts";

interface FitToysCommandOptions extends ProcedureCommandOptions, ToyCommandOptions {
  readonly nToys: number;
  readonly from: ToyOrigin;
  readonly mu?: number;
  readonly table?: string;
}

export function define(command: Command, run: Run): void {
  command
    .usage("<command> [options] FILE")
    .description("Pseudo-experiments.")
    .helpCommand("help [command]", "show the help of a command");
  defineFit(command.command("fit"), run);
}

function defineFit(command: Command, run: Run): void {
  run.outputOptions.add("table");
  command
    .summary("every toy's fitted parameters, their pulls and coverage")
    .usage("[options] FILE")
    .description(
      "Draws toys and fits every one: mean, spread, pulls and coverage of all parameters. The table has every toy.",
    )
    .optionsGroup("Toys:")
    .addOption(new Option("--n-toys <N>", "number of toys").argParser(parseWhole).default(1000))
    .addOption(
      new Option(
        "--from <POINT>",
        "where they are drawn: the fit to the data, or the nominal values",
      )
        .choices(["best-fit", "prefit"])
        .default("best-fit"),
    )
    .option(
      "--mu <M>",
      "value of the parameter of interest there (default: as fitted)",
      parseNumber,
    )
    .option("--table <FILE>", "write every toy to FILE, .parquet or .jsonl");
  addProcedureOptions(addLikelihoodOptions(addToyOptions(command)))
    .addHelpText(
      "after",
      `
Examples:
  nextstat toys fit workspace.json
  nextstat toys fit workspace.json --n-toys 20000 --threads 0 --table toys.parquet
  nextstat toys fit workspace.json --from prefit --mu 1 --table toys.jsonl

Columns of the table: index, status, lower_minimum, nll, statistic (2 (NLL with the parameter of interest at its true value
- NLL): at most 1 where its 68.27 % interval has that value), and fit.NAME, sigma.NAME, pull.NAME of every parameter.`,
    )
    .action(async (file: string | undefined, options: FitToysCommandOptions) => {
      const { nToys, from, mu, table, output, jsonMetrics, bundle } = options;
      if (table !== undefined) {
        checkTableFile("--table", table);
        const files = { "--table": table, "--output": output, "--json-metrics": jsonMetrics };
        checkOutputs(files, bundle);
      }
      const { model, title } = await loadModel(file, options, run);
      await runProcedure(
        {
          model,
          steps: (asked) =>
            fitToysSteps(model, {
              ...asked,
              ...toyOptions(options),
              nToys,
              from,
              ...(mu === undefined ? {} : { mu }),
            }),
          write: async (result) => {
            if (table !== undefined) await writeTable(table, toyColumns(result));
          },
          // Every toy is in the table; the record has what they have in common.
          more: () => ({ toys: undefined, parameterNames: undefined }),
          text: (result, warnings) => fitToysText(result, { title, warnings }),
          metrics: (result) => ({
            metrics: {
              ...toyCounts(result),
              seed: result.seed,
              interval_coverage: result.intervalCoverage,
            },
            uncertainty: { interval_coverage_error: result.intervalCoverageError },
          }),
        },
        options,
        run,
      );
    });
}
