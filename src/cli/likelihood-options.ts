/**
 * The options that say which likelihood is meant: data, regions, parameters held, starting values and bounds. Every command
 * that fits a model has them.
 *
 * @module
 */

import { type Command, InvalidArgumentError } from "commander";
import { NextstatError } from "../errors.ts";
import type { FitOptions, Model } from "../index.ts";
import { collect, parseNumber, splitAssignment, splitNames } from "./values.ts";

/** As commander hands them over. */
export interface LikelihoodOptions {
  readonly asimov?: boolean;
  readonly fitRegions?: readonly string[];
  readonly validationRegions?: readonly string[];
  readonly fix?: Assignments<number>;
  readonly init?: Assignments<number>;
  readonly bounds?: Assignments<readonly [number, number]>;
  readonly search: boolean;
}

/** What a repeated `NAME=VALUE` option has collected. */
type Assignments<T> = readonly (readonly [name: string, value: T])[];

/** Adds the options to the group that is open. */
export function addLikelihoodOptions(command: Command): Command {
  return command
    .option("--asimov", "use the expectation at the starting values instead of the data")
    .option("--fit-regions <a,b>", "only these channels enter the likelihood", collect)
    .option("--validation-regions <c>", "these channels do not enter the likelihood", collect)
    .option("--fix <NAME=VALUE>", "hold a parameter (repeatable)", collectAssignment(parseNumber))
    .option("--init <NAME=VALUE>", "starting value (repeatable)", collectAssignment(parseNumber))
    .option("--bounds <NAME=LO,HI>", "allowed range (repeatable)", collectAssignment(parseRange))
    .option("--no-search", "do not look for other minima");
}

/** The options as the library wants them. */
export function likelihoodOptions(
  model: Model,
  options: LikelihoodOptions,
): Pick<
  FitOptions,
  "asimov" | "search" | "fixedParams" | "inits" | "bounds" | "fitRegions" | "validationRegions"
> {
  const channels = model.workspace.channels.map((channel) => channel.name);
  const { fix, init, bounds, fitRegions, validationRegions } = options;
  return {
    asimov: options.asimov === true,
    search: options.search,
    ...(fix === undefined ? {} : { fixedParams: toRecord("--fix", fix) }),
    ...(init === undefined ? {} : { inits: toRecord("--init", init) }),
    ...(bounds === undefined ? {} : { bounds: toRecord("--bounds", bounds) }),
    ...(fitRegions === undefined ? {} : { fitRegions: splitNames(fitRegions, channels) }),
    ...(validationRegions === undefined
      ? {}
      : { validationRegions: splitNames(validationRegions, channels) }),
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
  const [lower = "", upper, ...rest] = text.split(",");
  if (upper === undefined || rest.length > 0) throw new InvalidArgumentError("Expected LO,HI.");
  return [parseNumber(lower), parseNumber(upper)];
}
