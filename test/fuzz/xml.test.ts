/**
 * Damaged HistFactory XML ends in one error or in a workspace of finite numbers, soon, and without much memory: 20,000
 * random damages to the files of a combination of two channels.
 *
 * FUZZ_RUNS=N makes N of every thousand more or fewer.
 *
 * @module
 */

import { describe, expect, it } from "vitest";
import { NextstatError } from "../../src/errors.ts";
import { fromPyhf } from "../../src/index.ts";
import { seededRng } from "../formats/fuzz.ts";
import { readMemory } from "../formats/histfactory/memory.ts";
import { damageXml, TEXTS } from "./xml-mutations.ts";

const SCALE = Number(process.env.FUZZ_RUNS ?? 1000) / 1000;
const SEEDS = 10;
const RUNS = 2000;
/** Longest that any of them may take, in milliseconds: a thousand times the usual, on a busy machine. */
const LONGEST = 1000;
const MOST_MEMORY = 1 << 30;

describe("damaged XML", () => {
  it("is damage to what can be read", async () => {
    const { workspace } = await readMemory(TEXTS);
    expect(workspace.channels.map(({ name }) => name)).toEqual(["SR", "CR"]);
    expect(workspace.measurements.map(({ name }) => name)).toEqual(["m", "other"]);
    expect(SEEDS * RUNS).toBeGreaterThanOrEqual(20_000);
  });

  it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))("seed %i", async (seed) => {
    const rng = seededRng(seed);
    let refused = 0;
    for (let i = 0; i < RUNS * SCALE; i++) {
      const { name, text } = damageXml(rng);
      const defaults = i % 4 === 0 ? "pyhf" : "root";
      const start = performance.now();
      try {
        const { workspace } = await readMemory({ ...TEXTS, [name]: text }, { defaults });
        const found = nonFinite(workspace);
        if (found !== undefined) throw new Error(`${found}: ${text}`);
        // Every tenth, through the check of the schema as well.
        if (i % 10 === 0) fromPyhf(JSON.stringify(workspace));
      } catch (error) {
        if (!(error instanceof NextstatError)) throw new Error(text, { cause: error });
        expect(error.message, text).not.toMatch(/[\n\r]|undefined(?! entity)|\[object|NaN/);
        expect(error.message.length, error.message).toBeLessThan(1000);
        refused += 1;
      }
      expect(performance.now() - start, `${name} ${i}`).toBeLessThan(LONGEST);
    }
    // Values that are replaced by others that exist, and damage inside comments and texts, pass.
    expect(refused).toBeGreaterThan(0.5 * RUNS * SCALE);
    expect(refused).toBeLessThan(0.95 * RUNS * SCALE);
    expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(MOST_MEMORY);
  });
});

/** The path of the first number that is not finite. */
function nonFinite(value: unknown, path = ""): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const found = nonFinite(member, `${path}/${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
