/**
 * What other formats have no place for in a document that was HS3.
 *
 * @module
 */

import type { ConversionLog } from "../conversion.ts";
import type { Hs3Source } from "./types.ts";

/** Reports as lost what only HS3 has. */
export function reportSource({ misc, channels }: Hs3Source, log: ConversionLog): void {
  log.lost.push({ path: "/metadata", note: "metadata" });
  if (misc !== null) log.lost.push({ path: "/misc", note: "misc" });
  for (const { pointer, axes } of Object.values(channels)) {
    if (!isPlain(axes)) log.lost.push({ path: `${pointer}/axes`, note: "edges of the bins" });
  }
}

/** One axis whose bins are 0 to 1, 1 to 2, ...: what is assumed where nothing is known. */
function isPlain(axes: readonly unknown[]): boolean {
  const [axis, ...others] = axes as readonly Readonly<Record<string, unknown>>[];
  return (
    others.length === 0 && axis?.min === 0 && axis.max !== undefined && axis.max === axis.nbins
  );
}
