#!/usr/bin/env node
/**
 * The `nextstat` command. Asking for the version must cost next to nothing, so everything else,
 * argument parsing included, is loaded only when it is needed.
 *
 * @module
 */

import { readFileSync } from "node:fs";

const args = process.argv.slice(2);
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`nextstat: needs Node 22.18 or newer (this is ${process.versions.node})\n`);
  process.exitCode = 2;
} else if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  process.stdout.write(`${readVersion()}\n`);
} else {
  const { run } = await import("./program.ts");
  process.exitCode = await run(args, readVersion());
}

/** The version in package.json, which is two levels up from the source as from the built file. */
function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  return (manifest as { version: string }).version;
}
