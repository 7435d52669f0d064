/**
 * Errors with their place in a text.
 *
 * @module
 */

import { type ErrorLocation, NextstatError } from "../../errors.ts";
import type { ParsedText, TextPosition } from "./json-text.ts";

/** Runs a check and adds file, line and column to the error it throws. */
export function withPlace<T>(
  check: () => T,
  locate: ParsedText["locate"],
  file: string | undefined,
): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    throw error.at({ ...fileLocation(file), ...nearestPosition(error.location.pointer, locate) });
  }
}

/** A location that is a whole file, where it has a name. */
export function fileLocation(file: string | undefined): ErrorLocation {
  return file === undefined ? {} : { file };
}

/** What a file is called, wherever it lies: for results, which are not to depend on that. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

function nearestPosition(
  pointer: string | undefined,
  locate: ParsedText["locate"],
): TextPosition | Record<string, never> {
  return pointer === undefined || pointer === "" ? {} : (locate(pointer) ?? {});
}
