/**
 * What the commands that apply a patchset do when it is not for the background.
 *
 * @module
 */

import type { NextstatError } from "../errors.ts";
import type { PatchsetInput } from "../formats/index.ts";

/** Flags and description of the option. */
export const NO_VERIFY: readonly [flags: string, description: string] = [
  "--no-verify",
  "use the patchset even if its digests are not the background's; a warning says so",
];

/**
 * The warnings of `--no-verify`.
 *
 * @param mismatch of the digests, or null
 * @param verify false with `--no-verify`
 * @throws NextstatError the mismatch, where it is not to be a warning
 */
export function mismatchWarnings(
  mismatch: NextstatError | null,
  place: PatchsetInput["place"],
  verify: boolean,
): readonly string[] {
  if (mismatch === null) return [];
  if (verify) throw mismatch.at(place(mismatch.location.pointer ?? ""));
  return [mismatch.problem];
}
