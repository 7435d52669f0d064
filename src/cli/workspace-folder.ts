/**
 * The workspaces of a folder.
 *
 * @module
 */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { NextstatError } from "../errors.ts";
import { readInput } from "../node/read-input.ts";
import { isCombination } from "./histfactory-input.ts";

/** A workspace of a folder. */
interface FoundWorkspace {
  /** Its file, from the folder. */
  readonly name: string;
  /** What to call it. */
  readonly label: string;
}

/** What `nextstat export histfactory` and most others call the file in the folder of a combination. */
const COMBINATION = "combination.xml";

/**
 * The workspaces of a folder: its JSON files, and combinations, each in a file or in a folder of its own. Other XML files
 * are channels of combinations.
 *
 * @throws NextstatError `input` when the folder is none, cannot be read, or has no workspace
 */
export function workspacesIn(folder: string): FoundWorkspace[] {
  const found = namesIn(folder).flatMap((name): FoundWorkspace[] => {
    const inFolder = `${name}/${COMBINATION}`;
    if (existsSync(join(folder, inFolder))) return [{ name: inFolder, label: name }];
    const label = name.replace(/(\.json(\.gz)?|\.xml)$/, "");
    if (label === name) return [];
    return !name.endsWith(".xml") || mayBeCombination(join(folder, name)) ? [{ name, label }] : [];
  });
  if (found.length > 0) return found;
  throw new NextstatError("input", "there is no workspace in this folder", {
    location: { file: folder },
    hint: "its files must be called something.json or something.json.gz, or be HistFactory combinations",
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new NextstatError("input", "this is not a folder that can be read", {
      location: { file: folder },
      hint: "check the path",
      cause,
    });
  }
}

/** What cannot be read is for its reader to say. */
function mayBeCombination(path: string): boolean {
  try {
    return isCombination(readInput(path).text);
  } catch {
    return true;
  }
}

/** Numbers in names by their value, the rest by its characters. */
export function naturalOrder(a: string, b: string): number {
  const parts = (name: string): string[] => name.match(/\d+(?:\.\d+)?|\D+/g) ?? [];
  const [left, right] = [parts(a), parts(b)];
  for (let k = 0; k < Math.min(left.length, right.length); k++) {
    const [x, y] = [left[k] as string, right[k] as string];
    if (x === y) continue;
    const difference = Number(x) - Number(y);
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
