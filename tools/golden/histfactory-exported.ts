/**
 * Writes test/golden/histfactory/inputs/exported-NAME: workspaces as HistFactory files of our own, for ROOT to say what it
 * makes of them. Run histfactory.py afterwards.
 *
 * usage: node tools/golden/histfactory-exported.ts
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { toHistFactory } from "../../src/histfactory-xml.ts";
import { fromPyhf } from "../../src/index.ts";

const ROOT = new URL("../../", import.meta.url);

/** Together they have every modifier, luminosities that some samples go without, two staterrors in a channel, and a
 * normsys that is linear. */
export const EXPORTED: Readonly<Record<string, string>> = {
  "exported-multichannel": "examples/multichannel.json",
  "exported-all-seven": "test/golden/workspaces/mixed-all-seven.json",
  "exported-two-staterrors": "test/golden/workspaces/mixed-two-staterrors.json",
  "exported-linear": "test/golden/histfactory/workspaces/linear.json",
};

/** The files of a case, by path in its folder. */
export function exportedFiles(workspace: string): Readonly<Record<string, string | Uint8Array>> {
  return toHistFactory(fromPyhf(readFileSync(new URL(workspace, ROOT), "utf8"))).files;
}

if (import.meta.main) {
  for (const [name, workspace] of Object.entries(EXPORTED)) {
    for (const [path, content] of Object.entries(exportedFiles(workspace))) {
      const file = new URL(`test/golden/histfactory/inputs/${name}/${path}`, ROOT);
      mkdirSync(dirname(file.pathname), { recursive: true });
      writeFileSync(file, content);
    }
  }
}
