/**
 * `nextstat patchset extract`, `apply`, `verify` and `inspect`.
 *
 * @module
 */

import { basename } from "node:path";
import type { Command } from "commander";
import {
  applySpelledPatch,
  checkPatched,
  digestMismatch,
  extractPatch,
  findPatch,
  type NumberSpellings,
  type PatchsetInput,
  pythonJson,
  readPatchset,
  readSpellings,
  readWorkspace,
} from "../formats/index.ts";
import { formatJson } from "../report/json.ts";
import { patchsetText, patchText, verifiedText } from "../report/patchset-text.ts";
import type { NamedWorkspace } from "../workspace/join.ts";
import { addOutputOptions, type OutputOptions } from "./common.ts";
import { openInput, requireOneStdin } from "./inputs.ts";
import { mismatchWarnings, NO_VERIFY } from "./patchset-digests.ts";
import { present } from "./present.ts";
import type { Run } from "./run.ts";
import { presentWorkspace } from "./workspace-command.ts";

interface ChoiceOptions extends OutputOptions {
  readonly name?: string;
}

interface ExtractOptions extends ChoiceOptions {
  readonly withMetadata?: boolean;
}

interface ApplyOptions extends ChoiceOptions {
  readonly verify: boolean;
}

export function define(command: Command, run: Run): void {
  command
    .usage("<command> [options] FILE ...")
    .description(
      "Works with pyhf patchsets: many JSON Patches (the signals) for one background-only workspace. Upper limits of " +
        "all of them: mass-scan.",
    )
    .helpCommand("help [command]", "show the help of a command");
  defineExtract(command.command("extract"), run);
  defineApply(command.command("apply"), run);
  defineVerify(command.command("verify"), run);
  defineInspect(command.command("inspect"), run);
}

const PATCHSET = [
  "<PATCHSET>",
  "pyhf patchset (JSON, may be gzipped); - reads standard input",
] as const;
const BACKGROUND = ["<BACKGROUND>", "the background-only workspace it is for; or -"] as const;
const NAME = ["--name <NAME>", "name of the patch; not needed when there is only one"] as const;

function defineExtract(command: Command, run: Run): void {
  command
    .summary("one patch of a patchset as a JSON Patch")
    .description("Prints one patch of a patchset as a JSON Patch, the same as pyhf.")
    .argument(...PATCHSET)
    .optionsGroup("Patch:")
    .option(...NAME)
    .option("--with-metadata", "an object with the patch, and the metadata of patch and set");
  addOutputOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat patchset extract patchset.json --name m500 -o m500.json
  nextstat patchset extract patchset.json --name m500 | nextstat fit background.json --patch -`,
    )
    .action((file: string, options: ExtractOptions) => {
      const spellings: NumberSpellings = new WeakMap();
      const { patchset, title } = openPatchset(file, options, run, spellings);
      const patch = findPatch(patchset, options.name);
      const withMetadata = options.withMetadata === true;
      present(
        {
          json: () => {
            const extracted = extractPatch(patchset, patch, withMetadata, spellings);
            return `${pythonJson(extracted, { indent: 4, spellings })}\n`;
          },
          text: () => patchText(patchset, patch, title),
          warnings: [],
          metrics: () => ({ metrics: { n_operations: patch.patch.length } }),
        },
        options,
        run,
      );
    });
}

function defineApply(command: Command, run: Run): void {
  command
    .summary("the background-only workspace with one patch applied")
    .description(
      "Checks the digests of the patchset against the background-only workspace, applies one patch to it and prints " +
        "the workspace, the same as pyhf.",
    )
    .argument(...BACKGROUND)
    .argument(...PATCHSET)
    .optionsGroup("Patch:")
    .option(...NAME)
    .option(...NO_VERIFY);
  addOutputOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat patchset apply background.json patchset.json --name m500 -o m500.json
  nextstat patchset apply background.json patchset.json --name m500 | nextstat upper-limit -`,
    )
    .action((backgroundFile: string, file: string, options: ApplyOptions) => {
      requireOneStdin([backgroundFile, file]);
      const spellings: NumberSpellings = new WeakMap();
      const { workspace: background } = openBackground(backgroundFile, options, run, spellings);
      const { patchset, place } = openPatchset(file, options, run, spellings);
      const mismatch = digestMismatch(patchset, background, spellings);
      const warnings = mismatchWarnings(mismatch, place, options.verify);
      const patch = findPatch(patchset, options.name);
      const document = applySpelledPatch(patchset, patch, background, place, spellings);
      const checked = checkPatched(document, `${file}#${patch.name}`);
      run.loadedAt = performance.now();
      const outcome = { ...checked, warnings: [...warnings, ...checked.warnings] };
      presentWorkspace(outcome, `the workspace of ${patch.name}`, spellings, options, run);
    });
}

function defineVerify(command: Command, run: Run): void {
  command
    .summary("whether a patchset is for a background-only workspace")
    .description(
      "Compares the digests that a patchset names with those of a background-only workspace: exit code 2 when they " +
        "differ.",
    )
    .argument(...BACKGROUND)
    .argument(...PATCHSET);
  addOutputOptions(command)
    .addHelpText(
      "after",
      `
Example:
  nextstat patchset verify background.json patchset.json`,
    )
    .action((backgroundFile: string, file: string, options: OutputOptions) => {
      requireOneStdin([backgroundFile, file]);
      const spellings: NumberSpellings = new WeakMap();
      const { name, workspace } = openBackground(backgroundFile, options, run, spellings);
      const { patchset, place, title } = openPatchset(file, options, run, spellings);
      mismatchWarnings(digestMismatch(patchset, workspace, spellings), place, true);
      const { digests } = patchset;
      present(
        {
          json: () => formatJson({ verified: true, digests }, { dictionaries: ["digests"] }),
          text: () => verifiedText(digests, { background: name, patchset: title }),
          warnings: [],
          metrics: () => ({ metrics: { ...digests } }),
        },
        options,
        run,
      );
    });
}

function defineInspect(command: Command, run: Run): void {
  command
    .summary("what is in a patchset")
    .description("Lists the patches of a patchset, with what the set says of itself.")
    .argument(...PATCHSET);
  addOutputOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat patchset inspect patchset.json
  nextstat patchset inspect patchset.json --format text`,
    )
    .action((file: string, options: OutputOptions) => {
      const { patchset, title } = openPatchset(file, options, run);
      const { version, description, references, digests, labels, patches } = patchset;
      present(
        {
          json: () =>
            formatJson(
              {
                version,
                description,
                references,
                digests,
                labels,
                nPatches: patches.length,
                patches: patches.map(({ name, values, patch }) => ({
                  name,
                  values,
                  nOperations: patch.length,
                })),
              },
              { dictionaries: ["digests", "references"] },
            ),
          text: () => patchsetText(patchset, title),
          warnings: [],
          metrics: () => ({ metrics: { n_patches: patches.length, n_labels: labels.length } }),
        },
        options,
        run,
      );
    });
}

/** Reads the background-only workspace, which must be pyhf's: patches are for nothing else. */
function openBackground(
  path: string,
  options: OutputOptions,
  run: Run,
  spellings: NumberSpellings,
): NamedWorkspace {
  const { text, file } = openInput(path, options, run);
  const { workspace } = readWorkspace(text, { file });
  readSpellings(text, workspace, spellings);
  return { name: path === "-" ? "standard input" : basename(path), workspace };
}

/** Reads the patchset, and says what to call it. */
function openPatchset(
  path: string,
  options: OutputOptions,
  run: Run,
  spellings?: NumberSpellings,
): PatchsetInput & { readonly title: string } {
  const input = readPatchset(openInput(path, options, run), spellings);
  return { ...input, title: path === "-" ? "standard input" : basename(path) };
}
