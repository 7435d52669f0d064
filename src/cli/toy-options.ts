/**
 * The options of procedures with toys.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { NextstatError } from "../errors.ts";
import type { ToyOptions } from "../infer/ensembles.ts";
import type { PEstimator } from "../infer/toy-tails.ts";
import type { MetricValues } from "../report/metrics.ts";
import type { Run } from "./run.ts";

/** As commander hands them over; `toys` is undefined where they are optional and not asked for. */
export interface ToyCommandOptions {
  readonly toys?: number;
  readonly seed: number;
  readonly fixedAux?: boolean;
}

/** Those of a p-value too. */
export interface TailCommandOptions extends ToyCommandOptions {
  readonly pEstimator: PEstimator;
}

/** Adds seed and auxiliary data to the group that is open. */
export function addToyOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--seed <S>", "the same seed gives the same toys")
        .argParser(parseWhole)
        .default(42),
    )
    .option("--fixed-aux", "keep the auxiliary data at the observed ones in every toy");
}

/** Adds the estimator of a p-value too. */
export function addTailOptions(command: Command): Command {
  return addToyOptions(command).addOption(
    new Option("--p-estimator <E>", "p-value of k in N toys: k/N, or (k+1)/(N+1)")
      .choices(["count", "plus-one"])
      .default("count"),
  );
}

/**
 * Options that say how toys are made mean nothing without toys.
 *
 * @throws NextstatError `usage` where one is given and `--toys` is not
 */
export function refuseWithoutToys({ toys }: ToyCommandOptions, run: Run): void {
  if (toys !== undefined) return;
  const given = run.options.find(({ option }) => NEED_TOYS.has(option.attributeName()));
  if (given === undefined) return;
  throw new NextstatError("usage", `${given.option.long} needs --toys`, {
    hint: "give --toys N, or leave it out",
  });
}

const NEED_TOYS: ReadonlySet<string> = new Set([
  "expectedSet",
  "fixedAux",
  "pEstimator",
  "seed",
  "toyAccuracy",
]);

/** The options as the library wants them, but for the number of toys. */
export function toyOptions(options: ToyCommandOptions): Omit<ToyOptions, "nToys"> {
  return { seed: options.seed, fixedAux: options.fixedAux === true };
}

/** How many toys were made of one ensemble, and how they ended, for the metrics. */
export function toyCounts(counts: {
  readonly nToys: number;
  readonly nError: number;
  readonly nNonconverged: number;
  readonly nLowerMinimum: number;
}): MetricValues["metrics"] {
  return {
    n_toys: counts.nToys,
    n_error: counts.nError,
    n_nonconverged: counts.nNonconverged,
    n_lower_minimum: counts.nLowerMinimum,
  };
}

/** A whole number; its range is the library's to check. */
export function parseWhole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}
