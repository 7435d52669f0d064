/**
 * Entries of the conversion report for places in XML files.
 *
 * @module
 */

import type { ConversionLog } from "../conversion.ts";
import type { Place } from "./xml-text.ts";

/** A place as the report has it: file and line. */
function pathOf({ file, line }: Place): string {
  return `${file}:${line}`;
}

export function kept(log: ConversionLog, place: Place, note: string): void {
  log.kept.push({ path: pathOf(place), note });
}

export function changed(log: ConversionLog, place: Place, note: string): void {
  log.changed.push({ path: pathOf(place), note });
}

export function lost(log: ConversionLog, place: Place, note: string): void {
  log.lost.push({ path: pathOf(place), note });
}
