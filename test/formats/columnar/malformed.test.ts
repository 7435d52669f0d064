/**
 * Tables that make no workspace, and files that are no tables: one error each, which says what, where, and what to do.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NextstatError } from "../../../src/errors.ts";
import {
  bytesSource,
  type ColumnToWrite,
  openTable,
  writeArrow,
} from "../../../src/formats/index.ts";
import { type FromTablesOptions, fromArrow, fromParquet } from "../../../src/index.ts";
import { CODECS } from "./values.ts";

const golden = new URL("../../golden/columnar/", import.meta.url);
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, golden)));

const strings = (name: string, ...data: string[]): ColumnToWrite => ({
  name,
  type: "STRING",
  data,
});
const lists = (name: string, ...data: number[][]): ColumnToWrite => ({
  name,
  type: "DOUBLES",
  data,
});
const doubles = (name: string, ...data: number[]): ColumnToWrite => ({
  name,
  type: "DOUBLE",
  data: Float64Array.from(data),
});

const channel = strings("channel", "SR", "SR");
const sample = strings("sample", "signal", "background");
const yields = lists("yields", [1, 2], [10, 20]);
const GOOD = [channel, sample, yields];

async function errorOf(run: Promise<unknown>): Promise<NextstatError> {
  try {
    await run;
  } catch (error) {
    if (error instanceof NextstatError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function modifiers(...rows: [string, string, string, string][]): ColumnToWrite[] {
  return [
    strings("channel", ...rows.map(([name]) => name)),
    strings("sample", ...rows.map(([, name]) => name)),
    strings("modifier_name", ...rows.map(([, , name]) => name)),
    strings("modifier_type", ...rows.map(([, , , type]) => type)),
  ];
}
const MU = ["SR", "signal", "mu", "normfactor"] as [string, string, string, string];
const withModifiers = (...columns: ColumnToWrite[]): FromTablesOptions => ({
  modifiers: writeArrow(columns),
});

const TABLES: readonly (readonly [
  what: string,
  columns: readonly ColumnToWrite[],
  options: FromTablesOptions,
  message: RegExp,
])[] = [
  [
    "a column is missing",
    [channel, sample],
    {},
    /the yields table has no column "yields" — yields — known: "channel", "sample"/,
  ],
  [
    "a column has a similar name",
    [channel, sample, { ...yields, name: "yield" }],
    {},
    /has no column "yields".*did you mean "yield"/,
  ],
  [
    "yields are no lists",
    [channel, sample, doubles("yields", 1, 2)],
    {},
    /column "yields" of the yields table must be list<double>, and is double/,
  ],
  [
    "names are numbers",
    [doubles("channel", 1, 2), sample, yields],
    {},
    /column "channel" of the yields table must be string, and is double/,
  ],
  [
    "there are no rows",
    [strings("channel"), strings("sample"), lists("yields")],
    {},
    /the yields table has no rows/,
  ],
  [
    "a list is empty",
    [channel, sample, lists("yields", [], [1])],
    {},
    /row 0 \(sample "signal" of channel "SR"\) has no yields/,
  ],
  [
    "bins differ",
    [channel, sample, lists("yields", [1, 2], [1])],
    {},
    /row 1 .* has 1 bins, and row 0 of the same channel 2/,
  ],
  [
    "a row is repeated",
    [channel, strings("sample", "signal", "signal"), yields],
    {},
    /row 1 .* is there already, as row 0/,
  ],
  [
    "a channel has no name",
    [strings("channel", "SR", ""), sample, yields],
    {},
    /row 1 has an empty "channel"/,
  ],
  [
    "the parameter of interest has no name",
    GOOD,
    { poi: "" },
    /the name of the parameter of interest is empty/,
  ],
  [
    "a yield is NaN",
    [channel, sample, lists("yields", [1, 2], [3, Number.NaN])],
    {},
    /row 1: item 1 of "yields" is NaN/,
  ],
  [
    "a yield is infinite",
    [channel, sample, lists("yields", [1, 2], [Number.NEGATIVE_INFINITY, 1])],
    {},
    /row 1: item 0 of "yields" is -Infinity/,
  ],
  [
    "uncertainties are too few",
    [...GOOD, lists("stat_error", [1], [1, 2])],
    {},
    /row 0 .* has 2 yields and 1 items in "stat_error"/,
  ],
  [
    "an uncertainty is negative",
    [...GOOD, lists("stat_error", [1, 2], [1, -2])],
    {},
    /row 1 .* has the uncertainty -2/,
  ],
  [
    "an uncertainty is NaN",
    [...GOOD, lists("stat_error", [1, Number.NaN], [1, 2])],
    {},
    /row 0: item 1 of "stat_error" is NaN/,
  ],
  [
    "there is no signal",
    [channel, strings("sample", "a", "b"), yields],
    {},
    /no sample is called "mu" or "signal" — yields — say which sample is the signal .*"a", "b"/,
  ],
  [
    "there are two",
    [channel, strings("sample", "Signal", "SIGNAL"), yields],
    {},
    /2 samples are called signal/,
  ],
  [
    "the signal is another",
    GOOD,
    { signal: "signl" },
    /there is no sample "signl" — yields — did you mean "signal"/,
  ],
  [
    "a sample is the total",
    [
      strings("channel", "a", "a", "a"),
      strings("sample", "signal", "b", "total"),
      lists("yields", [1], [2], [3]),
    ],
    {},
    /"total" is the sum of the others/,
  ],
  [
    "data of another channel",
    GOOD,
    { observations: { SB: [1, 2] } },
    /observed events for a channel "SB" that is not there/,
  ],
  [
    "data of too few bins",
    GOOD,
    { observations: { SR: [1] } },
    /channel "SR" needs 2 observed events: there are 1/,
  ],
  [
    "no data of a channel",
    GOOD,
    { observations: {} },
    /channel "SR" needs 2 observed events: there are none/,
  ],
  ["negative data", GOOD, { observations: { SR: [1, -1] } }, /-1/],
  [
    "data twice for a channel",
    GOOD,
    { observations: writeArrow([strings("channel", "SR", "SR"), lists("data", [1, 2], [1, 2])]) },
    /row 1: channel "SR" is there already/,
  ],
  [
    "the parameter of interest twice",
    GOOD,
    { poi: "mu", measurements: writeArrow([strings("name", "m"), strings("poi", "mu")]) },
    /given twice/,
  ],
  [
    "a signal with modifiers",
    GOOD,
    { signal: "signal", ...withModifiers(...modifiers(MU)) },
    /a signal is named/,
  ],
  [
    "a modifier of no type",
    GOOD,
    withModifiers(...modifiers(MU, ["SR", "signal", "x", "normsis"])),
    /row 1: unknown type "normsis" — modifiers — did you mean "normsys"/,
  ],
  [
    "a modifier has no name",
    GOOD,
    withModifiers(...modifiers(["SR", "signal", "", "normfactor"])),
    /row 0 has an empty "modifier_name"/,
  ],
  [
    "a modifier of no channel",
    GOOD,
    withModifiers(...modifiers(["CR", "signal", "mu", "normfactor"])),
    /row 0: there is no channel "CR"/,
  ],
  [
    "a modifier of no sample",
    GOOD,
    withModifiers(...modifiers(["SR", "ttbar", "mu", "normfactor"])),
    /row 0: there is no sample "ttbar"/,
  ],
  [
    "a modifier twice",
    GOOD,
    withModifiers(...modifiers(MU, MU)),
    /row 1: "signal" in "SR" has the normfactor "mu" already/,
  ],
  [
    "a normsys without factors",
    GOOD,
    withModifiers(...modifiers(MU, ["SR", "signal", "x", "normsys"])),
    /row 1 \(normsys "x" of "signal" in "SR"\): "data_hi" has no value/,
  ],
  [
    "a histosys of too few bins",
    GOOD,
    withModifiers(
      ...modifiers(["SR", "signal", "x", "histosys"]),
      lists("data_hi", [1]),
      lists("data_lo", [1, 2]),
    ),
    /row 0 .*"data_hi" has 1 items instead of 2/,
  ],
  [
    "a normfactor with data",
    GOOD,
    withModifiers(...modifiers(MU), lists("data", [1])),
    /row 0 .*"data" has a value that it does not use/,
  ],
  [
    "no modifier of the parameter of interest",
    GOOD,
    { poi: "nu", ...withModifiers(...modifiers(MU)) },
    /no modifier is called "nu", the parameter of interest of "NormalMeasurement" — modifiers — did you mean "mu"/,
  ],
];

describe("tables that make no workspace", () => {
  it.each(TABLES)("%s", async (_, columns, options, message) => {
    const error = await errorOf(fromArrow(writeArrow(columns), options));
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/[\n\r]|undefined|\[object/);
  });

  it.each([
    ["bad-no-channel.parquet", /row 1 has no "channel"/],
    ["bad-no-yields.parquet", /row 1 \(sample "background" of channel "SR"\) has no yields/],
    ["bad-no-item.arrow", /row 1: item 0 of "yields" is NaN/],
    ["bad-too-large.arrow", /row 1: item 0 of "yields" \(9007199254740993\) is no double/],
  ])("%s", async (name, message) => {
    const build = name.endsWith("parquet") ? fromParquet : fromArrow;
    expect((await errorOf(build(read(name)))).message).toMatch(message);
  });

  it("names with line breaks stay on the line", async () => {
    const odd = [channel, strings("sample", "a\nb", "a\nb"), yields];
    expect((await errorOf(fromArrow(writeArrow(odd)))).message).toMatch(/sample "a\?b".*already/);
  });
});

/** Opens a file and reads all of it. */
async function readAll(bytes: Uint8Array): Promise<void> {
  const { table } = await openTable(bytesSource(bytes, "damaged"), CODECS);
  await table.read();
}

const PARQUET = read("yields-pyarrow-required.parquet");
const ARROW = read("yields-pyarrow-none.arrow");
const STREAM = read("yields-pyarrow-none.arrows");

function changed(bytes: Uint8Array, from: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, from < 0 ? bytes.length + from : from);
  return copy;
}

describe("files that are no tables", () => {
  it.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /this is no table that can be read/],
    ["JSON", new TextEncoder().encode('{"channels": []}'), /this is no table that can be read/],
    [
      "Parquet, the beginning of",
      PARQUET.subarray(0, 11),
      /a Parquet file has 12 bytes at least, this one has 11/,
    ],
    ["Parquet, cut off", PARQUET.subarray(0, -20), /the file does not end in "PAR1"/],
    ["Parquet, another end", changed(PARQUET, -1, 0x32), /the file does not end in "PAR1"/],
    ["Parquet, encrypted", changed(PARQUET, -4, 0x50, 0x41, 0x52, 0x45), /the file is encrypted/],
    [
      "Parquet, a footer of 4 GB",
      changed(PARQUET, -8, 255, 255, 255, 255),
      /a footer of 4294967295 bytes is not in the file/,
    ],
    ["Parquet, a footer of 9 bytes", changed(PARQUET, -8, 9, 0, 0, 0), /footer/],
    ["Arrow, cut off", ARROW.subarray(0, -8), /the file does not end in "ARROW1"/],
    [
      "Arrow, a footer outside",
      changed(ARROW, -10, 255, 255, 255, 127),
      /a footer of 2147483647 bytes is not in the file/,
    ],
    ["Arrow, no footer", changed(ARROW, -10, 0, 0, 0, 0), /a footer of 0 bytes is not in the file/],
    [
      "a stream, cut off in a message",
      STREAM.subarray(0, 100),
      /a message with metadata of \d+ bytes is not in the file of 100 bytes/,
    ],
    [
      "a stream, cut off between messages",
      STREAM.subarray(0, 4),
      /a message is cut off \(4 bytes are left\)/,
    ],
    [
      "a stream, metadata of 2 GB",
      changed(STREAM, 4, 255, 255, 255, 127),
      /metadata of 2147483647 bytes is not in the file/,
    ],
    [
      "a stream without schema",
      Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0),
      /there is no schema/,
    ],
  ])("%s", async (_, bytes, message) => {
    const error = await errorOf(readAll(bytes));
    expect(error.kind).toBe("input");
    expect(error.message).toMatch(message);
    expect(error.location.file).toBe("damaged");
  });

  it("tables of ROOT files need a name, other files have none", async () => {
    const root = read("../root/small-tree.root");
    const error = await errorOf(openTable(bytesSource(root, "a.root")));
    expect(error.message).toMatch(
      /which table of the ROOT file is not said — a.root — there are "/,
    );
    const named = await errorOf(openTable(bytesSource(PARQUET, "p"), { table: "t" }));
    expect(named.message).toMatch(/there is no "t" in the Parquet file/);
    const other = await errorOf(fromParquet(ARROW, { file: "f" }));
    expect(other.message).toMatch(/this is an Arrow file — f — a Parquet file is needed here/);
  });

  it("a checksum tells of any damage to a page", async () => {
    const bytes = read("yields-pyarrow-checksums.parquet");
    const { table } = await openTable(bytesSource(bytes, "fine"));
    expect((await table.read(["yields"])).columns.yields?.kind).toBe("lists");
    // The last bit of 7.125, which is there as it is.
    const at = Buffer.from(bytes).indexOf(Buffer.from(Float64Array.of(7.125).buffer));
    expect(at).toBeGreaterThan(0);
    const error = await errorOf(
      openTable(bytesSource(changed(bytes, at, (bytes[at] as number) ^ 1), "damaged")).then(
        (opened) =>
          "readOptional" in opened.table ? opened.table.readOptional(["stat_error"]) : null,
      ),
    );
    expect(error.message).toMatch(
      /column "stat_error.list.element": a page does not have the checksum/,
    );
  });

  it("what is no source of bytes is refused with what one is", async () => {
    for (const source of ["yields.parquet", new ArrayBuffer(8), undefined]) {
      const error = await errorOf(fromParquet(source as unknown as Uint8Array));
      expect(error.kind).toBe("usage");
      expect(error.message).toMatch(/read from bytes, and these are none — give a Uint8Array/);
    }
  });

  it("brotli is refused where the platform has none", async () => {
    const { table } = await openTable(bytesSource(read("yields-pyarrow-brotli.parquet"), "b"));
    expect((await errorOf(table.read(["channel"]))).message).toMatch(
      /brotli is not available here/,
    );
  });

  it("every byte of the footer can be wrong, and wrong counts, codecs, levels and indices are found", async () => {
    const found = new Set<string>();
    const start = process.cpuUsage();
    for (const name of ["yields-pyarrow-required.parquet", "yields-pyarrow-none.parquet"]) {
      const bytes = read(name);
      for (let at = 4; at < bytes.length - 8; at++) {
        for (const flip of [1, 2, 6, 64, 128]) {
          const copy = changed(bytes, at, (bytes[at] as number) ^ flip);
          await readAll(copy).catch((error: unknown) => {
            if (!(error instanceof NextstatError)) throw error;
            found.add(error.problem.replaceAll(/\d+/g, "N"));
          });
        }
      }
    }
    const all = [...found].join("\n");
    for (const message of [
      /compression LZO cannot be read/,
      /the row groups have N rows together, and the file says N/,
      /it has N values, and its row group N rows|it has more values than its row group has rows/,
      /value N of a dictionary of N is asked for/,
      /its pages \(N bytes from byte N\) are not in the file/,
      /its pages end after N of N values/,
      /cannot be read$/m,
      /a level of N|the levels/,
      /no kind|no known kind/,
      /cannot unpack to N|unpacks to N bytes instead of N/,
    ]) {
      expect(all).toMatch(message);
    }
    const { user, system } = process.cpuUsage(start);
    expect(user + system).toBeLessThan(60e6);
    expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(1 << 30);
  });
});
