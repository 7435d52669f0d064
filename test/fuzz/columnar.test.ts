/**
 * Damaged Parquet and Arrow files end in one error or in values, soon, and without much memory.
 *
 * FUZZ_RUNS=N makes N of every thousand more or fewer.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NextstatError } from "../../src/errors.ts";
import { bytesSource, openTable } from "../../src/formats/index.ts";
import { CODECS } from "../formats/columnar/values.ts";
import { seededRng } from "../formats/fuzz.ts";
import { damage } from "./root-mutations.ts";

const golden = new URL("../golden/columnar/", import.meta.url);
const SCALE = Number(process.env.FUZZ_RUNS ?? 1000) / 1000;
/** Longest that any of them may take, in milliseconds: a hundred times the usual, on a busy machine. */
const LONGEST = 3000;
const MOST_MEMORY = 1 << 30;

/** How many damages each file gets, and the share of them that must be noticed: where little is compressed, less is. */
const RUNS: readonly (readonly [file: string, runs: number, noticed: number])[] = [
  ["yields-pyarrow-plain.parquet", 1500, 0.2],
  ["yields-pyarrow-none.parquet", 1500, 0.2],
  ["yields-polars-snappy.parquet", 500, 0.2],
  ["yields-duckdb-v2.parquet", 500, 0.2],
  ["columns-pyarrow-encodings-v1.parquet", 400, 0.1],
  ["columns-pyarrow-encodings-v2.parquet", 400, 0.1],
  ["columns-pyarrow-v1.parquet", 200, 0.2],
  ["yields-pyarrow-none.arrow", 1500, 0.1],
  ["yields-pyarrow-dictionary.arrows", 1500, 0.1],
  ["yields-polars.arrows", 1000, 0.1],
  ["columns-pyarrow-none.arrows", 300, 0.05],
  ["columns-pyarrow-views.arrow", 300, 0.05],
  ["dictionary-replaced.arrows", 1000, 0.1],
];

/** What went wrong with each column, or with the file as a whole. */
async function problemsOf(bytes: Uint8Array, name: string): Promise<unknown[]> {
  const problems: unknown[] = [];
  try {
    const opened = await openTable(bytesSource(bytes, name), CODECS);
    if (opened.format === "root") return [];
    const { table } = opened;
    for (const column of table.columns.slice(0, 50)) {
      if (column.unreadable !== null) continue;
      try {
        await table.readOptional([column.name], { maxBytes: 1 << 26 });
      } catch (error) {
        problems.push(error);
      }
    }
    try {
      let chunks = 0;
      for await (const _ of table.chunks(undefined, { chunkEntries: 16 })) {
        chunks += 1;
        // A table that claims many rows may have many chunks, until the first of its columns ends.
        if (chunks > 20) break;
      }
    } catch (error) {
      problems.push(error);
    }
  } catch (error) {
    problems.push(error);
  }
  return problems;
}

describe("damaged files", () => {
  it.each(RUNS)("%s, %i times", async (name, runs, noticed) => {
    const original = new Uint8Array(readFileSync(new URL(name, golden)));
    const rng = seededRng(runs);
    let found = 0;
    for (let i = 0; i < runs * SCALE; i++) {
      const bytes = damage(original, rng);
      const start = performance.now();
      const problems = await problemsOf(bytes, name);
      expect(performance.now() - start, `damage ${i}`).toBeLessThan(LONGEST);
      if (problems.length > 0) found += 1;
      for (const problem of problems) {
        if (!(problem instanceof NextstatError)) throw problem;
        expect(problem.location.file).toBe(name);
        expect(problem.message).not.toMatch(/[\n\r]|undefined|\[object/);
      }
    }
    expect(found).toBeGreaterThan(noticed * runs * SCALE);
    expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(MOST_MEMORY);
  });
});
