/**
 * Damaged HS3 documents and patchsets end in one error or in a model with a likelihood, soon: 2,000 random damages each.
 * Workspaces of pyhf have `pipeline.test.ts`.
 *
 * FUZZ_RUNS=N makes N of every thousand more or fewer.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NextstatError } from "../../src/errors.ts";
import { applyPatchset, fromHs3, fromPyhf, readPatchset } from "../../src/index.ts";
import { mutateWorkspace, type Rng, seededRng } from "../formats/fuzz.ts";
import { validDocument } from "../formats/hs3-documents.ts";

const RUNS = (2000 * Number(process.env.FUZZ_RUNS ?? 1000)) / 1000;
/** Longest that any of them may take, in milliseconds: a hundred times the usual, on a busy machine. */
const LONGEST = 1000;

/** Damages the documents in turn; says what part of them was refused. */
function refusedShare(bases: readonly unknown[], rng: Rng, read: (text: string) => void): number {
  let refused = 0;
  for (let i = 0; i < RUNS; i++) {
    const numericShare = i % 2 === 0 ? 0.3 : 0.8;
    const text = JSON.stringify(mutateWorkspace(bases[i % bases.length], rng, { numericShare }));
    const start = performance.now();
    try {
      read(text);
    } catch (error) {
      if (!(error instanceof NextstatError)) throw new Error(text, { cause: error });
      expect(error.kind, error.message).toMatch(/^(input|usage)$/);
      expect(error.message, text).not.toMatch(/[\n\r]|undefined|\[object|NaN/);
      refused += 1;
    }
    expect(performance.now() - start, text).toBeLessThan(LONGEST);
  }
  return refused / RUNS;
}

describe("damaged documents", () => {
  it("HS3", () => {
    const folder = new URL("../golden/hs3/", import.meta.url);
    const golden = readdirSync(folder).filter((name) => name.endsWith(".hs3.json"));
    const bases = golden.map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")));
    const share = refusedShare([validDocument(), ...bases], seededRng(1), (text) => {
      const model = fromHs3(text);
      expect(model.nll(model.suggestedInit()), text).not.toBeNaN();
    });
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.8);
  });

  it("patchsets", () => {
    const golden = JSON.parse(
      readFileSync(new URL("../golden/operations/patchset.json", import.meta.url), "utf8"),
    );
    const background: string = golden.backgrounds.background;
    const base = JSON.parse(golden.patchsets.patchset);
    // Those that make a model of it.
    base.patches = base.patches.filter(({ metadata }: { metadata: { name: string } }) =>
      metadata.name.startsWith("signal_"),
    );
    expect(base.patches.length).toBe(2);
    const share = refusedShare([base], seededRng(2), (text) => {
      const set = readPatchset(text);
      for (const { metadata } of set.patches) {
        fromPyhf(applyPatchset(set, background, String(metadata.name)));
      }
    });
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.95);
  });
});
