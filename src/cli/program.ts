/**
 * The commands and how they end. A command's module is loaded only when it is the one asked for.
 *
 * @module
 */

import { Command, CommanderError, type Option } from "commander";
import { NextstatError, suggestName } from "../errors.ts";
import { describeFailure, EXIT, type ExitCode } from "./exit.ts";
import { type CampaignPart, createRun, type Run, recordOptions } from "./run.ts";

/** What the module of a command offers. */
interface CommandModule {
  /**
   * Gives the command its options, help and action.
   *
   * @param run what the action needs to know, and ends with its exit code
   */
  define(command: Command, run: Run): void;
}

interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  audit: {
    summary: "what a workspace contains, and what in it deserves a second look",
    load: () => import("./audit.ts"),
  },
  fit: {
    summary: "maximum-likelihood fit with a certified minimum",
    load: () => import("./fit.ts"),
  },
  hypotest: {
    summary: "CLs of one signal strength, observed and expected",
    load: () => import("./hypotest.ts"),
  },
  "hypotest-toys": {
    summary: "CLs of one signal strength from toys",
    load: () => import("./hypotest-toys.ts"),
  },
  toys: {
    summary: "fits to pseudo-experiments: pulls and coverage of every parameter",
    load: () => import("./toys.ts"),
  },
  coverage: {
    summary: "how often the interval of the parameter of interest has the true value in it",
    load: () => import("./coverage.ts"),
  },
  significance: {
    summary: "discovery significance, observed and expected",
    load: () => import("./significance.ts"),
  },
  scan: {
    summary: "profile likelihood along one parameter, with 68 % and 95 % intervals",
    load: () => import("./scan.ts"),
  },
  scan2d: {
    summary: "profile likelihood over two parameters, with contours",
    load: () => import("./scan2d.ts"),
  },
  "goodness-of-fit": {
    summary: "the best fit against the saturated model",
    load: () => import("./goodness-of-fit.ts"),
  },
  "upper-limit": {
    summary: "upper limit by CLs, observed and expected (Brazil band)",
    load: () => import("./upper-limit.ts"),
  },
  "feldman-cousins": {
    summary: "confidence intervals by the unified approach, from toys",
    load: () => import("./feldman-cousins.ts"),
  },
  "mass-scan": {
    summary: "upper limits of many workspaces, one per mass point",
    load: () => import("./mass-scan.ts"),
  },
  ranking: {
    summary: "impact of each nuisance parameter, by three definitions",
    load: () => import("./ranking.ts"),
  },
  impacts: {
    summary: "uncertainty by groups of parameters, statistical and systematic",
    load: () => import("./impacts.ts"),
  },
  correlation: {
    summary: "correlation matrix of the parameters",
    load: () => import("./correlation.ts"),
  },
  viz: {
    summary: "results as JSON made to be plotted",
    load: () => import("./viz.ts"),
  },
  convert: {
    summary: "a workspace in another format: pyhf JSON, HS3, HistFactory",
    load: () => import("./convert.ts"),
  },
  build: {
    summary:
      "a workspace from events or histograms, as a configuration of cabinetry or TRExFitter says",
    load: () => import("./build.ts"),
  },
  import: {
    summary: "a workspace from another program's files: ROOT's HistFactory, cabinetry, TRExFitter",
    load: () => import("./import.ts"),
  },
  export: {
    summary: "another program's files: ROOT's HistFactory, Snakemake's for a campaign",
    load: () => import("./export.ts"),
  },
  combine: {
    summary: "several workspaces as one",
    load: () => import("./combine.ts"),
  },
  prune: {
    summary: "a workspace without some of its parts",
    load: () => import("./prune.ts"),
  },
  rename: {
    summary: "a workspace with other names",
    load: () => import("./rename.ts"),
  },
  sort: {
    summary: "a workspace in order of names",
    load: () => import("./sort.ts"),
  },
  digest: {
    summary: "the digest of a workspace, the same as pyhf's",
    load: () => import("./digest.ts"),
  },
  inspect: {
    summary: "channels, samples, parameters and measurements as lists",
    load: () => import("./inspect.ts"),
  },
  patchset: {
    summary: "patches of a pyhf patchset: extract, apply, verify, inspect",
    load: () => import("./patchset.ts"),
  },
  download: {
    summary: "the archive of a published likelihood, unpacked",
    load: () => import("./download.ts"),
  },
  preprocess: {
    summary: "smooth, prune and symmetrise systematic variations",
    load: () => import("./preprocess.ts"),
  },
  plan: {
    summary: "a campaign: a procedure cut into tasks for many processes or machines",
    load: () => import("./plan.ts"),
  },
  submit: {
    summary: "have the tasks of a campaign that are missing run here, by Slurm or HTCondor",
    load: () => import("./submit.ts"),
  },
  status: {
    summary: "how much of a campaign is done",
    load: () => import("./status.ts"),
  },
  collect: {
    summary: "the result of a campaign",
    load: () => import("./collect.ts"),
  },
  cancel: {
    summary: "take the jobs of a campaign back",
    load: () => import("./cancel.ts"),
  },
  "run-task": {
    summary: "tasks of a campaign; what jobs run",
    load: () => import("./run-task.ts"),
  },
  parity: {
    summary: "the same models with ROOT: likelihoods, fits and profiles compared",
    load: () => import("./parity.ts"),
  },
  rerun: {
    summary: "run the command of a bundle again and compare the results",
    load: () => import("./rerun.ts"),
  },
};

/** Help is laid out for terminals of this width, and narrower ones. */
const HELP_COLUMNS = 100;

/** Runs the command line and returns the exit code; never throws. */
export async function run(args: readonly string[], version: string): Promise<ExitCode> {
  watchStreams();
  const asked = args[0] === "help" ? args[1] : args.find((arg) => !arg.startsWith("-"));
  const entry = asked !== undefined && Object.hasOwn(COMMANDS, asked) ? asked : undefined;
  let exitCode: ExitCode = EXIT.ok;
  let running = entry;
  let words = [...args];
  let debug = process.env.NEXTSTAT_DEBUG === "1";
  try {
    if (args[0] === "help" && asked !== undefined && entry === undefined) {
      throw new NextstatError("usage", `unknown command "${asked}"`, {
        hint: suggestName(asked, Object.keys(COMMANDS)),
      });
    }
    const finish = (code: ExitCode): void => {
      exitCode = code;
    };
    const { program, command } = await defineCommand(entry, { version, campaign: null, finish });
    command?.hook("preAction", (_, action) => {
      debug ||= action.opts().logLevel === "debug";
    });
    const sub = command === undefined ? undefined : subCommandAsked(command, args);
    if (sub !== undefined) {
      running = `${entry} ${sub}`;
      if (args[0] === "help") words = [entry as string, sub, "--help"];
    }
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    const failure = describeFailure(error, running);
    if (failure.line !== "") process.stderr.write(`${failure.line}\n`);
    if (failure.exitCode === EXIT.internal && debug) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    }
    return failure.exitCode;
  }
}

/** The program with all commands, of which one has its options. */
async function defineCommand(
  entry: string | undefined,
  rest: Pick<Run, "version" | "campaign" | "finish">,
): Promise<{ readonly program: Command; readonly command: Command | undefined }> {
  const program = createProgram(rest.version);
  let defined: Command | undefined;
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).summary(summary);
    if (name !== entry) continue;
    const run = createRun(command, {
      ...rest,
      execute: (words, campaign) => execute(words, rest.version, campaign),
      describe: (words) => describe(words, rest.version),
    });
    (await load()).define(command, run);
    recordOptions(command, run);
    defined = command;
  }
  return { program, command: defined };
}

/** Runs a procedure command as a part of a campaign. */
async function execute(
  words: readonly string[],
  version: string,
  campaign: CampaignPart,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const finish = (code: ExitCode): void => {
    exitCode = code;
  };
  const [name = ""] = words;
  if ((await describe(words, version)) === undefined) {
    throw new NextstatError("usage", `"${name}" is no command that can be a campaign`, {
      hint: "campaigns are made of procedures: nextstat plan --help lists them",
    });
  }
  const { program } = await defineCommand(name, { version, campaign, finish });
  try {
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode === 0) throw error;
    const problem = error.message.replace(/^error: |\.$/g, "");
    throw new NextstatError("usage", problem, { hint: `see nextstat ${name} --help` });
  }
  return exitCode;
}

/** The options of a procedure command, which are the commands with `--resume`. */
async function describe(
  words: readonly string[],
  version: string,
): Promise<readonly Option[] | undefined> {
  const [name = "", below] = words;
  if (!Object.hasOwn(COMMANDS, name)) return undefined;
  const { command } = await defineCommand(name, { version, campaign: null, finish: () => {} });
  const options = (command?.commands.find((sub) => sub.name() === below) ?? command)?.options;
  return options?.some(({ long }) => long === "--resume") ? options : undefined;
}

/**
 * The sub-command that the words after the command name, if it has any and one is named.
 *
 * @throws NextstatError `usage` for a word that is none of them
 */
function subCommandAsked(command: Command, args: readonly string[]): string | undefined {
  const names = command.commands.map((sub) => sub.name());
  const asked = args.filter((arg) => !arg.startsWith("-") && arg !== "help")[1];
  if (names.length === 0 || asked === undefined) return undefined;
  if (names.includes(asked)) return asked;
  throw new NextstatError("usage", `unknown command "${command.name()} ${asked}"`, {
    hint: suggestName(asked, names),
  });
}

function createProgram(version: string): Command {
  const width = (stream: NodeJS.WriteStream): number =>
    Math.min(stream.columns ?? HELP_COLUMNS, HELP_COLUMNS);
  return new Command("nextstat")
    .description("Statistical inference for binned likelihoods of particle physics (HistFactory).")
    .usage("<command> [options] FILE")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .exitOverride()
    .configureOutput({
      outputError: () => {},
      getOutHelpWidth: () => width(process.stdout),
      getErrHelpWidth: () => width(process.stderr),
    })
    .showSuggestionAfterError()
    .addHelpText(
      "after",
      `
Examples:
  nextstat audit workspace.json              what is in it, and what looks odd
  nextstat fit workspace.json                table on a terminal, JSON in a pipe
  nextstat fit workspace.json -o fit.json    JSON in a file
  nextstat fit --help                        options and examples of one command

Exit codes: 0 done, 1 no number can be computed, 2 bad usage or input, 3 warnings with --strict,
70 a bug in nextstat, 130 interrupted. rerun: 1 the results differ. parity: 2 also when they differ, 3 without ROOT.`,
    );
}

/**
 * A reader that went away (`nextstat fit ... | head`) is not an error; a full disk is. A terminal that went away is no reason
 * to lose what is being computed.
 */
function watchStreams(): void {
  process.stderr.on("error", () => {
    // Nobody reads what is said.
  });
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    process.stderr.write(`nextstat: cannot write to standard output: ${error.message}\n`);
    process.exit(EXIT.usage);
  });
}
