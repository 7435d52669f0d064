/**
 * `nextstat parity cases`, `scan`, `suite`, `master` and `explain`: the same models with ROOT.
 *
 * @module
 */

import type { Command } from "commander";
import { defineCases } from "./parity/cases-command.ts";
import { defineExplain } from "./parity/explain-command.ts";
import { defineMaster } from "./parity/master-command.ts";
import { defineScan } from "./parity/scan-command.ts";
import { defineSuite } from "./parity/suite-command.ts";
import type { Run } from "./run.ts";

export function define(command: Command, run: Run): void {
  command
    .usage("<command> [options]")
    .description(
      "Runs the same HistFactory models with ROOT (hist2workspace, RooFit) and with nextstat, and compares likelihoods, best " +
        "fits, profiles and times.",
    )
    .helpCommand("help [command]", "show the help of a command");
  defineCases(command.command("cases"), run);
  defineScan(command.command("scan"), run);
  defineSuite(command.command("suite"), run);
  defineMaster(command.command("master"), run);
  defineExplain(command.command("explain"), run);
}
