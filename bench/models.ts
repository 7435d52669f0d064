/**
 * The workspaces to measure: committed ones, and published ones where they are present beside the checkout.
 *
 * @module
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const GOLDEN = join(ROOT, "test/golden/workspaces");
const EXAMPLE = join(ROOT, "examples/multichannel.json");
const PUBLISHED = join(ROOT, "../shared/data/published");

export interface ModelFile {
  readonly name: string;
  readonly path: string;
  readonly published: boolean;
}

export interface ModelChoice {
  readonly files: readonly ModelFile[];
  /** Whether the published workspaces are there. */
  readonly hasPublished: boolean;
}

/** The workspaces measured unless others are asked for, by name. */
export interface UsualModels {
  /** Besides the published ones. */
  readonly committed: readonly string[];
  /** All of `--quick`. */
  readonly quick: readonly string[];
}

/**
 * @param names workspaces by file name without `.json`; the usual ones when empty
 * @throws RangeError for a name that does not exist
 */
export function chooseModels(
  names: readonly string[],
  usual: UsualModels,
  quick: boolean,
): ModelChoice {
  const published = existsSync(PUBLISHED) ? jsonFiles(PUBLISHED, true) : [];
  const hasPublished = published.length > 0;
  const golden = jsonFiles(GOLDEN, false);
  const example: ModelFile = { name: "multichannel", path: EXAMPLE, published: false };
  const all = [example, ...golden, ...published];
  if (names.length > 0) {
    const files = names.map((name) => {
      const file = all.find((candidate) => candidate.name === name);
      if (file === undefined) {
        throw new RangeError(
          `no model "${name}"; there are ${all.map((candidate) => candidate.name).join(", ")}`,
        );
      }
      return file;
    });
    return { files, hasPublished };
  }
  if (quick) return { files: all.filter((file) => usual.quick.includes(file.name)), hasPublished };
  const committed = all.filter((file) => usual.committed.includes(file.name));
  return { files: [...committed, ...published], hasPublished };
}

/** The text of a committed workspace. */
export function readGolden(name: string): string {
  return readFileSync(join(GOLDEN, `${name}.json`), "utf8");
}

function jsonFiles(folder: string, published: boolean): ModelFile[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json") && !file.endsWith(".reference.json"))
    .sort()
    .map((file) => ({ name: basename(file, ".json"), path: join(folder, file), published }));
}
