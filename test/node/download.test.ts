/**
 * Downloads from a server on this machine, and the archives of tools/golden/archives.py.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { packTar } from "modern-tar";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { NextstatError } from "../../src/errors.ts";
import { entryPath } from "../../src/node/archives/entry-path.ts";
import { createMeter, sizeText } from "../../src/node/archives/limits.ts";
import { type DownloadOptions, type DownloadResult, download } from "../../src/node/index.ts";
import { type ArchiveServer, startArchiveServer } from "./archive-server.ts";

const GOLDEN = new URL("../golden/", import.meta.url);
interface Golden {
  readonly good: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly files: Readonly<Record<string, string>>;
  readonly bad: readonly string[];
}
const golden: Golden = JSON.parse(readFileSync(new URL("archives.json", GOLDEN), "utf8"));
const archive = (name: string): Buffer => readFileSync(new URL(`archives/${name}`, GOLDEN));

let server: ArchiveServer;
let top: string;
beforeAll(async () => {
  server = await startArchiveServer();
  for (const name of readdirSync(new URL("archives/", GOLDEN))) {
    server.answers.set(`/${name}`, (_, response) => response.end(archive(name)));
  }
});
afterAll(() => server.close());
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "nextstat-download-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

/** Downloads into the folder `out`, from this machine. */
function get(path: string, options: DownloadOptions = {}): Promise<DownloadResult> {
  const approvedOrigins = [server.origin];
  return download(`${server.origin}/${path}`, join(top, "out"), { approvedOrigins, ...options });
}

/** The error of a download, after which nothing may be left behind. */
async function refused(promise: Promise<unknown>): Promise<NextstatError> {
  const error = await promise.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NextstatError);
  expect(readdirSync(top)).toEqual([]);
  const { message } = error as NextstatError;
  expect(message).not.toMatch(/\n/);
  expect(message.length).toBeLessThan(600);
  return error as NextstatError;
}

/** Every file below a folder by its path with `/`. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    files
      .filter((file) => statSync(join(folder, file)).isFile())
      .map((file) => [file.replaceAll("\\", "/"), readFileSync(join(folder, file), "utf8")]),
  );
}

describe("good archives", () => {
  test.each(Object.entries(golden.good))("%s is unpacked as by pyhf", async (name, files) => {
    const result = await get(name);
    expect(contents(join(top, "out"))).toEqual(files);
    expect(readdirSync(top)).toEqual(["out"]);
    const bytes = archive(name);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const format = name.replace(/^[^.]+\./, "");
    expect(result.archive).toEqual({ format, bytes: bytes.length, sha256 });
    expect(Object.fromEntries(result.files.map(({ path, bytes }) => [path, bytes]))).toEqual(
      Object.fromEntries(
        Object.entries(files).map(([path, text]) => [path, Buffer.byteLength(text)]),
      ),
    );
  });

  test.each([
    ["flat.zip", []],
    ["macos.zip", ["__MACOSX/", "__MACOSX/._likelihoods"]],
  ])("%s has the files one looks for", async (name, skipped) => {
    const result = await get(name);
    expect(contents(join(top, "out"))).toEqual(golden.files);
    expect(result.skipped).toEqual(skipped);
  });

  test("go into a folder that is there and empty, also through a link", async () => {
    const out = join(top, "out");
    mkdirSync(join(top, "real"));
    symlinkSync(join(top, "real"), out);
    await get("nested.tar.gz");
    expect(contents(join(top, "real"))).toEqual(golden.good["nested.tar.gz"]);
    expect(readdirSync(top).sort()).toEqual(["out", "real"]);
  });

  test("are kept with compress, whatever is in them", async () => {
    const out = join(top, "out");
    for (const name of ["flat.tar.gz", "parent.zip", "other.tar.xz", "folder.zip"]) {
      const { files } = await get(name, { compress: true });
      expect(readFileSync(out).equals(archive(name)), name).toBe(true);
      expect(files).toEqual([]);
    }
    expect(readdirSync(top)).toEqual(["out"]);
  });

  test("survive a round trip of any content", { timeout: 30_000 }, async () => {
    const name = fc.stringMatching(/^[a-z]{1,8}(\/[a-zé]{1,8}){0,3}\.json$/);
    const file = fc.uint8Array({ maxLength: 3000 });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, file, { minKeys: 1, maxKeys: 6 }), async (files) => {
        const entries = Object.entries(files).map(([path, data]) => ({
          header: { name: path, size: data.length },
          body: data,
        }));
        const tar = gzipSync(await packTar(entries));
        server.answers.set("/any", (_, response) => response.end(tar));
        await get("any");
        for (const [path, data] of Object.entries(files)) {
          expect(readFileSync(join(top, "out", path)).equals(data)).toBe(true);
        }
        rmSync(join(top, "out"), { recursive: true });
      }),
      { numRuns: 20 },
    );
  });
});

describe("bad archives", () => {
  const words: Readonly<Record<string, RegExp>> = {
    "parent.zip": /leads out of the folder \(\.\.\) \("\.\.\/evil\.json"\)/,
    "parent.tar.gz": /leads out of the folder \(\.\.\) \("b\/\.\.\/\.\.\/evil\.json"\)/,
    "absolute.zip": /has an absolute path \("\/tmp\/evil\.json"\)/,
    "absolute.tar.gz": /has an absolute path/,
    "backslash.zip": /has a backslash in its name/,
    "backslash.tar.gz": /has a backslash in its name/,
    "drive.zip": /has a colon in its name, which Windows takes for a drive \("C:\/evil/,
    "drive.tar.gz": /has a colon in its name/,
    "dots-and-space.tar.gz": /ends in a dot or space/,
    "control-character.tar.gz": /has a control character in its name/,
    "not-utf8.tar.gz": /has a name that is not UTF-8/,
    "symlink.tar.gz": /is a symbolic link, which is not unpacked \("link"\)/,
    "through-symlink.tar.gz": /is a symbolic link, which is not unpacked \("out"\)/,
    "hardlink.tar.gz": /is a hard link, which is not unpacked/,
    "symlink.zip": /is a symbolic link, which is not unpacked/,
    "fifo.tar.gz": /is a pipe, which is not unpacked/,
    "device.tar.gz": /is a device, which is not unpacked/,
    "device.zip": /is a device, which is not unpacked/,
    "sparse.tar.gz": /is a file with holes, which is not unpacked/,
    "twice.tar.gz": /would replace another one \("\.\/a\.json"\)/,
    "twice.zip": /would replace another one \("a\.json"\)/,
    "file-and-folder.tar.gz": /would replace another one \("a\/b\.json"\)/,
    "folder-and-file.zip": /would replace another one \("a"\)/,
    "name-too-long.tar.gz": /has too long a name \("n{200}\.\.\."\)/,
    "encrypted.zip": /is encrypted \("a\.json"\)/,
    "lzma.zip": /is compressed by a method that is not known \(14\)/,
    "wrong-checksum.zip": /is damaged: its checksum is wrong \("a\.json"\)/,
    "wrong-size.zip": /the archive is damaged \(too many bytes/,
    "cut.zip": /the archive is damaged \(End of central directory/i,
    "cut.tar.gz": /the archive is damaged \(unexpected end of file\)/,
    "cut.tar": /the archive is damaged \(Tar archive is truncated/,
    "wrong-checksum.tar": /the archive is damaged \(Invalid tar header checksum/,
    "wrong-checksum.tar.gz": /the archive is damaged \(incorrect data check\)/,
    "nothing.zip": /there is no file in the archive/,
    "folders-only.tar.gz": /there is no file in the archive/,
    "workspace.json.gz": /the archive is damaged \(Tar archive is truncated/,
    "other.tar.xz": /is compressed with xz — only zip, tar and tar\.gz are unpacked; keep it/,
    "other.tar.bz2": /is compressed with bzip2/,
    "page.html": /sent something unnamed, which is no archive — give the address/,
    empty: /sent nothing — give the address of the zip or tar file itself/,
  };

  test("have each their error", () => {
    expect(Object.keys(words)).toEqual(golden.bad);
  });

  test.each(golden.bad)("%s", async (name) => {
    const evil = ["../evil.json", "evil.json"].map((path) => join(top, path));
    const { kind, message } = await refused(get(name));
    expect(message).toMatch(words[name] as RegExp);
    expect(kind).toBe("input");
    for (const path of [...evil, "/tmp/evil.json"]) expect(existsSync(path), path).toBe(false);
  });
});

describe("bombs", () => {
  const zeros = (mebibytes: number): Promise<Uint8Array> =>
    packTar([
      { header: { name: "zeros", size: mebibytes << 20 }, body: new Uint8Array(mebibytes << 20) },
    ]);

  test("by their ratio", async () => {
    const bomb = gzipSync(await zeros(65));
    server.answers.set("/bomb", (_, response) => response.end(bomb));
    const { message } = await refused(get("bomb"));
    expect(message).toMatch(
      /^the archive of \S+ KiB unpacks to more than 200 times its size — .*--max-size/,
    );
  });

  test("by the size of their content", async () => {
    server.answers.set("/bomb", async (_, response) => response.end(gzipSync(await zeros(2))));
    const { message } = await refused(get("bomb", { maxBytes: 1024 ** 2 }));
    expect(message).toMatch(/^the archive unpacks to more than 1 MiB — .*--max-size/);
    // A zip file counts by what comes out of it.
    expect((await refused(get("folder.zip", { maxBytes: 600 }))).message).toMatch(
      /^the archive unpacks to more than 600 bytes/,
    );
  });

  test.each([
    ["announced", true],
    ["not announced", false],
  ])("by their own size, %s", async (_, announced) => {
    server.answers.set("/large", (_, response) => {
      if (announced) response.setHeader("content-length", 5000);
      response.write(archive("flat.tar").subarray(0, 2500));
      response.end(archive("flat.tar").subarray(2500, 5000));
    });
    const { message } = await refused(get("large", { maxBytes: 4096 }));
    expect(message).toMatch(
      announced
        ? /^the archive is larger than 4 KiB \(4\.88 KiB\) — /
        : /^the archive is larger than 4 KiB — /,
    );
  });

  test("the limits", () => {
    const meter = createMeter(undefined, 1000);
    meter.add(64 * 1024 ** 2);
    expect(() => meter.add(1)).toThrow(/of 1000 bytes unpacks to more than 200 times/);
    // Who says how much it may be has said what to expect.
    createMeter(66 * 1024 ** 2, 1000).add(65 * 1024 ** 2);
    createMeter(undefined, 2 ** 30).add(2 ** 31);
    expect(() => createMeter(undefined, 2 ** 30).add(2 ** 31 + 1)).toThrow(/more than 2 GiB/);
    expect([0, 1023, 1024, 1_500_000, 2 ** 41].map(sizeText)).toEqual([
      "0 bytes",
      "1020 bytes",
      "1 KiB",
      "1.43 MiB",
      "2 TiB",
    ]);
  });
});

describe("the network", () => {
  test("asks for the file rather than the page about it", async () => {
    await get("flat.zip");
    expect(server.lastHeaders()).toMatchObject({
      accept: "application/x-tar, application/zip",
      "accept-encoding": "identity",
    });
  });

  test("redirects are followed to approved hosts only", async () => {
    server.answers.set("/doi", (_, response) =>
      response.writeHead(302, { location: "/record" }).end(),
    );
    server.answers.set("/record", (_, response) =>
      response.writeHead(301, { location: `${server.origin}/flat.zip` }).end("moved"),
    );
    const { url, finalUrl } = await get("doi");
    expect([url, finalUrl]).toEqual([`${server.origin}/doi`, `${server.origin}/flat.zip`]);
    rmSync(join(top, "out"), { recursive: true });

    const other = await startArchiveServer();
    other.answers.set("/flat.zip", (_, response) => response.end(archive("flat.zip")));
    server.answers.set("/away", (_, response) =>
      response.writeHead(302, { location: `${other.origin}/flat.zip` }).end(),
    );
    const { kind, message } = await refused(get("away"));
    expect(kind).toBe("usage");
    expect(message).toBe(
      `${server.origin.slice(7)} redirects to ${other.origin}, which is not an approved archive host — approved: ${server.origin}; --force takes any`,
    );
    expect((await get("away", { force: true })).finalUrl).toBe(`${other.origin}/flat.zip`);
    await other.close();
  });

  test.each<[string, string | undefined, RegExp]>([
    ["to a file", "file:///etc/passwd", /"file:\/\/\/etc\/passwd" is not an address on the web/],
    ["nowhere", undefined, /redirects, but does not say where to/],
    ["to nonsense", "http://[", /redirects, but does not say where to/],
    ["in circles", "/circle", /redirects more than 10 times/],
  ])("redirects %s", async (_, location, expected) => {
    server.answers.set("/circle", (_, response) =>
      response.writeHead(302, location === undefined ? {} : { location }).end(),
    );
    expect((await refused(get("circle", { force: true }))).message).toMatch(expected);
  });

  test.each([
    [404, /answered 404 Not Found — check the address/],
    [403, /answered 403 Forbidden — only archives that are public/],
    [503, /answered 503 Service Unavailable — try again later/],
    [204, /answered 204 No Content/],
    [206, /answered 206 Partial Content/],
  ])("status %d", async (status, expected) => {
    server.answers.set("/status", (_, response) => response.writeHead(status).end());
    expect((await refused(get("status"))).message).toMatch(expected);
  });

  test("a page instead of an archive, whatever it is called", async () => {
    server.answers.set("/page", (_, response) => {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(archive("page.html"));
    });
    const { message } = await refused(get("page"));
    expect(message).toMatch(
      /sent text\/html; charset=utf-8, which is no archive — give the address/,
    );
    await refused(get("page", { compress: true }));
    server.answers.set("/called", (_, response) => {
      response.setHeader("content-type", "text/html");
      response.end(archive("flat.zip"));
    });
    expect((await get("called")).archive.format).toBe("zip");
  });

  test.each([
    ["shorter than announced", true],
    ["without an end", false],
  ])("a body %s", async (_, announced) => {
    server.answers.set("/cut", (_, response) => {
      if (announced) response.setHeader("content-length", 10_240);
      response.write(archive("flat.tar").subarray(0, 6000));
      setTimeout(() => response.destroy(), 20);
    });
    expect((await refused(get("cut"))).message).toMatch(
      announced
        ? /^the download broke off after 5\.86 KiB of 10 KiB — try again$/
        : /^the download broke off after 5\.86 KiB — try again$/,
    );
  });

  test.each([
    ["headers", () => undefined],
    [
      "the rest",
      (_: unknown, response: { write(bytes: Uint8Array): unknown }) =>
        response.write(archive("flat.tar").subarray(0, 6000)),
    ],
  ])("waits only so long for %s", async (_, answer) => {
    server.answers.set("/slow", answer as never);
    expect((await refused(get("slow", { timeoutSeconds: 0.15 }))).message).toMatch(
      /^127\.0\.0\.1:\d+ has sent nothing for 0\.15 s — try again later/,
    );
  });

  test("a slow server is not a silent one", async () => {
    const bytes = archive("flat.tar");
    server.answers.set("/steady", async (_, response) => {
      for (let at = 0; at < bytes.length; at += 2048) {
        response.write(bytes.subarray(at, at + 2048));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      response.end();
    });
    await get("steady", { timeoutSeconds: 0.35 });
    expect(contents(join(top, "out"))).toEqual(golden.files);
  });

  test("a host that does not answer", async () => {
    const gone = await startArchiveServer();
    await gone.close();
    const promise = download(`${gone.origin}/a.zip`, join(top, "out"), { force: true });
    expect((await refused(promise)).message).toMatch(
      /^cannot reach 127\.0\.0\.1:\d+ \(ECONNREFUSED\) — /,
    );
  });

  test("can be stopped, and leaves nothing", async () => {
    const controller = new AbortController();
    const heard: string[] = [];
    server.answers.set("/endless", (_, response) => {
      response.setHeader("content-length", 1e6);
      response.write(archive("flat.tar").subarray(0, 6000));
    });
    const promise = get("endless", {
      signal: controller.signal,
      onProgress(doing, fraction) {
        heard.push(`${doing} ${fraction}`);
        controller.abort();
      },
    });
    const error: unknown = await promise.catch((reason: unknown) => reason);
    expect(error).toBe(controller.signal.reason);
    expect(heard).toEqual(["downloading 977 KiB 0.006"]);
    expect(readdirSync(top)).toEqual([]);
  });

  test("can be stopped while unpacking", async () => {
    const controller = new AbortController();
    const promise = get("nested.tar.gz", {
      signal: controller.signal,
      onProgress: (doing) => {
        if (doing === "unpacking, 2 files") controller.abort();
      },
    });
    const error: unknown = await promise.catch((reason: unknown) => reason);
    expect(error).toBe(controller.signal.reason);
    expect(readdirSync(top)).toEqual([]);
  });
});

describe("what is refused before anything is asked", () => {
  test.each<[string, string, DownloadOptions, RegExp]>([
    [
      "a host",
      "https://example.org/a.zip",
      {},
      /^https:\/\/example\.org is not an approved archive host — approved: https:\/\/www\.hepdata\.net, https:\/\/doi\.org; --force takes any$/,
    ],
    [
      "a host that begins alike",
      "https://doi.org.example.org/",
      {},
      /not an approved archive host/,
    ],
    ["another port", "https://doi.org:8443/x", {}, /^https:\/\/doi\.org:8443 is not an approved/],
    [
      "without encryption",
      "http://www.hepdata.net/x",
      {},
      /^http:\/\/www\.hepdata\.net is not an approved/,
    ],
    [
      "a password",
      "https://me:secret@doi.org/x",
      {},
      /^the address has a user name or password in it/,
    ],
    ["a file", "file:///etc/passwd", { force: true }, /is not an address on the web/],
    [
      "a word",
      "1Lbb",
      { force: true },
      /^"1Lbb" is not an address on the web — an address begins with https/,
    ],
    ["a size", "https://doi.org/x", { maxBytes: 0 }, /^maxBytes 0 is not a number above 0/],
    ["a time", "https://doi.org/x", { timeoutSeconds: Number.NaN }, /^timeoutSeconds NaN is not/],
    ["a wait", "https://doi.org/x", { timeoutSeconds: 301 }, /above 0 and up to 300$/],
  ])("%s", async (_, url, options, expected) => {
    const { kind, message } = await refused(download(url, join(top, "out"), options));
    expect(kind).toBe("usage");
    expect(message).toMatch(expected);
    expect(message).not.toContain("secret");
  });

  test("a folder with something in it, a file, a folder that cannot be made", async () => {
    const out = join(top, "out");
    mkdirSync(out);
    writeFileSync(join(out, "mine.txt"), "mine");
    await expect(get("flat.zip")).rejects.toThrow(/the folder is not empty — .*out/);
    await expect(get("flat.zip", { compress: true })).rejects.toThrow(/this is a directory/);
    expect(readdirSync(out)).toEqual(["mine.txt"]);
    const file = join(out, "mine.txt");
    const options = { approvedOrigins: [server.origin] };
    const url = `${server.origin}/flat.zip`;
    await expect(download(url, file, options)).rejects.toThrow(/this is a file, not a folder/);
    const nowhere = join(top, "nowhere", "out");
    await expect(download(url, nowhere, options)).rejects.toThrow(
      /folder to write to does not exist/,
    );
    expect(readFileSync(file, "utf8")).toBe("mine");
  });
});

test("no name of an entry leads out of the folder, on any system", () => {
  const piece = fc.oneof(
    fc.constantFrom("..", ".", "", "a", "C:", "\\", "/", "...", " ", "\0", "nul"),
    fc.string({ maxLength: 4 }),
    fc.constantFrom("\u00e9", "\ufffd", "\u202e", "\u0085", "\u3000"),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.constantFrom("/", ""), (pieces, between) => {
      const name = pieces.join(between);
      let parts: readonly string[];
      try {
        parts = entryPath(name);
      } catch (error) {
        expect(error).toBeInstanceOf(NextstatError);
        return;
      }
      for (const part of parts) expect(part).not.toMatch(/^$|^\.\.?$|[/\\:]|\p{Cc}|[. ]$/u);
      expect(parts.join("/")).toBe(
        name
          .split("/")
          .filter((part) => part !== "" && part !== ".")
          .join("/"),
      );
    }),
    { numRuns: 500 },
  );
});
