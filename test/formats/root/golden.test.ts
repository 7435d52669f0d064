/**
 * Every committed ROOT file reads as uproot reads it: all objects, numbers to the last bit, through every codec, from disk
 * and from memory, whole and in chunks. So do the files in ../shared/data, where that folder is.
 *
 * @module
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Column, entriesOf } from "../../../src/columns/index.ts";
import {
  bytesSource,
  openRoot,
  type RootFile,
  type RootTable,
} from "../../../src/formats/index.ts";
import { openRootFile } from "../../../src/node/root-file.ts";
import { canonical, digest, digestNumbers, summarise } from "./canonical.ts";

const golden = fileURLToPath(new URL("../../golden/root/", import.meta.url));
const shared = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));

interface GoldenHistogram {
  readonly title: string;
  readonly edges: readonly (readonly number[] | string)[];
  readonly values: readonly number[] | string;
  readonly variances: readonly number[] | string;
  readonly weighted: boolean;
  readonly entries: number;
  readonly outside: number;
  readonly labels?: readonly string[];
}

type GoldenColumn =
  | { readonly type: string; readonly digest: string }
  | { readonly unreadable: string };

interface GoldenObject {
  readonly key: string;
  readonly class: string;
  readonly histogram?: GoldenHistogram;
  readonly table?: {
    readonly entries: number;
    readonly columns: Readonly<Record<string, GoldenColumn>>;
  };
}

/** What uproot does not read, or reads as something else. */
const OTHERWISE: Readonly<Record<string, string>> = {
  // A group for uproot; its entries are the numbers of objects.
  "event/hits": "int32_t",
  // Compared with ROOT below.
  empty_chars: "string",
};

function asGiven(expected: readonly number[] | string, numbers: Float64Array): unknown {
  return typeof expected === "string" ? digestNumbers(numbers) : [...numbers];
}

async function checkHistogram(
  file: RootFile,
  key: string,
  expected: GoldenHistogram,
): Promise<void> {
  const h = await file.histogram(key);
  expect(h.title).toBe(expected.title);
  expect(h.axes.map(({ edges }, i) => asGiven(expected.edges[i] as string, edges))).toEqual(
    expected.edges,
  );
  expect(asGiven(expected.values, h.values)).toEqual(expected.values);
  // Of negative contents without squared errors uproot makes 0; ROOT (write.test.ts) and we, the absolute value.
  if (h.weighted || h.values.every((value) => value >= 0)) {
    expect(asGiven(expected.variances, h.variances)).toEqual(expected.variances);
  }
  expect(h.weighted).toBe(expected.weighted);
  expect(h.entries).toBe(expected.entries);
  // uproot's is a difference of two sums, which loses digits.
  const scale = h.values.reduce((sum, value) => sum + Math.abs(value), Math.abs(h.outside));
  expect(Math.abs(h.outside - expected.outside)).toBeLessThanOrEqual(1e-14 * scale);
  if (expected.labels !== undefined) {
    expect([...(h.axes[0]?.labels.values() ?? [])]).toEqual(expected.labels);
  }
}

async function checkTable(table: RootTable, expected: GoldenObject["table"]): Promise<void> {
  expect(table.entries).toBe(expected?.entries);
  expect(table.columns.map(({ name }) => name).sort()).toEqual(
    Object.keys(expected?.columns ?? {}).sort(),
  );
  const { columns } = await table.read();
  const pieces: Record<string, Column>[] = [];
  for await (const chunk of table.chunks(undefined, { chunkEntries: 13 })) {
    expect(Object.values(chunk.columns).map(entriesOf)).toEqual(
      Object.values(chunk.columns).map(() => chunk.stop - chunk.start),
    );
    pieces.push(chunk.columns);
  }
  for (const { name, type, unreadable } of table.columns) {
    const column = columns[name];
    const wanted = expected?.columns[name] as GoldenColumn;
    if ("digest" in wanted) {
      expect(unreadable, name).toBeNull();
      expect(digest(canonical(column as Column)), `${name} (${type})`).toBe(wanted.digest);
    } else if (OTHERWISE[name] === undefined) {
      expect(unreadable, `${name}: ${wanted.unreadable}`).not.toBeNull();
      expect(column).toBeUndefined();
    } else {
      expect(type).toBe(OTHERWISE[name]);
    }
  }
  // In chunks that end within baskets and clusters: read one chunk again as a range.
  const middle = Math.min(1, pieces.length - 1);
  const start = 13 * middle;
  const range = await table.read(undefined, { start, stop: Math.min(table.entries, start + 13) });
  for (const [name, column] of Object.entries(range.columns)) {
    expect(digest(canonical(column)), name).toBe(
      digest(canonical(pieces[middle]?.[name] as Column)),
    );
  }
}

async function checkFile(file: RootFile, expected: readonly GoldenObject[]): Promise<void> {
  const listed = (await file.list()).map(
    ({ path, cycle, className }) => `${className} ${path};${cycle}`,
  );
  expect(listed.sort()).toEqual(expected.map((object) => `${object.class} ${object.key}`).sort());
  for (const object of expected) {
    if (object.histogram !== undefined) await checkHistogram(file, object.key, object.histogram);
    if (object.table !== undefined) await checkTable(await file.table(object.key), object.table);
  }
}

const names = readdirSync(golden)
  .filter((name) => name.endsWith(".root"))
  .map((name) => name.slice(0, -5));

describe.each(names)("%s.root", (name) => {
  // What uproot refuses to unpack has the contents of another file.
  const record = name === "tree-deflate" ? "tree-zlib" : name;
  const { objects } = JSON.parse(readFileSync(`${golden}${record}.uproot.json`, "utf8")) as {
    readonly objects: readonly GoldenObject[];
  };

  it("from disk, with Node's decompressors", async () => {
    const file = await openRootFile(`${golden}${name}.root`);
    await checkFile(file, objects);
    await file.close();
  });

  it("from memory, with those of any platform", async () => {
    const source = bytesSource(new Uint8Array(readFileSync(`${golden}${name}.root`)), name);
    await checkFile(await openRoot(source), objects);
  });
});

it("texts of which some are empty are those that ROOT reads", async () => {
  const { texts } = JSON.parse(readFileSync(`${golden}empty-chars.root.json`, "utf8")) as {
    readonly texts: readonly string[];
  };
  const file = await openRootFile(`${golden}tree-none.root`);
  const { columns } = await (await file.table("events")).read(["empty_chars"]);
  await file.close();
  expect(columns.empty_chars).toEqual({ kind: "strings", values: texts });
  expect(new Set(texts).size).toBeGreaterThan(3);
});

const others = JSON.parse(readFileSync(`${golden}other-files.json`, "utf8")) as {
  readonly files: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

describe("files that are not part of the project", () => {
  if (!existsSync(shared)) it.skip("../shared/data is not here");
  else {
    it.each(Object.entries(others.files))("%s", async (path, expected) => {
      const file = await openRootFile(`${shared}${path}`);
      const found: Record<string, string> = {};
      for (const { path: object, cycle, className } of await file.list()) {
        const key = `${object};${cycle}`;
        found[key] = await summarise(file, key, className);
      }
      await file.close();
      expect(found).toEqual(expected);
    });
  }
});
