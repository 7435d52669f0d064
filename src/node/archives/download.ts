/**
 * Published likelihoods: an archive from HEPData, unpacked into a new folder.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { mkdir, readdir, realpath, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { NextstatError } from "../../errors.ts";
import { checkNewFolder, checkOutput, writeFailure } from "../read-input.ts";
import { type Fetched, fetchArchive } from "./fetch.ts";
import type { ArchiveFormat } from "./formats.ts";
import { createMeter, DEFAULT_MAX_BYTES, sizeText } from "./limits.ts";
import { type Unpacked, type UnpackedFile, unpack } from "./unpack.ts";

/** Where published likelihoods are: pyhf's list. */
export const APPROVED_ORIGINS: readonly string[] = ["https://www.hepdata.net", "https://doi.org"];

/** Options of {@link download}. */
export interface DownloadOptions {
  /** Scheme, host and port that may be asked, redirects included. Default {@link APPROVED_ORIGINS}. */
  readonly approvedOrigins?: readonly string[];
  /** Ask any host, over HTTP too. Default false. */
  readonly force?: boolean;
  /** Keep the archive, as the file `output`, and unpack nothing. Default false. */
  readonly compress?: boolean;
  /**
   * Largest archive, and largest content of it, in bytes. Default 2 GiB; an archive of more than 64 MiB of content may then
   * not be compressed by more than a factor of 200.
   */
  readonly maxBytes?: number;
  /** Longest wait for the next bytes, in seconds, up to 300. Default 60. */
  readonly timeoutSeconds?: number;
  /** Ends the download; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told what is being done, and which part of it is done, from 0 to 1, where that is known. */
  readonly onProgress?: (doing: string, fraction?: number) => void;
}

/** What was downloaded. */
export interface DownloadResult {
  readonly url: string;
  /** After all redirects. */
  readonly finalUrl: string;
  /** Size in bytes and SHA-256 of the archive; `format` is what its first bytes say. */
  readonly archive: { readonly format: string; readonly bytes: number; readonly sha256: string };
  /** The folder, or the archive where it was kept. */
  readonly output: string;
  /** Unpacked files in order of the archive. */
  readonly files: readonly UnpackedFile[];
  /** Names of entries that were left out: remnants of macOS. */
  readonly skipped: readonly string[];
}

/**
 * Downloads the archive of a published likelihood (zip, tar or tar.gz) and unpacks it into a new folder, as
 * `pyhf contrib download` does: a zip file that holds one folder is unpacked without that folder.
 *
 * ```ts
 * await download("https://doi.org/10.17182/hepdata.90607.v3/r3", "1Lbb-likelihoods");
 * ```
 *
 * The folder appears when everything is in it, or not at all.
 *
 * @param output the folder, which must not exist or be empty; with `compress` the file
 * @throws NextstatError `usage` for an address that is none or not approved, and where `output` cannot be written; `input`
 * for what the server did, and for an archive that is damaged, too large, or tries to write elsewhere
 */
export async function download(
  url: string,
  output: string,
  options: DownloadOptions = {},
): Promise<DownloadResult> {
  const { compress = false, signal } = options;
  requireBelow("maxBytes", options.maxBytes, Number.MAX_SAFE_INTEGER);
  requireBelow("timeoutSeconds", options.timeoutSeconds, MAX_TIMEOUT_SECONDS);
  const exists = compress ? existsSync(output) : checkNewFolder(output);
  if (compress) checkOutput(output);
  const target = exists ? await realpath(output) : resolve(output);
  // In a folder that is there: the one around it may belong to someone else.
  const inside = exists && !compress;
  const name = `.${basename(target).slice(0, 100)}.${process.pid}.tmp`;
  const temporary = join(inside ? target : dirname(target), name);
  try {
    await mkdir(temporary, { mode: 0o700 });
    const archive = join(temporary, "archive");
    const fetched = await fetchTo(archive, url, options);
    const format = formatOf(fetched, compress);
    let unpacked: Unpacked = { files: [], skipped: [] };
    if (compress) await rename(archive, target);
    else {
      const content = join(temporary, "content");
      await mkdir(content);
      unpacked = await unpack(archive, format as ArchiveFormat, content, {
        meter: createMeter(options.maxBytes, fetched.bytes),
        signal,
        onFile: (n) => options.onProgress?.(`unpacking, ${n} files`),
      });
      signal?.throwIfAborted();
      await moveInto(content, target, inside);
    }
    const { finalUrl, bytes, sha256 } = fetched;
    return { url, finalUrl, archive: { format, bytes, sha256 }, output, ...unpacked };
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof Error && "syscall" in error
      ? writeFailure(output, error, "choose another place")
      : error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** After this Node gives up by itself. */
const MAX_TIMEOUT_SECONDS = 300;

function requireBelow(name: string, value: number | undefined, most: number): void {
  if (value === undefined || (value > 0 && value <= most)) return;
  throw new NextstatError("usage", `${name} ${value} is not a number above 0 and up to ${most}`);
}

async function fetchTo(file: string, url: string, options: DownloadOptions): Promise<Fetched> {
  const { force = false, approvedOrigins = APPROVED_ORIGINS } = options;
  return await fetchArchive(url, file, {
    approvedOrigins: force ? null : approvedOrigins,
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
    timeoutSeconds: options.timeoutSeconds ?? 60,
    signal: options.signal,
    onBytes: (done, total) =>
      total === null
        ? options.onProgress?.(`downloading, ${sizeText(done)}`)
        : options.onProgress?.(`downloading ${sizeText(total)}`, done / total),
  });
}

/** @throws NextstatError `input` for an archive that cannot be unpacked, unless it is to be kept */
function formatOf({ detected }: Fetched, compress: boolean): string {
  if (detected.kind === "archive") return detected.format;
  const name = detected.kind === "otherArchive" ? detected.name : "unknown";
  if (compress) return name;
  throw new NextstatError("input", `the archive is compressed with ${name}`, {
    hint: "only zip, tar and tar.gz are unpacked; keep it with --compress and unpack it yourself",
  });
}

/** @param inside whether the target is there, and empty but for the temporary folder */
async function moveInto(content: string, target: string, inside: boolean): Promise<void> {
  if (!inside) {
    await rename(content, target);
    return;
  }
  for (const entry of await readdir(content))
    await rename(join(content, entry), join(target, entry));
  await rmdir(content);
}
