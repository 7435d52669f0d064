/**
 * Where an entry of an archive may be written: below the folder, on every system.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";

/**
 * The folders and the file name of an entry; none for the top folder itself. Names that would lead out of the folder on any
 * system are refused rather than repaired: who writes them means something, or the archive is damaged.
 *
 * @throws NextstatError `input`
 */
export function entryPath(name: string): readonly string[] {
  const refuse = (problem: string): NextstatError => entryError(name, problem);
  if (name === "") throw refuse("has no name");
  if (name.startsWith("/")) throw refuse("has an absolute path");
  if (name.includes("\\")) throw refuse("has a backslash in its name");
  // A drive (C:file), or a hidden stream of a file (file:stream).
  if (name.includes(":")) throw refuse("has a colon in its name, which Windows takes for a drive");
  if (/\p{Cc}/u.test(name)) throw refuse("has a control character in its name");
  if (name.includes("\ufffd")) throw refuse("has a name that is not UTF-8");
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refuse("leads out of the folder (..)");
  // Windows drops them at the end of a name: "..." and ".. " are its "..".
  if (parts.some((part) => /[. ]$/.test(part)))
    throw refuse("has a name that ends in a dot or space");
  return parts;
}

/** An error about one entry. */
export function entryError(name: string, problem: string, cause?: unknown): NextstatError {
  const shown = name.length > 200 ? `${name.slice(0, 200)}...` : name;
  return new NextstatError("input", `an entry of the archive ${problem} ("${shown}")`, {
    hint: UNSAFE_HINT,
    cause,
  });
}

const UNSAFE_HINT = "nothing was unpacked; look at it with --compress, which keeps the archive";
