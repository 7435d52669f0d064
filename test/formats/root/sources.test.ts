/**
 * The same file from disk, memory, a Blob and a web server; only what is asked for is read, and what is held while a large
 * tree is read in chunks does not grow.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type ByteSource,
  blobSource,
  bytesSource,
  openRoot,
  type RootFile,
  urlSource,
  writeRoot,
} from "../../../src/formats/index.ts";
import { buffered } from "../../../src/formats/tables/byte-source.ts";
import { openRootFile } from "../../../src/node/root-file.ts";
import { canonical, digest } from "./canonical.ts";

const path = fileURLToPath(new URL("../../golden/root/tree-lz4.root", import.meta.url));
const bytes = new Uint8Array(readFileSync(path));

async function digestOf(file: RootFile): Promise<string> {
  const { columns } = await (await file.table("events")).read();
  await file.close();
  return digest(Buffer.concat(Object.values(columns).map(canonical)));
}

const expected = await digestOf(await openRoot(bytesSource(bytes, "memory")));

/** Counts what is read. */
function counting(source: ByteSource): {
  readonly source: ByteSource;
  bytes: number;
  reads: number;
} {
  const counter = {
    bytes: 0,
    reads: 0,
    source: {
      ...source,
      read(offset: number, length: number) {
        counter.bytes += length;
        counter.reads += 1;
        return source.read(offset, length);
      },
    },
  };
  return counter;
}

/** f/h0 to f/h999. */
function manyHistograms(): Uint8Array {
  const values = Array.from({ length: 100 }, (_, i) => i);
  const edges = [...values, 100];
  return writeRoot(Array.from({ length: 1000 }, (_, i) => ({ path: `f/h${i}`, edges, values })));
}

describe("sources", () => {
  it("disk", async () => {
    expect(await digestOf(await openRootFile(path))).toBe(expected);
  });

  it("a Blob", async () => {
    expect(await digestOf(await openRoot(blobSource(new Blob([bytes]), "blob")))).toBe(expected);
  });

  it("a Blob that can no longer be read", async () => {
    const gone = Object.assign(new Blob([bytes]), {
      slice: () => ({
        arrayBuffer: () => Promise.reject(new DOMException("no", "NotReadableError")),
      }),
    });
    await expect(openRoot(blobSource(gone as unknown as Blob, "f.root"))).rejects.toThrow(
      /^the file changed or disappeared — f\.root — choose it again$/,
    );
  });

  it("that fail are asked again", async () => {
    let fails = true;
    const memory = bytesSource(bytes, "f.root");
    const source = buffered({
      ...memory,
      read: (offset, length) =>
        fails ? Promise.reject(new Error("away")) : memory.read(offset, length),
    });
    await expect(source.read(0, 4)).rejects.toThrow("away");
    fails = false;
    expect(await source.read(0, 4)).toEqual(bytes.subarray(0, 4));
  });

  it("read one histogram of a thousand without the others", async () => {
    const counter = counting(bytesSource(manyHistograms(), "many.root"));
    const file = await openRoot(counter.source);
    expect((await file.histogram("f/h700")).values[7]).toBe(7);
    // The file has 1.4 MB: the beginning, the keys (60 kB), the classes and the histogram, in pages of 64 kB.
    expect(counter.source.size).toBeGreaterThan(1_300_000);
    expect(counter.bytes).toBeLessThan(400_000);
  });

  it("read one branch without the others", async () => {
    const counter = counting(bytesSource(bytes, "tree.root"));
    const events = await (await openRoot(counter.source)).table("events");
    counter.reads = 0;
    await events.read(["f64"], { start: 20, stop: 22 });
    expect(counter.reads).toBeLessThanOrEqual(1);
  });
});

it("each basket is unpacked once, however short the chunks are", async () => {
  const zstd = new Uint8Array(readFileSync(path.replace("lz4", "zstd")));
  let unpacked = 0;
  const count = {
    zstd(block: Uint8Array, size: number): Uint8Array {
      unpacked += 1;
      return zstdDecompressSync(block, { maxOutputLength: size });
    },
  };
  const events = await (await openRoot(bytesSource(zstd, "zstd"), { codecs: count })).table(
    "events",
  );
  unpacked = 0;
  await events.read();
  const once = unpacked;
  unpacked = 0;
  for await (const { start, stop } of events.chunks(undefined, { chunkEntries: 1 })) {
    expect(stop).toBe(start + 1);
  }
  expect(once).toBeGreaterThan(50);
  expect(unpacked).toBe(once);
});

describe("a web server", () => {
  let server: Server | undefined;
  afterEach(() => new Promise((done) => (server === undefined ? done(0) : server.close(done))));

  function serve(listener: RequestListener): Promise<string> {
    return new Promise((resolve) => {
      const started = createServer(listener);
      server = started;
      started.listen(0, "127.0.0.1", () => {
        const { port } = started.address() as AddressInfo;
        resolve(`http://127.0.0.1:${port}/tree.root`);
      });
    });
  }

  /** Answers ranges; `change` may alter the headers. */
  const ranges =
    (
      change: (headers: Record<string, string>, count: number) => void = () => {},
    ): RequestListener =>
    (request, response) => {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
      const body = bytes.subarray(Number(first), Number(last) + 1);
      const headers = {
        "content-range": `bytes ${first}-${last}/${bytes.length}`,
        "content-length": `${body.length}`,
        etag: '"one"',
      };
      count += 1;
      change(headers, count);
      response.writeHead(206, headers).end(body);
    };
  let count = 0;
  beforeEach(() => {
    count = 0;
  });

  it("that sends parts of files", async () => {
    const url = await serve(ranges());
    const source = await urlSource(url, { headers: { authorization: "Bearer x" } });
    expect(await digestOf(await openRoot(source))).toBe(expected);
    // The pages of 64 kB that the file has, and the first byte: not one for each of its 250 baskets.
    expect(count).toBeLessThan(8);
  });

  it.each([
    [
      "whole files only",
      (_, r) => void r.writeHead(200).end("root"),
      "the server sends whole files only",
    ],
    ["nothing", (_, r) => void r.writeHead(404).end(), "the server answers 404 Not Found"],
    [
      "parts without the size of the file",
      (_, r) => void r.writeHead(206).end("r"),
      "the server does not say how large the file is",
    ],
    [
      "too little",
      (_, r) => void r.writeHead(206, { "content-range": "bytes 0-0/99" }).end(),
      "the server sent 0 of 1 bytes from byte 0",
    ],
    [
      "more than was asked for",
      (_, r) => void r.writeHead(206, { "content-range": "bytes 0-0/99" }).end("root"),
      "the server sent more than 1 bytes from byte 0",
    ],
    [
      "another part",
      (_, r) => void r.writeHead(206, { "content-range": "bytes 5-5/99" }).end("r"),
      "the server sent bytes from 5 on instead of 0",
    ],
    [
      "an empty file",
      (_, r) => void r.writeHead(416).end(),
      "the server answers 416 Range Not Satisfiable",
    ],
  ] satisfies [string, RequestListener, string][])(
    "that sends %s",
    async (_, listener, message) => {
      const url = await serve(listener);
      await expect(urlSource(url)).rejects.toThrow(`${message} — ${url}`);
    },
  );

  it("whose file changes meanwhile", async () => {
    const url = await serve(
      ranges((headers, number) => {
        if (number > 1) headers.etag = '"two"';
      }),
    );
    const opened = urlSource(url).then(openRoot);
    await expect(opened.then(digestOf)).rejects.toThrow(
      `the file on the server changed while it was read — ${url} — open it again`,
    );
  });

  it("without end", async () => {
    let closed = false;
    const url = await serve((_, response) => {
      response.writeHead(206, { "content-range": "bytes 0-0/99" });
      const timer = setInterval(() => response.write("root".repeat(1000)), 1);
      response.on("close", () => {
        closed = true;
        clearInterval(timer);
      });
    });
    await expect(urlSource(url)).rejects.toThrow(`the server sent more than 1 bytes`);
    await vi.waitFor(() => expect(closed).toBe(true));
  });

  it("that is not there", async () => {
    await expect(urlSource("http://127.0.0.1:9/x.root")).rejects.toThrow(
      "the server cannot be reached — http://127.0.0.1:9/x.root — check the address",
    );
  });
});

describe("files on disk that cannot be read", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(`${tmpdir()}/root-`);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("say why", async () => {
    await expect(openRootFile(`${folder}/no.root`)).rejects.toThrow(
      `there is no such file — ${folder}/no.root — check the path`,
    );
    await expect(openRootFile(folder)).rejects.toThrow(
      `this is a directory, not a file — ${folder} — name a file in it`,
    );
    if (process.platform !== "win32") {
      execFileSync("mkfifo", [`${folder}/pipe`]);
      await expect(openRootFile(`${folder}/pipe`)).rejects.toThrow(
        `this is not a file — ${folder}/pipe — copy it to a file first`,
      );
    }
    writeFileSync(`${folder}/x`, "");
    await expect(openRootFile(`${folder}/x`)).rejects.toThrow("this is not a ROOT file");
  });

  it("also when they shrink", async () => {
    writeFileSync(`${folder}/x.root`, manyHistograms());
    const file = await openRootFile(`${folder}/x.root`);
    truncateSync(`${folder}/x.root`, 1000);
    await expect(file.histogram("f/h500")).rejects.toThrow(
      `the file became shorter while it was read — ${folder}/x.root — open it again`,
    );
    await file.close();
    await file.close();
  });
});
