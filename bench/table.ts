/**
 * Numbers and aligned tables for a terminal.
 *
 * @module
 */

/** Longest line any table here may have. */
const WIDTH = 140;

/** A table cell; numbers are formatted by the caller. */
export type Cell = string;

/** Aligned columns, the first to the left and the others to the right, with a rule under the heading. */
export function formatTable(heading: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const widths = heading.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)),
  );
  const line = (cells: readonly Cell[]): string =>
    heading
      .map((_, i) => {
        const cell = cells[i] ?? "";
        const width = widths[i] as number;
        return i === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(heading), rule, ...rows.map(line)].map((text) => text.slice(0, WIDTH)).join("\n");
}

const TIME_UNITS = [
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "us"],
  [1e-9, "ns"],
] as const;

/** Three significant digits in the unit that suits: `1.23 ms`. */
export function formatTime(seconds: number): string {
  for (const [size, unit] of TIME_UNITS) {
    if (seconds >= 0.9995 * size) return `${digits3(seconds / size)} ${unit}`;
  }
  return `${digits3(seconds / 1e-9)} ns`;
}

/** How many times longer: `1,234x`. */
export function formatRatio(ratio: number): string {
  return `${digits3(ratio)}x`;
}

/** A signed difference: `+1.2e-5`; 0 below what rounding can leave. */
export function formatDifference(difference: number): string {
  if (Math.abs(difference) < 1e-9) return "0";
  return `${difference > 0 ? "+" : ""}${difference.toExponential(1)}`;
}

export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

function digits3(value: number): string {
  if (value >= 99.95) return formatCount(Math.round(value));
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}
