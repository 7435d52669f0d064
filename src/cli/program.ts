/**
 * The commands and how they end. A command's module is loaded only when it is the one asked for.
 *
 * @module
 */

import { Command } from "commander";
import { NextstatError, suggestName } from "../errors.ts";
import { describeFailure, EXIT, type ExitCode } from "./exit.ts";

/** What the module of a command offers. */
interface CommandModule {
  /**
   * Gives the command its options, help and action.
   *
   * @param finish called by the action with the exit code, when the result is printed
   */
  define(command: Command, finish: (exitCode: ExitCode) => void): void;
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
};

/** Help is laid out for terminals of this width, and narrower ones. */
const HELP_COLUMNS = 100;

/** Runs the command line and returns the exit code; never throws. */
export async function run(args: readonly string[], version: string): Promise<ExitCode> {
  watchStdout();
  const asked = args[0] === "help" ? args[1] : args.find((arg) => !arg.startsWith("-"));
  const entry = asked !== undefined && Object.hasOwn(COMMANDS, asked) ? asked : undefined;
  let exitCode: ExitCode = EXIT.ok;
  try {
    if (args[0] === "help" && asked !== undefined && entry === undefined) {
      throw new NextstatError("usage", `unknown command "${asked}"`, {
        hint: suggestName(asked, Object.keys(COMMANDS)),
      });
    }
    const program = createProgram(version);
    for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
      const command = program.command(name).summary(summary);
      if (name !== entry) continue;
      (await load()).define(command, (code) => {
        exitCode = code;
      });
    }
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    const failure = describeFailure(error, entry);
    if (failure.line !== "") process.stderr.write(`${failure.line}\n`);
    if (failure.exitCode === EXIT.internal && process.env.NEXTSTAT_DEBUG === "1") {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    }
    return failure.exitCode;
  }
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
70 a bug in nextstat.`,
    );
}

/** A reader that went away (`nextstat fit ... | head`) is not an error; a full disk is. */
function watchStdout(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    process.stderr.write(`nextstat: cannot write to standard output: ${error.message}\n`);
    process.exit(EXIT.usage);
  });
}
