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
 * and an entry where one of them has no number gives nothing. Pairs of weight 0 are kept. Lists of lists count as one list.
 */
export function pairValues(variable: Values, weight: Values): Pairs {
  if (variable.offsets === null && weight.offsets === null) {
    return { variable: variable.values, weight: weight.values, entries: null };
  }
  const count = (variable.offsets ?? (weight.offsets as Int32Array)).length - 1;
  let pairs = 0;
  for (let entry = 0; entry < count; entry++) pairs += pairsOf(variable, weight, entry);
  const numbers = new Float64Array(pairs);
  const weights = new Float64Array(pairs);
  const entries = new Int32Array(pairs);
  let at = 0;
  for (let entry = 0; entry < count; entry++) {
    const end = at + pairsOf(variable, weight, entry);
    const begin = beginOf(variable, entry);
    const weightBegin = beginOf(weight, entry);
    for (let i = 0; at < end; i++, at++) {
      numbers[at] = variable.values[begin + (variable.single ? 0 : i)] as number;
      weights[at] = weight.values[weightBegin + (weight.single ? 0 : i)] as number;
      entries[at] = entry;
    }
  }
  return { variable: numbers, weight: weights, entries };
}

function pairsOf(variable: Values, weight: Values, entry: number): number {
  const items = beginOf(variable, entry + 1) - beginOf(variable, entry);
  const weightItems = beginOf(weight, entry + 1) - beginOf(weight, entry);
  if (items === 0 || weightItems === 0) return 0;
  if (variable.single) return weightItems;
  return weight.single ? items : Math.min(items, weightItems);
}

function beginOf({ offsets }: Values, entry: number): number {
  return offsets === null ? entry : (offsets[entry] as number);
}
