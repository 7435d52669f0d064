/**
 * `nextstat preprocess smooth`, `prune` and `symmetrise`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { NextstatError } from "../errors.ts";
import { keepSpellings } from "../formats/index.ts";
import { writeOutput } from "../node/read-input.ts";
import { changeSummary, pruneSummary } from "../report/preprocess-text.ts";
import { modifierUses, sampleNames } from "../workspace/names.ts";
import type { Preprocessed, VariationSelection } from "../workspace/preprocess/changes.ts";
import {
  DEFAULT_THRESHOLD,
  PRUNE_MODES,
  type PruneMode,
  pruneVariations,
} from "../workspace/preprocess/prune.ts";
import {
  SMOOTH_METHODS,
  type SmoothMethod,
  smoothHistosys,
} from "../workspace/preprocess/smooth.ts";
import {
  NEGATIVE_POLICIES,
  type NegativePolicy,
  SYMMETRISE_METHODS,
  type SymmetriseMethod,
  symmetriseVariations,
} from "../workspace/preprocess/symmetrise.ts";
import type { Workspace } from "../workspace/types.ts";
import { checkOutputs } from "./common.ts";
import { refuseOverwriting } from "./inputs.ts";
import { log } from "./log.ts";
import { recordJson } from "./present.ts";
import type { Run } from "./run.ts";
import { collect, parseNumber, splitNames } from "./values.ts";
import {
  addWorkspaceOptions,
  type LoadedWorkspace,
  loadWorkspace,
  presentWorkspace,
  type WorkspaceOptions,
} from "./workspace-command.ts";

/** Options of every sub-command as commander hands them over. */
interface PreprocessOptions extends WorkspaceOptions {
  readonly report?: string;
  readonly channel?: readonly string[];
  readonly sample?: readonly string[];
  readonly modifier?: readonly string[];
}

interface SmoothCommandOptions extends PreprocessOptions {
  readonly method: SmoothMethod;
  readonly sigma?: number;
  readonly maxVariation?: number;
  readonly capOriginal?: boolean;
}

interface PruneCommandOptions extends PreprocessOptions {
  readonly threshold: number;
  readonly mode: PruneMode;
}

interface SymmetriseCommandOptions extends PreprocessOptions {
  readonly method: SymmetriseMethod;
  readonly policy: NegativePolicy;
}

export function define(command: Command, run: Run): void {
  run.outputOptions.add("report");
  command
    .usage("<command> [options] FILE")
    .description(
      "Changes the systematic variations of a workspace. The result is a workspace again; what changed goes to --report.",
    )
    .helpCommand("help [command]", "show the help of a command");
  defineSmooth(command.command("smooth"), run);
  definePrune(command.command("prune"), run);
  defineSymmetrise(command.command("symmetrise"), run);
}

function defineSmooth(command: Command, run: Run): void {
  command
    .summary("smooth the templates of histosys")
    .description(
      "Smooths both sides of every histosys: the ratio to the nominal is smoothed, and the side keeps its integral.",
    )
    .optionsGroup("Smoothing:")
    .addOption(
      new Option("--method <METHOD>", "353QH applied twice, or means with Gaussian weights")
        .choices(SMOOTH_METHODS)
        .default("353qh"),
    )
    .option("--sigma <BINS>", "width of the Gaussian (default: 1.5)", parseNumber)
    .option("--max-variation <X>", "no bin may vary by more than X of its nominal", parseNumber)
    .option("--cap-original", "no bin may vary by more than the most varied one did before");
  addPreprocessOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat preprocess smooth workspace.json -o smooth.json
  nextstat preprocess smooth workspace.json -o smooth.json --modifier jes --report changes.json
  nextstat preprocess smooth workspace.json -o smooth.json --method gaussian --sigma 2

Caps come last: they can change the integral.`,
    )
    .action(async (file: string | undefined, options: SmoothCommandOptions) => {
      const loaded = await load(file, options, run);
      const { method, sigma, maxVariation, capOriginal = false } = options;
      const result = smoothHistosys(loaded.workspace, {
        ...selection(loaded.workspace, options),
        method,
        capOriginal,
        ...(sigma === undefined ? {} : { sigma }),
        ...(maxVariation === undefined ? {} : { maxVariation }),
      });
      const how = method === "353qh" ? "353QH, twice" : "Gaussian kernel";
      finish(loaded, options, run, result, {
        title: "the smoothed workspace",
        summary: changeSummary(result, { done: "smoothed", what: "histosys", how }),
        record: { method, sigma, maxVariation, capOriginal, changes: result.changes },
      });
    });
}

function definePrune(command: Command, run: Run): void {
  command
    .summary("remove variations that do next to nothing")
    .description(
      "Removes each histosys and normsys of a sample whose effect is below the threshold on both sides, and the " +
        "settings of parameters that no modifier is left of.",
    )
    .optionsGroup("Pruning:")
    .addOption(
      new Option("--threshold <X>", "relative effect, e.g. 0.005 for 0.5 %")
        .argParser(parseNumber)
        .default(DEFAULT_THRESHOLD),
    )
    .addOption(
      new Option(
        "--mode <MODE>",
        "the effect: largest change of a bin, change of the integral, or largest change of a bin without it",
      )
        .choices(PRUNE_MODES)
        .default("overall"),
    );
  addPreprocessOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat preprocess prune workspace.json -o pruned.json
  nextstat preprocess prune workspace.json -o pruned.json --threshold 0.01 --report removed.json`,
    )
    .action(async (file: string | undefined, options: PruneCommandOptions) => {
      const loaded = await load(file, options, run);
      const { threshold, mode } = options;
      const restriction = selection(loaded.workspace, options);
      const result = pruneVariations(loaded.workspace, { ...restriction, threshold, mode });
      const { changes: removed, removedParameters } = result;
      finish(loaded, options, run, result, {
        title: "the pruned workspace",
        summary: pruneSummary(result, threshold, mode),
        record: { threshold, mode, removed, removedParameters },
      });
    });
}

function defineSymmetrise(command: Command, run: Run): void {
  command
    .summary("make both sides of variations mirror images")
    .description(
      "Makes the hi and lo sides of every histosys and normsys mirror images about the nominal.",
    )
    .optionsGroup("Symmetrising:")
    .addOption(
      new Option(
        "--method <METHOD>",
        "mirror hi (lo where hi is the nominal), half the difference, mean size, or the larger side",
      )
        .choices(SYMMETRISE_METHODS)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--policy <POLICY>", "where a value would be negative: refuse, or put 0")
        .choices(NEGATIVE_POLICIES)
        .default("error"),
    );
  addPreprocessOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat preprocess symmetrise workspace.json -o symmetric.json --method twosided
  nextstat preprocess symmetrise workspace.json -o out.json --method onesided --modifier jer`,
    )
    .action(async (file: string | undefined, options: SymmetriseCommandOptions) => {
      const loaded = await load(file, options, run);
      const { method, policy } = options;
      const restriction = selection(loaded.workspace, options);
      const result = withFile(file ?? options.input, () =>
        symmetriseVariations(loaded.workspace, { ...restriction, method, policy }),
      );
      const what = "histosys and normsys";
      finish(loaded, options, run, result, {
        title: "the symmetrised workspace",
        summary: changeSummary(result, { done: "symmetrised", what, how: method }),
        record: { method, policy, changes: result.changes },
      });
    });
}

/** The options that the sub-commands share. */
function addPreprocessOptions(command: Command): Command {
  command
    .usage("[options] FILE")
    .optionsGroup("Restriction (repeatable):")
    .option("--channel <NAME>", "only in this channel", collect)
    .option("--sample <NAME>", "only on this sample", collect)
    .option("--modifier <NAME>", "only this modifier", collect);
  return addWorkspaceOptions(command)
    .optionsGroup("Output:")
    .option("--report <FILE>", "write what changed to FILE, as JSON; - is standard output")
    .hook("preAction", () => checkReport(command.opts<PreprocessOptions>()));
}

/** What cannot be written is refused before anything is read. */
function checkReport({ report, output, jsonMetrics, bundle }: PreprocessOptions): void {
  if (report === undefined) return;
  if (report === "-") {
    if (output !== undefined && output !== "-" && jsonMetrics !== "-") return;
    throw new NextstatError("usage", "the report cannot share standard output", {
      hint: "write the workspace to a file with -o FILE, or the report with --report FILE",
    });
  }
  checkOutputs({ "--report": report, "--output": output, "--json-metrics": jsonMetrics }, bundle);
}

async function load(
  file: string | undefined,
  options: PreprocessOptions,
  run: Run,
): Promise<LoadedWorkspace> {
  const input = file ?? options.input;
  if (input !== undefined) refuseOverwriting(input, "--report", options.report);
  return loadWorkspace(file, options, run);
}

/** Adds the input's name to an error about its content. */
function withFile<T>(file: string | undefined, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof NextstatError) || error.kind !== "input" || file === undefined) {
      throw error;
    }
    throw error.at({ file });
  }
}

function selection(workspace: Workspace, options: PreprocessOptions): VariationSelection {
  const names = (given: readonly string[] | undefined, known: Iterable<string>) =>
    given === undefined ? undefined : splitNames(given, [...known]);
  const channels = names(
    options.channel,
    workspace.channels.map((channel) => channel.name),
  );
  const samples = names(options.sample, sampleNames(workspace));
  const modifiers = names(options.modifier, modifierUses(workspace).keys());
  return {
    ...(channels === undefined ? {} : { channels }),
    ...(samples === undefined ? {} : { samples }),
    ...(modifiers === undefined ? {} : { modifiers }),
  };
}

/** Writes the report, says on standard error what was done, and presents the workspace. */
function finish(
  loaded: LoadedWorkspace,
  options: PreprocessOptions,
  run: Run,
  result: Preprocessed<unknown>,
  output: {
    readonly title: string;
    readonly summary: readonly string[];
    /** What the report says besides the input, the restriction and the warnings. */
    readonly record: object;
  },
): void {
  const { nConsidered, warnings } = result;
  const record = {
    command: run.command,
    input: loaded.name,
    restriction: selection(loaded.workspace, options),
    nConsidered,
    ...output.record,
    warnings,
  };
  if (options.report === "-") process.stdout.write(recordJson(record));
  else if (options.report !== undefined) writeOutput(options.report, recordJson(record));
  for (const line of output.summary) log(options.logLevel, "warn", line);
  keepSpellings(loaded.workspace, result.workspace, loaded.spellings);
  presentWorkspace(result, output.title, loaded.spellings, options, run);
}
