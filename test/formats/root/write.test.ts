/**
 * Histograms that are written come back: through our own reader for any histogram, and through ROOT and uproot for the
 * committed file (golden.test.ts has uproot's side).
 *
 * @module
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bytesSource,
  type HistogramToWrite,
  openRoot,
  writeRoot,
} from "../../../src/formats/index.ts";
import { PORTABLE_CODECS } from "../../../src/formats/root/codecs.ts";
import { readRecord } from "../../../src/formats/root/keys.ts";
import { ObjectDecoder } from "../../../src/formats/root/objects.ts";
import { isBase, usualClasses } from "../../../src/formats/root/streamer-info.ts";
import { openRootFile, writeRootFile } from "../../../src/node/root-file.ts";
import { goldenHistograms } from "../../../tools/golden/root-written.ts";

const golden = fileURLToPath(new URL("../../golden/root/", import.meta.url));

const number = fc.double({ noDefaultInfinity: true, noNaN: true });
const name = fc.string({ minLength: 1, maxLength: 300, unit: "grapheme" }).filter(isName);
function isName(text: string): boolean {
  return !/[/;\0]/.test(text) && text.isWellFormed();
}

const histogram: fc.Arbitrary<HistogramToWrite> = fc
  .record({
    folders: fc.array(fc.constantFrom("SR", "CR", "µ"), { maxLength: 3 }),
    name,
    title: fc.string({ unit: "grapheme", maxLength: 400 }).filter((text) => text.isWellFormed()),
    className: fc.constantFrom("TH1D" as const, "TH1F" as const),
    edges: fc
      .uniqueArray(number, { minLength: 2, maxLength: 40 })
      .map((list) => list.map((x) => x + 0).sort((a, b) => a - b))
      .filter((list) => list.every((x, i) => i === 0 || (list[i - 1] as number) < x)),
    seed: fc.array(number, { minLength: 40, maxLength: 40 }),
    weighted: fc.boolean(),
    entries: fc.option(number, { nil: undefined }),
  })
  .map(({ folders, name, title, className, edges, seed, weighted, entries }) => {
    const values = seed
      .slice(0, edges.length - 1)
      .map((x) => (className === "TH1F" ? Math.fround(x % 1e30) : x));
    return {
      path: [...folders, `h ${name}`].join("/"),
      title,
      className,
      edges,
      values,
      ...(weighted ? { variances: values.map((x) => Math.abs(x) / 3) } : {}),
      ...(entries === undefined ? {} : { entries }),
    };
  });

describe("what is written", () => {
  it("comes back to the last bit", async () => {
    const lists = fc.uniqueArray(histogram, { maxLength: 8, selector: ({ path }) => path });
    await fc.assert(
      fc.asyncProperty(lists, async (histograms) => {
        const file = await openRoot(bytesSource(writeRoot(histograms), "written.root"));
        const listed = await file.list();
        expect(listed.map(({ path }) => path).sort()).toEqual(
          histograms.map(({ path }) => path).sort(),
        );
        for (const given of histograms) {
          const read = await file.histogram(given.path);
          expect(read.title).toBe(given.title);
          expect(read.className).toBe(given.className);
          expect([...(read.axes[0]?.edges ?? [])]).toEqual(given.edges);
          expect([...read.values]).toEqual(given.values);
          const variances = given.variances ?? Array.from(given.values, Math.abs);
          expect([...read.variances]).toEqual(variances);
          expect(read.weighted).toBe(given.variances !== undefined);
          if (given.entries !== undefined) expect(read.entries).toBe(given.entries);
          expect(read.outside).toBe(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("has the members that its class descriptions list", async () => {
    const bytes = writeRoot([{ path: "h", edges: [0, 1], values: [1], variances: [2] }]);
    const at = Buffer.from(bytes.buffer).indexOf("\x04TH1D\x01h") - 26;
    const file = { source: bytesSource(bytes, "f.root"), codecs: PORTABLE_CODECS };
    const size = new DataView(bytes.buffer).getInt32(at);
    const { key, data } = await readRecord(file, at, size);
    const { members } = new ObjectDecoder(usualClasses(), data, key.headerBytes).read("TH1D");
    // A class whose version is not described would be passed over, and its members be missing.
    const inClass = (name: string): string[] =>
      [...(usualClasses().get(name) ?? [])].flatMap(({ elements }) =>
        elements.flatMap((element) => (isBase(element) ? inClass(element.name) : [element.name])),
      );
    const listed = inClass("TH1D").filter((name) => !/^f(Bits|UniqueID)$/.test(name));
    expect(listed.length).toBeGreaterThan(25);
    expect(listed.filter((name) => !(name in members))).toEqual([]);
    expect(members).toMatchObject({
      fLineWidth: 1,
      fFillStyle: 1001,
      fMarkerSize: 1,
      fBarWidth: 1000,
      fStatOverflows: 2,
    });
    expect(data.remaining).toBe(0);
  });

  it("is the same bytes every time, and those that ROOT and uproot were given", () => {
    const bytes = writeRoot(goldenHistograms(), "written.root");
    expect(Buffer.compare(bytes, readFileSync(`${golden}written.root`))).toBe(0);
  });

  it("is read by ROOT", () => {
    const { histograms } = JSON.parse(readFileSync(`${golden}written.root.json`, "utf8")) as {
      readonly histograms: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    const given = goldenHistograms();
    expect(Object.keys(histograms).sort()).toEqual(given.map(({ path }) => path).sort());
    for (const h of given) {
      const seen = histograms[h.path];
      const stored = h.className === "TH1F" ? Array.from(h.values, Math.fround) : h.values;
      expect(seen?.class).toBe(h.className ?? "TH1D");
      expect(seen?.title).toBe(h.title ?? "");
      expect(seen?.contents).toEqual([0, ...Array.from(stored), 0]);
      const errors = Array.from(h.variances ?? Array.from(stored, Math.abs), Math.sqrt);
      expect(seen?.errors).toEqual([0, ...errors, 0]);
      expect(seen?.weighted).toBe(h.variances !== undefined);
      const edges = seen?.edges as readonly number[];
      // ROOT computes the last edge of uniform bins, too: to an ulp or so.
      for (const [i, edge] of edges.entries()) {
        expect(Math.abs(edge - (h.edges[i] as number))).toBeLessThanOrEqual(
          2 * Number.EPSILON * Math.abs(edge),
        );
      }
    }
    expect(histograms["SR/nominal"]?.entries).toBe(123);
    expect(histograms.counts?.entries).toBe(24);
    // Entries at the centres of their bins: (5 * 0.5 + 7 * 2.5 + 12 * 3.5) / 24.
    expect(histograms.counts?.mean).toBeCloseTo(62 / 24, 14);
  });

  it("can be a file on disk, whole or not at all", async () => {
    const folder = mkdtempSync(`${tmpdir()}/root-`);
    try {
      const path = `${folder}/out.root`;
      writeFileSync(path, "something else");
      writeRootFile(path, goldenHistograms());
      const file = await openRootFile(path);
      expect((await file.histogram("counts")).values).toEqual(Float64Array.of(5, 0, 7, 12));
      await file.close();
      expect(() => writeRootFile(`${folder}/none/out.root`, [])).toThrow(
        `the folder to write to does not exist — ${folder}/none/out.root — choose another output file`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("what cannot be written", () => {
  const good: HistogramToWrite = { path: "h", edges: [0, 1, 2], values: [1, 2] };
  const cases: readonly (readonly [readonly HistogramToWrite[], string])[] = [
    [
      [{ ...good, path: "a//h" }],
      '"a//h" is no path — object a//h — give folders and name as in folder/name, without ;',
    ],
    [
      [{ ...good, path: "h;2" }],
      '"h;2" is no path — object h;2 — give folders and name as in folder/name, without ;',
    ],
    [
      [{ ...good, edges: [0, 1] }],
      "2 edges do not fit 2 values — object h — give one edge more than values",
    ],
    [
      [{ ...good, values: [], edges: [0] }],
      "1 edges do not fit 0 values — object h — give one edge more than values",
    ],
    [
      [{ ...good, variances: [1] }],
      "1 variances do not fit 2 values — object h — give one for each value",
    ],
    [
      [{ ...good, edges: [0, 2, 2] }],
      "the edges of bin 2 are not ascending — object h — sort them",
    ],
    [
      [{ ...good, edges: [0, 1, Number.NaN] }],
      "the edges of bin 2 are not ascending — object h — sort them",
    ],
    [
      [{ ...good, edges: [Number.NEGATIVE_INFINITY, 1, 2] }],
      "the first edge is not finite — object h — give a number",
    ],
    [[good, good], '"h" is there twice — object h — rename one of them'],
    [
      [good, { ...good, path: "h/x" }],
      '"h" of "h/x" is a histogram, too — object h/x — rename one of them',
    ],
    [[{ ...good, path: "h/x" }, good], '"h" is there twice — object h — rename one of them'],
    [
      [{ ...good, className: "TH1F", values: [1, 1e39] }],
      "1e+39 is too large for a TH1F — object h — write a TH1D",
    ],
    [
      [{ ...good, title: "t".repeat(30_000) }],
      "name and title are too long — object h — give no more than 30000 bytes",
    ],
  ];
  it.each(cases)("%j", (histograms, message) => {
    expect(() => writeRoot(histograms)).toThrow(message);
  });
});
