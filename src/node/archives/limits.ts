/**
 * How much may be downloaded and unpacked: an archive of a few kB can hold terabytes.
 *
 * @module
 */

import { NextstatError } from "../../errors.ts";

/** Largest download, and largest content of an archive, in bytes: likelihoods are some MB each, with a signal some hundred. */
export const DEFAULT_MAX_BYTES: number = 2 * 1024 ** 3;

/** Content per byte of archive. Published workspaces have 3 to 17; deflate cannot do more than 1032. */
const MAX_RATIO = 200;

/** Below this the ratio says nothing, in bytes: a file of zeros is harmless. */
const RATIO_FROM = 64 * 1024 ** 2;

/** Entries of an archive. Every one costs a block of the disk, however short it is. */
export const MAX_ENTRIES = 100_000;

/** Counts what an archive is unpacked to. */
export interface Meter {
  /** @throws NextstatError `input` when it is more than allowed */
  add(bytes: number): void;
}

/**
 * @param maxBytes undefined for the default, to which the limit of the ratio belongs
 * @param archiveBytes size of the archive
 */
export function createMeter(maxBytes: number | undefined, archiveBytes: number): Meter {
  const limit = maxBytes ?? DEFAULT_MAX_BYTES;
  let total = 0;
  return {
    add(bytes) {
      total += bytes;
      if (total > limit) {
        throw new NextstatError("input", `the archive unpacks to more than ${sizeText(limit)}`, {
          hint: "if it is what you expect, allow more with --max-size",
        });
      }
      if (maxBytes === undefined && total > RATIO_FROM && total > MAX_RATIO * archiveBytes) {
        throw new NextstatError(
          "input",
          `the archive of ${sizeText(archiveBytes)} unpacks to more than ${MAX_RATIO} times its size`,
          { hint: "if it is what you expect, say how much with --max-size" },
        );
      }
    },
  };
}

/** `1.5 MiB`, to three digits. */
export function sizeText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}
