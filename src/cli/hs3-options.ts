/**
 * The options that say how an HS3 document is to be read. Every command that reads a workspace has them.
 *
 * @module
 */

import { type Command, Option } from "commander";
import type { Hs3Options } from "../formats/index.ts";

/** Options of {@link addHs3Options} as commander hands them over. */
export interface Hs3CommandOptions {
  readonly analysis?: string;
  readonly hs3Interp?: "standard" | "root";
  readonly parameterPoint?: string;
  readonly allowUnsupported?: boolean;
}

/** Adds the options to the group that is open. */
export function addHs3Options(command: Command): Command {
  return command
    .option("--analysis <NAME>", "HS3: analysis to use (default: the first)")
    .option("--parameter-point <NAME>", "HS3: parameter point to start from")
    .addOption(
      new Option(
        "--hs3-interp <SET>",
        "HS3: interpolation where none is stated, standard (code1, code0; default) or root (code4, code4p)",
      ).choices(["standard", "root"]),
    )
    .option("--allow-unsupported", "HS3: leave out modifiers that cannot be read");
}

/** The options as the library wants them. */
export function hs3Options(options: Hs3CommandOptions): Hs3Options {
  const { analysis, hs3Interp, parameterPoint, allowUnsupported } = options;
  return {
    ...(analysis === undefined ? {} : { analysis }),
    ...(parameterPoint === undefined ? {} : { parameterPoint }),
    ...(hs3Interp === undefined ? {} : { interpolation: hs3Interp }),
    ...(allowUnsupported === true ? { allowUnsupported } : {}),
  };
}
