/**
 * Where the bytes of a file come from: memory, a `Blob` or `File` of a page, or a web server that sends parts of files.
 * Files on disk are in `node/`. Only what is asked for is read.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";

/** Random access to the bytes of one file. */
export interface ByteSource {
  /** For messages. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /**
   * The bytes from `offset` on.
   *
   * @param length lies within the file: callers have checked
   * @returns exactly `length` bytes, which the caller will not change
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Gives up what the source holds. */
  close(): Promise<void>;
}

/** Bytes in memory. */
export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => {},
  };
}

/** A file that a user chose in a page, or any other `Blob`. */
export function blobSource(blob: Blob, name: string): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      try {
        return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      } catch (cause) {
        // A File is read when it is asked for: by then it may be gone, or another.
        throw failure(name, "the file changed or disappeared", "choose it again", cause);
      }
    },
    close: async () => {},
  };
}

/**
 * A file on a web server, read in parts (HTTP range requests).
 *
 * @param options.headers sent with every request
 * @throws NextstatError `input` when the server does not answer, or sends whole files only
 */
export async function urlSource(
  url: string,
  options: { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<ByteSource> {
  const first = await fetchPart(url, 0, 1, options.headers);
  return {
    name: url,
    size: first.size,
    async read(offset, length) {
      if (length === 0) return new Uint8Array(0);
      const part = await fetchPart(url, offset, length, options.headers);
      if (part.tag !== first.tag || part.size !== first.size) {
        throw failure(url, "the file on the server changed while it was read", "open it again");
      }
      return part.bytes;
    },
    close: async () => {},
  };
}

interface Part {
  readonly bytes: Uint8Array;
  /** Of the whole file, in bytes. */
  readonly size: number;
  /** Changes when the file does; null where the server does not say. */
  readonly tag: string | null;
}

async function fetchPart(
  url: string,
  offset: number,
  length: number,
  headers: Readonly<Record<string, string>> | undefined,
): Promise<Part> {
  let response: Response;
  let bytes: Uint8Array | undefined;
  try {
    response = await fetch(url, {
      headers: { ...headers, Range: `bytes=${offset}-${offset + length - 1}` },
    });
    if (response.status !== 206) {
      await response.body?.cancel();
    } else {
      bytes = await readAtMost(response, length);
    }
  } catch (cause) {
    throw failure(url, "the server cannot be reached", "check the address", cause);
  }
  if (response.status === 200) {
    throw failure(url, "the server sends whole files only", "download the file and open the copy");
  }
  if (response.status !== 206) {
    throw failure(url, `the server answers ${response.status} ${response.statusText}`.trim(), "");
  }
  const range = response.headers.get("content-range") ?? "";
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(range) ?? [];
  if (total === undefined) {
    throw failure(
      url,
      "the server does not say how large the file is",
      "does it let pages read the header Content-Range?",
    );
  }
  if (Number(first) !== offset) {
    throw failure(url, `the server sent bytes from ${first} on instead of ${offset}`, "");
  }
  if (bytes?.byteLength !== length) {
    const sent = bytes === undefined ? "more than" : `${bytes.byteLength} of`;
    throw failure(url, `the server sent ${sent} ${length} bytes from byte ${offset}`, "");
  }
  const tag = response.headers.get("etag") ?? response.headers.get("last-modified");
  return { bytes, size: Number(total), tag };
}

/** The body; undefined where it has more than `length` bytes, of which the others are not waited for. */
async function readAtMost(response: Response, length: number): Promise<Uint8Array | undefined> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    chunks.push(part.value);
    total += part.value.byteLength;
    if (total <= length) continue;
    await reader?.cancel();
    return undefined;
  }
  const bytes = new Uint8Array(total);
  let filled = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, filled);
    filled += chunk.byteLength;
  }
  return bytes;
}

function failure(file: string, problem: string, hint: string, cause?: unknown): NextstatError {
  return new NextstatError("input", problem, { location: { file }, hint, cause });
}

/** Small parts are read in pages of this size, in bytes... */
const PAGE = 1 << 16;
/** ...of which this many are kept. */
const MAX_PAGES = 32;

/** The same source, which answers small requests near each other with one read. */
export function buffered(source: ByteSource): ByteSource {
  // A Map keeps the order of insertion, so the first key is the page unused for longest.
  const pages = new Map<number, Promise<Uint8Array>>();
  const page = (index: number): Promise<Uint8Array> => {
    const known = pages.get(index);
    if (known !== undefined) {
      pages.delete(index);
      pages.set(index, known);
      return known;
    }
    const start = index * PAGE;
    const read = source.read(start, Math.min(PAGE, source.size - start));
    pages.set(index, read);
    // A network that failed once may answer the next time.
    read.catch(() => pages.delete(index));
    for (const oldest of pages.keys()) {
      if (pages.size <= MAX_PAGES) break;
      pages.delete(oldest);
    }
    return read;
  };
  return {
    name: source.name,
    size: source.size,
    async read(offset, length) {
      const first = Math.floor(offset / PAGE);
      const last = Math.floor((offset + length - 1) / PAGE);
      if (length === 0 || last > first + 1) return source.read(offset, length);
      const head = await page(first);
      const from = offset - first * PAGE;
      if (last === first) return head.subarray(from, from + length);
      const tail = await page(last);
      const joined = new Uint8Array(length);
      joined.set(head.subarray(from));
      joined.set(tail.subarray(0, length - (PAGE - from)), PAGE - from);
      return joined;
    },
    close: () => source.close(),
  };
}
