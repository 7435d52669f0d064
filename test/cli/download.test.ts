/**
 * `nextstat download`, from a server on this machine.
 *
 * @module
 */

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type ArchiveServer, startArchiveServer } from "../node/archive-server.ts";
import { type CliResult, ROOT } from "./run-cli.ts";

const COMMAND = join(ROOT, "dist", "cli", "main.js");
const FLAT = readFileSync(`${ROOT}test/golden/archives/flat.tar.gz`);

let server: ArchiveServer;
let folder: string;
beforeAll(async () => {
  server = await startArchiveServer();
  server.answers.set("/flat.tar.gz", (_, response) => response.end(FLAT));
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nextstat-download-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command beside the server, which needs this process to answer. */
function download(args: readonly string[]): Promise<CliResult> {
  return new Promise((resolve) => {
    const words = [COMMAND, "download", ...args];
    const child = execFile(process.execPath, words, { cwd: folder }, (_, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr });
    });
  });
}

test("unpacks, and says what", async () => {
  const url = `${server.origin}/flat.tar.gz`;
  const { status, stdout, stderr } = await download(["--force", url, "likelihoods"]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    archive: {
      bytes: FLAT.length,
      format: "tar.gz",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
    files: [
      { bytes: 680, path: "BkgOnly.json" },
      { bytes: 16, path: "patchset.json" },
      { bytes: 13, path: "README.md" },
    ],
    final_url: url,
    output: "likelihoods",
    skipped: [],
    url,
  });
  expect(readdirSync(folder)).toEqual(["likelihoods"]);
  const kept = await download(["-f", "-c", url, "kept.tar.gz", "--format", "text"]);
  expect(kept.stdout).toMatch(
    /^from {9}http:\S+\narchive {6}tar\.gz, 204 bytes\nSHA-256 {6}[0-9a-f]{64}\nkept as {6}kept\.tar\.gz\n$/,
  );
  expect(readFileSync(join(folder, "kept.tar.gz")).equals(FLAT)).toBe(true);
  const again = await download(["-f", url, "likelihoods"]);
  expect(again.stderr).toBe(
    "nextstat: the folder is not empty — likelihoods — choose another folder\n",
  );
  expect(again.status).toBe(2);
});

test.each<[string, (origin: string) => readonly string[], RegExp]>([
  [
    "a host",
    (origin) => [`${origin}/flat.tar.gz`, "out"],
    /is not an approved archive host — approved: https:\/\/www\.hepdata\.net, https:\/\/doi\.org; --force takes any/,
  ],
  [
    "what is not there",
    (origin) => ["-f", `${origin}/no`, "out"],
    /answered 404 Not Found — check/,
  ],
  [
    "too much",
    (origin) => ["-f", "--max-size", "0.1k", `${origin}/flat.tar.gz`, "out"],
    /the archive is larger than 102 bytes \(204 bytes\)/,
  ],
  [
    "a size",
    () => ["--max-size", "much", "https://doi.org/x", "out"],
    /Expected a size such as 500M/,
  ],
  ["a time", () => ["--timeout", "soon", "https://doi.org/x", "out"], /Not a number: "soon"/],
  [
    "no folder",
    () => ["https://doi.org/x"],
    /missing required argument 'DIR' — see nextstat download --help/,
  ],
])("%s is refused in one line", async (_, args, message) => {
  const { status, stdout, stderr } = await download(args(server.origin));
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^nextstat: [^\n]+\n$/);
  expect(stdout).toBe("");
  expect(status).toBe(2);
  expect(readdirSync(folder)).toEqual([]);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s leaves nothing behind", async (signal) => {
  const words = [COMMAND, "download", "-f", `${server.origin}/endless`, "out"];
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  // The command has asked, and its temporary folder is there.
  await new Promise<void>((resolve) => {
    server.answers.set("/endless", (_, response) => {
      response.write(FLAT.subarray(0, 100));
      resolve();
    });
  });
  expect(readdirSync(folder)).toHaveLength(1);
  child.kill(signal);
  expect(await ended).toBe(130);
  expect(stderr).toMatch(/^\nnextstat: interrupted, .*\n$/);
  expect(readdirSync(folder)).toEqual([]);
});
