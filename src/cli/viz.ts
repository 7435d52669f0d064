/**
 * `nextstat viz ranking` and `corr`: results as files made to be plotted.
 *
 * @module
 */

import { type Command, InvalidArgumentError } from "commander";
import { NextstatError } from "../errors.ts";
import type { Model } from "../index.ts";
import { correlationSteps } from "../infer/correlation.ts";
import { rankingSteps } from "../infer/ranking.ts";
import type { Steps } from "../infer/steps.ts";
import { type ArtifactContext, describeCorrelation, describeRanking } from "../report/artifacts.ts";
import { correlationText } from "../report/correlation-text.ts";
import { checkFitFile, correlationOfFit, type FitFile } from "../report/fit-file.ts";
import { snakeCase } from "../report/json.ts";
import { rankingText } from "../report/ranking-text.ts";
import { addProcedureOptions, threadsOf } from "./common.ts";
import {
  addCorrelationOptions,
  type CorrelationCommandOptions,
  correlationMetrics,
} from "./correlation.ts";
import { inputPath, openJson, requireOneStdin } from "./inputs.ts";
import { addLikelihoodOptions, type LikelihoodOptions } from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import {
  addRankingOptions,
  type RankingCommandOptions,
  rankingMetrics,
  rankingOptions,
} from "./ranking.ts";
import type { Run } from "./run.ts";

/** Options of every sub-command as commander hands them over. */
interface VizOptions extends ProcedureCommandOptions {
  readonly createdUnixMs?: number;
}

interface VizCorrelationOptions extends CorrelationCommandOptions, VizOptions {
  readonly fit?: string;
}

export function define(command: Command, run: Run): void {
  command
    .usage("<command> [options] FILE")
    .description(
      "Writes results as JSON made to be plotted: parallel lists, a schema version, and who made them. The same input " +
        "gives the same bytes.",
    )
    .helpCommand("help [command]", "show the help of a command");
  defineRanking(command.command("ranking"), run);
  defineCorrelation(command.command("corr"), run);
}

function defineRanking(command: Command, run: Run): void {
  command
    .summary("impacts, pulls and constraints of the nuisance parameters")
    .usage("[options] FILE")
    .description("The ranking of the nuisance parameters: impacts, pulls and constraints as lists.")
    .optionsGroup("Ranking:");
  addVizOptions(addRankingOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat viz ranking --input workspace.json --output ranking.json
  nextstat viz ranking workspace.json --top 30 --impact postfit -o ranking.json

See nextstat ranking for what the numbers mean.`,
    )
    .action(async (file: string | undefined, options: RankingCommandOptions & VizOptions) => {
      const { model, title } = await loadModel(file, options, run);
      const asked = rankingOptions(model, options, run);
      return runProcedure(
        {
          model,
          steps: (common) => rankingSteps(model, { ...common, ...asked }),
          more: (result) => describeRanking(result, contextOf(options, run)),
          text: (result, warnings) =>
            rankingText(result, { title, warnings, all: options.top !== undefined }),
          metrics: (result) => rankingMetrics(result),
        },
        options,
        run,
      );
    });
}

function defineCorrelation(command: Command, run: Run): void {
  command
    .summary("the correlation matrix")
    .usage("[options] FILE")
    .description("The correlation matrix of the fit; fixed parameters are left out.")
    .optionsGroup("Matrix:")
    .option(
      "--fit <FILE>",
      "result of nextstat fit to take the covariance from (default: fit now)",
    );
  addVizOptions(addCorrelationOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat viz corr --input workspace.json --output corr.json
  nextstat viz corr --input workspace.json --fit fit.json --output corr.json`,
    )
    .action(async (file: string | undefined, options: VizCorrelationOptions) => {
      const path = options.fit;
      if (path !== undefined) {
        requireOneStdin([inputPath(file, options.input), path, ...(options.patch ?? [])]);
        refuseLikelihood(options);
      }
      const { model, title } = await loadModel(file, options, run);
      const fit = path === undefined ? null : readFit(path, model, options, run);
      const { covariance, threshold } = options;
      return runProcedure(
        {
          model,
          steps: (common) =>
            fit === null
              ? correlationSteps(model, { ...common, covariance: covariance === true })
              : known(correlationOfFit(fit, covariance === true)),
          // The record's lists have other names in the artifact.
          more: (result) => ({
            ...describeCorrelation(result, contextOf(options, run)),
            names: undefined,
            matrix: undefined,
          }),
          text: (result, warnings) => correlationText(result, { title, warnings, threshold }),
          metrics: (result) => correlationMetrics(result),
        },
        options,
        run,
      );
    });
}

/** The fit in a file, which must be one of the model. */
function readFit(path: string, model: Model, options: VizOptions, run: Run): FitFile {
  const { value, file } = openJson(path, options, run);
  return checkFitFile(value, model.paramNames(), file);
}

/** A procedure that has its record. */
// biome-ignore lint/correctness/useYield: nothing is left to compute
function* known<R>(record: R): Steps<R> {
  return record;
}

/** A fit that is given has its likelihood: options that say another would be ignored. */
function refuseLikelihood(options: LikelihoodOptions): void {
  const { asimov, fitRegions, validationRegions, fix, init, bounds, search } = options;
  const given = { asimov, fitRegions, validationRegions, fix, init, bounds, search: !search };
  const first = Object.entries(given).find(([, value]) => value !== undefined && value !== false);
  if (first === undefined) return;
  const option = first[0] === "search" ? "no-search" : snakeCase(first[0]).replace("_", "-");
  throw new NextstatError("usage", `--${option} changes the fit, which --fit gives`, {
    hint: `give --${option} to nextstat fit, or leave out --fit`,
  });
}

function addVizOptions(command: Command): Command {
  return addProcedureOptions(addLikelihoodOptions(command))
    .optionsGroup("Output:")
    .option(
      "--created-unix-ms <MS>",
      "the time to write into the file (default: 0, for the same bytes every time)",
      parseTime,
    );
}

function contextOf(options: VizOptions, run: Run): ArtifactContext {
  const { createdUnixMs = 0 } = options;
  return { version: run.version, createdUnixMs, threads: threadsOf(options) };
}

function parseTime(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("Expected milliseconds since 1970.");
  }
  return value;
}
