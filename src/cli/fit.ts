/**
 * `nextstat fit`.
 *
 * @module
 */

import { type Command, InvalidArgumentError } from "commander";
import { NextstatError } from "../errors.ts";
import { type FitOptions, type FitResult, fit, type Model } from "../index.ts";
import { fitText } from "../report/fit-text.ts";
import {
  addCommonOptions,
  type CommonOptions,
  collect,
  loadModel,
  parseNumber,
  present,
  recordJson,
  splitAssignment,
  splitNames,
} from "./common.ts";
import type { ExitCode } from "./exit.ts";
import { startProgress } from "./progress.ts";

interface FitCommandOptions extends CommonOptions {
  readonly fitRegions?: readonly string[];
  readonly validationRegions?: readonly string[];
  readonly asimov?: boolean;
  readonly fix?: Assignments<number>;
  readonly init?: Assignments<number>;
  readonly bounds?: Assignments<readonly [number, number]>;
  readonly minos?: readonly string[];
  readonly search: boolean;
  readonly covariance: boolean;
  readonly all?: boolean;
}

/** What a repeated `NAME=VALUE` option has collected. */
type Assignments<T> = readonly (readonly [name: string, value: T])[];

export function define(command: Command, finish: (exitCode: ExitCode) => void): void {
  command.optionsGroup("Fit:");
  command
    .usage("[options] FILE")
    .description(
      "Finds the parameters that maximise the likelihood, and proves it: gradient, curvature, active bounds and " +
        "a search for other minima. Uncertainties come from the exact Hessian.",
    )
    .option("--asimov", "fit the expectation at the starting values instead of the data")
    .option("--fit-regions <a,b>", "only these channels enter the likelihood", collect)
    .option("--validation-regions <c>", "these channels do not enter the likelihood", collect)
    .option("--fix <NAME=VALUE>", "hold a parameter (repeatable)", collectAssignment(parseNumber))
    .option("--init <NAME=VALUE>", "starting value (repeatable)", collectAssignment(parseNumber))
    .option("--bounds <NAME=LO,HI>", "allowed range (repeatable)", collectAssignment(parseRange))
    .option(
      "--minos <NAMES...>",
      "asymmetric intervals from the profile likelihood for these",
      collect,
    )
    .option("--no-search", "do not look for other minima")
    .option("--no-covariance", "minimum only, without uncertainties")
    .option("--all", "show every parameter in the text, however many there are");
  addCommonOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  nextstat fit workspace.json
  nextstat fit workspace.json --fix mu=0 --format json
  nextstat fit workspace.json --fit-regions SR,CR_top --validation-regions VR
  nextstat fit workspace.json --minos mu,jes -o fit.json
  nextstat fit workspace.json --asimov --bounds mu=-5,10 --interp-defaults pyhf

A fit that does not converge is a result: exit code 0, "converged": false and a warning.`,
    )
    .action((positional: string | undefined, options: FitCommandOptions) => {
      const { file, minos } = separateFile(positional, options);
      const { model, title } = loadModel(file, options);
      const progress = startProgress();
      let result: FitResult;
      try {
        const asked = fitOptions(model, options, minos);
        result = fit(model, { ...asked, onProgress: progress.report });
      } finally {
        progress.done();
      }
      const warnings = [...new Set([...model.warnings, ...result.warnings])];
      finish(
        present(
          {
            json: () => recordJson(fitRecord(result, warnings)),
            text: () =>
              fitText(model.resolved, result, {
                title,
                warnings,
                asimov: options.asimov === true,
                all: options.all === true,
              }),
            warnings,
          },
          options,
        ),
      );
    });
}

/** The JSON record: the result with the model's warnings too, and the alias other tools use. */
function fitRecord(result: FitResult, warnings: readonly string[]): object {
  return { ...result, warnings, nEvaluations: result.nFev };
}

/**
 * `--minos a b FILE` swallows FILE. As a workspace is always needed, the last word is it when
 * nothing else is.
 */
function separateFile(
  file: string | undefined,
  options: FitCommandOptions,
): { file: string | undefined; minos: readonly string[] } {
  const minos = options.minos ?? [];
  if (file !== undefined || options.input !== undefined || minos.length < 2) return { file, minos };
  return { file: minos.at(-1), minos: minos.slice(0, -1) };
}

function fitOptions(
  model: Model,
  options: FitCommandOptions,
  minos: readonly string[],
): FitOptions {
  const channels = model.workspace.channels.map((channel) => channel.name);
  const { fix, init, bounds, fitRegions, validationRegions } = options;
  return {
    asimov: options.asimov === true,
    search: options.search,
    covariance: options.covariance,
    ...(fix === undefined ? {} : { fixedParams: toRecord("--fix", fix) }),
    ...(init === undefined ? {} : { inits: toRecord("--init", init) }),
    ...(bounds === undefined ? {} : { bounds: toRecord("--bounds", bounds) }),
    ...(fitRegions === undefined ? {} : { fitRegions: splitNames(fitRegions, channels) }),
    ...(validationRegions === undefined
      ? {}
      : { validationRegions: splitNames(validationRegions, channels) }),
    ...(minos.length === 0 ? {} : { minos: splitNames(minos, model.paramNames()) }),
  };
}

function toRecord<T>(option: string, assignments: Assignments<T>): Readonly<Record<string, T>> {
  const names = assignments.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new NextstatError("usage", `${option} names "${twice}" twice`, { hint: "give it once" });
  }
  return Object.fromEntries(assignments);
}

function collectAssignment<T>(
  parse: (text: string) => T,
): (value: string, previous: Assignments<T> | undefined) => Assignments<T> {
  return (value, previous) => {
    const { name, text } = splitAssignment(value);
    return [...(previous ?? []), [name, parse(text)]];
  };
}

function parseRange(text: string): readonly [number, number] {
  const [lower = "", upper = "", ...rest] = text.split(",");
  if (rest.length > 0) throw new InvalidArgumentError("Expected LO,HI.");
  return [parseNumber(lower), parseNumber(upper)];
}
