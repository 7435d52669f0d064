/**
 * Names of files with wildcards, as they stand in configurations.
 *
 * @module
 */

import { readdirSync, statSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { NextstatError, suggestName } from "../errors.ts";

/**
 * The files that a pattern stands for, in alphabetical order: `*` is any text within a name, `?` a character, `[a-c]` one of
 * some. A name without these is that file.
 *
 * @param folder that the pattern is relative to
 * @param origin what of the configuration asks for it, for the message
 * @throws NextstatError `input` when there is none
 */
export function findFiles(folder: string, pattern: string, origin: string): readonly string[] {
  const { found, missing } = lookUp(folder, pattern);
  if (missing !== null) {
    throw new NextstatError("input", `${origin}: there is no file ${pattern}`, {
      hint: missingHint(missing.inside, missing.part),
    });
  }
  for (const path of found) {
    if (statSync(path).isFile()) continue;
    throw new NextstatError("input", `${origin}: ${pattern} is no file`, {
      location: { file: path },
      hint: "name a file, with wildcards where it is several",
    });
  }
  return found;
}

/** The files that a pattern stands for, as {@link findFiles} has them; none where there is none. */
export function existingFiles(folder: string, pattern: string): readonly string[] {
  return lookUp(folder, pattern).found;
}

/** What went wrong with a file, and what of the configuration asks for it. */
export function withOrigin(error: unknown, origin: string): unknown {
  if (!(error instanceof NextstatError)) return error;
  const { kind, problem, location, hint } = error;
  return new NextstatError(kind, `${origin}: ${problem}`, { location, hint, cause: error });
}

interface LookedUp {
  readonly found: readonly string[];
  /** The first part of the pattern that nothing is like, and the folders it was looked for in. */
  readonly missing: { readonly inside: readonly string[]; readonly part: string } | null;
}

function lookUp(folder: string, pattern: string): LookedUp {
  let found = [isAbsolute(pattern) ? "/" : folder];
  for (const part of pattern.split("/").filter((name) => name !== "" && name !== ".")) {
    const inside = found;
    found = inside.flatMap((name) => matches(name, part));
    if (found.length === 0) return { found, missing: { inside, part } };
  }
  return { found, missing: null };
}

const WILDCARD = /[*?[]/;

function matches(folder: string, part: string): string[] {
  if (!WILDCARD.test(part)) {
    const path = join(folder, part);
    return statSync(path, { throwIfNoEntry: false }) === undefined ? [] : [path];
  }
  const pattern = patternOf(part);
  // As in shells, a leading dot is not matched by a wildcard.
  const names = entriesOf(folder).filter(
    (name) => pattern.test(name) && (part.startsWith(".") || !name.startsWith(".")),
  );
  return names.sort().map((name) => join(folder, name));
}

function patternOf(part: string): RegExp {
  const source = part.replace(/\[(!?)([^\]]+)\]|[\s\S]/g, (text, not: string, set: string) => {
    if (set !== undefined) {
      return `[${not === "" ? "" : "^"}${set.replace(/[\\\]^]/g, "\\$&")}]`;
    }
    return text === "*"
      ? "[^/]*"
      : text === "?"
        ? "[^/]"
        : text.replace(/[\\^$.|+()[\]{}]/, "\\$&");
  });
  try {
    return new RegExp(`^${source}$`, "u");
  } catch {
    // A set that is none, as in [z-a], matches nothing.
    return /$^/u;
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function missingHint(folders: readonly string[], part: string): string {
  const [folder = "."] = folders;
  const names = entriesOf(folder);
  const where = basename(folder) === "" ? folder : `in ${folder}`;
  if (WILDCARD.test(part))
    return `nothing ${where} is like ${part}; check the path and the base folder`;
  return `${where}: ${suggestName(part, names)}`;
}
