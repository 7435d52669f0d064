/**
 * Writes test/golden/root/written.root with our own writer, for ROOT and uproot to read: root-files.py runs it. A test
 * compares the file with what the writer makes today, and what they read from it with what was given to the writer.
 *
 * usage: node tools/golden/root-written.ts
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type HistogramToWrite, writeRoot } from "../../src/formats/index.ts";
import { makeRandom } from "./random.ts";

/** Both types, uniform and other bins, with and without squared errors, folders, long and foreign texts. */
export function goldenHistograms(): readonly HistogramToWrite[] {
  const random = makeRandom(5);
  const normals = (count: number): number[] => Array.from({ length: count }, () => random.normal());
  return [
    {
      path: "counts",
      title: "counts;x [GeV];events",
      edges: [0, 1, 2, 3, 4],
      values: [5, 0, 7, 12],
    },
    {
      path: "SR/nominal",
      title: "µ, with weights",
      edges: [-1, -0.5, 0.1, 2, 30],
      values: normals(4),
      variances: normals(4).map((value) => value * value),
      entries: 123,
    },
    {
      path: "SR/jes/up",
      className: "TH1F",
      edges: Array.from({ length: 51 }, (_, i) => i * ((7 - 0.3) / 50) + 0.3).with(50, 7),
      values: normals(50),
      variances: normals(50).map(Math.abs),
    },
    { path: `CR/${"long".repeat(70)}`, title: "t".repeat(400), edges: [0, 1e-9], values: [-1e300] },
  ];
}

if (import.meta.main) {
  const target = new URL("../../test/golden/root/written.root", import.meta.url);
  writeFileSync(fileURLToPath(target), writeRoot(goldenHistograms(), "written.root"));
}
