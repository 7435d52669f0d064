/**
 * Numbers in the texts of the comparison.
 *
 * @module
 */

/** Three significant digits; `-` for none. */
export function significant(value: number | null): string {
  if (value === null) return "-";
  return String(Number(value.toPrecision(3)));
}

/** Seconds with a unit that suits them. */
export function seconds(value: number): string {
  if (value >= 1) return `${Number(value.toPrecision(3))} s`;
  if (value >= 1e-3) return `${Number((value * 1e3).toPrecision(3))} ms`;
  return `${Number((value * 1e6).toPrecision(3))} us`;
}
