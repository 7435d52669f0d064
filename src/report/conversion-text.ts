/**
 * What became of a document's parts, as a block of text.
 *
 * @module
 */

import { counted, heading, printable, TEXT_COLUMNS, wrap } from "./text.ts";

/** The parts of a conversion report that are shown. */
interface ShownReport {
  readonly kept: readonly ShownEntry[];
  readonly changed: readonly ShownEntry[];
  readonly lost: readonly ShownEntry[];
}

interface ShownEntry {
  readonly path: string;
  readonly note: string;
}

/** Entries shown of each kind; the JSON has all. */
const SHOWN = 20;

/** The report as text: how much was kept, and what was changed or lost. */
export function conversionText(title: string, { kept, changed, lost }: ShownReport): string {
  const lines = [heading(title, "="), `kept     ${counted(kept.length, "part")}`];
  for (const [label, entries] of [
    ["changed", changed],
    ["lost", lost],
  ] as const) {
    lines.push(`${label.padEnd(9)}${counted(entries.length, "part")}`);
    for (const { path, note } of entries.slice(0, SHOWN)) {
      lines.push(
        wrap(
          printable(`${path === "" ? "the document" : path}: ${note}`),
          TEXT_COLUMNS,
          "  - ",
          "    ",
        ),
      );
    }
    if (entries.length > SHOWN) lines.push(`  and ${entries.length - SHOWN} more`);
  }
  return `${lines.join("\n")}\n`;
}
