/**
 * Fetching an archive over HTTP into a file: only from hosts that are allowed, at every redirect; no longer and no larger
 * than allowed.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { NextstatError } from "../../errors.ts";
import { DETECTION_BYTES, type DetectedFormat, detectFormat } from "./formats.ts";
import { sizeText } from "./limits.ts";

/** What limits a download. */
export interface FetchControl {
  /** Scheme, host and port that may be asked; null for any. */
  readonly approvedOrigins: readonly string[] | null;
  readonly maxBytes: number;
  /** Longest wait for the next bytes, in seconds. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal | undefined;
  /** Told bytes so far and in all, where the server says how many. */
  readonly onBytes: (done: number, total: number | null) => void;
}

/** A file that was fetched. */
export interface Fetched {
  /** After all redirects. */
  readonly finalUrl: string;
  readonly detected: DetectedFormat;
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/**
 * What HEPData answers with the file itself, where a browser gets the page about it.
 * See https://github.com/scikit-hep/pyhf/issues/1491
 */
const HEADERS = {
  accept: "application/x-tar, application/zip",
  // Compressed once more, the length in the header would say nothing.
  "accept-encoding": "identity",
};

const MAX_REDIRECTS = 10;

/**
 * Fetches an archive into a new file.
 *
 * @throws NextstatError `usage` for an address that is none or not allowed, `input` for what the network and the server did
 */
export async function fetchArchive(
  url: string,
  file: string,
  control: FetchControl,
): Promise<Fetched> {
  const start = parseAddress(url);
  requireApproved(start, control.approvedOrigins, null);
  const watch = startWatch(control);
  try {
    const { response, address } = await follow(start, control, watch);
    const written = await save(response, address, file, control, watch);
    return { finalUrl: address.href, ...written };
  } catch (error) {
    control.signal?.throwIfAborted();
    throw watch.expired() ? timedOut(start.host, control.timeoutSeconds) : error;
  } finally {
    watch.stop();
  }
}

/** Gives up when nothing has come for too long, and when the caller does. */
interface Watch {
  readonly signal: AbortSignal;
  /** Something has come. */
  readonly alive: () => void;
  readonly expired: () => boolean;
  readonly stop: () => void;
}

function startWatch({ timeoutSeconds, signal }: FetchControl): Watch {
  const controller = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    controller.abort();
  }, timeoutSeconds * 1000);
  const abort = (): void => controller.abort();
  signal?.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    alive: () => timer.refresh(),
    expired: () => expired,
    stop() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      controller.abort();
    },
  };
}

function timedOut(host: string, seconds: number): NextstatError {
  return new NextstatError("input", `${host} has sent nothing for ${seconds} s`, {
    hint: "try again later, or wait longer with --timeout",
  });
}

function parseAddress(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new NextstatError("usage", `"${text}" is not an address on the web`, {
      hint: "an address begins with https://",
    });
  }
  if (url.username !== "" || url.password !== "") {
    throw new NextstatError("usage", "the address has a user name or password in it", {
      hint: "only archives that are public can be downloaded",
    });
  }
  return url;
}

/** @param from what redirected here; null for the address that was given */
function requireApproved(
  { origin }: URL,
  approved: readonly string[] | null,
  from: URL | null,
): void {
  if (approved === null || approved.includes(origin)) return;
  const problem =
    from === null
      ? `${origin} is not an approved archive host`
      : `${from.host} redirects to ${origin}, which is not an approved archive host`;
  throw new NextstatError("usage", problem, {
    hint: `approved: ${approved.join(", ")}; --force takes any`,
  });
}

/** The answer at the end of the redirects. */
async function follow(
  start: URL,
  { approvedOrigins }: FetchControl,
  watch: Watch,
): Promise<{ readonly response: Response; readonly address: URL }> {
  let address = start;
  for (let n = 0; n <= MAX_REDIRECTS; n++) {
    const response = await ask(address, watch);
    watch.alive();
    if (![301, 302, 303, 307, 308].includes(response.status)) {
      if (response.status === 200) return { response, address };
      await response.body?.cancel();
      throw refused(response, address);
    }
    await response.body?.cancel();
    const location = response.headers.get("location");
    const next = location === null ? null : URL.parse(location, address.href);
    if (next === null) {
      throw new NextstatError("input", `${address.host} redirects, but does not say where to`);
    }
    const checked = parseAddress(next.href);
    requireApproved(checked, approvedOrigins, address);
    address = checked;
  }
  throw new NextstatError("input", `${start.host} redirects more than ${MAX_REDIRECTS} times`, {
    hint: "check the address",
  });
}

async function ask(address: URL, watch: Watch): Promise<Response> {
  try {
    return await fetch(address, { headers: HEADERS, redirect: "manual", signal: watch.signal });
  } catch (error) {
    throw new NextstatError("input", `cannot reach ${address.host} (${networkProblem(error)})`, {
      hint: "check the address and the network",
      cause: error,
    });
  }
}

/** fetch hides what happened in the cause of its error. */
function networkProblem(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}

function refused({ status, statusText }: Response, { host }: URL): NextstatError {
  const answer = statusText === "" ? String(status) : `${status} ${statusText}`;
  const hints: Readonly<Record<number, string>> = {
    401: "only archives that are public can be downloaded",
    403: "only archives that are public can be downloaded",
    404: "check the address: does it open in a browser?",
    410: "check the address: does it open in a browser?",
  };
  return new NextstatError("input", `${host} answered ${answer}`, {
    hint: hints[status] ?? "try again later",
  });
}

/** Writes the body to the file, once its first bytes are those of an archive. */
async function save(
  { body, headers }: Response,
  { host }: URL,
  file: string,
  { maxBytes, onBytes, signal }: FetchControl,
  watch: Watch,
): Promise<Omit<Fetched, "finalUrl">> {
  const announced = headers.get("content-encoding") === null ? headers.get("content-length") : null;
  const total = announced === null ? null : Number(announced);
  if (total !== null && total > maxBytes) throw tooLarge(maxBytes, total);
  const handle = await open(file, "wx");
  const hash = createHash("sha256");
  let detected: DetectedFormat | undefined;
  let head = Buffer.alloc(0);
  let bytes = 0;
  try {
    for await (const chunk of bodyOf(body)) {
      signal?.throwIfAborted();
      watch.alive();
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes, null);
      if (head.length < DETECTION_BYTES) {
        head = Buffer.concat([head, chunk.subarray(0, DETECTION_BYTES)]);
        if (head.length >= DETECTION_BYTES) detected = requireArchive(head, host, headers);
      }
      hash.update(chunk);
      await handle.writeFile(chunk);
      onBytes(bytes, total);
    }
    detected ??= requireArchive(head, host, headers);
    await handle.sync();
  } catch (error) {
    // Errors of the network, as fetch words them; those of writing have a system call.
    if (error instanceof NextstatError || (error instanceof Error && "syscall" in error))
      throw error;
    const of = total === null ? "" : ` of ${sizeText(total)}`;
    throw new NextstatError("input", `the download broke off after ${sizeText(bytes)}${of}`, {
      hint: "try again",
      cause: error,
    });
  } finally {
    await handle.close();
  }
  return { detected, bytes, sha256: hash.digest("hex") };
}

async function* bodyOf(body: Response["body"]): AsyncGenerator<Uint8Array> {
  if (body !== null) yield* body as unknown as AsyncIterable<Uint8Array>;
}

function tooLarge(maxBytes: number, found: number | null): NextstatError {
  const size = found === null ? "" : ` (${sizeText(found)})`;
  return new NextstatError("input", `the archive is larger than ${sizeText(maxBytes)}${size}`, {
    hint: "if it is what you expect, allow more with --max-size",
  });
}

function requireArchive(head: Uint8Array, host: string, headers: Headers): DetectedFormat {
  const detected = detectFormat(head);
  if (detected.kind !== "unknown") return detected;
  const type = headers.get("content-type") ?? "something unnamed";
  const found = head.length === 0 ? "nothing" : `${type}, which is no archive`;
  throw new NextstatError("input", `${host} sent ${found}`, {
    hint: "give the address of the zip or tar file itself, not of the page about it",
  });
}
