/**
 * The options that put nuisance parameters into groups.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { NextstatError } from "../errors.ts";
import { GROUPING_POLICIES, type Grouping, type GroupingPolicy } from "../infer/groups.ts";
import type { OutputOptions } from "./common.ts";
import { openJson } from "./inputs.ts";
import type { Run } from "./run.ts";

/** As commander hands them over. */
export interface GroupOptions {
  readonly policy?: GroupingPolicy;
  readonly groups?: string;
  readonly group?: readonly NamedGroup[];
}

type NamedGroup = readonly [name: string, patterns: readonly string[]];

/** Adds the options to the group that is open. */
export function addGroupOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--policy <P>", "how parameters are grouped (default: category)").choices(
        GROUPING_POLICIES,
      ),
    )
    .option("--groups <FILE>", "groups instead: JSON {name: [parameters or patterns]}")
    .option(
      "--group <NAME=A,B>",
      "one such group: names, or patterns with * and ? (repeatable)",
      (value: string, previous: readonly NamedGroup[] | undefined) => [
        ...(previous ?? []),
        parseGroup(value),
      ],
    );
}

function parseGroup(value: string): NamedGroup {
  const at = value.indexOf("=");
  const patterns = value
    .slice(at + 1)
    .split(",")
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "");
  if (at <= 0 || patterns.length === 0) {
    throw new InvalidArgumentError("Expected NAME=PATTERN,PATTERN.");
  }
  return [value.slice(0, at), patterns];
}

/** The options as the library wants them; reads the file. */
export function readGrouping(options: GroupOptions & OutputOptions, run: Run): Grouping {
  const { policy, groups, group = [] } = options;
  const fromFile = groups === undefined ? [] : readGroups(groups, options, run);
  if (groups === undefined && group.length === 0) return policy === undefined ? {} : { policy };
  const byName = new Map<string, readonly string[]>();
  for (const [name, patterns] of [...fromFile, ...group]) {
    byName.set(name, [...(byName.get(name) ?? []), ...patterns]);
  }
  const named = Object.fromEntries(byName);
  return policy === undefined ? { named } : { policy, named };
}

function readGroups(path: string, options: OutputOptions, run: Run): readonly NamedGroup[] {
  const { value: groups, file } = openJson(path, options, run);
  if (groups === null || typeof groups !== "object" || Array.isArray(groups)) {
    throw new NextstatError("input", "the groups are not an object", {
      location: { file },
      hint: HINT,
    });
  }
  return Object.entries(groups).map(([name, patterns]): NamedGroup => {
    if (!Array.isArray(patterns) || !patterns.every((p) => typeof p === "string")) {
      throw new NextstatError("input", `group "${name}" is not a list of names or patterns`, {
        location: { file },
        hint: HINT,
      });
    }
    return [name, patterns];
  });
}

const HINT = 'groups are written {"name": ["parameter", "pattern*"]}';
