/**
 * `nextstat collect`.
 *
 * @module
 */

import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { openStore } from "../node/campaign-folder.ts";
import { createRounds, leaveGaps, requireAll, verifySample } from "../parallel/campaign.ts";
import { counted } from "../report/text.ts";
import { openCampaign, runCampaign, warningsAt } from "./campaign.ts";
import { addOutputOptions, type OutputOptions } from "./common.ts";
import { log } from "./log.ts";
import type { Run } from "./run.ts";
import { parseNumber } from "./values.ts";

interface CollectOptions extends OutputOptions {
  readonly partial?: boolean;
  readonly verify?: number;
  readonly allowMixed?: boolean;
}

/** Attribute names of options that are not the command's own. */
const OWN = ["partial", "verify", "allowMixed"];
/** Of options that name a file or a folder. */
const FILES = ["output", "jsonMetrics", "bundle", "table"];

export function define(command: Command, run: Run): void {
  command
    .usage("DIR [options]")
    .description(
      "Puts the result of a campaign together. It is what the command alone gives, byte by byte. Every file is checked; " +
        "what is missing, damaged or contradictory is an error.",
    )
    .argument("<DIR>", "folder of the campaign")
    .optionsGroup("Collecting:")
    .option("--partial", "take what is there, as if the command had been interrupted")
    .option(
      "--verify <SHARE>",
      "compute a share of the units again and compare: 0.5%, 0.005",
      parseShare,
    )
    .option("--allow-mixed", "take results of several versions of Node, or kinds of machines")
    .option("--table <FILE>", "for toys fit: the table of the toys");
  addOutputOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat collect toys
  nextstat collect toys -o result.json --verify 0.5%
  nextstat collect toys --partial --format text

Exit code 130 with --partial when something is missing.`,
    )
    .action(async (folder: string, options: CollectOptions) => {
      const campaign = openCampaign(folder, run);
      const { logLevel, verify } = options;
      const store = openStore(campaign.folder, campaign.plan, {
        ...warningsAt(logLevel),
        allowMixed: options.allowMixed === true,
      });
      const told = (count: number): void =>
        log(logLevel, "info", `${counted(count, "unit")} computed again: the same`);
      const rounds = createRounds(
        store,
        options.partial === true ? leaveGaps : requireAll,
        verify === undefined ? undefined : verifySample(verify, told),
      );
      run.finish(await runCampaign(campaign, forwarded(run), run, rounds, true));
    });
}

/** The options of the command whose result it is. */
function forwarded(run: Run): string[] {
  return run.options
    .filter(({ option }) => !OWN.includes(option.attributeName()))
    .map(({ option, value }) => {
      const name = option.long as string;
      if (value === null) return name;
      const isFile = FILES.includes(option.attributeName()) && value !== "-";
      return `${name}=${isFile ? resolve(value) : value}`;
    });
}

function parseShare(text: string): number {
  const share = text.endsWith("%") ? parseNumber(text.slice(0, -1)) / 100 : parseNumber(text);
  if (!(share > 0 && share <= 1))
    throw new InvalidArgumentError("Expected a share up to 1 or 100%.");
  return share;
}
