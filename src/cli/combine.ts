/**
 * `nextstat combine`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { NextstatError } from "../errors.ts";
import type { NumberSpellings } from "../formats/index.ts";
import { counted } from "../report/text.ts";
import { combineWorkspaces } from "../workspace/combine.ts";
import { JOINS, type Join, type NamedWorkspace } from "../workspace/join.ts";
import { addOutputOptions, type OutputOptions } from "./common.ts";
import { addHs3Options, type Hs3CommandOptions } from "./hs3-options.ts";
import { log } from "./log.ts";
import type { Run } from "./run.ts";
import { collect } from "./values.ts";
import { presentWorkspace, readOne } from "./workspace-command.ts";

interface CombineCommandOptions extends OutputOptions, Hs3CommandOptions {
  readonly input?: readonly string[];
  readonly measurement?: string;
  readonly prefixChannels?: boolean;
  readonly labels?: readonly string[];
  readonly onConflict?: "error" | "first";
  readonly join?: Join;
  readonly mergeChannels?: boolean;
}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE FILE...")
    .description(
      "Puts the channels of two or more workspaces side by side, with one measurement called combined. Scalar " +
        "modifiers of one name (normsys, histosys, normfactor, lumi) share their parameter. Per-bin modifiers " +
        "(staterror, shapesys, shapefactor) never do: those of one name in several workspaces are renamed.",
    )
    .argument(
      "[FILES...]",
      "workspaces (pyhf JSON, HS3, or HistFactory combinations); - reads standard input",
    )
    .optionsGroup("Input:")
    .option("-i, --input <FILE>", "the same as FILE (repeatable)", collect)
    .option("--measurement <NAME>", "measurement of every workspace (default: the first of each)");
  addHs3Options(command)
    .optionsGroup("Combination:")
    .option(
      "--prefix-channels",
      "put ws0_, ws1_, ... before the names of channels and per-bin modifiers",
    )
    .option("--labels <a,b>", "put a_, b_, ... before them instead", collect)
    .addOption(
      new Option(
        "--on-conflict <WHAT>",
        "settings or POIs that differ: error (default), or those of the first",
      ).choices(["error", "first"]),
    )
    .addOption(
      new Option(
        "-j, --join <JOIN>",
        "join as pyhf does: measurements keep their names, and so do per-bin modifiers without prefixes",
      ).choices(JOINS),
    )
    .option("--merge-channels", "with an outer join: channels of one name get the samples of both");
  addOutputOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat combine SR.json CR.json -o both.json
  nextstat combine 2016.json 2017.json --labels y16,y17 -o run2.json
  nextstat combine a.json b.json --join outer | nextstat fit -

Joins: none refuses channels, observations and measurements of one name in both; outer takes equal
ones once and refuses different ones; left outer and right outer take the left or the right one.`,
    )
    .action(async (files: readonly string[], options: CombineCommandOptions) => {
      const paths = [...(options.input ?? []), ...files];
      if (paths.filter((path) => path === "-").length > 1) {
        throw new NextstatError("usage", "standard input can be read only once (-)", {
          hint: "give the other workspaces as files",
        });
      }
      const spellings: NumberSpellings = new WeakMap();
      const read: NamedWorkspace[] = [];
      for (const path of paths) read.push(await readOne(path, options, run, spellings));
      const inputs = read.map((input, i) => {
        // Files of one name in different folders: only their paths tell them apart.
        const isAlone = read.every((other, j) => j === i || other.name !== input.name);
        return isAlone ? input : { ...input, name: paths[i] as string };
      });
      run.loadedAt = performance.now();
      const { join, mergeChannels, prefixChannels, onConflict, measurement } = options;
      const labels = options.labels?.flatMap((value) =>
        value.split(",").map((label) => label.trim()),
      );
      const combination = combineWorkspaces(inputs, {
        ...(join === undefined ? {} : { join }),
        ...(mergeChannels === undefined ? {} : { mergeChannels }),
        ...(prefixChannels === undefined ? {} : { prefixChannels }),
        ...(labels === undefined ? {} : { labels }),
        ...(onConflict === undefined ? {} : { onConflict }),
        ...(measurement === undefined ? {} : { measurement }),
      });
      presentWorkspace(combination, "the combination", spellings, options, run);
      const { shared } = combination;
      if (shared.length > 0) {
        const n = counted(shared.length, "modifier");
        log(options.logLevel, "warn", `${n} shared by name: ${shared.join(", ")}`);
      }
    });
}
