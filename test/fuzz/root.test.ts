/**
 * Damaged ROOT files end in one error or in numbers, soon, and without much memory: 20,000 random damages to small files of
 * every kind, those of ROOT's own making uncompressed, so that the damage reaches what reads the objects.
 *
 * FUZZ_RUNS=N makes N of every thousand more or fewer.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NextstatError } from "../../src/errors.ts";
import { seededRng } from "../formats/fuzz.ts";
import { damage, damageEnvelope, envelopes, readEverything } from "./root-mutations.ts";

const golden = new URL("../golden/root/", import.meta.url);
const SCALE = Number(process.env.FUZZ_RUNS ?? 1000) / 1000;
/** Longest that any of them may take, in milliseconds: a hundred times the usual, on a busy machine. */
const LONGEST = 3000;
const MOST_MEMORY = 1 << 30;

/** How many damages each file gets: the more, the sooner it is read. */
const RUNS: readonly (readonly [file: string, runs: number])[] = [
  ["written", 8000],
  ["small-ntuple", 5000],
  ["histograms", 3000],
  ["small-objects", 2000],
  ["small-tree", 1500],
  ["tree-lz4", 150],
  ["tree-zstd", 100],
  ["tree-zlib", 100],
  ["tree-lzma", 100],
  ["uproot", 50],
];

describe("damaged files", () => {
  it("are 20,000", () => {
    expect(RUNS.reduce((sum, [, runs]) => sum + runs, 0)).toBe(20_000);
  });

  it.each(RUNS)("%s, %i times", async (name, runs) => {
    const original = new Uint8Array(readFileSync(new URL(`${name}.root`, golden)));
    const rng = seededRng(runs);
    const places = envelopes(original);
    expect(await readEverything(original, name)).toEqual([]);
    let found = 0;
    for (let i = 0; i < runs * SCALE; i++) {
      const bytes =
        places.length > 0 && i % 2 === 0
          ? damageEnvelope(original, places, rng)
          : damage(original, rng);
      const start = performance.now();
      const problems = await readEverything(bytes, name);
      expect(performance.now() - start, `damage ${i}`).toBeLessThan(LONGEST);
      if (problems.length > 0) found += 1;
      for (const problem of problems) {
        if (!(problem instanceof NextstatError)) throw problem;
        expect(problem.location.file).toBe(name);
        expect(problem.message).not.toMatch(/[\n\r]|undefined|\[object/);
      }
    }
    // Most damage is where it must be noticed; numbers in uncompressed data are not.
    expect(found).toBeGreaterThan(0.2 * runs * SCALE);
    expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(MOST_MEMORY);
  });
});
