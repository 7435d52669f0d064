/**
 * What a file is, by its first bytes: what a server says of it is often wrong.
 *
 * @module
 */

/** Archives that can be unpacked. */
export type ArchiveFormat = "zip" | "tar" | "tar.gz";

/** What the first bytes say; `otherArchive` can be kept, but not unpacked. */
export type DetectedFormat =
  | { readonly kind: "archive"; readonly format: ArchiveFormat }
  | { readonly kind: "otherArchive"; readonly name: string }
  | { readonly kind: "unknown" };

/** Bytes that {@link detectFormat} wants to see, where there are as many. */
export const DETECTION_BYTES = 512;

const OTHER_ARCHIVES: readonly (readonly [name: string, signature: readonly number[]])[] = [
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["7z", [0x37, 0x7a, 0xbc, 0xaf]],
];

/** @param head the first {@link DETECTION_BYTES} of the file, or all of it */
export function detectFormat(head: Uint8Array): DetectedFormat {
  const starts = (signature: readonly number[], at = 0): boolean =>
    signature.every((byte, i) => head[at + i] === byte);
  // With entries, and without any.
  if (starts([0x50, 0x4b, 3, 4]) || starts([0x50, 0x4b, 5, 6])) {
    return { kind: "archive", format: "zip" };
  }
  if (starts([0x1f, 0x8b])) return { kind: "archive", format: "tar.gz" };
  // "ustar"
  if (starts([0x75, 0x73, 0x74, 0x61, 0x72], 257)) return { kind: "archive", format: "tar" };
  const other = OTHER_ARCHIVES.find(([, signature]) => starts(signature));
  return other === undefined ? { kind: "unknown" } : { kind: "otherArchive", name: other[0] };
}
