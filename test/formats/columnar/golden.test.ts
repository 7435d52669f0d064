/**
 * Parquet and Arrow files of pyarrow, polars and DuckDB read as they were written: every codec, encoding, page version and layout of
 * lists, whole and in chunks, and through the ranges that a file on disk is read by. The other way round, all three read ours.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Column, entriesOf, type Table } from "../../../src/columns/index.ts";
import {
  bytesSource,
  type OpenedTable,
  openTable,
  writeArrow,
  writeParquet,
} from "../../../src/formats/index.ts";
import { openTableFile } from "../../../src/node/table-file.ts";
import { WRITTEN } from "../../../tools/golden/columnar-written.ts";
import { CODECS, valuesOf } from "./values.ts";

const folder = fileURLToPath(new URL("../../golden/columnar/", import.meta.url));
const files = readdirSync(folder).filter((name) => !name.endsWith(".json"));
const family = (name: string): string[] => files.filter((file) => file.startsWith(`${name}-`));
const json = (name: string): Record<string, unknown[]> =>
  JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")) as Record<string, unknown[]>;

function open(name: string): Promise<OpenedTable> {
  return openTable(bytesSource(readFileSync(`${folder}${name}`), name), CODECS);
}

async function inChunks(table: Table, chunkEntries: number): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for await (const { start, stop, columns } of table.chunks(undefined, { chunkEntries })) {
    for (const [name, column] of Object.entries(columns)) {
      expect(entriesOf(column)).toBe(stop - start);
      all[name] = [...(all[name] ?? []), ...valuesOf(column)];
    }
  }
  return all;
}

function values(columns: Readonly<Record<string, Column>>): Record<string, unknown[]> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, valuesOf(column)]),
  );
}

describe("columns of every type", () => {
  const source = json("columns");
  // Types that a writer does not have: the script leaves them out.
  const ABSENT: Readonly<Record<string, readonly string[]>> = {
    polars: ["fixed"],
    duckdb: ["float16"],
  };

  it.each(family("columns"))("%s", async (name) => {
    const { table } = await open(name);
    const absent = ABSENT[name.split(/[-.]/)[1] as string] ?? [];
    const expected = Object.fromEntries(
      Object.entries(source).filter(([column]) => !absent.includes(column)),
    );
    expect(table.entries).toBe(40);
    expect(table.columns.map((column) => column.unreadable)).toEqual(table.columns.map(() => null));
    const { columns } = await table.read();
    expect(values(columns)).toEqual(expected);
    expect(await inChunks(table, 7)).toEqual(expected);
    // Backwards, too: a chunk may be asked for again.
    const range = await table.read(["int64", "list"], { start: 11, stop: 30 });
    expect(values(range.columns)).toEqual({
      int64: expected.int64?.slice(11, 30),
      list: expected.list?.slice(11, 30),
    });
  });

  it("integers have the width that they were written with", async () => {
    const { table } = await open("columns-pyarrow-v1.parquet");
    const { columns } = await table.read();
    for (const name of ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]) {
      expect(columns[name]).toMatchObject({ kind: "numbers", type: name });
    }
    expect(columns.uint64?.kind === "numbers" && columns.uint64.values[1]).toBe(2n ** 64n - 1n);
    const types = Object.fromEntries(table.columns.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      float16: "halffloat",
      nested: "list<list<int32>>",
      records: "list<struct<pt: double, id: uint8>>",
      decimal: "decimal(9, 2)",
      date: "date[days]",
      moment: "timestamp[us]",
    });
  });
});

describe("many small pages", () => {
  const rows = Array.from({ length: 1500 }, (_, i) => i);
  const expected = {
    square: rows.map((i) => `${i * i}`),
    third: rows.map((i) => (i % 3 === 0 ? "nan" : i / 3)),
    text: rows.map((i) => `s${i % 7}`),
    list: rows.map((i) => Array.from({ length: i % 4 }, (_, j) => j)),
  };

  it.each(family("pages").concat("pages-v1.parquet"))("%s", async (name) => {
    const { table } = await open(name);
    expect(values((await table.read()).columns)).toEqual(expected);
    expect(await inChunks(table, 97)).toEqual(expected);
    const late = await table.read(["list"], { start: 1234, stop: 1240 });
    expect(values(late.columns)).toEqual({ list: expected.list.slice(1234, 1240) });
    const none = await table.read(["list"], { start: 1500, stop: 1500 });
    expect(values(none.columns)).toEqual({ list: [] });
  });
});

describe("dictionaries that change", () => {
  it.each([
    ["dictionary-delta.arrows", ["a", "b", "b", "c", "a", "", "d", "c"], 5],
    ["dictionary-delta.arrow", ["a", "b", "b", "c", "a", "", "d", "c"], 5],
    ["dictionary-replaced.arrows", ["a", "b", "b", "z", "y", "d", "c"], -1],
  ])("%s", async (name, words, missing) => {
    const { table, format } = await open(name);
    if (format === "root") throw new Error("no Arrow file");
    const read = await table.readOptional();
    expect(values(read.columns)).toEqual({ word: words });
    expect(read.missing.word?.indexOf(1) ?? -1).toBe(missing);
  });
});

describe("files on disk", () => {
  it.each([
    "columns-pyarrow-v2.parquet",
    "columns-polars.arrow",
    "yields-pyarrow-brotli.parquet",
    "yields-pyarrow-gzip.parquet",
    "columns-pyarrow-zstd.arrows",
  ])("%s", async (name) => {
    const onDisk = await openTableFile(`${folder}${name}`);
    const inMemory = await open(name);
    if (onDisk.format === "root" || inMemory.format === "root") throw new Error("ROOT file");
    expect((await onDisk.table.readOptional()).columns).toEqual(
      (await inMemory.table.readOptional()).columns,
    );
    await onDisk.close();
  });
});

describe("what cannot be read", () => {
  it.each([
    ["in-part-encrypted.parquet", "hidden", "it is encrypted: write it without encryption"],
    ["in-part-int128.arrow", "wide", "integers of 128 bits are not read: cast it to double"],
  ])("%s can be read but for one column", async (name, column, reason) => {
    const { table } = await open(name);
    const [first, second] = table.columns;
    expect([first?.name, first?.unreadable]).toEqual([column, reason]);
    expect([second?.name, second?.unreadable]).toEqual(["fine", null]);
    const { columns } = await table.read();
    expect(columns).toEqual({
      fine: { kind: "numbers", type: "float64", values: Float64Array.of(1.5, 2.5) },
    });
    await expect(table.read([column])).rejects.toThrow(reason);
  });

  it.each(["refused.parquet", "refused.arrow"])("%s says why", async (name) => {
    const { table, format } = await open(name);
    if (format === "root") throw new Error("ROOT file");
    const reasons = Object.fromEntries(table.columns.map((c) => [c.name, c.unreadable]));
    expect(reasons).toEqual({
      bytes: expect.stringContaining("bytes, not text"),
      long_decimal: expect.stringContaining("cast it to double"),
      nothing: expect.stringContaining("missing values"),
      missing_int: null,
      missing_text: null,
      missing_list: null,
      missing_item: null,
      fine: null,
    });
    for (const column of ["missing_int", "missing_text", "missing_list", "missing_item"]) {
      await expect(table.read([column])).rejects.toThrow(
        column === "missing_item" && name.endsWith("arrow")
          ? `column "missing_item": an item has no value`
          : `column "${column}": row 1 has no value`,
      );
    }
    const optional = await table.readOptional([
      "missing_int",
      "missing_text",
      "missing_list",
      "fine",
    ]);
    expect(values(optional.columns)).toEqual({
      missing_int: [1, 0],
      missing_text: ["a", ""],
      missing_list: [[1.5], []],
      fine: [1.5, 2.5],
    });
    const second = Uint8Array.of(0, 1);
    expect(optional.missing).toEqual({
      missing_int: second,
      missing_text: second,
      missing_list: second,
    });
  });
});

describe("what we write", () => {
  it("has not changed since the others read it", async () => {
    const committed = (name: string): Uint8Array =>
      new Uint8Array(readFileSync(`${folder}${name}`));
    expect(writeArrow(WRITTEN)).toEqual(committed("written.arrows"));
    expect(await writeParquet(WRITTEN)).toEqual(committed("written.parquet"));
  });

  it.each(["written.parquet", "written.arrows"])("%s comes back, from all four", async (name) => {
    const { table } = await open(name);
    const ours = values((await table.read()).columns);
    expect(ours.double).toEqual([0.1, "nan", "-0", 5e-324]);
    const others = json("written") as unknown as Record<string, Record<string, unknown[]>>;
    const theirs = Object.entries(others).filter(([reader]) =>
      reader.endsWith(name.endsWith("parquet") ? "parquet" : "arrow"),
    );
    expect(theirs.length).toBeGreaterThan(1);
    for (const [, columns] of theirs) expect(columns).toEqual(ours);
  });
});
