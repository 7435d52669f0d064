/**
 * Damaged and odd ROOT files: one error that says what, where and what to do.
 *
 * @module
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { NextstatError } from "../../../src/errors.ts";
import { bytesSource, openRoot, type RootFile, writeRoot } from "../../../src/formats/index.ts";
import { ByteReader } from "../../../src/formats/root/byte-reader.ts";
import { toHistogram } from "../../../src/formats/root/histogram.ts";
import { ObjectDecoder } from "../../../src/formats/root/objects.ts";
import type { ClassElement, ClassInfo } from "../../../src/formats/root/streamer-info.ts";
import { openRootFile } from "../../../src/node/root-file.ts";

const golden = fileURLToPath(new URL("../../golden/root/", import.meta.url));
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(`${golden}${name}.root`));
const open = (bytes: Uint8Array): Promise<RootFile> => openRoot(bytesSource(bytes, "f.root"));
const DAMAGED = "the file is damaged: copy or write it again";

/** h, and a/b/deep. */
const small = (): Uint8Array =>
  writeRoot(
    [
      { path: "h", edges: [0, 1, 2], values: [3, 4] },
      { path: "a/b/deep", edges: [0, 1], values: [5] },
    ],
    "f.root",
  );

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Position of the n-th record with these class and name, counted from 0. */
function recordAt(bytes: Uint8Array, className: string, name: string, n: number): number {
  const texts = Buffer.from(
    `${String.fromCharCode(className.length)}${className}${String.fromCharCode(name.length)}${name}`,
  );
  let at = -1;
  for (let i = 0; i <= n; i++) at = Buffer.from(bytes.buffer).indexOf(texts, at + 1);
  expect(at).toBeGreaterThan(0);
  return at - 26;
}

describe("opening", () => {
  const broken = (change: (bytes: Uint8Array) => Uint8Array | undefined): Uint8Array => {
    const bytes = small();
    return change(bytes) ?? bytes;
  };
  const size = small().length;
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    [
      "nothing",
      new Uint8Array(0),
      "this is not a ROOT file — f.root, byte 0 — a ROOT file begins with the word root",
    ],
    [
      "a text",
      Buffer.from("hello, world"),
      "this is not a ROOT file — f.root, byte 0 — a ROOT file begins with the word root",
    ],
    [
      "the first word only",
      Buffer.from("root\0"),
      `4 more bytes were expected, but 1 are left — f.root, byte 4 — ${DAMAGED}`,
    ],
    [
      "half of a file",
      broken((bytes) => bytes.subarray(0, size >> 1)),
      `the file should have ${size} bytes, and has ${size >> 1} — f.root, byte 0 — it is cut off: copy it again`,
    ],
    [
      "a top folder outside of the file",
      broken((bytes) => void view(bytes).setInt32(8, 1 << 30)),
      `64 bytes from byte 1073741872 are not in the file of ${size} bytes — f.root, byte 1073741872 — the file is damaged or cut off: copy it again`,
    ],
    [
      "more keys than fit",
      broken((bytes) => {
        // The list of keys of the top folder is the third record of the file's own name.
        const at = recordAt(bytes, "TFile", "f.root", 1);
        view(bytes).setInt32(at + view(bytes).getUint16(at + 14), 1000);
        return undefined;
      }),
      "1000 keys do not fit",
    ],
  ];
  it.each(cases)("%s", async (_, bytes, message) => {
    await expect(open(bytes)).rejects.toThrow(message);
  });

  it("says no more than one line", async () => {
    await expect(open(Buffer.from("<html>\n".repeat(99)))).rejects.toThrow(/^[^\n]*$/);
  });
});

describe("objects", () => {
  it("that are not there", async () => {
    const file = await open(small());
    await expect(file.histogram("hh")).rejects.toThrow(
      'there is no "hh" — f.root — in the top folder: did you mean "h"?',
    );
    await expect(file.histogram("a/c/deep")).rejects.toThrow(
      'there is no "a/c/deep" — f.root — in a: did you mean "b"?',
    );
    await expect(file.histogram("h;3")).rejects.toThrow(
      'there is no cycle 3 of "h" — f.root — there are 1',
    );
    await expect(file.histogram("a/b")).rejects.toThrow(
      '"a/b" is a TDirectory, not a histogram — f.root — TH1, TH2 and TH3 of types C, S, I, L, F and D are read',
    );
    await expect(file.table("h")).rejects.toThrow(
      '"h" is a TH1D, not a tree or ntuple — f.root — TTree, TNtuple and ROOT::RNTuple are read',
    );
    expect((await file.histogram("/a/b/deep;1")).values).toEqual(Float64Array.of(5));
    expect((await file.histogram("//a//b/deep/")).values).toEqual(Float64Array.of(5));
  });

  it("the newest of several cycles, unless asked for another", async () => {
    const file = await openRootFile(`${golden}histograms.root`);
    const [newest, first] = [await file.histogram("weighted"), await file.histogram("weighted;1")];
    expect(newest.values).toEqual(first.values.map((value) => 2 * value));
    expect(await file.histogram("weighted;2")).toEqual(newest);
    await expect(file.histogram("profile")).rejects.toThrow('there is no "profile"');
    await expect(file.histogram("signal/region one/profile")).rejects.toThrow(
      '"signal/region one/profile" is a TProfile, not a histogram',
    );
    await file.close();
  });

  it("a record that is cut off, and one that claims 2 GiB", async () => {
    const cut = small();
    const at = recordAt(cut, "TH1D", "h", 0);
    const keyAt = recordAt(cut, "TH1D", "h", 1);
    view(cut).setInt32(keyAt, 90);
    await expect((await open(cut)).histogram("h")).rejects.toThrow(
      /^a record claims \d+ bytes instead of 90, 34 of them header, for \d+ of data — f\.root, object h;1, byte \d+ — /,
    );
    const huge = small();
    view(huge).setInt32(at + 6, 0x7fffffff);
    await expect((await open(huge)).histogram("h")).rejects.toThrow(
      `an object of 2147483647 bytes is too large — f.root, object h;1, byte ${at + 34} — the limit is 256 MiB`,
    );
  });

  it("a histogram whose parts do not fit each other", async () => {
    const bytes = small();
    const at = recordAt(bytes, "TH1D", "h", 0);
    const record = Buffer.from(bytes.buffer, at, view(bytes).getInt32(at));
    // Bins of the x axis: after its name, title and attributes.
    const axis = record.indexOf("xaxis") + 6 + 4 + 2 + 34;
    expect(record.readInt32BE(axis)).toBe(2);
    record.writeInt32BE(3, axis);
    await expect((await open(bytes)).histogram("h")).rejects.toThrow(
      `4 contents do not fit 3 bins — f.root, object h;1, byte ${at} — ${DAMAGED}`,
    );
    record.writeInt32BE(2_000_000_000, axis);
    await expect((await open(bytes)).histogram("h")).rejects.toThrow(
      "an axis claims 2000000000 bins, with 0 edges",
    );
  });

  it("a histogram whose fills wait in its buffer", () => {
    const waiting = (fBuffer: Float64Array): unknown =>
      toHistogram({ className: "TH1D", members: { fBuffer } }, { file: "f.root", offset: 9 });
    expect(() => waiting(Float64Array.of(2, 1, 0.5, 1, 0.7))).toThrow(
      "2 fills of the histogram wait in its buffer, and are not in its bins — f.root, byte 9 — call BufferEmpty() before it is written",
    );
    // Negative: the bins hold them, which are missing here.
    expect(() => waiting(Float64Array.of(-2, 1, 0.5))).toThrow("the content of the TH1D");
  });

  it("a histogram of more bins than anyone fits", () => {
    const large = { className: "TH1C", members: { fArray: new Int8Array(2 ** 24 + 1) } };
    expect(() => toHistogram(large, { file: "f.root", offset: 9 })).toThrow(
      "the histogram has 16777217 bins, more than 16777216 — f.root, byte 9 — rebin it",
    );
  });

  it("a class that is called as a member of every object", async () => {
    const bytes = Buffer.from(small());
    // In the descriptions of classes, TH1D has a base TArrayD.
    expect(bytes.includes("TArrayD")).toBe(true);
    for (let at = 0; at >= 0; at = bytes.indexOf("TArrayD", at + 1)) {
      if (at > 0) bytes.write("valueOf", at);
    }
    await expect((await open(new Uint8Array(bytes))).histogram("h")).rejects.toThrow(
      /valueOf is not described|cannot be found/,
    );
  });

  it("objects that claim fewer bytes than they have", () => {
    // Each class has the next one twice as its base: without an end, 2^40 objects in the same few bytes.
    const base = (name: string): ClassElement => ({
      name,
      title: "",
      type: 0,
      length: 0,
      typeName: "BASE",
    });
    const infos = new Map(
      Array.from({ length: 40 }, (_, i): [string, ClassInfo[]] => {
        const elements = [base(`C${i + 1}`), base(`C${i + 1}`)];
        return [`C${i}`, [{ name: `C${i}`, version: 1, checksum: 0, elements }]];
      }),
    );
    const envelope = [0x40, 0, 0, 2, 0, 1];
    const bytes = Uint8Array.from({ length: 600 }, (_, i) => envelope[i % 6] as number);
    const reader = new ByteReader(bytes, { file: "f.root", offset: 0 });
    expect(() => new ObjectDecoder(infos, reader, 0).read("C0")).toThrow(
      /^an object has \d+ bytes more than it claims — f\.root, byte \d+ — the file is damaged/,
    );
  });

  it("folders inside themselves", async () => {
    const bytes = small();
    const inner = recordAt(bytes, "TDirectory", "b", 0);
    const outer = recordAt(bytes, "TDirectory", "a", 0);
    const data = (at: number): number => at + view(bytes).getUint16(at + 14);
    // b's list of keys is now that of a.
    bytes.copyWithin(data(inner), data(outer), data(outer) + 42);
    const file = await open(bytes);
    await expect(file.list()).rejects.toThrow(
      /^folder a\/b lists a folder that contains it — f\.root, object a\/b, byte \d+ — the file is damaged/,
    );
    // As deep as one likes, but not for ever.
    await expect(file.histogram(`a${"/b".repeat(500)}/deep`)).rejects.toThrow("there is no");
  });
});

describe("compressed blocks", () => {
  /** Changes the header of the first block of a histogram. */
  async function withBlock(change: (block: Buffer) => void): Promise<string> {
    const bytes = read("histograms-zstd");
    const at = Buffer.from(bytes.buffer).indexOf("ZS\x01", recordAt(bytes, "TH1D", "weighted", 0));
    change(Buffer.from(bytes.buffer, at));
    const error = await (await open(bytes))
      .histogram("weighted;1")
      .catch((reason: Error) => reason.message);
    expect(typeof error).toBe("string");
    return (error as string).replaceAll(/\d{3,}/g, "N");
  }
  const where = "f.root, object weighted;1, byte N";

  it("with an unknown algorithm", async () => {
    expect(await withBlock((block) => block.write("QQ"))).toBe(
      `unknown compression ("QQ" instead of ZL, CS, L4, ZS or XZ) — ${where} — the file is damaged, or compressed by a later version of ROOT`,
    );
    expect(await withBlock((block) => block.fill(7, 0, 2))).toContain("(bytes 7, 7 instead");
  });

  it("with wrong sizes", async () => {
    expect(await withBlock((block) => block.writeUIntLE(70_000, 3, 3))).toBe(
      `a block of N bytes that unpack to N does not fit: N are left, N expected — ${where} — ${DAMAGED}`,
    );
    expect(await withBlock((block) => block.writeUIntLE(5, 6, 3))).toBe(
      `the compressed data end after 5 of N bytes — ${where} — ${DAMAGED}`,
    );
    expect(await withBlock((block) => block.writeUIntLE(0, 6, 3))).toContain("does not fit");
  });

  it("with damaged content", async () => {
    expect(await withBlock((block) => block.fill(0xff, 20, 60))).toMatch(
      /^a block of ZS cannot be unpacked \(.+\) — f\.root, object weighted;1, byte N — the file is damaged/,
    );
  });

  it.each([
    ["zlib", "ZL"],
    ["deflate", "CS"],
    ["lz4", "L4"],
    ["zstd", "ZS"],
    ["lzma", "XZ"],
  ])("of %s with damaged content, unpacked by Node and by a page", async (name, letters) => {
    const bytes = read(`tree-${name}`);
    // Of each block, a little after its header; those cut off by it are damaged as well.
    for (let at = 100; at > 0; at = Buffer.from(bytes.buffer).indexOf(letters, at + 1)) {
      if (at > 100) bytes.fill(0xff, at + 12, at + 24);
    }
    const folder = mkdtempSync(`${tmpdir()}/codec-`);
    try {
      writeFileSync(`${folder}/f.root`, bytes);
      for (const opening of [open(bytes), openRootFile(`${folder}/f.root`)]) {
        const reading = opening.then(async (file) => (await file.table("events")).read());
        const error: unknown = await reading.catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(NextstatError);
        expect((error as NextstatError).message).toMatch(
          /^(a block of \w\w cannot be unpacked \(.+\)|a block unpacks to \d+ bytes instead of \d+) — .*f\.root, .*byte \d+ — the file is damaged: copy or write it again$/,
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("of LZ4 whose checksum is wrong", async () => {
    const bytes = read("tree-lz4");
    const at = Buffer.from(bytes.buffer).indexOf("L4\x01");
    bytes[at + 30] = (bytes[at + 30] as number) ^ 1;
    const file = await open(bytes);
    const table = await file.table("events");
    await expect(table.read()).rejects.toThrow(
      /^a block of L4 cannot be unpacked \(wrong checksum\) — f\.root, object events;1, branch v_float, byte \d+ — /,
    );
  });
});

describe("trees and ntuples", () => {
  it("columns that are not there or cannot be read", async () => {
    const file = await openRootFile(`${golden}tree-objects.root`);
    const whole = await file.table("whole");
    await expect(whole.read(["event"])).rejects.toThrow(
      'column "event" (GoldenEvent) cannot be read — ',
    );
    await expect(whole.read(["events"])).rejects.toThrow('there is no column "events" — ');
    await expect(whole.read(["events"])).rejects.toThrow('did you mean "event"?');
    expect((await whole.read()).columns).toEqual({});
    await file.close();
  });

  it("entries that are not there", async () => {
    const file = await openRootFile(`${golden}tree-none.root`);
    const events = await file.table("events");
    await expect(events.read(["i8"], { stop: 61 })).rejects.toThrow(
      "entry 61 is after the last one — ",
    );
    await expect(events.read(["i8"], { start: 5, stop: 4 })).rejects.toThrow("entries 5 to 4 — ");
    await expect(events.read(["i8"], { start: 0.5 })).rejects.toThrow("entries 0.5 to 60 — ");
    expect(() => events.chunks(["i8"], { chunkEntries: 0 })).toThrow("chunkEntries: 0 — ");
    await expect(events.read(["f64"], { maxBytes: 100 })).rejects.toThrow(
      "the columns take more than 100 bytes — ",
    );
    await file.close();
  });

  it("a tree that claims a million million entries", async () => {
    const bytes = read("small-tree");
    const at = recordAt(bytes, "TTree", "events", 0);
    const record = Buffer.from(bytes.buffer, at, view(bytes).getInt32(at));
    // fEntries is the first 64-bit number after the attributes: find its value, 5.
    const entries = record.indexOf(Buffer.from([0, 0, 0, 0, 0, 0, 0, 5]));
    record.writeBigInt64BE(10n ** 12n, entries);
    const events = await (await open(bytes)).table("events");
    expect(events.entries).toBe(1e12);
    await expect(events.read(["f64"])).rejects.toThrow(
      /^the branch has 5 entries, and the tree 1000000000000 — f\.root, object events;1, branch f64, byte \d+ — /,
    );
  });

  it("an ntuple whose metadata or pages were changed", async () => {
    const bytes = read("ntuple-zstd");
    const file = await open(bytes);
    const table = await file.table("ntuple");
    const anchor = recordAt(bytes, "ROOT::RNTuple", "ntuple", 0);
    const data = anchor + view(bytes).getUint16(anchor + 14);
    const footer = Number(view(bytes).getBigUint64(data + 6 + 8 + 24));
    // Within its compressed data: what unpacks has another checksum, or nothing does.
    bytes[footer + 40] = (bytes[footer + 40] as number) ^ 0x10;
    await expect((await open(bytes)).table("ntuple")).rejects.toThrow(
      /^(wrong checksum of the footer|a block of ZS cannot be unpacked .*) — f\.root, object ntuple;1, byte \d+/,
    );
    // Pages have checksums of their own in this file.
    const header = Number(view(bytes).getBigUint64(data + 6 + 8));
    for (let i = header - 400; i < header + 4000; i++) bytes[i] = (bytes[i] as number) ^ 1;
    await expect(table.read()).rejects.toThrow("wrong checksum of a page");
  });
});

/** The same file with 8-byte positions in its header, as files beyond 2 GB have. */
function withLargeHeader(bytes: Uint8Array): Uint8Array {
  const large = bytes.slice();
  const [from, to] = [view(bytes), view(large)];
  to.setInt32(4, from.getInt32(4) + 1_000_000);
  const fields: readonly (readonly [at: number, isPosition: boolean])[] = [
    [12, true], // end
    [16, true], // free segments
    [20, false],
    [24, false],
    [28, false],
  ];
  let at = 12;
  for (const [source, isPosition] of fields) {
    if (isPosition) to.setBigInt64(at, BigInt(from.getInt32(source)));
    else to.setInt32(at, from.getInt32(source));
    at += isPosition ? 8 : 4;
  }
  large.set(bytes.subarray(32, 37), at); // bytes of a position, compression
  to.setBigInt64(at + 5, BigInt(from.getInt32(37)));
  to.setInt32(at + 13, from.getInt32(41));
  return large;
}

it("the header of a file beyond 2 GB", async () => {
  const file = await open(withLargeHeader(read("histograms")));
  expect((await file.list()).length).toBe(14);
  expect((await file.histogram("hI")).values[0]).toBe(17);
});
