/**
 * `nextstat rename`.
 *
 * @module
 */

import type { Command } from "commander";
import { NextstatError } from "../errors.ts";
import { renameParts } from "../workspace/rename.ts";
import type { Run } from "./run.ts";
import { collect } from "./values.ts";
import {
  addWorkspaceOptions,
  loadWorkspace,
  presentWorkspace,
  type WorkspaceOptions,
} from "./workspace-command.ts";

interface RenameCommandOptions extends WorkspaceOptions {
  readonly channel?: readonly string[];
  readonly sample?: readonly string[];
  readonly modifier?: readonly string[];
  readonly measurement?: readonly string[];
}

/** Options that take two names, by how they are written. */
const PAIR_OPTIONS: Readonly<Record<string, string>> = {
  "-c": "--channel",
  "--channel": "--channel",
  "-s": "--sample",
  "--sample": "--sample",
  "-m": "--modifier",
  "--modifier": "--modifier",
  "--measurement": "--measurement",
};

export function define(command: Command, run: Run): void {
  command
    .usage("[options] FILE")
    .description(
      "Renames parts of a workspace, all at once: two names can be exchanged. Modifiers that get one name share " +
        "their parameter.",
    )
    .optionsGroup("Names (repeatable):")
    .option("-c, --channel <OLD NEW>", "a channel with its observation", collect)
    .option("-s, --sample <OLD NEW>", "a sample, in every channel", collect)
    .option(
      "-m, --modifier <OLD NEW>",
      "a modifier with its settings and the parameter of interest",
      collect,
    )
    .option("--measurement <OLD NEW>", "a measurement", collect);
  addWorkspaceOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat rename workspace.json -c SR signal_region -o renamed.json
  nextstat rename workspace.json -m jes jes_2017 -m jer jer_2017 -o decorrelated.json

A name that begins with a dash: --modifier=OLD --modifier=-NEW`,
    )
    .action(async (file: string | undefined, options: RenameCommandOptions) => {
      const { workspace, spellings } = await loadWorkspace(file, options, run);
      const outcome = renameParts(workspace, {
        channels: pairs("--channel", options.channel),
        samples: pairs("--sample", options.sample),
        modifiers: pairs("--modifier", options.modifier),
        measurements: pairs("--measurement", options.measurement),
      });
      presentWorkspace(outcome, "the renamed workspace", spellings, options, run);
    });
  // Options of commander take one value, or all that follow.
  const parseOptions = command.parseOptions.bind(command);
  command.parseOptions = (args) => parseOptions(splitPairs(args));
}

/** `-c OLD NEW` as `--channel=OLD --channel=NEW`. */
function splitPairs(args: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [word = "", first, second] = args.slice(i, i + 3);
    if (word === "--") return [...out, ...args.slice(i)];
    const option = Object.hasOwn(PAIR_OPTIONS, word) ? PAIR_OPTIONS[word] : undefined;
    if (option === undefined || !isValue(first) || !isValue(second)) {
      out.push(word);
    } else {
      out.push(`${option}=${first}`, `${option}=${second}`);
      i += 2;
    }
  }
  return out;
}

function isValue(word: string | undefined): boolean {
  return word !== undefined && (word === "-" || !word.startsWith("-"));
}

/** New names by old ones. */
function pairs(option: string, words: readonly string[] = []): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (let i = 0; i < words.length; i += 2) {
    const [from = "", to] = words.slice(i, i + 2);
    if (to === undefined) {
      throw new NextstatError("usage", `${option} takes two names, there is only "${from}"`, {
        hint: "give the old name, then the new one",
      });
    }
    if (map.has(from)) {
      throw new NextstatError("usage", `${option} renames "${from}" twice`, {
        hint: "give it once",
      });
    }
    map.set(from, to);
  }
  return map;
}
