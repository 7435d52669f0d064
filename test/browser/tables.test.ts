/**
 * ROOT, Parquet and Arrow files in a browser: through every decompressor there, under a strict content security policy, from a web server in
 * parts and from a file as a user chooses it; the same numbers as here.
 *
 * Needs a Chromium: /usr/bin/chromium, or the one named by CHROMIUM_PATH. Skips where there is none.
 *
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Table } from "../../src/index.ts";
import { openTableFile } from "../../src/node/index.ts";
import { bundleLibrary } from "./page-server.ts";

const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const FILES = ["lz4", "zlib", "zstd", "lzma", "deflate", "none"].map((name) => `tree-${name}.root`);
const TABLES: Readonly<Record<string, string>> = { "ntuple-zstd.root": "ntuple" };
/** One table each, through every codec that a page has. */
const COLUMNAR = [
  ...["gzip", "zstd", "snappy", "lz4"].map((codec) => `yields-pyarrow-${codec}.parquet`),
  ...["zstd", "lz4"].map((codec) => `yields-pyarrow-${codec}.arrows`),
  "columns-pyarrow-v1.parquet",
];
const NAMES = [...FILES, ...Object.keys(TABLES), ...COLUMNAR];
const isColumnar = (name: string): boolean => COLUMNAR.includes(name);
const pathOf = (name: string): string =>
  `test/golden/${isColumnar(name) ? "columnar" : "root"}/${name}`;
const tableOf = (name: string): string | undefined =>
  isColumnar(name) ? undefined : (TABLES[name] ?? "events");

/** Everything in a table as text, here and in the page: equal text is equal numbers. */
const SUMMARY = `async (table) => {
  const { columns } = await (table.readOptional ?? table.read)();
  return JSON.stringify(columns, (_, value) =>
    typeof value === "bigint" ? String(value) : ArrayBuffer.isView(value) ? [...value] : value);
}`;

const SCRIPT = `const report = {};
const summary = ${SUMMARY};
const { openTable, urlSource, blobSource } = await import("/nextstat.js");
const tables = ${JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, tableOf(name)])))};
for (const name of ${JSON.stringify(NAMES)}) {
  const options = name in tables ? { table: tables[name] } : {};
  try {
    const url = new URL("/" + name, location.href).href;
    report[name] = await summary((await openTable(await urlSource(url), options)).table);
    const file = new File([await (await fetch(url)).arrayBuffer()], name);
    const again = await summary((await openTable(blobSource(file, name), options)).table);
    if (again !== report[name]) report[name] = "the Blob differs";
  } catch (error) {
    report[name] = String(error?.stack ?? error);
  }
}
const element = document.getElementById("report");
element.textContent = JSON.stringify(report);
element.className = "done";
`;

const present = existsSync(CHROMIUM);
const reason = present ? "" : ` (skipped: there is no ${CHROMIUM}; set CHROMIUM_PATH)`;
if (!present)
  console.log(`ROOT, Parquet and Arrow files in a browser skipped: there is no ${CHROMIUM}`);

describe.skipIf(!present)(`ROOT, Parquet and Arrow files in headless Chromium${reason}`, () => {
  let server: Server;
  let browser: Browser;
  let report: Readonly<Record<string, string>>;

  beforeAll(async () => {
    server = await serve(await bundleLibrary());
    const { port } = server.address() as AddressInfo;
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    const text = await page.locator("#report.done").textContent({ timeout: 60_000 });
    report = JSON.parse(text ?? "{}");
  });
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    await new Promise((done) => (server === undefined ? done(0) : server.close(done)));
  });

  it.each(NAMES)("%s", async (name) => {
    const summary = new Function(`return ${SUMMARY}`)() as (table: Table) => Promise<string>;
    const { table, close } = await openTableFile(pathOf(name), tableOf(name));
    expect(report[name]).toBe(await summary(table));
    await close();
  });
});

/** The page, the bundle, and the files, in parts where that is asked for. */
async function serve(bundle: string): Promise<Server> {
  const pages: Readonly<Record<string, readonly [type: string, body: string]>> = {
    "/": ["text/html", '<script type="module" src="/page.js"></script><pre id="report"></pre>'],
    "/page.js": ["text/javascript", SCRIPT],
    "/nextstat.js": ["text/javascript", bundle],
  };
  const server = createServer((request, response) => {
    const name = (request.url ?? "/").slice(1);
    const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
    const page = pages[`/${name}`];
    if (page !== undefined) {
      const [type, body] = page;
      response.writeHead(200, { "content-type": type, "content-security-policy": policy });
      response.end(body);
      return;
    }
    if (!NAMES.includes(name)) {
      response.writeHead(404).end();
      return;
    }
    const bytes = readFileSync(pathOf(name));
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
    if (range === null) {
      response.writeHead(200).end(bytes);
      return;
    }
    const [, first, last] = range;
    response.writeHead(206, { "content-range": `bytes ${first}-${last}/${bytes.length}` });
    response.end(bytes.subarray(Number(first), Number(last) + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
