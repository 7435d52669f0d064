/**
 * `nextstat rerun`.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { type Command, InvalidArgumentError, Option } from "commander";
import { NextstatError } from "../errors.ts";
import { compareResults, type ResultDifference } from "../report/compare.ts";
import { formatJson } from "../report/json.ts";
import { counted, printable } from "../report/text.ts";
import { type BundleManifest, readBundle, readBundleJson } from "./bundle.ts";
import { EXIT } from "./exit.ts";
import type { Run } from "./run.ts";
import { parseNumber } from "./values.ts";

interface RerunOptions {
  readonly tolerance: number;
  readonly format?: "text" | "json";
}

/** Differences that the text lists. */
const SHOWN = 40;

export function define(command: Command, run: Run): void {
  command
    .usage("[options] DIR")
    .description(
      "Checks that the files of a bundle (--bundle DIR of any command) are what they were, runs its command again on " +
        "its inputs and compares the results; times are not compared.",
    )
    .argument("<DIR>", "folder written by --bundle")
    .optionsGroup("Output:")
    .option(
      "--tolerance <X>",
      "relative difference up to which numbers count as equal, for a bundle of another version; the effort of the minimiser is then not compared",
      parseTolerance,
      0,
    )
    .addOption(
      new Option("--format <FORMAT>", "default: text on a terminal, json otherwise").choices([
        "text",
        "json",
      ]),
    )
    .helpOption("-h, --help", "show this help")
    .addHelpText(
      "after",
      `
Examples:
  nextstat fit workspace.json --bundle fit-2024
  nextstat rerun fit-2024
  nextstat rerun fit-2024 --tolerance 1e-6 --format json

Exit codes: 0 the results are identical (or equal within --tolerance), 1 they differ, 2 the bundle is
damaged or its command fails.`,
    )
    .action((folder: string, options: RerunOptions) => {
      const manifest = readBundle(folder);
      const before = readBundleJson(folder, "result.json");
      const after = runAgain(folder, manifest);
      const differences = compareResults(before, after, options.tolerance);
      const record: RerunRecord = {
        command: manifest.command,
        identical: differences.length === 0,
        tolerance: options.tolerance,
        versions: { bundle: manifest.versions.nextstat, here: run.version },
        differences,
      };
      const terminal = process.stdout.isTTY === true;
      const asText = (options.format ?? (terminal ? "text" : "json")) === "text";
      process.stdout.write(asText ? rerunText(folder, record) : formatJson(record));
      run.finish(record.identical ? EXIT.ok : EXIT.different);
    });
}

interface RerunRecord {
  readonly command: string;
  readonly identical: boolean;
  readonly tolerance: number;
  readonly versions: { readonly bundle: string; readonly here: string };
  readonly differences: readonly ResultDifference[];
}

function parseTolerance(text: string): number {
  const tolerance = parseNumber(text);
  if (tolerance < 0 || tolerance >= 1) throw new InvalidArgumentError("Expected 0 <= X < 1.");
  return tolerance;
}

/** The result of the bundle's command, run in a process of its own in the folder of the bundle. */
function runAgain(folder: string, manifest: BundleManifest): unknown {
  const command = manifest.command.split(" ");
  const { error, status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [
      ...process.execArgv,
      process.argv[1] as string,
      ...command,
      "--format=json",
      "--log-level=error",
      ...manifest.argv.slice(command.length),
    ],
    {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: Number.POSITIVE_INFINITY,
    },
  );
  if (error !== undefined) throw error;
  const fail = (reason: string): NextstatError =>
    new NextstatError("input", `the command of the bundle fails: ${reason}`, {
      location: { file: folder },
    });
  if (status !== EXIT.ok && status !== EXIT.strict) {
    const reason = stderr.trim().replace(/^nextstat: /, "");
    throw fail(reason === "" ? `ended by ${signal ?? status}` : reason);
  }
  try {
    return JSON.parse(stdout);
  } catch {
    throw fail("it prints no JSON");
  }
}

function rerunText(folder: string, record: RerunRecord): string {
  const { command, differences, tolerance, versions } = record;
  const ways =
    versions.bundle === versions.here ? versions.here : `${versions.bundle}, now ${versions.here}`;
  const title = `${command} of ${printable(folder)} (nextstat ${ways})`;
  if (differences.length === 0) {
    return `${title}: ${tolerance === 0 ? "identical" : `equal within ${tolerance}`}\n`;
  }
  const lines = differences.slice(0, SHOWN).map(({ path, before, after, relativeDifference }) => {
    const relative =
      relativeDifference === null ? "" : `  (relative ${relativeDifference.toExponential(1)})`;
    return `  ${printable(path)}: ${written(before)} -> ${written(after)}${relative}`;
  });
  const more = differences.length - lines.length;
  if (more > 0) lines.push(`  ... and ${more} more (--format json has all)`);
  return `${title}: ${counted(differences.length, "difference")}\n${lines.join("\n")}\n`;
}

/** A value as short JSON. */
function written(value: unknown): string {
  if (value === undefined) return "absent";
  const text = printable(JSON.stringify(value));
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
