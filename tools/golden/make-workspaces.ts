/**
 * Writes the golden workspaces to `test/golden/workspaces/`. The same bytes on every run and machine;
 * `test/golden-data.test.ts` holds the committed files to it.
 *
 * usage: node tools/golden/make-workspaces.ts
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Workspaces } from "./build.ts";
import { edgeCases, minimaAtBounds } from "./models/edge-cases.ts";
import { hypothesisTests } from "./models/hypothesis-tests.ts";
import { hardInterpolation } from "./models/interpolation.ts";
import { realisticSizes } from "./models/large.ts";
import { mixedModifiers, singleModifiers } from "./models/modifiers.ts";
import { measurementOverrides } from "./models/overrides.ts";
import { sharedParameters } from "./models/shared.ts";
import { severalMinima } from "./models/two-minima.ts";

const LINE_WIDTH = 120;

/** JSON with a value on one line where it fits, and arrays of numbers always so. */
function format(value: unknown, indent = ""): string {
  const flat = JSON.stringify(value);
  if (value === null || typeof value !== "object") return flat;
  const isNumbers = Array.isArray(value) && value.every((entry) => typeof entry === "number");
  if (isNumbers || indent.length + flat.length <= LINE_WIDTH) return flat;
  const inner = `${indent} `;
  if (Array.isArray(value)) {
    const lines = value.map((entry) => inner + format(entry, inner));
    return `[\n${lines.join(",\n")}\n${indent}]`;
  }
  const lines = Object.entries(value).map(
    ([key, entry]) => `${inner}${JSON.stringify(key)}: ${format(entry, inner)}`,
  );
  return `{\n${lines.join(",\n")}\n${indent}}`;
}

const FAMILIES: readonly Workspaces[] = [
  singleModifiers,
  mixedModifiers,
  sharedParameters,
  measurementOverrides,
  edgeCases,
  minimaAtBounds,
  hardInterpolation,
  severalMinima,
  hypothesisTests,
  realisticSizes,
];

/** Text of every golden workspace file, by name without `.json`. */
export function goldenWorkspaces(): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [name, workspace] of FAMILIES.flatMap((family) => Object.entries(family))) {
    if (texts.has(name)) throw new Error(`two golden workspaces are called ${name}`);
    texts.set(name, `${format(workspace)}\n`);
  }
  return texts;
}

if (import.meta.main) {
  const folder = new URL("../../test/golden/workspaces/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of goldenWorkspaces())
    writeFileSync(new URL(`${name}.json`, folder), text);
}
