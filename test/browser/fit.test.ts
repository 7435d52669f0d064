/**
 * The library in a browser: one bundle without any Node module, fitting in a page that forbids turning text into code,
 * with the same numbers as here to the last bit.
 *
 * Needs a Chromium: /usr/bin/chromium, or the one named by CHROMIUM_PATH. Skips where there is none.
 *
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FitResult, fit, fromPyhf } from "../../src/index.ts";
import {
  bundleLibrary,
  type PageReport,
  type PageServer,
  SUMMARY,
  servePage,
} from "./page-server.ts";

const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const WORKSPACES = [
  "examples/multichannel.json",
  "test/golden/workspaces/two-minima-01.json",
  "test/golden/workspaces/mixed-all-seven.json",
  "test/golden/workspaces/realistic-small.json",
].map((path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));

let bundle: string;
beforeAll(async () => {
  bundle = await bundleLibrary();
});

describe("the browser bundle", () => {
  test("names no Node module and imports nothing", () => {
    expect(bundle).not.toMatch(/["'`]node:/);
    expect(bundle).not.toMatch(/\brequire\s*\(|\bprocess\.|\bBuffer\b/);
    expect(bundle).not.toMatch(/^\s*import\b|\bimport\s*\(/m);
    expect(bundle).toMatch(/export\s*\{[^}]*\bfromPyhf\b/);
  });

  test("turns no text into code", () => {
    expect(bundle).not.toMatch(/\beval\s*\(|new Function\s*\(/);
  });

  // Not minified, which makes it about half of this, and with what is loaded only when it is used: the writer of Parquet alone is
  // 130 kB, and decompressors 70.
  test("is small", () => {
    expect(bundle.length).toBeGreaterThan(20_000);
    expect(bundle.length).toBeLessThan(1_500_000);
  });

  test("is smaller for a page that fits workspaces and reads no other files", async () => {
    const fitting = await bundleLibrary("{ fit, fromPyhf }");
    expect(fitting).not.toMatch(/HistFactorySchema|RNTuple|PAR1|ARROW1/);
    expect(bundle).toMatch(/HistFactorySchema/);
    expect(bundle).toMatch(/RNTuple/);
    expect(bundle).toMatch(/ARROW1/);
    expect(fitting.length).toBeLessThan(500_000);
  });
});

const present = existsSync(CHROMIUM);
const reason = present ? "" : ` (skipped: there is no ${CHROMIUM}; set CHROMIUM_PATH)`;
if (!present) console.log(`browser fits skipped: there is no ${CHROMIUM}`);

describe.skipIf(!present)(`fits in headless Chromium${reason}`, () => {
  let server: PageServer;
  let browser: Browser;
  let expected: string[];

  beforeAll(async () => {
    const summary = new Function(`return ${SUMMARY}`)() as (result: FitResult) => string;
    const fits = WORKSPACES.map((text) => fit(fromPyhf(text)));
    expect(fits[1]?.certificate.otherMinima).not.toEqual([]);
    expected = fits.map(summary);
    server = await servePage(bundle, WORKSPACES);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function open(url: string): Promise<PageReport> {
    const page = await browser.newPage();
    const text = await page
      .goto(url)
      .then(() => page.locator("#report.done").textContent({ timeout: 60_000 }));
    await page.close();
    return JSON.parse(text ?? "null") as PageReport;
  }

  test("in an ordinary page, without SharedArrayBuffer", async () => {
    const { results, ...page } = await open(server.plainUrl);
    expect(page).toEqual({
      crossOriginIsolated: false,
      sharedArrayBuffer: false,
      evalAllowed: false,
      error: null,
    });
    expect(results).toEqual(expected);
  });

  test("in a cross-origin isolated page", async () => {
    const { results, ...page } = await open(server.isolatedUrl);
    expect(page).toEqual({
      crossOriginIsolated: true,
      sharedArrayBuffer: true,
      evalAllowed: false,
      error: null,
    });
    expect(results).toEqual(expected);
  });
});
