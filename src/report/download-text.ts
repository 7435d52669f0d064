/**
 * A download as text.
 *
 * @module
 */

import { counted, printable, table } from "./text.ts";

/** What the text says of a download. */
interface ShownDownload {
  readonly finalUrl: string;
  readonly output: string;
  readonly archive: { readonly format: string; readonly bytes: number; readonly sha256: string };
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly skipped: readonly string[];
}

/** The archive, and the files that came out of it. */
export function downloadText({ finalUrl, output, archive, files, skipped }: ShownDownload): string {
  const facts = [
    ["from", printable(finalUrl)],
    ["archive", `${archive.format}, ${counted(archive.bytes, "byte")}`],
    ["SHA-256", archive.sha256],
    [files.length === 0 ? "kept as" : "unpacked to", printable(output)],
    ...(skipped.length === 0 ? [] : [["left out", skipped.map(printable).join(", ")]]),
  ] as const;
  const lines = facts.map(([name, value]) => `${name?.padEnd(11)}  ${value}`);
  if (files.length > 0) {
    const rows = files.map(({ path, bytes }) => [printable(path), String(bytes)]);
    lines.push(
      "",
      ...table(
        [
          { title: "file", align: "left" },
          { title: "bytes", align: "right" },
        ],
        rows,
      ),
    );
  }
  return `${lines.join("\n")}\n`;
}
