/**
 * The commit of the checkout that the command runs from.
 *
 * @module
 */

import { readFileSync } from "node:fs";

/** The package's own folder, two levels up from the source as from the built file. */
const GIT = new URL("../../.git/", import.meta.url);

/** The commit checked out, or null when this is not a git checkout (an installed package). */
export function readCommit(): string | null {
  const head = readText("HEAD")?.trim();
  if (head === undefined) return null;
  if (!head.startsWith("ref: ")) return head;
  const ref = head.slice("ref: ".length);
  const packed = readText("packed-refs")?.split("\n") ?? [];
  const line = packed.find((entry) => entry.endsWith(` ${ref}`));
  return readText(ref)?.trim() ?? line?.split(" ")[0] ?? null;
}

function readText(name: string): string | undefined {
  try {
    return readFileSync(new URL(name, GIT), "utf8");
  } catch {
    return undefined;
  }
}
