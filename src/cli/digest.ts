/**
 * `nextstat digest`.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { suggestName } from "../errors.ts";
import {
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  digestWorkspace,
  pythonJson,
} from "../formats/index.ts";
import { present } from "./present.ts";
import type { Run } from "./run.ts";
import { addWorkspaceOptions, loadWorkspace, type WorkspaceOptions } from "./workspace-command.ts";

interface DigestCommandOptions extends WorkspaceOptions {
  readonly algorithm?: readonly DigestAlgorithm[];
  readonly json?: boolean;
  readonly plaintext?: boolean;
}

export function define(command: Command, run: Run): void {
  run.outputOptions.add("json").add("plaintext");
  command
    .usage("[options] FILE")
    .description(
      "Prints the digest of a workspace, the same as pyhf's: it depends on the content and on how its numbers are " +
        "written (1 or 1.0), not on white space or the order of keys. Lists in another order: see sort.",
    )
    .optionsGroup("Digest:")
    .option(
      "-a, --algorithm <NAME>",
      `one of ${DIGEST_ALGORITHMS.join(", ")} (repeatable, default: sha256)`,
      collectAlgorithm,
    )
    .addOption(
      new Option("-j, --json", "an object with the digest of each algorithm").conflicts(
        "plaintext",
      ),
    )
    .option("-p, --plaintext", "a line ALGORITHM:DIGEST for each (default)");
  addWorkspaceOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat digest workspace.json
  nextstat digest workspace.json -a md5 -a sha256 --json
  nextstat sort workspace.json | nextstat digest -`,
    )
    .action(async (file: string | undefined, options: DigestCommandOptions) => {
      const { workspace, spellings } = await loadWorkspace(file, options, run);
      const algorithms = [...new Set(options.algorithm ?? ["sha256" as const])];
      const digests = Object.fromEntries(
        algorithms.map((name) => [name, digestWorkspace(workspace, name, spellings)]),
      );
      present(
        {
          json: () => `${pythonJson(digests, { indent: 4 })}\n`,
          text: () => algorithms.map((name) => `${name}:${digests[name]}\n`).join(""),
          warnings: [],
          metrics: () => ({ metrics: digests }),
        },
        { ...options, format: options.format ?? (options.json === true ? "json" : "text") },
        run,
      );
    });
}

function collectAlgorithm(
  value: string,
  previous: readonly DigestAlgorithm[] | undefined,
): readonly DigestAlgorithm[] {
  const algorithm = DIGEST_ALGORITHMS.find((known) => known === value);
  if (algorithm === undefined) {
    throw new InvalidArgumentError(suggestName(value, DIGEST_ALGORITHMS));
  }
  return [...(previous ?? []), algorithm];
}
