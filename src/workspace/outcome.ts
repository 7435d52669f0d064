/**
 * What an operation on a workspace gives, and the check that it is a valid workspace again.
 *
 * @module
 */

import { NextstatError } from "../errors.ts";
import { modifierOfParameter, modifierUses } from "./names.ts";
import type { Workspace } from "./types.ts";
import { validateWorkspace } from "./validate.ts";

/** A new workspace. What the operation did not change is shared with its inputs. */
export interface Outcome {
  readonly workspace: Workspace;
  /** What was decided on the user's behalf, and what is odd about the result and was not about the inputs. */
  readonly warnings: readonly string[];
}

/**
 * Checks the result of an operation.
 *
 * @param inputs what it was made from
 * @param after the operation for error texts, e.g. `after renaming`
 * @param warnings what the operation has to say itself
 * @throws NextstatError `input` when the result is not a valid workspace
 */
export function checkedOutcome(
  workspace: Workspace,
  inputs: readonly Workspace[],
  after: string,
  warnings: readonly string[] = [],
): Outcome {
  let found: readonly string[];
  try {
    found = [...validateWorkspace(workspace), ...lostPois(workspace)];
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    // Places in a document that nobody has seen would help nobody.
    throw new NextstatError(error.kind, `${error.problem} (${after})`, { hint: error.hint });
  }
  const before = new Set(
    inputs.flatMap((input) => [...validateWorkspace(input), ...lostPois(input)]).map(topic),
  );
  return {
    workspace,
    warnings: [...warnings, ...found.filter((text) => !before.has(topic(text)))],
  };
}

/** A warning without the name of its measurement and without its suggestion, which the operation may have changed. */
function topic(warning: string): string {
  return warning.replace(/measurement "[^"]*"/, "measurement").replace(/ \(did you mean .*/s, "");
}

/** Measurements whose parameter of interest no modifier defines: legal, until someone wants a model. */
function lostPois(workspace: Workspace): string[] {
  const uses = modifierUses(workspace);
  return workspace.measurements
    .filter(
      ({ config }) => config.poi !== "" && modifierOfParameter(uses, config.poi) === undefined,
    )
    .map(
      ({ name, config }) =>
        `no modifier defines "${config.poi}", the parameter of interest of measurement "${name}"`,
    );
}
