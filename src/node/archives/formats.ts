/**
 * What a file is, by its first bytes: what a server says of it is often wrong.
 *
 * @module
 */

import { startsAs } from "../signatures.ts";

/** Archives that can be unpacked. */
export type ArchiveFormat = "zip" | "tar" | "tar.gz";

/** What the first bytes say; `otherArchive` can be kept, but not unpacked. */
export type DetectedFormat =
  | { readonly kind: "archive"; readonly format: ArchiveFormat }
  | { readonly kind: "otherArchive"; readonly name: string }
  | { readonly kind: "unknown" };

/** Bytes that {@link detectFormat} wants to see, where there are as many. */
export const DETECTION_BYTES = 512;

const OTHER_ARCHIVES = ["xz", "bzip2", "zstd", "7z"] as const;

/** @param head the first {@link DETECTION_BYTES} of the file, or all of it */
export function detectFormat(head: Uint8Array): DetectedFormat {
  if (startsAs(head, "zip") || startsAs(head, "emptyZip")) {
    return { kind: "archive", format: "zip" };
  }
  if (startsAs(head, "gzip")) return { kind: "archive", format: "tar.gz" };
  if (isTar(head)) return { kind: "archive", format: "tar" };
  const name = OTHER_ARCHIVES.find((format) => startsAs(head, format));
  return name === undefined ? { kind: "unknown" } : { kind: "otherArchive", name };
}

/** The one format that is told by what is not at the beginning. */
function isTar(head: Uint8Array): boolean {
  return [..."ustar"].every((letter, i) => head[257 + i] === letter.charCodeAt(0));
}
