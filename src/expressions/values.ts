/**
 * What expressions give, and what a histogram is filled with.
 *
 * @module
 */

/** Numbers of entries. */
export interface Values {
  /** All numbers, entry by entry. */
  readonly values: Float64Array;
  /** [entries + 1] where each entry begins in `values`; null: one number for each entry. */
  readonly offsets: Int32Array | null;
  /** At most one number for each entry, which is repeated next to what has more. */
  readonly single: boolean;
}

/** Numbers that go together. */
export interface Pairs {
  readonly variable: Float64Array;
  readonly weight: Float64Array;
  /** [pairs] the entry of each; null: each entry has one pair. */
  readonly entries: Int32Array | null;
}

/**
 * What `TTree::Draw(variable, weight)` fills: lists run in parallel and end with the shorter one, a single number is repeated,
 * and an entry where one of them has no number gives nothing. Pairs of weight 0 are kept.
 */
export function pairValues(variable: Values, weight: Values): Pairs {
  if (variable.offsets === null && weight.offsets === null) {
    return { variable: variable.values, weight: weight.values, entries: null };
  }
  const count = (variable.offsets ?? (weight.offsets as Int32Array)).length - 1;
  const numbers: number[] = [];
  const weights: number[] = [];
  const entries: number[] = [];
  for (let entry = 0; entry < count; entry++) {
    const [begin, items] = itemsOf(variable, entry);
    const [weightBegin, weightItems] = itemsOf(weight, entry);
    if (items === 0 || weightItems === 0) continue;
    const both = variable.single && weight.single;
    const pairs = both
      ? 1
      : Math.min(
          variable.single ? Number.POSITIVE_INFINITY : items,
          weight.single ? Number.POSITIVE_INFINITY : weightItems,
        );
    for (let i = 0; i < pairs; i++) {
      numbers.push(variable.values[begin + (variable.single ? 0 : i)] as number);
      weights.push(weight.values[weightBegin + (weight.single ? 0 : i)] as number);
      entries.push(entry);
    }
  }
  return {
    variable: Float64Array.from(numbers),
    weight: Float64Array.from(weights),
    entries: Int32Array.from(entries),
  };
}

function itemsOf({ offsets }: Values, entry: number): readonly [begin: number, items: number] {
  if (offsets === null) return [entry, 1];
  const begin = offsets[entry] as number;
  return [begin, (offsets[entry + 1] as number) - begin];
}
