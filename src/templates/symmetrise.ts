/**
 * The two sides of a template effect made mirror images, as TRExFitter's HistoTools does it and cabinetry.
 *
 * @module
 */

import type { Symmetrisation } from "./plan.ts";

/** `[bins]` events on both sides. */
export interface Sides {
  readonly up: readonly number[];
  readonly down: readonly number[];
}

/** Sides made mirror images, and the bins in which a mirror image was negative and became 0. */
export interface Mirrored extends Sides {
  readonly clamped: readonly number[];
}

/**
 * Symmetrises a variation.
 *
 * @param up null where only the other side is given; one of both is
 * @param nominal `[bins]` events
 */
export function symmetrise(
  nominal: readonly number[],
  up: readonly number[] | null,
  down: readonly number[] | null,
  method: Exclude<Symmetrisation, "one-sided apart">,
): Mirrored {
  const given = { up: up ?? nominal, down: down ?? nominal };
  switch (method) {
    case "none":
      return { ...given, clamped: [] };
    case "one-sided": {
      const takesUp = isUpFurther(nominal, up, down);
      const { values, clamped } = mirror(nominal, takesUp ? given.up : given.down);
      return takesUp
        ? { up: given.up, down: values, clamped }
        : { up: values, down: given.down, clamped };
    }
    case "two-sided":
      return shifted(nominal, given, (plus, minus) => (plus - minus) / 2);
    case "absolute mean":
      return shifted(nominal, given, (plus, minus) => (Math.abs(plus) + Math.abs(minus)) / 2);
    case "maximum":
      return shifted(nominal, given, (plus, minus) =>
        Math.abs(plus) < Math.abs(minus) ? minus : plus,
      );
    default:
      return method satisfies never;
  }
}

/** Up is the nominal plus what `difference` makes of both differences, and down its mirror image. */
function shifted(
  nominal: readonly number[],
  { up, down }: Sides,
  difference: (plus: number, minus: number) => number,
): Mirrored {
  const shift = nominal.map((n, b) => difference((up[b] as number) - n, (down[b] as number) - n));
  const above = clamp(
    nominal,
    nominal.map((n, b) => n + (shift[b] as number)),
  );
  const below = clamp(
    nominal,
    nominal.map((n, b) => n - (shift[b] as number)),
  );
  return {
    up: above.values,
    down: below.values,
    clamped: [...new Set([...above.clamped, ...below.clamped])],
  };
}

function mirror(
  nominal: readonly number[],
  side: readonly number[],
): { values: readonly number[]; clamped: readonly number[] } {
  return clamp(
    nominal,
    nominal.map((n, b) => n - (side[b] as number) + n),
  );
}

/** A mirror image below zero is none that a template can have; where the nominal is negative itself it stays. */
function clamp(
  nominal: readonly number[],
  values: readonly number[],
): { values: readonly number[]; clamped: readonly number[] } {
  const clamped = values.flatMap((v, b) => (v < 0 && (nominal[b] as number) >= 0 ? [b] : []));
  return { values: values.map((v, b) => (clamped.includes(b) ? 0 : v)), clamped };
}

/** Whether of two sides up counts, where one is mirrored: the side that is given, or that further from the nominal. */
export function isUpFurther(
  nominal: readonly number[],
  up: readonly number[] | null,
  down: readonly number[] | null,
): boolean {
  if (up === null || down === null) return down === null;
  return separation(nominal, up) >= separation(nominal, down);
}

function separation(nominal: readonly number[], side: readonly number[]): number {
  return nominal.reduce((sum, n, b) => sum + Math.abs((side[b] as number) - n), 0);
}
