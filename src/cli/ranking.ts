/**
 * `nextstat ranking`.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { Model } from "../index.ts";
import {
  IMPACT_DEFINITIONS,
  type ImpactDefinition,
  type RankingOptions,
  type RankingResult,
  rankingSteps,
} from "../infer/ranking.ts";
import type { MetricValues } from "../report/metrics.ts";
import { rankingText } from "../report/ranking-text.ts";
import { addProcedureOptions } from "./common.ts";
import { addGroupOptions, type GroupOptions, readGrouping } from "./group-options.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";
import { collect, splitNames } from "./values.ts";

/** Options of a ranking as commander hands them over. */
export interface RankingCommandOptions extends ProcedureCommandOptions, GroupOptions {
  readonly impact: ImpactDefinition;
  readonly top?: number;
  readonly parameters?: readonly string[];
  readonly includeUnconstrained?: boolean;
}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description(
      "Ranks the nuisance parameters by their impact: how far the parameter of interest moves when one of them is held " +
        "one standard deviation up or down and all others are refitted. All three definitions come from one run.",
    )
    .optionsGroup("Ranking:");
  addRankingOptions(command);
  addProcedureOptions(addLikelihoodOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat ranking workspace.json
  nextstat ranking workspace.json --top 20 --impact postfit
  nextstat ranking workspace.json --parameters jes,jer --format json

The order is by the larger of the two impacts. A parameter is held inside its bounds.`,
    )
    .action(async (file: string | undefined, options: RankingCommandOptions) => {
      const { model, title } = await loadModel(file, options, run);
      const asked = rankingOptions(model, options, run);
      return runProcedure(
        {
          model,
          steps: (common) => rankingSteps(model, { ...common, ...asked }),
          text: (result, warnings) =>
            rankingText(result, { title, warnings, all: options.top !== undefined }),
          metrics: (result) => rankingMetrics(result),
        },
        options,
        run,
      );
    });
}

/** Adds what a ranking may be told to the group that is open. */
export function addRankingOptions(command: Command): Command {
  command
    .addOption(
      new Option("--impact <D>", "definition that decides the order")
        .choices(IMPACT_DEFINITIONS)
        .default("prefit-centre"),
    )
    .option("--top <N>", "only the first N", parseCount)
    .option("--parameters <a,b>", "only these parameters", collect)
    .option("--include-unconstrained", "free factors too, by postfit impact only");
  return addGroupOptions(command);
}

/** The options as the library wants them. */
export function rankingOptions(
  model: Model,
  options: RankingCommandOptions,
  run: Run,
): RankingOptions {
  const { impact, top, parameters, includeUnconstrained } = options;
  return {
    impact,
    groups: readGrouping(options, run),
    includeUnconstrained: includeUnconstrained === true,
    ...(top === undefined ? {} : { topN: top }),
    ...(parameters === undefined ? {} : { parameters: splitNames(parameters, model.paramNames()) }),
  };
}

export function rankingMetrics({
  muHat,
  muUncertainty,
  nTotal,
  nRechecked,
  entries,
}: RankingResult): Pick<MetricValues, "metrics" | "uncertainty"> {
  const [first] = entries;
  return {
    metrics: {
      mu_hat: muHat,
      n_ranked: nTotal,
      n_rechecked: nRechecked,
      top_name: first?.name ?? null,
      top_impact_up: first?.impactUp ?? null,
      top_impact_down: first?.impactDown ?? null,
    },
    uncertainty: { mu_sigma: muUncertainty, cov_available: muUncertainty !== null },
  };
}

function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Expected a whole number from 0 on.");
  return Number(text);
}
