/**
 * Which ROOT there is: `root` and `hist2workspace` on the path, or the Python package `root`.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NextstatError } from "../../errors.ts";

/** Names a Python with the package `root` where the option does not. */
export const PYTHON_VARIABLE = "NEXTSTAT_ROOT_PYTHON";

/** What of the package is not code of ours to import: the macro, the scripts, the fixtures. */
export const PARITY_FOLDER: string = fileURLToPath(new URL("../../../parity/", import.meta.url));

/** How to call each of ROOT's programs: the command and its first arguments. */
export interface RootPrograms {
  readonly hist2workspace: readonly string[];
  readonly root: readonly string[];
}

/** Values are where the program was found; null where it was not. */
export interface Prerequisites {
  readonly hist2workspace: string | null;
  readonly root: string | null;
  /** nextstat reads histograms itself. */
  readonly uproot: "not needed";
}

export interface FoundRoot {
  readonly prereqs: Prerequisites;
  /** Null where something is missing. */
  readonly programs: RootPrograms | null;
  /** `missing_root` or `missing_hist2workspace`; null where nothing is. */
  readonly missing: string | null;
}

/** @param python of the option; default the environment variable */
export function findRoot(python: string | undefined): FoundRoot {
  const chosen = python ?? process.env[PYTHON_VARIABLE];
  return chosen === undefined || chosen === "" ? findOnPath() : findInPython(chosen);
}

function findOnPath(): FoundRoot {
  const [root, hist2workspace] = [onPath("root"), onPath("hist2workspace")];
  const prereqs: Prerequisites = { hist2workspace, root, uproot: "not needed" };
  if (root === null) return { prereqs, programs: null, missing: "missing_root" };
  if (hist2workspace === null)
    return { prereqs, programs: null, missing: "missing_hist2workspace" };
  const programs = { hist2workspace: [hist2workspace], root: [root, "-l", "-b", "-q"] };
  return { prereqs, programs, missing: null };
}

/** @throws NextstatError `usage` for a Python that was named and has no ROOT: that is a mistake, not an absence */
function findInPython(python: string): FoundRoot {
  const script = join(PARITY_FOLDER, "hist2workspace.py");
  const { error, status, stdout } = spawnSync(python, [script, "--check"], { encoding: "utf8" });
  if (error !== undefined || status !== 0) {
    throw new NextstatError("usage", `the Python "${python}" cannot import ROOT`, {
      hint: `install it (tools/parity/setup.sh DIR), or leave --root-python and ${PYTHON_VARIABLE} out`,
    });
  }
  const name = `${python} (ROOT ${stdout.trim()})`;
  return {
    prereqs: { hist2workspace: name, root: name, uproot: "not needed" },
    programs: { hist2workspace: [python, script], root: [python, script, "--macro"] },
    missing: null,
  };
}

function onPath(program: string): string | null {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder === "" ? "." : folder, program);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not there.
    }
  }
  return null;
}
