/**
 * `nextstat download`.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import { APPROVED_ORIGINS, type DownloadResult, download } from "../node/archives/download.ts";
import { downloadText } from "../report/download-text.ts";
import { formatJson } from "../report/json.ts";
import { EXIT } from "./exit.ts";
import { LOG_LEVELS, type LogLevel, log } from "./log.ts";
import { interruptible, startProgress } from "./progress.ts";
import type { Run } from "./run.ts";
import { parseNumber } from "./values.ts";

interface DownloadCommandOptions {
  readonly force?: boolean;
  readonly compress?: boolean;
  readonly maxSize?: number;
  readonly timeout?: number;
  readonly format?: "text" | "json";
  readonly logLevel: LogLevel;
}

export function define(command: Command, run: Run): void {
  command
    .usage("[options] URL DIR")
    .description(
      "Downloads the archive of a published likelihood (zip, tar or tar.gz) and unpacks it into a new folder, which " +
        "appears when everything is in it.",
    )
    .argument("<URL>", `address of the archive, on ${APPROVED_ORIGINS.join(" or ")}`)
    .argument("<DIR>", "folder to unpack into, new or empty; with --compress the file to write")
    .optionsGroup("Download:")
    .option("-f, --force", "download from any host, without encryption too")
    .option("-c, --compress", "keep the archive as the file DIR, and unpack nothing")
    .option(
      "--max-size <SIZE>",
      "largest archive and content, as 500M or 4G (default: 2G, and 200 times the archive)",
      parseSize,
    )
    .option(
      "--timeout <SECONDS>",
      "longest wait for the next bytes, up to 300 (default: 60)",
      parseNumber,
    )
    .optionsGroup("Output:")
    .addOption(
      new Option("--format <FORMAT>", "default: text on a terminal, json otherwise").choices([
        "text",
        "json",
      ]),
    )
    .addOption(
      new Option("--log-level <LEVEL>", "what goes to standard error")
        .choices(LOG_LEVELS)
        .default("warn"),
    )
    .helpOption("-h, --help", "show this help")
    .addHelpText(
      "after",
      `
Examples:
  nextstat download https://doi.org/10.17182/hepdata.90607.v3/r3 1Lbb-likelihoods
  nextstat download https://doi.org/10.17182/hepdata.90607.v3/r3 1Lbb.tar.gz --compress
  nextstat patchset verify 1Lbb-likelihoods/BkgOnly.json 1Lbb-likelihoods/patchset.json

Every redirect must lead to one of the approved hosts. Links in an archive, and entries that would
be written outside DIR, are errors. Interrupted, the command leaves nothing behind.`,
    )
    .action(async (url: string, output: string, options: DownloadCommandOptions) => {
      const result = await watchedDownload(url, output, options);
      if (result === null) {
        run.finish(EXIT.interrupted);
        return;
      }
      for (const name of result.skipped) log(options.logLevel, "info", `left out: ${name}`);
      const terminal = process.stdout.isTTY === true;
      const asText = (options.format ?? (terminal ? "text" : "json")) === "text";
      process.stdout.write(asText ? downloadText(result) : formatJson(result));
      run.finish(EXIT.ok);
    });
}

/** Downloads with progress on the terminal; null when interrupted. */
async function watchedDownload(
  url: string,
  output: string,
  { force = false, compress = false, maxSize, timeout, logLevel }: DownloadCommandOptions,
): Promise<DownloadResult | null> {
  const progress = startProgress(logLevel);
  const interruption = interruptible();
  const { signal } = interruption;
  try {
    return await download(url, output, {
      force,
      compress,
      signal,
      onProgress: progress.report,
      ...(maxSize === undefined ? {} : { maxBytes: maxSize }),
      ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
    });
  } catch (error) {
    if (signal.aborted && error === signal.reason) return null;
    throw error;
  } finally {
    interruption.done();
    progress.done();
  }
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `500M` in bytes. */
function parseSize(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)([kmg]?)$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] as number));
  if (number === "" || bytes < 1) {
    throw new InvalidArgumentError("Expected a size such as 500M or 4G (k, M, G of 1024).");
  }
  return bytes;
}
