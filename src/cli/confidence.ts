/**
 * The options of limits: confidence level, accuracy, and the grid of CLs.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { NextstatError } from "../errors.ts";
import type { MuGrid } from "../index.ts";
import { parseNumber } from "./values.ts";

/** As commander hands them over. */
export interface ConfidenceOptions {
  readonly alpha?: number;
  readonly cl?: number;
  readonly testStat: "q" | "qtilde";
  readonly rtol: number;
  readonly maxIter: number;
  readonly scanStart?: number;
  readonly scanStop?: number;
  readonly scanPoints?: number;
}

/** Adds the options to the group that is open. */
export function addConfidenceOptions(command: Command, grid: string): Command {
  return command
    .option("--alpha <A>", "CLs at the limit (default: 0.05)", parseNumber)
    .option("--cl <C>", "the same as confidence level: 0.95 is --alpha 0.05", parseNumber)
    .addOption(
      new Option("--test-stat <T>", "test statistic").choices(["qtilde", "q"]).default("qtilde"),
    )
    .addOption(
      new Option("--rtol <R>", "relative accuracy of a limit").argParser(parseNumber).default(1e-6),
    )
    .addOption(
      new Option("--max-iter <N>", "steps of a search before it gives up")
        .argParser(parseCount)
        .default(80),
    )
    .option("--scan-start <MU>", `first strength of the grid: ${grid}`, parseNumber)
    .option("--scan-stop <MU>", "last strength of the grid", parseNumber)
    .option("--scan-points <N>", "points of the grid, both ends included", parseCount);
}

/** The options that a limit has with or without a grid. */
export function confidenceOptions(options: ConfidenceOptions): {
  readonly alpha: number;
  readonly testStat: "q" | "qtilde";
  readonly rtol: number;
  readonly maxIter: number;
} {
  const { testStat, rtol, maxIter } = options;
  return { alpha: alphaOf(options), testStat, rtol, maxIter };
}

function alphaOf({ alpha, cl }: ConfidenceOptions): number {
  if (cl === undefined) return alpha ?? 0.05;
  if (!(cl > 0.5 && cl < 1)) {
    throw new NextstatError("usage", `a confidence level of ${cl} is not between 0.5 and 1`, {
      hint: "0.95 is the usual one",
    });
  }
  // 1 - 0.95 is not 0.05 in binary.
  const same = Number((1 - cl).toPrecision(12));
  if (alpha !== undefined && alpha !== same) {
    throw new NextstatError("usage", `--alpha ${alpha} and --cl ${cl} contradict each other`, {
      hint: "give one of them",
    });
  }
  return same;
}

/** The grid, or undefined without one. */
export function gridOf(options: ConfidenceOptions): MuGrid | undefined {
  const { scanStart: start, scanStop: stop, scanPoints: points } = options;
  if (start === undefined && stop === undefined && points === undefined) return undefined;
  if (start === undefined || stop === undefined || points === undefined) {
    throw new NextstatError("usage", "the grid is not complete", {
      hint: "give --scan-start, --scan-stop and --scan-points together",
    });
  }
  return { start, stop, points };
}

/** A whole number, as people write it. */
function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`Not a whole number: "${text}".`);
  return Number(text);
}
