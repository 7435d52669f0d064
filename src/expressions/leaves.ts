/**
 * Columns as the numbers they hold and the levels of lists around them.
 *
 * @module
 */

import type { Column, NumericArray, NumericType } from "../columns/index.ts";
import { NextstatError } from "../errors.ts";

/** Where the items of a list are: by offsets, or all lists have `length` items. */
export type Level = { readonly offsets: Int32Array } | { readonly length: number };

export interface Leaf {
  readonly levels: readonly Level[];
  readonly type: NumericType | "string";
  readonly values: NumericArray | readonly string[];
}

/** @throws NextstatError `input` for columns with several values by name */
export function leafOf(name: string, column: Column): Leaf {
  const levels: Level[] = [];
  let inner = column;
  while (inner.kind === "lists" || inner.kind === "arrays") {
    levels.push(inner.kind === "lists" ? { offsets: inner.offsets } : { length: inner.length });
    inner = inner.content;
  }
  if (inner.kind === "records") {
    throw new NextstatError("input", `column "${name}" has several values by name in each entry`, {
      hint: "expressions take numbers, lists of numbers and texts",
    });
  }
  const type = inner.kind === "strings" ? "string" : inner.type;
  return { levels, type, values: inner.values };
}

/** What a program depends on: the type of the numbers, and the kinds and sizes of the levels. */
export function describeLeaf({ levels, type }: Leaf): string {
  return levels.map((level) => ("offsets" in level ? "[]" : `[${level.length}]`)).join("") + type;
}

/** Numbers from `from` on into a block. Integers of 64 bits are rounded to the nearest double. */
export function loadNumbers(
  out: Float64Array,
  values: NumericArray,
  from: number,
  n: number,
): void {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (let i = 0; i < n; i++) out[i] = Number(values[from + i]);
  } else {
    out.set(values.subarray(from, from + n));
  }
}
