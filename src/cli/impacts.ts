/**
 * `nextstat impacts`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { impactsSteps } from "../infer/impacts.ts";
import { IMPACT_DEFINITIONS, type ImpactDefinition } from "../infer/ranking.ts";
import { impactsText } from "../report/impacts-text.ts";
import { addProcedureOptions } from "./common.ts";
import { addGroupOptions, type GroupOptions, readGrouping } from "./group-options.ts";
import { addLikelihoodOptions } from "./likelihood-options.ts";
import { loadModel } from "./load-model.ts";
import { type ProcedureCommandOptions, runProcedure } from "./procedure.ts";
import type { Run } from "./run.ts";

interface ImpactsCommandOptions extends ProcedureCommandOptions, GroupOptions {
  readonly quadrature: ImpactDefinition | "none";
}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description(
      "Breaks the uncertainty of the parameter of interest down by groups of nuisance parameters: statistical and " +
        "systematic, and group by group, by holding the group and by adding single impacts in quadrature.",
    )
    .optionsGroup("Groups:");
  addGroupOptions(command).addOption(
    new Option("--quadrature <D>", "single impacts to add in quadrature; none saves their refits")
      .choices([...IMPACT_DEFINITIONS, "none"])
      .default("postfit"),
  );
  addProcedureOptions(addLikelihoodOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  nextstat impacts workspace.json
  nextstat impacts workspace.json --policy prefix
  nextstat impacts workspace.json --groups groups.json
  nextstat impacts workspace.json --group 'jets=jes,jer' --group 'mc=staterror_*'

Impact: sqrt(sigma^2 - sigma^2 with the group held at the best fit). Parameters of no named group are in "other".`,
    )
    .action(async (file: string | undefined, options: ImpactsCommandOptions) => {
      const { model, title } = await loadModel(file, options, run);
      const groups = readGrouping(options, run);
      return runProcedure(
        {
          model,
          steps: (common) =>
            impactsSteps(model, { ...common, groups, quadrature: options.quadrature }),
          text: (result, warnings) => impactsText(result, { title, warnings }),
          metrics: ({ muHat, total, statistical, systematic, dataStatistical, groups }) => ({
            metrics: { mu_hat: muHat, n_groups: groups.length },
            uncertainty: {
              mu_sigma: total,
              cov_available: total !== null,
              stat: statistical,
              syst: systematic,
              data_stat: dataStatistical,
            },
          }),
        },
        options,
        run,
      );
    });
}
