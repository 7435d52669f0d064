/**
 * Small pieces of plain-text output shared by the reports.
 *
 * @module
 */

/** Width the text reports are laid out for, in columns. */
export const TEXT_COLUMNS = 100;

/**
 * `text` with control characters written as `\u001b`, so that a name from a file cannot move the
 * cursor or break a table.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** `1 bin`, `3 bins`; the plural adds an s unless given. */
export function counted(n: number, singular: string, plural = `${singular}s`): string {
  return `${n} ${n === 1 ? singular : plural}`;
}

/**
 * `a, b, c` as far as it fits in `width` columns, then `... and 12 more`; always at least one name.
 */
export function listNames(names: readonly string[], width: number): string {
  const shown = names.map(printable);
  const full = shown.join(", ");
  if (full.length <= width) return full;
  let line = "";
  for (const [i, name] of shown.entries()) {
    const next = i === 0 ? name : `${line}, ${name}`;
    const rest = `, ... and ${shown.length - i - 1} more`;
    if (i > 0 && next.length + rest.length > width) {
      return `${line}, ... and ${shown.length - i} more`;
    }
    line = next;
  }
  return line;
}

/** `text` broken at spaces to `width` columns; `first` starts the first line, `rest` the others. */
export function wrap(text: string, width: number, first = "", rest: string = first): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(" ")) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  lines.push(line);
  return lines.join("\n");
}

/** A heading underlined with `mark`. */
export function heading(text: string, mark: "=" | "-"): string {
  return `${text}\n${mark.repeat(text.length)}`;
}

/** One column of a {@link table}. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/**
 * Rows under their titles, two spaces between columns, columns without any content left out.
 *
 * @param columns `[nColumns]`
 * @param rows `[nRows][nColumns]` cell texts
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const used = columns.map((_, j) => rows.some((row) => (row[j] ?? "") !== ""));
  const widths = columns.map((column, j) =>
    rows.reduce((width, row) => Math.max(width, (row[j] ?? "").length), column.title.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, j) =>
        columns[j]?.align === "right" ? cell.padStart(widths[j] ?? 0) : cell.padEnd(widths[j] ?? 0),
      )
      .filter((_, j) => used[j])
      .join("  ")
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...rows.map(line)];
}
