/**
 * Damage on which the package that unpacks Zstandard without Node would run forever.
 *
 * @module
 */

import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unpackZstd } from "../../../src/formats/tables/decompressors.ts";

describe("Zstandard without Node", () => {
  it("refuses weights that take no bits", async () => {
    // A block of 68 bytes in which a few bytes were changed.
    const block = Buffer.from("KLUv/SBE3QAAQsQFBRD4AREUAAAAGAAAT0c/Ny8nHxcPBx8A", "base64");
    await expect(unpackZstd(block, 68)).rejects.toThrow("the weights of a table take no bits");
    // The same block in a second frame, behind one that can be skipped.
    const skipped = Buffer.from("502a4d1803000000616263", "hex");
    const first = zstdCompressSync(Buffer.from("abc"));
    await expect(unpackZstd(Buffer.concat([first, skipped, block]), 71)).rejects.toThrow(
      "the weights of a table take no bits",
    );
  });

  it("unpacks what an encoder packs", async () => {
    // Few different bytes in random order: literals with Huffman tables, whose weights are coded either way.
    const bytes = fc
      .tuple(fc.integer({ min: 1, max: 255 }), fc.uint8Array({ minLength: 64, maxLength: 4000 }))
      .map(([most, all]) => all.map((byte) => byte % most));
    await fc.assert(
      fc.asyncProperty(bytes, async (data) => {
        expect(await unpackZstd(zstdCompressSync(data), data.length)).toEqual(data);
      }),
      { numRuns: 300 },
    );
  });
});
